"""Translation of a check's chart: names before the layout, number formats after it."""

from __future__ import annotations

import re
from dataclasses import replace
from html import escape, unescape
from typing import TYPE_CHECKING

from viewer.window.translation import format_numbers, translate_sentence

if TYPE_CHECKING:
    from viewer.checks.svg_charts import Chart

TEXT = re.compile(r"(?<=>)[^<>]+(?=</text>)")
"""Text of an SVG element."""


def translate_chart(chart: Chart) -> Chart:
    """Return a chart whose names of lines, bars and axes are translated."""
    from viewer.checks.svg_charts import LineChart

    if isinstance(chart, LineChart):
        return replace(
            chart,
            x_label=translate_sentence(chart.axes_label),
            y_label="",
            series=tuple(replace(line, name=translate_sentence(line.name)) for line in chart.series),
            ticks=tuple(map(translate_sentence, chart.ticks)),
        )
    return replace(chart, names=tuple(map(translate_sentence, chart.names)))


def format_chart_numbers(svg: str) -> str:
    """Return an SVG picture with its numbers formatted for the window's language."""
    return TEXT.sub(lambda match: escape(format_numbers(unescape(match[0]))), svg)
