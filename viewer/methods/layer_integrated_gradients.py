"""Integrated gradients of a layer's activations."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar

from viewer.methods.base import Attribution, ExplanationRequest, Family, PerSampleMethod, Requirement
from viewer.methods.baseline import make_baselines
from viewer.methods.cam import LayerActivationMethod, reshape_tokens_to_grid
from viewer.methods.integrated_gradients import IntegratedGradients

if TYPE_CHECKING:
    import torch

BYPASSED = (
    "the layer is not the only path through the network: contributions that bypass it are not in the map"
)


@dataclass(frozen=True)
class LayerIntegratedGradients(PerSampleMethod, LayerActivationMethod, IntegratedGradients):
    """R = (A − A′) ∫₀¹ ∂f(A′ + α(A − A′))/∂A dα, with A the layer's output for x and A′ that for x′.

    Equation 1 of Sundararajan, Taly and Yan 2017, with f a function of the layer: the path is a straight line
    between the activations, not between the inputs. Paths around the layer are held at their values for x. Up
    to the error of the numerical integral, the sum of R is f(x) − f(x′) if there are no such paths; otherwise
    f(x′) is replaced by f with the layer's output for x′.
    """

    name: ClassVar[str] = "layer-integrated-gradients"
    title: ClassVar[str] = "Layer integrated gradients"
    family: ClassVar[Family] = Family.ATTRIBUTION
    requirements: ClassVar[frozenset[Requirement]] = frozenset({Requirement.GRAPH})
    explains_covariates: ClassVar[bool] = False
    source: ClassVar[str] = "Sundararajan et al. 2017, eq. 1, applied to a layer"
    description: ClassVar[str] = (
        "how much each position of a layer adds when its activations replace those of the baseline"
    )
    limitations: ClassVar[str] = "be finer than the layer it uses, or be interpreted without its baseline"
    not_for: ClassVar[str] = "To outline a lesion that is smaller than the layer's voxels."
    zero_map_reason: ClassVar[str] = "the layer adds nothing compared with the baseline"

    def explain_sample(self, request: ExplanationRequest) -> Attribution:
        """Compute the map on the input's grid, (1, 1, spatial...), in units of the output."""
        request, why, contributions = self.layer_contributions(request)
        graph = request.model.graph(request.x)
        result = self.finish(request, reshape_tokens_to_grid(graph, request, contributions.values), why)
        return replace(result, residual=contributions.residual, notes=(*result.notes, *contributions.notes))

    def layer_contributions(self, request: ExplanationRequest) -> tuple[ExplanationRequest, str, Attribution]:
        """Compute contributions of the shape of the layer's output.

        Returns
        -------
        The request with its layer resolved, a note on the choice of the layer, and the contributions.
        """
        from viewer.methods.differentiable_network import network_after_layer
        from viewer.models.graph.interpreter import run

        graph = request.model.graph(request.x)
        request, why = self.resolve_layer(request, graph)
        layer = request.layer
        assert layer is not None
        behind = network_after_layer(graph, layer, request.x, request.progress.subtask(0.0, 0.05))
        baselines = make_baselines(request, self.baseline, self.blur, self.references)

        @lru_cache(maxsize=1)
        def baseline_activations(index: int) -> torch.Tensor:
            return run(graph, baselines.load(index), output=layer)

        inner = replace(request, x=behind.activations, progress=request.progress.subtask(0.05, 1.0))
        attribution = self.integrate(inner, replace(baselines, load=baseline_activations), behind)
        notes = (*attribution.notes, BYPASSED) if behind.is_bypassed else attribution.notes
        return request, why, replace(attribution, notes=notes)
