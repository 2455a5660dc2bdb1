"""Annotations of a rendered box: orientation letters, scale bar and colour bar, drawn as a flat overlay.

The projection is perspective: the scale bar is exact at the depth of the box's centre, as its label says.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from viewer.number_format import format_number, format_share
from viewer.scans.input_shares import InputShare
from viewer.scene.camera import CameraPose, Outline, turning_outline
from viewer.scene.change_tracking import ChangeTracker
from viewer.scene.colormaps import Colour, SignColormaps, Stops, sign_colormaps, theme_colours
from viewer.scene.kept_maps import KeptMap, LegendRow, lay_out_legend
from viewer.scene.label_language import LabelLanguage
from viewer.scene.render_data import MapRenderData, ScanRenderData
from viewer.scene.slice_colormapping import STEPS, lookup_table
from viewer.scene.text_labels import (
    MIN_TEXT_HEIGHT,
    Rectangle,
    TextLabel,
    draw_labels,
    label_sprites,
    place_orientation_labels,
    text_height,
    text_width,
)
from viewer.scene.thresholding import IsoValues
from viewer.scene.wrapping import MAX_LINES, shorten_into, wrap, wrap_into
from viewer.session.view import Theme, View

Pixels = npt.NDArray[np.uint8]

NUMBER = re.compile(r"[<>≥≤]? ?[-−]?\d[\d.,·⁻⁰¹²³⁴⁵⁶⁷⁸⁹]*( mm|%)?")
"""Pattern of a label that is a number."""

LENGTHS = tuple(float(step * 10**power) for power in range(-1, 4) for step in (1, 2, 5))
MAX_BAR_SHARE = 0.16
_MARGIN = 1.9
_BAR_SHARE = 0.24
_STEADY = 8
CAPTION_FITS = (
    (0, True),
    (1, True),
    (2, True),
    (3, True),
    (0, False),
    (3, False),
    (6, True),
    (12, True),
    (12, False),
)
"""Ways to fit a caption beside the box, in order of preference: how far its lines may overlap the box, in
text heights, and whether all words are kept.
"""
_LINE = 1.7
"""Line spacing of a caption, in text heights."""
_PITCH = 7.6
"""Distance between stacked bars with one-line captions, in text heights, without the bar's own height."""


@dataclass(frozen=True)
class FilledRectangle:
    """A filled rectangle: its left, top, right and bottom in pixels, and its colours.

    ``colours`` holds the colours from left to right, evenly spaced: uint8, shape (n, 3).
    """

    left: float
    top: float
    right: float
    bottom: float
    colours: npt.NDArray[np.uint8]

    def shifted(self, offset_x: float) -> FilledRectangle:
        """Return the rectangle shifted to the right by ``offset_x`` pixels."""
        return replace(self, left=self.left + offset_x, right=self.right + offset_x)


@dataclass(frozen=True)
class BarShapes:
    """Shapes of a bar: rectangles in drawing order, and text labels."""

    rectangles: tuple[FilledRectangle, ...] = ()
    labels: tuple[TextLabel, ...] = ()

    def with_formatted_numbers(self, number_formatter: Callable[[str], str]) -> BarShapes:
        """Return the shapes with every numeric label reformatted by ``number_formatter``."""
        labels = (
            replace(label, text=number_formatter(label.text)) if NUMBER.fullmatch(label.text) else label
            for label in self.labels
        )
        return replace(self, labels=tuple(labels))

    def __add__(self, other: BarShapes) -> BarShapes:
        return BarShapes(self.rectangles + other.rectangles, self.labels + other.labels)

    def bounding_rectangles(self, picture_width: int) -> tuple[Rectangle, ...]:
        """Return the bounding rectangles of the bars in the left and in the right half of a picture.

        Rounded outwards to multiples of a few pixels, so a marker that moves along a bar rarely changes them.
        """
        bounds = []
        for right in (False, True):
            side = [
                rectangle
                for rectangle in self.rectangles
                if (rectangle.left + rectangle.right > picture_width) is right
            ]
            if side:
                low = (min(rectangle.left for rectangle in side), min(rectangle.top for rectangle in side))
                high = (
                    max(rectangle.right for rectangle in side),
                    max(rectangle.bottom for rectangle in side),
                )
                start = [_STEADY * math.floor(value / _STEADY) for value in low]
                end = [_STEADY * math.ceil(value / _STEADY) for value in high]
                bounds.append((float(start[0]), float(start[1]), float(end[0]), float(end[1])))
        return tuple(bounds)


def scale_bar(
    pose: CameraPose,
    centre: npt.NDArray[np.float64],
    colour: Colour,
    text_size: float,
    width: int,
    height: int,
) -> BarShapes:
    """Return the scale bar in the lower left corner: the longest round length up to a sixth of the width.

    ``text_size`` is the text height, in pixels.
    """
    half_step = pose.axes[0] * 0.5
    ends = pose.project(np.stack([centre - half_step, centre + half_step]), width, height)
    scale = float(np.linalg.norm(ends[1] - ends[0]))
    fitting = [length for length in LENGTHS if length * scale <= MAX_BAR_SHARE * width]
    if not fitting:
        return BarShapes()
    length = fitting[-1] * scale
    left, y = _MARGIN * text_size, height - _MARGIN * text_size
    thickness = max(round(text_size / 5), 1)
    rgb = _to_rgb_bytes(colour)
    tick_height = 0.55 * text_size
    rectangles = [FilledRectangle(left, y - thickness, left + length, y, rgb)]
    rectangles += [
        FilledRectangle(x, y - tick_height, x + thickness, y, rgb) for x in (left, left + length - thickness)
    ]
    caption = f"{fitting[-1]:g} mm"
    text = TextLabel(caption, left + length / 2, y - 1.7 * text_size, text_size)
    half_width = text_width(caption, text_size) / 2
    return BarShapes(tuple(rectangles), (replace(text, x=max(text.x, left + half_width)),))


def colour_bar(
    colormaps: SignColormaps,
    signs: tuple[int, ...],
    threshold: float,
    value_range: tuple[float, float],
    colours: tuple[Colour, Colour],
    caption: str,
    text_size: float,
    width: int,
    height: int,
    lower_bar_caption: str | None = None,
    outline: Outline | None = None,
    largest_shown: float | None = None,
) -> BarShapes:
    """Return the colour bar in the lower right corner, with a scale that begins at 0.

    Parameters
    ----------
    colormaps
        Colormaps of both signs.
    signs
        Signs of the shown values, 1 and -1; with both, 0 is in the middle.
    threshold
        The |value| from which values are shown. Below it the bar is empty.
    value_range
        |Values| of the first and the last colour.
    colours
        Colours of the text and of the empty part's frame.
    caption
        Quantity and unit; broken into lines, see `wrap`.
    text_size
        Text height, in pixels.
    width, height
        Size of the picture, in pixels.
    lower_bar_caption
        Caption of the bar already in the corner, above which this one is placed; None if there is none.
    outline
        Points (x, y) around other shapes, in pixels. If possible, caption lines end before their convex
        hull; words in the middle may be omitted to achieve this.
    largest_shown
        Largest shown |value|; None for that of the last colour. If all shown values have the last colour,
        the bar is filled with it and has no scale.
    """
    low, high = value_range
    largest_shown = high if largest_shown is None else largest_shown
    single_colour = high <= threshold <= largest_shown
    if not signs or not 0 < high < np.inf or not np.isfinite(threshold):
        return BarShapes()
    end = max(high, threshold)
    bar_length, bar_height = _BAR_SHARE * min(width, 1.6 * height), round(0.8 * text_size)
    right = width - _MARGIN * text_size - 1.5 * text_size
    bottom = height - _MARGIN * text_size - 1.9 * text_size
    if lower_bar_caption is not None:
        below = _caption_lines(
            lower_bar_caption, outline, (right, bottom - bar_height), text_size, bar_length
        )
        bottom -= bar_height + (_PITCH + _LINE * (len(below) - 1)) * text_size
    left = right - bar_length
    zero, half_length = ((left + right) / 2, bar_length / 2) if len(signs) > 1 else (left, bar_length)
    frame = _to_rgb_bytes(colours[1])
    rectangles = [FilledRectangle(left - 1, bottom - bar_height - 1, right + 1, bottom + 1, frame)]
    labels = [] if single_colour else [TextLabel("0", zero, bottom + 1.5 * text_size, text_size)]
    lines = _caption_lines(caption, outline, (right, bottom - bar_height), text_size, bar_length)
    unicode = not caption.isascii()
    for index, line in enumerate(lines):
        centre = right - text_width(line, text_size, unicode) / 2
        labels.append(
            TextLabel(
                line,
                centre,
                bottom - bar_height - _line_offset(len(lines), index) * text_size,
                text_size,
                unicode,
            )
        )
    count = max(round(half_length), 2)
    values = (np.arange(count) + 0.5) / count * end
    for sign in signs:
        direction = sign if len(signs) > 1 else 1
        lut = _lookup_table(colormaps.stops(sign))
        fraction = (values - low) / (high - low) if high > low else np.ones(count)
        indices = (np.clip(fraction, 0, 1) * (STEPS - 1)).astype(int)
        rgb = lut[indices][:, None] >> np.array([16, 8, 0], dtype=np.uint32) & 255
        ends = sorted((zero, zero + direction * half_length))
        if single_colour:
            rgb = rgb[-1:].astype(np.uint8)
            rectangles.append(FilledRectangle(ends[0], bottom - bar_height, ends[1], bottom, rgb))
            rule = "" if threshold == largest_shown else "≥ " if sign > 0 else "≤ "
            text = f"{rule}{_format_label_number(sign * threshold)}"
            labels.append(
                TextLabel(text, zero + direction * half_length / 2, bottom + 1.5 * text_size, text_size)
            )
            continue
        rgb = np.where((values >= threshold)[:, None], rgb, _to_rgb_bytes(colours[1])).astype(np.uint8)
        rectangles.append(FilledRectangle(ends[0], bottom - bar_height, ends[1], bottom, rgb[::direction]))
        threshold_x = zero + direction * half_length * threshold / end
        thickness = max(round(text_size / 5), 1)
        rectangles.append(
            FilledRectangle(
                threshold_x - thickness / 2,
                bottom - 1.5 * bar_height,
                threshold_x + thickness / 2,
                bottom + 0.4 * text_size,
                _to_rgb_bytes(colours[0]),
            )
        )
        labels += [
            TextLabel(
                _format_label_number(sign * threshold),
                threshold_x,
                bottom - bar_height - 1.6 * text_size,
                text_size,
            ),
            TextLabel(
                _format_label_number(sign * end),
                zero + direction * half_length,
                bottom + 1.5 * text_size,
                text_size,
            ),
        ]
    return BarShapes(tuple(rectangles), _without_overlap(labels, width))


def no_values_label(
    text: str, text_size: float, width: int, height: int, above_other_bar: bool = False
) -> BarShapes:
    """Return a text in the lower right corner, in place of the colour bar of a map without values.

    Parameters
    ----------
    text
        Text; broken into lines.
    text_size, width, height
        Text height, and width and height of the picture, in pixels.
    above_other_bar
        Whether it is placed above the text or bar of another picture.
    """
    max_width = 1.5 * _BAR_SHARE * min(width, 1.6 * height)
    lines = wrap(text, max_width, lambda piece: text_width(piece, text_size))
    bottom = height - (_MARGIN + (_PITCH if above_other_bar else 0.0)) * text_size
    labels = (
        TextLabel(
            line,
            width - _MARGIN * text_size - text_width(line, text_size) / 2,
            bottom - _LINE * (len(lines) - 1 - index) * text_size,
            text_size,
        )
        for index, line in enumerate(lines)
    )
    return BarShapes((), tuple(labels))


def legend(
    kept_maps: Sequence[KeptMap],
    render_data: MapRenderData | None,
    view: View,
    text_size: float,
    width: int,
    height: int,
    language: LabelLanguage | None = None,
) -> BarShapes:
    """Return the names of all maps in one box, with their colours and thresholds, above the scale bar.

    Parameters
    ----------
    kept_maps, render_data, view
        The kept maps, the current one and its view.
    text_size, width, height
        Text height, and width and height of the picture, in pixels.
    language
        Translates names and limits.
    """
    language = language or LabelLanguage()
    current_maps = () if render_data is None else (KeptMap(render_data, view),)
    rows = [
        LegendRow(
            kept_map.colours,
            language.caption(kept_map.render_data.name),
            language.numbers(language.sentence(kept_map.threshold_text)),
        )
        for kept_map in (*current_maps, *kept_maps)
    ]
    shapes = BarShapes()
    for squares, label in lay_out_legend(rows, text_size, width, height):
        rectangles = [
            FilledRectangle(
                square_x, square_y, square_x + text_size, square_y + text_size, _to_rgb_bytes(colour)
            )
            for square_x, square_y, colour in squares
        ]
        shapes += BarShapes(tuple(rectangles), (label,))
    return shapes


SHARES_TITLE = "share of |relevance|"
MAX_SHARES = 12
MAX_NAME_LENGTH = 16
"""Maximum length of an input's name in characters; longer names are cut."""


def share_bars(
    shares: tuple[InputShare, ...],
    colours: tuple[Colour, Colour],
    text_size: float,
    width: int,
    height: int,
    title: str = SHARES_TITLE,
) -> BarShapes:
    """Return a bar for each input of the network in the upper left corner: its share of |relevance|, 0 to 1.

    Parameters
    ----------
    shares
        Shares of the inputs; empty for a network with one input.
    colours
        Colours of the text and the bars, and of the remainder to 100 %.
    text_size
        Text height, in pixels.
    width, height
        Size of the picture, in pixels. Nothing is drawn if it is too small.
    title
        Heading above the bars.
    """
    names = [
        entry.name if len(entry.name) <= MAX_NAME_LENGTH else f"{entry.name[: MAX_NAME_LENGTH - 1]}…"
        for entry in shares[:MAX_SHARES]
    ]
    if not names:
        return BarShapes()
    left, bar_length, row_height = (
        _MARGIN * text_size,
        0.4 * _BAR_SHARE * min(width, 1.6 * height),
        1.8 * text_size,
    )
    bar_start = left + max(text_width(name, text_size) for name in names) + 0.8 * text_size
    number_x = bar_start + bar_length + 0.8 * text_size
    right = max(number_x + text_width("100%", text_size), left + text_width(title, text_size))
    if right > width or (len(names) + 3) * row_height > height / 2:
        return BarShapes()
    full_rgb, empty_rgb = map(_to_rgb_bytes, colours)
    labels = [TextLabel(title, left + text_width(title, text_size) / 2, left, text_size)]
    rectangles = []
    for row, (name, entry) in enumerate(zip(names, shares, strict=False), start=1):
        y, percentage = left + row * row_height, format_share(entry.share, 0, "%")
        labels.append(TextLabel(name, left + text_width(name, text_size) / 2, y, text_size))
        labels.append(TextLabel(percentage, number_x + text_width(percentage, text_size) / 2, y, text_size))
        top, bottom = y - 0.4 * text_size, y + 0.4 * text_size
        rectangles.append(FilledRectangle(bar_start, top, bar_start + bar_length, bottom, empty_rgb))
        if entry.share > 0:
            rectangles.append(
                FilledRectangle(
                    bar_start, top, bar_start + max(bar_length * entry.share, 1), bottom, full_rgb
                )
            )
    return BarShapes(tuple(rectangles), tuple(labels))


@lru_cache(maxsize=32)
def _caption_lines(
    caption: str,
    outline: Outline | None,
    corner: tuple[float, float],
    text_size: float,
    bar_length: float,
) -> tuple[str, ...]:
    """Break a caption into lines for a bar with this upper right corner, outside the outline if they fit."""
    max_width, (right, top) = 1.5 * bar_length, corner
    unicode = not caption.isascii()

    def measure(text: str) -> float:
        return text_width(text, text_size, unicode)

    if outline is None:
        return wrap(caption, max_width, measure)

    def max_line_width(count: int, index: int) -> float:
        """Return the width available for a line: the corner below the box widens downwards."""
        centre = top - _line_offset(count, index) * text_size
        return right - text_size - _max_hull_x(outline, centre - 0.7 * text_size, centre + 0.7 * text_size)

    def max_line_widths(slack: float) -> list[list[float]]:
        return [
            [min(max_line_width(count, index) + slack * text_size, max_width) for index in range(count)]
            for count in range(1, MAX_LINES + 2)
        ]

    for slack, complete in CAPTION_FITS:
        break_caption = wrap_into if complete else shorten_into
        candidates = [
            lines for widths in max_line_widths(slack) if (lines := break_caption(caption, widths, measure))
        ]
        if candidates:
            return max(candidates, key=lambda lines: (sum(map(len, lines)), -len(lines)))
    return wrap(caption, max_width, measure)


def _line_offset(count: int, index: int) -> float:
    """Return how far the middle of caption line ``index`` of ``count`` is above its bar, in text heights."""
    return 3.5 + _LINE * (count - 1 - index)


def _max_hull_x(outline: Outline, top: float, bottom: float) -> float:
    """Return the largest x of the points' convex hull between two heights; minus infinity outside it."""
    candidates = [x for x, y in outline if top <= y <= bottom]
    for n, (x, y) in enumerate(outline):
        for other_x, other_y in outline[:n]:
            # A line between any two points lies in the hull, and its edge consists of such lines.
            candidates += [
                x + (level - y) / (other_y - y) * (other_x - x)
                for level in (top, bottom)
                if (y - level) * (other_y - level) < 0
            ]
    return float(max(candidates, default=-np.inf))


def draw_rectangles(picture: Pixels, rectangles: tuple[FilledRectangle, ...]) -> None:
    """Draw rectangles into an RGBA picture, in place, rounded to whole pixels."""
    rows, columns = picture.shape[:2]
    for rectangle in rectangles:
        left, right = round(rectangle.left), max(round(rectangle.right), round(rectangle.left) + 1)
        top, bottom = round(rectangle.top), max(round(rectangle.bottom), round(rectangle.top) + 1)
        positions = (np.arange(right - left) + 0.5) / (right - left) * len(rectangle.colours)
        row = rectangle.colours[positions.astype(int)]
        start, stop = max(left, 0), min(right, columns)
        if start < stop:
            region = picture[max(top, 0) : min(bottom, rows), start:stop]
            region[:, :, :3] = row[start - left : stop - left]
            region[:, :, 3] = 255


@lru_cache(maxsize=8)
def _lookup_table(stops: Stops) -> npt.NDArray[np.uint32]:
    table = lookup_table(stops, 1.0)
    table.setflags(write=False)
    return table


def _without_overlap(labels: list[TextLabel], width: int) -> tuple[TextLabel, ...]:
    """Move the labels into the picture and drop those that overlap an earlier one; "0" comes last."""
    placed: list[TextLabel] = []
    for label in sorted(labels, key=lambda label: label.text == "0"):
        half_width = label.width / 2
        moved = replace(label, x=min(max(label.x, half_width + 2), width - half_width - 2))
        overlaps = (
            abs(moved.x - other.x) < half_width + other.width / 2 + 0.6 * label.height
            and abs(moved.y - other.y) < 1.2 * label.height
            for other in placed
        )
        if not any(overlaps):
            placed.append(moved)
    return tuple(placed)


def _format_label_number(value: float) -> str:
    # The hyphen is in the same font as the digits of the numbers beside it.
    return format_number(value, 2 if abs(value) < 1000 else 3).replace("−", "-")


def _to_rgb_bytes(colour: Colour) -> npt.NDArray[np.uint8]:
    return np.array([[round(255 * component) for component in colour]], dtype=np.uint8)


HighWalls = tuple[bool, bool, bool]


class Annotations:
    """Layout of the labels and bars in a picture, recomputed only when its inputs change.

    Parameters
    ----------
    language
        Translates the labels.
    """

    def __init__(self, language: LabelLanguage | None = None) -> None:
        self._language = language or LabelLanguage()
        self._changes = ChangeTracker()
        self._min_text_height = MIN_TEXT_HEIGHT
        self._theme = Theme.DARK
        self._lower_bar_caption: str | None = None
        self._orientation_labels: tuple[TextLabel, ...] = ()
        self._bars = BarShapes()
        self._shares = BarShapes()
        self._outline: Outline = ()

    def set_min_text_height(self, pixels: float) -> None:
        """Set the minimum text height in pixels."""
        self._min_text_height = pixels

    def set_lower_bar_caption(self, caption: str | None) -> None:
        """Place the colour bar above the bar of another picture with this caption; None: in the corner."""
        self._lower_bar_caption = caption

    def update(
        self,
        scan: ScanRenderData,
        render_data: MapRenderData | None,
        view: View,
        iso_values: IsoValues,
        pose: CameraPose,
        on_high_face: HighWalls,
        size: tuple[int, int],
        kept_maps: Sequence[KeptMap] = (),
    ) -> None:
        """Compute the layout for a picture of this size and camera pose; ``kept_maps`` are in the legend."""
        self._theme = view.theme
        geometry = scan, view.camera, size, self._min_text_height
        options = view.scale_bar, view.colour_bar, view.display_range, view.theme, view.hues
        threshold_state = iso_values.cutoff, iso_values.signs, self._lower_bar_caption
        if self._changes.update("outline", scan, size):
            # Independent of the pose: a caption with different line breaks in every view would flicker.
            self._outline = turning_outline(scan.frame.corners, *size)
        if self._changes.update("bars", *geometry, render_data, *options, *threshold_state, tuple(kept_maps)):
            self._bars = self._shares = BarShapes()
            colours, language = theme_colours(view.theme), self._language
            above = None if self._lower_bar_caption is None else language.caption(self._lower_bar_caption)
            height = text_height(*size, self._min_text_height)
            if view.scale_bar:
                centre = scan.frame.corners.mean(axis=0)
                self._bars += scale_bar(pose, centre, colours.letter, height, *size)
            if view.colour_bar and render_data is not None:
                largest = render_data.sorted_values[view.sign].largest
                span = view.display_range or (iso_values.cutoff, largest)
                self._bars += colour_bar(
                    sign_colormaps(view.hues), iso_values.signs, iso_values.cutoff, span, (colours.letter,
                    colours.wall),
                    language.caption(render_data.caption), height, *size, above,
                    self._outline, largest,
                )  # fmt: skip
            if view.colour_bar and kept_maps:
                self._bars += legend(kept_maps, render_data, view, height, *size, language)
            if view.colour_bar and render_data is not None:
                self._shares = share_bars(
                    render_data.shares,
                    (colours.letter, colours.wall),
                    height,
                    *size,
                    language.sentence(SHARES_TITLE),
                ).with_formatted_numbers(language.numbers)
            absent = "" if render_data is None else render_data.no_values_reasons.get(view.sign, "")
            if view.colour_bar and render_data is not None and absent and not kept_maps:
                text = f"{language.caption(render_data.name)}: {language.sentence(f'the map {absent}')}"
                self._bars += no_values_label(text, height, *size, self._lower_bar_caption is not None)
            self._bars = self._bars.with_formatted_numbers(language.numbers)
        occupied = self._bars.bounding_rectangles(size[0]) + self._shares.bounding_rectangles(size[0])
        if self._changes.update("letters", *geometry, occupied):
            self._orientation_labels = place_orientation_labels(
                scan.frame, pose, on_high_face, *size, self._min_text_height, occupied
            )

    def clear(self) -> None:
        """Remove all labels and bars."""
        self._changes.forget_all()
        self._orientation_labels, self._bars, self._shares = (), BarShapes(), BarShapes()

    @property
    def labels(self) -> tuple[TextLabel, ...]:
        """All text labels: orientation letters, scale length, numbers of the colour bar, and shares."""
        return self._orientation_labels + self.bars.labels

    @property
    def bars(self) -> BarShapes:
        """Scale bar and colour bar, in the lower corners, and the shares of inputs in the upper left one."""
        return self._bars + self._shares

    def draw(self, picture: Pixels, with_labels: bool) -> None:
        """Draw the bars into a picture, and the labels if requested."""
        draw_rectangles(picture, self.bars.rectangles)
        if with_labels:
            draw_labels(picture, self.labels, theme_colours(self._theme).letter)

    def label_sprites(self, pixel_ratio: float) -> tuple[tuple[Pixels, int, int], ...]:
        """Return the labels as separate sprites for a screen with more pixels: see `label_sprites`."""
        return label_sprites(self.labels, theme_colours(self._theme).letter, pixel_ratio)
