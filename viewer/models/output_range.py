"""Between which numbers a network's outputs must lie, by interval arithmetic over its last operators.

A network whose outputs cannot leave 0 to 1 answers with probabilities, whatever it computes them with; one
whose outputs cannot be negative does not answer with logits. A layer with constant weights carries a range on
by W⁺ · high + W⁻ · low + b. An operator that is not known here bounds nothing. Moore, *Interval Analysis*,
1966.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeGuard

if TYPE_CHECKING:
    import torch

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
    linear
        Whether the values are those of a layer with weights or of a normalisation, as logits are; also where
        they are moved, scaled, averaged or added to others behind it.
    unit_sum_axis
        The axis along which the values add up to 1, counted from the last as −1; None where none is known.
    origin
        Whose values they are: the name of a node or a tensor, by which rules know it again.
    exceeds
        An origin that the values are at least as large as, wherever they meet, and in what: its "size" or its
        "exponentials", of which a logarithm is compared.
    """

    low: float = -INF
    high: float = INF
    logarithm: bool = False
    linear: bool = False
    unit_sum_axis: int | None = None
    origin: Any = field(default=None, compare=False)
    exceeds: tuple[str, Any] | None = field(default=None, compare=False)

    def exceeds_own(self, what: str, other: OutputRange) -> bool:
        """Whether the values are at least as large as those of ``other`` in size or exponentials."""
        if self.exceeds is None or self.exceeds[0] != what:
            return False
        mine, theirs = self.exceeds[1], other.origin
        return mine is theirs or (isinstance(mine, str) and mine == theirs)

    @property
    def unlimited(self) -> bool:
        """Whether every number is possible, as for logits."""
        return self.low == -INF and self.high == INF

    @property
    def bounded(self) -> bool:
        """Whether there are two bounds."""
        return math.isfinite(self.low) and math.isfinite(self.high)

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
LINEAR_RANGE = OutputRange(linear=True)
PROBABILITY = OutputRange(0.0, 1.0)
SIGNED_UNIT = OutputRange(-1.0, 1.0)
LOG_PROBABILITY = OutputRange(-INF, 0.0, logarithm=True)
POSITIVE = OutputRange(0.0)
ZERO = OutputRange(0.0, 0.0)


def as_range(value: object) -> OutputRange:
    """Return the range of an operand: a range as it is, of a number or a constant tensor its values'.

    Anything else is unlimited.
    """
    if isinstance(value, OutputRange):
        return value
    if is_tensor(value):
        if not value.numel() or value.is_complex():
            return UNLIMITED
        low, high = value.detach().double().aminmax()
        return OutputRange(float(low), float(high))
    if isinstance(value, (int, float)):
        return OutputRange(float(value), float(value)) if math.isfinite(value) else UNLIMITED
    return UNLIMITED


def is_tensor(value: object) -> TypeGuard[torch.Tensor]:
    """Whether an operand is a constant tensor."""
    import torch

    return isinstance(value, torch.Tensor)


def is_constant(value: object) -> bool:
    """Whether an operand is a number or a constant tensor."""
    return isinstance(value, (int, float)) or is_tensor(value)


def hull(*parts: object) -> OutputRange:
    """The smallest range that holds all parts."""
    found = [as_range(part) for part in parts] or [UNLIMITED]
    return OutputRange(
        min(part.low for part in found),
        max(part.high for part in found),
        all(part.logarithm for part in found),
        any(part.linear for part in found) and all(part.linear or part.low == part.high for part in found),
    )


def add(x: object, y: object = None, alpha: float = 1, **_: object) -> OutputRange:
    """Sum, x + alpha · y; a sum of logarithms is that of a product of probabilities."""
    left, right = as_range(x), multiply(y, alpha)
    logarithm = alpha == 1 and left.logarithm and as_range(y).logarithm
    linear = (left.linear and _is_addend(right)) or (right.linear and _is_addend(left))
    exceeds = None
    if left.low >= 0 and right.low >= 0:
        exceeds = left.exceeds or right.exceeds or _size_of(left) or _size_of(right)
    return OutputRange(left.low + right.low, left.high + right.high, logarithm, linear, exceeds=exceeds)


def _is_addend(term: OutputRange) -> bool:
    """Whether logits are still logits where this is added to them."""
    return term.linear or not term.unlimited


def _size_of(found: OutputRange) -> tuple[str, Any] | None:
    """What to say of a value that is at least as large as this one's size."""
    return None if found.origin is None else ("size", found.origin)


def subtract(x: object, y: object = None, alpha: float = 1, **_: object) -> OutputRange:
    """Difference, x − alpha · y; less its own log-sum-exp it is the logarithm of a probability."""
    if alpha == 1 and as_range(y).exceeds_own("exponentials", as_range(x)):
        return LOG_PROBABILITY
    return add(x, y, -alpha)


def multiply(x: object, y: object = None, **_: object) -> OutputRange:
    """Product."""
    left, right = as_range(x), as_range(y)
    corners = [a * b if a and b else 0.0 for a in (left.low, left.high) for b in (right.low, right.high)]
    linear = (left.linear and _is_scale(y, right)) or (right.linear and _is_scale(x, left))
    if (left.unlimited and right == ZERO) or (right.unlimited and left == ZERO):
        return OutputRange(linear=linear)  # 0 · ∞ is no number
    return OutputRange(min(corners), max(corners), linear=linear)


def _is_scale(value: object, found: OutputRange) -> bool:
    """Whether logits are still logits where they are multiplied by this."""
    return is_constant(value) or found.low > 0 or found.high < 0


def divide(x: object, y: object = None, **_: object) -> OutputRange:
    """Quotient; divided by something at least as large, such as its own norm, it cannot be above 1."""
    over, under = as_range(x), as_range(y)
    if under.exceeds_own("size", over):
        return PROBABILITY if over.low >= 0 else SIGNED_UNIT
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
    exceeds = taken.exceeds if max is None else None
    return OutputRange(low, high, taken.logarithm and high <= 0, exceeds=exceeds)


def _larger(one: float, other: float) -> float:
    return max(one, other)


def _smaller(one: float, other: float) -> float:
    return min(one, other)


def absolute(x: object, **_: object) -> OutputRange:
    """Magnitude of x."""
    taken = as_range(x)
    least = 0.0 if taken.low <= 0 <= taken.high else min(abs(taken.low), abs(taken.high))
    return OutputRange(least, max(abs(taken.low), abs(taken.high)), exceeds=_size_of(taken))


def norm(x: object, order: object = 2, *given: object, **named: object) -> OutputRange:
    """A norm; where its axes are kept, none of the values it is of is larger in size."""
    order = next((named[name] for name in ("ord", "p") if named.get(name) is not None), order)
    plain = order is None or order == "fro" or (isinstance(order, (int, float)) and order >= 1)
    return OutputRange(0.0, exceeds=_size_of(as_range(x)) if plain and _keeps_axes(given, named) else None)


def log_sum_exp(x: object, *given: object, **named: object) -> OutputRange:
    """The logarithm of a sum of powers of e."""
    origin = as_range(x).origin
    kept = origin is not None and _keeps_axes(given, named)
    return OutputRange(exceeds=("exponentials", origin) if kept else None)


def _keeps_axes(given: Sequence[object], named: Mapping[str, object]) -> bool:
    """Whether a reduction leaves an axis of size 1 where it is over one."""
    return named.get("keepdim") is True or any(one is True for one in given)


def product(x: object, *_: object, **__: object) -> OutputRange:
    """Products of any number of values."""
    taken = as_range(x)
    for kept in (PROBABILITY, SIGNED_UNIT):
        if taken.low >= kept.low - SLACK and taken.high <= kept.high + SLACK:
            return kept
    return POSITIVE if taken.low >= 0 else UNLIMITED


def total(x: object, *given: object, **named: object) -> OutputRange:
    """Sums of any number of values; of some that are not negative, none is larger than the sum."""
    taken = as_range(x)
    low, high = 0.0 if taken.low == 0 else -INF, 0.0 if taken.high == 0 else INF
    return replace(
        taken,
        low=taken.low if taken.low > 0 else low,
        high=taken.high if taken.high < 0 else high,
        unit_sum_axis=None,
        exceeds=_size_of(taken) if taken.low >= 0 and _keeps_axes(given, named) else None,
    )


def logarithm(x: object, **_: object) -> OutputRange:
    """The natural logarithm."""
    taken = as_range(x)
    low, high = (
        -INF if bound <= 0 else bound if bound == INF else math.log(bound)
        for bound in (taken.low, taken.high)
    )
    return OutputRange(low, INF if taken.unlimited else high, taken.is_probability)


def logarithm_to(base: float) -> Callable[..., OutputRange]:
    """Return the rule of the logarithm to a base: its power of e is not what went in."""

    def found(x: object, **_: object) -> OutputRange:
        natural = logarithm(x)
        return OutputRange(natural.low / math.log(base), natural.high / math.log(base))

    return found


def log_odds(x: object, *_: object, **__: object) -> OutputRange:
    """The logarithm of p / (1 − p): of a probability the logit."""
    return LINEAR_RANGE if as_range(x).is_probability else UNLIMITED


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
    """Some of the values, in another place."""
    return replace(as_range(x), unit_sum_axis=None, exceeds=None)


def expanded(x: object, *_: object, **__: object) -> OutputRange:
    """The values as often as they are needed beside others."""
    return replace(as_range(x), unit_sum_axis=None)


def unchanged(x: object, *_: object, **__: object) -> OutputRange:
    """The values in their place."""
    return as_range(x)


def mean_of(x: object, *_: object, **__: object) -> OutputRange:
    """Means of the values; the mean of logarithms is that of no probability that the network means."""
    return replace(as_range(x), unit_sum_axis=None, exceeds=None, logarithm=False)


def averaged(x: object, *given: object, divisor_override: object = None, **_: object) -> OutputRange:
    """Means of some of the values and of zeros at a border."""
    return UNLIMITED if divisor_override is not None or len(given) > 5 else hull(x, 0.0)


def resized(x: object, *given: object, mode: object = "nearest", **_: object) -> OutputRange:
    """Values between the given ones; cubic interpolation goes beyond them."""
    cubic = "cubic" in str(mode) or any("cubic" in str(one) for one in given)
    return replace(UNLIMITED, linear=as_range(x).linear) if cubic else chosen(x)


def softmax(x: object, dim: object = None, *_: object, **__: object) -> OutputRange:
    """A softmax; a ``dim`` from 0 does not say how far it is from the last axis."""
    del x
    return OutputRange(0.0, 1.0, unit_sum_axis=dim if isinstance(dim, int) and dim < 0 else None)


def bounded_below(least: float) -> Callable[..., OutputRange]:
    """Return the rule of an activation that is near x where x is large, and never below a number."""

    def found(x: object, *_: object, **__: object) -> OutputRange:
        return OutputRange(least, _larger(as_range(x).high, 0.0))

    return found


def elu(x: object, alpha: object = 1.0, scale: object = 1.0, *_: object, **named: object) -> OutputRange:
    """An exponential linear unit, never below −alpha · scale."""
    factor = 1.0 if isinstance(scale, bool) else as_range(scale).high  # the module's third is `inplace`
    least = as_range(named.get("alpha", alpha)).high * factor
    return OutputRange(-least, factor * _larger(as_range(x).high, 0.0))


def normalized(x: object, *_: object, **__: object) -> OutputRange:
    """Values of which a mean is taken away, divided by their standard deviation, scaled and moved."""
    return UNLIMITED if as_range(x).bounded else LINEAR_RANGE


def weighted_sums(x: object, weight: object, bias: object, axes: Sequence[int]) -> OutputRange:
    """Sums of values times constant weights, over the ``axes`` of these; with a constant to each.

    Moore's rule, W⁺ · high + W⁻ · low + b; where the values along the one axis add up to 1, the sum lies
    between the smallest and the largest weight.
    """
    taken = as_range(x)
    if not is_tensor(weight) or not weight.numel() or weight.is_complex():
        return UNLIMITED if taken.bounded else LINEAR_RANGE
    if not taken.bounded:
        return LINEAR_RANGE  # as behind a relu: weights may have one sign alone by chance
    known = weight.detach()
    plus, minus = (part.sum(tuple(axes)).double() for part in (known.clamp(min=0), known.clamp(max=0)))
    low, high = plus * taken.low + minus * taken.high, plus * taken.high + minus * taken.low
    if taken.unit_sum_axis == -1 and len(axes) == 1:
        low, high = known.amin(axes[0]).double(), known.amax(axes[0]).double()
    if is_tensor(bias) and bias.shape == high.shape:
        low, high = low + bias.detach(), high + bias.detach()
        bias = None
    added = as_range(0.0 if bias is None else bias)
    return OutputRange(float(low.min()) + added.low, float(high.max()) + added.high, linear=True)


def dense(x: object, weight: object, bias: object = None, **_: object) -> OutputRange:
    """A dense layer; its weights (outputs, inputs)."""
    if is_tensor(weight) and weight.dim() == 1:
        return weighted_sums(x, weight[None], bias, (1,))
    if isinstance(weight, OutputRange) and as_range(x).unit_sum_axis == -1:
        return add(weight, 0.0 if bias is None else bias)
    return weighted_sums(x, weight, bias, (1,))


def convolution(x: object, weight: object, bias: object = None, *_: object, **__: object) -> OutputRange:
    """A convolution, also of zeros at a border; its weights (outputs, inputs, kernel...)."""
    axes = range(1, weight.dim()) if is_tensor(weight) else ()
    return weighted_sums(_with_zero(x), weight, bias, tuple(axes))


def transposed_convolution(
    x: object, weight: object, bias: object = None, *_: object, **__: object
) -> OutputRange:
    """A transposed convolution, where fewer weights than all may count; they are (inputs, outputs, ...)."""
    axes = (0, *range(2, weight.dim())) if is_tensor(weight) else ()
    return weighted_sums(_with_zero(x), weight, bias, axes)


def _with_zero(x: object) -> OutputRange:
    taken = as_range(x)
    return OutputRange(min(taken.low, 0.0), max(taken.high, 0.0))


def matrix_product(x: object, y: object = None, **_: object) -> OutputRange:
    """A product of matrices, one of them constant, or one of shares by which logits are pooled."""
    if is_tensor(y) and not is_tensor(x):
        return weighted_sums(x, y, None, (-2 if y.dim() > 1 else 0,))
    if is_tensor(x) and not is_tensor(y):
        return weighted_sums(replace(as_range(y), unit_sum_axis=None), x, None, (-1,))
    if as_range(x).unit_sum_axis == -1:
        return chosen(y)
    return LINEAR_RANGE if as_range(x).is_probability and as_range(y).linear else UNLIMITED


def added_matrix_product(
    bias: object, x: object, y: object, beta: object = 1, alpha: object = 1, **_: object
) -> OutputRange:
    """A product of matrices, times alpha, and something times beta."""
    return add(multiply(matrix_product(x, y), alpha), multiply(bias, beta))


def einstein_sum(equation: object, *given: object, **_: object) -> OutputRange:
    """A sum over products, of which one factor is constant."""
    factors = list(given[0]) if given and isinstance(given[0], (list, tuple)) else list(given)
    terms, arrow, kept = str(equation).replace(" ", "").partition("->")
    names = terms.split(",")
    constants = [place for place, factor in enumerate(factors) if is_tensor(factor)]
    if len(factors) != 2 or len(names) != 2 or len(constants) != 1 or not arrow or "." in terms:
        return UNLIMITED
    (place,) = constants
    own, other = names[place], names[1 - place]
    summed = [axis for axis, name in enumerate(own) if name not in kept]
    if any(name not in kept and name not in own for name in other) or len(set(own)) < len(own):
        return UNLIMITED
    taken = as_range(factors[1 - place])
    along = len(summed) == 1 and taken.unit_sum_axis == other.find(own[summed[0]]) - len(other)
    return weighted_sums(replace(taken, unit_sum_axis=-1 if along else None), factors[place], None, summed)


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
    "sigmoid expit special_expit hardsigmoid special_ndtr ndtr": confined(PROBABILITY),
    "softmax special_softmax softmin": softmax,
    "eq ne lt le gt ge isfinite isnan isinf logical_not logical_and logical_or": confined(PROBABILITY),
    "log_softmax special_log_softmax log_sigmoid logsigmoid log_ndtr special_log_ndtr": confined(
        LOG_PROBABILITY
    ),
    "tanh erf sin cos softsign normalize cosine_similarity sign": confined(SIGNED_UNIT),
    "softplus var std": confined(POSITIVE),
    "linalg_vector_norm norm frobenius_norm": norm,
    "logsumexp special_logsumexp": log_sum_exp,
    "erfc": confined(OutputRange(0.0, 2.0)),
    "atan": confined(OutputRange(-math.pi / 2, math.pi / 2)),
    "elu": elu,
    "celu": lambda x, alpha=1.0, *_, **__: elu(x, alpha),
    "selu": lambda x, *_, **__: elu(x, 1.6732632423543772, 1.0507009873554805),
    "gelu": bounded_below(-0.17),
    "silu": bounded_below(-0.27847),
    "mish": bounded_below(-0.30885),
    "hardswish": bounded_below(-0.375),
    "heaviside": lambda _, at=None, **__: hull(0.0, 1.0, at),
    "logit special_logit": log_odds,
    "linear": dense,
    "conv conv1d conv2d conv3d convolution": convolution,
    "conv_transpose conv_transpose1d conv_transpose2d conv_transpose3d": transposed_convolution,
    "matmul mm bmm mv": matrix_product,
    "rmatmul": lambda x, y=None, **_: matrix_product(y, x),
    "addmm addmv baddbmm": added_matrix_product,
    "einsum": einstein_sum,
    "batch_norm layer_norm group_norm instance_norm rms_norm native_layer_norm native_group_norm": normalized,
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
    "log10": logarithm_to(10),
    "log2": logarithm_to(2),
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
    "lerp": lambda x, y=None, share=None, **_: hull(x, y) if as_range(share).is_probability else UNLIMITED,
    "addcmul": lambda x, y=None, z=None, value=1, **_: add(x, multiply(multiply(y, z), value)),
    "where": lambda _, x=None, y=None, **__: hull(x, y),
    "masked_fill": lambda x, _=None, value=None, **__: hull(x, value),
    "cat stack concat concatenate hstack vstack": joined,
    "avg_pool avg_pool1d avg_pool2d avg_pool3d": averaged,
    "nan_to_num": lambda x, *_, **__: hull(x, 0.0),
    "pad": lambda x, _=None, mode="constant", value=0.0, **__: hull(x, value or 0.0),
    "dropout": lambda x, _=None, training=True, *__, **___: UNLIMITED if training else as_range(x),
    "contiguous clone detach alias requires_grad to float double half bfloat16 type type_as cast": unchanged,
    "mean adaptive_avg_pool adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d": mean_of,
    "interpolate upsample": resized,
    "max": lambda x, y=None, *_, **__: clamp(x, y) if isinstance(y, OutputRange) else chosen(x),
    "min": lambda x, y=None, *_, **__: clamp(x, None, y) if isinstance(y, OutputRange) else chosen(x),
    "view reshape view_as reshape_as flatten unflatten squeeze unsqueeze permute transpose t movedim": chosen,
    "expand expand_as broadcast_to": expanded,
    "swapaxes slice select narrow getitem index index_select gather chunk split": chosen,
    "unbind flip roll repeat tile diagonal amax amin median sort topk kthvalue": chosen,
    "max_pool max_pool1d max_pool2d max_pool3d adaptive_max_pool": chosen,
    "adaptive_max_pool1d adaptive_max_pool2d adaptive_max_pool3d": chosen,
}
"""The range that an operator gives, from what it is given, by its names in ATen and Python."""

RULES = {name: rule for names, rule in GROUPS.items() for name in names.split()}

WITH_CONSTANTS = frozenset(
    name
    for names in (
        "add radd iadd sub isub subtract rsub mul rmul imul multiply div truediv itruediv divide true_divide",
        "rtruediv rdiv cat stack concat concatenate linear conv conv1d conv2d conv3d convolution",
        "conv_transpose conv_transpose1d conv_transpose2d conv_transpose3d matmul rmatmul mm bmm mv",
        "addmm addmv baddbmm einsum",
    )
    for name in names.split()
)
"""Operators of a network's values and constants, which are looked through; elsewhere these bound nothing."""


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
        Its arguments; an `OutputRange` stands for a tensor, a constant tensor for itself.
    """
    if not is_known(operator):
        return UNLIMITED
    rule = RULES[operator.strip("_")]
    if operator.strip("_") not in WITH_CONSTANTS:
        given = [UNLIMITED if is_tensor(value) else value for value in given]
    try:
        found = rule(*given, **(named or {}))
    except TypeError:  # an overload with other arguments than the rule knows
        return UNLIMITED
    return UNLIMITED if math.isnan(found.low) or math.isnan(found.high) else replace(found, origin=None)
