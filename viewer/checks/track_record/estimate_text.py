"""Formatting of a mean with its interval. It has only light imports, as help and lists of methods use it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

SCORES = ("mass", "AUC", "pointing", "agreement")
"""Scores of a method; methods are ranked by the first."""


@dataclass(frozen=True)
class Estimate:
    """A mean and its bootstrap interval; a single value has none."""

    mean: float
    low: float | None
    high: float | None

    def __str__(self) -> str:
        """Return a text such as ``0.41 [0.36, 0.46]``, or ``0.41`` without an interval."""
        if self.low is None or self.high is None:
            return f"{self.mean:.2f}"
        return f"{self.mean:.2f} [{self.low:.2f}, {self.high:.2f}]"

    def as_json(self) -> list[float | None]:
        """Return mean, low and high."""
        bounds = (None if bound is None else round(bound, 4) for bound in (self.low, self.high))
        return [round(self.mean, 4), *bounds]


def format_estimate(values: Sequence[Any] | None) -> str:
    """Format mean, low and high, such as ``0.41 [0.36, 0.46]``; a dash if nothing was measured."""
    return "–" if values is None else str(Estimate(*values))
