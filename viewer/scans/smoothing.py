"""Gaussian smoothing of a map for display, the same for figures, tables and meshes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from viewer.scans.grid import Grid

Floats = npt.NDArray[np.float32]


def gaussian_smooth(values: Floats, grid: Grid, fwhm: float) -> Floats:
    """Smooth values by a Gaussian with a full width at half maximum of ``fwhm`` mm; 0 does not smooth.

    Values that are not finite, and those beyond the grid, count as 0.
    """
    finite = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    if fwhm <= 0:
        return finite
    from scipy.ndimage import gaussian_filter

    sigma = fwhm / np.sqrt(8.0 * np.log(2.0)) / grid.spacing
    blurred: Floats = gaussian_filter(finite, sigma, mode="constant")
    return blurred
