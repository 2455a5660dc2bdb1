"""Conversion from a file's voxel order to the canonical one (RAS+) by reordering and reversing axes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from viewer.scans.axcodes import WORLD_AXIS
from viewer.scans.grid import Grid
from viewer.scans.scan import StoredOrientation


def stored_orientation(grid: Grid, xform_codes: tuple[int, int] | None = None) -> StoredOrientation:
    """Return the orientation of a file's grid relative to the canonical order (right, anterior, superior).

    Each axis of an oblique grid is assigned to the nearest world axis; the grid stays oblique.
    """
    letters = grid.axcodes
    axes = sorted(range(3), key=lambda axis: WORLD_AXIS[letters[axis]])
    flips = tuple(letters[axis] in "LPI" for axis in axes)
    return StoredOrientation(grid, (axes[0], axes[1], axes[2]), (flips[0], flips[1], flips[2]), xform_codes)


def canonical_grid(stored: StoredOrientation) -> Grid:
    """Return the grid of the canonical array; every voxel keeps its world coordinates."""
    permuted = stored.grid.permuted(stored.axes)
    affine = np.array(permuted.affine)
    for axis, flip in enumerate(stored.flips):
        if flip:
            affine[:3, 3] += affine[:3, axis] * (permuted.shape[axis] - 1)
            affine[:3, axis] *= -1
    return Grid(permuted.shape, affine)


def canonical_view(array: npt.NDArray[np.generic], stored: StoredOrientation) -> npt.NDArray[np.generic]:
    """Return a view of a file's array in canonical order."""
    permuted = np.transpose(array, stored.axes)
    return permuted[tuple(slice(None, None, -1 if flip else 1) for flip in stored.flips)]
