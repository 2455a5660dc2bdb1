"""How an ATen operator without a word of its own becomes a node: with its arguments as they are."""

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
"""Arguments that say where and how a tensor lies, not what it is."""


def lower_passthrough(call: AtenCall, builder: GraphBuilder) -> tuple[str, ...]:
    """Nodes of a pure operator, one for each of its results.

    Raises
    ------
    CaptureError
        It is not on the list of those that are run.
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
"""ATen operator to what reads it."""


def can_lower(target: str) -> bool:
    """Whether an operator can be read."""
    return target in LOWERINGS or target in PASSTHROUGH or target in symbolic_sizes.ASSERTIONS


def lower_calls(calls: Iterable[AtenCall], builder: GraphBuilder) -> None:
    """Add what some calls do to a draft, in order.

    Raises
    ------
    CaptureError
        One of them cannot be read; the line names it, its module and its source.
    """
    for call in calls:
        if call.target in symbolic_sizes.ASSERTIONS:
            continue
        builder.begin(call)
        translator = LOWERINGS.get(call.target, lower_passthrough)
        try:
            names = translator(call, builder)
        except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError) as error:
            # Only a file that was tampered with says what makes no sense to torch itself.
            raise call.error(f"makes no sense: {str(error).partition(chr(10))[0]}") from error
        builder.end((names,) if isinstance(names, str) else names)
