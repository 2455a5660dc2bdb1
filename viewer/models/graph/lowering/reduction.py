"""Lowering of sums, means, maxima and the largest values."""

from __future__ import annotations

from viewer.models.graph.lowering.aten_call import AtenCall
from viewer.models.graph.lowering.builder import GraphBuilder, Lowerings, make_lowering_table
from viewer.models.graph.lowering.pointwise import add_scaling


def reduce(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``sum``, ``mean``, ``logsumexp`` and ``amax``, over some or all dimensions."""
    operator = call.target.split(".")[1]
    x = call.tensor("self")
    operator = "amax" if operator == "max" else operator
    if call.get("dtype") is not None and call["dtype"] != builder.value_dtype(x):
        x = builder.add("cast", (x,), {"dtype": call["dtype"]}, shape=builder.shape(x))
    dims = call.get("dim")
    dims = tuple(dims) if isinstance(dims, (tuple, list)) else (() if dims is None else (dims,))
    return builder.add(operator, (x,), {"dims": dims, "keepdim": bool(call.get("keepdim", False))})


def max_over_dim(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``max`` over one dimension; the indices must not be used."""
    attributes = {"dim": call.number("dim"), "keepdim": call.flag("keepdim")}
    return builder.add("max", (call.tensor("self"),), attributes)


def minimum(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``amin`` and ``min`` over dimensions: the negative maximum of the negative values."""
    x = add_scaling(call.tensor("self"), -1.0, builder)
    if call.target == "aten.min.dim":
        attributes = {"dim": call.number("dim"), "keepdim": call.flag("keepdim")}
        return add_scaling(builder.add("max", (x,), attributes), -1.0, builder)
    attributes = {"dims": tuple(call.get("dim") or ()), "keepdim": bool(call.get("keepdim", False))}
    return add_scaling(builder.add("amax", (x,), attributes), -1.0, builder)


def largest_values(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``topk`` and ``sort``, in descending order or not; the indices must not be used."""
    x, dim = call.tensor("self"), call.number("dim")
    if "topk" in call.target:
        attributes = {"k": call.number("k"), "dim": dim, "largest": call.flag("largest")}
    else:
        attributes = {"k": builder.size(x, dim), "dim": dim, "largest": call.flag("descending")}
    return builder.add("topk", (x,), attributes)


LOWERINGS: Lowerings = make_lowering_table(
    {
        reduce: "sum.dim_IntList sum.default mean.dim mean.default amax.default max.default "
        "logsumexp.default",
        minimum: "amin.default min.default min.dim",
        largest_values: "topk.default sort.default sort.stable",
        max_over_dim: "max.dim",
    }
)
