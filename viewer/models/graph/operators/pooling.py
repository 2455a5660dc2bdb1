"""Pooling and resampling: windows moved over the last one to three dimensions, overlapping or not."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch

from viewer.models.graph.operators import maximum
from viewer.models.graph.operators.operator import (
    Check,
    Gradients,
    Inputs,
    Keep,
    Kept,
    Operator,
    Settings,
    by_autograd,
    placeholder,
    present,
    unasked,
)

aten = torch.ops.aten


def spread(sizes: tuple[int, ...], fill: int) -> tuple[int, ...]:
    """Sizes of a one-dimensional operator for the same in two dimensions, which ATen has more of."""
    return (fill, *sizes) if len(sizes) == 1 else tuple(sizes)


def lift(x: torch.Tensor, rank: int) -> torch.Tensor:
    """(N, C, L) as (N, C, 1, L) for a one-dimensional operator run in two dimensions."""
    return x.unsqueeze(-2) if rank == 1 else x


def lower(x: torch.Tensor, rank: int) -> torch.Tensor:
    """The way back from `lift`."""
    return x.squeeze(-2) if rank == 1 else x


def max_windows(settings: Settings) -> tuple[tuple[int, ...], ...]:
    """Kernel, stride, padding and dilation of a maximum pool, in two or three dimensions."""
    return (
        spread(settings["kernel"], 1),
        spread(settings["stride"], 1),
        spread(settings["padding"], 0),
        spread(settings["dilation"], 1),
    )


def max_pool_chosen(settings: Settings, inputs: Inputs) -> tuple[torch.Tensor, torch.Tensor]:
    """``max_pool`` and, for each value, where in the input's plane or volume it came from."""
    x, rank = present(inputs), len(settings["kernel"])
    pool = aten.max_pool3d_with_indices if rank == 3 else aten.max_pool2d_with_indices
    output, choice = pool(lift(x, rank), *max_windows(settings), settings["ceil"])
    return lower(output, rank), lower(choice, rank)


def windows_of(settings: Settings, shape: Sequence[int]) -> maximum.Windows:
    """The windows of a maximum pool over an input of that shape."""
    rank = len(settings["kernel"])
    names = ("kernel", "stride", "padding", "dilation")
    return maximum.Windows.over(shape[-rank:], *(settings[name] for name in names), overhang=settings["ceil"])


def max_pool(settings: Settings, inputs: Inputs, check: Check = unasked) -> torch.Tensor:
    """``max_pool``: the largest value of each window."""
    x = present(inputs)
    windows = windows_of(settings, x.shape)
    tracked = x.requires_grad and torch.is_grad_enabled()
    if x.device.type == "cpu" and windows.regular and not tracked:
        flat, output = planes(x, windows)
        for block in maximum.blocks(len(flat), math.prod(windows.spatial)):
            check()
            output[block] = maximum.largest(flat[block], windows)
        return output.reshape(*x.shape[: -len(windows.kernel)], *windows.count)
    return max_pool_chosen(settings, inputs)[0]


def max_pool_placed(
    settings: Settings, inputs: Inputs, check: Check = unasked
) -> tuple[torch.Tensor, torch.Tensor]:
    """``max_pool`` and where each value came from, in as few bytes as can be; what `unpooled` takes."""
    x = present(inputs)
    windows = windows_of(settings, x.shape)
    if x.device.type == "cpu" and windows.regular:
        flat, output = planes(x, windows)
        places = torch.empty(output.shape, dtype=torch.uint8)
        for block in maximum.blocks(len(flat), math.prod(windows.spatial)):
            check()
            output[block], places[block] = maximum.placed(flat[block], windows)
        if not (windows.bordered and bool(torch.isneginf(output).any())):
            shape = (*x.shape[: -len(windows.kernel)], *windows.count)
            return output.reshape(shape), places.reshape(shape)
    return max_pool_chosen(settings, inputs)


def planes(x: torch.Tensor, windows: maximum.Windows) -> tuple[torch.Tensor, torch.Tensor]:
    """The tensor's planes or volumes one behind the other, and room for what their windows give."""
    flat = x.reshape(-1, *windows.spatial)
    return flat, x.new_empty((len(flat), *windows.count))


def max_pool_gradients(settings: Settings, gradient: torch.Tensor, kept: Kept) -> Gradients:
    """Each window's gradient to the value that was the largest; where windows overlap, they add up."""
    came_from = kept.choice if kept.place is None else kept.place
    assert came_from is not None
    return (unpooled(settings, gradient, came_from, kept.shape(), kept.check),)


def unpooled(
    settings: Settings,
    values: torch.Tensor,
    came_from: torch.Tensor,
    shape: tuple[int, ...],
    check: Check = unasked,
) -> torch.Tensor:
    """Values at a maximum pool's output put back to where the maxima came from, into ``shape``.

    ``came_from`` is what the pool was kept with: indices (`Keep.CHOICE`) or places (`Keep.PLACE`).
    """
    rank = len(settings["kernel"])
    if came_from.dtype == torch.int64:
        return unpooled_by_index(settings, values, came_from, shape)
    windows = windows_of(settings, shape)
    flat = math.prod(shape[:-rank])
    inside, outside = shape[-rank:], values.shape[-rank:]
    source, places = values.reshape(flat, 1, *outside), came_from.reshape(flat, 1, *outside)
    answer = values.new_empty((flat, 1, *inside))
    for block in maximum.blocks(flat, math.prod(outside)):
        check()
        index = maximum.indices(places[block], windows)
        part = (index.shape[0], 1, *inside)
        answer[block] = unpooled_by_index(settings, source[block], index, part)
    return answer.reshape(shape)


def unpooled_by_index(
    settings: Settings, values: torch.Tensor, choice: torch.Tensor, shape: tuple[int, ...]
) -> torch.Tensor:
    """As `unpooled`, from indices."""
    rank = len(settings["kernel"])
    back = aten.max_pool3d_with_indices_backward if rank == 3 else aten.max_pool2d_with_indices_backward
    source = lift(placeholder(shape, values), rank)
    answer = back(
        lift(values.contiguous(), rank), source, *max_windows(settings), settings["ceil"], lift(choice, rank)
    )
    return lower(answer, rank)


def average_windows(settings: Settings) -> tuple[object, ...]:
    """The arguments of an average pool after its input, in two or three dimensions."""
    return (
        spread(settings["kernel"], 1),
        spread(settings["stride"], 1),
        spread(settings["padding"], 0),
        settings["ceil"],
        settings["count_padding"],
        settings["divisor"],
    )


def average_pool(settings: Settings, inputs: Inputs) -> torch.Tensor:
    """``avg_pool``: the mean of each window."""
    x, rank = present(inputs), len(settings["kernel"])
    pool = aten.avg_pool3d if rank == 3 else aten.avg_pool2d
    return lower(pool(lift(x, rank), *average_windows(settings)), rank)


def average_pool_gradients(settings: Settings, gradient: torch.Tensor, kept: Kept) -> Gradients:
    """Each window's gradient in equal shares to its values."""
    rank = len(settings["kernel"])
    back = aten.avg_pool3d_backward if rank == 3 else aten.avg_pool2d_backward
    source = lift(placeholder(kept.shape(), gradient), rank)
    return (lower(back(lift(gradient, rank), source, *average_windows(settings)), rank),)


def adaptive_average_pool(settings: Settings, inputs: Inputs) -> torch.Tensor:
    """``adaptive_avg_pool``: the means of as many windows as ``size`` says; None keeps a dimension's size."""
    x = present(inputs)
    wanted = settings["size"]
    rank = len(wanted)
    sizes = tuple(size if size is not None else x.shape[axis - rank] for axis, size in enumerate(wanted))
    if all(size == 1 for size in sizes):
        return x.mean(tuple(range(-rank, 0)), keepdim=True)
    pool = aten._adaptive_avg_pool3d if rank == 3 else aten._adaptive_avg_pool2d
    return lower(pool(lift(x, rank), spread(sizes, 1)), rank)


def adaptive_average_pool_gradients(settings: Settings, gradient: torch.Tensor, kept: Kept) -> Gradients:
    """Each window's gradient in equal shares to its values."""
    rank = len(settings["size"])
    shape = kept.shape()
    if all(size == 1 for size in gradient.shape[-rank:]):
        count = torch.Size(shape[-rank:]).numel()
        return ((gradient / count).expand(shape),)
    back = aten._adaptive_avg_pool3d_backward if rank == 3 else aten._adaptive_avg_pool2d_backward
    return (lower(back(lift(gradient, rank), lift(placeholder(shape, gradient), rank)), rank),)


def adaptive_max_pool(settings: Settings, inputs: Inputs) -> torch.Tensor:
    """``adaptive_max_pool``: the largest values of as many windows as ``size`` says."""
    x = present(inputs)
    rank = len(settings["size"])
    pool = aten.adaptive_max_pool3d if rank == 3 else aten.adaptive_max_pool2d
    return lower(pool(lift(x, rank), spread(settings["size"], 1))[0], rank)


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
UPSAMPLE_BACK: dict[tuple[str, int], Callable[..., torch.Tensor]] = {
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


def resampling(settings: Settings, spatial: tuple[int, ...]) -> tuple[tuple[int, ...], list[object]]:
    """The output's sizes of an upsampling and the arguments that follow them."""
    scales = settings["scales"]
    if settings["size"] is not None:
        sizes = tuple(settings["size"])
    else:
        sizes = tuple(int(size * scale) for size, scale in zip(spatial, scales, strict=True))
    corners = [] if settings["mode"].startswith("nearest") else [settings["align_corners"]]
    return sizes, [*corners, *(scales if scales is not None else (None,) * len(sizes))]


def upsample(settings: Settings, inputs: Inputs) -> torch.Tensor:
    """``upsample``: nearest, linear or cubic, to ``size`` or by ``scales``."""
    x = present(inputs)
    spatial = tuple(x.shape[2:])
    sizes, rest = resampling(settings, spatial)
    return UPSAMPLE[settings["mode"], len(spatial)](x, sizes, *rest)


def upsample_gradients(settings: Settings, gradient: torch.Tensor, kept: Kept) -> Gradients:
    """Each voxel's gradient to those it was interpolated from, by their weights."""
    shape = kept.shape()
    sizes, rest = resampling(settings, shape[2:])
    return (UPSAMPLE_BACK[settings["mode"], len(sizes)](gradient.contiguous(), sizes, shape, *rest),)


OPERATORS = (
    Operator(
        "max_pool",
        max_pool,
        max_pool_gradients,
        Keep.PLACE,
        chosen=max_pool_chosen,
        placed=max_pool_placed,
        in_parts=max_pool,
    ),
    Operator("avg_pool", average_pool, average_pool_gradients),
    Operator("adaptive_avg_pool", adaptive_average_pool, adaptive_average_pool_gradients),
    Operator("adaptive_max_pool", adaptive_max_pool, by_autograd(adaptive_max_pool), Keep.INPUTS),
    Operator("upsample", upsample, upsample_gradients),
)
