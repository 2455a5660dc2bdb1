"""A map's values blurred for display: named, chosen, and the same for the figure, the table and the mesh."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from viewer.scans.grid import Grid

Floats = npt.NDArray[np.float32]


def gaussian_smooth(values: Floats, grid: Grid, fwhm: float) -> Floats:
    """Finite values, blurred by a Gaussian ``fwhm`` mm wide at half its height; 0 leaves them as they are.

    What is not finite counts as 0, and so does what lies beyond the grid.
    """
    finite = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    if fwhm <= 0:
        return finite
    from scipy.ndimage import gaussian_filter

    sigma = fwhm / np.sqrt(8.0 * np.log(2.0)) / grid.spacing
    blurred: Floats = gaussian_filter(finite, sigma, mode="constant")
    return blurred
