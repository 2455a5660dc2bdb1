"""Class activation maps from one layer's activations: Grad-CAM, Grad-CAM++, guided Grad-CAM, FEM."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from viewer.errors import MethodError
from viewer.methods.base import Attribution, ExplanationRequest, Family, Method, Requirement, parameter
from viewer.methods.graph_attribution import upsample_to_input
from viewer.methods.guided_backprop import GuidedBackpropagation

if TYPE_CHECKING:
    import torch

    from viewer.models.graph.graph import Node, OperatorGraph

FOLLOWING_OPERATORS = frozenset(
    {
        "affine",
        "instance_norm",
        "group_norm",
        "relu",
        "leaky_relu",
        "elu",
        "prelu",
        "gelu",
        "silu",
        "hardtanh",
    }
)
"""Operators that may follow a convolution as part of its layer: norms and rectifiers."""


@dataclass(frozen=True)
class LayerActivationMethod(Method):
    """Base class of methods that use one layer, chosen by `choose_layer` unless the request names one."""

    family: ClassVar[Family] = Family.ACTIVATION
    requirements: ClassVar[frozenset[Requirement]] = frozenset({Requirement.GRAPH})
    accepts_layer: ClassVar[bool] = True
    zero_map_reason: ClassVar[str] = "the active channels of this layer do not support the output"

    def resolve_layer(
        self, request: ExplanationRequest, graph: OperatorGraph
    ) -> tuple[ExplanationRequest, str]:
        """Return the request with its layer resolved, and a note on how the layer was chosen."""
        if request.layer is not None:
            return request, ""
        layer, why = self.choose_layer(graph, request)
        return replace(request, layer=layer), why

    def choose_layer(self, graph: OperatorGraph, request: ExplanationRequest) -> tuple[str, str]:
        """Return the layer to use if none is named, and a note on the choice or ""."""
        return choose_default_layer(graph, request)

    def activations_and_gradients(
        self, request: ExplanationRequest
    ) -> tuple[ExplanationRequest, str, torch.Tensor, torch.Tensor]:
        """Compute the layer's activations A and the target's derivative ∂S/∂A, in the same shape.

        Computed on the operator graph, or by automatic differentiation if the network has no graph.

        Returns
        -------
        The request with its layer resolved, a note on the choice of the layer, A, and ∂S/∂A.
        """
        from viewer.methods.input_gradient import find_graph
        from viewer.models.graph.backward import backward
        from viewer.models.graph.backward_rules import gradient_rules

        graph = find_graph(request.model, request.x)
        if graph is None:
            from viewer.methods.eager_layer import compute_layer_gradient

            layer, activations, gradients = compute_layer_gradient(request)
            why = "by automatic differentiation, as no operator graph can be built for the network"
            return replace(request, layer=layer), why, activations, gradients
        request, why = self.resolve_layer(request, graph)
        assert request.layer is not None
        result = backward(
            graph,
            request.x,
            request.target.output_gradient,
            gradient_rules,
            request.progress,
            stops=(request.layer,),
        )
        activations = result.values[graph.resolve_layer(request.layer)]
        return (
            request,
            why,
            reshape_tokens_to_grid(graph, request, activations),
            reshape_tokens_to_grid(graph, request, result.relevance),
        )

    def finish(self, request: ExplanationRequest, values: torch.Tensor, layer_note: str = "") -> Attribution:
        """Return a layer's map (N, 1, spatial...) on the input grid; ``layer_note``: the choice of layer."""
        size = "×".join(str(length) for length in values.shape[2:])
        note = (
            f"computed at {request.layer} ({size}{f', {layer_note}' if layer_note else ''}), "
            "enlarged to the input's grid"
        )
        notes = (
            (note,) if bool(values.any()) else (note, f"the map is zero everywhere: {self.zero_map_reason}")
        )
        return Attribution(upsample_to_input(values, request), None, notes)


def choose_default_layer(graph: OperatorGraph, request: ExplanationRequest) -> tuple[str, str]:
    """Choose the layer to use if none is named, and return a note on the choice.

    By default, this is the last convolution whose output is a volume of more than one voxel. In a network
    with a dense prediction, that convolution is the output itself; there, the last convolution at the lowest
    resolution is chosen, the bottleneck (Vinogradova et al. 2020, Seg-Grad-CAM), or, if all have the same
    resolution, the last one before the output. If this would be the patch embedding of a transformer (its
    first layer), the tokens that enter the last attention are used instead.

    Returns
    -------
    Name of the convolution's node, or of the norm or rectifier that follows it, and a note or "".

    Raises
    ------
    MethodError
        The network has no such convolution.
    """
    from viewer.methods.relevance.graph_analysis import find_first_layers

    rank, first = request.x.dim(), find_first_layers(graph)
    volumes = [
        node
        for node in graph.nodes
        if node.operator in ("conv", "conv_transpose")
        and node.shape is not None
        and len(node.shape) == rank
        and any(size is None or size > 1 for size in node.shape[2:])
    ]
    tokens = choose_token_layer(graph, request)
    if not volumes and tokens is not None:
        return tokens
    if not volumes:
        raise MethodError(
            "layer",
            f"no convolution's output is a volume of several voxels along the input's {rank - 2} axes",
            "choose another method",
        )
    output = graph.by_name.get(graph.output)
    dense = output is not None and output.shape is not None and len(output.shape) == rank
    inner = [node for node in volumes if reaches_any(graph, node, volumes)] if dense else []
    if inner:
        fewest = min(_count_voxels(node) for node in inner)
        all_equal = fewest == max(_count_voxels(node) for node in inner)
        chosen = [node for node in inner if _count_voxels(node) == fewest][-1]
        if tokens is not None and chosen.name in first:
            return tokens
        why = "the last layer before the head" if all_equal else "the bottleneck"
        return _find_block_end(graph, chosen), f"{why}, as the last convolution is the output itself"
    last = volumes[-1]
    if last.name in first and tokens is not None:
        return tokens
    if last.name in first and any(node.operator == "matmul" for node in graph.nodes):
        return find_layer_end(graph, last), (
            "the patch embedding, the network's first layer: the map says little about its later layers"
        )
    return find_layer_end(graph, last), ""


def choose_token_layer(graph: OperatorGraph, request: ExplanationRequest) -> tuple[str, str] | None:
    """Return the layer of a transformer's tokens and a note on the choice; None if they form no grid.

    With windowed attention, this is the last norm over a grid of tokens.
    """
    from viewer.methods.attention.channels_last import find_last_norm
    from viewer.methods.attention.token_layout import find_attention, find_token_layer, find_token_layout

    if not find_attention(graph):
        return None
    layer, layout = find_token_layer(graph), find_token_layout(graph, request.x)
    if layout is None:
        last = find_last_norm(graph, request.x.dim())
        return None if last is None else (last, "the last norm of a grid of tokens")
    if layer is None:
        return None
    why = "the tokens that enter the last attention"
    return layer, f"{why}; {layout.dropped_note}" if layout.dropped_note else why


def reshape_tokens_to_grid(
    graph: OperatorGraph, request: ExplanationRequest, values: torch.Tensor
) -> torch.Tensor:
    """Return a layer of tokens as a volume (N, channels, grid); any other layer unchanged."""
    from viewer.methods.attention.channels_last import (
        find_token_grid,
        has_channels_last,
        to_channels_first,
    )
    from viewer.methods.attention.token_layout import find_token_layout, tokens_to_volume

    rank = request.x.dim()
    if request.layer is None or values.dim() not in (3, rank):
        return values
    layer = graph.resolve_layer(request.layer)
    if values.dim() == rank:
        return to_channels_first(values) if rank > 3 and has_channels_last(graph, layer) else values
    if rank == 3:
        return values
    layout = find_token_layout(graph, request.x)
    volume = None if layout is None else tokens_to_volume(values, layout)
    if volume is not None:
        return volume
    grid = find_token_grid(graph, layer, rank)
    return values if grid is None else to_channels_first(values, grid)


def reaches_any(graph: OperatorGraph, node: Node, others: Sequence[Node]) -> bool:
    """Return whether the output of a node reaches any other of the given nodes."""
    reached = {node.name}
    for other in graph.nodes:
        if any(name in reached for name in other.inputs):
            reached.add(other.name)
    return any(candidate.name in reached for candidate in others if candidate is not node)


def _count_voxels(node: Node) -> int:
    """Return the number of voxels of a volume; dynamic sizes count as one."""
    return math.prod(size or 1 for size in (node.shape or ())[2:])


def find_layer_end(graph: OperatorGraph, node: Node) -> str:
    """Return the last norm or rectifier that follows a convolution, as long as each node has one user."""
    while True:
        users = [graph.by_name[user] for user in graph.users.get(node.name, ())]
        if len(users) != 1 or users[0].operator not in FOLLOWING_OPERATORS:
            return node.name
        node = users[0]


def _find_block_end(graph: OperatorGraph, convolution: Node) -> str:
    """Return the last operator of a convolution's layer or, if it ends a residual block, of the block.

    A residual block ends with the sum with its shortcut, followed by a norm and rectifier; before the sum,
    only part of the block's output is available.
    """
    name = find_layer_end(graph, convolution)
    users = [graph.by_name[user] for user in graph.users.get(name, ())]
    if len(users) == 1 and users[0].operator == "add" and users[0].shape == graph.by_name[name].shape:
        return find_layer_end(graph, users[0])
    return name


@dataclass(frozen=True)
class GradCAM(LayerActivationMethod):
    """R = ReLU(Σ_k α_k A^k), where α_k is the mean of ∂S/∂A^k (Selvaraju et al. 2017)."""

    name: ClassVar[str] = "grad-cam"
    title: ClassVar[str] = "Grad-CAM"
    source: ClassVar[str] = (
        "Selvaraju et al. 2017; of a region of a segmentation (Seg-Grad-CAM): Vinogradova et al. 2020; "
        "Ayyar et al. 2021, section 4"
    )
    description: ClassVar[str] = "where the channels of one layer that support the output are active"
    limitations: ClassVar[str] = "be finer than the layer it uses"
    not_for: ClassVar[str] = (
        "To outline small lesions, or if a dense layer over all positions follows the last convolution; "
        "use HiResCAM in that case."
    )

    rectify: bool = parameter(True, "keep only evidence for the output, as in the paper")

    def explain(self, request: ExplanationRequest) -> Attribution:
        """Compute the map on the input's grid, (N, 1, spatial...), in units of the output."""
        request, why, activations, gradients = self.activations_and_gradients(request)
        dims = tuple(range(2, gradients.dim()))
        weighted = (gradients.mean(dims, keepdim=True) * activations).sum(1, keepdim=True)
        return self.finish(request, weighted.clamp(min=0) if self.rectify else weighted, why)


@dataclass(frozen=True)
class GradCAMPlusPlus(LayerActivationMethod):
    """Grad-CAM with the derivative weighted at every position (Chattopadhay et al. 2018, eq. 19)."""

    name: ClassVar[str] = "grad-cam-plus-plus"
    title: ClassVar[str] = "Grad-CAM++"
    source: ClassVar[str] = "Chattopadhay et al. 2018, eq. 19"
    description: ClassVar[str] = (
        "where the channels of one layer support the output, with several regions weighted alike"
    )
    limitations: ClassVar[str] = "be finer than the layer it uses"
    not_for: ClassVar[str] = "To outline small lesions, or to find evidence against a class."

    def explain(self, request: ExplanationRequest) -> Attribution:
        """Compute the map on the input's grid, (N, 1, spatial...)."""
        request, why, activations, gradients = self.activations_and_gradients(request)
        dims = tuple(range(2, gradients.dim()))
        square, cube = gradients.square(), gradients**3
        denominator = 2 * square + (activations.sum(dims, keepdim=True) * cube)
        share = square / denominator.where(denominator != 0, denominator.new_ones(()))
        weights = (share * gradients.clamp(min=0)).sum(dims, keepdim=True)
        return self.finish(request, (weights * activations).sum(1, keepdim=True).clamp(min=0), why)


@dataclass(frozen=True)
class GuidedGradCAM(LayerActivationMethod):
    """Grad-CAM times guided backpropagation, voxel by voxel (Selvaraju et al. 2017, section 3.2)."""

    name: ClassVar[str] = "guided-grad-cam"
    title: ClassVar[str] = "Guided Grad-CAM"
    source: ClassVar[str] = "Selvaraju et al. 2017, section 3.2; Ayyar et al. 2021, section 4"
    description: ClassVar[str] = "fine structure within the regions that support the output"
    limitations: ClassVar[str] = "be trusted in its fine detail, which comes from guided backpropagation"
    not_for: ClassVar[str] = "To judge a network by fine detail, which comes from guided backpropagation."

    def explain(self, request: ExplanationRequest) -> Attribution:
        """Compute the map in the shape of ``request.x``."""
        first, second = request.progress.subtask(0.0, 0.5), request.progress.subtask(0.5, 1.0)
        localization = GradCAM().explain(replace(request, progress=first))
        detail = GuidedBackpropagation().explain(replace(request, layer=None, progress=second))
        return Attribution(localization.values * detail.values, None, localization.notes)


@dataclass(frozen=True)
class FEM(LayerActivationMethod):
    """R = Σ_k μ_k [A^k ≥ μ_k + K σ_k]: where channels are unusually active (Fuad et al. 2020)."""

    name: ClassVar[str] = "fem"
    title: ClassVar[str] = "Feature explanation method"
    source: ClassVar[str] = "Fuad et al. 2020; Ayyar et al. 2021, section 4"
    description: ClassVar[str] = "where the channels of one layer are unusually active, whatever the output"
    limitations: ClassVar[str] = "depend on the class: it uses no derivative and no output"
    not_for: ClassVar[str] = "To explain a class: the map is the same for every class."

    k: float = parameter(
        1.0,
        "number of standard deviations above its channel's mean that an activation must reach",
        limits=(-5.0, 10.0),
    )

    def explain(self, request: ExplanationRequest) -> Attribution:
        """Compute the map on the input's grid, (N, 1, spatial...), in units of activation."""
        from viewer.methods.input_gradient import find_graph
        from viewer.models.graph.interpreter import run

        graph = find_graph(request.model, request.x)
        if graph is None:
            request, why, activations, _ = self.activations_and_gradients(request)
        else:
            request, why = self.resolve_layer(request, graph)
            activations = run(graph, request.x, request.progress, request.layer)
            activations = reshape_tokens_to_grid(graph, request, activations)
        dims = tuple(range(2, activations.dim()))
        mean = activations.mean(dims, keepdim=True)
        deviation = activations.std(dims, unbiased=False, keepdim=True)
        chosen = activations >= mean + self.k * deviation
        return self.finish(request, (mean * chosen).sum(1, keepdim=True), why)
