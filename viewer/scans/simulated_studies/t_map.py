"""The t map of a study: what voxelwise regression would show of the same scans."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from viewer.scans.masked_matrix import MaskedMatrix

Array = npt.NDArray[np.float64]


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
