"""Opacity by certainty: a mean over members is more transparent where it is small relative to their SD."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from viewer.errors import ViewerError
from viewer.scans.grid import Grid
from viewer.scans.map import Map
from viewer.scans.smoothing import gaussian_smooth
from viewer.session.view import View

if TYPE_CHECKING:
    from viewer.scene.isosurface import Surface

Floats = npt.NDArray[np.float32]

FULL_AT = 2.0
"""|mean| / SD at which a value becomes opaque: mean ± 2 SD, about 95 % of members, does not include 0."""

MIN_OPACITY = 0.1
"""Opacity where the mean is 0; above 0, so that such values stay visible."""


def certainty_opacity(saliency_map: Map, smoothing: float = 0.0) -> Floats | None:
    """Return the opacity of every voxel, 0 to 1, float32, shape ``grid.shape``; None without an SD.

    It grows linearly with the certainty |mean| / SD (`viewer.Map.certainty`) up to `FULL_AT`.

    Parameters
    ----------
    saliency_map
        A map on a grid.
    smoothing
        Full width at half maximum in mm, as for the map that is drawn with it.
    """
    certainty = saliency_map.certainty
    if certainty is None or saliency_map.grid is None:
        return None
    fraction = np.clip(certainty / np.float32(FULL_AT), 0, 1)
    opacity = np.float32(MIN_OPACITY) + np.float32(1 - MIN_OPACITY) * fraction
    return gaussian_smooth(opacity.astype(np.float32), saliency_map.grid, smoothing)


def check_certainty(maps: Sequence[Map], view: View) -> None:
    """Raise ViewerError if a view fades uncertain values and a map has no SD."""
    if not view.by_certainty:
        return
    for saliency_map in maps:
        if saliency_map.sd is None:
            raise ViewerError(
                saliency_map.name,
                "has no standard deviation, so the certainty of its values is unknown",
                "compute it with --uncertainty, which writes MAP_sd.nii.gz beside MAP.nii.gz",
            )


def opacity_at(surface: Surface, opacity: Floats, grid: Grid) -> Floats:
    """Return the opacity at a surface's vertices, shape (n,); outside the grid, that of the nearest voxel."""
    from scipy import ndimage

    positions = grid.to_voxel(surface.vertices)
    sampled = ndimage.map_coordinates(opacity, positions.T, order=1, mode="nearest")
    return np.asarray(sampled, dtype=np.float32)


def fade_pixels(pixels: npt.NDArray[np.uint32], opacity: Floats) -> npt.NDArray[np.uint32]:
    """Return premultiplied ARGB pixels multiplied by an opacity of their shape, 0 to 1."""
    factors = np.clip(opacity, 0, 1)
    channels = (
        np.rint((pixels >> shift & 255) * factors).astype(np.uint32) << shift for shift in (24, 16, 8, 0)
    )
    faded = np.zeros_like(pixels)
    for channel in channels:
        faded |= channel
    return faded
