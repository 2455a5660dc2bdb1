"""Convolutions and their transposes on the CPU, in chunks, and faster for few channels.

A large convolution is computed for a few slices of its output at a time, so that it can be cancelled between
chunks and the library's work memory stays small. No value is computed twice.

Few channels leave SIMD vectors mostly empty. If the input is a volume of one channel, the kernel's taps along
the last axis become channels; if the output has few channels, several of its slices become channels. Both
give the same sums, in half the time or less.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import torch

from viewer.models.graph.operators.conv_geometry import ConvGeometry, Shape
from viewer.models.graph.operators.onednn_convolution import (
    convolution,
    is_tracked_by_autograd,
    transposed_convolution,
    uses_onednn,
    vector_width,
)
from viewer.models.graph.operators.operator import CheckCancelled, never_cancelled

Tensor = torch.Tensor

CHUNK_OPERATIONS = 3 * 2**29
"""Operations per chunk: about 30 ms on one core."""

VALUE_OPERATIONS = 32
"""Number of multiplications that take as long as reading or writing a value."""

ONEDNN_VALUES = 20480
"""PyTorch leaves a single sample of a transposed convolution to oneDNN only if its channels × first axis ×
second axis exceed this (``use_mkldnn`` in aten/src/ATen/native/Convolution.cpp); its own is half as fast."""

MAX_LIFTED_TAPS = 3
"""Kernel size up to which lifting is faster than the library's forward convolution of one channel."""


def convolve_in_chunks(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    geometry: ConvGeometry,
    check: CheckCancelled = never_cancelled,
) -> Tensor:
    """Compute W x + b: x (N, C, spatial...), weight (out, C / groups, kernel...)."""
    plan = _ConvolutionPlan.create(x, weight, bias, geometry)
    size = geometry.output_size(tuple(x.shape[2:]), tuple(weight.shape[2:]))
    if x.device.type != "cpu" or is_tracked_by_autograd(x, weight) or min(size) < 1:
        return plan.compute(x)
    operations = plan.operations_per_sample(size)
    chunks = list(_iterate_chunks(len(x), size[0], operations, plan.slices_per_pass))
    if len(chunks) == 1 and plan.slices_per_pass == 1:
        return plan.compute(x)
    output = x.new_empty((len(x), weight.shape[0], *size))
    step, border = geometry.stride[0], geometry.padding[0]
    extent = geometry.dilation[0] * (weight.shape[2] - 1) + 1
    for samples, first, last in chunks:
        # The last pass over several slices may extend beyond the output.
        rounded_last = first + math.ceil((last - first) / plan.slices_per_pass) * plan.slices_per_pass
        start, stop = first * step - border, (rounded_last - 1) * step - border + extent
        block = x[samples, :, max(start, 0) : max(min(stop, x.shape[2]), 0)]
        sides = (max(-start, 0), max(stop - x.shape[2], 0))
        for channels in _iterate_channel_groups(len(weight), geometry, operations * (last - first) / size[0]):
            check()
            result = plan.compute(block, sides, channels, is_padded=True)
            for offset, slices in enumerate(result.chunk(plan.slices_per_pass, 1)):
                target = output[samples, channels, first + offset : last : plan.slices_per_pass]
                target.copy_(slices[:, :, : target.shape[2]])
    return output


def convolve_transposed_in_chunks(
    s: Tensor,
    weight: Tensor,
    geometry: ConvGeometry,
    shape: Shape,
    check: CheckCancelled = never_cancelled,
) -> Tensor:
    """Compute Wᵀ s: s (N, out, spatial...), weight as in `convolve_in_chunks`, to ``shape``."""
    size, kernel = tuple(shape[2:]), tuple(weight.shape[2:])
    if (flipped := _flipped_geometry_if_faster(s, weight, geometry, size)) is not None:
        flipped_weight = weight.flip(tuple(range(2, weight.dim()))).transpose(0, 1).contiguous()
        return convolve_in_chunks(s, flipped_weight, None, flipped, check)
    if _should_lift_taps(s, weight, geometry):
        return _convolve_transposed_lifted(s, weight, geometry, shape, check)
    if s.device.type != "cpu" or is_tracked_by_autograd(s, weight):
        return transposed_convolution(s, weight, geometry, size)
    operations = math.prod(s.shape[2:]) * _operations_per_voxel(
        weight.shape[1], len(weight) // geometry.groups, kernel
    )
    slices = _min_onednn_slices(s, weight, geometry)
    chunks = list(_iterate_chunks(len(s), s.shape[2], operations, min_slices=slices))
    if len(chunks) == 1:
        return transposed_convolution(s, weight, geometry, size)
    output = s.new_zeros(shape)
    step, border = geometry.stride[0], geometry.padding[0]
    extent = geometry.dilation[0] * (kernel[0] - 1) + 1
    inner = geometry.without_padding(0)
    for samples, first, last in chunks:
        length = (last - first - 1) * step + extent
        start = first * step - border
        low, high = max(start, 0), min(start + length, size[0])
        block = s[samples, :, first:last]
        for channels in _iterate_channel_groups(
            weight.shape[1], geometry, operations * (last - first) / s.shape[2]
        ):
            check()
            result = transposed_convolution(block, weight[:, channels], inner, (length, *size[1:]))
            if low < high:
                target = output[samples, :, low:high]
                target[:, channels] += result[:, :, low - start : high - start]
    return output


@dataclass(frozen=True)
class _ConvolutionPlan:
    """Plan for computing a convolution.

    Parameters
    ----------
    weight, bias, geometry
        Weight, bias and geometry of the convolution that the library computes.
    original_weight
        The weight before slices and taps became channels.
    slices_per_pass
        Number of output slices that are computed together, as channels.
    lifts_taps
        Whether taps along the last axis become channels.
    """

    weight: Tensor
    bias: Tensor | None
    geometry: ConvGeometry
    original_weight: Tensor
    slices_per_pass: int
    lifts_taps: bool

    @classmethod
    def create(
        cls, x: Tensor, weight: Tensor, bias: Tensor | None, geometry: ConvGeometry
    ) -> _ConvolutionPlan:
        """Return the plan for a convolution."""
        original, slices = weight, _choose_slices_per_pass(x, weight, geometry)
        if slices > 1:
            weight = _expand_weight(weight, slices)
            bias = None if bias is None else bias.repeat(slices)
            geometry = geometry.with_stride(slices)
        lift_taps = _should_lift_taps(x, original, geometry) and original.shape[-1] <= MAX_LIFTED_TAPS
        if lift_taps:
            weight = _lift_weight(weight)
        return cls(weight, bias, geometry, original, slices, lift_taps)

    def operations_per_sample(self, output_size: Shape) -> int:
        """Return the number of operations per sample, for an output of ``output_size``."""
        groups = self.geometry.groups
        channels = self.original_weight.shape[0], self.original_weight.shape[1] * groups
        per_value = _operations_per_voxel(self.weight.shape[0], self.weight.shape[1], self.weight.shape[2:])
        return math.prod(output_size) * (per_value // self.slices_per_pass + VALUE_OPERATIONS * sum(channels))

    def compute(
        self,
        x: Tensor,
        padding: tuple[int, int] = (0, 0),
        channels: slice = slice(None),
        *,
        is_padded: bool = False,
    ) -> Tensor:
        """Run the library's convolution on x, padded with ``padding`` zeros along the first axis."""
        geometry = self.geometry.without_padding(0) if is_padded else self.geometry
        if any(padding):
            x = torch.nn.functional.pad(x, (*(0, 0) * (x.dim() - 3), *padding))
        weight, bias = self.weight[channels], None if self.bias is None else self.bias[channels]
        if not self.lifts_taps:
            return convolution(x, weight, bias, geometry)
        output = convolution(
            _lift_taps(x, self.original_weight, geometry), weight, None, geometry.with_lifted_taps()
        )
        # Added last, as the library does with one channel, for bitwise equal results.
        return output if bias is None else output.add_(bias.reshape(-1, 1, 1, 1))


def _operations_per_voxel(out_channels: int, in_channels: int, kernel: Shape) -> int:
    """Return the number of multiplications per output voxel, including unused SIMD lanes."""
    width = vector_width()
    return math.ceil(out_channels / width) * width * in_channels * math.prod(kernel)


def _iterate_chunks(
    sample_count: int, slice_count: int, operations_per_sample: float, multiple: int = 1, min_slices: int = 1
) -> Iterator[tuple[slice, int, int]]:
    """Yield the samples, first slice and end of every chunk.

    First slices are multiples of ``multiple``. A chunk of one sample has ``min_slices`` slices or more, and
    may therefore have more operations than `CHUNK_OPERATIONS`.
    """
    if operations_per_sample <= CHUNK_OPERATIONS:
        group = int(CHUNK_OPERATIONS // max(operations_per_sample, 1))
        for start in range(0, sample_count, group):
            yield slice(start, start + group), 0, slice_count
        return
    passes = math.ceil(slice_count / multiple)
    chunk_count = max(
        min(math.ceil(operations_per_sample / CHUNK_OPERATIONS), slice_count // min_slices, passes), 1
    )
    edges = [min(index * passes // chunk_count * multiple, slice_count) for index in range(chunk_count + 1)]
    for sample in range(sample_count):
        for first, last in pairwise(edges):
            yield slice(sample, sample + 1), first, last


def _iterate_channel_groups(channel_count: int, geometry: ConvGeometry, operations: float) -> Iterator[slice]:
    """Yield the output channels of a chunk in groups of about `CHUNK_OPERATIONS`.

    The groups fill SIMD vectors; a convolution that itself has groups is not split.
    """
    width = vector_width()
    group_count = round(operations / CHUNK_OPERATIONS) if geometry.groups == 1 else 1
    group = math.ceil(channel_count / max(group_count, 1) / width) * width
    if group >= channel_count or group_count < 2:
        yield slice(None)
        return
    for start in range(0, channel_count, group):
        yield slice(start, start + group)


def _min_onednn_slices(s: Tensor, weight: Tensor, geometry: ConvGeometry) -> int:
    """Return the fewest slices along the first axis that PyTorch leaves to oneDNN."""
    if s.dim() < 5 or geometry.groups > 1 or min(weight.shape[-2:]) > 3:
        return 1
    return ONEDNN_VALUES // (s.shape[1] * s.shape[3]) + 1


def _flipped_geometry_if_faster(
    s: Tensor, weight: Tensor, geometry: ConvGeometry, size: Shape
) -> ConvGeometry | None:
    """Return the geometry of the equivalent convolution with the flipped kernel; None if it is not faster.

    It is faster for few output channels; for many, the zeros of the wider padding cost more.
    """
    flipped = geometry.find_transposed(tuple(weight.shape[2:]))
    if flipped is None or weight.shape[1] > vector_width() or not uses_onednn(s, weight, geometry):
        return None
    return flipped if flipped.output_size(tuple(s.shape[2:]), tuple(weight.shape[2:])) == size else None


def _choose_slices_per_pass(x: Tensor, weight: Tensor, geometry: ConvGeometry) -> int:
    """Return how many slices of the output should become channels, to fill SIMD vectors."""
    if not uses_onednn(x, weight, geometry) or geometry.stride[0] > 1 or geometry.dilation[0] > 1:
        return 1
    length = geometry.output_size(tuple(x.shape[2:]), tuple(weight.shape[2:]))[0]
    return max(min(vector_width() // weight.shape[0], length), 1) if weight.shape[2] > 1 else 1


def _expand_weight(weight: Tensor, slice_count: int) -> Tensor:
    """Return the weight for several output slices as channels; those of the last slice come last."""
    count, taps = weight.shape[0], weight.shape[2]
    spread = weight.new_zeros(
        (slice_count * count, weight.shape[1], taps + slice_count - 1, *weight.shape[3:])
    )
    for index in range(slice_count):
        spread[index * count : (index + 1) * count, :, index : index + taps] = weight
    return spread


def _should_lift_taps(x: Tensor, weight: Tensor, geometry: ConvGeometry) -> bool:
    """Return whether taps along the last axis should become channels: only worthwhile for one channel."""
    return (
        x.device.type == "cpu"
        and weight.dim() == 5
        and weight.shape[1] == geometry.groups == 1
        and weight.shape[-1] > 1
    )


def _lift_taps(x: Tensor, weight: Tensor, geometry: ConvGeometry) -> Tensor:
    """Return the slices of x that each tap along the last axis reads, as channels, in the order of taps."""
    border = geometry.padding[-1]
    x = torch.nn.functional.pad(x, (border, border)) if border else x
    return torch.cat([x[..., tap_slice] for tap_slice in _tap_slices(x.shape[-1], weight, geometry)], 1)


def _lift_weight(weight: Tensor) -> Tensor:
    """Return the weight for the output of `_lift_taps`: (out, taps · C, kernel..., 1)."""
    return weight.movedim(-1, 1).flatten(1, 2).unsqueeze(-1).contiguous()


def _convolve_transposed_lifted(
    s: Tensor, weight: Tensor, geometry: ConvGeometry, shape: Shape, check: CheckCancelled
) -> Tensor:
    """Compute Wᵀ s with taps as channels, and add each to the slice that its tap reads."""
    border, channels = geometry.padding[-1], shape[1]
    padded_length = shape[-1] + 2 * border
    lifted_shape = (*shape[:1], channels * weight.shape[-1], *shape[2:-1], s.shape[-1])
    taps = convolve_transposed_in_chunks(
        s, _lift_weight(weight), geometry.with_lifted_taps(), lifted_shape, check
    )
    output = s.new_zeros((*shape[:-1], padded_length))
    for tap, tap_slice in enumerate(_tap_slices(padded_length, weight, geometry)):
        check()
        output[..., tap_slice] += taps[:, tap * channels : (tap + 1) * channels]
    return output.narrow(-1, border, shape[-1]).contiguous()


def _tap_slices(length: int, weight: Tensor, geometry: ConvGeometry) -> list[slice]:
    """Return the slice of the padded last axis that each tap reads."""
    step, dilation, taps = geometry.stride[-1], geometry.dilation[-1], weight.shape[-1]
    count = (length - dilation * (taps - 1) - 1) // step + 1
    return [slice(tap * dilation, tap * dilation + (count - 1) * step + 1, step) for tap in range(taps)]
