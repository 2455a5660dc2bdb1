"""ReLU rules of DeconvNet and guided backpropagation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import torch

from viewer.models.graph.graph import Node, OperatorGraph
from viewer.models.graph.operators.chunking import compute_in_chunks, update_in_chunks
from viewer.models.graph.operators.operator import Gradients, Save, SavedTensors
from viewer.models.graph.operators.registry import find_operator

RECTIFIERS = frozenset(
    {"relu", "leaky_relu", "prelu", "elu", "gelu", "silu"}
    | {f"aten.{name}.default" for name in ("softplus", "hardswish", "mish")}
)
"""ReLU and its smooth variants; the papers treat ReLU only. CELU and SELU are read as ``elu``."""

BOUNDED_RECTIFIERS = frozenset({"hardtanh", "clamp"})
"""Operators that are rectifiers if their lower bound is 0, such as ReLU6, or ReLU written as a clamp."""

COMPARISONS = frozenset(
    f"aten.{name}.{kind}" for name in ("gt", "ge", "lt", "le") for kind in ("Scalar", "Tensor")
)
"""Comparisons used by rectifiers that are written as a mask or with ``torch.where``."""

CLAMPING = frozenset(
    {"hardtanh", "clamp", "aten.clamp.Tensor", "aten.maximum.default", "aten.threshold.default"}
)
"""Operators that may clamp small values, and so act like a rectifier."""


def is_rectifier(node: Node) -> bool:
    """Return whether a node is a rectifier known to the rules."""
    low, high = node.attributes.get("low"), node.attributes.get("high")
    bounded = node.operator in BOUNDED_RECTIFIERS and low == 0 and (high is None or high > 0)
    return node.operator in RECTIFIERS or bounded


def find_unknown_rectifiers(graph: OperatorGraph) -> tuple[str, ...]:
    """Return the labels of operators that act like a rectifier but are not known to the rules."""
    names = []
    for node in graph.nodes:
        if node.name not in graph.input_dependent or is_rectifier(node):
            continue
        if _is_maximum_of_two(node, graph):
            names.append(replace(node, operator="maximum").label)
        elif node.operator in COMPARISONS or (node.operator in CLAMPING and _is_flat_below(node, graph)):
            names.append(node.label)
    return tuple(dict.fromkeys(names))


def _is_maximum_of_two(node: Node, graph: OperatorGraph) -> bool:
    """Return whether a node is what ``maximum`` of two values is lowered to.

    That is ``amax`` over both along a new last axis. ``minimum`` is the same of the negative values, with the
    result negated: False.
    """
    if node.operator != "amax" or node.attributes["dims"] != (-1,):
        return False
    stacked = graph.by_name.get(node.inputs[0] or "")
    if stacked is None or stacked.operator != "cat" or len(stacked.inputs) != 2:
        return False
    parts = _input_nodes(stacked, graph)
    if any(part.operator != "unsqueeze" for part in parts):
        return False
    operands = [operand for part in parts for operand in _input_nodes(part, graph)]
    users = [graph.by_name[name] for name in graph.users.get(node.name, ())]
    is_minimum = len(operands) == 2 and all(_negates(neighbour, graph) for neighbour in (*operands, *users))
    return not is_minimum


def _input_nodes(node: Node, graph: OperatorGraph) -> list[Node]:
    """Return the nodes among the inputs, which may also be constants or the graph's input."""
    return [graph.by_name[name] for name in node.inputs if name is not None and name in graph.by_name]


def _negates(node: Node, graph: OperatorGraph) -> bool:
    """Return whether a node computes the negative of its input."""
    scale = graph.constants.get(node.inputs[1] or "") if node.operator == "affine" else None
    return scale is not None and scale.numel() == 1 and float(scale) == -1 and node.inputs[2] is None


def _is_flat_below(node: Node, graph: OperatorGraph) -> bool:
    """Return whether a unary function is flat far below 0 and rises above; True with other inputs."""
    constants = [graph.constants.get(name) for name in node.inputs if name is not None]
    if sum(constant is None for constant in constants) != 1:
        return True

    def evaluate(value: float) -> float:
        probe = torch.tensor(value, dtype=graph.input.dtype)
        inputs = [
            None if name is None else graph.constants[name].cpu() if name in graph.constants else probe
            for name in node.inputs
        ]
        return float(find_operator(node.operator).forward(node.attributes, inputs).double().mean())

    return evaluate(-1e3) == evaluate(-2e3) and evaluate(1.0) < evaluate(2.0)


def _rectify(relevance: torch.Tensor, saved: SavedTensors) -> torch.Tensor:
    """Return R⁺, in the memory of R if it may be overwritten."""
    check = saved.check_cancelled
    if saved.may_overwrite:
        return update_in_chunks(lambda chunk: chunk.clamp_(min=0), relevance, check=check)
    return compute_in_chunks(lambda chunk: chunk.clamp(min=0), relevance, check=check)


@dataclass(frozen=True)
class DeconvNetRule:
    """Rule that passes on only positive relevance, R⁺ (Zeiler and Fergus 2014)."""

    channelwise: ClassVar[bool] = True

    def saves(self, node: Node, needs_grad: tuple[bool, ...]) -> Save:
        """Return that no values are saved for the backward pass."""
        del node, needs_grad
        return Save.NOTHING

    def backward(self, node: Node, relevance: torch.Tensor, saved: SavedTensors) -> Gradients:
        """Return R⁺."""
        del node
        rectified = _rectify(relevance, saved)
        return (rectified, *(None,) * (len(saved.inputs) - 1))


@dataclass(frozen=True)
class GuidedBackpropRule:
    """Derivative applied to R⁺: values positive both forward and backward pass (Springenberg et al. 2014)."""

    channelwise: ClassVar[bool] = True

    def saves(self, node: Node, needs_grad: tuple[bool, ...]) -> Save:
        """Return what the rectifier's derivative needs."""
        del needs_grad
        return find_operator(node.operator).saves

    def backward(self, node: Node, relevance: torch.Tensor, saved: SavedTensors) -> Gradients:
        """Compute the derivative of the rectifier, applied to R⁺."""
        rectified = _rectify(relevance, saved)
        return find_operator(node.operator).backward(node.attributes, rectified, saved)
