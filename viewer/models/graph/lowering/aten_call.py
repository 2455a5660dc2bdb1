"""One call of an ATen operator, whichever way it was written down."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import torch

from viewer.errors import ModelError
from viewer.models.graph.graph import Shape, SymbolicSize


class CaptureError(ModelError):
    """A network that cannot be made a graph; methods that need no graph still run."""


@dataclass(frozen=True)
class TensorReference:
    """Stands in an argument for a tensor: an earlier call's result, a weight, or the input."""

    name: str


@dataclass(frozen=True)
class CallResult:
    """What a call gives.

    Parameters
    ----------
    name
        What later calls refer to it by.
    shape
        Its shape; None for each size that is not fixed, or altogether where it is not known.
    shown
        Its shape for the example; None for each size that follows the batch.
    dtype
        The kind of number it holds.
    """

    name: str
    shape: Shape | None = None
    shown: Shape | None = None
    dtype: torch.dtype | None = None


@dataclass(frozen=True)
class AtenCall:
    """One call of an operator.

    Parameters
    ----------
    target
        ``aten.NAME.OVERLOAD``, or a function on sizes such as ``_operator.mul``.
    arguments
        By the name in the operator's schema, those left out with their defaults; tensors are
        `TensorReference`s, sizes that are computed are `SymbolicSize`s. Of a function on sizes: ``operands``.
    results
        What it gives.
    modules
        The modules it was called in, from the outermost: path, and number of the call of that module.
    line
        The line of the network's source, where it is known.
    """

    target: str
    arguments: Mapping[str, Any]
    results: tuple[CallResult, ...]
    modules: tuple[tuple[str, int], ...] = ()
    line: str = ""

    def error(self, why: str, remedy: str = "") -> CaptureError:
        """The error that this call cannot be read."""
        path = self.modules[-1][0] if self.modules else ""
        place = ", ".join(part for part in (f"in {path}" if path else "", self.line) if part)
        return CaptureError(f"{self.target} ({place})" if place else self.target, why, remedy)

    def __getitem__(self, name: str) -> Any:
        if name not in self.arguments:
            raise self.error(f"has no argument {name}")
        return self.arguments[name]

    def get(self, name: str, default: Any = None) -> Any:
        """An argument, or ``default`` where there is none of that name."""
        return self.arguments.get(name, default)

    def tensor(self, name: str) -> str:
        """The name of a tensor argument.

        Raises
        ------
        CaptureError
            It is none.
        """
        value = self[name]
        if not isinstance(value, TensorReference):
            raise self.error(f"needs a tensor for {name}")
        return value.name

    def optional(self, name: str) -> str | None:
        """The name of a tensor argument that may be left out."""
        return None if self.get(name) is None else self.tensor(name)

    def sizes(self, name: str, rank: int) -> tuple[Any, ...]:
        """One whole number a dimension; a single one stands for all.

        Raises
        ------
        CaptureError
            There are neither one nor ``rank`` numbers.
        """
        value = self[name]
        numbers = tuple(value) if isinstance(value, (tuple, list)) else (value,)
        if len(numbers) == 1:
            numbers *= rank
        if len(numbers) != rank or not all(isinstance(number, (int, SymbolicSize)) for number in numbers):
            raise self.error(f"has {name} {value}, and takes one number or {rank}")
        return numbers

    def number(self, name: str) -> Any:
        """A plain number.

        Raises
        ------
        CaptureError
            It is computed while the network runs, or no number.
        """
        value = self[name]
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self.error(f"needs a fixed number for {name}")
        return value

    def flag(self, name: str) -> bool:
        """Yes or no.

        Raises
        ------
        CaptureError
            It is neither.
        """
        value = self[name]
        if not isinstance(value, bool):
            raise self.error(f"needs yes or no for {name}")
        return value


def module_paths(calls: Iterable[AtenCall]) -> frozenset[str]:
    """The paths of all modules that some calls were made in."""
    return frozenset(path for call in calls for path, _ in call.modules)


def default_arguments(target: str) -> dict[str, Any]:
    """The arguments of a known ATen operator that have defaults."""
    _, name, kind = target.split(".")
    schema = getattr(getattr(torch.ops.aten, name), kind)._schema
    return {
        argument.name: argument.default_value for argument in schema.arguments if argument.has_default_value()
    }
