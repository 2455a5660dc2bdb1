"""The vocabulary: every operator by its word."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from viewer.models.graph.operators import (
    arithmetic,
    arrangement,
    convolution,
    pointwise,
    pooling,
    reduction,
    strand,
)
from viewer.models.graph.operators.operator import Operator
from viewer.models.graph.operators.passed import passed

OPERATORS: Mapping[str, Operator] = MappingProxyType(
    {
        operator.name: operator
        for family in (convolution, pointwise, arithmetic, pooling, reduction, arrangement, strand)
        for operator in family.OPERATORS
    }
)
"""Word to operator, without the pure ATen operators that are passed through."""


def find(word: str) -> Operator:
    """The operator of a node.

    Raises
    ------
    ModelError
        There is none of that name.
    """
    known = OPERATORS.get(word)
    return known if known is not None else passed(word)
