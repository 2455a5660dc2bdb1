"""Convolutions, transposed convolutions, dense layers, and scaling by constants: linear maps with weights.

The derivative of a convolution with respect to its input is a transposed convolution with the same weights,
and the other way round; neither needs the input's values.
"""

from __future__ import annotations

import torch

from viewer.models.graph.operators.operator import (
    Gradients,
    Inputs,
    Kept,
    Operator,
    Settings,
    by_autograd,
    present,
)


def convolve(settings: Settings, inputs: Inputs) -> torch.Tensor:
    """``conv``: x (N, C, spatial...), weight (out, C / groups, kernel...), optional bias (out)."""
    x, weight = present(inputs), present(inputs, 1)
    rank = weight.dim() - 2
    return torch.convolution(
        x,
        weight,
        inputs[2],
        settings["stride"],
        settings["padding"],
        settings["dilation"],
        False,
        (0,) * rank,
        settings["groups"],
    )


def convolve_transposed(settings: Settings, inputs: Inputs) -> torch.Tensor:
    """``conv_transpose``: x (N, C, spatial...), weight (C, out / groups, kernel...), optional bias."""
    return torch.convolution(
        present(inputs),
        present(inputs, 1),
        inputs[2],
        settings["stride"],
        settings["padding"],
        settings["dilation"],
        True,
        settings["output_padding"],
        settings["groups"],
    )


def convolution_back(
    settings: Settings, gradient: torch.Tensor, weight: torch.Tensor, shape: tuple[int, ...]
) -> torch.Tensor:
    """Wᵀ of ``conv``: from the output's shape to ``shape``, the input's."""
    stride, padding, dilation = settings["stride"], settings["padding"], settings["dilation"]
    rest = tuple(
        size - ((out - 1) * step - 2 * pad + far * (kernel - 1) + 1)
        for size, out, step, pad, far, kernel in zip(
            shape[2:], gradient.shape[2:], stride, padding, dilation, weight.shape[2:], strict=True
        )
    )
    return torch.convolution(
        gradient, weight, None, stride, padding, dilation, True, rest, settings["groups"]
    )


def transposed_convolution_back(
    settings: Settings, gradient: torch.Tensor, weight: torch.Tensor, shape: tuple[int, ...]
) -> torch.Tensor:
    """Wᵀ of ``conv_transpose``: from the output's shape to ``shape``, the input's."""
    rank = weight.dim() - 2
    answer = torch.convolution(
        gradient,
        weight,
        None,
        settings["stride"],
        settings["padding"],
        settings["dilation"],
        False,
        (0,) * rank,
        settings["groups"],
    )
    for axis, size in enumerate(shape[2:], start=2):
        answer = answer.narrow(axis, 0, size)
    return answer


def dense(settings: Settings, inputs: Inputs) -> torch.Tensor:
    """``linear``: x (..., in), weight (out, in), optional bias (out)."""
    del settings
    return torch.nn.functional.linear(present(inputs), present(inputs, 1), inputs[2])


def affine(settings: Settings, inputs: Inputs) -> torch.Tensor:
    """``affine``: x · scale + shift, each optional and constant, broadcast against x without enlarging it."""
    del settings
    x, scale, shift = inputs[0], inputs[1], inputs[2]
    assert x is not None
    if scale is None:
        return x if shift is None else x + shift
    return x * scale if shift is None else torch.addcmul(shift, x, scale)


def affine_in_place(settings: Settings, inputs: Inputs) -> torch.Tensor:
    """``affine`` into the memory of x."""
    del settings
    x, scale, shift = present(inputs), inputs[1], inputs[2]
    if scale is None:
        return x if shift is None else x.add_(shift)
    return x.mul_(scale) if shift is None else torch.addcmul(shift, x, scale, out=x)


def convolution_gradients(settings: Settings, gradient: torch.Tensor, kept: Kept) -> Gradients:
    """The gradient at the input of ``conv``; at its weights too, where those depend on the input."""
    if any(kept.wanted[1:]):
        return by_autograd(convolve)(settings, gradient, kept)
    return (convolution_back(settings, gradient, kept.input(1), kept.shape()), None, None)


def transposed_convolution_gradients(settings: Settings, gradient: torch.Tensor, kept: Kept) -> Gradients:
    """The gradient at the input of ``conv_transpose``; at its weights too, where they depend on the input."""
    if any(kept.wanted[1:]):
        return by_autograd(convolve_transposed)(settings, gradient, kept)
    return (transposed_convolution_back(settings, gradient, kept.input(1), kept.shape()), None, None)


def dense_gradients(settings: Settings, gradient: torch.Tensor, kept: Kept) -> Gradients:
    """The gradient at the input of ``linear``; at its weights too, where those depend on the input."""
    if any(kept.wanted[1:]):
        return by_autograd(dense)(settings, gradient, kept)
    return (gradient.matmul(kept.input(1)), None, None)


def affine_gradients(settings: Settings, gradient: torch.Tensor, kept: Kept) -> Gradients:
    """The gradient at the input of ``affine``."""
    del settings
    scale = kept.inputs[1]
    if scale is None:
        return (gradient, None, None)
    return (gradient.mul_(scale) if kept.owned else gradient * scale, None, None)


OPERATORS = (
    Operator("conv", convolve, convolution_gradients, weighted=True),
    Operator("conv_transpose", convolve_transposed, transposed_convolution_gradients, weighted=True),
    Operator("linear", dense, dense_gradients, weighted=True),
    Operator("affine", affine, affine_gradients, in_place=affine_in_place),
)
