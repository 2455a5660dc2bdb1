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
    y = _head(sheet, report)
    y = _pictures_and_prediction(sheet, report, y)
    y = _bodies(sheet, report, y)
    half = (INNER - GAP) / 2
    end = HEIGHT - MARGIN - FOOT
    facts_from = end - _facts_height(report, half)
    low = min(facts_from - 2, end)
    _columns(sheet, report, y, half, low)
    _facts(sheet, report, facts_from, half)
    _foot(sheet, end + 2)
    sheet.save(
        file,
        f"{report.title}: {report.subject}",
        RESEARCH_ONLY,
        f"Saliency Viewer {version()}",
    )


def _head(sheet: Sheet, report: ResultReport) -> float:
    wide = text_width(RESEARCH_ONLY, 8.5, bold=True) + 5
    sheet.rectangle(WIDTH - MARGIN - wide, MARGIN - 1, wide, 6.4, "", BAD)
    sheet.text(WIDTH - MARGIN - wide + 2.5, MARGIN + 0.9, wide, RESEARCH_ONLY, 8.5, BAD, bold=True)
    y = sheet.text(MARGIN, MARGIN - 1, INNER - wide - 4, report.title, 14, INK, bold=True)
    y = sheet.text(MARGIN, y, INNER - wide - 4, report.subject, 8.5, QUIET, most=2)
    sheet.line(y + 1, weight=1.0)
    y += 3
    x = MARGIN
    for name, value in report.identity:
        room = text_width(f"{name} ", 8) + text_width(value, 8, bold=True)
        if x > MARGIN and x + room > WIDTH - MARGIN:
            x, y = MARGIN, y + 4.0
        sheet.text(x, y, room + 5, name, 8, QUIET)
        at = x + text_width(f"{name} ", 8) + 0.6
        sheet.text(at, y, WIDTH - MARGIN - at, value, 8, INK, bold=True, most=1)
        x += room + 7
    return y + 6.5


def _pictures_and_prediction(sheet: Sheet, report: ResultReport, y: float) -> float:
    top = y
    if report.box is not None:
        low = sheet.picture(MARGIN, y, BOX_WIDTH, report.box, BOX_HEIGHT)
    else:
        low = sheet.text(MARGIN, y, BOX_WIDTH, "The picture of the box could not be drawn.", 7.5, QUIET)
    x, wide = MARGIN + BOX_WIDTH + GAP, INNER - BOX_WIDTH - GAP
    y = sheet.text(x, y, wide, "Prediction", 9.5, INK, bold=True) + 0.6
    y = sheet.text(x, y, wide, report.network, 7.5, QUIET, most=2)
    y = sheet.text(x, y + 1, wide, FIT_WORDS[report.fit], 8.5, FIT_COLOURS.get(report.fit, QUIET), bold=True)
    y = sheet.text(x, y, wide, report.fit_sentence, most=6) + 1.5
    for bar in report.bars[:6]:
        mark = " (predicted)" if bar.predicted and bar.share is not None else ""
        colour = QUIET if report.crossed_out else INK
        sheet.text(x, y, wide, bar.text, 8.5, colour, bold=True, align="right")
        y = sheet.text(x, y, wide - 20, bar.name + mark, 8.5, colour, most=1)
        if report.crossed_out:
            sheet.line(y - 2.4, x, x + wide, 0.8)
        elif bar.share is not None:
            sheet.rectangle(x, y, wide, 1.5, TRACK)
            sheet.rectangle(x, y, wide * bar.share, 1.5, BAR)
            y += 2.2
        y += 0.8
    if len(report.bars) > 6:
        y = sheet.text(x, y, wide, f"and {len(report.bars) - 6} more", 7.5, QUIET)
    for line in report.remarks:
        if y < top + BOX_HEIGHT - 3:
            y = sheet.text(x, y, wide, line, SMALL, QUIET, most=4)
    y = max(y, low) + 3
    x, wide = MARGIN, INNER
    low = y
    if report.slices is not None:
        low = sheet.picture(MARGIN, y, SLICES_WIDTH, report.slices, SLICES_HEIGHT)
        x, wide = MARGIN + SLICES_WIDTH + GAP, INNER - SLICES_WIDTH - GAP
    y = sheet.text(x, y, wide, "How the map was made", 9.5, INK, bold=True) + 0.6
    for name, value in report.made:
        y = sheet.text(x, y, wide, f"{name}: {value}", SMALL, QUIET, most=3) + 0.3
    return max(y, low) + 3


def _bodies(sheet: Sheet, report: ResultReport, y: float) -> float:
    y = sheet.text(MARGIN, y, INNER, "Bodies", 9.5, INK, bold=True) + 0.6
    if report.bodies:
        y = _row(sheet, BODY_COLUMNS, y, QUIET)
        for body in report.bodies:
            y = _body(sheet, body, y)
    return sheet.text(MARGIN, y + 0.4, INNER, report.bodies_note, SMALL, QUIET) + 3


def _row(sheet: Sheet, cells: tuple[str, ...], y: float, colour: str) -> float:
    x = MARGIN
    for share, cell in zip(COLUMN_SHARES, cells, strict=True):
        sheet.text(x, y, share * INNER - 1, cell, 7.2, colour, most=1)
        x += share * INNER
    sheet.line(y + 3.4, weight=0.25)
    return y + 4.0


def _body(sheet: Sheet, body: ReportBody, y: float) -> float:
    return _row(sheet, body.cells, y, INK)


def _columns(sheet: Sheet, report: ResultReport, top: float, half: float, low: float) -> None:
    y = sheet.text(MARGIN, top, half, "Checks of the map", 9.5, INK, bold=True) + 0.6
    y = sheet.text(MARGIN, y, half, report.checks_note, 7.2, most=4) + 0.6
    for number, check in enumerate(report.checks):
        if y > low - 7:
            sheet.text(
                MARGIN, y, half, f"{len(report.checks) - number} more in the HTML report", SMALL, QUIET
            )
            break
        colour = VERDICT_COLOURS[check.verdict]
        y = sheet.text(MARGIN, y, half, f"{VERDICTS[check.verdict]} {check.title}", 7.2, colour, bold=True)
        y = sheet.text(MARGIN, y, half, check.sentence, SMALL, most=2) + 0.5
    x = MARGIN + half + GAP
    y = sheet.text(x, top, half, "What is not known", 9.5, INK, bold=True) + 0.6
    for number, line in enumerate(report.unknown):
        if y > low - 5:
            sheet.text(x, y, half, f"{len(report.unknown) - number} more in the HTML report", SMALL, QUIET)
            break
        sheet.text(x, y, 3, "•", SMALL, QUIET)
        y = sheet.text(x + 2.4, y, half - 2.4, line, SMALL, most=3) + 0.4


FACTS_TITLE = "Entries of CLIX-M and FUTURE-AI that a program can fill in"


def _facts_height(report: ResultReport, half: float) -> float:
    """Return the height of the facts in two columns; drawn on a sheet that is discarded."""
    return _facts(Sheet(), report, 0.0, half)


def _facts(sheet: Sheet, report: ResultReport, y: float, half: float) -> float:
    y = sheet.text(MARGIN, y, INNER, FACTS_TITLE, 9.5, INK, bold=True) + 0.8
    middle = (len(report.facts) + 1) // 2
    low = y
    for column, entries in enumerate((report.facts[:middle], report.facts[middle:])):
        x, at = MARGIN + column * (half + GAP), y
        for name, value in entries:
            after = sheet.text(x, at, 0.38 * half - 1.5, name, SMALL, QUIET, most=3)
            at = max(after, sheet.text(x + 0.38 * half, at, 0.62 * half, value, SMALL, most=3)) + 0.5
        low = max(low, at)
    return low


def _foot(sheet: Sheet, y: float) -> None:
    sheet.line(y)
    sheet.text(MARGIN, y + 1.2, INNER, RESEARCH_ONLY, 7.2, BAD, bold=True)
    sheet.text(MARGIN, y + 1.2, INNER, f"Saliency Viewer {version()}", 7.2, QUIET, align="right")
