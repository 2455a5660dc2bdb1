"""Deletion and insertion: patches taken out of a scan, or put back into it, in the order that a map gives."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from viewer.checks.context import CheckContext, Doubles, Mask
from viewer.checks.infill import make_filler
from viewer.progress import Progress

if TYPE_CHECKING:
    import torch

Places = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class PatchGrid:
    """Cubes (squares in two dimensions) that tile the grid, those that hold some of the head.

    Parameters
    ----------
    labels
        int64, shape (spatial...): the number of each voxel's patch, -1 outside of all of them.
    count
        How many there are.
    """

    labels: Places
    count: int

    def sums(self, values: npt.ArrayLike) -> Doubles:
        """The values summed over each patch, shape (count,)."""
        inside = self.labels >= 0
        weights = np.asarray(values, dtype=np.float64)[inside]
        return np.asarray(np.bincount(self.labels[inside], weights, self.count), dtype=np.float64)

    def ranks(self, values: npt.ArrayLike, draw: np.random.Generator) -> Places:
        """Each patch's place in the order of falling sums; patches with one sum are drawn."""
        order = np.lexsort((draw.random(self.count), -self.sums(values)))
        ranks = np.empty(self.count, dtype=np.int64)
        ranks[order] = np.arange(self.count)
        return ranks

    def first_patches(self, ranks: Places, number: int) -> Mask:
        """The voxels of the first patches."""
        chosen = np.append(ranks < number, False)
        return np.asarray(chosen[self.labels])


def make_patches(foreground: Mask, edge: int) -> PatchGrid:
    """Patches ``edge`` voxels wide; an edge of 1 takes every voxel for itself."""
    index = np.zeros(foreground.shape, dtype=np.int64)
    for axis, size in enumerate(foreground.shape):
        along = np.arange(size) // edge
        shape = [-1 if other == axis else 1 for other in range(foreground.ndim)]
        index = index * (int(along[-1]) + 1) + along.reshape(shape)
    used = np.unique(index[foreground])
    found = np.full(int(index.max()) + 1, -1, dtype=np.int64)
    found[used] = np.arange(used.size)
    return PatchGrid(found[index], int(used.size))


@dataclass(frozen=True, eq=False)
class PerturbationCurve:
    """What the network says on the way; ``shares`` of the patches are taken out, or put back."""

    shares: Doubles
    scores: Doubles
    probabilities: Doubles | None

    @property
    def area(self) -> float:
        """The mean of S along the way: the area below the curve, over its length."""
        return float(np.trapezoid(self.scores, self.shares) / self.shares[-1])

    @property
    def probability_area(self) -> float | None:
        """The mean of the class's probability along the way."""
        if self.probabilities is None:
            return None
        return float(np.trapezoid(self.probabilities, self.shares) / self.shares[-1])


@dataclass(frozen=True)
class PerturbationPlan:
    """How patches are taken away.

    Parameters
    ----------
    edge
        Of a patch, in voxels.
    fill
        What they are filled with.
    steps, reach
        After step k of K, (k/K)² of ``reach`` of the patches are gone: steps are finer at the beginning.
    """

    edge: int
    fill: str
    steps: int
    reach: float

    @property
    def shares(self) -> Doubles:
        """The share of the patches that is gone after each step, from 0 to ``reach``."""
        return np.asarray(self.reach * (np.arange(self.steps + 1) / self.steps) ** 2)

    @property
    def forward_passes(self) -> int:
        """How often the network is asked for both curves of one order."""
        return 2 * self.steps + 1


def deletion_curve(
    context: CheckContext, tiles: PatchGrid, ranks: Places, way: PerturbationPlan, progress: Progress
) -> PerturbationCurve:
    """What the network says as patches are taken out of the whole scan, the first ranks first."""
    fill = make_filler(context, way.fill)
    numbers = np.round(way.shares * tiles.count).astype(int)

    def without(step: int) -> torch.Tensor:
        return fill(tiles.first_patches(ranks, int(numbers[step + 1])))

    made = context.score_inputs(without, way.steps, progress)
    score, share = context.original_scores
    chances = None if made.probabilities is None or share is None else np.append(share, made.probabilities)
    return PerturbationCurve(way.shares, np.append(score, made.scores), chances)


def insertion_curve(
    context: CheckContext, tiles: PatchGrid, ranks: Places, way: PerturbationPlan, progress: Progress
) -> PerturbationCurve:
    """What the network says as patches are put back into the scan with all of them filled."""
    fill = make_filler(context, way.fill)
    numbers = np.round(way.shares * tiles.count).astype(int)

    def put_back(step: int) -> torch.Tensor:
        return fill((tiles.labels >= 0) & ~tiles.first_patches(ranks, int(numbers[step])))

    made = context.score_inputs(put_back, way.steps + 1, progress)
    return PerturbationCurve(way.shares, made.scores, made.probabilities)


def both_curves(
    context: CheckContext, tiles: PatchGrid, ranks: Places, way: PerturbationPlan, progress: Progress
) -> tuple[PerturbationCurve, PerturbationCurve]:
    """Deletion and insertion in one order."""
    return (
        deletion_curve(context, tiles, ranks, way, progress.subtask(0, 0.5)),
        insertion_curve(context, tiles, ranks, way, progress.subtask(0.5, 1)),
    )


def random_curves(
    context: CheckContext, tiles: PatchGrid, way: PerturbationPlan, draws: int, progress: Progress
) -> tuple[tuple[PerturbationCurve, PerturbationCurve], ...]:
    """The same in random orders; computed once for a subject, whatever maps are checked."""

    def make() -> tuple[tuple[PerturbationCurve, PerturbationCurve], ...]:
        found = []
        for number in range(draws):
            ranks = context.make_generator(71, number).permutation(tiles.count)
            part = progress.subtask(number / draws, (number + 1) / draws, "random order")
            found.append(both_curves(context, tiles, ranks, way, part))
        return tuple(found)

    return context.cached(("random curves", way, draws), make)


def mean_curve(curves: tuple[PerturbationCurve, ...]) -> PerturbationCurve:
    """Their mean at every step."""
    scores = np.mean([one.scores for one in curves], axis=0)
    chances = [one.probabilities for one in curves if one.probabilities is not None]
    return replace(curves[0], scores=scores, probabilities=np.mean(chances, axis=0) if chances else None)
