"""Estimate of the noise level of an image."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from viewer.scans.foreground import foreground_mask
from viewer.scans.scan import Scan

NORMAL_MEDIAN = 0.6745
"""Median of |x| of a standard normal distribution."""


def noise_level(scan: Scan) -> float:
    """Estimate the standard deviation of white noise in the head, in the image's units.

    It is the median absolute value of the finest Haar wavelet coefficients within the head, divided by 0.6745
    (Donoho 1995; for MR images, Coupé et al. 2010). For interpolated and smoothed images, it is lower than
    the noise of the scanner.
    """
    inside = foreground_mask(scan.data) & (scan.data != 0)
    values, pairs_inside = (
        _combine_neighbours(scan.data.astype(np.float64), np.subtract),
        _combine_neighbours(inside, np.logical_and),
    )
    differences = np.abs(values[pairs_inside.astype(bool)])
    return float(np.median(differences)) / NORMAL_MEDIAN if differences.size else 0.0


def _combine_neighbours(values: npt.NDArray[np.generic], operation: np.ufunc) -> npt.NDArray[np.generic]:
    """Combine pairs of neighbours along axes of at least two voxels; differences keep the noise's SD."""
    for axis, size in enumerate(values.shape):
        if size < 2:
            continue
        first, second = (values.take(range(start, size - size % 2, 2), axis) for start in (0, 1))
        values = operation(first, second)
        if operation is np.subtract:
            values = values / np.sqrt(2)
    return values
