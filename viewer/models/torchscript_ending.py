"""Final activation and output range of a TorchScript network, read from its graph."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from torch import nn

from viewer.models.operator_ranges import find_result_range, has_rule
from viewer.models.output_meaning import AGREEING_KINDS, UNKNOWN, Ending
from viewer.models.output_range import UNLIMITED, OutputRange

RESHAPING = frozenset({"view", "reshape", "flatten", "squeeze", "unsqueeze", "permute", "contiguous"})
"""Operators that may follow a final activation: they move values without changing them."""

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
    node = outputs[0].node()
    while _operator_name(node) in RESHAPING:
        node = next(node.inputs()).node()
    activation = _operator_name(node) if _operator_name(node) in AGREEING_KINDS else None
    if activation not in (None, "sigmoid") and not _is_along_classes(node, outputs[0].node()):
        activation = None
    return Ending(activation, is_included=True, range=_find_range(outputs[0], script, FURTHEST))


def _is_along_classes(softmax: Any, output_node: Any) -> bool:
    """Return whether a softmax is surely along axis 1 of the output; False if the output was reshaped."""
    dim = list(softmax.inputs())[1].toIValue()
    rank = _rank(softmax)
    return bool(softmax == output_node and (dim == 1 or (rank is not None and rank + (dim or 0) == 1)))


def _rank(node: Any) -> int | None:
    """Return the number of axes of a node's output; None if the file does not record it."""
    kind = node.output().type()
    dim = kind.dim() if hasattr(kind, "dim") else None
    return dim if isinstance(dim, int) else None


def _operator_name(node: Any) -> str:
    """Return the ATen name of a TorchScript node."""
    name: str = node.kind().partition("::")[2]
    return name


def _find_range(value: Any, script: nn.Module, max_operators: int) -> Any:
    """Return a TorchScript value's range from its last ``max_operators`` operators; a constant unchanged."""
    node = value.node()
    if node.kind() == "prim::Constant":
        constant = value.toIValue()
        is_scalar = isinstance(constant, torch.Tensor) and constant.dim() == 0
        return constant.item() if is_scalar else constant
    if node.kind() == "prim::GetAttr":
        constant = _find_attribute(node, script)
        return constant if isinstance(constant, (torch.Tensor, int, float)) else UNLIMITED
    if not max_operators:
        return UNLIMITED
    if node.kind() == "prim::ListConstruct":
        return [_find_range(node_input, script, max_operators - 1) for node_input in node.inputs()]
    if node.kind() == "prim::NumToTensor":
        return _find_range(next(node.inputs()), script, max_operators - 1)
    if not node.kind().startswith("aten::") or not has_rule(_operator_name(node)):
        return UNLIMITED
    ranges = [_find_range(node_input, script, max_operators - 1) for node_input in node.inputs()]
    rank = _rank(node)
    if _operator_name(node) == "softmax" and rank is not None and isinstance(ranges[1], int):
        ranges[1] = ranges[1] % rank - rank
    for index, node_input in enumerate(node.inputs()):
        if isinstance(ranges[index], OutputRange):
            ranges[index] = replace(ranges[index], origin=node_input.debugName())
    return find_result_range(_operator_name(node), ranges)


def _find_attribute(node: Any, script: nn.Module) -> object:
    """Return the parameter, buffer or module of the network that a node reads."""
    owner = next(node.inputs()).node()
    parent = _find_attribute(owner, script) if owner.kind() == "prim::GetAttr" else script
    return getattr(parent, node.s("name"), None)
