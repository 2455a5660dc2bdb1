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
    duplicates = [
        f"{first} and {second}"
        for (first, first_image), (second, second_image) in combinations(scan.images.items(), 2)
        if first_image.hash == second_image.hash
    ]
    expected = "different images"
    if duplicates:
        sentence = f"{', '.join(duplicates)} are the same image"
        return FitCheck(IMAGES_NAME, FitVerdict.CAUTION, sentence, "the same", expected)
    count = f"{len(scan.channels)} different"
    return FitCheck(IMAGES_NAME, FitVerdict.OK, "the images differ from each other", count, expected)


def check_covariates(subject: FitSubject) -> FitCheck:
    """Check that the covariates lie within mean ± 3 standard deviations of the card's training data."""
    covariates = subject.scan.covariates if isinstance(subject.scan, MultichannelScan) else {}
    values = {name.casefold(): value for name, value in covariates.items()}
    value_texts, ranges, outliers = [], [], []
    for covariate in subject.model.card.covariates:
        value = values.get(covariate.name.casefold())
        if value is None or covariate.mean is None or covariate.sd is None:
            continue
        training = f"{covariate.mean:g} ± {covariate.sd:g}"
        value_texts.append(f"{covariate.name} {value:g}")
        ranges.append(f"{covariate.name} {training}")
        if abs(value - covariate.mean) > USUAL_SDS * covariate.sd:
            outliers.append(f"{covariate.name} {value:g} is far outside of the training data, {training}")
    if not value_texts:
        sentence = "there are no covariates with a mean and a spread in the card"
        return FitCheck(COVARIATES_NAME, FitVerdict.NOT_MEASURABLE, sentence)
    value_text, expected = ", ".join(value_texts), ", ".join(ranges)
    if outliers:
        sentence = "; ".join(outliers)
        return FitCheck(
            COVARIATES_NAME, FitVerdict.CAUTION, sentence, value_text, expected, reasons=tuple(outliers)
        )
    sentence = "the covariates are as in the training data"
    return FitCheck(COVARIATES_NAME, FitVerdict.OK, sentence, value_text, expected)
