"""Activations, arithmetic and comparisons."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import torch
from torch.nn import functional

from viewer.models.onnx.onnx_node import OnnxNode
from viewer.models.onnx.operators.operator import OnnxOperator, Value, read_choice

DTYPES = MappingProxyType(
    {
        1: torch.float32,
        2: torch.uint8,
        3: torch.int8,
        5: torch.int16,
        6: torch.int32,
        7: torch.int64,
        9: torch.bool,
        10: torch.float16,
        11: torch.float64,
        16: torch.bfloat16,
    }
)
"""Dtypes by the standard's numbers (TensorProto.DataType)."""


def unary(function: Callable[[torch.Tensor], torch.Tensor]) -> Callable[..., torch.Tensor]:
    """Return an operator of one tensor without attributes."""
    return lambda node, x: function(x)


def with_alpha(function: Callable[..., torch.Tensor]) -> Callable[..., torch.Tensor]:
    """Return an activation with the attribute ``alpha``."""
    return lambda node, x: function(x, node.attributes["alpha"])


def binary(function: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """Return an operator of two tensors; a single constant is taken as a number."""

    def compute(node: OnnxNode, a: torch.Tensor, b: torch.Tensor) -> Any:
        return function(a, b)

    return compute


def divide(a: Any, b: Any) -> Any:
    """Divide; integers are rounded toward zero."""
    if isinstance(a, torch.Tensor) and not a.is_floating_point():
        return torch.div(a, b, rounding_mode="trunc")
    return a / b


def variadic(function: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """Return an operator of any number of tensors."""
    return lambda node, *tensors: functools.reduce(function, tensors)


def mean(node: OnnxNode, *tensors: torch.Tensor) -> Any:
    """Compute ``Mean`` over several tensors."""
    total: torch.Tensor = functools.reduce(torch.add, tensors)
    return total / len(tensors)


def prelu(node: OnnxNode, x: torch.Tensor, slope: torch.Tensor) -> torch.Tensor:
    """Compute ``PRelu``: a slope for each channel, or of any shape that can be broadcast."""
    per_channel = slope.dim() == x.dim() - 1 and slope.shape[0] == slope.numel() == x.shape[1]
    if slope.numel() == 1 or per_channel:
        return functional.prelu(x, slope.reshape(-1))
    return torch.where(x >= 0, x, x * slope)


def selu(node: OnnxNode, x: torch.Tensor) -> torch.Tensor:
    """Compute ``Selu``."""
    alpha, gamma = float(node.attributes["alpha"]), float(node.attributes["gamma"])
    standard = (1.6732632423543772, 1.0507009873554805)
    if all(abs(a - b) < 1e-6 for a, b in zip((alpha, gamma), standard, strict=True)):
        return functional.selu(x)
    return functional.elu(x, alpha) * gamma


def hard_sigmoid(node: OnnxNode, x: torch.Tensor) -> torch.Tensor:
    """Compute ``HardSigmoid``: max(0, min(1, α x + β))."""
    alpha, beta = float(node.attributes["alpha"]), float(node.attributes["beta"])
    if abs(alpha - 1 / 6) < 1e-6 and beta == 0.5:
        return functional.hardsigmoid(x)
    return torch.clamp(alpha * x + beta, 0, 1)


def thresholded_relu(node: OnnxNode, x: torch.Tensor) -> torch.Tensor:
    """Compute ``ThresholdedRelu``."""
    return functional.threshold(x, node.attributes["alpha"], 0.0)


def gelu(node: OnnxNode, x: torch.Tensor) -> torch.Tensor:
    """Compute ``Gelu``."""
    return functional.gelu(x, approximate=read_choice(node, "approximate", "none", "tanh"))


def clip(
    node: OnnxNode, x: torch.Tensor, low: Value | None = None, high: Value | None = None
) -> torch.Tensor:
    """Compute ``Clip``; up to opset 10 its limits are attributes, which are the largest float by default."""
    limits = [None if limit is None else float(limit.reshape(-1)[0]) for limit in (low, high)]
    if node.version < 11:
        limits = [node.attributes["min"], node.attributes["max"]]
    largest = torch.finfo(torch.float32).max
    smallest, highest = (None if limit is None or abs(limit) >= largest else limit for limit in limits)
    if smallest is None and highest is None:
        return x
    if (smallest, highest) == (0, 6):
        return functional.relu6(x)
    return functional.relu(x) if (smallest, highest) == (0, None) else torch.clamp(x, smallest, highest)


def power(a: torch.Tensor, b: Any) -> torch.Tensor:
    """Compute ``Pow``; the result has the dtype of the base."""
    result: torch.Tensor = torch.pow(a, b)
    return result.to(a.dtype)


def modulo(node: OnnxNode, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Compute ``Mod``."""
    return torch.fmod(a, b) if node.attributes["fmod"] else torch.remainder(a, b)


def where(node: OnnxNode, condition: torch.Tensor, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Compute ``Where``."""
    return torch.where(condition, a, b)


def cast(node: OnnxNode, x: torch.Tensor) -> torch.Tensor:
    """Compute ``Cast``."""
    return x.to(DTYPES[node.attributes["to"]])


def cast_like(node: OnnxNode, x: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """Compute ``CastLike``."""
    return x.to(other.dtype)


OPERATORS: Mapping[str, OnnxOperator] = MappingProxyType(
    {
        "Relu": OnnxOperator(unary(functional.relu), (6, 13, 14)),
        "LeakyRelu": OnnxOperator(with_alpha(functional.leaky_relu), (6, 16)),
        "Elu": OnnxOperator(with_alpha(functional.elu), (6, 22)),
        "Celu": OnnxOperator(with_alpha(functional.celu), (12,)),
        "ThresholdedRelu": OnnxOperator(thresholded_relu, (10, 22)),
        "Selu": OnnxOperator(selu, (6, 22)),
        "PRelu": OnnxOperator(prelu, (7, 9, 16)),
        "Gelu": OnnxOperator(gelu, (20,)),
        "Sigmoid": OnnxOperator(unary(torch.sigmoid), (6, 13)),
        "HardSigmoid": OnnxOperator(hard_sigmoid, (6, 22)),
        "HardSwish": OnnxOperator(unary(functional.hardswish), (14, 22)),
        "Mish": OnnxOperator(unary(functional.mish), (18, 22)),
        "Tanh": OnnxOperator(unary(torch.tanh), (6, 13)),
        "Softplus": OnnxOperator(unary(functional.softplus), (1, 22)),
        "Softsign": OnnxOperator(unary(functional.softsign), (1, 22)),
        "Erf": OnnxOperator(unary(torch.erf), (9, 13)),
        "Exp": OnnxOperator(unary(torch.exp), (6, 13)),
        "Log": OnnxOperator(unary(torch.log), (6, 13)),
        "Sqrt": OnnxOperator(unary(torch.sqrt), (6, 13)),
        "Reciprocal": OnnxOperator(unary(torch.reciprocal), (6, 13)),
        "Abs": OnnxOperator(unary(torch.abs), (6, 13)),
        "Neg": OnnxOperator(unary(torch.neg), (6, 13)),
        "Sign": OnnxOperator(unary(torch.sign), (9, 13)),
        "Floor": OnnxOperator(unary(torch.floor), (6, 13)),
        "Ceil": OnnxOperator(unary(torch.ceil), (6, 13)),
        "Round": OnnxOperator(unary(torch.round), (11, 22)),
        "Sin": OnnxOperator(unary(torch.sin), (7, 22)),
        "Cos": OnnxOperator(unary(torch.cos), (7, 22)),
        "Not": OnnxOperator(unary(torch.logical_not), (1,)),
        "Clip": OnnxOperator(clip, (6, 11, 12, 13), arrays=(1, 2)),
        "Add": OnnxOperator(binary(lambda a, b: a + b), (7, 13, 14)),
        "Sub": OnnxOperator(binary(lambda a, b: a - b), (7, 13, 14)),
        "Mul": OnnxOperator(binary(lambda a, b: a * b), (7, 13, 14)),
        "Div": OnnxOperator(binary(divide), (7, 13, 14)),
        "Pow": OnnxOperator(binary(power), (7, 12, 13, 15)),
        "Mod": OnnxOperator(modulo, (10, 13)),
        "Sum": OnnxOperator(variadic(torch.add), (8, 13)),
        "Max": OnnxOperator(variadic(torch.maximum), (8, 12, 13)),
        "Min": OnnxOperator(variadic(torch.minimum), (8, 12, 13)),
        "Mean": OnnxOperator(mean, (8, 13)),
        "Equal": OnnxOperator(binary(torch.eq), (7, 11, 13, 19)),
        "Greater": OnnxOperator(binary(torch.gt), (7, 9, 13)),
        "Less": OnnxOperator(binary(torch.lt), (7, 9, 13)),
        "GreaterOrEqual": OnnxOperator(binary(torch.ge), (12, 16)),
        "LessOrEqual": OnnxOperator(binary(torch.le), (12, 16)),
        "And": OnnxOperator(binary(torch.logical_and), (7,)),
        "Or": OnnxOperator(binary(torch.logical_or), (7,)),
        "Where": OnnxOperator(where, (9, 16)),
        "Cast": OnnxOperator(cast, (6, 9, 13, 19, 21, 23)),
        "CastLike": OnnxOperator(cast_like, (15, 19, 21, 23)),
    }
)
