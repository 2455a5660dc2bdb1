"""Request to open a network, kept while the user is asked about it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from viewer.models.model_card import Card


@dataclass(frozen=True)
class ModelRequest:
    """Network to open, with what its session or the user says of it.

    Parameters
    ----------
    path
        The file or folder.
    trust
        Whether its code may run.
    expected
        Hash that its session saved; empty for none.
    card
        The card; None for the one beside it.
    answer
        Tensor to explain of several that the network returns; empty for the network's own choice.
    """

    path: Path
    trust: bool = False
    expected: str = ""
    card: Card | None = None
    answer: str = ""
