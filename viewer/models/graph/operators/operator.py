"""What an operator is: a forward map, the derivative that carries a gradient back, and what that needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Flag, auto
from typing import Any

import torch

from viewer.errors import ModelError

Attributes = Mapping[str, Any]
Inputs = Sequence[torch.Tensor | None]
Gradients = tuple[torch.Tensor | None, ...]
CheckCancelled = Callable[[], None]
"""Asked between the parts of long work; raises `Cancelled` if it should stop."""


def never_cancelled() -> None:
    """Nobody asks: the work is done to its end."""


class Save(Flag):
    """What the forward run keeps of a node for the way back. Constants and shapes are always at hand.

    ``SIGN`` is the mask ``output > 0``, one byte a value where the output itself has four. ``MAX_INDICES``
    says where each value of a maximum came from, as an index into the input's plane or volume;
    ``MAX_OFFSETS`` says the same in as few bytes as can be, for the operator's own derivative.
    """

    NOTHING = 0
    INPUTS = auto()
    OUTPUT = auto()
    SIGN = auto()
    MAX_INDICES = auto()
    MAX_OFFSETS = auto()


@dataclass(frozen=True)
class SavedTensors:
    """What is at hand of one node on the way back.

    Parameters
    ----------
    inputs
        The node's inputs: constants always, the others where `Save.INPUTS` was asked for, else None.
    shapes
        Their shapes; None for an input that is left out.
    needs_grad
        Which of them must be answered: those that depend on the network's input.
    output, sign, max_indices, max_offsets
        Where asked for.
    may_overwrite
        The relevance that arrives is nobody else's: it may be overwritten.
    check_cancelled
        For what takes long: asked between its parts whether to stop.
    reference
        The same of the run on a reference, where there was one.
    """

    inputs: tuple[torch.Tensor | None, ...]
    shapes: tuple[tuple[int, ...] | None, ...]
    needs_grad: tuple[bool, ...]
    output: torch.Tensor | None = None
    sign: torch.Tensor | None = None
    max_indices: torch.Tensor | None = None
    max_offsets: torch.Tensor | None = None
    may_overwrite: bool = False
    check_cancelled: CheckCancelled = never_cancelled
    reference: SavedTensors | None = None

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
    def at_reference(self) -> SavedTensors:
        """What is at hand of the run on the reference."""
        assert self.reference is not None, "nothing was run on a reference"
        return self.reference


Forward = Callable[[Attributes, Inputs], torch.Tensor]
ForwardWithIndices = Callable[[Attributes, Inputs], tuple[torch.Tensor, torch.Tensor]]
ForwardWithOffsets = Callable[[Attributes, Inputs, CheckCancelled], tuple[torch.Tensor, torch.Tensor]]
ChunkedForward = Callable[[Attributes, Inputs, CheckCancelled], torch.Tensor]
Backward = Callable[[Attributes, torch.Tensor, SavedTensors], Gradients]
Cost = Callable[[float, torch.Tensor | None, Attributes], float]


def cost_of_values(count: float, weight: torch.Tensor | None, attributes: Attributes) -> float:
    """Return a time that goes with how many values are written."""
    del weight, attributes
    return count


def cost_of_weights(count: float, weight: torch.Tensor | None, attributes: Attributes) -> float:
    """Return a time that goes with the multiplications of each value by a constant weight (out, ...)."""
    del attributes
    return count if weight is None else count * (1.0 + weight.numel() / weight.shape[0] / 8)


def required_input(inputs: Inputs, index: int = 0) -> torch.Tensor:
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


def autograd_backward(forward: Forward) -> Backward:
    """The derivative of one operator alone by automatic differentiation; its inputs must be kept."""

    def backward(attributes: Attributes, gradient: torch.Tensor, saved: SavedTensors) -> Gradients:
        with torch.enable_grad():
            inputs = [
                tensor.detach().requires_grad_(wanted and tensor.is_floating_point())
                if tensor is not None
                else None
                for tensor, wanted in zip(saved.inputs, saved.needs_grad, strict=True)
            ]
            output = forward(attributes, inputs)
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
        From the attributes and the inputs to the output. Never changes an input.
    backward
        From the attributes, a gradient at the output and what was kept to the gradients at the inputs; exact.
    saves
        What ``backward`` needs.
    forward_with_indices, forward_with_offsets
        The forward maps that also say where each value came from, for `Save.MAX_INDICES` and
        `Save.MAX_OFFSETS`.
    in_place
        The forward map that overwrites its first input; where that saves memory.
    chunked_forward
        ``forward``, asking between its parts whether to stop; where it may take long.
    has_weights
        Its further inputs are weights: the derivative needs the inputs only where those are no constants.
    cost
        From the number of values of the output, the second input where that is constant, and the attributes
        to a rough share of the time.
    """

    name: str
    forward: Forward
    backward: Backward
    saves: Save = Save.NOTHING
    forward_with_indices: ForwardWithIndices | None = None
    forward_with_offsets: ForwardWithOffsets | None = None
    in_place: Forward | None = None
    chunked_forward: ChunkedForward | None = None
    has_weights: bool = False
    cost: Cost = cost_of_values

    @classmethod
    def from_autograd(cls, name: str, forward: Forward) -> Operator:
        """An operator whose derivative is left to automatic differentiation."""
        return cls(name, forward, autograd_backward(forward), Save.INPUTS)


def empty_of_shape(shape: Sequence[int], like: torch.Tensor) -> torch.Tensor:
    """A tensor of that shape that takes no memory; for ATen's backward operators that read shapes only."""
    return like.new_empty(1).expand(tuple(shape))
