"""Whether a network's card lies in a file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from viewer.errors import ModelError
from viewer.models.model_card import Card, find_card, read_card

if TYPE_CHECKING:
    from viewer.models.model import Model


def unsaved_card(model: Model) -> Card | None:
    """Return the card of a network that is not read with its file; None where it is.

    It was given when the network was loaded, as by the window's form, and is not what the file beside the
    network says. Which of several tensors is the ``answer`` is not compared.
    """
    if not model.card_given or model.path is None:
        return None
    beside = find_card(model.path)
    if beside is None:
        return model.card
    try:
        saved = read_card(beside)
    except ModelError:
        return model.card
    return None if replace(saved, answer="") == replace(model.card, answer="") else model.card
