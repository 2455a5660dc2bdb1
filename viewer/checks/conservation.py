"""Check of whether a map sums to the value that its method guarantees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from viewer.checks.base import Check, CheckCost, Finding, Verdict, grade
from viewer.checks.context import Explanation
from viewer.checks.svg_charts import BarChart
from viewer.methods.base import parameter
from viewer.number_format import format_number
from viewer.progress import Progress
from viewer.scans.provenance import LOUD_RESIDUAL, Provenance


@dataclass(frozen=True)
class Conservation(Check):
    """Residual of the map's sum, measured by the method on the network's own grid."""

    name: ClassVar[str] = "conservation"
    title: ClassVar[str] = "Conservation"
    question: ClassVar[str] = "Does the map add up to the output it explains?"
    limits: ClassVar[str] = (
        "A correct sum does not say where the relevance lies: any map can be scaled to it. Gradients, "
        "signals and activations guarantee no sum."
    )
    source: ClassVar[str] = "Bach et al. 2015; Sundararajan et al. 2017 (completeness)"
    reading: ClassVar[str] = (
        "The residual is how far the map's sum is from the output it has to add up to, relative to that "
        "output. Near 0 % nothing was lost on the way through the network. A large residual means that "
        "values of the map cannot be read as shares of the output; the bars show both sums, and what biases "
        "absorbed."
    )

    good: float = parameter(0.01, "relative residual up to which the sum holds", limits=(0.0, 1.0))
    bad: float = parameter(LOUD_RESIDUAL, "relative residual beyond which it fails", limits=(0.0, 10.0))

    def estimate_cost(self, explanation: Explanation) -> CheckCost:
        """Return no cost: the residual was computed with the map."""
        return CheckCost()

    def unavailable_reason(self, explanation: Explanation) -> str:
        """Return why there is no residual; empty if there is one."""
        residual = explanation.residual
        if residual is not None:
            return "" if residual.expected or residual.relative else "the map should add up to 0, and does"
        if explanation.method is None:
            return "the map's file does not say what it should add up to"
        return f"{explanation.method.title} guarantees no sum"

    def evaluate(self, explanation: Explanation, progress: Progress) -> Finding:
        """Grade the residual."""
        residual = explanation.residual
        assert residual is not None
        verdict = grade(residual.relative, self.good, self.bad)
        sum_text = explanation.sum_text or Provenance(residual=residual).sum_text
        expected_text = f"but should add up to {format_number(residual.expected, 4)}"
        phrases = {
            Verdict.HOLDS: "as it should",
            Verdict.DOUBTFUL: f"{expected_text}, and some of it is lost or added",
            Verdict.FAILS: expected_text,
        }
        absorbed_text = residual.absorbed_text
        absorbed_note = f"; {absorbed_text}, by the method's definition" if absorbed_text else ""
        absorbed = {} if residual.absorbed is None else residual.absorbed.parts
        output_parts = {"output": residual.explained_output, **absorbed} if absorbed_text else {}
        sums = {**output_parts, "expected": residual.expected, "found": residual.found}
        # A correct sum means little where biases add or absorb more than the output itself.
        is_doubtful = verdict is Verdict.HOLDS and residual.absorption_exceeds_output
        return Finding(
            Verdict.DOUBTFUL if is_doubtful else verdict,
            f"residual {residual.relative:.2%}",
            f"{sum_text[:1].upper()}{sum_text[1:]}, {phrases[verdict]}{absorbed_note}.",
            {"kind": residual.kind, **sums, "relative residual": residual.relative},
            BarChart(tuple(sums), tuple(sums.values())),
        )
