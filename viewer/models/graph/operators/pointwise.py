"""Pointwise (elementwise) operators."""

from __future__ import annotations

from collections.abc import Callable

import torch

from viewer.models.graph.operators.operator import (
    Attributes,
    Backward,
    Forward,
    Gradients,
    Inputs,
    Operator,
    Save,
    SavedTensors,
    required_input,
)


def unary(function: Callable[[torch.Tensor], torch.Tensor]) -> Forward:
    """Return a forward function from a function of one tensor."""
    return lambda attributes, inputs: function(required_input(inputs))


def backward_from_output(derivative: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]) -> Backward:
    """Return a derivative from a function of the gradient and the operator's output."""

    def backward(attributes: Attributes, gradient: torch.Tensor, saved: SavedTensors) -> Gradients:
        del attributes
        assert saved.output is not None
        return (derivative(gradient, saved.output),)

    return backward


def relu_backward(gradient: torch.Tensor, saved: SavedTensors) -> torch.Tensor:
    """Return the gradient where the output was positive, 0 elsewhere."""
    assert saved.sign is not None
    return gradient.mul_(saved.sign) if saved.may_overwrite else gradient * saved.sign


def leaky_relu(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """Compute ``leaky_relu``: x where positive, slope · x elsewhere."""
    return torch.nn.functional.leaky_relu(required_input(inputs), attributes["slope"])


def leaky_relu_backward(attributes: Attributes, gradient: torch.Tensor, saved: SavedTensors) -> Gradients:
    """Return the gradient of ``leaky_relu``, from the sign of the input."""
    return (torch.where(saved.input() > 0, gradient, gradient * attributes["slope"]),)


def elu(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """Compute ``elu``: scale · x where positive, scale · alpha · (exp(input_scale · x) − 1) elsewhere."""
    answer: torch.Tensor = torch.ops.aten.elu(
        required_input(inputs), attributes["alpha"], attributes["scale"], attributes["input_scale"]
    )
    return answer


def prelu(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """Compute ``prelu``: x where positive, weight · x elsewhere; one weight, or one per channel."""
    del attributes
    return torch.prelu(required_input(inputs), required_input(inputs, 1))


def gelu(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """Compute ``gelu``, exact or with the tanh approximation."""
    return torch.nn.functional.gelu(required_input(inputs), approximate=attributes["approximate"])


def clamp(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """Compute ``clamp``: not below ``low`` and not above ``high``; either may be None."""
    return torch.clamp(required_input(inputs), attributes["low"], attributes["high"])


def hardtanh(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """Compute ``hardtanh``: as ``clamp``, but with a gradient of 0 on its bounds, too."""
    return torch.nn.functional.hardtanh(required_input(inputs), attributes["low"], attributes["high"])


def power(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """Compute ``pow`` with a fixed exponent."""
    return torch.pow(required_input(inputs), attributes["exponent"])


def softmax(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """Compute ``softmax`` over one dimension."""
    return torch.softmax(required_input(inputs), attributes["dim"])


def log_softmax(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """Compute ``log_softmax`` over one dimension."""
    return torch.log_softmax(required_input(inputs), attributes["dim"])


def softmax_backward(attributes: Attributes, gradient: torch.Tensor, saved: SavedTensors) -> Gradients:
    """Return y · (g − Σ y g)."""
    assert saved.output is not None
    product = gradient * saved.output
    return (product - saved.output * product.sum(attributes["dim"], keepdim=True),)


def log_softmax_backward(attributes: Attributes, gradient: torch.Tensor, saved: SavedTensors) -> Gradients:
    """Return g − exp(y) Σ g."""
    assert saved.output is not None
    return (gradient - saved.output.exp() * gradient.sum(attributes["dim"], keepdim=True),)


def cast(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """Compute ``cast``: conversion to another dtype."""
    return required_input(inputs).to(attributes["dtype"])


OPERATORS = (
    Operator(
        "relu",
        unary(torch.relu),
        lambda attributes, gradient, saved: (relu_backward(gradient, saved),),
        Save.SIGN,
        in_place=unary(torch.relu_),
    ),
    Operator("leaky_relu", leaky_relu, leaky_relu_backward, Save.INPUTS),
    Operator(
        "sigmoid", unary(torch.sigmoid), backward_from_output(torch.ops.aten.sigmoid_backward), Save.OUTPUT
    ),
    Operator("tanh", unary(torch.tanh), backward_from_output(torch.ops.aten.tanh_backward), Save.OUTPUT),
    Operator("exp", unary(torch.exp), backward_from_output(torch.mul), Save.OUTPUT),
    Operator("softmax", softmax, softmax_backward, Save.OUTPUT),
    Operator("log_softmax", log_softmax, log_softmax_backward, Save.OUTPUT),
    Operator.from_autograd("elu", elu),
    Operator.from_autograd("prelu", prelu),
    Operator.from_autograd("gelu", gelu),
    Operator.from_autograd("silu", unary(torch.nn.functional.silu)),
    Operator.from_autograd("clamp", clamp),
    Operator.from_autograd("hardtanh", hardtanh),
    Operator.from_autograd("pow", power),
    Operator.from_autograd("sqrt", unary(torch.sqrt)),
    Operator.from_autograd("log", unary(torch.log)),
    Operator.from_autograd("abs", unary(torch.abs)),
    Operator.from_autograd("cast", cast),
)
