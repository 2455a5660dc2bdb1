"""Report of a result on one A4 page, as PDF with searchable text."""

from __future__ import annotations

from typing import Any

from viewer.checks.base import Verdict
from viewer.models.fit_report import FitVerdict
from viewer.resource_files import version
from viewer.scene.result_report.content import (
    BODY_COLUMNS,
    FIT_WORDS,
    RESEARCH_ONLY,
    VERDICTS,
    ReportBody,
    ResultReport,
)
from viewer.scene.result_report.picture_sizes import BOX_HEIGHT, BOX_WIDTH, SLICES_HEIGHT, SLICES_WIDTH
from viewer.scene.result_report.sheet import HEIGHT, MARGIN, WIDTH, Sheet, text_width

INK, QUIET, GOOD, MIDDLE, BAD = "#1b1f24", "#5b6573", "#1d7f4e", "#8a5a00", "#b3261e"
BAR, TRACK = "#3f6ea8", "#e3e7ec"
FIT_COLOURS = {FitVerdict.OK: GOOD, FitVerdict.CAUTION: MIDDLE, FitVerdict.UNFIT: BAD}
VERDICT_COLOURS = {Verdict.HOLDS: GOOD, Verdict.DOUBTFUL: MIDDLE, Verdict.FAILS: BAD, Verdict.OPEN: QUIET}
INNER = WIDTH - 2 * MARGIN
GAP = 6.0
SMALL = 6.6
COLUMN_SHARES = (0.04, 0.32, 0.12, 0.12, 0.29, 0.11)
FOOT = 7.0
"""Height in mm of the last line."""


def write_pdf(report: ResultReport, file: Any) -> None:
    """Write the report as PDF; what does not fit on the page is cut, with a note on the HTML report."""
    sheet = Sheet()
    y = _draw_header(sheet, report)
    y = _draw_pictures_and_prediction(sheet, report, y)
    y = _draw_bodies(sheet, report, y)
    column_width = (INNER - GAP) / 2
    end = HEIGHT - MARGIN - FOOT
    facts_top = end - _facts_height(report, column_width)
    bottom = min(facts_top - 2, end)
    _draw_columns(sheet, report, y, column_width, bottom)
    _draw_facts(sheet, report, facts_top, column_width)
    _draw_footer(sheet, end + 2)
    sheet.save(
        file,
        f"{report.title}: {report.map_name}",
        RESEARCH_ONLY,
        f"Saliency Viewer {version()}",
    )


def _draw_header(sheet: Sheet, report: ResultReport) -> float:
    notice_width = text_width(RESEARCH_ONLY, 8.5, bold=True) + 5
    sheet.rectangle(WIDTH - MARGIN - notice_width, MARGIN - 1, notice_width, 6.4, "", BAD)
    sheet.text(
        WIDTH - MARGIN - notice_width + 2.5, MARGIN + 0.9, notice_width, RESEARCH_ONLY, 8.5, BAD, bold=True
    )
    y = sheet.text(MARGIN, MARGIN - 1, INNER - notice_width - 4, report.title, 14, INK, bold=True)
    y = sheet.text(MARGIN, y, INNER - notice_width - 4, report.map_name, 8.5, QUIET, max_lines=2)
    sheet.line(y + 1, line_width=1.0)
    y += 3
    x = MARGIN
    for name, value in report.identity:
        entry_width = text_width(f"{name} ", 8) + text_width(value, 8, bold=True)
        if x > MARGIN and x + entry_width > WIDTH - MARGIN:
            x, y = MARGIN, y + 4.0
        sheet.text(x, y, entry_width + 5, name, 8, QUIET)
        value_x = x + text_width(f"{name} ", 8) + 0.6
        sheet.text(value_x, y, WIDTH - MARGIN - value_x, value, 8, INK, bold=True, max_lines=1)
        x += entry_width + 7
    return y + 6.5


def _draw_pictures_and_prediction(sheet: Sheet, report: ResultReport, y: float) -> float:
    top = y
    if report.box is not None:
        picture_bottom = sheet.picture(MARGIN, y, BOX_WIDTH, report.box, BOX_HEIGHT)
    else:
        picture_bottom = sheet.text(
            MARGIN, y, BOX_WIDTH, "The picture of the box could not be drawn.", 7.5, QUIET
        )
    x, column_width = MARGIN + BOX_WIDTH + GAP, INNER - BOX_WIDTH - GAP
    y = sheet.text(x, y, column_width, "Prediction", 9.5, INK, bold=True) + 0.6
    y = sheet.text(x, y, column_width, report.network, 7.5, QUIET, max_lines=2)
    y = sheet.text(
        x,
        y + 1,
        column_width,
        FIT_WORDS[report.fit_verdict],
        8.5,
        FIT_COLOURS.get(report.fit_verdict, QUIET),
        bold=True,
    )
    y = sheet.text(x, y, column_width, report.fit_sentence, max_lines=6) + 1.5
    for bar in report.bars[:6]:
        mark = " (predicted)" if bar.is_predicted and bar.fraction is not None else ""
        colour = QUIET if report.is_crossed_out else INK
        sheet.text(x, y, column_width, bar.text, 8.5, colour, bold=True, align="right")
        y = sheet.text(x, y, column_width - 20, bar.name + mark, 8.5, colour, max_lines=1)
        if report.is_crossed_out:
            sheet.line(y - 2.4, x, x + column_width, 0.8)
        elif bar.fraction is not None:
            sheet.rectangle(x, y, column_width, 1.5, TRACK)
            sheet.rectangle(x, y, column_width * bar.fraction, 1.5, BAR)
            y += 2.2
        y += 0.8
    if len(report.bars) > 6:
        y = sheet.text(x, y, column_width, f"and {len(report.bars) - 6} more", 7.5, QUIET)
    for line in report.remarks:
        if y < top + BOX_HEIGHT - 3:
            y = sheet.text(x, y, column_width, line, SMALL, QUIET, max_lines=4)
    y = max(y, picture_bottom) + 3
    x, column_width = MARGIN, INNER
    picture_bottom = y
    if report.slices is not None:
        picture_bottom = sheet.picture(MARGIN, y, SLICES_WIDTH, report.slices, SLICES_HEIGHT)
        x, column_width = MARGIN + SLICES_WIDTH + GAP, INNER - SLICES_WIDTH - GAP
    y = sheet.text(x, y, column_width, "How the map was made", 9.5, INK, bold=True) + 0.6
    for name, value in report.provenance_facts:
        y = sheet.text(x, y, column_width, f"{name}: {value}", SMALL, QUIET, max_lines=3) + 0.3
    return max(y, picture_bottom) + 3


def _draw_bodies(sheet: Sheet, report: ResultReport, y: float) -> float:
    y = sheet.text(MARGIN, y, INNER, "Bodies", 9.5, INK, bold=True) + 0.6
    if report.bodies:
        y = _draw_row(sheet, BODY_COLUMNS, y, QUIET)
        for body in report.bodies:
            y = _draw_body(sheet, body, y)
    return sheet.text(MARGIN, y + 0.4, INNER, report.bodies_note, SMALL, QUIET) + 3


def _draw_row(sheet: Sheet, cells: tuple[str, ...], y: float, colour: str) -> float:
    x = MARGIN
    for fraction, cell in zip(COLUMN_SHARES, cells, strict=True):
        sheet.text(x, y, fraction * INNER - 1, cell, 7.2, colour, max_lines=1)
        x += fraction * INNER
    sheet.line(y + 3.4, line_width=0.25)
    return y + 4.0


def _draw_body(sheet: Sheet, body: ReportBody, y: float) -> float:
    return _draw_row(sheet, body.cells, y, INK)


def _draw_columns(sheet: Sheet, report: ResultReport, top: float, column_width: float, bottom: float) -> None:
    y = sheet.text(MARGIN, top, column_width, "Checks of the map", 9.5, INK, bold=True) + 0.6
    y = sheet.text(MARGIN, y, column_width, report.checks_note, 7.2, max_lines=4) + 0.6
    for index, check in enumerate(report.checks):
        if y > bottom - 7:
            sheet.text(
                MARGIN, y, column_width, f"{len(report.checks) - index} more in the HTML report", SMALL, QUIET
            )
            break
        colour = VERDICT_COLOURS[check.verdict]
        y = sheet.text(
            MARGIN, y, column_width, f"{VERDICTS[check.verdict]} {check.title}", 7.2, colour, bold=True
        )
        y = sheet.text(MARGIN, y, column_width, check.sentence, SMALL, max_lines=2) + 0.5
    x = MARGIN + column_width + GAP
    y = sheet.text(x, top, column_width, "What is not known", 9.5, INK, bold=True) + 0.6
    for index, line in enumerate(report.unknowns):
        if y > bottom - 5:
            sheet.text(
                x, y, column_width, f"{len(report.unknowns) - index} more in the HTML report", SMALL, QUIET
            )
            break
        sheet.text(x, y, 3, "•", SMALL, QUIET)
        y = sheet.text(x + 2.4, y, column_width - 2.4, line, SMALL, max_lines=3) + 0.4


FACTS_TITLE = "Entries of CLIX-M and FUTURE-AI that a program can fill in"


def _facts_height(report: ResultReport, column_width: float) -> float:
    """Return the height of the facts in two columns; drawn on a sheet that is discarded."""
    return _draw_facts(Sheet(), report, 0.0, column_width)


def _draw_facts(sheet: Sheet, report: ResultReport, y: float, column_width: float) -> float:
    y = sheet.text(MARGIN, y, INNER, FACTS_TITLE, 9.5, INK, bold=True) + 0.8
    split = (len(report.trust_facts) + 1) // 2
    bottom = y
    for column, entries in enumerate((report.trust_facts[:split], report.trust_facts[split:])):
        x, row_y = MARGIN + column * (column_width + GAP), y
        for name, value in entries:
            name_bottom = sheet.text(x, row_y, 0.38 * column_width - 1.5, name, SMALL, QUIET, max_lines=3)
            row_y = (
                max(
                    name_bottom,
                    sheet.text(
                        x + 0.38 * column_width, row_y, 0.62 * column_width, value, SMALL, max_lines=3
                    ),
                )
                + 0.5
            )
        bottom = max(bottom, row_y)
    return bottom


def _draw_footer(sheet: Sheet, y: float) -> None:
    sheet.line(y)
    sheet.text(MARGIN, y + 1.2, INNER, RESEARCH_ONLY, 7.2, BAD, bold=True)
    sheet.text(MARGIN, y + 1.2, INNER, f"Saliency Viewer {version()}", 7.2, QUIET, align="right")
