"""Lowering of scaled dot-product attention to matrix products and softmax."""

from __future__ import annotations

import math

import torch

from viewer.models.graph.graph import Shape
from viewer.models.graph.lowering.aten_call import AtenCall
from viewer.models.graph.lowering.builder import GraphBuilder, Lowerings, make_lowering_table
from viewer.models.graph.operators.aten_passthrough import InputSlot


def attention(call: AtenCall, builder: GraphBuilder) -> str:
    """Lower softmax(scale · Q Kᵀ + mask) V (Vaswani et al. 2017).

    Raises
    ------
    CaptureError
        It applies dropout, or its mask depends on a size that is not fixed.
    """
    query, key, value = (call.tensor(name) for name in ("query", "key", "value"))
    if call.get("dropout_p", 0.0) > 0:
        raise call.error("drops values at random", "put the network into evaluation mode")
    rank = builder.rank(key)
    if call.get("enable_gqa", False):
        heads = builder.size(query, -3)
        key, value = (repeat_heads(builder, name, heads) for name in (key, value))
    scale = call.get("scale")
    if scale is None:
        scale = 1.0 / math.sqrt(builder.size(query, -1))
    queries, keys = shape_or_unknown(builder, query, rank), shape_or_unknown(builder, key, rank)
    scaled = builder.add_affine(query, torch.tensor(scale, dtype=builder.dtype, device=builder.device), None)
    transposed = builder.add(
        "permute",
        (key,),
        {"dims": (*range(rank - 2), rank - 1, rank - 2)},
        shape=(*keys[:-2], keys[-1], keys[-2]),
    )
    square = (*queries[:-1], keys[-2])
    scores = builder.add("matmul", (scaled, transposed), shape=square)
    mask = call.optional_tensor("attn_mask")
    if call.get("is_causal", False):
        mask = add_causal_mask(call, builder, square)
    if mask is not None:
        scores = builder.add("add", (scores, make_additive_mask(builder, mask)), shape=square)
    weights = builder.add("softmax", (scores,), {"dim": -1}, shape=square)
    return builder.add("matmul", (weights, value))


def repeat_heads(builder: GraphBuilder, name: str, heads: int) -> str:
    """Repeat the heads of keys or values to match those of the queries (grouped-query attention)."""
    repeats = heads // builder.size(name, -3)
    if repeats == 1:
        return name
    arguments = {"self": InputSlot(0), "repeats": repeats, "dim": -3}
    shape = shape_or_unknown(builder, name, builder.rank(name))
    return builder.add(
        "aten.repeat_interleave.self_int",
        (name,),
        {"arguments": arguments, "output": 0},
        shape=(*shape[:-3], heads, *shape[-2:]),
    )


def shape_or_unknown(builder: GraphBuilder, name: str, rank: int) -> Shape:
    """Return a value's shape, with None for unknown sizes."""
    return builder.shape(name) or (None,) * rank


def add_causal_mask(call: AtenCall, builder: GraphBuilder, shape: Shape) -> str:
    """Return the causal mask, in which a position attends only to itself and those before it."""
    rows, columns = shape[-2], shape[-1]
    if rows is None or columns is None:
        raise call.error("has a mask whose size is not fixed")
    return builder.add_constant(torch.ones(rows, columns, dtype=torch.bool, device=builder.device).tril())


def make_additive_mask(builder: GraphBuilder, mask: str) -> str:
    """Return a mask to be added: −∞ where a boolean mask is false."""
    tensor = builder.constant(mask)
    if tensor is None or tensor.dtype != torch.bool:
        return mask
    zeros = torch.zeros(tensor.shape, dtype=builder.dtype, device=builder.device)
    return builder.add_constant(zeros.masked_fill(~tensor, -math.inf))


LOWERINGS: Lowerings = make_lowering_table(
    {
        attention: "scaled_dot_product_attention.default _scaled_dot_product_flash_attention_for_cpu.default",
    }
)
