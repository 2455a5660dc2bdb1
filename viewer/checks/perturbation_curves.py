"""Deletion and insertion curves: patches removed from a scan, or restored, in the order given by a map."""

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
    """Cubes (squares in two dimensions) that tile the grid and contain part of the head.

    Parameters
    ----------
    labels
        int64, shape (spatial...): the index of each voxel's patch, -1 outside all patches.
    count
        Number of patches.
    """

    labels: Places
    count: int

    def sums(self, values: npt.ArrayLike) -> Doubles:
        """Sum values over each patch, shape (count,)."""
        in_patch = self.labels >= 0
        weights = np.asarray(values, dtype=np.float64)[in_patch]
        return np.asarray(np.bincount(self.labels[in_patch], weights, self.count), dtype=np.float64)

    def ranks(self, values: npt.ArrayLike, rng: np.random.Generator) -> Places:
        """Return each patch's rank by descending sum; ties are broken at random."""
        order = np.lexsort((rng.random(self.count), -self.sums(values)))
        ranks = np.empty(self.count, dtype=np.int64)
        ranks[order] = np.arange(self.count)
        return ranks

    def first_patches(self, ranks: Places, count: int) -> Mask:
        """Return the mask of the patches with the first ``count`` ranks."""
        is_first = np.append(ranks < count, False)
        return np.asarray(is_first[self.labels])


def make_patches(foreground: Mask, edge: int) -> PatchGrid:
    """Return patches ``edge`` voxels wide; with an edge of 1 every voxel is a patch."""
    index = np.zeros(foreground.shape, dtype=np.int64)
    for axis, size in enumerate(foreground.shape):
        positions = np.arange(size) // edge
        shape = [-1 if other == axis else 1 for other in range(foreground.ndim)]
        index = index * (int(positions[-1]) + 1) + positions.reshape(shape)
    occupied = np.unique(index[foreground])
    labels = np.full(int(index.max()) + 1, -1, dtype=np.int64)
    labels[occupied] = np.arange(occupied.size)
    return PatchGrid(labels[index], int(occupied.size))


@dataclass(frozen=True, eq=False)
class PerturbationCurve:
    """Outputs of the network along a curve; ``shares`` of the patches are removed, or restored."""

    shares: Doubles
    scores: Doubles
    probabilities: Doubles | None

    @property
    def area(self) -> float:
        """Area under the curve of S, divided by its length."""
        return float(np.trapezoid(self.scores, self.shares) / self.shares[-1])

    @property
    def probability_area(self) -> float | None:
        """Area under the curve of the class's probability, divided by its length."""
        if self.probabilities is None:
            return None
        return float(np.trapezoid(self.probabilities, self.shares) / self.shares[-1])


@dataclass(frozen=True)
class PerturbationPlan:
    """Parameters of deletion and insertion curves.

    Parameters
    ----------
    edge
        Edge length of a patch, in voxels.
    fill
        Kind of `Fill` for removed patches.
    steps, max_share
        After step k of K, (k/K)² of ``max_share`` of the patches are removed: finer steps at the beginning.
    """

    edge: int
    fill: str
    steps: int
    max_share: float

    @property
    def shares(self) -> Doubles:
        """Share of the patches removed after each step, from 0 to ``max_share``."""
        return np.asarray(self.max_share * (np.arange(self.steps + 1) / self.steps) ** 2)

    @property
    def forward_passes(self) -> int:
        """Number of forward passes for both curves of one order."""
        return 2 * self.steps + 1


def deletion_curve(
    context: CheckContext, patches: PatchGrid, ranks: Places, plan: PerturbationPlan, progress: Progress
) -> PerturbationCurve:
    """Compute the outputs as patches are removed from the scan, in the order of their ranks."""
    fill = make_filler(context, plan.fill)
    counts = np.round(plan.shares * patches.count).astype(int)

    def remove_patches(step: int) -> torch.Tensor:
        return fill(patches.first_patches(ranks, int(counts[step + 1])))

    outputs = context.score_inputs(remove_patches, plan.steps, progress)
    score, probability = context.original_scores
    probabilities = (
        None
        if outputs.probabilities is None or probability is None
        else np.append(probability, outputs.probabilities)
    )
    return PerturbationCurve(plan.shares, np.append(score, outputs.scores), probabilities)


def insertion_curve(
    context: CheckContext, patches: PatchGrid, ranks: Places, plan: PerturbationPlan, progress: Progress
) -> PerturbationCurve:
    """Compute the outputs as patches are restored, starting from the scan with all of them filled."""
    fill = make_filler(context, plan.fill)
    counts = np.round(plan.shares * patches.count).astype(int)

    def restore_patches(step: int) -> torch.Tensor:
        return fill((patches.labels >= 0) & ~patches.first_patches(ranks, int(counts[step])))

    outputs = context.score_inputs(restore_patches, plan.steps + 1, progress)
    return PerturbationCurve(plan.shares, outputs.scores, outputs.probabilities)


def both_curves(
    context: CheckContext, patches: PatchGrid, ranks: Places, plan: PerturbationPlan, progress: Progress
) -> tuple[PerturbationCurve, PerturbationCurve]:
    """Compute deletion and insertion in one order."""
    return (
        deletion_curve(context, patches, ranks, plan, progress.subtask(0, 0.5)),
        insertion_curve(context, patches, ranks, plan, progress.subtask(0.5, 1)),
    )


def random_curves(
    context: CheckContext, patches: PatchGrid, plan: PerturbationPlan, draws: int, progress: Progress
) -> tuple[tuple[PerturbationCurve, PerturbationCurve], ...]:
    """Compute both curves in random orders, once for all maps of a scan."""

    def compute_curves() -> tuple[tuple[PerturbationCurve, PerturbationCurve], ...]:
        curves = []
        for index in range(draws):
            ranks = context.make_generator(71, index).permutation(patches.count)
            subtask = progress.subtask(index / draws, (index + 1) / draws, "random order")
            curves.append(both_curves(context, patches, ranks, plan, subtask))
        return tuple(curves)

    return context.cached(("random curves", plan, draws), compute_curves)


def mean_curve(curves: tuple[PerturbationCurve, ...]) -> PerturbationCurve:
    """Return the mean curve."""
    scores = np.mean([curve.scores for curve in curves], axis=0)
    probabilities = [curve.probabilities for curve in curves if curve.probabilities is not None]
    return replace(
        curves[0], scores=scores, probabilities=np.mean(probabilities, axis=0) if probabilities else None
    )
