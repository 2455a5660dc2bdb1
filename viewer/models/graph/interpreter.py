"""Forward interpreter of an operator graph: operator by operator, freeing values no longer needed."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch

from viewer.errors import ModelError
from viewer.models.graph.graph import Node, OperatorGraph, substitute_sizes
from viewer.models.graph.operators.chunking import compute_in_chunks
from viewer.models.graph.operators.operator import (
    CheckCancelled,
    Operator,
    Save,
    SavedTensors,
    never_cancelled,
)
from viewer.models.graph.operators.registry import find_operator
from viewer.models.graph.operators.scalar_ops import ARITHMETIC, NUMBERS
from viewer.models.network_errors import describe_failure
from viewer.progress import Progress

OUT_OF_MEMORY = ("out of memory", "can't allocate memory")
"""Parts of torch's messages when memory runs out: not an error of the network, so passed on to the caller."""


def run(
    graph: OperatorGraph, x: torch.Tensor, progress: Progress | None = None, output: str | None = None
) -> torch.Tensor:
    """Run the network on ``x`` and return an output.

    Differentiable if ``x`` or a constant of the graph requires a gradient; otherwise memory is freed and
    reused on the way.

    Parameters
    ----------
    graph
        The network.
    x
        Shape as ``graph.input.shape``.
    progress
        Updated after every operator, and checked for cancellation before each.
    output
        Layer or node to return; by default the network's first output.

    Raises
    ------
    ModelError
        The shape or dtype of ``x`` does not fit the graph.
    Cancelled
        ``progress`` was cancelled.
    """
    name = graph.resolve_layer(output) if output is not None else graph.output
    return compute_values(graph, x, (name,), progress)[name]


def compute_values(
    graph: OperatorGraph, x: torch.Tensor, names: Iterable[str], progress: Progress | None = None
) -> dict[str, torch.Tensor]:
    """Compute the outputs of some nodes, such as a layer's activations, running only what they need.

    Raises
    ------
    ModelError
        The shape or dtype of ``x`` does not fit the graph.
    Cancelled
        ``progress`` was cancelled.
    """
    progress = progress or Progress()
    values = run_forward(graph, x, tuple(names), {}, progress).values
    progress.step(1.0, 1.0)
    return values


@dataclass
class ForwardTrace:
    """Result of a forward run: the requested values, and the tensors that rules need in the backward pass."""

    values: dict[str, torch.Tensor]
    numbers: dict[str, Any] = field(default_factory=dict)
    saved: dict[str, SavedTensors] = field(default_factory=dict)


def run_forward(
    graph: OperatorGraph,
    x: torch.Tensor,
    names: tuple[str, ...],
    saves: Mapping[str, Save],
    progress: Progress,
    reachable: frozenset[str] = frozenset(),
) -> ForwardTrace:
    """Run the nodes that ``names`` need, and save their values and the tensors requested in ``saves``.

    ``reachable`` names the values that receive relevance in the backward pass.
    """
    check_input(graph, x)
    nodes = find_required_nodes(graph, names)
    last = find_last_uses(nodes)
    costs = [estimate_cost(node, graph) for node in nodes]
    total, completed = sum(costs) or 1.0, 0.0
    tracked = torch.is_grad_enabled() and any(
        tensor.requires_grad for tensor in (x, *graph.constants.values())
    )
    memory = ValueMemory(graph, x, frozenset(names), allow_overwrite=not tracked)
    trace = ForwardTrace({})
    with contextlib.nullcontext() if tracked else torch.no_grad():
        for index, (node, cost) in enumerate(zip(nodes, costs, strict=True)):
            progress.step(completed, total, node.label)
            completed += cost
            if node.operator in NUMBERS:
                trace.numbers[node.name] = compute_number(node, memory.value, trace.numbers)
            else:
                resolved = node.with_sizes(trace.numbers)
                keep = saves.get(node.name, Save.NOTHING)
                saved = compute_node(
                    resolved, memory, last, index, keep, reachable, progress.raise_if_cancelled
                )
                if node.name in saves:
                    trace.saved[node.name] = saved
            memory.release_inputs(node, last, index)
    trace.values = {name: memory.value(name) for name in names}
    return trace


class ValueMemory:
    """Values held during one run, and which of them may be overwritten."""

    def __init__(
        self, graph: OperatorGraph, x: torch.Tensor, requested: frozenset[str], *, allow_overwrite: bool
    ) -> None:
        self._constants = graph.constants
        self._values = {graph.input.name: x}
        self._requested = requested
        self._allow_overwrite = allow_overwrite
        self._owned: set[str] = set()

    def value(self, name: str) -> torch.Tensor:
        """Return a value by name, of a node, a constant or the input."""
        value = self._values.get(name)
        return value if value is not None else self._constants[name]

    def is_constant(self, name: str) -> bool:
        """Return whether the name is that of a constant."""
        return name in self._constants

    def forbid_overwrite(self, name: str) -> None:
        """Mark a value as still referenced: it must not be overwritten."""
        self._owned.discard(name)

    def may_overwrite(self, node: Node, last_uses: Mapping[str, int], index: int) -> bool:
        """Return whether a node's first input is used for the last time and may be overwritten."""
        first = node.inputs[0] if node.inputs else None
        return (
            self._allow_overwrite
            and first is not None
            and first in self._owned
            and last_uses.get(first) == index
            and first not in self._requested
            and node.inputs.count(first) == 1
        )

    def store(self, node: Node, output: torch.Tensor, *, is_in_place: bool) -> None:
        """Store a node's output; if it shares memory with an input, neither may be overwritten."""
        self._values[node.name] = output
        if is_in_place:
            self._owned.add(node.name)
            return
        pointer = output.untyped_storage().data_ptr()
        fresh = True
        for name in node.inputs:
            if name is not None and self.value(name).untyped_storage().data_ptr() == pointer:
                self.forbid_overwrite(name)
                fresh = False
        if fresh:
            self._owned.add(node.name)

    def release_inputs(self, node: Node, last_uses: Mapping[str, int], index: int) -> None:
        """Release the inputs of a node that are no longer needed."""
        for name in node.inputs:
            if name is not None and last_uses.get(name) == index and name not in self._requested:
                self._values.pop(name, None)


def compute_node(
    node: Node,
    memory: ValueMemory,
    last_uses: Mapping[str, int],
    index: int,
    save: Save,
    reachable: frozenset[str],
    check: CheckCancelled = never_cancelled,
) -> SavedTensors:
    """Run one operator and collect the tensors to save; ``check`` is called between its parts."""
    operator: Operator = find_operator(node.operator)
    inputs = [memory.value(name) if name is not None else None for name in node.inputs]
    max_indices = max_offsets = None
    overwrite = (
        operator.forward_in_place is not None
        and Save.INPUTS not in save
        and memory.may_overwrite(node, last_uses, index)
    )
    shapes = tuple(tuple(tensor.shape) if tensor is not None else None for tensor in inputs)
    try:
        if Save.MAX_INDICES in save and operator.forward_with_indices is not None:
            output, max_indices = operator.forward_with_indices(node.attributes, inputs)
        elif Save.MAX_OFFSETS in save and operator.forward_with_offsets is not None:
            output, max_offsets = operator.forward_with_offsets(node.attributes, inputs, check)
        elif overwrite and operator.forward_in_place is not None:
            output = operator.forward_in_place(node.attributes, inputs, check)
        elif operator.chunked_forward is not None:
            output = operator.chunked_forward(node.attributes, inputs, check)
        else:
            output = operator.forward(node.attributes, inputs)
    except (ArithmeticError, IndexError, RuntimeError, TypeError, ValueError) as error:
        if isinstance(error, torch.OutOfMemoryError) or any(phrase in str(error) for phrase in OUT_OF_MEMORY):
            raise
        raise ModelError(node.label, f"cannot process its input: {describe_failure(error)}") from error
    memory.store(node, output, is_in_place=overwrite)
    if Save.OUTPUT in save:
        memory.forbid_overwrite(node.name)
    saved_tensors: list[torch.Tensor | None] = []
    for name, tensor in zip(node.inputs, inputs, strict=True):
        if name is not None and not memory.is_constant(name):
            if Save.INPUTS in save:
                memory.forbid_overwrite(name)
            else:
                tensor = None
        saved_tensors.append(tensor)
    return SavedTensors(
        inputs=tuple(saved_tensors),
        shapes=shapes,
        needs_grad=tuple(name is not None and name in reachable for name in node.inputs),
        output=output if Save.OUTPUT in save else None,
        sign=compute_positive_mask(output, check) if Save.SIGN in save else None,
        max_indices=max_indices,
        max_offsets=max_offsets,
    )


def compute_positive_mask(output: torch.Tensor, check: CheckCancelled) -> torch.Tensor:
    """Return the mask of positive values."""
    return compute_in_chunks(lambda chunk: chunk > 0, output, check=check)


def compute_number(node: Node, get_tensor: Callable[[str], torch.Tensor], numbers: Mapping[str, Any]) -> Any:
    """Return the number of a ``size`` or ``number`` node; ``get_tensor`` returns a tensor by name."""
    if node.operator == "size":
        assert node.inputs[0] is not None
        return get_tensor(node.inputs[0]).shape[node.attributes["dim"]]
    operands = substitute_sizes(node.attributes["operands"], numbers)
    try:
        return ARITHMETIC[node.attributes["function"]](*operands)
    except (ArithmeticError, TypeError, ValueError) as error:
        raise ModelError(node.label, f"cannot compute with {operands}: {error}") from error


def check_input(graph: OperatorGraph, x: torch.Tensor) -> None:
    """Check that an input has the shape and dtype that the graph was captured for.

    Raises
    ------
    ModelError
        The shape or the dtype differs.
    """
    expected = graph.input.shape
    matches = len(expected) == x.dim() and all(
        size in (None, actual) for size, actual in zip(expected, x.shape, strict=True)
    )
    if not matches:
        actual, expected_text = format_shape(tuple(x.shape)), format_shape(expected)
        raise ModelError("input", f"has the shape {actual}, but the network expects {expected_text}")
    if x.dtype != graph.input.dtype:
        raise ModelError("input", f"is {x.dtype}, but the network expects {graph.input.dtype}")


def format_shape(shape: tuple[int | None, ...]) -> str:
    """Return a shape as text, such as ``N×1×96×112×96``."""
    return "×".join("N" if size is None else str(size) for size in shape)


def find_required_nodes(graph: OperatorGraph, names: Iterable[str]) -> list[Node]:
    """Return the nodes needed to compute some values, in execution order."""
    needed = set(names)
    required = []
    for node in reversed(graph.nodes):
        if node.name in needed:
            required.append(node)
            needed.update(name for name in node.inputs if name is not None)
            needed.update(node.size_nodes)
    return required[::-1]


def find_last_uses(nodes: list[Node]) -> dict[str, int]:
    """Return, for every value, the index of the last node that uses it."""
    return {name: index for index, node in enumerate(nodes) for name in node.inputs if name is not None}


def estimate_cost(node: Node, graph: OperatorGraph) -> float:
    """Return a rough relative cost: multiplications, or values written."""
    if node.shape is None or node.operator in NUMBERS:
        return 1.0
    count = float(math.prod(size or 1 for size in node.shape))
    name = node.inputs[1] if len(node.inputs) > 1 else None
    weight = None if name is None else graph.constants.get(name)
    return find_operator(node.operator).cost(count, weight, node.attributes)
