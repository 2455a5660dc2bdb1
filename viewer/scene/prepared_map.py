"""Map over a scan, prepared for the box and for the slices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from viewer.scans.map import Map
from viewer.scans.origin import add_origin_to_name, map_overlaps_scan
from viewer.scans.resample import resample
from viewer.scans.scan import Scan
from viewer.scene.render_data import MapRenderData, ScanRenderData

Floats = npt.NDArray[np.float32]
Sums = tuple[npt.NDArray[np.float64], ...]

SLAB = 16
"""Number of planes summed at once: touching new memory pages costs more than the sums."""


@dataclass(frozen=True, eq=False)
class PreparedMap:
    """Map that is ready to be drawn over one scan.

    Parameters
    ----------
    map, scan_data, smoothing
        The map, the scan's render data, and the smoothing in mm (full width at half maximum).
    render_data
        The map's render data for the box.
    values_on_scan
        Values on the scan's grid, for the slices, float32, shape ``grid.shape``.
    sums_per_slice
        Sums per slice, for the profiles: see `slice_sums`.
    is_outside_scan
        Whether the map has values but none inside the scan.
    opacity
        Opacity by certainty on the scan's grid; None if the map has no standard deviation.
    """

    map: Map
    scan_data: ScanRenderData
    smoothing: float
    render_data: MapRenderData
    values_on_scan: Floats
    sums_per_slice: Sums
    is_outside_scan: bool = False
    opacity: Floats | None = None


def prepare_map(saliency_map: Map, scan: Scan, scan_data: ScanRenderData, smoothing: float) -> PreparedMap:
    """Prepare a map over a scan. Meant for a background thread.

    Raises
    ------
    ViewerError
        The map has no grid and cannot be placed.
    """
    render_data = MapRenderData.from_map(add_origin_to_name(saliency_map, scan), scan_data, smoothing)
    on_scan = resample_to_scan(render_data.volume.values, render_data, scan)
    outside = bool(saliency_map.data.any()) and not map_overlaps_scan(saliency_map, scan)
    opacity = (
        None if render_data.opacity is None else resample_to_scan(render_data.opacity, render_data, scan)
    )
    return PreparedMap(
        saliency_map, scan_data, smoothing, render_data, on_scan, slice_sums(on_scan), outside, opacity
    )


def resample_to_scan(values: Floats, render_data: MapRenderData, scan: Scan) -> Floats:
    """Resample values from the map's grid to the scan's grid."""
    if render_data.volume.grid.same_as(scan.grid):
        return values
    return resample(values, render_data.volume.grid, scan.grid)


def slice_sums(values: Floats) -> Sums:
    """Compute the sums of positive and |negative| values of every slice per axis, shape (n, 2) each."""
    sums = tuple(np.zeros((count, 2)) for count in values.shape)
    for start in range(0, values.shape[0], SLAB):
        slab = values[start : start + SLAB]
        for column, magnitudes in enumerate((np.maximum(slab, 0), np.maximum(-slab, 0))):
            # The sums of the first two axes are computed from these much smaller rows.
            rows = magnitudes.sum(axis=2, dtype=np.float64)
            sums[0][start : start + SLAB, column] = rows.sum(axis=1)
            sums[1][:, column] += rows.sum(axis=0)
            sums[2][:, column] += magnitudes.sum(axis=(0, 1), dtype=np.float64)
    return sums
