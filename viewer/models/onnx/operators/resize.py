"""Interpolation."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import torch
from numpy.typing import NDArray
from torch.nn import functional

from viewer.models.onnx.onnx_node import OnnxNode
from viewer.models.onnx.operators.operator import OnnxOperator, OnnxOperatorError, normalize_axis, to_integers

LINEAR = {1: "linear", 2: "bilinear", 3: "trilinear"}
"""Torch's names of linear interpolation by the number of axes."""


def resize(
    node: OnnxNode,
    x: torch.Tensor,
    roi: NDArray[Any] | None = None,
    scales: NDArray[Any] | None = None,
    sizes: NDArray[Any] | None = None,
) -> torch.Tensor:
    """Compute ``Resize`` of the spatial axes; up to opset 10 the second input has the scales."""
    if node.version == 10:
        roi, scales = None, roi
    mode = node.attributes["mode"]
    transform = node.attributes.get("coordinate_transformation_mode", "asymmetric")
    if node.attributes.get("antialias", 0) or node.attributes.get("exclude_outside", 0):
        raise OnnxOperatorError("interpolates with antialias or exclude_outside")
    if node.attributes.get("keep_aspect_ratio_policy", "stretch") != "stretch":
        raise OnnxOperatorError("keeps the aspect ratio")
    requested = scales if scales is not None and scales.size else sizes
    if requested is None:
        raise OnnxOperatorError("has neither scales nor sizes")
    axes = node.attributes.get("axes") or range(x.dim())
    by_axis = dict(
        zip((normalize_axis(value, x.dim()) for value in axes), to_integers(requested), strict=True)
    )
    default = 1 if requested is scales else None
    batch_and_channel = [by_axis.get(dim, default if default is not None else x.shape[dim]) for dim in (0, 1)]
    if batch_and_channel != ([1, 1] if requested is scales else list(x.shape[:2])):
        raise OnnxOperatorError("resizes the axis of the batch or the channels")
    spatial = [
        by_axis.get(dim, default if default is not None else x.shape[dim]) for dim in range(2, x.dim())
    ]
    if requested is scales:
        factors = [float(value) for value in spatial]
        target = [int(size * factor) for size, factor in zip(x.shape[2:], factors, strict=True)]
    else:
        target = [int(value) for value in spatial]
        factors = [new_size / old_size for new_size, old_size in zip(target, x.shape[2:], strict=True)]
    is_integer = all(factor == int(factor) and factor >= 1 for factor in factors)
    exact = all(
        abs(new_size - size * factor) < 1e-3
        for new_size, size, factor in zip(target, x.shape[2:], factors, strict=True)
    )
    if not exact:
        # torch would use the ratio of the rounded sizes as the scale.
        raise OnnxOperatorError("has scales that do not give integer sizes", "export it with sizes")
    if mode == "nearest":
        return _interpolate_nearest(node, x, target, transform, is_integer)
    if mode not in ("linear", "cubic") or (mode == "cubic" and x.dim() != 4):
        raise OnnxOperatorError(f"interpolates by {mode!r} along {x.dim() - 2} axes")
    name = LINEAR[x.dim() - 2] if mode == "linear" else "bicubic"
    if mode == "cubic" and node.attributes.get("cubic_coeff_a", -0.75) != -0.75:
        raise OnnxOperatorError("has another cubic coefficient than torch's")
    has_single = any(value == 1 for value in target)
    if transform == "align_corners":
        return functional.interpolate(x, target, mode=name, align_corners=True)
    if transform == "half_pixel" or (transform == "pytorch_half_pixel" and not has_single):
        return functional.interpolate(x, target, mode=name, align_corners=False)
    raise OnnxOperatorError(f"interpolates {mode} with the coordinates {transform!r}")


def _interpolate_nearest(
    node: OnnxNode, x: torch.Tensor, target_size: list[int], coordinate_mode: str, has_integer_factors: bool
) -> torch.Tensor:
    """Return the nearest values; for integer factors, several rounding modes give the same result."""
    rounding = node.attributes.get("nearest_mode", "floor")
    if coordinate_mode == "asymmetric" and rounding == "floor":
        return functional.interpolate(x, target_size, mode="nearest")
    is_half_pixel = coordinate_mode in ("half_pixel", "pytorch_half_pixel")
    if is_half_pixel and has_integer_factors and rounding in ("round_prefer_floor", "round_prefer_ceil"):
        return functional.interpolate(x, target_size, mode="nearest")
    if is_half_pixel and rounding == "round_prefer_ceil":
        return functional.interpolate(x, target_size, mode="nearest-exact")
    raise OnnxOperatorError(f"takes the nearest value by {coordinate_mode!r} and {rounding!r}")


def upsample(node: OnnxNode, x: torch.Tensor, scales: NDArray[Any] | None = None) -> torch.Tensor:
    """Compute ``Upsample``; its coordinates are asymmetric."""
    import numpy as np

    factors = np.array(node.attributes["scales"]) if scales is None else scales
    return resize(node, x, None, factors)


OPERATORS: Mapping[str, OnnxOperator] = MappingProxyType(
    {
        "Resize": OnnxOperator(resize, (10, 11, 13, 18, 19), arrays=(1, 2, 3)),
        "Upsample": OnnxOperator(upsample, (7, 9), arrays=(1,)),
    }
)
