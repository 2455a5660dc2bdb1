"""The display range of a scan: which values are drawn black and white, by robust percentiles."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

WHITE = 99.7
"""Percentile of the voxels that are not air: few bright ones, such as vessels, do not darken the rest."""
AIR = 0.5
"""Percentile of all voxels that is black where air is drawn."""
DARK_TISSUE = 2.0
"""Percentile of the tissue, near which black lies where air is not drawn."""
BELOW_TISSUE = 0.15
"""How far below it, as a share of its distance to the median: the darkest tissue stays to be seen."""


def display_range(
    data: npt.NDArray[np.floating], tissue: npt.NDArray[np.bool_] | None = None
) -> tuple[float, float]:
    """Compute the values that are drawn black and white, from a sample of the scan.

    White is the same percentile of the foreground in both cases. Black differs by what the picture shows: a
    slice shows air, too, which is black; on the box's walls and in thumbnails air is left out or dimmed, and
    black lies just below the darkest tissue, for more contrast within it.

    Parameters
    ----------
    data
        The scan's values, three-dimensional.
    tissue
        Mask of the head or brain, of the same shape, where air is not drawn; None where it is.

    Returns
    -------
    tuple of float
        Black and white; white is larger than black. Tissue of a single value lies halfway between them.
    """
    if tissue is None:
        values = data[::3, ::3, ::3].ravel()
        black = float(np.percentile(values, AIR))
        bright = values[values > black]
        white = float(np.percentile(bright, WHITE)) if bright.size else black + 1.0
        return black, white if white > black else black + 1.0
    values = data[::2, ::2, ::2][tissue[::2, ::2, ::2]]
    if not values.size:
        values = data.ravel()
    dark, middle, white = (float(value) for value in np.percentile(values, (DARK_TISSUE, 50.0, WHITE)))
    black = dark - BELOW_TISSUE * (middle - dark)
    if white > black:
        return black, white
    reach = max(abs(middle), 1.0) / 2
    return middle - reach, middle + reach
