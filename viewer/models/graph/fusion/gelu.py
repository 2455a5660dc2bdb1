"""Fusion of a GELU that is written out with erf or tanh (Hendrycks and Gimpel 2016)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from types import MappingProxyType

from viewer.models.graph.fusion.pattern import find_node, replace_node
from viewer.models.graph.fusion.polynomial import Polynomial, are_equal, find_polynomial
from viewer.models.graph.graph import Node, OperatorGraph

ERF = "aten.erf.default"
FORMS = MappingProxyType({ERF: "none", "tanh": "tanh"})
"""Operator used in a written-out GELU, to the name of the approximation."""

ROOT = math.sqrt(2 / math.pi)
ARGUMENTS: MappingProxyType[str, Polynomial] = MappingProxyType(
    {ERF: {(1,): math.sqrt(0.5)}, "tanh": {(1,): ROOT, (3,): 0.044715 * ROOT}}
)
"""Argument of that operator, as a polynomial of x."""

WHOLE: Polynomial = MappingProxyType({(1, 0): 0.5, (1, 1): 0.5})
"""GELU = x / 2 + x f / 2, where f is the operator's output."""

FOLLOWED = frozenset({"affine", "add", "mul", "pow"})
"""Operators that may occur in the argument and in the product."""

MAX_STEPS = 6
"""Maximum number of operators between f and the product, or between x and the argument."""


def fuse_gelu(graph: OperatorGraph) -> OperatorGraph | None:
    """Fuse the first x (1 + f) / 2, with f = erf(x / √2), or f = tanh(√(2/π) (x + 0.044715 x³)).

    Returns
    -------
    The graph with one more ``gelu``; None if there is none to fuse.
    """
    for node in graph.nodes:
        if node.operator not in FORMS:
            continue
        argument = node.inputs[0]
        for x in _iterate_sources(graph, argument, MAX_STEPS):
            if not are_equal(find_polynomial(graph, argument, (x,)), ARGUMENTS[node.operator]):
                continue
            for last in _iterate_products(graph, node, MAX_STEPS):
                if are_equal(find_polynomial(graph, last.name, (x, node.name)), WHOLE):
                    attributes = {"approximate": FORMS[node.operator]}
                    return replace_node(graph, (last,), "gelu", (x,), attributes)
    return None


def _iterate_sources(graph: OperatorGraph, name: str | None, max_steps: int) -> Iterator[str]:
    """Yield the values that a value is computed from, including itself, nearest first."""
    sources: dict[str, None] = {} if name is None else {name: None}
    frontier = list(sources)
    for _ in range(max_steps):
        nodes = [
            node for value in frontier if (node := find_node(graph, value)) and node.operator in FOLLOWED
        ]
        frontier = [
            name
            for node in nodes
            for name in node.inputs
            if name is not None and name not in graph.constants and name not in sources
        ]
        sources.update(dict.fromkeys(frontier))
    yield from sources


def _iterate_products(graph: OperatorGraph, node: Node, max_steps: int) -> Iterator[Node]:
    """Yield the nodes that are computed from a node's output, nearest first."""
    visited: set[str] = set()
    frontier = [node.name]
    for _ in range(max_steps):
        frontier = [
            user
            for name in frontier
            for user in graph.users.get(name, ())
            if user not in visited and graph.by_name[user].operator in FOLLOWED
        ]
        visited.update(frontier)
        yield from (graph.by_name[name] for name in dict.fromkeys(frontier))
