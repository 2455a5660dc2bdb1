"""Backward rules of operators, and the table of rules for the plain gradient."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Protocol

import torch

from viewer.models.graph.graph import Node
from viewer.models.graph.operators.operator import Gradients, Save, SavedTensors
from viewer.models.graph.operators.registry import find_operator


class Rule(Protocol):
    """Backward rule of an operator: relevance at the inputs from relevance at the output.

    A rule that treats every channel of a volume independently has an attribute ``channelwise``: it may be
    called for some channels at a time.
    """

    def saves(self, node: Node, needs_grad: tuple[bool, ...]) -> Save:
        """Return what the forward pass must save for the node; ``needs_grad`` marks inputs with relevance."""
        ...

    def backward(self, node: Node, relevance: torch.Tensor, saved: SavedTensors) -> Gradients:
        """Return the relevance of each input, in the inputs' shapes; None if it needs or receives none.

        ``relevance`` may be overwritten only if ``saved.may_overwrite`` is set; nothing else may be.
        """
        ...


Rules = Callable[[Node], Rule]
"""Function that returns the rule of a node; raises `MethodError` if there is none."""


@dataclass(frozen=True)
class GradientRule:
    """Exact derivative of an operator; also the rule of operators that only move or select values."""

    channelwise: ClassVar[bool] = True

    def saves(self, node: Node, needs_grad: tuple[bool, ...]) -> Save:
        """Return the tensors that the operator's derivative needs."""
        operator = find_operator(node.operator)
        return Save.INPUTS if operator.has_weights and any(needs_grad[1:]) else operator.saves

    def backward(self, node: Node, relevance: torch.Tensor, saved: SavedTensors) -> Gradients:
        """Compute the gradient at the inputs from the gradient at the output."""
        return find_operator(node.operator).backward(node.attributes, relevance, saved)


def gradient_rules(node: Node) -> Rule:
    """Return the rule of the plain gradient: the operator's own derivative."""
    del node
    return GradientRule()
