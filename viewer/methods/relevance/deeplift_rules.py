"""DeepLIFT rules: multipliers m = contribution / Δx, propagated by the chain rule for multipliers.

The input and the reference are run separately, so that no operator can mix them; the values saved from the
reference's run are ``saved.reference``, and the propagated multipliers belong to the input. Every rule makes
the contributions sum to the difference of the outputs (Shrikumar et al. 2017, section 3).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar

import torch

from viewer.methods.relevance.elementwise_rules import expand_to_channels, statistics_shape
from viewer.methods.relevance.linear_operator import (
    add_in_chunks,
    linear_operator_at,
    negative_part,
    positive_part,
)
from viewer.models.graph.backward_rules import GradientRule
from viewer.models.graph.graph import Node
from viewer.models.graph.operators.arithmetic import sum_to_shape
from viewer.models.graph.operators.chunking import compute_in_chunks, iterate_chunks, make_output_buffer
from viewer.models.graph.operators.operator import (
    CheckCancelled,
    Gradients,
    Save,
    SavedTensors,
    autograd_backward,
)
from viewer.models.graph.operators.pooling import max_unpool
from viewer.models.graph.operators.registry import find_operator

Tensor = torch.Tensor
NEGLIGIBLE_SHARE = 1e-7
"""Differences below this share of the largest one in the channel (in the sample, for features without spatial
dimensions) count as zero: there the derivative is the multiplier.
"""


def divide_differences(rise: Tensor, step: Tensor, slope: Callable[[], Tensor]) -> Tensor:
    """Return rise / step, and the slope where the step is negligible."""
    negligible = is_negligible(step)
    if not bool(negligible.any()):
        return rise / step
    return torch.where(negligible, slope(), rise / step.masked_fill(negligible, 1))


def to_floating_point(values: Tensor, like: Tensor) -> Tensor:
    """Return masks and counts as real numbers of the precision of ``like``; others unchanged."""
    return values if values.is_floating_point() else values.to(like.dtype)


def is_negligible(step: Tensor) -> Tensor:
    """Return a mask of the steps that are too small to divide by."""
    size = step.abs()
    dims = tuple(range(min(2, size.dim() - 1), size.dim()))
    largest = size.amax(dims, keepdim=True) if size.dim() > 1 else size
    return size <= NEGLIGIBLE_SHARE * largest.clamp(min=1e-30)


def relu_multiplier(x: Tensor, x0: Tensor) -> Tensor:
    """Return Δx⁺ / Δx, and the derivative of x⁺ where Δx is 0.

    The quotient is exact however small the step: on one side of zero both differences are equal, and across
    zero there is no cancellation.
    """
    step = x - x0
    rise = x.clamp(min=0).sub_(x0.clamp(min=0)).div_(step)
    return torch.where(step == 0, (x > 0).to(x.dtype), rise)


@dataclass(frozen=True)
class LinearMultiplier:
    """Linear rule m_x = Wᵀ m_y, also for operators that only move values."""

    channelwise: ClassVar[bool] = True

    def saves(self, node: Node, needs_grad: tuple[bool, ...]) -> Save:
        """Return what the derivative needs: no values."""
        return GradientRule().saves(node, needs_grad)

    def backward(self, node: Node, relevance: Tensor, saved: SavedTensors) -> Gradients:
        """Return the derivative."""
        return GradientRule().backward(node, relevance, saved)


@dataclass(frozen=True)
class RescaleRule:
    """Rescale rule m_x = Δy / Δx · m_y for a function of one value; its derivative where Δx is 0."""

    channelwise: ClassVar[bool] = True

    def saves(self, node: Node, needs_grad: tuple[bool, ...]) -> Save:
        """Return that the input is saved; recomputing the output is cheap."""
        del node, needs_grad
        return Save.INPUTS

    def backward(self, node: Node, relevance: Tensor, saved: SavedTensors) -> Gradients:
        """Compute the multiplier at the input."""
        operator, parameters = find_operator(node.operator), saved.inputs[1:]
        values, values0 = (to_floating_point(run.input(), relevance) for run in (saved, saved.at_reference))
        result = make_output_buffer(relevance, saved.may_overwrite)
        if node.operator == "relu":
            for chunk in iterate_chunks(values.shape, saved.check_cancelled):
                torch.mul(relu_multiplier(values[chunk], values0[chunk]), relevance[chunk], out=result[chunk])
            return (result,)
        # Features without spatial dimensions, and functions with weights, are not split within a sample.
        split = 2 if values.dim() > 2 and not parameters else 1
        for chunk in iterate_chunks(values.shape, saved.check_cancelled, split_dims=split):
            x, x0, m = values[chunk], values0[chunk], relevance[chunk]
            y, y0 = (operator.forward(node.attributes, (value, *parameters)) for value in (x, x0))
            step = x - x0
            negligible = is_negligible(step)
            # The derivative of few values is cheap; functions with weights need the whole shape. It is
            # computed first: the result may overwrite the incoming multiplier.
            derivative = None
            if bool(negligible.any()):
                selection = (slice(None),) if parameters else (negligible,)
                shapes = (tuple(x[selection].shape), *saved.shapes[1:])
                output = y[selection].clone()
                selected_tensors = SavedTensors(
                    (x[selection], *parameters), shapes, saved.needs_grad, output=output, sign=output > 0
                )
                derivative = operator.backward(node.attributes, m[selection], selected_tensors)[0]
                assert derivative is not None
            torch.mul((y - y0).div_(step), m, out=result[chunk])
            if derivative is not None:
                result[chunk][negligible] = derivative[negligible] if parameters else derivative
        return (result, *(None,) * (len(saved.inputs) - 1))


@dataclass(frozen=True)
class MaxPoolMultiplier:
    """Rule that assigns the difference of a maximum to two winners: the input's and the reference's.

    With M = max(y, y⁰), the input's winner gets M − y⁰ and the reference's y − M, in every window that
    contains them; windows may overlap.
    """

    channelwise: ClassVar[bool] = True

    def saves(self, node: Node, needs_grad: tuple[bool, ...]) -> Save:
        """Return that the input, the output and the indices of the maxima are saved."""
        del node, needs_grad
        return Save.INPUTS | Save.OUTPUT | Save.MAX_OFFSETS

    def backward(self, node: Node, relevance: Tensor, saved: SavedTensors) -> Gradients:
        """Compute the multiplier at the input."""
        (x, y, winners), (x0, y0, winners0) = (
            (run.input(), run.output, run.max_indices if run.max_offsets is None else run.max_offsets)
            for run in (saved, saved.at_reference)
        )
        assert y is not None
        assert y0 is not None
        assert winners is not None
        assert winners0 is not None
        result, none = torch.empty_like(x), x.new_zeros(())
        for chunk in iterate_chunks(
            x.shape, saved.check_cancelled, split_dims=x.dim() - len(node.attributes["kernel"])
        ):
            # One of M − y⁰ and y − M is 0, so the whole rise goes to one of the two winners.
            rise, step = y[chunk] - y0[chunk], x[chunk] - x0[chunk]
            winner = torch.where(rise >= 0, winners[chunk], winners0[chunk])
            share = max_unpool(node.attributes, rise.mul_(relevance[chunk]), winner, tuple(step.shape))
            # A winner whose value did not change has no difference to distribute either.
            torch.where(step == 0, none, share.div_(step), out=result[chunk])
        return (result,)


@dataclass(frozen=True)
class MaxMultiplier:
    """`MaxPoolMultiplier` for every other maximum operator, using the derivative of that operator.

    Where the derivative is shared among equal values, so is the difference.
    """

    def saves(self, node: Node, needs_grad: tuple[bool, ...]) -> Save:
        """Return that the input and the output are saved."""
        del node, needs_grad
        return Save.INPUTS | Save.OUTPUT

    def backward(self, node: Node, relevance: Tensor, saved: SavedTensors) -> Gradients:
        """Compute the multiplier at the input."""
        y, y0, operator = saved.output, saved.at_reference.output, find_operator(node.operator)
        assert y is not None
        assert y0 is not None
        rise = (y - y0) * relevance
        total = torch.zeros_like(saved.input())
        for run, selected in ((saved, y >= y0), (saved.at_reference, y < y0)):
            share = operator.backward(
                node.attributes, rise * selected, replace(run, needs_grad=saved.needs_grad)
            )[0]
            assert share is not None
            total += share
        step = saved.input() - saved.at_reference.input()
        return (torch.where(step == 0, 0, total / step),)


@dataclass(frozen=True)
class QuotientMultiplier:
    """Exact multipliers of a quotient x / y.

    Δ(x / y) = Δx (1/y + 1/y⁰)/2 + Δ(1/y) (x + x⁰)/2 with Δ(1/y) = −Δy / (y y⁰).
    """

    def saves(self, node: Node, needs_grad: tuple[bool, ...]) -> Save:
        """Return that both values are saved."""
        del node, needs_grad
        return Save.INPUTS

    def backward(self, node: Node, relevance: Tensor, saved: SavedTensors) -> Gradients:
        """Compute the multipliers at both inputs."""
        del node
        (x, y), (x0, y0) = (
            tuple(to_floating_point(run.input(index), relevance) for index in (0, 1))
            for run in (saved, saved.at_reference)
        )
        factors = ((1 / y + 1 / y0) / 2, -(x + x0) / (2 * y * y0))
        return tuple(
            sum_to_shape(relevance * factor, saved.shape(index)) if needed else None
            for index, (factor, needed) in enumerate(zip(factors, saved.needs_grad, strict=True))
        )


@dataclass(frozen=True)
class ProductMultiplier:
    """Exact multipliers of products, matrix products and variances, which are quadratic in their inputs.

    Δ(x·y) = Δx (y + y⁰)/2 + Δy (x + x⁰)/2.
    """

    def saves(self, node: Node, needs_grad: tuple[bool, ...]) -> Save:
        """Return that both factors are saved."""
        del node, needs_grad
        return Save.INPUTS

    def backward(self, node: Node, relevance: Tensor, saved: SavedTensors) -> Gradients:
        """Compute the derivative at the midpoint between input and reference."""
        midpoints = tuple(
            (to_floating_point(value, relevance) + to_floating_point(reference, relevance)) / 2
            if value is not None and reference is not None and needed
            else value
            for value, reference, needed in zip(
                saved.inputs, saved.at_reference.inputs, saved.needs_grad, strict=True
            )
        )
        at_midpoints = replace(saved, inputs=midpoints, may_overwrite=False)
        return find_operator(node.operator).backward(node.attributes, relevance, at_midpoints)


@dataclass(frozen=True)
class RootMultiplier:
    """Exact multiplier of a standard deviation or norm s, the root of a quadratic form of its input.

    Δs = Δ(s²) / (s + s⁰), and Δ(s²) = Δx (∇s² + ∇s⁰²)/2 with ∇s² = 2 s ∇s.
    """

    def saves(self, node: Node, needs_grad: tuple[bool, ...]) -> Save:
        """Return that the input and the output are saved."""
        del node, needs_grad
        return Save.INPUTS | Save.OUTPUT

    def backward(self, node: Node, relevance: Tensor, saved: SavedTensors) -> Gradients:
        """Compute the multiplier at the input; it is 0 where both roots are 0."""
        s, s0 = saved.output, saved.at_reference.output
        assert s is not None
        assert s0 is not None
        share = relevance / (s + s0).masked_fill(s + s0 == 0, 1)
        backward_pass = autograd_backward(find_operator(node.operator).forward)
        (gradient, *rest), (reference_gradient, *_) = (
            backward_pass(node.attributes, share * root, replace(run, needs_grad=saved.needs_grad))
            for run, root in ((saved, s), (saved.at_reference, s0))
        )
        assert gradient is not None
        assert reference_gradient is not None
        return (gradient + reference_gradient, *rest)


@dataclass(frozen=True)
class NormalisationMultiplier:
    """Layer, instance, group and RMS norm: centring (not RMS), squares, a square root and a product."""

    def saves(self, node: Node, needs_grad: tuple[bool, ...]) -> Save:
        """Return that the input is saved."""
        del node, needs_grad
        return Save.INPUTS

    def backward(self, node: Node, relevance: Tensor, saved: SavedTensors) -> Gradients:
        """Compute the multiplier at the input."""
        x, x0, weight = saved.input(), saved.at_reference.input(), saved.inputs[1]
        m = relevance if weight is None else relevance * expand_to_channels(weight, node, x)
        shape = statistics_shape(node, x)
        rows, rows0, m = x.reshape(shape), x0.reshape(shape), m.reshape(shape)
        centres = node.operator != "rms_norm"
        c, c0 = (row - row.mean(-1, keepdim=True) if centres else row for row in (rows, rows0))
        v, v0 = c.square().mean(-1, keepdim=True), c0.square().mean(-1, keepdim=True)
        eps = node.attributes["eps"]
        r, r0 = (v + eps).rsqrt(), (v0 + eps).rsqrt()
        to_root = (m * (c + c0) / 2).sum(-1, keepdim=True)
        # (r − r⁰) / (v − v⁰), written so that nothing cancels where v is near v⁰.
        to_variance = to_root * -((r * r0).square() / (r + r0))
        centred = m * (r + r0) / 2 + to_variance * (c + c0) / c.shape[-1]
        result = centred - centred.mean(-1, keepdim=True) if centres else centred
        return (result.reshape(x.shape), *(None,) * (len(saved.inputs) - 1))


@dataclass(frozen=True)
class SoftmaxMultiplier:
    """Softmax of centred values, decomposed into an exponential, a sum, a reciprocal and a product.

    A common shift of the values does not change a softmax. So that it does not change the multipliers either,
    and a shift between input and reference gives no large numbers that cancel, the values are first centred:
    x − Σ w x, with the mean of both softmaxes as weights w.
    """

    def saves(self, node: Node, needs_grad: tuple[bool, ...]) -> Save:
        """Return that the input is saved."""
        del node, needs_grad
        return Save.INPUTS

    def backward(self, node: Node, relevance: Tensor, saved: SavedTensors) -> Gradients:
        """Compute the multiplier at the input."""
        dim = node.attributes["dim"]
        x, x0 = saved.input(), saved.at_reference.input()
        weights = (x.softmax(dim) + x0.softmax(dim)) / 2
        # Values that a mask sets to −∞ have no weight; −∞ times 0 would be NaN.
        x, x0 = (
            values - (weights * values.masked_fill(weights == 0, 0)).sum(dim, keepdim=True)
            for values in (x, x0)
        )
        # The same number for both keeps exp in range.
        largest = torch.maximum(x, x0).amax(dim, keepdim=True)
        e, e0 = (x - largest).exp(), (x0 - largest).exp()
        s, s0 = e.sum(dim, keepdim=True), e0.sum(dim, keepdim=True)
        to_reciprocal = (relevance * (e + e0) / 2).sum(dim, keepdim=True)
        to_exponential = relevance * (1 / s + 1 / s0) / 2 - to_reciprocal / (s * s0)
        # Where a mask sets both to −∞ there is no step; −∞ minus −∞ would be NaN.
        step = (x - x0).masked_fill_(x == x0, 0)
        to_centred = to_exponential * divide_differences(e - e0, step, lambda: e)
        return (to_centred - weights * to_centred.sum(dim, keepdim=True),)


@dataclass(frozen=True)
class RevealCancelRule:
    """RevealCancel rule of a linear operator and the function g after it (Shrikumar et al. 2017, 3.5.3).

    The positive and the negative part of Δy are propagated through g separately, each in both orders, so that
    parts that cancel still contribute: Δz⁺ = ½[g(y⁰+Δy⁺) − g(y⁰)] + ½[g(y⁰+Δy⁺+Δy⁻) − g(y⁰+Δy⁻)], and Δz⁻
    likewise.
    """

    channelwise: ClassVar[bool] = True

    function: Node

    def saves(self, node: Node, needs_grad: tuple[bool, ...]) -> Save:
        """Return that the input and the output are saved."""
        del node, needs_grad
        return Save.INPUTS | Save.OUTPUT

    def backward(self, node: Node, relevance: Tensor, saved: SavedTensors) -> Gradients:
        """Compute the multipliers at the linear operator's input from those at the function's output."""
        linear = linear_operator_at(node, saved)
        x, y0 = saved.input(), saved.at_reference.output
        assert y0 is not None
        check = saved.check_cancelled
        dx = compute_in_chunks(torch.sub, x, saved.at_reference.input(), check=check)
        w = linear.weight
        up, down = positive_part(dx, check), negative_part(dx, check)
        positive, negative = (None, None) if w is None else (w.clamp(min=0), w.clamp(max=0))
        rise = linear.forward(up, positive, None)
        fall = linear.forward(down, positive, None)
        if w is not None:
            add_in_chunks(rise, linear.forward(down, negative, None), check)
            add_in_chunks(fall, linear.forward(up, negative, None), check)
        to_rise, to_fall = torch.empty_like(rise), torch.empty_like(fall)
        # A difference is negligible relative to those of its channel, or of its sample without channels.
        for chunk in iterate_chunks(rise.shape, check, split_dims=2 if rise.dim() > 2 else 1):
            gain, loss = self._multipliers(y0[chunk], rise[chunk], fall[chunk], check)
            torch.mul(relevance[chunk], gain, out=to_rise[chunk])
            torch.mul(relevance[chunk], loss, out=to_fall[chunk])
        shape = tuple(x.shape)
        for_increase, for_decrease = (
            linear.adjoint(to_rise, positive, shape),
            linear.adjoint(to_fall, positive, shape),
        )
        if w is not None:
            add_in_chunks(for_increase, linear.adjoint(to_fall, negative, shape), check)
            add_in_chunks(for_decrease, linear.adjoint(to_rise, negative, shape), check)

        def choose_by_sign(step: Tensor, increase: Tensor, decrease: Tensor) -> Tensor:
            return torch.where(step > 0, increase, torch.where(step < 0, decrease, (increase + decrease) / 2))

        result = compute_in_chunks(choose_by_sign, dx, for_increase, for_decrease, check=check)
        return (result, *(None,) * (len(saved.inputs) - 1))

    def _multipliers(
        self, y0: Tensor, increase: Tensor, decrease: Tensor, check: CheckCancelled
    ) -> tuple[Tensor, Tensor]:
        """Return Δz⁺ / Δy⁺ and Δz⁻ / Δy⁻, and the derivative where a difference is negligible."""
        g = self._apply_function
        start, end, with_rise, with_fall = (
            g(y0),
            g(y0 + increase + decrease),
            g(y0 + increase),
            g(y0 + decrease),
        )
        check()
        gain = (with_rise - start + end - with_fall) / 2
        loss = (with_fall - start + end - with_rise) / 2

        def derivative() -> Tensor:
            return self._derivative(y0)

        check()
        for_gain = divide_differences(gain, increase, derivative)
        check()
        return for_gain, divide_differences(loss, decrease, derivative)

    def _apply_function(self, y: Tensor) -> Tensor:
        return find_operator(self.function.operator).forward(self.function.attributes, (y,))

    def _derivative(self, y: Tensor) -> Tensor:
        saved = SavedTensors((y,), (tuple(y.shape),), (True,))
        gradient = autograd_backward(find_operator(self.function.operator).forward)(
            self.function.attributes, torch.ones_like(y), saved
        )[0]
        assert gradient is not None
        return gradient
