"""Small plots as SVG: lines, bars and a matrix, in colours that are handed in."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from html import escape


class Stroke(StrEnum):
    """Which part a line plays."""

    MAIN = "main"
    SECOND = "second"
    QUIET = "quiet"
    QUIET_SECOND = "quiet second"


@dataclass(frozen=True)
class Series:
    """One line, or one set of bars; ``x`` and ``y`` have one length."""

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    stroke: Stroke = Stroke.MAIN


@dataclass(frozen=True)
class Lines:
    """Lines over numbers, or over words where there are ``ticks``; ``span`` fixes the vertical axis."""

    x_label: str
    y_label: str
    series: tuple[Series, ...]
    ticks: tuple[str, ...] = ()
    span: tuple[float, float] | None = None


@dataclass(frozen=True)
class Bars:
    """Horizontal bars, each with its name; ``mark`` is a line that they are held against."""

    names: tuple[str, ...]
    values: tuple[float, ...]
    span: tuple[float, float] | None = None
    mark: float | None = None


@dataclass(frozen=True)
class Matrix:
    """Numbers from -1 to 1 in squares, rows and columns named alike."""

    names: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]


Plot = Lines | Bars | Matrix


@dataclass(frozen=True)
class Ink:
    """Colours: of words, of lines behind, of the two main strokes."""

    text: str = "#1b1f24"
    quiet: str = "#7b8492"
    line: str = "#d5dae0"
    main: str = "#d9660a"
    second: str = "#2f6fb5"


def svg(plot: Plot, width: int = 300, ink: Ink | None = None, scale: float = 1.0) -> str:
    """The plot as a complete SVG picture ``width`` wide; its height follows. ``scale`` enlarges all of it."""
    ink = ink or Ink()
    if isinstance(plot, Lines):
        height, body = 150 + 13 * _rows(plot, width), _lines(plot, width, ink)
    elif isinstance(plot, Bars):
        height, body = 20 * len(plot.names) + 6, _bars(plot, width, ink)
    else:
        height, body = _matrix(plot, width, ink)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width * scale:g}" height="{height * scale:g}" '
        f'viewBox="0 0 {width} {height}" font-family="Inter, Segoe UI, DejaVu Sans, sans-serif" '
        f'font-size="10">'
        f"{body}</svg>"
    )


LEFT, RIGHT, TOP, LOW = 34, 8, 8, 118


def _rows(plot: Lines, width: int) -> int:
    return -(-len(plot.series) // _columns(width))


def _columns(width: int) -> int:
    return max(1, width // 140)


def _lines(plot: Lines, width: int, ink: Ink) -> str:
    ys = [y for one in plot.series for y in one.y if math.isfinite(y)]
    xs = [x for one in plot.series for x in one.x]
    low, high = plot.span or (min(ys, default=0.0), max(ys, default=1.0))
    if high <= low:
        low, high = low - 0.5, high + 0.5
    first, last = min(xs, default=0.0), max(xs, default=1.0)
    last = last if last > first else first + 1

    def at(x: float, y: float) -> str:
        across = LEFT + (x - first) / (last - first) * (width - LEFT - RIGHT)
        return f"{across:.1f},{LOW - (min(max(y, low), high) - low) / (high - low) * (LOW - TOP):.1f}"

    parts = []
    for share in (0.0, 0.5, 1.0):
        y = low + share * (high - low)
        where = LOW - share * (LOW - TOP)
        parts.append(f'<path d="M{LEFT},{where:.1f}H{width - RIGHT}" stroke="{ink.line}"/>')
        parts.append(_word(LEFT - 4, where + 3, _number(y), ink.quiet, "end"))
    if plot.ticks:
        for place, words in enumerate(plot.ticks):
            ends = "start" if place == 0 else "end" if place == len(plot.ticks) - 1 else "middle"
            across = LEFT + place / max(len(plot.ticks) - 1, 1) * (width - LEFT - RIGHT)
            if place in (0, len(plot.ticks) - 1):
                parts.append(_word(across, LOW + 12, words, ink.quiet, ends))
    else:
        parts.append(_word(LEFT, LOW + 12, _number(first), ink.quiet, "start"))
        parts.append(_word(width - RIGHT, LOW + 12, _number(last), ink.quiet, "end"))
    about = f"{plot.y_label} by {plot.x_label}" if plot.y_label else plot.x_label
    parts.append(_word((LEFT + width - RIGHT) / 2, LOW + 12, about, ink.quiet, "middle"))
    for number, one in enumerate(plot.series):
        points = [at(x, y) for x, y in zip(one.x, one.y, strict=True) if math.isfinite(y)]
        look = _look(one.stroke, ink)
        if points:
            parts.append(f'<polyline points="{" ".join(points)}" fill="none" {look}/>')
        column, row = number % _columns(width), number // _columns(width)
        x, y = 8 + column * (width - 8) / _columns(width), LOW + 29 + 13 * row
        parts.append(f'<path d="M{x:.1f},{y - 3}h14" {look}/>')
        parts.append(_word(x + 18, y, one.name, ink.text, "start"))
    return "".join(parts)


def _look(stroke: Stroke, ink: Ink) -> str:
    colour = ink.main if stroke in (Stroke.MAIN, Stroke.QUIET) else ink.second
    if stroke in (Stroke.QUIET, Stroke.QUIET_SECOND):
        return f'stroke="{colour}" stroke-width="1.2" stroke-dasharray="3 3" opacity="0.75"'
    return f'stroke="{colour}" stroke-width="2"'


def _bars(plot: Bars, width: int, ink: Ink) -> str:
    finite = [value for value in plot.values if math.isfinite(value)]
    low, high = plot.span or (min([0.0, *finite]), max([0.0, *finite]))
    high = high if high > low else low + 1
    start, end = width * 0.42, width - 44.0

    def at(value: float) -> float:
        return start + (min(max(value, low), high) - low) / (high - low) * (end - start)

    parts = []
    for row, (name, value) in enumerate(zip(plot.names, plot.values, strict=True)):
        y = 20 * row + 14
        parts.append(_word(start - 6, y, name, ink.text, "end"))
        if math.isfinite(value):
            left, right = sorted((at(0.0), at(value)))
            parts.append(
                f'<rect x="{left:.1f}" y="{y - 9}" width="{max(right - left, 1):.1f}" height="11" rx="2" '
                f'fill="{ink.main if value >= 0 else ink.second}"/>'
            )
        parts.append(_word(end + 5, y, _number(value), ink.text, "start"))
    if plot.mark is not None:
        x = at(plot.mark)
        parts.append(
            f'<path d="M{x:.1f},2V{20 * len(plot.names) + 2}" stroke="{ink.quiet}" stroke-dasharray="3 3"/>'
        )
    return "".join(parts)


def _matrix(plot: Matrix, width: int, ink: Ink) -> tuple[int, str]:
    count = len(plot.names)
    start = width * 0.36
    cell = min((width - start - 4) / max(count, 1), 34.0)
    parts = []
    for row, (name, values) in enumerate(zip(plot.names, plot.values, strict=True)):
        y = row * cell + 4
        parts.append(_word(start - 6, y + cell / 2 + 3, f"{row + 1} {name}", ink.text, "end"))
        for column, value in enumerate(values):
            x = start + column * cell
            size = min(abs(value), 1.0) if math.isfinite(value) else 0.0
            colour = ink.main if value >= 0 else ink.second
            parts.append(
                f'<rect x="{x:.1f}" y="{y:.1f}" width="{cell - 2:.1f}" height="{cell - 2:.1f}" rx="2" '
                f'fill="{colour}" fill-opacity="{size:.3f}" stroke="{ink.line}"/>'
            )
            if cell >= 22:
                parts.append(_word(x + cell / 2 - 1, y + cell / 2 + 3, _number(value), ink.text, "middle"))
    bottom = count * cell + 14
    parts += [
        _word(start + (column + 0.5) * cell - 1, bottom, str(column + 1), ink.quiet, "middle")
        for column in range(count)
    ]
    return math.ceil(bottom + 6), "".join(parts)


def _word(x: float, y: float, words: str, colour: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" text-anchor="{anchor}">{escape(words)}</text>'


def _number(value: float) -> str:
    if not math.isfinite(value):
        return "–"
    text = f"{value:.2f}" if abs(value) < 10 else f"{value:.3g}"
    return text.rstrip("0").rstrip(".") if "." in text else text
