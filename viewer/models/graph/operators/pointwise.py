"""Pointwise (elementwise) operators."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch

from viewer.models.graph.operators.chunking import (
    compute_in_chunks,
    iterate_chunks,
    multiply_in_chunks,
    should_skip_chunking,
    update_in_chunks,
)
from viewer.models.graph.operators.operator import (
    Attributes,
    Backward,
    CheckCancelled,
    ChunkedForward,
    Forward,
    Gradients,
    Inputs,
    Operator,
    Save,
    SavedTensors,
    autograd_backward,
    never_cancelled,
    required_input,
)


def unary(function: Callable[[torch.Tensor], torch.Tensor]) -> Forward:
    """Return a forward function from a function of one tensor."""
    return lambda attributes, inputs: function(required_input(inputs))


def chunk_forward(forward: Forward) -> ChunkedForward:
    """Return a chunked version of an elementwise forward function; further inputs are not chunked."""

    def chunked(attributes: Attributes, inputs: Inputs, check: CheckCancelled) -> torch.Tensor:
        x, others = required_input(inputs), inputs[1:]
        return compute_in_chunks(lambda chunk: forward(attributes, (chunk, *others)), x, check=check)

    return chunked


def chunk_backward(backward: Backward) -> Backward:
    """Return a chunked version of an elementwise derivative."""

    def chunked(attributes: Attributes, gradient: torch.Tensor, saved: SavedTensors) -> Gradients:
        if should_skip_chunking(gradient):
            return backward(attributes, gradient, saved)
        x, y, result = saved.inputs[0], saved.output, gradient.new_empty(gradient.shape)
        for index in iterate_chunks(gradient.shape, saved.check_cancelled):
            chunk = replace(
                saved,
                inputs=(None if x is None else x[index],),
                output=None if y is None else y[index],
                may_overwrite=False,
            )
            chunk_gradient = backward(attributes, gradient[index], chunk)[0]
            if chunk_gradient is None:
                return (None,)
            result[index] = chunk_gradient
        return (result,)

    return chunked


def elementwise(name: str, forward: Forward) -> Operator:
    """Return an elementwise operator whose derivative is computed by autograd."""
    derivative = chunk_backward(autograd_backward(forward))
    return Operator(name, forward, derivative, Save.INPUTS, chunked_forward=chunk_forward(forward))


def backward_from_output(derivative: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]) -> Backward:
    """Return a derivative from a function of the gradient and the operator's output, in chunks."""

    def backward(attributes: Attributes, gradient: torch.Tensor, saved: SavedTensors) -> Gradients:
        del attributes
        assert saved.output is not None
        return (derivative(gradient, saved.output),)

    return chunk_backward(backward)


def relu_in_place(
    attributes: Attributes, inputs: Inputs, check: CheckCancelled = never_cancelled
) -> torch.Tensor:
    """Compute ``relu`` in the memory of x."""
    del attributes
    return update_in_chunks(torch.relu_, required_input(inputs), check=check)


def relu_backward(gradient: torch.Tensor, saved: SavedTensors) -> torch.Tensor:
    """Return the gradient where the output was positive, 0 elsewhere."""
    assert saved.sign is not None
    return multiply_in_chunks(
        gradient, saved.sign, may_overwrite=saved.may_overwrite, check=saved.check_cancelled
    )


def leaky_relu(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """Compute ``leaky_relu``: x where positive, slope · x elsewhere."""
    return torch.nn.functional.leaky_relu(required_input(inputs), attributes["slope"])


def leaky_relu_backward(attributes: Attributes, gradient: torch.Tensor, saved: SavedTensors) -> Gradients:
    """Return the gradient of ``leaky_relu``, from the sign of the input."""
    return (torch.where(saved.input() > 0, gradient, gradient * attributes["slope"]),)


def elu(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """Compute ``elu``: scale · x where positive, scale · alpha · (exp(input_scale · x) − 1) elsewhere."""
    output: torch.Tensor = torch.ops.aten.elu(
        required_input(inputs), attributes["alpha"], attributes["scale"], attributes["input_scale"]
    )
    return output


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
        forward_in_place=relu_in_place,
        chunked_forward=chunk_forward(unary(torch.relu)),
    ),
    Operator(
        "leaky_relu",
        leaky_relu,
        chunk_backward(leaky_relu_backward),
        Save.INPUTS,
        chunked_forward=chunk_forward(leaky_relu),
    ),
    *(
        Operator(
            name,
            unary(function),
            backward_from_output(derivative),
            Save.OUTPUT,
            chunked_forward=chunk_forward(unary(function)),
        )
        for name, function, derivative in (
            ("sigmoid", torch.sigmoid, torch.ops.aten.sigmoid_backward),
            ("tanh", torch.tanh, torch.ops.aten.tanh_backward),
            ("exp", torch.exp, torch.mul),
        )
    ),
    Operator("softmax", softmax, softmax_backward, Save.OUTPUT),
    Operator("log_softmax", log_softmax, log_softmax_backward, Save.OUTPUT),
    elementwise("elu", elu),
    Operator.from_autograd("prelu", prelu),
    elementwise("gelu", gelu),
    elementwise("silu", unary(torch.nn.functional.silu)),
    elementwise("clamp", clamp),
    elementwise("hardtanh", hardtanh),
    elementwise("pow", power),
    elementwise("sqrt", unary(torch.sqrt)),
    elementwise("log", unary(torch.log)),
    elementwise("abs", unary(torch.abs)),
    Operator.from_autograd("cast", cast),
)
