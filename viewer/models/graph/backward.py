"""Run a graph forward, then carry a relevance or a gradient back by a table of rules."""

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
    """Run forward, then carry a value back from the output or a layer, to the input or to layers.

    Parameters
    ----------
    graph, x
        The network and its input.
    initial_relevance
        From the value at the start to what is carried back from there.
    rules
        The rule of each operator that is passed.
    progress
        Told after every operator; asked before each whether to stop.
    start
        Where it starts, a layer or a node; without it, the network's output.
    stops
        Where it stops, layers or nodes; without any, the network's input. The answer's keys are these names.
    reference
        A second input of the shape of ``x``. The graph is run on it apart, so that no operator can mix the
        two, and the rules find what was kept of it in ``saved.reference``.

    Raises
    ------
    MethodError
        An operator on the way has no rule, or the beginning does not depend on any end.
    ModelError
        There is no such layer, or the graph does not take ``x``.
    Cancelled
        When ``progress`` says so.
    """
    start_node = graph.node_of(start) if start is not None else graph.output
    stop_nodes = {name: graph.node_of(name) for name in stops} or {graph.input.name: graph.input.name}
    graph, rules = chunk_segments(graph, x, rules, {start_node, *stop_nodes.values()})
    return propagate(
        graph, x, initial_relevance, rules, progress or Progress(), start_node, stop_nodes, reference
    )
