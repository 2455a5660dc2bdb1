"""Between which numbers a network's outputs must lie, by interval arithmetic over its last operators.

A network whose outputs cannot leave 0 to 1 answers with probabilities, whatever it computes them with; one
whose outputs cannot be negative does not answer with logits. An operator that is not known here bounds
nothing. Moore, *Interval Analysis*, 1966.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

INF = math.inf
SLACK = 1e-6
"""How far rounding in single precision may move a bound."""


@dataclass(frozen=True)
class OutputRange:
    """The smallest and the largest value that is possible.

    Parameters
    ----------
    low, high
        The bounds; infinite where there is none.
    logarithm
        Whether the values are natural logarithms of numbers between 0 and 1.
    """

    low: float = -INF
    high: float = INF
    logarithm: bool = False

    @property
    def unlimited(self) -> bool:
        """Whether every number is possible, as for logits."""
        return self.low == -INF and self.high == INF

    @property
    def is_probability(self) -> bool:
        """Whether no value can be below 0 or above 1."""
        return self.low >= -SLACK and self.high <= 1 + SLACK

    @property
    def has_both_signs(self) -> bool:
        """Whether values can be negative and positive, as logits are."""
        return self.low < 0 < self.high

    @property
    def text(self) -> str:
        """The bounds as words that follow "the outputs"."""
        if self.low == -INF:
            return f"cannot be above {self.high:.4g}"
        if self.high == INF:
            return f"cannot be below {self.low:.4g}"
        return f"lie between {self.low:.4g} and {self.high:.4g}"


UNLIMITED = OutputRange()
PROBABILITY = OutputRange(0.0, 1.0)
SIGNED_UNIT = OutputRange(-1.0, 1.0)
LOG_PROBABILITY = OutputRange(-INF, 0.0, logarithm=True)
POSITIVE = OutputRange(0.0)


def as_range(value: object) -> OutputRange:
    """Return the range of an operand: a range as it is, a number as itself, anything else unlimited."""
    if isinstance(value, OutputRange):
        return value
    if isinstance(value, (int, float)):
        return OutputRange(float(value), float(value)) if math.isfinite(value) else UNLIMITED
    return UNLIMITED


def hull(*parts: object) -> OutputRange:
    """The smallest range that holds all parts."""
    found = [as_range(part) for part in parts] or [UNLIMITED]
    return OutputRange(
        min(part.low for part in found),
        max(part.high for part in found),
        all(part.logarithm for part in found),
    )


def add(x: object, y: object = None, alpha: float = 1, **_: object) -> OutputRange:
    """Sum, x + alpha · y; a sum of logarithms is that of a product of probabilities."""
    left, right = as_range(x), multiply(y, alpha)
    logarithm = alpha == 1 and left.logarithm and as_range(y).logarithm
    return OutputRange(left.low + right.low, left.high + right.high, logarithm)


def subtract(x: object, y: object = None, alpha: float = 1, **_: object) -> OutputRange:
    """Difference, x − alpha · y."""
    return add(x, y, -alpha)


def multiply(x: object, y: object = None, **_: object) -> OutputRange:
    """Product."""
    left, right = as_range(x), as_range(y)
    corners = [a * b if a and b else 0.0 for a in (left.low, left.high) for b in (right.low, right.high)]
    return OutputRange(min(corners), max(corners))


def divide(x: object, y: object = None, **_: object) -> OutputRange:
    """Quotient."""
    over, under = as_range(x), as_range(y)
    if under.low > 0 or under.high < 0:
        return multiply(over, OutputRange(1 / under.high, 1 / under.low))
    if over.low >= 0 and under.low >= 0:
        return POSITIVE
    return UNLIMITED


def power(x: object, exponent: object = None, **_: object) -> OutputRange:
    """Power of x."""
    taken = as_range(x)
    if not isinstance(exponent, (int, float)):
        return POSITIVE if taken.low >= 0 else UNLIMITED
    if exponent < 0:
        return divide(1.0, power(taken, -exponent))
    if taken.low >= 0:
        return OutputRange(_power(taken.low, exponent), _power(taken.high, exponent))
    if exponent % 2:
        return UNLIMITED
    return OutputRange(0.0, max(_power(-taken.low, exponent), _power(abs(taken.high), exponent)))


def _power(base: float, exponent: float) -> float:
    try:
        return float(base**exponent)
    except OverflowError:
        return INF


def clamp(x: object, min: object = None, max: object = None, **_: object) -> OutputRange:  # noqa: A002
    """Values moved to the bounds where they are beyond; of logarithms, still of logarithms below 0."""
    taken = as_range(x)
    low, high = taken.low, taken.high
    if min is not None:
        least = as_range(min)
        low, high = _larger(low, least.low), _larger(high, least.high)
    if max is not None:
        most = as_range(max)
        low, high = _smaller(low, most.low), _smaller(high, most.high)
    return OutputRange(low, high, taken.logarithm and high <= 0)


def _larger(one: float, other: float) -> float:
    return max(one, other)


def _smaller(one: float, other: float) -> float:
    return min(one, other)


def absolute(x: object, **_: object) -> OutputRange:
    """Magnitude of x."""
    taken = as_range(x)
    least = 0.0 if taken.low <= 0 <= taken.high else min(abs(taken.low), abs(taken.high))
    return OutputRange(least, max(abs(taken.low), abs(taken.high)))


def product(x: object, *_: object, **__: object) -> OutputRange:
    """Products of any number of values."""
    taken = as_range(x)
    for kept in (PROBABILITY, SIGNED_UNIT):
        if taken.low >= kept.low - SLACK and taken.high <= kept.high + SLACK:
            return kept
    return POSITIVE if taken.low >= 0 else UNLIMITED


def total(x: object, *_: object, **__: object) -> OutputRange:
    """Sums of any number of values."""
    taken = as_range(x)
    low, high = 0.0 if taken.low == 0 else -INF, 0.0 if taken.high == 0 else INF
    return replace(
        taken, low=taken.low if taken.low > 0 else low, high=taken.high if taken.high < 0 else high
    )


def logarithm(x: object, **_: object) -> OutputRange:
    """The natural logarithm."""
    taken = as_range(x)
    low, high = (
        -INF if bound <= 0 else bound if bound == INF else math.log(bound)
        for bound in (taken.low, taken.high)
    )
    return OutputRange(low, INF if taken.unlimited else high, taken.is_probability)


def exponential(x: object, **_: object) -> OutputRange:
    """Powers of e."""
    taken = as_range(x)
    low, high = (INF if bound > 700 else math.exp(bound) for bound in (taken.low, taken.high))
    return OutputRange(low, high)


def rounded(x: object, *_: object, **__: object) -> OutputRange:
    """Whole numbers beside x."""
    taken = as_range(x)
    low = math.floor(taken.low) if math.isfinite(taken.low) else taken.low
    high = math.ceil(taken.high) if math.isfinite(taken.high) else taken.high
    return OutputRange(low, high)


def joined(parts: object, *_: object, **__: object) -> OutputRange:
    """Several values as one."""
    return hull(*parts) if isinstance(parts, (list, tuple)) else as_range(parts)


def chosen(x: object, *_: object, **__: object) -> OutputRange:
    """Some of the values, in another place, or means of them."""
    return as_range(x)


def averaged(x: object, *given: object, divisor_override: object = None, **_: object) -> OutputRange:
    """Means of some of the values and of zeros at a border."""
    return UNLIMITED if divisor_override is not None or len(given) > 5 else hull(x, 0.0)


def resized(x: object, *given: object, mode: object = "nearest", **_: object) -> OutputRange:
    """Values between the given ones; cubic interpolation goes beyond them."""
    return UNLIMITED if "cubic" in str(mode) or any("cubic" in str(one) for one in given) else as_range(x)


def confined(to: OutputRange) -> Callable[..., OutputRange]:
    """Return the rule of an operator that gives values in one range, whatever it is given."""

    def found(*_: object, **__: object) -> OutputRange:
        return to

    return found


def scaled_hardtanh(
    x: object, low: object = -1.0, high: object = 1.0, *_: object, **named: object
) -> OutputRange:
    """Values cut at two bounds."""
    return clamp(x, named.get("min_val", low), named.get("max_val", high))


GROUPS: Mapping[str, Callable[..., OutputRange]] = {
    "sigmoid expit special_expit hardsigmoid softmax special_softmax softmin": confined(PROBABILITY),
    "eq ne lt le gt ge isfinite isnan isinf logical_not logical_and logical_or": confined(PROBABILITY),
    "log_softmax special_log_softmax log_sigmoid logsigmoid": confined(LOG_PROBABILITY),
    "tanh erf sin cos softsign normalize cosine_similarity sign": confined(SIGNED_UNIT),
    "softplus linalg_vector_norm norm var std": confined(POSITIVE),
    "erfc": confined(OutputRange(0.0, 2.0)),
    "atan": confined(OutputRange(-math.pi / 2, math.pi / 2)),
    "relu6": lambda x, *_, **__: clamp(x, 0.0, 6.0),
    "relu": lambda x, *_, **__: clamp(x, 0.0),
    "hardtanh": scaled_hardtanh,
    "abs": absolute,
    "square": lambda x, **_: power(x, 2.0),
    "sqrt": lambda x, **_: power(clamp(x, 0.0), 0.5),
    "rsqrt": lambda x, **_: power(clamp(x, 0.0), -0.5),
    "reciprocal": lambda x, **_: divide(1.0, x),
    "neg": lambda x, **_: multiply(x, -1.0),
    "exp": exponential,
    "expm1": lambda x, **_: subtract(exponential(x), 1.0),
    "log": logarithm,
    "log1p": lambda x, **_: logarithm(add(x, 1.0)),
    "clamp clip": clamp,
    "clamp_min": lambda x, least=None, **named: clamp(x, named.get("min", least)),
    "clamp_max": lambda x, most=None, **named: clamp(x, None, named.get("max", most)),
    "minimum": lambda x, y=None, **_: clamp(x, None, as_range(y)),
    "maximum": lambda x, y=None, **_: clamp(x, as_range(y)),
    "add radd iadd": add,
    "sub isub subtract": subtract,
    "rsub": lambda x, y=None, alpha=1, **_: subtract(y, x, alpha),
    "mul rmul imul multiply": multiply,
    "div truediv itruediv divide true_divide": divide,
    "rtruediv rdiv": lambda x, y=None, **_: divide(y, x),
    "pow": power,
    "prod cumprod": product,
    "sum cumsum": total,
    "round floor ceil trunc": rounded,
    "where": lambda _, x=None, y=None, **__: hull(x, y),
    "masked_fill": lambda x, _=None, value=None, **__: hull(x, value),
    "cat stack concat concatenate hstack vstack": joined,
    "avg_pool avg_pool1d avg_pool2d avg_pool3d": averaged,
    "nan_to_num": lambda x, *_, **__: hull(x, 0.0),
    "pad": lambda x, _=None, mode="constant", value=0.0, **__: hull(x, value or 0.0),
    "dropout": lambda x, _=None, training=True, *__, **___: UNLIMITED if training else as_range(x),
    "interpolate upsample": resized,
    "max": lambda x, y=None, *_, **__: clamp(x, y) if isinstance(y, OutputRange) else as_range(x),
    "min": lambda x, y=None, *_, **__: clamp(x, None, y) if isinstance(y, OutputRange) else as_range(x),
    "view reshape view_as reshape_as flatten unflatten squeeze unsqueeze permute transpose t movedim": chosen,
    "swapaxes expand expand_as slice select narrow getitem index index_select gather chunk split": chosen,
    "unbind flip roll repeat tile diagonal contiguous clone detach alias requires_grad": chosen,
    "to float double half bfloat16 type type_as cast amax amin median mean": chosen,
    "max_pool max_pool1d max_pool2d max_pool3d adaptive_avg_pool adaptive_max_pool": chosen,
    "adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d": chosen,
    "adaptive_max_pool1d adaptive_max_pool2d adaptive_max_pool3d": chosen,
}
"""The range that an operator gives, from what it is given, by its names in ATen and Python."""

RULES = {name: rule for names, rule in GROUPS.items() for name in names.split()}


def is_known(operator: str) -> bool:
    """Whether there is a rule for an operator."""
    return operator.strip("_") in RULES


def range_after(operator: str, given: Sequence[Any], named: Mapping[str, Any] | None = None) -> OutputRange:
    """Return the range of what an operator gives.

    Parameters
    ----------
    operator
        Its name in ATen or Python, such as ``sigmoid``, ``clamp_`` or ``__rsub__``.
    given, named
        Its arguments; an `OutputRange` stands for a tensor.
    """
    if not is_known(operator):
        return UNLIMITED
    rule = RULES[operator.strip("_")]
    try:
        found = rule(*given, **(named or {}))
    except TypeError:  # an overload with other arguments than the rule knows
        return UNLIMITED
    return UNLIMITED if math.isnan(found.low) or math.isnan(found.high) else found
