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
        worst = max((one.verdict for one in self.checks), key=SEVERITY.index, default=FitVerdict.CAUTION)
        return FitVerdict.CAUTION if worst is FitVerdict.NOT_MEASURABLE else worst

    @property
    def measured(self) -> int:
        """Number of checks that could be run."""
        return sum(one.verdict is not FitVerdict.NOT_MEASURABLE for one in self.checks)

    @property
    def interval(self) -> tuple[float, float] | None:
        """Lowest and highest prediction under small perturbations of the scan; None if it was not checked."""
        return next((one.interval for one in self.checks if one.interval is not None), None)

    @property
    def objections(self) -> tuple[FitCheck, ...]:
        """Results that are not ok, the most severe first."""
        found = [one for one in self.checks if one.verdict in (FitVerdict.CAUTION, FitVerdict.UNFIT)]
        return tuple(sorted(found, key=lambda one: -SEVERITY.index(one.verdict)))

    @property
    def sentence(self) -> str:
        """The verdict in one line, with its main reason."""
        if not self.checks:
            return "whether the scan fits the network was not checked"
        said = f"{self.measured} of {format_count(len(self.checks), 'check')} could be run"
        if not self.objections:
            if not self.measured:
                return f"whether the scan fits the network is not known: {said}"
            return f"no check found a problem; {said}"
        may = "does" if self.verdict is FitVerdict.UNFIT else "may"
        return f"the scan {may} not fit the network: {self.reason}"

    @property
    def reason(self) -> str:
        """The most severe objection, and the number of further ones; empty if there are none."""
        if not self.objections:
            return ""
        first, *others = self.objections
        return first.sentence + (f" (and {len(others)} more)" if others else "")

    def as_json(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {"verdict": str(self.verdict), "checks": [one.as_json() for one in self.checks]}


def fit_report_from_json(entries: Mapping[str, Any]) -> FitReport:
    """Return the report recorded in a map's provenance; without checks if there is none.

    Checks with an unknown verdict, such as one of a later version, are omitted.
    """
    checks = []
    for one in entries.get("checks", ()):
        reasons = one.get("reasons")
        listed = isinstance(reasons, list) and all(isinstance(part, str) for part in reasons)
        verdict = next((known for known in FitVerdict if known == one["verdict"]), None)
        if verdict is not None:
            low_high = one.get("interval")
            checks.append(
                FitCheck(
                    one["name"],
                    verdict,
                    one["sentence"],
                    one.get("value"),
                    one.get("expected", ""),
                    None if low_high is None else (float(low_high[0]), float(low_high[1])),
                    # The file may have been edited: reasons are used only if they make up the sentence.
                    tuple(reasons) if listed and "; ".join(reasons) == one["sentence"] else (),
                )
            )
    return FitReport(tuple(checks))
