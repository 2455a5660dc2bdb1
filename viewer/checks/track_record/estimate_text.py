"""A mean with its interval as text. Nothing heavy is imported: help and lists of methods show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

SCORES = ("mass", "AUC", "pointing", "agreement")
"""Scores of a method; by the first of them methods are ranked."""


@dataclass(frozen=True)
class Estimate:
    """A mean and its bootstrap interval, which there is none of a single value."""

    mean: float
    low: float | None
    high: float | None

    def __str__(self) -> str:
        """Return such as ``0.41 [0.36, 0.46]``, or ``0.41`` without an interval."""
        if self.low is None or self.high is None:
            return f"{self.mean:.2f}"
        return f"{self.mean:.2f} [{self.low:.2f}, {self.high:.2f}]"

    def as_json(self) -> list[float | None]:
        """Return mean, low and high."""
        ends = (None if end is None else round(end, 4) for end in (self.low, self.high))
        return [round(self.mean, 4), *ends]


def format_estimate(values: Sequence[Any] | None) -> str:
    """Return such as ``0.41 [0.36, 0.46]``, of mean, low and high; a dash where nothing was measured."""
    return "–" if values is None else str(Estimate(*values))
