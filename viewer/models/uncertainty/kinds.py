"""Kinds of members, and how many of them there are."""

from __future__ import annotations

from enum import StrEnum

DEFAULT_SAMPLES = 20
MAX_SAMPLES = 10_000


class UncertaintyKind(StrEnum):
    """What the members differ in."""

    DROPOUT = "dropout"
    MOVES = "moves"
    ENSEMBLE = "ensemble"

    def describe(self, number: int) -> str:
        """Return a number of members in words: ``20 dropout samples``."""
        nouns = {"dropout": "dropout sample", "moves": "moved input", "ensemble": "network"}
        return f"{number} {nouns[self]}{'s' * (number != 1)}"
