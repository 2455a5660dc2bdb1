"""A voxel grid in world space: how many voxels, and where each of them lies in millimetres."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Shape = tuple[int, int, int]


@dataclass(frozen=True, eq=False)
class Grid:
    """``shape`` voxels whose centres lie at ``affine @ (i, j, k, 1)`` millimetres, RAS+.

    The affine may rotate, shear, flip and reorder axes; nothing here assumes that it does not.
    World axes are right, anterior and superior, as NIfTI has them.
    """

    shape: Shape
    affine: npt.NDArray[np.float64]

    def __post_init__(self) -> None:
        affine = np.array(self.affine, dtype=np.float64)
        if affine.shape != (4, 4) or not np.isfinite(affine).all():
            raise ValueError("an affine is a finite 4 by 4 matrix")
        if abs(np.linalg.det(affine[:3, :3])) < 1e-12:
            raise ValueError("an affine that flattens space cannot place voxels")
        affine.setflags(write=False)
        i, j, k = (int(n) for n in self.shape)
        object.__setattr__(self, "shape", (i, j, k))
        object.__setattr__(self, "affine", affine)

    @property
    def spacing(self) -> npt.NDArray[np.float64]:
        """Length in mm of a step along each voxel axis, shape (3,)."""
        return np.asarray(np.linalg.norm(self.affine[:3, :3], axis=0))

    @property
    def voxel_volume(self) -> float:
        """Volume of one voxel in mm³; right for sheared grids too."""
        return float(abs(np.linalg.det(self.affine[:3, :3])))

    @property
    def axcodes(self) -> tuple[str, str, str]:
        """The letter towards which each voxel axis mostly points, such as ('R', 'A', 'S')."""
        columns = self.affine[:3, :3] / self.spacing
        letters = (("L", "R"), ("P", "A"), ("I", "S"))
        codes = ["", "", ""]
        score = np.abs(columns)
        for _ in range(3):
            world, voxel = np.unravel_index(np.argmax(score), (3, 3))
            codes[voxel] = letters[world][int(columns[world, voxel] > 0)]
            score[world, :] = -1.0
            score[:, voxel] = -1.0
        return codes[0], codes[1], codes[2]

    @property
    def centre(self) -> npt.NDArray[np.float64]:
        """The middle of the grid in mm, shape (3,)."""
        return self.to_world((np.array(self.shape) - 1) / 2)

    def to_world(self, voxels: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Millimetres of (fractional) voxel indices, shape (..., 3) to (..., 3)."""
        points = np.asarray(voxels, dtype=np.float64)
        return points @ self.affine[:3, :3].T + self.affine[:3, 3]

    def to_voxel(self, points: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Fractional voxel indices of points in mm, shape (..., 3) to (..., 3)."""
        shifted = np.asarray(points, dtype=np.float64) - self.affine[:3, 3]
        return np.asarray(shifted @ np.linalg.inv(self.affine[:3, :3]).T)

    def contains(self, points: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        """Whether points in mm lie inside the grid's voxels (half a voxel around each centre)."""
        voxels = self.to_voxel(points)
        inside = (voxels >= -0.5) & (voxels <= np.array(self.shape) - 0.5)
        return np.asarray(inside.all(axis=-1))

    def same_as(self, other: Grid, tolerance: float = 1e-3) -> bool:
        """Whether both grids put every voxel at the same place, to ``tolerance`` mm."""
        if self.shape != other.shape:
            return False
        corners = np.array(np.meshgrid(*[(0, n - 1) for n in self.shape])).reshape(3, -1).T
        return bool(np.abs(self.to_world(corners) - other.to_world(corners)).max() <= tolerance)

    def permuted(self, axes: Sequence[int]) -> Grid:
        """The same voxels with their axes in another order, as ``numpy.transpose`` has it."""
        i, j, k = axes
        shape = (self.shape[i], self.shape[j], self.shape[k])
        return Grid(shape, self.affine[:, [i, j, k, 3]])

    def resized(self, shape: Sequence[int]) -> Grid:
        """A grid of another shape over the same field of view: outer voxel faces coincide."""
        new = np.array([int(n) for n in shape])
        scale = np.array(self.shape) / new
        affine = np.eye(4)
        affine[:3, :3] = np.diag(scale)
        affine[:3, 3] = (scale - 1) / 2
        return Grid((int(new[0]), int(new[1]), int(new[2])), self.affine @ affine)
