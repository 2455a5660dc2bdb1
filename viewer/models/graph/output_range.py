"""Between which numbers the outputs of an operator graph must lie."""

from __future__ import annotations

from typing import Any

from viewer.models.graph.graph import Node, OperatorGraph
from viewer.models.graph.operators.aten_passthrough import InputSlot, find_overload
from viewer.models.output_range import UNLIMITED, OutputRange, as_range, range_after


def output_range(graph: OperatorGraph) -> OutputRange:
    """Return the range of the graph's first output."""
    found: dict[str, OutputRange] = {}
    for node in graph.nodes:
        found[node.name] = _after(graph, node, found)
    return found.get(graph.output, UNLIMITED)


def _after(graph: OperatorGraph, node: Node, found: dict[str, OutputRange]) -> OutputRange:
    """The range of what one node gives."""
    inputs = [None if name is None else found.get(name, UNLIMITED) for name in node.inputs]
    if all(one is None or one.unlimited for one in inputs):
        inputs = [None if one is None else UNLIMITED for one in inputs]
    elif node.operator in ("affine", "add", "sub", "mul", "div", "cat"):
        inputs = [_of(graph, name, found) for name in node.inputs]
    attributes = node.attributes
    match node.operator:
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
        given = {name: _filled(value, inputs) for name, value in attributes.get("arguments", {}).items()}
        order = [argument.name for argument in find_overload(node.operator)._schema.arguments]
        while order and order[-1] not in given:
            order.pop()
        return range_after(node.operator.split(".")[1], [given.get(name) for name in order])
    return range_after(node.operator, inputs)


def _of(graph: OperatorGraph, name: str | None, found: dict[str, OutputRange]) -> OutputRange | None:
    """The range of an input, which for a constant is that of its values; None where it is left out."""
    if name is None:
        return None
    if name in found:
        return found[name]
    constant = graph.constants.get(name)
    if constant is None or not constant.numel() or constant.is_complex():
        return UNLIMITED
    low, high = constant.detach().aminmax()
    return OutputRange(float(low), float(high))


def _filled(value: Any, inputs: list[OutputRange | None]) -> Any:
    """A nested argument with the ranges of the inputs in the slots that stand for them."""
    if isinstance(value, InputSlot):
        return inputs[value.index]
    if isinstance(value, (tuple, list)):
        return [_filled(inner, inputs) for inner in value]
    return value
