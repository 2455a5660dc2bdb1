"""Operators on sizes: arrays of integers, some of them symbolic, which do not depend on the image's values.

Exporters compute the shapes of reshaped tensors with them. As tensors, the results would be values of the
network, on which a shape must not depend.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from viewer.models.onnx.onnx_node import OnnxNode
from viewer.models.onnx.operators.operator import to_integers
from viewer.models.onnx.operators.pointwise import DTYPES
from viewer.models.onnx.operators.shape_ops import check_constant_size

MAX_VALUES = 1024
"""Maximum number of values of an integer constant that is kept as an array; shapes are shorter."""

Array = NDArray[Any]


def _read_axes(node: OnnxNode, axes: Array | None) -> tuple[int, ...]:
    return tuple(
        int(axis) for axis in (node.attributes.get("axes", ()) if axes is None else to_integers(axes))
    )


def _squeeze(node: OnnxNode, x: Array, axes: Array | None = None) -> Array:
    return np.squeeze(x, _read_axes(node, axes) or None)


def _unsqueeze(node: OnnxNode, x: Array, axes: Array | None = None) -> Array:
    return np.expand_dims(x, _read_axes(node, axes))


def _concat(node: OnnxNode, *arrays: Array) -> Array:
    return np.concatenate(arrays, node.attributes["axis"])


def _gather(node: OnnxNode, x: Array, indices: Array) -> Array:
    return np.asarray(np.take(x, indices.astype(np.int64), node.attributes["axis"]))


def _slice(
    node: OnnxNode,
    x: Array,
    starts: Array | None = None,
    ends: Array | None = None,
    axes: Array | None = None,
    steps: Array | None = None,
) -> Array:
    arguments = [
        list(node.attributes.get(name, ())) if values is None else to_integers(values)
        for name, values in (("starts", starts), ("ends", ends), ("axes", axes), ("steps", steps))
    ]
    dims = arguments[2] or list(range(len(arguments[0])))
    strides = arguments[3] or [1] * len(dims)
    slices = [slice(None)] * x.ndim
    for dim, start, end, step in zip(dims, arguments[0], arguments[1], strides, strict=True):
        slices[dim] = slice(start, end, step)
    return x[tuple(slices)]


def _reshape(node: OnnxNode, x: Array, shape: Array) -> Array:
    return x.reshape([int(size) for size in to_integers(shape)])


def _cast(node: OnnxNode, x: Array) -> Array:
    dtype = DTYPES[node.attributes["to"]]
    convert = torch.sym_float if dtype.is_floating_point else bool if dtype == torch.bool else torch.sym_int
    result = np.empty(x.size, dtype=object)
    result[:] = [convert(value) for value in x.reshape(-1).tolist()]
    return result.reshape(x.shape)


def _divide(a: Any, b: Any) -> Any:
    if isinstance(a, (float, torch.SymFloat)) or isinstance(b, (float, torch.SymFloat)):
        return a / b
    quotient = abs(a) // abs(b)  # toward zero
    return quotient if (a >= 0) == (b >= 0) else -quotient


def _elementwise(function: Callable[..., Any]) -> Callable[..., Array]:
    """Return an operator that applies a function of Python numbers to each element."""

    def compute(node: OnnxNode, *arrays: Array) -> Array:
        broadcast = np.broadcast_arrays(*(array.astype(object) for array in arrays))
        result = np.empty(broadcast[0].size, dtype=object)
        columns = (array.reshape(-1).tolist() for array in broadcast)
        result[:] = [function(*values) for values in zip(*columns, strict=True)]
        return result.reshape(broadcast[0].shape)

    return compute


def _product(node: OnnxNode, x: Array, axes: Array | None = None) -> Array:
    dims = _read_axes(node, axes) or None
    return np.asarray(np.prod(x, axis=dims, keepdims=bool(node.attributes["keepdims"])))


def _constant_of_shape(node: OnnxNode, shape: Array) -> Array:
    value = np.asarray(node.attributes.get("value", 0.0)).reshape(-1)[0]
    sizes = [int(size) for size in to_integers(shape)]
    check_constant_size(sizes)
    return np.full(sizes, value)


SIZE_OPERATORS: Mapping[str, Callable[..., Array]] = MappingProxyType(
    {
        "Identity": lambda node, x: x,
        "Squeeze": _squeeze,
        "Unsqueeze": _unsqueeze,
        "Concat": _concat,
        "Gather": _gather,
        "Slice": _slice,
        "Reshape": _reshape,
        "Cast": _cast,
        "Add": _elementwise(lambda a, b: a + b),
        "Sub": _elementwise(lambda a, b: a - b),
        "Mul": _elementwise(lambda a, b: a * b),
        "Div": _elementwise(_divide),
        "Mod": _elementwise(lambda a, b: a % b),
        "Neg": _elementwise(lambda a: -a),
        "Max": _elementwise(torch.sym_max),
        "Min": _elementwise(torch.sym_min),
        "Floor": _elementwise(lambda a: float(np.floor(a))),
        "Ceil": _elementwise(lambda a: float(np.ceil(a))),
        "Sqrt": _elementwise(lambda a: float(a) ** 0.5),
        "Equal": _elementwise(lambda a, b: bool(a == b)),
        "Greater": _elementwise(lambda a, b: bool(a > b)),
        "Less": _elementwise(lambda a, b: bool(a < b)),
        "Not": _elementwise(lambda a: not a),
        "Where": _elementwise(lambda condition, a, b: a if condition else b),
        "ReduceProd": _product,
        "ConstantOfShape": _constant_of_shape,
    }
)
"""Functions by operator, for inputs that are all arrays."""
