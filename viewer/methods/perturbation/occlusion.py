"""Occlusion: slide a window over the scan and measure the change of the output when it is filled."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from viewer.errors import MethodError
from viewer.methods.base import (
    Attribution,
    ExplanationRequest,
    Family,
    PerSampleMethod,
    Requirement,
    parameter,
)
from viewer.methods.perturbation.fill import FillMethod
from viewer.methods.perturbation.incremental_scorer import IncrementalScorer, find_incremental
from viewer.methods.perturbation.window_size import SIZES_HELP, WindowSize
from viewer.number_format import format_count

if TYPE_CHECKING:
    import torch


Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class WindowGrid:
    """Windows of one size at every ``stride``-th voxel; those that extend beyond the end are clipped.

    Parameters
    ----------
    space
        Voxels along each axis.
    window, stride
        In voxels along each axis. A window is no longer than its axis.
    """

    space: tuple[int, ...]
    window: tuple[int, ...]
    stride: tuple[int, ...]

    @cached_property
    def size(self) -> tuple[int, ...]:
        """Size of a window in voxels along each axis."""
        return tuple(map(min, self.window, self.space))

    @cached_property
    def counts(self) -> tuple[int, ...]:
        """Number of windows along each axis."""
        return tuple(
            math.ceil((length - width) / step) + 1
            for length, width, step in zip(self.space, self.size, self.stride, strict=True)
        )

    def __len__(self) -> int:
        return math.prod(self.counts)

    def start_voxels(self, window_indices: Integers) -> Integers:
        """Return the first voxel of windows, given their indices (n, axes) in the grid of windows."""
        return window_indices * np.array(self.stride, dtype=np.int64)

    def refinement_rounds(self) -> list[tuple[int, Integers]]:
        """Return the windows' indices (n, axes), coarse to fine, each once: a step and its windows per round.

        After a round, every window whose indices are multiples of its step has been processed.
        """
        positions = np.stack(np.unravel_index(np.arange(len(self)), self.counts), -1)
        step = 1
        while 2 * step < max(self.counts):
            step *= 2
        rounds, visited = [], np.zeros(len(positions), dtype=bool)
        while step >= 1:
            current = (positions % step == 0).all(1)
            rounds.append((step, positions[current & ~visited]))
            visited |= current
            step //= 2
        return rounds

    def average_over_windows(self, effects: Floats) -> Floats:
        """Compute each voxel's mean of the ``effects`` of the windows containing it, of the shape `space`."""
        sums, counts = effects, np.ones(self.counts)
        sizes = zip(self.space, self.size, self.counts, self.stride, strict=True)
        for axis, (length, width, count, step) in enumerate(sizes):
            first = np.arange(count)[:, None] * step
            voxels = np.arange(length)
            inside = ((voxels >= first) & (voxels < first + width)).astype(np.float64)
            sums, counts = (
                np.moveaxis(np.tensordot(array, inside, (axis, 0)), -1, axis) for array in (sums, counts)
            )
        return sums / counts

    def fill_unknown(self, effects: Floats, known: npt.NDArray[np.bool_], step: int) -> Floats:
        """Return effects at all windows; unknown ones are taken from a preceding window on a coarser grid.

        ``step`` is that of the current round: windows at multiples of twice the step are known.
        """
        coarse = np.ix_(*(np.arange(count) // (2 * step) * (2 * step) for count in self.counts))
        return np.where(known, effects, effects[coarse])


MAX_BATCH = 8
"""Windows per batch of the incremental forward pass: more would exceed the CPU caches."""

SECONDS_BETWEEN_PREVIEWS = 1.0
"""Seconds between two intermediate maps."""


@dataclass(frozen=True)
class Occlusion(PerSampleMethod, FillMethod):
    """R = mean over the windows that contain a voxel of S(x) − S(x without it) (Zeiler and Fergus 2014).

    If the network is local, only the values that a window can affect are recomputed; the map is the same.
    """

    name: ClassVar[str] = "occlusion"
    title: ClassVar[str] = "Occlusion"
    family: ClassVar[Family] = Family.PERTURBATION
    requirements: ClassVar[frozenset[Requirement]] = frozenset({Requirement.FORWARD})
    source: ClassVar[str] = "Zeiler and Fergus 2014; Ayyar et al. 2021, section 2.1"
    description: ClassVar[str] = "how much the output falls when the region around a voxel is occluded"
    limitations: ClassVar[str] = (
        "detect redundant evidence, nor distinguish missing evidence from an unnatural-looking scan"
    )
    not_for: ClassVar[str] = (
        "To outline findings much smaller than the window, or if two places carry the same evidence: "
        "removing one changes little."
    )

    window: int | str | tuple[int, ...] = parameter(16, f"edges of the window: {SIZES_HELP}", sizes=True)
    stride: int | str | tuple[int, ...] = parameter(
        8, "distance between neighbouring windows, in the format of the window's edges", sizes=True
    )
    local: bool = parameter(
        True, ("recompute only what a window can affect, if the network allows it; the map is the same")
    )

    def explain_sample(self, request: ExplanationRequest) -> Attribution:
        """Compute effects (1, 1, spatial...) in units of the output; (1, features) if not spatial.

        Raises
        ------
        MethodError
            The windows' sizes do not fit the image, or leave gaps.
        """
        fill = self.make_fill(request)
        x = request.x
        windows = self._make_windows(request)
        scorer = find_incremental(request) if self.local else None
        forward = (
            FullForward(request, fill, windows)
            if scorer is None
            else IncrementalForward(request, fill, windows, scorer)
        )
        effects = np.zeros(windows.counts)
        computed = np.zeros(windows.counts, dtype=bool)
        completed, last_preview = 0, time.monotonic()
        for step, positions in windows.refinement_rounds():
            for indices, scores in forward.score_windows(positions):
                effects[tuple(indices.T)] = forward.original_score - scores
                computed[tuple(indices.T)] = True
                completed += len(indices)
                request.progress.step(completed, len(windows), f"window {completed} of {len(windows)}")
                if time.monotonic() - last_preview > SECONDS_BETWEEN_PREVIEWS:
                    last_preview = time.monotonic()
                    preview = windows.fill_unknown(effects, computed, step)
                    request.progress.report_partial(Attribution(self._to_map(windows, preview, x)))
        size = "×".join(map(str, windows.size))
        note = f"{format_count(len(windows), 'window')} of {size} voxels; {forward.note}"
        return Attribution(self._to_map(windows, effects, x), None, (note, *forward.notes))

    def _make_windows(self, request: ExplanationRequest) -> WindowGrid:
        """Return the windows of the request's input, or of its features if it is not spatial.

        Raises
        ------
        MethodError
            The sizes do not fit the image, or leave gaps.
        """
        x = request.x
        space = tuple(x.shape[2:] or x.shape[1:])
        window, stride = (
            WindowSize.parse(value, f"{self.name}, {name}").voxels(
                len(space), request.grid, f"{self.name}, {name}"
            )
            for name, value in (("window", self.window), ("stride", self.stride))
        )
        if any(step > width for step, width in zip(stride, window, strict=True)):
            window_text, stride_text = ("×".join(map(str, sizes)) for sizes in (window, stride))
            raise MethodError(
                self.name,
                f"windows of {window_text} voxels every {stride_text} voxels leave gaps",
                "use a stride no larger than the window",
            )
        return WindowGrid(space, window, stride)

    def _to_map(self, windows: WindowGrid, effects: Floats, x: torch.Tensor) -> torch.Tensor:
        import torch

        values = torch.from_numpy(windows.average_over_windows(effects)).to(x.dtype).to(x.device)
        return values[None, None] if x.dim() > 2 else values[None]


class FullForward:
    """Scores of windows by running the whole network on every changed input."""

    note = "the whole network was run for each"

    def __init__(self, request: ExplanationRequest, fill: torch.Tensor, windows: WindowGrid) -> None:
        from viewer.methods.perturbation.scorer import BatchScorer

        self._x, self._fill, self._windows = request.x, fill, windows
        self._scorer = BatchScorer(request)
        self.original_score = self._scorer.original_score

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes, if memory ran out."""
        return self._scorer.notes

    def score_windows(self, window_indices: Integers) -> Iterator[tuple[Integers, Floats]]:
        """Yield some of the windows, and S without them, until all are done."""
        starts = self._windows.start_voxels(window_indices)

        def make_inputs(start: int, stop: int) -> torch.Tensor:
            inputs = self._x.repeat(stop - start, *(1,) * (self._x.dim() - 1))
            for index, corner in enumerate(starts[start:stop].tolist()):
                box: Any = (
                    ...,
                    *(slice(low, low + width) for low, width in zip(corner, self._windows.size, strict=True)),
                )
                inputs[index][box] = self._fill[0][box]
            return inputs

        for start, scores in self._scorer.iterate_scores(len(window_indices), make_inputs):
            yield window_indices[start : start + len(scores)], scores.numpy()


class IncrementalForward:
    """Scores of windows by recomputing what they can affect; see `incremental_network`."""

    note = "only the part of the network that each can affect was run again"

    def __init__(
        self,
        request: ExplanationRequest,
        fill: torch.Tensor,
        windows: WindowGrid,
        scorer: IncrementalScorer,
    ) -> None:
        self._request, self._fill, self._windows = request, fill, windows
        self._scorer = scorer
        self.original_score = scorer.original_score
        self.notes: tuple[str, ...] = ()

    def score_windows(self, window_indices: Integers) -> Iterator[tuple[Integers, Floats]]:
        """Yield some of the windows, and S without them, until all are done."""
        import torch

        from viewer.jobs.memory import AdaptiveBatches
        from viewer.methods.perturbation.incremental_operators import Patch, gather_patches

        x, size = self._request.x, self._windows.size
        starts = self._windows.start_voxels(window_indices)
        clipped = np.minimum(starts, np.array(x.shape[2:]) - np.array(size))

        def score_batch(start: int, stop: int) -> tuple[Integers, Floats]:
            # A window that extends beyond the end starts earlier, with the original values in the added part.
            boxes = clipped[start:stop]
            patches = gather_patches(x, None, boxes, size)
            filled = gather_patches(self._fill, None, boxes, size)
            unchanged = torch.zeros(len(boxes), dtype=torch.bool)
            for index, overhang in enumerate((starts[start:stop] - boxes).tolist()):
                window = (slice(None), *(slice(offset, None) for offset in overhang))
                unchanged[index] = bool((patches[index][window] == filled[index][window]).all())
                patches[index][window] = filled[index][window]
            scores = np.full(len(boxes), self.original_score)
            changed = np.flatnonzero(~unchanged.numpy())
            if len(changed):
                patch = Patch(patches[torch.from_numpy(changed).to(patches.device)], boxes[changed])
                scores[changed] = self._scorer.score(patch)
            return window_indices[start:stop], scores

        batches = AdaptiveBatches(len(window_indices), MAX_BATCH)
        yield from batches.run(score_batch)
        self.notes = self.notes or batches.notes
