"""Small SVG charts: lines, bars and a matrix, in given colours."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from html import escape

from viewer.number_format import format_number, format_probability


class LineStyle(StrEnum):
    """Role of a line in a chart."""

    MAIN = "main"
    SECOND = "second"
    QUIET = "quiet"
    QUIET_SECOND = "quiet second"


@dataclass(frozen=True)
class ChartSeries:
    """One line, or one set of bars; ``x`` and ``y`` have the same length."""

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    style: LineStyle = LineStyle.MAIN


@dataclass(frozen=True)
class LineChart:
    """Lines over numbers, or over text labels if there are ``ticks``; ``y_range`` fixes the vertical axis."""

    x_label: str
    y_label: str
    series: tuple[ChartSeries, ...]
    ticks: tuple[str, ...] = ()
    y_range: tuple[float, float] | None = None

    @property
    def axes_label(self) -> str:
        """Names of both axes, such as ``output by share of patches``."""
        return f"{self.y_label} by {self.x_label}" if self.y_label else self.x_label


@dataclass(frozen=True)
class BarChart:
    """Horizontal bars with names; ``reference_value`` is a reference line, ``intervals`` are whiskers.

    ``are_probabilities``: the values are written as percentages.
    """

    names: tuple[str, ...]
    values: tuple[float, ...]
    value_range: tuple[float, float] | None = None
    reference_value: float | None = None
    intervals: tuple[tuple[float, float], ...] = ()
    are_probabilities: bool = False


@dataclass(frozen=True)
class MatrixChart:
    """Numbers from -1 to 1 in squares; rows and columns have the same names."""

    names: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]


Chart = LineChart | BarChart | MatrixChart


@dataclass(frozen=True)
class ChartColours:
    """Colours of text, secondary text, grid lines and the two main strokes."""

    text: str = "#1b1f24"
    secondary_text: str = "#7b8492"
    grid_line: str = "#d5dae0"
    primary: str = "#d9660a"
    secondary: str = "#2f6fb5"


def render_svg(
    chart: Chart, width: int = 300, colours: ChartColours | None = None, scale: float = 1.0
) -> str:
    """Return the chart as a complete SVG image ``width`` wide; its height follows. ``scale`` enlarges it."""
    colours = colours or ChartColours()
    if isinstance(chart, LineChart):
        height, body = LOW + 32 + 13 * _legend_rows(chart, width), _draw_lines(chart, width, colours)
    elif isinstance(chart, BarChart):
        height, body = BAR * len(chart.names) + 6, _draw_bars(chart, width, colours)
    else:
        height, body = _draw_matrix(chart, width, colours)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width * scale:g}" height="{height * scale:g}" '
        f'viewBox="0 0 {width} {height}" font-family="Inter, Segoe UI, DejaVu Sans, sans-serif" '
        f'font-size="10">'
        f"{body}</svg>"
    )


LEFT, RIGHT, TOP, LOW = 40, 8, 8, 98
BAR = 16
"""Distance from one bar to the next."""
LETTER_WIDTH = 5.6
"""Average width of a letter at font size 10, with a small margin."""
DIGIT_WIDTH = 6.6
"""Width of a digit at font size 10 in the widest of the fonts."""


def _legend_rows(chart: LineChart, width: int) -> int:
    return -(-len(chart.series) // _legend_columns(width))


def _legend_columns(width: int) -> int:
    return max(1, width // 140)


def _draw_lines(chart: LineChart, width: int, colours: ChartColours) -> str:
    ys = [y for series in chart.series for y in series.y if math.isfinite(y)]
    xs = [x for series in chart.series for x in series.x]
    low, high = chart.y_range or (min(ys, default=0.0), max(ys, default=1.0))
    if high <= low:
        low, high = low - 0.5, high + 0.5
    x_min, x_max = min(xs, default=0.0), max(xs, default=1.0)
    x_max = x_max if x_max > x_min else x_min + 1

    def to_point(x: float, y: float) -> str:
        x_position = LEFT + (x - x_min) / (x_max - x_min) * (width - LEFT - RIGHT)
        return f"{x_position:.1f},{LOW - (min(max(y, low), high) - low) / (high - low) * (LOW - TOP):.1f}"

    parts = []
    for share in (0.0, 0.5, 1.0):
        y = low + share * (high - low)
        height = LOW - share * (LOW - TOP)
        parts.append(f'<path d="M{LEFT},{height:.1f}H{width - RIGHT}" stroke="{colours.grid_line}"/>')
        parts.append(_text_element(LEFT - 4, height + 3, format_number(y), colours.secondary_text, "end"))
    if chart.ticks:
        for index, label in enumerate(chart.ticks):
            anchor = "start" if index == 0 else "end" if index == len(chart.ticks) - 1 else "middle"
            x_position = LEFT + index / max(len(chart.ticks) - 1, 1) * (width - LEFT - RIGHT)
            if index in (0, len(chart.ticks) - 1):
                parts.append(_text_element(x_position, LOW + 12, label, colours.secondary_text, anchor))
    else:
        parts.append(_text_element(LEFT, LOW + 12, format_number(x_min), colours.secondary_text, "start"))
        parts.append(
            _text_element(width - RIGHT, LOW + 12, format_number(x_max), colours.secondary_text, "end")
        )
    parts.append(
        _text_element(
            (LEFT + width - RIGHT) / 2, LOW + 12, chart.axes_label, colours.secondary_text, "middle"
        )
    )
    for series_index, series in enumerate(chart.series):
        points = [to_point(x, y) for x, y in zip(series.x, series.y, strict=True) if math.isfinite(y)]
        style = _stroke_attributes(series.style, colours)
        if points:
            parts.append(f'<polyline points="{" ".join(points)}" fill="none" {style}/>')
        column, row = series_index % _legend_columns(width), series_index // _legend_columns(width)
        x, y = 8 + column * (width - 8) / _legend_columns(width), LOW + 29 + 13 * row
        parts.append(f'<path d="M{x:.1f},{y - 3}h14" {style}/>')
        parts.append(_text_element(x + 18, y, series.name, colours.text, "start"))
    return "".join(parts)


def _stroke_attributes(style: LineStyle, colours: ChartColours) -> str:
    colour = colours.primary if style in (LineStyle.MAIN, LineStyle.QUIET) else colours.secondary
    if style in (LineStyle.QUIET, LineStyle.QUIET_SECOND):
        return f'stroke="{colour}" stroke-width="1.2" stroke-dasharray="3 3" opacity="0.75"'
    return f'stroke="{colour}" stroke-width="2"'


def _draw_bars(chart: BarChart, width: int, colours: ChartColours) -> str:
    finite = [value for value in chart.values if math.isfinite(value)]
    low, high = chart.value_range or (min([0.0, *finite]), max([0.0, *finite]))
    high = high if high > low else low + 1
    format_value = format_probability if chart.are_probabilities else format_number
    numbers = [
        format_value(value) if math.isfinite(value) else format_number(value) for value in chart.values
    ]
    text_width = max(44.0, 8 + DIGIT_WIDTH * max(map(len, numbers), default=0))
    start, end = width * 0.42, width - text_width

    def to_x(value: float) -> float:
        return start + (min(max(value, low), high) - low) / (high - low) * (end - start)

    parts = []
    names = fit_names(chart.names, start - 8)
    for row, (name, value, number_text) in enumerate(zip(names, chart.values, numbers, strict=True)):
        y = BAR * row + 13
        parts.append(_text_element(start - 6, y, name, colours.text, "end"))
        if math.isfinite(value):
            left, right = sorted((to_x(0.0), to_x(value)))
            parts.append(
                f'<rect x="{left:.1f}" y="{y - 9}" width="{max(right - left, 1):.1f}" height="10" rx="2" '
                f'fill="{colours.primary if value >= 0 else colours.secondary}"/>'
            )
        parts.append(_text_element(end + 5, y, number_text, colours.text, "start"))
    for row, interval in enumerate(chart.intervals):
        low_x, high_x, y = to_x(interval[0]), to_x(interval[1]), BAR * row + 9
        path = f"M{low_x:.1f},{y}H{high_x:.1f}M{low_x:.1f},{y - 3}v6M{high_x:.1f},{y - 3}v6"
        parts.append(f'<path class="interval" d="{path}" fill="none" stroke="{colours.text}"/>')
    if chart.reference_value is not None:
        x = to_x(chart.reference_value)
        parts.append(
            f'<path d="M{x:.1f},2V{BAR * len(chart.names) + 2}" stroke="{colours.secondary_text}" '
            'stroke-dasharray="3 3"/>'
        )
    return "".join(parts)


def _draw_matrix(chart: MatrixChart, width: int, colours: ChartColours) -> tuple[int, str]:
    count = len(chart.names)
    start = width * 0.36
    cell = min((width - start - 4) / max(count, 1), 34.0)
    parts = []
    names = fit_names(chart.names, start - 22)
    for row, (name, values) in enumerate(zip(names, chart.values, strict=True)):
        y = row * cell + 4
        parts.append(_text_element(start - 6, y + cell / 2 + 3, f"{row + 1} {name}", colours.text, "end"))
        for column, value in enumerate(values):
            x = start + column * cell
            size = min(abs(value), 1.0) if math.isfinite(value) else 0.0
            colour = colours.primary if value >= 0 else colours.secondary
            parts.append(
                f'<rect x="{x:.1f}" y="{y:.1f}" width="{cell - 2:.1f}" height="{cell - 2:.1f}" rx="2" '
                f'fill="{colour}" fill-opacity="{size:.3f}" stroke="{colours.grid_line}"/>'
            )
            if cell >= 22:
                parts.append(
                    _text_element(
                        x + cell / 2 - 1, y + cell / 2 + 3, format_number(value, 2), colours.text, "middle"
                    )
                )
    bottom = count * cell + 14
    parts += [
        _text_element(
            start + (column + 0.5) * cell - 1, bottom, str(column + 1), colours.secondary_text, "middle"
        )
        for column in range(count)
    ]
    return math.ceil(bottom + 6), "".join(parts)


def _text_element(x: float, y: float, text: str, colour: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" text-anchor="{anchor}">{escape(text)}</text>'


def fit_names(names: tuple[str, ...], max_width: float) -> tuple[str, ...]:
    """Return names at most ``max_width`` units wide, without a common ending, and with an ellipsis if cut.

    A name is cut at its end, where names of maps differ least.
    """
    suffix = _shared_ending(names)
    shortened = [name.removesuffix(suffix) for name in names]
    max_length = max(int(max_width / LETTER_WIDTH), 2)
    return tuple(
        name if len(name) <= max_length else name[: max_length - 1].rstrip(" ,") + "…" for name in shortened
    )


def _shared_ending(names: tuple[str, ...]) -> str:
    """Return the common ending of all names after a comma, such as the class; empty for one name."""
    suffixes = {name[name.rfind(", ") :] if ", " in name else "" for name in names}
    return suffixes.pop() if len(names) > 1 and len(suffixes) == 1 else ""
