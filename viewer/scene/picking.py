"""Picking: ray casting through the values and onto the walls, without the renderer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from viewer.scene.bricked_volume import BrickedVolume
from viewer.scene.render_data import BoxFrame

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class PickResult:
    """Picked surface (``axis`` is None) or wall perpendicular to ``axis``, and a point in mm on it."""

    kind: Literal["body", "wall"]
    point: tuple[float, float, float]
    axis: int | None = None


def pick_body(
    volume: BrickedVolume, threshold: float, signs: tuple[int, ...], eye: FloatArray, direction: FloatArray
) -> PickResult | None:
    """Return the first point in mm on the ray at which the values reach the threshold.

    Samples the ray in steps of a third of a voxel, then refines the point by bisection.
    """
    if not np.isfinite(threshold) or not signs:
        return None
    to_voxel = np.linalg.inv(volume.affine)
    start = to_voxel[:3, :3] @ eye + to_voxel[:3, 3]
    step = to_voxel[:3, :3] @ direction
    entered = _intersect_box(start, step, np.zeros(3), np.array(volume.padded.shape) - 1.0)
    if entered is None:
        return None
    length = 1.0 / (3.0 * float(np.linalg.norm(step)))
    distances = np.arange(entered[0], entered[1], length)
    best: float | None = None
    for sign in signs:
        reached = _interpolate(volume.padded, start + distances[:, None] * step) * sign >= threshold
        if not reached.any():
            continue
        inside = float(distances[int(reached.argmax())])
        outside = inside - length
        for _ in range(6):
            middle = (inside + outside) / 2
            if _interpolate(volume.padded, (start + middle * step)[None])[0] * sign >= threshold:
                inside = middle
            else:
                outside = middle
        best = inside if best is None else min(best, inside)
    if best is None:
        return None
    x, y, z = (float(value) for value in eye + best * direction)
    return PickResult("body", (x, y, z))


def pick_wall(
    frame: BoxFrame,
    high: tuple[bool, bool, bool],
    slices: tuple[int, int, int],
    eye: FloatArray,
    direction: FloatArray,
) -> PickResult | None:
    """Return the wall that the ray hits; the point lies in the slice shown on it."""
    start = frame.grid.to_voxel(eye)
    step = frame.grid.to_voxel(eye + direction) - start
    faces = frame.faces
    for axis in range(3):
        if abs(step[axis]) < 1e-12:
            continue
        distance = (faces[int(high[axis]), axis] - start[axis]) / step[axis]
        hit = start + distance * step
        others = [other for other in range(3) if other != axis]
        if distance > 0 and all(faces[0, other] <= hit[other] <= faces[1, other] for other in others):
            hit[axis] = slices[axis]
            x, y, z = (float(value) for value in frame.grid.to_world(hit))
            return PickResult("wall", (x, y, z), axis)
    return None


def _intersect_box(
    start: FloatArray, step: FloatArray, low: FloatArray, high: FloatArray
) -> tuple[float, float] | None:
    """Return the distances at which a ray enters and leaves a box; None if it misses the box."""
    with np.errstate(divide="ignore", invalid="ignore"):
        first, second = (low - start) / step, (high - start) / step
    near = float(np.nanmax(np.minimum(first, second)))
    far = float(np.nanmin(np.maximum(first, second)))
    return (max(near, 0.0), far) if far > max(near, 0.0) else None


def _interpolate(values: npt.NDArray[np.float32], places: FloatArray) -> FloatArray:
    """Interpolate values at fractional indices (trilinear), shape (n, 3) to (n,)."""
    highest = np.array(values.shape) - 2
    base = np.clip(np.floor(places).astype(int), 0, highest)
    part = np.clip(places - base, 0.0, 1.0)
    found = np.zeros(len(places))
    for corner in np.ndindex(2, 2, 2):
        weight = np.prod(np.where(corner, part, 1.0 - part), axis=1)
        i, j, k = (base + corner).T
        found += weight * values[i, j, k]
    return found
