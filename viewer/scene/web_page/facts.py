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
from viewer.scans.origin import comparison_notes, map_origin, origin_notes
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


def escape_text(text: object) -> str:
    """Return a text escaped for HTML, between tags and in attributes."""
    return escape(printable(str(text)))


def prediction_of(saliency_map: Map) -> Prediction | None:
    """Return the prediction in a map's provenance; None if it has no classes and outputs."""
    entries = saliency_map.provenance.prediction
    if not entries.get("classes") or "logits" not in entries:
        return None
    return prediction_from_json(entries)


def prediction_section(
    prediction: Prediction | None, fit_report: FitReport | None, model: str, map_index: int | None
) -> str:
    """Return the prediction below the verdict of the fit check; crossed out for an unfit scan.

    Parameters
    ----------
    prediction
        The prediction; None if there is none.
    fit_report
        The check's report; None if it is not known whether the scan fits the network.
    model
        Name of the network; may be empty.
    map_index
        The map it belongs to; None for all.
    """
    if prediction is None and not model and not (fit_report and fit_report.checks):
        return _section("Prediction", '<p class="quiet">None is recorded with this map.</p>', map_index)
    parts = [f'<p class="quiet">{escape_text(model)}</p>'] if model else []
    parts.append(_fit_html(fit_report))
    unfit = fit_report is not None and fit_report.verdict is FitVerdict.UNFIT
    if prediction is None:
        parts.append('<p class="quiet">The map\'s file has no prediction.</p>')
    else:
        parts += _prediction_bars(prediction, unfit)
        parts += [
            f'<p class="quiet">{escape_text(line)}</p>'
            for line in (prediction.guess, *prediction.remarks)
            if line
        ]
    return _section("Prediction", "".join(parts), map_index)


def _fit_html(fit_report: FitReport | None) -> str:
    if fit_report is None or not fit_report.checks:
        return '<p class="caution">Not known whether the scan fits the network: it was not recorded.</p>'
    verdict = fit_report.verdict if fit_report.measured_count else FitVerdict.NOT_MEASURABLE
    css_class = "quiet" if verdict is FitVerdict.NOT_MEASURABLE else str(verdict)
    rows = "".join(
        f"<dt>{escape_text(check.name)}</dt>"
        f"<dd>{escape_text(WORDS[check.verdict])}: {escape_text(check.sentence)}</dd>"
        for check in fit_report.checks
    )
    sentence = fit_report.reason or fit_report.sentence
    checks = format_count(len(fit_report.checks), "check")
    return (
        f'<p><span class="verdict {css_class}">{WORDS[verdict]}</span> {escape_text(sentence)}</p>'
        f"<details><summary>{checks} of the scan</summary><dl>{rows}</dl></details>"
    )


def _prediction_bars(prediction: Prediction, is_unfit: bool) -> list[str]:
    strike = ("<s>", "</s>") if is_unfit else ("", "")
    if prediction.value is not None:
        text = f"{format_number(prediction.value, 4)} {prediction.unit}".strip()
        return [f"<p>{strike[0]}{escape_text(text)}{strike[1]}</p>"]
    bars = []
    for index, name in enumerate(prediction.classes):
        score = (
            f"logit {format_number(prediction.logits[index], 4)}" if index < len(prediction.logits) else ""
        )
        if index < len(prediction.probabilities):
            probability = prediction.probabilities[index]
            mark = " (predicted)" if index in prediction.predicted_indices else ""
            description = format_probability(probability, unit=" %") + (f", {score}" if score else "")
            whisker = _whisker(prediction, index)
            meter = _METER.format(share=100 * probability, whisker=whisker) if not is_unfit else ""
            bars.append(
                f'<div class="bar"><span>{strike[0]}{escape_text(name)}{mark}{strike[1]}</span>'
                f"<span>{strike[0]}{escape_text(description)}{strike[1]}</span>{meter}</div>"
            )
        elif score:
            bars.append(f"<p>{strike[0]}{escape_text(name)}: {escape_text(score)}{strike[1]}</p>")
    return bars


def _whisker(prediction: Prediction, index: int) -> str:
    """Return the interval of a probability over the bar; empty if none was measured."""
    spread = prediction.uncertainty
    if spread is None or spread.quantity != "probability":
        return ""
    low, high = spread.intervals[index]
    return _WHISKER.format(low=100 * low, high=100 * high)


def map_section(saliency_map: Map, scan: Scan, precision: Mapping[str, Any], map_index: int) -> str:
    """Return how a map was computed, its warnings and notes, and the precision of its values on the page.

    ``precision`` has the ``step`` of the values and whether they are ``exact``.
    """
    provenance = saliency_map.provenance
    warnings = [*origin_notes(saliency_map, scan), *([saliency_map.warning] if saliency_map.warning else [])]
    notes = dict.fromkeys((*saliency_map.notes, *provenance.notes, describe_shares(provenance.inputs)))
    scan_volume = describe_volumes(provenance.scan)
    facts = [
        ("method", provenance.title or provenance.method),
        ("identifier", provenance.method if provenance.title else ""),
        ("target", provenance.target),
        ("region", provenance.region),
        ("layer", provenance.layer or ""),
        ("parameters", describe_entries(provenance.parameters)),
        ("seed", "" if provenance.seed is None else str(provenance.seed)),
        ("network", _name_and_hash(provenance.model)),
        ("scan", ", ".join(part for part in (_name_and_hash(provenance.scan), scan_volume) if part)),
        ("references", describe_entries(provenance.references)),
        ("sum", provenance.sum_text),
        ("residual", _describe_residual(saliency_map)),
        (
            "preparation",
            describe_entries(provenance.preparation.get("steps", {})) if provenance.preparation else "",
        ),
        ("computed", _describe_computation(saliency_map)),
        ("software", describe_entries(provenance.software)),
        ("state", provenance.state),
        ("origin", map_origin(saliency_map, scan).description),
        ("values", _describe_precision(precision)),
    ]
    content = _facts_list(facts)
    if not provenance.method and not provenance.title:
        content = "<p>How this map was computed is not known: it has no provenance.</p>" + content
    note_items = "".join(f"<li>{escape_text(note)}</li>" for note in notes if note)
    warning_html = "".join(f'<p class="warning">{escape_text(line)}</p>' for line in dict.fromkeys(warnings))
    return _section(
        "Map", warning_html + content + (f"<ul>{note_items}</ul>" if note_items else ""), map_index
    )


def scan_section(scan: Scan, precision: Mapping[str, Any], maps: Sequence[Map]) -> str:
    """Return the scan's properties, the precision of its values on the page, and notes on all maps."""
    shape = " × ".join(str(count) for count in scan.grid.shape)
    spacing = " × ".join(f"{step:.4g}" for step in scan.grid.spacing)
    facts = [
        ("name", scan.name),
        ("inputs", list_inputs(scan)),
        ("voxels", f"{shape}, {spacing} mm, axes {''.join(scan.grid.axcodes)}"),
        ("hash", scan.hash[:HASH_SHOWN]),
        ("values", _describe_precision(precision)),
    ]
    notes = "".join(f"<li>{escape_text(note)}</li>" for note in (*scan.notes, *comparison_notes(maps)))
    return _section("Scan", _facts_list(facts) + (f"<ul>{notes}</ul>" if notes else ""), None)


def model_section(card: Card) -> str:
    """Return the facts in a network's card."""
    return _section(
        TITLE,
        f"<details><summary>{escape_text(card.name)}</summary>{_facts_list(model_facts(card))}</details>",
        None,
    )


def about_section(version: str) -> str:
    """Return a description of the page and its purpose."""
    return _section(
        "About",
        f"<p>Made by Saliency Viewer {escape_text(version)}. "
        "For research and teaching, not for diagnosis.</p>"
        "<p>L and R are the person's left and right. Values are those of the nearest voxel. The page "
        "contains the scan and its maps and makes no network requests.</p>",
        None,
    )


def _describe_precision(precision: Mapping[str, Any]) -> str:
    if precision["exact"]:
        return "exact"
    return f"rounded to steps of {format_number(precision['step'], 2)}"


def _name_and_hash(entries: Mapping[str, Any]) -> str:
    """Return the name and the beginning of the hash of a network or scan."""
    digest = entries.get("hash")
    parts = [str(entries.get("name") or ""), str(digest)[:HASH_SHOWN] if digest else ""]
    return ", ".join(part for part in parts if part)


def _describe_residual(saliency_map: Map) -> str:
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


def _describe_computation(saliency_map: Map) -> str:
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


def _facts_list(facts: Facts) -> str:
    rows = "".join(
        f"<dt>{escape_text(name)}</dt><dd>{escape_text(value)}</dd>" for name, value in facts if value
    )
    return f"<dl>{rows}</dl>"


def _section(title: str, content: str, map_index: int | None) -> str:
    map_attribute = "" if map_index is None else f' data-map="{map_index}"'
    return f'<section class="facts"{map_attribute}><h2>{title}</h2>{content}</section>'
