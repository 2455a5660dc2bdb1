"""Linear operators with weights: convolution, transposed convolution, dense layer, scaling by constants.

The derivative of a convolution with respect to its input is a transposed convolution with the same weights,
and vice versa; neither needs the input's values.
"""

from __future__ import annotations

import torch

from viewer.models.graph.operators.chunked_convolution import (
    convolve_in_chunks,
    convolve_transposed_in_chunks,
)
from viewer.models.graph.operators.chunking import (
    compute_in_chunks,
    multiply_in_chunks,
    update_in_chunks,
)
from viewer.models.graph.operators.conv_geometry import ConvGeometry
from viewer.models.graph.operators.operator import (
    Attributes,
    CheckCancelled,
    Gradients,
    Inputs,
    Operator,
    SavedTensors,
    autograd_backward,
    estimate_weighted_cost,
    never_cancelled,
    required_input,
)


def convolve(attributes: Attributes, inputs: Inputs, check: CheckCancelled = never_cancelled) -> torch.Tensor:
    """Compute ``conv``: x (N, C, spatial...), weight (out, C / groups, kernel...), optional bias (out)."""
    return convolve_in_chunks(
        required_input(inputs),
        required_input(inputs, 1),
        inputs[2],
        ConvGeometry.from_attributes(attributes),
        check,
    )


def convolve_transposed(
    attributes: Attributes, inputs: Inputs, check: CheckCancelled = never_cancelled
) -> torch.Tensor:
    """Compute ``conv_transpose``: x (N, C, spatial...), weight (C, out / groups, kernel...), bias or None."""
    x, weight, bias = required_input(inputs), required_input(inputs, 1), inputs[2]
    geometry = ConvGeometry.from_attributes(attributes)
    size = tuple(
        (length - 1) * step - 2 * pad + dilation * (taps - 1) + 1 + extra
        for length, step, pad, dilation, taps, extra in zip(
            x.shape[2:],
            geometry.stride,
            geometry.padding,
            geometry.dilation,
            weight.shape[2:],
            attributes["output_padding"],
            strict=True,
        )
    )
    output = convolve_transposed_in_chunks(
        x, weight, geometry, (len(x), weight.shape[1] * geometry.groups, *size), check
    )
    return output if bias is None else output + bias.reshape(-1, *(1,) * len(size))


def convolve_adjoint(
    attributes: Attributes,
    gradient: torch.Tensor,
    weight: torch.Tensor,
    shape: tuple[int, ...],
    check: CheckCancelled = never_cancelled,
) -> torch.Tensor:
    """Compute Wᵀ of ``conv``: from the output's shape to ``shape``, the input's."""
    return convolve_transposed_in_chunks(
        gradient, weight, ConvGeometry.from_attributes(attributes), (len(gradient), *shape[1:]), check
    )


def convolve_transposed_adjoint(
    attributes: Attributes,
    gradient: torch.Tensor,
    weight: torch.Tensor,
    shape: tuple[int, ...],
    check: CheckCancelled = never_cancelled,
) -> torch.Tensor:
    """Compute Wᵀ of ``conv_transpose``: from the output's shape to ``shape``, the input's."""
    output = convolve_in_chunks(gradient, weight, None, ConvGeometry.from_attributes(attributes), check)
    for axis, size in enumerate(shape[2:], start=2):
        output = output.narrow(axis, 0, size)
    return output


def linear(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """Compute ``linear``: x (..., in), weight (out, in), optional bias (out)."""
    del attributes
    return torch.nn.functional.linear(required_input(inputs), required_input(inputs, 1), inputs[2])


def affine(attributes: Attributes, inputs: Inputs, check: CheckCancelled = never_cancelled) -> torch.Tensor:
    """Compute ``affine``: x · scale + shift, each optional, constant, and broadcast to the shape of x."""
    del attributes
    x, scale, shift = inputs[0], inputs[1], inputs[2]
    assert x is not None
    if scale is None:
        return x if shift is None else compute_in_chunks(torch.add, x, shift, check=check)
    if shift is None:
        return compute_in_chunks(torch.mul, x, scale, check=check)
    return compute_in_chunks(
        lambda chunk, factor, summand: torch.addcmul(summand, chunk, factor), x, scale, shift, check=check
    )


def affine_in_place(
    attributes: Attributes, inputs: Inputs, check: CheckCancelled = never_cancelled
) -> torch.Tensor:
    """Compute ``affine`` in the memory of x."""
    del attributes
    x, scale, shift = required_input(inputs), inputs[1], inputs[2]
    if scale is None:
        return x if shift is None else update_in_chunks(torch.Tensor.add_, x, shift, check=check)
    if shift is None:
        return update_in_chunks(torch.Tensor.mul_, x, scale, check=check)
    return update_in_chunks(
        lambda chunk, factor, summand: torch.addcmul(summand, chunk, factor, out=chunk),
        x,
        scale,
        shift,
        check=check,
    )


def convolve_backward(attributes: Attributes, gradient: torch.Tensor, saved: SavedTensors) -> Gradients:
    """Return the gradient at the input of ``conv``, and at weights that depend on the input."""
    if any(saved.needs_grad[1:]):
        return autograd_backward(convolve)(attributes, gradient, saved)
    return (
        convolve_adjoint(attributes, gradient, saved.input(1), saved.shape(), saved.check_cancelled),
        None,
        None,
    )


def convolve_transposed_backward(
    attributes: Attributes, gradient: torch.Tensor, saved: SavedTensors
) -> Gradients:
    """Return the gradient at the input of ``conv_transpose``, and at weights that depend on the input."""
    if any(saved.needs_grad[1:]):
        return autograd_backward(convolve_transposed)(attributes, gradient, saved)
    input_gradient = convolve_transposed_adjoint(
        attributes, gradient, saved.input(1), saved.shape(), saved.check_cancelled
    )
    return (input_gradient, None, None)


def linear_backward(attributes: Attributes, gradient: torch.Tensor, saved: SavedTensors) -> Gradients:
    """Return the gradient at the input of ``linear``, and at weights that depend on the input."""
    if any(saved.needs_grad[1:]):
        return autograd_backward(linear)(attributes, gradient, saved)
    return (gradient.matmul(saved.input(1)), None, None)


def affine_backward(attributes: Attributes, gradient: torch.Tensor, saved: SavedTensors) -> Gradients:
    """Return the gradient at the input of ``affine``."""
    del attributes
    scale = saved.inputs[1]
    if scale is None:
        return (gradient, None, None)
    input_gradient = multiply_in_chunks(
        gradient, scale, may_overwrite=saved.may_overwrite, check=saved.check_cancelled
    )
    return (input_gradient, None, None)


OPERATORS = (
    Operator(
        "conv",
        convolve,
        convolve_backward,
        chunked_forward=convolve,
        has_weights=True,
        cost=estimate_weighted_cost,
    ),
    Operator(
        "conv_transpose",
        convolve_transposed,
        convolve_transposed_backward,
        chunked_forward=convolve_transposed,
        has_weights=True,
        cost=estimate_weighted_cost,
    ),
    Operator("linear", linear, linear_backward, has_weights=True, cost=estimate_weighted_cost),
    Operator("affine", affine, affine_backward, forward_in_place=affine_in_place, chunked_forward=affine),
)
