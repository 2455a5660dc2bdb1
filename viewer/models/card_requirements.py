"""Preparation of a scan that a model card requires."""

from __future__ import annotations

from viewer.errors import ModelError
from viewer.models.model_card import Card
from viewer.preparation.requirements import Requirements, Skull, TargetSpace
from viewer.preparation.template import MNI152

PREFIX = "mni152"


def card_requirements(card: Card) -> Requirements:
    """Return the preparation that a raw scan needs; steps that the card does not state are not required.

    Raises
    ------
    ModelError
        The card names a template that is not available.
    """
    if card.template and not card.template.lower().replace(" ", "").startswith(PREFIX):
        raise ModelError(
            card.name,
            f"its card requires registration to {card.template}, but only MNI152 is available",
            "register the scan with another program",
        )
    return Requirements(
        TargetSpace(card.space or "native"), Skull(card.skull or "either"), bool(card.bias_corrected), MNI152
    )


def missing_entries(card: Card) -> tuple[str, ...]:
    """Return the preparation entries that a card lacks."""
    entries = {"space": card.space, "skull": card.skull, "bias_corrected": card.bias_corrected}
    return tuple(name for name, value in entries.items() if value in ("", None))
