"""HTML report: every check of every map on one self-contained page."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from html import escape
from itertools import zip_longest
from typing import Any

from viewer.bibliography import find_references
from viewer.checks import method_agreement
from viewer.checks.base import CheckResult, Verdict
from viewer.checks.context import CheckContext, Explanation, Floats
from viewer.checks.runner import list_checks, summarise_results
from viewer.checks.slice_thumbnails import render_slices
from viewer.checks.svg_charts import BarChart, ChartColours, render_svg
from viewer.models.fit_report import FitVerdict
from viewer.models.model_facts import TITLE, model_facts
from viewer.models.uncertainty.prediction_spread import PredictionSpread
from viewer.number_format import format_probability
from viewer.resource_files import version
from viewer.scans.input_shares import InputShare, input_shares
from viewer.scans.multichannel_scan import list_inputs

SIGNS = {Verdict.HOLDS: "✓", Verdict.DOUBTFUL: "~", Verdict.FAILS: "✗", Verdict.OPEN: "–"}
"""Symbols shown with the colours, as colours must not be the only cue."""

INK = ChartColours(
    text="var(--text)",
    secondary_text="var(--quiet)",
    grid_line="var(--line)",
    primary="#e0771c",
    secondary="#3f84d6",
)

STYLE = """
:root{--text:#1b1f24;--quiet:#5b6573;--line:#d5dae0;
--page:#f6f7f9;--card:#fff;--good:#1d7f4e;--mid:#9a6700;--bad:#b3261e}
@media(prefers-color-scheme:dark){:root{--text:#e4e7eb;--quiet:#9aa4b2;--line:#333a45;--page:#15181d;
--card:#1b1f26;--good:#4cc38a;--mid:#f0b429;--bad:#ff7b72}}
body{font:14px/1.5 Inter,"Segoe UI","Noto Sans","DejaVu Sans",sans-serif;color:var(--text);
background:var(--page);margin:0 auto;max-width:1180px;padding:24px}
h1{font-size:24px;margin:0 0 4px}h2{font-size:18px;margin:32px 0 4px}h3{font-size:14px;margin:0}
p{margin:4px 0}.quiet{color:var(--quiet)}.limits{color:var(--quiet);font-size:12px}
table{border-collapse:collapse;background:var(--card);border:1px solid var(--line)}
th,td{padding:5px 9px;border-bottom:1px solid var(--line);text-align:left;font-size:13px;white-space:nowrap}
td.text{white-space:normal}th{color:var(--quiet);font-weight:600}.wide{overflow-x:auto}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(330px,1fr));gap:12px;margin-top:10px}
.card{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:12px;overflow:hidden}
.holds{color:var(--good)}.doubtful{color:var(--mid)}.fails{color:var(--bad)}.open{color:var(--quiet)}
.chip{font-weight:600}.maps{display:flex;flex-wrap:wrap;gap:8px}figure{margin:0}figcaption{font-size:12px}
img{display:block;max-width:100%;border-radius:4px;margin-top:6px}details{margin-top:6px}
pre{font-size:11px;overflow-x:auto;max-height:260px}
"""


def make_report(
    context: CheckContext,
    explanations: Sequence[Explanation],
    results: Sequence[CheckResult],
    notes: Sequence[str] = (),
    box_images: Sequence[bytes] = (),
) -> str:
    """Return the report as HTML.

    Parameters
    ----------
    context
        The network and the scan.
    explanations
        The maps that were checked.
    results
        Results of the checks, possibly of only some of them.
    notes
        Further notes for the reader.
    box_images
        A PNG of each map's clusters in the 3D view, in the order of the maps; empty if they are not drawn.
    """
    title = f"Can these maps be trusted? {context.scan.name}, {context.model.card.name}"
    sections = [
        _make_head(context, notes),
        _make_fit(context),
        _make_overview(explanations, results),
        _make_maps(explanations, box_images),
        _make_model_facts(context),
    ]
    sections += [
        _make_section(check.name, check.title, check.question, explanations, results)
        for check in list_checks().values()
    ]
    sections.append(
        _make_section(
            method_agreement.NAME, method_agreement.TITLE, method_agreement.QUESTION, explanations, results
        )
    )
    names = {*list_checks(), method_agreement.NAME}
    other_titles = {result.check: result.title for result in results if result.check not in names}
    sections += [
        _make_section(name, title, "", explanations, results) for name, title in other_titles.items()
    ]
    sections.append(_make_sources())
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>{''.join(sections)}</body></html>"
    )


def _make_head(context: CheckContext, notes: Sequence[str]) -> str:
    score, probability = context.original_scores
    output_text = f"output {score:.4g}" + (
        "" if probability is None else f", probability {format_probability(probability)}"
    )
    lines = [
        f"Scan: {context.scan.name} ({context.scan.hash[:12]})",
        *([f"Inputs: {inputs}"] if (inputs := list_inputs(context.scan)) else []),
        f"Network: {context.model.card.name} ({context.model.hash[:12]})",
        f"Explained: {context.target.name}, {output_text}",
        *context.scan.notes,
        *context.prepared.notes,
        *notes,
    ]
    return "<h1>Can these maps be trusted?</h1>" + "".join(
        f'<p class="quiet">{escape(line)}</p>' for line in dict.fromkeys(lines)
    )


def _make_fit(context: CheckContext) -> str:
    """Return the checks of whether the scan fits the network, with their verdict."""
    report = context.fit
    styles = {FitVerdict.OK: "holds", FitVerdict.CAUTION: "doubtful", FitVerdict.UNFIT: "fails"}
    items = "".join(
        f'<li>{escape(check.name)}: <span class="chip '
        f'{styles.get(check.verdict, "open")}">{check.verdict}</span>, '
        f"{escape(check.sentence)}</li>"
        for check in report.checks
    )
    return (
        f'<h2>Does the scan fit the network?</h2><p><span class="chip {styles.get(report.verdict, "open")}">'
        f"{report.verdict}</span>: {escape(report.sentence)}</p>"
        f"<details><summary>All checks</summary><ul>{items}</ul></details>"
    )


def _make_model_facts(context: CheckContext) -> str:
    rows = "".join(
        f'<tr><th>{escape(name)}</th><td class="text">{escape(text)}</td></tr>'
        for name, text in model_facts(context.model.card)
    )
    return f'<h2>{TITLE}</h2><div class="wide"><table>{rows}</table></div>'


def _make_overview(explanations: Sequence[Explanation], results: Sequence[CheckResult]) -> str:
    used_checks = [
        check for check in list_checks().values() if any(result.check == check.name for result in results)
    ]
    headings = "".join(f"<th>{escape(check.title)}</th>" for check in used_checks)
    rows, summaries = [], ""
    for explanation in explanations:
        cells = []
        for check in used_checks:
            result = _find_result(results, check.name, explanation.name)
            cells.append("<td></td>" if result is None else f"<td>{_make_chip(result)}</td>")
        rows.append(f"<tr><th>{escape(explanation.name)}</th>{''.join(cells)}</tr>")
        summary = summarise_results(result for result in results if result.map == explanation.name)
        summaries += (
            f"<p><strong>{escape(explanation.name)}</strong>: {escape(summary)}</p>" if summary else ""
        )
    legend = ", ".join(f"{sign} {verdict}" for verdict, sign in SIGNS.items())
    return (
        f'<h2>Overview</h2>{summaries}<p class="quiet">{legend}. A verdict is a threshold on one number; '
        "read the numbers and the limits with it.</p>"
        f'<div class="wide"><table><tr><th></th>{headings}</tr>{"".join(rows)}</table></div>'
    )


def _find_result(results: Sequence[CheckResult], check_name: str, map_name: str) -> CheckResult | None:
    return next((result for result in results if result.check == check_name and result.map == map_name), None)


def _make_chip(result: CheckResult) -> str:
    return (
        f'<span class="chip {result.verdict}" '
        f'title="{escape(str(result.verdict))}">{SIGNS[result.verdict]}</span> '
        f"{escape(result.headline)}"
    )


def _make_maps(explanations: Sequence[Explanation], box_images: Sequence[bytes]) -> str:
    cards = []
    for explanation, box in zip_longest(explanations, box_images):
        family = f" · {explanation.family}" if explanation.family else ""
        heading = f'<h3>{escape(explanation.name)}<span class="quiet">{escape(family)}</span></h3>'
        lines = filter(None, (explanation.uncertainty, *explanation.notes))
        notes = "".join(f'<p class="limits">{escape(line)}</p>' for line in lines)
        shares = input_shares(explanation.inputs)
        bars = _make_share_chart(shares) if shares else ""
        bars += "" if explanation.spread is None else _make_prediction_chart(explanation.spread)
        box_image = "" if box is None else _make_image(box, f"{explanation.name} in the box")
        slice_image = _make_image(
            render_slices(explanation.context, explanation.values), f"{explanation.name} in slices"
        )
        cards.append(f'<div class="card">{heading}{box_image}{slice_image}{bars}{notes}</div>')
    return (
        f'<h2>Maps</h2><p class="quiet">'
        f"{'Bodies of the strongest voxels, and s' if box_images else 'S'}agittal, "
        f"coronal and axial slices through a map's strongest voxel; right is right. Orange above zero, blue "
        f'below.</p><div class="cards">{"".join(cards)}</div>'
    )


def _make_share_chart(shares: Sequence[InputShare]) -> str:
    """Return a bar for each input: its share of the map's |relevance|, in percent."""
    percents = tuple(100 * share.share for share in shares)
    chart = BarChart(tuple(share.name for share in shares), percents, (0.0, 100.0))
    return f'<p class="quiet">Share of |relevance|, %</p>{render_svg(chart, 306, INK)}'


def _make_prediction_chart(spread: PredictionSpread) -> str:
    """Return a bar for the mean of each output over the members, with its interval."""
    is_percent = spread.quantity == "probability"
    factor = 100.0 if is_percent else 1.0
    chart = BarChart(
        tuple(name or spread.quantity for name in spread.names),
        tuple(factor * mean for mean in spread.mean),
        (0.0, 100.0) if is_percent else None,
        intervals=tuple((factor * low, factor * high) for low, high in spread.intervals),
    )
    quantity = "Prediction, %" if is_percent else f"Prediction ({spread.quantity})"
    return (
        f'<p class="quiet">{escape(quantity)}: mean, and {escape(spread.interval_text)}</p>'
        f"{render_svg(chart, 306, INK)}"
    )


def _make_image(png: bytes, caption: str) -> str:
    return f'<img alt="{escape(caption)}" src="data:image/png;base64,{base64.b64encode(png).decode()}">'


def _make_figure(context: CheckContext, values: Floats, caption: str, height: int) -> str:
    return (
        f"<figure>{_make_image(render_slices(context, values, height), caption)}"
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def _make_section(
    name: str, title: str, question: str, explanations: Sequence[Explanation], results: Sequence[CheckResult]
) -> str:
    section_results = [result for result in results if result.check == name]
    if not section_results:
        return ""
    contexts = {explanation.name: explanation.context for explanation in explanations}
    cards = [_make_card(result, contexts.get(result.map)) for result in section_results]
    limits = f'<p class="limits">Limits: {escape(section_results[0].limits)}</p>'
    return (
        f'<h2>{escape(title)}</h2><p class="quiet">{escape(question)}</p>{limits}'
        f'<div class="cards">{"".join(cards)}</div>'
    )


def _make_card(result: CheckResult, context: CheckContext | None) -> str:
    plot = "" if result.plot is None else render_svg(result.plot, 306, INK)
    maps = ""
    if result.maps and context is not None:
        figures = "".join(_make_figure(context, values, name, 64) for name, values in result.maps)
        count_text = f"{len(result.maps)} map{'s' * (len(result.maps) != 1)}"
        maps = f'<details><summary>{count_text}</summary><div class="maps">{figures}</div></details>'
    numbers = ""
    if result.numbers:
        text = json.dumps(_round_numbers(dict(result.numbers)), indent=1, ensure_ascii=False)
        numbers = f"<details><summary>numbers</summary><pre>{escape(text)}</pre></details>"
    name = f"<h3>{escape(result.map)}</h3>" if result.map else ""
    return (
        f"<div "
        f'class="card">{name}<p>{_make_chip(result)}</p>{plot}<p>{escape(result.sentence)}</p>{maps}{numbers}</div>'
    )


def _round_numbers(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.5g}") if abs(value) != float("inf") and value == value else None
    if isinstance(value, dict):
        return {name: _round_numbers(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_round_numbers(item) for item in value]
    return value


def _make_sources() -> str:
    sources = "".join(
        f"<li>{escape(check.title)}: {escape(check.source)}</li>" for check in list_checks().values()
    )
    papers = find_references("; ".join(check.source for check in list_checks().values()))
    sources += "".join(f"<li>{escape(str(paper))}</li>" for paper in papers)
    return (
        f'<h2>Sources</h2><ul class="quiet">{sources}</ul>'
        f'<p class="quiet">Saliency Viewer {escape(version())}. Not for diagnosis.</p>'
    )
