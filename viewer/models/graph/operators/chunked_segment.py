"""Operator for a convolution and the channelwise operators after it, run for some channels at a time.

If a network begins with a convolution of many channels at full resolution and pools soon after, the values in
between are by far its largest. Each of their channels depends only on the convolution's input, so they are
computed a few channels at a time and never stored in full.
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

CHUNKED_SEGMENT = "chunked_segment"
"""Name of the operator. Its attributes: ``graph``, which begins with the convolution, ``group``, channels per
chunk, ``run``, which runs a graph, and ``cost``, the total cost of its nodes."""


def progress_from_check(check: CheckCancelled) -> Progress:
    """Return a `Progress` that only checks for cancellation."""

    def is_cancelled() -> bool:
        check()
        return False

    return Progress(cancelled=is_cancelled)


def channel_groups(attributes: Attributes) -> Iterator[tuple[slice, OperatorGraph]]:
    """Yield the channels of each chunk, and the graph that computes only these."""
    graph: OperatorGraph = attributes["graph"]
    first, group = graph.nodes[0], attributes["group"]
    weight, bias = first.inputs[1], first.inputs[2]
    assert weight is not None
    count, rank = graph.constants[weight].shape[0], graph.constants[weight].dim()
    for start in range(0, count, group):
        channels = slice(start, min(start + group, count))
        constants = {
            name: tensor[channels]
            if name in (weight, bias)
            else select_channels(tensor, channels, count, tensor.dim() - rank + 1)
            for name, tensor in graph.constants.items()
        }
        yield channels, dataclasses.replace(graph, constants=constants)


def select_channels(tensor: torch.Tensor, channels: slice, channel_count: int, axis: int) -> torch.Tensor:
    """Return some channels of a constant; unchanged if it has one value for all."""
    if axis < 0 or tensor.shape[axis] != channel_count:
        return tensor
    return tensor[(slice(None),) * axis + (channels,)]


def run_chunked(
    attributes: Attributes, inputs: Inputs, check: CheckCancelled = never_cancelled
) -> torch.Tensor:
    """Compute a segment: run its graph on x, one chunk of channels at a time."""
    x = required_input(inputs)
    outputs = [
        attributes["run"](subgraph, x, progress_from_check(check))
        for _, subgraph in channel_groups(attributes)
    ]
    return torch.cat(outputs, 1)


def refuse_backward(attributes: Attributes, gradient: torch.Tensor, saved: SavedTensors) -> Gradients:
    """Raise ModelError: relevance passes a segment by the rules of its inner nodes."""
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
