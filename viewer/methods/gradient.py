"""The gradient: how much the output changes with each voxel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from viewer.methods.derivative import derivative
from viewer.methods.method import Attribution, Family, Method, Needs, Question, parameter


@dataclass(frozen=True)
class Gradient(Method):
    """R = ∂f(x)/∂x (Simonyan, Vedaldi and Zisserman 2013; Baehrens et al. 2010)."""

    name: ClassVar[str] = "gradient"
    title: ClassVar[str] = "Gradient"
    family: ClassVar[Family] = Family.FUNCTION
    needs: ClassVar[frozenset[Needs]] = frozenset({Needs.GRADIENT})
    source: ClassVar[str] = "Simonyan et al. 2013, arXiv:1312.6034"
    shows: ClassVar[str] = "how strongly the output responds to a small change of each voxel"
    cannot: ClassVar[str] = "say how much a voxel contributed: it is a slope, not a contribution"

    sign: str = parameter(
        "signed",
        "signed keeps the direction of the change, absolute shows its size only",
        choices=("signed", "absolute"),
        source="absolute: Simonyan et al. 2013, section 3.1",
    )

    def explain(self, question: Question) -> Attribution:
        """∂f/∂x, or its absolute value, of the shape of ``question.x``, in output per input unit."""
        values = derivative(question.model, question.x, question.target, question.progress)
        return Attribution(values.abs() if self.sign == "absolute" else values)
