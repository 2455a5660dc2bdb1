"""Operators that move values and change none: views, permutations, parts, joins, padding."""

from __future__ import annotations

import torch

from viewer.models.graph.operators.arithmetic import summed_to
from viewer.models.graph.operators.operator import Gradients, Inputs, Kept, Operator, Settings, present

aten = torch.ops.aten


def view(settings: Settings, inputs: Inputs) -> torch.Tensor:
    """``view``: the same values in another shape; one size may be −1."""
    return present(inputs).reshape(settings["shape"])


def flatten(settings: Settings, inputs: Inputs) -> torch.Tensor:
    """``flatten``: dimensions ``start`` to ``end`` made one."""
    return torch.flatten(present(inputs), settings["start"], settings["end"])


def unflatten(settings: Settings, inputs: Inputs) -> torch.Tensor:
    """``unflatten``: one dimension made several; one size may be −1."""
    return torch.unflatten(present(inputs), settings["dim"], settings["shape"])


def squeeze(settings: Settings, inputs: Inputs) -> torch.Tensor:
    """``squeeze``: those of the dimensions that have size 1 taken out."""
    return torch.squeeze(present(inputs), settings["dims"])


def unsqueeze(settings: Settings, inputs: Inputs) -> torch.Tensor:
    """``unsqueeze``: a dimension of size 1 put in."""
    return present(inputs).unsqueeze(settings["dim"])


def reshaped(settings: Settings, gradient: torch.Tensor, kept: Kept) -> Gradients:
    """The gradient in the input's shape."""
    del settings
    return (gradient.reshape(kept.shape()),)


def permute(settings: Settings, inputs: Inputs) -> torch.Tensor:
    """``permute``: dimensions in another order."""
    return present(inputs).permute(settings["dims"])


def permute_gradients(settings: Settings, gradient: torch.Tensor, kept: Kept) -> Gradients:
    """The gradient with its dimensions back in order."""
    rank = len(kept.shape())
    back = [0] * rank
    for place, dim in enumerate(settings["dims"]):
        back[dim % rank] = place
    return (gradient.permute(back),)


def expand(settings: Settings, inputs: Inputs) -> torch.Tensor:
    """``expand``: sizes of 1 repeated; −1 keeps a size."""
    return present(inputs).expand(settings["shape"])


def expand_gradients(settings: Settings, gradient: torch.Tensor, kept: Kept) -> Gradients:
    """The gradient summed over the repetitions."""
    del settings
    return (summed_to(gradient, kept.shape()),)


def join(settings: Settings, inputs: Inputs) -> torch.Tensor:
    """``cat``: tensors one after the other along a dimension."""
    tensors = [tensor for tensor in inputs if tensor is not None]
    return torch.cat(tensors, settings["dim"])


def join_gradients(settings: Settings, gradient: torch.Tensor, kept: Kept) -> Gradients:
    """To each its part."""
    dim = settings["dim"]
    answers: list[torch.Tensor | None] = []
    start = 0
    for index, wanted in enumerate(kept.wanted):
        length = kept.shape(index)[dim] if kept.shape(index) != (0,) else 0
        part = gradient.narrow(dim, start, length) if length else gradient.new_zeros(kept.shape(index))
        answers.append(part if wanted else None)
        start += length
    return tuple(answers)


def part(settings: Settings, inputs: Inputs) -> torch.Tensor:
    """``slice``: every ``step``-th from ``start`` to before ``end`` along a dimension."""
    answer: torch.Tensor = aten.slice(
        present(inputs), settings["dim"], settings["start"], settings["end"], settings["step"]
    )
    return answer


def part_gradients(settings: Settings, gradient: torch.Tensor, kept: Kept) -> Gradients:
    """The gradient in its place, 0 elsewhere."""
    whole = gradient.new_zeros(kept.shape())
    part(settings, (whole,)).copy_(gradient)
    return (whole,)


def select(settings: Settings, inputs: Inputs) -> torch.Tensor:
    """``select``: one index of a dimension, which goes."""
    return present(inputs).select(settings["dim"], settings["index"])


def select_gradients(settings: Settings, gradient: torch.Tensor, kept: Kept) -> Gradients:
    """The gradient in its place, 0 elsewhere."""
    whole = gradient.new_zeros(kept.shape())
    whole.select(settings["dim"], settings["index"]).copy_(gradient)
    return (whole,)


def pad(settings: Settings, inputs: Inputs) -> torch.Tensor:
    """``pad``: constant, reflect, replicate or circular; amounts before and after, last dimension first."""
    mode = settings["mode"]
    value = settings["value"] if mode == "constant" else None
    return torch.nn.functional.pad(present(inputs), settings["amounts"], mode, value)


def pad_gradients(settings: Settings, gradient: torch.Tensor, kept: Kept) -> Gradients:
    """What lies inside, and for the other modes what was mirrored or repeated from there added to it."""
    if settings["mode"] == "constant":
        return (torch.nn.functional.pad(gradient, [-amount for amount in settings["amounts"]]),)
    with torch.enable_grad():
        inside = gradient.new_zeros(kept.shape()).requires_grad_()
        return torch.autograd.grad(pad(settings, (inside,)), inside, gradient)


OPERATORS = (
    Operator("view", view, reshaped),
    Operator("flatten", flatten, reshaped),
    Operator("unflatten", unflatten, reshaped),
    Operator("squeeze", squeeze, reshaped),
    Operator("unsqueeze", unsqueeze, reshaped),
    Operator("permute", permute, permute_gradients),
    Operator("expand", expand, expand_gradients),
    Operator("cat", join, join_gradients),
    Operator("slice", part, part_gradients),
    Operator("select", select, select_gradients),
    Operator("pad", pad, pad_gradients),
)
