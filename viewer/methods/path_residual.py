"""Check of whether the sum of a path integral misses its expected value by more than rounding."""

from __future__ import annotations

from collections.abc import Iterable

from viewer.scans.provenance import OUTPUT_ROUNDING, Residual

TOLERANCE = 0.05
"""Residual, as a share of the expected sum, above which a note reports it."""


def exceeds_tolerance(residual: Residual, endpoint_outputs: Iterable[float]) -> bool:
    """Return whether a residual is more than `TOLERANCE` and more than rounding.

    Parameters
    ----------
    residual
        The residual, whose expected sum is the difference of ``endpoint_outputs``.
    endpoint_outputs
        The outputs at both ends of the path.
    """
    rounding = OUTPUT_ROUNDING * sum(map(abs, endpoint_outputs))
    return residual.relative > TOLERANCE and residual.absolute > rounding
