"""Layers of neurons (convolutions, dense layers, sums of two branches) and the input patches they see.

A neuron sees a patch x of its input and computes y = wᵀx + b.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import torch

from viewer.models.graph.graph import Node

Tensor = torch.Tensor

BLOCK_SIZE = 2**20
"""Maximum number of values in a block, which keeps intermediate results small."""


class PaddingMode(StrEnum):
    """Whether patches that overlap the zero padding are counted."""

    COUNT = "count"
    SKIP = "skip"


@dataclass(frozen=True)
class PatchBlock:
    """Some of the patches of one input, and the neurons' outputs for them.

    Parameters
    ----------
    x
        The input that contains the patches, in the layout of the layer type.
    y
        (N, groups, neurons of a group, places...).
    """

    x: Tensor
    y: Tensor


@dataclass(frozen=True, eq=False)
class NeuronLayer(ABC):
    """Layer of neurons that share their patches.

    Parameters
    ----------
    key
        Identifier of the layer within its network, independent of the input size.
    node
        Node of the graph.
    weight
        (groups, neurons of a group, patch...), float64 on the CPU.
    bias
        (groups, neurons of a group), float64 on the CPU.
    """

    key: str
    node: Node
    weight: Tensor
    bias: Tensor

    @property
    def groups(self) -> int:
        """Number of groups; neurons of one group see the same channels."""
        return int(self.weight.shape[0])

    @property
    def neuron_count(self) -> int:
        """Number of neurons."""
        return int(self.weight.shape[0] * self.weight.shape[1])

    @property
    def input_count(self) -> int:
        """Number of input values of the node."""
        return 1

    @property
    def patch_shape(self) -> tuple[int, ...]:
        """Shape of the patch that one neuron sees."""
        return tuple(self.weight.shape[2:])

    @abstractmethod
    def channel_means(self, inputs: Sequence[Tensor]) -> Tensor:
        """Return the input's mean by channel; broadcasts against (groups, patch...)."""

    @abstractmethod
    def subtract_means(self, x: Tensor, means: Tensor) -> Tensor:
        """Subtract the means from a block's x."""

    @abstractmethod
    def iterate_blocks(
        self, inputs: Sequence[Tensor], output: Tensor, padding: PaddingMode
    ) -> Iterator[PatchBlock]:
        """Yield all patches of one run of the network, block by block."""

    @abstractmethod
    def correlate(self, x: Tensor, g: Tensor) -> Tensor:
        """Compute Σ g x over all positions, of every patch value with every row of g.

        ``g`` is (N, groups, rows, positions...); the result (groups, rows, patch...).
        """

    @abstractmethod
    def sum_patches(self, block: PatchBlock, x: Tensor) -> Tensor:
        """Compute Σ x over all positions of a block, per patch value: (groups, patch...), float64 on the CPU.

        ``x`` replaces the block's own x.
        """

    @abstractmethod
    def extract_patches(
        self, inputs: Sequence[Tensor], patch_indices: Tensor, padding: PaddingMode
    ) -> Tensor:
        """Return single patches, (positions, groups, patch values), at flat indices ``patch_indices``."""

    @abstractmethod
    def count_patches(self, output: Tensor, inputs: Sequence[Tensor], padding: PaddingMode) -> int:
        """Return the number of patches per neuron in one run of the network."""


def sum_in_float64(values: Tensor, axes: tuple[int, ...] | int) -> Tensor:
    """Compute a sum in float64; the result is on the CPU."""
    if values.device.type == "mps":
        return values.sum(axes).cpu().double()
    return values.sum(axes, dtype=torch.float64).cpu()


def sum_squares_in_float64(values: Tensor, axes: tuple[int, ...]) -> Tensor:
    """Compute a sum of squares in float64, on the CPU, without storing all squares at once."""
    precision = torch.float32 if values.device.type == "mps" else torch.float64
    norm: Tensor = torch.linalg.vector_norm(values, dim=axes, dtype=precision)
    return norm.cpu().double().square()


@dataclass(frozen=True, eq=False)
class DenseLayer(NeuronLayer):
    """Rows of a dense layer."""

    def channel_means(self, inputs: Sequence[Tensor]) -> Tensor:
        """Return the mean by input; (1, in)."""
        rows = inputs[0].reshape(-1, inputs[0].shape[-1])
        return rows.mean(0).cpu().double()[None]

    def subtract_means(self, x: Tensor, means: Tensor) -> Tensor:
        """Subtract the means from the rows."""
        return x - means.to(x)

    def iterate_blocks(
        self, inputs: Sequence[Tensor], output: Tensor, padding: PaddingMode
    ) -> Iterator[PatchBlock]:
        """Yield the rows in blocks."""
        del padding
        x, y = (tensor.reshape(-1, tensor.shape[-1]) for tensor in (inputs[0], output))
        rows = max(1, BLOCK_SIZE // max(x.shape[1], 3 * y.shape[1] + 1))
        for start in range(0, len(x), rows):
            yield PatchBlock(x[start : start + rows], y[start : start + rows, None])

    def correlate(self, x: Tensor, g: Tensor) -> Tensor:
        """Compute Gᵀ x."""
        return (g[:, 0].T @ x)[None]

    def sum_patches(self, block: PatchBlock, x: Tensor) -> Tensor:
        """Compute the sum of the rows."""
        del block
        return sum_in_float64(x, 0)[None]

    def extract_patches(
        self, inputs: Sequence[Tensor], patch_indices: Tensor, padding: PaddingMode
    ) -> Tensor:
        """Return rows of x."""
        del padding
        return inputs[0].reshape(-1, inputs[0].shape[-1])[patch_indices][:, None]

    def count_patches(self, output: Tensor, inputs: Sequence[Tensor], padding: PaddingMode) -> int:
        """Return the number of rows."""
        del inputs, padding
        return output.numel() // output.shape[-1]


@dataclass(frozen=True, eq=False)
class SumLayer(NeuronLayer):
    """Channels of a sum (or difference) of two branches of one shape."""

    @property
    def input_count(self) -> int:
        """Number of branches: 2."""
        return 2

    def channel_means(self, inputs: Sequence[Tensor]) -> Tensor:
        """Return the mean by branch and channel; (channels, 2)."""
        return torch.stack([_flatten_space(x).mean((0, 2)).cpu().double() for x in inputs], -1)

    def subtract_means(self, x: Tensor, means: Tensor) -> Tensor:
        """Subtract the means from both branches."""
        return x - means.to(x)[None, :, :, None]

    def iterate_blocks(
        self, inputs: Sequence[Tensor], output: Tensor, padding: PaddingMode
    ) -> Iterator[PatchBlock]:
        """Yield the positions in blocks."""
        del padding
        x, y = [_flatten_space(tensor) for tensor in inputs], _flatten_space(output)
        length = max(1, BLOCK_SIZE // (4 * y.shape[0] * y.shape[1]))
        for start in range(0, y.shape[2], length):
            cut = (..., slice(start, start + length))
            yield PatchBlock(torch.stack([tensor[cut] for tensor in x], 2), y[cut][:, :, None])

    def correlate(self, x: Tensor, g: Tensor) -> Tensor:
        """Compute one small product per channel."""
        return torch.einsum("ncrp,ncip->cri", g, x)

    def sum_patches(self, block: PatchBlock, x: Tensor) -> Tensor:
        """Compute the sums of both branches."""
        del block
        return sum_in_float64(x, (0, 3))

    def extract_patches(
        self, inputs: Sequence[Tensor], patch_indices: Tensor, padding: PaddingMode
    ) -> Tensor:
        """Return the values of both branches."""
        del padding
        stacked = torch.stack([_flatten_space(x).movedim(1, -1).flatten(0, 1) for x in inputs], -1)
        return stacked[patch_indices]

    def count_patches(self, output: Tensor, inputs: Sequence[Tensor], padding: PaddingMode) -> int:
        """Return the number of samples times positions."""
        del inputs, padding
        return output.numel() // output.shape[1]


def _flatten_space(x: Tensor) -> Tensor:
    """Reshape to (N, channels, positions)."""
    return x.reshape(x.shape[0], x.shape[1], -1)


UNFOLD_LIMIT = 20480
"""Product of a sample's first sizes up to which torch unfolds a convolution instead of calling oneDNN."""


@dataclass(frozen=True, eq=False)
class ConvolutionLayer(NeuronLayer):
    """Channels of a convolution in one to three dimensions."""

    def channel_means(self, inputs: Sequence[Tensor]) -> Tensor:
        """Return the mean over the input, without padding; (groups, channels of a group, 1...)."""
        x = inputs[0]
        means = x.mean((0, *range(2, x.dim())))
        return means.cpu().double().reshape(self.groups, -1, *(1,) * (len(self.patch_shape) - 1))

    def subtract_means(self, x: Tensor, means: Tensor) -> Tensor:
        """Subtract the means from x, also from its zero padding."""
        return x - means.to(x).reshape(1, -1, *(1,) * (x.dim() - 2))

    def iterate_blocks(
        self, inputs: Sequence[Tensor], output: Tensor, padding: PaddingMode
    ) -> Iterator[PatchBlock]:
        """Yield slabs along the first spatial axis."""
        x = inputs[0]
        spans = self._output_ranges(tuple(x.shape[2:]), tuple(output.shape[2:]), padding)
        slab_size = math.prod(max(stop - start, 0) for start, stop in spans[1:])
        first, last = spans[0]
        if slab_size == 0 or last <= first:
            return
        row_size = slab_size * max(
            3 * self.neuron_count + self.groups, x.shape[1] * self.node.attributes["stride"][0]
        )
        rows = max(1, BLOCK_SIZE // (len(x) * row_size))
        for start in range(first, last, rows):
            slab = ((start, min(start + rows, last)), *spans[1:])
            y = output[(slice(None), slice(None), *(slice(*span) for span in slab))]
            grouped = y.reshape(len(y), self.groups, -1, *y.shape[2:])
            yield PatchBlock(self._crop_input(x, slab), grouped)

    def correlate(self, x: Tensor, g: Tensor) -> Tensor:
        """Compute the weight gradient of a convolution with g as the gradient of its output."""
        if not self._is_faster_halved(x, g):
            return self._correlate_slab(x, g)
        step = self.node.attributes["stride"][0]
        reach = self.node.attributes["dilation"][0] * (self.patch_shape[1] - 1)
        half = g.shape[3] // 2
        length = (half - 1) * step + reach + 1
        halves = torch.cat((x[:, :, :length], x[:, :, half * step : half * step + length]))
        products = self._correlate_slab(halves, torch.cat((g[:, :, :, :half], g[:, :, :, half : 2 * half])))
        if g.shape[3] % 2:
            products += self._correlate_slab(x[:, :, 2 * half * step :], g[:, :, :, 2 * half :])
        return products

    def _is_faster_halved(self, x: Tensor, g: Tensor) -> bool:
        """Return whether torch would unfold this slab, but not two half slabs as a batch.

        For a single sample torch compares only the first axes, and mistakes a flat 3D slab for a small input.
        """
        fits_unfold = x.dim() == 5 and len(x) == 1 and x.shape[1] * x.shape[2] * x.shape[3] <= UNFOLD_LIMIT
        fast_kernel = x.dtype == torch.float32 and x.device.type == "cpu" and self.groups == 1
        return fits_unfold and fast_kernel and x.shape[1] >= 8 and g.shape[3] >= 2

    def _correlate_slab(self, x: Tensor, g: Tensor) -> Tensor:
        attributes = self.node.attributes
        rows = g.shape[2]
        gradient = torch.ops.aten.convolution_backward(
            g.reshape(len(g), -1, *g.shape[3:]),
            x,
            x.new_empty(1).expand(self.groups * rows, *self.patch_shape),
            None,
            attributes["stride"],
            (0,) * (x.dim() - 2),
            attributes["dilation"],
            False,
            (0,) * (x.dim() - 2),
            self.groups,
            (False, True, False),
        )[1]
        products: Tensor = gradient.reshape(self.groups, rows, *self.patch_shape)
        return products

    def sum_patches(self, block: PatchBlock, x: Tensor) -> Tensor:
        """Sum one axis after the other: for every kernel position, the slices that it covers.

        The last axis comes first: its slices are contiguous in memory, and the result is small.
        """
        sums, attributes = x, self.node.attributes
        for axis in reversed(range(len(self.patch_shape) - 1)):
            size, step, dilation = (
                block.y.shape[3 + axis],
                attributes["stride"][axis],
                attributes["dilation"][axis],
            )
            dim, length = 2 + axis, (size - 1) * step + 1
            # The kernel's axis replaces the summed one.
            shifted = [
                sum_in_float64(sums.narrow(dim, tap * dilation, length).movedim(dim, 0)[::step], 0)
                for tap in range(self.patch_shape[1 + axis])
            ]
            sums = torch.stack(shifted, dim)
        return sums.sum(0).reshape(self.groups, *self.patch_shape)

    def extract_patches(
        self, inputs: Sequence[Tensor], patch_indices: Tensor, padding: PaddingMode
    ) -> Tensor:
        """Return the picked patches, from a view of all of them, which takes no memory."""
        x, attributes, rank = inputs[0], self.node.attributes, len(self.patch_shape) - 1
        view = self._crop_input(
            x, self._output_ranges(tuple(x.shape[2:]), self._output_shape(tuple(x.shape[2:])), padding)
        )
        for axis in range(rank):
            reach = attributes["dilation"][axis] * (self.patch_shape[1 + axis] - 1)
            view = view.unfold(2 + axis, reach + 1, attributes["stride"][axis])
        for axis, dilation in enumerate(attributes["dilation"]):
            view = view.movedim(2 + rank + axis, 0)[::dilation].movedim(0, 2 + rank + axis)
        view = view.movedim(1, 1 + rank)
        index = torch.unravel_index(patch_indices.to(x.device), view.shape[: 1 + rank])
        return view[index].reshape(len(patch_indices), self.groups, -1)

    def count_patches(self, output: Tensor, inputs: Sequence[Tensor], padding: PaddingMode) -> int:
        """Return the number of samples times positions."""
        spans = self._output_ranges(tuple(inputs[0].shape[2:]), tuple(output.shape[2:]), padding)
        return len(output) * math.prod(max(stop - start, 0) for start, stop in spans)

    def _output_shape(self, spatial: tuple[int, ...]) -> tuple[int, ...]:
        attributes = self.node.attributes
        rows = zip(
            spatial,
            self.patch_shape[1:],
            attributes["stride"],
            attributes["padding"],
            attributes["dilation"],
            strict=True,
        )
        return tuple(
            (size + 2 * pad - dilation * (kernel - 1) - 1) // step + 1
            for size, kernel, step, pad, dilation in rows
        )

    def _output_ranges(
        self, spatial: tuple[int, ...], output_shape: tuple[int, ...], padding: PaddingMode
    ) -> tuple[tuple[int, int], ...]:
        """Return, for every axis, the first position that is counted and one past the last."""
        if padding is PaddingMode.COUNT:
            return tuple((0, size) for size in output_shape)
        attributes = self.node.attributes
        spans = []
        for axis, size in enumerate(spatial):
            step, pad = attributes["stride"][axis], attributes["padding"][axis]
            reach = attributes["dilation"][axis] * (self.patch_shape[1 + axis] - 1)
            spans.append((-(-pad // step), (size - 1 - reach + pad) // step + 1))
        return tuple(spans)

    def _crop_input(self, x: Tensor, output_ranges: Sequence[tuple[int, int]]) -> Tensor:
        """Return the part of x, with its zero padding, that contains the patches of some positions."""
        attributes = self.node.attributes
        slices: list[slice] = [slice(None), slice(None)]
        padding: list[int] = []
        for axis, (start, stop) in enumerate(output_ranges):
            step, pad = attributes["stride"][axis], attributes["padding"][axis]
            reach = attributes["dilation"][axis] * (self.patch_shape[1 + axis] - 1)
            low, high = start * step - pad, (stop - 1) * step - pad + reach + 1
            size = x.shape[2 + axis]
            slices.append(slice(max(low, 0), min(high, size)))
            padding = [max(-low, 0), max(high - size, 0), *padding]
        part = x[tuple(slices)]
        return torch.nn.functional.pad(part, padding) if any(padding) else part
