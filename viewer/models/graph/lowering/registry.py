"""Registry of lowerings."""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType

from viewer.models.graph.lowering import (
    attention,
    einsum,
    linear,
    normalization,
    pointwise,
    pooling,
    recurrent,
    reduction,
    shape_ops,
    symbolic_sizes,
)
from viewer.models.graph.lowering.aten_call import AtenCall
from viewer.models.graph.lowering.builder import GraphBuilder, Lowerings
from viewer.models.graph.lowering.passthrough import lower_passthrough
from viewer.models.graph.operators.aten_passthrough import PASSTHROUGH
from viewer.models.network_errors import describe_failure

LOWERINGS: Lowerings = MappingProxyType(
    {
        target: translator
        for family in (
            linear,
            einsum,
            pooling,
            pointwise,
            normalization,
            shape_ops,
            reduction,
            recurrent,
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
        builder.begin_call(call)
        translator = LOWERINGS.get(call.target, lower_passthrough)
        try:
            names = translator(call, builder)
        except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError) as error:
            # Only a manipulated file contains calls that torch itself rejects.
            raise call.error(f"is invalid: {describe_failure(error)}") from error
        builder.end_call((names,) if isinstance(names, str) else names)
