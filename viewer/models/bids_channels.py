"""Channels of a network, by which images of a BIDS folder are chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from viewer.models.model_card import Card


def bids_channels(card: Card | None) -> dict[str, str] | None:
    """Return the modality of each image that a network takes, by its channel; None without a card.

    The name of a single image is empty.
    """
    spec = None if card is None else card.input
    if spec is None:
        return None
    if spec.channels == 1 or spec.repeat:
        first = spec.inputs[0] if spec.inputs else None
        return {"": "" if first is None else first.modality or first.name}
    return {channel.name: channel.modality for channel in spec.inputs}
