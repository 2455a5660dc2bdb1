"""Sliding-window inference for inputs larger than the network's window: overlapping windows and blending.

For networks with an output at every voxel. Along each axis the weights of all windows sum to 1 at every
voxel. With linear blending a window's weight is 0 in the outer third of the overlap with its neighbour, 1 in
the inner third, and linear in between. Outputs next to a window's edge thus do not count: if the receptive
field extends at most a third of the overlap to each side, the result equals that for the whole input.
Networks with a larger receptive field, or with normalisation over the input, give different outputs in
windows.

Gaussian blending, even steps and mirroring are those of nnU-Net (Isensee et al. 2021): the weights are a
Gaussian around the window's centre with a standard deviation of an eighth of its size, the windows are evenly
spaced, and every window is also run mirrored along all combinations of the mirrored axes; the outputs are
mirrored back and averaged.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, combinations, pairwise, product
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from viewer.errors import ModelError
from viewer.models.input_spec import Blending, InputSpec, Placement, WindowSteps
from viewer.progress import Progress

if TYPE_CHECKING:
    import torch

    from viewer.models.model import Model

WindowSlices = tuple[slice, ...]

GAUSSIAN_WIDTH = 1 / 8
"""Standard deviation of Gaussian weights, as a fraction of the window's size, as in nnU-Net."""


@dataclass(frozen=True)
class SlidingWindows:
    """Windows of one size over a grid, and the mirrorings in which each of them is run.

    Parameters
    ----------
    shape
        Size of the whole grid along its spatial axes.
    size
        Size of a window. A window that is larger than the grid extends beyond it on both sides: the input is
        zero-padded there, and outputs there are discarded.
    overlap
        Voxels shared by neighbours. With fixed steps, it is an integer, and the last window may share more;
        with even steps, neighbours share at least as many, up to rounding. At most half of a window's size
        with linear blending, otherwise less than its size.
    blending
        Weights of a window's outputs.
    steps
        Positions of the windows.
    mirror_axes
        Spatial axes along which the windows are mirrored, counted from 0.
    """

    shape: tuple[int, ...]
    size: tuple[int, ...]
    overlap: tuple[float, ...]
    blending: Blending = Blending.LINEAR
    steps: WindowSteps = WindowSteps.FIXED
    mirror_axes: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for grid_size, size, overlap in zip(self.shape, self.size, self.overlap, strict=True):
            covered = 2 * overlap if self.blending is Blending.LINEAR else overlap
            if not (size > 0 and 0 <= overlap < size and covered <= size):
                raise ValueError(f"windows of {size} with {overlap} in common over {grid_size} voxels")

    @cached_property
    def starts(self) -> tuple[tuple[int, ...], ...]:
        """Start indices of the windows along each axis."""
        make_starts = _even_starts if self.steps is WindowSteps.EVEN else _fixed_starts
        return tuple(
            make_starts(grid_size - size, size - overlap)
            for grid_size, size, overlap in zip(self.shape, self.size, self.overlap, strict=True)
        )

    def __len__(self) -> int:
        return int(np.prod([len(starts) for starts in self.starts]))

    @property
    def covers_grid(self) -> bool:
        """Whether the only window is the whole grid."""
        return self.size == self.shape

    @property
    def mirrorings(self) -> tuple[tuple[int, ...], ...]:
        """All combinations of the mirrored axes, starting with none."""
        sizes = range(len(self.mirror_axes) + 1)
        return tuple(chain.from_iterable(combinations(self.mirror_axes, size) for size in sizes))

    def slices(self) -> Iterator[WindowSlices]:
        """Yield the slices of every window; they begin below 0 if a window is larger than the grid."""
        for corner in product(*self.starts):
            yield tuple(slice(start, start + size) for start, size in zip(corner, self.size, strict=True))

    def weights(self, window: WindowSlices) -> npt.NDArray[np.float32]:
        """Return each voxel's weight in one window, shape ``size``; weights sum to 1 over all windows.

        Weights of voxels outside of the grid are 0.
        """
        window_weights = np.ones((), dtype=np.float64)
        for axis, span in enumerate(window):
            row = self._axis_weights[axis][self.starts[axis].index(span.start)]
            window_weights = window_weights[..., None] * row
        return window_weights.astype(np.float32)

    @cached_property
    def _axis_weights(self) -> tuple[npt.NDArray[np.float64], ...]:
        """Weights of every window along every axis.

        The weights of a window are a product over the axes, and the windows form a grid: they sum to 1 at
        every voxel if they do along each axis.
        """
        rows = []
        for starts, size, grid_size in zip(self.starts, self.size, self.shape, strict=True):
            if self.blending is Blending.LINEAR:
                row = _linear_rows(starts, size)
            else:
                row = np.tile(gaussian_weights(size), (len(starts), 1))
            rows.append(_normalise_rows(row, starts, size, grid_size))
        return tuple(rows)

    def on_output_grid(self, output_shape: tuple[int, ...]) -> SlidingWindows:
        """Return the windows on the output grid; the output for one window has the shape ``output_shape``.

        Raises
        ------
        ModelError
            The outputs of all windows do not fit on one grid.
        """
        if output_shape == self.size:
            return self
        axes = []
        for axis, output_size in enumerate(output_shape):
            grid_size, size, overlap = self.shape[axis], self.size[axis], self.overlap[axis]
            ratio = size // max(output_size, 1)
            if (
                not output_size
                or any(number % ratio for number in (grid_size, size, *self.starts[axis]))
                or size // ratio != output_size
            ):
                raise ModelError(
                    "windows",
                    f"a window of {size} voxels has an output of {output_size}",
                    "use windows and overlaps that are multiples of the network's strides",
                )
            axes.append((grid_size // ratio, output_size, overlap / ratio))
        shape, sizes, overlaps = zip(*axes, strict=True)
        return replace(self, shape=shape, size=sizes, overlap=overlaps)

    def describe(self) -> str:
        """Return a description of the windows, for a note."""
        size = "×".join(map(str, self.size))
        blending = {Blending.LINEAR: "", Blending.GAUSSIAN: ", Gaussian weights"}[self.blending]
        count = len(self.mirrorings)
        mirror_text = f", each mirrored in {count} ways" if count > 1 else ""
        return f"windows of {size} voxels{blending}{mirror_text}"


def _fixed_starts(last_start: int, step: float) -> tuple[int, ...]:
    """Return starts in steps of one size; the last window ends at the end of the grid."""
    if last_start < 0:
        return _centred_start(last_start)
    return (*range(0, last_start, int(step)), last_start)


def _even_starts(last_start: int, step: float) -> tuple[int, ...]:
    """Return evenly spaced starts, as few as steps of at most ``step`` allow (nnU-Net)."""
    if last_start < 0:
        return _centred_start(last_start)
    intervals = math.ceil(last_start / step)
    starts = [round(last_start / intervals * index) for index in range(intervals + 1)] if intervals else [0]
    return tuple(dict.fromkeys(starts))  # windows of one voxel could otherwise have the same start twice


def _centred_start(last_start: int) -> tuple[int]:
    """Return the start of a window that is larger than the grid by ``-last_start``, centred on the grid."""
    return (-(-last_start // 2),)


def gaussian_weights(size: int) -> npt.NDArray[np.float64]:
    """Return Gaussian weights of a window along one axis, 1 at its centre voxel ``size // 2`` (nnU-Net)."""
    distance = np.arange(size) - size // 2
    weights: npt.NDArray[np.float64] = np.exp(-0.5 * (distance / (GAUSSIAN_WIDTH * size)) ** 2)
    return weights


def _linear_rows(starts: tuple[int, ...], size: int) -> npt.NDArray[np.float64]:
    positions = np.arange(size) + 0.5
    rows = np.ones((len(starts), size))
    for index, (start, next_start) in enumerate(pairwise(starts)):
        overlap = start + size - next_start
        if not overlap:
            continue
        ramp = np.clip(3 * positions / overlap - 1, 0, 1)
        rows[index + 1] *= ramp
        rows[index] *= ramp[::-1]
    return rows


def _normalise_rows(
    rows: npt.NDArray[np.float64], starts: tuple[int, ...], size: int, grid_size: int
) -> npt.NDArray[np.float64]:
    """Return weights that sum to 1 at every voxel, for any number of overlapping windows; 0 outside."""
    sums = np.zeros(grid_size)
    normalised = np.zeros((len(starts), size))
    parts = [_overlap(slice(start, start + size), grid_size) for start in starts]
    for row, (grid_part, window_part) in zip(rows, parts, strict=True):
        sums[grid_part] += row[window_part]
    for row, weights, (grid_part, window_part) in zip(rows, normalised, parts, strict=True):
        weights[window_part] = row[window_part] / sums[grid_part]
    return normalised


def _overlap(window_slice: slice, grid_size: int) -> tuple[slice, slice]:
    """Return the part of a window inside the grid along one axis: as slices of the grid and of the window."""
    start, end = max(window_slice.start, 0), min(window_slice.stop, grid_size)
    return slice(start, end), slice(start - window_slice.start, end - window_slice.start)


def overlap_slices(window: WindowSlices, shape: Sequence[int]) -> tuple[WindowSlices, WindowSlices]:
    """Return the part of a window inside a grid: as slices of the grid and of the window."""
    pairs = [_overlap(span, grid_size) for span, grid_size in zip(window, shape, strict=True)]
    return tuple(grid_part for grid_part, _ in pairs), tuple(window_part for _, window_part in pairs)


def make_sliding_windows(spec: InputSpec | None, shape: tuple[int, ...]) -> SlidingWindows | None:
    """Return the windows that a card specifies over a grid, or None for one pass over the whole grid.

    If the network is run mirrored but without windows, the whole grid is one window.
    """
    if spec is None or len(shape) != spec.dimensions or not (spec.window or spec.mirror_axes):
        return None
    size = tuple(spec.window or shape)
    if spec.placement is not Placement.NONZERO:
        size = tuple(min(window, grid_size) for window, grid_size in zip(size, shape, strict=True))
    if size == tuple(shape) and not spec.mirror_axes:
        return None
    step = spec.multiple
    overlap: tuple[float, ...] = tuple(spec.overlap * length for length in size)
    if spec.steps is WindowSteps.FIXED:
        overlap = tuple(int(common / step) * step for common in overlap)
    return SlidingWindows(tuple(shape), size, overlap, spec.blending, spec.steps, spec.mirror_axes)


def sliding_window_logits(
    model: Model,
    x: torch.Tensor,
    windows: SlidingWindows,
    device: torch.device | str = "cpu",
    progress: Progress | None = None,
) -> torch.Tensor:
    """Compute the outputs for an input window by window, blended on the CPU.

    Needs memory for one window on the device, and for the blended outputs on the CPU.

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
        The network does not accept a window, or does not return a grid.
    Cancelled
        Cancelled through ``progress``.
    """
    import torch

    progress = progress or Progress()
    blended: torch.Tensor | None = None
    output_windows = windows
    mirrorings = windows.mirrorings
    count = len(windows) * len(mirrorings)
    for index, (window, axes) in enumerate(product(windows.slices(), mirrorings)):
        progress.step(index, count, pass_message(index, len(windows), len(mirrorings)))
        patch = crop_window(x, window, axes).to(device)
        with torch.no_grad():
            output = model.logits(patch).float().cpu()
        if blended is None:
            if output.dim() != x.dim():
                raise ModelError(
                    model.card.name, "returns no grid", "only dense predictions can be made in windows"
                )
            output_windows = windows.on_output_grid(tuple(output.shape[2:]))
            output_slices = list(output_windows.slices())
            blended = torch.zeros((1, output.shape[1], *output_windows.shape))
        output_window = output_slices[index // len(mirrorings)]
        weights = torch.from_numpy(output_windows.weights(output_window)) / len(mirrorings)
        grid_part, window_part = overlap_slices(output_window, output_windows.shape)
        blended[(slice(None), slice(None), *grid_part)] += (mirror(output, axes) * weights)[
            (slice(None), slice(None), *window_part)
        ]
    progress.step(1, 1, "windows joined")
    assert blended is not None
    return blended


def pass_message(pass_index: int, window_count: int, mirroring_count: int) -> str:
    """Return the progress message of a pass; all mirrorings of a window are consecutive."""
    message = f"window {pass_index // mirroring_count + 1} of {window_count}"
    return (
        message
        if mirroring_count == 1
        else f"{message}, mirrored {pass_index % mirroring_count + 1} of {mirroring_count}"
    )


def crop_window(x: torch.Tensor, window: WindowSlices, mirror_axes: tuple[int, ...] = ()) -> torch.Tensor:
    """Return a copy of one window of (N, C, spatial...), mirrored along some spatial axes; 0 outside."""
    grid_part, window_part = overlap_slices(window, x.shape[2:])
    patch = x[(slice(None), slice(None), *grid_part)]
    size = [span.stop - span.start for span in window]
    if patch.shape[2:] == tuple(size):
        return mirror(patch.clone(), mirror_axes)
    padded = x.new_zeros((*x.shape[:2], *size))
    padded[(slice(None), slice(None), *window_part)] = patch
    return mirror(padded, mirror_axes)


def mirror(x: torch.Tensor, axes: tuple[int, ...]) -> torch.Tensor:
    """Return (N, C, spatial...) mirrored along some spatial axes, counted from 0."""
    return x.flip([axis + 2 for axis in axes]) if axes else x
