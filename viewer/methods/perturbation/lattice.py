"""Windows laid over a space in equal steps, looked at from coarse to fine."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Lattice:
    """Windows of one size at every ``stride``-th voxel; those at the end may reach over it, and are cut.

    Parameters
    ----------
    space
        Voxels along each axis.
    window, stride
        In voxels, one number for all axes. A window is no longer than its axis.
    """

    space: tuple[int, ...]
    window: int
    stride: int

    @cached_property
    def size(self) -> tuple[int, ...]:
        """A window's voxels along each axis."""
        return tuple(min(self.window, length) for length in self.space)

    @cached_property
    def counts(self) -> tuple[int, ...]:
        """How many windows along each axis."""
        return tuple(
            math.ceil((length - wide) / self.stride) + 1
            for length, wide in zip(self.space, self.size, strict=True)
        )

    def __len__(self) -> int:
        return math.prod(self.counts)

    def starts(self, places: Whole) -> Whole:
        """The first voxel of windows, given their places (n, axes) in the lattice."""
        return places * self.stride

    def rounds(self) -> list[tuple[int, Whole]]:
        """Places (n, axes) from coarse to fine, each once: rounds with the step that divides them.

        After a round, every place whose coordinates are multiples of its step has been looked at.
        """
        places = np.stack(np.unravel_index(np.arange(len(self)), self.counts), -1)
        step = 1
        while 2 * step < max(self.counts):
            step *= 2
        rounds, before = [], np.zeros(len(places), dtype=bool)
        while step >= 1:
            now = (places % step == 0).all(1)
            rounds.append((step, places[now & ~before]))
            before |= now
            step //= 2
        return rounds

    def covered(self, effects: Floats) -> Floats:
        """The mean over the windows that hold a voxel of their ``effects``, of the shape `space`."""
        sums, counts = effects, np.ones(self.counts)
        for axis, (length, wide, count) in enumerate(zip(self.space, self.size, self.counts, strict=True)):
            first = np.arange(count)[:, None] * self.stride
            voxels = np.arange(length)
            inside = ((voxels >= first) & (voxels < first + wide)).astype(np.float64)
            sums, counts = (
                np.moveaxis(np.tensordot(part, inside, (axis, 0)), -1, axis) for part in (sums, counts)
            )
        return sums / counts

    def completed(self, effects: Floats, known: npt.NDArray[np.bool_], step: int) -> Floats:
        """Effects at all places: where one is not known yet, that of a place before it on a coarser lattice.

        ``step`` is that of the round under way: places at multiples of twice the step are known.
        """
        coarse = np.ix_(*(np.arange(count) // (2 * step) * (2 * step) for count in self.counts))
        return np.where(known, effects, effects[coarse])
