"""Similarity of maps, and agreement of a map with a mask: correlations, SSIM, Dice and area under ROC."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from viewer.scans.threshold import top_membership

Doubles = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

TOP_SHARE = 0.05
"""Share of the foreground's voxels that count as a map's strongest."""

SSIM_WINDOW = 7
K1, K2 = 0.01, 0.03
"""The two constants of structural similarity in Wang et al. 2004."""


def spearman_correlation(a: npt.ArrayLike, b: npt.ArrayLike) -> float:
    """Compute Spearman's rank correlation, with the mean rank for ties; NaN for a constant map."""
    from scipy.stats import rankdata

    return pearson_correlation(rankdata(a), rankdata(b))


def structural_similarity(a: npt.ArrayLike, b: npt.ArrayLike, mask: Mask) -> float:
    """Compute the mean structural similarity of |a| and |b|, each divided by its maximum.

    Wang et al. 2004, eq. 13, with uniform windows of 7 voxels along each axis and sample covariances. The
    mean is over the windows that fit into the grid and whose centre lies in ``mask``. NaN if an axis has
    fewer than 7 voxels.
    """
    from scipy.ndimage import uniform_filter

    x, y = (_scale_to_maximum(values) for values in (a, b))
    if min(x.shape) < SSIM_WINDOW:
        return float("nan")
    count = SSIM_WINDOW**x.ndim
    unbiased = count / (count - 1)
    mean_x, mean_y = uniform_filter(x, SSIM_WINDOW), uniform_filter(y, SSIM_WINDOW)
    var_x = unbiased * (uniform_filter(x * x, SSIM_WINDOW) - mean_x * mean_x)
    var_y = unbiased * (uniform_filter(y * y, SSIM_WINDOW) - mean_y * mean_y)
    covariance = unbiased * (uniform_filter(x * y, SSIM_WINDOW) - mean_x * mean_y)
    c1, c2 = K1**2, K2**2
    similarity = (2 * mean_x * mean_y + c1) * (2 * covariance + c2)
    similarity /= (mean_x**2 + mean_y**2 + c1) * (var_x + var_y + c2)
    edge = (SSIM_WINDOW - 1) // 2
    interior = tuple(slice(edge, size - edge) for size in x.shape)
    selected = similarity[interior][mask[interior]]
    return float(selected.mean()) if selected.size else float("nan")


def _scale_to_maximum(values: npt.ArrayLike) -> Doubles:
    magnitude = np.abs(np.asarray(values, dtype=np.float64))
    largest = magnitude.max(initial=0.0)
    return magnitude / largest if largest > 0 else magnitude


def dice_of_strongest(a: npt.ArrayLike, b: npt.ArrayLike, mask: Mask, share: float = TOP_SHARE) -> float:
    """Compute the Dice coefficient of the strongest voxels of |a| and |b| inside a mask, 0 to 1.

    Voxels tied at the smallest of these values are counted in part, as in
    `viewer.checks.map_comparison.MapPair.dice`.
    """
    count = max(1, round(share * int(mask.sum())))
    first, second = (top_membership(np.abs(np.asarray(values))[mask], count) for values in (a, b))
    return float(np.minimum(first, second).sum()) / count


def dice_of_strongest_chance(
    a: npt.ArrayLike, b: npt.ArrayLike, mask: Mask, share: float = TOP_SHARE
) -> float:
    """Return the chance level of `dice_of_strongest`: its mean over random orders of one map's voxels.

    Without ties it equals ``share``; tied voxels are counted in part, which raises it.
    """
    size = int(mask.sum())
    count = max(1, round(share * size))
    (first, of_first), (second, of_second) = (
        np.unique(top_membership(np.abs(np.asarray(values))[mask], count), return_counts=True)
        for values in (a, b)
    )
    return float(of_first @ np.minimum.outer(first, second) @ of_second) / (size * count)


def relative_change(before: npt.ArrayLike, after: npt.ArrayLike) -> float:
    """Compute ‖after − before‖₂ / ‖before‖₂; 0 for no change, infinite if only ``before`` is zero."""
    first, second = (np.asarray(values, dtype=np.float64) for values in (before, after))
    norm = float(np.linalg.norm(first))
    change = float(np.linalg.norm(second - first))
    return change / norm if norm else float("inf") if change else 0.0


def pearson_correlation(a: npt.ArrayLike, b: npt.ArrayLike) -> float:
    """Compute Pearson's correlation in float64; NaN if one argument is constant."""
    x, y = (np.asarray(values, dtype=np.float64).ravel() for values in (a, b))
    x, y = x - x.mean(), y - y.mean()
    scale = float(np.linalg.norm(x) * np.linalg.norm(y))
    return float(np.clip(x @ y / scale, -1.0, 1.0)) if scale > 0 else float("nan")


def area_under_roc_curve(values: npt.ArrayLike, mask: Mask) -> float:
    """Compute the area under the ROC curve of values that predict a mask.

    It is the share of pairs (voxel inside, voxel outside) in which the first value is larger; ties count as
    one half. 1 is perfect, 0.5 is chance. NaN if the mask is empty or full.
    """
    from scipy.stats import rankdata

    ranks = rankdata(np.asarray(values, dtype=np.float64))
    inside, outside = int(mask.sum()), int((~mask).sum())
    if not inside or not outside:
        return float("nan")
    return float((ranks[mask].sum() - inside * (inside + 1) / 2) / (inside * outside))


def dice_of_mask(values: npt.ArrayLike, mask: Mask) -> float:
    """Compute the Dice coefficient of a mask and as many of the largest values; its mean over ties."""
    count = int(mask.sum())
    if not count:
        return float("nan")
    return float(top_membership(values, count)[mask].sum()) / count
