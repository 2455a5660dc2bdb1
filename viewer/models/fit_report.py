"""Result of the fit check: whether a scan is like those that a network was trained on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from viewer.number_format import format_count


class FitVerdict(StrEnum):
    """Verdict of one check, and of all of them together."""

    OK = "ok"
    CAUTION = "caution"
    UNFIT = "unfit"
    NOT_MEASURABLE = "not measurable"


SEVERITY = (FitVerdict.NOT_MEASURABLE, FitVerdict.OK, FitVerdict.CAUTION, FitVerdict.UNFIT)
"""From the least to the most severe; a check that is not measurable speaks neither for nor against a scan."""


@dataclass(frozen=True)
class FitCheck:
    """Result of one check.

    Parameters
    ----------
    name
        Name of the check, such as "pose".
    verdict
        Its verdict.
    sentence
        Its finding, in one sentence for a physician.
    value
        Measured value; None if nothing was measured.
    expected
        Value expected of a scan that fits, as text.
    interval
        Lowest and highest prediction under small shifts and perturbations of the scan, for the stability
        check.
    reasons
        Parts of the sentence in their order, if it lists several, separated by semicolons.
    """

    name: str
    verdict: FitVerdict
    sentence: str
    value: float | str | None = None
    expected: str = ""
    interval: tuple[float, float] | None = None
    reasons: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        entries: dict[str, Any] = {
            "name": self.name,
            "value": self.value,
            "expected": self.expected,
            "verdict": str(self.verdict),
            "sentence": self.sentence,
        }
        if self.interval is not None:
            entries["interval"] = list(self.interval)
        if len(self.reasons) > 1:
            entries["reasons"] = list(self.reasons)
        return entries


@dataclass(frozen=True)
class FitReport:
    """Result of all checks.

    Parameters
    ----------
    checks
        Results in the order in which they are shown.
    seconds
        Duration of the checks.
    """

    checks: tuple[FitCheck, ...]
    seconds: float = 0.0

    def __repr__(self) -> str:
        return f"<FitReport {self.verdict}: {self.sentence}>"

    @property
    def verdict(self) -> FitVerdict:
        """The most severe verdict, not an average; caution if nothing could be measured."""
        worst = max((check.verdict for check in self.checks), key=SEVERITY.index, default=FitVerdict.CAUTION)
        return FitVerdict.CAUTION if worst is FitVerdict.NOT_MEASURABLE else worst

    @property
    def measured_count(self) -> int:
        """Number of checks that could be run."""
        return sum(check.verdict is not FitVerdict.NOT_MEASURABLE for check in self.checks)

    @property
    def interval(self) -> tuple[float, float] | None:
        """Lowest and highest prediction under small perturbations of the scan; None if it was not checked."""
        return next((check.interval for check in self.checks if check.interval is not None), None)

    @property
    def problems(self) -> tuple[FitCheck, ...]:
        """Results that are not ok, the most severe first."""
        doubtful = [check for check in self.checks if check.verdict in (FitVerdict.CAUTION, FitVerdict.UNFIT)]
        return tuple(sorted(doubtful, key=lambda check: -SEVERITY.index(check.verdict)))

    @property
    def sentence(self) -> str:
        """The verdict in one line, with its main reason."""
        if not self.checks:
            return "whether the scan fits the network was not checked"
        coverage = f"{self.measured_count} of {format_count(len(self.checks), 'check')} could be run"
        if not self.problems:
            if not self.measured_count:
                return f"whether the scan fits the network is not known: {coverage}"
            return f"no check found a problem; {coverage}"
        verb = "does" if self.verdict is FitVerdict.UNFIT else "may"
        return f"the scan {verb} not fit the network: {self.reason}"

    @property
    def reason(self) -> str:
        """The most severe objection, and the number of further ones; empty if there are none."""
        if not self.problems:
            return ""
        first, *others = self.problems
        return first.sentence + (f" (and {len(others)} more)" if others else "")

    def as_json(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {"verdict": str(self.verdict), "checks": [check.as_json() for check in self.checks]}


def fit_report_from_json(entries: Mapping[str, Any]) -> FitReport:
    """Return the report recorded in a map's provenance; without checks if there is none.

    Checks with an unknown verdict, such as one of a later version, are omitted.
    """
    checks = []
    for entry in entries.get("checks", ()):
        reasons = entry.get("reasons")
        is_list = isinstance(reasons, list) and all(isinstance(reason, str) for reason in reasons)
        verdict = next((member for member in FitVerdict if member == entry["verdict"]), None)
        if verdict is not None:
            interval = entry.get("interval")
            checks.append(
                FitCheck(
                    entry["name"],
                    verdict,
                    entry["sentence"],
                    entry.get("value"),
                    entry.get("expected", ""),
                    None if interval is None else (float(interval[0]), float(interval[1])),
                    # The file may have been edited: reasons are used only if they make up the sentence.
                    tuple(reasons) if is_list and "; ".join(reasons) == entry["sentence"] else (),
                )
            )
    return FitReport(tuple(checks))
