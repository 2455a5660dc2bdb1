"""Stale results: those of another scan, another network or an earlier threshold than the current ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from viewer.checks.base import CheckResult

THRESHOLD_TOLERANCE = 1e-6
"""Relative tolerance within which two thresholds are the same."""


def stamp_result(found: CheckResult, scan: str, model: str) -> CheckResult:
    """Return a result with the hashes of its scan and network."""
    return replace(found, numbers={**found.numbers, "scan": scan, "model": model})


def stale_reason(found: CheckResult, scan: str, model: str, threshold: float | None) -> str:
    """Return in two or three words why a result is stale; empty if it is current, or if this is unknown.

    Parameters
    ----------
    found
        Result of a check.
    scan, model
        Hashes of the current scan and network; empty if there is none.
    threshold
        Current threshold of the map; None if it is not shown.
    """
    numbers: Mapping[str, object] = found.numbers
    if scan and numbers.get("scan") not in (None, scan):
        return "another scan"
    if model and numbers.get("model") not in (None, model):
        return "another network"
    recorded = numbers.get("threshold")
    if (
        threshold is None
        or not isinstance(recorded, float)
        or abs(recorded - threshold) <= THRESHOLD_TOLERANCE * abs(recorded)
    ):
        return ""
    return "earlier threshold"


def mark_stale(found: CheckResult, why: str) -> CheckResult:
    """Return a result whose headline and sentence state why it is stale."""
    if not why:
        return found
    return replace(
        found, headline=f"{found.headline} ({why})", sentence=f"Of {article(why)}{why}: {found.sentence}"
    )


def article(why: str) -> str:
    """Return the article before these words; "another" includes its own."""
    return "" if why.startswith("another") else "an "
