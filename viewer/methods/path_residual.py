"""Check of whether the sum of a path integral misses its expected value by more than rounding."""

from __future__ import annotations

from collections.abc import Iterable

from viewer.scans.provenance import OUTPUT_ROUNDING, Residual

TOLERANCE = 0.05
"""Residual, as a share of the expected sum, above which a note reports it."""


def misses_sum(residual: Residual, ends: Iterable[float]) -> bool:
    """Return whether a residual is more than `TOLERANCE` and more than rounding.

    Parameters
    ----------
    residual
        The residual, whose expected sum is the difference of ``ends``.
    ends
        The outputs at both ends of the path.
    """
    rounding = OUTPUT_ROUNDING * sum(map(abs, ends))
    return residual.relative > TOLERANCE and residual.absolute > rounding
