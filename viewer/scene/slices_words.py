"""What is written over slices: letters, captions, crosshair, bars; as vectors where the format has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from viewer.number_format import format_number
from viewer.scene.cutting import Cut
from viewer.scene.slices_layout import LINE, SCALE_BAR, Place, bar_width, letter_size
from viewer.scene.slices_pixels import Pixels, colour_range, ramps
from viewer.scene.vector import SETTINGS, metadata
from viewer.scene.wrapping import wrap
from viewer.session.view import View

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LETTER = "#c6ced9"
CROSSHAIR = "#7ee0a2"
SCALE_MM = (100, 50, 20, 10, 5, 2, 1)


def write(
    file: Any, form: str, picture: Pixels, places: Sequence[Place], scale: float, left: Cut | None,
    view: View, crosshair: bool, dpi: float, words: dict[str, str], lines: Sequence[str] = (),
) -> None:  # fmt: skip
    """Draw everything over the slices' pixels and write the figure in the form "png", "svg" or "pdf".

    The ``lines`` stand below the slices, above the scale bar.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    height, width = picture.shape[:2]
    with mpl.rc_context(SETTINGS):
        # A little more than the size, as matplotlib cuts fractions of pixels off.
        figure = Figure(figsize=((width + 0.01) / dpi, (height + 0.01) / dpi), dpi=dpi, facecolor="black")
        axes = figure.add_axes((0, 0, 1, 1))
        axes.axis("off")
        axes.imshow(picture, extent=(0, width, height, 0), aspect="auto", interpolation="none")
        axes.set_xlim(0, width)
        axes.set_ylim(height, 0)
        pen = _Pen(axes, dpi, letter_size(width), form == "png")
        for number, place in enumerate(places):
            _letter(pen, place, whole=number == 0 or crosshair)
            if crosshair:
                _cross(pen, place)
        if view.scale_bar:
            _scale_bar(pen, scale, width, height)
        if left is not None and view.colour_bar:
            _colour_bar(pen, left, view, width, height)
        for number, line in enumerate(lines):
            y = height - (SCALE_BAR + LINE * (len(lines) - 1 - number)) * pen.size
            pen.word(width / 2, y, line, "center", "bottom")
        figure.savefig(file, format=form, dpi=dpi, facecolor="black", metadata=metadata(form, words))


def broken(text: str, width: int) -> tuple[str, ...]:
    """Break a text into lines that fit below the slices of a figure of some width in pixels."""
    from matplotlib import rc_context
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    size = letter_size(width)
    with rc_context(SETTINGS):
        font = FontProperties(size=size)

        def measure(part: str) -> float:
            return float(text_to_path.get_text_width_height_descent(part, font, ismath=False)[0])

        return wrap(text, width - 2 * size, measure)


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
            parse_math=False,
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

    room = bar_width(width, True)
    wide = 0.8 * pen.size
    x = width - room + 0.35 * pen.size
    middle, reach, gap = height / 2, 0.30 * height, 0.5 * pen.size
    both = len(left.signs) == 2
    low, high = colour_range(left, view)
    for sign, packed in zip((1, -1), ramps(left, view, 1.0, False), strict=True):
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
            pen.word(
                x + wide + 0.35 * pen.size,
                y,
                format_number(sign * value),
                "left",
                "center",
            )
    pen.axes.set_xlim(0, width)
    pen.axes.set_ylim(height, 0)
