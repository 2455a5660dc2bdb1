"""Carrying a value back through a graph: one interpreter, and for every family of methods a table of rules.

What arrives at a value from several users is summed; it and whatever was kept for it are freed as soon as
they have been passed on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

import torch

from viewer.errors import MethodError
from viewer.models.graph.nodes import Node, OperatorGraph
from viewer.models.graph.operators.numbers import NUMBERS
from viewer.models.graph.operators.operator import Gradients, Kept
from viewer.models.graph.rules import Rules
from viewer.models.graph.run import cost, forward, needed
from viewer.models.graph.strands import stranded
from viewer.progress import Progress

FORWARD_SHARE = 0.4
"""The share of the time the forward run takes, for the progress."""


@dataclass(frozen=True)
class Reversed:
    """What came back.

    Parameters
    ----------
    relevances
        At each of the ends, in the shape of the value there.
    values
        The values at the ends and at the beginning.
    output
        The value at the beginning.
    reference
        ``values`` of the run on the reference; empty where there was none.
    """

    relevances: Mapping[str, torch.Tensor]
    values: Mapping[str, torch.Tensor]
    output: torch.Tensor
    reference: Mapping[str, torch.Tensor] = field(default_factory=dict)

    @property
    def relevance(self) -> torch.Tensor:
        """At the first end: the input, where no other was asked for."""
        return next(iter(self.relevances.values()))


def reverse(
    graph: OperatorGraph,
    x: torch.Tensor,
    start: Callable[[torch.Tensor], torch.Tensor],
    rules: Rules,
    progress: Progress | None = None,
    *,
    begin: str | None = None,
    ends: Sequence[str] = (),
    reference: torch.Tensor | None = None,
) -> Reversed:
    """Run forward, then carry a value back from the output or a layer, to the input or to layers.

    Parameters
    ----------
    graph, x
        The network and its input.
    start
        From the value at the beginning to what is carried back from there.
    rules
        The rule of each operator that is passed.
    progress
        Told after every operator; asked before each whether to stop.
    begin
        Where it begins, a layer or a node; without it, the network's output.
    ends
        Where it ends, layers or nodes; without any, the network's input. The answer's keys are these names.
    reference
        A second input of the shape of ``x``. The graph is run on it apart, so that no operator can mix the
        two, and the rules find what was kept of it in ``kept.reference``.

    Raises
    ------
    MethodError
        An operator on the way has no rule, or the beginning does not depend on any end.
    ModelError
        There is no such layer, or the graph does not take ``x``.
    Cancelled
        When ``progress`` says so.
    """
    top = graph.place(begin) if begin is not None else graph.output
    bottoms = {name: graph.place(name) for name in ends} or {graph.input.name: graph.input.name}
    graph, rules = stranded(graph, x, rules, {top, *bottoms.values()})
    return carried_back(graph, x, start, rules, progress or Progress(), top, bottoms, reference)


def carried_back(
    graph: OperatorGraph,
    x: torch.Tensor,
    start: Callable[[torch.Tensor], torch.Tensor],
    rules: Rules,
    progress: Progress,
    top: str,
    bottoms: Mapping[str, str],
    reference: torch.Tensor | None = None,
) -> Reversed:
    """As `reverse`, through the graph as it is; ``top`` and the values of ``bottoms`` are names of values."""
    reach = downstream(graph, frozenset(bottoms.values()))
    if top not in reach:
        raise MethodError(top, f"does not depend on {', '.join(bottoms)}", "explain a later layer")
    way = [node for node in needed(graph, (top,)) if answers_to(node, reach)]
    chosen = {node.name: rules(node) for node in way}
    keeps = {
        node.name: chosen[node.name].keeps(node, tuple(name in reach for name in node.inputs)) for node in way
    }
    names = tuple(dict.fromkeys((top, *bottoms.values())))
    ahead = progress.subtask(0.0, FORWARD_SHARE)
    beside = None
    if reference is not None:
        beside = forward(graph, reference, names, keeps, ahead.subtask(0.0, 0.5), reach)
        ahead = ahead.subtask(0.5, 1.0)
    trace = forward(graph, x, names, keeps, ahead, reach)
    back = progress.subtask(FORWARD_SHARE, 1.0)
    with torch.no_grad():
        arrivals = Arrivals(top, start(trace.values[top]), frozenset(bottoms.values()))
        efforts = [cost(node, graph) for node in way]
        whole, done = sum(efforts) or 1.0, 0.0
        for node, effort in zip(reversed(way), reversed(efforts), strict=True):
            back.step(done, whole, node.place)
            done += effort
            kept = trace.kept.pop(node.name)
            other = None if beside is None else beside.kept.pop(node.name)
            relevance, owned = arrivals.take(node.name)
            if relevance is not None:
                kept = replace(kept, owned=owned, check=back.raise_if_cancelled, reference=other)
                answers = chosen[node.name].backward(node.resolved(trace.numbers), relevance, kept)
                arrivals.add(node, relevance, kept, answers)
    relevances = {}
    for end, name in bottoms.items():
        found, _ = arrivals.take(name)
        relevances[end] = found if found is not None else torch.zeros_like(trace.values[name])
    progress.step(1.0, 1.0)
    return Reversed(relevances, trace.values, trace.values[top], {} if beside is None else beside.values)


def answers_to(node: Node, reach: Set[str]) -> bool:
    """Whether something has to be handed back through a node."""
    return node.operator not in NUMBERS and any(name in reach for name in node.inputs)


def downstream(graph: OperatorGraph, sources: frozenset[str]) -> frozenset[str]:
    """Some values, and all that depend on them."""
    reach = set(sources)
    for node in graph.nodes:
        if answers_to(node, reach):
            reach.add(node.name)
    return frozenset(reach)


class Arrivals:
    """What has arrived at each value so far, and whether it is nobody else's."""

    def __init__(self, name: str, relevance: torch.Tensor, ends: frozenset[str]) -> None:
        self._arrived = {name: relevance}
        self._own: set[str] = set()
        self._ends = ends

    def take(self, name: str) -> tuple[torch.Tensor | None, bool]:
        """All that arrived at a value, and whether it may be overwritten; forgotten unless it is an end."""
        if name in self._ends:
            return self._arrived.get(name), False
        return self._arrived.pop(name, None), name in self._own

    def add(self, node: Node, relevance: torch.Tensor, kept: Kept, answers: Gradients) -> None:
        """Take in what a node's rule answered to its inputs."""
        runs = (kept,) if kept.reference is None else (kept, kept.reference)
        held = {memory(tensor) for run in runs for tensor in (*run.inputs, run.output) if tensor is not None}
        if not kept.owned:
            held.add(memory(relevance))
        given = [memory(answer) for answer in answers if answer is not None]
        for name, answer, wanted in zip(node.inputs, answers, kept.wanted, strict=True):
            if name is None or answer is None or not wanted:
                continue
            mine = memory(answer)
            own = mine not in held and given.count(mine) == 1 and not repeats(answer)
            earlier = self._arrived.get(name)
            if earlier is None:
                self._arrived[name] = answer
            elif name in self._own:
                earlier.add_(answer)
                own = True
            elif own:
                self._arrived[name] = answer.add_(earlier)
            else:
                self._arrived[name] = earlier + answer
                own = True
            if own:
                self._own.add(name)


def memory(tensor: torch.Tensor) -> int:
    """Which memory a tensor lies in."""
    return tensor.untyped_storage().data_ptr()


def repeats(tensor: torch.Tensor) -> bool:
    """Whether several values of a tensor lie in one place, so that it cannot be written to."""
    return any(stride == 0 and size > 1 for stride, size in zip(tensor.stride(), tensor.shape, strict=True))
