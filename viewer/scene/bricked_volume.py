"""Volume of a map for fast isosurface extraction: zero-padded, with minimum and maximum of every brick."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from viewer.scans.grid import Grid

Floats = npt.NDArray[np.float32]

BRICK = 8


@dataclass(frozen=True, eq=False)
class BrickedVolume:
    """Zero-padded values with the minimum and maximum of every brick.

    Parameters
    ----------
    padded
        float32: the values at ``[1 : n + 1]`` along each axis, zeros elsewhere. Each length is a multiple
        of `BRICK`. The zeros close surfaces that touch the border of the values.
    grid
        Grid of the values without the padding.
    brick_maxima, brick_minima
        Largest and smallest value of every brick of `BRICK`³ voxels plus the next voxel along each axis: of
        all corners of the cells that begin in the brick.
    """

    padded: Floats
    grid: Grid
    brick_maxima: Floats
    brick_minima: Floats

    @classmethod
    def from_values(cls, values: Floats, grid: Grid) -> BrickedVolume:
        """Pad finite values, shape ``grid.shape``."""
        padded_shape = tuple(-(-(n + 2) // BRICK) * BRICK for n in values.shape)
        padded = np.zeros(padded_shape, dtype=np.float32)
        i, j, k = values.shape
        padded[1 : i + 1, 1 : j + 1, 1 : k + 1] = values
        return cls.from_padded(padded, grid)

    @classmethod
    def from_padded(cls, padded: Floats, grid: Grid) -> BrickedVolume:
        """Create from values that are already padded."""
        return cls(padded, grid, _reduce_bricks(padded, np.maximum), _reduce_bricks(padded, np.minimum))

    @property
    def values(self) -> Floats:
        """The values without the padding: a view, shape ``grid.shape``."""
        i, j, k = self.grid.shape
        return self.padded[1 : i + 1, 1 : j + 1, 1 : k + 1]

    @property
    def affine(self) -> npt.NDArray[np.float64]:
        """Affine from indices of ``padded`` to mm."""
        shift = np.eye(4)
        shift[:3, 3] = -1.0
        return self.grid.affine @ shift

    def bounding_slices(self, threshold: float, sign: int) -> tuple[slice, slice, slice] | None:
        """Return the slices of ``padded`` outside which no value times ``sign`` reaches the threshold.

        They extend two voxels beyond the bricks with such values, so that neither the surface nor its
        gradient is truncated. None if no value reaches the threshold.
        """
        reached = self.brick_maxima >= threshold if sign > 0 else self.brick_minima <= -threshold
        if not reached.any():
            return None
        slices = []
        for axis in range(3):
            other_axes = tuple(i for i in range(3) if i != axis)
            indices = np.flatnonzero(reached.any(axis=other_axes))
            start = max(int(indices[0]) * BRICK - 2, 0)
            end = min((int(indices[-1]) + 1) * BRICK + 2, self.padded.shape[axis])
            slices.append(slice(start, end))
        return slices[0], slices[1], slices[2]

    def active_bricks(self, threshold: float, sign: int) -> npt.NDArray[np.bool_]:
        """Return the bricks in which the values times ``sign`` cross the threshold."""
        if sign > 0:
            return np.asarray((self.brick_maxima >= threshold) & (self.brick_minima < threshold))
        return np.asarray((self.brick_minima <= -threshold) & (self.brick_maxima > -threshold))

    def downsampled(self) -> BrickedVolume:
        """Return the means of 2 × 2 × 2 voxels, on the matching grid."""
        i, j, k = (n // 2 * 2 for n in self.grid.shape)
        values = self.values[:i, :j, :k]
        for axis in range(3):
            even = [slice(None)] * 3
            odd = [slice(None)] * 3
            even[axis], odd[axis] = slice(0, None, 2), slice(1, None, 2)
            values = (values[tuple(even)] + values[tuple(odd)]) * np.float32(0.5)
        scaling = np.diag([2.0, 2.0, 2.0, 1.0])
        scaling[:3, 3] = 0.5
        return BrickedVolume.from_values(values, Grid(values.shape, self.grid.affine @ scaling))


def _reduce_bricks(padded: Floats, reduction: np.ufunc) -> Floats:
    reduced = padded
    for axis in range(3):
        leading = reduced.shape[:axis]
        next_planes = reduced[(*(slice(None),) * axis, slice(BRICK, None, BRICK))]
        reduced = reduction.reduce(
            reduced.reshape(*leading, -1, BRICK, *reduced.shape[axis + 1 :]), axis=axis + 1
        )
        inner = reduced[(*(slice(None),) * axis, slice(0, -1))]
        reduction(inner, next_planes, out=inner)
    return np.ascontiguousarray(reduced)
