"""One measured number, and what it is held against."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Row:
    """A line of a benchmark's table.

    Parameters
    ----------
    name
        What was measured.
    value
        The number; of repeated measurements the median.
    unit
        "ms", "MiB", "1/s".
    comparison
        What it is held against, in words with its number: a peer, a bound, or the same without something.
    """

    name: str
    value: float
    unit: str
    comparison: str = ""

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)
