"""Input times gradient: the slope, taken for the whole way from zero."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from viewer.methods.derivative import derivative
from viewer.methods.method import Attribution, Family, Method, Needs, Question


@dataclass(frozen=True)
class InputTimesGradient(Method):
    """R = x · ∂f(x)/∂x (Shrikumar et al. 2016); for rectifier networks without biases, LRP-0."""

    name: ClassVar[str] = "input-times-gradient"
    title: ClassVar[str] = "Input × gradient"
    family: ClassVar[Family] = Family.ATTRIBUTION
    needs: ClassVar[frozenset[Needs]] = frozenset({Needs.GRADIENT})
    source: ClassVar[str] = "Shrikumar et al. 2016, arXiv:1605.01713; Ancona et al. 2018"
    shows: ClassVar[str] = "how much each voxel's intensity would contribute if the network were linear"
    cannot: ClassVar[str] = (
        "account for networks not being linear: a saturated neuron gives its voxels nothing"
    )

    def explain(self, question: Question) -> Attribution:
        """Give x · ∂f/∂x, of the shape of ``question.x``, in units of the output."""
        slope = derivative(question.model, question.x, question.target, question.progress)
        return Attribution(question.x * slope)
