"""Shape operators, which only move values: views, permutations, slices, concatenation, padding."""

from __future__ import annotations

import torch

from viewer.models.graph.operators.arithmetic import sum_to_shape
from viewer.models.graph.operators.operator import (
    Attributes,
    Gradients,
    Inputs,
    Operator,
    SavedTensors,
    required_input,
)

aten = torch.ops.aten


def view(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """Compute ``view``: the same values in another shape; one size may be −1."""
    return required_input(inputs).reshape(attributes["shape"])


def flatten(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """Compute ``flatten``: dimensions ``start`` to ``end`` merged into one."""
    return torch.flatten(required_input(inputs), attributes["start"], attributes["end"])


def unflatten(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """Compute ``unflatten``: one dimension split into several; one size may be −1."""
    return torch.unflatten(required_input(inputs), attributes["dim"], attributes["shape"])


def squeeze(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """Compute ``squeeze``: remove the dimensions ``dims`` that have size 1."""
    return torch.squeeze(required_input(inputs), attributes["dims"])


def unsqueeze(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """Compute ``unsqueeze``: insert a dimension of size 1."""
    return required_input(inputs).unsqueeze(attributes["dim"])


def reshape_backward(attributes: Attributes, gradient: torch.Tensor, saved: SavedTensors) -> Gradients:
    """Return the gradient in the input's shape."""
    del attributes
    return (gradient.reshape(saved.shape()),)


def permute(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """Compute ``permute``: reorder the dimensions."""
    return required_input(inputs).permute(attributes["dims"])


def permute_backward(attributes: Attributes, gradient: torch.Tensor, saved: SavedTensors) -> Gradients:
    """Return the gradient with its dimensions in the input's order."""
    rank = len(saved.shape())
    inverse = [0] * rank
    for position, dim in enumerate(attributes["dims"]):
        inverse[dim % rank] = position
    return (gradient.permute(inverse),)


def expand(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """Compute ``expand``: repeat sizes of 1; −1 keeps a size."""
    return required_input(inputs).expand(attributes["shape"])


def expand_backward(attributes: Attributes, gradient: torch.Tensor, saved: SavedTensors) -> Gradients:
    """Return the gradient summed over the repetitions."""
    del attributes
    return (sum_to_shape(gradient, saved.shape()),)


def cat(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """Compute ``cat``: concatenate tensors along a dimension."""
    tensors = [tensor for tensor in inputs if tensor is not None]
    return torch.cat(tensors, attributes["dim"])


def cat_backward(attributes: Attributes, gradient: torch.Tensor, saved: SavedTensors) -> Gradients:
    """Return the part of the gradient that belongs to each input."""
    dim = attributes["dim"]
    gradients: list[torch.Tensor | None] = []
    start = 0
    for index, needed in enumerate(saved.needs_grad):
        length = saved.shape(index)[dim] if saved.shape(index) != (0,) else 0
        part = gradient.narrow(dim, start, length) if length else gradient.new_zeros(saved.shape(index))
        gradients.append(part if needed else None)
        start += length
    return tuple(gradients)


def slice_tensor(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """Compute ``slice``: every ``step``-th index from ``start`` to before ``end`` along a dimension."""
    output: torch.Tensor = aten.slice(
        required_input(inputs), attributes["dim"], attributes["start"], attributes["end"], attributes["step"]
    )
    return output


def slice_backward(attributes: Attributes, gradient: torch.Tensor, saved: SavedTensors) -> Gradients:
    """Return the gradient at the indices of the slice, 0 elsewhere."""
    full_gradient = gradient.new_zeros(saved.shape())
    slice_tensor(attributes, (full_gradient,)).copy_(gradient)
    return (full_gradient,)


def select(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """Compute ``select``: one index of a dimension, which is removed."""
    return required_input(inputs).select(attributes["dim"], attributes["index"])


def select_backward(attributes: Attributes, gradient: torch.Tensor, saved: SavedTensors) -> Gradients:
    """Return the gradient at the selected index, 0 elsewhere."""
    full_gradient = gradient.new_zeros(saved.shape())
    full_gradient.select(attributes["dim"], attributes["index"]).copy_(gradient)
    return (full_gradient,)


def pad(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """Compute ``pad``: constant, reflect, replicate or circular; amounts before, after; last axis first."""
    mode = attributes["mode"]
    value = attributes["value"] if mode == "constant" else None
    return torch.nn.functional.pad(required_input(inputs), attributes["amounts"], mode, value)


def pad_backward(attributes: Attributes, gradient: torch.Tensor, saved: SavedTensors) -> Gradients:
    """Return the gradient inside; for the non-constant modes, that of the padding is added to its source."""
    if attributes["mode"] == "constant":
        return (torch.nn.functional.pad(gradient, [-amount for amount in attributes["amounts"]]),)
    with torch.enable_grad():
        unpadded = gradient.new_zeros(saved.shape()).requires_grad_()
        return torch.autograd.grad(pad(attributes, (unpadded,)), unpadded, gradient)


OPERATORS = (
    Operator("view", view, reshape_backward),
    Operator("flatten", flatten, reshape_backward),
    Operator("unflatten", unflatten, reshape_backward),
    Operator("squeeze", squeeze, reshape_backward),
    Operator("unsqueeze", unsqueeze, reshape_backward),
    Operator("permute", permute, permute_backward),
    Operator("expand", expand, expand_backward),
    Operator("cat", cat, cat_backward),
    Operator("slice", slice_tensor, slice_backward),
    Operator("select", select, select_backward),
    Operator("pad", pad, pad_backward),
)
