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
    Attributes,
    CheckCancelled,
    Gradients,
    Inputs,
    Operator,
    SavedTensors,
    never_cancelled,
    required_input,
)
from viewer.progress import Progress

if TYPE_CHECKING:
    from viewer.models.graph.graph import OperatorGraph

CHUNKED_SEGMENT = "strand"
"""The operator's name. Its attributes: ``graph``, which begins with the convolution, ``group``, channels at
once, ``run``, which runs a graph, and ``cost``, that of all its nodes."""


def progress_from_check(check: CheckCancelled) -> Progress:
    """A progress that only asks whether to stop."""

    def cancelled() -> bool:
        check()
        return False

    return Progress(cancelled=cancelled)


def channel_groups(attributes: Attributes) -> Iterator[tuple[slice, OperatorGraph]]:
    """Some channels, and the graph that computes those alone."""
    graph: OperatorGraph = attributes["graph"]
    first, group = graph.nodes[0], attributes["group"]
    weight, bias = first.inputs[1], first.inputs[2]
    assert weight is not None
    count, rank = graph.constants[weight].shape[0], graph.constants[weight].dim()
    for start in range(0, count, group):
        taken = slice(start, min(start + group, count))
        constants = {
            name: tensor[taken]
            if name in (weight, bias)
            else select_channels(tensor, taken, count, tensor.dim() - rank + 1)
            for name, tensor in graph.constants.items()
        }
        yield taken, dataclasses.replace(graph, constants=constants)


def select_channels(tensor: torch.Tensor, taken: slice, count: int, axis: int) -> torch.Tensor:
    """Some channels of a constant; as it is where it has one value for all."""
    if axis < 0 or tensor.shape[axis] != count:
        return tensor
    return tensor[(slice(None),) * axis + (taken,)]


def run_chunked(
    attributes: Attributes, inputs: Inputs, check: CheckCancelled = never_cancelled
) -> torch.Tensor:
    """``strand``: what its graph answers to x, a group of channels at a time."""
    x = required_input(inputs)
    answers = [
        attributes["run"](part, x, progress_from_check(check)) for _, part in channel_groups(attributes)
    ]
    return torch.cat(answers, 1)


def refuse_backward(attributes: Attributes, gradient: torch.Tensor, saved: SavedTensors) -> Gradients:
    """A segment is carried back by the rules of what it is made of."""
    raise ModelError(CHUNKED_SEGMENT, "has no derivative of its own")


OPERATORS = (
    Operator(
        CHUNKED_SEGMENT,
        run_chunked,
        refuse_backward,
        chunked_forward=run_chunked,
        cost=lambda count, weight, attributes: attributes["cost"],
    ),
)
