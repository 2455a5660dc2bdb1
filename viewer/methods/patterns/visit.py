"""Running a network forward and showing what single operators take and give, while it is at hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch

from viewer.models.graph.nodes import OperatorGraph
from viewer.models.graph.operators.numbers import NUMBERS
from viewer.models.graph.operators.operator import Keep
from viewer.models.graph.run import Memory, compute, cost, last_uses, needed, number
from viewer.progress import Progress

Shown = Callable[[Sequence[torch.Tensor], torch.Tensor], None]
"""Given an operator's inputs, weights left out, and its output; both are only lent."""


def visit(
    graph: OperatorGraph, x: torch.Tensor, visitors: Mapping[str, tuple[int, Shown]], progress: Progress
) -> None:
    """Run as far as the visitors need; every value is freed after its last use.

    Parameters
    ----------
    graph, x
        The network and its input.
    visitors
        By a node's name: how many of its inputs are shown, and to whom.
    progress
        Told after every operator; asked before each whether to stop.

    Raises
    ------
    ModelError
        An operator cannot take what it is given.
    Cancelled
        When ``progress`` says so.
    """
    nodes = needed(graph, visitors)
    last = last_uses(nodes)
    memory = Memory(graph, x, frozenset(), may_overwrite=True)
    numbers: dict[str, object] = {}
    # What is learned from an operator takes about three times as long as to run it.
    efforts = [cost(node, graph) * (4 if node.name in visitors else 1) for node in nodes]
    whole, done = sum(efforts) or 1.0, 0.0
    with torch.no_grad():
        for place, (node, effort) in enumerate(zip(nodes, efforts, strict=True)):
            progress.step(done, whole, node.place)
            done += effort
            if node.operator in NUMBERS:
                numbers[node.name] = number(node, memory.value, numbers)
            elif node.name in visitors:
                count, shown = visitors[node.name]
                kept = compute(
                    node.resolved(numbers), memory, last, place, Keep.INPUTS | Keep.OUTPUT, frozenset()
                )
                assert kept.output is not None
                shown([kept.input(index) for index in range(count)], kept.output)
            else:
                compute(node.resolved(numbers), memory, last, place, Keep.NOTHING, frozenset())
            memory.free(node, last, place)
    progress.step(1.0, 1.0)
