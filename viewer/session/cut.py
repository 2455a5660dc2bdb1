"""A threshold told in another way: as a slider's place, or as another kind with the same cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

from viewer.scans.threshold import Kind, Threshold

if TYPE_CHECKING:
    from viewer.scans.threshold import Ranking

HALVINGS = 60


def at_place(kind: Kind, place: float, ranking: Ranking) -> Threshold:
    """The threshold at a slider's place, 0 (everything is shown) to 1 (hardly anything is).

    Near 1, where thresholds are chosen, a step of the slider is a smaller step of the amount: percentiles
    and shares go with a power of the place, numbers of voxels with their logarithm.
    """
    place = min(max(place, 0.0), 1.0)
    if kind is Kind.VALUE:
        return Threshold(kind, place * ranking.largest)
    if kind is Kind.PERCENTILE:
        return Threshold(kind, 100.0 * (1.0 - (1.0 - place) ** 3))
    if kind is Kind.TOP:
        return Threshold(kind, 100.0 * (1.0 - place) ** 2)
    return Threshold(kind, float(round(max(ranking.count, 1) ** (1.0 - place))))


def slider_threshold(kind: Kind, place: float, ranking: Ranking) -> Threshold:
    """Return `at_place` with an amount of few digits, as a slider sets it: "99.998 %", not "99.9976 %".

    A percentile keeps two digits of its distance from 100 (one below a tenth), a share two, a value three.
    """
    threshold = at_place(kind, place, ranking)
    amount = threshold.amount
    if kind is Kind.PERCENTILE:
        rest = 100.0 - amount
        # Rounded once more: 100 - 0.02 is not the nearest number to 99.98.
        amount = round(100.0 - float(f"{rest:.{2 if rest >= 0.1 else 1}g}"), 9)
    elif kind is Kind.TOP:
        amount = float(f"{amount:.2g}")
    elif kind is Kind.VALUE:
        amount = min(float(f"{amount:.3g}"), ranking.largest)
    return Threshold(kind, amount)


def place_of(threshold: Threshold, ranking: Ranking) -> float:
    """Where a slider stands for a threshold, 0 to 1: `at_place` turned round."""
    import math

    amount = threshold.amount
    if threshold.kind is Kind.VALUE:
        place = amount / ranking.largest if ranking.largest > 0 else 0.0
    elif threshold.kind is Kind.PERCENTILE:
        place = 1.0 - (1.0 - min(max(amount, 0.0), 100.0) / 100.0) ** (1 / 3)
    elif threshold.kind is Kind.TOP:
        place = 1.0 - (min(max(amount, 0.0), 100.0) / 100.0) ** 0.5
    else:
        count = max(ranking.count, 2)
        place = 1.0 - math.log(min(max(amount, 1.0), count)) / math.log(count)
    return min(max(place, 0.0), 1.0)


def told_as(kind: Kind, threshold: Threshold, ranking: Ranking) -> Threshold:
    """The threshold of another kind that cuts at the same value, as nearly as that kind can say it."""
    if kind is threshold.kind or not ranking.count:
        return Threshold(kind, threshold.amount) if kind is threshold.kind else at_place(kind, 0.8, ranking)
    value = ranking.cutoff(threshold)
    if kind is Kind.VALUE:
        return Threshold(kind, value)
    if kind is Kind.VOXELS:
        return Threshold(kind, float(max(ranking.above(value), 1)))
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if ranking.cutoff(at_place(kind, middle, ranking)) < value:
            low = middle
        else:
            high = middle
    return at_place(kind, high, ranking)
