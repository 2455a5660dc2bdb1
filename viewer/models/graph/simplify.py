"""Leaving out of a graph what its answer does not need."""

from __future__ import annotations

import dataclasses

from viewer.models.graph.nodes import OperatorGraph

FINAL = frozenset({"softmax", "log_softmax", "sigmoid"})
"""Operators at the end of a network that only rescale its outputs."""


def without_dead(graph: OperatorGraph) -> OperatorGraph:
    """The graph without the nodes, constants and places that no output depends on."""
    alive = set(graph.outputs.values())
    for node in reversed(graph.nodes):
        if node.name in alive:
            alive.update(name for name in node.inputs if name is not None)
            alive.update(node.sizes)
    nodes = tuple(node for node in graph.nodes if node.name in alive)
    present = {graph.input.name, *(node.name for node in nodes)}
    places = {path: tuple(name for name in names if name in present) for path, names in graph.places.items()}
    return dataclasses.replace(
        graph,
        nodes=nodes,
        constants={name: tensor for name, tensor in graph.constants.items() if name in alive},
        places={path: names for path, names in places.items() if names},
    )


def final_activation(graph: OperatorGraph) -> str | None:
    """The softmax, log-softmax or sigmoid that the network ends with; None where there is none."""
    last = graph.by_name.get(graph.output)
    return last.operator if last is not None and last.operator in FINAL else None


def without_final_activation(graph: OperatorGraph) -> OperatorGraph:
    """The graph that gives what the final softmax, log-softmax or sigmoid is given: the logits."""
    if final_activation(graph) is None:
        return graph
    label = next(iter(graph.outputs))
    before = graph.by_name[graph.output].inputs[0]
    assert before is not None
    return without_dead(dataclasses.replace(graph, outputs={**graph.outputs, label: before}))
