"""Spread of a prediction over members: mean, standard deviation and interval of every output."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from viewer.models.uncertainty.kinds import UncertaintyKind
from viewer.number_format import format_probability

if TYPE_CHECKING:
    from viewer.scans.provenance import Provenance

PERCENTILES = (2.5, 97.5)
MIN_MEMBERS = 20
"""Number of members required for an interval between `PERCENTILES`; that of fewer is their full range."""


@dataclass(frozen=True)
class PredictionSpread:
    """Predictions of all members.

    Parameters
    ----------
    kind
        Source of their differences.
    quantity
        Predicted quantity: "probability", "output", "value" or "volume" (mm³).
    names
        Name of each output; for a value, its unit.
    values
        Prediction of each member, one number for each output.
    seed
        Seed of the members; None for an ensemble.
    """

    kind: UncertaintyKind
    quantity: str
    names: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]
    seed: int | None = None

    @property
    def mean(self) -> tuple[float, ...]:
        """Mean of each output."""
        return tuple(self._value_array.mean(0).tolist())

    @property
    def sd(self) -> tuple[float, ...]:
        """Standard deviation of each output, with N - 1 in the denominator."""
        return tuple(self._value_array.std(0, ddof=1).tolist())

    @property
    def intervals(self) -> tuple[tuple[float, float], ...]:
        """Interval of each output: between percentiles, or the full range of few members."""
        percentiles = PERCENTILES if len(self.values) >= MIN_MEMBERS else (0, 100)
        low, high = np.percentile(self._value_array, percentiles, axis=0)
        return tuple(zip(low.tolist(), high.tolist(), strict=True))

    @property
    def interval_text(self) -> str:
        """Description of the interval: ``2.5th to 97.5th percentile of 20 dropout samples``."""
        members = self.kind.describe(len(self.values))
        if len(self.values) < MIN_MEMBERS:
            return f"lowest to highest of {members}"
        low, high = PERCENTILES
        return f"{low:g}th to {high:g}th percentile of {members}"

    @property
    def _value_array(self) -> npt.NDArray[np.float64]:
        return np.array(self.values, dtype=np.float64)

    def describe(self, index: int) -> str:
        """Return one output's interval and mean: ``lesion 91.0% to 99.2%, mean 97.1%``."""
        low, high = (self.format(end) for end in self.intervals[index])
        name = "" if self.quantity == "value" else f"{self.names[index]} "
        return f"{name}{low} to {high}, mean {self.format(self.mean[index])}"

    def format(self, value: float) -> str:
        """Return a number of this quantity as text, with its unit."""
        if self.quantity == "probability":
            return format_probability(value)
        if self.quantity == "volume":
            return f"{value / 1000:.2f} ml"
        unit = self.names[0] if self.quantity == "value" else ""
        return f"{value:.4g} {unit}".rstrip()

    def describe_outputs(self, indices: Iterable[int]) -> str:
        """Return the intervals of some outputs, with their description, in one sentence."""
        return f"{'; '.join(map(self.describe, indices))} ({self.interval_text})"

    def as_json(self) -> dict[str, Any]:
        """Return plain values: the numbers of all members, and the statistics computed from them."""
        entries: dict[str, Any] = {"kind": str(self.kind), "members": len(self.values)}
        if self.seed is not None:
            entries["seed"] = self.seed
        return entries | {
            "quantity": self.quantity,
            "names": list(self.names),
            "mean": list(self.mean),
            "sd": list(self.sd),
            "interval": [list(interval) for interval in self.intervals],
            "interval_is": self.interval_text,
            "values": [list(row) for row in self.values],
        }


def spread_from_json(entries: Mapping[str, Any]) -> PredictionSpread | None:
    """Return the spread recorded in a map's sidecar; None for a kind that only a later version knows."""
    kind = next((member for member in UncertaintyKind if member == entries["kind"]), None)
    if kind is None:
        return None
    values = tuple(tuple(row) for row in entries["values"])
    return PredictionSpread(kind, entries["quantity"], tuple(entries["names"]), values, entries.get("seed"))


def recorded_spread(provenance: Provenance) -> PredictionSpread | None:
    """Return the spread of the prediction in a map's provenance; None if it has none."""
    entries = provenance.prediction.get("uncertainty")
    return None if entries is None else spread_from_json(entries)
