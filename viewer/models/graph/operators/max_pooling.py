"""Max pooling on the CPU as one pass along each dimension, with the position of each maximum in its window.

A window of 3×3×3 has 27 values; three passes read 3 each, and every pass is plain vector arithmetic. The
position of the maximum is one byte, in torch's scan order: the last dimension fastest, and the first of
equal values.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import torch

MAX_WINDOW_SIZE = 256
"""Largest window whose positions fit a byte; larger ones are left to ATen."""

BLOCK_VALUES = 2**20
"""Number of values processed together: about what fits in a CPU cache."""


@dataclass(frozen=True)
class PoolWindows:
    """Pooling windows over the last dimensions of a tensor: kernel, stride, padding, dilation and count."""

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]
    output_shape: tuple[int, ...]
    input_shape: tuple[int, ...]

    @classmethod
    def from_input_shape(
        cls,
        input_shape: Sequence[int],
        kernel: Sequence[int],
        stride: Sequence[int],
        padding: Sequence[int],
        dilation: Sequence[int],
        *,
        ceil_mode: bool,
    ) -> PoolWindows:
        """Return the windows of a pooling operator; with ``ceil_mode`` the last may extend beyond the end."""
        counts = []
        for size, width, step, border, spacing in zip(
            input_shape, kernel, stride, padding, dilation, strict=True
        ):
            span = size + 2 * border - spacing * (width - 1) - 1
            count = (span + (step - 1 if ceil_mode else 0)) // step + 1
            if ceil_mode and (count - 1) * step >= size + border:
                count -= 1
            counts.append(count)
        return cls(
            tuple(kernel), tuple(stride), tuple(padding), tuple(dilation), tuple(counts), tuple(input_shape)
        )

    @property
    def supports_fast_path(self) -> bool:
        """Whether every axis has a window and little padding, and a byte can count a window's values."""
        return (
            min(self.output_shape) > 0
            and max(self.padding) * 2 <= min(self.kernel)
            and self.window_size <= MAX_WINDOW_SIZE
        )

    @property
    def window_size(self) -> int:
        """Number of values in a window."""
        return math.prod(self.kernel)

    @property
    def needs_padding(self) -> bool:
        """Whether any window extends beyond the ends."""
        return any(self.padding) or any(self.overhang)

    @property
    def overhang(self) -> tuple[int, ...]:
        """Number of voxels by which the last windows extend beyond the end, along every axis."""
        return tuple(
            max((count - 1) * step + spacing * (width - 1) + 1 - size - border, 0)
            for count, step, spacing, width, size, border in zip(
                self.output_shape,
                self.stride,
                self.dilation,
                self.kernel,
                self.input_shape,
                self.padding,
                strict=True,
            )
        )

    def select_windows(self, first: int, last: int) -> tuple[PoolWindows, slice]:
        """Return the windows ``first`` to ``last`` − 1 along the first dimension, and their voxels."""
        start = first * self.stride[0] - self.padding[0]
        stop = start + (last - 1 - first) * self.stride[0] + self.dilation[0] * (self.kernel[0] - 1) + 1
        voxels = slice(max(start, 0), min(stop, self.input_shape[0]))
        windows = replace(
            self,
            padding=(max(-start, 0), *self.padding[1:]),
            output_shape=(last - first, *self.output_shape[1:]),
            input_shape=(voxels.stop - voxels.start, *self.input_shape[1:]),
        )
        return windows, voxels

    def window_element(self, x: torch.Tensor, dim: int, offset: int) -> torch.Tensor:
        """Return the value at one position of every window along one dimension."""
        start = offset * self.dilation[dim]
        step = self.stride[dim]
        axis = x.dim() - len(self.kernel) + dim
        last = start + (self.output_shape[dim] - 1) * step + 1
        return x[(slice(None),) * axis + (slice(start, last, step),)]

    def pad(self, x: torch.Tensor) -> torch.Tensor:
        """Return the tensor padded with −∞ where windows extend beyond its ends."""
        if not self.needs_padding:
            return x
        sides = [side for pair in zip(self.padding[::-1], self.overhang[::-1], strict=True) for side in pair]
        return torch.nn.functional.pad(x, sides, value=-math.inf)


def compute_max(x: torch.Tensor, windows: PoolWindows) -> torch.Tensor:
    """Return the maximum of every window."""
    x = windows.pad(x)
    for dim, width in enumerate(windows.kernel):
        maximum = windows.window_element(x, dim, 0)
        if width > 1:
            maximum = torch.maximum(maximum, windows.window_element(x, dim, 1))
        for offset in range(2, width):
            torch.maximum(maximum, windows.window_element(x, dim, offset), out=maximum)
        x = maximum
    return x.contiguous()


def compute_max_and_offsets(x: torch.Tensor, windows: PoolWindows) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the maximum of every window and its position there, as one byte.

    For a window of only −∞ that extends beyond an end, the position may be outside the tensor.
    """
    x = windows.pad(x)
    offsets: torch.Tensor | None = None
    window_stride = 1
    for dim in reversed(range(len(windows.kernel))):
        maximum = windows.window_element(x, dim, 0).clone()
        positions = torch.zeros_like(maximum, dtype=torch.uint8)
        if offsets is not None:
            positions.copy_(windows.window_element(offsets, dim, 0))
        is_higher = torch.empty_like(maximum, dtype=torch.bool)
        step = torch.empty_like(positions)
        for offset in range(1, windows.kernel[dim]):
            value = windows.window_element(x, dim, offset)
            torch.gt(value, maximum, out=is_higher)
            torch.maximum(maximum, value, out=maximum)
            # Bytes wrap around, so where + (there − where) is correct even if the difference is negative.
            if offsets is None:
                torch.sub(offset, positions, out=step)
            else:
                torch.sub(windows.window_element(offsets, dim, offset), positions, out=step)
                step.add_(offset * window_stride)
            positions.add_(step.mul_(is_higher.view(torch.uint8)))
        x, offsets = maximum, positions
        window_stride *= windows.kernel[dim]
    assert offsets is not None
    return x, offsets


def offsets_to_indices(window_offsets: torch.Tensor, windows: PoolWindows) -> torch.Tensor:
    """Return the flat index into the tensor's last dimensions of the value at each position."""
    device = window_offsets.device
    base = torch.zeros((1,) * len(windows.kernel), dtype=torch.int64, device=device)
    offsets = torch.zeros(windows.window_size, dtype=torch.int64, device=device)
    indices = torch.arange(windows.window_size, device=device)
    voxel_stride, window_stride = 1, 1
    rank = len(windows.kernel)
    for dim in reversed(range(rank)):
        starts = (
            torch.arange(windows.output_shape[dim], device=device) * windows.stride[dim]
            - windows.padding[dim]
        )
        base = base + starts.reshape((-1,) + (1,) * (rank - 1 - dim)) * voxel_stride
        steps = indices.div(window_stride, rounding_mode="floor") % windows.kernel[dim]
        offsets += steps * windows.dilation[dim] * voxel_stride
        voxel_stride *= windows.input_shape[dim]
        window_stride *= windows.kernel[dim]
    return offsets.take(window_offsets.long()).add_(base)


def make_block_slices(count: int, size: int) -> list[slice]:
    """Return slices over ``count`` planes or volumes of ``size`` values, about `BLOCK_VALUES` values each."""
    step = max(1, BLOCK_VALUES // max(size, 1))
    return [slice(start, min(start + step, count)) for start in range(0, count, step)]


@dataclass(frozen=True)
class PoolBlock:
    """Part of a pooling: some planes or volumes, and some windows along their first dimension.

    ``input_index`` and ``output_index`` index the input (n, spatial...) and the output (n, count...).
    """

    windows: PoolWindows
    input_index: tuple[slice, slice]
    output_index: tuple[slice, slice]


def iterate_pool_blocks(count: int, windows: PoolWindows) -> Iterator[PoolBlock]:
    """Yield blocks of about `BLOCK_VALUES` values that cover ``count`` planes or volumes."""
    size = math.prod(windows.input_shape)
    blocks = min(-(-size // BLOCK_VALUES), windows.output_shape[0])
    step = -(-windows.output_shape[0] // blocks)
    for volumes in make_block_slices(count, size):
        for first in range(0, windows.output_shape[0], step):
            last = min(first + step, windows.output_shape[0])
            block_windows, voxels = windows.select_windows(first, last)
            yield PoolBlock(block_windows, (volumes, voxels), (volumes, slice(first, last)))
