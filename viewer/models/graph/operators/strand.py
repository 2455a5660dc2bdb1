"""A convolution and what follows it channel by channel, run for some channels at a time.

Where a network begins with a convolution of many channels at full size and pools soon after, what lies
between is by far the largest it ever computes. Every channel of it depends on the convolution's input
alone; so a few at a time are enough, and the whole is nowhere.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import TYPE_CHECKING

import torch

from viewer.errors import ModelError
from viewer.models.graph.operators.operator import (
    Check,
    Gradients,
    Inputs,
    Kept,
    Operator,
    Settings,
    present,
    unasked,
)
from viewer.progress import Progress

if TYPE_CHECKING:
    from viewer.models.graph.nodes import OperatorGraph

STRAND = "strand"
"""The word; its settings: ``graph``, which begins with the convolution, and ``group``, channels at once."""


def asking(check: Check) -> Progress:
    """A progress that only asks whether to stop."""

    def cancelled() -> bool:
        check()
        return False

    return Progress(cancelled=cancelled)


def groups(settings: Settings) -> Iterator[tuple[slice, OperatorGraph]]:
    """Some channels, and the graph that computes those alone."""
    graph: OperatorGraph = settings["graph"]
    first, group = graph.nodes[0], settings["group"]
    weight, bias = first.inputs[1], first.inputs[2]
    assert weight is not None
    count, rank = graph.constants[weight].shape[0], graph.constants[weight].dim()
    for start in range(0, count, group):
        taken = slice(start, min(start + group, count))
        constants = {
            name: tensor[taken]
            if name in (weight, bias)
            else channels(tensor, taken, count, tensor.dim() - rank + 1)
            for name, tensor in graph.constants.items()
        }
        yield taken, dataclasses.replace(graph, constants=constants)


def channels(tensor: torch.Tensor, taken: slice, count: int, axis: int) -> torch.Tensor:
    """Some channels of a constant; as it is where it has one value for all."""
    if axis < 0 or tensor.shape[axis] != count:
        return tensor
    return tensor[(slice(None),) * axis + (taken,)]


def strand(settings: Settings, inputs: Inputs, check: Check = unasked) -> torch.Tensor:
    """``strand``: what its graph answers to x, a group of channels at a time."""
    from viewer.models.graph.run import run

    x = present(inputs)
    answers = [run(part, x, asking(check)) for _, part in groups(settings)]
    return torch.cat(answers, 1)


def gradients(settings: Settings, gradient: torch.Tensor, kept: Kept) -> Gradients:
    """A strand is carried back by the rules of what it is made of."""
    raise ModelError(STRAND, "has no derivative of its own")


OPERATORS = (Operator(STRAND, strand, gradients, in_parts=strand),)
