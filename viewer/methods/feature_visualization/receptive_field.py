"""Receptive field of a layer's units, computed from the operator graph; and the graph truncated there.

A convolution or pooling enlarges the field by its kernel, and multiplies the distance between neighbouring
units by its stride. A layer after an operator on the whole input (a mean, a normalization, a dense layer) has
no receptive field.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from viewer.models.graph.graph import Node, OperatorGraph

SLIDING_OPERATORS = frozenset({"conv", "max_pool", "avg_pool"})
POINTWISE_OPERATORS = frozenset(
    [
        "relu",
        "leaky_relu",
        "sigmoid",
        "tanh",
        "exp",
        "elu",
        "prelu",
        "gelu",
        "silu",
        "clamp",
        "hardtanh",
        "pow",
        "sqrt",
        "log",
        "abs",
        "cast",
        "affine",
    ]
)
COMBINING_OPERATORS = frozenset({"add", "sub", "mul", "cat"})


@dataclass(frozen=True)
class ReceptiveField:
    """Receptive field along each axis: voxels start + p · step to start + p · step + size − 1 for unit p.

    ``start`` is negative if there is zero padding; ``size`` includes it.
    """

    size: tuple[int, ...]
    step: tuple[int, ...]
    start: tuple[int, ...]


def compute_receptive_field(graph: OperatorGraph, layer: str) -> ReceptiveField | None:
    """Return the receptive field of a layer's units; None if it is the whole input or unknown.

    Raises
    ------
    ModelError
        There is no such layer.
    """
    from viewer.models.graph.interpreter import find_required_nodes

    rank = len(graph.input.shape) - 2
    fields: dict[str, ReceptiveField] = {
        graph.input.name: ReceptiveField((1,) * rank, (1,) * rank, (0,) * rank)
    }
    top = graph.resolve_layer(layer)
    for node in find_required_nodes(graph, (top,)):
        field = _node_field(node, graph, fields, rank)
        if field is None:
            return None
        fields[node.name] = field
    return fields[top]


def subgraph_to(graph: OperatorGraph, layer: str) -> OperatorGraph:
    """Return the graph up to a layer that has a receptive field, for inputs of any size."""
    from viewer.models.graph.passes import eliminate_dead_code

    rank = len(graph.input.shape) - 2
    free = dataclasses.replace(graph.input, shape=(None, graph.input.shape[1], *(None,) * rank))
    return eliminate_dead_code(
        dataclasses.replace(graph, outputs={"0": graph.resolve_layer(layer)}, input=free)
    )


def _node_field(
    node: Node, graph: OperatorGraph, fields: dict[str, ReceptiveField], rank: int
) -> ReceptiveField | None:
    if node.size_nodes:
        return None
    inputs = [fields[name] for name in node.inputs if name is not None and name in fields]
    constants = [
        graph.constants[name] for name in node.inputs if name is not None and name in graph.constants
    ]
    if node.operator in SLIDING_OPERATORS:
        return _widen_field(inputs[0], node, graph, rank) if len(inputs) == 1 else None
    # Constants that vary over space break translation invariance.
    if any(tensor.dim() > rank and max(tensor.shape[tensor.dim() - rank :]) > 1 for tensor in constants):
        return None
    if node.operator in POINTWISE_OPERATORS:
        return inputs[0] if len(inputs) == 1 else None
    if node.operator not in COMBINING_OPERATORS or (
        node.operator == "cat" and node.attributes.get("dim") != 1
    ):
        return None
    return _join_fields(inputs)


def _widen_field(field: ReceptiveField, node: Node, graph: OperatorGraph, rank: int) -> ReceptiveField | None:
    attributes = node.attributes
    if node.operator == "conv":
        weight = graph.constants.get(node.inputs[1] or "")
        if weight is None or weight.dim() != rank + 2:
            return None
        kernel = tuple(weight.shape[2:])
    else:
        kernel = tuple(attributes["kernel"])
    stride, padding = tuple(attributes["stride"]), tuple(attributes["padding"])
    dilation = tuple(attributes.get("dilation", (1,) * rank))
    if not len(kernel) == len(stride) == len(padding) == len(dilation) == rank:
        return None
    rows = zip(field.size, field.step, field.start, kernel, stride, padding, dilation, strict=True)
    sides = [
        (size + spacing * (width - 1) * step, step * factor, start - pad * step)
        for size, step, start, width, factor, pad, spacing in rows
    ]
    size, step, start = zip(*sides, strict=True)
    return ReceptiveField(size, step, start)


def _join_fields(fields: list[ReceptiveField]) -> ReceptiveField | None:
    """Return the union of fields; None if their steps differ."""
    if not fields or len({field.step for field in fields}) > 1:
        return None
    starts = [min(ends) for ends in zip(*(field.start for field in fields), strict=True)]
    ends = [
        max(start + size for start, size in pairs)
        for pairs in zip(*(zip(field.start, field.size, strict=True) for field in fields), strict=True)
    ]
    size = tuple(end - start for start, end in zip(starts, ends, strict=True))
    return ReceptiveField(size, fields[0].step, tuple(starts))
