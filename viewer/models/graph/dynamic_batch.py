"""Making a graph that was captured for one size of batch run for any.

Sizes that were fixed while capturing stand in views and expansions as plain numbers. The graph is run once
more, on shapes alone and with a larger batch: where a shape then differs, there is the batch, and where a
number in a view must have been the batch, it is replaced by one that is looked up while the graph runs. A
number may be read in more than one way; a reading that fits no later operator is taken back. The result is
believed only after it has been run on real numbers.
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
"""The larger batch, in batches: a prime that no size of a network is likely to change by."""

MAX_ATTEMPTS = 200
"""How many readings are tried."""

TOLERANCE = 1e-4
"""Largest relative difference between a sample alone and in a batch: that of the order of summation."""


def make_batch_dynamic(graph: OperatorGraph) -> OperatorGraph:
    """The graph for any batch, if it can be; otherwise the graph as it is, for its own."""
    if not graph.input.shape or graph.input.shape[0] is None:
        return graph
    for freed in candidate_graphs(graph):
        if same_outputs(graph, freed):
            return freed
    return graph


def candidate_graphs(graph: OperatorGraph) -> Iterator[OperatorGraph]:
    """Every graph for any batch whose shapes fit, the most likely first."""
    decisions: list[int] = []
    for _ in range(MAX_ATTEMPTS):
        attempt = BatchAttempt(graph, tuple(decisions))
        fits = attempt.run()
        if fits:
            yield attempt.result()
        # As in counting: the last decision that has another way is changed, those after it are forgotten.
        decisions = attempt.decisions
        while decisions and decisions[-1] + 1 >= attempt.option_counts[len(decisions) - 1]:
            decisions.pop()
        if not decisions:
            return
        decisions[-1] += 1


@dataclass
class BatchAttempt:
    """One reading of a graph: which way every number that can be read in several ways is read.

    Parameters
    ----------
    graph
        The graph as it was captured.
    first_decisions
        The ways of the first decisions; further ones take the first way.
    """

    graph: OperatorGraph
    first_decisions: tuple[int, ...]
    decisions: list[int] = field(default_factory=list)
    option_counts: list[int] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    repeated: dict[str, torch.Tensor] = field(default_factory=dict)
    values: dict[str, torch.Tensor] = field(default_factory=dict)
    within: dict[str, int] = field(default_factory=dict)
    wide: dict[str, torch.Tensor] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    looked_up: dict[int, str] = field(default_factory=dict)

    @property
    def batch(self) -> int:
        """The batch it was captured with."""
        return self.graph.example_shape[0]

    def run(self) -> bool:
        """Run on shapes with the larger batch; whether every operator takes what it is given."""
        shape = (BATCH_FACTOR * self.batch, *self.graph.example_shape[1:])
        taken = self.graph.input
        self.values[taken.name] = torch.empty(shape, dtype=taken.dtype, device="meta")
        try:
            for node in self.graph.nodes:
                self.add_node(node)
        except (ModelError, ArithmeticError, IndexError, RuntimeError, TypeError, ValueError):
            return False
        return all(self.batch_dim(name) is not None for name in self.graph.outputs.values())

    def result(self) -> OperatorGraph:
        """The graph with every size that is the batch looked up while it runs."""
        taken = self.graph.input
        free = dataclasses.replace(taken, shape=(None, *taken.shape[1:]))
        shown = tuple(
            dataclasses.replace(node, shape=self.dynamic_shape(node)) if node.name in self.values else node
            for node in self.nodes
        )
        constants = {**self.graph.constants, **self.repeated}
        return dataclasses.replace(self.graph, nodes=shown, input=free, constants=constants)

    def dynamic_shape(self, node: Node) -> tuple[int | None, ...] | None:
        """A node's shape with None for the batch."""
        place = self.batch_dim(node.name)
        if node.shape is None or place is None:
            return node.shape
        return (*node.shape[:place], None, *node.shape[place + 1 :])

    def value(self, name: str) -> torch.Tensor:
        """A value without numbers in it, of the shape it has for the larger batch."""
        if name in self.wide:
            return self.wide[name]
        if name not in self.values:
            constants = self.repeated if name in self.repeated else self.graph.constants
            self.values[name] = constants[name].to("meta")
        return self.values[name]

    def captured_shape(self, name: str) -> tuple[int, ...]:
        """The shape a value had when the graph was captured."""
        if name == self.graph.input.name:
            return self.graph.example_shape
        constant = self.graph.constants.get(name, self.repeated.get(name))
        if constant is not None:
            return tuple(constant.shape)
        return tuple(size or 0 for size in self.graph.by_name[name].shape or ())

    def batch_dim(self, name: str) -> int | None:
        """The dimension of a value that is the batch; None where there is none."""
        now, then = tuple(self.value(name).shape), self.captured_shape(name)
        found = [dim for dim, (size, old) in enumerate(zip(now, then, strict=False)) if size != old]
        return found[0] if len(now) == len(then) and len(found) == 1 else None

    def add_node(self, node: Node) -> None:
        """Take a node over, with the batch in its attributes looked up, and run it on shapes."""
        if node.operator in NUMBERS:
            self.numbers[node.name] = compute_number(node, self.value, self.numbers)
        else:
            if node.operator == "view":
                node = self.rewrite_view(node)
            elif node.operator == "expand":
                node = self.rewrite_expand(node)
            elif node.operator == "cat":
                node = self.rewrite_cat(node)
            for name in node.inputs:
                if name is not None and name in self.within:
                    self.within.setdefault(node.name, self.within[name])
            inputs = [None if name is None else self.value(name) for name in node.inputs]
            self.values[node.name] = find_operator(node.operator).forward(
                node.with_sizes(self.numbers).attributes, inputs
            )
            if node.shape is not None and not self.fits(node):
                raise ModelError(node.label, "has a shape that is not the batch's alone")
        self.nodes.append(node)

    def fits(self, node: Node) -> bool:
        """Whether a node's shape has become the larger batch's, and nothing else."""
        now, then = tuple(self.values[node.name].shape), self.captured_shape(node.name)
        changed = [(size, old) for size, old in zip(now, then, strict=False) if size != old]
        return len(now) == len(then) and (
            not changed or changed == [(BATCH_FACTOR * changed[0][1], changed[0][1])]
        )

    def rewrite_view(self, node: Node) -> Node:
        """A view whose number that is the batch is looked up."""
        name = node.inputs[0]
        assert name is not None
        dim = self.batch_dim(name)
        if dim is None:
            return node
        then = tuple(size or 0 for size in node.shape or ())
        behind = self.within.get(name, 1) * math.prod(self.captured_shape(name)[dim + 1 :])
        ways = list(batch_dim_candidates(then, behind, self.batch))
        if not ways:
            raise ModelError(node.label, "has no place for the batch")
        way = 0
        if len(ways) > 1:
            way = (
                self.first_decisions[len(self.decisions)]
                if len(self.decisions) < len(self.first_decisions)
                else 0
            )
            self.decisions.append(way)
            self.option_counts.append(len(ways))
        self.within[node.name] = behind // math.prod(then[ways[way] + 1 :])
        return self.with_dynamic_size(node, ways[way], then[ways[way]])

    def rewrite_expand(self, node: Node) -> Node:
        """An expansion whose number that is the batch is looked up."""
        name = node.inputs[0]
        assert name is not None
        dim = self.batch_dim(name)
        if dim is None:
            return node
        place = dim + len(node.attributes["shape"]) - len(self.captured_shape(name))
        return self.with_dynamic_size(node, place, self.captured_shape(name)[dim])

    def with_dynamic_size(self, node: Node, place: int, size: int) -> Node:
        """A node with one number of its shape looked up, unless it is computed anyway."""
        shape = list(node.attributes["shape"])
        if shape[place] != -1 and not isinstance(shape[place], SymbolicSize):
            shape[place] = self.batch_multiple(size)
        return dataclasses.replace(node, attributes={"shape": tuple(shape)})

    def batch_multiple(self, size: int) -> SymbolicSize:
        """A size that is a multiple of the batch, as a number computed while the graph runs."""
        times, rest = divmod(size, self.batch)
        if rest:
            raise ModelError("batch", f"{size} is no multiple of {self.batch}")
        if not self.looked_up:
            self.nodes.append(Node("batch", "size", (self.graph.input.name,), {"dim": 0}))
            self.looked_up[1], self.numbers["batch"] = "batch", BATCH_FACTOR * self.batch
        if times not in self.looked_up:
            name = f"batch times {times}"
            attributes = {"function": "mul", "operands": (SymbolicSize("batch"), times)}
            self.nodes.append(Node(name, "number", (), attributes))
            self.looked_up[times], self.numbers[name] = name, BATCH_FACTOR * self.batch * times
        return SymbolicSize(self.looked_up[times])

    def rewrite_cat(self, node: Node) -> Node:
        """A join of samples with a constant, which is repeated for each of them."""
        places = {
            self.batch_dim(name)
            for name in node.inputs
            if name is not None and name not in self.graph.constants
        }
        places.discard(None)
        if len(places) != 1:
            return node
        (place,) = places
        assert place is not None
        inputs = tuple(
            self.repeat_constant(name, place) if name in self.graph.constants else name
            for name in node.inputs
        )
        return dataclasses.replace(node, inputs=inputs)

    def repeat_constant(self, name: str | None, place: int) -> str | None:
        """A constant that holds one sample's values, repeated; others stay."""
        assert name is not None
        shape = self.captured_shape(name)
        if place >= len(shape) or shape[place] != self.batch:
            return name
        one, wide = f"{name} of one sample", f"{name} of every sample"
        if wide not in self.wide:
            self.repeated[one] = self.graph.constants[name].narrow(place, 0, 1)
            sizes: list[int | SymbolicSize] = [-1] * len(shape)
            sizes[place] = self.batch_multiple(self.batch)
            shown = (*shape[:place], None, *shape[place + 1 :])
            node = Node(wide, "expand", (one,), {"shape": tuple(sizes)}, shape=shown)
            self.nodes.append(node)
            self.wide[wide] = self.value(one).expand(node.with_sizes(self.numbers).attributes["shape"])
        return wide


def batch_dim_candidates(shape: tuple[int, ...], behind: int, batch: int) -> Iterator[int]:
    """The dimensions of a reshaped value that may hold the batch, the likeliest first.

    ``behind`` is how many values lie between one sample and the next; reshaping leaves that as it is. Likely
    is a dimension that is the batch and nothing else, then any but the last, which is mostly the features.
    """
    ahead = math.prod(shape) // max(behind * batch, 1)
    found = []
    for place, size in enumerate(shape):
        earlier, later = math.prod(shape[:place]), math.prod(shape[place + 1 :])
        if size and earlier and later and ahead % earlier == 0 and behind % later == 0:
            alone = earlier == ahead and later == behind
            last = place == len(shape) - 1
            found.append((not alone, last, earlier != ahead, place))
    yield from (entry[-1] for entry in sorted(found))


def same_outputs(graph: OperatorGraph, freed: OperatorGraph) -> bool:
    """Whether the freed graph answers two batches in one as the graph answers each, and one sample alone."""
    batch = graph.example_shape[0]
    generator = torch.Generator().manual_seed(0)
    device = next((tensor.device for tensor in graph.constants.values()), torch.device("cpu"))
    x = torch.randn((2 * batch, *graph.example_shape[1:]), generator=generator)
    x = x.to(device=device, dtype=graph.input.dtype)
    try:
        expected = torch.cat([run(graph, x[:batch]), run(graph, x[batch:])])
        together, alone = run(freed, x), run(freed, x[:1])
    except ModelError:
        return False
    return close(together, expected) and close(alone, expected[:1])


def close(found: torch.Tensor, expected: torch.Tensor) -> bool:
    """Whether two answers differ by no more than rounding."""
    if found.shape != expected.shape:
        return False
    scale = float(expected.abs().max())
    return bool((found - expected).abs().max() <= TOLERANCE * scale) or bool(torch.equal(found, expected))
