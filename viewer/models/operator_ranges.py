"""Range of an operator's result from the ranges of its arguments, by its name in ATen or Python.

The result of an operator that is not known here is unbounded.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from viewer.models.interval_arithmetic import (
    absolute,
    add,
    clamp,
    divide,
    exponential,
    log_odds,
    log_sum_exp,
    logarithm,
    logarithm_rule,
    multiply,
    norm,
    power,
    product,
    rounding,
    selection,
    subtract,
    summation,
)
from viewer.models.interval_layers import (
    addmm,
    average_pooling,
    convolution,
    dense,
    einstein_sum,
    elu,
    fixed_range_rule,
    hardtanh,
    interpolation,
    matrix_product,
    normalization,
    rectifier_rule,
    softmax,
    transposed_convolution,
)
from viewer.models.output_range import (
    LOG_PROBABILITY,
    POSITIVE,
    PROBABILITY,
    SIGNED_UNIT,
    UNLIMITED,
    OutputRange,
    as_range,
    hull,
    is_tensor,
)


def concatenation(tensors: object, *_: object, **__: object) -> OutputRange:
    """Return the range of several tensors that are joined."""
    return hull(*tensors) if isinstance(tensors, (list, tuple)) else as_range(tensors)


def broadcast(x: object, *_: object, **__: object) -> OutputRange:
    """Return the range of values that are broadcast to another shape."""
    return replace(as_range(x), unit_sum_axis=None)


def identity(x: object, *_: object, **__: object) -> OutputRange:
    """Return the range of values that keep their positions."""
    return as_range(x)


def mean(x: object, *_: object, **__: object) -> OutputRange:
    """Return the range of means; the mean of log-probabilities is not marked as a log-probability."""
    return replace(as_range(x), unit_sum_axis=None, exceeds=None, is_log_probability=False)


GROUPS: Mapping[str, Callable[..., OutputRange]] = {
    "sigmoid expit special_expit hardsigmoid special_ndtr ndtr": fixed_range_rule(PROBABILITY),
    "softmax special_softmax softmin": softmax,
    "eq ne lt le gt ge isfinite isnan isinf logical_not logical_and logical_or": fixed_range_rule(
        PROBABILITY
    ),
    "log_softmax special_log_softmax log_sigmoid logsigmoid log_ndtr special_log_ndtr": fixed_range_rule(
        LOG_PROBABILITY
    ),
    "tanh erf sin cos softsign normalize cosine_similarity sign": fixed_range_rule(SIGNED_UNIT),
    "softplus var std": fixed_range_rule(POSITIVE),
    "linalg_vector_norm norm frobenius_norm": norm,
    "logsumexp special_logsumexp": log_sum_exp,
    "erfc": fixed_range_rule(OutputRange(0.0, 2.0)),
    "atan": fixed_range_rule(OutputRange(-math.pi / 2, math.pi / 2)),
    "elu": elu,
    "celu": lambda x, alpha=1.0, *_, **__: elu(x, alpha),
    "selu": lambda x, *_, **__: elu(x, 1.6732632423543772, 1.0507009873554805),
    "gelu": rectifier_rule(-0.17),
    "silu": rectifier_rule(-0.27847),
    "mish": rectifier_rule(-0.30885),
    "hardswish": rectifier_rule(-0.375),
    "heaviside": lambda _, at=None, **__: hull(0.0, 1.0, at),
    "logit special_logit": log_odds,
    "linear": dense,
    "conv conv1d conv2d conv3d convolution": convolution,
    "conv_transpose conv_transpose1d conv_transpose2d conv_transpose3d": transposed_convolution,
    "matmul mm bmm mv": matrix_product,
    "rmatmul": lambda x, y=None, **_: matrix_product(y, x),
    "addmm addmv baddbmm": addmm,
    "einsum": einstein_sum,
    "batch_norm layer_norm group_norm instance_norm rms_norm": normalization,
    "native_layer_norm native_group_norm": normalization,
    "relu6": lambda x, *_, **__: clamp(x, 0.0, 6.0),
    "relu": lambda x, *_, **__: clamp(x, 0.0),
    "hardtanh": hardtanh,
    "abs": absolute,
    "square": lambda x, **_: power(x, 2.0),
    "sqrt": lambda x, **_: power(clamp(x, 0.0), 0.5),
    "rsqrt": lambda x, **_: power(clamp(x, 0.0), -0.5),
    "reciprocal": lambda x, **_: divide(1.0, x),
    "neg": lambda x, **_: multiply(x, -1.0),
    "exp": exponential,
    "expm1": lambda x, **_: subtract(exponential(x), 1.0),
    "log": logarithm,
    "log10": logarithm_rule(10),
    "log2": logarithm_rule(2),
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
    "sum cumsum": summation,
    "round floor ceil trunc": rounding,
    "lerp": lambda x, y=None, share=None, **_: hull(x, y) if as_range(share).is_probability else UNLIMITED,
    "addcmul": lambda x, y=None, z=None, value=1, **_: add(x, multiply(multiply(y, z), value)),
    "where": lambda _, x=None, y=None, **__: hull(x, y),
    "masked_fill": lambda x, _=None, value=None, **__: hull(x, value),
    "cat stack concat concatenate hstack vstack": concatenation,
    "avg_pool avg_pool1d avg_pool2d avg_pool3d": average_pooling,
    "nan_to_num": lambda x, *_, **__: hull(x, 0.0),
    "pad": lambda x, _=None, mode="constant", value=0.0, **__: hull(x, value or 0.0),
    "dropout": lambda x, _=None, training=True, *__, **___: UNLIMITED if training else as_range(x),
    "contiguous clone detach alias requires_grad to float double half bfloat16 type type_as cast": identity,
    "mean adaptive_avg_pool adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d": mean,
    "interpolate upsample": interpolation,
    "max": lambda x, y=None, *_, **__: clamp(x, y) if isinstance(y, OutputRange) else selection(x),
    "min": lambda x, y=None, *_, **__: clamp(x, None, y) if isinstance(y, OutputRange) else selection(x),
    "view reshape view_as reshape_as flatten unflatten": selection,
    "squeeze unsqueeze permute transpose t movedim": selection,
    "expand expand_as broadcast_to": broadcast,
    "swapaxes slice select narrow getitem index index_select gather chunk split": selection,
    "unbind flip roll repeat tile diagonal amax amin median sort topk kthvalue": selection,
    "max_pool max_pool1d max_pool2d max_pool3d adaptive_max_pool": selection,
    "adaptive_max_pool1d adaptive_max_pool2d adaptive_max_pool3d": selection,
}
"""Rules for the range of an operator's result, by its names in ATen and Python."""

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
"""Operators whose constant arguments are read; for other operators, constant tensors count as unbounded."""


def has_rule(operator: str) -> bool:
    """Return whether there is a rule for an operator."""
    return operator.strip("_") in RULES


def find_result_range(
    operator: str, args: Sequence[Any], kwargs: Mapping[str, Any] | None = None
) -> OutputRange:
    """Return the range of an operator's result.

    Parameters
    ----------
    operator
        Its name in ATen or Python, such as ``sigmoid``, ``clamp_`` or ``__rsub__``.
    args, kwargs
        Its arguments; an `OutputRange` stands for a tensor, a constant tensor is given as it is.
    """
    if not has_rule(operator):
        return UNLIMITED
    rule = RULES[operator.strip("_")]
    if operator.strip("_") not in WITH_CONSTANTS:
        args = [UNLIMITED if is_tensor(value) else value for value in args]
    try:
        result = rule(*args, **(kwargs or {}))
    except TypeError:  # an overload with arguments that the rule does not know
        return UNLIMITED
    return UNLIMITED if math.isnan(result.low) or math.isnan(result.high) else replace(result, origin=None)
