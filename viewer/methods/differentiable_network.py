"""Networks and parts of networks as functions that are differentiated along a path of inputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch

from viewer.errors import MethodError
from viewer.jobs.memory import batch_size, measure_saved_tensors
from viewer.methods.base import Target
from viewer.methods.input_gradient import compute_gradient, compute_outputs, find_graph
from viewer.models.graph.backward import backward
from viewer.models.graph.backward_rules import gradient_rules
from viewer.models.graph.graph import GraphInput, OperatorGraph
from viewer.models.graph.interpreter import find_required_nodes, run, run_forward
from viewer.models.graph.propagate import find_downstream
from viewer.models.model import Model
from viewer.progress import Progress

MAX_BATCH = 64
SINGLE_SAMPLE_SIZE = 2**19
"""Number of values from which inputs are processed one by one on a CPU, where batches are no faster."""


class DifferentiableNetwork(Protocol):
    """Network, or a part of one, whose explained scalar S is differentiated along a path."""

    @property
    def graph(self) -> OperatorGraph | None:
        """Operator graph; None if there is none."""
        ...

    def score(self, x: torch.Tensor, target: Target, progress: Progress) -> torch.Tensor:
        """Compute S for every sample: shape (N,)."""
        ...

    def gradient(self, x: torch.Tensor, target: Target, progress: Progress) -> torch.Tensor:
        """Compute ∂S/∂x of every sample, of the shape of ``x``."""
        ...

    def score_and_batch_size(
        self, x: torch.Tensor, target: Target, progress: Progress
    ) -> tuple[torch.Tensor, int]:
        """Compute S and the batch size for differentiating inputs like ``x``."""
        ...


class WholeNetwork:
    """The whole network, as a function of its input."""

    def __init__(self, model: Model, x: torch.Tensor) -> None:
        self._model = model
        self.graph = find_graph(model, x)

    def score(self, x: torch.Tensor, target: Target, progress: Progress) -> torch.Tensor:
        """Compute S for every sample: shape (N,)."""
        return target.score(compute_outputs(self._model, x, progress))

    def gradient(self, x: torch.Tensor, target: Target, progress: Progress) -> torch.Tensor:
        """Compute ∂S/∂x of every sample, of the shape of ``x``."""
        return compute_gradient(self._model, x, target, progress)

    def score_and_batch_size(
        self, x: torch.Tensor, target: Target, progress: Progress
    ) -> tuple[torch.Tensor, int]:
        """Compute S and the batch size, estimated from the tensors saved for the backward pass."""
        if x.device.type == "cpu" and x.numel() >= SINGLE_SAMPLE_SIZE:
            return self.score(x, target, progress), 1
        with torch.enable_grad():
            leaf = x.detach().clone().requires_grad_(True)
            score, saved_bytes = measure_saved_tensors(
                lambda: target.score(self._model.logits(leaf.clone())).detach()
            )
        # The backward pass adds gradients of about the size of the saved tensors.
        return score, batch_size(2 * saved_bytes + 8 * leaf.nbytes, x.device, MAX_BATCH)


@dataclass(frozen=True, eq=False)
class NetworkAfterLayer:
    """Part of a network after a layer, for one sample.

    Paths around the layer, such as the skip connections of a U-Net, are held at their values for that sample.

    Parameters
    ----------
    graph
        Graph from the layer's output to the network's output, with the held values as constants.
    activations
        The layer's output for the sample, of the layer's shape with N = 1.
    is_bypassed
        Whether there are paths around the layer.
    """

    graph: OperatorGraph
    activations: torch.Tensor
    is_bypassed: bool

    def score(self, x: torch.Tensor, target: Target, progress: Progress) -> torch.Tensor:
        """Compute S from an output of the layer: shape (1,)."""
        return target.score(run(self.graph, x, progress))

    def gradient(self, x: torch.Tensor, target: Target, progress: Progress) -> torch.Tensor:
        """Compute the derivative of S with respect to the layer's output, of its shape."""
        return backward(self.graph, x, target.output_gradient, gradient_rules, progress).relevance

    def score_and_batch_size(
        self, x: torch.Tensor, target: Target, progress: Progress
    ) -> tuple[torch.Tensor, int]:
        """Return S and the batch size 1, as the held values are those of one sample."""
        return self.score(x, target, progress), 1


def network_after_layer(
    graph: OperatorGraph, layer: str, x: torch.Tensor, progress: Progress | None = None
) -> NetworkAfterLayer:
    """Return the part of a network after a layer for one sample ``x`` (1, C, spatial...).

    Raises
    ------
    MethodError
        The output does not depend on the layer.
    ModelError
        There is no such layer.
    """
    start = graph.resolve_layer(layer)
    reached = find_downstream(graph, frozenset({start}))
    if graph.output not in reached:
        raise MethodError(f"layer {layer}", "the output does not depend on it", "choose another layer")
    behind = [
        node
        for node in find_required_nodes(graph, (graph.output,))
        if node.name in reached and node.name != start
    ]
    inside = {start, *(node.name for node in behind), *graph.constants}
    constants = dict.fromkeys(
        name for node in behind for name in node.inputs if name is not None and name not in inside
    )
    trace = run_forward(graph, x, (start, graph.output, *constants), {}, progress or Progress())
    activations = trace.values[start]
    subgraph = OperatorGraph(
        tuple(node.with_sizes(trace.numbers) for node in behind),
        {**graph.constants, **{name: trace.values[name] for name in constants}},
        GraphInput(start, tuple(activations.shape), activations.dtype),
        {"0": graph.output},
        tuple(activations.shape),
    )
    return NetworkAfterLayer(subgraph, activations, any(name in graph.input_dependent for name in constants))
