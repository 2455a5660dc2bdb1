"""Which step each operator of a graph is carried on with, decided once for a network and a size of input."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum, auto

import torch

from viewer.methods.perturbation.local.patches import Window
from viewer.methods.perturbation.local.steps import (
    Averaging,
    Dense,
    Flattening,
    Gathering,
    Joining,
    Padding,
    Pointwise,
    Sliding,
    Step,
    Whole,
)
from viewer.models.graph.nodes import Node, OperatorGraph
from viewer.models.graph.operators.numbers import NUMBERS
from viewer.models.graph.operators.passed import POINTWISE
from viewer.models.graph.operators.pooling import average_pool

BY_THEMSELVES = frozenset(
    {
        "relu",
        "leaky_relu",
        "sigmoid",
        "tanh",
        "exp",
        "elu",
        "gelu",
        "silu",
        "clamp",
        "hardtanh",
        "pow",
        "sqrt",
    }
    | {"log", "abs", "cast"}
) | {f"aten.{name}.default" for name in POINTWISE.split()}
"""Operators that look at one value at a time and have one input."""

Shape = tuple[int, ...]


class Form(Enum):
    """How a changed value is held."""

    PATCHES = auto()
    FLAT = auto()
    WHOLE = auto()


@dataclass
class Plan:
    """The steps of a graph, and the values of the original input that they look up.

    ``shapes`` has the shape (C, spatial...) of every value held as patches; of a flattened one, that of what
    was flattened.
    """

    graph: OperatorGraph
    steps: dict[str, Step]
    forms: dict[str, Form]
    shapes: dict[str, Shape]

    @classmethod
    def of(cls, graph: OperatorGraph, shape: Shape) -> Plan:
        """The plan for inputs of ``shape`` (C, spatial...), changed in boxes."""
        plan = cls(graph, {}, {graph.input.name: Form.PATCHES}, {graph.input.name: shape})
        for node in graph.nodes:
            if node.name in graph.varying and node.operator not in NUMBERS:
                plan._add(node)
        return plan

    @property
    def caches(self) -> frozenset[str]:
        """The names of the values that are looked up, constants apart."""
        looked_up = {name for step in self.steps.values() for name in step.caches}
        return frozenset({self.graph.output} | (looked_up & self.graph.varying))

    def held(self, bytes_each: int) -> int:
        """The bytes that keeping `caches` takes."""
        shapes = (_known(self.graph.by_name[name]) for name in self.caches if name in self.graph.by_name)
        return bytes_each * sum(math.prod(shape[1:]) for shape in shapes)

    @property
    def local(self) -> bool:
        """Whether any convolution or pool is run on boxes: otherwise nothing is gained."""
        return any(isinstance(step, Sliding) for step in self.steps.values())

    def _add(self, node: Node) -> None:
        step = self._step(node)
        if step is None:
            names = [name for name in node.inputs if name is not None and name in self.shapes]
            step = Whole(node, {name: self.shapes[name] for name in names})
        self.steps[node.name] = step
        if isinstance(step, (Whole, Gathering, Dense)):
            self.forms[node.name] = Form.WHOLE
            return
        flat = isinstance(step, Flattening) or self.forms[step.source] is Form.FLAT
        self.forms[node.name] = Form.FLAT if flat else Form.PATCHES
        self.shapes[node.name] = self.shapes[step.source] if flat else _known(node)[1:]

    def _step(self, node: Node) -> Step | None:
        """The step that keeps it local; None where there is none."""
        taken = [name for name in node.inputs if name in self.graph.varying]
        source = node.inputs[0] if node.inputs else None
        if source is None or source not in taken:
            return None
        forms = {self.forms[name] for name in taken if name is not None}
        if forms == {Form.FLAT} and len(taken) == 1:
            return self._on_flat(node, source)
        if forms != {Form.PATCHES}:
            return None
        if len(taken) > 1:
            return self._joining(node)
        if node.operator in BY_THEMSELVES:
            return Pointwise(node)
        return self._on_patches(node, source)

    def _on_flat(self, node: Node, source: str) -> Step | None:
        if node.operator in BY_THEMSELVES:
            return Pointwise(node)
        if node.operator == "linear":
            return Dense(node, self.shapes[source])
        return None

    def _on_patches(self, node: Node, source: str) -> Step | None:
        shape, settings = self.shapes[source], node.settings
        space = shape[1:]
        everything = tuple(range(2, len(shape) + 1))
        if node.operator in ("affine", "prelu"):
            constants = [self.graph.constants.get(name) for name in node.inputs[1:] if name is not None]
            by_channel = all(
                tensor is not None and _by_channel(tensor, len(space), node.operator) for tensor in constants
            )
            return Pointwise(node) if by_channel else None
        if node.operator in ("mean", "sum"):
            dims = tuple(sorted(dim % (len(shape) + 1) for dim in settings["dims"] or ()))
            counted = math.prod(space) if node.operator == "mean" else 1
            return Gathering(node, counted) if dims == everything else None
        if node.operator == "adaptive_avg_pool":
            ones = len(settings["size"]) == len(space) and all(size == 1 for size in settings["size"])
            return Gathering(node, math.prod(space)) if ones else None
        if node.operator in ("flatten", "view"):
            return Flattening(node) if _known(node)[1:] == (math.prod(shape),) else None
        if node.operator in ("slice", "select") and settings["dim"] % (len(shape) + 1) == 1:
            return Pointwise(node) if node.operator == "slice" else None
        if node.operator == "pad":
            return _padding(node, len(space))
        if _known(node)[2:] == () or len(_known(node)) != len(shape) + 1:
            return None
        return self._sliding(node, shape)

    def _sliding(self, node: Node, shape: Shape) -> Step | None:
        settings, outputs, rank = node.settings, _known(node)[2:], len(shape) - 1
        if node.operator == "conv":
            weight = self.graph.constants.get(node.inputs[1] or "")
            if weight is None or any(name in self.graph.varying for name in node.inputs[2:]):
                return None
            kernel = tuple(weight.shape[2:])
            stride, padding, dilation = (tuple(settings[name]) for name in ("stride", "padding", "dilation"))
            return Sliding(node, Window(kernel, stride, padding, dilation), outputs)
        if node.operator not in ("max_pool", "avg_pool") or len(settings["kernel"]) != rank:
            return None
        kernel, stride, padding = (tuple(settings[name]) for name in ("kernel", "stride", "padding"))
        if node.operator == "max_pool":
            window = Window(kernel, stride, padding, tuple(settings["dilation"]), float("-inf"))
            return Sliding(node, window, outputs)
        window = Window(kernel, stride, padding, (1,) * rank)
        return Averaging(node, window, outputs, _divisors(node, shape[1:], window, outputs))

    def _joining(self, node: Node) -> Step | None:
        names = [name for name in node.inputs if name is not None]
        if any(name not in self.graph.varying for name in names):
            return None
        spaces = {self.shapes[name][1:] for name in names}
        if node.operator == "cat":
            rank = len(self.shapes[names[0]]) + 1
            fits = len(spaces) == 1 and node.settings["dim"] % rank == 1
        else:
            fits = node.operator in ("add", "sub", "mul", "div") and len(spaces) == 1
        return Joining(node, next(iter(spaces))) if fits else None


def _divisors(node: Node, space: Shape, window: Window, outputs: Shape) -> torch.Tensor:
    """What an average pool divides each window's sum by: how many ones are in it, over their average."""
    ones = torch.ones((1, 1, *space), dtype=torch.float64)
    averages = average_pool(node.settings, [ones])
    for axis, (wide, step, border, size) in enumerate(
        zip(window.kernel, window.stride, window.padding, outputs, strict=True), start=2
    ):
        places = torch.arange(size) * step - border
        low = places.clamp(min=0)
        high = (places + wide).clamp(max=space[axis - 2])
        shape = [1] * ones.dim()
        shape[axis] = size
        averages = averages / (high - low).double().reshape(shape)
    return 1 / averages


def _padding(node: Node, rank: int) -> Step | None:
    settings = node.settings
    amounts = list(settings["amounts"])
    if settings["mode"] != "constant" or min(amounts) < 0 or any(amounts[2 * rank :]):
        return None
    pairs = [(amounts[2 * axis], amounts[2 * axis + 1]) for axis in range(len(amounts) // 2)][:rank]
    before = [first for first, _ in pairs] + [0] * (rank - len(pairs))
    return Padding(node, tuple(before[::-1]))


def _by_channel(tensor: torch.Tensor, rank: int, operator: str) -> bool:
    """Whether a constant is the same everywhere in space."""
    if operator == "prelu":
        return True
    return all(size == 1 for size in tensor.shape[max(tensor.dim() - rank, 0) :])


def _known(node: Node) -> Shape:
    """A node's shape, 0 for the batch; (0,) where it is not known."""
    if node.shape is None or any(size is None for size in node.shape[1:]):
        return (0,)
    return tuple(size or 0 for size in node.shape)
