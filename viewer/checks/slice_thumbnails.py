"""Thumbnails of a map over its scan, as PNG: three slices through the map's peak."""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt

from viewer.checks.context import CheckContext, Floats
from viewer.scans.axcodes import WORLD_AXIS
from viewer.scans.clusters import peak_voxel
from viewer.scans.display_range import display_range
from viewer.scans.grid import Grid

Colour = npt.NDArray[np.float64]

WARM = np.array([0.96, 0.51, 0.12])
COLD = np.array([0.25, 0.55, 0.93])
FULL_PERCENTILE = 99.8
"""Percentile of |values| from which the colour is saturated."""

MIN_SHARE = 0.25
"""Fraction of the saturation value below which nothing is drawn."""

SLICE_AXES = ((0, 1, 2), (1, 0, 2), (2, 0, 1))
"""Sagittal, coronal, axial: the world axis perpendicular to the slice, the one to the right, the one
upwards.
"""


def render_slices(context: CheckContext, values: Floats, height: int = 110) -> bytes:
    """Return a PNG of the sagittal, coronal and axial slice through the voxel with the largest |value|.

    The slices follow the neurological convention: right is right, front or top is up. A two-dimensional
    network has one slice.

    Parameters
    ----------
    context
        Its scan is drawn below the map.
    values
        Shape ``context.shape``.
    height
        Height of every slice, in pixels.
    """
    from matplotlib.image import imsave

    grid = context.prepared.grid
    image = context.x[0, 0].double().cpu().numpy().reshape(grid.shape)
    foreground = context.foreground.reshape(grid.shape)
    low, high = display_range(image, foreground)
    grey = np.clip((image - low) / (high - low), 0, 1)
    grey = np.where(foreground, grey, 0.25 * grey)
    map_values = values.reshape(grid.shape).astype(np.float64)
    peak = peak_voxel(np.where(foreground, np.abs(map_values), -1))
    magnitude = np.abs(map_values)
    full_scale = float(np.percentile(magnitude[foreground], FULL_PERCENTILE)) or float(magnitude.max())
    pictures = []
    for cut in SLICE_AXES if len(context.shape) == 3 else (_plane_axes(grid),):
        slices = [_orient_slice(array, grid, peak, cut) for array in (grey, map_values)]
        pictures.append(_enlarge(blend_colours(slices[0], slices[1], full_scale), grid, cut, height))
    file = io.BytesIO()
    imsave(file, np.concatenate(pictures, axis=1), format="png")
    return file.getvalue()


def blend_colours(grey: Colour, map_values: Colour, full_scale: float) -> Colour:
    """Blend the map's colours over a grey image, (..., 3), 0 to 1: warm above zero, cold below."""
    strength = np.clip(np.abs(map_values) / full_scale, 0, 1) if full_scale > 0 else np.zeros_like(map_values)
    strength = np.clip((strength - MIN_SHARE) / (1 - MIN_SHARE), 0, 1)[..., None] ** 0.5
    colour = np.where(map_values[..., None] >= 0, WARM, COLD)
    return np.asarray(0.9 * grey[..., None] * (1 - strength) + colour * strength)


def _orient_slice(
    array: Colour, grid: Grid, voxel: tuple[int, ...], slice_axes: tuple[int, int, int]
) -> Colour:
    """Return one slice, oriented by the affine: its first axis runs down, its second to the right."""
    letters = grid.axcodes
    world = [WORLD_AXIS[letter] for letter in letters]
    across, right, up = (world.index(axis) for axis in slice_axes)
    plane = np.asarray(array.take(int(voxel[across]), across))
    in_plane = [axis for axis in range(3) if axis != across]
    oriented = plane if in_plane[0] == up else plane.T
    if letters[up] in "RAS":
        oriented = oriented[::-1]
    if letters[right] in "LPI":
        oriented = oriented[:, ::-1]
    return oriented


def _plane_axes(grid: Grid) -> tuple[int, int, int]:
    """Return the slice axes of a two-dimensional network."""
    world = [WORLD_AXIS[letter] for letter in grid.axcodes]
    return SLICE_AXES[world[2]]


def _enlarge(picture: Colour, grid: Grid, slice_axes: tuple[int, int, int], height: int) -> Colour:
    """Resample to ``height`` pixels by nearest neighbour, with the same scale in mm along both axes."""
    world = [WORLD_AXIS[letter] for letter in grid.axcodes]
    _, right, up = (float(grid.spacing[world.index(axis)]) for axis in slice_axes)
    rows, columns = picture.shape[:2]
    width = max(1, round(height * columns * right / (rows * up)))
    row_index = np.minimum((np.arange(height) + 0.5) * rows / height, rows - 1).astype(int)
    column_index = np.minimum((np.arange(width) + 0.5) * columns / width, columns - 1).astype(int)
    return np.asarray(picture[row_index][:, column_index])
