"""Measured performance of a network: a metric, its value and interval, and the data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from viewer.models.json_reader import JsonReader


@dataclass(frozen=True)
class Performance:
    """One measurement: an entry of a card's ``performance``.

    Parameters
    ----------
    metric
        Name of the metric: "balanced accuracy".
    value
        The result.
    interval
        Lower and upper limit of its confidence interval; None if unknown.
    on
        Data that it was measured on: "80 held-out scans of site 3".
    """

    metric: str
    value: float
    interval: tuple[float, float] | None = None
    on: str = ""

    @classmethod
    def read(cls, reader: JsonReader) -> Performance:
        """Read an entry of ``performance``. Raises ModelError naming what is wrong."""
        metric, value = reader.text("metric"), reader.number("value")
        interval = None
        if reader.has("interval"):
            limits = reader.numbers("interval")
            if len(limits) != 2 or not limits[0] <= value <= limits[1]:
                raise reader.error("interval", f"is {list(limits)}", "it must be two limits around the value")
            interval = (limits[0], limits[1])
        performance = cls(metric, value, interval, reader.text("on", ""))
        reader.reject_unknown(("metric", "value", "interval", "on"))
        return performance

    def as_json(self) -> dict[str, Any]:
        """Return plain values, without unknown entries."""
        entries: dict[str, Any] = {"metric": self.metric, "value": self.value}
        if self.interval is not None:
            entries["interval"] = list(self.interval)
        return entries | ({"on": self.on} if self.on else {})

    def __str__(self) -> str:
        """Return a single line: ``balanced accuracy 0.81 (0.72 to 0.88) on 80 held-out scans``."""
        limits = "" if self.interval is None else f" ({self.interval[0]:g} to {self.interval[1]:g})"
        return f"{self.metric} {self.value:g}{limits}" + (f" on {self.on}" if self.on else "")
