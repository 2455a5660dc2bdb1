"""How well a map finds what was planted, and the map that statistics would draw of the same scans."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from viewer.scans.masked_matrix import MaskedMatrix
from viewer.scans.threshold import top_membership

Array = npt.NDArray[np.float64]
Truth = npt.NDArray[np.bool_]


def area_under_curve(values: npt.ArrayLike, truth: Truth) -> float:
    """The share of pairs of a planted and another voxel in which the planted one has the larger value.

    Ties count a half. 1 is perfect, 0.5 is chance.
    """
    from scipy.stats import rankdata

    ranks = rankdata(np.asarray(values, dtype=np.float64))
    inside, outside = int(truth.sum()), int((~truth).sum())
    if not inside or not outside:
        return float("nan")
    return float((ranks[truth].sum() - inside * (inside + 1) / 2) / (inside * outside))


def dice(values: npt.ArrayLike, truth: Truth) -> float:
    """Dice's coefficient of the planted voxels and as many of the largest values; its mean over ties."""
    count = int(truth.sum())
    if not count:
        return float("nan")
    return float(top_membership(values, count)[truth].sum()) / count


def t_map(matrix: MaskedMatrix, y: Array, basis: Array) -> Array:
    """Student's t of every voxel's regression on ``y``, shape (I,): what SPM would map.

    Parameters
    ----------
    matrix
        Scans from which the nuisance has been taken out.
    y
        What they are regressed on, shape (J,).
    basis
        The nuisance, shape (J, columns); it is taken out of ``y`` too, and costs its degrees of freedom.
    """
    left = y - basis @ (basis.T @ y)
    left /= np.linalg.norm(left)
    freedom = matrix.scans - basis.shape[1] - 1
    found = np.empty(matrix.voxels)
    width = 65536
    for begin in range(0, matrix.voxels, width):
        x = np.asarray(matrix.values[:, begin : begin + width], dtype=np.float64)
        slope = left @ x
        rest = np.maximum((x * x).sum(axis=0) - slope * slope, np.finfo(np.float64).tiny)
        found[begin : begin + width] = slope * np.sqrt(freedom / rest)
    return found
