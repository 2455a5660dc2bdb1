"""Voxelwise t map of a study by linear regression."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from viewer.scans.masked_matrix import MaskedMatrix

Array = npt.NDArray[np.float64]


def t_map(matrix: MaskedMatrix, y: Array, basis: Array) -> Array:
    """Compute Student's t of every voxel's regression on ``y``, shape (I,), as SPM does.

    Parameters
    ----------
    matrix
        Scans from which the nuisance regressors were removed.
    y
        Regressor of interest, shape (J,).
    basis
        Orthonormal nuisance regressors, shape (J, columns); they are removed from ``y``, too, and reduce the
        degrees of freedom.
    """
    left = y - basis @ (basis.T @ y)
    left /= np.linalg.norm(left)
    freedom = matrix.scan_count - basis.shape[1] - 1
    found = np.empty(matrix.voxel_count)
    width = 65536
    for begin in range(0, matrix.voxel_count, width):
        x = np.asarray(matrix.values[:, begin : begin + width], dtype=np.float64)
        slope = left @ x
        rest = np.maximum((x * x).sum(axis=0) - slope * slope, np.finfo(np.float64).tiny)
        found[begin : begin + width] = slope * np.sqrt(freedom / rest)
    return found
