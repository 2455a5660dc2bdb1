"""Range in which the outputs of an operator graph must lie (interval arithmetic)."""

from __future__ import annotations

import dataclasses
from typing import Any

import torch

from viewer.models.graph.graph import Node, OperatorGraph
from viewer.models.graph.operators.aten_passthrough import InputSlot, find_overload
from viewer.models.operator_ranges import find_result_range
from viewer.models.output_range import UNLIMITED, OutputRange, as_range

Operand = OutputRange | torch.Tensor | None
"""Input of a node: a range, a constant, or nothing."""


def find_output_range(graph: OperatorGraph) -> OutputRange:
    """Return the range of the graph's first output."""
    ranges: dict[str, OutputRange] = {}
    for node in graph.nodes:
        ranges[node.name] = _find_node_range(graph, node, ranges)
    return ranges.get(graph.output, UNLIMITED)


def _find_node_range(graph: OperatorGraph, node: Node, ranges: dict[str, OutputRange]) -> OutputRange:
    """Return the range of one node's output."""
    inputs = [_find_operand(graph, name, ranges) for name in node.inputs]
    attributes = node.attributes
    match node.operator:
        case "softmax" if node.shape is not None:
            return find_result_range(
                "softmax", (inputs[0], attributes["dim"] % len(node.shape) - len(node.shape))
            )
        case "unsqueeze" if node.shape is not None:
            return _unsqueeze_range(
                as_range(inputs[0]), attributes["dim"] % len(node.shape) - len(node.shape)
            )
        case "sum":
            return find_result_range("sum", inputs, {"keepdim": attributes["keepdim"]})
        case "elu":
            return find_result_range("elu", (inputs[0], attributes["alpha"], attributes["scale"]))
        case "affine":
            scaled = inputs[0] if inputs[1] is None else find_result_range("mul", inputs[:2])
            return as_range(scaled) if inputs[2] is None else find_result_range("add", (scaled, inputs[2]))
        case "clamp" | "hardtanh":
            return find_result_range("clamp", (inputs[0], attributes.get("low"), attributes.get("high")))
        case "pow":
            return find_result_range("pow", (inputs[0], attributes["exponent"]))
        case "pad":
            return find_result_range("pad", (inputs[0], None, "", attributes.get("value")))
        case "upsample":
            return find_result_range("upsample", inputs[:1], {"mode": attributes["mode"]})
        case "avg_pool":
            return find_result_range("avg_pool", inputs[:1], {"divisor_override": attributes.get("divisor")})
        case "cat":
            return find_result_range("cat", (inputs,))
    if node.operator.startswith("aten."):
        arguments = {
            name: _fill_slots(value, inputs) for name, value in attributes.get("arguments", {}).items()
        }
        order = [argument.name for argument in find_overload(node.operator)._schema.arguments]
        while order and order[-1] not in arguments:
            order.pop()
        return find_result_range(node.operator.split(".")[1], [arguments.get(name) for name in order])
    return find_result_range(node.operator, inputs)


def _find_operand(graph: OperatorGraph, name: str | None, ranges: dict[str, OutputRange]) -> Operand:
    """Return the range of an input, or the constant; None for an omitted input."""
    if name is None:
        return None
    constant = graph.constants.get(name)
    return dataclasses.replace(ranges.get(name, UNLIMITED), origin=name) if constant is None else constant


def _unsqueeze_range(input_range: OutputRange, dim: int) -> OutputRange:
    """Return the range after inserting an axis of size 1 at ``dim``, counted from the end (last: −1)."""
    axis = input_range.unit_sum_axis
    return (
        input_range
        if axis is None or dim < axis
        else dataclasses.replace(input_range, unit_sum_axis=axis - 1)
    )


def _fill_slots(value: Any, inputs: list[Operand]) -> Any:
    """Return a nested argument with the inputs' ranges in place of their slots."""
    if isinstance(value, InputSlot):
        return inputs[value.index]
    if isinstance(value, (tuple, list)):
        return [_fill_slots(inner, inputs) for inner in value]
    return value
