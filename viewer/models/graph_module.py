"""Module that runs an operator graph read from a file."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import torch
from torch import nn

from viewer.errors import ModelError
from viewer.models.graph.graph import OperatorGraph
from viewer.models.graph.interpreter import run


class GraphModule(nn.Module):
    """Module that runs an operator graph. Its parameters and buffers are the graph's constants, by name.

    Parameters
    ----------
    graph
        The network.
    subject
        The file, for error messages.

    Raises
    ------
    ModelError
        Names of constants conflict in a module, such as "a" and "a.b".
    """

    def __init__(self, graph: OperatorGraph, subject: Path | str = "graph") -> None:
        super().__init__()
        self._graph = graph
        self._subject = subject
        for name, tensor in graph.constants.items():
            *path, last = name.split(".")
            place: nn.Module = self
            try:
                for step in path:
                    if not hasattr(place, step):
                        place.add_module(step, nn.Module())
                    place = place.get_submodule(step)
                if tensor.is_floating_point():
                    place.register_parameter(last, nn.Parameter(tensor, requires_grad=False))
                else:
                    place.register_buffer(last, tensor)
            except (KeyError, AttributeError) as error:
                raise ModelError(subject, f"has a tensor with the impossible name {name[:80]!r}") from error
        self.eval()

    @property
    def graph(self) -> OperatorGraph:
        """Graph with the current constants: on this module's device, in its precision."""
        now = {**dict(self.named_parameters()), **dict(self.named_buffers())}
        constants = {name: now[name].detach() for name in self._graph.constants}
        taken = self._graph.input
        if taken.dtype.is_floating_point:
            precise = (tensor.dtype for tensor in constants.values() if tensor.is_floating_point())
            taken = dataclasses.replace(taken, dtype=next(precise, taken.dtype))
        return dataclasses.replace(self._graph, constants=constants, input=taken)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Run the graph on ``x``."""
        return run(self.graph, x)

    def __deepcopy__(self, memo: dict[int, object]) -> GraphModule:
        graph = self.graph
        copied = {name: tensor.clone() for name, tensor in graph.constants.items()}
        return GraphModule(dataclasses.replace(graph, constants=copied), self._subject)
