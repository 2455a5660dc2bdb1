"""Base class of checks: a question about a map, its estimated cost, and a result with its limits."""

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
    """Verdict of a check on a map. ``OPEN`` if the check gives no verdict."""

    HOLDS = "holds"
    DOUBTFUL = "doubtful"
    FAILS = "fails"
    OPEN = "open"


@dataclass(frozen=True)
class CheckCost:
    """Cost of a check: number of forward passes of the network, and number of recomputed maps."""

    forward_passes: float = 0
    maps: float = 0

    def estimate_seconds(self, explanation: Explanation) -> float:
        """Return the expected duration, from how long the first forward pass and the map itself took."""
        return (
            self.forward_passes * explanation.context.forward_pass_seconds + self.maps * explanation.seconds
        )


@dataclass(frozen=True, eq=False)
class CheckResult:
    """Result of a check.

    Parameters
    ----------
    check, title
        Name and title of the check.
    map
        The name of the map.
    verdict, headline
        The verdict, and the main number with its name.
    sentence
        Interpretation of the numbers.
    limits
        Limits of the interpretation.
    numbers
        Plain values for JSON.
    plot
        Chart of the numbers.
    maps
        Maps computed by the check, each with a name, on the network's grid.
    seconds
        Duration.
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
        """Return plain values for JSON; plots and maps are left out."""
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
    """Result of evaluating a check; the rest of a `CheckResult` is taken from the check."""

    verdict: Verdict
    headline: str
    sentence: str
    numbers: Mapping[str, Any] = field(default_factory=dict)
    plot: Chart | None = None
    maps: tuple[tuple[str, Floats], ...] = ()


@dataclass(frozen=True)
class Check(ABC):
    """Base class of checks. Its fields are its parameters."""

    name: ClassVar[str]
    title: ClassVar[str]
    question: ClassVar[str]
    limits: ClassVar[str]
    source: ClassVar[str]
    reading: ClassVar[str] = ""
    """How to read the check's number and plot, in a few sentences; shown in the guide."""
    needs_method: ClassVar[bool] = False
    about_network: ClassVar[bool] = False
    """Whether the verdict is about the network, whatever the map: it does not count for or against a map."""

    @abstractmethod
    def estimate_cost(self, explanation: Explanation) -> CheckCost:
        """Return the estimated cost for this map."""

    @abstractmethod
    def evaluate(self, explanation: Explanation, progress: Progress) -> Finding:
        """Run the check. Raises `Cancelled` when ``progress`` is cancelled."""

    def shared_cost(self, explanation: Explanation) -> float:
        """Return the number of forward passes in `estimate_cost` that are shared by all maps of a scan."""
        del explanation
        return 0.0

    def unavailable_reason(self, explanation: Explanation) -> str:
        """Return why the check does not apply to this map; empty if it does."""
        return explanation.unavailable_reason if self.needs_method and explanation.method is None else ""

    def run(self, explanation: Explanation, progress: Progress | None = None) -> CheckResult:
        """Run the check on one map; if it does not apply, the result says so.

        Raises
        ------
        ViewerError
            The network or the method rejects its input.
        Cancelled
            When ``progress`` is cancelled.
        """
        import time

        started = time.monotonic()
        reason = self.unavailable_reason(explanation)
        if reason:
            finding = Finding(Verdict.OPEN, "not run", f"Not run: {reason}.")
        else:
            finding = self.evaluate(
                explanation, (progress or Progress()).with_message(f"{self.title}: {explanation.name}")
            )
        return CheckResult(
            self.name,
            self.title,
            explanation.name,
            finding.verdict,
            finding.headline,
            finding.sentence,
            self.limits,
            finding.numbers,
            finding.plot,
            finding.maps,
            time.monotonic() - started,
        )


def grade(value: float, pass_limit: float, fail_limit: float) -> Verdict:
    """Return HOLDS up to ``pass_limit``, FAILS beyond ``fail_limit``, else DOUBTFUL; either may be larger."""
    if value != value:
        return Verdict.OPEN
    sign = 1 if fail_limit >= pass_limit else -1
    if sign * value <= sign * pass_limit:
        return Verdict.HOLDS
    return Verdict.DOUBTFUL if sign * value <= sign * fail_limit else Verdict.FAILS
