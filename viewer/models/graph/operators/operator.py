"""What an operator is: a forward map, the derivative that carries a gradient back, and what that needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Flag, auto
from typing import Any

import torch

from viewer.errors import ModelError

Settings = Mapping[str, Any]
Inputs = Sequence[torch.Tensor | None]
Gradients = tuple[torch.Tensor | None, ...]
Check = Callable[[], None]
"""Asked between the parts of long work; raises `Cancelled` if it should stop."""


def unasked() -> None:
    """Nobody asks: the work is done to its end."""


class Keep(Flag):
    """What the forward run keeps of a node for the way back. Constants and shapes are always at hand.

    ``SIGN`` is the mask ``output > 0``, one byte a value where the output itself has four. ``CHOICE`` says
    where each value of a maximum came from, as an index into the input's plane or volume; ``PLACE`` says
    the same in as few bytes as can be, for the operator's own derivative.
    """

    NOTHING = 0
    INPUTS = auto()
    OUTPUT = auto()
    SIGN = auto()
    CHOICE = auto()
    PLACE = auto()


@dataclass(frozen=True)
class Kept:
    """What is at hand of one node on the way back.

    Parameters
    ----------
    inputs
        The node's inputs: constants always, the others where `Keep.INPUTS` was asked for, else None.
    shapes
        Their shapes; None for an input that is left out.
    wanted
        Which of them must be answered: those that depend on the network's input.
    output, sign, choice, place
        Where asked for.
    owned
        The relevance that arrives is nobody else's: it may be overwritten.
    check
        For what takes long: asked between its parts whether to stop.
    reference
        The same of the run on a reference, where there was one.
    """

    inputs: tuple[torch.Tensor | None, ...]
    shapes: tuple[tuple[int, ...] | None, ...]
    wanted: tuple[bool, ...]
    output: torch.Tensor | None = None
    sign: torch.Tensor | None = None
    choice: torch.Tensor | None = None
    place: torch.Tensor | None = None
    owned: bool = False
    check: Check = unasked
    reference: Kept | None = None

    def input(self, index: int = 0) -> torch.Tensor:
        """An input that is known to be kept."""
        tensor = self.inputs[index]
        assert tensor is not None, "the rule did not ask for this input to be kept"
        return tensor

    def shape(self, index: int = 0) -> tuple[int, ...]:
        """The shape of an input that is not left out."""
        shape = self.shapes[index]
        assert shape is not None, "the input is left out"
        return shape

    @property
    def beside(self) -> Kept:
        """What is at hand of the run on the reference."""
        assert self.reference is not None, "nothing was run on a reference"
        return self.reference


Forward = Callable[[Settings, Inputs], torch.Tensor]
Chosen = Callable[[Settings, Inputs], tuple[torch.Tensor, torch.Tensor]]
Placed = Callable[[Settings, Inputs, Check], tuple[torch.Tensor, torch.Tensor]]
InParts = Callable[[Settings, Inputs, Check], torch.Tensor]
Backward = Callable[[Settings, torch.Tensor, Kept], Gradients]


def present(inputs: Inputs, index: int = 0) -> torch.Tensor:
    """An input that an operator cannot do without.

    Raises
    ------
    ModelError
        It is left out: the graph is broken.
    """
    tensor = inputs[index] if index < len(inputs) else None
    if tensor is None:
        raise ModelError("operator graph", f"an operator's input {index} is missing")
    return tensor


def by_autograd(forward: Forward) -> Backward:
    """The derivative of one operator alone by automatic differentiation; its inputs must be kept."""

    def backward(settings: Settings, gradient: torch.Tensor, kept: Kept) -> Gradients:
        with torch.enable_grad():
            inputs = [
                tensor.detach().requires_grad_(wanted and tensor.is_floating_point())
                if tensor is not None
                else None
                for tensor, wanted in zip(kept.inputs, kept.wanted, strict=True)
            ]
            output = forward(settings, inputs)
            wanted = [tensor for tensor in inputs if tensor is not None and tensor.requires_grad]
            found: Sequence[torch.Tensor | None] = [None] * len(wanted)
            if output.requires_grad:
                found = torch.autograd.grad(output, wanted, gradient, allow_unused=True)
        answers = iter(found)
        return tuple(
            next(answers) if tensor is not None and tensor.requires_grad else None for tensor in inputs
        )

    return backward


@dataclass(frozen=True)
class Operator:
    """One word of the vocabulary.

    Parameters
    ----------
    name
        The word.
    forward
        From the settings and the inputs to the output. Never changes an input.
    backward
        From the settings, a gradient at the output and what was kept to the gradients at the inputs; exact.
    keeps
        What ``backward`` needs.
    chosen, placed
        The forward maps that also say where each value came from, for `Keep.CHOICE` and `Keep.PLACE`.
    in_place
        The forward map that overwrites its first input; where that saves memory.
    in_parts
        ``forward``, asking between its parts whether to stop; where it may take long.
    weighted
        Its further inputs are weights: the derivative needs the inputs only where those are no constants.
    """

    name: str
    forward: Forward
    backward: Backward
    keeps: Keep = Keep.NOTHING
    chosen: Chosen | None = None
    placed: Placed | None = None
    in_place: Forward | None = None
    in_parts: InParts | None = None
    weighted: bool = False

    @classmethod
    def differentiated(cls, name: str, forward: Forward) -> Operator:
        """An operator whose derivative is left to automatic differentiation."""
        return cls(name, forward, by_autograd(forward), Keep.INPUTS)


def placeholder(shape: Sequence[int], like: torch.Tensor) -> torch.Tensor:
    """A tensor of that shape that takes no memory; for ATen's backward operators that read shapes only."""
    return like.new_empty(1).expand(tuple(shape))
