"""Module that runs an operator graph read from a file."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import torch
from torch import nn

from viewer.errors import ModelError
from viewer.models.graph.graph import OperatorGraph, Shape
from viewer.models.graph.interpreter import run
from viewer.models.input_layout import HELD


class GraphModule(nn.Module):
    """Module that runs an operator graph. Its parameters and buffers are the graph's constants, by name.

    The parameters do not require gradients unless this is turned on, as for training.

    Parameters
    ----------
    graph
        The network.
    subject
        The file, for error messages.
    fixed_covariates_graph
        The same network for images only, with its covariates in a constant; None if it has no covariates.

    Raises
    ------
    ModelError
        Names of constants conflict in a module, such as "a" and "a.b".
    """

    def __init__(
        self,
        graph: OperatorGraph,
        subject: Path | str = "graph",
        fixed_covariates_graph: OperatorGraph | None = None,
    ) -> None:
        super().__init__()
        self._graph = graph
        self._fixed_covariates_graph = fixed_covariates_graph
        self._subject = subject
        held_constants = {} if fixed_covariates_graph is None else fixed_covariates_graph.constants
        for name, tensor in {**held_constants, **graph.constants}.items():
            register_tensor(self, name, tensor, tensor.is_floating_point(), subject)
        self.eval()

    @property
    def graph(self) -> OperatorGraph:
        """Graph with the current constants: on this module's device, in its precision, without gradients."""
        return self._with_constants(self._graph)

    def graph_for(self, channels: int) -> OperatorGraph:
        """Return the graph for an input of that many channels: with or without those of the covariates."""
        return self._with_constants(self._select_graph(channels))

    def hold(self, covariates: torch.Tensor) -> GraphModule:
        """Return the network for images only, with fixed covariates, (1, K); it shares the weights."""
        assert self._fixed_covariates_graph is not None
        graph = self._with_constants(self._fixed_covariates_graph)
        held_graph = dataclasses.replace(graph, constants={**graph.constants, HELD: covariates})
        return GraphModule(self.graph, self._subject, held_graph)

    def _select_graph(self, channels: int) -> OperatorGraph:
        held_graph = self._fixed_covariates_graph
        return held_graph if held_graph is not None and held_graph.input.shape[1] == channels else self._graph

    def _with_constants(self, graph: OperatorGraph, *, differentiable: bool = False) -> OperatorGraph:
        tensors = {**dict(self.named_parameters()), **dict(self.named_buffers())}
        constants = {
            name: tensors[name] if differentiable else tensors[name].detach() for name in graph.constants
        }
        graph_input = graph.input
        if graph_input.dtype.is_floating_point:
            dtypes = (tensor.dtype for tensor in constants.values() if tensor.is_floating_point())
            graph_input = dataclasses.replace(graph_input, dtype=next(dtypes, graph_input.dtype))
        return dataclasses.replace(graph, constants=constants, input=graph_input)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Run the graph on ``x``; differentiable in ``x``, and in parameters that require gradients."""
        return run(self._with_constants(self._select_graph(x.shape[1]), differentiable=True), x)

    def __deepcopy__(self, memo: dict[int, object]) -> GraphModule:
        tensors = {**dict(self.named_parameters()), **dict(self.named_buffers())}
        copies = {name: tensor.detach().clone() for name, tensor in tensors.items()}

        def copy_graph(graph: OperatorGraph) -> OperatorGraph:
            return dataclasses.replace(graph, constants={name: copies[name] for name in graph.constants})

        held_graph = (
            None
            if self._fixed_covariates_graph is None
            else copy_graph(self._with_constants(self._fixed_covariates_graph))
        )
        return GraphModule(copy_graph(self.graph), self._subject, held_graph)


def register_tensor(
    module: nn.Module, name: str, tensor: torch.Tensor, is_parameter: bool, subject: object
) -> None:
    """Register a parameter or buffer under a dotted name, with a submodule for each part of the name.

    Raises
    ------
    ModelError
        A module cannot have a tensor of that name.
    """
    *path, leaf = name.split(".")
    parent = module
    try:
        for step in path:
            if not hasattr(parent, step):
                parent.add_module(step, nn.Module())
            parent = parent.get_submodule(step)
        if is_parameter:
            parent.register_parameter(leaf, nn.Parameter(tensor, requires_grad=False))
        else:
            parent.register_buffer(leaf, tensor)
    except (KeyError, AttributeError) as error:
        raise ModelError(subject, f"has a tensor with the impossible name {name[:80]!r}") from error


def input_shape(module: nn.Module) -> Shape:
    """Return the input shape of a network from a file, with None for open sizes; empty if unknown."""
    if isinstance(module, GraphModule):
        return module.graph.input.shape
    return tuple(getattr(module, "input_shape", ()))


def example_shape(module: nn.Module) -> tuple[int, ...]:
    """Return the shape of an example input (1, C, spatial...) of a network from a file; empty if unknown."""
    if isinstance(module, GraphModule):
        return module.graph.example_shape
    sizes = [1 if size is None and axis == 0 else size for axis, size in enumerate(input_shape(module))]
    return tuple(size for size in sizes if size is not None) if None not in sizes else ()
