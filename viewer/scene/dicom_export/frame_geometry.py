"""Voxel grids as frames of a DICOM image: their directions, positions and spacing in patient coordinates.

By DICOM PS3.3 C.7.6.2.1.1, the rows and columns of a frame are at right angles, but frames may be at any
position, so grids that are sheared along one axis (gantry tilt) can be written without resampling. Patient
coordinates are LPS.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from viewer.errors import ScanError
from viewer.scans.grid import Grid

Doubles = npt.NDArray[np.float64]

RIGHT_ANGLE = 1e-4
"""Largest cosine between rows and columns that counts as a right angle: 0.006°."""

TO_LPS = np.array([-1.0, -1.0, 1.0])


@dataclass(frozen=True, eq=False)
class FrameGeometry:
    """Arrangement of voxels in frames.

    Parameters
    ----------
    axes
        The voxel axes along a row (with growing column number), along a column, and through the frames.
    row_direction, column_direction
        Unit vectors in LPS along a row and along a column.
    positions
        Centre of every frame's first pixel in mm, LPS, shape (frames, 3).
    spacing
        Distance in mm between rows, and between columns.
    step
        Distance in mm between the planes of frames.
    """

    axes: tuple[int, int, int]
    row_direction: Doubles
    column_direction: Doubles
    positions: Doubles
    spacing: tuple[float, float]
    step: float

    @property
    def orientation(self) -> tuple[float, ...]:
        """Image Orientation (Patient): the direction of a row, then of a column."""
        return (*map(float, self.row_direction), *map(float, self.column_direction))

    def as_frames(self, data: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return voxels as contiguous frames, shape (frames, rows, columns)."""
        columns, rows, frames = self.axes
        return np.ascontiguousarray(np.transpose(data, (frames, rows, columns)))


def frame_geometry(grid: Grid, name: str) -> FrameGeometry:
    """Return the frames of a grid: planes of its first two axes that are at right angles.

    Raises
    ------
    ScanError
        No two axes of the grid are at right angles; ``name`` is used in the error.
    """
    directions = grid.affine[:3, :3] / grid.spacing
    orthogonal = [
        axes
        for axes in ((0, 1, 2), (0, 2, 1), (1, 2, 0))
        if abs(float(directions[:, axes[0]] @ directions[:, axes[1]])) <= RIGHT_ANGLE
    ]
    if not orthogonal:
        raise ScanError(
            name,
            "has a grid that is sheared along every axis, which DICOM cannot describe",
            "compute the map on the scan's own grid",
        )
    across, down, through = orthogonal[0]
    indices = np.zeros((grid.shape[through], 3))
    indices[:, through] = np.arange(grid.shape[through])
    normal = np.cross(directions[:, across], directions[:, down])
    return FrameGeometry(
        axes=(across, down, through),
        row_direction=directions[:, across] * TO_LPS,
        column_direction=directions[:, down] * TO_LPS,
        positions=grid.to_world(indices) * TO_LPS,
        spacing=(float(grid.spacing[down]), float(grid.spacing[across])),
        step=float(abs(grid.affine[:3, through] @ normal)),
    )
