"""Forward pass of a graph, then backward pass of relevance or gradients with a table of rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

from viewer.models.graph.backward_rules import Rules
from viewer.models.graph.chunked_segments import chunk_segments
from viewer.models.graph.graph import OperatorGraph
from viewer.models.graph.propagate import BackwardResult, propagate
from viewer.progress import Progress


def backward(
    graph: OperatorGraph,
    x: torch.Tensor,
    initial_relevance: Callable[[torch.Tensor], torch.Tensor],
    rules: Rules,
    progress: Progress | None = None,
    *,
    start: str | None = None,
    stops: Sequence[str] = (),
    reference: torch.Tensor | None = None,
) -> BackwardResult:
    """Run forward, then propagate relevance back from the output or a layer, to the input or to layers.

    Parameters
    ----------
    graph, x
        The network and its input.
    initial_relevance
        Returns the relevance at the start, given the value there.
    rules
        Returns the rule of each operator on the path.
    progress
        Updated after every operator, and checked for cancellation before each.
    start
        Layer or node to start at; by default the network's output.
    stops
        Layers or nodes to stop at; by default the network's input. They are the keys of the result.
    reference
        A second input of the shape of ``x``. The graph is run on it separately, so that no operator can mix
        the two; the rules find its saved tensors in ``saved.reference``.

    Raises
    ------
    MethodError
        An operator on the path has no rule, or the start does not depend on any stop.
    ModelError
        There is no such layer, or ``x`` does not fit the graph.
    Cancelled
        ``progress`` was cancelled.
    """
    start_node = graph.resolve_layer(start) if start is not None else graph.output
    stop_nodes = {name: graph.resolve_layer(name) for name in stops} or {graph.input.name: graph.input.name}
    graph, rules = chunk_segments(graph, x, rules, {start_node, *stop_nodes.values()})
    return propagate(
        graph, x, initial_relevance, rules, progress or Progress(), start_node, stop_nodes, reference
    )
