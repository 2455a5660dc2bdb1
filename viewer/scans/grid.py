"""Voxel grid in world space: shape and affine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import permutations
from typing import Any

import numpy as np
import numpy.typing as npt

from viewer.scans.axcodes import AXCODE_PAIRS

Shape = tuple[int, int, int]


@dataclass(frozen=True, eq=False)
class Grid:
    """Grid of ``shape`` voxels with centres at ``affine @ (i, j, k, 1)`` mm, RAS+.

    The affine may rotate, shear, flip and reorder axes. World axes point to the right, anterior and superior,
    as in NIfTI.

    Parameters
    ----------
    shape : tuple of int
        Voxels along each of the three axes.
    affine : numpy.ndarray
        4 by 4, from voxel indices to mm.

    Examples
    --------
    >>> import numpy as np
    >>> import viewer
    >>> grid = viewer.Grid((4, 5, 6), np.diag([2, 2, 3, 1]))
    >>> grid.voxel_volume
    12.0
    >>> grid.to_world((1, 0, 0)).tolist()
    [2.0, 0.0, 0.0]
    """

    shape: Shape
    affine: npt.NDArray[np.float64]

    def __post_init__(self) -> None:
        affine = np.array(self.affine, dtype=np.float64)
        if affine.shape != (4, 4) or not np.isfinite(affine).all():
            raise ValueError("the affine must be a finite 4 by 4 matrix")
        if abs(np.linalg.det(affine[:3, :3])) < 1e-12:
            raise ValueError("the affine must not be singular")
        affine.setflags(write=False)
        i, j, k = (int(n) for n in self.shape)
        object.__setattr__(self, "shape", (i, j, k))
        object.__setattr__(self, "affine", affine)

    def __reduce__(self) -> tuple[type[Grid], tuple[Any, ...]]:
        """Support pickling by reconstruction, so that the affine is read-only in other processes, too."""
        return Grid, (self.shape, self.affine)

    @cached_property
    def spacing(self) -> npt.NDArray[np.float64]:
        """Length in mm of a step along each voxel axis, shape (3,), read-only."""
        spacing = np.asarray(np.linalg.norm(self.affine[:3, :3], axis=0))
        spacing.setflags(write=False)
        return spacing

    @property
    def size_text(self) -> str:
        """Number and size of the voxels, such as ``197 × 233 × 189 voxels of 1 × 1 × 1 mm``."""
        spacing = " × ".join(f"{length:g}" for length in np.round(self.spacing, 3))
        return f"{' × '.join(map(str, self.shape))} voxels of {spacing} mm"

    @property
    def voxel_volume(self) -> float:
        """Volume of one voxel in mm³, correct for sheared grids too."""
        i, j, k = self.affine[:3, :3].T
        # Not numpy's det, which gives 7.999999999999998 mm³ for a voxel of 2 × 2 × 2 mm.
        return float(abs(np.dot(i, np.cross(j, k))))

    @cached_property
    def axcodes(self) -> tuple[str, str, str]:
        """Axis codes: the letter towards which each voxel axis mostly points, such as ('R', 'A', 'S').

        Of the six pairings of voxel axes with world axes, the one with the largest product of direction
        cosines is used; on ties, the one that keeps the order of the axes.
        """
        cosines = np.abs(self.affine[:3, :3] / self.spacing)
        orders = list(permutations(range(3)))
        fits = [
            float(np.prod([cosines[world, voxel] for voxel, world in enumerate(order)])) for order in orders
        ]
        best = max(fits) * (1 - 1e-9)
        order = next(order for order, fit in zip(orders, fits, strict=True) if fit >= best)
        i, j, k = (
            AXCODE_PAIRS[world][int(self.affine[world, voxel] > 0)] for voxel, world in enumerate(order)
        )
        return i, j, k

    @property
    def centre(self) -> npt.NDArray[np.float64]:
        """Centre of the grid in mm, shape (3,)."""
        return self.to_world((np.array(self.shape) - 1) / 2)

    def to_world(self, voxels: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Convert (fractional) voxel indices to points in mm, shape (..., 3) to (..., 3)."""
        points = np.asarray(voxels, dtype=np.float64)
        return points @ self.affine[:3, :3].T + self.affine[:3, 3]

    def to_voxel(self, points: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Convert points in mm to fractional voxel indices, shape (..., 3) to (..., 3)."""
        shifted = np.asarray(points, dtype=np.float64) - self.affine[:3, 3]
        return np.asarray(shifted @ np.linalg.inv(self.affine[:3, :3]).T)

    def contains(self, points: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        """Return whether points in mm lie inside the grid's voxels (half a voxel around each centre)."""
        voxels = self.to_voxel(points)
        inside = (voxels >= -0.5) & (voxels <= np.array(self.shape) - 0.5)
        return np.asarray(inside.all(axis=-1))

    def nearest(self, point: Sequence[float]) -> tuple[float, float, float]:
        """Return a point in mm unchanged if it lies inside the grid's voxels, else clipped to the grid.

        Its voxel indices are clipped to the centres of the outermost voxels.
        """
        if bool(self.contains(point)):
            x, y, z = (float(value) for value in point)
        else:
            clipped = np.clip(self.to_voxel(point), 0, np.array(self.shape) - 1)
            x, y, z = (float(value) for value in self.to_world(clipped))
        return x, y, z

    def same_as(self, other: Grid, tolerance: float = 1e-3) -> bool:
        """Return whether both grids have the same shape and voxel positions, to ``tolerance`` mm."""
        if self.shape != other.shape:
            return False
        corners = np.array(np.meshgrid(*[(0, n - 1) for n in self.shape])).reshape(3, -1).T
        return bool(np.abs(self.to_world(corners) - other.to_world(corners)).max() <= tolerance)

    def permuted(self, axes: Sequence[int]) -> Grid:
        """Return the grid with its voxel axes permuted as by ``numpy.transpose``."""
        i, j, k = axes
        shape = (self.shape[i], self.shape[j], self.shape[k])
        return Grid(shape, self.affine[:, [i, j, k, 3]])

    def mirrored(self, axes: Sequence[int]) -> Grid:
        """Return the grid with the order of voxels reversed along some axes, as by ``numpy.flip``."""
        flip = np.eye(4)
        for axis in axes:
            flip[axis, axis] = -1
            flip[axis, 3] = self.shape[axis] - 1
        return Grid(self.shape, self.affine @ flip)

    def resized(self, shape: Sequence[int]) -> Grid:
        """Return a grid of another shape over the same field of view: the outer voxel faces coincide."""
        new_shape = np.array([int(size) for size in shape])
        scale = np.array(self.shape) / new_shape
        scaling = np.eye(4)
        scaling[:3, :3] = np.diag(scale)
        scaling[:3, 3] = (scale - 1) / 2
        return Grid((int(new_shape[0]), int(new_shape[1]), int(new_shape[2])), self.affine @ scaling)
