"""Redirected ReLU gradient: positive gradients pass through channels that are zero everywhere.

Noise may leave a channel below zero at every position; its gradient is then zero, and no step would change
it. Positive gradients pass through such a channel of a rectifier, as in Lucid's redirected gradient.
Everywhere else the gradient is exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from viewer.models.graph.backward_rules import GradientRule, Rule
from viewer.models.graph.operators.operator import Gradients, Save, SavedTensors

if TYPE_CHECKING:
    import torch

    from viewer.models.graph.graph import Node


@dataclass(frozen=True)
class RedirectedReluRule:
    """Derivative of a relu; for a channel that is zero everywhere, the positive part of the gradient."""

    def saves(self, node: Node, needs_grad: tuple[bool, ...]) -> Save:
        """Return that the output's sign is saved."""
        return Save.SIGN

    def backward(self, node: Node, relevance: torch.Tensor, saved: SavedTensors) -> Gradients:
        """Compute the gradient of the rectifier's input."""
        import torch

        assert saved.sign is not None
        gradient = relevance * saved.sign
        # As bytes, because amax is many times faster than any.
        signs = saved.sign.view(torch.uint8)
        inactive = (signs.flatten(2).amax(2) if signs.dim() > 2 else signs) == 0
        if bool(inactive.any()):
            gradient[inactive] = relevance[inactive].clamp(min=0)
        return (gradient,)


def redirected_relu_rules(node: Node) -> Rule:
    """Return every operator's own derivative, except for rectifiers."""
    return RedirectedReluRule() if node.operator == "relu" else GradientRule()
