"""PyTorch functions for ONNX operators, by family.

Each function takes a node and its inputs and returns its outputs. An operator's definition changes between
opsets; a table entry lists the opsets of the definitions that the function implements.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from viewer.models.onnx.operators import (
    convolution,
    normalization,
    pointwise,
    pooling,
    reduction,
    resize,
    shape_ops,
)
from viewer.models.onnx.operators.operator import OnnxOperator

OPERATORS: Mapping[str, OnnxOperator] = MappingProxyType(
    {
        name: operator
        for family in (convolution, pooling, pointwise, normalization, shape_ops, reduction, resize)
        for name, operator in family.OPERATORS.items()
    }
)
"""Operators by their names in the standard."""
