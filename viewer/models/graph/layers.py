"""Rows of the layer tree, one for every operator of a graph."""

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
        Name of the node; unique, and accepted wherever a layer is named.
    path
        Path of the module; empty for the network's own code.
    call
        Index of the call of that module, from 0.
    operator
        Name of the operator.
    shape
        Shape of the output; None for the batch.
    parameters
        Number of parameter values that the operator uses; shared ones count in every row.
    """

    name: str
    path: str
    call: int
    operator: str
    shape: Shape | None
    parameters: int

    def as_json(self) -> dict[str, Any]:
        """Return the row as plain values for JSON."""
        return {**asdict(self), "shape": None if self.shape is None else list(self.shape)}


def list_layers(graph: OperatorGraph) -> tuple[GraphLayer, ...]:
    """Return a row for every operator, in execution order."""
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
    """Return the number of parameter values used by the graph, each counted once."""
    return sum(dict(pair for node in graph.nodes for pair in node.parameters).values())
