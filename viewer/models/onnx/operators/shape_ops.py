"""Operators that rearrange, select or repeat values."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from viewer.models.onnx.onnx_node import OnnxNode
from viewer.models.onnx.operators.operator import (
    OnnxOperator,
    OnnxOperatorError,
    normalize_axis,
    read_choice,
    to_integers,
    to_size_array,
)

MAX_CONSTANT_VALUES = 2**28
"""Maximum number of values of a tensor that the file describes only by its shape."""

DTYPE_VERSIONS = (13, 21, 23, 24, 25)
"""Opsets that only added dtypes to many operators of this family."""


def identity(node: OnnxNode, x: torch.Tensor) -> torch.Tensor:
    """Compute ``Identity``."""
    return x


def shape(node: OnnxNode, x: torch.Tensor) -> NDArray[Any]:
    """Compute ``Shape``."""
    return to_size_array(list(x.shape)[node.attributes.get("start", 0) : node.attributes.get("end")])


def size(node: OnnxNode, x: torch.Tensor) -> NDArray[Any]:
    """Compute ``Size``."""
    return to_size_array([math.prod(x.shape)]).reshape(())


def reshape(node: OnnxNode, x: torch.Tensor, target_shape: NDArray[Any]) -> torch.Tensor:
    """Compute ``Reshape``; 0 keeps the size of the input."""
    sizes = to_integers(target_shape)
    if not node.attributes.get("allowzero", 0):
        sizes = [x.shape[dim] if length == 0 else length for dim, length in enumerate(sizes)]
    return x.reshape(sizes)


def flatten(node: OnnxNode, x: torch.Tensor) -> torch.Tensor:
    """Compute ``Flatten``."""
    axis = normalize_axis(node.attributes["axis"], x.dim())
    if axis == 1:
        return x.flatten(1)
    return x.reshape(math.prod(x.shape[:axis]), math.prod(x.shape[axis:]))


def transpose(node: OnnxNode, x: torch.Tensor) -> torch.Tensor:
    """Compute ``Transpose``."""
    return x.permute(*node.attributes.get("perm", range(x.dim() - 1, -1, -1)))


def _read_axes(node: OnnxNode, axes: NDArray[Any] | None) -> list[int] | None:
    """Return the axes of a node: an attribute, or from opset 13 on an input."""
    if axes is not None:
        return [int(axis) for axis in to_integers(axes)]
    attribute = node.attributes.get("axes")
    return None if attribute is None else list(attribute)


def squeeze(node: OnnxNode, x: torch.Tensor, axes: NDArray[Any] | None = None) -> torch.Tensor:
    """Compute ``Squeeze``."""
    dims = _read_axes(node, axes)
    if dims is None:
        dims = [dim for dim, length in enumerate(x.shape) if length == 1]
    if any(x.shape[dim] != 1 for dim in dims):
        raise OnnxOperatorError("removes an axis that is longer than 1")
    return x.squeeze(tuple(dims))


def unsqueeze(node: OnnxNode, x: torch.Tensor, axes: NDArray[Any] | None = None) -> torch.Tensor:
    """Compute ``Unsqueeze``."""
    dims = _read_axes(node, axes) or []
    rank = x.dim() + len(dims)
    for dim in sorted(normalize_axis(axis, rank) for axis in dims):
        x = x.unsqueeze(dim)
    return x


def concat(node: OnnxNode, *tensors: torch.Tensor) -> torch.Tensor:
    """Compute ``Concat``."""
    return torch.cat(tensors, node.attributes["axis"])


def split(node: OnnxNode, x: torch.Tensor, sizes: NDArray[Any] | None = None) -> Sequence[torch.Tensor]:
    """Compute ``Split``: into given sizes, or into equal parts of which the last may be smaller."""
    axis = node.attributes["axis"]
    part_sizes = to_integers(sizes) if sizes is not None else list(node.attributes.get("split", ()))
    if part_sizes:
        return torch.split(x, part_sizes, axis)
    count = node.attributes.get("num_outputs", len(node.outputs))
    return torch.split(x, -(-x.shape[axis] // count), axis)


def slice_axes(
    node: OnnxNode,
    x: torch.Tensor,
    starts: NDArray[Any] | None = None,
    ends: NDArray[Any] | None = None,
    axes: NDArray[Any] | None = None,
    steps: NDArray[Any] | None = None,
) -> torch.Tensor:
    """Compute ``Slice``; a negative step reverses the order."""
    arguments = [
        list(node.attributes.get(name, ())) if values is None else to_integers(values)
        for name, values in (("starts", starts), ("ends", ends), ("axes", axes), ("steps", steps))
    ]
    first, last = arguments[0], arguments[1]
    dims = arguments[2] or list(range(len(first)))
    strides = arguments[3] or [1] * len(first)
    for dim, start, end, step in zip(dims, first, last, strides, strict=True):
        axis = normalize_axis(dim, x.dim())
        if step < 0:
            indices = range(int(x.shape[axis]))[start:end:step]
            # The same values, as a slice of the flipped axis with a positive step.
            x = x.flip(axis)
            start = int(x.shape[axis]) - 1 - indices.start if indices else 0
            end, step = start + (len(indices) - 1) * -step + 1 if indices else 0, -step
        # The largest integers mean the end of the axis.
        slices: list[slice] = [slice(None)] * x.dim()
        stop = None if isinstance(end, int) and end >= 2**31 - 1 else end
        slices[axis] = slice(None if isinstance(start, int) and start <= -(2**31) else start, stop, step)
        x = x[tuple(slices)]
    return x


def gather(node: OnnxNode, x: torch.Tensor, indices: torch.Tensor) -> torch.Tensor:
    """Compute ``Gather``."""
    axis = normalize_axis(node.attributes["axis"], x.dim())
    flat = indices.reshape(-1).long()
    flat = torch.where(flat < 0, flat + x.shape[axis], flat)
    return x.index_select(axis, flat).reshape(*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :])


def gather_constant(node: OnnxNode, x: torch.Tensor, indices: NDArray[Any]) -> torch.Tensor:
    """Compute ``Gather`` with constant indices, as a selection or a slice if possible."""
    axis = normalize_axis(node.attributes["axis"], x.dim())
    positions = [normalize_axis(int(index), int(x.shape[axis])) for index in to_integers(indices)]
    if indices.ndim == 0:
        return x.select(axis, positions[0])
    if indices.ndim == 1 and positions == list(range(positions[0], positions[0] + len(positions))):
        return x.narrow(axis, positions[0], len(positions))
    return gather(node, x, torch.tensor(positions, device=x.device).reshape(indices.shape))


def gather_elements(node: OnnxNode, x: torch.Tensor, indices: torch.Tensor) -> torch.Tensor:
    """Compute ``GatherElements``."""
    axis = normalize_axis(node.attributes["axis"], x.dim())
    return x.gather(axis, torch.where(indices < 0, indices + x.shape[axis], indices))


def expand(node: OnnxNode, x: torch.Tensor, target_shape: NDArray[Any]) -> torch.Tensor:
    """Compute ``Expand``: broadcasting in both directions."""
    sizes = to_integers(target_shape)
    input_shape = [1] * (len(sizes) - x.dim()) + list(x.shape)
    sizes = [1] * (len(input_shape) - len(sizes)) + sizes
    return x.expand(
        [input_size if length == 1 else length for length, input_size in zip(sizes, input_shape, strict=True)]
    )


def tile(node: OnnxNode, x: torch.Tensor, repeats: NDArray[Any]) -> torch.Tensor:
    """Compute ``Tile``."""
    return x.repeat(to_integers(repeats))


def pad(
    node: OnnxNode,
    x: torch.Tensor,
    pads: NDArray[Any] | None = None,
    value: NDArray[Any] | None = None,
    axes: NDArray[Any] | None = None,
) -> torch.Tensor:
    """Compute ``Pad``; up to opset 10 amounts and value are attributes."""
    amounts = to_integers(pads) if pads is not None else list(node.attributes["pads"])
    filled = float(value.reshape(-1)[0]) if value is not None and value.size else 0.0
    if node.version < 11:
        filled = node.attributes["value"]
    mode = read_choice(node, "mode", "constant", "reflect", "edge", "wrap")
    dims = (
        list(range(x.dim()))
        if axes is None
        else [normalize_axis(int(number), x.dim()) for number in to_integers(axes)]
    )
    sides = {dim: (amounts[position], amounts[position + len(dims)]) for position, dim in enumerate(dims)}
    first = min((dim for dim, pair in sides.items() if any(pair)), default=None)
    if first is None:
        return x
    flat = [number for dim in range(x.dim() - 1, first - 1, -1) for number in sides.get(dim, (0, 0))]
    if mode == "constant":
        return functional.pad(x, flat, value=filled)
    names = {"reflect": "reflect", "edge": "replicate", "wrap": "circular"}
    flat += [0, 0] * (x.dim() - 2 - len(flat) // 2)  # torch requires all spatial axes
    return functional.pad(x, flat, mode=names[mode])


def constant_of_shape(node: OnnxNode, target_shape: NDArray[Any]) -> torch.Tensor:
    """Compute ``ConstantOfShape``."""
    sizes = to_integers(target_shape)
    check_constant_size(sizes)
    value = np.asarray(node.attributes.get("value", np.zeros(1, np.float32))).reshape(-1)[:1]
    return torch.full(sizes, value.tolist()[0], dtype=torch.from_numpy(value).dtype)


def check_constant_size(sizes: Sequence[Any]) -> None:
    """Refuse a constant of more values than `MAX_CONSTANT_VALUES`."""
    if math.prod(int(length) for length in sizes) > MAX_CONSTANT_VALUES:
        raise OnnxOperatorError(f"computes a constant of more than {MAX_CONSTANT_VALUES:,} values")


def make_range(node: OnnxNode, start: NDArray[Any], limit: NDArray[Any], delta: NDArray[Any]) -> torch.Tensor:
    """Compute ``Range``."""
    first, last, step = (array.reshape(-1)[0] for array in (start, limit, delta))
    check_constant_size([max(int((last - first) / step) + 1, 0)])
    dtype = torch.from_numpy(np.zeros(1, start.dtype)).dtype if start.dtype != object else torch.int64
    return (
        torch.arange(int(first), int(last), int(step), dtype=dtype)
        if not dtype.is_floating_point
        else (torch.arange(float(first), float(last), float(step), dtype=dtype))
    )


def trilu(node: OnnxNode, x: torch.Tensor, diagonal: NDArray[Any] | None = None) -> torch.Tensor:
    """Compute ``Trilu``."""
    offset = 0 if diagonal is None else int(diagonal.reshape(-1)[0])
    return torch.triu(x, offset) if node.attributes["upper"] else torch.tril(x, offset)


OPERATORS: Mapping[str, OnnxOperator] = MappingProxyType(
    {
        "Identity": OnnxOperator(identity, (1, 14, 16, 19, *DTYPE_VERSIONS)),
        "Shape": OnnxOperator(shape, (1, 15, 19, *DTYPE_VERSIONS)),
        "Size": OnnxOperator(size, (1, 19, *DTYPE_VERSIONS)),
        "Reshape": OnnxOperator(reshape, (5, 14, 19, *DTYPE_VERSIONS), arrays=(1,)),
        "Flatten": OnnxOperator(flatten, (1, 9, 11, *DTYPE_VERSIONS)),
        "Transpose": OnnxOperator(transpose, (1, *DTYPE_VERSIONS)),
        "Squeeze": OnnxOperator(squeeze, (1, 11, *DTYPE_VERSIONS), arrays=(1,)),
        "Unsqueeze": OnnxOperator(unsqueeze, (1, 11, *DTYPE_VERSIONS), arrays=(1,)),
        "Concat": OnnxOperator(concat, (4, 11, 13)),
        "Split": OnnxOperator(split, (2, 11, 13, 18), arrays=(1,)),
        "Slice": OnnxOperator(slice_axes, (1, 10, 11, 13), arrays=(1, 2, 3, 4)),
        "Gather": OnnxOperator(gather, (1, 11, 13)),
        "GatherElements": OnnxOperator(gather_elements, (11, 13)),
        "Expand": OnnxOperator(expand, (8, 13), arrays=(1,)),
        "Tile": OnnxOperator(tile, (6, 13), arrays=(1,)),
        "Pad": OnnxOperator(pad, (2, 11, 18, 19, *DTYPE_VERSIONS), arrays=(1, 2, 3)),
        "ConstantOfShape": OnnxOperator(constant_of_shape, (9, 20, 21, 23, 24, 25), arrays=(0,)),
        "Range": OnnxOperator(make_range, (11,), arrays=(0, 1, 2)),
        "Trilu": OnnxOperator(trilu, (14,), arrays=(1,)),
    }
)
