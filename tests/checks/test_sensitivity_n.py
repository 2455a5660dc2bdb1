"""Sensitivity-n: 1 for every n on a linear network, a twin in float64, and maps that must pass and fail."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from viewer.checks.base import Check, Verdict
from viewer.checks.context import CheckContext, Explanation, make_context
from viewer.checks.deletion_insertion import DeletionInsertion
from viewer.checks.explanations import explain_with_method
from viewer.checks.infill import Fill, make_filler
from viewer.checks.perturbation_curves import make_patches
from viewer.checks.region_removal import RegionRemoval
from viewer.checks.sensitivity_n import RandomSetPlan, SensitivityN, draw_sets, random_sets
from viewer.methods.registry import find_method
from viewer.models.input_spec import InputSpec, IntensityScaling, IntensitySpec, Placement
from viewer.models.model import Model
from viewer.models.model_card import Card
from viewer.progress import Progress
from viewer.scans.grid import Grid
from viewer.scans.scan import Scan

SHAPE = (9, 8, 7)
QUICK = SensitivityN(patch=9.0, sizes=4, draws=12)


class Linear(nn.Module):
    """Answers with the weighted sum of all voxels, and its negative: (N, 1, ...) to (N, 2)."""

    def __init__(self, weights: np.ndarray) -> None:
        super().__init__()
        self.head = nn.Linear(weights.size, 2)
        with torch.no_grad():
            row = torch.from_numpy(weights.ravel()).float()
            self.head.weight.copy_(torch.stack([-row, row]))
            self.head.bias.copy_(torch.tensor([3.0, -5.0]))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(x.flatten(1))


def linear_context(weights: np.ndarray, values: np.ndarray) -> CheckContext:
    """Small whole numbers, whose sums float32 holds exactly."""
    wanted = InputSpec(SHAPE, Placement.FIELD_OF_VIEW, intensity=IntensitySpec(IntensityScaling.NONE))
    card = Card("linear", "", classes=("minus", "plus"), input=wanted)
    model = Model.from_module(Linear(weights).eval(), torch.zeros(1, 1, *SHAPE), card)
    scan = Scan(values.astype(np.float32), Grid(SHAPE, np.diag([3.0, 3.0, 3.0, 1.0])), "simulated")
    return make_context(model, scan, "plus", device="cpu")


@pytest.fixture
def linear() -> CheckContext:
    draw = np.random.default_rng(3)
    return linear_context(draw.integers(-4, 5, SHAPE), draw.integers(1, 9, SHAPE))


@pytest.mark.parametrize("patch", [0.0, 6.0])
def test_a_linear_network_has_1_for_every_n(linear: CheckContext, patch: float) -> None:
    explanation = explain_with_method(linear, find_method("input-times-gradient")())
    found = SensitivityN(patch=patch, sizes=6, draws=10).run(explanation)
    assert len(found.numbers["n"]) == 6
    np.testing.assert_allclose(found.numbers["correlations"], 1.0, atol=1e-12)
    assert found.verdict is Verdict.HOLDS
    assert found.headline == "r 1.00"
    # Of a linear network, also the loss itself is the sum.
    check = SensitivityN(patch=patch, sizes=6, draws=10)
    plan = check.make_plan(linear)
    tiles = make_patches(linear.foreground, plan.edge)
    sets = random_sets(linear, tiles, plan, Progress())
    np.testing.assert_array_equal(sets.sums(tiles.sums(explanation.values)), sets.output_drops)


def test_the_scale_of_a_map_does_not_count_and_its_sign_does(linear: CheckContext) -> None:
    values = explain_with_method(linear, find_method("input-times-gradient")()).values
    doubled = QUICK.run(Explanation(linear, "doubled", 2 * values))
    np.testing.assert_allclose(doubled.numbers["correlations"], 1.0)
    turned = QUICK.run(Explanation(linear, "turned", -values))
    np.testing.assert_allclose(turned.numbers["correlations"], -1.0)
    assert turned.verdict is Verdict.FAILS
    assert turned.sentence.startswith("The map has the wrong sign: the output rises where ")


@pytest.mark.parametrize("fill", [Fill.ZERO, Fill.MEAN])
def test_the_numbers_are_those_of_a_twin_in_float64(
    context: CheckContext, honest: Explanation, fill: Fill
) -> None:
    check = SensitivityN(patch=9.0, fill=fill, sizes=3, draws=8)
    found = check.run(honest)
    edge = 3
    blocks = sorted({tuple(place // edge) for place in np.argwhere(context.foreground)})
    assert found.numbers["patches"] == len(blocks)
    x = context.x.double()
    instead = 0.0 if fill is Fill.ZERO else float(x[0, 0].numpy()[context.foreground].mean())
    network = context.model.module().double()
    boxes = [tuple(slice(edge * k, edge * (k + 1)) for k in block) for block in blocks]
    members = draw_sets(context, len(blocks), check.make_plan(context))
    for row, size in enumerate(found.numbers["n"]):
        sums, losses = [], []
        for chosen in members[row]:
            changed = x.clone()
            for number in np.flatnonzero(chosen):
                changed[(0, 0, *boxes[number])] = instead
            with torch.no_grad():
                losses.append(float(network(x)[0, 1] - network(changed)[0, 1]))
            sums.append(sum(honest.values[boxes[number]].sum() for number in np.flatnonzero(chosen)))
        assert chosen.sum() == size
        assert found.numbers["correlations"][row] == pytest.approx(np.corrcoef(sums, losses)[0, 1], abs=1e-4)
        assert found.numbers["mean loss"][row] == pytest.approx(np.mean(losses), rel=1e-3, abs=1e-4)
    assert found.numbers["mean correlation"] == pytest.approx(np.mean(found.numbers["correlations"]))


def test_sets_have_n_patches_and_are_drawn_again_alike(context: CheckContext) -> None:
    plan = RandomSetPlan(3, Fill.ZERO, 5, 0.8, 20)
    assert plan.set_sizes(100) == (1, 3, 9, 27, 80)
    assert plan.set_sizes(2) == (1,)
    members = draw_sets(context, 100, plan)
    np.testing.assert_array_equal(members.sum(axis=2), np.repeat([plan.set_sizes(100)], 20, axis=0).T)
    np.testing.assert_array_equal(draw_sets(context, 100, plan), members)
    assert len({row.tobytes() for row in members[2]}) == 20
    # Every patch is as likely as another: 80 of 100, 20 times.
    assert members[-1].sum(axis=0).min() > 5


def test_the_network_is_run_once_for_all_maps(context: CheckContext, honest: Explanation) -> None:
    before = QUICK.estimate_cost(honest).forward_passes
    assert before == QUICK.shared_cost(honest) == 4 * 12
    first = QUICK.run(honest)
    assert QUICK.estimate_cost(honest).forward_passes == 0
    other = QUICK.run(Explanation(context, "other", honest.values), Progress(cancelled=lambda: True))
    assert other.numbers == first.numbers


def test_an_honest_map_holds_and_noise_fails(honest: Explanation, noise: Explanation) -> None:
    good, bad = SensitivityN(patch=9.0).run(honest), SensitivityN(patch=9.0).run(noise)
    assert good.verdict is Verdict.HOLDS, good.sentence
    assert good.numbers["mean correlation"] > good.numbers["mean correlation of one value"] + 0.1
    assert bad.verdict is Verdict.FAILS, bad.sentence
    assert "hardly predict how much" in bad.sentence


def test_what_one_value_tells_as_well_is_no_tick() -> None:
    """The network counts the head's voxels: so does a map with one value in each."""
    head = np.zeros(SHAPE)
    head[1:8, 1:7, 1:6] = 1
    counting = linear_context(np.ones(SHAPE), head)
    found = SensitivityN(patch=9.0, sizes=3, draws=10).run(
        Explanation(counting, "head", 7 * head + 1e-3 * np.indices(SHAPE)[0])
    )
    assert found.numbers["mean correlation"] > 0.99
    assert found.numbers["mean correlation of one value"] > 0.99
    assert found.verdict is Verdict.DOUBTFUL
    assert "hardly predict the drops better" in found.sentence


def test_a_network_that_ignores_its_input_gives_no_verdict() -> None:
    draw = np.random.default_rng(4)
    deaf = linear_context(np.zeros(SHAPE), draw.integers(1, 9, SHAPE))
    found = QUICK.run(Explanation(deaf, "noise", draw.normal(size=SHAPE).astype(np.float32)))
    assert found.verdict is Verdict.OPEN
    assert "does not vary beyond rounding" in found.sentence
    assert found.numbers["correlations"] == [None] * len(found.numbers["n"])


def test_only_n_with_a_changing_output_count() -> None:
    """One voxel matters: single ones of about 504 voxels, drawn twenty times, miss it."""
    weights = np.zeros(SHAPE)
    weights[4, 4, 4] = 2
    draw = np.random.default_rng(5)
    context = linear_context(weights, draw.integers(1, 9, SHAPE))
    assert context.foreground[4, 4, 4]
    explanation = explain_with_method(context, find_method("input-times-gradient")())
    found = SensitivityN(patch=0.0, sizes=2, reach=0.5, draws=20).run(explanation)
    first, last = found.numbers["correlations"]
    assert first is None
    assert last == pytest.approx(1.0)
    assert "For 1 of 2 n, the output varies only by rounding" in found.sentence
    assert found.plot is not None
    # The point stands over its own tick, the second.
    assert found.plot.ticks == tuple(map(str, found.numbers["n"]))
    assert found.plot.series[0].x == (0.0, 1.0)
    np.testing.assert_allclose(found.plot.series[0].y, [np.nan, 1.0])


@pytest.mark.parametrize("method", ["gradient", "guided-backprop"])
def test_maps_that_promise_no_sums_are_not_checked(context: CheckContext, method: str) -> None:
    found = QUICK.run(explain_with_method(context, find_method(method)()))
    assert found.verdict is Verdict.OPEN
    assert found.sentence == "Not run: the map's sums represent no part of the output."


def test_without_differences_there_is_nothing_to_correlate(context: CheckContext) -> None:
    even = QUICK.run(Explanation(context, "even", np.ones(context.shape, np.float32)))
    assert even.sentence == "Not run: the map is constant within the head."
    noise = np.random.default_rng(0).normal(size=context.shape).astype(np.float32)
    whole = SensitivityN(patch=900.0).run(Explanation(context, "noise", noise))
    assert whole.sentence == "Not run: the head has a single patch."


def test_zero_is_that_of_the_networks_input(context: CheckContext) -> None:
    hole = np.zeros(context.shape, bool)
    hole[10:14, 10:14, 10:14] = True
    changed = make_filler(context, Fill.ZERO)(hole)
    assert (changed[0, 0].numpy()[hole] == 0).all()
    np.testing.assert_array_equal(changed[0, 0].numpy()[~hole], context.x[0, 0].numpy()[~hole])


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (np.nan, "the map has values that are not finite"),
        (np.inf, "the map has values that are not finite"),
        (0.0, "the map is zero within the head"),
        (2.0, "the map is constant within the head"),
    ],
)
@pytest.mark.parametrize("check", [QUICK, DeletionInsertion(), RegionRemoval()], ids=lambda one: one.name)
def test_why_there_is_nothing_to_compare_is_true(
    context: CheckContext, check: Check, value: float, said: str
) -> None:
    values = np.full(context.shape, value, np.float32)
    if not np.isfinite(value):
        values[:5] = 1.0
    if isinstance(check, RegionRemoval) and np.isfinite(value):
        said = "" if value else "no voxel in the head supports the output"
    found = check.unavailable_reason(Explanation(context, "map", values))
    assert found == said
