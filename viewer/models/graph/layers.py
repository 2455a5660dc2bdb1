"""What a person sees of a graph: a row for every operator; and a fingerprint of its structure."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

import torch

from viewer.models.graph.nodes import OperatorGraph, Shape, Size
from viewer.models.graph.operators.numbers import NUMBERS
from viewer.models.graph.operators.passed import Slot


@dataclass(frozen=True)
class Layer:
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


def layers(graph: OperatorGraph) -> tuple[Layer, ...]:
    """A row for every operator, in the order in which they run."""
    return tuple(
        Layer(
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


def parameter_count(graph: OperatorGraph) -> int:
    """How many numbers the parameters hold that the graph takes, each counted once."""
    return sum(dict(pair for node in graph.nodes for pair in node.parameters).values())


def fingerprint(graph: OperatorGraph) -> str:
    """SHA-256 of the structure: operators, how they are joined, settings and sizes of weights, no weights.

    Two captures of one network have the same; so has a network with other weights, or other module names.
    """
    numbers = {graph.input.name: -1} | {node.name: index for index, node in enumerate(graph.nodes)}

    def described(name: str | None) -> Any:
        if name is None or name in numbers:
            return None if name is None else numbers[name]
        constant = graph.constants[name]
        return [str(constant.dtype), *constant.shape]

    def plain(value: Any) -> Any:
        if isinstance(value, Size):
            return ["size", numbers[value.name]]
        if isinstance(value, Slot):
            return ["slot", value.index]
        if isinstance(value, torch.dtype):
            return str(value)
        if isinstance(value, (tuple, list)):
            return [plain(inner) for inner in value]
        if isinstance(value, (str, int, float, bool, type(None))):
            return value
        return {name: plain(inner) for name, inner in value.items()}

    rows = [
        [node.operator, [described(name) for name in node.inputs], plain(node.settings)]
        for node in graph.nodes
    ]
    ends = [numbers[name] for name in graph.outputs.values()]
    text = json.dumps([list(graph.input.shape), rows, ends], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
