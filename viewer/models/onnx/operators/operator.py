"""Table entry of an ONNX operator, and helpers for its functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from viewer.models.onnx.onnx_node import OnnxNode

Value = torch.Tensor | NDArray[Any]
"""Tensor, or an array for sizes and other numbers that do not depend on the image's values."""


class OnnxOperatorError(Exception):
    """Unsupported use of an operator: the problem and the remedy."""

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy


@dataclass(frozen=True)
class OnnxOperator:
    """An ONNX operator.

    Parameters
    ----------
    function
        Takes the node and its inputs, None for an omitted one; returns the output or a sequence of outputs.
    versions
        Opsets that introduced the definitions that the function implements.
    arrays
        Indices of the inputs that it takes as arrays: shapes, axes and the like.
    """

    function: Callable[..., Any]
    versions: tuple[int, ...]
    arrays: tuple[int, ...] = ()


def to_integers(values: NDArray[Any]) -> list[Any]:
    """Return an array's values as a list of integers, some of them symbolic."""
    return list(values.reshape(-1).tolist())


def to_size_array(values: Sequence[Any]) -> NDArray[Any]:
    """Return sizes, some of them symbolic, as an array."""
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array if any(isinstance(value, torch.SymInt) for value in values) else array.astype(np.int64)


def read_choice(node: OnnxNode, attribute: str, *allowed: Any) -> Any:
    """Return an attribute's value if it is one of those allowed.

    Raises
    ------
    OnnxOperatorError
        It has another value.
    """
    value = node.attributes.get(attribute, allowed[0])
    if value not in allowed:
        raise OnnxOperatorError(f"has {attribute} {value!r}, which the viewer does not support")
    return value


def normalize_axis(axis: int, rank: int) -> int:
    """Return an axis counted from the front."""
    return axis + rank if axis < 0 else axis
