"""Feature visualizations as images: drawn in grey on the scan's grid, like a scan."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from viewer.scans.map import Map
from viewer.scans.resample import resample
from viewer.scans.scan import Scan
from viewer.scene.render_data import ScanRenderData
from viewer.scene.slice_colormapping import to_grey


def image_range(feature_image: Map) -> tuple[float, float]:
    """Return the values of an image that are drawn black and white; its median is drawn as mid-grey.

    Most voxels of a unit's image keep their initial value; the few that the unit responds to differ from it.
    """
    values = np.nan_to_num(feature_image.data)
    median = float(np.median(values))
    half_range = float(np.abs(values - median).max())
    return (median - half_range, median + half_range) if half_range > 0 else (median - 1.0, median + 1.0)


def image_scan(feature_image: Map, scan: Scan) -> Scan:
    """Return the image on the scan's grid, black outside the network's field of view.

    Raises
    ------
    ViewerError
        The image has no spatial coordinates.
    """
    return _resample_to_scan(feature_image, scan)[0]


def image_render_data(
    feature_image: Map, scan: Scan, scan_data: ScanRenderData
) -> tuple[Scan, ScanRenderData]:
    """Return the image on the scan's grid, and its render data for the walls of the scan's box.

    Parameters
    ----------
    feature_image
        The image, on the network's grid.
    scan, scan_data
        The scan beside which it is shown, and its render data.

    Raises
    ------
    ViewerError
        The image has no spatial coordinates.
    """
    image, field_of_view = _resample_to_scan(feature_image, scan)
    alpha = np.where(field_of_view, np.uint8(255), np.uint8(0))
    grey = to_grey(image.data, *image_range(feature_image))
    render_data = replace(
        scan_data, name=feature_image.name, brightness=grey, mask_alpha=alpha, middle_slices=()
    )
    return image, render_data.with_middle_slices()


def _resample_to_scan(feature_image: Map, scan: Scan) -> tuple[Scan, np.ndarray]:
    """Resample onto the scan's grid; also return the network's field of view, bool."""
    from viewer.errors import ScanError

    if feature_image.grid is None:
        raise ScanError(feature_image.name, "is the image of a bare tensor, which has no spatial coordinates")
    values = np.nan_to_num(feature_image.data)
    field_of_view = resample(np.ones(values.shape, dtype=np.float32), feature_image.grid, scan.grid) >= 0.5
    data = np.where(
        field_of_view,
        resample(values, feature_image.grid, scan.grid),
        np.float32(image_range(feature_image)[0]),
    )
    return Scan(data.astype(np.float32), scan.grid, feature_image.name), field_of_view
