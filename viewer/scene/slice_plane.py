"""Geometry of slices: mapping between voxels, mm and picture positions, including every flip.

A slice runs along two voxel axes of the scan, whatever its affine. The picture keeps the voxel spacing along
them, and the letters of its sides are derived from the affine, so left and right are correct.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from viewer.scans.axcodes import AXCODE_PAIRS, OPPOSITE_AXCODE
from viewer.session.view import Convention

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from viewer.scans.grid import Grid

Point = tuple[float, float, float]


class Orientation(StrEnum):
    """Anatomical orientation of a slice."""

    SAGITTAL = "sagittal"
    CORONAL = "coronal"
    AXIAL = "axial"


@dataclass(frozen=True, eq=False)
class SlicePlane:
    """Orientation of a grid's slices in their picture.

    ``horizontal_axis``, ``vertical_axis`` and ``slice_axis`` are voxel axes: to the right, to the top, and
    through the slice. ``index_grows_right`` is whether the voxel index grows to the right, ``index_grows_up``
    whether it grows to the top. Positions in the picture are in mm from its upper left corner, along these
    voxel axes.
    """

    grid: Grid
    orientation: Orientation
    horizontal_axis: int
    vertical_axis: int
    slice_axis: int
    index_grows_right: bool
    index_grows_up: bool

    @cached_property
    def _spacing(self) -> tuple[float, float, float]:
        x, y, z = (float(length) for length in self.grid.spacing)
        return x, y, z

    @cached_property
    def _axcodes(self) -> tuple[str, str, str]:
        return self.grid.axcodes

    @cached_property
    def size(self) -> tuple[float, float]:
        """Width and height of the picture in mm."""
        shape, spacing = self.grid.shape, self._spacing
        return shape[self.horizontal_axis] * spacing[self.horizontal_axis], shape[
            self.vertical_axis
        ] * spacing[self.vertical_axis]

    @property
    def axis_letter(self) -> str:
        """Anatomical letter towards which the slice index grows."""
        return self._axcodes[self.slice_axis]

    @cached_property
    def side_letters(self) -> tuple[str, str, str, str]:
        """Letters of the left, right, top and bottom side of the picture."""
        codes = self._axcodes
        right_letter = (
            codes[self.horizontal_axis]
            if self.index_grows_right
            else OPPOSITE_AXCODE[codes[self.horizontal_axis]]
        )
        top_letter = (
            codes[self.vertical_axis] if self.index_grows_up else OPPOSITE_AXCODE[codes[self.vertical_axis]]
        )
        return OPPOSITE_AXCODE[right_letter], right_letter, top_letter, OPPOSITE_AXCODE[top_letter]

    def crop_rectangle(self, low: Sequence[int], high: Sequence[int]) -> tuple[float, float, float, float]:
        """Return left, top, width and height in the picture of the voxels from ``low`` to before ``high``."""
        width, height = self.size
        spacing = self._spacing
        crop_width = (high[self.horizontal_axis] - low[self.horizontal_axis]) * spacing[self.horizontal_axis]
        crop_height = (high[self.vertical_axis] - low[self.vertical_axis]) * spacing[self.vertical_axis]
        x = low[self.horizontal_axis] * spacing[self.horizontal_axis]
        y = low[self.vertical_axis] * spacing[self.vertical_axis]
        left = x if self.index_grows_right else width - x - crop_width
        top = height - y - crop_height if self.index_grows_up else y
        return left, top, crop_width, crop_height

    def slice_index(self, point: Sequence[float]) -> int:
        """Return the index of the slice through a point in mm; the nearest one for a point outside."""
        position = float(self.grid.to_voxel(point)[self.slice_axis])
        # Not round(), which rounds 13.5 and 14.5 to the same slice.
        return int(min(max(math.floor(position + 0.5), 0), self.grid.shape[self.slice_axis] - 1))

    def to_picture(self, point: Sequence[float]) -> tuple[float, float]:
        """Return the picture position of a point in mm, projected onto the slice."""
        voxel = self.grid.to_voxel(point)
        width, height = self.size
        spacing = self._spacing
        x = float((voxel[self.horizontal_axis] + 0.5) * spacing[self.horizontal_axis])
        y = float((voxel[self.vertical_axis] + 0.5) * spacing[self.vertical_axis])
        return x if self.index_grows_right else width - x, height - y if self.index_grows_up else y

    def voxels_to_picture(self, voxels: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the picture positions, shape (n, 2), of voxel coordinates of shape (n, 3)."""
        import numpy as np

        width, height = self.size
        spacing = self._spacing
        x = (voxels[:, self.horizontal_axis] + 0.5) * spacing[self.horizontal_axis]
        y = (voxels[:, self.vertical_axis] + 0.5) * spacing[self.vertical_axis]
        return np.stack(
            [x if self.index_grows_right else width - x, height - y if self.index_grows_up else y], axis=1
        )

    def to_mm(self, x: float, y: float, slice_point: Sequence[float]) -> Point:
        """Return the point in mm at a picture position, on the slice that goes through ``slice_point``."""
        width, height = self.size
        spacing = self._spacing
        voxel = self.grid.to_voxel(slice_point)
        voxel[self.horizontal_axis] = (x if self.index_grows_right else width - x) / spacing[
            self.horizontal_axis
        ] - 0.5
        voxel[self.vertical_axis] = (height - y if self.index_grows_up else y) / spacing[
            self.vertical_axis
        ] - 0.5
        mm_x, mm_y, mm_z = (float(value) for value in self.grid.to_world(voxel))
        return mm_x, mm_y, mm_z

    def step(
        self, point: Sequence[float], right_voxels: float, up_voxels: float, slice_voxels: float
    ) -> Point:
        """Move a point by voxels to the right, to the top and towards R, A or S, clamped to the grid.

        A step through the slices ends at the centre of one.
        """
        import numpy as np

        voxel = self.grid.to_voxel(point)
        if slice_voxels:
            voxel[self.slice_axis] = self.slice_index(point)
        voxel[self.horizontal_axis] += right_voxels if self.index_grows_right else -right_voxels
        voxel[self.vertical_axis] += up_voxels if self.index_grows_up else -up_voxels
        voxel[self.slice_axis] += slice_voxels if self.axis_letter in "RAS" else -slice_voxels
        clamped = np.clip(voxel, 0, np.array(self.grid.shape) - 1)
        x, y, z = (float(value) for value in self.grid.to_world(clamped))
        return x, y, z

    def extract_slice(self, data: npt.NDArray[np.float32], point: Sequence[float]) -> npt.NDArray[np.float32]:
        """Extract the slice of an array through a point: rows from the top, columns from the left."""
        import numpy as np

        selection: list[int | slice] = [slice(None)] * 3
        selection[self.slice_axis] = self.slice_index(point)
        plane = data[tuple(selection)]
        if self.horizontal_axis < self.vertical_axis:
            plane = plane.T
        rows = slice(None, None, -1) if self.index_grows_up else slice(None)
        columns = slice(None) if self.index_grows_right else slice(None, None, -1)
        return np.ascontiguousarray(plane[rows, columns])


def slice_plane(grid: Grid, orientation: Orientation, convention: Convention) -> SlicePlane:
    """Return the slice plane of a grid that is closest to an anatomical plane.

    Superior is at the top, anterior to the right of a sagittal slice and at the top of an axial one.
    The brain's right is to the right in the neurological convention, to the left in the radiological.
    """
    codes = grid.axcodes
    axis = {pair: next(i for i, code in enumerate(codes) if code in pair) for pair in ("LR", "PA", "IS")}
    axes = {
        Orientation.SAGITTAL: ("PA", "IS", "LR"),
        Orientation.CORONAL: ("LR", "IS", "PA"),
        Orientation.AXIAL: ("LR", "PA", "IS"),
    }
    across, up, through = axes[orientation]
    to_the_right = {"PA": "A", "LR": "R" if convention is Convention.NEUROLOGICAL else "L"}[across]
    return SlicePlane(
        grid,
        orientation,
        axis[across],
        axis[up],
        axis[through],
        index_grows_right=codes[axis[across]] == to_the_right,
        index_grows_up=codes[axis[up]] in "SA",
    )


def evenly_spaced(start: int, stop: int, count: int) -> list[int]:
    """Return the indices of ``count`` evenly spaced slices from ``start`` to before ``stop``.

    The ends are excluded if possible, as the first slice of a head shows little. If there are at most
    ``count`` slices, all are returned, each once.
    """
    count = min(count, stop - start)
    # They fit only if both ends are included.
    if count > stop - start - 2:
        first, step = float(start), (stop - 1 - start) / max(count - 1, 1)
    else:
        step = (stop - 1 - start) / (count + 1)
        first = start + step
    return [math.floor(first + step * i + 0.5) for i in range(count)]


def format_point(point: Sequence[float]) -> str:
    """Format a point in mm, such as ``R 17.6  P 35.3  S 12.1 mm``."""
    parts = [
        f"{pair[bool(value >= 0)]} {abs(value):.1f}" for pair, value in zip(AXCODE_PAIRS, point, strict=True)
    ]
    return "  ".join(parts) + " mm"
