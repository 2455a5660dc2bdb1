"""How attention is written, and the products and softmax it becomes."""

from __future__ import annotations

import math

import torch

from viewer.models.graph.graph import Shape
from viewer.models.graph.lowering.aten_call import AtenCall
from viewer.models.graph.lowering.builder import GraphBuilder, Lowerings, lowering_table


def attention(call: AtenCall, builder: GraphBuilder) -> str:
    """softmax(scale · Q Kᵀ + mask) V (Vaswani et al. 2017), written out.

    Raises
    ------
    CaptureError
        It drops values at random, or its mask depends on a size that is not fixed.
    """
    query, key, value = (call.tensor(name) for name in ("query", "key", "value"))
    if call.get("dropout_p", 0.0) > 0:
        raise call.error("drops values at random", "put the network into evaluation mode")
    if call.get("enable_gqa", False):
        raise call.error("shares keys among groups of queries", "write the repetition out")
    rank = builder.rank(key)
    scale = call.get("scale")
    if scale is None:
        scale = 1.0 / math.sqrt(builder.size(query, -1))
    queries, keys = sizes(builder, query, rank), sizes(builder, key, rank)
    scaled = builder.add_affine(query, torch.tensor(scale, dtype=builder.dtype, device=builder.device), None)
    turned = builder.add(
        "permute",
        (key,),
        {"dims": (*range(rank - 2), rank - 1, rank - 2)},
        shape=(*keys[:-2], keys[-1], keys[-2]),
    )
    square = (*queries[:-1], keys[-2])
    scores = builder.add("matmul", (scaled, turned), shape=square)
    mask = call.optional("attn_mask")
    if call.get("is_causal", False):
        mask = causal(call, builder, square)
    if mask is not None:
        scores = builder.add("add", (scores, additive(builder, mask)), shape=square)
    weights = builder.add("softmax", (scores,), {"dim": -1}, shape=square)
    return builder.add("matmul", (weights, value))


def sizes(builder: GraphBuilder, name: str, rank: int) -> Shape:
    """A value's shape, unknown sizes as None."""
    return builder.shape(name) or (None,) * rank


def causal(call: AtenCall, builder: GraphBuilder, shape: Shape) -> str:
    """The mask under which a position sees those before it alone."""
    rows, columns = shape[-2], shape[-1]
    if rows is None or columns is None:
        raise call.error("has a mask whose size is not fixed")
    return builder.add_constant(torch.ones(rows, columns, dtype=torch.bool, device=builder.device).tril())


def additive(builder: GraphBuilder, mask: str) -> str:
    """A mask as something to be added: −∞ where a yes-or-no mask says no."""
    tensor = builder.constant(mask)
    if tensor is None or tensor.dtype != torch.bool:
        return mask
    shut = torch.zeros(tensor.shape, dtype=builder.dtype, device=builder.device)
    return builder.add_constant(shut.masked_fill(~tensor, -math.inf))


LOWERINGS: Lowerings = lowering_table(
    {
        attention: "scaled_dot_product_attention.default _scaled_dot_product_flash_attention_for_cpu.default",
    }
)
