"""How an operator graph ends."""

from __future__ import annotations

from viewer.models.graph.graph import OperatorGraph
from viewer.models.graph.output_range import output_range
from viewer.models.graph.passes import RESHAPING, find_final_activation
from viewer.models.output_meaning import Ending

PASSING = RESHAPING | {"select", "slice", "affine", "mean"}
"""Operators behind a layer that leave its outputs as far apart as they are, but for a factor."""


def ending_of(graph: OperatorGraph) -> Ending:
    """Return how a graph ends: its final activation, and between which numbers its outputs must lie."""
    node = graph.by_name.get(graph.output)
    while node is not None and node.operator in PASSING:
        node = graph.by_name.get(str(node.inputs[0]))
    linear = node is not None and node.operator in ("linear", "conv", "conv_transpose", "matmul")
    return Ending(find_final_activation(graph), range=output_range(graph), linear=linear)
