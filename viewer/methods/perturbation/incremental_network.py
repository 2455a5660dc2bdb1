"""Incremental forward pass for many inputs that each differ from one original in a box.

All values of the original input are cached; for each changed input only what the box can affect is
recomputed, by a plan made once per network and input size. The outputs equal those of the whole network, up
to rounding differences from the order of summation.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from math import prod

import torch

from viewer.methods.perturbation.incremental_operators import (
    AveragePoolStep,
    Changed,
    CombiningStep,
    FlattenStep,
    FullStep,
    IncrementalStep,
    LinearStep,
    PaddingStep,
    Patch,
    PointwiseStep,
    ReductionStep,
    SlidingStep,
    SlidingWindow,
    run_operator,
    scatter_patch,
)
from viewer.models.graph.graph import Node, OperatorGraph
from viewer.models.graph.interpreter import compute_number, compute_values, find_last_uses
from viewer.models.graph.operators.aten_passthrough import POINTWISE
from viewer.models.graph.operators.pooling import avg_pool
from viewer.models.graph.operators.scalar_ops import NUMBERS
from viewer.progress import Progress

POINTWISE_OPERATORS = frozenset(
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
"""Pointwise operators with one input."""

Shape = tuple[int, ...]


class ValueLayout(Enum):
    """Layout of a changed value: patches, patches of a flattened volume, or whole tensors."""

    PATCHES = auto()
    FLAT = auto()
    WHOLE = auto()


@dataclass
class IncrementalPlan:
    """Steps of a graph, and the values of the original input that they look up.

    ``shapes`` has the shape (C, spatial...) of every value held as patches; for a flattened one, its shape
    before flattening.
    """

    graph: OperatorGraph
    steps: dict[str, IncrementalStep]
    layouts: dict[str, ValueLayout]
    shapes: dict[str, Shape]

    @classmethod
    def make(cls, graph: OperatorGraph, shape: Shape) -> IncrementalPlan:
        """Make the plan for inputs of ``shape`` (C, spatial...), changed in boxes."""
        plan = cls(graph, {}, {graph.input.name: ValueLayout.PATCHES}, {graph.input.name: shape})
        for node in graph.nodes:
            if node.name in graph.input_dependent and node.operator not in NUMBERS:
                plan._add_step(node)
        return plan

    @property
    def cached_names(self) -> frozenset[str]:
        """Names of the values that are looked up, except constants."""
        cached = {name for step in self.steps.values() for name in step.cached_names}
        return frozenset({self.graph.output} | (cached & self.graph.input_dependent))

    def cache_bytes(self, bytes_per_value: int) -> int:
        """Return the number of bytes that the values of `cached_names` take."""
        shapes = (
            _known_shape(self.graph.by_name[name]) for name in self.cached_names if name in self.graph.by_name
        )
        return bytes_per_value * sum(math.prod(shape[1:]) for shape in shapes)

    @property
    def is_local(self) -> bool:
        """Whether any convolution or pool is run on boxes; otherwise there is no speed-up."""
        return any(isinstance(step, SlidingStep) for step in self.steps.values())

    def _add_step(self, node: Node) -> None:
        step = self._choose_step(node)
        if step is None:
            names = [name for name in node.inputs if name is not None and name in self.shapes]
            step = FullStep(node, {name: self.shapes[name] for name in names})
        self.steps[node.name] = step
        if isinstance(step, (FullStep, ReductionStep, LinearStep)):
            self.layouts[node.name] = ValueLayout.WHOLE
            return
        flat = isinstance(step, FlattenStep) or self.layouts[step.source] is ValueLayout.FLAT
        self.layouts[node.name] = ValueLayout.FLAT if flat else ValueLayout.PATCHES
        self.shapes[node.name] = self.shapes[step.source] if flat else _known_shape(node)[1:]

    def _choose_step(self, node: Node) -> IncrementalStep | None:
        """Return the step that runs the node on boxes; None if there is none."""
        dependent = [name for name in node.inputs if name in self.graph.input_dependent]
        source = node.inputs[0] if node.inputs else None
        if source is None or source not in dependent:
            return None
        forms = {self.layouts[name] for name in dependent if name is not None}
        if forms == {ValueLayout.FLAT} and len(dependent) == 1:
            return self._flat_step(node, source)
        if forms != {ValueLayout.PATCHES}:
            return None
        if len(dependent) > 1:
            return self._combining_step(node)
        if node.operator in POINTWISE_OPERATORS:
            return PointwiseStep(node)
        return self._patch_step(node, source)

    def _flat_step(self, node: Node, source: str) -> IncrementalStep | None:
        if node.operator in POINTWISE_OPERATORS:
            return PointwiseStep(node)
        if node.operator == "linear":
            return LinearStep(node, self.shapes[source])
        return None

    def _patch_step(self, node: Node, source: str) -> IncrementalStep | None:
        shape, attributes = self.shapes[source], node.attributes
        space = shape[1:]
        all_dims = tuple(range(2, len(shape) + 1))
        if node.operator in ("affine", "prelu"):
            constants = [self.graph.constants.get(name) for name in node.inputs[1:] if name is not None]
            by_channel = all(
                tensor is not None and _is_per_channel(tensor, len(space), node.operator)
                for tensor in constants
            )
            return PointwiseStep(node) if by_channel else None
        if node.operator in ("mean", "sum"):
            dims = tuple(sorted(dim % (len(shape) + 1) for dim in attributes["dims"] or ()))
            count = math.prod(space) if node.operator == "mean" else 1
            return ReductionStep(node, count) if dims == all_dims else None
        if node.operator == "adaptive_avg_pool":
            is_global = len(attributes["size"]) == len(space) and all(
                size == 1 for size in attributes["size"]
            )
            return ReductionStep(node, math.prod(space)) if is_global else None
        if node.operator in ("flatten", "view"):
            return FlattenStep(node) if _known_shape(node)[1:] == (math.prod(shape),) else None
        if node.operator in ("slice", "select") and attributes["dim"] % (len(shape) + 1) == 1:
            return PointwiseStep(node) if node.operator == "slice" else None
        if node.operator == "pad":
            return _padding_step(node, len(space))
        if _known_shape(node)[2:] == () or len(_known_shape(node)) != len(shape) + 1:
            return None
        return self._sliding_step(node, shape)

    def _sliding_step(self, node: Node, shape: Shape) -> IncrementalStep | None:
        attributes, outputs, rank = node.attributes, _known_shape(node)[2:], len(shape) - 1
        if node.operator == "conv":
            weight = self.graph.constants.get(node.inputs[1] or "")
            if weight is None or any(name in self.graph.input_dependent for name in node.inputs[2:]):
                return None
            kernel = tuple(weight.shape[2:])
            stride, padding, dilation = (
                tuple(attributes[name]) for name in ("stride", "padding", "dilation")
            )
            return SlidingStep(node, SlidingWindow(kernel, stride, padding, dilation), outputs)
        if node.operator not in ("max_pool", "avg_pool") or len(attributes["kernel"]) != rank:
            return None
        kernel, stride, padding = (tuple(attributes[name]) for name in ("kernel", "stride", "padding"))
        if node.operator == "max_pool":
            window = SlidingWindow(kernel, stride, padding, tuple(attributes["dilation"]), float("-inf"))
            return SlidingStep(node, window, outputs)
        window = SlidingWindow(kernel, stride, padding, (1,) * rank)
        return AveragePoolStep(node, window, outputs, _average_divisors(node, shape[1:], window, outputs))

    def _combining_step(self, node: Node) -> IncrementalStep | None:
        names = [name for name in node.inputs if name is not None]
        if any(name not in self.graph.input_dependent for name in names):
            return None
        spaces = {self.shapes[name][1:] for name in names}
        if node.operator == "cat":
            rank = len(self.shapes[names[0]]) + 1
            is_local = len(spaces) == 1 and node.attributes["dim"] % rank == 1
        else:
            is_local = node.operator in ("add", "sub", "mul", "div") and len(spaces) == 1
        return CombiningStep(node, next(iter(spaces))) if is_local else None


def _average_divisors(node: Node, space: Shape, window: SlidingWindow, outputs: Shape) -> torch.Tensor:
    """Return the divisor of each window's sum in an average pool."""
    ones = torch.ones((1, 1, *space), dtype=torch.float64)
    averages = avg_pool(node.attributes, [ones])
    for axis, (kernel, step, padding, size) in enumerate(
        zip(window.kernel, window.stride, window.padding, outputs, strict=True), start=2
    ):
        positions = torch.arange(size) * step - padding
        low = positions.clamp(min=0)
        high = (positions + kernel).clamp(max=space[axis - 2])
        shape = [1] * ones.dim()
        shape[axis] = size
        averages = averages / (high - low).double().reshape(shape)
    return 1 / averages


def _padding_step(node: Node, rank: int) -> IncrementalStep | None:
    attributes = node.attributes
    amounts = list(attributes["amounts"])
    if attributes["mode"] != "constant" or min(amounts) < 0 or any(amounts[2 * rank :]):
        return None
    pairs = [(amounts[2 * axis], amounts[2 * axis + 1]) for axis in range(len(amounts) // 2)][:rank]
    leading = [first for first, _ in pairs] + [0] * (rank - len(pairs))
    return PaddingStep(node, tuple(leading[::-1]))


def _is_per_channel(tensor: torch.Tensor, rank: int, operator: str) -> bool:
    """Return whether a constant is the same at all spatial positions."""
    if operator == "prelu":
        return True
    return all(size == 1 for size in tensor.shape[max(tensor.dim() - rank, 0) :])


def _known_shape(node: Node) -> Shape:
    """Return a node's shape, with 0 for the batch; (0,) if unknown."""
    if node.shape is None or any(size is None for size in node.shape[1:]):
        return (0,)
    return tuple(size or 0 for size in node.shape)


class IncrementalNetwork:
    """Network with cached values of one original input.

    Parameters
    ----------
    graph
        Graph of the network, for inputs like ``x``.
    plan
        Steps of the graph.
    x
        The original input, (1, C, spatial...).
    progress
        Progress of running the network on it.
    """

    def __init__(
        self, graph: OperatorGraph, plan: IncrementalPlan, x: torch.Tensor, progress: Progress | None = None
    ) -> None:
        self._graph = graph
        self._plan = plan
        values = compute_values(graph, x, plan.cached_names, progress)
        values[graph.input.name] = x
        self._original = {**graph.constants, **values}
        self._last_uses = find_last_uses(list(graph.nodes))

    @property
    def output(self) -> torch.Tensor:
        """Output for the original input."""
        return self._original[self._graph.output]

    def outputs(self, patch: Patch, progress: Progress | None = None) -> torch.Tensor:
        """Compute the outputs for the changed inputs: (B, classes, ...).

        Raises
        ------
        Cancelled
            When ``progress`` is cancelled.
        """
        check = (progress or Progress()).raise_if_cancelled
        changed: dict[str, Changed] = {self._graph.input.name: patch}
        count = len(patch.values)
        sizes: dict[str, int] = {}
        for position, node in enumerate(self._graph.nodes):
            check()
            if node.operator in NUMBERS:
                sizes[node.name] = compute_number(
                    node, lambda name: self._shaped_tensor(name, changed, count), sizes
                )
            elif node.name in self._plan.steps:
                step = self._plan.steps[node.name]
                changed[node.name] = step.run(node.with_sizes(sizes), self._original, changed, check)
            else:
                # The step does not depend on the input's values, but may depend on the number of samples.
                inputs = [self._unchanged_value(name, changed) for name in node.inputs]
                changed[node.name] = run_operator(node.with_sizes(sizes), inputs, check)
            for name in node.inputs:
                if name is not None and self._last_uses[name] == position:
                    changed.pop(name, None)
        output = changed[self._graph.output]
        if not isinstance(output, Patch):
            return output
        original = self.output
        shape = self._plan.shapes[self._graph.output]
        return scatter_patch(original.reshape(1, *shape), output).reshape(count, *original.shape[1:])

    def _unchanged_value(self, name: str | None, changed: Mapping[str, Changed]) -> torch.Tensor | None:
        """Return a value that does not depend on the input."""
        value = None if name is None else changed.get(name, self._original.get(name))
        assert not isinstance(value, Patch)
        return value

    def _shaped_tensor(self, name: str, changed: Mapping[str, Changed], count: int) -> torch.Tensor:
        """Return a tensor of the shape of a value."""
        value = changed.get(name)
        if isinstance(value, Patch):
            shape = self._plan.shapes[name]
            flat = self._plan.layouts[name] is ValueLayout.FLAT
            return torch.empty((count, prod(shape)) if flat else (count, *shape), device="meta")
        return self._original[name] if value is None else value
