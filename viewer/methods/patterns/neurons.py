"""The neurons of a graph that have patterns: those of convolutions, dense layers, and sums of two branches.

A convolution's channel is one neuron that sees many patches of a scan, a dense layer's row sees one, and at a
sum of two branches every channel is a neuron with the filter (1, 1) that sees both branches' values at
one place.
"""

from __future__ import annotations

import torch

from viewer.errors import MethodError
from viewer.methods.patterns.convolution import Convolution
from viewer.methods.patterns.dense import Dense, Joined
from viewer.methods.patterns.layer import Layer
from viewer.models.graph.nodes import Node, OperatorGraph

WEIGHTED = frozenset({"conv", "linear", "conv_transpose"})


def neurons(graph: OperatorGraph, method: str) -> tuple[Layer, ...]:
    """Every layer of a graph that has patterns, in the graph's order.

    Raises
    ------
    MethodError
        An operator with weights has none: a transposed convolution, or weights that depend on the input.
    """
    found: list[Layer] = []
    for node in graph.nodes:
        if node.name not in graph.varying or node.inputs[:1] == (None,):
            continue
        key = f"{len(found):03d} {node.operator} {node.path or node.name}"
        if node.operator in WEIGHTED:
            found.append(_weighted(key, node, graph, method))
        elif node.operator in ("add", "sub") and _joins(node, graph):
            found.append(_joined(key, node))
    if not any(isinstance(layer, Convolution | Dense) for layer in found):
        raise MethodError(method, "the network has neither convolutions nor dense layers")
    return tuple(found)


def _weighted(key: str, node: Node, graph: OperatorGraph, method: str) -> Layer:
    if node.operator == "conv_transpose":
        raise MethodError(
            method, f"{node.place} is a transposed convolution, which has no patterns", "take an LRP method"
        )
    name, bias_name = node.inputs[1], node.inputs[2]
    constant = bias_name is None or bias_name in graph.constants
    if name is None or name not in graph.constants or not constant:
        raise MethodError(method, f"the weights of {node.place} depend on the input", "take an LRP method")
    weight = graph.constants[name].detach().cpu().double()
    groups = node.settings.get("groups", 1) if node.operator == "conv" else 1
    weight = weight.reshape(groups, -1, *weight.shape[1:])
    bias = weight.new_zeros(weight.shape[:2])
    if bias_name is not None:
        bias = graph.constants[bias_name].detach().cpu().double().reshape(bias.shape)
    kind = Convolution if node.operator == "conv" else Dense
    return kind(key, node, weight, bias)


def _joins(node: Node, graph: OperatorGraph) -> bool:
    """Whether two values of the network of one shape, with channels, meet here."""
    names = node.inputs[:2]
    if len(names) < 2 or any(name is None or name not in graph.varying for name in names):
        return False
    first, second = [_shape(name, graph) for name in names if name is not None]
    return first is not None and len(first) >= 2 and first == second and first[1] is not None


def _shape(name: str, graph: OperatorGraph) -> tuple[int | None, ...] | None:
    if name == graph.input.name:
        return (None, *graph.example[1:])
    shape = graph.by_name[name].shape
    return None if shape is None else (None, *shape[1:])


def _joined(key: str, node: Node) -> Joined:
    assert node.shape is not None
    channels = int(node.shape[1] or 0)
    second = -1.0 if node.operator == "sub" else 1.0
    weight = torch.tensor([1.0, second], dtype=torch.float64).expand(channels, 1, 2)
    return Joined(key, node, weight, torch.zeros(channels, 1, dtype=torch.float64))
