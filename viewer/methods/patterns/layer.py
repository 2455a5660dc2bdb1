"""Layers of neurons: their filters, and the patches they see.

A neuron sees a patch x of its input and answers y = wᵀx + b.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import torch

from viewer.models.graph.nodes import Node

Tensor = torch.Tensor

BLOCK = 2**20
"""Numbers in a block at most, so that what is made of it stays small."""


class Padding(StrEnum):
    """Whether patches that reach into the border of zeros around the input count."""

    COUNT = "count"
    SKIP = "skip"


@dataclass(frozen=True)
class Block:
    """Some of the patches of one input, and what the neurons answered to them.

    Parameters
    ----------
    x
        What the patches lie in, as the kind of layer has it.
    y
        (N, groups, neurons of a group, places...).
    """

    x: Tensor
    y: Tensor


@dataclass(frozen=True, eq=False)
class Layer(ABC):
    """Neurons that share their patches.

    Parameters
    ----------
    key
        Tells it from the others of its network, whatever the size of the input.
    node
        Where it stands.
    weight
        (groups, neurons of a group, patch...), float64 on the CPU.
    bias
        (groups, neurons of a group), float64 on the CPU.
    """

    key: str
    node: Node
    weight: Tensor
    bias: Tensor

    @property
    def groups(self) -> int:
        """Neurons of one group see the same channels."""
        return int(self.weight.shape[0])

    @property
    def neurons(self) -> int:
        """How many there are."""
        return int(self.weight.shape[0] * self.weight.shape[1])

    @property
    def inputs(self) -> int:
        """How many values of the network it takes."""
        return 1

    @property
    def patch(self) -> tuple[int, ...]:
        """The shape of what one neuron sees."""
        return tuple(self.weight.shape[2:])

    @abstractmethod
    def means(self, inputs: Sequence[Tensor]) -> Tensor:
        """The input's mean by channel; broadcasts against (groups, patch...)."""

    @abstractmethod
    def centred(self, x: Tensor, means: Tensor) -> Tensor:
        """A block's x minus the means."""

    @abstractmethod
    def blocks(self, inputs: Sequence[Tensor], output: Tensor, padding: Padding) -> Iterator[Block]:
        """All that one run of the network shows these neurons."""

    @abstractmethod
    def correlated(self, x: Tensor, g: Tensor) -> Tensor:
        """Σ g x over all places, of every patch value with every row of g.

        ``g`` is (N, groups, rows, places...); the answer (groups, rows, patch...).
        """

    @abstractmethod
    def totals(self, block: Block, x: Tensor) -> Tensor:
        """Σ x over all places of a block, of every patch value: (groups, patch...), float64 on the CPU.

        ``x`` stands for the block's own.
        """

    @abstractmethod
    def patches(self, inputs: Sequence[Tensor], picked: Tensor, padding: Padding) -> Tensor:
        """Single patches, (places, groups, patch values), at flat indices ``picked`` below `places`."""

    @abstractmethod
    def places(self, output: Tensor, inputs: Sequence[Tensor], padding: Padding) -> int:
        """How many patches one run of the network shows every neuron."""


def summed(values: Tensor, axes: tuple[int, ...] | int) -> Tensor:
    """A sum in float64, on the CPU."""
    if values.device.type == "mps":
        return values.sum(axes).cpu().double()
    return values.sum(axes, dtype=torch.float64).cpu()


def summed_squares(values: Tensor, axes: tuple[int, ...]) -> Tensor:
    """A sum of squares in float64, on the CPU; the squares are never there all at once."""
    precision = torch.float32 if values.device.type == "mps" else torch.float64
    norm: Tensor = torch.linalg.vector_norm(values, dim=axes, dtype=precision)
    return norm.cpu().double().square()
