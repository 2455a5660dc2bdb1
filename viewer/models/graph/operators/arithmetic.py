"""Binary operators: sums, products, quotients and matrix products of two values of the network.

Sums and products with a constant are ``affine`` instead.
"""

from __future__ import annotations

import torch

from viewer.models.graph.operators.chunking import update_in_chunks
from viewer.models.graph.operators.operator import (
    Attributes,
    CheckCancelled,
    Gradients,
    Inputs,
    Operator,
    Save,
    SavedTensors,
    autograd_backward,
    estimate_weighted_cost,
    never_cancelled,
    required_input,
)


def sum_to_shape(gradient: torch.Tensor, shape: tuple[int, ...]) -> torch.Tensor:
    """Return the gradient of a broadcast operand: the sum over the broadcast dimensions."""
    return gradient if gradient.shape == shape else gradient.sum_to_size(shape)


def add(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """Compute ``add``: x + y."""
    del attributes
    return required_input(inputs) + required_input(inputs, 1)


def add_in_place(
    attributes: Attributes, inputs: Inputs, check: CheckCancelled = never_cancelled
) -> torch.Tensor:
    """Compute ``add`` in the memory of x, if it has the sum's shape and dtype."""
    del attributes
    x, y = required_input(inputs), required_input(inputs, 1)
    if x.shape != y.shape or x.dtype != y.dtype:
        return x + y
    return update_in_chunks(torch.Tensor.add_, x, y, check=check)


def subtract(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """Compute ``sub``: x − y."""
    del attributes
    return required_input(inputs) - required_input(inputs, 1)


def multiply(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """Compute ``mul``: the elementwise product x · y."""
    del attributes
    return required_input(inputs) * required_input(inputs, 1)


def divide(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """Compute ``div``: the elementwise quotient x / y."""
    del attributes
    return required_input(inputs) / required_input(inputs, 1)


def matmul(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """Compute ``matmul``: matrices in the last two dimensions, the others broadcast."""
    del attributes
    return torch.matmul(required_input(inputs), required_input(inputs, 1))


def add_backward(attributes: Attributes, gradient: torch.Tensor, saved: SavedTensors) -> Gradients:
    """Return the gradient for both operands."""
    del attributes
    return tuple(
        sum_to_shape(gradient, saved.shape(index)) if needed else None
        for index, needed in enumerate(saved.needs_grad)
    )


def subtract_backward(attributes: Attributes, gradient: torch.Tensor, saved: SavedTensors) -> Gradients:
    """Return the gradient for the first operand, and its negative for the second."""
    del attributes
    return (
        sum_to_shape(gradient, saved.shape(0)) if saved.needs_grad[0] else None,
        sum_to_shape(-gradient, saved.shape(1)) if saved.needs_grad[1] else None,
    )


def multiply_backward(attributes: Attributes, gradient: torch.Tensor, saved: SavedTensors) -> Gradients:
    """Return, for each operand, the gradient times the other."""
    del attributes
    return (
        sum_to_shape(gradient * saved.input(1), saved.shape(0)) if saved.needs_grad[0] else None,
        sum_to_shape(gradient * saved.input(0), saved.shape(1)) if saved.needs_grad[1] else None,
    )


def matmul_backward(attributes: Attributes, gradient: torch.Tensor, saved: SavedTensors) -> Gradients:
    """Return G Yᵀ and Xᵀ G, summed over the broadcast dimensions."""
    if len(saved.shape(0)) < 2 or len(saved.shape(1)) < 2:
        return autograd_backward(matmul)(attributes, gradient, saved)
    return (
        sum_to_shape(gradient @ saved.input(1).mT, saved.shape(0)) if saved.needs_grad[0] else None,
        sum_to_shape(saved.input(0).mT @ gradient, saved.shape(1)) if saved.needs_grad[1] else None,
    )


OPERATORS = (
    Operator("add", add, add_backward, forward_in_place=add_in_place),
    Operator("sub", subtract, subtract_backward),
    Operator("mul", multiply, multiply_backward, Save.INPUTS),
    Operator.from_autograd("div", divide),
    Operator("matmul", matmul, matmul_backward, Save.INPUTS, cost=estimate_weighted_cost),
)
