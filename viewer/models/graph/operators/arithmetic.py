"""Operators that bring two values of the network together: sums, products, quotients, matrix products.

An operand that is constant is no second value: such sums and products are ``affine``.
"""

from __future__ import annotations

import torch

from viewer.models.graph.operators.operator import (
    Gradients,
    Inputs,
    Keep,
    Kept,
    Operator,
    Settings,
    by_autograd,
    present,
)


def summed_to(gradient: torch.Tensor, shape: tuple[int, ...]) -> torch.Tensor:
    """The gradient of an operand that was broadcast: summed over what it was broadcast along."""
    return gradient if gradient.shape == shape else gradient.sum_to_size(shape)


def add(settings: Settings, inputs: Inputs) -> torch.Tensor:
    """``add``: x + y."""
    del settings
    return present(inputs) + present(inputs, 1)


def add_in_place(settings: Settings, inputs: Inputs) -> torch.Tensor:
    """``add`` into the memory of x, where it is of the sum's shape and kind."""
    del settings
    x, y = present(inputs), present(inputs, 1)
    return x.add_(y) if x.shape == y.shape and x.dtype == y.dtype else x + y


def subtract(settings: Settings, inputs: Inputs) -> torch.Tensor:
    """``sub``: x − y."""
    del settings
    return present(inputs) - present(inputs, 1)


def multiply(settings: Settings, inputs: Inputs) -> torch.Tensor:
    """``mul``: x · y, value by value; a gate."""
    del settings
    return present(inputs) * present(inputs, 1)


def divide(settings: Settings, inputs: Inputs) -> torch.Tensor:
    """``div``: x / y, value by value."""
    del settings
    return present(inputs) / present(inputs, 1)


def matrix_product(settings: Settings, inputs: Inputs) -> torch.Tensor:
    """``matmul``: matrices in the last two dimensions, the others broadcast."""
    del settings
    return torch.matmul(present(inputs), present(inputs, 1))


def add_gradients(settings: Settings, gradient: torch.Tensor, kept: Kept) -> Gradients:
    """The gradient to both."""
    del settings
    return tuple(
        summed_to(gradient, kept.shape(index)) if wanted else None for index, wanted in enumerate(kept.wanted)
    )


def subtract_gradients(settings: Settings, gradient: torch.Tensor, kept: Kept) -> Gradients:
    """The gradient to the first, its negative to the second."""
    del settings
    return (
        summed_to(gradient, kept.shape(0)) if kept.wanted[0] else None,
        summed_to(-gradient, kept.shape(1)) if kept.wanted[1] else None,
    )


def multiply_gradients(settings: Settings, gradient: torch.Tensor, kept: Kept) -> Gradients:
    """To each the gradient times the other."""
    del settings
    return (
        summed_to(gradient * kept.input(1), kept.shape(0)) if kept.wanted[0] else None,
        summed_to(gradient * kept.input(0), kept.shape(1)) if kept.wanted[1] else None,
    )


def matrix_product_gradients(settings: Settings, gradient: torch.Tensor, kept: Kept) -> Gradients:
    """G Yᵀ and Xᵀ G; summed over what was broadcast."""
    if len(kept.shape(0)) < 2 or len(kept.shape(1)) < 2:
        return by_autograd(matrix_product)(settings, gradient, kept)
    return (
        summed_to(gradient @ kept.input(1).mT, kept.shape(0)) if kept.wanted[0] else None,
        summed_to(kept.input(0).mT @ gradient, kept.shape(1)) if kept.wanted[1] else None,
    )


OPERATORS = (
    Operator("add", add, add_gradients, in_place=add_in_place),
    Operator("sub", subtract, subtract_gradients),
    Operator("mul", multiply, multiply_gradients, Keep.INPUTS),
    Operator.differentiated("div", divide),
    Operator("matmul", matrix_product, matrix_product_gradients, Keep.INPUTS),
)
