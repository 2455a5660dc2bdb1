"""How a TorchScript ends, read from its graph: it is part of its outputs."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from viewer.models.output_meaning import AGREEING_KINDS, UNKNOWN, Ending
from viewer.models.output_range import UNLIMITED, is_known, range_after

RESHAPING = frozenset({"view", "reshape", "flatten", "squeeze", "unsqueeze", "permute", "contiguous"})
"""Operators that may stand behind a final activation: they move values and change none."""

FURTHEST = 12
"""So many operators are looked through from the end."""


def torchscript_ending(script: nn.Module) -> Ending:
    """Return how a TorchScript ends, of which a final softmax, log-softmax or sigmoid is a part."""
    try:
        outputs = list(script.inlined_graph.outputs())  # type: ignore[union-attr, operator]
    except (AttributeError, RuntimeError):
        return UNKNOWN
    if len(outputs) != 1:
        return UNKNOWN
    last = outputs[0].node()
    while _operator(last) in RESHAPING:
        last = next(last.inputs()).node()
    activation = _operator(last) if _operator(last) in AGREEING_KINDS else None
    return Ending(activation, included=True, range=_range_of(outputs[0], FURTHEST))


def _operator(node: Any) -> str:
    """The ATen name of a TorchScript node."""
    name: str = node.kind().partition("::")[2]
    return name


def _range_of(value: Any, steps: int) -> Any:
    """The range of a value of TorchScript as far as its last operators tell; a constant as it is."""
    node = value.node()
    if node.kind() == "prim::Constant":
        found = value.toIValue()
        single = isinstance(found, torch.Tensor) and found.numel() == 1
        return found.item() if single else UNLIMITED if isinstance(found, torch.Tensor) else found
    if not steps:
        return UNLIMITED
    if node.kind() == "prim::ListConstruct":
        return [_range_of(one, steps - 1) for one in node.inputs()]
    if node.kind() == "prim::NumToTensor":
        return _range_of(next(node.inputs()), steps - 1)
    if not node.kind().startswith("aten::") or not is_known(_operator(node)):
        return UNLIMITED
    return range_after(_operator(node), [_range_of(one, steps - 1) for one in node.inputs()])
