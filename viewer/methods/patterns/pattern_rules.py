"""Backward rules of PatternNet and PatternAttribution: the gradient's backward pass, with other weights.

Every linear operator uses other directions than w: PatternNet its pattern a, for which wᵀa = 1, and
PatternAttribution w ⊙ a, whose values sum to 1 (Kindermans et al. 2017, section 4.3). Operators with fixed
weights follow: a scaling by s has the pattern 1 / s, and an average the pattern 1, which is the pattern if
all values in a window are equal.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from viewer.errors import MethodError
from viewer.methods.patterns.layers import NeuronLayer, Tensor
from viewer.methods.relevance.composite import ACTIVATIONS, SELECTING_OPERATORS
from viewer.methods.relevance.elementwise_rules import PassRule
from viewer.models.graph.backward_rules import GradientRule, Rule
from viewer.models.graph.graph import Node
from viewer.models.graph.operators.convolution import convolve_adjoint
from viewer.models.graph.operators.operator import Gradients, Save, SavedTensors
from viewer.models.graph.operators.registry import find_operator

AVERAGES = frozenset({"avg_pool", "adaptive_avg_pool", "mean", "sum"})
DERIVED = ACTIVATIONS | SELECTING_OPERATORS | {"upsample"}
"""Operators whose rule is their derivative: activations, maxima, and operators that move values."""


@dataclass(frozen=True, eq=False)
class DirectionRule:
    """Convolution or dense layer whose weights are replaced in the backward pass."""

    direction: Tensor

    def saves(self, node: Node, needs_grad: tuple[bool, ...]) -> Save:
        """Return that no values are saved for the backward pass."""
        del node, needs_grad
        return Save.NOTHING

    def backward(self, node: Node, relevance: Tensor, saved: SavedTensors) -> Gradients:
        """Compute Dᵀ R."""
        direction = self.direction.to(relevance)
        if node.operator == "conv":
            result = convolve_adjoint(node.attributes, relevance, direction, saved.shape())
        else:
            result = relevance.matmul(direction)
        return (result, *(None,) * (len(saved.inputs) - 1))


@dataclass(frozen=True, eq=False)
class BranchRule:
    """Sum of two branches: each channel's weight for either branch; ``direction`` is (channels, 2)."""

    direction: Tensor

    def saves(self, node: Node, needs_grad: tuple[bool, ...]) -> Save:
        """Return that no values are saved for the backward pass."""
        del node, needs_grad
        return Save.NOTHING

    def backward(self, node: Node, relevance: Tensor, saved: SavedTensors) -> Gradients:
        """Compute the parts of both branches."""
        del node
        direction = self.direction.to(relevance)
        tail = (1,) * (relevance.dim() - 2)
        return tuple(
            relevance * direction[:, index].reshape(1, -1, *tail) if needed else None
            for index, needed in enumerate(saved.needs_grad)
        )


@dataclass(frozen=True)
class UnscaleRule:
    """R / s for y = s x + t; 0 where s is 0."""

    def saves(self, node: Node, needs_grad: tuple[bool, ...]) -> Save:
        """Return that no values are saved for the backward pass."""
        del node, needs_grad
        return Save.NOTHING

    def backward(self, node: Node, relevance: Tensor, saved: SavedTensors) -> Gradients:
        """Compute the part of the input."""
        del node
        scale = saved.inputs[1]
        if scale is None:
            return (relevance, None, None)
        return ((relevance / scale).masked_fill(scale == 0, 0.0), None, None)


@dataclass(frozen=True)
class AverageRule:
    """Averages and sums of n values: R for each of an average's values, R / n for each of a sum's.

    With ``attributes``, R / n for both.
    """

    attributes: bool

    def saves(self, node: Node, needs_grad: tuple[bool, ...]) -> Save:
        """Return that no values are saved for the backward pass."""
        del node, needs_grad
        return Save.NOTHING

    def backward(self, node: Node, relevance: Tensor, saved: SavedTensors) -> Gradients:
        """Compute the derivative, scaled by the number of values."""
        count = math.prod(saved.shape()) / max(relevance.numel(), 1)
        if node.operator == "avg_pool":
            count = float(math.prod(node.attributes["kernel"]))
        if node.operator == "sum":
            relevance = relevance / count
        elif not self.attributes:
            relevance = relevance * count
        return find_operator(node.operator).backward(node.attributes, relevance, saved)


class PatternRules:
    """Rule of every node of one graph; implements `Rules` for the backward pass.

    Parameters
    ----------
    method
        The method's name, for errors.
    layers
        The graph's layers of neurons.
    directions
        a by layer key, in the layer's own shape (groups, neurons of a group, patch...).
    attributes
        Whether w ⊙ a is propagated, not a.
    """

    def __init__(
        self, method: str, layers: tuple[NeuronLayer, ...], directions: Mapping[str, Tensor], attributes: bool
    ) -> None:
        self._method = method
        self._attributes = attributes
        self._rules: dict[str, Rule] = {}
        for layer in layers:
            direction = directions[layer.key]
            if attributes:
                direction = layer.weight * direction
            if layer.node.operator in ("add", "sub"):
                self._rules[layer.node.name] = BranchRule(direction.reshape(-1, 2))
            else:
                self._rules[layer.node.name] = DirectionRule(direction.flatten(0, 1))

    def __call__(self, node: Node) -> Rule:
        """Return the rule of a node.

        Raises
        ------
        MethodError
            There is no rule for its operator; the message names the operator and the layer.
        """
        if node.name in self._rules:
            return self._rules[node.name]
        if node.operator in DERIVED:
            return GradientRule()
        if node.operator in AVERAGES:
            return AverageRule(self._attributes)
        if node.operator == "affine":
            return PassRule() if self._attributes else UnscaleRule()
        raise MethodError(
            self._method, f"there is no rule for {node.label}", "use an LRP method or the gradient"
        )
