"""Folding of batch norms and other constant scalings into the neighbouring convolution or dense layer."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import torch

from viewer.models.graph.graph import Node, OperatorGraph
from viewer.models.graph.passes import eliminate_dead_code

LAYERS = frozenset({"conv", "conv_transpose", "linear"})


def fold_batch_norms(graph: OperatorGraph) -> OperatorGraph:
    """Return the graph with every ``affine`` folded into a neighbouring layer, wherever that is exact.

    An ``affine`` is folded into the layer before it if nothing else uses that layer's output, or into the
    layer after it if that is the only user and either does not pad or there is no shift (padding zeros are
    added after the shift). Two consecutive ``affine`` nodes are merged. An ``affine`` between activations
    stays, such as the batch norms of a DenseNet. New weights are computed in double precision.
    """
    folded = fold_one_affine(graph)
    while folded is not None:
        graph = folded
        folded = fold_one_affine(graph)
    return graph


def fold_one_affine(graph: OperatorGraph) -> OperatorGraph | None:
    """Return the graph with one ``affine`` fewer; None if there is nothing to fold."""
    for node in graph.nodes:
        if node.operator == "affine":
            smaller = fold_into_previous(graph, node) or fold_into_next(graph, node)
            if smaller is not None:
                return smaller
    return None


@dataclass(frozen=True)
class AffineConstants:
    """Scale and shift of an ``affine`` in double precision, one number per channel."""

    scale: torch.Tensor
    shift: torch.Tensor

    @property
    def has_shift(self) -> bool:
        """Return whether any shift is not zero."""
        return bool(self.shift.any())


def read_affine_constants(
    graph: OperatorGraph, node: Node, channels: int, trailing_dims: int
) -> AffineConstants | None:
    """Return the constants of an ``affine``; None if they vary along an axis other than the channels.

    ``trailing_dims`` is the number of dimensions after the channels.
    """
    values = []
    for name, neutral in zip(node.inputs[1:], (1.0, 0.0), strict=True):
        tensor = graph.constants[name].double() if name is not None else None
        if tensor is None:
            values.append(torch.full((channels,), neutral, dtype=torch.float64))
            continue
        shape = (1,) * (trailing_dims + 1 - tensor.dim()) + tuple(tensor.shape)
        channel_axis = len(shape) - 1 - trailing_dims
        if any(size != 1 for dim, size in enumerate(shape) if dim != channel_axis):
            return None
        values.append(tensor.reshape(-1).expand(channels).clone())
    device = next(iter(graph.constants.values())).device
    return AffineConstants(*(value.to(device) for value in values))


def fold_into_previous(graph: OperatorGraph, node: Node) -> OperatorGraph | None:
    """Fold an ``affine`` into the layer before it; None if that is not exact."""
    source = node.inputs[0]
    layer = graph.by_name.get(source) if source is not None else None
    if layer is None or source in graph.outputs.values() or len(graph.users[layer.name]) > 1:
        return None
    if layer.operator == "affine":
        return merge_affines(graph, layer, node)
    weights = read_constant_weights(graph, layer)
    if weights is None:
        return None
    weight, bias = weights
    transposed = layer.operator == "conv_transpose"
    groups = layer.attributes.get("groups", 1)
    channels = weight.shape[1] * groups if transposed else weight.shape[0]
    affine = read_affine_constants(graph, node, channels, weight.dim() - 2)
    if affine is None:
        return None
    trailing = (1,) * (weight.dim() - 2)
    if transposed:
        grouped = weight.reshape(groups, weight.shape[0] // groups, *weight.shape[1:])
        scaled = (grouped * affine.scale.reshape(groups, 1, -1, *trailing)).reshape(weight.shape)
    else:
        scaled = weight * affine.scale.reshape(-1, 1, *trailing)
    return replace_pair(graph, layer, node, scaled, bias * affine.scale + affine.shift)


def fold_into_next(graph: OperatorGraph, node: Node) -> OperatorGraph | None:
    """Fold an ``affine`` into the only layer that uses it; None if that is not exact."""
    users = graph.users.get(node.name, ())
    layer = graph.by_name[users[0]] if len(users) == 1 else None
    if layer is None or node.name in graph.outputs.values() or layer.inputs[0] != node.name:
        return None
    weights = read_constant_weights(graph, layer)
    if weights is None:
        return None
    weight, bias = weights
    transposed = layer.operator == "conv_transpose"
    groups = layer.attributes.get("groups", 1)
    channels = weight.shape[0] if transposed else weight.shape[1] * groups
    affine = read_affine_constants(graph, node, channels, weight.dim() - 2)
    padded = transposed or any(layer.attributes.get("padding", ()))
    if affine is None or (affine.has_shift and padded):
        return None
    trailing = (1,) * (weight.dim() - 2)
    if transposed:
        return replace_pair(graph, node, layer, weight * affine.scale.reshape(-1, 1, *trailing), bias)
    grouped = weight.reshape(groups, weight.shape[0] // groups, *weight.shape[1:])
    scaled = (grouped * affine.scale.reshape(groups, 1, -1, *trailing)).reshape(weight.shape)
    contributions = grouped * affine.shift.reshape(groups, 1, -1, *trailing)
    return replace_pair(graph, node, layer, scaled, bias + contributions.flatten(2).sum(2).reshape(-1))


def merge_affines(graph: OperatorGraph, first: Node, second: Node) -> OperatorGraph | None:
    """Merge two consecutive ``affine`` nodes: (x · a + b) · c + d = x · ac + (bc + d)."""
    (a, b), (c, d) = (
        tuple(graph.constants[name].double() if name is not None else None for name in node.inputs[1:])
        for node in (first, second)
    )
    scale = a if c is None else c if a is None else a * c
    shift = b if b is None or c is None else b * c
    shift = d if shift is None else shift if d is None else shift + d
    return replace_pair(graph, first, second, scale, shift)


def read_constant_weights(graph: OperatorGraph, layer: Node) -> tuple[torch.Tensor, torch.Tensor] | None:
    """Return a layer's weight and bias (zeros without one) in double precision; None if not constant."""
    if layer.operator not in LAYERS:
        return None
    weight, bias = layer.inputs[1], layer.inputs[2]
    if weight is None or weight not in graph.constants:
        return None
    if bias is not None and bias not in graph.constants:
        return None
    tensor = graph.constants[weight].double()
    if bias is not None:
        return tensor, graph.constants[bias].double()
    transposed = layer.operator == "conv_transpose"
    channels = tensor.shape[1] * layer.attributes["groups"] if transposed else tensor.shape[0]
    return tensor, tensor.new_zeros(channels)


def replace_pair(
    graph: OperatorGraph,
    first: Node,
    second: Node,
    weight: torch.Tensor | None,
    bias: torch.Tensor | None,
) -> OperatorGraph:
    """Return the graph with two consecutive nodes merged.

    The merged node has the first's input, the layer's operator and the second's shape.
    """
    layer = first if first.operator != "affine" else second
    names = [f"folded {layer.name}.weight", f"folded {layer.name}.bias"]
    dtype = graph.input.dtype
    constants = dict(graph.constants)
    for name, tensor in zip(names, (weight, bias), strict=True):
        if tensor is not None:
            constants[name] = tensor.to(dtype)
    merged_node = dataclasses.replace(
        layer,
        inputs=(
            first.inputs[0],
            names[0] if weight is not None else None,
            names[1] if bias is not None else None,
        ),
        shape=second.shape,
        parameters=tuple(dict.fromkeys((*first.parameters, *second.parameters))),
    )
    removed = (second if layer is first else first).name
    nodes = []
    for node in graph.nodes:
        if node is second:
            nodes.append(merged_node)
        elif node is not first:
            inputs = tuple(merged_node.name if name == removed else name for name in node.inputs)
            nodes.append(dataclasses.replace(node, inputs=inputs) if inputs != node.inputs else node)
    outputs = {label: merged_node.name if name == removed else name for label, name in graph.outputs.items()}
    module_outputs = {
        path: tuple(merged_node.name if name == removed else name for name in names)
        for path, names in graph.module_outputs.items()
    }
    return eliminate_dead_code(
        dataclasses.replace(
            graph, nodes=tuple(nodes), constants=constants, outputs=outputs, module_outputs=module_outputs
        )
    )
