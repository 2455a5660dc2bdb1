"""The table of DeepLIFT's rules for one graph."""

from __future__ import annotations

from viewer.errors import MethodError
from viewer.methods.relevance.facts import MOVING, moves
from viewer.methods.relevance.joining import Pass
from viewer.methods.relevance.linear import FACES
from viewer.methods.relevance.multipliers import (
    LargestMultiplier,
    LinearMultiplier,
    NormalisationMultiplier,
    ProductMultiplier,
    QuotientMultiplier,
    Rescale,
    RevealCancelled,
    SoftmaxMultiplier,
    WinnerMultiplier,
)
from viewer.methods.relevance.table import ACTIVATIONS, NORMS
from viewer.models.graph.nodes import Node, OperatorGraph
from viewer.models.graph.rules import Rule

FUNCTIONS = ACTIVATIONS | {"exp", "sqrt", "log", "abs", "pow"}
"""Functions of one value, whose multiplier is Δy / Δx."""

ADDITIVE = frozenset(FACES) | MOVING | {"affine", "add", "sub"}
"""Operators whose multiplier is their derivative."""

LARGEST = frozenset({"adaptive_max_pool", "amax", "max"})
"""Ways to take a largest value that are no max pool."""


class MultiplierTable:
    """The rule of every node of one graph; a `Rules` for the reverse interpreter."""

    def __init__(self, method: str, graph: OperatorGraph, rule: str) -> None:
        self._method, self._graph = method, graph
        led_apart = {
            "rescale": frozenset[str](),
            "reveal-cancel-dense": frozenset({"linear"}),
            "reveal-cancel": frozenset({"linear", "conv", "conv_transpose"}),
        }[rule]
        self._function: dict[str, Node] = {}
        self._handed: set[str] = set()
        for node in graph.nodes:
            users = graph.users.get(node.name, ())
            if node.operator not in led_apart or len(users) != 1 or node.name == graph.output:
                continue
            user = graph.by_name[users[0]]
            if user.operator in FUNCTIONS:
                self._function[node.name] = user
                self._handed.add(user.name)

    def __call__(self, node: Node) -> Rule:
        """The rule of a node.

        Raises
        ------
        MethodError
            There is none for its operator; the line names it and the layer.
        """
        if node.name in self._function:
            return RevealCancelled(self._function[node.name])
        if node.name in self._handed:
            return Pass()
        if node.operator in ADDITIVE or moves(node, self._graph):
            return LinearMultiplier()
        if node.operator in FUNCTIONS:
            return Rescale()
        if node.operator == "max_pool":
            return WinnerMultiplier()
        if node.operator in LARGEST:
            return LargestMultiplier()
        if node.operator in ("mul", "matmul"):
            return ProductMultiplier()
        if node.operator == "div":
            return QuotientMultiplier()
        if node.operator in NORMS:
            return NormalisationMultiplier()
        if node.operator == "softmax":
            return SoftmaxMultiplier()
        raise MethodError(
            self._method, f"there is no rule for {node.place}", "take integrated gradients, which need none"
        )
