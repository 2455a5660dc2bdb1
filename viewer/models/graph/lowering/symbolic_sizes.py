"""Lowering of sizes, arithmetic on them, tensors created from them, and assertions."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import torch

from viewer.models.graph.graph import SymbolicSize
from viewer.models.graph.lowering.aten_call import AtenCall
from viewer.models.graph.lowering.builder import GraphBuilder, Lowerings, make_lowering_table

FUNCTIONS: Mapping[str, str] = MappingProxyType(
    {
        "_operator.add": "add",
        "_operator.sub": "sub",
        "_operator.mul": "mul",
        "_operator.floordiv": "floordiv",
        "_operator.truediv": "truediv",
        "_operator.mod": "mod",
        "_operator.neg": "neg",
        "math.trunc": "trunc",
        "math.floor": "floor",
        "math.ceil": "ceil",
        "torch.sym_int": "int",
        "torch.sym_float": "float",
        "torch.sym_max": "max",
        "torch.sym_min": "min",
    }
)
"""Functions on sizes that are computed at run time."""

ASSERTIONS = frozenset(
    {
        "_operator.eq",
        "_operator.ne",
        "_operator.le",
        "_operator.ge",
        "_operator.lt",
        "_operator.gt",
        "_operator.and_",
        "_operator.or_",
        "torch.sym_not",
        "aten._assert_async.msg",
        "aten._assert_scalar.default",
        "aten._assert_tensor_metadata.default",
        "aten.sym_constrain_range.default",
        "aten.sym_constrain_range_for_size.default",
    }
)
"""Assertions, on which no value depends."""


def size_arithmetic(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower a function on sizes."""
    return builder.add_number(FUNCTIONS[call.target], call["operands"])


def size(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``sym_size``: one size of a value."""
    return builder.add_size(call.tensor("self"), call.number("dim"))


def full(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``full``, ``zeros``, ``ones`` and similar: one number repeated to a shape.

    ``empty`` becomes zeros: it is about to be overwritten.
    """
    fixed = {"zeros": 0.0, "ones": 1.0, "empty": 0.0}
    operator = call.target.split(".")[1].removeprefix("new_")
    argument = "fill_value" if "fill_value" in call.arguments else "s"
    number: Any = fixed.get(operator)
    if number is None:
        number = call[argument] if isinstance(call.get(argument), bool) else call.number(argument)
    dtype = call.get("dtype")
    if dtype is None:
        kinds = [result.dtype for result in call.results if result.dtype is not None]
        dtype = kinds[0] if kinds else builder.dtype
    shape = tuple(call.get("size", ()))
    if 0 in shape:
        return builder.add_constant(torch.full(shape, number, dtype=dtype, device=builder.device))
    scalar = torch.full((1,) * len(shape), number, dtype=dtype, device=builder.device)
    name = builder.add_constant(scalar)
    return builder.add("expand", (name,), {"shape": shape}) if shape else name


def fill(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``fill`` and ``zero``: a value replaced by one number."""
    x = call.tensor("self")
    number = call.number("value") if "value" in call.arguments else 0.0
    scalar = builder.add_constant(torch.tensor(number, dtype=builder.value_dtype(x), device=builder.device))
    shape = builder.shape(x) or ()
    sizes = tuple(
        size if size is not None else SymbolicSize(builder.add_size(x, dim)) for dim, size in enumerate(shape)
    )
    return builder.add("expand", (scalar,), {"shape": sizes})


LOWERINGS: Lowerings = MappingProxyType(
    {
        **dict.fromkeys(FUNCTIONS, size_arithmetic),
        **make_lowering_table(
            {
                size: "sym_size.int",
                full: "full.default zeros.default ones.default new_zeros.default new_ones.default "
                "new_full.default new_empty.default empty.memory_format scalar_tensor.default",
                fill: "fill.Scalar zero.default",
            }
        ),
    }
)
