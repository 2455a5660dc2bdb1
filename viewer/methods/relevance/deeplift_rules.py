"""DeepLIFT rules: multipliers m = contribution / Δx, propagated by the chain rule for multipliers.

The input and the reference are run separately, so that no operator can mix them; the values saved from the
reference's run are ``kept.reference``, and the propagated multipliers belong to the input. Every rule makes
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
from viewer.models.graph.operators.chunking import compute_in_chunks, iterate_chunks, output_buffer
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
    still = is_negligible(step)
    if not bool(still.any()):
        return rise / step
    return torch.where(still, slope(), rise / step.masked_fill(still, 1))


def real_values(values: Tensor, like: Tensor) -> Tensor:
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

    def saves(self, node: Node, wanted: tuple[bool, ...]) -> Save:
        """Return what the derivative needs: no values."""
        return GradientRule().saves(node, wanted)

    def backward(self, node: Node, relevance: Tensor, kept: SavedTensors) -> Gradients:
        """Return the derivative."""
        return GradientRule().backward(node, relevance, kept)


@dataclass(frozen=True)
class RescaleRule:
    """Rescale rule m_x = Δy / Δx · m_y for a function of one value; its derivative where Δx is 0."""

    channelwise: ClassVar[bool] = True

    def saves(self, node: Node, wanted: tuple[bool, ...]) -> Save:
        """Return that the input is saved; recomputing the output is cheap."""
        del node, wanted
        return Save.INPUTS

    def backward(self, node: Node, relevance: Tensor, kept: SavedTensors) -> Gradients:
        """Compute the multiplier at the input."""
        operator, rest = find_operator(node.operator), kept.inputs[1:]
        both, both0 = (real_values(run.input(), relevance) for run in (kept, kept.at_reference))
        answer = output_buffer(relevance, kept.may_overwrite)
        if node.operator == "relu":
            for where in iterate_chunks(both.shape, kept.check_cancelled):
                torch.mul(relu_multiplier(both[where], both0[where]), relevance[where], out=answer[where])
            return (answer,)
        # Features without spatial dimensions, and functions with weights, are not split within a sample.
        split = 2 if both.dim() > 2 and not rest else 1
        for where in iterate_chunks(both.shape, kept.check_cancelled, split=split):
            x, x0, m = both[where], both0[where], relevance[where]
            y, y0 = (operator.forward(node.attributes, (each, *rest)) for each in (x, x0))
            step = x - x0
            still = is_negligible(step)
            # The derivative of few values is cheap; functions with weights need the whole shape. It is
            # computed first: the result may overwrite the incoming multiplier.
            derived = None
            if bool(still.any()):
                chosen = (slice(None),) if rest else (still,)
                shapes = (tuple(x[chosen].shape), *kept.shapes[1:])
                output = y[chosen].clone()
                here = SavedTensors(
                    (x[chosen], *rest), shapes, kept.needs_grad, output=output, sign=output > 0
                )
                derived = operator.backward(node.attributes, m[chosen], here)[0]
                assert derived is not None
            torch.mul((y - y0).div_(step), m, out=answer[where])
            if derived is not None:
                answer[where][still] = derived[still] if rest else derived
        return (answer, *(None,) * (len(kept.inputs) - 1))


@dataclass(frozen=True)
class MaxPoolMultiplier:
    """Rule that assigns the difference of a maximum to two winners: the input's and the reference's.

    With M = max(y, y⁰), the input's winner gets M − y⁰ and the reference's y − M, in every window that
    contains them; windows may overlap.
    """

    channelwise: ClassVar[bool] = True

    def saves(self, node: Node, wanted: tuple[bool, ...]) -> Save:
        """Return that the input, the output and the indices of the maxima are saved."""
        del node, wanted
        return Save.INPUTS | Save.OUTPUT | Save.MAX_OFFSETS

    def backward(self, node: Node, relevance: Tensor, kept: SavedTensors) -> Gradients:
        """Compute the multiplier at the input."""
        (x, y, won), (x0, y0, won0) = (
            (run.input(), run.output, run.max_indices if run.max_offsets is None else run.max_offsets)
            for run in (kept, kept.at_reference)
        )
        assert y is not None
        assert y0 is not None
        assert won is not None
        assert won0 is not None
        answer, none = torch.empty_like(x), x.new_zeros(())
        for where in iterate_chunks(
            x.shape, kept.check_cancelled, split=x.dim() - len(node.attributes["kernel"])
        ):
            # One of M − y⁰ and y − M is 0, so the whole rise goes to one of the two winners.
            rise, step = y[where] - y0[where], x[where] - x0[where]
            winner = torch.where(rise >= 0, won[where], won0[where])
            given = max_unpool(node.attributes, rise.mul_(relevance[where]), winner, tuple(step.shape))
            # A winner whose value did not change has no difference to distribute either.
            torch.where(step == 0, none, given.div_(step), out=answer[where])
        return (answer,)


@dataclass(frozen=True)
class MaxMultiplier:
    """`MaxPoolMultiplier` for every other maximum operator, using the derivative of that operator.

    Where the derivative is shared among equal values, so is the difference.
    """

    def saves(self, node: Node, wanted: tuple[bool, ...]) -> Save:
        """Return that the input and the output are saved."""
        del node, wanted
        return Save.INPUTS | Save.OUTPUT

    def backward(self, node: Node, relevance: Tensor, kept: SavedTensors) -> Gradients:
        """Compute the multiplier at the input."""
        y, y0, operator = kept.output, kept.at_reference.output, find_operator(node.operator)
        assert y is not None
        assert y0 is not None
        rise = (y - y0) * relevance
        given = torch.zeros_like(kept.input())
        for run, risen in ((kept, y >= y0), (kept.at_reference, y < y0)):
            own = operator.backward(node.attributes, rise * risen, replace(run, needs_grad=kept.needs_grad))[
                0
            ]
            assert own is not None
            given += own
        step = kept.input() - kept.at_reference.input()
        return (torch.where(step == 0, 0, given / step),)


@dataclass(frozen=True)
class QuotientMultiplier:
    """Exact multipliers of a quotient x / y.

    Δ(x / y) = Δx (1/y + 1/y⁰)/2 + Δ(1/y) (x + x⁰)/2 with Δ(1/y) = −Δy / (y y⁰).
    """

    def saves(self, node: Node, wanted: tuple[bool, ...]) -> Save:
        """Return that both values are saved."""
        del node, wanted
        return Save.INPUTS

    def backward(self, node: Node, relevance: Tensor, kept: SavedTensors) -> Gradients:
        """Compute the multipliers at both inputs."""
        del node
        (x, y), (x0, y0) = (
            tuple(real_values(run.input(index), relevance) for index in (0, 1))
            for run in (kept, kept.at_reference)
        )
        parts = ((1 / y + 1 / y0) / 2, -(x + x0) / (2 * y * y0))
        return tuple(
            sum_to_shape(relevance * part, kept.shape(index)) if wanted else None
            for index, (part, wanted) in enumerate(zip(parts, kept.needs_grad, strict=True))
        )


@dataclass(frozen=True)
class ProductMultiplier:
    """Exact multipliers of products, matrix products and variances, which are quadratic in their inputs.

    Δ(x·y) = Δx (y + y⁰)/2 + Δy (x + x⁰)/2.
    """

    def saves(self, node: Node, wanted: tuple[bool, ...]) -> Save:
        """Return that both factors are saved."""
        del node, wanted
        return Save.INPUTS

    def backward(self, node: Node, relevance: Tensor, kept: SavedTensors) -> Gradients:
        """Compute the derivative at the midpoint between input and reference."""
        middle = tuple(
            (real_values(here, relevance) + real_values(there, relevance)) / 2
            if here is not None and there is not None and wanted
            else here
            for here, there, wanted in zip(
                kept.inputs, kept.at_reference.inputs, kept.needs_grad, strict=True
            )
        )
        at_middle = replace(kept, inputs=middle, may_overwrite=False)
        return find_operator(node.operator).backward(node.attributes, relevance, at_middle)


@dataclass(frozen=True)
class RootMultiplier:
    """Exact multiplier of a standard deviation or norm s, the root of a quadratic form of its input.

    Δs = Δ(s²) / (s + s⁰), and Δ(s²) = Δx (∇s² + ∇s⁰²)/2 with ∇s² = 2 s ∇s.
    """

    def saves(self, node: Node, wanted: tuple[bool, ...]) -> Save:
        """Return that the input and the output are saved."""
        del node, wanted
        return Save.INPUTS | Save.OUTPUT

    def backward(self, node: Node, relevance: Tensor, kept: SavedTensors) -> Gradients:
        """Compute the multiplier at the input; it is 0 where both roots are 0."""
        s, s0 = kept.output, kept.at_reference.output
        assert s is not None
        assert s0 is not None
        share = relevance / (s + s0).masked_fill(s + s0 == 0, 1)
        derive = autograd_backward(find_operator(node.operator).forward)
        (here, *rest), (there, *_) = (
            derive(node.attributes, share * root, replace(run, needs_grad=kept.needs_grad))
            for run, root in ((kept, s), (kept.at_reference, s0))
        )
        assert here is not None
        assert there is not None
        return (here + there, *rest)


@dataclass(frozen=True)
class NormalisationMultiplier:
    """Layer, instance, group and RMS norm: centring (not RMS), squares, a square root and a product."""

    def saves(self, node: Node, wanted: tuple[bool, ...]) -> Save:
        """Return that the input is saved."""
        del node, wanted
        return Save.INPUTS

    def backward(self, node: Node, relevance: Tensor, kept: SavedTensors) -> Gradients:
        """Compute the multiplier at the input."""
        x, x0, weight = kept.input(), kept.at_reference.input(), kept.inputs[1]
        m = relevance if weight is None else relevance * expand_to_channels(weight, node, x)
        shape = statistics_shape(node, x)
        rows, rows0, m = x.reshape(shape), x0.reshape(shape), m.reshape(shape)
        centres = node.operator != "rms_norm"
        c, c0 = (each - each.mean(-1, keepdim=True) if centres else each for each in (rows, rows0))
        v, v0 = c.square().mean(-1, keepdim=True), c0.square().mean(-1, keepdim=True)
        eps = node.attributes["eps"]
        r, r0 = (v + eps).rsqrt(), (v0 + eps).rsqrt()
        to_root = (m * (c + c0) / 2).sum(-1, keepdim=True)
        # (r − r⁰) / (v − v⁰), written so that nothing cancels where v is near v⁰.
        to_variance = to_root * -((r * r0).square() / (r + r0))
        centred = m * (r + r0) / 2 + to_variance * (c + c0) / c.shape[-1]
        answer = centred - centred.mean(-1, keepdim=True) if centres else centred
        return (answer.reshape(x.shape), *(None,) * (len(kept.inputs) - 1))


@dataclass(frozen=True)
class SoftmaxMultiplier:
    """Softmax of centred values, decomposed into an exponential, a sum, a reciprocal and a product.

    A common shift of the values does not change a softmax. So that it does not change the multipliers either,
    and a shift between input and reference gives no large numbers that cancel, the values are first centred:
    x − Σ w x, with the mean of both softmaxes as weights w.
    """

    def saves(self, node: Node, wanted: tuple[bool, ...]) -> Save:
        """Return that the input is saved."""
        del node, wanted
        return Save.INPUTS

    def backward(self, node: Node, relevance: Tensor, kept: SavedTensors) -> Gradients:
        """Compute the multiplier at the input."""
        dim = node.attributes["dim"]
        x, x0 = kept.input(), kept.at_reference.input()
        weights = (x.softmax(dim) + x0.softmax(dim)) / 2
        # Values that a mask sets to −∞ have no weight; −∞ times 0 would be NaN.
        x, x0 = (
            each - (weights * each.masked_fill(weights == 0, 0)).sum(dim, keepdim=True) for each in (x, x0)
        )
        # The same number for both keeps exp in range.
        top = torch.maximum(x, x0).amax(dim, keepdim=True)
        e, e0 = (x - top).exp(), (x0 - top).exp()
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

    def saves(self, node: Node, wanted: tuple[bool, ...]) -> Save:
        """Return that the input and the output are saved."""
        del node, wanted
        return Save.INPUTS | Save.OUTPUT

    def backward(self, node: Node, relevance: Tensor, kept: SavedTensors) -> Gradients:
        """Compute the multipliers at the linear operator's input from those at the function's output."""
        linear = linear_operator_at(node, kept)
        x, y0 = kept.input(), kept.at_reference.output
        assert y0 is not None
        check = kept.check_cancelled
        dx = compute_in_chunks(torch.sub, x, kept.at_reference.input(), check=check)
        w = linear.weight
        up, down = positive_part(dx, check), negative_part(dx, check)
        heavy, light = (None, None) if w is None else (w.clamp(min=0), w.clamp(max=0))
        rise = linear.forward(up, heavy, None)
        fall = linear.forward(down, heavy, None)
        if w is not None:
            add_in_chunks(rise, linear.forward(down, light, None), check)
            add_in_chunks(fall, linear.forward(up, light, None), check)
        to_rise, to_fall = torch.empty_like(rise), torch.empty_like(fall)
        # A difference is negligible relative to those of its channel, or of its sample without channels.
        for where in iterate_chunks(rise.shape, check, split=2 if rise.dim() > 2 else 1):
            gain, loss = self._slopes(y0[where], rise[where], fall[where], check)
            torch.mul(relevance[where], gain, out=to_rise[where])
            torch.mul(relevance[where], loss, out=to_fall[where])
        shape = tuple(x.shape)
        above, below = linear.back(to_rise, heavy, shape), linear.back(to_fall, heavy, shape)
        if w is not None:
            add_in_chunks(above, linear.back(to_fall, light, shape), check)
            add_in_chunks(below, linear.back(to_rise, light, shape), check)

        def choose(step: Tensor, over: Tensor, under: Tensor) -> Tensor:
            return torch.where(step > 0, over, torch.where(step < 0, under, (over + under) / 2))

        answer = compute_in_chunks(choose, dx, above, below, check=check)
        return (answer, *(None,) * (len(kept.inputs) - 1))

    def _slopes(self, y0: Tensor, rise: Tensor, fall: Tensor, check: CheckCancelled) -> tuple[Tensor, Tensor]:
        """Return Δz⁺ / Δy⁺ and Δz⁻ / Δy⁻, and the derivative where a difference is negligible."""
        g = self._applied
        start, end, with_rise, with_fall = g(y0), g(y0 + rise + fall), g(y0 + rise), g(y0 + fall)
        check()
        gain = (with_rise - start + end - with_fall) / 2
        loss = (with_fall - start + end - with_rise) / 2

        def slope() -> Tensor:
            return self._slope(y0)

        check()
        for_gain = divide_differences(gain, rise, slope)
        check()
        return for_gain, divide_differences(loss, fall, slope)

    def _applied(self, y: Tensor) -> Tensor:
        return find_operator(self.function.operator).forward(self.function.attributes, (y,))

    def _slope(self, y: Tensor) -> Tensor:
        alone = SavedTensors((y,), (tuple(y.shape),), (True,))
        answer = autograd_backward(find_operator(self.function.operator).forward)(
            self.function.attributes, torch.ones_like(y), alone
        )[0]
        assert answer is not None
        return answer
