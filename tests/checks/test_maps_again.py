"""Repeatability, stability and class contrast: by hand on simple networks, and both ways on maps."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from viewer.checks.adversarial_stability import AdversarialStability
from viewer.checks.base import Verdict
from viewer.checks.class_contrast import ClassContrast
from viewer.checks.context import CheckContext, Explanation, make_context
from viewer.checks.explanations import explain_with_method
from viewer.checks.repeatability import Repeatability, left_right_axis, noisy_input
from viewer.methods.registry import find_method
from viewer.models.input_spec import InputSpec, IntensityScaling, IntensitySpec, Placement
from viewer.models.model import Model
from viewer.models.model_card import Card
from viewer.scans.scan import Scan


class Straight(torch.nn.Module):
    """Two outputs that are linear in the input."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.head = torch.nn.Linear(size, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(x.flatten(1))


@pytest.fixture
def straight(scan: Scan) -> CheckContext:
    torch.manual_seed(0)
    wanted = InputSpec((8, 8, 8), Placement.FIELD_OF_VIEW, intensity=IntensitySpec(IntensityScaling.NONE))
    card = Card("straight", "", classes=("a", "b"), input=wanted)
    return make_context(
        Model.from_module(Straight(512), torch.zeros(1, 1, 8, 8, 8), card), scan, device="cpu"
    )


def test_a_map_that_does_not_depend_on_the_input_stays(straight: CheckContext) -> None:
    found = AdversarialStability().run(explain_with_method(straight, find_method("gradient")()))
    assert found.verdict is Verdict.HOLDS
    assert found.numbers["FGSM"]["Dice"] == 1
    x = straight.x.numpy()[0, 0]
    moved = 0.005 * np.ptp(x) / x[straight.foreground].std()
    assert found.numbers["FGSM"]["largest change of a voxel"] == pytest.approx(moved, rel=1e-3)
    # A step against the gradient's signs takes its size times the sum of |weights| from the output.
    weights = straight.model.module().head.weight[straight.target.index]
    fall = 0.005 * np.ptp(x) * float(weights.detach().abs().sum())
    before, after = found.numbers["output before"], found.numbers["FGSM"]["output"]
    assert before - after == pytest.approx(fall, rel=1e-3)
    # DeepFool stops just beyond the border, where both classes are as probable.
    assert found.numbers["DeepFool"]["probability"] == pytest.approx(0.5, abs=0.02)
    assert found.numbers["DeepFool"]["probability"] < 0.5 < found.numbers["probability before"]


def test_noise_by_the_seed_does_not_repeat(noise: Explanation) -> None:
    found = Repeatability().run(noise)
    assert found.verdict is Verdict.FAILS
    assert found.numbers["noise"] is not None
    assert found.numbers["seed"]["Dice"] < 0.3
    assert found.numbers["mean change"] == 0  # the same seed draws the same noise, whatever the scan is


def test_a_map_that_goes_with_the_scan_repeats(honest: Explanation, edges: Explanation) -> None:
    found = Repeatability().run(edges)
    assert found.numbers["shift"]["Dice"] > 0.97
    assert found.numbers["seed"]["Dice"] == 1
    assert Repeatability(noise=0.0).run(edges).numbers["maximal change"] < 1e-6
    own = Repeatability().run(honest)
    assert own.verdict is Verdict.HOLDS
    assert 0 < own.numbers["mean change"] <= own.numbers["maximal change"]
    assert own.numbers["shift"]["Dice"] > 0.9
    assert own.numbers["flip"]["Dice"] > 0.6  # the spot is found on the other side


def test_noise_is_that_of_a_scanner(context: CheckContext) -> None:
    found = noisy_input(context, 0.02, 0)
    head = context.scan.data.reshape(context.shape) != 0
    change = (found - context.x)[0, 0].numpy()
    assert not change[~head].any()
    from viewer.scans.simulated_lesions import white_matter_level

    assert change[head].std() == pytest.approx(0.02 * white_matter_level(context.scan.data), rel=0.1)
    np.testing.assert_array_equal(found, noisy_input(context, 0.02, 0))
    assert (found != noisy_input(context, 0.02, 1)).any()


@pytest.mark.parametrize(("axes", "expected"), [("RAS", 0), ("LPS", 0), ("SRA", 1), ("AIL", 2)])
def test_left_and_right_are_found_by_the_affine(scan: Scan, axes: str, expected: int) -> None:
    wanted = InputSpec(
        (6, 6, 6), Placement.FIELD_OF_VIEW, axes=axes, intensity=IntensitySpec(IntensityScaling.NONE)
    )
    card = Card("turned", "", classes=("a", "b"), input=wanted)
    network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(216, 2))
    context = make_context(Model.from_module(network, torch.zeros(1, 1, 6, 6, 6), card), scan, device="cpu")
    assert left_right_axis(context) == expected


def test_maps_of_two_classes_are_opposite_and_those_without_a_class_alike(context: CheckContext) -> None:
    found = ClassContrast().run(explain_with_method(context, find_method("gradient")()))
    assert found.verdict is Verdict.OPEN  # of two opposite outputs, the one map says all of the other
    assert found.numbers["Pearson"] == pytest.approx([-1.0])
    assert found.numbers["Pearson of |values|"] == pytest.approx([1.0])
    blind = ClassContrast().run(explain_with_method(context, find_method("fem")()))
    assert blind.verdict is Verdict.FAILS
    assert blind.numbers["Pearson"] == pytest.approx([1.0])
    assert blind.numbers["classes"] == ["plain"]


def test_class_without_evidence_is_a_different_map(context: CheckContext) -> None:
    found = ClassContrast().run(explain_with_method(context, find_method("grad-cam")()))
    assert found.verdict is Verdict.OPEN
    assert found.numbers["Pearson"] == [0.0]


def test_one_output_has_no_other_class(scan: Scan) -> None:
    wanted = InputSpec((6, 6, 6), Placement.FIELD_OF_VIEW, intensity=IntensitySpec(IntensityScaling.NONE))
    card = Card("years", "", classes=("age",), kind="regression", input=wanted)  # type: ignore[arg-type]
    network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(216, 1))
    context = make_context(Model.from_module(network, torch.zeros(1, 1, 6, 6, 6), card), scan, device="cpu")
    explanation = explain_with_method(context, find_method("gradient")())
    assert ClassContrast().run(explanation).verdict is Verdict.OPEN
    assert ClassContrast().estimate_cost(explanation).maps == 0
    assert context.original_scores[1] is None
    assert set(AdversarialStability().run(explanation).numbers) & {"FGSM", "DeepFool"} == {"FGSM"}
