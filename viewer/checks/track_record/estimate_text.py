"""A mean with its interval as text. Nothing heavy is imported: help and lists of methods show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SCORES = ("mass", "AUC", "pointing", "agreement")
"""Scores of a method; by the first of them methods are ranked."""


@dataclass(frozen=True)
class Estimate:
    """A mean and its bootstrap interval."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        """Return such as ``0.41 [0.36, 0.46]``."""
        return f"{self.mean:.2f} [{self.low:.2f}, {self.high:.2f}]"

    def as_json(self) -> list[float]:
        """Return mean, low and high."""
        return [round(self.mean, 4), round(self.low, 4), round(self.high, 4)]


def format_estimate(values: Sequence[float] | None) -> str:
    """Return such as ``0.41 [0.36, 0.46]``, of mean, low and high; a dash where nothing was measured."""
    return "–" if values is None else str(Estimate(*values))
