"""Member: one of the networks over which a prediction or a map varies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from viewer.models.model import Model


@dataclass(frozen=True)
class Member:
    """One member: a network, and its difference from the other members as plain values."""

    model: Model
    description: Mapping[str, Any]
