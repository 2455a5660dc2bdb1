"""What a network needs of a scan: networks of which it is known, and the changed scans themselves."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from tests.checks.conftest import SHAPE
from viewer.checks.base import Verdict
from viewer.checks.context import CheckContext, Explanation, make_context
from viewer.checks.shortcuts import CUT, EMPTY, MIRRORED, OUTLINE, SHUFFLED, SLOPE, Shortcuts, changed_images
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


def explained(network: nn.Module, scan: Scan, kind: ModelKind = ModelKind.CLASSIFICATION) -> Explanation:
    wanted = InputSpec(SHAPE, Placement.FIELD_OF_VIEW, intensity=IntensitySpec(IntensityScaling.NONE))
    classes = ("age",) if kind is ModelKind.REGRESSION else ("small", "large")
    card = Card("a network", "", classes=classes, kind=kind, input=wanted)
    model = Model.from_module(network.eval(), torch.zeros(1, 1, *SHAPE), card)
    context = make_context(model, scan, classes[-1], device="cpu")
    return Explanation(context, "a map", np.ones(SHAPE, dtype=np.float32))


def test_a_network_that_looks_inside_holds(honest: Explanation) -> None:
    found = Shortcuts().run(honest)
    assert found.verdict is Verdict.HOLDS, found.sentence
    assert "it depends on what is inside" in found.sentence
    before, outline = found.numbers["probability"], found.numbers["probabilities"][OUTLINE]
    told = f"is {format_probability(before)} for the scan and {format_probability(outline)} for its outline"
    assert told in found.sentence
    assert before - outline == pytest.approx(found.numbers["change"])
    assert before > 0.9 > 0.5 > outline


def test_a_network_that_measures_the_head_is_told(scan: Scan) -> None:
    found = Shortcuts().run(explained(Size(), scan))
    assert found.verdict is Verdict.FAILS
    assert "the outline alone gives the same prediction" in found.sentence
    output, others = found.numbers["output"], found.numbers["outputs"]
    assert others[OUTLINE] == pytest.approx(output, rel=0.05)
    assert others[SHUFFLED] == pytest.approx(output, rel=0.05)
    assert others[MIRRORED] == pytest.approx(output, rel=1e-6)
    assert others[CUT] < 0.9 * output


class Age(nn.Module):
    """60 and more, by the volume of what is not empty and, more weakly, by what is inside it."""

    def __init__(self, inside: float) -> None:
        super().__init__()
        self.inside = inside

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        size = (x > 0.5).float().mean((1, 2, 3, 4))
        edges = (x[..., 1:] - x[..., :-1]).abs().mean((1, 2, 3, 4))
        return (60 + 10 * size + self.inside * edges)[:, None]


@pytest.mark.parametrize(
    ("inside", "verdict"), [(0.0, Verdict.FAILS), (50.0, Verdict.HOLDS)], ids=["outline", "inside"]
)
def test_an_output_with_an_offset_is_judged_by_what_it_can_change(
    scan: Scan, inside: float, verdict: Verdict
) -> None:
    noisy = scan.data * (1 + 0.3 * np.random.default_rng(0).random(SHAPE, dtype=np.float32))
    found = Shortcuts().run(explained(Age(inside), Scan(noisy, scan.grid, "noisy"), ModelKind.REGRESSION))
    outputs = found.numbers["outputs"]
    own, changes = found.numbers["output"], [abs(one - found.numbers["output"]) for one in outputs.values()]
    assert outputs[EMPTY] == pytest.approx(60)
    assert abs(outputs[OUTLINE] - own) < 0.1 * own, "far less than the offset"
    assert found.numbers["change"] == pytest.approx(abs(outputs[OUTLINE] - own) / max(changes))
    assert found.verdict is verdict, found.sentence
    assert f", {found.numbers['change']:.0%} of the largest change: " in found.sentence


def test_the_outline_has_one_value_and_shuffled_voxels_are_the_same_ones(context: CheckContext) -> None:
    changes = changed_images(Shortcuts(), context)
    head = context.scan.data > 0.5
    outline = changes[OUTLINE](context.scan).data
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
    changes = changed_images(Shortcuts(), context)
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
    assert Shortcuts().estimate_cost(explanation).answers == 7
    first = Shortcuts().run(explanation)
    assert Shortcuts().estimate_cost(explanation).answers == 0
    assert Shortcuts().run(explanation).numbers == first.numbers
