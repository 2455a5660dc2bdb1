"""One member of those that a prediction or a map varies over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from viewer.models.model import Model


@dataclass(frozen=True)
class Member:
    """One member: a network, and what sets it apart from the others, as plain values."""

    model: Model
    description: Mapping[str, Any]
