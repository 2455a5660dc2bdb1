"""Registry of all operators by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from viewer.models.graph.operators import (
    arithmetic,
    chunked_segment,
    convolution,
    pointwise,
    pooling,
    reduction,
    shape_ops,
)
from viewer.models.graph.operators.aten_passthrough import passthrough_operator
from viewer.models.graph.operators.operator import Operator

OPERATORS: Mapping[str, Operator] = MappingProxyType(
    {
        operator.name: operator
        for family in (convolution, pointwise, arithmetic, pooling, reduction, shape_ops, chunked_segment)
        for operator in family.OPERATORS
    }
)
"""Operators by name, without the pure ATen operators that are run unchanged."""


def find_operator(name: str) -> Operator:
    """Return the operator of a node.

    Raises
    ------
    ModelError
        There is no operator of that name.
    """
    registered = OPERATORS.get(name)
    return registered if registered is not None else passthrough_operator(name)
