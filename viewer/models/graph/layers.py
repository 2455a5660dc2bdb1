"""The rows of the layer tree: one for every operator of a graph."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from viewer.models.graph.graph import OperatorGraph, Shape
from viewer.models.graph.operators.scalar_ops import NUMBERS


@dataclass(frozen=True)
class GraphLayer:
    """One row of the layer tree.

    Parameters
    ----------
    name
        The node; unique, and what a layer may be asked for by.
    path
        The module it belongs to; empty for the network's own code.
    call
        Which call of that module, from 0.
    operator
        A word of the vocabulary.
    shape
        The output's shape; None for the batch.
    parameters
        How many numbers of the network's parameters it takes; shared ones count wherever they are taken.
    """

    name: str
    path: str
    call: int
    operator: str
    shape: Shape | None
    parameters: int

    def as_json(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {**asdict(self), "shape": None if self.shape is None else list(self.shape)}


def list_layers(graph: OperatorGraph) -> tuple[GraphLayer, ...]:
    """A row for every operator, in the order in which they run."""
    return tuple(
        GraphLayer(
            node.name,
            node.path,
            node.call,
            node.operator,
            node.shape,
            sum(count for _, count in node.parameters),
        )
        for node in graph.nodes
        if node.operator not in NUMBERS
    )


def count_parameters(graph: OperatorGraph) -> int:
    """How many numbers the parameters hold that the graph takes, each counted once."""
    return sum(dict(pair for node in graph.nodes for pair in node.parameters).values())
