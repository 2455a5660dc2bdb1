"""A graph as a module, for those that know modules alone."""

from __future__ import annotations

import dataclasses

import torch

from viewer.models.graph.nodes import OperatorGraph
from viewer.models.graph.run import run


class GraphNetwork(torch.nn.Module):
    """Runs a graph; its constants are buffers, so that it can be moved, copied and saved like any module.

    Differentiable in its input. `capture` gives its graph back as it is.
    """

    def __init__(self, graph: OperatorGraph) -> None:
        super().__init__()
        self._names = tuple(graph.constants)
        self._bare = dataclasses.replace(graph, constants={})
        for index, name in enumerate(self._names):
            self.register_buffer(f"constant_{index}", graph.constants[name])

    @property
    def graph(self) -> OperatorGraph:
        """The graph with the constants as they are now, wherever they were moved."""
        constants = {name: self.get_buffer(f"constant_{index}") for index, name in enumerate(self._names)}
        kinds = [tensor.dtype for tensor in constants.values() if tensor.is_floating_point()]
        taken = dataclasses.replace(self._bare.input, dtype=kinds[0]) if kinds else self._bare.input
        return dataclasses.replace(self._bare, constants=constants, input=taken)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """What the network answers to ``x``."""
        return run(self.graph, x)
