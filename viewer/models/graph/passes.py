"""Graph passes: dead code elimination, output selection, removal of the final activation."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import torch

from viewer.errors import ModelError
from viewer.models.graph.graph import Node, OperatorGraph
from viewer.models.graph.interpreter import compute_number
from viewer.models.graph.operators.registry import find_operator
from viewer.models.graph.operators.scalar_ops import NUMBERS
from viewer.models.output_selection import OutputCandidate, select_output
from viewer.models.softmax_axis import is_along_classes, softmax_groups

FINAL_ACTIVATIONS = frozenset({"softmax", "log_softmax", "sigmoid"})
"""Operators at the end of a network that only rescale its outputs."""

RESHAPING = frozenset({"view", "flatten", "unflatten", "squeeze", "unsqueeze", "permute"})
"""Operators that may follow a final activation: they move values without changing them."""

CHOOSING = frozenset({"select", "slice", "cast"})
"""Operators that may follow a sigmoid: they select values. A softmax over fewer values would differ."""

SAMPLES = 2
"""Batch size assumed if it is dynamic; a batch of one could be squeezed away."""


def eliminate_dead_code(graph: OperatorGraph) -> OperatorGraph:
    """Return the graph without the nodes, constants and module outputs that no output depends on."""
    used = set(graph.outputs.values())
    for node in reversed(graph.nodes):
        if node.name in used:
            used.update(name for name in node.inputs if name is not None)
            used.update(node.size_nodes)
    nodes = tuple(node for node in graph.nodes if node.name in used)
    available = {graph.input.name, *(node.name for node in nodes)}
    module_outputs = {
        path: tuple(name for name in names if name in available)
        for path, names in graph.module_outputs.items()
    }
    return dataclasses.replace(
        graph,
        nodes=nodes,
        constants={name: tensor for name, tensor in graph.constants.items() if name in used},
        module_outputs={path: names for path, names in module_outputs.items() if names},
    )


def find_final_activation(graph: OperatorGraph) -> str | None:
    """Return the softmax, log-softmax or sigmoid at the end of the network; None if there is none."""
    node = _final_activation_node(graph)
    return None if node is None else node.operator


def _final_activation_node(graph: OperatorGraph) -> Node | None:
    """Return the node of the final activation, which only reshaping or, for a sigmoid, selection may follow.

    A softmax counts only if it is over the classes of the network's output.
    """
    node = graph.by_name.get(graph.output)
    followers: list[Node] = []
    while node is not None and node.operator in RESHAPING | CHOOSING:
        followers.insert(0, node)
        node = graph.by_name.get(str(node.inputs[0]))
    if node is None or node.operator not in FINAL_ACTIVATIONS:
        return None
    if node.operator == "sigmoid":
        return node
    if any(follower.operator in CHOOSING for follower in followers) or not _is_along_classes(
        graph, node, followers
    ):
        return None
    return node


def _is_along_classes(graph: OperatorGraph, softmax: Node, followers: Sequence[Node]) -> bool:
    """Return whether a softmax is over the output's classes after the reshaping nodes ``followers`` it."""
    if softmax.shape is None:
        return False
    shape, dim = [SAMPLES if size is None else size for size in softmax.shape], softmax.attributes["dim"]
    if not followers:
        return bool(len(shape) > 1 and dim % len(shape) == 1)
    try:
        numbers = _compute_sizes(graph, SAMPLES)
        groups = softmax_groups(shape, dim)
        for node in followers:
            groups = find_operator(node.operator).forward(node.with_sizes(numbers).attributes, [groups])
    except (KeyError, ModelError, RuntimeError, TypeError, ValueError):
        return False  # a size that the example's shapes do not determine
    return is_along_classes(groups, shape[dim])


def _compute_sizes(graph: OperatorGraph, batch_size: int) -> dict[str, Any]:
    """Return the numbers that a graph computes from sizes of tensors, for a batch of ``batch_size``."""
    shapes = {graph.input.name: graph.input.shape, **{node.name: node.shape for node in graph.nodes}}

    def make_meta_tensor(name: str) -> torch.Tensor:
        shape = shapes[name]
        if shape is None:
            raise ModelError(name, "its shape is not known")
        return torch.empty([batch_size if size is None else size for size in shape], device="meta")

    numbers: dict[str, Any] = {}
    for node in graph.nodes:
        if node.operator in NUMBERS:
            numbers[node.name] = compute_number(node, make_meta_tensor, numbers)
    return numbers


def strip_final_activation(graph: OperatorGraph) -> OperatorGraph:
    """Return the graph that outputs the logits: the input of the final softmax, log-softmax or sigmoid."""
    final = _final_activation_node(graph)
    if final is None:
        return graph
    logits = final.inputs[0]
    assert logits is not None
    label, last = next(iter(graph.outputs)), graph.output
    if last == final.name:
        return eliminate_dead_code(dataclasses.replace(graph, outputs={**graph.outputs, label: logits}))
    # Only the reshaping after the activation reads the logits instead; other users keep the activation.
    nodes, name = {node.name: node for node in graph.nodes}, last
    while nodes[name].inputs[0] != final.name:
        name = str(nodes[name].inputs[0])
    nodes[name] = dataclasses.replace(nodes[name], inputs=(logits, *nodes[name].inputs[1:]))
    return eliminate_dead_code(dataclasses.replace(graph, nodes=tuple(nodes.values())))


def keep_one_output(
    graph: OperatorGraph, expected_counts: Sequence[int], subject: object, requested_label: str | None = None
) -> tuple[OperatorGraph, str]:
    """Return the graph with one output tensor (N, outputs, ...), and a note on the choice.

    ``requested_label`` is its label; None for the one that is clearly the prediction.

    Raises
    ------
    ModelError
        The output to explain is ambiguous.
    """
    candidates = list_output_candidates(graph)
    if len(graph.outputs) == 1 and not candidates:
        return graph, ""  # its shape is unknown before it runs
    output, note = select_output(candidates, expected_counts, requested_label, subject)
    reduced = keep_output(graph, output.label)
    if len(output.shape) > 1:
        return reduced, note
    if len(output.shape) != 1 or output.shape[0] not in (None, graph.example_shape[0]):
        raise ModelError(
            subject,
            f"returns {output.text} for {graph.example_shape[0]} scan(s)",
            "let it return one row for each scan, and export it again",
        )
    row = Node("each_a_row", "unsqueeze", (reduced.output,), {"dim": 1}, shape=(*output.shape, 1))
    nodes = (*reduced.nodes, row)
    return dataclasses.replace(reduced, nodes=nodes, outputs={output.label: row.name}), note


def list_output_candidates(graph: OperatorGraph) -> tuple[OutputCandidate, ...]:
    """Return the outputs of a graph whose shapes are known."""
    shapes = {
        label: graph.by_name[name].shape for label, name in graph.outputs.items() if name in graph.by_name
    }
    return tuple(OutputCandidate(label, shape) for label, shape in shapes.items() if shape is not None)


def keep_output(graph: OperatorGraph, label: str) -> OperatorGraph:
    """Return the graph with only one of its outputs.

    Raises
    ------
    ModelError
        There is no output of that label.
    """
    if label not in graph.outputs:
        raise ModelError(label, "no such output", f"the network has {', '.join(graph.outputs)}")
    return eliminate_dead_code(dataclasses.replace(graph, outputs={label: graph.outputs[label]}))
