"""One call of an ATen operator, independent of the source it was read from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import torch

from viewer.errors import ModelError
from viewer.models.graph.graph import Shape, SymbolicSize


class CaptureError(ModelError):
    """Error that a network cannot be captured as a graph; methods that need no graph still run."""


@dataclass(frozen=True)
class TensorReference:
    """Reference to a tensor in an argument: an earlier call's result, a weight, or the input."""

    name: str


@dataclass(frozen=True)
class CallResult:
    """One result of a call.

    Parameters
    ----------
    name
        Name by which later calls refer to it.
    shape
        Its shape, with None for each size that is not fixed; None if the shape is not known.
    example_shape
        Its shape for the example, with None for the batch.
    dtype
        Its dtype.
    """

    name: str
    shape: Shape | None = None
    example_shape: Shape | None = None
    dtype: torch.dtype | None = None


@dataclass(frozen=True)
class AtenCall:
    """One call of an operator.

    Parameters
    ----------
    target
        ``aten.NAME.OVERLOAD``, or a function on sizes such as ``_operator.mul``.
    arguments
        Arguments by their names in the operator's schema, with defaults; tensors are `TensorReference`s,
        computed sizes are `SymbolicSize`s. For a function on sizes: ``operands``.
    results
        The results of the call.
    modules
        The modules it was called in, from the outermost: path, and index of the call of that module.
    line
        Line of the network's source, if known.
    """

    target: str
    arguments: Mapping[str, Any]
    results: tuple[CallResult, ...]
    modules: tuple[tuple[str, int], ...] = ()
    line: str = ""

    def error(self, problem: str, remedy: str = "") -> CaptureError:
        """Return an error about this call."""
        path = self.modules[-1][0] if self.modules else ""
        location = ", ".join(part for part in (f"in {path}" if path else "", self.line) if part)
        return CaptureError(f"{self.target} ({location})" if location else self.target, problem, remedy)

    def __getitem__(self, name: str) -> Any:
        if name not in self.arguments:
            raise self.error(f"has no argument {name}")
        return self.arguments[name]

    def get(self, name: str, default: Any = None) -> Any:
        """Return an argument, or ``default`` if there is none of that name."""
        return self.arguments.get(name, default)

    def tensor(self, name: str) -> str:
        """Return the name of a tensor argument.

        Raises
        ------
        CaptureError
            It is not a tensor.
        """
        value = self[name]
        if not isinstance(value, TensorReference):
            raise self.error(f"needs a tensor for {name}")
        return value.name

    def tensors(self, name: str) -> list[str]:
        """Return the names of a list of tensors.

        Raises
        ------
        CaptureError
            It is not a list, or contains something else.
        """
        items = self[name]
        if not isinstance(items, (tuple, list)):
            raise self.error(f"needs a list of tensors for {name}")
        names = [item.name for item in items if isinstance(item, TensorReference)]
        if len(names) != len(items):
            raise self.error(f"needs a list of tensors for {name}")
        return names

    def optional_tensor(self, name: str) -> str | None:
        """Return the name of an optional tensor argument; None if it is omitted."""
        return None if self.get(name) is None else self.tensor(name)

    def sizes(self, name: str, rank: int) -> tuple[Any, ...]:
        """Return one integer per dimension; a single one is repeated.

        Raises
        ------
        CaptureError
            The number of integers is neither one nor ``rank``.
        """
        value = self[name]
        numbers = tuple(value) if isinstance(value, (tuple, list)) else (value,)
        if len(numbers) == 1:
            numbers *= rank
        if len(numbers) != rank or not all(isinstance(number, (int, SymbolicSize)) for number in numbers):
            raise self.error(f"has {name} {value}, but takes one number or {rank}")
        return numbers

    def number(self, name: str) -> Any:
        """Return a plain number.

        Raises
        ------
        CaptureError
            It is computed at run time, or not a number.
        """
        value = self[name]
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self.error(f"needs a fixed number for {name}")
        return value

    def flag(self, name: str) -> bool:
        """Return a boolean.

        Raises
        ------
        CaptureError
            It is not a boolean.
        """
        value = self[name]
        if not isinstance(value, bool):
            raise self.error(f"needs a boolean for {name}")
        return value


def list_module_paths(calls: Iterable[AtenCall]) -> frozenset[str]:
    """Return the paths of all modules that some calls were made in."""
    return frozenset(path for call in calls for path, _ in call.modules)


def list_default_arguments(target: str) -> dict[str, Any]:
    """Return the arguments of a known ATen operator that have defaults."""
    _, name, kind = target.split(".")
    schema = getattr(getattr(torch.ops.aten, name), kind)._schema
    return {
        argument.name: argument.default_value for argument in schema.arguments if argument.has_default_value()
    }
