"""Facts on a page, as HTML that can be read without JavaScript: prediction with its fit, and provenance.

Every text may come from a file, so it is escaped. Paths are reduced to file names, as pages are shared.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import PureWindowsPath
from typing import Any

from viewer.json_text import printable
from viewer.models.fit_report import FitReport, FitVerdict
from viewer.models.model_card import Card
from viewer.models.model_facts import TITLE, model_facts
from viewer.models.predict import Prediction, prediction_from_json
from viewer.number_format import format_count, format_number, format_probability
from viewer.scans.input_shares import describe_shares
from viewer.scans.map import Map
from viewer.scans.multichannel_scan import list_inputs
from viewer.scans.origin import notes_on_several, origin_notes, origin_of
from viewer.scans.provenance import describe_volumes
from viewer.scans.scan import Scan

_ABSOLUTE_PATH = re.compile(r"(/|~|\\\\|[A-Za-z]:[\\/])[^\n]*[^/\\]$")

WORDS = {
    FitVerdict.OK: "Fits",
    FitVerdict.CAUTION: "Caution",
    FitVerdict.UNFIT: "Unfit",
    FitVerdict.NOT_MEASURABLE: "Not known",
}
HASH_SHOWN = 16
_METER = (
    '<svg class="meter" aria-hidden="true" width="100%" height="7"><rect width="100%" height="7" rx="3"/>'
    '<rect class="share" width="{share:.3f}%" height="7" rx="3"/>{whisker}</svg>'
)
"""A bar, drawn without inline styles, which the page's policy forbids."""
_WHISKER = (
    '<line class="interval" x1="{low:.3f}%" x2="{high:.3f}%" y1="3.5" y2="3.5"/>'
    '<line class="interval" x1="{low:.3f}%" x2="{low:.3f}%" y1="0" y2="7"/>'
    '<line class="interval" x1="{high:.3f}%" x2="{high:.3f}%" y1="0" y2="7"/>'
)
SIMULATED = "simulated"

Facts = Sequence[tuple[str, str]]


def is_simulated(scan: Scan) -> bool:
    """Return whether a scan is known to be simulated: by its built-in name or a note."""
    texts = (str(scan.path), *scan.notes) if scan.path is not None else scan.notes
    return any(text.casefold().startswith(SIMULATED) for text in texts)


def escaped(text: object) -> str:
    """Return a text escaped for HTML, between tags and in attributes."""
    return escape(printable(str(text)))


def prediction_of(shown: Map) -> Prediction | None:
    """Return the prediction in a map's provenance; None if it has no classes and outputs."""
    entries = shown.provenance.prediction
    if not entries.get("classes") or "logits" not in entries:
        return None
    return prediction_from_json(entries)


def prediction_section(
    shown: Prediction | None, fit: FitReport | None, model: str, number: int | None
) -> str:
    """Return the prediction below the verdict of the fit check; crossed out for an unfit scan.

    Parameters
    ----------
    shown
        The prediction; None if there is none.
    fit
        The check's report; None if it is not known whether the scan fits the network.
    model
        Name of the network; may be empty.
    number
        The map it belongs to; None for all.
    """
    if shown is None and not model and not (fit and fit.checks):
        return _section("Prediction", '<p class="quiet">None is recorded with this map.</p>', number)
    parts = [f'<p class="quiet">{escaped(model)}</p>'] if model else []
    parts.append(_fit(fit))
    unfit = fit is not None and fit.verdict is FitVerdict.UNFIT
    if shown is None:
        parts.append('<p class="quiet">The map\'s file has no prediction.</p>')
    else:
        parts += _bars(shown, unfit)
        parts += [f'<p class="quiet">{escaped(line)}</p>' for line in (shown.guess, *shown.remarks) if line]
    return _section("Prediction", "".join(parts), number)


def _fit(report: FitReport | None) -> str:
    if report is None or not report.checks:
        return '<p class="caution">Not known whether the scan fits the network: it was not recorded.</p>'
    verdict = report.verdict if report.measured else FitVerdict.NOT_MEASURABLE
    css_class = "quiet" if verdict is FitVerdict.NOT_MEASURABLE else str(verdict)
    rows = "".join(
        f"<dt>{escaped(check.name)}</dt><dd>{escaped(WORDS[check.verdict])}: {escaped(check.sentence)}</dd>"
        for check in report.checks
    )
    sentence = report.reason or report.sentence
    checks = format_count(len(report.checks), "check")
    return (
        f'<p><span class="verdict {css_class}">{WORDS[verdict]}</span> {escaped(sentence)}</p>'
        f"<details><summary>{checks} of the scan</summary><dl>{rows}</dl></details>"
    )


def _bars(prediction: Prediction, unfit: bool) -> list[str]:
    strike = ("<s>", "</s>") if unfit else ("", "")
    if prediction.value is not None:
        text = f"{format_number(prediction.value, 4)} {prediction.unit}".strip()
        return [f"<p>{strike[0]}{escaped(text)}{strike[1]}</p>"]
    bars = []
    for index, name in enumerate(prediction.classes):
        score = (
            f"logit {format_number(prediction.logits[index], 4)}" if index < len(prediction.logits) else ""
        )
        if index < len(prediction.probabilities):
            probability = prediction.probabilities[index]
            mark = " (predicted)" if index in prediction.present else ""
            description = format_probability(probability, unit=" %") + (f", {score}" if score else "")
            whisker = _whisker(prediction, index)
            meter = _METER.format(share=100 * probability, whisker=whisker) if not unfit else ""
            bars.append(
                f'<div class="bar"><span>{strike[0]}{escaped(name)}{mark}{strike[1]}</span>'
                f"<span>{strike[0]}{escaped(description)}{strike[1]}</span>{meter}</div>"
            )
        elif score:
            bars.append(f"<p>{strike[0]}{escaped(name)}: {escaped(score)}{strike[1]}</p>")
    return bars


def _whisker(prediction: Prediction, index: int) -> str:
    """Return the interval of a probability over the bar; empty if none was measured."""
    spread = prediction.uncertainty
    if spread is None or spread.quantity != "probability":
        return ""
    low, high = spread.intervals[index]
    return _WHISKER.format(low=100 * low, high=100 * high)


def map_section(shown: Map, scan: Scan, values: Mapping[str, Any], number: int) -> str:
    """Return how a map was computed, its warnings and notes, and the precision of its values on the page.

    ``values`` has the ``step`` of the values and whether they are ``exact``.
    """
    provenance = shown.provenance
    warnings = [*origin_notes(shown, scan), *([shown.warning] if shown.warning else [])]
    notes = dict.fromkeys((*shown.notes, *provenance.notes, describe_shares(provenance.inputs)))
    scan_volume = describe_volumes(provenance.scan)
    facts = [
        ("method", provenance.title or provenance.method),
        ("identifier", provenance.method if provenance.title else ""),
        ("target", provenance.target),
        ("region", provenance.region),
        ("layer", provenance.layer or ""),
        ("parameters", describe_entries(provenance.parameters)),
        ("seed", "" if provenance.seed is None else str(provenance.seed)),
        ("network", _named(provenance.model)),
        ("scan", ", ".join(part for part in (_named(provenance.scan), scan_volume) if part)),
        ("references", describe_entries(provenance.references)),
        ("sum", provenance.sum_text),
        ("residual", _residual(shown)),
        (
            "preparation",
            describe_entries(provenance.preparation.get("steps", {})) if provenance.preparation else "",
        ),
        ("computed", _computed(shown)),
        ("software", describe_entries(provenance.software)),
        ("state", provenance.state),
        ("origin", origin_of(shown, scan).description),
        ("values", _precision(values)),
    ]
    content = _list(facts)
    if not provenance.method and not provenance.title:
        content = "<p>How this map was computed is not known: it has no provenance.</p>" + content
    note_items = "".join(f"<li>{escaped(note)}</li>" for note in notes if note)
    warning_html = "".join(f'<p class="warning">{escaped(line)}</p>' for line in dict.fromkeys(warnings))
    return _section("Map", warning_html + content + (f"<ul>{note_items}</ul>" if note_items else ""), number)


def scan_section(scan: Scan, values: Mapping[str, Any], maps: Sequence[Map]) -> str:
    """Return the scan's properties, the precision of its values on the page, and notes on all maps."""
    shape = " × ".join(str(count) for count in scan.grid.shape)
    spacing = " × ".join(f"{step:.4g}" for step in scan.grid.spacing)
    facts = [
        ("name", scan.name),
        ("inputs", list_inputs(scan)),
        ("voxels", f"{shape}, {spacing} mm, axes {''.join(scan.grid.axcodes)}"),
        ("hash", scan.hash[:HASH_SHOWN]),
        ("values", _precision(values)),
    ]
    notes = "".join(f"<li>{escaped(note)}</li>" for note in (*scan.notes, *notes_on_several(maps)))
    return _section("Scan", _list(facts) + (f"<ul>{notes}</ul>" if notes else ""), None)


def model_section(card: Card) -> str:
    """Return the facts in a network's card."""
    return _section(
        TITLE, f"<details><summary>{escaped(card.name)}</summary>{_list(model_facts(card))}</details>", None
    )


def about_section(version: str) -> str:
    """Return a description of the page and its purpose."""
    return _section(
        "About",
        f"<p>Made by Saliency Viewer {escaped(version)}. For research and teaching, not for diagnosis.</p>"
        "<p>L and R are the person's left and right. Values are those of the nearest voxel. The page "
        "contains the scan and its maps and makes no network requests.</p>",
        None,
    )


def _precision(values: Mapping[str, Any]) -> str:
    if values["exact"]:
        return "exact"
    return f"rounded to steps of {format_number(values['step'], 2)}"


def _named(entries: Mapping[str, Any]) -> str:
    """Return the name and the beginning of the hash of a network or scan."""
    digest = entries.get("hash")
    parts = [str(entries.get("name") or ""), str(digest)[:HASH_SHOWN] if digest else ""]
    return ", ".join(part for part in parts if part)


def _residual(saliency_map: Map) -> str:
    residual = saliency_map.residual
    if residual is None:
        return ""
    phrases = [
        f"{residual.kind}: found {format_number(residual.found, 4)}",
        f"expected {format_number(residual.expected, 4)}",
        f"{residual.relative:.2%} off".replace("%", " %")
        if residual.expected and residual.relative < 1e6
        else "",
        residual.absorbed_text,
    ]
    return ", ".join(phrase for phrase in phrases if phrase)


def _computed(saliency_map: Map) -> str:
    provenance = saliency_map.provenance
    seconds = "" if provenance.seconds is None else f"in {format_number(provenance.seconds)} s"
    return " ".join(
        part for part in (seconds, f"on {provenance.device}" if provenance.device else "") if part
    )


def describe_entries(entries: object) -> str:
    """Return plain values in one line; absolute paths are reduced to file names."""
    if isinstance(entries, Mapping):
        return ", ".join(
            f"{name} {describe_entries(value)}" for name, value in entries.items() if name != "path"
        )
    if isinstance(entries, list | tuple):
        return ", ".join(describe_entries(entry) for entry in entries)
    if isinstance(entries, float):
        return format_number(entries, 6)
    text = str(entries)
    return PureWindowsPath(text).name if _ABSOLUTE_PATH.match(text) else text


def _list(facts: Facts) -> str:
    rows = "".join(f"<dt>{escaped(name)}</dt><dd>{escaped(value)}</dd>" for name, value in facts if value)
    return f"<dl>{rows}</dl>"


def _section(title: str, content: str, index: int | None) -> str:
    map_attribute = "" if index is None else f' data-map="{index}"'
    return f'<section class="facts"{map_attribute}><h2>{title}</h2>{content}</section>'
