"""Convolutions and dense layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import torch
from torch.nn import functional

from viewer.models.onnx.onnx_node import OnnxNode
from viewer.models.onnx.operators.operator import OnnxOperator, OnnxOperatorError, read_choice

CONVOLUTIONS = {1: functional.conv1d, 2: functional.conv2d, 3: functional.conv3d}
TRANSPOSED = {1: functional.conv_transpose1d, 2: functional.conv_transpose2d, 3: functional.conv_transpose3d}


def window(
    node: OnnxNode, x: torch.Tensor, kernel: Sequence[int]
) -> tuple[list[int], list[int], list[tuple[int, int]]]:
    """Return stride, dilation and padding (before, after) of a window, along each spatial axis."""
    rank = len(kernel)
    stride = list(node.attributes.get("strides", (1,) * rank))
    dilation = list(node.attributes.get("dilations", (1,) * rank))
    pads = list(node.attributes.get("pads", (0,) * (2 * rank)))
    if not len(stride) == len(dilation) == len(pads) // 2 == rank:
        raise OnnxOperatorError(f"has strides, dilations or pads for a number of axes other than {rank}")
    padding = list(zip(pads[:rank], pads[rank:], strict=True))
    auto_pad = read_choice(node, "auto_pad", "NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER")
    if auto_pad == "VALID":
        padding = [(0, 0)] * rank
    elif auto_pad != "NOTSET":
        padding = []
        for size, step, spacing, width in zip(x.shape[2:], stride, dilation, kernel, strict=True):
            total = max((-(-size // step) - 1) * step + spacing * (width - 1) + 1 - size, 0)
            smaller, larger = total // 2, total - total // 2
            padding.append((smaller, larger) if auto_pad == "SAME_UPPER" else (larger, smaller))
    return stride, dilation, padding


def pad_spatial(x: torch.Tensor, padding: Sequence[tuple[int, int]], value: float = 0.0) -> torch.Tensor:
    """Pad the spatial axes by amounts (before, after)."""
    amounts = [amount for pair in reversed(padding) for amount in pair]
    return functional.pad(x, amounts, value=value)


def is_symmetric(padding: Sequence[tuple[int, int]]) -> bool:
    """Return whether every axis is padded by the same amount on both sides."""
    return all(before == after for before, after in padding)


def conv(
    node: OnnxNode, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None
) -> torch.Tensor:
    """Compute ``Conv``."""
    stride, dilation, padding = window(node, x, weight.shape[2:])
    if not is_symmetric(padding):
        x, padding = pad_spatial(x, padding), [(0, 0)] * len(padding)
    pads = [before for before, _ in padding]
    function = CONVOLUTIONS[len(stride)]
    return function(x, weight, bias, stride, pads, dilation, node.attributes.get("group", 1))


def conv_transpose(
    node: OnnxNode, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None
) -> torch.Tensor:
    """Compute ``ConvTranspose``; asymmetric padding is cut off afterwards."""
    if "output_shape" in node.attributes:
        raise OnnxOperatorError("has the attribute output_shape", "export it with pads instead")
    read_choice(node, "auto_pad", "NOTSET", "VALID")
    stride, dilation, padding = window(node, x, weight.shape[2:])
    rank = len(stride)
    output_padding = list(node.attributes.get("output_padding", (0,) * rank))
    groups = node.attributes.get("group", 1)
    function = TRANSPOSED[rank]
    if is_symmetric(padding):
        pads = [before for before, _ in padding]
        return function(x, weight, bias, stride, pads, output_padding, groups, dilation)
    full = function(x, weight, bias, stride, 0, output_padding, groups, dilation)
    return pad_spatial(full, [(-before, -after) for before, after in padding])


def gemm(node: OnnxNode, a: torch.Tensor, b: torch.Tensor, c: torch.Tensor | None = None) -> torch.Tensor:
    """Compute ``Gemm``: α A B + β C, a dense layer if α = β = 1."""
    alpha, beta = float(node.attributes["alpha"]), float(node.attributes["beta"])
    if node.attributes["transA"]:
        a = a.t()
    weight = b if node.attributes["transB"] else b.t()
    if alpha == 1 and (c is None or (beta == 1 and c.dim() == 1 and len(c) == len(weight))):
        return functional.linear(a, weight, c)
    product = functional.linear(a, weight) * alpha
    return product if c is None else product + c * beta


def matmul(node: OnnxNode, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Compute ``MatMul``."""
    return torch.matmul(a, b)


def einsum(node: OnnxNode, *tensors: torch.Tensor) -> Any:
    """Compute ``Einsum``."""
    result: torch.Tensor = torch.einsum(node.attributes["equation"], *tensors)
    return result


OPERATORS: Mapping[str, OnnxOperator] = MappingProxyType(
    {
        "Conv": OnnxOperator(conv, (1, 11, 22)),
        "ConvTranspose": OnnxOperator(conv_transpose, (1, 11, 22)),
        "Gemm": OnnxOperator(gemm, (7, 9, 11, 13)),
        "MatMul": OnnxOperator(matmul, (1, 9, 13)),
        "Einsum": OnnxOperator(einsum, (12,)),
    }
)
