"""Backward pass of relevance through a graph, node by node, with a rule for each.

Relevance that arrives at a value from several users is summed; it and the saved tensors are freed as soon
as the node has been processed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field, replace

import torch

from viewer.errors import MethodError
from viewer.models.graph.backward_rules import Rules
from viewer.models.graph.graph import Node, OperatorGraph
from viewer.models.graph.interpreter import estimate_cost, find_required_nodes, run_forward
from viewer.models.graph.operators.operator import Gradients, SavedTensors
from viewer.models.graph.operators.scalar_ops import NUMBERS
from viewer.progress import Progress

FORWARD_SHARE = 0.4
"""Share of the time that the forward pass takes, for progress."""


@dataclass(frozen=True)
class BackwardResult:
    """Result of a backward pass.

    Parameters
    ----------
    relevances
        Relevance at each stop, in the shape of the value there.
    values
        The values at the stops and at the start.
    output
        The value at the start.
    reference_values
        ``values`` of the run on the reference; empty without one.
    """

    relevances: Mapping[str, torch.Tensor]
    values: Mapping[str, torch.Tensor]
    output: torch.Tensor
    reference_values: Mapping[str, torch.Tensor] = field(default_factory=dict)

    @property
    def relevance(self) -> torch.Tensor:
        """Relevance at the first stop, by default the input."""
        return next(iter(self.relevances.values()))


def propagate(
    graph: OperatorGraph,
    x: torch.Tensor,
    initial_relevance: Callable[[torch.Tensor], torch.Tensor],
    rules: Rules,
    progress: Progress,
    start: str,
    stops: Mapping[str, str],
    reference: torch.Tensor | None = None,
) -> BackwardResult:
    """Run `backward` on the graph as it is; ``start`` and the values of ``stops`` are names of nodes."""
    reachable = find_downstream(graph, frozenset(stops.values()))
    if start not in reachable:
        raise MethodError(start, f"does not depend on {', '.join(stops)}", "explain a later layer")
    path = [node for node in find_required_nodes(graph, (start,)) if passes_relevance(node, reachable)]
    chosen_rules = {node.name: rules(node) for node in path}
    saves = {
        node.name: chosen_rules[node.name].saves(node, tuple(name in reachable for name in node.inputs))
        for node in path
    }
    names = tuple(dict.fromkeys((start, *stops.values())))
    forward_progress = progress.subtask(0.0, FORWARD_SHARE)
    reference_trace = None
    if reference is not None:
        reference_trace = run_forward(
            graph, reference, names, saves, forward_progress.subtask(0.0, 0.5), reachable
        )
        forward_progress = forward_progress.subtask(0.5, 1.0)
    trace = run_forward(graph, x, names, saves, forward_progress, reachable)
    backward_progress = progress.subtask(FORWARD_SHARE, 1.0)
    with torch.no_grad():
        accumulator = RelevanceAccumulator(
            start, initial_relevance(trace.values[start]), frozenset(stops.values())
        )
        costs = [estimate_cost(node, graph) for node in path]
        total, completed = sum(costs) or 1.0, 0.0
        for node, node_cost in zip(reversed(path), reversed(costs), strict=True):
            backward_progress.step(completed, total, node.label)
            completed += node_cost
            saved = trace.saved.pop(node.name)
            reference_saved = None if reference_trace is None else reference_trace.saved.pop(node.name)
            relevance, may_overwrite = accumulator.take(node.name)
            if relevance is not None:
                saved = replace(
                    saved,
                    may_overwrite=may_overwrite,
                    check_cancelled=backward_progress.raise_if_cancelled,
                    reference=reference_saved,
                )
                input_relevances = chosen_rules[node.name].backward(
                    node.with_sizes(trace.numbers), relevance, saved
                )
                accumulator.add(node, relevance, saved, input_relevances)
    relevances = {}
    for stop, name in stops.items():
        arrived, _ = accumulator.take(name)
        relevances[stop] = arrived if arrived is not None else torch.zeros_like(trace.values[name])
    progress.step(1.0, 1.0)
    return BackwardResult(
        relevances,
        trace.values,
        trace.values[start],
        {} if reference_trace is None else reference_trace.values,
    )


def passes_relevance(node: Node, reachable: Set[str]) -> bool:
    """Return whether relevance flows through a node."""
    return node.operator not in NUMBERS and any(name in reachable for name in node.inputs)


def find_downstream(graph: OperatorGraph, sources: frozenset[str]) -> frozenset[str]:
    """Return some values and all that depend on them."""
    reachable = set(sources)
    for node in graph.nodes:
        if passes_relevance(node, reachable):
            reachable.add(node.name)
    return frozenset(reachable)


class RelevanceAccumulator:
    """Sum of the relevance that has arrived at each value, and whether its memory is owned."""

    def __init__(self, start: str, relevance: torch.Tensor, stops: frozenset[str]) -> None:
        self._relevances = {start: relevance}
        self._owned: set[str] = set()
        self._stops = stops

    def take(self, name: str) -> tuple[torch.Tensor | None, bool]:
        """Return the relevance at a value, and whether it may be overwritten; release it unless a stop."""
        if name in self._stops:
            return self._relevances.get(name), False
        return self._relevances.pop(name, None), name in self._owned

    def add(
        self, node: Node, relevance: torch.Tensor, saved: SavedTensors, input_relevances: Gradients
    ) -> None:
        """Add the relevance that a node's rule returned for its inputs."""
        runs = (saved,) if saved.reference is None else (saved, saved.reference)
        used_pointers = {
            storage_pointer(tensor)
            for run in runs
            for tensor in (*run.inputs, run.output)
            if tensor is not None
        }
        if not saved.may_overwrite:
            used_pointers.add(storage_pointer(relevance))
        gradient_pointers = [
            storage_pointer(gradient) for gradient in input_relevances if gradient is not None
        ]
        for name, gradient, needed in zip(node.inputs, input_relevances, saved.needs_grad, strict=True):
            if name is None or gradient is None or not needed:
                continue
            pointer = storage_pointer(gradient)
            owned = (
                pointer not in used_pointers
                and gradient_pointers.count(pointer) == 1
                and not has_overlap(gradient)
            )
            previous = self._relevances.get(name)
            if previous is None:
                self._relevances[name] = gradient
            elif name in self._owned:
                previous.add_(gradient)
                owned = True
            elif owned:
                self._relevances[name] = gradient.add_(previous)
            else:
                self._relevances[name] = previous + gradient
                owned = True
            if owned:
                self._owned.add(name)


def storage_pointer(tensor: torch.Tensor) -> int:
    """Return the address of a tensor's memory."""
    return tensor.untyped_storage().data_ptr()


def has_overlap(tensor: torch.Tensor) -> bool:
    """Return whether elements of a tensor share memory (expanded), so that it cannot be written to."""
    return any(stride == 0 and size > 1 for stride, size in zip(tensor.stride(), tensor.shape, strict=True))
