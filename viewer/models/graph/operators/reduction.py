"""Operators that gather over dimensions: sums, means, largest values; and the norms built on them."""

from __future__ import annotations

import math

import torch

from viewer.models.graph.operators.operator import Gradients, Inputs, Kept, Operator, Settings, present


def dimensions(settings: Settings, rank: int) -> tuple[int, ...]:
    """The dimensions gathered over, counted from 0; None or an empty tuple means all."""
    dims = settings["dims"]
    return tuple(dim % rank for dim in dims) if dims and rank else tuple(range(rank))


def total(settings: Settings, inputs: Inputs) -> torch.Tensor:
    """``sum`` over some dimensions."""
    x = present(inputs)
    return x.sum(dimensions(settings, x.dim()), keepdim=settings["keepdim"])


def mean(settings: Settings, inputs: Inputs) -> torch.Tensor:
    """``mean`` over some dimensions."""
    x = present(inputs)
    return x.mean(dimensions(settings, x.dim()), keepdim=settings["keepdim"])


def largest(settings: Settings, inputs: Inputs) -> torch.Tensor:
    """``amax``: the largest value over some dimensions; its gradient is shared among equals."""
    x = present(inputs)
    return torch.amax(x, dimensions(settings, x.dim()), keepdim=settings["keepdim"])


def first_largest(settings: Settings, inputs: Inputs) -> torch.Tensor:
    """``max`` over one dimension; its gradient goes to one of equals."""
    return torch.max(present(inputs), settings["dim"], keepdim=settings["keepdim"]).values


def opened(settings: Settings, gradient: torch.Tensor, shape: tuple[int, ...]) -> torch.Tensor:
    """A gathered gradient spread over ``shape``."""
    if not settings["keepdim"]:
        for dim in sorted(dimensions(settings, len(shape))):
            gradient = gradient.unsqueeze(dim)
    return gradient.expand(shape)


def total_gradients(settings: Settings, gradient: torch.Tensor, kept: Kept) -> Gradients:
    """The gradient to each value of the sum."""
    return (opened(settings, gradient, kept.shape()),)


def mean_gradients(settings: Settings, gradient: torch.Tensor, kept: Kept) -> Gradients:
    """The gradient in equal shares to each value of the mean."""
    shape = kept.shape()
    count = math.prod(shape[dim] for dim in dimensions(settings, len(shape)))
    return (opened(settings, gradient / count, shape),)


def instance_norm(settings: Settings, inputs: Inputs) -> torch.Tensor:
    """``instance_norm``: every channel of every sample to mean 0 and variance 1; weight, bias optional."""
    return torch.instance_norm(
        present(inputs), inputs[1], inputs[2], None, None, True, 0.0, settings["eps"], False
    )


def group_norm(settings: Settings, inputs: Inputs) -> torch.Tensor:
    """``group_norm``: groups of channels of every sample to mean 0 and variance 1; weight, bias optional."""
    return torch.group_norm(present(inputs), settings["groups"], inputs[1], inputs[2], settings["eps"], False)


def layer_norm(settings: Settings, inputs: Inputs) -> torch.Tensor:
    """``layer_norm``: the last dimensions to mean 0 and variance 1; weight, bias optional."""
    return torch.layer_norm(present(inputs), settings["shape"], inputs[1], inputs[2], settings["eps"], False)


OPERATORS = (
    Operator("sum", total, total_gradients),
    Operator("mean", mean, mean_gradients),
    Operator.differentiated("amax", largest),
    Operator.differentiated("max", first_largest),
    Operator.differentiated("instance_norm", instance_norm),
    Operator.differentiated("group_norm", group_norm),
    Operator.differentiated("layer_norm", layer_norm),
)
