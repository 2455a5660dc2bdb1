"""Request to open a network, kept while the user answers questions about it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from viewer.models.model_card import Card


@dataclass(frozen=True)
class ModelRequest:
    """Network to open, with the details given by its session or the user.

    Parameters
    ----------
    path
        File or folder of the network.
    trust
        Whether its code may run.
    expected_hash
        Hash saved in the session; empty if there is none.
    card
        Model card; None for the one next to the network.
    output_name
        Tensor to explain if the network returns several; empty for the default.
    """

    path: Path
    trust: bool = False
    expected_hash: str = ""
    card: Card | None = None
    output_name: str = ""
