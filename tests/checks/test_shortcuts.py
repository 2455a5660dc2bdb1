"""What a network needs of a scan: networks of which it is known, and the changed scans themselves."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from tests.checks.conftest import SHAPE
from viewer.checks.base import Verdict
from viewer.checks.context import CheckContext, Explanation, make_context
from viewer.checks.runner import summarise_results
from viewer.checks.shortcuts import (
    BRIGHT_OUTLINE,
    CUT,
    DARK_OUTLINE,
    EMPTY,
    MIRRORED,
    OUTLINES,
    SHUFFLED,
    SLOPE,
    Shortcuts,
    image_changes,
    outline_input,
)
from viewer.errors import ModelError
from viewer.models.input_spec import InputSpec, IntensityScaling, IntensitySpec, Placement
from viewer.models.model import Model
from viewer.models.model_card import Card, ModelKind
from viewer.number_format import format_probability
from viewer.scans.grid import Grid
from viewer.scans.resample import resample
from viewer.scans.scan import Scan


class Size(nn.Module):
    """Answers with the volume of what is not empty: (N, 1, ...) to (N, 2)."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        share = (x > 0.5).float().mean((1, 2, 3, 4))
        return torch.stack([0 * share, 40 * (share - 0.1)], 1)


def explained(
    network: nn.Module,
    scan: Scan,
    kind: ModelKind = ModelKind.CLASSIFICATION,
    intensity: IntensitySpec | None = None,
) -> Explanation:
    intensity = intensity or IntensitySpec(IntensityScaling.NONE)
    spec = InputSpec(SHAPE, Placement.FIELD_OF_VIEW, intensity=intensity)
    classes = ("age",) if kind is ModelKind.REGRESSION else ("small", "large")
    card = Card("a network", "", classes=classes, kind=kind, input=spec)
    model = Model.from_module(network.eval(), torch.zeros(1, 1, *SHAPE), card)
    context = make_context(model, scan, classes[-1], device="cpu")
    return Explanation(context, "a map", np.ones(SHAPE, dtype=np.float32))


def test_a_network_that_looks_inside_holds(honest: Explanation) -> None:
    found = Shortcuts().run(honest)
    assert found.verdict is Verdict.HOLDS, found.sentence
    assert "it depends on what is inside" in found.sentence
    before, values = found.numbers["probability"], found.numbers["probabilities"]
    outlines = [values[name] for name in OUTLINES]
    bright, dark = map(format_probability, outlines)
    text = (
        f"is {format_probability(before)} for the scan, and for its outline {bright} if filled with a bright"
    )
    assert text in found.sentence
    assert f" and {dark} with a dark one: " in found.sentence
    assert found.headline == f"{format_probability(before)}; outline only: {bright} or {dark}"
    assert max(abs(before - outline) for outline in outlines) == pytest.approx(found.numbers["change"])
    assert before > 0.9 > 0.5 > min(outlines)


def test_a_network_that_measures_the_head_is_told(scan: Scan) -> None:
    found = Shortcuts().run(explained(Size(), scan))
    assert found.verdict is Verdict.FAILS
    assert "the outline alone gives nearly the same" in found.sentence
    output, others = found.numbers["output"], found.numbers["outputs"]
    for outline in OUTLINES:
        assert others[outline] == pytest.approx(output, rel=0.05)
    assert others[SHUFFLED] == pytest.approx(output, rel=0.05)
    assert others[MIRRORED] == pytest.approx(output, rel=1e-6)
    assert others[CUT] < 0.9 * output


class Age(nn.Module):
    """60 and more, by the volume of the head and by the variation of the voxels inside it."""

    def __init__(self, inside: float) -> None:
        super().__init__()
        self.inside = inside

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        head = (x > 0.5).float()
        size = head.mean((1, 2, 3, 4))
        mean = (x * head).mean((1, 2, 3, 4), keepdim=True) / size.clamp(min=1e-6).reshape(-1, 1, 1, 1, 1)
        variation = ((x - mean).abs() * head).mean((1, 2, 3, 4))
        return (60 + 10 * size + self.inside * variation)[:, None]


@pytest.mark.parametrize(
    ("inside", "verdict"),
    [(0.0, Verdict.FAILS), (50.0, Verdict.DOUBTFUL), (500.0, Verdict.HOLDS)],
    ids=["outline", "both", "inside"],
)
def test_an_output_with_an_offset_is_judged_by_what_it_can_change(
    scan: Scan, inside: float, verdict: Verdict
) -> None:
    noisy = scan.data * (1 + 0.3 * np.random.default_rng(0).random(SHAPE, dtype=np.float32))
    found = Shortcuts().run(explained(Age(inside), Scan(noisy, scan.grid, "noisy"), ModelKind.REGRESSION))
    outputs = found.numbers["outputs"]
    own, changes = found.numbers["output"], [abs(one - found.numbers["output"]) for one in outputs.values()]
    assert outputs[EMPTY] == pytest.approx(60)
    assert found.numbers["change"] == pytest.approx(
        max(abs(outputs[outline] - own) for outline in OUTLINES) / max(changes)
    )
    assert found.verdict is verdict, found.sentence
    assert f", {found.numbers['change']:.0%} of the largest change: " in found.sentence


def test_the_outline_has_one_value_and_shuffled_voxels_are_the_same_ones(context: CheckContext) -> None:
    changes = image_changes(Shortcuts(), context)
    head = context.scan.data > 0.5
    for deviations in (1.0, -1.0):
        outline = outline_input(context, deviations)[0, 0].numpy()
        assert np.unique(outline).size == 2
        assert ((outline > 0.5) == head).mean() > 0.99
    shuffled = changes[SHUFFLED](context.scan).data
    assert (shuffled != context.scan.data).mean() > 0.1
    np.testing.assert_array_equal(np.sort(shuffled, axis=None), np.sort(context.scan.data, axis=None))


@pytest.mark.parametrize("turn", ["LAS", "oblique"])
def test_the_slope_and_the_cut_follow_the_affine(context: CheckContext, turn: str) -> None:
    """Brighter in front and without its lowest fifth, however the scan is stored."""
    scan = context.scan
    if turn == "LAS":
        affine = scan.grid.affine @ np.diag([-1.0, 1, 1, 1])
        affine[:3, 3] += scan.grid.affine[:3, 0] * (SHAPE[0] - 1)
        turned = Scan(np.ascontiguousarray(scan.data[::-1]), Grid(SHAPE, affine), "LAS")
    else:
        angle = np.deg2rad(25)
        matrix = np.eye(4)
        matrix[1:3, 1:3] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
        grid = Grid((30, 34, 34), matrix @ np.diag([3.0, 3, 3, 1]))
        centred = np.array(grid.affine)
        centred[:3, 3] -= grid.centre
        grid = Grid((30, 34, 34), centred)
        turned = Scan(resample(scan.data, scan.grid, grid), grid, "oblique")
    changes = image_changes(Shortcuts(), context)
    middle = Grid(SHAPE, scan.grid.affine)
    inside = np.linalg.norm(middle.to_world(np.moveaxis(np.indices(SHAPE), 0, -1)), axis=-1) < 22
    expected = changes[SLOPE](scan).data[inside] / scan.data[inside]
    factor = changes[SLOPE](turned).data / np.maximum(turned.data, 0.1)
    found = resample(factor, turned.grid, middle)[inside]
    np.testing.assert_allclose(found, expected, atol=0.03)
    assert expected.max() - expected.min() > 0.4
    world = middle.to_world(np.moveaxis(np.indices(SHAPE), 0, -1))
    cut = resample(changes[CUT](turned).data, turned.grid, middle)
    assert cut[world[..., 2] < -24].max() == pytest.approx(0, abs=0.01)
    assert cut[inside & (world[..., 2] > -12)].min() > 0.5


def test_versions_of_the_scan_are_predicted_once_for_all_maps(scan: Scan) -> None:
    explanation = explained(Size(), scan)
    assert Shortcuts().estimate_cost(explanation).forward_passes == 8, "one for each version"
    first = Shortcuts().run(explanation)
    assert Shortcuts().estimate_cost(explanation).forward_passes == 0
    assert Shortcuts().run(explanation).numbers == first.numbers


class Nothing(nn.Module):
    """An output that does not depend on the scan, or hardly: a bias, and ``slope`` times the mean."""

    def __init__(self, slope: float, outputs: int = 2) -> None:
        super().__init__()
        self.slope, self.outputs = slope, outputs

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        output = 20 + self.slope * x.mean((1, 2, 3, 4))
        return torch.stack([0 * output, output][2 - self.outputs :], 1)


@pytest.mark.parametrize(
    ("network", "kind"),
    [
        (Nothing(0.0), ModelKind.CLASSIFICATION),
        (Nothing(0.5), ModelKind.CLASSIFICATION),
        (Nothing(0.0, 1), ModelKind.REGRESSION),
    ],
    ids=["constant", "saturated", "constant value"],
)
def test_there_is_no_verdict_where_even_an_empty_scan_gives_the_same(
    scan: Scan, network: nn.Module, kind: ModelKind
) -> None:
    result = Shortcuts().run(explained(network, scan, kind))
    assert result.verdict is Verdict.OPEN
    assert "no version of the scan changes it much, not even the empty one" in result.sentence


def test_an_outline_can_be_scaled_where_one_value_has_no_contrast(scan: Scan) -> None:
    """A z-score of the voxels that are not zero cannot be computed for an image of one value."""
    intensity = IntensitySpec(IntensityScaling.Z_SCORE, over="nonzero", background="kept")
    explanation = explained(Size(), scan, intensity=intensity)
    inside = explanation.context.foreground
    for deviations in (1.0, -1.0):
        outline = outline_input(explanation.context, deviations)[0, 0].numpy()
        assert np.ptp(outline[inside]) == 0
        assert abs(outline[inside].max()) > 0.5, "the head is not mapped to the value of the air"
        assert outline[~inside].max() == 0
    result = Shortcuts().run(explanation)
    assert set(result.numbers["outputs"]) >= {BRIGHT_OUTLINE, DARK_OUTLINE, EMPTY, SHUFFLED}
    assert result.numbers["failed"] == {}


def test_a_version_that_cannot_be_computed_is_named(scan: Scan, monkeypatch: pytest.MonkeyPatch) -> None:
    explanation = explained(Size(), scan)
    changed_input = CheckContext.make_changed_input
    calls = []

    def refuse_first(context: CheckContext, change: object) -> torch.Tensor:
        calls.append(change)
        if len(calls) == 1:
            raise ModelError("a scan", "has no contrast to scale by")
        return changed_input(context, change)  # type: ignore[arg-type]

    monkeypatch.setattr(CheckContext, "make_changed_input", refuse_first)
    result = Shortcuts().run(explanation)
    assert result.numbers["failed"] == {SHUFFLED: "has no contrast to scale by"}
    assert f"Not computed: {SHUFFLED} (has no contrast to scale by)." in result.sentence
    assert result.verdict is Verdict.FAILS


def test_it_does_not_count_for_or_against_a_map(scan: Scan) -> None:
    results = [Shortcuts().run(explained(Size(), scan))]
    assert results[0].verdict is Verdict.FAILS
    assert summarise_results(results) == "Shortcuts concerns the network and is not counted."


class Brightness(nn.Module):
    """The mean of the head, wherever it is bright: (N, 1, ...) to (N, 2)."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        head = (x > 0.5).float()
        mean = (x * head).sum((1, 2, 3, 4)) / head.sum((1, 2, 3, 4)).clamp(min=1)
        return torch.stack([0 * mean, 60 * (mean - 1.1)], 1)


def test_a_network_that_measures_brightness_does_not_use_the_outline(scan: Scan) -> None:
    noisy = scan.data * (1 + 0.3 * np.random.default_rng(0).random(SHAPE, dtype=np.float32))
    result = Shortcuts().run(explained(Brightness(), Scan(noisy, scan.grid, "noisy")))
    values = result.numbers["outputs"]
    assert values[DARK_OUTLINE] < values[SHUFFLED] < values[BRIGHT_OUTLINE]
    assert result.verdict is not Verdict.FAILS, result.sentence
