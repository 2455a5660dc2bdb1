"""Operator graph: operators, their inputs, and the modules they come from.

A graph is plain, immutable data: every change returns a new graph that shares the tensors and most of the
nodes, so any number of threads may run the same graph concurrently.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any

import torch

from viewer.errors import ModelError

Shape = tuple[int | None, ...]
"""Sizes of a tensor; None for a size that depends on the batch."""


@dataclass(frozen=True)
class SymbolicSize:
    """Integer in a node's attributes that another node computes at run time."""

    name: str


@dataclass(frozen=True)
class Node:
    """One operator.

    Parameters
    ----------
    name
        Unique in its graph.
    operator
        A name in `viewer.models.graph.operators.registry`, or ``aten.NAME.OVERLOAD`` for a pure ATen
        operator that is not registered there.
    inputs
        Names of nodes, of constants, or of the graph's input; None for an omitted optional input.
    attributes
        Other arguments of the operator: stride, padding, dimensions. Numbers may be `SymbolicSize`s.
    path
        Path of the module, such as ``features.0``; empty for the network itself.
    call
        Index of the call of that module, from 0: a reused module has several.
    shape
        Shape of the output for the example that the graph was captured with; None if unknown.
    parameters
        Name and number of elements of each parameter of the network that the operator uses.
    """

    name: str
    operator: str
    inputs: tuple[str | None, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict)
    path: str = ""
    call: int = 0
    shape: Shape | None = None
    parameters: tuple[tuple[str, int], ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "attributes", MappingProxyType(dict(self.attributes)))

    @cached_property
    def size_nodes(self) -> frozenset[str]:
        """Names of the nodes that compute sizes in the attributes."""
        return frozenset(find_size_names(self.attributes))

    def with_sizes(self, numbers: Mapping[str, Any]) -> Node:
        """Return the node with every `SymbolicSize` in its attributes replaced by its number."""
        if not self.size_nodes:
            return self
        return dataclasses.replace(self, attributes=substitute_sizes(self.attributes, numbers))

    @property
    def label(self) -> str:
        """Label for messages: the operator and the module."""
        return f"{self.operator} in {self.path}" if self.path else f"{self.operator} ({self.name})"


def find_size_names(value: Any) -> Iterator[str]:
    """Yield the names of all `SymbolicSize`s in a nested value."""
    if isinstance(value, SymbolicSize):
        yield value.name
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from find_size_names(inner)
    elif isinstance(value, (tuple, list)):
        for inner in value:
            yield from find_size_names(inner)


def substitute_sizes(value: Any, numbers: Mapping[str, Any]) -> Any:
    """Return a nested value with every `SymbolicSize` replaced by its number."""
    if isinstance(value, SymbolicSize):
        return numbers[value.name]
    if isinstance(value, Mapping):
        return {name: substitute_sizes(inner, numbers) for name, inner in value.items()}
    if isinstance(value, (tuple, list)):
        return tuple(substitute_sizes(inner, numbers) for inner in value)
    return value


@dataclass(frozen=True)
class GraphInput:
    """Input of a graph: its name, its shape with None for every dynamic size, and its dtype."""

    name: str
    shape: Shape
    dtype: torch.dtype


@dataclass(frozen=True, eq=False)
class OperatorGraph:
    """Network as a list of operators in execution order.

    Parameters
    ----------
    nodes
        Nodes, each after those whose outputs it uses.
    constants
        Weights and other fixed tensors by name; those of the network itself share its memory.
    input
        The only input tensor.
    outputs
        Outputs of the network: a label (``"0"``, or a key of the network's dict) and a node's name.
    example_shape
        Shape of the input that it was captured with.
    module_outputs
        For every module path, the node that computes the module's output, one for each call.
    with_dropout
        The network as captured, with its ``dropout`` nodes; None if it has none.
    """

    nodes: tuple[Node, ...]
    constants: Mapping[str, torch.Tensor]
    input: GraphInput
    outputs: Mapping[str, str]
    example_shape: tuple[int, ...]
    module_outputs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    with_dropout: OperatorGraph | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        for name in ("constants", "outputs", "module_outputs"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    @property
    def output(self) -> str:
        """Name of the node that is explained: the first output."""
        return next(iter(self.outputs.values()))

    @cached_property
    def by_name(self) -> Mapping[str, Node]:
        """Nodes by name."""
        return MappingProxyType({node.name: node for node in self.nodes})

    @cached_property
    def users(self) -> Mapping[str, tuple[str, ...]]:
        """For every name, the nodes that use it, once for each use."""
        users: dict[str, list[str]] = {}
        for node in self.nodes:
            for name in (*node.inputs, *node.size_nodes):
                if name is not None:
                    users.setdefault(name, []).append(node.name)
        return MappingProxyType({name: tuple(node_names) for name, node_names in users.items()})

    @cached_property
    def input_dependent(self) -> frozenset[str]:
        """Names of all values that depend on the input's values, including the input itself."""
        varying = {self.input.name}
        for node in self.nodes:
            if node.operator not in ("size", "number") and any(name in varying for name in node.inputs):
                varying.add(node.name)
        return frozenset(varying)

    def resolve_layer(self, layer: str) -> str:
        """Return the node that computes a layer's output; ``layer`` is a module path or a node's name.

        For a reused module, this is its last call; ``path@0`` is its first.

        Raises
        ------
        ModelError
            There is no such layer.
        """
        if layer in self.by_name:
            return layer
        path, _, call = layer.partition("@")
        calls = self.module_outputs.get(path, ())
        if call and call.isdecimal() and int(call) < len(calls):
            return calls[int(call)]
        if call or not calls:
            raise ModelError(layer, "the network has no such layer", "use one from the layer list")
        return calls[-1]

    def __deepcopy__(self, memo: dict[int, Any]) -> OperatorGraph:
        return self

    def to(self, device: torch.device | str | None = None, dtype: torch.dtype | None = None) -> OperatorGraph:
        """Return the graph on a device, or in another precision; tensors that already fit are shared."""
        moved_tensors: dict[int, torch.Tensor] = {}

        def move_tensor(tensor: torch.Tensor) -> torch.Tensor:
            target_dtype = dtype if tensor.is_floating_point() else None
            return moved_tensors.setdefault(id(tensor), tensor.to(device=device, dtype=target_dtype))

        constants = {name: move_tensor(tensor) for name, tensor in self.constants.items()}
        graph_input = dataclasses.replace(self.input, dtype=dtype or self.input.dtype)
        return dataclasses.replace(self, constants=constants, input=graph_input)
