"""Layers whose channels are the last axis, as in transformers that keep their tokens as a volume."""

from __future__ import annotations

import math

import torch

from viewer.models.graph.graph import Node, OperatorGraph
from viewer.models.graph.operators.pointwise import OPERATORS as POINTWISE

LAST_AXIS_OPERATORS = frozenset({"linear", "layer_norm", "rms_norm"})
"""Operators over the channels of tokens, which are their last axis."""

KEEPING_OPERATORS = frozenset({"add", "sub", "mul", "affine"} | {one.name for one in POINTWISE})
"""Operators that preserve the axes of their inputs."""


def has_channels_last(graph: OperatorGraph, name: str) -> bool:
    """Return whether the channels of a node's output are its last axis.

    They are if a dense layer or a layer norm produces or consumes the output, with only pointwise operators
    in between.
    """
    node = graph.by_name.get(name)
    sources = [node] if node is not None else []
    visited = {name}
    successors = list(sources)
    while sources:
        node = sources.pop()
        if node.operator in LAST_AXIS_OPERATORS:
            return True
        if node.operator in KEEPING_OPERATORS:
            sources += _unvisited_nodes(
                graph, [source for source in node.inputs if source is not None], visited
            )
    while successors:
        node = successors.pop()
        users = _unvisited_nodes(graph, graph.users.get(node.name, ()), visited)
        if any(user.operator in LAST_AXIS_OPERATORS and user.inputs[0] == node.name for user in users):
            return True
        successors += [user for user in users if user.operator in KEEPING_OPERATORS]
    return False


def _unvisited_nodes(
    graph: OperatorGraph, names: tuple[str, ...] | list[str], visited: set[str]
) -> list[Node]:
    """Return the named nodes that are not yet in ``visited``, and add them to it."""
    nodes = [
        graph.by_name[name] for name in dict.fromkeys(names) if name in graph.by_name and name not in visited
    ]
    visited.update(node.name for node in nodes)
    return nodes


def find_last_norm(graph: OperatorGraph, rank: int) -> str | None:
    """Return the last norm over channels whose output is a grid of more than one token.

    ``rank`` is the number of dimensions of the network's input (N, C, spatial...). The output is a volume
    (N, grid, C), or the tokens (N, tokens, C) of one.
    """
    for node in reversed(graph.nodes):
        shape = node.shape or ()
        if node.operator not in ("layer_norm", "rms_norm") or len(node.attributes["shape"]) != 1:
            continue
        if len(shape) == rank and math.prod(size or 1 for size in shape[1:-1]) > 1:
            return node.name
        if len(shape) == 3 and (shape[1] or 0) > 1 and find_token_grid(graph, node.name, rank) is not None:
            return node.name
    return None


def find_token_grid(graph: OperatorGraph, name: str, rank: int) -> tuple[int, ...] | None:
    """Return the grid of tokens (N, tokens, C): that of the last volume before them with as many tokens.

    None if there is none.
    """
    names = [node.name for node in graph.nodes]
    tokens = (graph.by_name[name].shape or (0, 0, 0))[1]
    for node in reversed(graph.nodes[: names.index(name)]):
        shape = node.shape or ()
        if len(shape) != rank:
            continue
        grids = (shape[1:-1], shape[2:]) if has_channels_last(graph, node.name) else (shape[2:], shape[1:-1])
        for grid in grids:
            sizes = tuple(size for size in grid if size is not None)
            if len(sizes) == len(grid) and math.prod(sizes) == tokens:
                return sizes
    return None


def to_channels_first(values: torch.Tensor, grid: tuple[int, ...] | None = None) -> torch.Tensor:
    """Return (N, grid, C), or (N, tokens, C) with their ``grid``, as (N, C, grid)."""
    first = values.movedim(-1, 1)
    return first if grid is None else first.reshape(*first.shape[:2], *grid)
