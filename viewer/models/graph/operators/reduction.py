"""Reductions over dimensions (sum, mean, maximum), and normalisation layers."""

from __future__ import annotations

import math

import torch

from viewer.models.graph.operators.operator import (
    Attributes,
    Gradients,
    Inputs,
    Operator,
    SavedTensors,
    required_input,
)


def reduced_dims(attributes: Attributes, rank: int) -> tuple[int, ...]:
    """Return the reduced dimensions, counted from 0; None or an empty tuple means all."""
    dims = attributes["dims"]
    return tuple(dim % rank for dim in dims) if dims and rank else tuple(range(rank))


def sum_over_dims(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """Compute ``sum`` over some dimensions."""
    x = required_input(inputs)
    return x.sum(reduced_dims(attributes, x.dim()), keepdim=attributes["keepdim"])


def mean(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """Compute ``mean`` over some dimensions."""
    x = required_input(inputs)
    return x.mean(reduced_dims(attributes, x.dim()), keepdim=attributes["keepdim"])


def amax(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """Compute ``amax``: the maximum over some dimensions; its gradient is shared among equal values."""
    x = required_input(inputs)
    return torch.amax(x, reduced_dims(attributes, x.dim()), keepdim=attributes["keepdim"])


def max_over_dim(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """Compute ``max`` over one dimension; its gradient goes to one of several equal values."""
    return torch.max(required_input(inputs), attributes["dim"], keepdim=attributes["keepdim"]).values


def logsumexp(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """Compute ``logsumexp``: the logarithm of the sum of exponentials over some dimensions."""
    x = required_input(inputs)
    return torch.logsumexp(x, reduced_dims(attributes, x.dim()), keepdim=attributes["keepdim"])


def topk(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """Compute ``topk``: the k largest (or smallest) values along a dimension, in order."""
    settings = {name: attributes[name] for name in ("dim", "largest")}
    return torch.topk(required_input(inputs), attributes["k"], **settings).values


def expand_reduced(attributes: Attributes, gradient: torch.Tensor, shape: tuple[int, ...]) -> torch.Tensor:
    """Return a gradient of reduced shape expanded to ``shape``."""
    if not attributes["keepdim"]:
        for dim in sorted(reduced_dims(attributes, len(shape))):
            gradient = gradient.unsqueeze(dim)
    return gradient.expand(shape)


def sum_backward(attributes: Attributes, gradient: torch.Tensor, saved: SavedTensors) -> Gradients:
    """Return the gradient for each value of the sum."""
    return (expand_reduced(attributes, gradient, saved.shape()),)


def mean_backward(attributes: Attributes, gradient: torch.Tensor, saved: SavedTensors) -> Gradients:
    """Return the gradient, shared equally by the values of the mean."""
    shape = saved.shape()
    count = math.prod(shape[dim] for dim in reduced_dims(attributes, len(shape)))
    return (expand_reduced(attributes, gradient / count, shape),)


def instance_norm(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """Compute ``instance_norm``: channels of a sample to mean 0 and variance 1; optional weight, bias."""
    return torch.instance_norm(
        required_input(inputs), inputs[1], inputs[2], None, None, True, 0.0, attributes["eps"], False
    )


def group_norm(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """Compute ``group_norm``: groups of channels to mean 0 and variance 1; optional weight, bias."""
    return torch.group_norm(
        required_input(inputs), attributes["groups"], inputs[1], inputs[2], attributes["eps"], False
    )


def layer_norm(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """Compute ``layer_norm``: the last dimensions to mean 0 and variance 1; optional weight, bias."""
    return torch.layer_norm(
        required_input(inputs), attributes["shape"], inputs[1], inputs[2], attributes["eps"], False
    )


def rms_norm(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """Compute ``rms_norm``: the last dimensions divided by their root mean square; optional weight."""
    return torch.rms_norm(required_input(inputs), attributes["shape"], inputs[1], attributes["eps"])


OPERATORS = (
    Operator("sum", sum_over_dims, sum_backward),
    Operator("mean", mean, mean_backward),
    Operator.from_autograd("amax", amax),
    Operator.from_autograd("max", max_over_dim),
    Operator.from_autograd("logsumexp", logsumexp),
    Operator.from_autograd("topk", topk),
    Operator.from_autograd("instance_norm", instance_norm),
    Operator.from_autograd("group_norm", group_norm),
    Operator.from_autograd("layer_norm", layer_norm),
    Operator.from_autograd("rms_norm", rms_norm),
)
