"""LayerCAM: activations of a layer, each weighted by its own positive derivative."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from viewer.methods.base import Attribution, ExplanationRequest
from viewer.methods.cam import LayerActivationMethod, choose_default_layer, find_layer_end

if TYPE_CHECKING:
    from viewer.models.graph.graph import OperatorGraph


@dataclass(frozen=True)
class LayerCAM(LayerActivationMethod):
    """R = ReLU(Σ_k ReLU(∂S/∂A^k) ⊙ A^k), with a weight per position, not per channel (Jiang et al. 2021).

    As the weights are not averaged over positions, the map may be taken from an early layer, where it is as
    fine as the input. The default here is the first convolution, after its norm and rectifier.
    """

    name: ClassVar[str] = "layer-cam"
    title: ClassVar[str] = "LayerCAM"
    source: ClassVar[str] = "Jiang et al. 2021"
    description: ClassVar[str] = "where the activations of one layer, by default the first, raise the output"
    limitations: ClassVar[str] = "show evidence against the output: negative derivatives are dropped"
    not_for: ClassVar[str] = (
        "To find evidence against a class, or to see what a late layer contributes: by default it shows the "
        "first layer."
    )

    def choose_layer(self, graph: OperatorGraph, request: ExplanationRequest) -> tuple[str, str]:
        """Return the first convolution, after its norm and rectifier; without one, the default layer."""
        from viewer.methods.relevance.graph_analysis import find_first_layers

        first = find_first_layers(graph)
        for node in graph.nodes:
            convolves = node.operator in ("conv", "conv_transpose")
            if convolves and node.name in first and len(node.shape or ()) == request.x.dim():
                return find_layer_end(graph, node), "the first layer, the finest"
        return choose_default_layer(graph, request)

    def explain(self, request: ExplanationRequest) -> Attribution:
        """Compute the map on the input's grid, (N, 1, spatial...), in units of the output."""
        request, why, activations, gradients = self.activations_and_gradients(request)
        values = (gradients.clamp(min=0) * activations).sum(1, keepdim=True).clamp(min=0)
        return self.finish(request, values, why)
