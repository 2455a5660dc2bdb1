"""Lowering of sums, means and maxima."""

from __future__ import annotations

from viewer.models.graph.lowering.aten_call import AtenCall
from viewer.models.graph.lowering.builder import GraphBuilder, Lowerings, lowering_table


def reduce(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``sum``, ``mean`` and ``amax``, over some or all dimensions."""
    word = call.target.split(".")[1]
    x = call.tensor("self")
    if call.get("dtype") is not None and call["dtype"] != builder.dtype_of(x):
        x = builder.add("cast", (x,), {"dtype": call["dtype"]}, shape=builder.shape(x))
    dims = call.get("dim")
    dims = tuple(dims) if isinstance(dims, (tuple, list)) else (() if dims is None else (dims,))
    return builder.add(word, (x,), {"dims": dims, "keepdim": bool(call.get("keepdim", False))})


def max_over_dim(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower ``max`` over one dimension; the indices must not be used."""
    attributes = {"dim": call.number("dim"), "keepdim": call.flag("keepdim")}
    return builder.add("max", (call.tensor("self"),), attributes)


LOWERINGS: Lowerings = lowering_table(
    {
        reduce: "sum.dim_IntList sum.default mean.dim mean.default amax.default",
        max_over_dim: "max.dim",
    }
)
