"""The report: every check of every map on one page, a single HTML file that needs nothing else."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from html import escape
from itertools import zip_longest
from typing import Any

from viewer.checks import agreement
from viewer.checks.check import Result, Verdict
from viewer.checks.pictures import slices
from viewer.checks.plot import Ink, svg
from viewer.checks.run import checks
from viewer.checks.subject import Case, Floats, Subject
from viewer.checks.summary import summarise
from viewer.resource_files import version

SIGNS = {Verdict.HOLDS: "✓", Verdict.DOUBTFUL: "~", Verdict.FAILS: "✗", Verdict.OPEN: "–"}
"""Shown with the colours, which must not carry a meaning on their own."""

INK = Ink(text="var(--text)", quiet="var(--quiet)", line="var(--line)", main="#e0771c", second="#3f84d6")

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
th{color:var(--quiet);font-weight:600}.wide{overflow-x:auto}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(330px,1fr));gap:12px;margin-top:10px}
.card{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:12px;overflow:hidden}
.holds{color:var(--good)}.doubtful{color:var(--mid)}.fails{color:var(--bad)}.open{color:var(--quiet)}
.chip{font-weight:600}.maps{display:flex;flex-wrap:wrap;gap:8px}figure{margin:0}figcaption{font-size:12px}
img{display:block;max-width:100%;border-radius:4px;margin-top:6px}details{margin-top:6px}
pre{font-size:11px;overflow-x:auto;max-height:260px}
"""


def report(
    subject: Subject,
    cases: Sequence[Case],
    results: Sequence[Result],
    notes: Sequence[str] = (),
    boxes: Sequence[bytes] = (),
) -> str:
    """The page, as HTML.

    Parameters
    ----------
    subject
        The network and the scan.
    cases
        The maps that were checked.
    results
        What the checks found; a report of a part of them is a report, too.
    notes
        What a reader should know besides.
    boxes
        A PNG of each case's bodies in the box, in the order of the cases; none where they are not drawn.
    """
    title = f"Can these maps be trusted? {subject.scan.name}, {subject.model.card.name}"
    parts = [_head(subject, notes), _overview(cases, results), _maps(cases, boxes)]
    parts += [_section(entry.name, entry.title, entry.asks, cases, results) for entry in checks().values()]
    parts.append(_section(agreement.NAME, agreement.TITLE, agreement.ASKS, cases, results))
    known = {*checks(), agreement.NAME}
    others = {one.check: one.title for one in results if one.check not in known}
    parts += [_section(name, title, "", cases, results) for name, title in others.items()]
    parts.append(_about())
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>{''.join(parts)}</body></html>"
    )


def _head(subject: Subject, notes: Sequence[str]) -> str:
    score, share = subject.answer
    said = f"output {score:.4g}" + ("" if share is None else f", probability {share:.1%}")
    lines = [
        f"Scan: {subject.scan.name} ({subject.scan.hash[:12]})",
        f"Network: {subject.model.card.name} ({subject.model.hash[:12]})",
        f"Explained: {subject.target.name}, {said}",
        *subject.scan.notes,
        *subject.prepared.notes,
        *notes,
    ]
    return "<h1>Can these maps be trusted?</h1>" + "".join(
        f'<p class="quiet">{escape(line)}</p>' for line in dict.fromkeys(lines)
    )


def _overview(cases: Sequence[Case], results: Sequence[Result]) -> str:
    asked = [entry for entry in checks().values() if any(one.check == entry.name for one in results)]
    heads = "".join(f"<th>{escape(entry.title)}</th>" for entry in asked)
    rows, said = [], ""
    for case in cases:
        cells = []
        for entry in asked:
            one = _of(results, entry.name, case.name)
            cells.append("<td></td>" if one is None else f"<td>{_chip(one)}</td>")
        rows.append(f"<tr><th>{escape(case.name)}</th>{''.join(cells)}</tr>")
        told = summarise(one for one in results if one.map == case.name)
        said += f"<p><strong>{escape(case.name)}</strong>: {escape(told)}</p>" if told else ""
    legend = ", ".join(f"{sign} {verdict}" for verdict, sign in SIGNS.items())
    return (
        f'<h2>Overview</h2>{said}<p class="quiet">{legend}. A verdict is a threshold on one number; read the '
        f"numbers and the limits with it.</p>"
        f'<div class="wide"><table><tr><th></th>{heads}</tr>{"".join(rows)}</table></div>'
    )


def _of(results: Sequence[Result], check: str, name: str) -> Result | None:
    return next((one for one in results if one.check == check and one.map == name), None)


def _chip(one: Result) -> str:
    return (
        f'<span class="chip {one.verdict}" title="{escape(str(one.verdict))}">{SIGNS[one.verdict]}</span> '
        f"{escape(one.headline)}"
    )


def _maps(cases: Sequence[Case], boxes: Sequence[bytes]) -> str:
    shown = []
    for case, box in zip_longest(cases, boxes):
        family = f" · {case.family}" if case.family else ""
        words = f'<h3>{escape(case.name)}<span class="quiet">{escape(family)}</span></h3>'
        notes = "".join(f'<p class="limits">{escape(line)}</p>' for line in case.notes)
        drawn = "" if box is None else _picture(box, f"{case.name} in the box")
        flat = _picture(slices(case.subject, case.values), f"{case.name} in slices")
        shown.append(f'<div class="card">{words}{drawn}{flat}{notes}</div>')
    return (
        f'<h2>Maps</h2><p class="quiet">{"Bodies of the strongest voxels, and s" if boxes else "S"}agittal, '
        f"coronal and axial slice through a map's strongest voxel; right is right. Orange above zero, blue "
        f'below.</p><div class="cards">{"".join(shown)}</div>'
    )


def _picture(png: bytes, words: str) -> str:
    return f'<img alt="{escape(words)}" src="data:image/png;base64,{base64.b64encode(png).decode()}">'


def _figure(subject: Subject, values: Floats, words: str, height: int) -> str:
    return (
        f"<figure>{_picture(slices(subject, values, height), words)}"
        f"<figcaption>{escape(words)}</figcaption></figure>"
    )


def _section(name: str, title: str, asks: str, cases: Sequence[Case], results: Sequence[Result]) -> str:
    found = [one for one in results if one.check == name]
    if not found:
        return ""
    subjects = {case.name: case.subject for case in cases}
    cards = [_card(one, subjects.get(one.map)) for one in found]
    limits = f'<p class="limits">Limits: {escape(found[0].limits)}</p>'
    return (
        f'<h2>{escape(title)}</h2><p class="quiet">{escape(asks)}</p>{limits}'
        f'<div class="cards">{"".join(cards)}</div>'
    )


def _card(one: Result, subject: Subject | None) -> str:
    plot = "" if one.plot is None else svg(one.plot, 306, INK)
    maps = ""
    if one.maps and subject is not None:
        figures = "".join(_figure(subject, values, name, 64) for name, values in one.maps)
        maps = f'<details><summary>{len(one.maps)} maps</summary><div class="maps">{figures}</div></details>'
    numbers = ""
    if one.numbers:
        text = json.dumps(_rounded(dict(one.numbers)), indent=1, ensure_ascii=False)
        numbers = f"<details><summary>numbers</summary><pre>{escape(text)}</pre></details>"
    name = f"<h3>{escape(one.map)}</h3>" if one.map else ""
    return (
        f'<div class="card">{name}<p>{_chip(one)}</p>{plot}<p>{escape(one.sentence)}</p>{maps}{numbers}</div>'
    )


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.5g}") if abs(value) != float("inf") and value == value else None
    if isinstance(value, dict):
        return {name: _rounded(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(entry) for entry in value]
    return value


def _about() -> str:
    sources = "".join(
        f"<li>{escape(entry.title)}: {escape(entry.source)}</li>" for entry in checks().values()
    )
    return (
        f'<h2>Sources</h2><ul class="quiet">{sources}</ul>'
        f'<p class="quiet">Saliency Viewer {escape(version())}. Not for diagnosis.</p>'
    )
