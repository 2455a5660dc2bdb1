"""Check whether a network's card is saved in a file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from viewer.errors import ModelError
from viewer.models.model_card import Card, find_card, read_card

if TYPE_CHECKING:
    from viewer.models.model import Model


def unsaved_card(model: Model) -> Card | None:
    """Return the card of a network if it is not saved next to it; otherwise None.

    Such a card was given when the network was loaded, for example by the window's form, and differs from the
    file next to the network. The entry ``answer`` is not compared.
    """
    if not model.has_given_card or model.path is None:
        return None
    card_path = find_card(model.path)
    if card_path is None:
        return model.card
    try:
        saved = read_card(card_path)
    except ModelError:
        return model.card
    return None if replace(saved, answer="") == replace(model.card, answer="") else model.card
