"""Required entries that a model's card lacks, reported together."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from viewer.errors import ModelError
from viewer.models.model_card import Card, ModelKind, find_card

if TYPE_CHECKING:
    from viewer.models.model import Model

REQUIRED_ENTRIES = ("name", "classes", "input")
"""Entries required to prepare a scan and to name its prediction."""


class MissingCardError(ModelError):
    """Error that a model's card is missing, or lacks required entries.

    Parameters
    ----------
    path
        The model file.
    known_card
        Entries known from the card or the file itself: an architecture, numbered classes.
    missing_entries
        Missing entries, in the card's own order.
    input_shape
        Input shape given by the file, (1, C, spatial...); empty if unknown.
    is_dense
        Whether the network has an output at every voxel; None if unknown.
    problem
        The problem, for the message.
    """

    def __init__(
        self,
        path: Path,
        known_card: Card,
        missing_entries: tuple[str, ...],
        input_shape: tuple[int, ...] = (),
        is_dense: bool | None = None,
        problem: str = "no card found",
    ) -> None:
        self.path = path
        self.known_card = known_card
        self.missing_entries = missing_entries
        self.input_shape = input_shape
        self.is_dense = is_dense
        names = _join_names(list(missing_entries))
        super().__init__(path, problem, f"describe its {names} in {path.stem}.card.json")


def missing_card_error(model: Model) -> MissingCardError | None:
    """Return the error for a loaded model whose card lacks entries that a scan needs; None if it is complete.

    If there is no card and the outputs are only numbered, all required entries count as missing.
    """
    from viewer.models.graph_module import example_shape

    missing = missing_entries(model.card)
    if not missing or model.path is None:
        return None
    shape = example_shape(model.module())
    card = model.card
    if card.classes == tuple(map(str, range(len(card.classes)))) and find_card(model.path) is None:
        is_dense = card.kind is ModelKind.SEGMENTATION
        return MissingCardError(model.path, card, REQUIRED_ENTRIES, shape, is_dense)
    return MissingCardError(model.path, model.card, missing, shape, problem=describe_missing(missing))


def require_classes(card: Card, path: Path) -> Card:
    """Return the card if it names the outputs; otherwise their number is unknown.

    Raises
    ------
    MissingCardError
        The card names no outputs.
    """
    if not card.classes:
        missing = missing_entries(card)
        raise MissingCardError(path, card, missing, problem=describe_missing(missing))
    return card


def missing_entries(card: Card) -> tuple[str, ...]:
    """Return the required entries that a card lacks."""
    return tuple(name for name in REQUIRED_ENTRIES if not getattr(card, name))


def describe_missing(missing: tuple[str, ...]) -> str:
    """Return the missing entries of a card as a phrase."""
    return f"its card lacks {_join_names([repr(name) for name in missing])}"


def _join_names(names: list[str]) -> str:
    """Return names as a list in a sentence: ``name, classes and input``."""
    return " and ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else names[0]
