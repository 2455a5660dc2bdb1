"""Feature visualizations as images: drawn in grey on the scan's grid, like a scan."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from viewer.scans.map import Map
from viewer.scans.resample import resample
from viewer.scans.scan import Scan
from viewer.scene.render_data import ScanRenderData
from viewer.scene.slice_colormapping import to_grey


def image_range(shown: Map) -> tuple[float, float]:
    """Return the values of an image that are drawn black and white; its median is drawn as mid-grey.

    Most voxels of a unit's image keep their initial value; the few that the unit responds to differ from it.
    """
    values = np.nan_to_num(shown.data)
    middle = float(np.median(values))
    reach = float(np.abs(values - middle).max())
    return (middle - reach, middle + reach) if reach > 0 else (middle - 1.0, middle + 1.0)


def image_scan(shown: Map, scan: Scan) -> Scan:
    """Return the image on the scan's grid, black outside the network's field of view.

    Raises
    ------
    ViewerError
        The image has no spatial coordinates.
    """
    return _resample_to_scan(shown, scan)[0]


def image_render_data(shown: Map, scan: Scan, over: ScanRenderData) -> tuple[Scan, ScanRenderData]:
    """Return the image on the scan's grid, and its render data for the walls of the scan's box.

    Parameters
    ----------
    shown
        The image, on the network's grid.
    scan, over
        The scan beside which it is shown, and its render data.

    Raises
    ------
    ViewerError
        The image has no spatial coordinates.
    """
    image, inside = _resample_to_scan(shown, scan)
    cover = np.where(inside, np.uint8(255), np.uint8(0))
    shades = to_grey(image.data, *image_range(shown))
    found = replace(over, name=shown.name, brightness=shades, mask_alpha=cover, middle_slices=())
    return image, found.with_middle_slices()


def _resample_to_scan(shown: Map, scan: Scan) -> tuple[Scan, np.ndarray]:
    """Resample onto the scan's grid; also return the network's field of view, bool."""
    from viewer.errors import ScanError

    if shown.grid is None:
        raise ScanError(shown.name, "is the image of a bare tensor, which has no spatial coordinates")
    values = np.nan_to_num(shown.data)
    inside = resample(np.ones(values.shape, dtype=np.float32), shown.grid, scan.grid) >= 0.5
    data = np.where(inside, resample(values, shown.grid, scan.grid), np.float32(image_range(shown)[0]))
    return Scan(data.astype(np.float32), scan.grid, shown.name), inside
