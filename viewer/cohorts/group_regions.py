"""Group analysis of the mean relevance in each region of an atlas."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from viewer.cohorts.map_matrix import MapMatrix
from viewer.cohorts.permutation_test import Design, permutation_test
from viewer.progress import Progress

Doubles = npt.NDArray[np.float64]

REGION_COLUMNS = ("region", "voxels", "mean", "effect", "low", "high", "t", "p", "p_fwe")
CONFIDENCE = 0.95


@dataclass(frozen=True)
class GroupRegionEffect:
    """Effect in one region.

    Parameters
    ----------
    region, voxels
        Name, and number of voxels on the maps' grid.
    mean
        Mean over participants of the mean relevance in the region.
    effect, low, high
        Tested coefficient and its 95 % confidence interval, in the maps' units.
    t, p, p_fwe
        Statistic, two-sided p, and p corrected for all regions by permutation.
    """

    region: str
    voxels: int
    mean: float
    effect: float
    low: float
    high: float
    t: float
    p: float
    p_fwe: float

    def as_row(self) -> tuple[str, ...]:
        """Return the entries of a table row."""
        numbers = (self.mean, self.effect, self.low, self.high, self.t, self.p, self.p_fwe)
        return (self.region, str(self.voxels), *(f"{number:.6g}" for number in numbers))


def region_effects(
    matrix: MapMatrix,
    design: Design,
    atlas: str,
    labels: str,
    permutations: int,
    seed: int,
    progress: Progress | None = None,
) -> tuple[GroupRegionEffect, ...]:
    """Return the effect in every region of an atlas, the smallest p first.

    Raises
    ------
    ScanError, MethodError
        The atlas cannot be read, or has no region in the maps.
    """
    from scipy.stats import t as student

    from viewer.methods.perturbation.segments import atlas_segments

    segments = atlas_segments(atlas, labels, matrix.grid)
    voxel_labels = segments.labels[matrix.mask]
    sizes = segments.sizes
    means = np.stack(
        [np.bincount(voxel_labels, row, len(segments) + 1)[1:] / sizes for row in matrix.values],
        dtype=np.float64,
    )
    result = permutation_test(
        lambda block: means[:, block], len(segments), design, permutations, seed, None, progress
    )
    effects = coefficients(means, design)
    degrees = design.degrees_of_freedom
    # The standard error follows from t = effect / error; a region without relevance has neither.
    errors = np.divide(effects, result.t, out=np.zeros_like(effects), where=result.t != 0)
    margins = float(student.ppf(0.5 + CONFIDENCE / 2, degrees)) * np.abs(errors)
    p = 2 * student.sf(np.abs(result.t), degrees)
    corrected = np.full(len(segments), np.nan) if result.p is None else result.p
    regions = [
        GroupRegionEffect(
            name, int(sizes[i]), float(means[:, i].mean()), float(effects[i]), float(effects[i] - margins[i]),
            float(effects[i] + margins[i]), float(result.t[i]), float(p[i]), float(corrected[i]),
        )
        for i, name in enumerate(segments.names)
    ]  # fmt: skip
    return tuple(sorted(regions, key=lambda region: (region.p, -abs(region.t))))


def coefficients(values: npt.NDArray[np.floating], design: Design) -> Doubles:
    """Return the least-squares coefficient of the tested variable for each column of ``values``."""
    residual = design.tested - design.basis @ (design.basis.T @ design.tested)
    return np.asarray(residual @ np.asarray(values, dtype=np.float64) / (residual @ residual))
