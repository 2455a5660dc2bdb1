"""A map as a view cuts it: its values for display, and the value from which on they are shown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from viewer.errors import ViewerError
from viewer.scans.clusters import peak_voxel
from viewer.scans.grid import Grid
from viewer.scans.map import Map
from viewer.scans.smoothing import gaussian_smooth
from viewer.scans.threshold import SortedValues
from viewer.scene.shown import without_small
from viewer.scene.volume import Volume
from viewer.session.view import View


@dataclass(frozen=True, eq=False)
class Cut:
    """What is left of a map.

    Parameters
    ----------
    volume
        The values, smoothed and without small clusters as the view asks for; those below the threshold
        are still there.
    cutoff
        The |value| from which on they are shown; infinite where nothing is.
    threshold
        The isovalue at which surfaces and slices show just those, see `SortedValues.isovalue`.
    largest
        The largest |value| of the signs that are shown.
    signs
        Which are shown: 1, -1.
    """

    volume: Volume
    cutoff: float
    threshold: float
    largest: float
    signs: tuple[int, ...]


def cut(shown: Map, view: View) -> Cut:
    """Cut a map by a view's threshold, sign, smallest cluster and smoothing, as the box does.

    Raises
    ------
    ViewerError
        The map lies on no grid in space.
    """
    if shown.grid is None or shown.data.ndim != 3:
        raise ViewerError(shown.name, "lies on no grid in space", "only maps of 3D scans can be shown")
    values = gaussian_smooth(shown.data, shown.grid, view.smoothing)
    ranking = SortedValues(values, view.sign.number)
    cutoff = ranking.cutoff(view.threshold)
    threshold = ranking.isovalue(cutoff)
    volume = Volume.of(values, shown.grid)
    if view.removes_clusters and np.isfinite(threshold):
        volume = without_small(volume, threshold, view)
    signs = tuple(
        side for side in view.sign.signs if bool((values > 0).any() if side > 0 else (values < 0).any())
    )
    return Cut(volume, cutoff, threshold, ranking.largest, signs)


def peak(shown: Map, view: View, within: Grid) -> tuple[float, float, float] | None:
    """Where the shown |value| is largest, in mm; None where nothing is shown, or not within a grid.

    Of a plateau it is the middle, see `peak_voxel`.
    """
    left = cut(shown, view)
    values = left.volume.inside
    size = np.maximum.reduce([side * values for side in left.signs]) if left.signs else np.zeros((1, 1, 1))
    place = peak_voxel(size)
    point = left.volume.grid.to_world(place)
    if size[place] < left.threshold or not bool(within.contains(point)):
        return None
    x, y, z = (float(value) for value in point)
    return x, y, z
