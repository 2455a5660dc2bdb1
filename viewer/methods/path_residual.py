"""Whether the sum of a path integral misses what it must be, beyond rounding."""

from __future__ import annotations

from collections.abc import Iterable

from viewer.scans.provenance import Residual

TOLERANCE = 0.05
"""Residual, as a share of the expected sum, above which a note says so."""

ROUNDING = 1e-6
"""Difference of two outputs, as a share of their sizes, up to which it is rounding of float32."""


def misses_sum(residual: Residual, ends: Iterable[float]) -> bool:
    """Return whether a residual is more than `TOLERANCE` and more than rounding.

    Parameters
    ----------
    residual
        The residual, whose expected sum is the difference of ``ends``.
    ends
        The outputs at both ends of the path.
    """
    rounding = ROUNDING * sum(map(abs, ends))
    return residual.relative > TOLERANCE and residual.absolute > rounding
