"""How a map was made: method, model, scan, settings, and how far its sum is from the one that is due."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from types import MappingProxyType
from typing import Any

from viewer.number_format import format_number

LOUD_RESIDUAL = 0.1
"""The relative residual above which a map's name says so wherever it is shown."""

LEAST_ABSORBED = 1e-4
"""The share of an output from which on it is told that biases or ε took it."""

CANCELLING = 1e3
"""How many times the sum of a map's sizes may exceed the sum that is due, before its notes say so."""


NOT_FINISHED = "not finished"
"""The note of a map that a method shows before its end."""


@dataclass(frozen=True)
class Absorbed:
    """What biases and the stabiliser ε take of an output's relevance by a method's definition.

    In units of the model's output; negative where they add to it. Constants that the network adds or joins
    on, such as a class token, are biases. Bach et al. 2015, eq. 56 to 58.
    """

    biases: float
    stabiliser: float


@dataclass(frozen=True)
class Residual:
    """How far a map is from the sum it must have, measured on the model's own grid.

    ``kind`` is "completeness" (the sum against f(x) − f(baseline)) or "conservation" (the sum against f(x)
    less what was ``absorbed``); ``expected`` and ``found`` are the two sums, in units of the model's output.
    """

    kind: str
    expected: float
    found: float
    absorbed: Absorbed | None = None

    @property
    def output(self) -> float:
        """What is explained: the sum that is due, and what was absorbed."""
        taken = self.absorbed
        return self.expected if taken is None else self.expected + taken.biases + taken.stabiliser

    @property
    def absolute(self) -> float:
        """|found − expected|, in units of the model's output."""
        return abs(self.found - self.expected)

    @property
    def relative(self) -> float:
        """The absolute residual over |expected|; where nothing was expected, 0 for nothing, else infinite."""
        if not self.expected:
            return float("inf") if self.found else 0.0
        return self.absolute / abs(self.expected)

    @property
    def warning(self) -> str:
        """``residual 28%`` above `LOUD_RESIDUAL`; else what was absorbed, if more than the output."""
        if self.relative <= LOUD_RESIDUAL:
            return self.absorbed_text.removesuffix("'s relevance") if self.absorbs_all else ""
        if not self.expected:
            return f"residual: the sum is {self.found:.2g}, and 0 is due"
        if self.relative < 10:
            return f"residual {self.relative:.0%}"
        return f"residual {self.relative:.2g} times what is due"

    @property
    def absorbs_all(self) -> bool:
        """Whether biases and ε take or add more than the output: a voxel's value is no share of it then."""
        return abs(self.output - self.expected) > abs(self.output)

    @property
    def absorbed_text(self) -> str:
        """``biases took 42% and ε added 0.3% of the output's relevance``; empty where neither did."""
        taken, output = self.absorbed, self.output
        if taken is None:
            return ""
        parts = {"biases": taken.biases, "ε": taken.stabiliser}
        if not output:
            told = [f"{name} took {format_number(part, 2)}" for name, part in parts.items() if part]
            return f"{' and '.join(told)} where the output is 0" if told else ""
        told = [
            f"{name} {'took' if part / output > 0 else 'added'} {format_number(100 * abs(part / output), 2)}%"
            for name, part in parts.items()
            if abs(part / output) >= LEAST_ABSORBED
        ]
        return f"{' and '.join(told)} of the output's relevance" if told else ""


@dataclass(frozen=True)
class Provenance:
    """Everything needed to make the map again, and what the network said of the scan.

    ``prediction`` has the classes, their ``logits`` and, of a classification, their ``probabilities``; of a
    regression the ``value`` and its ``unit``. It is empty where the network answers at every voxel. ``title``
    is the name that the map has outside of its file, ``state`` says where it is not finished, such as
    "stopped at step 97 of 256"; it is empty where it is.
    """

    method: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    target: str = ""
    region: str = ""
    layer: str | None = None
    seed: int | None = None
    model: Mapping[str, Any] = field(default_factory=dict)
    scan: Mapping[str, Any] = field(default_factory=dict)
    prediction: Mapping[str, Any] = field(default_factory=dict)
    residual: Residual | None = None
    seconds: float | None = None
    device: str | None = None
    software: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    title: str = field(default="", compare=False)
    state: str = ""

    def __post_init__(self) -> None:
        for name in ("parameters", "model", "scan", "prediction", "software"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    def __reduce__(self) -> tuple[type[Provenance], tuple[Any, ...]]:
        """To another process; views of dictionaries cannot go there, so it is made anew from copies."""
        values = (getattr(self, one.name) for one in fields(self))
        return Provenance, tuple(dict(value) if isinstance(value, Mapping) else value for value in values)

    def as_json(self) -> dict[str, Any]:
        """Plain values for a JSON sidecar; absent entries are left out."""
        entries: dict[str, Any] = {}
        for name in self.__dataclass_fields__:
            value = getattr(self, name)
            if isinstance(value, Mapping):
                value = dict(value)
            if isinstance(value, Residual):
                sums = {key: entry for key, entry in asdict(value).items() if entry is not None}
                value = sums | {"absolute": value.absolute, "relative": value.relative}
            if value not in (None, "", {}, ()):
                entries[name] = list(value) if isinstance(value, tuple) else value
        return entries
