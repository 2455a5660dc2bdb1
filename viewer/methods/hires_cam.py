"""HiResCAM: activations of a layer times their derivatives, position by position."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from viewer.methods.base import Attribution, ExplanationRequest, parameter
from viewer.methods.cam import LayerActivationMethod


@dataclass(frozen=True)
class HiResCAM(LayerActivationMethod):
    """R = Σ_k ∂S/∂A^k ⊙ A^k (Draelos and Carin 2020).

    If a single dense layer follows the layer, the map (before it is enlarged) sums to the output without its
    bias. Grad-CAM first averages the derivatives over positions, and may highlight positions that the network
    did not use.
    """

    name: ClassVar[str] = "hires-cam"
    title: ClassVar[str] = "HiResCAM"
    source: ClassVar[str] = "Draelos and Carin 2020"
    description: ClassVar[str] = "where the activations of one layer raise or lower the output"
    limitations: ClassVar[str] = "be finer than the layer it uses"
    not_for: ClassVar[str] = "To outline small lesions: it is as coarse as the layer."

    rectify: bool = parameter(False, "keep only evidence for the output, as Grad-CAM does")

    def explain(self, request: ExplanationRequest) -> Attribution:
        """Compute the map on the input's grid, (N, 1, spatial...), in units of the output."""
        request, why, activations, gradients = self.activations_and_gradients(request)
        values = (gradients * activations).sum(1, keepdim=True)
        return self.finish(request, values.clamp(min=0) if self.rectify else values, why)
