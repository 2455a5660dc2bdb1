"""The shipped network and its simulated scan: an honest map passes, noise does not."""

from __future__ import annotations

import numpy as np
import pytest

from viewer.checks.cases import case_of_method
from viewer.checks.check import Verdict
from viewer.checks.deletion import Deletion
from viewer.checks.localisation import Localisation, truth_of
from viewer.checks.randomisation import Randomisation
from viewer.checks.removal import Removal
from viewer.checks.subject import Case, subject_of


@pytest.mark.slow
def test_honest_maps_hold_and_noise_fails() -> None:
    from viewer.methods.registry import find
    from viewer.models.loading import load_model
    from viewer.scans.load import load_scan
    from viewer.scans.simulated_lesions import DEMONSTRATION, plant_lesions

    scan = load_scan("simulated-lesions")
    subject = subject_of(load_model("demo"), scan, "lesion", device="cpu")
    _, share = plant_lesions(scan.data, scan.grid, DEMONSTRATION)
    truth = truth_of(subject, share >= 0.5, scan.grid, "lesions")
    honest = case_of_method(subject, find("input-times-gradient")())
    noise = Case(subject, "noise", np.random.default_rng(0).normal(size=subject.shape).astype(np.float32))
    for check in (Deletion(), Removal(), Localisation(truth)):
        assert check.run(honest).verdict is Verdict.HOLDS, check.name
        assert check.run(noise).verdict is not Verdict.HOLDS, check.name
    assert Localisation(truth).run(noise).verdict is Verdict.FAILS
    assert Randomisation(alone=False).run(honest).verdict is Verdict.HOLDS
