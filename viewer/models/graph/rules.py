"""Rules: how one operator hands back what arrives at its output; and the table of the plain gradient."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

import torch

from viewer.errors import MethodError
from viewer.models.graph.nodes import Node
from viewer.models.graph.operators.operator import Gradients, Keep, Kept
from viewer.models.graph.operators.table import find


class Rule(Protocol):
    """How one operator hands back what arrives at its output.

    One that treats every channel of a volume by itself says so by an attribute ``channelwise``: it may then
    be asked for some channels at a time.
    """

    def keeps(self, node: Node, wanted: tuple[bool, ...]) -> Keep:
        """What must be kept of the node from the forward run; ``wanted`` says which inputs are answered."""
        ...

    def backward(self, node: Node, relevance: torch.Tensor, kept: Kept) -> Gradients:
        """What each input is given, in the inputs' shapes; None for one that is not wanted or gets nothing.

        ``relevance`` may be overwritten only where ``kept.owned`` says so; nothing else may be.
        """
        ...


Rules = Callable[[Node], Rule]
"""The rule of a node; raises `MethodError` where there is none."""


@dataclass(frozen=True)
class RuleTable:
    """Rules by operator, and by layer for those that are to differ.

    Parameters
    ----------
    method
        The name of the method, for the error.
    operators
        Operator to rule.
    layers
        Node name or module path to rule; goes before ``operators``.
    """

    method: str
    operators: Mapping[str, Rule]
    layers: Mapping[str, Rule] = field(default_factory=dict)

    def __call__(self, node: Node) -> Rule:
        """The rule of a node.

        Raises
        ------
        MethodError
            There is none for its operator; the line names it and the layer.
        """
        for key in (node.name, node.path):
            if key and key in self.layers:
                return self.layers[key]
        if node.operator not in self.operators:
            raise MethodError(
                self.method, f"there is no rule for {node.place}", "let it use its gradient there"
            )
        return self.operators[node.operator]


@dataclass(frozen=True)
class GradientRule:
    """The exact derivative of an operator; also the rule of what only moves or selects values."""

    channelwise: ClassVar[bool] = True

    def keeps(self, node: Node, wanted: tuple[bool, ...]) -> Keep:
        """What the operator's derivative needs."""
        operator = find(node.operator)
        return Keep.INPUTS if operator.weighted and any(wanted[1:]) else operator.keeps

    def backward(self, node: Node, relevance: torch.Tensor, kept: Kept) -> Gradients:
        """The gradient at the inputs from the gradient at the output."""
        return find(node.operator).backward(node.settings, relevance, kept)


def gradient_rules(node: Node) -> Rule:
    """The table of the plain gradient: every operator's own derivative."""
    del node
    return GradientRule()
