"""The shipped network and its simulated scan: an honest map passes, noise does not."""

from __future__ import annotations

import numpy as np
import pytest

from viewer.checks.base import Verdict
from viewer.checks.context import Explanation, make_context
from viewer.checks.deletion_insertion import DeletionInsertion
from viewer.checks.explanations import explain_with_method
from viewer.checks.localisation import Localisation, make_ground_truth
from viewer.checks.parameter_randomisation import ParameterRandomisation
from viewer.checks.region_removal import RegionRemoval
from viewer.checks.sensitivity_n import SensitivityN


@pytest.mark.slow
def test_honest_maps_hold_and_noise_fails() -> None:
    from viewer.methods.registry import find_method
    from viewer.models.loading import load_model
    from viewer.scans.load import load_scan
    from viewer.scans.simulated_lesions import DEMONSTRATION, insert_lesions

    scan = load_scan("simulated-lesions")
    context = make_context(load_model("demo"), scan, "lesion", device="cpu")
    _, share = insert_lesions(scan.data, scan.grid, DEMONSTRATION)
    truth = make_ground_truth(context, share >= 0.5, scan.grid, "lesions")
    honest = explain_with_method(context, find_method("input-times-gradient")())
    noise = Explanation(
        context, "noise", np.random.default_rng(0).normal(size=context.shape).astype(np.float32)
    )
    for check in (DeletionInsertion(), RegionRemoval(), SensitivityN(), Localisation(truth)):
        assert check.run(honest).verdict is Verdict.HOLDS, check.name
        assert check.run(noise).verdict is not Verdict.HOLDS, check.name
    for check in (SensitivityN(), Localisation(truth)):
        assert check.run(noise).verdict is Verdict.FAILS
    assert ParameterRandomisation(alone=False).run(honest).verdict is Verdict.HOLDS
