"""Interval arithmetic: the range of a sum, a product or a function of values of known range.

Moore, *Interval Analysis*, 1966.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from viewer.models.output_range import (
    INF,
    LINEAR_RANGE,
    LOG_PROBABILITY,
    POSITIVE,
    PROBABILITY,
    SIGNED_UNIT,
    SLACK,
    UNLIMITED,
    ZERO,
    OutputRange,
    as_range,
    is_constant,
)


def add(x: object, y: object = None, alpha: float = 1, **_: object) -> OutputRange:
    """Return the range of x + alpha · y; a sum of log-probabilities is marked as a log-probability."""
    left, right = as_range(x), multiply(y, alpha)
    logarithm = alpha == 1 and left.is_log_probability and as_range(y).is_log_probability
    linear = (left.is_linear and _is_addend(right)) or (right.is_linear and _is_addend(left))
    exceeds = None
    if left.low >= 0 and right.low >= 0:
        exceeds = left.exceeds or right.exceeds or _size_mark(left) or _size_mark(right)
    return OutputRange(left.low + right.low, left.high + right.high, logarithm, linear, exceeds=exceeds)


def _is_addend(term: OutputRange) -> bool:
    """Return whether logits are still logits after this term is added."""
    return term.is_linear or not term.is_unlimited


def _size_mark(x_range: OutputRange) -> tuple[str, Any] | None:
    """Return the mark (`OutputRange.exceeds`) of a result that is at least as large as these values' size."""
    return None if x_range.origin is None else ("size", x_range.origin)


def subtract(x: object, y: object = None, alpha: float = 1, **_: object) -> OutputRange:
    """Return the range of x − alpha · y; x minus its own log-sum-exp is a log-probability."""
    if alpha == 1 and as_range(y).exceeds_origin_of("exponentials", as_range(x)):
        return LOG_PROBABILITY
    return add(x, y, -alpha)


def multiply(x: object, y: object = None, **_: object) -> OutputRange:
    """Return the range of x · y."""
    left, right = as_range(x), as_range(y)
    corners = [a * b if a and b else 0.0 for a in (left.low, left.high) for b in (right.low, right.high)]
    linear = (left.is_linear and _is_scale(y, right)) or (right.is_linear and _is_scale(x, left))
    if (left.is_unlimited and right == ZERO) or (right.is_unlimited and left == ZERO):
        return OutputRange(is_linear=linear)  # 0 · ∞ is not a number
    return OutputRange(min(corners), max(corners), is_linear=linear)


def _is_scale(value: object, value_range: OutputRange) -> bool:
    """Return whether logits are still logits after multiplication by this value."""
    return is_constant(value) or value_range.low > 0 or value_range.high < 0


def divide(x: object, y: object = None, **_: object) -> OutputRange:
    """Return the range of x / y; if y is at least as large as x, such as its norm, the size is at most 1."""
    numerator, denominator = as_range(x), as_range(y)
    if denominator.exceeds_origin_of("size", numerator):
        return PROBABILITY if numerator.low >= 0 else SIGNED_UNIT
    if denominator.low > 0 or denominator.high < 0:
        return multiply(numerator, OutputRange(1 / denominator.high, 1 / denominator.low))
    if numerator.low >= 0 and denominator.low >= 0:
        return POSITIVE
    return UNLIMITED


def power(x: object, exponent: object = None, **_: object) -> OutputRange:
    """Return the range of x to a power."""
    base = as_range(x)
    if not isinstance(exponent, (int, float)):
        return POSITIVE if base.low >= 0 else UNLIMITED
    if exponent < 0:
        return divide(1.0, power(base, -exponent))
    if base.low >= 0:
        return OutputRange(_power(base.low, exponent), _power(base.high, exponent))
    if exponent % 2:
        return UNLIMITED
    return OutputRange(0.0, max(_power(-base.low, exponent), _power(abs(base.high), exponent)))


def _power(base: float, exponent: float) -> float:
    try:
        return float(base**exponent)
    except OverflowError:
        return INF


def clamp(x: object, min: object = None, max: object = None, **_: object) -> OutputRange:  # noqa: A002
    """Return the range of x clamped to two bounds; log-probabilities that stay at most 0 are marked so."""
    x_range = as_range(x)
    low, high = x_range.low, x_range.high
    if min is not None:
        lower = as_range(min)
        low, high = _larger(low, lower.low), _larger(high, lower.high)
    if max is not None:
        upper = as_range(max)
        low, high = _smaller(low, upper.low), _smaller(high, upper.high)
    exceeds = x_range.exceeds if max is None else None
    return OutputRange(low, high, x_range.is_log_probability and high <= 0, exceeds=exceeds)


def _larger(first: float, second: float) -> float:
    return max(first, second)


def _smaller(first: float, second: float) -> float:
    return min(first, second)


def absolute(x: object, **_: object) -> OutputRange:
    """Return the range of |x|."""
    x_range = as_range(x)
    low = 0.0 if x_range.low <= 0 <= x_range.high else min(abs(x_range.low), abs(x_range.high))
    return OutputRange(low, max(abs(x_range.low), abs(x_range.high)), exceeds=_size_mark(x_range))


def norm(x: object, order: object = 2, *args: object, **kwargs: object) -> OutputRange:
    """Return the range of a norm of x; with the reduced axes kept, it is at least the size of each value."""
    order = next((kwargs[name] for name in ("ord", "p") if kwargs.get(name) is not None), order)
    plain = order is None or order == "fro" or (isinstance(order, (int, float)) and order >= 1)
    return OutputRange(0.0, exceeds=_size_mark(as_range(x)) if plain and _keeps_axes(args, kwargs) else None)


def log_sum_exp(x: object, *args: object, **kwargs: object) -> OutputRange:
    """Return the range of a log-sum-exp."""
    origin = as_range(x).origin
    keeps_axes = origin is not None and _keeps_axes(args, kwargs)
    return OutputRange(exceeds=("exponentials", origin) if keeps_axes else None)


def _keeps_axes(arguments: Sequence[object], keywords: Mapping[str, object]) -> bool:
    """Return whether a reduction keeps the reduced axes, with size 1."""
    return keywords.get("keepdim") is True or any(argument is True for argument in arguments)


def product(x: object, *_: object, **__: object) -> OutputRange:
    """Return the range of products of any number of values."""
    x_range = as_range(x)
    for limits in (PROBABILITY, SIGNED_UNIT):
        if x_range.low >= limits.low - SLACK and x_range.high <= limits.high + SLACK:
            return limits
    return POSITIVE if x_range.low >= 0 else UNLIMITED


def summation(x: object, *args: object, **kwargs: object) -> OutputRange:
    """Return the range of sums of any number of values; a sum of non-negative values is at least each one."""
    x_range = as_range(x)
    low, high = 0.0 if x_range.low == 0 else -INF, 0.0 if x_range.high == 0 else INF
    return replace(
        x_range,
        low=x_range.low if x_range.low > 0 else low,
        high=x_range.high if x_range.high < 0 else high,
        unit_sum_axis=None,
        exceeds=_size_mark(x_range) if x_range.low >= 0 and _keeps_axes(args, kwargs) else None,
    )


def logarithm(x: object, **_: object) -> OutputRange:
    """Return the range of the natural logarithm."""
    x_range = as_range(x)
    low, high = (
        -INF if bound <= 0 else bound if bound == INF else math.log(bound)
        for bound in (x_range.low, x_range.high)
    )
    return OutputRange(low, INF if x_range.is_unlimited else high, x_range.is_probability)


def logarithm_rule(base: float) -> Callable[..., OutputRange]:
    """Return the rule of the logarithm to a base; its results are not marked as natural logarithms."""

    def rule(x: object, **_: object) -> OutputRange:
        natural = logarithm(x)
        return OutputRange(natural.low / math.log(base), natural.high / math.log(base))

    return rule


def log_odds(x: object, *_: object, **__: object) -> OutputRange:
    """Return the range of log(p / (1 − p)), which is the logit of a probability."""
    return LINEAR_RANGE if as_range(x).is_probability else UNLIMITED


def exponential(x: object, **_: object) -> OutputRange:
    """Return the range of exp(x)."""
    x_range = as_range(x)
    low, high = (INF if bound > 700 else math.exp(bound) for bound in (x_range.low, x_range.high))
    return OutputRange(low, high)


def rounding(x: object, *_: object, **__: object) -> OutputRange:
    """Return the range of x rounded to an integer in either direction."""
    x_range = as_range(x)
    low = math.floor(x_range.low) if math.isfinite(x_range.low) else x_range.low
    high = math.ceil(x_range.high) if math.isfinite(x_range.high) else x_range.high
    return OutputRange(low, high)


def selection(x: object, *_: object, **__: object) -> OutputRange:
    """Return the range of values that are selected or rearranged."""
    return replace(as_range(x), unit_sum_axis=None, exceeds=None)
