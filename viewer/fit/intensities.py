"""Checks of the intensities: against the training scans, and for the tissue contrast of a T1 scan."""

from __future__ import annotations

import numpy as np

from viewer.fit.pose import (
    TEMPLATE_MM,
    is_t1,
    load_coarse_template,
    template_correlation,
)
from viewer.fit.subject import FitSubject
from viewer.fit.training_distance import judge_distance
from viewer.models.fit_report import FitCheck, FitVerdict
from viewer.models.input_spec import IntensityScaling

NAME = "intensities"
CONTRAST_NAME = "tissue contrast"

BEYOND_SHARE = 0.05
"""Share of values beyond the card's bounds from which a scan is assumed to have other units."""

GREY_RANGE = (0.55, 0.72)
"""Values of the template (1 at most) in grey matter, at 4 mm."""

WHITE_LEVEL = 0.8

KNOWN_TISSUE = 0.45
"""Correlation with the template, of either sign, from which the template is used to locate tissue."""

T1_CONTRAST = 1.05
"""White over grey matter: 1.2 to 1.5 in T1 scans, below 1 in T2 and inverted ones."""


def check_intensities(subject: FitSubject) -> FitCheck:
    """Check the intensities against the training scans, or against the bounds that the card gives."""
    spec = subject.spec
    if spec is None or subject.prepared is None:
        return FitCheck(NAME, FitVerdict.NOT_MEASURABLE, subject.problem or "the card lacks 'input'")
    beyond_share = _share_beyond_bounds(subject)
    if beyond_share is not None and beyond_share > BEYOND_SHARE:
        low, high = spec.intensity.bounds or (0.0, 1.0)
        sentence = f"{beyond_share:.0%} of its values lie beyond {low:g} to {high:g}, the network's range"
        return FitCheck(
            NAME, FitVerdict.CAUTION, sentence, f"{beyond_share:.0%} beyond", f"{low:g} to {high:g}"
        )
    reference = subject.reference.intensities
    if reference is not None:
        from viewer.models.training_reference import intensity_features

        return judge_distance(
            NAME,
            reference,
            intensity_features(subject.prepared.tensor),
            "intensities and share of air are those of the training scans",
            "intensities or share of air are not those of the training scans",
        )
    if beyond_share is not None:
        return FitCheck(
            NAME, FitVerdict.OK, "the values lie within the card's bounds", f"{beyond_share:.0%} beyond"
        )
    sentence = "the card does not say what intensities the training scans had"
    return FitCheck(NAME, FitVerdict.NOT_MEASURABLE, sentence)


def _share_beyond_bounds(subject: FitSubject) -> float | None:
    """Return the share of the scan's non-zero values beyond the card's bounds; None without bounds."""
    spec = subject.spec
    if spec is None or spec.intensity.scaling is not IntensityScaling.BOUNDS or not spec.intensity.bounds:
        return None
    low, high = spec.intensity.bounds
    present = subject.voxel_lines[subject.voxel_lines != 0]
    return float(((present < low) | (present > high)).mean()) if present.size else 0.0


def check_contrast(subject: FitSubject) -> FitCheck:
    """Check whether white matter is brighter than grey matter, as located by the template."""
    from viewer.scans.resample import sample

    if not subject.takes_heads or not is_t1(subject):
        return FitCheck(CONTRAST_NAME, FitVerdict.NOT_MEASURABLE, "the network does not take T1 scans")
    if subject.reference.image is not None and not subject.modality:
        sentence = "the scan is compared with the training scans instead"
        return FitCheck(CONTRAST_NAME, FitVerdict.NOT_MEASURABLE, sentence)
    correlation = template_correlation(subject)
    if abs(correlation) < KNOWN_TISSUE:
        sentence = "the scan is not aligned with the template, so its tissue is not known"
        return FitCheck(CONTRAST_NAME, FitVerdict.NOT_MEASURABLE, sentence)
    template = load_coarse_template(TEMPLATE_MM)
    data, grid = subject.coarse_scan
    values = sample(data, grid, template.brain_points)
    tissue = template.values[template.brain_mask]
    white = float(np.median(values[tissue > WHITE_LEVEL]))
    grey = float(np.median(values[(tissue > GREY_RANGE[0]) & (tissue < GREY_RANGE[1])]))
    ratio = white / grey if grey > 0 else 0.0
    expected = f"above {T1_CONTRAST:g}, as in T1 scans"
    value = f"white/grey {ratio:.2f}"
    if ratio > T1_CONTRAST:
        sentence = "white matter is brighter than grey matter, as in a T1 scan"
        return FitCheck(CONTRAST_NAME, FitVerdict.OK, sentence, value, expected)
    sentence = (
        "white matter is not brighter than grey matter: it is not a T1 scan, or its contrast is inverted"
    )
    verdict = FitVerdict.UNFIT if correlation < 0 else FitVerdict.CAUTION
    return FitCheck(CONTRAST_NAME, verdict, sentence, value, expected)
