"""Whether a map adds up to what its method promises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from viewer.checks.check import Check, Found, Verdict, Work, graded
from viewer.checks.plot import Bars
from viewer.checks.subject import Case
from viewer.methods.method import parameter
from viewer.number_text import number_text
from viewer.progress import Progress
from viewer.scans.map import LOUD_RESIDUAL


@dataclass(frozen=True)
class Conservation(Check):
    """The residual that the method measured on the network's own voxels."""

    name: ClassVar[str] = "conservation"
    title: ClassVar[str] = "Conservation"
    asks: ClassVar[str] = "Does the map add up to the output it explains?"
    limits: ClassVar[str] = (
        "A correct sum does not say where the relevance lies: any map can be scaled to it. Gradients, "
        "signals and activations promise no sum."
    )
    source: ClassVar[str] = "Bach et al. 2015; Sundararajan et al. 2017 (completeness)"

    good: float = parameter(0.01, "relative residual up to which the sum holds", limits=(0.0, 1.0))
    bad: float = parameter(LOUD_RESIDUAL, "relative residual beyond which it fails", limits=(0.0, 10.0))

    def work(self, case: Case) -> Work:
        """Nothing: the residual came with the map."""
        return Work()

    def cannot(self, case: Case) -> str:
        """Why there is no residual."""
        if case.residual is not None:
            return ""
        if case.method is None:
            return "the map's file does not say what it should add up to"
        return f"{case.method.title} promises no sum"

    def find(self, case: Case, progress: Progress) -> Found:
        """The residual's verdict."""
        residual = case.residual
        assert residual is not None
        verdict = graded(residual.relative, self.good, self.bad)
        due = f"it should add up to {number_text(residual.expected, 4)}"
        words = {
            Verdict.HOLDS: "as it should",
            Verdict.DOUBTFUL: f"{due}, and some of it is lost or added",
            Verdict.FAILS: due,
        }
        return Found(
            verdict,
            f"residual {residual.relative:.2%}",
            f"The map adds up to {number_text(residual.found, 4)}, {words[verdict]}.",
            {
                "kind": residual.kind,
                "expected": residual.expected,
                "found": residual.found,
                "relative residual": residual.relative,
            },
            Bars(("expected", "found"), (residual.expected, residual.found)),
        )
