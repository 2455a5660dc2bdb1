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
    volume: BrickedVolume,
    threshold: float,
    signs: tuple[int, ...],
    ray_origin: FloatArray,
    ray_direction: FloatArray,
) -> PickResult | None:
    """Return the first point in mm on the ray at which the values reach the threshold.

    Samples the ray in steps of a third of a voxel, then refines the point by bisection.
    """
    if not np.isfinite(threshold) or not signs:
        return None
    to_voxel = np.linalg.inv(volume.affine)
    start = to_voxel[:3, :3] @ ray_origin + to_voxel[:3, 3]
    step = to_voxel[:3, :3] @ ray_direction
    interval = _intersect_box(start, step, np.zeros(3), np.array(volume.padded.shape) - 1.0)
    if interval is None:
        return None
    length = 1.0 / (3.0 * float(np.linalg.norm(step)))
    distances = np.arange(interval[0], interval[1], length)
    nearest: float | None = None
    for sign in signs:
        above_threshold = _interpolate(volume.padded, start + distances[:, None] * step) * sign >= threshold
        if not above_threshold.any():
            continue
        inside = float(distances[int(above_threshold.argmax())])
        outside = inside - length
        for _ in range(6):
            halfway = (inside + outside) / 2
            if _interpolate(volume.padded, (start + halfway * step)[None])[0] * sign >= threshold:
                inside = halfway
            else:
                outside = halfway
        nearest = inside if nearest is None else min(nearest, inside)
    if nearest is None:
        return None
    x, y, z = (float(value) for value in ray_origin + nearest * ray_direction)
    return PickResult("body", (x, y, z))


def pick_wall(
    frame: BoxFrame,
    on_high_face: tuple[bool, bool, bool],
    slice_indices: tuple[int, int, int],
    ray_origin: FloatArray,
    ray_direction: FloatArray,
) -> PickResult | None:
    """Return the wall that the ray hits; the point lies in the slice shown on it."""
    start = frame.grid.to_voxel(ray_origin)
    step = frame.grid.to_voxel(ray_origin + ray_direction) - start
    faces = frame.faces
    for axis in range(3):
        if abs(step[axis]) < 1e-12:
            continue
        distance = (faces[int(on_high_face[axis]), axis] - start[axis]) / step[axis]
        hit = start + distance * step
        in_plane = [i for i in range(3) if i != axis]
        if distance > 0 and all(faces[0, i] <= hit[i] <= faces[1, i] for i in in_plane):
            hit[axis] = slice_indices[axis]
            x, y, z = (float(value) for value in frame.grid.to_world(hit))
            return PickResult("wall", (x, y, z), axis)
    return None


def _intersect_box(
    start: FloatArray, step: FloatArray, lower_corner: FloatArray, upper_corner: FloatArray
) -> tuple[float, float] | None:
    """Return the distances at which a ray enters and leaves a box; None if it misses the box."""
    with np.errstate(divide="ignore", invalid="ignore"):
        first, second = (lower_corner - start) / step, (upper_corner - start) / step
    near = float(np.nanmax(np.minimum(first, second)))
    far = float(np.nanmin(np.maximum(first, second)))
    return (max(near, 0.0), far) if far > max(near, 0.0) else None


def _interpolate(values: npt.NDArray[np.float32], positions: FloatArray) -> FloatArray:
    """Interpolate values at fractional indices (trilinear), shape (n, 3) to (n,)."""
    highest = np.array(values.shape) - 2
    lower = np.clip(np.floor(positions).astype(int), 0, highest)
    fractions = np.clip(positions - lower, 0.0, 1.0)
    interpolated = np.zeros(len(positions))
    for corner in np.ndindex(2, 2, 2):
        weight = np.prod(np.where(corner, fractions, 1.0 - fractions), axis=1)
        i, j, k = (lower + corner).T
        interpolated += weight * values[i, j, k]
    return interpolated
