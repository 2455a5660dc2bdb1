"""What a preparation measured of itself: a failed or mirrored one is unfit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from fit_scans import ball

from viewer.fit.pose import check_pose
from viewer.fit.preparation import check_preparation
from viewer.fit.subject import FitSubject
from viewer.models.fit_report import FitVerdict
from viewer.preparation.prepared import Prepared, StepRecord
from viewer.preparation.registration import Registration, RegistrationKind

Subject = Callable[..., FitSubject]
GOOD = Registration(np.eye(4), RegistrationKind.AFFINE, 0.95, 0.6, 1.0, 0.0, "mni152")


def prepared(subject: Subject, registration: Registration, *steps: StepRecord) -> FitSubject:
    scan = ball(74)
    made = Prepared(scan, scan, registration=registration, steps=steps, native=scan)
    return replace(subject(scan, space="affine"), preparation=made)


@pytest.mark.parametrize(
    ("changes", "verdict", "says"),
    [
        ({}, FitVerdict.OK, "no problem was found"),
        ({"matrix": np.diag([-1.0, 1, 1, 1])}, FitVerdict.UNFIT, "swaps left and right"),
        ({"correlation": 0.1}, FitVerdict.UNFIT, "registration failed"),
        ({"dice": 0.5}, FitVerdict.UNFIT, "registration failed, or the brain mask is wrong"),
        ({"dice": float("nan")}, FitVerdict.OK, "no problem was found"),
        ({"coverage": 0.9}, FitVerdict.CAUTION, "outside the scan's field of view"),
        ({"matrix": np.diag([1.0, -1, -1, 1])}, FitVerdict.CAUTION, "the header may be wrong"),
    ],
)
def test_a_failed_or_mirrored_registration_is_unfit(
    subject: Subject, changes: dict[str, object], verdict: FitVerdict, says: str
) -> None:
    found = check_preparation(prepared(subject, replace(GOOD, **changes)))
    assert found.verdict is verdict
    assert says in found.sentence


def test_a_problem_of_another_step_is_a_caution(subject: Subject) -> None:
    step = StepRecord("brain-mask", results={"problems": ["the brain has 0.4 litres"]})
    found = check_preparation(prepared(subject, GOOD, step))
    assert found.verdict is FitVerdict.CAUTION


def test_a_scan_that_was_just_registered_is_not_to_be_registered_first(subject: Subject) -> None:
    found = check_pose(prepared(subject, GOOD))
    assert found.verdict is not FitVerdict.OK
    assert "the registration did not align it" in found.sentence
    assert "register it first" not in found.sentence
    assert "register it first" in check_pose(subject(ball(74), space="affine")).sentence
