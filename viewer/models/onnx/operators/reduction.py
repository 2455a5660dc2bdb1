"""Sums, means and extremes over axes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import torch
from numpy.typing import NDArray

from viewer.models.onnx.onnx_node import OnnxNode
from viewer.models.onnx.operators.operator import OnnxOperator, normalize_axis, to_integers

Reduction = Callable[[torch.Tensor, tuple[int, ...], bool], torch.Tensor]
"""Function of a tensor, the axes, and whether to keep them with size 1."""


def reduce_axes(function: Reduction) -> Callable[..., torch.Tensor]:
    """Return an operator that reduces the axes given as attribute or input; all axes if none are given."""

    def compute(node: OnnxNode, x: torch.Tensor, axes: NDArray[Any] | None = None) -> torch.Tensor:
        axis_list = list(node.attributes.get("axes", ())) if axes is None else to_integers(axes)
        if not axis_list and node.attributes.get("noop_with_empty_axes", 0):
            return x
        dims = tuple(sorted(normalize_axis(int(axis), x.dim()) for axis in axis_list)) or tuple(
            range(x.dim())
        )
        return function(x, dims, bool(node.attributes["keepdims"]))

    return compute


def product(x: torch.Tensor, dims: tuple[int, ...], keepdim: bool) -> torch.Tensor:
    """Compute the product over axes."""
    for dim in reversed(dims):
        x = x.prod(dim, keepdim=keepdim)
    return x


def euclidean_norm(x: torch.Tensor, dims: tuple[int, ...], keepdim: bool) -> torch.Tensor:
    """Compute the Euclidean norm over axes."""
    return x.square().sum(dims, keepdim=keepdim).sqrt()


OPERATORS: Mapping[str, OnnxOperator] = MappingProxyType(
    {
        name: OnnxOperator(reduce_axes(function), versions, arrays=(1,))
        for name, versions, function in (
            ("ReduceMean", (1, 11, 13, 18), lambda x, dims, keep: x.mean(dims, keepdim=keep)),
            ("ReduceSum", (1, 11, 13), lambda x, dims, keep: x.sum(dims, keepdim=keep)),
            ("ReduceMax", (1, 11, 12, 13, 18, 20), lambda x, dims, keep: x.amax(dims, keepdim=keep)),
            ("ReduceMin", (1, 11, 12, 13, 18, 20), lambda x, dims, keep: x.amin(dims, keepdim=keep)),
            ("ReduceProd", (1, 11, 13, 18), product),
            ("ReduceL1", (1, 11, 13, 18), lambda x, dims, keep: x.abs().sum(dims, keepdim=keep)),
            ("ReduceL2", (1, 11, 13, 18), euclidean_norm),
            ("ReduceSumSquare", (1, 11, 13, 18), lambda x, dims, keep: x.square().sum(dims, keepdim=keep)),
            ("ReduceLogSumExp", (1, 11, 13, 18), lambda x, dims, keep: x.logsumexp(dims, keepdim=keep)),
        )
    }
)
