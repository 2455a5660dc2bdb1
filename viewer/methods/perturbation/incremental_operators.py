"""Operators on patches: what each computes for a changed box, and which original values it looks up.

A batch of changed inputs is propagated through the network as patches of one size, each at its own position.
Values outside a patch are those of the original input, and are looked up. An operator that is not local, or
not supported here, receives its changed inputs as whole tensors: exact, but not faster.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from viewer.models.graph.graph import Node
from viewer.models.graph.operators.chunking import update_in_chunks
from viewer.models.graph.operators.operator import CheckCancelled, Inputs, never_cancelled
from viewer.models.graph.operators.registry import find_operator

Starts = npt.NDArray[np.int64]
Sizes = tuple[int, ...]


@dataclass(frozen=True)
class Patch:
    """Values that differ from the original's inside one box per sample.

    Parameters
    ----------
    values
        (B, C, *size): the values in the boxes.
    starts
        (B, axes): the first voxel of each box, always inside the original.
    """

    values: torch.Tensor
    starts: Starts

    @property
    def size(self) -> Sizes:
        """Size of the boxes along each spatial axis."""
        return tuple(self.values.shape[2:])


@dataclass(frozen=True)
class SlidingWindow:
    """Geometry of a sliding operator, one entry per axis, and the fill value beyond the border."""

    kernel: Sizes
    stride: Sizes
    padding: Sizes
    dilation: Sizes
    fill: float = 0.0

    def output_boxes(self, starts: Starts, size: Sizes, outputs: Sizes) -> tuple[Starts, Sizes]:
        """Return the boxes of the output that boxes of the input affect: of one size, inside the output."""
        kernel, stride, padding, dilation = (
            np.array(entry) for entry in (self.kernel, self.stride, self.padding, self.dilation)
        )
        last = np.array(outputs) - 1
        low = -((dilation * (kernel - 1) - starts - padding) // stride)
        high = (starts + np.array(size) - 1 + padding) // stride
        low, high = np.clip(low, 0, last), np.clip(high, 0, last)
        common = np.maximum((high - low + 1).max(0), 1)
        return np.minimum(low, last + 1 - common), tuple(int(entry) for entry in common)

    def input_boxes(self, starts: Starts, size: Sizes) -> tuple[Starts, Sizes]:
        """Return the boxes of the input that boxes of the output depend on; they may cross the border."""
        sizes = (
            (count - 1) * step + dilation * (kernel - 1) + 1
            for count, step, dilation, kernel in zip(
                size, self.stride, self.dilation, self.kernel, strict=True
            )
        )
        return starts * np.array(self.stride) - np.array(self.padding), tuple(sizes)


def gather_patches(
    original: torch.Tensor,
    patch: Patch | None,
    starts: Starts,
    size: Sizes,
    fill: float = 0.0,
    check: CheckCancelled = never_cancelled,
) -> torch.Tensor:
    """Return the changed value in a box of each sample, (B, C, *size).

    Parameters
    ----------
    original
        (1, C, spatial...), the value of the original input.
    patch
        Values that differ from it; None if none do.
    starts, size
        The boxes.
    fill
        Value beyond the border.
    check
        Called before each sample; raises an error to cancel.
    """
    full_size = original.shape[2:]
    inside = bool((starts >= 0).all() and (starts + np.array(size) <= np.array(full_size)).all())
    patches = original.new_empty((len(starts), original.shape[1], *size))
    for index, start in enumerate(starts.tolist()):
        check()
        if not inside:
            patches[index] = fill
        _copy_intersection(original[0], [0] * len(full_size), patches[index], start)
        if patch is not None:
            _copy_intersection(patch.values[index], patch.starts[index].tolist(), patches[index], start)
    return patches


def scatter_patch(
    original: torch.Tensor, patch: Patch, check: CheckCancelled = never_cancelled
) -> torch.Tensor:
    """Return the changed values as whole tensors, (B, C, spatial...)."""
    size = tuple(original.shape[2:])
    return gather_patches(original, patch, np.zeros_like(patch.starts), size, check=check)


def _copy_intersection(
    source: torch.Tensor, source_start: list[int], target: torch.Tensor, target_start: list[int]
) -> None:
    """Copy the intersection of two boxes (C, *size), given their start positions."""
    source_slices, target_slices = [slice(None)], [slice(None)]
    for source_low, target_low, source_size, target_size in zip(
        source_start, target_start, source.shape[1:], target.shape[1:], strict=True
    ):
        low, high = max(source_low, target_low), min(source_low + source_size, target_low + target_size)
        if high <= low:
            return
        source_slices.append(slice(low - source_low, high - source_low))
        target_slices.append(slice(low - target_low, high - target_low))
    target[tuple(target_slices)] = source[tuple(source_slices)]


def enclose_patches(patches: list[Patch], full_size: Sizes) -> tuple[Starts, Sizes]:
    """Return boxes of one size that enclose the boxes of all the patches, inside ``full_size``."""
    low = np.minimum.reduce([patch.starts for patch in patches])
    high = np.maximum.reduce([patch.starts + np.array(patch.size) for patch in patches])
    common = (high - low).max(0)
    return np.minimum(low, np.array(full_size) - common), tuple(int(entry) for entry in common)


Values = Mapping[str, torch.Tensor]
Changed = Patch | torch.Tensor
"""A changed value: patches, or whole tensors (B, ...)."""


@dataclass(frozen=True)
class IncrementalStep(ABC):
    """One operator of the network on changed inputs.

    ``original`` maps names to the cached values and constants; ``changed`` maps names to changed values.
    """

    node: Node

    @property
    @abstractmethod
    def cached_names(self) -> frozenset[str]:
        """Names of the original's values that the step looks up."""

    @abstractmethod
    def run(
        self, node: Node, original: Values, changed: Mapping[str, Changed], check: CheckCancelled
    ) -> Changed:
        """Compute the changed output; ``node`` is the step's node with its sizes resolved.

        ``check`` is called before each chunk of a long computation, and raises an error to cancel.
        """

    @property
    def source(self) -> str:
        """Name of the first input."""
        assert self.node.inputs[0] is not None
        return self.node.inputs[0]


def require_patch(changed: Mapping[str, Changed], name: str) -> Patch:
    """Return a changed value that is known to be patches."""
    value = changed[name]
    assert isinstance(value, Patch)
    return value


def run_operator(node: Node, inputs: Inputs, check: CheckCancelled = never_cancelled) -> torch.Tensor:
    """Run the operator of a node; ``check`` is called before each chunk, and raises an error to cancel."""
    operator = find_operator(node.operator)
    if operator.chunked_forward is not None:
        return operator.chunked_forward(node.attributes, inputs, check)
    return operator.forward(node.attributes, inputs)


def constant_inputs(node: Node, original: Values) -> list[torch.Tensor | None]:
    """Return the inputs after the first, which are constants."""
    return [None if name is None else original[name] for name in node.inputs[1:]]


@dataclass(frozen=True)
class PointwiseStep(IncrementalStep):
    """Operator on single values or single voxels."""

    @property
    def cached_names(self) -> frozenset[str]:
        """Names of the cached values: none."""
        return frozenset()

    def run(
        self, node: Node, original: Values, changed: Mapping[str, Changed], check: CheckCancelled
    ) -> Changed:
        """Run the operator on the boxes."""
        patch = require_patch(changed, self.source)
        values = run_operator(node, [patch.values, *constant_inputs(node, original)], check)
        return Patch(values, patch.starts)


@dataclass(frozen=True)
class SlidingStep(IncrementalStep):
    """Sliding window: convolutions and pools. Boxes include the padding; the operator does not apply it."""

    window: SlidingWindow
    outputs: Sizes

    @property
    def cached_names(self) -> frozenset[str]:
        """Names of the cached values: the input, for the surroundings of the change."""
        return frozenset({self.source})

    def run(
        self, node: Node, original: Values, changed: Mapping[str, Changed], check: CheckCancelled
    ) -> Changed:
        """Compute every output that the change can affect."""
        patch = require_patch(changed, self.source)
        starts, size = self.window.output_boxes(patch.starts, patch.size, self.outputs)
        input_starts, input_size = self.window.input_boxes(starts, size)
        inputs = gather_patches(
            original[self.source], patch, input_starts, input_size, self.window.fill, check
        )
        return Patch(self.apply(node, inputs, original, starts, size, check), starts)

    def apply(
        self,
        node: Node,
        window_input: torch.Tensor,
        original: Values,
        starts: np.ndarray,
        size: Sizes,
        check: CheckCancelled,
    ) -> torch.Tensor:
        """Run the operator on the windows' input."""
        del starts, size
        unpadded = Node(
            node.name, node.operator, node.inputs, {**node.attributes, **self.unpadded_attributes}
        )
        return run_operator(unpadded, [window_input, *constant_inputs(node, original)], check)

    @property
    def unpadded_attributes(self) -> dict[str, object]:
        """Attributes without padding and without partial windows."""
        changes: dict[str, object] = {"padding": (0,) * len(self.outputs)}
        return changes | ({"ceil": False} if "ceil" in self.node.attributes else {})


@dataclass(frozen=True)
class AveragePoolStep(SlidingStep):
    """Average pool: sums of the windows, divided by each window's divisor."""

    divisors: torch.Tensor
    """(1, 1, outputs...)"""

    def apply(
        self,
        node: Node,
        window_input: torch.Tensor,
        original: Values,
        starts: np.ndarray,
        size: Sizes,
        check: CheckCancelled,
    ) -> torch.Tensor:
        """Compute the sums, divided as at the same positions of the original."""
        del original
        attributes = {**node.attributes, **self.unpadded_attributes, "divisor": 1, "count_padding": True}
        sums = run_operator(Node(node.name, node.operator, node.inputs, attributes), [window_input], check)
        return sums / gather_patches(self.divisors.to(sums), None, starts, size)


@dataclass(frozen=True)
class PaddingStep(IncrementalStep):
    """Padding with one constant value."""

    before: Sizes

    @property
    def cached_names(self) -> frozenset[str]:
        """Names of the cached values: none, as the change only moves."""
        return frozenset()

    def run(
        self, node: Node, original: Values, changed: Mapping[str, Changed], check: CheckCancelled
    ) -> Changed:
        """Move the boxes."""
        del node, original, check
        patch = require_patch(changed, self.source)
        return Patch(patch.values, patch.starts + np.array(self.before))


@dataclass(frozen=True)
class CombiningStep(IncrementalStep):
    """Combination of several values of one spatial size: sums, products and concatenation."""

    full_size: Sizes

    @property
    def cached_names(self) -> frozenset[str]:
        """Names of the cached values: all inputs, as they may have changed in different boxes."""
        return frozenset(name for name in self.node.inputs if name is not None)

    def run(
        self, node: Node, original: Values, changed: Mapping[str, Changed], check: CheckCancelled
    ) -> Changed:
        """Run the operator on boxes that enclose every change."""
        names = [name for name in node.inputs if name is not None]
        patches = [require_patch(changed, name) for name in names if name in changed]
        starts, size = enclose_patches(patches, self.full_size)
        inputs = [
            gather_patches(
                original[name],
                require_patch(changed, name) if name in changed else None,
                starts,
                size,
                check=check,
            )
            for name in names
        ]
        return Patch(run_operator(node, inputs, check), starts)


@dataclass(frozen=True)
class ReductionStep(IncrementalStep):
    """Sum or mean over all of space: the original's, plus the contribution of the change."""

    count: int
    """Divisor of the sum."""

    @property
    def cached_names(self) -> frozenset[str]:
        """Names of the cached values: the input and the output."""
        return frozenset({self.source, self.node.name})

    def run(
        self, node: Node, original: Values, changed: Mapping[str, Changed], check: CheckCancelled
    ) -> Changed:
        """Compute the changed sums."""
        patch = require_patch(changed, self.source)
        increase = patch_difference(original[self.source], patch, check).flatten(2).sum(2)
        previous = original[node.name]
        return previous + (increase / self.count).reshape(len(increase), *previous.shape[1:])


@dataclass(frozen=True)
class FlattenStep(IncrementalStep):
    """Flattening of channels and space; the boxes are kept until a dense layer uses them."""

    @property
    def cached_names(self) -> frozenset[str]:
        """Names of the cached values: none."""
        return frozenset()

    def run(
        self, node: Node, original: Values, changed: Mapping[str, Changed], check: CheckCancelled
    ) -> Changed:
        """Return the boxes."""
        del node, original, check
        return require_patch(changed, self.source)


@dataclass(frozen=True)
class LinearStep(IncrementalStep):
    """Dense layer on a flattened volume: the original's output, plus the contribution of the change."""

    shape: tuple[int, ...]
    """Shape (C, spatial...) before flattening."""

    @property
    def cached_names(self) -> frozenset[str]:
        """Names of the cached values: the input and the output."""
        return frozenset({self.source, self.node.name})

    def run(
        self, node: Node, original: Values, changed: Mapping[str, Changed], check: CheckCancelled
    ) -> Changed:
        """Compute the changed outputs (B, out)."""
        patch = require_patch(changed, self.source)
        weight = node.inputs[1]
        assert weight is not None
        weights = original[weight].reshape(-1, *self.shape)
        changes = patch_difference(original[self.source].reshape(1, *self.shape), patch, check).flatten(1)
        rows = []
        for change, start in zip(changes, patch.starts.tolist(), strict=True):
            box = tuple(slice(low, low + length) for low, length in zip(start, patch.size, strict=True))
            rows.append(weights[(slice(None), slice(None), *box)].reshape(len(weights), -1) @ change)
        return original[node.name] + torch.stack(rows)


@dataclass(frozen=True)
class FullStep(IncrementalStep):
    """Operator on its changed inputs as whole tensors."""

    patch_shapes: Mapping[str, tuple[int, ...]]
    """Shape (C, spatial...) of the inputs that are patches, whether flattened or not."""

    @property
    def cached_names(self) -> frozenset[str]:
        """Names of the cached values: every input, for the surroundings of the boxes and unchanged inputs."""
        return frozenset(name for name in self.node.inputs if name is not None)

    def run(
        self, node: Node, original: Values, changed: Mapping[str, Changed], check: CheckCancelled
    ) -> Changed:
        """Run the operator."""
        inputs: list[torch.Tensor | None] = []
        for name in node.inputs:
            value = None if name is None else changed.get(name)
            if isinstance(value, Patch):
                assert name is not None
                unpatched = original[name]
                patched = scatter_patch(unpatched.reshape(1, *self.patch_shapes[name]), value, check)
                inputs.append(patched.reshape(len(patched), *unpatched.shape[1:]))
            elif name is None or value is not None:
                inputs.append(value)
            else:
                inputs.append(original[name])
        return run_operator(node, inputs, check)


def patch_difference(original: torch.Tensor, patch: Patch, check: CheckCancelled) -> torch.Tensor:
    """Compute the difference of the boxes from the original: (B, C, *size)."""
    difference = gather_patches(original, None, patch.starts, patch.size, check=check)
    return update_in_chunks(
        lambda chunk, values: torch.sub(values, chunk, out=chunk), difference, patch.values, check=check
    )
