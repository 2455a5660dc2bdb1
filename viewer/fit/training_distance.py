"""Verdict on the distance of a scan's features from those of the training scans."""

from __future__ import annotations

import numpy.typing as npt

from viewer.models.fit_report import FitCheck, FitVerdict
from viewer.models.training_reference import FeatureReference

UNFIT_FACTOR = 3.0
"""Multiple of the training scans' limit beyond which a scan is unfit. A guess."""


def judge_distance(
    name: str,
    reference: FeatureReference,
    features: npt.ArrayLike,
    within_sentence: str,
    beyond_sentence: str,
) -> FitCheck:
    """Return the result of a check that compares features with the training scans.

    Parameters
    ----------
    name
        Name of the check.
    reference, features
        The training scans' features, and this scan's.
    within_sentence, beyond_sentence
        Sentence for a scan within the training scans' limit, and for one beyond it.
    """
    try:
        distance = reference.distance(features)
    except ValueError as error:
        sentence = f"the card's training statistics do not match the network: {error}"
        return FitCheck(name, FitVerdict.NOT_MEASURABLE, sentence)
    ratio = distance / reference.limit
    value = f"distance {distance:.3g}"
    expected = f"at most {reference.limit:.3g}, as in the training scans"
    if ratio <= 1:
        return FitCheck(name, FitVerdict.OK, within_sentence, value, expected)
    verdict = FitVerdict.UNFIT if ratio > UNFIT_FACTOR else FitVerdict.CAUTION
    return FitCheck(
        name, verdict, f"{beyond_sentence} ({ratio:.1f} times the usual distance)", value, expected
    )
