"""What a network's card leaves open, all entries at once, for whoever can be asked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from viewer.errors import ModelError
from viewer.models.model_card import Card

if TYPE_CHECKING:
    from viewer.models.model import Model

REQUIRED_ENTRIES = ("name", "classes", "input")
"""Without these a scan cannot be prepared, or its prediction not be named."""


class MissingCardError(ModelError):
    """A network whose card is missing, or leaves out what it cannot do without.

    Parameters
    ----------
    path
        The network's file.
    known
        What its card says, or what the file itself tells: an architecture, numbered classes.
    missing
        The entries that somebody has to say; in the card's own order.
    shape
        The shape of an input that the file tells: (1, C, spatial...); empty where it does not.
    dense
        Whether the network answers at every voxel; None where that is not known.
    why
        What is wrong, for the line.
    """

    trust: bool = False
    """Whether the file was trusted when it was loaded, and need not be asked about again."""

    expected: str = ""
    """The hash that the network must have, where it belongs to a session."""

    def __init__(
        self,
        path: Path,
        known: Card,
        missing: tuple[str, ...],
        shape: tuple[int, ...] = (),
        dense: bool | None = None,
        why: str = "no card found",
    ) -> None:
        self.path = path
        self.known = known
        self.missing = missing
        self.shape = shape
        self.dense = dense
        words = _join_names(list(missing))
        super().__init__(path, why, f"describe its {words} in {path.stem}.card.json")


def missing_card_error(model: Model) -> MissingCardError | None:
    """Return what a loaded network's card must still say before it can be given a scan; None for nothing."""
    missing = missing_entries(model.card)
    if not missing or model.path is None:
        return None
    graph = getattr(model.module(), "graph", None)  # of a network that was read from a .pt2
    shape = tuple(getattr(graph, "example_shape", ()))
    return MissingCardError(model.path, model.card, missing, shape, why=describe_missing(missing))


def missing_entries(card: Card) -> tuple[str, ...]:
    """Return the entries that a card leaves out and a scan cannot do without."""
    return tuple(name for name in REQUIRED_ENTRIES if not getattr(card, name))


def describe_missing(missing: tuple[str, ...]) -> str:
    """Say in a few words which entries a card lacks."""
    return f"its card lacks {_join_names([repr(name) for name in missing])}"


def _join_names(names: list[str]) -> str:
    """Names as a sentence lists them: ``name, classes and input``."""
    return " and ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else names[0]
