"""Declaration of a registered architecture: name, source, arguments and builder."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from viewer.errors import ModelError
from viewer.models.model_card import Card

if TYPE_CHECKING:
    import torch

TensorShapes = Mapping[str, tuple[int, ...]]
"""Shapes of the tensors of a weights file by name."""

ArgumentValue = int | float | bool | str | tuple[int, ...]
"""Type of an argument of an architecture."""

MAX_LIST_LENGTH = 64
"""Largest length of a list argument; no network has as many stages."""


@dataclass(frozen=True)
class ArchitectureArgument:
    """One argument of an architecture.

    Parameters
    ----------
    name, default, help
        Name, default and help text; the default's type is the argument's.
    limits
        Inclusive range of numbers, and of each number of a list.
    choices
        Allowed strings.
    inferred_from
        Tensor and axis whose size is this argument, if it can be inferred from a weights file.
    """

    name: str
    default: ArgumentValue
    help: str
    limits: tuple[float, float] = (1, 4096)
    choices: tuple[str, ...] = ()
    inferred_from: tuple[str, int] | None = None

    def check(self, value: object, subject: object) -> ArgumentValue:
        """Return the value after checking type, limits and choices.

        Raises
        ------
        ModelError
            The value is not valid; the message names the argument and its valid values.
        """
        if isinstance(self.default, tuple):
            items = value if isinstance(value, list | tuple) and len(value) <= MAX_LIST_LENGTH else [None]
            if all(self._is_within_limits(item, (int,)) for item in items):
                return tuple(items)
            minimum, maximum = self.limits
            expected = f"a list of at most {MAX_LIST_LENGTH} whole numbers from {minimum:g} to {maximum:g}"
        elif isinstance(self.default, str):
            if isinstance(value, str) and value in self.choices:
                return value
            expected = f"one of {', '.join(self.choices)}"
        elif isinstance(self.default, bool):
            if isinstance(value, bool):
                return value
            expected = "true or false"
        elif isinstance(self.default, int):
            if self._is_within_limits(value, (int,)):
                return int(value)  # type: ignore[call-overload,no-any-return]
            expected = f"a whole number from {self.limits[0]:g} to {self.limits[1]:g}"
        else:
            if self._is_within_limits(value, (int, float)):
                return float(value)  # type: ignore[arg-type]
            expected = f"a number from {self.limits[0]:g} to {self.limits[1]:g}"
        raise ModelError(subject, f"argument {self.name!r} is {value!r}", f"it must be {expected}")

    def _is_within_limits(self, value: object, types: tuple[type, ...]) -> bool:
        if isinstance(value, bool) or not isinstance(value, int | float) or not isinstance(value, types):
            return False
        return self.limits[0] <= value <= self.limits[1]


@dataclass(frozen=True)
class Architecture:
    """Registered network architecture.

    Parameters
    ----------
    name, title
        Name in a card, and display name.
    source
        Publication.
    builder
        ``module:function``; imported only when a network is built, because it imports torch. The function
        takes the arguments by name and returns a `torch.nn.Module`.
    dimensions
        Number of spatial axes of its input, 2 or 3; 0 for a vector of numbers.
    arguments
        Arguments of the builder.
    signature
        Some tensors that identify its weights, with their shapes; None stands for any size.
    absent
        Tensors that its weights lack but those of a larger variant have.
    tensor_count
        Number of tensors in its state_dict; 0 if that depends on the arguments.
    infer
        Function that infers further arguments from the weights' names and shapes.
    rename
        Function that maps the tensor names in a file to the network's names; None if they are the same.
        Tensors that the network does not need are omitted; a file may contain a tensor under two names.
    published
        Card of its published weights: matching weights need no card of their own.
    """

    name: str
    title: str
    source: str
    builder: str
    dimensions: int
    arguments: tuple[ArchitectureArgument, ...] = ()
    signature: tuple[tuple[str, tuple[int | None, ...]], ...] = ()
    absent: tuple[str, ...] = ()
    tensor_count: int = 0
    infer: Callable[[TensorShapes], dict[str, ArgumentValue]] | None = None
    rename: Callable[[Iterable[str]], dict[str, str]] | None = None
    published: Card | None = None

    def resolve_arguments(
        self, argument_values: Mapping[str, Any], subject: object
    ) -> dict[str, ArgumentValue]:
        """Return all arguments, given or default, after checking them.

        Raises
        ------
        ModelError
            An argument is unknown or not valid.
        """
        by_name = {argument.name: argument for argument in self.arguments}
        for name in argument_values:
            if name not in by_name:
                names = ", ".join(by_name) if by_name else "none"
                raise ModelError(subject, f"{self.name} has no argument {name!r}", f"its arguments: {names}")
        return {
            name: argument.check(argument_values[name], subject)
            if name in argument_values
            else argument.default
            for name, argument in by_name.items()
        }

    def infer_arguments(self, shapes: TensorShapes) -> dict[str, ArgumentValue]:
        """Infer arguments from the names and shapes of the tensors in a weights file."""
        arguments: dict[str, ArgumentValue] = {}
        for argument in self.arguments:
            if argument.inferred_from is not None:
                name, axis = argument.inferred_from
                if name in shapes and len(shapes[name]) > axis:
                    arguments[argument.name] = shapes[name][axis]
        return arguments | (self.infer(shapes) if self.infer is not None else {})

    def select_tensors(
        self, state: Mapping[str, torch.Tensor], subject: object
    ) -> Mapping[str, torch.Tensor]:
        """Return the tensors of a weights file under the network's names.

        Raises
        ------
        ModelError
            The file contains a tensor under two names with different values.
        """
        if self.rename is None:
            return state
        selected: dict[str, torch.Tensor] = {}
        for stored_name, name in self.rename(state).items():
            tensor = selected.setdefault(name, state[stored_name])
            if tensor is not state[stored_name] and not tensor.equal(state[stored_name]):
                raise ModelError(
                    subject, f"does not match {self.name}: it has two different tensors {name!r}"
                )
        return selected

    def matches(self, shapes: TensorShapes) -> bool:
        """Return whether these tensor names and shapes match this architecture's weights."""
        if not self.signature or (self.tensor_count and len(shapes) != self.tensor_count):
            return False
        if any(name in shapes for name in self.absent):
            return False
        return all(name in shapes and _shapes_match(shapes[name], shape) for name, shape in self.signature)

    def build(self, argument_values: Mapping[str, Any], subject: object) -> torch.nn.Module:
        """Build the network with initial weights, in evaluation mode.

        Raises
        ------
        ModelError
            An argument is unknown or not valid, or the arguments are inconsistent.
        """
        arguments = self.resolve_arguments(argument_values, subject)
        module, function = self.builder.split(":")
        try:
            network: torch.nn.Module = getattr(importlib.import_module(module), function)(**arguments)
        except ValueError as error:
            raise ModelError(
                subject, f"{self.name} cannot be built with these arguments ({error})"
            ) from error
        return network.eval()


def _shapes_match(shape: tuple[int, ...], expected: tuple[int | None, ...]) -> bool:
    return len(shape) == len(expected) and all(
        size == expected_size or expected_size is None
        for size, expected_size in zip(shape, expected, strict=True)
    )
