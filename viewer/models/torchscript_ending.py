"""Final activation and output range of a TorchScript network, read from its graph."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from torch import nn

from viewer.models.output_meaning import AGREEING_KINDS, UNKNOWN, Ending
from viewer.models.output_range import UNLIMITED, OutputRange, is_known, range_after

RESHAPING = frozenset({"view", "reshape", "flatten", "squeeze", "unsqueeze", "permute", "contiguous"})
"""Operators that may follow a final activation: they move values and change none."""

FURTHEST = 12
"""Largest number of operators examined from the end."""


def torchscript_ending(script: nn.Module) -> Ending:
    """Return the ending of a TorchScript network, whose outputs include a final softmax or sigmoid."""
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
    if activation not in (None, "sigmoid") and not _is_along_classes(last, outputs[0].node()):
        activation = None
    return Ending(activation, included=True, range=_range_of(outputs[0], script, FURTHEST))


def _is_along_classes(softmax: Any, last: Any) -> bool:
    """Whether a softmax is surely along axis 1 of what is given back; behind reshaping it may be another."""
    dim = list(softmax.inputs())[1].toIValue()
    rank = _rank(softmax)
    return bool(softmax == last and (dim == 1 or (rank is not None and rank + (dim or 0) == 1)))


def _rank(node: Any) -> int | None:
    """The number of axes of what a node gives; None where the file does not say."""
    kind = node.output().type()
    found = kind.dim() if hasattr(kind, "dim") else None
    return found if isinstance(found, int) else None


def _operator(node: Any) -> str:
    """Return the ATen name of a TorchScript node."""
    name: str = node.kind().partition("::")[2]
    return name


def _range_of(value: Any, script: nn.Module, steps: int) -> Any:
    """The range of a value of TorchScript as far as its last operators tell; a constant as it is."""
    node = value.node()
    if node.kind() == "prim::Constant":
        found = value.toIValue()
        single = isinstance(found, torch.Tensor) and found.dim() == 0
        return found.item() if single else found
    if node.kind() == "prim::GetAttr":
        found = _attribute(node, script)
        return found if isinstance(found, (torch.Tensor, int, float)) else UNLIMITED
    if not steps:
        return UNLIMITED
    if node.kind() == "prim::ListConstruct":
        return [_range_of(one, script, steps - 1) for one in node.inputs()]
    if node.kind() == "prim::NumToTensor":
        return _range_of(next(node.inputs()), script, steps - 1)
    if not node.kind().startswith("aten::") or not is_known(_operator(node)):
        return UNLIMITED
    given = [_range_of(one, script, steps - 1) for one in node.inputs()]
    rank = _rank(node)
    if _operator(node) == "softmax" and rank is not None and isinstance(given[1], int):
        given[1] = given[1] % rank - rank
    for place, one in enumerate(node.inputs()):
        if isinstance(given[place], OutputRange):
            given[place] = replace(given[place], origin=one.debugName())
    return range_after(_operator(node), given)


def _attribute(node: Any, script: nn.Module) -> object:
    """A parameter, buffer or module of the network, by the node that reads it."""
    owner = next(node.inputs()).node()
    read = _attribute(owner, script) if owner.kind() == "prim::GetAttr" else script
    return getattr(read, node.s("name"), None)
