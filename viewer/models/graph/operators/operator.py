"""Definition of an operator: forward function, derivative, and the tensors that it needs."""

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
"""Called between the parts of a long computation; raises `Cancelled` to stop it."""


def never_cancelled() -> None:
    """Never cancel the computation."""


class Save(Flag):
    """Tensors of a node that the forward pass saves for the backward pass, besides constants and shapes.

    ``SIGN`` is the mask ``output > 0``, one byte per value instead of four. ``MAX_INDICES`` is the position
    of each maximum as an index into the input's plane or volume; ``MAX_OFFSETS`` is the same in as few bytes
    as possible, for the operator's own derivative.
    """

    NOTHING = 0
    INPUTS = auto()
    OUTPUT = auto()
    SIGN = auto()
    MAX_INDICES = auto()
    MAX_OFFSETS = auto()


@dataclass(frozen=True)
class SavedTensors:
    """Tensors of one node available in the backward pass.

    Parameters
    ----------
    inputs
        The node's inputs: constants always, the others if `Save.INPUTS` was requested, else None.
    shapes
        Their shapes; None for an omitted input.
    needs_grad
        Which of them need a gradient: those that depend on the network's input.
    output, sign, max_indices, max_offsets
        Tensors as requested, else None.
    may_overwrite
        Whether the incoming relevance is used only here, so that it may be overwritten.
    check_cancelled
        Called between the parts of a long computation, to cancel it.
    reference
        The same for the run on a reference, if there was one.
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
        """Return an input that was saved."""
        tensor = self.inputs[index]
        assert tensor is not None, "the rule did not request this input"
        return tensor

    def shape(self, index: int = 0) -> tuple[int, ...]:
        """Return the shape of an input that is not omitted."""
        shape = self.shapes[index]
        assert shape is not None, "the input is omitted"
        return shape

    @property
    def at_reference(self) -> SavedTensors:
        """Return the saved tensors of the run on the reference."""
        assert self.reference is not None, "nothing was run on a reference"
        return self.reference


Forward = Callable[[Attributes, Inputs], torch.Tensor]
ForwardWithIndices = Callable[[Attributes, Inputs], tuple[torch.Tensor, torch.Tensor]]
ForwardWithOffsets = Callable[[Attributes, Inputs, CheckCancelled], tuple[torch.Tensor, torch.Tensor]]
ChunkedForward = Callable[[Attributes, Inputs, CheckCancelled], torch.Tensor]
Backward = Callable[[Attributes, torch.Tensor, SavedTensors], Gradients]
Cost = Callable[[float, torch.Tensor | None, Attributes], float]


def estimate_elementwise_cost(count: float, weight: torch.Tensor | None, attributes: Attributes) -> float:
    """Return a relative time proportional to the number of output values."""
    del weight, attributes
    return count


def estimate_weighted_cost(count: float, weight: torch.Tensor | None, attributes: Attributes) -> float:
    """Return a relative time: number of multiplications per value by a constant weight (out, ...)."""
    del attributes
    return count if weight is None else count * (1.0 + weight.numel() / weight.shape[0] / 8)


def required_input(inputs: Inputs, index: int = 0) -> torch.Tensor:
    """Return an input that an operator requires.

    Raises
    ------
    ModelError
        It is missing: the graph is invalid.
    """
    tensor = inputs[index] if index < len(inputs) else None
    if tensor is None:
        raise ModelError("operator graph", f"an operator's input {index} is missing")
    return tensor


def autograd_backward(forward: Forward) -> Backward:
    """Return the derivative of one operator by autograd; its inputs must be saved."""

    def backward(attributes: Attributes, gradient: torch.Tensor, saved: SavedTensors) -> Gradients:
        with torch.enable_grad():
            inputs = [
                tensor.detach().requires_grad_(needed and tensor.is_floating_point())
                if tensor is not None
                else None
                for tensor, needed in zip(saved.inputs, saved.needs_grad, strict=True)
            ]
            output = forward(attributes, inputs)
            needed = [tensor for tensor in inputs if tensor is not None and tensor.requires_grad]
            gradients: Sequence[torch.Tensor | None] = [None] * len(needed)
            if output.requires_grad:
                gradients = torch.autograd.grad(output, needed, gradient, allow_unused=True)
        results = iter(gradients)
        return tuple(
            next(results) if tensor is not None and tensor.requires_grad else None for tensor in inputs
        )

    return backward


@dataclass(frozen=True)
class Operator:
    """One operator.

    Parameters
    ----------
    name
        The operator's name.
    forward
        Computes the output from the attributes and the inputs. Never changes an input.
    backward
        Computes the exact gradients at the inputs from the attributes, the gradient at the output and the
        saved tensors.
    saves
        Tensors that ``backward`` needs.
    forward_with_indices, forward_with_offsets
        Forward functions that also return the position of each maximum, for `Save.MAX_INDICES` and
        `Save.MAX_OFFSETS`.
    forward_in_place
        Forward function that overwrites its first input, if that saves memory; it checks for cancellation.
    chunked_forward
        ``forward`` that checks for cancellation between its parts, if it may take long.
    has_weights
        Whether the further inputs are weights: the derivative needs the inputs only if those vary.
    cost
        Estimates a relative time from the number of output values, the second input if that is constant, and
        the attributes.
    """

    name: str
    forward: Forward
    backward: Backward
    saves: Save = Save.NOTHING
    forward_with_indices: ForwardWithIndices | None = None
    forward_with_offsets: ForwardWithOffsets | None = None
    forward_in_place: ChunkedForward | None = None
    chunked_forward: ChunkedForward | None = None
    has_weights: bool = False
    cost: Cost = estimate_elementwise_cost

    @classmethod
    def from_autograd(cls, name: str, forward: Forward) -> Operator:
        """Return an operator whose derivative is computed by autograd."""
        return cls(name, forward, autograd_backward(forward), Save.INPUTS)


def empty_of_shape(shape: Sequence[int], tensor: torch.Tensor) -> torch.Tensor:
    """Return a tensor of that shape that takes no memory, for ATen's backward operators that read shapes."""
    return tensor.new_empty(1).expand(tuple(shape))
