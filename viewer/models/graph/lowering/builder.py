"""Builder of an operator graph: nodes are added in order, and constant ones are computed immediately."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import torch

from viewer.models.graph.dropout import hide_dropout
from viewer.models.graph.graph import GraphInput, Node, OperatorGraph, Shape, SymbolicSize, find_size_names
from viewer.models.graph.lowering.aten_call import AtenCall, CaptureError, TensorReference
from viewer.models.graph.operators.registry import find_operator
from viewer.models.graph.operators.scalar_ops import ARITHMETIC
from viewer.models.graph.passes import eliminate_dead_code

MAX_FOLDED_VALUES = 2**28
"""Largest total number of values of all folded constants."""

VIEWS = frozenset({"squeeze", "unsqueeze", "permute", "expand", "slice", "select"})
"""Operators whose result always shares the memory of their input."""

SAME_SIZE = frozenset({"view", "flatten", "unflatten", "cast", "cat"})
"""Operators whose result has as many values as their inputs."""


class GraphBuilder:
    """Builder of an operator graph.

    Parameters
    ----------
    graph_input
        Input of the graph.
    example_shape
        Shape of the example that it was captured with.
    constants
        Weights and other tensors by their names in the network.
    parameters
        Names of those that are parameters.
    aliases
        Names of the input and the constants in the graph, by their names in the calls. Names in calls begin
        with ``%``, so that they cannot be confused with names of nodes.
    module_paths
        Paths of the network's modules, which are not used as names of nodes.
    """

    def __init__(
        self,
        graph_input: GraphInput,
        example_shape: tuple[int, ...],
        constants: Mapping[str, torch.Tensor],
        parameters: Collection[str],
        aliases: Mapping[str, str],
        module_paths: Collection[str],
    ) -> None:
        self.input = graph_input
        self.dtype = graph_input.dtype
        self.device = next((tensor.device for tensor in constants.values()), torch.device("cpu"))
        self._example_shape = example_shape
        self._constants = dict(constants)
        self._origins: dict[str, tuple[tuple[str, int], ...]] = {
            name: ((name, constants[name].numel()),) for name in parameters
        }
        self._nodes: dict[str, Node] = {}
        self._aliases = dict(aliases)
        self._module_paths = frozenset(module_paths)
        self._known_numbers: dict[str, Any] = {}
        self._shapes: dict[str, Shape | None] = {graph_input.name: graph_input.shape}
        batch = graph_input.shape[:1] if graph_input.shape[:1] == (None,) else example_shape[:1]
        self._example_shapes: dict[str, Shape | None] = {graph_input.name: (*batch, *example_shape[1:])}
        self._dtypes: dict[str, torch.dtype | None] = {graph_input.name: graph_input.dtype}
        self._name_counts: dict[str, int] = {}
        self._module_outputs: dict[str, dict[int, str]] = {}
        self._current_call = AtenCall("", {}, ())
        self._folded_value_count = 0

    def resolve(self, name: str) -> str:
        """Return the node, constant or input for a name in the calls."""
        if not name.startswith("%"):
            return name
        if name not in self._aliases:
            raise self._current_call.error(f"takes {name[1:]}, which is not computed here")
        return self._aliases[name]

    def constant(self, name: str | None) -> torch.Tensor | None:
        """Return the tensor of that name, if it is constant."""
        return None if name is None else self._constants.get(self.resolve(name))

    def shape(self, name: str) -> Shape | None:
        """Return the shape of a value, with None for a size that is not fixed; None if it is not known."""
        name = self.resolve(name)
        constant = self._constants.get(name)
        return tuple(constant.shape) if constant is not None else self._shapes.get(name)

    def rank(self, name: str) -> int:
        """Return the number of dimensions of a value.

        Raises
        ------
        CaptureError
            The shape is not known.
        """
        shape = self.shape(name)
        if shape is None:
            raise self._current_call.error("takes a value whose shape is not known")
        return len(shape)

    def size(self, name: str, dim: int) -> int:
        """Return one fixed size of a value.

        Raises
        ------
        CaptureError
            It is not known.
        """
        shape = self.shape(name)
        size = shape[dim] if shape is not None else None
        if size is None:
            raise self._current_call.error("needs a size that is not fixed")
        return size

    def value_dtype(self, name: str) -> torch.dtype:
        """Return the dtype of a value; that of the network's input if unknown."""
        name = self.resolve(name)
        constant = self._constants.get(name)
        return constant.dtype if constant is not None else self._dtypes.get(name) or self.dtype

    def is_float(self, name: str) -> bool:
        """Return whether a value has a floating-point dtype."""
        return self.value_dtype(name).is_floating_point

    def add_alias(self, alias: str, name: str) -> None:
        """Give a node, a constant or the input the name that the calls use for it."""
        self._aliases[alias] = name

    def begin_call(self, call: AtenCall) -> None:
        """Begin a call: nodes added from here on belong to it."""
        self._current_call = call

    def end_call(self, names: Sequence[str]) -> None:
        """End the call with the names of its results."""
        for result, name in zip(self._current_call.results, names, strict=False):
            resolved = self.resolve(name)
            self._aliases[result.name] = resolved
            self._dtypes.setdefault(resolved, result.dtype)
        if names:
            for path, call in self._current_call.modules:
                self._module_outputs.setdefault(path, {})[call] = self.resolve(names[0])

    def add_constant(self, tensor: torch.Tensor, origins: Iterable[tuple[str, int]] = ()) -> str:
        """Add a constant that has no name in the network, and return its name."""
        name = self._unused_name("constant", "constant_")
        self._constants[name] = tensor
        self._origins[name] = tuple(dict.fromkeys(origins))
        return name

    def find_origins(self, *names: str | None) -> tuple[tuple[str, int], ...]:
        """Return the parameters from which some constants were computed."""
        parameters: dict[tuple[str, int], None] = {}
        for name in names:
            if name is not None:
                parameters.update(dict.fromkeys(self._origins.get(self.resolve(name), ())))
        return tuple(parameters)

    def add(
        self,
        operator: str,
        inputs: Sequence[str | None],
        attributes: Mapping[str, Any] | None = None,
        shape: Shape | None = None,
        result_index: int = 0,
        like: str | None = None,
    ) -> str:
        """Add a node, or compute its value immediately if all inputs are constant; return its name.

        ``shape`` is the output's shape; by default that of the value ``like``, or of the call's result with
        the index ``result_index``.
        """
        attributes = self._resolve_nested(attributes or {})
        resolved = tuple(None if name is None else self.resolve(name) for name in inputs)
        sizes = list(find_size_names(attributes))
        if not sizes:
            tensors = [None if name is None else self._constants.get(name) for name in resolved]
            if all(tensor is not None for tensor, name in zip(tensors, resolved, strict=True) if name):
                return self._fold_constant(operator, resolved, attributes, tensors)
        name = self._unused_name(operator.split(".")[1] if "." in operator else operator)
        example_shape = shape
        if like is not None:
            shape, example_shape = self.shape(like), self._example_shapes.get(self.resolve(like))
        elif shape is None and result_index < len(self._current_call.results):
            shape, example_shape = (
                self._current_call.results[result_index].shape,
                self._current_call.results[result_index].example_shape,
            )
        path, call = self._current_call.modules[-1] if self._current_call.modules else ("", 0)
        self._nodes[name] = Node(
            name, operator, resolved, attributes, path, call, example_shape, self.find_origins(*resolved)
        )
        self._shapes[name], self._example_shapes[name] = shape, example_shape
        return name

    def add_number(self, function: str, operands: Sequence[Any]) -> str:
        """Add arithmetic on sizes, or compute it immediately if they are all fixed."""
        resolved = self._resolve_nested(tuple(operands))
        name = self._unused_name("number")
        if any(find_size_names(resolved)):
            self._nodes[name] = Node(name, "number", (), {"function": function, "operands": resolved})
        else:
            self._known_numbers[name] = ARITHMETIC[function](*resolved)
        return name

    def add_size(self, x: str, dim: int) -> str:
        """Add a node for one size of a value, computed at run time."""
        name = self._unused_name("size")
        resolved = self.resolve(x)
        constant = self._constants.get(resolved)
        if constant is not None:
            self._known_numbers[name] = constant.shape[dim]
        else:
            self._nodes[name] = Node(name, "size", (resolved,), {"dim": dim})
        return name

    def add_affine(
        self, x: str, scale: torch.Tensor | None, shift: torch.Tensor | None, *parameter_names: str | None
    ) -> str:
        """Add x · scale + shift with new constants, computed from the parameters ``parameter_names``."""
        origins = self.find_origins(*parameter_names)
        names = [
            None if constant is None else self.add_constant(constant, origins) for constant in (scale, shift)
        ]
        return self.add("affine", (x, *names), like=x)

    def finish(self, outputs: Mapping[str, str]) -> OperatorGraph:
        """Return the graph, without nodes that no output depends on, and with its dropout hidden.

        Raises
        ------
        CaptureError
            The first output does not depend on the input.
        """
        resolved = {label: self.resolve(name) for label, name in outputs.items()}
        graph = OperatorGraph(
            nodes=tuple(self._nodes.values()),
            constants=self._constants,
            input=self.input,
            outputs=resolved,
            example_shape=self._example_shape,
            module_outputs={
                path: tuple(calls[call] for call in sorted(calls))
                for path, calls in self._module_outputs.items()
            },
        )
        if graph.output not in graph.input_dependent:
            raise CaptureError("network", "its output does not depend on its input")
        return hide_dropout(eliminate_dead_code(graph))

    def _resolve_nested(self, value: Any) -> Any:
        if isinstance(value, SymbolicSize):
            name = self.resolve(value.name)
            return self._known_numbers[name] if name in self._known_numbers else SymbolicSize(name)
        if isinstance(value, Mapping):
            return {name: self._resolve_nested(inner) for name, inner in value.items()}
        if isinstance(value, (tuple, list)):
            return tuple(self._resolve_nested(inner) for inner in value)
        if isinstance(value, TensorReference):
            raise self._current_call.error("takes a tensor where a number is expected")
        return value

    def _fold_constant(
        self,
        operator: str,
        inputs: tuple[str | None, ...],
        attributes: Mapping[str, Any],
        tensors: list[torch.Tensor | None],
    ) -> str:
        forward = find_operator(operator).forward
        with torch.no_grad():
            if operator not in VIEWS:
                self._check_folded_size(operator, attributes, tensors)
            value = forward(attributes, tensors)
        return self.add_constant(value, self.find_origins(*inputs))

    def _check_folded_size(
        self, operator: str, attributes: Mapping[str, Any], tensors: list[torch.Tensor | None]
    ) -> None:
        if operator in SAME_SIZE:
            size = sum(tensor.numel() for tensor in tensors if tensor is not None)
        else:
            meta_tensors = [None if tensor is None else tensor.to("meta") for tensor in tensors]
            size = find_operator(operator).forward(attributes, meta_tensors).numel()
        self._folded_value_count += size
        if self._folded_value_count > MAX_FOLDED_VALUES:
            raise self._current_call.error(
                f"computes a constant of {size:,} values", f"{MAX_FOLDED_VALUES:,} are allowed in total"
            )

    def _unused_name(self, base_name: str, prefix: str = "") -> str:
        while True:
            count = self._name_counts.get(base_name, 0)
            self._name_counts[base_name] = count + 1
            name = f"{prefix}{count}" if prefix else (f"{base_name}_{count}" if count else base_name)
            namespaces = (
                self._nodes,
                self._constants,
                self._known_numbers,
                self._module_paths,
                (self.input.name,),
            )
            if not any(name in names for names in namespaces):
                return name


Lowering = Callable[[AtenCall, GraphBuilder], str | tuple[str, ...]]
"""Function that adds the nodes of a call to a builder, and returns the names of its results."""

Lowerings = Mapping[str, Lowering]
"""Lowering functions by ``aten.NAME.OVERLOAD``."""


def make_lowering_table(target_names: Mapping[Lowering, str]) -> Lowerings:
    """Return a table from lowering functions and their ATen names, without ``aten.``."""
    return MappingProxyType(
        {f"aten.{name}": translator for translator, names in target_names.items() for name in names.split()}
    )
