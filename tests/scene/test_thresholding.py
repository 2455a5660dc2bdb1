"""What is left of a map after its threshold and its clusters' sizes, and the shadows of that."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from viewer.scans.map import Map
from viewer.scans.threshold import Threshold, ThresholdKind
from viewer.scene.render_data import MapRenderData
from viewer.scene.slice_walls import FULL, face_texels
from viewer.scene.thresholding import ClusterFilter, IsoValues
from viewer.session.view import View


@pytest.mark.parametrize("left_out", [{"largest_clusters": 3}, {"smallest_cluster": 300.0}])
def test_clusters_that_are_left_out_throw_no_shadow(prepared, grids, left_out) -> None:
    """Cubic interpolation overshoots beside zeroed voxels: values just below the threshold threw specks."""
    grid = grids["RAS"]
    scan = prepared(grid)
    noise = ndimage.gaussian_filter(np.random.default_rng(0).normal(size=grid.shape), 0.7)
    values = (noise / noise.max()).astype(np.float32)
    content = MapRenderData.from_map(Map(values, grid, "grain"), scan)
    view = View(threshold=Threshold(ThresholdKind.PERCENTILE, 97), **left_out)
    at = IsoValues.from_view(content, view).outer
    filters = ClusterFilter()
    volume = filters.volume(content, at, view, coarse=False)
    shadows = filters.shadows(content, at, view, coarse=False)
    assert 0 < (np.abs(volume.values) >= at).sum() < (np.abs(values) >= at).sum()
    bodies = ndimage.maximum_filter(np.abs(volume.values), 3) >= at
    around = content.cast_shadows(bodies.astype(np.float32), grid)
    for axis, shadow in enumerate(shadows):
        fine = face_texels(np.zeros((*shadow.shape[:2], 2), np.uint8), shadow, 1.0, upsampling=4)[:, :, 2:]
        dark = (
            (fine.max(axis=2) >= at * FULL).reshape(shadow.shape[0], 4, shadow.shape[1], 4).any(axis=(1, 3))
        )
        allowed = around[axis].max(axis=2) > 0
        assert dark.any()
        assert not (dark & ~allowed).any()
