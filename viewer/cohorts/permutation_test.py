"""Mass-univariate test by permutation, with family-wise error control, streamed over voxels.

The statistic is t of the variable in a linear model with confounds, at every voxel. Its family-wise corrected
p is the share of permutations in which the largest |t| of all voxels is at least as large (max-T; Nichols and
Holmes 2002), or the largest |TFCE|. Confounds are regressed out of data and variable first, and permuted
with the variable; a variable without variance, the mean, is tested by random signs. The scheme and the random
numbers are those of `nilearn.mass_univariate.permuted_ols`, which gives the same results but holds several
copies of all subjects' data in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from viewer.progress import Progress

Doubles = npt.NDArray[np.float64]
Columns = Callable[[slice], npt.NDArray[np.floating]]
Enhance = Callable[[Doubles], Doubles]

BLOCK_VALUES = 1 << 22
"""Number of values in a block of columns: 32 MB in float64."""

BATCH_BYTES = 1 << 28
"""Memory for the maps of the permutations that are enhanced in one pass over the data."""

RANK_TOLERANCE = 1e-12

MIN_REST = 1e-12
"""Share of a column's sum of squares that must be left unexplained; less is rounding error."""


@dataclass(frozen=True, eq=False)
class Design:
    """Variable to test and confounds, of n scans.

    Parameters
    ----------
    tested
        Shape (n,). A constant tests whether the mean differs from 0.
    confounds
        Shape (n, k); a constant column is added unless the variable is constant itself.
    """

    tested: Doubles
    confounds: Doubles

    @property
    def tests_mean(self) -> bool:
        """Whether the variable is constant, so that the mean is tested."""
        return float(np.ptp(self.tested)) == 0

    @cached_property
    def basis(self) -> Doubles:
        """Orthonormal basis of the confounds, shape (n, rank)."""
        columns = self.confounds.reshape(len(self.tested), -1)
        if not self.tests_mean:
            columns = np.hstack([columns, np.ones((len(self.tested), 1))])
        if not columns.shape[1]:
            return np.zeros((len(self.tested), 0))
        u, s, _ = np.linalg.svd(columns, full_matrices=False)
        return np.ascontiguousarray(u[:, s > RANK_TOLERANCE])

    @cached_property
    def normalised_residual(self) -> Doubles:
        """Residual of the variable after regressing out the confounds, of norm 1, shape (n,)."""
        scaled = self.tested / np.linalg.norm(self.tested)
        residual = scaled - self.basis @ (self.basis.T @ scaled)
        return np.asarray(residual / np.linalg.norm(residual))

    @property
    def degrees_of_freedom(self) -> int:
        """Number of scans minus the number of estimated coefficients."""
        return int(len(self.tested) - self.basis.shape[1] - 1)

    @property
    def is_estimable(self) -> bool:
        """Whether the confounds do not fully explain the variable, and degrees of freedom are left."""
        scaled = self.tested / max(float(np.linalg.norm(self.tested)), RANK_TOLERANCE)
        residual = scaled - self.basis @ (self.basis.T @ scaled)
        return float(np.linalg.norm(residual)) > 1e-8 and self.degrees_of_freedom > 0


@dataclass(frozen=True, eq=False)
class PermutationResult:
    """Result for every voxel, shape (voxels,).

    Parameters
    ----------
    t
        Statistic; 0 where it is undefined, because the model leaves no residual variance.
    p
        Family-wise corrected p of |t|; None without permutations.
    tfce, p_tfce
        Enhanced statistic and its corrected p; None if not requested.
    max_statistics
        Largest |t| of each permutation.
    """

    t: Doubles
    p: Doubles | None
    tfce: Doubles | None
    p_tfce: Doubles | None
    max_statistics: Doubles


def permutation_test(
    columns: Columns,
    voxel_count: int,
    design: Design,
    permutations: int,
    seed: int = 0,
    enhance: Enhance | None = None,
    progress: Progress | None = None,
) -> PermutationResult:
    """Test the variable of a design at every voxel.

    Parameters
    ----------
    columns
        Function that returns the values of all scans at a range of voxels, shape (n, voxels of the range).
    voxel_count
        Number of voxels.
    design
        Variable and confounds.
    permutations
        Number of permutations; p is at least 1 / (permutations + 1).
    seed
        Seed of the permutations.
    enhance
        Function that enhances the t of all voxels, shape (voxels,), for example by TFCE; None omits this.
    progress
        Receives the progress and can cancel.
    """
    progress = progress or Progress()
    scans = len(design.tested)
    width = max(BLOCK_VALUES // scans, 1)
    blocks = [slice(start, min(start + width, voxel_count)) for start in range(0, voxel_count, width)]
    t = np.concatenate(
        [_t_statistics(_residualise(columns(block), design), design)[:, 0] for block in blocks]
    )
    enhanced = None if enhance is None else enhance(t)
    batch_size = permutations if enhance is None else max(1, BATCH_BYTES // (8 * voxel_count))
    batch_size = max(
        1, min(batch_size, BLOCK_VALUES // (scans * (1 + design.basis.shape[1])) or 1, permutations)
    )
    largest, largest_enhanced = [], []
    batches = -(-permutations // batch_size) if permutations else 0
    for batch_index, orders in enumerate(_permutation_batches(design, permutations, seed, batch_size)):
        maxima = np.zeros(orders.count)
        maps = [] if enhance is None else [np.empty((0, orders.count))]
        for index, block in enumerate(blocks):
            progress.step(
                batch_index + (index / len(blocks) if enhance is None else 0.0), batches, "Permuting"
            )
            values = _t_statistics(_residualise(columns(block), design), design, orders)
            maxima = np.maximum(maxima, np.abs(values).max(axis=0, initial=0.0))
            if enhance is not None:
                maps.append(values)
        largest.append(maxima)
        if enhance is not None:
            for index, statistic in enumerate(np.concatenate(maps).T):
                # Enhancing takes nearly all of the time.
                progress.step(batch_index + index / orders.count, batches, "Permuting")
                largest_enhanced.append(float(np.abs(enhance(statistic)).max(initial=0.0)))
    null = np.concatenate(largest) if largest else np.empty(0)
    return PermutationResult(
        t,
        corrected_p(t, null) if permutations else None,
        enhanced,
        corrected_p(enhanced, np.array(largest_enhanced)) if enhanced is not None and permutations else None,
        null,
    )


def corrected_p(values: Doubles, max_statistics: Doubles) -> Doubles:
    """Return the share of permutations, the data itself included, whose largest |value| is at least
    |value|.
    """
    ascending = np.sort(max_statistics)
    below = np.searchsorted(ascending, np.abs(values), side="left")
    return np.asarray((len(ascending) + 1 - below) / (len(ascending) + 1), dtype=np.float64)


@dataclass(frozen=True, eq=False)
class _PermutationBatch:
    """Variables (n, count) and bases (n, rank, count) of a batch of permutations."""

    variables: Doubles
    bases: Doubles

    @property
    def count(self) -> int:
        return int(self.variables.shape[1])


def _permutation_batches(
    design: Design, permutations: int, seed: int, size: int
) -> Iterator[_PermutationBatch]:
    """Yield the permutations in batches; each continues from the previous one, as in nilearn."""
    # permuted_ols seeds its one chunk with a number drawn from the given seed.
    rng = np.random.RandomState(np.random.RandomState(seed).randint(1, np.iinfo(np.int32).max - 1))
    scans = len(design.tested)
    order, signs = np.arange(scans), np.ones((scans, 1))
    for start in range(0, permutations, size):
        variables, bases = [], []
        for _ in range(min(size, permutations - start)):
            if design.tests_mean:
                signs = signs * (rng.randint(2, size=(scans, 1)) * 2 - 1)
            else:
                order = order[rng.permutation(scans)]
            variables.append(design.normalised_residual[order] * signs[:, 0])
            bases.append(design.basis[order] * signs)
        yield _PermutationBatch(np.stack(variables, axis=-1), np.stack(bases, axis=-1))


def _residualise(values: npt.NDArray[np.floating], design: Design) -> Doubles:
    """Return data (n, voxels) with the confounds regressed out, every column of norm 1; constant ones 0."""
    data = np.asarray(values, dtype=np.float64)
    data = data / _nonzero_norms(data)
    residuals = data - design.basis @ (design.basis.T @ data)
    norms = np.linalg.norm(residuals, axis=0)
    # The residual of a column that the confounds explain entirely is rounding error.
    residuals[:, norms < 1e-10] = 0.0
    return np.asarray(residuals / _nonzero_norms(residuals))


def _nonzero_norms(data: Doubles) -> Doubles:
    norms = np.linalg.norm(data, axis=0)
    return np.where(norms > 0, norms, 1.0)


def _t_statistics(residuals: Doubles, design: Design, batch: _PermutationBatch | None = None) -> Doubles:
    """Return t of every column for every permutation, shape (voxels, permutations)."""
    if batch is None:
        batch = _PermutationBatch(design.normalised_residual[:, None], design.basis[:, :, None])
    slopes = residuals.T @ batch.variables
    scans, rank, count = batch.bases.shape
    explained = residuals.T @ batch.bases.reshape(scans, rank * count)
    residual = 1.0 - (explained.reshape(len(slopes), rank, count) ** 2).sum(axis=1) - slopes**2
    # Without residual variance, as in a constant column when the mean is tested, t is undefined.
    is_defined = residual > MIN_REST
    return np.where(
        is_defined, slopes * np.sqrt(design.degrees_of_freedom / np.where(is_defined, residual, 1.0)), 0.0
    )
