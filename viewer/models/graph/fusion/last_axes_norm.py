"""Fusion of written-out layer norms and RMS norms over the last axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from viewer.models.graph.fusion.pattern import find_node, find_number, find_only_user, replace_node
from viewer.models.graph.graph import Node, OperatorGraph


@dataclass(frozen=True)
class MeanSquarePower:
    """Power of a mean square: (mean of v² over some axes + ε) ^ exponent.

    Parameters
    ----------
    values
        Name of v.
    dims
        The axes, counted from the end: -1 is the last.
    eps, exponent
        ε and the exponent.
    """

    values: str
    dims: tuple[int, ...]
    eps: float
    exponent: float


def fuse_last_axes_norm(graph: OperatorGraph) -> OperatorGraph | None:
    """Fuse the first quotient v / √(mean of v² + ε), with the scale and the shift that follow it.

    It is a layer norm of x for v = x − mean of x over the same axes (Ba et al. 2016), otherwise an RMS norm
    of v (Zhang and Sennrich 2019), which has no shift.

    Returns
    -------
    The graph with one more ``layer_norm`` or ``rms_norm``; None if there is none to fuse.
    """
    for node in graph.nodes:
        if node.operator not in ("div", "mul"):
            continue
        for values, divisor in (node.inputs[:2], node.inputs[1::-1]):
            spread = _find_mean_square_power(graph, divisor, 1.0 if node.operator == "mul" else -1.0)
            if spread is None or spread.exponent != -0.5 or not _are_equal(graph, values, spread.values):
                continue
            shape = _trailing_shape(node, spread.dims)
            if shape is not None:
                return _fuse_norm(graph, node, spread, shape)
            if node.operator == "div":
                break
    return None


def _fuse_norm(
    graph: OperatorGraph, quotient: Node, mean_square_power: MeanSquarePower, shape: tuple[int, ...]
) -> OperatorGraph:
    """Return the graph with the norm in place of the last node that belongs to it."""
    source = _find_centred(graph, mean_square_power.values, mean_square_power.dims)
    nodes, scale, shift = [quotient], None, None
    successor = find_only_user(graph, quotient)
    while successor is not None and successor.operator == "affine" and shift is None:
        expanded = [
            None if name is None else _expand_to_shape(graph.constants[name], shape)
            for name in successor.inputs[1:]
        ]
        mismatch = any(
            name is not None and tensor is None
            for name, tensor in zip(successor.inputs[1:], expanded, strict=True)
        )
        if (
            mismatch
            or (expanded[0] is not None and scale is not None)
            or (expanded[1] is not None and source is None)
        ):
            break
        scale, shift = expanded[0] if scale is None else scale, expanded[1]
        nodes.append(successor)
        successor = find_only_user(graph, successor)
    weight, bias = f"{quotient.name}.weight", f"{quotient.name}.bias"
    constants = {name: tensor for name, tensor in ((weight, scale), (bias, shift)) if tensor is not None}
    attributes = {"shape": shape, "eps": mean_square_power.eps}
    weights = tuple(name if name in constants else None for name in (weight, bias))
    if source is None:
        inputs = (mean_square_power.values, weights[0])
        return replace_node(graph, nodes, "rms_norm", inputs, attributes, constants)
    return replace_node(graph, nodes, "layer_norm", (source, *weights), attributes, constants)


def _find_mean_square_power(
    graph: OperatorGraph, name: str | None, exponent: float
) -> MeanSquarePower | None:
    """Return a value to the power of ``exponent`` as a power of a mean square; None if it is not one."""
    node = find_node(graph, name)
    while node is not None and node.operator in ("sqrt", "pow"):
        exponent *= 0.5 if node.operator == "sqrt" else float(node.attributes["exponent"])
        node = find_node(graph, node.inputs[0])
    if node is None or node.operator != "affine" or node.inputs[1] is not None:
        return None
    eps, mean = find_number(graph, node.inputs[2], 0.0), find_node(graph, node.inputs[0])
    if eps is None or eps <= 0 or mean is None or mean.operator != "mean" or not mean.attributes["keepdim"]:
        return None
    square, rank = find_node(graph, mean.inputs[0]), len(mean.shape or ())
    dims = mean.attributes["dims"]
    if square is None or not dims or not rank:
        return None
    is_square = square.operator == "pow" and square.attributes["exponent"] == 2
    is_product = square.operator == "mul" and _are_equal(graph, square.inputs[0], square.inputs[1])
    if square.inputs[0] is None or not (is_square or is_product):
        return None
    return MeanSquarePower(square.inputs[0], _to_negative_dims(dims, rank), eps, exponent)


def _to_negative_dims(dims: Sequence[int], rank: int) -> tuple[int, ...]:
    return tuple(sorted(dim % rank - rank for dim in dims))


def _find_centred(graph: OperatorGraph, name: str | None, dims: tuple[int, ...]) -> str | None:
    """Return x for a value x − mean of x over some axes; None for any other value."""
    node = find_node(graph, name)
    if node is None or node.operator != "sub":
        return None
    mean = find_node(graph, node.inputs[1])
    if mean is None or mean.operator != "mean" or mean.inputs[0] != node.inputs[0]:
        return None
    rank = len(mean.shape or ())
    mean_dims = mean.attributes["dims"]
    matches = rank and mean_dims and mean.attributes["keepdim"] and _to_negative_dims(mean_dims, rank) == dims
    return node.inputs[0] if matches else None


def _are_equal(graph: OperatorGraph, left: str | None, right: str | None) -> bool:
    """Return whether two values are identical, or the same difference from a mean that is computed twice."""
    if left == right:
        return left is not None
    first, second = find_node(graph, left), find_node(graph, right)
    if first is None or second is None or first.operator != "sub" or second.operator != "sub":
        return False
    if first.inputs[0] != second.inputs[0]:
        return False
    means = [find_node(graph, node.inputs[1]) for node in (first, second)]
    if means[0] is None or means[1] is None or means[0].inputs != means[1].inputs:
        return False
    return means[0].operator == means[1].operator == "mean" and means[0].attributes == means[1].attributes


def _trailing_shape(node: Node, dims: tuple[int, ...]) -> tuple[int, ...] | None:
    """Return the sizes of some axes of a node's output; None if they are not the last or not fixed."""
    if node.shape is None or dims != tuple(range(-len(dims), 0)) or len(dims) >= len(node.shape):
        return None
    sizes = tuple(size for size in node.shape[-len(dims) :] if size is not None)
    return sizes if len(sizes) == len(dims) else None


def _expand_to_shape(constant: torch.Tensor, shape: tuple[int, ...]) -> torch.Tensor | None:
    """Return a constant with the shape of the last axes; None if it varies along others."""
    if constant.numel() == 1:
        return constant.reshape(()).expand(shape).contiguous()
    leading, last = constant.shape[: -len(shape)], constant.shape[-len(shape) :]
    if any(size != 1 for size in leading):
        return None
    flat = constant.reshape(last)
    if any(length not in (1, size) for length, size in zip(flat.shape[::-1], shape[::-1], strict=False)):
        return None
    return flat.expand(shape).contiguous()
