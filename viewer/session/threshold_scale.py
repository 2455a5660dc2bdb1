"""Convert a threshold to a slider position and back, or to another kind of threshold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from viewer.scans.threshold import Threshold, ThresholdKind

if TYPE_CHECKING:
    from viewer.scans.threshold import SortedValues

BISECTION_STEPS = 60


def threshold_at(kind: ThresholdKind, position: float, sorted_values: SortedValues) -> Threshold:
    """Return the threshold at a slider position from 0 (everything shown) to 1 (almost nothing).

    Near 1, where thresholds are usually set, a slider step changes the amount less: percentiles and shares
    follow a power of the position, numbers of voxels change exponentially with it.
    """
    position = min(max(position, 0.0), 1.0)
    if kind is ThresholdKind.VALUE:
        return Threshold(kind, position * sorted_values.largest)
    if kind is ThresholdKind.PERCENTILE:
        return Threshold(kind, 100.0 * (1.0 - (1.0 - position) ** 3))
    if kind is ThresholdKind.TOP:
        return Threshold(kind, 100.0 * (1.0 - position) ** 2)
    return Threshold(kind, float(round(max(sorted_values.count, 1) ** (1.0 - position))))


def rounded_threshold_at(kind: ThresholdKind, position: float, sorted_values: SortedValues) -> Threshold:
    """Return `threshold_at` rounded to a few digits, for a slider: "99.998 %", not "99.9976 %".

    A percentile keeps two digits of its distance from 100 (one below a tenth), a share two, a value three.
    """
    threshold = threshold_at(kind, position, sorted_values)
    amount = threshold.amount
    if kind is ThresholdKind.PERCENTILE:
        remainder = 100.0 - amount
        # Rounded once more: 100 - 0.02 is not the nearest number to 99.98.
        amount = round(100.0 - float(f"{remainder:.{2 if remainder >= 0.1 else 1}g}"), 9)
    elif kind is ThresholdKind.TOP:
        amount = float(f"{amount:.2g}")
    elif kind is ThresholdKind.VALUE:
        amount = min(float(f"{amount:.3g}"), sorted_values.largest)
    return Threshold(kind, amount)


def slider_position(threshold: Threshold, sorted_values: SortedValues) -> float:
    """Return the slider position of a threshold, 0 to 1; the inverse of `threshold_at`."""
    import math

    amount = threshold.amount
    if threshold.kind is ThresholdKind.VALUE:
        position = amount / sorted_values.largest if sorted_values.largest > 0 else 0.0
    elif threshold.kind is ThresholdKind.PERCENTILE:
        position = 1.0 - (1.0 - min(max(amount, 0.0), 100.0) / 100.0) ** (1 / 3)
    elif threshold.kind is ThresholdKind.TOP:
        position = 1.0 - (min(max(amount, 0.0), 100.0) / 100.0) ** 0.5
    else:
        count = max(sorted_values.count, 2)
        position = 1.0 - math.log(min(max(amount, 1.0), count)) / math.log(count)
    return min(max(position, 0.0), 1.0)


def convert_threshold(kind: ThresholdKind, threshold: Threshold, sorted_values: SortedValues) -> Threshold:
    """Convert a threshold to another kind that shows, as closely as possible, the same voxels."""
    if kind is threshold.kind or not sorted_values.count:
        return (
            Threshold(kind, threshold.amount)
            if kind is threshold.kind
            else threshold_at(kind, 0.8, sorted_values)
        )
    cutoff = sorted_values.cutoff(threshold)
    if kind is ThresholdKind.VALUE:
        return Threshold(kind, cutoff)
    if kind is ThresholdKind.VOXELS:
        return Threshold(kind, float(max(sorted_values.count_above(cutoff), 1)))
    low, high = 0.0, 1.0
    for _ in range(BISECTION_STEPS):
        centre = (low + high) / 2
        if sorted_values.cutoff(threshold_at(kind, centre, sorted_values)) < cutoff:
            low = centre
        else:
            high = centre
    return threshold_at(kind, high, sorted_values)
