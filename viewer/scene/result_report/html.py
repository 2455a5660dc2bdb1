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
            _header(report),
            '<div class="two">',
            _section(
                "", _image(report.box, f"{report.map_name} in the box") or _missing_picture_note("the box")
            ),
            _prediction(report),
            "</div>",
            _section(
                "Slices",
                _image(report.slices, f"{report.map_name} on slices") or _missing_picture_note("slices"),
            ),
            _bodies(report),
            '<div class="two even">',
            _checks(report),
            _section("What is not known", _bullet_list(report.unknowns)),
            "</div>",
            _facts(report.trust_facts),
            _interactive_section(page),
            _footer(report.provenance_facts),
        )
    )
    policy = _content_security_policy(page)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{_escape_text(f'{report.title}: {report.map_name}')}</title><style>{STYLE}</style></head>"
        f"<body><main>{body}</main></body></html>"
    )


_STYLE_OF_PAGE = re.compile(r"(script-src|style-src) ([^;]+);")


def _content_security_policy(page: str) -> str:
    """Return the policy: no requests. An embedded page inherits it, so its script and style are included."""
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    sources = {"script-src": "", "style-src": f"'sha256-{digest}'"}
    for kind, hashes in _STYLE_OF_PAGE.findall(page[:4096]):
        sources[kind] = f"{sources[kind]} {hashes}".strip()
    parts = [f"{kind} {hashes}" for kind, hashes in sources.items() if hashes]
    return "; ".join(("default-src 'none'", *parts, "img-src data:", "base-uri 'none'", "form-action 'none'"))


def _escape_text(text: object) -> str:
    return escape(printable(str(text)))


def _section(title: str, content: str, css_class: str = "") -> str:
    head = f"<h2>{_escape_text(title)}</h2>" if title else ""
    return f'<section class="{css_class}">{head}{content}</section>'


def _header(report: ResultReport) -> str:
    identity = "".join(
        f"<div><dt>{_escape_text(name)}</dt><dd>{_escape_text(value)}</dd></div>"
        for name, value in report.identity
    )
    return (
        f"<header><div><h1>{_escape_text(report.title)}</h1>"
        f'<p class="quiet">{_escape_text(report.map_name)}</p></div>'
        f'<p class="only">{_escape_text(RESEARCH_ONLY)}</p></header><dl class="who">{identity}</dl>'
    )


def _prediction(report: ResultReport) -> str:
    css_class = {FitVerdict.NOT_MEASURABLE: "open"}.get(report.fit_verdict, str(report.fit_verdict))
    fit = (
        f'<p><span class="fit {css_class}">{FIT_WORDS[report.fit_verdict]}</span> '
        f"{_escape_text(report.fit_sentence)}</p>"
    )
    bars = "".join(_bar(bar, report.is_crossed_out) for bar in report.bars)
    remarks = "".join(f'<p class="quiet">{_escape_text(line)}</p>' for line in report.remarks)
    return _section("Prediction", f'<p class="quiet">{_escape_text(report.network)}</p>{fit}{bars}{remarks}')


def _bar(bar: ReportBar, crossed_out: bool) -> str:
    opening, closing = ("<s>", "</s>") if crossed_out else ("", "")
    mark = " (predicted)" if bar.is_predicted and bar.fraction is not None else ""
    track = ""
    if bar.fraction is not None and not crossed_out:
        track = (
            '<svg aria-hidden="true" width="100%" height="7">'
            '<rect class="track" width="100%" height="7" rx="3"/>'
            f'<rect class="share" width="{100 * bar.fraction:.3f}%" height="7" rx="3"/></svg>'
        )
    return (
        f'<div class="bar"><span>{opening}{_escape_text(bar.name)}{mark}{closing}</span>'
        f"<b>{opening}{_escape_text(bar.text)}{closing}</b>{track}</div>"
    )


def _bodies(report: ResultReport) -> str:
    note = f'<p class="quiet">{_escape_text(report.bodies_note)}</p>'
    if not report.bodies:
        return _section("Bodies", note)
    head = "".join(f"<th>{_escape_text(name)}</th>" for name in BODY_COLUMNS)
    rows = "".join(
        "<tr>"
        + "".join(
            f'<td class="{"region" if column == 1 else ""}">{_escape_text(cell)}</td>'
            for column, cell in enumerate(body.cells)
        )
        + "</tr>"
        for body in report.bodies
    )
    return _section("Bodies", f'<table class="bodies"><tr>{head}</tr>{rows}</table>{note}')


def _checks(report: ResultReport) -> str:
    items = "".join(
        f'<li><b class="{check.verdict}">{VERDICTS[check.verdict]} {_escape_text(check.title)}</b> '
        f"{_escape_text(check.sentence)}</li>"
        for check in report.checks
    )
    legend = ", ".join(
        f"{symbol} {NO_VERDICT if verdict is Verdict.OPEN else verdict}"
        for verdict, symbol in VERDICTS.items()
    )
    check_list = (
        f'<ul class="checks">{items}</ul><p class="quiet">{_escape_text(legend)}</p>' if items else ""
    )
    return _section("Checks of the map", f"<p>{_escape_text(report.checks_note)}</p>{check_list}")


def _facts(facts: Facts) -> str:
    rows = "".join(
        f"<tr><th>{_escape_text(name)}</th><td>{_escape_text(value)}</td></tr>" for name, value in facts
    )
    return _section(
        "Entries of CLIX-M and FUTURE-AI that a program can fill in", f'<table class="facts">{rows}</table>'
    )


def _interactive_section(page: str) -> str:
    if not page:
        return ""
    frame = f'<iframe title="Interactive page" sandbox="allow-scripts" srcdoc="{escape(page)}"></iframe>'
    return _section("Interactive box", frame, "interactive")


def _bullet_list(lines: tuple[str, ...]) -> str:
    return f"<ul>{''.join(f'<li>{_escape_text(line)}</li>' for line in lines)}</ul>"


def _image(png: bytes | None, alt_text: str) -> str:
    if png is None:
        return ""
    return (
        f'<img alt="{_escape_text(alt_text)}" src="data:image/png;base64,{base64.b64encode(png).decode()}">'
    )


def _missing_picture_note(picture: str) -> str:
    return f'<p class="quiet">The picture of {picture} could not be drawn.</p>'


def _footer(facts: Facts) -> str:
    entries = "".join(
        f"<div><dt>{_escape_text(name)}</dt><dd>{_escape_text(value)}</dd></div>" for name, value in facts
    )
    return f"<footer><dl>{entries}</dl><p><b>{_escape_text(RESEARCH_ONLY)}</b></p></footer>"
