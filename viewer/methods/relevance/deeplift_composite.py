"""DeepLIFT rule of every operator of one graph."""

from __future__ import annotations

from viewer.errors import MethodError
from viewer.methods.relevance.composite import ACTIVATIONS, NORMALISATIONS
from viewer.methods.relevance.deeplift_rules import (
    LinearMultiplier,
    MaxMultiplier,
    MaxPoolMultiplier,
    NormalisationMultiplier,
    ProductMultiplier,
    QuotientMultiplier,
    RescaleRule,
    RevealCancelRule,
    RootMultiplier,
    SoftmaxMultiplier,
)
from viewer.methods.relevance.deeplift_selection import (
    CastMultiplier,
    ComparisonMultiplier,
    LogSumExpMultiplier,
    SelectionMultiplier,
)
from viewer.methods.relevance.elementwise_rules import PassRule
from viewer.methods.relevance.graph_analysis import (
    COMPARISONS,
    CONDITION_INPUTS,
    ELEMENTWISE,
    MOVING_OPERATORS,
    RESAMPLING,
    STEPS,
    is_dispersion_operator,
    only_moves_values,
)
from viewer.methods.relevance.linear_operator import LINEAR_OPERATORS
from viewer.models.graph.backward_rules import Rule
from viewer.models.graph.graph import Node, OperatorGraph

ELEMENTWISE_FUNCTIONS = ACTIVATIONS | ELEMENTWISE | STEPS
"""Elementwise functions of one value, whose multiplier is Δy / Δx."""

CONSTANTS_LIKE = frozenset(f"aten.{name}_like.default" for name in ("ones", "zeros", "full"))

LINEAR_OPERATIONS = frozenset(LINEAR_OPERATORS) | (
    MOVING_OPERATORS | {"affine", "add", "sub"} | CONSTANTS_LIKE
)
"""Operators whose multiplier is their derivative."""

MAX_OPERATORS = frozenset({"adaptive_max_pool", "amax", "max"})
"""Maximum operators other than max pooling with a kernel."""


class DeepLiftRules:
    """Rule of every node of one graph; implements `Rules` for the backward pass."""

    def __init__(self, method: str, graph: OperatorGraph, rule: str) -> None:
        self._method, self._graph = method, graph
        split_operators = {
            "rescale": frozenset[str](),
            "reveal-cancel-dense": frozenset({"linear"}),
            "reveal-cancel": frozenset({"linear", "conv", "conv_transpose"}),
        }[rule]
        self._following_functions: dict[str, Node] = {}
        self._handled_functions: set[str] = set()
        for node in graph.nodes:
            users = graph.users.get(node.name, ())
            if node.operator not in split_operators or len(users) != 1 or node.name == graph.output:
                continue
            user = graph.by_name[users[0]]
            if user.operator in ELEMENTWISE_FUNCTIONS:
                self._following_functions[node.name] = user
                self._handled_functions.add(user.name)

    def __call__(self, node: Node) -> Rule:
        """Return the rule of a node.

        Raises
        ------
        MethodError
            There is no rule for its operator; the message names the operator and the layer.
        """
        if node.name in self._following_functions:
            return RevealCancelRule(self._following_functions[node.name])
        if node.name in self._handled_functions:
            return PassRule()
        if node.operator == "cast":
            return CastMultiplier()
        if node.operator in LINEAR_OPERATIONS or only_moves_values(node, self._graph):
            return LinearMultiplier()
        if node.operator in COMPARISONS:
            return ComparisonMultiplier()
        if node.operator in CONDITION_INPUTS:
            return SelectionMultiplier()
        if node.operator in RESAMPLING and node.inputs[1] not in self._graph.input_dependent:
            return LinearMultiplier()
        if node.operator in ELEMENTWISE_FUNCTIONS:
            return RescaleRule()
        if node.operator == "max_pool":
            return MaxPoolMultiplier()
        if node.operator in MAX_OPERATORS:
            return MaxMultiplier()
        if node.operator in ("mul", "matmul"):
            return ProductMultiplier()
        if node.operator == "div":
            return QuotientMultiplier()
        if node.operator in NORMALISATIONS or node.operator == "rms_norm":
            return NormalisationMultiplier()
        if node.operator == "logsumexp":
            return LogSumExpMultiplier()
        if node.operator == "softmax":
            return SoftmaxMultiplier()
        if is_dispersion_operator(node) and _is_quadratic(node):
            return ProductMultiplier() if "var" in node.operator else RootMultiplier()
        raise MethodError(
            self._method,
            f"there is no rule for {node.label}",
            "use integrated gradients, which need no rules",
        )


def _is_quadratic(node: Node) -> bool:
    """Return whether a variance, standard deviation or norm is of second order; norms may not be."""
    arguments = node.attributes["arguments"]
    return all(arguments.get(name, 2) == 2 for name in ("ord", "p"))
