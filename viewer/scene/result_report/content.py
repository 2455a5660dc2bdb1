"""Content of a report of a result, as plain values, from which the HTML and PDF layouts are made."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from viewer.checks.base import CheckResult, Verdict
from viewer.checks.runner import list_checks, summarise_results
from viewer.models.fit_report import FitReport, FitVerdict, fit_report_from_json
from viewer.models.model_card import Card
from viewer.models.predict import Prediction
from viewer.number_format import format_number, format_probability, format_share
from viewer.resource_files import version
from viewer.scans.cluster_table import ClusterRow
from viewer.scans.constant_map import describe_constant, describe_no_values
from viewer.scans.map import Map
from viewer.scans.origin import map_origin, origin_notes
from viewer.scans.provenance import NOT_MEASURED
from viewer.scans.scan import Scan
from viewer.scans.smoothing import gaussian_smooth
from viewer.scene.result_report.identity import Facts
from viewer.scene.result_report.trust_facts import NOT_STATED, trust_facts
from viewer.scene.slice_plane import format_point
from viewer.scene.web_page.facts import describe_entries, is_simulated
from viewer.session.view import Sign, View

TITLE = "Explanation of a network's output"
TITLE_OF_UNKNOWN = "A map over a scan"
RESEARCH_ONLY = "Research only. Not for diagnosis."
MAX_BODIES = 6
HASH_SHOWN = 12

NO_VERDICT = "no verdict"
VERDICTS = {Verdict.HOLDS: "✓", Verdict.DOUBTFUL: "~", Verdict.FAILS: "✗", Verdict.OPEN: "–"}
FIT_WORDS = {
    FitVerdict.OK: "Fits",
    FitVerdict.CAUTION: "Caution",
    FitVerdict.UNFIT: "Unfit",
    FitVerdict.NOT_MEASURABLE: "Not known",
}


@dataclass(frozen=True)
class ReportBar:
    """One class: its name and number, and the length of its bar from 0 to 1; None draws no bar."""

    name: str
    text: str
    fraction: float | None
    is_predicted: bool


@dataclass(frozen=True)
class ReportBody:
    """One body: its texts for the columns `BODY_COLUMNS`."""

    cells: tuple[str, ...]
    is_positive: bool


BODY_COLUMNS = ("", "Region of its peak", "Volume", "Peak value", "Peak at", "Share")


@dataclass(frozen=True)
class ReportCheck:
    """One check in words: its verdict, title and sentence."""

    verdict: Verdict
    title: str
    sentence: str


@dataclass(frozen=True, eq=False)
class ResultReport:
    """Complete content of a report.

    Parameters
    ----------
    map_name
        The map's name.
    title
        Title of the page: an explanation of a network, or a map of unknown origin.
    identity
        Identity of the person.
    network
        Name of the network.
    fit_verdict, fit_sentence
        Whether the scan fits the network, and why.
    bars, remarks
        The prediction: classes or the value; and its interval, guesses and the prediction for an empty scan.
    is_crossed_out
        Whether the prediction is meaningless because the scan is unfit.
    bodies, bodies_note
        The bodies with the most relevance, and how they were thresholded.
    checks, checks_note
        Checks of the map in words, and their count.
    unknowns
        What is not known, one sentence each.
    trust_facts
        Entries of CLIX-M and FUTURE-AI.
    provenance_facts
        How the map was computed.
    box, slices
        Pictures as PNG; None if one could not be drawn, as stated in ``unknowns``.
    """

    map_name: str
    identity: Facts
    network: str
    fit_verdict: FitVerdict
    fit_sentence: str
    bars: tuple[ReportBar, ...]
    remarks: tuple[str, ...]
    is_crossed_out: bool
    bodies: tuple[ReportBody, ...]
    bodies_note: str
    checks: tuple[ReportCheck, ...]
    checks_note: str
    unknowns: tuple[str, ...]
    trust_facts: Facts
    provenance_facts: Facts
    box: bytes | None = None
    slices: bytes | None = None
    title: str = TITLE


def result_report(
    scan: Scan,
    saliency_map: Map,
    identity: Facts,
    prediction: Prediction | None,
    card: Card | None,
    rows: Sequence[ClusterRow],
    cutoff: float,
    check_results: Sequence[CheckResult],
    atlas_name: str,
    unknown_notes: Sequence[str] = (),
    box: bytes | None = None,
    slices: bytes | None = None,
    view: View | None = None,
) -> ResultReport:
    """Return the content of a report.

    Parameters
    ----------
    scan, saliency_map
        The scan and its map.
    identity
        Identity, as returned by `identity`.
    prediction
        Prediction for the scan; None if it is not known.
    card
        Card of the network; None if no network is open.
    rows, cutoff
        The bodies, those with the most relevance first, and the |value| of their threshold.
    check_results
        Checks of this map.
    atlas_name
        Name of the atlas; empty without one.
    unknown_notes
        Further sentences on what is not known.
    box, slices
        Pictures as PNG.
    view
        Settings with which the bodies were thresholded. The default is `View()`.
    """
    provenance = saliency_map.provenance
    fit = (
        prediction.fit if prediction is not None and prediction.fit else fit_report_from_json(provenance.fit)
    )
    listed_bodies = tuple(_make_body(row, atlas_name) for row in rows[:MAX_BODIES])
    unlisted = len(rows) - len(listed_bodies)
    thresholding = _describe_thresholding(view or View(), cutoff)
    note = (
        f"{thresholding}; {unlisted} more {'is' if unlisted == 1 else 'are'} not listed."
        if unlisted
        else f"{thresholding}."
    )
    constant = "" if view is not None and view.smoothing else describe_constant(saliency_map.data)
    note += f" The map {constant}." if constant else ""
    checks = tuple(ReportCheck(result.verdict, result.title, result.sentence) for result in check_results)
    return ResultReport(
        map_name=saliency_map.name,
        identity=(*identity, ("Data", "simulated")) if is_simulated(scan) else identity,
        network=card.name
        if card is not None
        else str(provenance.model.get("name") or "Network not recorded"),
        fit_verdict=fit.verdict if fit.measured_count else FitVerdict.NOT_MEASURABLE,
        fit_sentence=_sentence(fit.reason or fit.sentence),
        bars=() if prediction is None else _make_bars(prediction),
        remarks=_make_remarks(prediction),
        is_crossed_out=fit.verdict is FitVerdict.UNFIT and bool(fit.measured_count),
        bodies=listed_bodies,
        bodies_note=note if listed_bodies else _explain_no_bodies(saliency_map, view or View(), cutoff),
        checks=checks,
        checks_note=summarise_results(check_results) or "No check of this map was run.",
        unknowns=tuple(
            dict.fromkeys(
                (
                    *_list_unknowns(scan, saliency_map, prediction, fit, card, check_results, atlas_name),
                    *unknown_notes,
                )
            )
        ),
        trust_facts=trust_facts(saliency_map, fit, card, check_results),
        provenance_facts=_provenance_facts(scan, saliency_map),
        box=box,
        slices=slices,
        title=TITLE if _has_known_origin(saliency_map) else TITLE_OF_UNKNOWN,
    )


def _has_known_origin(saliency_map: Map) -> bool:
    """Return whether the map's file records how it was computed; any image can be opened as a map."""
    return bool(saliency_map.provenance.method or saliency_map.provenance.title)


def _describe_thresholding(view: View, cutoff: float) -> str:
    """Return how bodies were thresholded, as the beginning of a sentence."""
    level = {
        Sign.BOTH: f"|value| from {format_number(cutoff)}",
        Sign.POSITIVE: f"values from {format_number(cutoff)}",
        Sign.NEGATIVE: f"values up to {format_number(-cutoff)}",
    }[view.sign]
    parts = [f"Connected voxels with {level}"]
    parts += [f"of the map smoothed by {view.smoothing:g} mm"] if view.smoothing else []
    parts += [f"of {view.smallest_cluster:g} mm³ or more"] if view.smallest_cluster else []
    parts += [f"the {view.largest_clusters} largest"] if view.largest_clusters else []
    return ", ".join(parts)


def _explain_no_bodies(saliency_map: Map, view: View, cutoff: float) -> str:
    """Return why there are no bodies."""
    if not math.isfinite(cutoff):
        smoothed = (
            None
            if saliency_map.grid is None
            else gaussian_smooth(saliency_map.data, saliency_map.grid, view.smoothing)
        )
        return f"No body: the map {describe_no_values(saliency_map.data, view.sign.number, smoothed)}."
    criteria = _describe_thresholding(replace(view, largest_clusters=0), cutoff)
    return f"No body: there are no {criteria[0].lower()}{criteria[1:]}."


def _make_bars(prediction: Prediction) -> tuple[ReportBar, ...]:
    if prediction.value is not None:
        text = f"{format_number(prediction.value, 4)} {prediction.unit}".strip()
        return (ReportBar("Value", text, None, True),)
    if prediction.volumes:
        pairs = zip(prediction.classes, prediction.volumes, strict=True)
        return tuple(ReportBar(name, f"{volume / 1000:.3g} ml", None, False) for name, volume in pairs)
    bars = []
    for index, name in enumerate(prediction.classes):
        probability = prediction.probabilities[index] if index < len(prediction.probabilities) else None
        logit = prediction.logits[index] if index < len(prediction.logits) else 0.0
        text = (
            f"output {format_number(logit, 4)}"
            if probability is None
            else format_probability(probability, unit=" %")
        )
        bars.append(ReportBar(name, text, probability, index in prediction.predicted_indices))
    return tuple(bars)


def _make_remarks(prediction: Prediction | None) -> tuple[str, ...]:
    if prediction is None:
        return ("The prediction is not recorded with this map.",)
    uncertainty = prediction.uncertainty_text or NOT_MEASURED
    remarks = (uncertainty, *(line for line in prediction.remarks if line != uncertainty), prediction.guess)
    return tuple(_sentence(line) for line in remarks if line)


def _make_body(row: ClusterRow, atlas_name: str) -> ReportBody:
    cluster = row.cluster
    region = row.region or ("in no region" if atlas_name else "no atlas")
    return ReportBody(
        (
            str(row.number),
            region,
            f"{cluster.volume / 1000:.2f} ml",
            format_number(cluster.peak),
            format_point(cluster.peak_mm),
            format_share(cluster.share),
        ),
        cluster.sign > 0,
    )


def _list_unknowns(
    scan: Scan,
    saliency_map: Map,
    prediction: Prediction | None,
    fit: FitReport,
    card: Card | None,
    check_results: Sequence[CheckResult],
    atlas_name: str,
) -> list[str]:
    """Return what is not known, the most important first."""
    origin = map_origin(saliency_map, scan)
    sentences = [
        "The map shows what the network's output depends on, not whether that is a sign of disease."
        if _has_known_origin(saliency_map)
        else "Whether this map explains a network: its file does not record how it was computed."
    ]
    sentences += [_sentence(note) for note in origin_notes(saliency_map, scan)]
    if origin.description and not origin.is_from_other_scan:
        sentences.append(f"Whether the map is of this scan ({origin.description}).")
    if not fit.measured_count:
        sentences.append("Whether the scan is of the kind that the network was trained on.")
    if prediction is None or prediction.uncertainty is None:
        sentences.append("How certain the prediction is: uncertainty was not measured.")
    if not saliency_map.provenance.uncertainty:
        sentences.append(
            "How much the map would change with another network or scan: uncertainty was not measured."
        )
    not_run = [
        check.title
        for check in list_checks().values()
        if check.name not in {result.check for result in check_results}
    ]
    if not_run:
        sentences.append(f"What these checks would find, which were not run: {', '.join(not_run)}.")
    if not atlas_name:
        sentences.append("In which regions the bodies are: no atlas was given.")
    if card is None:
        sentences.append("What the network's card says: the network was not open.")
    else:
        missing = [name for name in ("population", "performance", "intended_use") if not getattr(card, name)]
        if missing:
            missing_names = ", ".join(name.replace("_", " ") for name in missing)
            sentences.append(f"What the network's card does not say: {missing_names}.")
    return sentences


def _provenance_facts(scan: Scan, saliency_map: Map) -> Facts:
    provenance = saliency_map.provenance
    entries = (
        ("Map", saliency_map.name),
        (
            "Method",
            f"{provenance.title} ({provenance.method})"
            if provenance.title and provenance.method
            else provenance.method,
        ),
        ("Parameters", describe_entries(provenance.parameters)),
        ("Output explained", provenance.target),
        ("Layer", provenance.layer or ""),
        ("Network", _name_with_hash(str(provenance.model.get("name") or ""), provenance.model.get("hash"))),
        ("Scan", f"SHA-256 {scan.hash[:HASH_SHOWN]}"),
        ("Sum", provenance.sum_text),
        ("Warning", saliency_map.warning),
        ("Program", f"Saliency Viewer {version()}"),
        ("Notes", _sentences((*saliency_map.notes, *provenance.notes))),
        ("Notes on the scan", _sentences(scan.notes)),
    )
    facts = tuple((name, text) for name, text in entries if text)
    return facts if provenance.method else (*facts, ("How it was made", NOT_STATED))


def _name_with_hash(name: str, digest: object) -> str:
    return ", ".join(part for part in (name, f"SHA-256 {str(digest)[:HASH_SHOWN]}" if digest else "") if part)


def _sentences(notes: Sequence[str]) -> str:
    return " ".join(dict.fromkeys(_sentence(note) for note in notes if note.strip()))


def _sentence(text: str) -> str:
    text = text.strip()
    if not text:
        return ""
    return f"{text[0].upper()}{text[1:]}" + ("" if text.endswith((".", "?", "!")) else ".")
