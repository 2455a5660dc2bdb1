"""Results that are no longer of what is shown: another scan, another network, or an earlier threshold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from viewer.checks.base import CheckResult

THRESHOLD_TOLERANCE = 1e-6
"""Relative; thresholds that differ by less are the same."""


def stamp_result(found: CheckResult, scan: str, model: str) -> CheckResult:
    """Return a result that says of which scan and network it is, by their hashes."""
    return replace(found, numbers={**found.numbers, "scan": scan, "model": model})


def stale_reason(found: CheckResult, scan: str, model: str, threshold: float | None) -> str:
    """Tell in two or three words why a result is not of what is shown; empty where it is, or nobody knows.

    Parameters
    ----------
    found
        What a check found.
    scan, model
        Hashes of what is shown; empty where there is none.
    threshold
        Where the map is cut now; None where it is not drawn.
    """
    numbers: Mapping[str, object] = found.numbers
    if scan and numbers.get("scan") not in (None, scan):
        return "another scan"
    if model and numbers.get("model") not in (None, model):
        return "another network"
    own = numbers.get("threshold")
    if (
        threshold is None
        or not isinstance(own, float)
        or abs(own - threshold) <= THRESHOLD_TOLERANCE * abs(own)
    ):
        return ""
    return "earlier threshold"


def mark_stale(found: CheckResult, why: str) -> CheckResult:
    """Return a result whose number and sentence say first that it is not of what is shown."""
    if not why:
        return found
    return replace(
        found, headline=f"{found.headline} ({why})", sentence=f"Of {article(why)}{why}: {found.sentence}"
    )


def article(why: str) -> str:
    """The article before these words; "another" brings its own."""
    return "" if why.startswith("another") else "an "
