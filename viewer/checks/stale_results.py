"""Stale results: those of another scan, another network or an earlier threshold than the current ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from viewer.checks.base import CheckResult

THRESHOLD_TOLERANCE = 1e-6
"""Relative tolerance within which two thresholds are the same."""


def stamp_result(result: CheckResult, scan_hash: str, model_hash: str) -> CheckResult:
    """Return a result with the hashes of its scan and network."""
    return replace(result, numbers={**result.numbers, "scan": scan_hash, "model": model_hash})


def stale_reason(result: CheckResult, scan_hash: str, model_hash: str, threshold: float | None) -> str:
    """Return in two or three words why a result is stale; empty if it is current, or if this is unknown.

    Parameters
    ----------
    result
        Result of a check.
    scan_hash, model_hash
        Hashes of the current scan and network; empty if there is none.
    threshold
        Current threshold of the map; None if it is not shown.
    """
    numbers: Mapping[str, object] = result.numbers
    if scan_hash and numbers.get("scan") not in (None, scan_hash):
        return "another scan"
    if model_hash and numbers.get("model") not in (None, model_hash):
        return "another network"
    recorded = numbers.get("threshold")
    if (
        threshold is None
        or not isinstance(recorded, float)
        or abs(recorded - threshold) <= THRESHOLD_TOLERANCE * abs(recorded)
    ):
        return ""
    return "earlier threshold"


def mark_stale(result: CheckResult, reason: str) -> CheckResult:
    """Return a result whose headline and sentence state why it is stale."""
    if not reason:
        return result
    return replace(
        result,
        headline=f"{result.headline} ({reason})",
        sentence=f"Of {indefinite_article(reason)}{reason}: {result.sentence}",
    )


def indefinite_article(reason: str) -> str:
    """Return the article before these words; "another" includes its own."""
    return "" if reason.startswith("another") else "an "
