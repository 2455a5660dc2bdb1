"""Relevance rules for sums, products, activations and normalisation layers."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import ClassVar

import torch

from viewer.methods.relevance.absorption import Absorption, accumulation_dtype
from viewer.methods.relevance.linear_operator import (
    epsilon_for,
    root_mean_square,
    root_mean_square_of,
    safe_divide,
    stabilize,
)
from viewer.models.graph.backward_rules import GradientRule
from viewer.models.graph.graph import Node
from viewer.models.graph.operators.arithmetic import sum_to_shape
from viewer.models.graph.operators.chunking import ChunkIndex, iterate_chunks, make_output_buffer, take_chunk
from viewer.models.graph.operators.operator import Gradients, Save, SavedTensors, autograd_backward
from viewer.models.graph.operators.registry import find_operator

Tensor = torch.Tensor


@dataclass(frozen=True)
class PassRule:
    """R_i = R_j for functions of one value and scaling by constants, where each output has one input."""

    channelwise: ClassVar[bool] = True

    def saves(self, node: Node, needs_grad: tuple[bool, ...]) -> Save:
        """Return that no values are saved for the backward pass."""
        del node, needs_grad
        return Save.NOTHING

    def backward(self, node: Node, relevance: Tensor, saved: SavedTensors) -> Gradients:
        """Return the relevance unchanged."""
        del node
        return (relevance, *(None,) * (len(saved.inputs) - 1))


@dataclass(frozen=True)
class StopRule:
    """No relevance for masks and counts, which do not change with small changes of the scan."""

    def saves(self, node: Node, needs_grad: tuple[bool, ...]) -> Save:
        """Return that no values are saved for the backward pass."""
        del node, needs_grad
        return Save.NOTHING

    def backward(self, node: Node, relevance: Tensor, saved: SavedTensors) -> Gradients:
        """Return no relevance."""
        del node, relevance
        return (None,) * len(saved.inputs)


@dataclass(frozen=True)
class FirstInputRule:
    """ε rule of an operator that is homogeneous in its first input, the others held constant."""

    epsilon: float = 1e-6
    absorption: Absorption = field(default_factory=Absorption, compare=False)

    def saves(self, node: Node, needs_grad: tuple[bool, ...]) -> Save:
        """Return that the inputs and the output are saved."""
        del node, needs_grad
        return Save.INPUTS | Save.OUTPUT

    def backward(self, node: Node, relevance: Tensor, saved: SavedTensors) -> Gradients:
        """Compute the relevance of the first input."""
        z, none = saved.output, (None,) * (len(saved.inputs) - 1)
        assert z is not None
        size = self.epsilon * root_mean_square(z)
        s = safe_divide(relevance, stabilize(z, size))
        self.absorption.add_stabiliser(s, z, size)
        single_input = replace(saved, needs_grad=(saved.needs_grad[0], *(False,) * len(none)))
        gradient = find_operator(node.operator).backward(node.attributes, s, single_input)[0]
        return (None if gradient is None else gradient * saved.input(), *none)


@dataclass(frozen=True)
class MoveRule:
    """Rule that moves relevance as the operator moves values; ``is_constant`` inputs absorb theirs."""

    is_constant: tuple[bool, ...]
    absorption: Absorption = field(default_factory=Absorption, compare=False)

    def saves(self, node: Node, needs_grad: tuple[bool, ...]) -> Save:
        """Return what the operator's derivative needs."""
        return GradientRule().saves(node, needs_grad)

    def backward(self, node: Node, relevance: Tensor, saved: SavedTensors) -> Gradients:
        """Compute the relevance of each input that depends on the scan."""
        needed = tuple(
            needs_grad or constant_input
            for needs_grad, constant_input in zip(saved.needs_grad, self.is_constant, strict=True)
        )
        shares = list(GradientRule().backward(node, relevance, replace(saved, needs_grad=needed)))
        for index, constant in enumerate(self.is_constant):
            share = shares[index]
            if constant and share is not None:
                self.absorption.add_constant(share)
                shares[index] = None
        return tuple(shares)


@dataclass(frozen=True)
class SelectionRule(MoveRule):
    """Rule that moves relevance to the values that a mask selects; selected constants absorb theirs."""

    def backward(self, node: Node, relevance: Tensor, saved: SavedTensors) -> Gradients:
        """Compute the relevance of each value that depends on the scan."""
        needed = tuple(
            needs_grad or constant_input
            for needs_grad, constant_input in zip(saved.needs_grad, self.is_constant, strict=True)
        )
        shares = GradientRule().backward(node, relevance, replace(saved, needs_grad=needed))
        passed = [
            None if constant else share for share, constant in zip(shares, self.is_constant, strict=True)
        ]
        total = sum((share.sum() for share in passed if share is not None), relevance.new_zeros(()))
        self.absorption.add_constant(relevance.sum() - total)
        return tuple(passed)


@dataclass(frozen=True)
class PadRule:
    """Rule that moves relevance back through a padding; the relevance of padded constants is absorbed."""

    channelwise: ClassVar[bool] = True
    absorption: Absorption = field(default_factory=Absorption, compare=False)

    def saves(self, node: Node, needs_grad: tuple[bool, ...]) -> Save:
        """Return what the operator's derivative needs."""
        return GradientRule().saves(node, needs_grad)

    def backward(self, node: Node, relevance: Tensor, saved: SavedTensors) -> Gradients:
        """Compute the relevance of the inner values; reflected values receive it from all their positions."""
        incoming = relevance.sum(dtype=accumulation_dtype(relevance))
        shares = GradientRule().backward(node, relevance, saved)
        if shares[0] is not None:
            self.absorption.add_constant(incoming - shares[0].sum(dtype=accumulation_dtype(relevance)))
        return shares


@dataclass(frozen=True)
class AffineEpsilonRule:
    """R_i = x_i s_i / (x_i s_i + t_i + ε sign) R_i for y = s x + t, where the shift t counts as a bias."""

    epsilon: float = 0.0
    relative: bool = False
    absorption: Absorption = field(default_factory=Absorption, compare=False)

    @property
    def channelwise(self) -> bool:
        """True unless ε is relative: a relative ε needs all channels."""
        return not (self.epsilon and self.relative)

    def saves(self, node: Node, needs_grad: tuple[bool, ...]) -> Save:
        """Return that the input is saved; recomputing the output is cheap."""
        del node, needs_grad
        return Save.INPUTS

    def backward(self, node: Node, relevance: Tensor, saved: SavedTensors) -> Gradients:
        """Compute the relevance of the input."""
        x, scale, shift = saved.input(), saved.inputs[1], saved.inputs[2]
        rank, forward = x.dim(), find_operator(node.operator).forward

        def compute_terms(chunk: ChunkIndex) -> tuple[Tensor, ...]:
            constants = [None if c is None else take_chunk(c, chunk, rank) for c in (scale, shift)]
            z = forward(node.attributes, (x[chunk], *constants))
            return z, x[chunk] if scale is None else x[chunk] * take_chunk(scale, chunk, rank)

        size: float | Tensor | None = self.epsilon or None
        if self.epsilon and self.relative:
            size = self.epsilon * root_mean_square_of(
                x, lambda chunk: compute_terms(chunk)[0], saved.check_cancelled
            )
        result = make_output_buffer(relevance, saved.may_overwrite)
        for chunk in iterate_chunks(x.shape, saved.check_cancelled):
            z, term = compute_terms(chunk)
            chunk_size = take_chunk(size, chunk, rank) if isinstance(size, Tensor) else size
            s = safe_divide(relevance[chunk], z, chunk_size)
            if shift is not None:
                self.absorption.add_bias_terms(s * take_chunk(shift, chunk, rank))
            self.absorption.add_stabiliser(s, z, chunk_size)
            torch.mul(s, term, out=result[chunk])
        return (result, None, None)


@dataclass(frozen=True)
class SumRule:
    """R_x = x / (x + y) R and R_y = y / (x + y) R for x + y; for x − y with −y.

    ``positive`` distributes by the positive parts x⁺ and y⁺: the z⁺ rule of a sum. Otherwise the ε rule.
    A ``is_constant`` term counts as a bias.
    """

    epsilon: float = 0.0
    relative: bool = False
    positive: bool = False
    is_constant: tuple[bool, ...] = (False, False)
    absorption: Absorption = field(default_factory=Absorption, compare=False)

    def saves(self, node: Node, needs_grad: tuple[bool, ...]) -> Save:
        """Return that both terms are saved."""
        del node, needs_grad
        return Save.INPUTS

    def backward(self, node: Node, relevance: Tensor, saved: SavedTensors) -> Gradients:
        """Compute the relevance of each term."""
        terms = [saved.input(0), -saved.input(1) if node.operator == "sub" else saved.input(1)]
        if self.positive:
            terms = [term.clamp(min=0) for term in terms]
        z = terms[0] + terms[1]
        size = None if self.positive else epsilon_for(self.epsilon, z, relative=self.relative)
        if size is not None:
            z = stabilize(z, size)
        s = safe_divide(relevance, z, check=saved.check_cancelled)
        self.absorption.add_stabiliser(s, z, size)
        unassigned = relevance.masked_fill(z != 0, 0).div_(2) if z.count_nonzero() < z.numel() else None
        shares: list[Tensor | None] = []
        for index, term in enumerate(terms):
            share = s * term if saved.needs_grad[index] or self.is_constant[index] else None
            if share is not None and unassigned is not None:
                share += unassigned
            if share is not None and self.is_constant[index]:
                self.absorption.add_constant(share)
                share = None
            shares.append(None if share is None else sum_to_shape(share, saved.shape(index)))
        return tuple(shares)


@dataclass(frozen=True)
class GateRule:
    """Rule that assigns all relevance of x · g to the signal x, none to the gate g; half each without a gate.

    Signal-take-all (Arras et al. 2017, for gates in recurrent networks). ``gate_index`` is the index of the
    gate among the inputs, or None.
    """

    gate_index: int | None = None

    def saves(self, node: Node, needs_grad: tuple[bool, ...]) -> Save:
        """Return that no values are saved for the backward pass."""
        del node, needs_grad
        return Save.NOTHING

    def backward(self, node: Node, relevance: Tensor, saved: SavedTensors) -> Gradients:
        """Compute the relevance of each factor."""
        del node
        single = sum(saved.needs_grad) == 1
        shares = []
        for index, needed in enumerate(saved.needs_grad):
            factor = 1.0 if single else 0.5 if self.gate_index is None else float(index != self.gate_index)
            shares.append(sum_to_shape(relevance * factor, saved.shape(index)) if needed and factor else None)
        return tuple(shares)


@dataclass(frozen=True)
class NoRelevanceRule:
    """Rule of an operator that only leads to gates: no relevance arrives at it.

    ``error`` is raised if relevance arrives nevertheless, because it starts at a layer within a gate.
    """

    error: Exception

    def saves(self, node: Node, needs_grad: tuple[bool, ...]) -> Save:
        """Return that no values are saved for the backward pass."""
        del node, needs_grad
        return Save.NOTHING

    def backward(self, node: Node, relevance: Tensor, saved: SavedTensors) -> Gradients:
        """Raise the refusal."""
        del node, relevance, saved
        raise self.error


@dataclass(frozen=True)
class MatmulRule:
    """ε rule of A B with one factor held constant; if neither is a gate, half of the relevance to each.

    Attention weights are a gate (Ali et al. 2022): all relevance goes to the values they weight. Without
    gates, R_ji = Σ_p A_ji V_ip / (2 O_jp + ε) R_jp is the rule of Achtibat et al. 2024,
    proposition 3.3.
    """

    gate_index: int | None = None
    epsilon: float = 1e-6
    absorption: Absorption = field(default_factory=Absorption, compare=False)

    def saves(self, node: Node, needs_grad: tuple[bool, ...]) -> Save:
        """Return that both factors and the product are saved."""
        del node, needs_grad
        return Save.INPUTS | Save.OUTPUT

    def backward(self, node: Node, relevance: Tensor, saved: SavedTensors) -> Gradients:
        """Compute the relevance of each factor."""
        z = saved.output
        assert z is not None
        size = self.epsilon * root_mean_square(z)
        s = safe_divide(relevance, stabilize(z, size))
        self.absorption.add_stabiliser(s, z, size)
        gradients = find_operator(node.operator).backward(node.attributes, s, saved)
        single = sum(saved.needs_grad) == 1
        shares: list[Tensor | None] = []
        for index, gradient in enumerate(gradients):
            factor = 1.0 if single else 0.5 if self.gate_index is None else float(index != self.gate_index)
            shares.append(None if gradient is None or not factor else gradient * saved.input(index) * factor)
        return tuple(shares)


@dataclass(frozen=True)
class NormalisationRule:
    """ε rule of (x − μ) / σ · w + b with σ held constant (Ali et al. 2022, LN rule).

    For layer, instance and group norm: the centred, scaled map is then linear in x. ``bias``: whether b
    is included in the sums.
    """

    epsilon: float = 1e-6
    relative: bool = True
    bias: bool = False
    absorption: Absorption = field(default_factory=Absorption, compare=False)

    def saves(self, node: Node, needs_grad: tuple[bool, ...]) -> Save:
        """Return that the inputs are saved."""
        del node, needs_grad
        return Save.INPUTS

    def backward(self, node: Node, relevance: Tensor, saved: SavedTensors) -> Gradients:
        """Compute the relevance of the input."""
        x, weight = saved.input(), saved.inputs[1]
        bias = saved.inputs[2] if self.bias else None
        output = find_operator(node.operator).forward(node.attributes, (x, weight, bias))
        size = self.epsilon * root_mean_square(output) if self.relative else self.epsilon
        s = safe_divide(relevance, stabilize(output, size) if self.epsilon else output)
        self.absorption.add_stabiliser(s, output, size if self.epsilon else None)
        if bias is not None:
            self.absorption.add_bias_terms(s * expand_to_channels(bias, node, x))
        if weight is not None:
            s = s * expand_to_channels(weight, node, x)
        shape = statistics_shape(node, x)
        variance = x.reshape(shape).var(-1, unbiased=False, keepdim=True)
        rows = s.reshape(shape)
        centred = (rows - rows.mean(-1, keepdim=True)) * (variance + node.attributes["eps"]).rsqrt()
        return (centred.reshape(x.shape) * x, *(None,) * (len(saved.inputs) - 1))


LAST_DIMENSIONS = frozenset({"layer_norm", "rms_norm"})
"""Norms over the last dimensions, with a weight for each of their values."""


def statistics_shape(node: Node, x: Tensor) -> tuple[int, ...]:
    """Return the shape of x in which every row of the last dimension shares a norm's mean and variance."""
    if node.operator in LAST_DIMENSIONS:
        width = math.prod(int(size) for size in node.attributes["shape"])
        return (x.numel() // width, width)
    if node.operator == "group_norm":
        return (x.shape[0], int(node.attributes["groups"]), -1)
    return (x.shape[0], x.shape[1], -1)


def expand_to_channels(weight: Tensor, node: Node, x: Tensor) -> Tensor:
    """Return a norm's weight in a shape that broadcasts against x."""
    return weight if node.operator in LAST_DIMENSIONS else weight.reshape(1, -1, *(1,) * (x.dim() - 2))


@dataclass(frozen=True)
class SoftmaxRule:
    """R_i = x_i (R_i − s_i Σ_j R_j), where s is the softmax of x (Achtibat et al. 2024, prop. 3.1).

    It is the Taylor expansion of the softmax at x, whose constant term s_j (1 − x_j + Σ_k s_k x_k) absorbs
    relevance as a bias does. Used only where the softmax is not a gate (a gate receives no relevance).
    """

    absorption: Absorption = field(default_factory=Absorption, compare=False)

    def saves(self, node: Node, needs_grad: tuple[bool, ...]) -> Save:
        """Return that the input and the output are saved."""
        del node, needs_grad
        return Save.INPUTS | Save.OUTPUT

    def backward(self, node: Node, relevance: Tensor, saved: SavedTensors) -> Gradients:
        """Compute the relevance of the input."""
        s, dim = saved.output, node.attributes["dim"]
        assert s is not None
        # Masked values have s = 0 and get no relevance; −∞ times 0 would be NaN.
        x = saved.input().masked_fill(s == 0, 0)
        relevance = relevance.masked_fill(s == 0, 0)
        total = relevance.sum(dim, keepdim=True)
        self.absorption.add_bias_terms(relevance * (1 - x + (s * x).sum(dim, keepdim=True)))
        return (x * (relevance - s * total),)


@dataclass(frozen=True)
class LinearisedRule:
    """Input times the operator's derivative, in proportion: R_i = x_i Σ_j ∂y_j/∂x_i R_j / y_j.

    Not from any paper: a substitute for operators without a rule, used only at the user's request.
    """

    epsilon: float = 1e-6

    def saves(self, node: Node, needs_grad: tuple[bool, ...]) -> Save:
        """Return that the inputs and the output are saved."""
        del node, needs_grad
        return Save.INPUTS | Save.OUTPUT

    def backward(self, node: Node, relevance: Tensor, saved: SavedTensors) -> Gradients:
        """Compute the relevance of each input."""
        z = saved.output
        assert z is not None
        s = safe_divide(relevance, stabilize(z, self.epsilon * root_mean_square(z)))
        gradients = autograd_backward(find_operator(node.operator).forward)(node.attributes, s, saved)
        return tuple(
            None if gradient is None else gradient * saved.input(index)
            for index, gradient in enumerate(gradients)
        )
