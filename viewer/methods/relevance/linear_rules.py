"""Rules of layer-wise relevance propagation and deep Taylor decomposition, for linear operators.

x are an operator's inputs, w its weights, b its bias, z_j = Σ_i x_i w_ij the pre-activations, R_j the
relevance of the outputs. A superscript + or − denotes the positive or negative part. Every rule is tested
against its explicit formula on the operator's Jacobian in float64.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field

import torch

from viewer.methods.relevance.absorption import Absorption
from viewer.methods.relevance.linear_operator import (
    LinearOperator,
    Terms,
    add_in_chunks,
    epsilon_for,
    forward_terms,
    linear_operator_at,
    multiply_by_input,
    propagate_terms,
    safe_divide,
    split_contributions,
)
from viewer.models.graph.graph import Node
from viewer.models.graph.operators.chunking import compute_in_chunks, iterate_chunks, update_in_chunks
from viewer.models.graph.operators.operator import CheckCancelled, Gradients, Save, SavedTensors

Tensor = torch.Tensor


@dataclass(frozen=True)
class LinearRule(ABC):
    """Base class of the rules of linear operators.

    Parameters
    ----------
    nonnegative
        Whether x ≥ 0 is known, which halves the work of rules that depend on signs.
    feeds_relu
        Whether only positive outputs receive relevance, as before a ReLU.
    bias
        Whether b_j is included in the sums z_j, as in the papers; its relevance is then lost to the
        inputs. Not used by rules without a bias.
    absorption
        Record of the relevance absorbed by biases and ε.
    """

    nonnegative: bool = False
    feeds_relu: bool = False
    bias: bool = False
    absorption: Absorption = field(default_factory=Absorption, compare=False, kw_only=True)

    @property
    def channelwise(self) -> bool:
        """Whether the relevance of each output is propagated independently of the other outputs."""
        return True

    def saves(self, node: Node, needs_grad: tuple[bool, ...]) -> Save:
        """Return that the inputs are saved."""
        del node, needs_grad
        return Save.INPUTS

    def backward(self, node: Node, relevance: Tensor, saved: SavedTensors) -> Gradients:
        """Compute the relevance of the operator's first input; weights and bias receive none."""
        result = self.propagate(linear_operator_at(node, saved), relevance, saved)
        return (result, *(None,) * (len(saved.inputs) - 1))

    @abstractmethod
    def propagate(self, linear: LinearOperator, relevance: Tensor, saved: SavedTensors) -> Tensor:
        """Compute the relevance R_i of the inputs from the relevance R_j of the outputs."""

    def effective_bias(self, linear: LinearOperator) -> Tensor | None:
        """Return the bias, or None if biases are excluded."""
        return linear.bias if self.bias else None


@dataclass(frozen=True)
class Epsilon(LinearRule):
    """ε rule: R_i = Σ_j x_i w_ij / (z_j + ε sign z_j) R_j (Bach et al. 2015, eq. 58; Ayyar et al. 2021).

    ``relative``: ε is a fraction of the root mean square of the operator's z, per sample. ε = 0 is LRP-0.
    """

    epsilon: float = 0.0
    relative: bool = False

    @property
    def channelwise(self) -> bool:
        """True unless ε is relative: a relative ε needs all channels."""
        return not (self.epsilon and self.relative)

    def saves(self, node: Node, needs_grad: tuple[bool, ...]) -> Save:
        """Return that the inputs are saved, and the output where z follows from it."""
        del needs_grad
        unbiased = len(node.inputs) < 3 or node.inputs[2] is None
        return Save.INPUTS | Save.OUTPUT if self.bias or unbiased or self._subtracts_bias else Save.INPUTS

    @property
    def _subtracts_bias(self) -> bool:
        """Whether z may be the output minus the bias: rounding is then far below a relative ε."""
        return self.relative and self.epsilon > 0

    def propagate(self, linear: LinearOperator, relevance: Tensor, saved: SavedTensors) -> Tensor:
        """Compute the relevance R_i of the inputs from the relevance R_j of the outputs."""
        check = saved.check_cancelled
        if linear.bias is None or self.bias:
            assert saved.output is not None
            z = saved.output
        elif self._subtracts_bias:
            assert saved.output is not None
            z = compute_in_chunks(torch.sub, saved.output, linear.broadcast_bias(saved.output), check=check)
        else:
            z = linear.forward(saved.input(), linear.weight, None)
        size = epsilon_for(self.epsilon, z, relative=self.relative, check=check)
        s = safe_divide(relevance, z, size, may_overwrite=saved.may_overwrite, check=check)
        self.absorption.add_bias(s, self.effective_bias(linear), linear.axis, check)
        self.absorption.add_stabiliser(s, z, size, check)
        return multiply_by_input(
            linear, linear.adjoint(s, linear.weight, saved.shape()), saved.input(), check
        )


@dataclass(frozen=True)
class Gamma(LinearRule):
    """γ rule: contributions with the output's own sign are weighted by 1 + γ.

    Montavon et al. 2019; Ayyar et al. 2021, LRP-γ.

    For x ≥ 0 and z_j ≥ 0 this is the published w + γ w⁺; for negative outputs, and for inputs of either sign,
    it is mirrored. The sign is that of the output itself, even if biases are left out of the sums, so that
    the rule does not depend on the operators that follow.
    """

    gamma: float = 0.25

    def saves(self, node: Node, needs_grad: tuple[bool, ...]) -> Save:
        """Return that the inputs are saved, and the output for its sign."""
        del node, needs_grad
        return Save.INPUTS | Save.OUTPUT

    def propagate(self, linear: LinearOperator, relevance: Tensor, saved: SavedTensors) -> Tensor:
        """Compute the relevance R_i of the inputs from the relevance R_j of the outputs."""
        x, shape, b, check = saved.input(), saved.shape(), self.effective_bias(linear), saved.check_cancelled
        if self.nonnegative and self.feeds_relu and linear.weight is not None:
            weight = linear.weight + self.gamma * linear.weight.clamp(min=0)
            bias = None if b is None else b + self.gamma * b.clamp(min=0)
            z = linear.forward(x, weight, bias)
            s = safe_divide(relevance, z, may_overwrite=saved.may_overwrite, check=check)
            self.absorption.add_bias(s, bias, linear.axis, check)
            return multiply_by_input(linear, linear.adjoint(s, weight, shape), x, check)
        assert saved.output is not None
        output = z = saved.output
        if linear.bias is not None and not self.bias:
            z = linear.forward(x, linear.weight, None)
        sides = split_contributions(linear, x, check, nonnegative=self.nonnegative)
        result: Tensor | None = None
        for compare, terms, bias_part in zip((torch.ge, torch.lt), sides, _split_by_sign(b), strict=True):
            selected = compute_in_chunks(
                lambda share, value, compare=compare: share * compare(value, 0),
                relevance,
                output,
                check=check,
            )
            if not bool(selected.any()):
                continue
            denominator = forward_terms(linear, terms, bias_part, check)
            if denominator is None:
                denominator = z
            else:
                update_in_chunks(
                    lambda chunk, value: chunk.mul_(self.gamma).add_(value), denominator, z, check=check
                )
            s = safe_divide(selected, denominator, may_overwrite=True, check=check)
            if b is not None and bias_part is not None:
                self.absorption.add_bias(s, b + self.gamma * bias_part, linear.axis, check)
            share = multiply_by_input(linear, linear.adjoint(s, linear.weight, shape), x, check)
            extra = propagate_terms(linear, terms, s, shape, check)
            share = share if extra is None else add_in_chunks(share, extra, check, self.gamma)
            result = add_in_chunks(result, share, check)
        return torch.zeros_like(x) if result is None else result


@dataclass(frozen=True)
class AlphaBeta(LinearRule):
    """αβ rule: R_i = Σ_j (α z_ij⁺ / z_j⁺ − β z_ij⁻ / z_j⁻) R_j with α − β = 1 (Bach et al. 2015, eq. 60).

    ``conserve``: an output with contributions of one sign only propagates exactly its relevance; by the
    published formula it would propagate α times (or −β times) as much (the "rare neurons" of Böhle et al.
    2019).
    """

    alpha: float = 2.0
    beta: float = 1.0
    conserve: bool = True

    def propagate(self, linear: LinearOperator, relevance: Tensor, saved: SavedTensors) -> Tensor:
        """Compute the relevance R_i of the inputs from the relevance R_j of the outputs."""
        x, shape, check = saved.input(), saved.shape(), saved.check_cancelled
        sides = split_contributions(linear, x, check, nonnegative=self.nonnegative)
        parts = _split_by_sign(self.effective_bias(linear))
        up, down = (
            forward_terms(linear, terms, part, check) for terms, part in zip(sides, parts, strict=True)
        )
        result: Tensor | None = None
        for terms, part, total, other, factor in zip(
            sides, parts, (up, down), (down, up), (self.alpha, -self.beta), strict=True
        ):
            if total is None:
                continue
            s = safe_divide(
                self._weight_relevance(relevance, other, factor, check),
                total,
                may_overwrite=True,
                check=check,
            )
            self.absorption.add_bias(s, part, linear.axis, check)
            share = propagate_terms(linear, terms, s, shape, check)
            result = result if share is None else add_in_chunks(result, share, check)
        return torch.zeros_like(x) if result is None else result

    def _weight_relevance(
        self, relevance: Tensor, other_sums: Tensor | None, factor: float, check: CheckCancelled
    ) -> Tensor:
        """Return what contributions of one sign propagate, from the sums of the ``other_sums`` sign."""
        if not self.conserve:
            return compute_in_chunks(lambda chunk: factor * chunk, relevance, check=check)
        if other_sums is None:
            return compute_in_chunks(torch.clone, relevance, check=check)
        return compute_in_chunks(
            lambda chunk, sums: torch.where(sums == 0, chunk, factor * chunk),
            relevance,
            other_sums,
            check=check,
        )


@dataclass(frozen=True)
class ZPlus(LinearRule):
    """z⁺ rule: R_i = Σ_j x_i w_ij⁺ / Σ_i' x_i' w_i'j⁺ R_j (Montavon et al. 2017, eq. 18; Taylor 2019).

    For inputs of either sign, the positive contributions are x⁺w⁺ + x⁻w⁻. An output without positive
    contributions (positive only through its bias) distributes its relevance uniformly to its inputs, so that
    none is lost.
    """

    def propagate(self, linear: LinearOperator, relevance: Tensor, saved: SavedTensors) -> Tensor:
        """Compute the relevance R_i of the inputs from the relevance R_j of the outputs."""
        terms, _ = split_contributions(
            linear, saved.input(), saved.check_cancelled, nonnegative=self.nonnegative
        )
        return distribute_by_terms(linear, terms, relevance, saved)


@dataclass(frozen=True)
class WSquare(LinearRule):
    """w² rule: R_i = Σ_j w_ij² / Σ_i' w_i'j² R_j.

    Montavon et al. 2017, eq. 16; Taylor 2019, with the missing square restored.
    """

    def propagate(self, linear: LinearOperator, relevance: Tensor, saved: SavedTensors) -> Tensor:
        """Compute the relevance R_i of the inputs from the relevance R_j of the outputs."""
        if linear.weight is None:
            return distribute_uniformly(linear, relevance, saved)
        return distribute_by_weight(linear, linear.weight.square(), relevance, saved)


@dataclass(frozen=True)
class Flat(LinearRule):
    """Flat rule: R_i = Σ_j R_j / n_j, uniform over all inputs of each output (Lapuschkin et al. 2017)."""

    def propagate(self, linear: LinearOperator, relevance: Tensor, saved: SavedTensors) -> Tensor:
        """Compute the relevance R_i of the inputs from the relevance R_j of the outputs."""
        return distribute_uniformly(linear, relevance, saved)


@dataclass(frozen=True)
class ZBox(LinearRule):
    """z-box rule: R_i = Σ_j (x_i w_ij − l w_ij⁺ − h w_ij⁻) / Σ_i'(…) R_j for l ≤ x ≤ h.

    Montavon et al. 2017, eq. 20.

    ``low`` and ``high`` are l and h, one value or, with the shape (N,), one per sample. Padding voxels are
    excluded; an output whose sum is 0 distributes its relevance uniformly to its inputs.
    """

    low: float | Tensor = 0.0
    high: float | Tensor = 1.0

    def propagate(self, linear: LinearOperator, relevance: Tensor, saved: SavedTensors) -> Tensor:
        """Compute the relevance R_i of the inputs from the relevance R_j of the outputs."""
        x, w = saved.input(), linear.weight
        # (x − l) w⁺ + (x − h) w⁻: the same sum, but of non-negative terms, which cannot cancel.
        above = x - broadcast_per_sample(self.low, x)
        terms: Terms = ((above, None),)
        if w is not None:
            terms = ((above, w.clamp(min=0)), (x - broadcast_per_sample(self.high, x), w.clamp(max=0)))
        return distribute_by_terms(linear, terms, relevance, saved)


def distribute_by_terms(
    linear: LinearOperator, terms: Terms, relevance: Tensor, saved: SavedTensors
) -> Tensor:
    """Distribute each output's relevance in proportion to non-negative terms; uniformly where all are 0."""
    check = saved.check_cancelled
    z = forward_terms(linear, terms, None, check)
    assert z is not None
    unassigned: Tensor | None = None
    for chunk in iterate_chunks(z.shape, check):
        nonzero = z[chunk] != 0
        if bool(nonzero.all()):
            continue
        remainder = relevance[chunk].masked_fill(nonzero, 0)
        if bool(remainder.any()):
            unassigned = torch.zeros_like(relevance) if unassigned is None else unassigned
            unassigned[chunk] = remainder
    s = safe_divide(relevance, z, may_overwrite=saved.may_overwrite, check=check)
    result = propagate_terms(linear, terms, s, saved.shape(), check)
    assert result is not None
    if unassigned is not None:
        result = add_in_chunks(result, distribute_uniformly(linear, unassigned, saved), check)
    return result


def broadcast_per_sample(number: float | Tensor, x: Tensor) -> float | Tensor:
    """Return one number for all, or one per sample in a shape that broadcasts against x."""
    return number.to(x).reshape(-1, *(1,) * (x.dim() - 1)) if isinstance(number, Tensor) else number


def distribute_by_weight(
    linear: LinearOperator, weights: Tensor | None, relevance: Tensor, saved: SavedTensors
) -> Tensor:
    """Distribute each output's relevance in proportion to ``weights``, independently of x."""
    x, check = saved.input(), saved.check_cancelled
    total = linear.forward(torch.ones_like(x[:1]), weights, None)
    s = safe_divide(relevance, total.expand_as(relevance), check=check)
    return linear.adjoint(s, weights, tuple(x.shape))


def distribute_uniformly(linear: LinearOperator, relevance: Tensor, saved: SavedTensors) -> Tensor:
    """Distribute each output's relevance uniformly to its inputs (fixed weights: in proportion to them)."""
    w, x, axis = linear.weight, saved.input(), linear.axis
    if w is None:
        return distribute_by_weight(linear, None, relevance, saved)
    if w.dim() < 2 or w.shape[0] * w.shape[1] != x.shape[axis] * relevance.shape[axis]:
        return distribute_by_weight(linear, torch.ones_like(w), relevance, saved)
    # Without groups, the inputs of an output are the same voxels of every channel: one input channel and one
    # output channel suffice.
    ones = w.new_ones((1, 1, *w.shape[2:]))
    count = linear.forward(torch.ones_like(x[:1].narrow(axis, 0, 1)), ones, None) * x.shape[axis]
    total = relevance.sum(axis, keepdim=True)
    s = safe_divide(total, count.expand_as(total), check=saved.check_cancelled)
    shape = list(x.shape)
    shape[axis] = 1
    share = linear.adjoint(s, ones, tuple(shape))
    return compute_in_chunks(
        lambda chunk, share_chunk: share_chunk.expand_as(chunk).contiguous(),
        x,
        share,
        check=saved.check_cancelled,
    )


def _split_by_sign(bias: Tensor | None) -> tuple[Tensor | None, Tensor | None]:
    """Return b⁺ and b⁻."""
    return (None, None) if bias is None else (bias.clamp(min=0), bias.clamp(max=0))
