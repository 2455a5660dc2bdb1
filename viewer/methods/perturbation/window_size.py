"""Sizes of windows: one number for all axes or one for each, in voxels or millimetres."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from viewer.errors import MethodError
from viewer.scans.axcodes import WORLD_AXIS
from viewer.scans.grid import Grid

SIZES_HELP = (
    "one number for all axes, or one for each: in voxels along the axes of the network's grid (8,16,8), or "
    "in mm from left to right, back to front and bottom to top (24,48,24 mm)"
)

_NUMBER = re.compile(r"\d+(\.\d+)?")
MAX_SIZE = 2000.0
"""Largest size in either unit."""


@dataclass(frozen=True)
class WindowSize:
    """Size of a window, or distance between two.

    Parameters
    ----------
    sizes
        One for all axes, or one for each.
    in_millimetres
        Whether they are in mm along the world's axes; otherwise in voxels along the grid's.
    """

    sizes: tuple[float, ...]
    in_millimetres: bool = False

    @classmethod
    def parse(cls, value: object, subject: str) -> WindowSize:
        """Parse ``16``, ``8,16,8`` or ``(8, 16, 8)``, in voxels, or ``24 mm`` or ``12,24,12 mm``.

        Raises
        ------
        MethodError
            The value has none of these forms, or a size is not above 0.
        """
        text = value if isinstance(value, str) else ""
        millimetres = text.rstrip().endswith("mm")
        if isinstance(value, str):
            parts = value.rstrip().removesuffix("mm").split(",")
        else:
            parts = [f"{size}" for size in (value if isinstance(value, Sequence) else (value,))]
        numbers = [part.strip() for part in parts]
        if not all(_NUMBER.fullmatch(number) for number in numbers):
            raise MethodError(subject, f"{value!r} is not a size", "give 16, or 8,16,8, or 12,24,12 mm")
        sizes = tuple(map(float, numbers))
        if not all(0 < size <= MAX_SIZE and math.isfinite(size) for size in sizes):
            raise MethodError(
                subject, f"{value!r} is out of range", f"choose more than 0, up to {MAX_SIZE:g}"
            )
        if not millimetres and not all(size.is_integer() for size in sizes):
            raise MethodError(subject, f"{value!r} is not in whole voxels", "add mm, or give whole numbers")
        return cls(sizes, millimetres)

    @property
    def value(self) -> int | str:
        """The size as a parameter's value: a number of voxels for all axes, or text."""
        if len(self.sizes) == 1 and not self.in_millimetres:
            return int(self.sizes[0])
        return ",".join(f"{size:g}" for size in self.sizes) + (" mm" if self.in_millimetres else "")

    def voxels(self, rank: int, grid: Grid | None, subject: str) -> tuple[int, ...]:
        """Return the sizes in voxels along ``rank`` axes, at least 1 each.

        Sizes in mm are rounded to voxels along the first ``rank`` axes of the grid.

        Raises
        ------
        MethodError
            The number of sizes does not match the axes, or the sizes are in mm and there is no grid.
        """
        if not self.in_millimetres:
            if len(self.sizes) not in (1, rank):
                raise MethodError(
                    subject,
                    f"{self.value} has {len(self.sizes)} sizes",
                    f"give 1 or {rank}: one for each axis",
                )
            sizes = self.sizes * rank if len(self.sizes) == 1 else self.sizes
            return tuple(map(int, sizes))
        if grid is None:
            raise MethodError(
                subject, f"{self.value}: a bare tensor has no voxel size in mm", "give voxels, or a scan"
            )
        if len(self.sizes) not in (1, 3):
            raise MethodError(subject, f"{self.value} has {len(self.sizes)} sizes", "give 1 or 3 in mm")
        sizes = self.sizes * 3 if len(self.sizes) == 1 else self.sizes
        world = [WORLD_AXIS[letter] for letter in grid.axcodes][:rank]
        spacing = np.asarray(grid.spacing)[:rank]
        return tuple(
            max(1, round(sizes[axis] / float(step))) for axis, step in zip(world, spacing, strict=True)
        )
