"""Pooling and resampling operators in one to three dimensions."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch

from viewer.models.graph.operators import max_pooling
from viewer.models.graph.operators.operator import (
    Attributes,
    CheckCancelled,
    Gradients,
    Inputs,
    Operator,
    Save,
    SavedTensors,
    autograd_backward,
    empty_of_shape,
    never_cancelled,
    required_input,
)

aten = torch.ops.aten


def pad_to_2d(sizes: tuple[int, ...], fill_value: int) -> tuple[int, ...]:
    """Return the sizes of a 1D operator for its 2D counterpart; ATen has more operators in 2D."""
    return (fill_value, *sizes) if len(sizes) == 1 else tuple(sizes)


def unsqueeze_1d(x: torch.Tensor, rank: int) -> torch.Tensor:
    """Return (N, C, L) as (N, C, 1, L), to run a 1D operator in 2D."""
    return x.unsqueeze(-2) if rank == 1 else x


def squeeze_1d(x: torch.Tensor, rank: int) -> torch.Tensor:
    """Undo `unsqueeze_1d`."""
    return x.squeeze(-2) if rank == 1 else x


def max_pool_arguments(attributes: Attributes) -> tuple[tuple[int, ...], ...]:
    """Return kernel, stride, padding and dilation of a max pool, in two or three dimensions."""
    return (
        pad_to_2d(attributes["kernel"], 1),
        pad_to_2d(attributes["stride"], 1),
        pad_to_2d(attributes["padding"], 0),
        pad_to_2d(attributes["dilation"], 1),
    )


def max_pool_with_indices(attributes: Attributes, inputs: Inputs) -> tuple[torch.Tensor, torch.Tensor]:
    """Compute ``max_pool``, with the index of each maximum in the input's plane or volume."""
    x, rank = required_input(inputs), len(attributes["kernel"])
    pool = aten.max_pool3d_with_indices if rank == 3 else aten.max_pool2d_with_indices
    output, choice = pool(unsqueeze_1d(x, rank), *max_pool_arguments(attributes), attributes["ceil"])
    return squeeze_1d(output, rank), squeeze_1d(choice, rank)


def make_pool_windows(attributes: Attributes, shape: Sequence[int]) -> max_pooling.PoolWindows:
    """Return the windows of a max pool over an input of that shape."""
    rank = len(attributes["kernel"])
    names = ("kernel", "stride", "padding", "dilation")
    return max_pooling.PoolWindows.from_input_shape(
        shape[-rank:], *(attributes[name] for name in names), ceil_mode=attributes["ceil"]
    )


def max_pool(attributes: Attributes, inputs: Inputs, check: CheckCancelled = never_cancelled) -> torch.Tensor:
    """Compute ``max_pool``: the maximum of each window."""
    x = required_input(inputs)
    windows = make_pool_windows(attributes, x.shape)
    tracked = x.requires_grad and torch.is_grad_enabled()
    if x.device.type == "cpu" and windows.supports_fast_path and not tracked:
        flat, output = flatten_leading(x, windows)
        for block in max_pooling.iterate_pool_blocks(len(flat), windows):
            check()
            output[block.output_index] = max_pooling.compute_max(flat[block.input_index], block.windows)
        return output.reshape(*x.shape[: -len(windows.kernel)], *windows.output_shape)
    return max_pool_with_indices(attributes, inputs)[0]


def max_pool_with_offsets(
    attributes: Attributes, inputs: Inputs, check: CheckCancelled = never_cancelled
) -> tuple[torch.Tensor, torch.Tensor]:
    """Compute ``max_pool``, with the position of each maximum as small integers, for `max_unpool`."""
    x = required_input(inputs)
    windows = make_pool_windows(attributes, x.shape)
    if x.device.type == "cpu" and windows.supports_fast_path:
        flat, output = flatten_leading(x, windows)
        offsets = torch.empty(output.shape, dtype=torch.uint8)
        all_inside = True
        for block in max_pooling.iterate_pool_blocks(len(flat), windows):
            check()
            maxima, positions = max_pooling.compute_max_and_offsets(flat[block.input_index], block.windows)
            output[block.output_index], offsets[block.output_index] = maxima, positions
            # In a window of only −∞, the position may be outside the tensor.
            all_inside = all_inside and not (
                block.windows.needs_padding and bool(torch.isneginf(maxima).any())
            )
        if all_inside:
            shape = (*x.shape[: -len(windows.kernel)], *windows.output_shape)
            return output.reshape(shape), offsets.reshape(shape)
    return max_pool_with_indices(attributes, inputs)


def flatten_leading(x: torch.Tensor, windows: max_pooling.PoolWindows) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the tensor's planes or volumes along one axis, and an empty output for their windows."""
    flat = x.reshape(-1, *windows.input_shape)
    return flat, x.new_empty((len(flat), *windows.output_shape))


def max_pool_backward(attributes: Attributes, gradient: torch.Tensor, saved: SavedTensors) -> Gradients:
    """Return the gradient: each window's goes to its maximum, summed where windows overlap."""
    indices = saved.max_indices if saved.max_offsets is None else saved.max_offsets
    assert indices is not None
    return (max_unpool(attributes, gradient, indices, saved.shape(), saved.check_cancelled),)


def max_unpool(
    attributes: Attributes,
    values: torch.Tensor,
    max_positions: torch.Tensor,
    shape: tuple[int, ...],
    check: CheckCancelled = never_cancelled,
) -> torch.Tensor:
    """Move values at a max pool's output back to the positions of the maxima, into ``shape``.

    ``max_positions`` are the saved positions: indices (`Save.MAX_INDICES`) or offsets (`Save.MAX_OFFSETS`).
    """
    rank = len(attributes["kernel"])
    if max_positions.dtype == torch.int64:
        return max_unpool_by_index(attributes, values, max_positions, shape)
    windows = make_pool_windows(attributes, shape)
    flat = math.prod(shape[:-rank])
    input_size, output_size = shape[-rank:], values.shape[-rank:]
    source, positions = values.reshape(flat, 1, *output_size), max_positions.reshape(flat, 1, *output_size)
    output = values.new_empty((flat, 1, *input_size))
    for block in max_pooling.make_block_slices(flat, max(math.prod(input_size), math.prod(output_size))):
        check()
        index = max_pooling.offsets_to_indices(positions[block], windows)
        block_shape = (index.shape[0], 1, *input_size)
        output[block] = max_unpool_by_index(attributes, source[block], index, block_shape)
    return output.reshape(shape)


def max_unpool_by_index(
    attributes: Attributes, values: torch.Tensor, max_indices: torch.Tensor, shape: tuple[int, ...]
) -> torch.Tensor:
    """Compute `max_unpool` from indices."""
    rank = len(attributes["kernel"])
    operator = aten.max_pool3d_with_indices_backward if rank == 3 else aten.max_pool2d_with_indices_backward
    source = unsqueeze_1d(empty_of_shape(shape, values), rank)
    output = operator(
        unsqueeze_1d(values.contiguous(), rank),
        source,
        *max_pool_arguments(attributes),
        attributes["ceil"],
        unsqueeze_1d(max_indices, rank),
    )
    return squeeze_1d(output, rank)


def avg_pool_arguments(attributes: Attributes) -> tuple[object, ...]:
    """Return the arguments of an average pool after its input, in two or three dimensions."""
    return (
        pad_to_2d(attributes["kernel"], 1),
        pad_to_2d(attributes["stride"], 1),
        pad_to_2d(attributes["padding"], 0),
        attributes["ceil"],
        attributes["count_padding"],
        attributes["divisor"],
    )


def avg_pool(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """Compute ``avg_pool``: the mean of each window."""
    x, rank = required_input(inputs), len(attributes["kernel"])
    pool = aten.avg_pool3d if rank == 3 else aten.avg_pool2d
    return squeeze_1d(pool(unsqueeze_1d(x, rank), *avg_pool_arguments(attributes)), rank)


def avg_pool_backward(attributes: Attributes, gradient: torch.Tensor, saved: SavedTensors) -> Gradients:
    """Return the gradient: each window's is shared equally by its values."""
    rank = len(attributes["kernel"])
    operator = aten.avg_pool3d_backward if rank == 3 else aten.avg_pool2d_backward
    source = unsqueeze_1d(empty_of_shape(saved.shape(), gradient), rank)
    return (
        squeeze_1d(operator(unsqueeze_1d(gradient, rank), source, *avg_pool_arguments(attributes)), rank),
    )


def adaptive_avg_pool(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """Compute ``adaptive_avg_pool``: the means of ``size`` windows; None keeps a dimension's size."""
    x = required_input(inputs)
    target_size = attributes["size"]
    rank = len(target_size)
    sizes = tuple(size if size is not None else x.shape[axis - rank] for axis, size in enumerate(target_size))
    if all(size == 1 for size in sizes):
        return x.mean(tuple(range(-rank, 0)), keepdim=True)
    pool = aten._adaptive_avg_pool3d if rank == 3 else aten._adaptive_avg_pool2d
    return squeeze_1d(pool(unsqueeze_1d(x, rank), pad_to_2d(sizes, 1)), rank)


def adaptive_avg_pool_backward(
    attributes: Attributes, gradient: torch.Tensor, saved: SavedTensors
) -> Gradients:
    """Return the gradient: each window's is shared equally by its values."""
    rank = len(attributes["size"])
    shape = saved.shape()
    if all(size == 1 for size in gradient.shape[-rank:]):
        count = torch.Size(shape[-rank:]).numel()
        return ((gradient / count).expand(shape),)
    operator = aten._adaptive_avg_pool3d_backward if rank == 3 else aten._adaptive_avg_pool2d_backward
    return (
        squeeze_1d(
            operator(unsqueeze_1d(gradient, rank), unsqueeze_1d(empty_of_shape(shape, gradient), rank)), rank
        ),
    )


def adaptive_max_pool(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """Compute ``adaptive_max_pool``: the maxima of ``size`` windows."""
    x = required_input(inputs)
    rank = len(attributes["size"])
    pool = aten.adaptive_max_pool3d if rank == 3 else aten.adaptive_max_pool2d
    return squeeze_1d(pool(unsqueeze_1d(x, rank), pad_to_2d(attributes["size"], 1))[0], rank)


UPSAMPLE: dict[tuple[str, int], Callable[..., torch.Tensor]] = {
    ("nearest", 1): aten.upsample_nearest1d,
    ("nearest", 2): aten.upsample_nearest2d,
    ("nearest", 3): aten.upsample_nearest3d,
    ("nearest-exact", 1): aten._upsample_nearest_exact1d,
    ("nearest-exact", 2): aten._upsample_nearest_exact2d,
    ("nearest-exact", 3): aten._upsample_nearest_exact3d,
    ("linear", 1): aten.upsample_linear1d,
    ("linear", 2): aten.upsample_bilinear2d,
    ("linear", 3): aten.upsample_trilinear3d,
    ("cubic", 2): aten.upsample_bicubic2d,
}
UPSAMPLE_BACKWARD: dict[tuple[str, int], Callable[..., torch.Tensor]] = {
    ("nearest", 1): aten.upsample_nearest1d_backward,
    ("nearest", 2): aten.upsample_nearest2d_backward,
    ("nearest", 3): aten.upsample_nearest3d_backward,
    ("nearest-exact", 1): aten._upsample_nearest_exact1d_backward,
    ("nearest-exact", 2): aten._upsample_nearest_exact2d_backward,
    ("nearest-exact", 3): aten._upsample_nearest_exact3d_backward,
    ("linear", 1): aten.upsample_linear1d_backward,
    ("linear", 2): aten.upsample_bilinear2d_backward,
    ("linear", 3): aten.upsample_trilinear3d_backward,
    ("cubic", 2): aten.upsample_bicubic2d_backward,
}


def upsample_arguments(
    attributes: Attributes, spatial_shape: tuple[int, ...]
) -> tuple[tuple[int, ...], list[object]]:
    """Return the output size of an upsampling and the arguments after it."""
    scales = attributes["scales"]
    if attributes["size"] is not None:
        sizes = tuple(attributes["size"])
    else:
        sizes = tuple(int(size * scale) for size, scale in zip(spatial_shape, scales, strict=True))
    corners = [] if attributes["mode"].startswith("nearest") else [attributes["align_corners"]]
    return sizes, [*corners, *(scales if scales is not None else (None,) * len(sizes))]


def upsample(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """Compute ``upsample``: nearest, linear or cubic, to ``size`` or by ``scales``."""
    x = required_input(inputs)
    spatial = tuple(x.shape[2:])
    sizes, extra = upsample_arguments(attributes, spatial)
    return UPSAMPLE[attributes["mode"], len(spatial)](x, sizes, *extra)


def upsample_backward(attributes: Attributes, gradient: torch.Tensor, saved: SavedTensors) -> Gradients:
    """Return the gradient: each voxel's goes to the voxels it was interpolated from, by their weights."""
    shape = saved.shape()
    sizes, extra = upsample_arguments(attributes, shape[2:])
    return (UPSAMPLE_BACKWARD[attributes["mode"], len(sizes)](gradient.contiguous(), sizes, shape, *extra),)


OPERATORS = (
    Operator(
        "max_pool",
        max_pool,
        max_pool_backward,
        Save.MAX_OFFSETS,
        forward_with_indices=max_pool_with_indices,
        forward_with_offsets=max_pool_with_offsets,
        chunked_forward=max_pool,
    ),
    Operator("avg_pool", avg_pool, avg_pool_backward),
    Operator("adaptive_avg_pool", adaptive_avg_pool, adaptive_avg_pool_backward),
    Operator("adaptive_max_pool", adaptive_max_pool, autograd_backward(adaptive_max_pool), Save.INPUTS),
    Operator("upsample", upsample, upsample_backward),
)
