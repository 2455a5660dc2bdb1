"""Plausibility checks of the person's images and covariates."""

from __future__ import annotations

from itertools import combinations

from viewer.fit.subject import FitSubject
from viewer.models.fit_report import FitCheck, FitVerdict
from viewer.scans.multichannel_scan import MultichannelScan

IMAGES_NAME = "images"
COVARIATES_NAME = "covariates"

USUAL_SDS = 3.0
"""Number of standard deviations from the training mean within which a value is usual: 99.7 % of a normal
distribution.
"""


def check_images(subject: FitSubject) -> FitCheck:
    """Check that no image is given twice."""
    scan = subject.scan
    if not isinstance(scan, MultichannelScan) or len(scan.channels) < 2:
        return FitCheck(IMAGES_NAME, FitVerdict.NOT_MEASURABLE, "there is only one image")
    same = [
        f"{first} and {second}"
        for (first, one), (second, other) in combinations(scan.images.items(), 2)
        if one.hash == other.hash
    ]
    expected = "different images"
    if same:
        said = f"{', '.join(same)} are the same image"
        return FitCheck(IMAGES_NAME, FitVerdict.CAUTION, said, "the same", expected)
    count = f"{len(scan.channels)} different"
    return FitCheck(IMAGES_NAME, FitVerdict.OK, "the images differ from each other", count, expected)


def check_covariates(subject: FitSubject) -> FitCheck:
    """Check that the covariates lie within mean ± 3 standard deviations of the card's training data."""
    given = subject.scan.covariates if isinstance(subject.scan, MultichannelScan) else {}
    values = {name.casefold(): value for name, value in given.items()}
    told, ranges, far = [], [], []
    for one in subject.model.card.covariates:
        value = values.get(one.name.casefold())
        if value is None or one.mean is None or one.sd is None:
            continue
        training = f"{one.mean:g} ± {one.sd:g}"
        told.append(f"{one.name} {value:g}")
        ranges.append(f"{one.name} {training}")
        if abs(value - one.mean) > USUAL_SDS * one.sd:
            far.append(f"{one.name} {value:g} is far outside of the training data, {training}")
    if not told:
        said = "there are no covariates with a mean and a spread in the card"
        return FitCheck(COVARIATES_NAME, FitVerdict.NOT_MEASURABLE, said)
    value_text, expected = ", ".join(told), ", ".join(ranges)
    if far:
        said = "; ".join(far)
        return FitCheck(COVARIATES_NAME, FitVerdict.CAUTION, said, value_text, expected, reasons=tuple(far))
    said = "the covariates are as in the training data"
    return FitCheck(COVARIATES_NAME, FitVerdict.OK, said, value_text, expected)
