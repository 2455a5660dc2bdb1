"""Check of the scan's preparation: registration and brain mask."""

from __future__ import annotations

import math

import numpy as np

from viewer.fit.subject import FitSubject
from viewer.models.fit_report import FitCheck, FitVerdict

NAME = "preparation"


def check_preparation(subject: FitSubject) -> FitCheck:
    """Check the quality that the preparation measured.

    A failed registration, or one that swaps left and right, is unfit; other problems give a caution.
    """
    prepared = subject.preparation
    if prepared is None:
        return FitCheck(NAME, FitVerdict.NOT_MEASURABLE, "the scan was not prepared")
    steps = (
        ", ".join(dict.fromkeys(step.description for step in prepared.steps)) or "the card requires nothing"
    )
    value, expected = steps, ""
    if prepared.registration is not None:
        overlap, correlation = prepared.registration.dice, prepared.registration.correlation
        values = [f"correlation {correlation:.2f}"] + ([] if math.isnan(overlap) else [f"Dice {overlap:.2f}"])
        value, expected = ", ".join(values), "a brain aligned with the template's"
    if prepared.problems:
        first, *others = prepared.problems
        reasons = (f"the preparation of the scan is not reliable: {first}", *others)
        registration = prepared.registration
        is_unusable = registration is not None and (
            registration.has_failed or np.linalg.det(registration.matrix[:3, :3]) < 0
        )
        verdict = FitVerdict.UNFIT if is_unusable else FitVerdict.CAUTION
        return FitCheck(NAME, verdict, "; ".join(reasons), value, expected, reasons=reasons)
    sentence = f"the scan was prepared ({steps}); no problem was found"
    return FitCheck(NAME, FitVerdict.OK, sentence, value, expected)
