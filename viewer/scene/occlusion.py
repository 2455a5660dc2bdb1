"""How much of a body's surface lies in its own folds: a darkening for pictures at rest."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from viewer.scene.surface import Surface
from viewer.scene.volume import Volume

Floats = npt.NDArray[np.float32]

REACH_MM = 4.0
WIDTH_MM = 11.0
FLAT = 0.5 - REACH_MM / WIDTH_MM


def openness(surface: Surface, volume: Volume, threshold: float, sign: int) -> Floats:
    """The share of light that reaches every vertex, 0.4 (deep in a fold) to 1, shape (n,).

    A stand-in for ambient occlusion: the share of a cube around a point a little above the surface that
    bodies fill. Above a flat or a bulging surface that share is small, in a fold it is large.
    """
    from scipy import ndimage

    spans = volume.span(threshold, sign)
    if spans is None or surface.empty:
        return np.ones(len(surface.vertices), dtype=np.float32)
    filled = (volume.padded[spans] * np.float32(sign) >= threshold).astype(np.float32)
    size = np.maximum(np.round(WIDTH_MM / volume.grid.spacing), 1).astype(int)
    dense = ndimage.uniform_filter(filled, size, mode="constant")
    above = surface.vertices + np.float32(REACH_MM) * surface.normals
    to_voxel = np.linalg.inv(volume.affine)
    start = np.array([span.start for span in spans])
    places = above @ to_voxel[:3, :3].T.astype(np.float32) + (to_voxel[:3, 3] - start).astype(np.float32)
    found = ndimage.map_coordinates(dense, places.T, order=1, mode="constant")
    return np.asarray(1.0 - 0.6 * np.clip((found - FLAT) / 0.55, 0.0, 1.0), dtype=np.float32)
