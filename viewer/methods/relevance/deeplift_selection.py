"""DeepLIFT rules of operators that compare and select values, and of the smooth maximum.

As in `viewer.methods.relevance.deeplift_rules`, the contributions sum to the difference of the outputs.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from viewer.methods.relevance.deeplift_rules import divide_differences
from viewer.models.graph.graph import Node
from viewer.models.graph.operators.arithmetic import sum_to_shape
from viewer.models.graph.operators.aten_passthrough import InputSlot
from viewer.models.graph.operators.operator import Gradients, Save, SavedTensors
from viewer.models.graph.operators.reduction import expand_reduced, reduced_dims
from viewer.models.graph.operators.registry import find_operator

Tensor = torch.Tensor


@dataclass(frozen=True)
class CastMultiplier:
    """Multiplier 1 of a cast, also of one from booleans, which has no derivative."""

    def saves(self, node: Node, needs_grad: tuple[bool, ...]) -> Save:
        """Return that the input is saved."""
        del node, needs_grad
        return Save.INPUTS

    def backward(self, node: Node, relevance: Tensor, saved: SavedTensors) -> Gradients:
        """Return the multiplier in the input's precision."""
        del node
        x = saved.input()
        return (relevance.to(x.dtype) if x.dtype.is_floating_point else relevance,)


@dataclass(frozen=True)
class ComparisonMultiplier:
    """Rescale rule of a comparison of x and y: Δ(x > y) / Δ(x − y), and 0 where that does not change."""

    def saves(self, node: Node, needs_grad: tuple[bool, ...]) -> Save:
        """Return that both values are saved; recomputing the comparison is cheap."""
        del node, needs_grad
        return Save.INPUTS

    def backward(self, node: Node, relevance: Tensor, saved: SavedTensors) -> Gradients:
        """Compute the multipliers at both inputs."""
        forward, runs = find_operator(node.operator).forward, (saved, saved.at_reference)
        c, c0 = (forward(node.attributes, run.inputs).to(relevance.dtype) for run in runs)
        d, d0 = (_difference(node, run) for run in runs)
        step = (d - d0).expand(c.shape)
        m = relevance * torch.where(step == 0, 0, (c - c0) / step)
        return tuple(
            sum_to_shape(m * _sign(node, index), saved.shape(index)) if needed else None
            for index, needed in enumerate(saved.needs_grad)
        )


def _difference(node: Node, saved: SavedTensors) -> Tensor:
    """Return x − y of a comparison."""
    x, y = (_argument(node, saved, name) for name in ("self", "other"))
    assert isinstance(x, Tensor)
    return x - y


def _sign(node: Node, index: int) -> int:
    """Return the sign with which an input enters x − y."""
    slot = node.attributes["arguments"]["self"]
    return 1 if isinstance(slot, InputSlot) and slot.index == index else -1


def _argument(node: Node, saved: SavedTensors, name: str) -> Tensor | float:
    """Return an argument of an ATen operator: a tensor or a number."""
    value = node.attributes["arguments"][name]
    argument: Tensor | float = saved.input(value.index) if isinstance(value, InputSlot) else value
    return argument


@dataclass(frozen=True)
class SelectionMultiplier:
    """Exact multipliers of c a + (1 − c) b, where the mask c depends on the input: those of the products."""

    def saves(self, node: Node, needs_grad: tuple[bool, ...]) -> Save:
        """Return that the mask and both values are saved."""
        del node, needs_grad
        return Save.INPUTS

    def backward(self, node: Node, relevance: Tensor, saved: SavedTensors) -> Gradients:
        """Compute the multipliers at the mask and at both values."""
        masks = "masked_fill" in node.operator
        names = ("mask", "value", "self") if masks else ("condition", "self", "other")
        runs = (saved, saved.at_reference)
        (c, a, b), (c0, a0, b0) = ([_argument(node, run, name) for name in names] for run in runs)
        assert isinstance(c, Tensor)
        assert isinstance(c0, Tensor)
        share = (c.to(relevance.dtype) + c0.to(relevance.dtype)) / 2
        factors = (((a + a0) - (b + b0)) / 2, share, 1 - share)
        gradients: list[Tensor | None] = [None] * len(saved.inputs)
        for name, factor in zip(names, factors, strict=True):
            value = node.attributes["arguments"][name]
            if isinstance(value, InputSlot) and saved.needs_grad[value.index]:
                gradients[value.index] = sum_to_shape(relevance * factor, saved.shape(value.index))
        return tuple(gradients)


@dataclass(frozen=True)
class LogSumExpMultiplier:
    """Multipliers of log Σ exp(x): Δ exp(x) / Δx of each value, times Δ log(s) / Δs of their sum s."""

    def saves(self, node: Node, needs_grad: tuple[bool, ...]) -> Save:
        """Return that the input is saved."""
        del node, needs_grad
        return Save.INPUTS

    def backward(self, node: Node, relevance: Tensor, saved: SavedTensors) -> Gradients:
        """Compute the multiplier at the input."""
        x, x0 = saved.input(), saved.at_reference.input()
        dims = reduced_dims(node.attributes, x.dim())
        largest = torch.maximum(x.amax(dims, keepdim=True), x0.amax(dims, keepdim=True))
        e, e0 = (x - largest).exp(), (x0 - largest).exp()
        s, s0 = e.sum(dims, keepdim=True), e0.sum(dims, keepdim=True)
        rise, step = s.log() - s0.log(), s - s0
        of_sum = torch.where(step == 0, 1 / s, rise / step)
        of_value = divide_differences(e - e0, x - x0, lambda: e)
        return (expand_reduced(node.attributes, relevance, tuple(x.shape)) * of_sum * of_value,)
