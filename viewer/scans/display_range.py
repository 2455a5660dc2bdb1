"""Display range of a scan: the values drawn as black and white, by robust percentiles."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

WHITE = 99.7
"""Percentile of the voxels above air for white: few bright voxels, as in vessels, do not darken the rest."""
AIR = 0.5
"""Percentile of all voxels for black if air is drawn."""
DARK_TISSUE = 2.0
"""Percentile of the tissue near which black is set if air is not drawn."""
BELOW_TISSUE = 0.15
"""Distance of black below that percentile, as a share of its distance to the median: keeps the darkest
tissue visible."""


def display_range(
    data: npt.NDArray[np.floating], tissue_mask: npt.NDArray[np.bool_] | None = None
) -> tuple[float, float]:
    """Compute the values that are drawn as black and white, from a sample of the scan.

    White is the same percentile of the foreground in both cases. Black depends on the picture: slices show
    air, which is black; on the box's walls and in thumbnails, air is left out or dimmed, and black is just
    below the darkest tissue, for more contrast within the tissue.

    Parameters
    ----------
    data
        Values of the scan, three-dimensional.
    tissue_mask
        Mask of the head or brain, of the same shape, if air is not drawn; None if it is.

    Returns
    -------
    tuple of float
        Black and white; white is larger than black. Tissue of a single value is halfway between them.
    """
    if tissue_mask is None:
        values = data[::3, ::3, ::3].ravel()
        black = float(np.percentile(values, AIR))
        bright = values[values > black]
        white = float(np.percentile(bright, WHITE)) if bright.size else black + 1.0
        return black, white if white > black else black + 1.0
    values = data[::2, ::2, ::2][tissue_mask[::2, ::2, ::2]]
    if not values.size:
        values = data.ravel()
    dark, median, white = (float(value) for value in np.percentile(values, (DARK_TISSUE, 50.0, WHITE)))
    black = dark - BELOW_TISSUE * (median - dark)
    if white > black:
        return black, white
    half_range = max(abs(median), 1.0) / 2
    return median - half_range, median + half_range
