"""Thresholded map of a view: smoothed values, cutoff, and removal of small clusters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from viewer.errors import ViewerError
from viewer.scans.clusters import peak_voxel, remove_small_clusters
from viewer.scans.grid import Grid
from viewer.scans.map import Map
from viewer.scans.smoothing import gaussian_smooth
from viewer.scans.threshold import SortedValues, Threshold, ThresholdKind
from viewer.scene.bricked_volume import BrickedVolume
from viewer.scene.certainty import certainty_opacity
from viewer.scene.render_data import Floats, MapRenderData, Shadows
from viewer.session.view import Sign, View


@dataclass(frozen=True, eq=False)
class ThresholdedMap:
    """Map after thresholding.

    Parameters
    ----------
    volume
        The values, smoothed and without small clusters as set in the view, including those below the
        threshold.
    cutoff
        The |value| from which voxels are shown; infinite if nothing is shown.
    isovalue
        The isovalue at which surfaces and slices show exactly these voxels, see `SortedValues.isovalue`.
    largest
        The largest |value| of the shown signs.
    signs
        The shown signs: 1, -1.
    opacity
        Opacity of every voxel by its certainty, if the view requests it and the map has an SD; else None.
    """

    volume: BrickedVolume
    cutoff: float
    isovalue: float
    largest: float
    signs: tuple[int, ...]
    opacity: Floats | None = None


def threshold_map(saliency_map: Map, view: View) -> ThresholdedMap:
    """Threshold a map by a view's threshold, sign, smallest cluster and smoothing, as the box does.

    Raises
    ------
    ViewerError
        The map has no grid.
    """
    if saliency_map.grid is None or saliency_map.data.ndim != 3:
        raise ViewerError(saliency_map.name, "has no 3D spatial grid", "only maps of 3D scans can be shown")
    values = gaussian_smooth(saliency_map.data, saliency_map.grid, view.smoothing)
    sorted_values = SortedValues(values, view.sign.number)
    cutoff = sorted_values.cutoff(view.threshold)
    threshold = sorted_values.isovalue(cutoff)
    volume = BrickedVolume.from_values(values, saliency_map.grid)
    if view.removes_clusters and np.isfinite(threshold):
        volume = filter_clusters(volume, threshold, view)
    signs = tuple(
        sign for sign in view.sign.signs if bool((values > 0).any() if sign > 0 else (values < 0).any())
    )
    opacity = certainty_opacity(saliency_map, view.smoothing) if view.by_certainty else None
    return ThresholdedMap(volume, cutoff, threshold, sorted_values.largest, signs, opacity)


def visible_peak(saliency_map: Map, view: View, grid: Grid) -> tuple[float, float, float] | None:
    """Return the position in mm of the largest shown |value|; None if there is none in ``grid``.

    For a plateau, this is its centre: see `peak_voxel`.
    """
    thresholded = threshold_map(saliency_map, view)
    values = thresholded.volume.values
    size = (
        np.maximum.reduce([sign * values for sign in thresholded.signs])
        if thresholded.signs
        else np.zeros((1, 1, 1))
    )
    voxel = peak_voxel(size)
    point = thresholded.volume.grid.to_world(voxel)
    if size[voxel] < thresholded.isovalue or not bool(grid.contains(point)):
        return None
    x, y, z = (float(value) for value in point)
    return x, y, z


_INNER_SHARE = 0.2
_FAR_SHARE = 0.8
"""Fraction of the threshold from which cubic interpolation does not reach it."""

_NONE = float("inf")


@dataclass(frozen=True)
class IsoValues:
    """Threshold and isovalues of a map, infinite if nothing is shown, and the signs that are shown.

    Parameters
    ----------
    cutoff
        The |value| from which voxels are shown, as reported: `SortedValues.cutoff`.
    outer
        The isovalue of surfaces and shadows that shows those voxels: `SortedValues.isovalue`.
    inner
        The isovalue of inner surfaces, reached by a fifth of the shown voxels; ``outer`` if surfaces are not
        nested.
    signs
        1, -1.
    """

    cutoff: float = _NONE
    outer: float = _NONE
    inner: float = _NONE
    signs: tuple[int, ...] = ()

    @classmethod
    def from_view(cls, render_data: MapRenderData | None, view: View) -> IsoValues:
        """Return the values for a view of a map, or of no map."""
        if render_data is None:
            return cls()
        sorted_values = render_data.sorted_values[view.sign]
        cutoff = sorted_values.cutoff(view.threshold)
        threshold = inner = sorted_values.isovalue(cutoff)
        if view.nested and np.isfinite(threshold):
            inner_voxels = max(int(_INNER_SHARE * sorted_values.count_above(cutoff)), 1)
            inner = sorted_values.isovalue(
                max(sorted_values.cutoff(Threshold(ThresholdKind.VOXELS, inner_voxels)), cutoff)
            )
        signs = tuple(sign for sign in view.sign.signs if sign > 0 or render_data.signed)
        return cls(cutoff, threshold, inner, signs)


class ClusterFilter:
    """Values of the surfaces and their shadows, without the clusters that a view removes."""

    def __init__(self) -> None:
        self._filter_state: tuple[BrickedVolume, float, float, int, Sign] | None = None
        self._volume: BrickedVolume | None = None
        self._shadows: Shadows | None = None

    def volume(self, render_data: MapRenderData, threshold: float, view: View, coarse: bool) -> BrickedVolume:
        """Return the map's values, or their means at half resolution, with small clusters set to zero."""
        values = render_data.coarse if coarse and render_data.coarse is not None else render_data.volume
        if not view.removes_clusters or not np.isfinite(threshold):
            return values
        state = (values, threshold, view.smallest_cluster, view.largest_clusters, view.sign)
        if self._volume is None or self._filter_state != state:
            self._filter_state = state
            self._volume = filter_clusters(values, threshold, view)
            self._shadows = None
        return self._volume

    def shadows(self, render_data: MapRenderData, threshold: float, view: View, coarse: bool) -> Shadows:
        """Return the maximum projections of the same values; those of the whole map are never coarse."""
        volume = self.volume(render_data, threshold, view, coarse)
        if volume is render_data.volume or volume is render_data.coarse:
            return render_data.shadows
        if self._shadows is None:
            self._shadows = render_data.cast_shadows(_lower_far_values(volume, threshold), volume.grid)
        return self._shadows


def _lower_far_values(volume: BrickedVolume, threshold: float) -> Floats:
    """Return a volume's values, lowered well below ``threshold`` where no neighbouring voxel reaches it.

    Shadows are smoothed by cubic interpolation, which overshoots beside voxels that were set to zero: a value
    just below the threshold, next to a removed cluster, would cast a shadow.
    """
    from scipy import ndimage

    values = volume.values
    reached = np.abs(values) >= threshold
    lowered = np.clip(values, -_FAR_SHARE * threshold, _FAR_SHARE * threshold)
    spans = ndimage.find_objects(reached.astype(np.int8))
    if spans and spans[0] is not None:
        window = tuple(slice(max(span.start - 1, 0), span.stop + 1) for span in spans[0])
        near = ndimage.maximum_filter(reached[window], 3)
        lowered[window][near] = values[window][near]
    return lowered


def filter_clusters(volume: BrickedVolume, threshold: float, view: View) -> BrickedVolume:
    """Return a volume without the clusters of |value| ≥ ``threshold`` that a view removes.

    Applies `viewer.scans.clusters.remove_small_clusters` to a range of the volume that contains all clusters.
    """
    bounds = [span for sign in (1, -1) if (span := volume.bounding_slices(threshold, sign)) is not None]
    if not bounds:
        return volume
    spans = tuple(
        slice(min(part.start for part in parts), max(part.stop for part in parts))
        for parts in zip(*bounds, strict=True)
    )
    crop = volume.padded[spans]
    filtered = remove_small_clusters(
        crop, volume.grid.voxel_volume, threshold, view.smallest_cluster, view.sign.number,
        view.largest_clusters,
    )  # fmt: skip
    if filtered is crop:
        return volume
    padded = volume.padded.copy()
    padded[spans] = filtered
    return BrickedVolume.from_padded(padded, volume.grid)
