"""Every check both ways: an honest map holds; noise, a map of random weights, and what it warns of do not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest
import torch

from tests.checks.conftest import Edges
from viewer.checks.cases import case_of_method
from viewer.checks.check import Check, Verdict
from viewer.checks.conservation import Conservation
from viewer.checks.contrast import Contrast
from viewer.checks.deletion import Deletion
from viewer.checks.localisation import Localisation, Truth
from viewer.checks.randomisation import Randomisation
from viewer.checks.randomised import randomised, stages
from viewer.checks.removal import Removal
from viewer.checks.repeatability import Repeatability
from viewer.checks.stability import Stability
from viewer.checks.subject import Case, Subject
from viewer.methods.method import Attribution, Question
from viewer.methods.registry import find
from viewer.progress import Progress
from viewer.scans.provenance import Residual

SEEDS = range(6)


@dataclass(frozen=True)
class Shattered(Edges):
    """A map that is another one wherever the scan differs in the slightest."""

    name: ClassVar[str] = "shattered"
    title: ClassVar[str] = "Shattered"

    def explain(self, question: Question) -> Attribution:
        return Attribution(torch.frac(question.x.double() * 1e5).float())


def checks(spot: np.ndarray) -> dict[str, Check]:
    return {
        "deletion": Deletion(patch=9.0, steps=4, draws=4),
        "removal": Removal(),
        "localisation": Localisation(Truth("the spot", spot)),
        "randomisation": Randomisation(alone=False),
        "contrast": Contrast(),
        "repeatability": Repeatability(),
        "stability": Stability(),
    }


@pytest.mark.parametrize("name", ["deletion", "removal", "localisation", "repeatability", "stability"])
def test_an_honest_map_holds(name: str, honest: Case, spot: np.ndarray) -> None:
    found = checks(spot)[name].run(honest)
    assert found.verdict is Verdict.HOLDS, found.sentence


def test_an_honest_slope_depends_on_the_weights(subject: Subject, spot: np.ndarray) -> None:
    """Where the scan is not multiplied in, nothing is left of the map when the weights are random."""
    found = checks(spot)["randomisation"].run(case_of_method(subject, find("gradient")()))
    assert found.verdict is Verdict.HOLDS, found.sentence


@pytest.mark.parametrize("name", ["deletion", "localisation", "randomisation", "contrast", "repeatability"])
def test_noise_fails(name: str, noise: Case, spot: np.ndarray) -> None:
    """Noise of one seed knows neither the weights nor the class; another seed gives another."""
    found = checks(spot)[name].run(noise)
    assert found.verdict is Verdict.FAILS, found.sentence


@pytest.mark.parametrize("name", ["repeatability", "stability"])
def test_a_shattered_map_fails(name: str, subject: Subject, spot: np.ndarray) -> None:
    found = checks(spot)[name].run(case_of_method(subject, Shattered()))
    assert found.verdict is Verdict.FAILS, found.sentence


@pytest.mark.parametrize("name", ["deletion", "removal", "localisation"])
def test_maps_of_random_weights_do_not_hold(name: str, subject: Subject, spot: np.ndarray) -> None:
    """Slopes: what is multiplied by the scan finds the brightest place by chance, the right one here."""
    slope = case_of_method(subject, find("gradient")())
    assert checks(spot)[name].run(slope).verdict is Verdict.HOLDS
    tensors = [each for stage in stages(subject.model, subject.x, 9) for each in stage.tensors]
    held = 0
    for seed in SEEDS:
        values = slope.again(Progress(), model=randomised(subject.model, subject.x, tensors, seed))
        found = checks(spot)[name].run(Case(subject, "of random weights", values, kind=slope.family))
        held += found.verdict is Verdict.HOLDS
    assert held <= len(SEEDS) // 3


def test_a_sum_that_is_kept_holds_and_that_of_noise_fails(subject: Subject, noise: Case) -> None:
    kept = Conservation().run(case_of_method(subject, find("lrp-0")(bias=False)))
    assert kept.verdict is Verdict.HOLDS, kept.sentence
    residual = Residual("conservation", subject.answer[0], float(noise.values.sum()))
    lost = Conservation().run(Case(subject, "noise", noise.values, residual=residual))
    assert lost.verdict is Verdict.FAILS
