"""Integers computed at run time: sizes of tensors, and arithmetic on them."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

NUMBERS = frozenset({"size", "number"})
"""Operators that compute a number rather than a tensor: the size of a dimension, and arithmetic on sizes."""

ARITHMETIC: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "add": operator.add,
        "sub": operator.sub,
        "mul": operator.mul,
        "floordiv": operator.floordiv,
        "truediv": operator.truediv,
        "mod": operator.mod,
        "neg": operator.neg,
        "trunc": math.trunc,
        "floor": math.floor,
        "ceil": math.ceil,
        "int": int,
        "float": float,
        "max": max,
        "min": min,
    }
)
"""Functions on sizes."""
