"""Values carried from one grid to another by their affines alone.

Everywhere here a grid's field of view reaches half a voxel beyond its outermost centres; in that border
the nearest centre's value counts, beyond it the value ``fill_value``. Nothing is smoothed before: a grid
that is much coarser than its source picks single points of it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from viewer.scans.grid import Grid, Shape

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

EDGE = 0.5 + 1e-6
"""Voxels from an outermost centre to the end of the field of view."""

ALIGNED = 1e-4
"""Voxels that an axis may stray over its whole length and still count as parallel."""

SLAB = 16


def resample(
    data: npt.NDArray[np.generic], source: Grid, target: Grid, *, order: int = 1, fill_value: float = 0.0
) -> Floats:
    """The values of ``data`` at the voxel centres of another grid.

    Parameters
    ----------
    data
        Shape ``source.shape``.
    source, target
        From where to where; both may be oblique, sheared or flipped.
    order
        1 interpolates linearly along each axis, 0 takes the nearest voxel (for labels).
    fill_value
        What voxels outside of the source's field of view are given.

    Returns
    -------
    A new float32 array of shape ``target.shape``.
    """
    _check(data, source, order)
    values = np.asarray(data, dtype=np.float32)
    if source.same_as(target):
        return np.array(values, order="C")
    matrix, shift = voxel_to_voxel(target, source)
    axes = _parallel(matrix, target.shape)
    if axes is not None:
        return _along_axes(values, axes, matrix, shift, target.shape, order, fill_value)
    return _obliquely(values, matrix, shift, target.shape, order, fill_value)


def sample(
    data: npt.NDArray[np.generic],
    grid: Grid,
    points: npt.ArrayLike,
    *,
    order: int = 1,
    fill_value: float = 0.0,
) -> Floats:
    """The values of ``data`` at points in mm, shape (..., 3) to (...)."""
    _check(data, grid, order)
    from scipy.ndimage import map_coordinates

    where = np.asarray(points, dtype=np.float64)
    voxels = grid.to_voxel(where.reshape(-1, 3))
    values: Floats = map_coordinates(
        np.asarray(data, dtype=np.float32), voxels.T, order=order, mode="nearest", prefilter=False
    )
    values[((voxels < -EDGE) | (voxels > np.array(grid.shape) - 1 + EDGE)).any(axis=1)] = fill_value
    return values.reshape(where.shape[:-1])


def resample_slice(
    data: npt.NDArray[np.generic],
    source: Grid,
    target: Grid,
    axis: int,
    at: float,
    *,
    order: int = 1,
    fill_value: float = 0.0,
) -> Floats:
    """The values of ``data`` on one plane of another grid, for a slice view.

    Parameters
    ----------
    data, source
        What is cut, and where it lies.
    target
        Whose plane it is, such as the shown scan's.
    axis, at
        The plane's axis in ``target``, and its (fractional) voxel index along it.
    order, fill_value
        As for `resample`.

    Returns
    -------
    float32, shape ``target.shape`` without ``axis``.
    """
    values = resample(data, source, slice_grid(target, axis, at), order=order, fill_value=fill_value)
    return np.asarray(values.take(0, axis))


def slice_grid(grid: Grid, axis: int, at: float) -> Grid:
    """One plane of a grid, a grid of a single voxel along ``axis``, at a (fractional) voxel index."""
    corner = [0.0, 0.0, 0.0]
    corner[axis] = at
    affine = np.array(grid.affine)
    affine[:3, 3] = grid.to_world(corner)
    i, j, k = (1 if other == axis else size for other, size in enumerate(grid.shape))
    return Grid((i, j, k), affine)


def voxel_to_voxel(start: Grid, end: Grid) -> tuple[Doubles, Doubles]:
    """Matrix (3, 3) and shift (3,) from voxel indices of one grid to those of another."""
    affine = np.asarray(np.linalg.solve(end.affine, start.affine), dtype=np.float64)
    return affine[:3, :3], affine[:3, 3]


def _check(data: npt.NDArray[np.generic], grid: Grid, order: int) -> None:
    if data.shape != grid.shape:
        raise ValueError(f"data of shape {data.shape} on a grid of shape {grid.shape}")
    if order not in (0, 1):
        raise ValueError(f"order {order} is neither 0 (nearest) nor 1 (linear)")


def _parallel(matrix: Doubles, shape: Shape) -> tuple[int, int, int] | None:
    """For each source axis the target axis that runs along it, or None where the grids are oblique."""
    axes = [int(axis) for axis in np.abs(matrix).argmax(axis=1)]
    if sorted(axes) != [0, 1, 2]:
        return None
    stray = np.abs(matrix) * np.array(shape)
    for source_axis, target_axis in enumerate(axes):
        stray[source_axis, target_axis] = 0.0
    return (axes[0], axes[1], axes[2]) if stray.max() <= ALIGNED else None


def _along_axes(
    data: Floats,
    axes: tuple[int, int, int],
    matrix: Doubles,
    shift: Doubles,
    shape: Shape,
    order: int,
    outside: float,
) -> Floats:
    """One axis after the other, three times as fast as all at once; those that shrink come first.

    The last one slab by slab: pages of memory that are new cost more than the sums.
    """
    growth = [shape[axes[axis]] / data.shape[axis] for axis in range(3)]
    *first, last = (
        _Steps(axis, float(matrix[axis, axes[axis]]), float(shift[axis]), shape[axes[axis]], data.shape[axis])
        for axis in sorted(range(3), key=growth.__getitem__)
    )
    values = data
    for steps in first:
        values = steps.taken(values, order)
    found = np.empty(shape, dtype=np.float32)
    # With its axes in the order of the source's.
    turned = np.transpose(found, axes)
    across = 1 if last.axis == 0 else 0
    for begin in range(0, values.shape[across], SLAB):
        slab = tuple(slice(begin, begin + SLAB) if axis == across else slice(None) for axis in range(3))
        turned[slab] = last.taken(values[slab], order)
    for steps in (*first, last):
        turned[tuple(steps.beyond if axis == steps.axis else slice(None) for axis in range(3))] = outside
    return found


class _Steps:
    """Along one axis of the source: where the target's voxels lie among its own."""

    def __init__(self, axis: int, step: float, shift: float, count: int, length: int) -> None:
        last = length - 1
        places = np.arange(count) * step + shift
        self.axis = axis
        self.beyond = (places < -EDGE) | (places > last + EDGE)
        self._places = np.clip(places, 0, last)
        self._low = np.minimum(self._places.astype(np.intp), max(last - 1, 0))
        self._high = np.minimum(self._low + 1, last)
        shape = [-1 if other == axis else 1 for other in range(3)]
        self._weight = (self._places - self._low).astype(np.float32).reshape(shape)

    def taken(self, values: Floats, order: int) -> Floats:
        """The values at those places, the nearest (order 0) or between the two beside (order 1)."""
        if order == 0:
            nearest: Floats = values.take(np.floor(self._places + 0.5).astype(np.intp), self.axis)
            return nearest
        upper = values.take(self._high, self.axis)
        lower: Floats = values.take(self._low, self.axis)
        upper -= lower
        upper *= self._weight
        lower += upper
        return lower


def _obliquely(
    data: Floats, matrix: Doubles, shift: Doubles, shape: Shape, order: int, outside: float
) -> Floats:
    from scipy.ndimage import affine_transform

    values = np.empty(shape, dtype=np.float32)
    last = np.array(data.shape) - 1
    along, across = np.arange(shape[1])[None, :, None], np.arange(shape[2])[None, None, :]
    for begin in range(0, shape[0], SLAB):
        slab = values[begin : begin + SLAB]
        start = shift + matrix[:, 0] * begin
        affine_transform(
            data,
            matrix,
            offset=start,
            output_shape=slab.shape,
            output=slab,
            order=order,
            mode="nearest",
            prefilter=False,
        )
        down = np.arange(slab.shape[0])[:, None, None]
        for axis in range(3):
            places = start[axis] + matrix[axis, 0] * down + matrix[axis, 1] * along + matrix[axis, 2] * across
            slab[(places < -EDGE) | (places > last[axis] + EDGE)] = outside
    return values
