"""Gaussian smoothing of a map for display, the same for figures, tables and meshes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from viewer.scans.grid import Grid

Floats = npt.NDArray[np.float32]


def gaussian_smooth(values: Floats, grid: Grid, fwhm: float) -> Floats:
    """Smooth values with a Gaussian of ``fwhm`` mm full width at half maximum; 0 for no smoothing.

    Non-finite values, and those outside the grid, count as 0.
    """
    finite = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    if fwhm <= 0:
        return finite
    from scipy.ndimage import gaussian_filter

    sigma = fwhm / np.sqrt(8.0 * np.log(2.0)) / grid.spacing
    blurred: Floats = gaussian_filter(finite, sigma, mode="constant")
    return blurred
