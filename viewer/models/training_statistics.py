"""Statistics in a card of the images that a network was trained on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from viewer.models.json_reader import JsonReader


@dataclass(frozen=True)
class ChannelStatistics:
    """Intensities of one channel in the training data, after preprocessing, as seen by the network.

    Parameters
    ----------
    mean, sd
        Mean and standard deviation over the voxels of all scans.
    quantiles
        Intensity by its percentile, from 0 to 100, in ascending order: ((1.0, -0.9), (50.0, 0.1)).
    name
        Name of the channel; if empty, it is the one at the same position in ``inputs``.
    """

    mean: float
    sd: float
    quantiles: tuple[tuple[float, float], ...] = ()
    name: str = ""

    @classmethod
    def read(cls, reader: JsonReader) -> ChannelStatistics:
        """Read an entry of ``training_statistics.channels``. Raises ModelError naming what is wrong."""
        mean, sd = reader.number("mean"), reader.number("sd")
        if sd < 0:
            raise reader.error("sd", f"is {sd:g}", "it must not be negative")
        entries = reader.mapping("quantiles")
        try:
            pairs = tuple(sorted((float(percent), float(value)) for percent, value in entries.items()))
        except (TypeError, ValueError):
            raise reader.error("quantiles", "is not understood", 'say {"1": 0.1, "50": 0.4}') from None
        values = [value for _, value in pairs]
        if not all(0 <= percent <= 100 for percent, _ in pairs) or values != sorted(values):
            raise reader.error("quantiles", "is not understood", "from 0 to 100 they must ascend")
        statistics = cls(mean, sd, pairs, reader.text("name", ""))
        reader.reject_unknown(("name", "mean", "sd", "quantiles"))
        return statistics

    def as_json(self) -> dict[str, Any]:
        """Return plain values, without unknown entries."""
        entries: dict[str, Any] = {"name": self.name} if self.name else {}
        entries |= {"mean": self.mean, "sd": self.sd}
        if self.quantiles:
            entries["quantiles"] = {f"{percent:g}": value for percent, value in self.quantiles}
        return entries


def read_training_statistics(reader: JsonReader) -> dict[str, Any]:
    """Return a card's ``training_statistics`` as plain values; only ``channels`` is checked.

    Other entries are references for the fit check of a scan, such as batch-norm distances.

    Raises
    ------
    ModelError
        An entry of ``channels`` is missing or invalid.
    """
    entries: dict[str, Any] = {}
    if reader.has("channels"):
        channels = map(ChannelStatistics.read, reader.nested_list("channels"))
        entries["channels"] = [channel.as_json() for channel in channels]
    return entries | reader.take_rest()


def channel_statistics(entries: Mapping[str, Any]) -> tuple[ChannelStatistics, ...]:
    """Return the channels of a card's ``training_statistics``; empty if it has none."""
    reader = JsonReader({"channels": entries.get("channels")}, "training_statistics")
    return tuple(map(ChannelStatistics.read, reader.nested_list("channels")))
