"""Registry of lowerings, and the lowering of ATen operators that are run unchanged."""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType
from typing import Any

from viewer.models.graph.lowering import (
    attention,
    linear,
    normalization,
    pointwise,
    pooling,
    reduction,
    shape_ops,
    symbolic_sizes,
)
from viewer.models.graph.lowering.aten_call import AtenCall, TensorReference
from viewer.models.graph.lowering.builder import GraphBuilder, Lowerings
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
        raise call.error("is no operator that is known here", "methods that need no graph still run")
    inputs: list[str] = []

    def slotted(value: Any) -> Any:
        if isinstance(value, TensorReference):
            inputs.append(value.name)
            return InputSlot(len(inputs) - 1)
        if isinstance(value, (tuple, list)):
            return tuple(slotted(inner) for inner in value)
        return value

    arguments = {
        name: slotted(value) for name, value in call.arguments.items() if name not in PLACEMENT_ARGUMENTS
    }
    names = []
    for index in range(len(call.results)):
        attributes = {"arguments": arguments, "output": index}
        names.append(builder.add(call.target, inputs, attributes, result=index))
    return tuple(names)


LOWERINGS: Lowerings = MappingProxyType(
    {
        target: translator
        for family in (
            linear,
            pooling,
            pointwise,
            normalization,
            shape_ops,
            reduction,
            attention,
            symbolic_sizes,
        )
        for target, translator in family.LOWERINGS.items()
    }
)
"""Lowering functions by ATen operator."""


def can_lower(target: str) -> bool:
    """Return whether an operator is supported."""
    return target in LOWERINGS or target in PASSTHROUGH or target in symbolic_sizes.ASSERTIONS


def lower_calls(calls: Iterable[AtenCall], builder: GraphBuilder) -> None:
    """Add the nodes of some calls to a builder, in order.

    Raises
    ------
    CaptureError
        One of them is not supported; the message names it, its module and its source line.
    """
    for call in calls:
        if call.target in symbolic_sizes.ASSERTIONS:
            continue
        builder.begin(call)
        translator = LOWERINGS.get(call.target, lower_passthrough)
        try:
            names = translator(call, builder)
        except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError) as error:
            # Only a manipulated file contains calls that torch itself rejects.
            raise call.error(f"makes no sense: {str(error).partition(chr(10))[0]}") from error
        builder.end((names,) if isinstance(names, str) else names)
