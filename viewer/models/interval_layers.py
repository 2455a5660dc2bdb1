"""Interval arithmetic over a network's layers: activations, normalisation, and sums with constant weights.

A layer with constant weights maps an upper bound to W⁺ · high + W⁻ · low + b (Moore 1966).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from viewer.models.interval_arithmetic import add, clamp, multiply, selection
from viewer.models.output_range import LINEAR_RANGE, UNLIMITED, OutputRange, as_range, hull, is_tensor


def fixed_range_rule(output_range: OutputRange) -> Callable[..., OutputRange]:
    """Return the rule of an operator whose results lie in one range, whatever its input."""

    def rule(*_: object, **__: object) -> OutputRange:
        return output_range

    return rule


def softmax(x: object, dim: object = None, *_: object, **__: object) -> OutputRange:
    """Return the range of a softmax; a ``dim`` counted from 0 leaves its distance from the last axis open."""
    del x
    return OutputRange(0.0, 1.0, unit_sum_axis=dim if isinstance(dim, int) and dim < 0 else None)


def rectifier_rule(minimum: float) -> Callable[..., OutputRange]:
    """Return the rule of an activation that approaches x for large x and is never below ``minimum``."""

    def rule(x: object, *_: object, **__: object) -> OutputRange:
        return OutputRange(minimum, max(as_range(x).high, 0.0))

    return rule


def elu(x: object, alpha: object = 1.0, scale: object = 1.0, *_: object, **kwargs: object) -> OutputRange:
    """Return the range of an exponential linear unit, which is never below −alpha · scale."""
    factor = 1.0 if isinstance(scale, bool) else as_range(scale).high  # functional.elu has `inplace` third
    minimum = as_range(kwargs.get("alpha", alpha)).high * factor
    return OutputRange(-minimum, factor * max(as_range(x).high, 0.0))


def hardtanh(x: object, low: object = -1.0, high: object = 1.0, *_: object, **kwargs: object) -> OutputRange:
    """Return the range of values clamped to two bounds."""
    return clamp(x, kwargs.get("min_val", low), kwargs.get("max_val", high))


def normalization(x: object, *_: object, **__: object) -> OutputRange:
    """Return the range of normalised values: minus a mean, over a standard deviation, scaled and shifted."""
    return UNLIMITED if as_range(x).is_bounded else LINEAR_RANGE


def average_pooling(x: object, *args: object, divisor_override: object = None, **_: object) -> OutputRange:
    """Return the range of means over some of the values and zero padding."""
    return UNLIMITED if divisor_override is not None or len(args) > 5 else hull(x, 0.0)


def interpolation(x: object, *args: object, mode: object = "nearest", **_: object) -> OutputRange:
    """Return the range of interpolated values; cubic interpolation can leave the range of its input."""
    is_cubic = "cubic" in str(mode) or any("cubic" in str(argument) for argument in args)
    return replace(UNLIMITED, is_linear=as_range(x).is_linear) if is_cubic else selection(x)


def weighted_sums(x: object, weight: object, bias: object, axes: Sequence[int]) -> OutputRange:
    """Return the range of sums of values times constant weights, over ``axes`` of the weights, plus a bias.

    Moore's rule, W⁺ · high + W⁻ · low + b; if the values along the only axis add up to 1, the sum lies
    between the smallest and the largest weight.
    """
    x_range = as_range(x)
    if not is_tensor(weight) or not weight.numel() or weight.is_complex():
        return UNLIMITED if x_range.is_bounded else LINEAR_RANGE
    if not x_range.is_bounded:
        return LINEAR_RANGE  # as after a ReLU: all weights may have the same sign by chance
    weights = weight.detach()
    positive, negative = (
        clamped.sum(tuple(axes)).double() for clamped in (weights.clamp(min=0), weights.clamp(max=0))
    )
    low, high = (
        positive * x_range.low + negative * x_range.high,
        positive * x_range.high + negative * x_range.low,
    )
    if x_range.unit_sum_axis == -1 and len(axes) == 1:
        low, high = weights.amin(axes[0]).double(), weights.amax(axes[0]).double()
    if is_tensor(bias) and bias.shape == high.shape:
        low, high = low + bias.detach(), high + bias.detach()
        bias = None
    bias_range = as_range(0.0 if bias is None else bias)
    return OutputRange(float(low.min()) + bias_range.low, float(high.max()) + bias_range.high, is_linear=True)


def dense(x: object, weight: object, bias: object = None, **_: object) -> OutputRange:
    """Return the range of a dense layer; its weights have shape (outputs, inputs)."""
    if is_tensor(weight) and weight.dim() == 1:
        return weighted_sums(x, weight[None], bias, (1,))
    if isinstance(weight, OutputRange) and as_range(x).unit_sum_axis == -1:
        return add(weight, 0.0 if bias is None else bias)
    return weighted_sums(x, weight, bias, (1,))


def convolution(x: object, weight: object, bias: object = None, *_: object, **__: object) -> OutputRange:
    """Return the range of a convolution with zero padding; its weights are (outputs, inputs, kernel...)."""
    axes = range(1, weight.dim()) if is_tensor(weight) else ()
    return weighted_sums(_with_zero(x), weight, bias, tuple(axes))


def transposed_convolution(
    x: object, weight: object, bias: object = None, *_: object, **__: object
) -> OutputRange:
    """Return the range of a transposed convolution; its weights are (inputs, outputs, kernel...).

    At some positions, only some of the weights contribute.
    """
    axes = (0, *range(2, weight.dim())) if is_tensor(weight) else ()
    return weighted_sums(_with_zero(x), weight, bias, axes)


def _with_zero(x: object) -> OutputRange:
    x_range = as_range(x)
    return OutputRange(min(x_range.low, 0.0), max(x_range.high, 0.0))


def matrix_product(x: object, y: object = None, **_: object) -> OutputRange:
    """Return the range of a matrix product with a constant, or of logits pooled by attention weights."""
    if is_tensor(y) and not is_tensor(x):
        return weighted_sums(x, y, None, (-2 if y.dim() > 1 else 0,))
    if is_tensor(x) and not is_tensor(y):
        return weighted_sums(replace(as_range(y), unit_sum_axis=None), x, None, (-1,))
    if as_range(x).unit_sum_axis == -1:
        return selection(y)
    return LINEAR_RANGE if as_range(x).is_probability and as_range(y).is_linear else UNLIMITED


def addmm(
    bias: object, x: object, y: object, beta: object = 1, alpha: object = 1, **_: object
) -> OutputRange:
    """Return the range of a matrix product times alpha, plus something times beta."""
    return add(multiply(matrix_product(x, y), alpha), multiply(bias, beta))


def einstein_sum(equation: object, *args: object, **_: object) -> OutputRange:
    """Return the range of an einsum of two factors, one of which is constant."""
    factors = list(args[0]) if args and isinstance(args[0], (list, tuple)) else list(args)
    terms, arrow, output_axes = str(equation).replace(" ", "").partition("->")
    names = terms.split(",")
    constants = [position for position, factor in enumerate(factors) if is_tensor(factor)]
    if len(factors) != 2 or len(names) != 2 or len(constants) != 1 or not arrow or "." in terms:
        return UNLIMITED
    (position,) = constants
    constant_axes, other_axes = names[position], names[1 - position]
    summed = [axis for axis, name in enumerate(constant_axes) if name not in output_axes]
    if any(name not in output_axes and name not in constant_axes for name in other_axes) or len(
        set(constant_axes)
    ) < len(constant_axes):
        return UNLIMITED
    other_range = as_range(factors[1 - position])
    along_unit_sum = len(summed) == 1 and other_range.unit_sum_axis == other_axes.find(
        constant_axes[summed[0]]
    ) - len(other_axes)
    return weighted_sums(
        replace(other_range, unit_sum_axis=-1 if along_unit_sum else None), factors[position], None, summed
    )
