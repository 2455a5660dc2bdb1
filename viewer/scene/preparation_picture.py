"""Picture of a preparation's quality: outlines on the registered scan or a checkerboard, in four slices."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from viewer.preparation.downsampling import world_bounds
from viewer.scans.display_range import display_range
from viewer.scans.grid import Grid
from viewer.scans.resample import sample
from viewer.scene.brain_outlines import OUTLINE_COLOURS
from viewer.scene.slice_colormapping import parse_hex, to_grey
from viewer.scene.slice_plane import Orientation, Point, slice_plane
from viewer.scene.slices_rendering import PlacedTile, SliceTile, pixel_points
from viewer.session.view import Convention

if TYPE_CHECKING:
    from viewer.preparation.prepared import Prepared
    from viewer.preparation.template import Template

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

MARGIN = 24.0
"""Shown margin around the brain in mm, which includes skull and scalp."""

PLACES = (
    (Orientation.SAGITTAL, (0.02, 0.0, 0.0)),
    (Orientation.CORONAL, (0.0, -0.02, 0.0)),
    (Orientation.AXIAL, (0.0, 0.0, 0.02)),
    (Orientation.AXIAL, (0.0, 0.0, -0.24)),
)
"""Slices, row by row, with their offsets from the brain's centre relative to its size; cerebellum last."""

GAP = 2
SUPERSAMPLING = 2
SQUARE_MM = 25.0
TINT = np.array([0.7, 0.88, 1.0], dtype=np.float32)
"""Red, green and blue factors of the template's squares in the checkerboard."""

DASH = 5
"""Length of a gap in the mask's outline, in pixels; dashes are twice as long."""


class PictureKind(StrEnum):
    """Overlay on the scan."""

    OUTLINE = "outline"
    CHECKERBOARD = "checkerboard"
    MASK = "mask"


@dataclass(frozen=True, eq=False)
class PreparationPicture:
    """Picture with the positions of its slices, over which their letters are drawn.

    Parameters
    ----------
    pixels : numpy.ndarray
        RGB, uint8, shape (height, width, 3).
    tiles : tuple of PlacedTile
        Slices and their positions, in pixels of the picture.
    """

    pixels: Pixels
    tiles: tuple[PlacedTile, ...]


def available_picture_kinds(prepared: Prepared) -> tuple[PictureKind, ...]:
    """Return the kinds of picture that are available for a preparation."""
    kinds = [PictureKind.OUTLINE, PictureKind.CHECKERBOARD] if prepared.registration is not None else []
    return (*kinds, *((PictureKind.MASK,) if prepared.mask is not None else ()))


def render_preparation(
    prepared: Prepared,
    kind: PictureKind,
    width: int,
    convention: Convention = Convention.NEUROLOGICAL,
) -> PreparationPicture:
    """Render slices of the registered scan, with skull; meant for a background thread.

    Parameters
    ----------
    prepared
        A preparation with a registration or a mask.
    kind
        Overlay on the scan; one of `available_picture_kinds`.
    width
        Width of the picture in pixels.
    convention
        Which side of coronal and axial slices is drawn on the left.
    """
    template = _load_template(prepared)
    grid, low, high = _display_grid(prepared, template)
    tiles, height = _lay_out(grid, low, high, width, convention)
    pixels = np.zeros((height, width, 3), dtype=np.uint8)
    black, white = display_range(prepared.original.data)
    for tile in tiles:
        pixels[tile.top : tile.top + tile.height, tile.left : tile.left + tile.width] = _render_tile(
            prepared, template, kind, tile, (black, white)
        )
    return PreparationPicture(pixels, tiles)


def _load_template(prepared: Prepared) -> Template | None:
    if prepared.registration is None:
        return None
    from viewer.preparation.template import load_template

    return load_template(prepared.registration.template)


def _display_grid(prepared: Prepared, template: Template | None) -> tuple[Grid, Point, Point]:
    """Return the shown 1 mm grid, in template space or else scan space, and the brain's bounding box."""
    mask = prepared.mask
    if template is not None:
        low, high = world_bounds(template.grid, template.brain_mask)
    else:
        low, high = world_bounds(prepared.original.grid, None if mask is None else mask.data)
    origin = np.floor(low - MARGIN)
    i, j, k = (int(n) for n in np.ceil(high + MARGIN) - origin + 1)
    affine = np.eye(4)
    affine[:3, 3] = origin
    x0, y0, z0 = (float(value) for value in low)
    x1, y1, z1 = (float(value) for value in high)
    return Grid((i, j, k), affine), (x0, y0, z0), (x1, y1, z1)


def _lay_out(
    grid: Grid, low: Point, high: Point, width: int, convention: Convention
) -> tuple[tuple[PlacedTile, ...], int]:
    """Lay out the slices in two columns at one scale; return them with the picture's height."""
    size, centre = np.array(high) - np.array(low), (np.array(high) + np.array(low)) / 2
    tiles = []
    for orientation, position in PLACES:
        plane = slice_plane(grid, orientation, convention)
        x, y, z = (float(value) for value in centre + size * np.array(position))
        tiles.append(SliceTile(plane, (x, y, z), (0.0, 0.0, *plane.size)))
    columns = [max(tile.crop[2] for tile in tiles[column::2]) for column in range(2)]
    scale = (width - GAP) / sum(columns)
    placed, top = [], 0
    for row in (tiles[:2], tiles[2:]):
        row_height = round(max(tile.crop[3] for tile in row) * scale)
        left = 0
        for tile, column_width in zip(row, columns, strict=True):
            tile_width, tile_height = round(tile.crop[2] * scale), round(tile.crop[3] * scale)
            indent = (round(column_width * scale) - tile_width) // 2
            placed.append(
                PlacedTile(
                    tile,
                    min(left + indent, width - tile_width),
                    top + (row_height - tile_height) // 2,
                    tile_width,
                    tile_height,
                )
            )
            left += round(column_width * scale) + GAP
        top += row_height + GAP
    return tuple(placed), top - GAP


def _render_tile(
    prepared: Prepared,
    template: Template | None,
    kind: PictureKind,
    tile: PlacedTile,
    window: tuple[float, float],
) -> Pixels:
    supersampled = PlacedTile(tile.tile, 0, 0, tile.width * SUPERSAMPLING, tile.height * SUPERSAMPLING)
    points = pixel_points(supersampled)
    scan_points = points
    if prepared.registration is not None:
        inverse = prepared.registration.inverse
        scan_points = points @ inverse[:3, :3].T + inverse[:3, 3]
    grid = prepared.original.grid
    grey = to_grey(sample(prepared.original.data, grid, scan_points), *window)
    pixels = np.repeat(grey[:, :, None], 3, axis=2).astype(np.float32)
    if kind is PictureKind.CHECKERBOARD and template is not None:
        brightness_range = display_range(template.scan.data)
        values = to_grey(sample(template.scan.data, template.grid, points), *brightness_range)
        is_template = (np.floor(points / SQUARE_MM).astype(int).sum(axis=-1) % 2).astype(np.bool_)
        pixels[is_template] = values[is_template, None] * TINT
    elif kind is PictureKind.OUTLINE and template is not None:
        brain = sample(template.brain_mask.astype(np.float32), template.grid, points) > 0.5
        _paint_mask(pixels, _mask_border(brain), OUTLINE_COLOURS["template"])
    elif kind is PictureKind.MASK and prepared.mask is not None:
        brain = sample(prepared.mask.data.astype(np.float32), grid, scan_points) > 0.5
        rows, columns = np.indices(brain.shape)
        dashed = (rows + columns) // (DASH * SUPERSAMPLING) % 3 > 0
        _paint_mask(pixels, _mask_border(brain) & dashed, OUTLINE_COLOURS["mask"])
    shape = (tile.height, SUPERSAMPLING, tile.width, SUPERSAMPLING, 3)
    return np.asarray(np.rint(pixels.reshape(shape).mean(axis=(1, 3))), dtype=np.uint8)


def _mask_border(mask: Mask) -> Mask:
    """Return a line along the border of a mask, as wide as one pixel of the picture."""
    from scipy.ndimage import binary_dilation, binary_erosion

    rim: Mask = binary_dilation(mask) & ~binary_erosion(mask, border_value=0)
    return rim


def _paint_mask(pixels: Floats, mask: Mask, colour: str) -> None:
    pixels[mask] = parse_hex(colour)
