"""Sliding-window inference for inputs larger than the network's window: overlapping windows and blending.

For networks with an output at every voxel. Along each axis the weights of all windows sum to 1 at every
voxel; a window's weight is 0 in the outer third of the overlap with its neighbour, 1 in the inner third, and
linear in between. So outputs next to a window's edge do not count: if the receptive field extends at most a
third of the overlap to each side, the result equals that for the whole input. Networks with a larger
receptive field, or with normalisation over the input, give other outputs in windows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise, product
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from viewer.errors import ModelError
from viewer.models.input_spec import InputSpec
from viewer.progress import Progress

if TYPE_CHECKING:
    import torch

    from viewer.models.model import Model

WindowSlices = tuple[slice, ...]


@dataclass(frozen=True)
class SlidingWindows:
    """Windows of one size over a grid; the last along each axis ends where the grid ends.

    Parameters
    ----------
    shape
        Size of the whole grid along its spatial axes.
    size
        Size of a window; at most the grid's.
    overlap
        Voxels shared by neighbours, at most half of a window's size; the last window may share more.
    """

    shape: tuple[int, ...]
    size: tuple[int, ...]
    overlap: tuple[int, ...]

    def __post_init__(self) -> None:
        for whole, size, overlap in zip(self.shape, self.size, self.overlap, strict=True):
            if not (0 < size <= whole and 0 <= 2 * overlap <= size):
                raise ValueError(f"windows of {size} with {overlap} in common over {whole} voxels")

    @cached_property
    def starts(self) -> tuple[tuple[int, ...], ...]:
        """Start indices of the windows along each axis."""
        found = []
        for whole, size, overlap in zip(self.shape, self.size, self.overlap, strict=True):
            last = whole - size
            found.append((*range(0, last, size - overlap), last))
        return tuple(found)

    def __len__(self) -> int:
        return int(np.prod([len(starts) for starts in self.starts]))

    def slices(self) -> Iterator[WindowSlices]:
        """Yield the slices of every window."""
        for corner in product(*self.starts):
            yield tuple(slice(start, start + size) for start, size in zip(corner, self.size, strict=True))

    def weights(self, window: WindowSlices) -> npt.NDArray[np.float32]:
        """Return each voxel's weight in one window, of shape ``size``; they sum to 1 over all windows."""
        joined = np.ones((), dtype=np.float64)
        for axis, span in enumerate(window):
            row = self._rows[axis][self.starts[axis].index(span.start)]
            joined = joined[..., None] * row
        return joined.astype(np.float32)

    @cached_property
    def _rows(self) -> tuple[npt.NDArray[np.float64], ...]:
        """Weights of every window along every axis."""
        return tuple(
            _rows(starts, size, whole)
            for starts, size, whole in zip(self.starts, self.size, self.shape, strict=True)
        )

    def on_output_grid(self, answer: tuple[int, ...]) -> SlidingWindows:
        """Return the windows on the output grid, where the output for one window has the shape ``answer``.

        Raises
        ------
        ModelError
            The outputs' voxels do not lie on one grid.
        """
        if answer == self.size:
            return self
        found = []
        for whole, size, overlap, given in zip(self.shape, self.size, self.overlap, answer, strict=True):
            ratio = size // max(given, 1)
            if (
                not given
                or any(number % ratio for number in (whole, size, overlap))
                or size // ratio != given
            ):
                raise ModelError(
                    "windows",
                    f"a window of {size} voxels is answered by {given}",
                    "take windows and overlaps that are multiples of the network's strides",
                )
            found.append((whole // ratio, given, overlap // ratio))
        shape, size_there, overlap_there = zip(*found, strict=True)
        return SlidingWindows(shape, size_there, overlap_there)


def _rows(starts: tuple[int, ...], size: int, whole: int) -> npt.NDArray[np.float64]:
    places = np.arange(size) + 0.5
    rows = np.ones((len(starts), size))
    for number, (before, after) in enumerate(pairwise(starts)):
        shared = before + size - after
        if not shared:
            continue
        up = np.clip(3 * places / shared - 1, 0, 1)
        rows[number + 1] *= up
        rows[number] *= up[::-1]
    # Where more than two windows overlap, as the last one may with two before it, the sum is not 1 yet.
    sums = np.zeros(whole)
    for start, row in zip(starts, rows, strict=True):
        sums[start : start + size] += row
    return np.array([row / sums[start : start + size] for start, row in zip(starts, rows, strict=True)])


def sliding_windows_for(spec: InputSpec | None, shape: tuple[int, ...]) -> SlidingWindows | None:
    """Return the windows that a card specifies over a grid; None for the whole grid at once."""
    if spec is None or not spec.window or len(shape) != len(spec.window):
        return None
    size = tuple(min(window, whole) for window, whole in zip(spec.window, shape, strict=True))
    if size == tuple(shape):
        return None
    step = spec.multiple
    overlap = tuple(int(spec.overlap * number / step) * step for number in size)
    return SlidingWindows(tuple(shape), size, overlap)


def sliding_window_logits(
    model: Model,
    x: torch.Tensor,
    windows: SlidingWindows,
    device: torch.device | str = "cpu",
    progress: Progress | None = None,
) -> torch.Tensor:
    """Compute the outputs for an input window by window, blended on the CPU.

    Memory: that of one window on the device, and the blended outputs.

    Parameters
    ----------
    model
        From (1, C, spatial...) to (1, classes, spatial...), possibly on a coarser grid.
    x
        (1, C, spatial...), on any device; one window at a time is moved to ``device``.
    windows
        Windows over the spatial axes of ``x``.
    device
        Device of the computation.
    progress
        Updated for every window, and checked for cancellation before each.

    Returns
    -------
    float32 (1, classes, spatial...).

    Raises
    ------
    ModelError
        The network does not take a window, or does not return a grid.
    Cancelled
        Cancelled through ``progress``.
    """
    import torch

    progress = progress or Progress()
    joined: torch.Tensor | None = None
    answers = windows
    for number, window in enumerate(windows.slices()):
        progress.step(number, len(windows), f"window {number + 1} of {len(windows)}")
        piece = crop_window(x, window).to(device)
        with torch.no_grad():
            answer = model.logits(piece).float().cpu()
        if joined is None:
            if answer.dim() != x.dim():
                raise ModelError(
                    model.card.name, "answers with no grid", "only dense predictions can be made in windows"
                )
            answers = windows.on_output_grid(tuple(answer.shape[2:]))
            there = list(answers.slices())
            joined = torch.zeros((1, answer.shape[1], *answers.shape))
        weights = torch.from_numpy(answers.weights(there[number]))
        joined[(slice(None), slice(None), *there[number])] += answer * weights
    progress.step(1, 1, "windows joined")
    assert joined is not None
    return joined


def crop_window(x: torch.Tensor, window: WindowSlices) -> torch.Tensor:
    """Return a copy of one window of (N, C, spatial...)."""
    return x[(slice(None), slice(None), *window)].clone()
