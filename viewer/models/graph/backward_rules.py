"""Rules: how one operator hands back what arrives at its output; and the table of the plain gradient."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Protocol

import torch

from viewer.models.graph.graph import Node
from viewer.models.graph.operators.operator import Gradients, Save, SavedTensors
from viewer.models.graph.operators.registry import find_operator


class Rule(Protocol):
    """How one operator hands back what arrives at its output.

    One that treats every channel of a volume by itself says so by an attribute ``channelwise``: it may then
    be asked for some channels at a time.
    """

    def saves(self, node: Node, needs_grad: tuple[bool, ...]) -> Save:
        """What the forward run must save of the node; ``needs_grad`` says which inputs are answered."""
        ...

    def backward(self, node: Node, relevance: torch.Tensor, saved: SavedTensors) -> Gradients:
        """What each input is given, in the inputs' shapes; None for one that is not wanted or gets nothing.

        ``relevance`` may be overwritten only where ``saved.may_overwrite`` says so; nothing else may be.
        """
        ...


Rules = Callable[[Node], Rule]
"""The rule of a node; raises `MethodError` where there is none."""


@dataclass(frozen=True)
class GradientRule:
    """The exact derivative of an operator; also the rule of what only moves or selects values."""

    channelwise: ClassVar[bool] = True

    def saves(self, node: Node, needs_grad: tuple[bool, ...]) -> Save:
        """What the operator's derivative needs."""
        operator = find_operator(node.operator)
        return Save.INPUTS if operator.has_weights and any(needs_grad[1:]) else operator.saves

    def backward(self, node: Node, relevance: torch.Tensor, saved: SavedTensors) -> Gradients:
        """The gradient at the inputs from the gradient at the output."""
        return find_operator(node.operator).backward(node.attributes, relevance, saved)


def gradient_rules(node: Node) -> Rule:
    """The table of the plain gradient: every operator's own derivative."""
    del node
    return GradientRule()
