"""Layout and rendering of slices in a figure, all at the same scale."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from viewer.errors import ViewerError
from viewer.scans.axcodes import OPPOSITE_AXCODE
from viewer.scans.display_range import display_range
from viewer.scans.foreground import bounding_box, foreground_mask
from viewer.scans.resample import sample
from viewer.scans.scan import Scan
from viewer.scene.certainty import fade_pixels
from viewer.scene.colormaps import sign_colormaps
from viewer.scene.figure import MAX_SIDE
from viewer.scene.figure_sizes import MIN_POINTS
from viewer.scene.slice_colormapping import lookup_table, map_colours, to_grey
from viewer.scene.slice_plane import Orientation, SlicePlane, evenly_spaced, format_point, slice_plane
from viewer.scene.thresholding import ThresholdedMap
from viewer.session.view import View

Point = tuple[float, float, float]

WIDTH = 1600
MARGIN_MM = 6.0
SCALE_BAR, LINE = 1.6, 1.35
"""Heights of the scale bar with its text and of a line of text, in font sizes."""
BAR_LETTERS, FOOTER_LETTERS = 7.5, 1.8
"""Width of the colour bar with its numbers, and height of the scale bar, in font sizes."""


@dataclass(frozen=True, eq=False)
class SliceTile:
    """Slice of a figure: its plane, a point on it, and the part that is drawn.

    ``crop`` is left, top, width and height in mm of the plane's picture.
    """

    plane: SlicePlane
    point: Point
    crop: tuple[float, float, float, float]

    @property
    def caption(self) -> str:
        """Position of the slice, such as ``R 17.6``."""
        coordinates = format_point(self.point).removesuffix(" mm").split("  ")
        return next(
            text
            for text in coordinates
            if text[0] in (self.plane.axis_letter, OPPOSITE_AXCODE[self.plane.axis_letter])
        )


@dataclass(frozen=True, eq=False)
class PlacedTile:
    """Position of a tile in the figure, in pixels: left, top, width and height."""

    tile: SliceTile
    left: int
    top: int
    width: int
    height: int


def orthogonal_tiles(scan: Scan, view: View, requested_point: Point | None = None) -> list[SliceTile]:
    """Return a sagittal, a coronal and an axial slice through a point, or through the view's crosshair.

    For a crosshair outside the scan, use the nearest point inside, as in the window.

    Raises
    ------
    ViewerError
        The requested point is outside the scan.
    """
    grid = scan.grid
    point = requested_point
    if point is None and view.crosshair is not None:
        point = grid.nearest(view.crosshair)
    if point is None:
        x, y, z = (float(value) for value in grid.to_world([round((n - 1) / 2) for n in grid.shape]))
        point = (x, y, z)
    if not bool(grid.contains(point)):
        coordinates = ",".join(f"{value:g}" for value in point)
        centre = ",".join(f"{value:z.0f}" for value in grid.centre)
        raise ViewerError(
            scan.name, f"the point {coordinates} mm is outside the scan", f"its centre is {centre}"
        )
    low, high = _head_bounds(scan)
    planes = (slice_plane(grid, orientation, view.convention) for orientation in Orientation)
    return [SliceTile(plane, point, plane.crop_rectangle(low, high)) for plane in planes]


def mosaic_tiles(scan: Scan, view: View, count: int, orientation: Orientation) -> list[SliceTile]:
    """Return ``count`` evenly spaced slices through the head, starting at left, posterior or inferior.

    If the head has at most ``count`` slices, all are returned.
    """
    low, high = _head_bounds(scan)
    plane = slice_plane(scan.grid, orientation, view.convention)
    indices = evenly_spaced(low[plane.slice_axis], high[plane.slice_axis], count)
    central_voxel = [(a + b - 1) / 2 for a, b in zip(low, high, strict=True)]
    tiles = []
    for index in indices if plane.axis_letter in "RAS" else indices[::-1]:
        voxel = list(central_voxel)
        voxel[plane.slice_axis] = float(index)
        x, y, z = (float(value) for value in scan.grid.to_world(voxel))
        tiles.append(SliceTile(plane, (x, y, z), plane.crop_rectangle(low, high)))
    return tiles


def _head_bounds(scan: Scan) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the bounding box of the head: first voxel inside and first one beyond."""
    box = bounding_box(foreground_mask(scan.data), MARGIN_MM, scan.grid)
    return tuple(bounds.start for bounds in box), tuple(bounds.stop for bounds in box)


def lay_out_tiles(
    tiles: Sequence[SliceTile],
    size: tuple[int, int] | None,
    *,
    with_colour_bar: bool,
    one_row: bool,
    free_width: int | None = None,
    line_count: int = 0,
    font_size: float = 0.0,
) -> tuple[list[PlacedTile], tuple[int, int], float]:
    """Lay out tiles in rows, as large as possible, all at the same scale.

    Return their positions, the size of the figure in pixels, and the pixels per mm. ``with_colour_bar``
    reserves room for the colour bar on the right. If ``size`` is None, ``one_row`` prefers a single row, and
    ``free_width`` replaces the default width. Below the slices, above the scale bar, there is room for
    ``line_count`` lines of text; ``font_size`` is the font size in pixels, 0 for the default.
    """
    width = (free_width or WIDTH) if size is None else size[0]
    font_size = font_size or figure_font_size(width)
    room_x = width - colour_bar_width(width, with_colour_bar, font_size)
    gap = max(round(0.012 * width), 3)
    count = len(tiles)
    if size is None:
        columns = count if one_row else min(math.ceil(math.sqrt(1.6 * count)), count)
        column_widths, row_heights = _row_and_column_sizes(tiles, columns)
        scale = (room_x - gap * (len(column_widths) + 1)) / sum(column_widths)
        height = min(
            math.ceil(scale * sum(row_heights) + gap * (len(row_heights) + 1))
            + _footer_height(width, line_count, font_size),
            MAX_SIDE,
        )
    else:
        height = size[1]
    best: tuple[float, int] = (0.0, 1)
    for columns in range(1, count + 1):
        column_widths, row_heights = _row_and_column_sizes(tiles, columns)
        scale_x = (room_x - gap * (len(column_widths) + 1)) / sum(column_widths)
        scale_y = (
            height - _footer_height(width, line_count, font_size) - gap * (len(row_heights) + 1)
        ) / sum(row_heights)
        best = max(best, (min(scale_x, scale_y), columns))
    scale, columns = best
    if scale <= 0:
        raise ViewerError("slices", f"{width} x {height} pixels are too few for {count} slices")
    column_widths, row_heights = _row_and_column_sizes(tiles, columns)
    start_x = (room_x - scale * sum(column_widths) - gap * (len(column_widths) - 1)) / 2
    start_y = (
        height
        - _footer_height(width, line_count, font_size)
        - scale * sum(row_heights)
        - gap * (len(row_heights) - 1)
    ) / 2
    placed = []
    for index, tile in enumerate(tiles):
        row, column = divmod(index, columns)
        left = start_x + scale * sum(column_widths[:column]) + gap * column
        top = start_y + scale * sum(row_heights[:row]) + gap * row
        _, _, mm_x, mm_y = tile.crop
        placed.append(
            PlacedTile(
                tile,
                round(left + scale * (column_widths[column] - mm_x) / 2),
                round(top + scale * (row_heights[row] - mm_y) / 2),
                max(round(scale * mm_x), 1),
                max(round(scale * mm_y), 1),
            )
        )
    return placed, (width, height), scale


def _row_and_column_sizes(tiles: Sequence[SliceTile], columns: int) -> tuple[list[float], list[float]]:
    """Return the width of the widest tile per column and the height of the tallest per row, in mm."""
    rows = math.ceil(len(tiles) / columns)
    column_widths = [max(tile.crop[2] for tile in tiles[column::columns]) for column in range(columns)]
    row_heights = [
        max(tile.crop[3] for tile in tiles[row * columns : (row + 1) * columns]) for row in range(rows)
    ]
    return column_widths, row_heights


def colour_bar_width(figure_width: int, with_colour_bar: bool, font_size: float) -> int:
    """Return the width reserved for the colour bar on the right of a figure, in pixels."""
    return max(round(0.075 * figure_width), 56, round(BAR_LETTERS * font_size)) if with_colour_bar else 0


def _footer_height(figure_width: int, line_count: int, font_size: float) -> int:
    """Return the height reserved below the slices for the scale bar and lines of text."""
    lines_height = math.ceil((SCALE_BAR + LINE * line_count) * font_size) if line_count else 0
    return max(round(0.028 * figure_width), 16, lines_height, math.ceil(FOOTER_LETTERS * font_size))


def figure_font_size(width: int, dpi: float = 0.0) -> float:
    """Return the font size for a figure of this width, in pixels.

    At least `MIN_POINTS` when printed at ``dpi``, unless the text would then fill the figure.
    """
    return max(width / 120, 7.0, min(MIN_POINTS * dpi / 72, width / 38))


def pixel_points(placed_tile: PlacedTile) -> npt.NDArray[np.float64]:
    """Return the point in mm at the centre of every pixel of a tile, shape (height, width, 3)."""
    plane, (x0, y0, mm_x, mm_y) = placed_tile.tile.plane, placed_tile.tile.crop
    xs = x0 + (np.arange(placed_tile.width) + 0.5) * mm_x / placed_tile.width
    ys = y0 + (np.arange(placed_tile.height) + 0.5) * mm_y / placed_tile.height
    corner = np.array(plane.to_mm(0.0, 0.0, placed_tile.tile.point))
    across = np.array(plane.to_mm(1.0, 0.0, placed_tile.tile.point)) - corner
    down = np.array(plane.to_mm(0.0, 1.0, placed_tile.tile.point)) - corner
    return np.asarray(corner + xs[None, :, None] * across + ys[:, None, None] * down)


Pixels = npt.NDArray[np.uint8]

RIM = 1 / 600
"""Width of an outline as a fraction of the figure's width."""


def render_slices(
    scan: Scan,
    thresholded: ThresholdedMap | None,
    placed_tiles: Sequence[PlacedTile],
    size: tuple[int, int],
    view: View,
    brightness: tuple[float, float] | None = None,
) -> Pixels:
    """Render the slices on black, uint8, shape (height, width, 3), top row first.

    The view sets the colours, their range and opacity, and whether areas or their outlines are drawn.
    ``brightness`` are the values drawn black and white; None uses the display range of the scan.
    """
    width, height = size
    picture = np.zeros((height, width, 3), dtype=np.uint8)
    black, white = brightness or display_range(scan.data)
    for placed in placed_tiles:
        points = pixel_points(placed)
        grey = to_grey(sample(scan.data, scan.grid, points), black, white)
        pixels = np.repeat(grey[:, :, None], 3, axis=2).astype(np.float32)
        if thresholded is not None:
            values = sample(thresholded.volume.values, thresholded.volume.grid, points)
            overlay = _overlay_pixels(values, thresholded, view, max(round(width * RIM), 1))
            if thresholded.opacity is not None:
                overlay = fade_pixels(overlay, sample(thresholded.opacity, thresholded.volume.grid, points))
            parts = np.stack([overlay >> 16 & 255, overlay >> 8 & 255, overlay & 255], axis=-1).astype(
                np.float32
            )
            pixels *= 1 - (overlay >> 24)[:, :, None].astype(np.float32) / 255
            pixels += parts
        rows = slice(max(placed.top, 0), min(placed.top + placed.height, height))
        columns = slice(max(placed.left, 0), min(placed.left + placed.width, width))
        visible = pixels[
            rows.start - placed.top : rows.stop - placed.top,
            columns.start - placed.left : columns.stop - placed.left,
        ]
        picture[rows, columns] = np.minimum(np.rint(visible), 255).astype(np.uint8)
    return picture


def _overlay_pixels(
    values: npt.NDArray[np.float32], thresholded: ThresholdedMap, view: View, outline_width: int
) -> npt.NDArray[np.uint32]:
    """Map values to premultiplied ARGB, or to outlines ``outline_width`` pixels wide if the view has them."""
    low, high = colour_range(thresholded, view)
    if not view.outline:
        colours = lookup_tables(thresholded, view, view.opacity, view.by_value)
        return map_colours(values, thresholded.isovalue, high, *colours, low=low)
    from scipy.ndimage import binary_erosion

    pixels = map_colours(
        values, thresholded.isovalue, high, *lookup_tables(thresholded, view, 1.0, False), low=low
    )
    for sign in thresholded.signs:
        pixels[
            binary_erosion((pixels > 0) & (sign * values > 0), iterations=outline_width, border_value=1)
        ] = 0
    return pixels


def colour_range(thresholded: ThresholdedMap, view: View) -> tuple[float, float]:
    """Return the |values| of the first and the last colour."""
    return view.display_range or (thresholded.cutoff, thresholded.largest)


def lookup_tables(
    thresholded: ThresholdedMap, view: View, opacity: float, by_value: bool
) -> tuple[npt.NDArray[np.uint32] | None, npt.NDArray[np.uint32] | None]:
    """Return the lookup tables of both signs for `map_colours`; None for a hidden sign."""
    colours = sign_colormaps(view.hues)
    positive = lookup_table(colours.positive, opacity, by_value) if 1 in thresholded.signs else None
    return positive, lookup_table(colours.negative, opacity, by_value) if -1 in thresholded.signs else None
