"""Normalisation, softmax and dropout."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

import torch
from torch.nn import functional

from viewer.models.onnx.onnx_node import OnnxNode
from viewer.models.onnx.operators.operator import OnnxOperator, OnnxOperatorError, Value, normalize_axis


def batch_normalization(
    node: OnnxNode,
    x: torch.Tensor,
    scale: torch.Tensor,
    bias: torch.Tensor,
    mean: torch.Tensor,
    variance: torch.Tensor,
) -> torch.Tensor:
    """Compute ``BatchNormalization`` with the stored statistics."""
    if node.attributes.get("training_mode", 0) or not node.attributes.get("spatial", 1):
        raise OnnxOperatorError(
            "normalises with the statistics of the batch", "export the network in evaluation mode"
        )
    return functional.batch_norm(x, mean, variance, scale, bias, False, 0.0, node.attributes["epsilon"])


def instance_normalization(
    node: OnnxNode, x: torch.Tensor, scale: torch.Tensor, bias: torch.Tensor
) -> torch.Tensor:
    """Compute ``InstanceNormalization``."""
    return functional.instance_norm(x, weight=scale, bias=bias, eps=node.attributes["epsilon"])


def group_normalization(
    node: OnnxNode, x: torch.Tensor, scale: torch.Tensor, bias: torch.Tensor
) -> torch.Tensor:
    """Compute ``GroupNormalization``; up to opset 20, scale and bias are per group."""
    groups = node.attributes["num_groups"]
    if node.version < 21:
        scale, bias = (tensor.repeat_interleave(x.shape[1] // groups) for tensor in (scale, bias))
    return functional.group_norm(x, groups, scale, bias, node.attributes["epsilon"])


def layer_normalization(
    node: OnnxNode, x: torch.Tensor, scale: torch.Tensor, bias: torch.Tensor | None = None
) -> torch.Tensor:
    """Compute ``LayerNormalization``."""
    shape = x.shape[normalize_axis(node.attributes["axis"], x.dim()) :]
    return functional.layer_norm(
        x,
        shape,
        scale.expand(shape),
        None if bias is None else bias.expand(shape),
        node.attributes["epsilon"],
    )


def softmax(function: Callable[..., torch.Tensor]) -> Callable[..., torch.Tensor]:
    """Return ``Softmax`` or ``LogSoftmax``; before opset 13, it is over all axes from ``axis`` on."""

    def compute(node: OnnxNode, x: torch.Tensor) -> torch.Tensor:
        axis = normalize_axis(node.attributes["axis"], x.dim())
        if node.version >= 13 or math.prod(x.shape[axis + 1 :]) == 1:
            return function(x, dim=axis)
        return function(x.flatten(axis), dim=-1).reshape(x.shape)

    return compute


def dropout(
    node: OnnxNode, x: torch.Tensor, ratio: Value | None = None, training: Value | None = None
) -> torch.Tensor:
    """Compute ``Dropout`` in evaluation mode: the identity."""
    if training is not None and bool(training.any()):
        raise OnnxOperatorError("drops values at random", "export the network in evaluation mode")
    return functional.dropout(x, training=False)


OPERATORS: Mapping[str, OnnxOperator] = MappingProxyType(
    {
        "BatchNormalization": OnnxOperator(batch_normalization, (7, 9, 14, 15)),
        "InstanceNormalization": OnnxOperator(instance_normalization, (6, 22)),
        "GroupNormalization": OnnxOperator(group_normalization, (18, 21)),
        "LayerNormalization": OnnxOperator(layer_normalization, (17,)),
        "Softmax": OnnxOperator(softmax(functional.softmax), (1, 11, 13)),
        "LogSoftmax": OnnxOperator(softmax(functional.log_softmax), (1, 11, 13)),
        "Dropout": OnnxOperator(dropout, (7, 10, 12, 13, 22), arrays=(1, 2)),
    }
)
