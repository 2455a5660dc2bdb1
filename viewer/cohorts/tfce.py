"""Threshold-free cluster enhancement of a statistical map.

Smith and Nichols 2009, eq. 1: TFCE(p) = ∫ e(h)^E h^H dh over the thresholds h below the voxel's value, with
the extent e(h) of its cluster; here with E = 0.5, H = 2 and 100 thresholds up to the map's maximum, without
the factor dh, as in FSL's fslmaths and nilearn.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from viewer.progress import Progress

Doubles = npt.NDArray[np.float64]

EXTENT_POWER = 0.5
HEIGHT_POWER = 2.0
STEPS = 100


def enhance_clusters(statistic: npt.ArrayLike, progress: Progress | None = None) -> Doubles:
    """Return the enhanced map; clusters of negative values are enhanced to negative values.

    Parameters
    ----------
    statistic
        Statistical map, such as t, shape (X, Y, Z); 0 outside the mask. Voxels are connected by faces.
    progress
        Checked for cancellation.
    """
    from scipy.ndimage import label

    progress = progress or Progress()
    values = np.asarray(statistic, dtype=np.float64)
    enhanced = np.zeros_like(values)
    largest = float(np.abs(values).max(initial=0.0))
    if not largest:
        return enhanced
    thresholds = np.linspace(0.0, largest, STEPS + 1)[1:]
    for sign in (-1.0, 1.0):
        signed = sign * values
        # Voxels outside the bounding box at the first threshold never belong to a cluster.
        box = _bounding_box(signed >= thresholds[0])
        if box is None:
            continue
        cropped, result = signed[box], enhanced[box]
        for threshold in thresholds:
            progress.raise_if_cancelled()
            clusters, count = label(cropped >= threshold)
            if not count:
                break
            extents = np.bincount(clusters.ravel())
            extents[0] = 0
            result += sign * (extents**EXTENT_POWER * threshold**HEIGHT_POWER)[clusters]
    return enhanced


def _bounding_box(mask: npt.NDArray[np.bool_]) -> tuple[slice, ...] | None:
    """Return the smallest box of slices that contains a mask; None if it is empty."""
    if not mask.any():
        return None
    axes = range(mask.ndim)
    spans = [
        np.flatnonzero(mask.any(axis=tuple(other_axis for other_axis in axes if other_axis != axis)))
        for axis in axes
    ]
    return tuple(slice(int(span[0]), int(span[-1]) + 1) for span in spans)
