"""Range in which the outputs of an operator graph must lie (interval arithmetic)."""

from __future__ import annotations

import dataclasses
from typing import Any

import torch

from viewer.models.graph.graph import Node, OperatorGraph
from viewer.models.graph.operators.aten_passthrough import InputSlot, find_overload
from viewer.models.operator_ranges import range_after
from viewer.models.output_range import UNLIMITED, OutputRange, as_range

Operand = OutputRange | torch.Tensor | None
"""Input of a node: a range, a constant, or nothing."""


def output_range(graph: OperatorGraph) -> OutputRange:
    """Return the range of the graph's first output."""
    ranges: dict[str, OutputRange] = {}
    for node in graph.nodes:
        ranges[node.name] = _after(graph, node, ranges)
    return ranges.get(graph.output, UNLIMITED)


def _after(graph: OperatorGraph, node: Node, ranges: dict[str, OutputRange]) -> OutputRange:
    """Return the range of one node's output."""
    inputs = [_of(graph, name, ranges) for name in node.inputs]
    attributes = node.attributes
    match node.operator:
        case "softmax" if node.shape is not None:
            return range_after("softmax", (inputs[0], attributes["dim"] % len(node.shape) - len(node.shape)))
        case "unsqueeze" if node.shape is not None:
            return _unsqueezed(as_range(inputs[0]), attributes["dim"] % len(node.shape) - len(node.shape))
        case "sum":
            return range_after("sum", inputs, {"keepdim": attributes["keepdim"]})
        case "elu":
            return range_after("elu", (inputs[0], attributes["alpha"], attributes["scale"]))
        case "affine":
            scaled = inputs[0] if inputs[1] is None else range_after("mul", inputs[:2])
            return as_range(scaled) if inputs[2] is None else range_after("add", (scaled, inputs[2]))
        case "clamp" | "hardtanh":
            return range_after("clamp", (inputs[0], attributes.get("low"), attributes.get("high")))
        case "pow":
            return range_after("pow", (inputs[0], attributes["exponent"]))
        case "pad":
            return range_after("pad", (inputs[0], None, "", attributes.get("value")))
        case "upsample":
            return range_after("upsample", inputs[:1], {"mode": attributes["mode"]})
        case "avg_pool":
            return range_after("avg_pool", inputs[:1], {"divisor_override": attributes.get("divisor")})
        case "cat":
            return range_after("cat", (inputs,))
    if node.operator.startswith("aten."):
        arguments = {name: _filled(value, inputs) for name, value in attributes.get("arguments", {}).items()}
        order = [argument.name for argument in find_overload(node.operator)._schema.arguments]
        while order and order[-1] not in arguments:
            order.pop()
        return range_after(node.operator.split(".")[1], [arguments.get(name) for name in order])
    return range_after(node.operator, inputs)


def _of(graph: OperatorGraph, name: str | None, ranges: dict[str, OutputRange]) -> Operand:
    """Return the range of an input, or the constant; None for an omitted input."""
    if name is None:
        return None
    constant = graph.constants.get(name)
    return dataclasses.replace(ranges.get(name, UNLIMITED), origin=name) if constant is None else constant


def _unsqueezed(source: OutputRange, dim: int) -> OutputRange:
    """Return the range after inserting an axis of size 1 at ``dim``, counted from the end (last: −1)."""
    axis = source.unit_sum_axis
    return source if axis is None or dim < axis else dataclasses.replace(source, unit_sum_axis=axis - 1)


def _filled(value: Any, inputs: list[Operand]) -> Any:
    """Return a nested argument with the inputs' ranges in place of their slots."""
    if isinstance(value, InputSlot):
        return inputs[value.index]
    if isinstance(value, (tuple, list)):
        return [_filled(inner, inputs) for inner in value]
    return value
