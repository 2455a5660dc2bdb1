"""Smoothing and downsampling to a coarse grid along the world's axes, for registration."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from viewer.scans.foreground import bounding_box, crop_grid
from viewer.scans.grid import Grid
from viewer.scans.resample import resample
from viewer.scans.slabs import for_each_slab

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Matrix = npt.NDArray[np.float64]

CROP_MARGIN = 10.0
"""Margin in mm kept around a brain, beyond the reach of smoothing."""

FWHM = 2 * np.sqrt(2 * np.log(2))


def bounding_grid(
    grid: Grid, voxel_size: float | tuple[float, float, float], mask: Mask | None = None, margin: float = 0.0
) -> Grid:
    """Return a grid along the world's axes (RAS+) that covers another grid, or the voxels of a mask on it.

    Parameters
    ----------
    grid
        Grid to cover, oblique or not.
    voxel_size
        Voxel size in mm.
    mask
        Voxels to cover, shape ``grid.shape``; all voxels if None or empty.
    margin
        mm added on every side.
    """
    low, high = world_bounds(grid, mask)
    steps = np.broadcast_to(np.asarray(voxel_size, dtype=np.float64), 3)
    extent = high - low + 2 * margin
    i, j, k = (int(size) for size in np.maximum(np.ceil(extent / steps - 1e-6), 1))
    centre = (low + high) / 2
    affine = np.eye(4)
    affine[:3, :3] = np.diag(steps)
    affine[:3, 3] = centre - steps * (np.array([i, j, k]) - 1) / 2
    return Grid((i, j, k), affine)


def world_bounds(grid: Grid, mask: Mask | None = None) -> tuple[Matrix, Matrix]:
    """Return the lowest and highest coordinates (mm) of a grid, or of the box around a mask on it."""
    first, last = np.zeros(3), np.array(grid.shape) - 1.0
    if mask is not None and mask.any():
        for axis in range(3):
            other_axes = tuple(other for other in range(3) if other != axis)
            inside = np.flatnonzero(mask.any(axis=other_axes))
            first[axis], last[axis] = inside[0], inside[-1]
    corner_voxels = np.array(np.meshgrid(*zip(first - 0.5, last + 0.5, strict=True))).reshape(3, -1).T
    points = grid.to_world(corner_voxels)
    return points.min(axis=0), points.max(axis=0)


def crop_to_brain(values: Floats, mask: Mask, grid: Grid) -> tuple[Floats, Mask, Grid]:
    """Return values inside a mask (0 outside), the mask and their grid, cropped to the box around it."""
    box = bounding_box(mask, CROP_MARGIN, grid)
    inside = mask[box]
    return np.where(inside, values[box], np.float32(0)), inside, crop_grid(grid, box)


def smooth_for_downsampling(values: Floats, grid: Grid, step: float) -> Floats:
    """Smooth values for sampling at ``step`` mm, with a Gaussian of FWHM² = step² − voxel size²."""
    fwhm = np.sqrt(np.maximum(step**2 - grid.spacing**2, 0.0))
    sigma = fwhm / FWHM / grid.spacing
    if not (sigma > 0.2).any():
        return np.asarray(values, dtype=np.float32)
    smoothed = np.asarray(values, dtype=np.float32)
    for axis in np.flatnonzero(sigma > 0).tolist():
        smoothed = _smooth_along_axis(smoothed, axis, float(sigma[axis]))
    return smoothed


def _smooth_along_axis(values: Floats, axis: int, sigma: float) -> Floats:
    from scipy.ndimage import gaussian_filter1d

    smoothed = np.empty(values.shape, dtype=np.float32)
    slab_axis = 1 if axis == 0 else 0

    def smooth_slab(planes: slice) -> None:
        slab = tuple(planes if other == slab_axis else slice(None) for other in range(3))
        gaussian_filter1d(values[slab], sigma, axis, output=smoothed[slab], mode="constant", truncate=3)

    for_each_slab(values.shape[slab_axis], smooth_slab)
    return smoothed


def downsample(values: Floats, grid: Grid, target: Grid) -> Floats:
    """Return values on a coarser grid, smoothed first to avoid aliasing; 0 outside."""
    return resample(smooth_for_downsampling(values, grid, float(target.spacing.max())), grid, target)
