"""Helpers for patterns: lookup of nodes and constants, and replacement of a pattern's last node."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from viewer.models.graph.graph import Node, OperatorGraph


def find_node(graph: OperatorGraph, name: str | None) -> Node | None:
    """Return the node of that name; None for a constant, the input or an omitted input."""
    return None if name is None else graph.by_name.get(name)


def find_number(graph: OperatorGraph, name: str | None, default: float) -> float | None:
    """Return the value of a constant of one number, or ``default`` if omitted; None for anything else."""
    if name is None:
        return default
    constant = graph.constants.get(name)
    return float(constant) if constant is not None and constant.numel() == 1 else None


def find_only_user(graph: OperatorGraph, node: Node) -> Node | None:
    """Return the only user of a node; None if it does not have exactly one, or is an output."""
    users = graph.users.get(node.name, ())
    if len(users) != 1 or node.name in graph.outputs.values():
        return None
    return graph.by_name[users[0]]


def replace_node(
    graph: OperatorGraph,
    fused_nodes: Sequence[Node],
    operator: str,
    inputs: tuple[str | None, ...],
    attributes: Mapping[str, Any],
    constants: Mapping[str, torch.Tensor] | None = None,
) -> OperatorGraph:
    """Return the graph with the last of some parts replaced by one operator that computes the same.

    The other parts remain, unused.
    """
    last = fused_nodes[-1]
    parameters = tuple(dict.fromkeys(origin for part in fused_nodes for origin in part.parameters))
    fused = dataclasses.replace(
        last, operator=operator, inputs=inputs, attributes=attributes, parameters=parameters
    )
    return dataclasses.replace(
        graph,
        nodes=tuple(fused if node is last else node for node in graph.nodes),
        constants={**graph.constants, **(constants or {})},
    )
