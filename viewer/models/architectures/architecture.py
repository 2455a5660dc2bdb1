"""What a registered architecture is: a name, a source, its arguments, and where its builder stands."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from viewer.errors import ModelError
from viewer.models.model_card import Card

if TYPE_CHECKING:
    import torch

TensorShapes = Mapping[str, tuple[int, ...]]
"""The tensors of a weights file by name, shapes alone."""

ArgumentValue = int | float | bool | str | tuple[int, ...]
"""What an argument of an architecture may be."""

MAX_LIST_LENGTH = 64
"""Numbers of an argument that is a list; no network has as many stages."""


@dataclass(frozen=True)
class ArchitectureArgument:
    """One argument of an architecture.

    Parameters
    ----------
    name, default, help
        As they are; the default's type is the argument's.
    limits
        Of numbers, and of each number of a list; inclusive.
    choices
        Of words.
    inferred_from
        The tensor and the axis of it whose size is this argument, where a weights file tells it.
    """

    name: str
    default: ArgumentValue
    help: str
    limits: tuple[float, float] = (1, 4096)
    choices: tuple[str, ...] = ()
    inferred_from: tuple[str, int] | None = None

    def check(self, value: object, subject: object) -> ArgumentValue:
        """The value checked against kind, limits and choices.

        Raises
        ------
        ModelError
            It does not fit; the line names the argument and what it may be.
        """
        if isinstance(self.default, tuple):
            items = value if isinstance(value, list | tuple) and len(value) <= MAX_LIST_LENGTH else [None]
            if all(self._fits(item, (int,)) for item in items):
                return tuple(items)
            least, most = self.limits
            wanted = f"a list of whole numbers of {least:g} to {most:g}, {MAX_LIST_LENGTH} at most"
        elif isinstance(self.default, str):
            if isinstance(value, str) and value in self.choices:
                return value
            wanted = f"one of {', '.join(self.choices)}"
        elif isinstance(self.default, bool):
            if isinstance(value, bool):
                return value
            wanted = "true or false"
        elif isinstance(self.default, int):
            if self._fits(value, (int,)):
                return int(value)  # type: ignore[call-overload,no-any-return]
            wanted = f"a whole number of {self.limits[0]:g} to {self.limits[1]:g}"
        else:
            if self._fits(value, (int, float)):
                return float(value)  # type: ignore[arg-type]
            wanted = f"a number of {self.limits[0]:g} to {self.limits[1]:g}"
        raise ModelError(subject, f"argument {self.name!r} is {value!r}", f"it must be {wanted}")

    def _fits(self, value: object, kinds: tuple[type, ...]) -> bool:
        if isinstance(value, bool) or not isinstance(value, int | float) or not isinstance(value, kinds):
            return False
        return self.limits[0] <= value <= self.limits[1]


@dataclass(frozen=True)
class Architecture:
    """A network known by name.

    Parameters
    ----------
    name, title
        As written in a card, and as a person reads it.
    source
        The paper it comes from.
    builder
        ``module:function``; imported when a network is built, because it imports torch. The function
        takes the arguments by name and gives a `torch.nn.Module`.
    dimensions
        Spatial axes of its input, 2 or 3; 0 takes a flat list of numbers.
    arguments
        What may be chosen.
    signature
        Some tensors by which its weights are known, with their shapes; None stands for any size.
    absent
        Tensors that are not among its weights, where a larger relative has them.
    tensor_count
        How many tensors a state_dict of it holds; 0 where that depends on the arguments.
    infer
        Finds further arguments by the weights' names and shapes.
    published
        The card of its published weights: weights that fit need none of their own.
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
    published: Card | None = None

    def resolve_arguments(self, given: Mapping[str, Any], subject: object) -> dict[str, ArgumentValue]:
        """Every argument, given or default, checked.

        Raises
        ------
        ModelError
            One is not known or does not fit.
        """
        known = {argument.name: argument for argument in self.arguments}
        for name in given:
            if name not in known:
                has = ", ".join(known) if known else "none"
                raise ModelError(subject, f"{self.name} has no argument {name!r}", f"its arguments: {has}")
        return {
            name: argument.check(given[name], subject) if name in given else argument.default
            for name, argument in known.items()
        }

    def infer_arguments(self, shapes: TensorShapes) -> dict[str, ArgumentValue]:
        """The arguments that a weights file tells by the names and shapes of its tensors."""
        found: dict[str, ArgumentValue] = {}
        for argument in self.arguments:
            if argument.inferred_from is not None:
                name, axis = argument.inferred_from
                if name in shapes and len(shapes[name]) > axis:
                    found[argument.name] = shapes[name][axis]
        return found | (self.infer(shapes) if self.infer is not None else {})

    def matches(self, shapes: TensorShapes) -> bool:
        """Whether tensors of these names and shapes look like this architecture's weights."""
        if not self.signature or (self.tensor_count and len(shapes) != self.tensor_count):
            return False
        if any(name in shapes for name in self.absent):
            return False
        return all(name in shapes and _shapes_match(shapes[name], shape) for name, shape in self.signature)

    def build(self, given: Mapping[str, Any], subject: object) -> torch.nn.Module:
        """The network with fresh weights, in evaluation mode.

        Raises
        ------
        ModelError
            An argument is not known or does not fit, or they do not fit together.
        """
        settled = self.resolve_arguments(given, subject)
        module, function = self.builder.split(":")
        try:
            network: torch.nn.Module = getattr(importlib.import_module(module), function)(**settled)
        except ValueError as error:
            raise ModelError(subject, f"{self.name} cannot be built so ({error})") from error
        return network.eval()


def _shapes_match(shape: tuple[int, ...], wanted: tuple[int | None, ...]) -> bool:
    return len(shape) == len(wanted) and all(
        size == want or want is None for size, want in zip(shape, wanted, strict=True)
    )
