"""Every check both ways: an honest map holds; noise, a map of random weights, and what it warns of do not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest
import torch

from tests.checks.conftest import Edges
from viewer.checks.adversarial_stability import AdversarialStability
from viewer.checks.base import Check, Verdict
from viewer.checks.class_contrast import ClassContrast
from viewer.checks.conservation import Conservation
from viewer.checks.context import CheckContext, Explanation
from viewer.checks.deletion_insertion import DeletionInsertion
from viewer.checks.explanations import explain_with_method
from viewer.checks.localisation import GroundTruth, Localisation
from viewer.checks.parameter_randomisation import (
    ParameterRandomisation,
    make_weight_groups,
    randomise_weights,
)
from viewer.checks.region_removal import RegionRemoval
from viewer.checks.repeatability import Repeatability
from viewer.checks.sensitivity_n import SensitivityN
from viewer.methods.base import Attribution, ExplanationRequest
from viewer.methods.registry import find_method
from viewer.progress import Progress
from viewer.scans.provenance import Residual

SEEDS = range(6)


@dataclass(frozen=True)
class Shattered(Edges):
    """A map that is another one wherever the scan differs in the slightest."""

    name: ClassVar[str] = "shattered"
    title: ClassVar[str] = "Shattered"

    def explain(self, request: ExplanationRequest) -> Attribution:
        return Attribution(torch.frac(request.x.double() * 1e5).float())


def checks(spot: np.ndarray) -> dict[str, Check]:
    return {
        "deletion": DeletionInsertion(patch=9.0, steps=4, draws=4),
        "removal": RegionRemoval(),
        "sensitivity-n": SensitivityN(patch=9.0),
        "localisation": Localisation(GroundTruth("the spot", spot)),
        "randomisation": ParameterRandomisation(alone=False),
        "contrast": ClassContrast(),
        "repeatability": Repeatability(),
        "stability": AdversarialStability(),
    }


@pytest.mark.parametrize(
    "name", ["deletion", "removal", "sensitivity-n", "localisation", "repeatability", "stability"]
)
def test_faithful_map_passes_every_check(name: str, honest: Explanation, spot: np.ndarray) -> None:
    found = checks(spot)[name].run(honest)
    assert found.verdict is Verdict.HOLDS, found.sentence


def test_an_honest_slope_depends_on_the_weights(context: CheckContext, spot: np.ndarray) -> None:
    """Where the scan is not multiplied in, nothing is left of the map when the weights are random."""
    found = checks(spot)["randomisation"].run(explain_with_method(context, find_method("gradient")()))
    assert found.verdict is Verdict.HOLDS, found.sentence


@pytest.mark.parametrize(
    "name", ["deletion", "sensitivity-n", "localisation", "randomisation", "contrast", "repeatability"]
)
def test_noise_fails_the_checks(name: str, noise: Explanation, spot: np.ndarray) -> None:
    """Noise of one seed knows neither the weights nor the class; another seed gives another."""
    found = checks(spot)[name].run(noise)
    assert found.verdict is Verdict.FAILS, found.sentence


@pytest.mark.parametrize("name", ["repeatability", "stability"])
def test_shattered_gradient_fails(name: str, context: CheckContext, spot: np.ndarray) -> None:
    found = checks(spot)[name].run(explain_with_method(context, Shattered()))
    assert found.verdict is Verdict.FAILS, found.sentence


@pytest.mark.parametrize("name", ["deletion", "removal", "localisation"])
def test_maps_of_random_weights_do_not_hold(name: str, context: CheckContext, spot: np.ndarray) -> None:
    """Slopes: what is multiplied by the scan finds the brightest place by chance, the right one here."""
    slope = explain_with_method(context, find_method("gradient")())
    assert checks(spot)[name].run(slope).verdict is Verdict.HOLDS
    tensors = [each for stage in make_weight_groups(context.model, context.x, 9) for each in stage.tensors]
    held = 0
    for seed in SEEDS:
        values = slope.recompute(Progress(), model=randomise_weights(context.model, context.x, tensors, seed))
        found = checks(spot)[name].run(
            Explanation(context, "of random weights", values, recorded_family=slope.family)
        )
        held += found.verdict is Verdict.HOLDS
    assert held <= len(SEEDS) // 3


def test_a_sum_that_is_kept_holds_and_that_of_noise_fails(context: CheckContext, noise: Explanation) -> None:
    kept = Conservation().run(explain_with_method(context, find_method("lrp-0")(bias=False)))
    assert kept.verdict is Verdict.HOLDS, kept.sentence
    residual = Residual("conservation", context.original_scores[0], float(noise.values.sum()))
    lost = Conservation().run(Explanation(context, "noise", noise.values, residual=residual))
    assert lost.verdict is Verdict.FAILS
