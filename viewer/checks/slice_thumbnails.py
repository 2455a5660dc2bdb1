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
    under = context.x[0, 0].double().cpu().numpy().reshape(grid.shape)
    inside = context.foreground.reshape(grid.shape)
    low, high = display_range(under, inside)
    grey = np.clip((under - low) / (high - low), 0, 1)
    grey = np.where(inside, grey, 0.25 * grey)
    over = values.reshape(grid.shape).astype(np.float64)
    place = peak_voxel(np.where(inside, np.abs(over), -1))
    size = np.abs(over)
    full = float(np.percentile(size[inside], FULL_PERCENTILE)) or float(size.max())
    parts = []
    for cut in SLICE_AXES if len(context.shape) == 3 else (_plane_of(grid),):
        chosen = [_orient_slice(array, grid, place, cut) for array in (grey, over)]
        parts.append(_enlarge(blend_colours(chosen[0], chosen[1], full), grid, cut, height))
    file = io.BytesIO()
    imsave(file, np.concatenate(parts, axis=1), format="png")
    return file.getvalue()


def blend_colours(grey: Colour, over: Colour, full: float) -> Colour:
    """Blend the map's colours over a grey image, (..., 3), 0 to 1: warm above zero, cold below."""
    strength = np.clip(np.abs(over) / full, 0, 1) if full > 0 else np.zeros_like(over)
    strength = np.clip((strength - MIN_SHARE) / (1 - MIN_SHARE), 0, 1)[..., None] ** 0.5
    colour = np.where(over[..., None] >= 0, WARM, COLD)
    return np.asarray(0.9 * grey[..., None] * (1 - strength) + colour * strength)


def _orient_slice(array: Colour, grid: Grid, place: tuple[int, ...], cut: tuple[int, int, int]) -> Colour:
    """Return one slice, oriented by the affine: its first axis runs down, its second to the right."""
    letters = grid.axcodes
    world = [WORLD_AXIS[letter] for letter in letters]
    across, right, up = (world.index(axis) for axis in cut)
    flat = np.asarray(array.take(int(place[across]), across))
    left = [axis for axis in range(3) if axis != across]
    turned = flat if left[0] == up else flat.T
    if letters[up] in "RAS":
        turned = turned[::-1]
    if letters[right] in "LPI":
        turned = turned[:, ::-1]
    return turned


def _plane_of(grid: Grid) -> tuple[int, int, int]:
    """Return the slice axes of a two-dimensional network."""
    world = [WORLD_AXIS[letter] for letter in grid.axcodes]
    return SLICE_AXES[world[2]]


def _enlarge(picture: Colour, grid: Grid, cut: tuple[int, int, int], height: int) -> Colour:
    """Resample to ``height`` pixels by nearest neighbour, with the same scale in mm along both axes."""
    world = [WORLD_AXIS[letter] for letter in grid.axcodes]
    _, right, up = (float(grid.spacing[world.index(axis)]) for axis in cut)
    rows, columns = picture.shape[:2]
    width = max(1, round(height * columns * right / (rows * up)))
    down = np.minimum((np.arange(height) + 0.5) * rows / height, rows - 1).astype(int)
    along = np.minimum((np.arange(width) + 0.5) * columns / width, columns - 1).astype(int)
    return np.asarray(picture[down][:, along])
