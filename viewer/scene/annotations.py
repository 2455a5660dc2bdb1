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
from viewer.scene.kept_maps import KeptMap, LegendRow, legend_places
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
from viewer.scene.wrapping import MOST_LINES, shorten_into, wrap, wrap_into
from viewer.session.view import Theme, View

Pixels = npt.NDArray[np.uint8]

NUMBER = re.compile(r"[<>≥≤]? ?[-−]?\d[\d.,·⁻⁰¹²³⁴⁵⁶⁷⁸⁹]*( mm|%)?")
"""Pattern of a label that is a number."""

LENGTHS = tuple(float(step * 10**power) for power in range(-1, 4) for step in (1, 2, 5))
LONGEST = 0.16
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

    ``ink`` holds the colours from left to right, evenly spaced: uint8, shape (n, 3).
    """

    left: float
    top: float
    right: float
    bottom: float
    ink: npt.NDArray[np.uint8]

    def moved(self, right: float) -> FilledRectangle:
        """Return the rectangle shifted to the right by ``right`` pixels."""
        return replace(self, left=self.left + right, right=self.right + right)


@dataclass(frozen=True)
class BarShapes:
    """Shapes of a bar: rectangles in drawing order, and text labels."""

    rectangles: tuple[FilledRectangle, ...] = ()
    labels: tuple[TextLabel, ...] = ()

    def with_numbers(self, write: Callable[[str], str]) -> BarShapes:
        """Return the shapes with every numeric label reformatted by ``write``."""
        labels = (
            replace(one, text=write(one.text)) if NUMBER.fullmatch(one.text) else one for one in self.labels
        )
        return replace(self, labels=tuple(labels))

    def __add__(self, other: BarShapes) -> BarShapes:
        return BarShapes(self.rectangles + other.rectangles, self.labels + other.labels)

    def occupied(self, width: int) -> tuple[Rectangle, ...]:
        """Return the bounding rectangles of the bars in the left and in the right half of a picture.

        Rounded outwards to multiples of a few pixels, so a marker that moves along a bar rarely changes them.
        """
        found = []
        for right in (False, True):
            part = [one for one in self.rectangles if (one.left + one.right > width) is right]
            if part:
                low = (min(one.left for one in part), min(one.top for one in part))
                high = (max(one.right for one in part), max(one.bottom for one in part))
                begin = [_STEADY * math.floor(value / _STEADY) for value in low]
                end = [_STEADY * math.ceil(value / _STEADY) for value in high]
                found.append((float(begin[0]), float(begin[1]), float(end[0]), float(end[1])))
        return tuple(found)


def scale_bar(
    pose: CameraPose, middle: npt.NDArray[np.float64], colour: Colour, size: float, width: int, height: int
) -> BarShapes:
    """Return the scale bar in the lower left corner: the longest round length up to a sixth of the width.

    ``size`` is the text height, in pixels.
    """
    step = pose.axes[0] * 0.5
    ends = pose.project(np.stack([middle - step, middle + step]), width, height)
    scale = float(np.linalg.norm(ends[1] - ends[0]))
    fitting = [length for length in LENGTHS if length * scale <= LONGEST * width]
    if not fitting:
        return BarShapes()
    length = fitting[-1] * scale
    left, y = _MARGIN * size, height - _MARGIN * size
    thick = max(round(size / 5), 1)
    ink = _to_bytes(colour)
    tall = 0.55 * size
    stripes = [FilledRectangle(left, y - thick, left + length, y, ink)]
    stripes += [FilledRectangle(x, y - tall, x + thick, y, ink) for x in (left, left + length - thick)]
    words = f"{fitting[-1]:g} mm"
    text = TextLabel(words, left + length / 2, y - 1.7 * size, size)
    room = text_width(words, size) / 2
    return BarShapes(tuple(stripes), (replace(text, x=max(text.x, left + room)),))


def colour_bar(
    hues: SignColormaps,
    signs: tuple[int, ...],
    threshold: float,
    span: tuple[float, float],
    colours: tuple[Colour, Colour],
    caption: str,
    size: float,
    width: int,
    height: int,
    above: str | None = None,
    outline: Outline | None = None,
    largest: float | None = None,
) -> BarShapes:
    """Return the colour bar in the lower right corner, with a scale that begins at 0.

    Parameters
    ----------
    hues
        Colormaps of both signs.
    signs
        Signs of the shown values, 1 and -1; with both, 0 is in the middle.
    threshold
        The |value| from which values are shown. Below it the bar is empty.
    span
        |Values| of the first and the last colour.
    colours
        Colours of the text and of the empty part's frame.
    caption
        Quantity and unit; broken into lines, see `wrap`.
    size
        Text height, in pixels.
    width, height
        Size of the picture, in pixels.
    above
        Caption of the bar already in the corner, above which this one is placed; None if there is none.
    outline
        Points (x, y) around other shapes, in pixels. If possible, caption lines end before their convex
        hull; words in the middle may be omitted to achieve this.
    largest
        Largest shown |value|; None for that of the last colour. If all shown values have the last colour,
        the bar is filled with it and has no scale.
    """
    low, high = span
    largest = high if largest is None else largest
    one_colour = high <= threshold <= largest
    if not signs or not 0 < high < np.inf or not np.isfinite(threshold):
        return BarShapes()
    end = max(high, threshold)
    long, tall = _BAR_SHARE * min(width, 1.6 * height), round(0.8 * size)
    right = width - _MARGIN * size - 1.5 * size
    bottom = height - _MARGIN * size - 1.9 * size
    if above is not None:
        below = _caption_lines(above, outline, (right, bottom - tall), size, long)
        bottom -= tall + (_PITCH + _LINE * (len(below) - 1)) * size
    left = right - long
    zero, reach = ((left + right) / 2, long / 2) if len(signs) > 1 else (left, long)
    frame = _to_bytes(colours[1])
    stripes = [FilledRectangle(left - 1, bottom - tall - 1, right + 1, bottom + 1, frame)]
    words = [] if one_colour else [TextLabel("0", zero, bottom + 1.5 * size, size)]
    lines = _caption_lines(caption, outline, (right, bottom - tall), size, long)
    unicode = not caption.isascii()
    for number, line in enumerate(lines):
        middle = right - text_width(line, size, unicode) / 2
        words.append(
            TextLabel(line, middle, bottom - tall - _above(len(lines), number) * size, size, unicode)
        )
    count = max(round(reach), 2)
    values = (np.arange(count) + 0.5) / count * end
    for sign in signs:
        along = sign if len(signs) > 1 else 1
        lut = _lookup_table(hues.stops(sign))
        share = (values - low) / (high - low) if high > low else np.ones(count)
        place = (np.clip(share, 0, 1) * (STEPS - 1)).astype(int)
        shown = lut[place][:, None] >> np.array([16, 8, 0], dtype=np.uint32) & 255
        ends = sorted((zero, zero + along * reach))
        if one_colour:
            shown = shown[-1:].astype(np.uint8)
            stripes.append(FilledRectangle(ends[0], bottom - tall, ends[1], bottom, shown))
            rule = "" if threshold == largest else "≥ " if sign > 0 else "≤ "
            text = f"{rule}{_label_number(sign * threshold)}"
            words.append(TextLabel(text, zero + along * reach / 2, bottom + 1.5 * size, size))
            continue
        shown = np.where((values >= threshold)[:, None], shown, _to_bytes(colours[1])).astype(np.uint8)
        stripes.append(FilledRectangle(ends[0], bottom - tall, ends[1], bottom, shown[::along]))
        at = zero + along * reach * threshold / end
        thick = max(round(size / 5), 1)
        stripes.append(
            FilledRectangle(
                at - thick / 2,
                bottom - 1.5 * tall,
                at + thick / 2,
                bottom + 0.4 * size,
                _to_bytes(colours[0]),
            )
        )
        words += [
            TextLabel(_label_number(sign * threshold), at, bottom - tall - 1.6 * size, size),
            TextLabel(_label_number(sign * end), zero + along * reach, bottom + 1.5 * size, size),
        ]
    return BarShapes(tuple(stripes), _without_overlap(words, width))


def absent_label(text: str, size: float, width: int, height: int, raised: bool = False) -> BarShapes:
    """Return a text in the lower right corner, in place of the colour bar of a map without values.

    Parameters
    ----------
    text
        Text; broken into lines.
    size, width, height
        Text height, and width and height of the picture, in pixels.
    raised
        Whether it is placed above the text or bar of another picture.
    """
    long = 1.5 * _BAR_SHARE * min(width, 1.6 * height)
    lines = wrap(text, long, lambda part: text_width(part, size))
    bottom = height - (_MARGIN + (_PITCH if raised else 0.0)) * size
    labels = (
        TextLabel(
            line,
            width - _MARGIN * size - text_width(line, size) / 2,
            bottom - _LINE * (len(lines) - 1 - number) * size,
            size,
        )
        for number, line in enumerate(lines)
    )
    return BarShapes((), tuple(labels))


def legend(
    kept: Sequence[KeptMap],
    shown: MapRenderData | None,
    view: View,
    size: float,
    width: int,
    height: int,
    language: LabelLanguage | None = None,
) -> BarShapes:
    """Return the names of all maps in one box, with their colours and thresholds, above the scale bar.

    Parameters
    ----------
    kept, shown, view
        The kept maps, the current one and its view.
    size, width, height
        Text height, and width and height of the picture, in pixels.
    language
        Translates names and limits.
    """
    language = language or LabelLanguage()
    current = () if shown is None else (KeptMap(shown, view),)
    rows = [
        LegendRow(
            one.colours,
            language.caption(one.render_data.name),
            language.numbers(language.sentence(one.limit_text)),
        )
        for one in (*current, *kept)
    ]
    found = BarShapes()
    for squares, label in legend_places(rows, size, width, height):
        rectangles = [
            FilledRectangle(left, top, left + size, top + size, _to_bytes(colour))
            for left, top, colour in squares
        ]
        found += BarShapes(tuple(rectangles), (label,))
    return found


SHARES_TITLE = "share of |relevance|"
MAX_SHARES = 12
LONGEST_NAME = 16
"""Maximum length of an input's name in characters; longer names are cut."""


def share_bars(
    shares: tuple[InputShare, ...],
    colours: tuple[Colour, Colour],
    size: float,
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
    size
        Text height, in pixels.
    width, height
        Size of the picture, in pixels. Nothing is drawn if it is too small.
    title
        Heading above the bars.
    """
    names = [
        one.name if len(one.name) <= LONGEST_NAME else f"{one.name[: LONGEST_NAME - 1]}…"
        for one in shares[:MAX_SHARES]
    ]
    if not names:
        return BarShapes()
    left, long, pitch = _MARGIN * size, 0.4 * _BAR_SHARE * min(width, 1.6 * height), 1.8 * size
    begin = left + max(text_width(name, size) for name in names) + 0.8 * size
    number_at = begin + long + 0.8 * size
    right = max(number_at + text_width("100%", size), left + text_width(title, size))
    if right > width or (len(names) + 3) * pitch > height / 2:
        return BarShapes()
    full, empty = map(_to_bytes, colours)
    labels = [TextLabel(title, left + text_width(title, size) / 2, left, size)]
    rectangles = []
    for row, (name, one) in enumerate(zip(names, shares, strict=False), start=1):
        y, number = left + row * pitch, format_share(one.share, 0, "%")
        labels.append(TextLabel(name, left + text_width(name, size) / 2, y, size))
        labels.append(TextLabel(number, number_at + text_width(number, size) / 2, y, size))
        top, bottom = y - 0.4 * size, y + 0.4 * size
        rectangles.append(FilledRectangle(begin, top, begin + long, bottom, empty))
        if one.share > 0:
            rectangles.append(FilledRectangle(begin, top, begin + max(long * one.share, 1), bottom, full))
    return BarShapes(tuple(rectangles), tuple(labels))


@lru_cache(maxsize=32)
def _caption_lines(
    caption: str,
    outline: Outline | None,
    corner: tuple[float, float],
    size: float,
    long: float,
) -> tuple[str, ...]:
    """Break a caption into lines for a bar with this upper right corner, outside the outline if they fit."""
    most, (right, top) = 1.5 * long, corner
    unicode = not caption.isascii()

    def measure(text: str) -> float:
        return text_width(text, size, unicode)

    if outline is None:
        return wrap(caption, most, measure)

    def room(count: int, number: int) -> float:
        """Return the width available for a line: the corner below the box widens downwards."""
        middle = top - _above(count, number) * size
        return right - size - _farthest(outline, middle - 0.7 * size, middle + 0.7 * size)

    def rooms(slack: float) -> list[list[float]]:
        return [
            [min(room(count, number) + slack * size, most) for number in range(count)]
            for count in range(1, MOST_LINES + 2)
        ]

    for slack, whole in CAPTION_FITS:
        fit = wrap_into if whole else shorten_into
        found = [lines for widths in rooms(slack) if (lines := fit(caption, widths, measure))]
        if found:
            return max(found, key=lambda lines: (sum(map(len, lines)), -len(lines)))
    return wrap(caption, most, measure)


def _above(count: int, number: int) -> float:
    """Return how far the middle of caption line ``number`` of ``count`` is above its bar, in text heights."""
    return 3.5 + _LINE * (count - 1 - number)


def _farthest(outline: Outline, low: float, high: float) -> float:
    """Return the largest x of the points' convex hull between two heights; minus infinity outside it."""
    found = [x for x, y in outline if low <= y <= high]
    for n, (x, y) in enumerate(outline):
        for other_x, other_y in outline[:n]:
            # A line between any two points lies in the hull, and its edge consists of such lines.
            found += [
                x + (level - y) / (other_y - y) * (other_x - x)
                for level in (low, high)
                if (y - level) * (other_y - level) < 0
            ]
    return float(max(found, default=-np.inf))


def draw_rectangles(picture: Pixels, stripes: tuple[FilledRectangle, ...]) -> None:
    """Draw rectangles into an RGBA picture, in place, rounded to whole pixels."""
    rows, columns = picture.shape[:2]
    for stripe in stripes:
        left, right = round(stripe.left), max(round(stripe.right), round(stripe.left) + 1)
        top, bottom = round(stripe.top), max(round(stripe.bottom), round(stripe.top) + 1)
        place = (np.arange(right - left) + 0.5) / (right - left) * len(stripe.ink)
        inked = stripe.ink[place.astype(int)]
        begin, stop = max(left, 0), min(right, columns)
        if begin < stop:
            part = picture[max(top, 0) : min(bottom, rows), begin:stop]
            part[:, :, :3] = inked[begin - left : stop - left]
            part[:, :, 3] = 255


@lru_cache(maxsize=8)
def _lookup_table(stops: Stops) -> npt.NDArray[np.uint32]:
    found = lookup_table(stops, 1.0)
    found.setflags(write=False)
    return found


def _without_overlap(words: list[TextLabel], width: int) -> tuple[TextLabel, ...]:
    """Move the labels into the picture and drop those that overlap an earlier one; "0" comes last."""
    kept: list[TextLabel] = []
    for word in sorted(words, key=lambda word: word.text == "0"):
        room = word.width / 2
        inside = replace(word, x=min(max(word.x, room + 2), width - room - 2))
        near = (
            abs(inside.x - other.x) < room + other.width / 2 + 0.6 * word.height
            and abs(inside.y - other.y) < 1.2 * word.height
            for other in kept
        )
        if not any(near):
            kept.append(inside)
    return tuple(kept)


def _label_number(value: float) -> str:
    # The hyphen is in the same font as the digits of the numbers beside it.
    return format_number(value, 2 if abs(value) < 1000 else 3).replace("−", "-")


def _to_bytes(colour: Colour) -> npt.NDArray[np.uint8]:
    return np.array([[round(255 * part) for part in colour]], dtype=np.uint8)


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
        self._above: str | None = None
        self._orientation_labels: tuple[TextLabel, ...] = ()
        self._bars = BarShapes()
        self._shares = BarShapes()
        self._outline: Outline = ()

    def set_min_text_height(self, pixels: float) -> None:
        """Set the minimum text height in pixels."""
        self._min_text_height = pixels

    def set_above(self, caption: str | None) -> None:
        """Place the colour bar above the bar of another picture with this caption; None: in the corner."""
        self._above = caption

    def update(
        self,
        scan: ScanRenderData,
        shown: MapRenderData | None,
        view: View,
        levels: IsoValues,
        pose: CameraPose,
        high: HighWalls,
        size: tuple[int, int],
        kept: Sequence[KeptMap] = (),
    ) -> None:
        """Compute the layout for a picture of this size and camera pose; ``kept`` maps are in the legend."""
        self._theme = view.theme
        standing = scan, view.camera, size, self._min_text_height
        asked = view.scale_bar, view.colour_bar, view.display_range, view.theme, view.hues
        levelled = levels.cutoff, levels.signs, self._above
        if self._changes.update("outline", scan, size):
            # Independent of the pose: a caption with different line breaks in every view would flicker.
            self._outline = turning_outline(scan.frame.corners, *size)
        if self._changes.update("bars", *standing, shown, *asked, *levelled, tuple(kept)):
            self._bars = self._shares = BarShapes()
            colours, words = theme_colours(view.theme), self._language
            above = None if self._above is None else words.caption(self._above)
            height = text_height(*size, self._min_text_height)
            if view.scale_bar:
                middle = scan.frame.corners.mean(axis=0)
                self._bars += scale_bar(pose, middle, colours.letter, height, *size)
            if view.colour_bar and shown is not None:
                largest = shown.sorted_values[view.sign].largest
                span = view.display_range or (levels.cutoff, largest)
                self._bars += colour_bar(
                    sign_colormaps(view.hues), levels.signs, levels.cutoff, span, (colours.letter,
                    colours.wall),
                    words.caption(shown.caption), height, *size, above,
                    self._outline, largest,
                )  # fmt: skip
            if view.colour_bar and kept:
                self._bars += legend(kept, shown, view, height, *size, words)
            if view.colour_bar and shown is not None:
                self._shares = share_bars(
                    shown.shares, (colours.letter, colours.wall), height, *size, words.sentence(SHARES_TITLE)
                ).with_numbers(words.numbers)
            absent = "" if shown is None else shown.absent.get(view.sign, "")
            if view.colour_bar and shown is not None and absent and not kept:
                told = f"{words.caption(shown.name)}: {words.sentence(f'the map {absent}')}"
                self._bars += absent_label(told, height, *size, self._above is not None)
            self._bars = self._bars.with_numbers(words.numbers)
        taken = self._bars.occupied(size[0]) + self._shares.occupied(size[0])
        if self._changes.update("letters", *standing, taken):
            self._orientation_labels = place_orientation_labels(
                scan.frame, pose, high, *size, self._min_text_height, taken
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

    def draw(self, picture: Pixels, letters: bool) -> None:
        """Draw the bars into a picture, and the labels if requested."""
        draw_rectangles(picture, self.bars.rectangles)
        if letters:
            draw_labels(picture, self.labels, theme_colours(self._theme).letter)

    def label_sprites(self, larger: float) -> tuple[tuple[Pixels, int, int], ...]:
        """Return the labels as separate sprites for a screen with more pixels: see `label_sprites`."""
        return label_sprites(self.labels, theme_colours(self._theme).letter, larger)
