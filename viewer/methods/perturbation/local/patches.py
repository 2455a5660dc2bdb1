"""Values of a network that differ from those of the original input in a box alone.

A batch of changed inputs is carried through the network as patches of one size at a place of their own each.
What lies outside a patch is what the original input gave, and is looked up there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

Starts = npt.NDArray[np.int64]
Sizes = tuple[int, ...]


@dataclass(frozen=True)
class Patch:
    """Values that differ from the original's inside a box of each sample.

    Parameters
    ----------
    values
        (B, C, *size): what the boxes hold.
    starts
        (B, axes): the first voxel of each box, always inside the original.
    """

    values: torch.Tensor
    starts: Starts

    @property
    def size(self) -> Sizes:
        """The boxes' size along each spatial axis."""
        return tuple(self.values.shape[2:])


@dataclass(frozen=True)
class Window:
    """How an operator slides over its input: one entry an axis, and what it finds beyond the border."""

    kernel: Sizes
    stride: Sizes
    padding: Sizes
    dilation: Sizes
    fill: float = 0.0

    def reached(self, starts: Starts, size: Sizes, outputs: Sizes) -> tuple[Starts, Sizes]:
        """The boxes of the output that boxes of the input have a part in: of one size, inside it."""
        kernel, stride, padding, dilation = (
            np.array(entry) for entry in (self.kernel, self.stride, self.padding, self.dilation)
        )
        last = np.array(outputs) - 1
        low = -((dilation * (kernel - 1) - starts - padding) // stride)
        high = (starts + np.array(size) - 1 + padding) // stride
        low, high = np.clip(low, 0, last), np.clip(high, 0, last)
        common = np.maximum((high - low + 1).max(0), 1)
        return np.minimum(low, last + 1 - common), tuple(int(entry) for entry in common)

    def needed(self, starts: Starts, size: Sizes) -> tuple[Starts, Sizes]:
        """The boxes of the input that boxes of the output look at; they may reach beyond the border."""
        wide = (
            (count - 1) * step + far * (kernel - 1) + 1
            for count, step, far, kernel in zip(size, self.stride, self.dilation, self.kernel, strict=True)
        )
        return starts * np.array(self.stride) - np.array(self.padding), tuple(wide)


def gathered(
    original: torch.Tensor, patch: Patch | None, starts: Starts, size: Sizes, fill: float = 0.0
) -> torch.Tensor:
    """(B, C, *size): the changed value in a box of each sample.

    Parameters
    ----------
    original
        (1, C, spatial...), what the original input gave.
    patch
        What differs from it; None where nothing does.
    starts, size
        The boxes.
    fill
        What is there where they reach beyond the border.
    """
    whole = original.shape[2:]
    inside = bool((starts >= 0).all() and (starts + np.array(size) <= np.array(whole)).all())
    shape = (len(starts), original.shape[1], *size)
    answer = original.new_empty(shape) if inside else original.new_full(shape, fill)
    for number, start in enumerate(starts.tolist()):
        _copy(original[0], [0] * len(whole), answer[number], start)
        if patch is not None:
            _copy(patch.values[number], patch.starts[number].tolist(), answer[number], start)
    return answer


def scattered(original: torch.Tensor, patch: Patch) -> torch.Tensor:
    """(B, C, spatial...): the changed values as a whole."""
    return gathered(original, patch, np.zeros_like(patch.starts), tuple(original.shape[2:]))


def _copy(source: torch.Tensor, source_start: list[int], answer: torch.Tensor, start: list[int]) -> None:
    """Copy what two boxes (C, *size) have in common, given where each begins."""
    from_, to = [slice(None)], [slice(None)]
    for there, here, wide, room in zip(source_start, start, source.shape[1:], answer.shape[1:], strict=True):
        low, high = max(there, here), min(there + wide, here + room)
        if high <= low:
            return
        from_.append(slice(low - there, high - there))
        to.append(slice(low - here, high - here))
    answer[tuple(to)] = source[tuple(from_)]


def together(patches: list[Patch], wholes: Sizes) -> tuple[Starts, Sizes]:
    """Boxes of one size that hold the boxes of all the patches, inside ``wholes``."""
    low = np.minimum.reduce([patch.starts for patch in patches])
    high = np.maximum.reduce([patch.starts + np.array(patch.size) for patch in patches])
    common = (high - low).max(0)
    return np.minimum(low, np.array(wholes) - common), tuple(int(entry) for entry in common)
