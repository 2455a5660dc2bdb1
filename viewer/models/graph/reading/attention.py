"""How attention is written, and the products and softmax it becomes."""

from __future__ import annotations

import math

import torch

from viewer.models.graph.nodes import Shape
from viewer.models.graph.reading.call import Call
from viewer.models.graph.reading.draft import Draft
from viewer.models.graph.reading.translator import Translations, translations


def attention(call: Call, draft: Draft) -> str:
    """softmax(scale · Q Kᵀ + mask) V (Vaswani et al. 2017), written out.

    Raises
    ------
    CaptureError
        It drops values at random, or its mask depends on a size that is not fixed.
    """
    query, key, value = (call.tensor(name) for name in ("query", "key", "value"))
    if call.get("dropout_p", 0.0) > 0:
        raise call.refused("drops values at random", "put the network into evaluation mode")
    if call.get("enable_gqa", False):
        raise call.refused("shares keys among groups of queries", "write the repetition out")
    rank = draft.rank(key)
    scale = call.get("scale")
    if scale is None:
        scale = 1.0 / math.sqrt(draft.size(query, -1))
    queries, keys = sizes(draft, query, rank), sizes(draft, key, rank)
    scaled = draft.add_affine(query, torch.tensor(scale, dtype=draft.dtype, device=draft.device), None)
    turned = draft.add(
        "permute",
        (key,),
        {"dims": (*range(rank - 2), rank - 1, rank - 2)},
        shape=(*keys[:-2], keys[-1], keys[-2]),
    )
    square = (*queries[:-1], keys[-2])
    scores = draft.add("matmul", (scaled, turned), shape=square)
    mask = call.optional("attn_mask")
    if call.get("is_causal", False):
        mask = causal(call, draft, square)
    if mask is not None:
        scores = draft.add("add", (scores, additive(draft, mask)), shape=square)
    weights = draft.add("softmax", (scores,), {"dim": -1}, shape=square)
    return draft.add("matmul", (weights, value))


def sizes(draft: Draft, name: str, rank: int) -> Shape:
    """A value's shape, unknown sizes as None."""
    return draft.shape(name) or (None,) * rank


def causal(call: Call, draft: Draft, shape: Shape) -> str:
    """The mask under which a position sees those before it alone."""
    rows, columns = shape[-2], shape[-1]
    if rows is None or columns is None:
        raise call.refused("has a mask whose size is not fixed")
    return draft.add_constant(torch.ones(rows, columns, dtype=torch.bool, device=draft.device).tril())


def additive(draft: Draft, mask: str) -> str:
    """A mask as something to be added: −∞ where a yes-or-no mask says no."""
    tensor = draft.constant(mask)
    if tensor is None or tensor.dtype != torch.bool:
        return mask
    shut = torch.zeros(tensor.shape, dtype=draft.dtype, device=draft.device)
    return draft.add_constant(shut.masked_fill(~tensor, -math.inf))


TRANSLATIONS: Translations = translations(
    {
        attention: "scaled_dot_product_attention.default _scaled_dot_product_flash_attention_for_cpu.default",
    }
)
