"""Layers of a graph that have patterns, and a forward run that passes their inputs and outputs to visitors.

A convolution's channel is one neuron that sees many patches of a scan, a dense layer's row sees one, and at a
sum of two branches every channel is a neuron with the filter (1, 1) that sees both branches' values at one
position.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch

from viewer.errors import MethodError
from viewer.methods.patterns.layers import ConvolutionLayer, DenseLayer, NeuronLayer, SumLayer
from viewer.models.graph.graph import Node, OperatorGraph
from viewer.models.graph.interpreter import (
    ValueMemory,
    compute_node,
    compute_number,
    estimate_cost,
    find_last_uses,
    find_required_nodes,
)
from viewer.models.graph.operators.operator import Save
from viewer.models.graph.operators.scalar_ops import NUMBERS
from viewer.progress import Progress

WEIGHTED_OPERATORS = frozenset({"conv", "linear", "conv_transpose"})


def find_layers(graph: OperatorGraph, method: str) -> tuple[NeuronLayer, ...]:
    """Return every layer of a graph that has patterns, in the graph's order.

    Raises
    ------
    MethodError
        An operator with weights has no patterns: a transposed convolution, or weights that depend on the
        input.
    """
    layers: list[NeuronLayer] = []
    for node in graph.nodes:
        if node.name not in graph.input_dependent or node.inputs[:1] == (None,):
            continue
        key = f"{len(layers):03d} {node.operator} {node.path or node.name}"
        if node.operator in WEIGHTED_OPERATORS:
            layers.append(_make_weighted(key, node, graph, method))
        elif node.operator in ("add", "sub") and _is_sum(node, graph):
            layers.append(_make_sum(key, node))
    if not any(isinstance(layer, ConvolutionLayer | DenseLayer) for layer in layers):
        raise MethodError(method, "the network has neither convolutions nor dense layers")
    return tuple(layers)


def _make_weighted(key: str, node: Node, graph: OperatorGraph, method: str) -> NeuronLayer:
    if node.operator == "conv_transpose":
        raise MethodError(
            method, f"{node.label} is a transposed convolution, which has no patterns", "use an LRP method"
        )
    name, bias_name = node.inputs[1], node.inputs[2]
    constant = bias_name is None or bias_name in graph.constants
    if name is None or name not in graph.constants or not constant:
        raise MethodError(method, f"the weights of {node.label} depend on the input", "use an LRP method")
    weight = graph.constants[name].detach().cpu().double()
    groups = node.attributes.get("groups", 1) if node.operator == "conv" else 1
    weight = weight.reshape(groups, -1, *weight.shape[1:])
    bias = weight.new_zeros(weight.shape[:2])
    if bias_name is not None:
        bias = graph.constants[bias_name].detach().cpu().double().reshape(bias.shape)
    layer_type = ConvolutionLayer if node.operator == "conv" else DenseLayer
    return layer_type(key, node, weight, bias)


def _is_sum(node: Node, graph: OperatorGraph) -> bool:
    """Return whether a node adds two input-dependent values of one shape, with channels."""
    names = node.inputs[:2]
    if len(names) < 2 or any(name is None or name not in graph.input_dependent for name in names):
        return False
    first, second = [_node_shape(name, graph) for name in names if name is not None]
    return first is not None and len(first) >= 2 and first == second and first[1] is not None


def _node_shape(name: str, graph: OperatorGraph) -> tuple[int | None, ...] | None:
    if name == graph.input.name:
        return (None, *graph.example_shape[1:])
    shape = graph.by_name[name].shape
    return None if shape is None else (None, *shape[1:])


def _make_sum(key: str, node: Node) -> SumLayer:
    assert node.shape is not None
    channels = int(node.shape[1] or 0)
    second_weight = -1.0 if node.operator == "sub" else 1.0
    weight = torch.tensor([1.0, second_weight], dtype=torch.float64).expand(channels, 1, 2)
    return SumLayer(key, node, weight, torch.zeros(channels, 1, dtype=torch.float64))


Visitor = Callable[[Sequence[torch.Tensor], torch.Tensor], None]
"""Function that receives an operator's inputs, without weights, and its output; it must not keep them."""


def run_with_visitors(
    graph: OperatorGraph, x: torch.Tensor, visitors: Mapping[str, tuple[int, Visitor]], progress: Progress
) -> None:
    """Run the graph as far as the visitors need; every value is freed after its last use.

    Parameters
    ----------
    graph, x
        The network and its input.
    visitors
        By node name: the number of inputs to pass, and the visitor.
    progress
        Receives the progress, and can cancel before every operator.

    Raises
    ------
    ModelError
        An operator cannot process its inputs.
    Cancelled
        When ``progress`` is cancelled.
    """
    nodes = find_required_nodes(graph, visitors)
    last = find_last_uses(nodes)
    memory = ValueMemory(graph, x, frozenset(), allow_overwrite=True)
    numbers: dict[str, object] = {}
    # A visitor takes about three times as long as running the operator.
    efforts = [estimate_cost(node, graph) * (4 if node.name in visitors else 1) for node in nodes]
    total, completed = sum(efforts) or 1.0, 0.0
    with torch.no_grad():
        for position, (node, effort) in enumerate(zip(nodes, efforts, strict=True)):
            progress.step(completed, total, node.label)
            completed += effort
            if node.operator in NUMBERS:
                numbers[node.name] = compute_number(node, memory.value, numbers)
            elif node.name in visitors:
                count, visit = visitors[node.name]
                saved = compute_node(
                    node.with_sizes(numbers), memory, last, position, Save.INPUTS | Save.OUTPUT, frozenset()
                )
                assert saved.output is not None
                visit([saved.input(index) for index in range(count)], saved.output)
            else:
                compute_node(node.with_sizes(numbers), memory, last, position, Save.NOTHING, frozenset())
            memory.release_inputs(node, last, position)
    progress.step(1.0, 1.0)
