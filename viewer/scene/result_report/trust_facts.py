"""Entries of two checklists, filled with what the program knows and "not stated" otherwise.

CLIX-M: Brankovic et al. 2025. FUTURE-AI: Lekadir et al. 2025 (`viewer.bibliography`). Only
entries that concern one result of one network are included.
"""

from __future__ import annotations

from collections.abc import Sequence

from viewer.checks.base import CheckResult, Verdict
from viewer.models.fit_report import FitReport
from viewer.models.model_card import Card
from viewer.scans.map import Map
from viewer.scene.result_report.identity import Facts

NOT_STATED = "not stated"
FOR_A_CLINICIAN = "not stated: a clinician has to judge them"

CORRECTNESS = (
    "conservation",
    "randomisation",
    "deletion",
    "localisation",
    "contrast",
    "removal",
    "sensitivity-n",
)
CONSISTENCY = ("repeatability", "stability", "agreement")
"""Names of the checks that belong to each of the two entries."""


def trust_facts(
    saliency_map: Map, fit: FitReport, card: Card | None, check_results: Sequence[CheckResult]
) -> Facts:
    """Return names and texts of the entries.

    Parameters
    ----------
    saliency_map
        The map.
    fit
        Whether the scan fits the network.
    card
        Card of the network; None if no network is open.
    check_results
        Checks of this map.
    """
    provenance = saliency_map.provenance
    performance = "; ".join(map(str, card.performance)) if card is not None else ""
    traceable = bool(provenance.model.get("hash") and provenance.scan.get("hash") and provenance.method)
    return (
        ("CLIX-M: purpose", _card_entry(card, "intended_use")),
        ("CLIX-M: domain relevance, coherence, actionability", FOR_A_CLINICIAN),
        ("CLIX-M: correctness", _summarise_checks(check_results, CORRECTNESS)),
        ("CLIX-M: confidence", provenance.uncertainty_text or NOT_STATED),
        ("CLIX-M: consistency", _summarise_checks(check_results, CONSISTENCY)),
        ("FUTURE-AI: fairness", _prefixed("trained on", _card_entry(card, "population"))),
        ("FUTURE-AI: universality", performance or NOT_STATED),
        ("FUTURE-AI: traceability", "hashes of network and scan, method and parameters are recorded"
         if traceable else NOT_STATED),
        ("FUTURE-AI: usability", _prefixed("not for", _card_entry(card, "not_for"))),
        ("FUTURE-AI: robustness", fit.sentence if fit.checks else NOT_STATED),
        ("FUTURE-AI: explainability", provenance.title or provenance.method or NOT_STATED),
    )  # fmt: skip


def _card_entry(card: Card | None, name: str) -> str:
    return (str(getattr(card, name)) if card is not None else "") or NOT_STATED


def _prefixed(prefix: str, text: str) -> str:
    return text if text == NOT_STATED else f"{prefix}: {text}"


def _summarise_checks(check_results: Sequence[CheckResult], check_names: Sequence[str]) -> str:
    sentences = [
        f"{result.title}: {result.headline}"
        + ("" if result.verdict is Verdict.OPEN else f" ({result.verdict})")
        for result in check_results
        if result.check in check_names
    ]
    return "; ".join(sentences) or f"{NOT_STATED}: no such check was run"
