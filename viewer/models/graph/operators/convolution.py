"""Convolutions, transposed convolutions, dense layers, and scaling by constants: linear maps with weights.

The derivative of a convolution with respect to its input is a transposed convolution with the same weights,
and the other way round; neither needs the input's values.
"""

from __future__ import annotations

import torch

from viewer.models.graph.operators.operator import (
    Check,
    Gradients,
    Inputs,
    Kept,
    Operator,
    Settings,
    by_autograd,
    present,
    unasked,
)
from viewer.models.graph.operators.parts import Geometry, correlated, transposed


def convolve(settings: Settings, inputs: Inputs, check: Check = unasked) -> torch.Tensor:
    """``conv``: x (N, C, spatial...), weight (out, C / groups, kernel...), optional bias (out)."""
    return correlated(present(inputs), present(inputs, 1), inputs[2], Geometry.of(settings), check)


def convolve_transposed(settings: Settings, inputs: Inputs, check: Check = unasked) -> torch.Tensor:
    """``conv_transpose``: x (N, C, spatial...), weight (C, out / groups, kernel...), optional bias."""
    x, weight, bias = present(inputs), present(inputs, 1), inputs[2]
    geometry = Geometry.of(settings)
    size = tuple(
        (places - 1) * step - 2 * pad + far * (taps - 1) + 1 + more
        for places, step, pad, far, taps, more in zip(
            x.shape[2:],
            geometry.stride,
            geometry.padding,
            geometry.dilation,
            weight.shape[2:],
            settings["output_padding"],
            strict=True,
        )
    )
    answer = transposed(x, weight, geometry, (len(x), weight.shape[1] * geometry.groups, *size), check)
    return answer if bias is None else answer + bias.reshape(-1, *(1,) * len(size))


def convolution_back(
    settings: Settings,
    gradient: torch.Tensor,
    weight: torch.Tensor,
    shape: tuple[int, ...],
    check: Check = unasked,
) -> torch.Tensor:
    """Wᵀ of ``conv``: from the output's shape to ``shape``, the input's."""
    return transposed(gradient, weight, Geometry.of(settings), (len(gradient), *shape[1:]), check)


def transposed_convolution_back(
    settings: Settings,
    gradient: torch.Tensor,
    weight: torch.Tensor,
    shape: tuple[int, ...],
    check: Check = unasked,
) -> torch.Tensor:
    """Wᵀ of ``conv_transpose``: from the output's shape to ``shape``, the input's."""
    answer = correlated(gradient, weight, None, Geometry.of(settings), check)
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
    return (convolution_back(settings, gradient, kept.input(1), kept.shape(), kept.check), None, None)


def transposed_convolution_gradients(settings: Settings, gradient: torch.Tensor, kept: Kept) -> Gradients:
    """The gradient at the input of ``conv_transpose``; at its weights too, where they depend on the input."""
    if any(kept.wanted[1:]):
        return by_autograd(convolve_transposed)(settings, gradient, kept)
    back = transposed_convolution_back(settings, gradient, kept.input(1), kept.shape(), kept.check)
    return (back, None, None)


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
    Operator("conv", convolve, convolution_gradients, in_parts=convolve, weighted=True),
    Operator(
        "conv_transpose",
        convolve_transposed,
        transposed_convolution_gradients,
        in_parts=convolve_transposed,
        weighted=True,
    ),
    Operator("linear", dense, dense_gradients, weighted=True),
    Operator("affine", affine, affine_gradients, in_place=affine_in_place),
)
