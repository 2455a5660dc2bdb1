"""The pixels of slices with a map over them: greys and colours as in the window's slices."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from viewer.scans.resample import sample
from viewer.scans.scan import Scan
from viewer.scene.cutting import Cut
from viewer.scene.hues import pair
from viewer.scene.overlay import coloured, grey, grey_range, ramp
from viewer.scene.slices_layout import Place, points_of
from viewer.session.view import View

Pixels = npt.NDArray[np.uint8]

RIM = 1 / 600
"""Width of an outline over the width of the figure."""


def painted(
    scan: Scan,
    left: Cut | None,
    places: Sequence[Place],
    size: tuple[int, int],
    view: View,
    brightness: tuple[float, float] | None = None,
) -> Pixels:
    """The slices on black, uint8, shape (height, width, 3), the top row first.

    The view says the colours, their range and opacity, and whether areas or their rims are drawn.
    ``brightness`` are the values that are black and white; None takes those that suit a scan.
    """
    width, height = size
    picture = np.zeros((height, width, 3), dtype=np.uint8)
    black, white = brightness or grey_range(scan.data)
    for place in places:
        points = points_of(place)
        shade = grey(sample(scan.data, scan.grid, points), black, white)
        pixels = np.repeat(shade[:, :, None], 3, axis=2).astype(np.float32)
        if left is not None:
            values = sample(left.volume.inside, left.volume.grid, points)
            over = _over(values, left, view, max(round(width * RIM), 1))
            parts = np.stack([over >> 16 & 255, over >> 8 & 255, over & 255], axis=-1).astype(np.float32)
            pixels *= 1 - (over >> 24)[:, :, None].astype(np.float32) / 255
            pixels += parts
        rows = slice(max(place.top, 0), min(place.top + place.height, height))
        columns = slice(max(place.left, 0), min(place.left + place.width, width))
        inside = pixels[
            rows.start - place.top : rows.stop - place.top,
            columns.start - place.left : columns.stop - place.left,
        ]
        picture[rows, columns] = np.minimum(np.rint(inside), 255).astype(np.uint8)
    return picture


def _over(values: npt.NDArray[np.float32], left: Cut, view: View, rim: int) -> npt.NDArray[np.uint32]:
    """Premultiplied ARGB of values; of their rims alone, ``rim`` pixels wide, where the view asks so."""
    low, high = colour_range(left, view)
    if not view.outline:
        colours = ramps(left, view, view.opacity, view.by_value)
        return coloured(values, left.threshold, high, *colours, low=low)
    from scipy.ndimage import binary_erosion

    pixels = coloured(values, left.threshold, high, *ramps(left, view, 1.0, False), low=low)
    for sign in left.signs:
        pixels[binary_erosion((pixels > 0) & (sign * values > 0), iterations=rim, border_value=1)] = 0
    return pixels


def colour_range(left: Cut, view: View) -> tuple[float, float]:
    """The |values| of the first and of the last colour."""
    return view.display_range or (left.cutoff, left.largest)


def ramps(
    left: Cut, view: View, opacity: float, by_value: bool
) -> tuple[npt.NDArray[np.uint32] | None, npt.NDArray[np.uint32] | None]:
    """The colours of both signs, as `coloured` takes them; None for one that is not shown."""
    colours = pair(view.hues)
    positive = ramp(colours.positive, opacity, by_value) if 1 in left.signs else None
    return positive, ramp(colours.negative, opacity, by_value) if -1 in left.signs else None
