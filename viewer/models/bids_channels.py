"""Channels of a network, for selecting images from a BIDS folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from viewer.models.model_card import Card


def bids_channels(card: Card | None) -> dict[str, str] | None:
    """Return the modality of each input image by channel name; None without a card or its ``input``.

    The name of a single image is empty.
    """
    spec = None if card is None else card.input
    if spec is None:
        return None
    if spec.channels == 1 or spec.repeat:
        first = spec.inputs[0] if spec.inputs else None
        return {"": "" if first is None else first.modality or first.name}
    return {channel.name: channel.modality for channel in spec.inputs}
