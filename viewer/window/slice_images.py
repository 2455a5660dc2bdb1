"""The pixels of a slice as Qt paints them: the scan as grey, maps as colour over it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

from viewer.scene.slice_plane import SlicePlane
from viewer.window.overlay import Overlay

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from viewer.scans.scan import Scan


def grey_image(scan: Scan, shown: SlicePlane, point: Sequence[float], low: float, high: float) -> QImage:
    """The scan's slice through a point in mm, with the values from ``low`` to ``high`` as black to white."""
    from viewer.scene.slice_colormapping import to_grey

    return _image(to_grey(shown.extract_slice(scan.data, point), low, high), QImage.Format.Format_Grayscale8)


def overlay_image(overlay: Overlay, shown: SlicePlane, point: Sequence[float]) -> QImage:
    """A map's slice through a point in mm, clear where it is not drawn."""
    pixels = overlay.pixels(shown.extract_slice(overlay.values, point))
    return _image(pixels, QImage.Format.Format_ARGB32_Premultiplied)


def lies_on(overlay: Overlay, scan: Scan) -> bool:
    """Whether an overlay has a value for every voxel of a scan; one made for another scan need not."""
    return overlay.values.shape == scan.grid.shape


class Kept:
    """An image that is made anew only where what it is made of has changed."""

    def __init__(self) -> None:
        self._key: tuple[object, ...] = ()
        self._image: QImage | None = None

    def of(self, key: tuple[object, ...], make: Callable[[], QImage]) -> QImage:
        """The image of a key: the one that is there, or else what ``make`` answers."""
        if self._image is None or key != self._key:
            self._image, self._key = make(), key
        return self._image

    def forget(self) -> None:
        """Keep nothing."""
        self._image, self._key = None, ()


class SliceImages:
    """The images of one view: the last slice of the scan, and of each of two maps."""

    def __init__(self) -> None:
        self._grey, self._first, self._second = Kept(), Kept(), Kept()

    def forget(self) -> None:
        """Make everything anew the next time."""
        for kept in (self._grey, self._first, self._second):
            kept.forget()

    def grey(self, scan: Scan, shown: SlicePlane, point: Sequence[float], low: float, high: float) -> QImage:
        """The scan's slice through a point in mm, as `grey_image` makes it."""
        key = (scan, shown.index(point), (low, high), shown.across_grows)
        return self._grey.of(key, partial(grey_image, scan, shown, point, low, high))

    def overlays(
        self,
        scan: Scan,
        shown: SlicePlane,
        point: Sequence[float],
        first: Overlay | None,
        second: Overlay | None,
        share: float | None,
    ) -> list[tuple[QImage, float]]:
        """The maps' slices through a point in mm, from below, and how much of each is seen.

        ``share`` is how much of the second map is seen in place of the first, 0 to 1; None shows both. It
        says nothing where there is no second map.
        """
        if second is None:
            share = 0.0
        parts = (1.0, 1.0) if share is None else (1.0 - share, share)
        found = []
        for overlay, kept, part in zip((first, second), (self._first, self._second), parts, strict=True):
            if overlay is not None and part > 0 and lies_on(overlay, scan):
                key = (overlay, shown.index(point), shown.across_grows)
                found.append((kept.of(key, partial(overlay_image, overlay, shown, point)), part))
        return found


def _image(pixels: npt.NDArray[np.generic], kind: QImage.Format) -> QImage:
    rows, columns = pixels.shape
    # A copy, because Qt does not keep the array whose memory it would else paint from.
    return QImage(pixels.data, columns, rows, pixels.strides[0], kind).copy()
