"""Report of a result as one self-contained HTML page."""

from __future__ import annotations

import base64
import hashlib
import re
from html import escape

from viewer.checks.base import Verdict
from viewer.json_text import printable
from viewer.models.fit_report import FitVerdict
from viewer.scene.result_report.content import (
    BODY_COLUMNS,
    FIT_WORDS,
    NO_VERDICT,
    RESEARCH_ONLY,
    VERDICTS,
    ReportBar,
    ResultReport,
)
from viewer.scene.result_report.identity import Facts

STYLE = """
:root{--text:#1b1f24;--quiet:#5b6573;--line:#d5dae0;--page:#eceef1;--sheet:#fff;--good:#1d7f4e;--mid:#8a5a00;
--bad:#b3261e;--bar:#3f6ea8;--track:#e3e7ec}
*{box-sizing:border-box}
body{font:13px/1.45 Inter,"Segoe UI","Noto Sans","DejaVu Sans",sans-serif;color:var(--text);
background:var(--page);margin:0;padding:20px}
main{max-width:900px;margin:0 auto;background:var(--sheet);padding:30px 34px;border:1px solid var(--line)}
header{display:flex;justify-content:space-between;gap:20px;align-items:flex-start;
border-bottom:2px solid var(--text);padding-bottom:10px}
h1{font-size:21px;line-height:1.2;margin:0}h2{font-size:14px;margin:0 0 6px}
.only{color:var(--bad);border:2px solid var(--bad);border-radius:4px;font-weight:700;padding:4px 9px;
white-space:nowrap}
.quiet{color:var(--quiet)}p{margin:3px 0}
.who{display:flex;flex-wrap:wrap;gap:2px 22px;margin:10px 0 16px}.who dt{color:var(--quiet);display:inline}
.who dd{display:inline;margin:0 0 0 5px;font-weight:600}
.two{display:grid;grid-template-columns:3fr 2fr;gap:22px;margin-bottom:16px}
.even{grid-template-columns:1fr 1fr}
section{margin-bottom:16px}
.two section{margin:0}
img{display:block;width:100%;border-radius:4px}
.fit{font-weight:700}.ok,.holds{color:var(--good)}.caution,.doubtful{color:var(--mid)}
.unfit,.fails{color:var(--bad)}.open{color:var(--quiet)}
.bar{display:grid;grid-template-columns:1fr auto;margin-top:7px}.bar b{font-variant-numeric:tabular-nums}
.bar svg{grid-column:1/3}.track{fill:var(--track)}.share{fill:var(--bar)}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:3px 10px 3px 0;border-bottom:1px solid var(--line)}
th{color:var(--quiet);font-weight:600}.bodies td{white-space:nowrap;font-variant-numeric:tabular-nums}
.bodies td.region{white-space:normal}.facts th{width:34%}
ul{margin:0;padding-left:17px}li{margin:3px 0}.checks{list-style:none;padding:0}
footer{border-top:1px solid var(--line);padding-top:8px;font-size:12px}
footer dl{display:flex;flex-wrap:wrap;gap:1px 18px;margin:0}footer dt,footer dd{display:inline;margin:0}
footer dt{color:var(--quiet)}footer dd{margin-left:5px;overflow-wrap:anywhere}
iframe{width:100%;height:720px;border:1px solid var(--line);border-radius:4px}
@media(max-width:700px){.two,.even{grid-template-columns:1fr}}
@media print{body{padding:0;background:none;font-size:9.4px}main{border:0;padding:0;max-width:none}
.interactive{display:none}@page{size:A4;margin:11mm}section,.two{break-inside:avoid;margin-bottom:9px}h1{font-size:17px}
h2{font-size:11px}footer{font-size:8.5px}}
"""


def report_html(report: ResultReport, page: str = "") -> str:
    """Return the report as HTML.

    Parameters
    ----------
    report
        Content of the report.
    page
        HTML of the interactive page appended to it (`viewer.page`); empty for none.
    """
    body = "".join(
        (
            _head(report),
            '<div class="two">',
            _section("", _image(report.box, f"{report.subject} in the box") or _missing("the box")),
            _prediction(report),
            "</div>",
            _section("Slices", _image(report.slices, f"{report.subject} on slices") or _missing("slices")),
            _bodies(report),
            '<div class="two even">',
            _checks(report),
            _section("What is not known", _items(report.unknown)),
            "</div>",
            _facts(report.facts),
            _interactive(page),
            _foot(report.made),
        )
    )
    policy = _policy(page)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{_text(f'{report.title}: {report.subject}')}</title><style>{STYLE}</style></head>"
        f"<body><main>{body}</main></body></html>"
    )


_STYLE_OF_PAGE = re.compile(r"(script-src|style-src) ([^;]+);")


def _policy(page: str) -> str:
    """Return the policy: no requests. An embedded page inherits it, so its script and style are included."""
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    sources = {"script-src": "", "style-src": f"'sha256-{digest}'"}
    for kind, hashes in _STYLE_OF_PAGE.findall(page[:4096]):
        sources[kind] = f"{sources[kind]} {hashes}".strip()
    parts = [f"{kind} {hashes}" for kind, hashes in sources.items() if hashes]
    return "; ".join(("default-src 'none'", *parts, "img-src data:", "base-uri 'none'", "form-action 'none'"))


def _text(text: object) -> str:
    return escape(printable(str(text)))


def _section(title: str, content: str, css: str = "") -> str:
    head = f"<h2>{_text(title)}</h2>" if title else ""
    return f'<section class="{css}">{head}{content}</section>'


def _head(report: ResultReport) -> str:
    identity = "".join(
        f"<div><dt>{_text(name)}</dt><dd>{_text(value)}</dd></div>" for name, value in report.identity
    )
    return (
        f'<header><div><h1>{_text(report.title)}</h1><p class="quiet">{_text(report.subject)}</p></div>'
        f'<p class="only">{_text(RESEARCH_ONLY)}</p></header><dl class="who">{identity}</dl>'
    )


def _prediction(report: ResultReport) -> str:
    css_class = {FitVerdict.NOT_MEASURABLE: "open"}.get(report.fit, str(report.fit))
    fit = f'<p><span class="fit {css_class}">{FIT_WORDS[report.fit]}</span> {_text(report.fit_sentence)}</p>'
    bars = "".join(_bar(bar, report.crossed_out) for bar in report.bars)
    remarks = "".join(f'<p class="quiet">{_text(line)}</p>' for line in report.remarks)
    return _section("Prediction", f'<p class="quiet">{_text(report.network)}</p>{fit}{bars}{remarks}')


def _bar(bar: ReportBar, crossed_out: bool) -> str:
    opening, closing = ("<s>", "</s>") if crossed_out else ("", "")
    mark = " (predicted)" if bar.predicted and bar.share is not None else ""
    track = ""
    if bar.share is not None and not crossed_out:
        track = (
            '<svg aria-hidden="true" width="100%" height="7">'
            '<rect class="track" width="100%" height="7" rx="3"/>'
            f'<rect class="share" width="{100 * bar.share:.3f}%" height="7" rx="3"/></svg>'
        )
    return (
        f'<div class="bar"><span>{opening}{_text(bar.name)}{mark}{closing}</span>'
        f"<b>{opening}{_text(bar.text)}{closing}</b>{track}</div>"
    )


def _bodies(report: ResultReport) -> str:
    note = f'<p class="quiet">{_text(report.bodies_note)}</p>'
    if not report.bodies:
        return _section("Bodies", note)
    head = "".join(f"<th>{_text(name)}</th>" for name in BODY_COLUMNS)
    rows = "".join(
        "<tr>"
        + "".join(
            f'<td class="{"region" if column == 1 else ""}">{_text(cell)}</td>'
            for column, cell in enumerate(body.cells)
        )
        + "</tr>"
        for body in report.bodies
    )
    return _section("Bodies", f'<table class="bodies"><tr>{head}</tr>{rows}</table>{note}')


def _checks(report: ResultReport) -> str:
    items = "".join(
        f'<li><b class="{check.verdict}">{VERDICTS[check.verdict]} {_text(check.title)}</b> '
        f"{_text(check.sentence)}</li>"
        for check in report.checks
    )
    legend = ", ".join(
        f"{symbol} {NO_VERDICT if verdict is Verdict.OPEN else verdict}"
        for verdict, symbol in VERDICTS.items()
    )
    check_list = f'<ul class="checks">{items}</ul><p class="quiet">{_text(legend)}</p>' if items else ""
    return _section("Checks of the map", f"<p>{_text(report.checks_note)}</p>{check_list}")


def _facts(facts: Facts) -> str:
    rows = "".join(f"<tr><th>{_text(name)}</th><td>{_text(value)}</td></tr>" for name, value in facts)
    return _section(
        "Entries of CLIX-M and FUTURE-AI that a program can fill in", f'<table class="facts">{rows}</table>'
    )


def _interactive(page: str) -> str:
    if not page:
        return ""
    frame = f'<iframe title="Interactive page" sandbox="allow-scripts" srcdoc="{escape(page)}"></iframe>'
    return _section("Interactive box", frame, "interactive")


def _items(lines: tuple[str, ...]) -> str:
    return f"<ul>{''.join(f'<li>{_text(line)}</li>' for line in lines)}</ul>"


def _image(png: bytes | None, alt_text: str) -> str:
    if png is None:
        return ""
    return f'<img alt="{_text(alt_text)}" src="data:image/png;base64,{base64.b64encode(png).decode()}">'


def _missing(picture: str) -> str:
    return f'<p class="quiet">The picture of {picture} could not be drawn.</p>'


def _foot(facts: Facts) -> str:
    entries = "".join(f"<div><dt>{_text(name)}</dt><dd>{_text(value)}</dd></div>" for name, value in facts)
    return f"<footer><dl>{entries}</dl><p><b>{_text(RESEARCH_ONLY)}</b></p></footer>"
