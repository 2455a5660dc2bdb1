"""Usual quality measures of a preparation, from successful ones, with sentences that state them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from viewer.preparation.registration import MIN_CORRELATION, MIN_DICE

if TYPE_CHECKING:
    from viewer.preparation.prepared import Prepared

USUAL_CORRELATION = {"affine": (0.54, 0.58), "similarity": (0.51, 0.53), "rigid": (0.31, 0.40)}
"""Correlation with the template inside the brain, of two real heads."""

USUAL_DICE = {"affine": 0.96, "similarity": 0.94, "rigid": 0.90}
"""Dice of the brain and the template's, of the same two heads."""

USUAL_BRAIN_ML = (1000.0, 1900.0)
"""Range in ml of the volume of the brain and its surrounding fluid in nearly all adults."""


@dataclass(frozen=True)
class QualityMeasure:
    """One measure of a preparation.

    Parameters
    ----------
    name
        Name of the measure.
    value
        The number, with its unit.
    usual_range
        Usual values, as a sentence.
    is_acceptable
        Whether the value is usual, or at least not a sign of failure.
    """

    name: str
    value: str
    usual_range: str
    is_acceptable: bool


def quality_measures(prepared: Prepared) -> tuple[QualityMeasure, ...]:
    """Return the available quality measures of a preparation."""
    numbers = []
    registration, mask = prepared.registration, prepared.mask
    if registration is not None:
        low, high = USUAL_CORRELATION[registration.kind]
        minimum = MIN_CORRELATION[registration.kind]
        numbers.append(
            QualityMeasure(
                "Correlation with the template",
                f"{registration.correlation:.2f}",
                f"Usual: {low:.2f} to {high:.2f} or more; below {minimum:.2f} it has failed.",
                registration.correlation >= minimum,
            )
        )
        if math.isfinite(registration.dice):
            minimum = MIN_DICE[registration.kind]
            numbers.append(
                QualityMeasure(
                    "Overlap of the brains (Dice)",
                    f"{registration.dice:.2f}",
                    f"Usual: {USUAL_DICE[registration.kind]:.2f}; below {minimum:.2f} it has failed.",
                    registration.dice >= minimum,
                )
            )
    if mask is not None:
        small, large = USUAL_BRAIN_ML
        numbers.append(
            QualityMeasure(
                "Brain",
                f"{mask.volume_ml:,.0f} ml",
                f"Usual in adults: {small:,.0f} to {large:,.0f} ml.",
                small <= mask.volume_ml <= large,
            )
        )
    return tuple(numbers)
