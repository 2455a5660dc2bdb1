"""Operators that bring two values of the network together: sums, products, quotients, matrix products.

An operand that is constant is no second value: such sums and products are ``affine``.
"""

from __future__ import annotations

import torch

from viewer.models.graph.operators.operator import (
    Attributes,
    Gradients,
    Inputs,
    Operator,
    Save,
    SavedTensors,
    autograd_backward,
    cost_of_weights,
    required_input,
)


def sum_to_shape(gradient: torch.Tensor, shape: tuple[int, ...]) -> torch.Tensor:
    """The gradient of an operand that was broadcast: summed over what it was broadcast along."""
    return gradient if gradient.shape == shape else gradient.sum_to_size(shape)


def add(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """``add``: x + y."""
    del attributes
    return required_input(inputs) + required_input(inputs, 1)


def add_in_place(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """``add`` into the memory of x, where it is of the sum's shape and kind."""
    del attributes
    x, y = required_input(inputs), required_input(inputs, 1)
    return x.add_(y) if x.shape == y.shape and x.dtype == y.dtype else x + y


def subtract(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """``sub``: x − y."""
    del attributes
    return required_input(inputs) - required_input(inputs, 1)


def multiply(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """``mul``: x · y, value by value; a gate."""
    del attributes
    return required_input(inputs) * required_input(inputs, 1)


def divide(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """``div``: x / y, value by value."""
    del attributes
    return required_input(inputs) / required_input(inputs, 1)


def matmul(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """``matmul``: matrices in the last two dimensions, the others broadcast."""
    del attributes
    return torch.matmul(required_input(inputs), required_input(inputs, 1))


def add_backward(attributes: Attributes, gradient: torch.Tensor, saved: SavedTensors) -> Gradients:
    """The gradient to both."""
    del attributes
    return tuple(
        sum_to_shape(gradient, saved.shape(index)) if wanted else None
        for index, wanted in enumerate(saved.needs_grad)
    )


def subtract_backward(attributes: Attributes, gradient: torch.Tensor, saved: SavedTensors) -> Gradients:
    """The gradient to the first, its negative to the second."""
    del attributes
    return (
        sum_to_shape(gradient, saved.shape(0)) if saved.needs_grad[0] else None,
        sum_to_shape(-gradient, saved.shape(1)) if saved.needs_grad[1] else None,
    )


def multiply_backward(attributes: Attributes, gradient: torch.Tensor, saved: SavedTensors) -> Gradients:
    """To each the gradient times the other."""
    del attributes
    return (
        sum_to_shape(gradient * saved.input(1), saved.shape(0)) if saved.needs_grad[0] else None,
        sum_to_shape(gradient * saved.input(0), saved.shape(1)) if saved.needs_grad[1] else None,
    )


def matmul_backward(attributes: Attributes, gradient: torch.Tensor, saved: SavedTensors) -> Gradients:
    """G Yᵀ and Xᵀ G; summed over what was broadcast."""
    if len(saved.shape(0)) < 2 or len(saved.shape(1)) < 2:
        return autograd_backward(matmul)(attributes, gradient, saved)
    return (
        sum_to_shape(gradient @ saved.input(1).mT, saved.shape(0)) if saved.needs_grad[0] else None,
        sum_to_shape(saved.input(0).mT @ gradient, saved.shape(1)) if saved.needs_grad[1] else None,
    )


OPERATORS = (
    Operator("add", add, add_backward, in_place=add_in_place),
    Operator("sub", subtract, subtract_backward),
    Operator("mul", multiply, multiply_backward, Save.INPUTS),
    Operator.from_autograd("div", divide),
    Operator("matmul", matmul, matmul_backward, Save.INPUTS, cost=cost_of_weights),
)
