"""Kinds of members, and their default and largest numbers."""

from __future__ import annotations

from enum import StrEnum

DEFAULT_SAMPLES = 20
MAX_SAMPLES = 10_000


class UncertaintyKind(StrEnum):
    """Source of the differences between members."""

    DROPOUT = "dropout"
    MOVES = "moves"
    ENSEMBLE = "ensemble"

    @property
    def limitations(self) -> tuple[str, ...]:
        """Notes on sources of uncertainty that the members do not cover."""
        if self is UncertaintyKind.DROPOUT:
            return ("dropout of attention weights and inside recurrent layers, if there is any, stays off",)
        return ()

    def describe(self, count: int) -> str:
        """Return a number of members as text: ``20 dropout samples``."""
        nouns = {"dropout": "dropout sample", "moves": "moved input", "ensemble": "network"}
        return f"{count} {nouns[self]}{'s' * (count != 1)}"
