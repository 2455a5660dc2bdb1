"""The rules of layer-wise relevance propagation and of deep Taylor decomposition, for linear operators.

x are an operator's inputs, w its weights, b its bias, z_j = Σ_i x_i w_ij the pre-activations, R_j the
relevance that arrives. A superscript + or − keeps the positive or negative part. Every rule is checked
against its flat formula on the operator's Jacobian in float64.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field

import torch

from viewer.methods.relevance.absorption import Absorption
from viewer.methods.relevance.linear_operator import (
    LinearOperator,
    Terms,
    epsilon_for,
    forward_terms,
    linear_operator_at,
    multiply_by_input,
    propagate_terms,
    safe_divide,
    split_contributions,
)
from viewer.models.graph.graph import Node
from viewer.models.graph.operators.operator import Gradients, Save, SavedTensors

Tensor = torch.Tensor


@dataclass(frozen=True)
class LinearRule(ABC):
    """Base of the rules of linear operators.

    Parameters
    ----------
    nonnegative
        x ≥ 0 is known; saves half of the work where signs matter.
    gated
        Relevance arrives only where the output is positive, as behind a ReLU.
    bias
        b_j counts in the sums z_j, as in the papers; what falls to it is lost to the inputs. Else it is left
        out of them. Not used by rules that know no bias.
    absorption
        Takes in what falls to biases and ε.
    """

    nonnegative: bool = False
    gated: bool = False
    bias: bool = False
    absorption: Absorption = field(default_factory=Absorption, compare=False, kw_only=True)

    @property
    def channelwise(self) -> bool:
        """Each output hands down what it has by itself."""
        return True

    def saves(self, node: Node, wanted: tuple[bool, ...]) -> Save:
        """The inputs' values."""
        del node, wanted
        return Save.INPUTS

    def backward(self, node: Node, relevance: Tensor, kept: SavedTensors) -> Gradients:
        """Relevance for the operator's first input; weights and bias take none."""
        shared = self.propagate(linear_operator_at(node, kept), relevance, kept)
        return (shared, *(None,) * (len(kept.inputs) - 1))

    @abstractmethod
    def propagate(self, linear: LinearOperator, relevance: Tensor, kept: SavedTensors) -> Tensor:
        """R_i from R_j."""

    def effective_bias(self, linear: LinearOperator) -> Tensor | None:
        """The bias, where it counts."""
        return linear.bias if self.bias else None


@dataclass(frozen=True)
class Epsilon(LinearRule):
    """R_i = Σ_j x_i w_ij / (z_j + ε sign z_j) R_j (Bach et al. 2015, eq. 58; Ayyar et al. 2021, LRP-ε).

    ``relative`` takes ε as a share of the root mean square of the operator's z, sample by sample. ε = 0 is
    LRP-0.
    """

    epsilon: float = 0.0
    relative: bool = False

    @property
    def channelwise(self) -> bool:
        """A relative ε needs all channels."""
        return not (self.epsilon and self.relative)

    def saves(self, node: Node, wanted: tuple[bool, ...]) -> Save:
        """The inputs, and the output where it is z."""
        del wanted
        unbiased = len(node.inputs) < 3 or node.inputs[2] is None
        return Save.INPUTS | Save.OUTPUT if self.bias or unbiased else Save.INPUTS

    def propagate(self, linear: LinearOperator, relevance: Tensor, kept: SavedTensors) -> Tensor:
        """R_i from R_j."""
        if linear.bias is not None and not self.bias:
            z = linear.forward(kept.input(), linear.weight, None)
        else:
            assert kept.output is not None
            z = kept.output
        size = epsilon_for(self.epsilon, z, relative=self.relative)
        s = safe_divide(relevance, z, size, owned=kept.may_overwrite, check=kept.check_cancelled)
        self.absorption.add_bias(s, self.effective_bias(linear), linear.axis)
        self.absorption.add_stabiliser(s, z, size)
        return multiply_by_input(linear, linear.back(s, linear.weight, kept.shape()), kept.input())


@dataclass(frozen=True)
class Gamma(LinearRule):
    """Terms that speak for the output's own sign weigh 1 + γ (Montavon et al. 2019; Ayyar et al. 2021,
    LRP-γ).

    For x ≥ 0 and z_j ≥ 0 this is the printed w + γ w⁺; for negative outputs, and for inputs of either sign,
    it is the same thought mirrored. The sign is that of the output itself, also where biases are left out of
    the sums: one rule, whether a ReLU stands behind the operator or anything else.
    """

    gamma: float = 0.25

    def saves(self, node: Node, wanted: tuple[bool, ...]) -> Save:
        """The inputs, and the output for its sign."""
        del node, wanted
        return Save.INPUTS | Save.OUTPUT

    def propagate(self, linear: LinearOperator, relevance: Tensor, kept: SavedTensors) -> Tensor:
        """R_i from R_j."""
        x, shape, b = kept.input(), kept.shape(), self.effective_bias(linear)
        if self.nonnegative and self.gated and linear.weight is not None:
            heavier = linear.weight + self.gamma * linear.weight.clamp(min=0)
            bias = None if b is None else b + self.gamma * b.clamp(min=0)
            z = linear.forward(x, heavier, bias)
            s = safe_divide(relevance, z, owned=kept.may_overwrite, check=kept.check_cancelled)
            self.absorption.add_bias(s, bias, linear.axis)
            return multiply_by_input(linear, linear.back(s, heavier, shape), x)
        assert kept.output is not None
        output = z = kept.output
        if linear.bias is not None and not self.bias:
            z = linear.forward(x, linear.weight, None)
        sides = split_contributions(linear, x, nonnegative=self.nonnegative)
        answer: Tensor | None = None
        for own, terms, part in zip((output >= 0, output < 0), sides, _split_by_sign(b), strict=True):
            arriving = relevance * own
            if not bool(arriving.any()):
                continue
            favoured = forward_terms(linear, terms, part)
            below = z if favoured is None else favoured.mul_(self.gamma).add_(z)
            s = safe_divide(arriving, below, owned=True, check=kept.check_cancelled)
            if b is not None and part is not None:
                self.absorption.add_bias(s, b + self.gamma * part, linear.axis)
            given = multiply_by_input(linear, linear.back(s, linear.weight, shape), x)
            more = propagate_terms(linear, terms, s, shape)
            given = given if more is None else given.add_(more, alpha=self.gamma)
            answer = given if answer is None else answer.add_(given)
        return torch.zeros_like(x) if answer is None else answer


@dataclass(frozen=True)
class AlphaBeta(LinearRule):
    """R_i = Σ_j (α z_ij⁺ / z_j⁺ − β z_ij⁻ / z_j⁻) R_j with α − β = 1 (Bach et al. 2015, eq. 60).

    ``conserve``: an output that nothing speaks against (or for) hands down exactly its relevance, by the
    one part
    it has; as printed it would hand down α times (or −β times) as much (the "rare neurons" of Böhle et al.
    2019).
    """

    alpha: float = 2.0
    beta: float = 1.0
    conserve: bool = True

    def propagate(self, linear: LinearOperator, relevance: Tensor, kept: SavedTensors) -> Tensor:
        """R_i from R_j."""
        x, shape = kept.input(), kept.shape()
        sides = split_contributions(linear, x, nonnegative=self.nonnegative)
        parts = _split_by_sign(self.effective_bias(linear))
        sums = [forward_terms(linear, terms, part) for terms, part in zip(sides, parts, strict=True)]
        up, down = (torch.zeros_like(relevance) if total is None else total for total in sums)
        gain, loss = self.alpha * relevance, -self.beta * relevance
        if self.conserve:
            gain = torch.where(down == 0, relevance, gain)
            loss = torch.where(up == 0, relevance, loss)
        answer = torch.zeros_like(x)
        for terms, part, total, weighed in zip(sides, parts, (up, down), (gain, loss), strict=True):
            s = safe_divide(weighed, total, owned=True, check=kept.check_cancelled)
            self.absorption.add_bias(s, part, linear.axis)
            given = propagate_terms(linear, terms, s, shape)
            if given is not None:
                answer += given
        return answer


@dataclass(frozen=True)
class ZPlus(LinearRule):
    """R_i = Σ_j x_i w_ij⁺ / Σ_i' x_i' w_i'j⁺ R_j (Montavon et al. 2017, eq. 18; Taylor 2019).

    For inputs of either sign, the terms that speak for the output: x⁺w⁺ + x⁻w⁻. An output that nothing
    speaks for
    (it is carried by its bias alone) hands its relevance to its inputs alike, so that none is lost.
    """

    def propagate(self, linear: LinearOperator, relevance: Tensor, kept: SavedTensors) -> Tensor:
        """R_i from R_j."""
        terms, _ = split_contributions(linear, kept.input(), nonnegative=self.nonnegative)
        return distribute_by_terms(linear, terms, relevance, kept)


@dataclass(frozen=True)
class WSquare(LinearRule):
    """R_i = Σ_j w_ij² / Σ_i' w_i'j² R_j (Montavon et al. 2017, eq. 16; Taylor 2019, with its square
    mended).
    """

    def propagate(self, linear: LinearOperator, relevance: Tensor, kept: SavedTensors) -> Tensor:
        """R_i from R_j."""
        if linear.weight is None:
            return distribute_uniformly(linear, relevance, kept.input())
        return distribute_by_weight(linear, linear.weight.square(), relevance, kept.input())


@dataclass(frozen=True)
class Flat(LinearRule):
    """R_i = Σ_j R_j / n_j: each output's relevance to all its inputs alike (Lapuschkin et al. 2017)."""

    def propagate(self, linear: LinearOperator, relevance: Tensor, kept: SavedTensors) -> Tensor:
        """R_i from R_j."""
        return distribute_uniformly(linear, relevance, kept.input())


@dataclass(frozen=True)
class ZBox(LinearRule):
    """R_i = Σ_j (x_i w_ij − l w_ij⁺ − h w_ij⁻) / Σ_i'(…) R_j for l ≤ x ≤ h (Montavon et al. 2017, eq. 20).

    ``low`` and ``high`` are l and h, of all samples or, with the shape (N,), of each. Voxels that a
    convolution pads with do not take part; an output whose sum is 0 hands its relevance to its inputs alike.
    """

    low: float | Tensor = 0.0
    high: float | Tensor = 1.0

    def propagate(self, linear: LinearOperator, relevance: Tensor, kept: SavedTensors) -> Tensor:
        """R_i from R_j."""
        x, w = kept.input(), linear.weight
        # (x − l) w⁺ + (x − h) w⁻: the same sum, of terms that are never negative and so cannot cancel.
        above = x - broadcast_per_sample(self.low, x)
        terms: Terms = ((above, None),)
        if w is not None:
            terms = ((above, w.clamp(min=0)), (x - broadcast_per_sample(self.high, x), w.clamp(max=0)))
        return distribute_by_terms(linear, terms, relevance, kept)


def distribute_by_terms(
    linear: LinearOperator, terms: Terms, relevance: Tensor, kept: SavedTensors
) -> Tensor:
    """Each output's relevance to its inputs by terms that are never negative; alike where all are 0."""
    z = forward_terms(linear, terms, None)
    assert z is not None
    stranded = None
    empty = z == 0
    if bool(empty.any()):
        stranded = relevance.masked_fill(~empty, 0)
        stranded = stranded if bool(stranded.any()) else None
    s = safe_divide(relevance, z, owned=kept.may_overwrite, check=kept.check_cancelled)
    answer = propagate_terms(linear, terms, s, kept.shape())
    assert answer is not None
    if stranded is not None:
        answer += distribute_uniformly(linear, stranded, kept.input())
    return answer


def broadcast_per_sample(number: float | Tensor, x: Tensor) -> float | Tensor:
    """One number for all, or one for each sample in a shape that broadcasts against x."""
    return number.to(x).reshape(-1, *(1,) * (x.dim() - 1)) if isinstance(number, Tensor) else number


def distribute_by_weight(linear: LinearOperator, weights: Tensor, relevance: Tensor, x: Tensor) -> Tensor:
    """Each output's relevance to its inputs in proportion to ``weights`` alone, not to x."""
    total = linear.forward(torch.ones_like(x[:1]), weights, None)
    return linear.back(safe_divide(relevance, total.expand_as(relevance)), weights, tuple(x.shape))


def distribute_uniformly(linear: LinearOperator, relevance: Tensor, x: Tensor) -> Tensor:
    """Each output's relevance to all its inputs alike (of fixed weights: as they weigh)."""
    if linear.weight is None:
        ones = torch.ones_like(x[:1])
        s = safe_divide(relevance, linear.forward(ones, None, None).expand_as(relevance))
        return linear.back(s, None, tuple(x.shape))
    return distribute_by_weight(linear, torch.ones_like(linear.weight), relevance, x)


def _split_by_sign(bias: Tensor | None) -> tuple[Tensor | None, Tensor | None]:
    """b⁺ and b⁻."""
    return (None, None) if bias is None else (bias.clamp(min=0), bias.clamp(max=0))
