"""Pooling."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import torch
from torch.nn import functional

from viewer.models.onnx.onnx_node import OnnxNode
from viewer.models.onnx.operators.convolution import is_symmetric, pad_spatial, window
from viewer.models.onnx.operators.operator import OnnxOperator, OnnxOperatorError

Functions = Mapping[int, Callable[..., Any]]
"""Functions by the number of spatial axes."""

AVERAGE: Functions = {
    1: functional.avg_pool1d,
    2: functional.avg_pool2d,
    3: functional.avg_pool3d,
}
MAXIMUM: Functions = {
    1: functional.max_pool1d,
    2: functional.max_pool2d,
    3: functional.max_pool3d,
}
GLOBAL_AVERAGE: Functions = {
    1: functional.adaptive_avg_pool1d,
    2: functional.adaptive_avg_pool2d,
    3: functional.adaptive_avg_pool3d,
}
GLOBAL_MAXIMUM: Functions = {
    1: functional.adaptive_max_pool1d,
    2: functional.adaptive_max_pool2d,
    3: functional.adaptive_max_pool3d,
}


def max_pool(node: OnnxNode, x: torch.Tensor) -> Any:
    """Compute ``MaxPool``."""
    kernel = list(node.attributes["kernel_shape"])
    stride, dilation, padding = window(node, x, kernel)
    # torch pads at most half a window, and both sides equally.
    fits = all(before <= width // 2 for (before, _), width in zip(padding, kernel, strict=True))
    if not (is_symmetric(padding) and fits):
        x, padding = pad_spatial(x, padding, float("-inf")), [(0, 0)] * len(kernel)
    pads = [before for before, _ in padding]
    ceil = bool(node.attributes.get("ceil_mode", 0))
    return MAXIMUM[len(kernel)](x, kernel, stride, pads, dilation, ceil)


def average_pool(node: OnnxNode, x: torch.Tensor) -> Any:
    """Compute ``AveragePool``."""
    kernel = list(node.attributes["kernel_shape"])
    stride, dilation, padding = window(node, x, kernel)
    if any(spacing != 1 for spacing in dilation):
        raise OnnxOperatorError("averages over a dilated window", "express it as a convolution")
    ceil = bool(node.attributes.get("ceil_mode", 0))
    counted = bool(node.attributes.get("count_include_pad", 0))
    function = AVERAGE[len(kernel)]
    fits = all(before <= width // 2 for (before, _), width in zip(padding, kernel, strict=True))
    if is_symmetric(padding) and fits:
        pads = [before for before, _ in padding]
        return function(x, kernel, stride, pads, ceil, counted)
    if ceil:
        raise OnnxOperatorError("combines ceil_mode with asymmetric padding")
    averaged = function(pad_spatial(x, padding), kernel, stride)
    if counted:
        return averaged
    ones = torch.ones((1, 1, *x.shape[2:]), dtype=x.dtype, device=x.device)
    return averaged / function(pad_spatial(ones, padding), kernel, stride)


def global_average_pool(node: OnnxNode, x: torch.Tensor) -> Any:
    """Compute ``GlobalAveragePool``."""
    rank = x.dim() - 2
    return GLOBAL_AVERAGE[rank](x, (1,) * rank)


def global_max_pool(node: OnnxNode, x: torch.Tensor) -> Any:
    """Compute ``GlobalMaxPool``."""
    rank = x.dim() - 2
    return GLOBAL_MAXIMUM[rank](x, (1,) * rank)


OPERATORS: Mapping[str, OnnxOperator] = MappingProxyType(
    {
        "MaxPool": OnnxOperator(max_pool, (1, 8, 10, 11, 12, 22)),
        "AveragePool": OnnxOperator(average_pool, (7, 10, 11, 19, 22)),
        "GlobalAveragePool": OnnxOperator(global_average_pool, (1, 22)),
        "GlobalMaxPool": OnnxOperator(global_max_pool, (1, 22)),
    }
)
