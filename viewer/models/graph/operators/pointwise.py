"""Operators that act on every value by itself."""

from __future__ import annotations

from collections.abc import Callable

import torch

from viewer.models.graph.operators.operator import (
    Backward,
    Forward,
    Gradients,
    Inputs,
    Keep,
    Kept,
    Operator,
    Settings,
    present,
)


def of_one(function: Callable[[torch.Tensor], torch.Tensor]) -> Forward:
    """A forward map from a function of one tensor."""
    return lambda settings, inputs: function(present(inputs))


def from_output(derivative: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]) -> Backward:
    """A derivative from a function of the gradient and of the operator's output."""

    def backward(settings: Settings, gradient: torch.Tensor, kept: Kept) -> Gradients:
        del settings
        assert kept.output is not None
        return (derivative(gradient, kept.output),)

    return backward


def masked(gradient: torch.Tensor, kept: Kept) -> torch.Tensor:
    """The gradient where the output was positive, 0 elsewhere."""
    assert kept.sign is not None
    return gradient.mul_(kept.sign) if kept.owned else gradient * kept.sign


def leaky(settings: Settings, inputs: Inputs) -> torch.Tensor:
    """``leaky_relu``: x where positive, slope · x elsewhere."""
    return torch.nn.functional.leaky_relu(present(inputs), settings["slope"])


def leaky_gradients(settings: Settings, gradient: torch.Tensor, kept: Kept) -> Gradients:
    """The gradient of ``leaky_relu``, from the sign of the input."""
    return (torch.where(kept.input() > 0, gradient, gradient * settings["slope"]),)


def elu(settings: Settings, inputs: Inputs) -> torch.Tensor:
    """``elu``: scale · x where positive, scale · alpha · (exp(input_scale · x) − 1) elsewhere."""
    answer: torch.Tensor = torch.ops.aten.elu(
        present(inputs), settings["alpha"], settings["scale"], settings["input_scale"]
    )
    return answer


def prelu(settings: Settings, inputs: Inputs) -> torch.Tensor:
    """``prelu``: x where positive, weight · x elsewhere; one weight, or one a channel."""
    del settings
    return torch.prelu(present(inputs), present(inputs, 1))


def gelu(settings: Settings, inputs: Inputs) -> torch.Tensor:
    """``gelu``, exact or by tanh."""
    return torch.nn.functional.gelu(present(inputs), approximate=settings["approximate"])


def clamp(settings: Settings, inputs: Inputs) -> torch.Tensor:
    """``clamp``: no smaller than ``low``, no larger than ``high``; either may be None."""
    return torch.clamp(present(inputs), settings["low"], settings["high"])


def hardtanh(settings: Settings, inputs: Inputs) -> torch.Tensor:
    """``hardtanh``: as ``clamp``, but with a gradient of 0 on its bounds, too."""
    return torch.nn.functional.hardtanh(present(inputs), settings["low"], settings["high"])


def power(settings: Settings, inputs: Inputs) -> torch.Tensor:
    """``pow``: to a fixed exponent."""
    return torch.pow(present(inputs), settings["exponent"])


def softmax(settings: Settings, inputs: Inputs) -> torch.Tensor:
    """``softmax`` over one dimension."""
    return torch.softmax(present(inputs), settings["dim"])


def log_softmax(settings: Settings, inputs: Inputs) -> torch.Tensor:
    """``log_softmax`` over one dimension."""
    return torch.log_softmax(present(inputs), settings["dim"])


def softmax_gradients(settings: Settings, gradient: torch.Tensor, kept: Kept) -> Gradients:
    """The product y · (g − Σ y g)."""
    assert kept.output is not None
    product = gradient * kept.output
    return (product - kept.output * product.sum(settings["dim"], keepdim=True),)


def log_softmax_gradients(settings: Settings, gradient: torch.Tensor, kept: Kept) -> Gradients:
    """The difference g − exp(y) Σ g."""
    assert kept.output is not None
    return (gradient - kept.output.exp() * gradient.sum(settings["dim"], keepdim=True),)


def cast(settings: Settings, inputs: Inputs) -> torch.Tensor:
    """``cast``: to another kind of number."""
    return present(inputs).to(settings["dtype"])


OPERATORS = (
    Operator(
        "relu",
        of_one(torch.relu),
        lambda settings, gradient, kept: (masked(gradient, kept),),
        Keep.SIGN,
        in_place=of_one(torch.relu_),
    ),
    Operator("leaky_relu", leaky, leaky_gradients, Keep.INPUTS),
    Operator("sigmoid", of_one(torch.sigmoid), from_output(torch.ops.aten.sigmoid_backward), Keep.OUTPUT),
    Operator("tanh", of_one(torch.tanh), from_output(torch.ops.aten.tanh_backward), Keep.OUTPUT),
    Operator("exp", of_one(torch.exp), from_output(torch.mul), Keep.OUTPUT),
    Operator("softmax", softmax, softmax_gradients, Keep.OUTPUT),
    Operator("log_softmax", log_softmax, log_softmax_gradients, Keep.OUTPUT),
    Operator.differentiated("elu", elu),
    Operator.differentiated("prelu", prelu),
    Operator.differentiated("gelu", gelu),
    Operator.differentiated("silu", of_one(torch.nn.functional.silu)),
    Operator.differentiated("clamp", clamp),
    Operator.differentiated("hardtanh", hardtanh),
    Operator.differentiated("pow", power),
    Operator.differentiated("sqrt", of_one(torch.sqrt)),
    Operator.differentiated("log", of_one(torch.log)),
    Operator.differentiated("abs", of_one(torch.abs)),
    Operator.differentiated("cast", cast),
)
