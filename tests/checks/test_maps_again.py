"""Repeatability, stability and class contrast: by hand on simple networks, and both ways on maps."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from viewer.checks.cases import case_of_method
from viewer.checks.check import Verdict
from viewer.checks.contrast import Contrast
from viewer.checks.repeatability import Repeatability, left_right_axis, noisy_input
from viewer.checks.stability import Stability
from viewer.checks.subject import Case, Subject, subject_of
from viewer.methods.registry import find
from viewer.models.card import Card
from viewer.models.input import Input, Intensity, Placement, Scaling
from viewer.models.model import Model
from viewer.scans.scan import Scan


class Straight(torch.nn.Module):
    """Two outputs that are linear in the input."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.head = torch.nn.Linear(size, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(x.flatten(1))


@pytest.fixture
def straight(scan: Scan) -> Subject:
    torch.manual_seed(0)
    wanted = Input((8, 8, 8), Placement.FIELD_OF_VIEW, intensity=Intensity(Scaling.NONE))
    card = Card("straight", "", classes=("a", "b"), input=wanted)
    return subject_of(Model.from_module(Straight(512), torch.zeros(1, 1, 8, 8, 8), card), scan, device="cpu")


def test_a_map_that_does_not_depend_on_the_input_stays(straight: Subject) -> None:
    found = Stability().run(case_of_method(straight, find("gradient")()))
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


def test_noise_by_the_seed_does_not_repeat(noise: Case) -> None:
    found = Repeatability().run(noise)
    assert found.verdict is Verdict.FAILS
    assert found.numbers["noise"] is not None
    assert found.numbers["seed"]["Dice"] < 0.3
    assert found.numbers["mean change"] == 0  # the same seed draws the same noise, whatever the scan is


def test_a_map_that_goes_with_the_scan_repeats(honest: Case, edges: Case) -> None:
    found = Repeatability().run(edges)
    assert found.numbers["shift"]["Dice"] > 0.97
    assert found.numbers["seed"]["Dice"] == 1
    assert Repeatability(noise=0.0).run(edges).numbers["maximal change"] < 1e-6
    own = Repeatability().run(honest)
    assert own.verdict is Verdict.HOLDS
    assert 0 < own.numbers["mean change"] <= own.numbers["maximal change"]
    assert own.numbers["shift"]["Dice"] > 0.9
    assert own.numbers["flip"]["Dice"] > 0.6  # the spot is found on the other side


def test_noise_is_that_of_a_scanner(subject: Subject) -> None:
    found = noisy_input(subject, 0.02, 0)
    head = subject.scan.data.reshape(subject.shape) != 0
    change = (found - subject.x)[0, 0].numpy()
    assert not change[~head].any()
    from viewer.scans.simulated_lesions import white_matter_level

    assert change[head].std() == pytest.approx(0.02 * white_matter_level(subject.scan.data), rel=0.1)
    np.testing.assert_array_equal(found, noisy_input(subject, 0.02, 0))
    assert (found != noisy_input(subject, 0.02, 1)).any()


@pytest.mark.parametrize(("axes", "expected"), [("RAS", 0), ("LPS", 0), ("SRA", 1), ("AIL", 2)])
def test_left_and_right_are_found_by_the_affine(scan: Scan, axes: str, expected: int) -> None:
    wanted = Input((6, 6, 6), Placement.FIELD_OF_VIEW, axes=axes, intensity=Intensity(Scaling.NONE))
    card = Card("turned", "", classes=("a", "b"), input=wanted)
    network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(216, 2))
    subject = subject_of(Model.from_module(network, torch.zeros(1, 1, 6, 6, 6), card), scan, device="cpu")
    assert left_right_axis(subject) == expected


def test_maps_of_two_classes_are_opposite_and_those_without_a_class_alike(subject: Subject) -> None:
    found = Contrast().run(case_of_method(subject, find("gradient")()))
    assert found.verdict is Verdict.OPEN  # of two opposite outputs, the one map says all of the other
    assert found.numbers["Pearson"] == pytest.approx([-1.0])
    assert found.numbers["Pearson of |values|"] == pytest.approx([1.0])
    blind = Contrast().run(case_of_method(subject, find("fem")()))
    assert blind.verdict is Verdict.FAILS
    assert blind.numbers["Pearson"] == pytest.approx([1.0])
    assert blind.numbers["classes"] == ["plain"]


def test_a_class_for_which_nothing_speaks_is_another(subject: Subject) -> None:
    found = Contrast().run(case_of_method(subject, find("grad-cam")()))
    assert found.verdict is Verdict.OPEN
    assert found.numbers["Pearson"] == [0.0]


def test_one_output_has_no_other_class(scan: Scan) -> None:
    wanted = Input((6, 6, 6), Placement.FIELD_OF_VIEW, intensity=Intensity(Scaling.NONE))
    card = Card("years", "", classes=("age",), kind="regression", input=wanted)  # type: ignore[arg-type]
    network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(216, 1))
    subject = subject_of(Model.from_module(network, torch.zeros(1, 1, 6, 6, 6), card), scan, device="cpu")
    case = case_of_method(subject, find("gradient")())
    assert Contrast().run(case).verdict is Verdict.OPEN
    assert Contrast().work(case).maps == 0
    assert subject.answer[1] is None
    assert set(Stability().run(case).numbers) & {"FGSM", "DeepFool"} == {"FGSM"}
