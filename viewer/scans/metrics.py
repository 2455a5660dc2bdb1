"""Similarity of maps, and how well a map finds a mask: correlations, SSIM, Dice, area under the ROC curve."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from viewer.scans.threshold import top_membership

Doubles = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

TOP_SHARE = 0.05
"""The share of the foreground's voxels that counts as a map's strongest."""

SSIM_WINDOW = 7
K1, K2 = 0.01, 0.03
"""The two constants of structural similarity, as Wang et al. 2004 have them."""


def spearman_correlation(a: npt.ArrayLike, b: npt.ArrayLike) -> float:
    """Correlation of ranks; equal values share their ranks' mean. Not a number for a constant map."""
    from scipy.stats import rankdata

    return pearson_correlation(rankdata(a), rankdata(b))


def structural_similarity(a: npt.ArrayLike, b: npt.ArrayLike, inside: Mask) -> float:
    """Mean structural similarity of |a| and |b|, each over its own maximum (Wang et al. 2004, eq. 13).

    Windows of 7 voxels along each axis, all weighted alike, sample covariances; the mean is over the windows
    whose centre lies in ``inside`` and that fit into the grid. Not a number where an axis has less than 7.
    """
    from scipy.ndimage import uniform_filter

    x, y = (_scale_to_maximum(values) for values in (a, b))
    if min(x.shape) < SSIM_WINDOW:
        return float("nan")
    count = SSIM_WINDOW**x.ndim
    sample = count / (count - 1)
    mean_x, mean_y = uniform_filter(x, SSIM_WINDOW), uniform_filter(y, SSIM_WINDOW)
    var_x = sample * (uniform_filter(x * x, SSIM_WINDOW) - mean_x * mean_x)
    var_y = sample * (uniform_filter(y * y, SSIM_WINDOW) - mean_y * mean_y)
    both = sample * (uniform_filter(x * y, SSIM_WINDOW) - mean_x * mean_y)
    c1, c2 = K1**2, K2**2
    found = (2 * mean_x * mean_y + c1) * (2 * both + c2)
    found /= (mean_x**2 + mean_y**2 + c1) * (var_x + var_y + c2)
    edge = (SSIM_WINDOW - 1) // 2
    middle = tuple(slice(edge, size - edge) for size in x.shape)
    chosen = found[middle][inside[middle]]
    return float(chosen.mean()) if chosen.size else float("nan")


def _scale_to_maximum(values: npt.ArrayLike) -> Doubles:
    size = np.abs(np.asarray(values, dtype=np.float64))
    largest = size.max(initial=0.0)
    return size / largest if largest > 0 else size


def dice_of_strongest(a: npt.ArrayLike, b: npt.ArrayLike, inside: Mask, share: float = TOP_SHARE) -> float:
    """Dice's coefficient of the strongest voxels of |a| and |b| among those of ``inside``, 0 to 1.

    Voxels that are tied at the last place are counted in parts, as in
    `viewer.checks.map_comparison.MapPair.overlap`.
    """
    count = max(1, round(share * int(inside.sum())))
    first, second = (top_membership(np.abs(np.asarray(values))[inside], count) for values in (a, b))
    return float(np.minimum(first, second).sum()) / count


def dice_of_strongest_chance(
    a: npt.ArrayLike, b: npt.ArrayLike, inside: Mask, share: float = TOP_SHARE
) -> float:
    """Return the mean of `dice_of_strongest` with the voxels of one map in a random order.

    Without ties it is the share; tied voxels are among the strongest in part, and overlap more often.
    """
    size = int(inside.sum())
    count = max(1, round(share * size))
    (first, of_first), (second, of_second) = (
        np.unique(top_membership(np.abs(np.asarray(values))[inside], count), return_counts=True)
        for values in (a, b)
    )
    return float(of_first @ np.minimum.outer(first, second) @ of_second) / (size * count)


def relative_change(before: npt.ArrayLike, after: npt.ArrayLike) -> float:
    """‖after − before‖₂ / ‖before‖₂: 0 is none. Infinite where there was nothing before."""
    first, second = (np.asarray(values, dtype=np.float64) for values in (before, after))
    size = float(np.linalg.norm(first))
    change = float(np.linalg.norm(second - first))
    return change / size if size else float("inf") if change else 0.0


def pearson_correlation(a: npt.ArrayLike, b: npt.ArrayLike) -> float:
    """Pearson's correlation in double precision; not a number where one of them is constant."""
    x, y = (np.asarray(values, dtype=np.float64).ravel() for values in (a, b))
    x, y = x - x.mean(), y - y.mean()
    scale = float(np.linalg.norm(x) * np.linalg.norm(y))
    return float(np.clip(x @ y / scale, -1.0, 1.0)) if scale > 0 else float("nan")


def area_under_roc_curve(values: npt.ArrayLike, mask: Mask) -> float:
    """Return the share of pairs of a voxel in the mask and one outside in which the first is larger.

    Ties count a half. 1 is perfect, 0.5 is chance.
    """
    from scipy.stats import rankdata

    ranks = rankdata(np.asarray(values, dtype=np.float64))
    inside, outside = int(mask.sum()), int((~mask).sum())
    if not inside or not outside:
        return float("nan")
    return float((ranks[mask].sum() - inside * (inside + 1) / 2) / (inside * outside))


def dice_of_mask(values: npt.ArrayLike, mask: Mask) -> float:
    """Return Dice's coefficient of a mask and as many of the largest values; its mean over ties."""
    count = int(mask.sum())
    if not count:
        return float("nan")
    return float(top_membership(values, count)[mask].sum()) / count
