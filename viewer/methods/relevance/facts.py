"""What can be known of a graph's values without running it; rules use it to save work and to choose."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from viewer.methods.relevance.linear import FACES
from viewer.models.graph.nodes import Node, OperatorGraph

MOVING = frozenset(
    {
        "view",
        "flatten",
        "unflatten",
        "squeeze",
        "unsqueeze",
        "permute",
        "expand",
        "cat",
        "slice",
        "select",
        "pad",
        "cast",
    }
    | {
        f"aten.{name}"
        for name in (
            "index_select.default",
            "gather.default",
            "flip.default",
            "roll.default",
            "repeat.default",
            "tile.default",
            "repeat_interleave.self_int",
            "pixel_shuffle.default",
            "pixel_unshuffle.default",
            "channel_shuffle.default",
            "rot90.default",
        )
    }
)
"""Operators that move or repeat values and change none (padding adds zeros)."""

KEEPING = frozenset(
    {
        "max_pool",
        "avg_pool",
        "adaptive_avg_pool",
        "adaptive_max_pool",
        "amax",
        "max",
        "mean",
        "sum",
        "add",
        "mul",
    }
)
"""Operators whose output is not negative where no input is."""

RECTIFYING = frozenset({"relu", "sigmoid", "softmax", "exp", "softplus", "abs"})
"""Operators whose output is never negative."""


def nonnegative(graph: OperatorGraph) -> frozenset[str]:
    """The names of the nodes whose values cannot be negative, whatever the input."""
    found: set[str] = set()
    for node in graph.nodes:
        takes = [name for name in node.inputs if name is not None]
        if _rectifies(node) or (_keeps_sign(node) and takes and all(name in found for name in takes)):
            found.add(node.name)
    return frozenset(found)


def _rectifies(node: Node) -> bool:
    low = node.settings.get("low")
    return node.operator in RECTIFYING or (node.operator == "clamp" and low is not None and low >= 0)


def _keeps_sign(node: Node) -> bool:
    if node.operator == "pad" and (node.settings.get("value") or 0) < 0:
        return False
    return node.operator in MOVING | KEEPING


def gated(graph: OperatorGraph) -> frozenset[str]:
    """The nodes whose only user is a ReLU: relevance reaches them only where they are positive."""
    return frozenset(
        node.name
        for node in graph.nodes
        if node.name != graph.output
        and [graph.by_name[user].operator for user in graph.users.get(node.name, ())] == ["relu"]
    )


def first(graph: OperatorGraph) -> frozenset[str]:
    """The linear operators that see the network's input itself, moved or scaled at the most."""
    reached = {graph.input.name}
    found: set[str] = set()
    for node in graph.nodes:
        if not any(name in reached for name in node.inputs):
            continue
        if node.operator in FACES and node.operator in ("conv", "conv_transpose", "linear"):
            found.add(node.name)
        elif node.operator in MOVING or node.operator == "affine":
            reached.add(node.name)
    return frozenset(found)


def bounds(graph: OperatorGraph, low: float, high: float) -> Mapping[str, tuple[float, float]]:
    """The bounds of the values that `first` operators see, by the name of the value, for an input in low ≤ x ≤
    high.

    Scalings by constants move them; where those differ by channel, the widest hold for all. Zeros that are
    padded with are taken to lie within low and high.
    """
    found = {graph.input.name: (low, high)}
    for node in graph.nodes:
        takes = [found[name] for name in node.inputs if name in found]
        if takes and node.operator == "affine":
            found[node.name] = _scaled(node, graph, takes[0])
        elif takes and node.operator in MOVING:
            padded = [(0.0, 0.0)] if node.operator == "pad" else []
            lows, highs = zip(*takes, *padded, strict=True)
            found[node.name] = (min(lows), max(highs))
    return found


def _scaled(node: Node, graph: OperatorGraph, span: tuple[float, float]) -> tuple[float, float]:
    scale, shift = (None if name is None else graph.constants[name].double() for name in node.inputs[1:])
    ends = [end if scale is None else scale * end for end in span]
    ends = [end if shift is None else end + shift for end in ends]
    numbers = [float(number) for end in ends for number in torch.as_tensor(end).aminmax()]
    return min(numbers), max(numbers)


def gate(node: Node, graph: OperatorGraph) -> int | None:
    """Which factor of a product is a gate: the one that comes from a sigmoid, a softmax or the like.

    None where both or neither do.
    """
    gates = [index for index, name in enumerate(node.inputs) if name is not None and _gating(name, graph)]
    return gates[0] if len(gates) == 1 else None


def _gating(name: str, graph: OperatorGraph) -> bool:
    node = graph.by_name.get(name)
    while node is not None and node.operator in MOVING and node.inputs[0] is not None:
        node = graph.by_name.get(node.inputs[0])
    gating = ("sigmoid", "softmax", "aten.hardsigmoid.default")
    return node is not None and node.operator in gating
