"""Lowering of pure ATen operators that are run unchanged."""

from __future__ import annotations

from typing import Any

from viewer.models.graph.lowering.aten_call import AtenCall, TensorReference
from viewer.models.graph.lowering.builder import GraphBuilder
from viewer.models.graph.operators.aten_passthrough import PASSTHROUGH, InputSlot

PLACEMENT_ARGUMENTS = frozenset(
    {"device", "layout", "pin_memory", "memory_format", "generator", "non_blocking"}
)
"""Arguments for device and memory layout, which do not change values."""


def lower_passthrough(call: AtenCall, builder: GraphBuilder) -> tuple[str, ...]:
    """Add nodes of a pure ATen operator, one for each of its results.

    Raises
    ------
    CaptureError
        It is not on the list of supported operators.
    """
    if call.target not in PASSTHROUGH:
        raise call.error("is not a supported operator", "methods that need no graph still run")
    inputs: list[str] = []

    def insert_slots(value: Any) -> Any:
        if isinstance(value, TensorReference):
            inputs.append(value.name)
            return InputSlot(len(inputs) - 1)
        if isinstance(value, (tuple, list)):
            return tuple(insert_slots(inner) for inner in value)
        return value

    arguments = {
        name: insert_slots(value) for name, value in call.arguments.items() if name not in PLACEMENT_ARGUMENTS
    }
    names = []
    for index in range(len(call.results)):
        attributes = {"arguments": arguments, "output": index}
        names.append(builder.add(call.target, inputs, attributes, result_index=index))
    return tuple(names)
