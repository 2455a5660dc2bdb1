"""Verdicts on a registration, and on a scan whose brain is not found."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from fit_scans import ball

from viewer.errors import ScanError
from viewer.fit.registration import check_registration, judge_registration
from viewer.fit.subject import FitSubject
from viewer.models.fit_report import FitVerdict
from viewer.models.input_spec import InputChannel
from viewer.preparation.registration import Registration
from viewer.progress import Progress

Subject = Callable[..., FitSubject]


def make_registration(
    degrees: float = 0.0, shift: float = 0.0, scale: float = 1.0, **more: float
) -> Registration:
    matrix = np.eye(4)
    angle = np.deg2rad(degrees)
    matrix[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    matrix[:3, :3] *= scale
    matrix[2, 3] = shift
    entries = {"dice": 0.97, "correlation": 0.6, "coverage": 1.0, "seconds": 1.0} | more
    return Registration(matrix, "affine", template="MNI152", **entries)


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({}, FitVerdict.OK),
        ({"degrees": 4, "shift": 3}, FitVerdict.OK),
        ({"degrees": 15}, FitVerdict.CAUTION),
        ({"shift": 25}, FitVerdict.CAUTION),
        ({"scale": 1.3}, FitVerdict.CAUTION),
        ({"correlation": 0.02}, FitVerdict.CAUTION),
    ],
)
def test_what_a_registration_finds_to_move(change: dict[str, float], verdict: FitVerdict) -> None:
    assert judge_registration(make_registration(**change), expects_template_space=True).verdict is verdict


def test_native_scans_may_lie_anywhere() -> None:
    moved = make_registration(degrees=15, shift=25)
    assert judge_registration(moved, expects_template_space=False).verdict is FitVerdict.OK


def test_an_image_without_a_brain_cannot_be_registered(
    subject: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise ScanError("ball", "no brain is found in it")

    monkeypatch.setattr("viewer.preparation.brain_mask.extract_brain", refuse)
    found = check_registration(subject(ball(74)), Progress())
    assert found.verdict is FitVerdict.NOT_MEASURABLE
    assert "no brain" in found.sentence


def test_other_modalities_are_not_registered(subject: Subject) -> None:
    flair = subject(ball(74), inputs=(InputChannel("F", "FLAIR"),))
    assert check_registration(flair, Progress()).verdict is FitVerdict.NOT_MEASURABLE
