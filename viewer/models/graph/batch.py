"""Making a graph that was captured for one size of batch run for any.

Sizes that were fixed while capturing stand in views and expansions as plain numbers. Those that are the batch
are found by following it through the network, and replaced by a size looked up while the graph runs. The result
is believed only after it has been run on other batches.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass, field

import torch

from viewer.models.graph.nodes import Node, OperatorGraph, Size
from viewer.models.graph.operators.numbers import NUMBERS
from viewer.models.graph.run import run

TOLERANCE = 1e-4
"""Largest relative difference between a sample alone and in a batch, from the order of summation alone."""


def freed_from_batch(graph: OperatorGraph) -> OperatorGraph:
    """The graph for any batch, if it can be; otherwise the graph as it is, for its own."""
    if not graph.input.shape or graph.input.shape[0] is None:
        return graph
    freed = Rewriting(graph).result()
    return freed if runs_alike(graph, freed) else graph


@dataclass
class Rewriting:
    """One graph while its batch is being followed."""

    graph: OperatorGraph
    nodes: list[Node] = field(default_factory=list)
    dims: dict[str, int] = field(default_factory=dict)
    numbers: dict[int, str] = field(default_factory=dict)

    @property
    def batch(self) -> int:
        """The batch it was captured with."""
        return self.graph.example[0]

    def result(self) -> OperatorGraph:
        """The graph with every size that is the batch looked up while it runs."""
        taken = self.graph.input
        self.dims[taken.name] = 0
        for node in self.graph.nodes:
            self.follow(node)
        free = dataclasses.replace(taken, shape=(None, *taken.shape[1:]))
        shown = tuple(self.shown(node) for node in self.nodes)
        return dataclasses.replace(self.graph, nodes=shown, input=free)

    def shown(self, node: Node) -> Node:
        """A node whose shape says which size follows the batch."""
        dim = self.dims.get(node.name)
        if dim is None or node.shape is None:
            return node
        return dataclasses.replace(node, shape=(*node.shape[:dim], None, *node.shape[dim + 1 :]))

    def shape(self, name: str | None) -> tuple[int, ...]:
        """The shape a value had when it was captured; empty where it is not known."""
        if name is None:
            return ()
        if name == self.graph.input.name:
            return self.graph.example
        constant = self.graph.constants.get(name)
        if constant is not None:
            return tuple(constant.shape)
        return tuple(size or 0 for size in self.graph.by_name[name].shape or ())

    def follow(self, node: Node) -> None:
        """Take a node over, and note which of its output's dimensions is the batch."""
        source = next((name for name in node.inputs if name in self.dims), None)
        if source is None or node.operator in NUMBERS:
            self.nodes.append(node)
            return
        before, dim = self.shape(source), self.dims[source]
        after = tuple(size or 0 for size in node.shape or ())
        place = self.moved(node, before, after, dim)
        if place is not None and place < len(after):
            self.dims[node.name] = place
            node = self.freed(node, place, after[place])
        self.nodes.append(node)

    def moved(self, node: Node, before: tuple[int, ...], after: tuple[int, ...], dim: int) -> int | None:
        """Where the batch's dimension of an operator's input is in its output."""
        settings, rank = node.settings, len(before)
        match node.operator:
            case "view" | "flatten" | "unflatten":
                return holding(before, after, dim)
            case "permute":
                return [each % rank for each in settings["dims"]].index(dim)
            case "squeeze":
                gone = {each % rank for each in settings["dims"] if before[each] == 1}
                return None if dim in gone else dim - sum(each < dim for each in gone)
            case "unsqueeze":
                return dim + (settings["dim"] % (rank + 1) <= dim)
            case "select":
                gone_dim = settings["dim"] % rank
                return None if gone_dim == dim else dim - (gone_dim < dim)
            case "sum" | "mean" | "amax":
                dims = {each % rank for each in settings["dims"]} or set(range(rank))
                if dim in dims:
                    return None
                return dim if settings["keepdim"] else dim - sum(each < dim for each in dims)
            case "max":
                gone_dim = settings["dim"] % rank
                if gone_dim == dim:
                    return None
                return dim if settings["keepdim"] else dim - (gone_dim < dim)
            case _:
                return dim + len(after) - rank

    def freed(self, node: Node, place: int, size: int) -> Node:
        """A node with the batch in its settings, or in a constant it joins, looked up."""
        if node.operator in ("view", "expand"):
            shape = list(node.settings["shape"])
            if isinstance(shape[place], int) and shape[place] != -1:
                shape[place] = self.looked_up(size)
                return dataclasses.replace(node, settings={"shape": tuple(shape)})
        if node.operator == "cat":
            inputs = tuple(
                self.repeated(name, place) if name in self.graph.constants else name for name in node.inputs
            )
            return dataclasses.replace(node, inputs=inputs)
        return node

    def looked_up(self, size: int) -> Size | int:
        """A size that is a multiple of the batch, as a number computed while the graph runs."""
        times, rest = divmod(size, self.batch)
        if rest:
            return size
        if times not in self.numbers:
            if 1 not in self.numbers:
                self.nodes.append(Node("batch", "size", (self.graph.input.name,), {"dim": 0}))
                self.numbers[1] = "batch"
            if times != 1:
                name = f"batch times {times}"
                settings = {"function": "mul", "operands": (Size("batch"), times)}
                self.nodes.append(Node(name, "number", (), settings))
                self.numbers[times] = name
        return Size(self.numbers[times])

    def repeated(self, name: str | None, place: int) -> str | None:
        """A constant that is joined to the samples of a batch, repeated for each."""
        shape = self.shape(name)
        if name is None or place >= len(shape) or shape[place] not in (1, self.batch):
            return name
        one = f"{name} of one sample"
        constants = dict(self.graph.constants)
        constants[one] = constants[name].narrow(place, 0, 1)
        self.graph = dataclasses.replace(self.graph, constants=constants)
        sizes: list[int | Size] = [-1] * len(shape)
        sizes[place] = self.looked_up(self.batch)
        wide = f"{one}, repeated"
        if all(node.name != wide for node in self.nodes):
            shown = (*shape[:place], None, *shape[place + 1 :])
            self.nodes.append(Node(wide, "expand", (one,), {"shape": tuple(sizes)}, shape=shown))
        return wide


def holding(before: tuple[int, ...], after: tuple[int, ...], dim: int) -> int | None:
    """The dimension of a reshaped value that holds one of the value's dimensions."""
    ahead = math.prod(before[:dim])
    for place, size in enumerate(after):
        if math.prod(after[:place]) == ahead and size == before[dim]:
            return place
    for place in range(len(after)):
        if math.prod(after[:place]) <= ahead < math.prod(after[: place + 1]):
            return place
    return None


def runs_alike(graph: OperatorGraph, freed: OperatorGraph) -> bool:
    """Whether the freed graph answers two batches in one as the graph answers each, and one sample alone."""
    batch = graph.example[0]
    generator = torch.Generator().manual_seed(0)
    x = torch.randn((2 * batch, *graph.example[1:]), generator=generator).to(graph.input.dtype)
    device = next((tensor.device for tensor in graph.constants.values()), torch.device("cpu"))
    x = x.to(device)
    expected = torch.cat([run(graph, x[:batch]), run(graph, x[batch:])])
    try:
        together, alone = run(freed, x), run(freed, x[:1])
    except RuntimeError:
        return False
    return alike(together, expected) and alike(alone, expected[:1])


def alike(found: torch.Tensor, expected: torch.Tensor) -> bool:
    """Whether two answers differ by no more than rounding."""
    if found.shape != expected.shape:
        return False
    scale = float(expected.abs().max())
    return bool((found - expected).abs().max() <= TOLERANCE * scale) or bool(torch.equal(found, expected))
