"""Slices with the map over them, as a file: three through a point, or many of one orientation.

They look as they do in the window: the same planes, letters, greys and colours. The scan and the map are
sampled where every pixel lies, in millimetres, so that any map fits over any scan.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from viewer.errors import ViewerError
from viewer.scans.foreground import bounding_box, foreground
from viewer.scans.map import Map
from viewer.scans.replacing import replacing
from viewer.scans.resample import sample
from viewer.scans.scan import Scan
from viewer.scene.cutting import Cut, cut
from viewer.scene.figure import LARGEST, provenance
from viewer.scene.hues import pair
from viewer.scene.overlay import coloured, grey, grey_range, ramp
from viewer.scene.plane import OPPOSITE, Orientation, Plane, in_letters, plane
from viewer.session.view import View

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Pixels = npt.NDArray[np.uint8]
Point = tuple[float, float, float]

ENDINGS = (".png", ".svg", ".pdf")
WIDTH = 1600
MARGIN_MM = 6.0
LETTER = "#c6ced9"
CROSSHAIR = "#7ee0a2"
SCALE_MM = (100, 50, 20, 10, 5, 2, 1)
MOST = 400
RIM = 1 / 600
"""Width of an outline over the width of the figure."""


@dataclass(frozen=True, eq=False)
class Tile:
    """One slice of the figure: its plane, a point it goes through, and the part of it that is drawn.

    ``part`` is left, top, width and height in mm of the plane's picture.
    """

    plane: Plane
    point: Point
    part: tuple[float, float, float, float]

    @property
    def caption(self) -> str:
        """Where the slice lies, such as ``R 17.6``."""
        letters = in_letters(self.point).removesuffix(" mm").split("  ")
        return next(text for text in letters if text[0] in (self.plane.axis, OPPOSITE[self.plane.axis]))


@dataclass(frozen=True, eq=False)
class Place:
    """A tile's pixels in the figure: from the left, from the top, width and height."""

    tile: Tile
    left: int
    top: int
    width: int
    height: int


def slices_figure(
    scan: Scan,
    shown: Map | None,
    path: str | Path,
    view: View | None = None,
    at: Point | None = None,
    mosaic: int = 0,
    orientation: Orientation = Orientation.AXIAL,
    size: tuple[int, int] | None = None,
    dpi: float = 150.0,
) -> Path:
    """Draw slices and write them as PNG, SVG or PDF, by the path's ending.

    In SVG and PDF all words and bars are vectors and the slices are pixels. The file carries the map's
    provenance, the view and that it is not for diagnosis.

    Parameters
    ----------
    scan
        What is cut.
    shown
        The map over it, on any grid; None draws the scan alone.
    path
        Where to.
    view
        Threshold, signs, smallest cluster, smoothing, opacity and sides; `View()` where none is given.
    at
        The point in mm that the three slices go through; None is the view's crosshair, or else the voxel in
        the scan's middle.
    mosaic
        0 for three slices; else how many of one orientation, evenly through the head.
    orientation
        Of a mosaic.
    size
        Width and height in pixels; None takes a width of 1600 and the height that fits.
    dpi
        Pixels per inch.

    Raises
    ------
    ViewerError
        An ending, a size or a number that cannot be, a point outside the scan, or a map that lies nowhere
        in space.
    OSError
        The folder is missing or may not be written to.
    """
    path, view = Path(path), View() if view is None else view
    _check(path, size, dpi, mosaic)
    tiles = mosaic_of(scan, view, mosaic, orientation) if mosaic else three(scan, view, at)
    left = None if shown is None or not view.overlay else cut(shown, view)
    places, size, scale = laid_out(tiles, size, bar=left is not None, one_row=not mosaic)
    picture = painted(scan, left, places, size, view)
    words = provenance(scan, () if shown is None else (shown,), view)
    with replacing(path) as file:
        _write(file, path.suffix.lower()[1:], picture, places, scale, left, view, not mosaic, dpi, words)
    return path


# Which slices


def three(scan: Scan, view: View, at: Point | None = None) -> list[Tile]:
    """A sagittal, a coronal and an axial slice through a point.

    Raises
    ------
    ViewerError
        The point lies outside the scan.
    """
    grid = scan.grid
    point = view.crosshair if at is None else at
    if point is None:
        x, y, z = (float(value) for value in grid.to_world([round((n - 1) / 2) for n in grid.shape]))
        point = (x, y, z)
    if not bool(grid.contains(point)):
        told = ",".join(f"{value:g}" for value in point)
        middle = ",".join(f"{value:.0f}" for value in grid.centre)
        raise ViewerError(scan.name, f"the point {told} mm lies outside of it", f"its middle is {middle}")
    low, high = _extent(scan)
    planes = (plane(grid, orientation, view.convention) for orientation in Orientation)
    return [Tile(one, point, one.part(low, high)) for one in planes]


def mosaic_of(scan: Scan, view: View, count: int, orientation: Orientation) -> list[Tile]:
    """``count`` slices of one orientation, evenly through the head, from left, posterior or inferior on."""
    low, high = _extent(scan)
    one = plane(scan.grid, orientation, view.convention)
    steps = np.unique(np.rint(np.linspace(low[one.through], high[one.through] - 1, count + 2)[1:-1]))
    middle = [(a + b - 1) / 2 for a, b in zip(low, high, strict=True)]
    tiles = []
    for place in steps if one.axis in "RAS" else steps[::-1]:
        voxel = list(middle)
        voxel[one.through] = float(place)
        x, y, z = (float(value) for value in scan.grid.to_world(voxel))
        tiles.append(Tile(one, (x, y, z), one.part(low, high)))
    return tiles


def _extent(scan: Scan) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The voxels around the head: from, and before which."""
    box = bounding_box(foreground(scan), MARGIN_MM, scan.grid)
    return tuple(side.start for side in box), tuple(side.stop for side in box)


# Where they stand


def laid_out(
    tiles: Sequence[Tile], size: tuple[int, int] | None, *, bar: bool, one_row: bool
) -> tuple[list[Place], tuple[int, int], float]:
    """Tiles in rows, as large as fits, a millimetre as long in all of them.

    Answers their places, the size of the figure in pixels, and the pixels of a millimetre. ``bar`` leaves
    room for the colour bar on the right; ``one_row`` prefers one row where the size is free.
    """
    width = WIDTH if size is None else size[0]
    room_x = width - _bar_width(width, bar)
    gap = max(round(0.012 * width), 3)
    count = len(tiles)
    if size is None:
        columns = count if one_row else max(math.ceil(math.sqrt(1.6 * count)), 1)
        wide, tall = _spans(tiles, columns)
        scale = (room_x - gap * (len(wide) + 1)) / sum(wide)
        height = min(math.ceil(scale * sum(tall) + gap * (len(tall) + 1)) + _foot(width), LARGEST)
    else:
        height = size[1]
    best: tuple[float, int] = (0.0, 1)
    for columns in range(1, count + 1):
        wide, tall = _spans(tiles, columns)
        across = (room_x - gap * (len(wide) + 1)) / sum(wide)
        down = (height - _foot(width) - gap * (len(tall) + 1)) / sum(tall)
        best = max(best, (min(across, down), columns))
    scale, columns = best
    if scale <= 0:
        raise ViewerError("slices", f"{width} x {height} pixels have no room for {count} slices")
    wide, tall = _spans(tiles, columns)
    start_x = (room_x - scale * sum(wide) - gap * (len(wide) - 1)) / 2
    start_y = (height - _foot(width) - scale * sum(tall) - gap * (len(tall) - 1)) / 2
    places = []
    for number, tile in enumerate(tiles):
        row, column = divmod(number, columns)
        left = start_x + scale * sum(wide[:column]) + gap * column
        top = start_y + scale * sum(tall[:row]) + gap * row
        _, _, mm_x, mm_y = tile.part
        places.append(
            Place(
                tile,
                round(left + scale * (wide[column] - mm_x) / 2),
                round(top + scale * (tall[row] - mm_y) / 2),
                max(round(scale * mm_x), 1),
                max(round(scale * mm_y), 1),
            )
        )
    return places, (width, height), scale


def _spans(tiles: Sequence[Tile], columns: int) -> tuple[list[float], list[float]]:
    """The widest tile of every column, the tallest of every row, in mm."""
    rows = math.ceil(len(tiles) / columns)
    wide = [max(tile.part[2] for tile in tiles[column::columns]) for column in range(columns)]
    tall = [max(tile.part[3] for tile in tiles[row * columns : (row + 1) * columns]) for row in range(rows)]
    return wide, tall


def _bar_width(width: int, bar: bool) -> int:
    return max(round(0.075 * width), 56) if bar else 0


def _foot(width: int) -> int:
    """Room for the scale bar below the slices."""
    return max(round(0.028 * width), 16)


# Their pixels


def painted(
    scan: Scan, left: Cut | None, places: Sequence[Place], size: tuple[int, int], view: View
) -> Pixels:
    """The slices on black, uint8, shape (height, width, 3), the top row first.

    The view says the colours, their range and opacity, and whether areas or their rims are drawn.
    """
    width, height = size
    picture = np.zeros((height, width, 3), dtype=np.uint8)
    black, white = grey_range(scan.data)
    for place in places:
        points = points_of(place)
        shade = grey(sample(scan.data, scan.grid, points), black, white)
        pixels = np.repeat(shade[:, :, None], 3, axis=2).astype(np.float32)
        if left is not None:
            values = sample(left.volume.inside, left.volume.grid, points)
            over = _over(values, left, view, max(round(width * RIM), 1))
            parts = np.stack([over >> 16 & 255, over >> 8 & 255, over & 255], axis=-1).astype(np.float32)
            pixels *= 1 - (over >> 24)[:, :, None].astype(np.float32) / 255
            pixels += parts
        rows = slice(max(place.top, 0), min(place.top + place.height, height))
        columns = slice(max(place.left, 0), min(place.left + place.width, width))
        inside = pixels[
            rows.start - place.top : rows.stop - place.top,
            columns.start - place.left : columns.stop - place.left,
        ]
        picture[rows, columns] = np.minimum(np.rint(inside), 255).astype(np.uint8)
    return picture


def points_of(place: Place) -> npt.NDArray[np.float64]:
    """The point in mm under the middle of every pixel of a tile, shape (height, width, 3)."""
    shown, (x0, y0, mm_x, mm_y) = place.tile.plane, place.tile.part
    xs = x0 + (np.arange(place.width) + 0.5) * mm_x / place.width
    ys = y0 + (np.arange(place.height) + 0.5) * mm_y / place.height
    corner = np.array(shown.to_mm(0.0, 0.0, place.tile.point))
    across = np.array(shown.to_mm(1.0, 0.0, place.tile.point)) - corner
    down = np.array(shown.to_mm(0.0, 1.0, place.tile.point)) - corner
    return np.asarray(corner + xs[None, :, None] * across + ys[:, None, None] * down)


def _over(values: npt.NDArray[np.float32], left: Cut, view: View, rim: int) -> npt.NDArray[np.uint32]:
    """Premultiplied ARGB of values; of their rims alone, ``rim`` pixels wide, where the view asks so."""
    low, high = _range(left, view)
    if not view.outline:
        ramps = _ramps(left, view, view.opacity, view.by_value)
        return coloured(values, left.threshold, high, *ramps, low=low)
    from scipy.ndimage import binary_erosion

    pixels = coloured(values, left.threshold, high, *_ramps(left, view, 1.0, False), low=low)
    for sign in left.signs:
        pixels[binary_erosion((pixels > 0) & (sign * values > 0), iterations=rim, border_value=1)] = 0
    return pixels


def _range(left: Cut, view: View) -> tuple[float, float]:
    """The |values| of the first and of the last colour."""
    return view.display_range or (left.threshold, left.largest)


def _ramps(
    left: Cut, view: View, opacity: float, by_value: bool
) -> tuple[npt.NDArray[np.uint32] | None, npt.NDArray[np.uint32] | None]:
    colours = pair(view.hues)
    positive = ramp(colours.positive, opacity, by_value) if 1 in left.signs else None
    return positive, ramp(colours.negative, opacity, by_value) if -1 in left.signs else None


# The words over them


def _write(
    file: Any, form: str, picture: Pixels, places: Sequence[Place], scale: float, left: Cut | None,
    view: View, crosshair: bool, dpi: float, words: dict[str, str],
) -> None:  # fmt: skip
    import matplotlib as mpl
    from matplotlib.figure import Figure

    height, width = picture.shape[:2]
    settings: Any = {"svg.fonttype": "none", "pdf.fonttype": 42, "svg.hashsalt": "saliency-viewer"}
    with mpl.rc_context(settings):
        # A little more than the size, as matplotlib cuts fractions of pixels off.
        figure = Figure(figsize=((width + 0.01) / dpi, (height + 0.01) / dpi), dpi=dpi, facecolor="black")
        axes = figure.add_axes((0, 0, 1, 1))
        axes.axis("off")
        axes.imshow(picture, extent=(0, width, height, 0), aspect="auto", interpolation="none")
        axes.set_xlim(0, width)
        axes.set_ylim(height, 0)
        pen = _Pen(axes, dpi, max(width / 120, 7.0), form == "png")
        for number, place in enumerate(places):
            _letter(pen, place, whole=number == 0 or crosshair)
            if crosshair:
                _cross(pen, place)
        if view.scale_bar:
            _scale_bar(pen, scale, width, height)
        if left is not None and view.colour_bar:
            _colour_bar(pen, left, view, width, height)
        figure.savefig(file, format=form, dpi=dpi, facecolor="black", metadata=_metadata(form, words))


@dataclass(frozen=True)
class _Pen:
    """Draws on axes whose units are pixels.

    ``size`` is the height of the letters in pixels; ``outlined`` darkens what is around them, which in
    vector formats would make curves of the text.
    """

    axes: Axes
    dpi: float
    size: float
    outlined: bool

    def word(self, x: float, y: float, text: str, across: str, down: str, bold: bool = False) -> None:
        from matplotlib.patheffects import withStroke

        dark = withStroke(linewidth=self.size * 14 / self.dpi, foreground="black", alpha=0.8)
        self.axes.text(
            x, y, text, color=LETTER, ha=across, va=down, fontsize=self.size * 72 / self.dpi,
            fontweight="bold" if bold else "normal", path_effects=[dark] if self.outlined else None,
        )  # fmt: skip

    def line(self, x: tuple[float, float], y: tuple[float, float], colour: str, wide: float) -> None:
        self.axes.plot(x, y, color=colour, lw=wide * 72 / self.dpi, alpha=0.75, solid_capstyle="butt")


def _letter(pen: _Pen, place: Place, whole: bool) -> None:
    left, right, top, bottom = place.tile.plane.letters
    x, y = place.left, place.top
    middle_x, middle_y = x + place.width / 2, y + place.height / 2
    edge = 0.4 * pen.size
    if place.width > 5 * pen.size:
        pen.word(x + edge, y + edge, place.tile.caption, "left", "top")
    if whole:
        pen.word(x + edge, middle_y, left, "left", "center", bold=True)
        pen.word(x + place.width - edge, middle_y, right, "right", "center", bold=True)
        pen.word(middle_x, y + edge, top, "center", "top", bold=True)
        pen.word(middle_x, y + place.height - edge, bottom, "center", "bottom", bold=True)


def _cross(pen: _Pen, place: Place) -> None:
    tile = place.tile
    x, y = tile.plane.to_picture(tile.point)
    at_x = place.left + (x - tile.part[0]) * place.width / tile.part[2]
    at_y = place.top + (y - tile.part[1]) * place.height / tile.part[3]
    gap, wide = 0.6 * pen.size, max(pen.size / 12, 1.0)
    right, bottom = place.left + place.width, place.top + place.height
    pen.line((place.left, at_x - gap), (at_y, at_y), CROSSHAIR, wide)
    pen.line((at_x + gap, right), (at_y, at_y), CROSSHAIR, wide)
    pen.line((at_x, at_x), (place.top, at_y - gap), CROSSHAIR, wide)
    pen.line((at_x, at_x), (at_y + gap, bottom), CROSSHAIR, wide)


def _scale_bar(pen: _Pen, scale: float, width: int, height: int) -> None:
    """A round number of millimetres, no longer than a tenth of the figure."""
    length = next((mm for mm in SCALE_MM if mm * scale <= 0.12 * width), SCALE_MM[-1])
    x, y = 1.2 * pen.size, height - 0.9 * pen.size
    pen.axes.plot(
        (x, x + length * scale),
        (y, y),
        color=LETTER,
        lw=0.25 * pen.size * 72 / pen.dpi,
        solid_capstyle="butt",
    )
    pen.word(x + length * scale + 0.6 * pen.size, y, f"{length} mm", "left", "center")


def _colour_bar(pen: _Pen, left: Cut, view: View, width: int, height: int) -> None:
    """The range of the colours; below zero downwards, with a gap for what is not shown."""
    from matplotlib.colors import ListedColormap

    room = _bar_width(width, True)
    wide = 0.8 * pen.size
    x = width - room + 0.35 * pen.size
    middle, reach, gap = height / 2, 0.30 * height, 0.5 * pen.size
    both = len(left.signs) == 2
    low, high = _range(left, view)
    for sign, packed in zip((1, -1), _ramps(left, view, 1.0, False), strict=True):
        if packed is None or not low <= high:
            continue
        shades = np.stack([packed >> 16 & 255, packed >> 8 & 255, packed & 255], axis=-1) / 255
        near, far = (middle - sign * gap, middle - sign * reach) if both else (middle + reach, middle - reach)
        if not both and sign < 0:
            near, far = far, near
        pen.axes.imshow(
            np.arange(len(shades))[:, None], extent=(x, x + wide, near, far), aspect="auto", origin="lower",
            cmap=ListedColormap(shades), interpolation="bilinear",
        )  # fmt: skip
        for value, y in ((low, near), (high, far)):
            pen.word(x + wide + 0.35 * pen.size, y, f"{sign * value:.3g}".replace("-", "−"), "left", "center")
    pen.axes.set_xlim(0, width)
    pen.axes.set_ylim(height, 0)


def _metadata(form: str, words: dict[str, str]) -> dict[str, Any]:
    """The words under the keys that each format has."""
    if form == "png":
        return dict(words)
    if form == "svg":
        return {
            "Title": words["Title"],
            "Creator": words["Software"],
            "Description": words["Description"],
            "Rights": words["Disclaimer"],
            "Date": None,
        }
    return {
        "Title": words["Title"],
        "Creator": words["Software"],
        "Subject": words["Description"],
        "Keywords": words["Disclaimer"],
        "CreationDate": None,
    }


def _check(path: Path, size: tuple[int, int] | None, dpi: float, mosaic: int) -> None:
    if path.suffix.lower() not in ENDINGS:
        raise ViewerError(
            path, f"a figure cannot be written as {path.suffix or 'a file without ending'}",
            "end the name in .png, .svg or .pdf",
        )  # fmt: skip
    if size is not None and not (64 <= size[0] <= LARGEST and 64 <= size[1] <= LARGEST):
        raise ViewerError(
            path, f"{size[0]} x {size[1]} pixels cannot be drawn", f"ask for 64 to {LARGEST} along each side"
        )
    if not 1 <= dpi <= 10_000:
        raise ViewerError(path, f"{dpi:g} dots per inch make no sense", "ask for 1 to 10000")
    if not 0 <= mosaic <= MOST:
        raise ViewerError(path, f"{mosaic} slices cannot be drawn", f"ask for 1 to {MOST}")
