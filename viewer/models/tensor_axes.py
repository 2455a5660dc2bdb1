"""Axes of a network's tensor: along world directions, or along the axes of the scan's file."""

from __future__ import annotations

from viewer.scans.axcodes import WORLD_AXIS
from viewer.scans.scan import Scan

STORED_AXES = "IJK"
"""Letters of a file's voxel axes, the fastest-varying one first; in a card they may be in any order."""


def are_world_axes(axes: str) -> bool:
    """Return whether three letters name each world axis once, as "SRA" does and "SSA" does not."""
    return len(axes) == 3 and sorted(WORLD_AXIS.get(letter, -1) for letter in axes) == [0, 1, 2]


def are_stored_axes(axes: str) -> bool:
    """Return whether three letters name each of a file's voxel axes once, as "KJI" does."""
    return sorted(axes) == sorted(STORED_AXES)


def tensor_axes(axes: str, scan: Scan) -> tuple[list[int], list[int]]:
    """Return, for every axis of the tensor, the scan's canonical axis that it follows and its sign, 1 or -1.

    World directions are mapped to the nearest of the scan's own axes, so that an oblique scan is not rotated.
    The axes of a file keep their stored direction.
    """
    if are_stored_axes(axes):
        order = [scan.stored.axes.index(STORED_AXES.index(letter)) for letter in axes]
        signs = [-1 if scan.stored.flips[axis] else 1 for axis in order]
        return order, signs
    codes = scan.grid.axcodes
    world_axes = [WORLD_AXIS[code] for code in codes]
    order = [world_axes.index(WORLD_AXIS[letter]) for letter in axes]
    signs = [1 if codes[axis] == letter else -1 for axis, letter in zip(order, axes, strict=True)]
    return order, signs
