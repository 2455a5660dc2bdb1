"""Check whether the lengths in a scan's header may not be in mm."""

from __future__ import annotations

import numpy as np

from viewer.scans.grid import Grid

HEAD_MM = (100.0, 500.0)
"""Range in mm of the longest side of a field of view that contains a head."""

UNITS = {"cm": 10.0, "metres": 1000.0, "micrometres": 1e-3}
"""Units used in headers by mistake, and their length in mm."""


def guess_length_unit(grid: Grid) -> str:
    """Return the unit in which the longest side would fit a head; "" if it fits in mm or in none."""
    longest = float(np.max(np.array(grid.shape) * grid.spacing))
    if HEAD_MM[0] <= longest <= HEAD_MM[1]:
        return ""
    fitting = (name for name, mm in UNITS.items() if HEAD_MM[0] <= longest * mm <= HEAD_MM[1])
    return next(fitting, "")


def describe_unit(grid: Grid) -> str:
    """Return a hint on the unit of the voxel sizes in the header."""
    unit = guess_length_unit(grid)
    if unit:
        return f"its header seems to give lengths in {unit} but to declare them as mm"
    return "are the voxel sizes in its header in mm?"


def describe_sides(grid: Grid) -> str:
    """Return the side lengths of a grid as text, such as ``180 × 210 × 180 mm``."""
    sides = (size * step for size, step in zip(grid.shape, grid.spacing, strict=True))
    return " × ".join(f"{side:.0f}" if side >= 10 else f"{side:.2g}" for side in sides) + " mm"
