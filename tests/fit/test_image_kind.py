"""Labels, statistical maps, noise and blanks are told from anatomy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from fit_scans import ball, changed

from viewer.fit.image_kind import check_image_kind
from viewer.fit.subject import FitSubject
from viewer.models.fit_report import FitVerdict
from viewer.models.input_spec import IntensityScaling, IntensitySpec
from viewer.scans.grid import Grid

Subject = Callable[..., FitSubject]
SCAN = ball(74)
DRAW = np.random.default_rng(0)

IMAGES = {
    "anatomy": (SCAN.data, FitVerdict.OK),
    "whole numbers": (np.rint(SCAN.data), FitVerdict.OK),
    "labels": ((SCAN.data != 0) * (1 + np.arange(60)[:, None, None] // 6), FitVerdict.UNFIT),
    "mask": (SCAN.data != 0, FitVerdict.UNFIT),
    "signed map": (SCAN.data - 100 * (SCAN.data != 0), FitVerdict.UNFIT),
    "standardised": (
        np.where(
            SCAN.data != 0,
            (SCAN.data - SCAN.data[SCAN.data != 0].mean()) / SCAN.data[SCAN.data != 0].std(),
            0,
        ),
        FitVerdict.CAUTION,
    ),
    "noise": (DRAW.random(SCAN.grid.shape), FitVerdict.UNFIT),
    "noisy": (
        np.abs(SCAN.data + 18 * DRAW.standard_normal(SCAN.data.shape)) * (SCAN.data > 0),
        FitVerdict.CAUTION,
    ),
    "zero": (SCAN.data * 0, FitVerdict.UNFIT),
    "constant": (SCAN.data * 0 + 7, FitVerdict.UNFIT),
    "a spot": (ball(22).data, FitVerdict.CAUTION),
}


@pytest.mark.parametrize("name", IMAGES)
def test_the_kind_of_an_image(subject: Subject, name: str) -> None:
    data, verdict = IMAGES[name]
    found = check_image_kind(subject(changed(SCAN, data, Grid(data.shape, SCAN.grid.affine))))
    assert found.verdict is verdict, found


@pytest.mark.parametrize(
    ("radius", "text"), [(22, "less than a head or brain"), (134, "more than a whole head")]
)
def test_a_foreground_too_small_or_too_large(subject: Subject, radius: float, text: str) -> None:
    result = check_image_kind(subject(ball(radius)))
    assert (result.verdict, result.value) == (FitVerdict.CAUTION, "no head")
    assert text in result.sentence


def test_negative_values_that_the_training_scans_had(subject: Subject) -> None:
    signed = changed(SCAN, SCAN.data - 100 * (SCAN.data != 0))
    given = subject(signed, intensity=IntensitySpec(IntensityScaling.NONE))
    assert check_image_kind(given).verdict is FitVerdict.UNFIT
    channels = [{"mean": 0.0, "sd": 9.0, "quantiles": {"1": -12.0, "99": 12.0}}]
    given.model.card = replace(given.model.card, training_statistics={"channels": channels})
    assert "negative" not in check_image_kind(given).sentence


def test_a_network_of_pictures_is_not_asked_for_anatomy(subject: Subject) -> None:
    picture = subject(changed(SCAN, SCAN.data != 0), shape=(12, 14))
    assert check_image_kind(picture).verdict is FitVerdict.OK
    assert check_image_kind(subject(changed(SCAN, SCAN.data * 0), shape=(12, 14))).verdict is FitVerdict.UNFIT
