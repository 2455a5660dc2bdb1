"""Units, and the contrast of grey and white matter."""

from __future__ import annotations

from collections.abc import Callable

from fit_scans import ball, changed, upside_down

from viewer.fit.intensities import check_contrast, check_intensities
from viewer.fit.subject import FitSubject
from viewer.models.fit_report import FitVerdict
from viewer.models.input_spec import IntensityScaling, IntensitySpec
from viewer.scans.load import load_scan

Subject = Callable[..., FitSubject]
BOUNDS = IntensitySpec(IntensityScaling.BOUNDS, bounds=(0.0, 1.0))


def test_intensities_beyond_the_bounds_of_the_card(subject: Subject) -> None:
    found = check_intensities(subject(ball(74), intensity=BOUNDS))
    assert found.verdict is FitVerdict.CAUTION
    assert found.sentence == "100% of its values lie beyond 0 to 1, the network's range"
    small = changed(ball(74), ball(74).data / 200)
    assert check_intensities(subject(small, intensity=BOUNDS)).verdict is FitVerdict.OK
    assert check_intensities(subject(small)).verdict is FitVerdict.NOT_MEASURABLE


def test_white_matter_is_brighter_in_a_t1_scan(subject: Subject) -> None:
    scan = load_scan("mni152")
    assert check_contrast(subject(scan)).verdict is FitVerdict.OK
    inverted = changed(scan, (1 - scan.data) * (scan.data > 0))
    assert check_contrast(subject(inverted)).verdict is FitVerdict.UNFIT
    assert check_contrast(subject(upside_down(scan))).verdict is FitVerdict.NOT_MEASURABLE
