"""Loading of a model's card, without loading the model."""

from __future__ import annotations

from pathlib import Path

from viewer.errors import ModelError
from viewer.models.inspect import inspect
from viewer.models.loading import find_model
from viewer.models.model_card import Card, read_card


def load_card(path_or_name: str | Path) -> Card:
    """Read a card file, or the card of a model without loading its network.

    Parameters
    ----------
    path_or_name : str or Path
        A card file (``.json``), a model's file or folder, or the name of a built-in model.

    Returns
    -------
    Card
        For a model: the card next to its file or inside it, or that of the published weights that its tensors
        match.

    Raises
    ------
    ModelError
        There is no such file or name, it has no card, or an entry of the card is missing, wrong or unknown.

    Examples
    --------
    >>> import viewer
    >>> card = viewer.load_card("demo")
    >>> (card.architecture, card.classes)
    ('eitel-3d', ('no lesion', 'lesion'))
    """
    path = find_model(path_or_name)
    if path.suffix.lower() == ".json":
        return read_card(path)
    card = inspect(path).card
    if card is None:
        raise ModelError(path, "has no card", f"write one beside it, {path.stem}.card.json")
    return card
