"""What a check is: a question about a map, what asking it costs, and an answer in numbers with its limits."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, ClassVar

from viewer.checks.context import Explanation, Floats
from viewer.checks.svg_charts import Chart
from viewer.progress import Progress


class Verdict(StrEnum):
    """What the number says of the map. ``OPEN`` where the check has nothing to say of it."""

    HOLDS = "holds"
    DOUBTFUL = "doubtful"
    FAILS = "fails"
    OPEN = "open"


@dataclass(frozen=True)
class CheckCost:
    """What a check costs: how often the network answers, and how often the map is made again."""

    answers: float = 0
    maps: float = 0

    def seconds(self, explanation: Explanation) -> float:
        """As long as the network's first answer and the map itself took, so often."""
        return self.answers * explanation.context.seconds + self.maps * explanation.seconds


@dataclass(frozen=True, eq=False)
class CheckResult:
    """What a check found.

    Parameters
    ----------
    check, title
        Which one.
    map
        The name of the map.
    verdict, headline
        In a word, and the one number with its name.
    sentence
        What the numbers mean.
    limits
        What they do not mean.
    numbers
        Plain values for JSON.
    plot
        A small picture of the numbers.
    maps
        Maps that were made on the way, each with a name, on the network's voxels.
    seconds
        How long it took.
    """

    check: str
    title: str
    map: str
    verdict: Verdict
    headline: str
    sentence: str
    limits: str
    numbers: Mapping[str, Any] = field(default_factory=dict)
    plot: Chart | None = None
    maps: tuple[tuple[str, Floats], ...] = ()
    seconds: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "numbers", MappingProxyType(dict(self.numbers)))

    def as_json(self) -> dict[str, Any]:
        """Plain values; plots and maps are left out."""
        return {
            "check": self.check,
            "map": self.map,
            "verdict": str(self.verdict),
            "headline": self.headline,
            "sentence": self.sentence,
            "limits": self.limits,
            "numbers": dict(self.numbers),
            "seconds": round(self.seconds, 3),
        }


@dataclass(frozen=True)
class Finding:
    """What a check works out; the rest of a `CheckResult` is the check's own."""

    verdict: Verdict
    headline: str
    sentence: str
    numbers: Mapping[str, Any] = field(default_factory=dict)
    plot: Chart | None = None
    maps: tuple[tuple[str, Floats], ...] = ()


@dataclass(frozen=True)
class Check(ABC):
    """Base of every check. Its fields are its settings."""

    name: ClassVar[str]
    title: ClassVar[str]
    question: ClassVar[str]
    limits: ClassVar[str]
    source: ClassVar[str]
    needs_method: ClassVar[bool] = False

    @abstractmethod
    def estimate_cost(self, explanation: Explanation) -> CheckCost:
        """What it costs for this map, before it is begun."""

    @abstractmethod
    def evaluate(self, explanation: Explanation, progress: Progress) -> Finding:
        """Work it out. Raises `Cancelled` when ``progress`` says so."""

    def shared_cost(self, explanation: Explanation) -> float:
        """Of `work`, the answers that are asked for once for all maps of a subject."""
        del explanation
        return 0.0

    def unavailable_reason(self, explanation: Explanation) -> str:
        """Why it has nothing to say of this map; empty where it has."""
        return explanation.unavailable_reason if self.needs_method and explanation.method is None else ""

    def run(self, explanation: Explanation, progress: Progress | None = None) -> CheckResult:
        """The check's answer for one map; where it cannot be asked, that is the answer.

        Raises
        ------
        ViewerError
            The network or the method refuses what it is given.
        Cancelled
            When ``progress`` says so.
        """
        import time

        began = time.monotonic()
        why = self.unavailable_reason(explanation)
        if why:
            found = Finding(Verdict.OPEN, "not run", f"Not run: {why}.")
        else:
            found = self.evaluate(
                explanation, (progress or Progress()).with_message(f"{self.title}: {explanation.name}")
            )
        return CheckResult(
            self.name,
            self.title,
            explanation.name,
            found.verdict,
            found.headline,
            found.sentence,
            self.limits,
            found.numbers,
            found.plot,
            found.maps,
            time.monotonic() - began,
        )


def grade(value: float, good: float, bad: float) -> Verdict:
    """Holds up to ``good``, fails beyond ``bad``, doubtful between; either may be the larger."""
    if value != value:
        return Verdict.OPEN
    side = 1 if bad >= good else -1
    if side * value <= side * good:
        return Verdict.HOLDS
    return Verdict.DOUBTFUL if side * value <= side * bad else Verdict.FAILS
