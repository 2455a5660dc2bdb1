"""Notes on a threshold: nothing is shown, or more voxels than requested."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from viewer.scans.constant_map import describe_constant, describe_no_values
from viewer.scans.smoothing import gaussian_smooth
from viewer.scans.threshold import SortedValues, Threshold, ThresholdKind
from viewer.session.view import View

if TYPE_CHECKING:
    from viewer.scans.map import Map


def threshold_notes(maps: Sequence[Map], view: View) -> list[str]:
    """Return why maps will show no clusters, or more voxels than requested, one line each.

    Parameters
    ----------
    maps
        Maps to be drawn; those without a grid are ignored.
    view
        Its threshold, sign and smoothing are used.

    Returns
    -------
    list of str
        Each line begins with the map's name; empty if there is nothing unexpected.
    """
    notes = []
    for image in maps:
        if image.grid is None:
            continue
        values, sign = gaussian_smooth(image.data, image.grid, view.smoothing), view.sign.number
        ranking = SortedValues(values, sign)
        cutoff = ranking.cutoff(view.threshold)
        absent = "" if ranking.count else describe_no_values(image.data, sign, values)
        constant = "" if view.smoothing else describe_constant(image.data)
        if absent:
            notes.append(f"{image.name}: {absent}, so there are no bodies")
        elif cutoff > ranking.largest:
            notes.append(
                f"{image.name}: nothing reaches {cutoff:g}; its largest |value| is {ranking.largest:.4g}"
            )
        elif constant:
            notes.append(f"{image.name}: {constant}")
        notes += [f"{image.name}: {line}" for line in tie_notes(ranking, view.threshold)]
    return notes


def tie_notes(sorted_values: SortedValues, threshold: Threshold) -> list[str]:
    """Return whether more voxels are shown than requested, because some are tied at the last value.

    Parameters
    ----------
    sorted_values
        The map's values.
    threshold
        The rule; only one of the kind "voxels" can request fewer than are shown.

    Returns
    -------
    list of str
        One line, or none.
    """
    cutoff = sorted_values.cutoff(threshold)
    count_above = sorted_values.count_above(cutoff)
    if threshold.kind is not ThresholdKind.VOXELS or count_above <= threshold.amount:
        return []
    return [
        f"{count_above:,} voxels are shown instead of {threshold.amount:,.0f}: as many reach the "
        f"value of the last one, {cutoff:.4g}"
    ]
