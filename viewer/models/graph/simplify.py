"""Leaving out of a graph what its answer does not need."""

from __future__ import annotations

import dataclasses

from viewer.models.graph.nodes import Node, OperatorGraph

FINAL = frozenset({"softmax", "log_softmax", "sigmoid"})
"""Operators at the end of a network that only rescale its outputs."""

RESHAPING = frozenset({"view", "flatten", "unflatten", "squeeze", "unsqueeze", "permute"})
"""Operators that may stand behind them: they move values and change none."""

CHOOSING = frozenset({"select", "slice", "cast"})
"""Operators that may stand behind a sigmoid: they keep only some; a softmax of fewer would be another."""


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
    found = _final(graph)
    return None if found is None else found.operator


def _final(graph: OperatorGraph) -> Node | None:
    """Return the node of the final activation, where nothing but reshaping comes after it."""
    node = graph.by_name.get(graph.output)
    chosen = False
    while node is not None and node.operator in RESHAPING | CHOOSING:
        chosen = chosen or node.operator in CHOOSING
        node = graph.by_name.get(str(node.inputs[0]))
    if node is None or node.operator not in FINAL or (chosen and node.operator != "sigmoid"):
        return None
    return node


def without_final_activation(graph: OperatorGraph) -> OperatorGraph:
    """The graph that gives what the final softmax, log-softmax or sigmoid is given: the logits."""
    final = _final(graph)
    if final is None:
        return graph
    before = final.inputs[0]
    assert before is not None
    label, last = next(iter(graph.outputs)), graph.output
    if last == final.name:
        return without_dead(dataclasses.replace(graph, outputs={**graph.outputs, label: before}))
    # Only the reshaping behind it takes what goes in instead; whoever else takes the activation keeps it.
    nodes, name = {node.name: node for node in graph.nodes}, last
    while nodes[name].inputs[0] != final.name:
        name = str(nodes[name].inputs[0])
    nodes[name] = dataclasses.replace(nodes[name], inputs=(before, *nodes[name].inputs[1:]))
    return without_dead(dataclasses.replace(graph, nodes=tuple(nodes.values())))
