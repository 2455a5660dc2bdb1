"""Conversion of a graph captured with a fixed batch size to a dynamic batch.

Sizes fixed during capture appear in views and expansions as plain numbers. The graph is run once more on
meta tensors with a larger batch: where a shape differs, that dimension is the batch, and a number in a view
that must be the batch is replaced by a size computed at run time. Where several dimensions are possible,
the search backtracks when a later operator does not fit. The result is accepted only after its outputs for
random inputs have been compared with those of the original graph.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import torch

from viewer.errors import ModelError
from viewer.models.graph.graph import Node, OperatorGraph, SymbolicSize
from viewer.models.graph.interpreter import compute_number, run
from viewer.models.graph.operators.registry import find_operator
from viewer.models.graph.operators.scalar_ops import NUMBERS

BATCH_FACTOR = 7
"""Factor of the larger batch: a prime that is unlikely to occur as a ratio of a network's sizes."""

MAX_ATTEMPTS = 200
"""Maximum number of candidates tried."""

TOLERANCE = 1e-4
"""Largest relative difference between a sample's output alone and in a batch, due to summation order."""


def make_batch_dynamic(graph: OperatorGraph) -> OperatorGraph:
    """Return the graph for any batch size if possible; otherwise return it unchanged."""
    if not graph.input.shape or graph.input.shape[0] is None:
        return graph
    for candidate in candidate_graphs(graph):
        if has_same_outputs(graph, candidate):
            return candidate
    return graph


def candidate_graphs(graph: OperatorGraph) -> Iterator[OperatorGraph]:
    """Yield every graph with a dynamic batch whose shapes fit, the most likely first."""
    decisions: list[int] = []
    for _ in range(MAX_ATTEMPTS):
        attempt = BatchAttempt(graph, tuple(decisions))
        fits = attempt.run()
        if fits:
            yield attempt.build_graph()
        # Backtracking: advance the last decision that has another option, and drop those after it.
        decisions = attempt.decisions
        while decisions and decisions[-1] + 1 >= attempt.option_counts[len(decisions) - 1]:
            decisions.pop()
        if not decisions:
            return
        decisions[-1] += 1


@dataclass
class BatchAttempt:
    """One candidate: a choice of the batch dimension for each value where several are possible.

    Parameters
    ----------
    graph
        The captured graph.
    first_decisions
        Options of the first decisions; later decisions take the first option.
    """

    graph: OperatorGraph
    first_decisions: tuple[int, ...]
    decisions: list[int] = field(default_factory=list)
    option_counts: list[int] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    single_sample_constants: dict[str, torch.Tensor] = field(default_factory=dict)
    meta_values: dict[str, torch.Tensor] = field(default_factory=dict)
    inner_sizes: dict[str, int] = field(default_factory=dict)
    expanded_constants: dict[str, torch.Tensor] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    multiple_names: dict[int, str] = field(default_factory=dict)

    @property
    def batch_size(self) -> int:
        """Batch size that the graph was captured with."""
        return self.graph.example_shape[0]

    def run(self) -> bool:
        """Run on meta tensors with the larger batch; return whether the shapes fit every operator."""
        shape = (BATCH_FACTOR * self.batch_size, *self.graph.example_shape[1:])
        graph_input = self.graph.input
        self.meta_values[graph_input.name] = torch.empty(shape, dtype=graph_input.dtype, device="meta")
        try:
            for node in self.graph.nodes:
                self.add_node(node)
        except (ModelError, ArithmeticError, IndexError, RuntimeError, TypeError, ValueError):
            return False
        return all(self.find_batch_dim(name) is not None for name in self.graph.outputs.values())

    def build_graph(self) -> OperatorGraph:
        """Return the graph with every batch size computed at run time."""
        graph_input = self.graph.input
        dynamic_input = dataclasses.replace(graph_input, shape=(None, *graph_input.shape[1:]))
        nodes = tuple(
            dataclasses.replace(node, shape=self.dynamic_shape(node))
            if node.name in self.meta_values
            else node
            for node in self.nodes
        )
        constants = {**self.graph.constants, **self.single_sample_constants}
        return dataclasses.replace(self.graph, nodes=nodes, input=dynamic_input, constants=constants)

    def dynamic_shape(self, node: Node) -> tuple[int | None, ...] | None:
        """Return a node's shape with None for the batch."""
        dim = self.find_batch_dim(node.name)
        if node.shape is None or dim is None:
            return node.shape
        return (*node.shape[:dim], None, *node.shape[dim + 1 :])

    def meta_value(self, name: str) -> torch.Tensor:
        """Return a meta tensor of the shape that a value has for the larger batch."""
        if name in self.expanded_constants:
            return self.expanded_constants[name]
        if name not in self.meta_values:
            constants = (
                self.single_sample_constants if name in self.single_sample_constants else self.graph.constants
            )
            self.meta_values[name] = constants[name].to("meta")
        return self.meta_values[name]

    def captured_shape(self, name: str) -> tuple[int, ...]:
        """Return the shape that a value had when the graph was captured."""
        if name == self.graph.input.name:
            return self.graph.example_shape
        constant = self.graph.constants.get(name, self.single_sample_constants.get(name))
        if constant is not None:
            return tuple(constant.shape)
        return tuple(size or 0 for size in self.graph.by_name[name].shape or ())

    def find_batch_dim(self, name: str) -> int | None:
        """Return the dimension of a value that is the batch; None if there is none."""
        shape, captured = tuple(self.meta_value(name).shape), self.captured_shape(name)
        dims = [
            dim
            for dim, (size, captured_size) in enumerate(zip(shape, captured, strict=False))
            if size != captured_size
        ]
        return dims[0] if len(shape) == len(captured) and len(dims) == 1 else None

    def add_node(self, node: Node) -> None:
        """Add a node with the batch size in its attributes made dynamic, and run it on meta tensors."""
        if node.operator in NUMBERS:
            self.numbers[node.name] = compute_number(node, self.meta_value, self.numbers)
        else:
            if node.operator == "view":
                node = self.rewrite_view(node)
            elif node.operator == "expand":
                node = self.rewrite_expand(node)
            elif node.operator == "cat":
                node = self.rewrite_cat(node)
            for name in node.inputs:
                if name is not None and name in self.inner_sizes:
                    self.inner_sizes.setdefault(node.name, self.inner_sizes[name])
            inputs = [None if name is None else self.meta_value(name) for name in node.inputs]
            self.meta_values[node.name] = find_operator(node.operator).forward(
                node.with_sizes(self.numbers).attributes, inputs
            )
            if node.shape is not None and not self.differs_only_in_batch(node):
                raise ModelError(node.label, "has a shape that is not the batch's alone")
        self.nodes.append(node)

    def differs_only_in_batch(self, node: Node) -> bool:
        """Return whether the larger batch is the only change in a node's shape."""
        shape, captured = tuple(self.meta_values[node.name].shape), self.captured_shape(node.name)
        changes = [
            (size, captured_size)
            for size, captured_size in zip(shape, captured, strict=False)
            if size != captured_size
        ]
        return len(shape) == len(captured) and (
            not changes or changes == [(BATCH_FACTOR * changes[0][1], changes[0][1])]
        )

    def rewrite_view(self, node: Node) -> Node:
        """Return a view with its batch size made dynamic."""
        name = node.inputs[0]
        assert name is not None
        dim = self.find_batch_dim(name)
        if dim is None:
            return node
        captured = tuple(size or 0 for size in node.shape or ())
        inner_size = self.inner_sizes.get(name, 1) * math.prod(self.captured_shape(name)[dim + 1 :])
        candidates = list(iterate_batch_dim_candidates(captured, inner_size, self.batch_size))
        if not candidates:
            raise ModelError(node.label, "has no place for the batch")
        choice = 0
        if len(candidates) > 1:
            choice = (
                self.first_decisions[len(self.decisions)]
                if len(self.decisions) < len(self.first_decisions)
                else 0
            )
            self.decisions.append(choice)
            self.option_counts.append(len(candidates))
        self.inner_sizes[node.name] = inner_size // math.prod(captured[candidates[choice] + 1 :])
        return self.make_size_dynamic(node, candidates[choice], captured[candidates[choice]])

    def rewrite_expand(self, node: Node) -> Node:
        """Return an expansion with its batch size made dynamic."""
        name = node.inputs[0]
        assert name is not None
        dim = self.find_batch_dim(name)
        if dim is None:
            return node
        axis = dim + len(node.attributes["shape"]) - len(self.captured_shape(name))
        return self.make_size_dynamic(node, axis, self.captured_shape(name)[dim])

    def make_size_dynamic(self, node: Node, dim: int, size: int) -> Node:
        """Return a node with one size of its shape made dynamic, unless it already is."""
        shape = list(node.attributes["shape"])
        if shape[dim] != -1 and not isinstance(shape[dim], SymbolicSize):
            shape[dim] = self.add_batch_multiple(size)
        return dataclasses.replace(node, attributes={"shape": tuple(shape)})

    def add_batch_multiple(self, size: int) -> SymbolicSize:
        """Return a size that is a multiple of the batch, as a number computed at run time."""
        multiple, remainder = divmod(size, self.batch_size)
        if remainder:
            raise ModelError("batch", f"{size} is not a multiple of {self.batch_size}")
        if not self.multiple_names:
            self.nodes.append(Node("batch", "size", (self.graph.input.name,), {"dim": 0}))
            self.multiple_names[1], self.numbers["batch"] = "batch", BATCH_FACTOR * self.batch_size
        if multiple not in self.multiple_names:
            name = f"batch times {multiple}"
            attributes = {"function": "mul", "operands": (SymbolicSize("batch"), multiple)}
            self.nodes.append(Node(name, "number", (), attributes))
            self.multiple_names[multiple], self.numbers[name] = (
                name,
                BATCH_FACTOR * self.batch_size * multiple,
            )
        return SymbolicSize(self.multiple_names[multiple])

    def rewrite_cat(self, node: Node) -> Node:
        """Return a concatenation of samples with a constant, with the constant repeated for each sample."""
        axes = {
            self.find_batch_dim(name)
            for name in node.inputs
            if name is not None and name not in self.graph.constants
        }
        axes.discard(None)
        if len(axes) != 1:
            return node
        (axis,) = axes
        assert axis is not None
        inputs = tuple(
            self.repeat_constant(name, axis) if name in self.graph.constants else name for name in node.inputs
        )
        return dataclasses.replace(node, inputs=inputs)

    def repeat_constant(self, name: str | None, dim: int) -> str | None:
        """Return the name of a constant repeated for each sample, if its size at ``dim`` is the batch's."""
        assert name is not None
        shape = self.captured_shape(name)
        if dim >= len(shape) or shape[dim] != self.batch_size:
            return name
        single_name, expanded_name = f"{name} of one sample", f"{name} of every sample"
        if expanded_name not in self.expanded_constants:
            self.single_sample_constants[single_name] = self.graph.constants[name].narrow(dim, 0, 1)
            sizes: list[int | SymbolicSize] = [-1] * len(shape)
            sizes[dim] = self.add_batch_multiple(self.batch_size)
            expanded_shape = (*shape[:dim], None, *shape[dim + 1 :])
            node = Node(
                expanded_name, "expand", (single_name,), {"shape": tuple(sizes)}, shape=expanded_shape
            )
            self.nodes.append(node)
            self.expanded_constants[expanded_name] = self.meta_value(single_name).expand(
                node.with_sizes(self.numbers).attributes["shape"]
            )
        return expanded_name


def iterate_batch_dim_candidates(
    shape: tuple[int, ...], sample_stride: int, batch_size: int
) -> Iterator[int]:
    """Yield the dimensions of a reshaped value that may hold the batch, the likeliest first.

    ``sample_stride`` is the stride between samples in values, which reshaping preserves. A dimension that
    holds only the batch is the likeliest, then any but the last, which usually holds the features.
    """
    outer_size = math.prod(shape) // max(sample_stride * batch_size, 1)
    candidates = []
    for dim, size in enumerate(shape):
        before, after = math.prod(shape[:dim]), math.prod(shape[dim + 1 :])
        if size and before and after and outer_size % before == 0 and sample_stride % after == 0:
            exact = before == outer_size and after == sample_stride
            last = dim == len(shape) - 1
            candidates.append((not exact, last, before != outer_size, dim))
    yield from (entry[-1] for entry in sorted(candidates))


def has_same_outputs(graph: OperatorGraph, dynamic_graph: OperatorGraph) -> bool:
    """Return whether the dynamic graph gives the same outputs for a doubled batch and for one sample."""
    batch = graph.example_shape[0]
    generator = torch.Generator().manual_seed(0)
    device = next((tensor.device for tensor in graph.constants.values()), torch.device("cpu"))
    x = torch.randn((2 * batch, *graph.example_shape[1:]), generator=generator)
    x = x.to(device=device, dtype=graph.input.dtype)
    try:
        expected = torch.cat([run(graph, x[:batch]), run(graph, x[batch:])])
        batched, single = run(dynamic_graph, x), run(dynamic_graph, x[:1])
    except ModelError:
        return False
    return is_close(batched, expected) and is_close(single, expected[:1])


def is_close(actual: torch.Tensor, expected: torch.Tensor) -> bool:
    """Return whether two outputs differ by no more than rounding."""
    if actual.shape != expected.shape:
        return False
    scale = float(expected.abs().max())
    return bool((actual - expected).abs().max() <= TOLERANCE * scale) or bool(torch.equal(actual, expected))
