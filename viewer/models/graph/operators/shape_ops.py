"""Operators that move values and change none: views, permutations, parts, joins, padding."""

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
    """``view``: the same values in another shape; one size may be −1."""
    return required_input(inputs).reshape(attributes["shape"])


def flatten(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """``flatten``: dimensions ``start`` to ``end`` made one."""
    return torch.flatten(required_input(inputs), attributes["start"], attributes["end"])


def unflatten(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """``unflatten``: one dimension made several; one size may be −1."""
    return torch.unflatten(required_input(inputs), attributes["dim"], attributes["shape"])


def squeeze(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """``squeeze``: those of the dimensions that have size 1 taken out."""
    return torch.squeeze(required_input(inputs), attributes["dims"])


def unsqueeze(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """``unsqueeze``: a dimension of size 1 put in."""
    return required_input(inputs).unsqueeze(attributes["dim"])


def reshape_backward(attributes: Attributes, gradient: torch.Tensor, saved: SavedTensors) -> Gradients:
    """The gradient in the input's shape."""
    del attributes
    return (gradient.reshape(saved.shape()),)


def permute(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """``permute``: dimensions in another order."""
    return required_input(inputs).permute(attributes["dims"])


def permute_backward(attributes: Attributes, gradient: torch.Tensor, saved: SavedTensors) -> Gradients:
    """The gradient with its dimensions back in order."""
    rank = len(saved.shape())
    back = [0] * rank
    for place, dim in enumerate(attributes["dims"]):
        back[dim % rank] = place
    return (gradient.permute(back),)


def expand(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """``expand``: sizes of 1 repeated; −1 keeps a size."""
    return required_input(inputs).expand(attributes["shape"])


def expand_backward(attributes: Attributes, gradient: torch.Tensor, saved: SavedTensors) -> Gradients:
    """The gradient summed over the repetitions."""
    del attributes
    return (sum_to_shape(gradient, saved.shape()),)


def cat(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """``cat``: tensors one after the other along a dimension."""
    tensors = [tensor for tensor in inputs if tensor is not None]
    return torch.cat(tensors, attributes["dim"])


def cat_backward(attributes: Attributes, gradient: torch.Tensor, saved: SavedTensors) -> Gradients:
    """To each its part."""
    dim = attributes["dim"]
    answers: list[torch.Tensor | None] = []
    start = 0
    for index, wanted in enumerate(saved.needs_grad):
        length = saved.shape(index)[dim] if saved.shape(index) != (0,) else 0
        part = gradient.narrow(dim, start, length) if length else gradient.new_zeros(saved.shape(index))
        answers.append(part if wanted else None)
        start += length
    return tuple(answers)


def slice_tensor(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """``slice``: every ``step``-th from ``start`` to before ``end`` along a dimension."""
    answer: torch.Tensor = aten.slice(
        required_input(inputs), attributes["dim"], attributes["start"], attributes["end"], attributes["step"]
    )
    return answer


def slice_backward(attributes: Attributes, gradient: torch.Tensor, saved: SavedTensors) -> Gradients:
    """The gradient in its place, 0 elsewhere."""
    whole = gradient.new_zeros(saved.shape())
    slice_tensor(attributes, (whole,)).copy_(gradient)
    return (whole,)


def select(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """``select``: one index of a dimension, which goes."""
    return required_input(inputs).select(attributes["dim"], attributes["index"])


def select_backward(attributes: Attributes, gradient: torch.Tensor, saved: SavedTensors) -> Gradients:
    """The gradient in its place, 0 elsewhere."""
    whole = gradient.new_zeros(saved.shape())
    whole.select(attributes["dim"], attributes["index"]).copy_(gradient)
    return (whole,)


def pad(attributes: Attributes, inputs: Inputs) -> torch.Tensor:
    """``pad``: constant, reflect, replicate or circular; amounts before and after, last dimension first."""
    mode = attributes["mode"]
    value = attributes["value"] if mode == "constant" else None
    return torch.nn.functional.pad(required_input(inputs), attributes["amounts"], mode, value)


def pad_backward(attributes: Attributes, gradient: torch.Tensor, saved: SavedTensors) -> Gradients:
    """What lies inside, and for the other modes what was mirrored or repeated from there added to it."""
    if attributes["mode"] == "constant":
        return (torch.nn.functional.pad(gradient, [-amount for amount in attributes["amounts"]]),)
    with torch.enable_grad():
        inside = gradient.new_zeros(saved.shape()).requires_grad_()
        return torch.autograd.grad(pad(attributes, (inside,)), inside, gradient)


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
