"""Convolutions and their transposes on the CPU, in chunks, and faster for inputs with one channel.

A large convolution is computed for some slices of its output at a time, so that it can be cancelled between
chunks, and so that the library's work memory stays small. No value is computed twice. If the input is a
volume of one channel, which leaves SIMD vectors mostly empty, the kernel's taps along the last axis become
channels first: the same sum, several times as fast.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch

from viewer.models.graph.operators.operator import Attributes, CheckCancelled, never_cancelled

Tensor = torch.Tensor
Shape = tuple[int, ...]

CHUNK_OPERATIONS = 2**31
"""Multiplications per chunk: about 50 ms on one core."""

LIFTED_SHARE = 8
"""By how many times fewer multiplications a chunk has where taps became channels, which fill SIMD vectors
badly: the transposed one of Eitel's first layer at 160³ took over 300 ms on one core in one piece."""

ONEDNN_VALUES = 20480
"""PyTorch leaves a single sample to oneDNN only if its channels × first axis × second axis exceed this
(``use_mkldnn`` in aten/src/ATen/native/Convolution.cpp); its own transposed convolution is half as fast."""

MAX_LIFTED_TAPS = 3
"""Kernel size up to which lifting is faster than the library's forward convolution of one channel."""


@dataclass(frozen=True)
class ConvGeometry:
    """Stride, padding and dilation of a convolution along every spatial axis, and its groups."""

    stride: Shape
    padding: Shape
    dilation: Shape
    groups: int

    @classmethod
    def from_attributes(cls, attributes: Attributes) -> ConvGeometry:
        """Return the geometry in a convolution's attributes."""
        return cls(
            tuple(attributes["stride"]),
            tuple(attributes["padding"]),
            tuple(attributes["dilation"]),
            attributes["groups"],
        )

    def output_size(self, size: Shape, kernel: Shape) -> Shape:
        """Return the size of the output along every axis."""
        return tuple(
            (wide + 2 * pad - far * (taps - 1) - 1) // step + 1
            for wide, taps, step, pad, far in zip(
                size, kernel, self.stride, self.padding, self.dilation, strict=True
            )
        )

    def unpadded(self, axis: int) -> ConvGeometry:
        """Return the geometry without padding along one axis."""
        padding = (*self.padding[:axis], 0, *self.padding[axis + 1 :])
        return ConvGeometry(self.stride, padding, self.dilation, self.groups)

    def lifted(self) -> ConvGeometry:
        """Return the geometry for a kernel whose taps along the last axis have become channels."""
        return ConvGeometry((*self.stride[:-1], 1), (*self.padding[:-1], 0), (*self.dilation[:-1], 1), 1)


def convolve_in_chunks(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    geometry: ConvGeometry,
    check: CheckCancelled = never_cancelled,
    share: int = 1,
) -> Tensor:
    """Compute W x + b: x (N, C, spatial...), weight (out, C / groups, kernel...).

    Chunks have `CHUNK_OPERATIONS` / ``share`` multiplications.
    """
    if _lifting_helps(x, weight, geometry) and weight.shape[-1] <= MAX_LIFTED_TAPS:
        answer = convolve_in_chunks(
            _lift_taps(x, weight, geometry),
            _lift_weight(weight),
            None,
            geometry.lifted(),
            check,
            LIFTED_SHARE,
        )
        # Added last, as the library does with one channel, for bitwise equal results.
        return answer if bias is None else answer.add_(bias.reshape(-1, 1, 1, 1))
    size = geometry.output_size(tuple(x.shape[2:]), tuple(weight.shape[2:]))
    effort = share * len(x) * math.prod(size) * weight.numel()
    if effort <= CHUNK_OPERATIONS or not _chunking_helps(x, weight) or min(size) < 1:
        return _convolution(x, weight, bias, geometry)
    answer = x.new_empty((len(x), weight.shape[0], *size))
    step, border = geometry.stride[0], geometry.padding[0]
    reach = geometry.dilation[0] * (weight.shape[2] - 1) + 1
    inner = geometry.unpadded(0)
    slices = max(math.ceil((_onednn_slices(x, weight, geometry) - reach) / step) + 1, 1)
    for sample, first, last in _chunks(len(x), size[0], effort, slices):
        check()
        start, stop = first * step - border, (last - 1) * step - border + reach
        part = x[sample : sample + 1, :, max(start, 0) : max(min(stop, x.shape[2]), 0)]
        short = (max(-start, 0), max(stop - x.shape[2], 0))
        if any(short):
            part = torch.nn.functional.pad(part, (*(0, 0) * (x.dim() - 3), *short))
        answer[sample : sample + 1, :, first:last] = _convolution(part, weight, bias, inner)
    return answer


def transpose_in_chunks(
    s: Tensor,
    weight: Tensor,
    geometry: ConvGeometry,
    shape: Shape,
    check: CheckCancelled = never_cancelled,
    share: int = 1,
) -> Tensor:
    """Compute Wᵀ s: s (N, out, spatial...), weight and share as in `convolve_in_chunks`, to ``shape``."""
    if _lifting_helps(s, weight, geometry):
        return _lifted_transpose(s, weight, geometry, shape, check)
    effort = share * s.numel() * weight.numel() // max(weight.shape[0], 1)
    if effort <= CHUNK_OPERATIONS or not _chunking_helps(s, weight):
        return _transpose(s, weight, geometry, shape[2:])
    answer = s.new_zeros(shape)
    step, border = geometry.stride[0], geometry.padding[0]
    reach = geometry.dilation[0] * (weight.shape[2] - 1) + 1
    inner = geometry.unpadded(0)
    for sample, first, last in _chunks(len(s), s.shape[2], effort, _onednn_slices(s, weight, geometry)):
        check()
        wide = (last - first - 1) * step + reach
        part = _transpose(s[sample : sample + 1, :, first:last], weight, inner, (wide, *shape[3:]))
        start = first * step - border
        low, high = max(start, 0), min(start + wide, shape[2])
        if low < high:
            answer[sample : sample + 1, :, low:high] += part[:, :, low - start : high - start]
    return answer


def _convolution(x: Tensor, weight: Tensor, bias: Tensor | None, geometry: ConvGeometry) -> Tensor:
    none = (0,) * (weight.dim() - 2)
    return torch.convolution(
        x,
        weight,
        bias,
        geometry.stride,
        geometry.padding,
        geometry.dilation,
        False,
        none,
        geometry.groups,
    )


def _transpose(s: Tensor, weight: Tensor, geometry: ConvGeometry, size: Shape) -> Tensor:
    """Compute the transposed convolution; input voxels at the far end that no window reached get zeros."""
    stride, padding, dilation = geometry.stride, geometry.padding, geometry.dilation
    rest = tuple(
        wide - ((places - 1) * step - 2 * pad + far * (taps - 1) + 1)
        for wide, places, step, pad, far, taps in zip(
            size, s.shape[2:], stride, padding, dilation, weight.shape[2:], strict=True
        )
    )
    return torch.convolution(s, weight, None, stride, padding, dilation, True, rest, geometry.groups)


def _chunking_helps(x: Tensor, weight: Tensor) -> bool:
    """Return whether chunks are useful: on the CPU, and without autograd."""
    tracked = torch.is_grad_enabled() and (x.requires_grad or weight.requires_grad)
    return x.device.type == "cpu" and not tracked


def _onednn_slices(x: Tensor, weight: Tensor, geometry: ConvGeometry) -> int:
    """Return the fewest slices along the first axis that PyTorch leaves to oneDNN."""
    if x.dim() < 5 or geometry.groups > 1 or min(weight.shape[-2:]) > 3:
        return 1
    return ONEDNN_VALUES // (x.shape[1] * x.shape[3]) + 1


def _chunks(samples: int, length: int, effort: float, min_slices: int) -> Iterator[tuple[int, int, int]]:
    """Yield sample, first and last slice of every chunk.

    Chunks have ``min_slices`` or more, unless that is more than four times the operations of a chunk.
    """
    parts = min(math.ceil(effort / max(samples, 1) / CHUNK_OPERATIONS), length)
    parts = max(min(parts, length // min_slices), math.ceil(parts / 4), 1)
    for sample in range(samples):
        for part in range(parts):
            yield sample, part * length // parts, (part + 1) * length // parts


def _lifting_helps(x: Tensor, weight: Tensor, geometry: ConvGeometry) -> bool:
    """Return whether taps along the last axis should become channels: it pays for one channel only."""
    return (
        x.device.type == "cpu"
        and weight.dim() == 5
        and weight.shape[1] == geometry.groups == 1
        and weight.shape[-1] > 1
    )


def _lift_taps(x: Tensor, weight: Tensor, geometry: ConvGeometry) -> Tensor:
    """Return the slices of x seen by every tap along the last axis, as channels; the last tap's come last."""
    border = geometry.padding[-1]
    x = torch.nn.functional.pad(x, (border, border)) if border else x
    return torch.cat([x[..., place] for place in _tap_slices(x.shape[-1], weight, geometry)], 1)


def _lift_weight(weight: Tensor) -> Tensor:
    """Return the weight for the output of `_lift_taps`: (out, taps · C, kernel..., 1)."""
    return weight.movedim(-1, 1).flatten(1, 2).unsqueeze(-1).contiguous()


def _lifted_transpose(
    s: Tensor, weight: Tensor, geometry: ConvGeometry, shape: Shape, check: CheckCancelled
) -> Tensor:
    """Compute Wᵀ s by the taps' channels, each added to the slice that its tap read."""
    border, channels = geometry.padding[-1], shape[1]
    wide = shape[-1] + 2 * border
    inside = (*shape[:1], channels * weight.shape[-1], *shape[2:-1], s.shape[-1])
    taps = transpose_in_chunks(s, _lift_weight(weight), geometry.lifted(), inside, check, LIFTED_SHARE)
    answer = s.new_zeros((*shape[:-1], wide))
    for tap, place in enumerate(_tap_slices(wide, weight, geometry)):
        answer[..., place] += taps[:, tap * channels : (tap + 1) * channels]
    return answer.narrow(-1, border, shape[-1]).contiguous()


def _tap_slices(wide: int, weight: Tensor, geometry: ConvGeometry) -> list[slice]:
    """Return the slice of the padded last axis that each tap reads."""
    step, far, taps = geometry.stride[-1], geometry.dilation[-1], weight.shape[-1]
    count = (wide - far * (taps - 1) - 1) // step + 1
    return [slice(tap * far, tap * far + (count - 1) * step + 1, step) for tap in range(taps)]
