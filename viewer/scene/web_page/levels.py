"""Threshold levels of a map on a page: surfaces, shadows and cluster table of each level.

A page computes no surfaces. It contains a few levels around the view's threshold, computed by the same
functions as in the window.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from viewer.scans.atlas import Atlas
from viewer.scans.cluster_table import ClusterRow, cluster_table
from viewer.scans.threshold import Threshold, ThresholdKind
from viewer.scene.bricked_volume import BrickedVolume
from viewer.scene.isosurface import Surface, ambient_occlusion, isosurface
from viewer.scene.render_data import MapRenderData, Shadows
from viewer.scene.thresholding import ClusterFilter, IsoValues
from viewer.session.view import View

FACTORS = (4.0, 2.0, 1.4, 0.7, 0.5, 0.25)
"""Number of voxels of each level relative to that of the view's threshold, which is also a level."""

MAX_TRIANGLES = 30_000
"""Triangles of one level above which its surfaces are extracted at half resolution."""

MAX_ROWS = 60
"""Clusters in a table, those with the largest shares; the total number is stored beside it."""


@dataclass(frozen=True, eq=False)
class Body:
    """One surface of a level: ``is_outer`` is the translucent one of a nested pair.

    ``light_fractions`` is the fraction of light that reaches every vertex, float32, shape (n,); None for an
    outer one.
    """

    sign: int
    is_outer: bool
    surface: Surface
    light_fractions: npt.NDArray[np.float32] | None = None


@dataclass(frozen=True, eq=False)
class Level:
    """A map at one threshold.

    Parameters
    ----------
    cutoff
        The |value| from which voxels are shown.
    inner_isovalue, isovalue
        Isovalues of the inner surfaces, and of other surfaces, slices and shadows: see `IsoValues`.
    voxel_count
        Number of voxels shown.
    bodies
        The surfaces; empty if nothing is shown.
    shadows
        Maximum projections for the walls.
    removed_mask
        Mask, of the map's shape, of voxels that reach the threshold in clusters that the view removes; None
        if there are none.
    cluster_rows
        The largest clusters.
    cluster_count
        Number of all clusters.
    """

    cutoff: float
    isovalue: float
    inner_isovalue: float
    voxel_count: int
    bodies: tuple[Body, ...]
    shadows: Shadows
    removed_mask: npt.NDArray[np.bool_] | None
    cluster_rows: tuple[ClusterRow, ...]
    cluster_count: int


def level_thresholds(render_data: MapRenderData, view: View) -> tuple[tuple[Threshold, ...], int]:
    """Return the thresholds of the levels, the lowest first, and the index of the view's own."""
    sorted_values = render_data.sorted_values[view.sign]
    voxels = sorted_values.count_above(sorted_values.cutoff(view.threshold))
    # By number of voxels: with tied values, as in a mask, several thresholds show the same voxels.
    by_count = {voxels: view.threshold}
    for factor in FACTORS:
        n_voxels = round(voxels * factor)
        if 1 <= n_voxels <= sorted_values.count:
            threshold = Threshold(ThresholdKind.VOXELS, n_voxels)
            by_count.setdefault(sorted_values.count_above(sorted_values.cutoff(threshold)), threshold)
    counts = sorted(by_count, reverse=True)
    return tuple(by_count[n_voxels] for n_voxels in counts), counts.index(voxels)


def compute_level(render_data: MapRenderData, view: View, atlas: Atlas | None = None) -> Level:
    """Compute a map at the view's threshold: its surfaces as in the window, and its clusters."""
    values = IsoValues.from_view(render_data, view)
    cluster_filter = ClusterFilter()
    volume = cluster_filter.volume(render_data, values.outer, view, coarse=False)
    shadows = cluster_filter.shadows(render_data, values.outer, view, coarse=False)
    omitted = None if volume is render_data.volume else volume.values != render_data.volume.values
    table = cluster_table(
        render_data.volume.values, render_data.volume.grid, values.cutoff, view.sign.number,
        view.smallest_cluster, atlas, max_with_regions=MAX_ROWS, max_clusters=view.largest_clusters,
    )  # fmt: skip
    sizes = np.abs(volume.values) if len(values.signs) > 1 else values.signs[0] * volume.values
    return Level(
        values.cutoff,
        values.outer,
        values.inner,
        int(np.count_nonzero(sizes >= values.cutoff)) if np.isfinite(values.cutoff) else 0,
        tuple(_extract_bodies(render_data, volume, values, view)),
        shadows,
        omitted if omitted is not None and omitted.any() else None,
        tuple(table[:MAX_ROWS]),
        len(table),
    )


def _extract_bodies(
    render_data: MapRenderData, volume: BrickedVolume, iso_values: IsoValues, view: View
) -> Iterator[Body]:
    """Extract the surfaces, at lower resolution if there are too many triangles for a page."""
    while True:
        surfaces = {
            (sign, outer): isosurface(volume, iso_values.outer if outer else iso_values.inner, sign)
            for sign in iso_values.signs
            for outer in ((False, True) if view.nested else (False,))
        }
        if sum(len(candidate.triangles) for candidate in surfaces.values()) <= MAX_TRIANGLES:
            break
        finer = volume
        volume = volume.downsampled()
        if min(volume.grid.shape) < 2 or finer.grid.shape == volume.grid.shape:
            break
    for (sign, outer), surface in surfaces.items():
        if not surface.is_empty:
            light = None if outer else ambient_occlusion(surface, volume, iso_values.inner, sign)
            yield Body(sign, outer, surface, light)
