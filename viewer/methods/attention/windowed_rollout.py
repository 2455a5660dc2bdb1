"""Attention rollout with windowed attention, such as in Swin transformers, through the network's operators.

With windows, shifts and merged patches there is no matrix (tokens, tokens) to multiply over layers. But a row
of the rollout is a share of every token that is propagated back from layer to layer by Ã = (Ā + I) / 2, and
the network's operators determine where each token goes: the share is propagated back through the graph. Dense
layers and norms act on each token separately and change no share; merged patches have equal shares of their
token, as have all heads and channels.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import torch

from viewer.errors import MethodError
from viewer.methods.relevance.elementwise_rules import GateRule, PassRule
from viewer.methods.relevance.graph_analysis import MOVING_OPERATORS, find_nodes_without_relevance
from viewer.models.graph.backward import backward
from viewer.models.graph.backward_rules import GradientRule, Rule
from viewer.models.graph.graph import Node, OperatorGraph
from viewer.models.graph.operators.operator import Gradients, Save, SavedTensors
from viewer.models.graph.operators.pointwise import OPERATORS as POINTWISE
from viewer.models.graph.operators.registry import find_operator
from viewer.progress import Progress

METHOD = "attention-rollout"

KEEPING_OPERATORS = frozenset(
    {"affine", "layer_norm", "rms_norm"}
    | {operator.name for operator in POINTWISE if operator.name not in ("softmax", "log_softmax")}
)
"""Operators that act on each token separately."""


@dataclass(frozen=True)
class ChannelRule:
    """Equal shares for all channels of a token, at the input of a dense layer."""

    def saves(self, node: Node, needs_grad: tuple[bool, ...]) -> Save:
        """Return that no values are saved for the backward pass."""
        del node, needs_grad
        return Save.NOTHING

    def backward(self, node: Node, relevance: torch.Tensor, saved: SavedTensors) -> Gradients:
        """Compute the shares of the inputs."""
        del node
        shape = saved.shape()
        share = relevance.sum(-1, keepdim=True) / shape[-1]
        return (share.expand(shape), *(None,) * (len(saved.inputs) - 1))


@dataclass(frozen=True)
class AttentionRule:
    """Shares of the values that attention weights; none for the weights, the input with index ``weights``."""

    weights: int

    def saves(self, node: Node, needs_grad: tuple[bool, ...]) -> Save:
        """Return that the inputs are saved."""
        del node, needs_grad
        return Save.INPUTS

    def backward(self, node: Node, relevance: torch.Tensor, saved: SavedTensors) -> Gradients:
        """Compute the shares of the values."""
        shares = list(find_operator(node.operator).backward(node.attributes, relevance, saved))
        shares[self.weights] = None
        return tuple(shares)


class RolloutRules:
    """Rule of every operator between the last attention and the patches.

    Parameters
    ----------
    graph
        The network.
    names
        Nodes of attention weights.
    start
        Node where the shares start.
    """

    def __init__(self, graph: OperatorGraph, names: tuple[str, ...], start: str) -> None:
        self._weights: Mapping[str, int] = MappingProxyType(_find_attention_products(graph, names))
        self._without_relevance = find_nodes_without_relevance(
            dataclasses.replace(graph, outputs={"": start}), self._weights
        )

    def __call__(self, node: Node) -> Rule:
        """Return the rule of an operator.

        Raises
        ------
        MethodError
            The operator mixes tokens in a way other than attention.
        """
        if node.name in self._without_relevance:
            return PassRule()  # it leads only to attention weights, which get no share
        if node.name in self._weights:
            return AttentionRule(self._weights[node.name])
        if node.operator in MOVING_OPERATORS:
            return GradientRule()
        if node.operator == "linear":
            return ChannelRule()
        if node.operator in ("add", "sub", "mul"):
            return GateRule()
        if node.operator in KEEPING_OPERATORS:
            return PassRule()
        raise MethodError(METHOD, f"tokens cannot be followed through {node.label}", "choose Grad-CAM or LRP")


def roll_out_windows(
    graph: OperatorGraph, x: torch.Tensor, names: tuple[str, ...], patches: str, progress: Progress
) -> torch.Tensor:
    """Return the share of every patch in the mean over all tokens of the last attention.

    Parameters
    ----------
    graph, x
        The network and one sample (1, C, spatial...).
    names
        Nodes of attention weights, in execution order.
    patches
        Node of the patches' volume (N, channels, grid), where the shares are read.
    progress
        Updated after every operator.

    Returns
    -------
    Shares (1, 1, grid). They sum to 1, minus those of tokens that are not patches.

    Raises
    ------
    MethodError
        The network has no residual connection around its attention, or also mixes tokens in another way.
    """
    start = _find_residual_sum(graph, names[-1])
    if start is None:
        raise MethodError(METHOD, "there is no residual connection around the attention", "choose LRP")
    rules = RolloutRules(graph, names, start)

    def equal_shares(value: torch.Tensor) -> torch.Tensor:
        return torch.full_like(value, 1 / value.numel())

    result = backward(graph, x, equal_shares, rules, progress, start=start, stops=(patches,))
    return result.relevance.sum(1, keepdim=True)


def _find_attention_products(graph: OperatorGraph, names: tuple[str, ...]) -> dict[str, int]:
    """Return the nodes that multiply attention weights by values, with the index of the weights."""
    moved, sides = set(names), {}
    for node in graph.nodes:
        if node.operator in MOVING_OPERATORS and node.inputs[0] in moved:
            moved.add(node.name)
        elif node.operator == "matmul" and moved & set(node.inputs):
            sides[node.name] = 0 if node.inputs[0] in moved else 1
    return sides


def _find_residual_sum(graph: OperatorGraph, name: str) -> str | None:
    """Return the node that adds the output of an attention to its input; None if there is none."""
    reached = {name}
    for node in graph.nodes:
        branches = [source in reached for source in node.inputs if source in graph.input_dependent]
        if node.operator == "add" and sorted(branches) == [False, True]:
            return node.name
        if any(branches):
            reached.add(node.name)
    return None
