"""Rendering of slices: map overlay, slice images, crosshair, direction letters and caption."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPen

from viewer.scans.axcodes import OPPOSITE_AXCODE
from viewer.scene.slice_plane import SlicePlane, format_point
from viewer.window.translation import format_numbers

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from viewer.scans.scan import Scan


@dataclass(frozen=True, eq=False)
class Overlay:
    """Map overlay of a slice: values on the scan's grid, with threshold and colours.

    ``positive_colours`` and ``negative_colours`` are colours, or None if that sign is not shown. The colour
    range is from ``min_colour_value``, or from the threshold if it is None, to ``max_colour_value``.
    ``certainty`` is the opacity of each value by its certainty, 0 to 1; None for all opaque.
    """

    values: npt.NDArray[np.float32]
    threshold: float
    max_colour_value: float
    positive_colours: str | Sequence[str] | None
    negative_colours: str | Sequence[str] | None
    opacity: float
    min_colour_value: float | None = None
    as_outline: bool = False
    opacity_by_value: bool = False
    certainty: npt.NDArray[np.float32] | None = None

    def colour_pixels(
        self, values: npt.NDArray[np.float32], certainty: npt.NDArray[np.float32] | None = None
    ) -> npt.NDArray[np.uint32]:
        """Return thresholded and coloured values as premultiplied ARGB, multiplied by their certainty."""
        from viewer.scene.certainty import fade_pixels
        from viewer.scene.slice_colormapping import map_colours, outline

        pixels = map_colours(
            values, self.threshold, self.max_colour_value, *self.colour_tables, low=self.min_colour_value
        )
        result = outline(pixels, values) if self.as_outline else pixels
        return result if certainty is None else fade_pixels(result, certainty)

    @cached_property
    def colour_tables(self) -> tuple[npt.NDArray[np.uint32] | None, npt.NDArray[np.uint32] | None]:
        """Lookup tables of the positive and the negative colours, from the threshold on."""
        from viewer.scene.slice_colormapping import STEPS, lookup_table

        luts = [
            None if colour is None else lookup_table(colour, self.opacity, self.opacity_by_value)
            for colour in (self.positive_colours, self.negative_colours)
        ]
        if self.as_outline:
            # A contour is too thin to show shades, so it has the colour in the middle of the table.
            for lut in luts:
                if lut is not None:
                    lut[:] = lut[STEPS // 2]
        return luts[0], luts[1]


def render_scan_slice(
    scan: Scan, plane: SlicePlane, point: Sequence[float], low: float, high: float
) -> QImage:
    """Return the scan's slice through a point in mm, with ``low`` drawn black and ``high`` white."""
    from viewer.scene.slice_colormapping import to_grey

    return _to_qimage(
        to_grey(plane.extract_slice(scan.data, point), low, high), QImage.Format.Format_Grayscale8
    )


def render_overlay_slice(overlay: Overlay, plane: SlicePlane, point: Sequence[float]) -> QImage:
    """Return a map's slice through a point in mm, transparent where the map is not drawn."""
    shares = None if overlay.certainty is None else plane.extract_slice(overlay.certainty, point)
    pixels = overlay.colour_pixels(plane.extract_slice(overlay.values, point), shares)
    return _to_qimage(pixels, QImage.Format.Format_ARGB32_Premultiplied)


def is_on_grid(overlay: Overlay, scan: Scan) -> bool:
    """Return whether an overlay has the shape of a scan's grid; an overlay of another scan may not."""
    return overlay.values.shape == scan.grid.shape


class CachedImage:
    """Image that is rendered again only if its key changes."""

    def __init__(self) -> None:
        self._key: tuple[object, ...] = ()
        self._image: QImage | None = None

    def get(self, key: tuple[object, ...], render: Callable[[], QImage]) -> QImage:
        """Return the cached image of a key, or the one that ``render`` renders."""
        if self._image is None or key != self._key:
            self._image, self._key = render(), key
        return self._image

    def clear(self) -> None:
        """Clear the cache."""
        self._image, self._key = None, ()


class SliceImages:
    """Image cache of one view: the last slice of the scan and of each of two maps."""

    def __init__(self) -> None:
        self._scan_cache, self._first_cache, self._second_cache = CachedImage(), CachedImage(), CachedImage()
        self._kept_caches: list[CachedImage] = []

    def clear(self) -> None:
        """Clear all cached images."""
        for cache in (self._scan_cache, self._first_cache, self._second_cache):
            cache.clear()
        self._kept_caches.clear()

    def kept_images(
        self, scan: Scan, plane: SlicePlane, point: Sequence[float], overlays: Sequence[Overlay]
    ) -> list[tuple[QImage, float]]:
        """Return the slices of the kept maps with their opacities, the lowest first."""
        self._kept_caches += [CachedImage() for _ in range(len(overlays) - len(self._kept_caches))]
        images = []
        for overlay, cache in zip(overlays, self._kept_caches, strict=False):
            if is_on_grid(overlay, scan):
                key = (overlay, plane.slice_index(point), plane.index_grows_right)
                images.append((cache.get(key, partial(render_overlay_slice, overlay, plane, point)), 1.0))
        return images

    def scan_image(
        self, scan: Scan, plane: SlicePlane, point: Sequence[float], low: float, high: float
    ) -> QImage:
        """Return the cached result of `render_scan_slice`."""
        key = (scan, plane.slice_index(point), (low, high), plane.index_grows_right)
        return self._scan_cache.get(key, partial(render_scan_slice, scan, plane, point, low, high))

    def overlay_images(
        self,
        scan: Scan,
        plane: SlicePlane,
        point: Sequence[float],
        first: Overlay | None,
        second: Overlay | None,
        blend: float | None,
    ) -> list[tuple[QImage, float]]:
        """Return the maps' slices through a point in mm with their opacities, the lowest first.

        ``blend`` is the weight of the second map in a cross-fade with the first, 0 to 1; None draws both at
        full opacity. It is ignored if there is no second map.
        """
        if second is None:
            blend = 0.0
        opacities = (1.0, 1.0) if blend is None else (1.0 - blend, blend)
        images = []
        for overlay, cache, opacity in zip(
            (first, second), (self._first_cache, self._second_cache), opacities, strict=True
        ):
            if overlay is not None and opacity > 0 and is_on_grid(overlay, scan):
                key = (overlay, plane.slice_index(point), plane.index_grows_right)
                images.append((cache.get(key, partial(render_overlay_slice, overlay, plane, point)), opacity))
        return images


def _to_qimage(pixels: npt.NDArray[np.generic], image_format: QImage.Format) -> QImage:
    rows, columns = pixels.shape
    # A copy, because a QImage does not keep a reference to the array whose memory it uses.
    return QImage(pixels.data, columns, rows, pixels.strides[0], image_format).copy()


BACKGROUND = QColor("#000000")
LETTER_COLOUR = QColor("#c6ced9")
SHADOW_COLOUR = QColor(0, 0, 0, 200)
CROSSHAIR_COLOUR = QColor("#7ee0a2")
CROSSHAIR_OPACITY = 0.75
CROSSHAIR_GAP = 7.0


def draw_crosshair(painter: QPainter, centre: QPointF, rect: QRectF) -> None:
    """Draw lines through a point across a frame, with a gap at the point so that it stays visible."""
    painter.setPen(QPen(CROSSHAIR_COLOUR, 1))
    painter.setOpacity(CROSSHAIR_OPACITY)
    # At the centre of a pixel, so that a line is drawn one pixel wide instead of two pale ones.
    x, y = round(centre.x()) + 0.5, round(centre.y()) + 0.5
    painter.drawLine(QPointF(rect.left(), y), QPointF(x - CROSSHAIR_GAP, y))
    painter.drawLine(QPointF(x + CROSSHAIR_GAP, y), QPointF(rect.right(), y))
    painter.drawLine(QPointF(x, rect.top()), QPointF(x, y - CROSSHAIR_GAP))
    painter.drawLine(QPointF(x, y + CROSSHAIR_GAP), QPointF(x, rect.bottom()))
    painter.setOpacity(1.0)


def draw_letters(painter: QPainter, letters: tuple[str, str, str, str], width: int, height: int) -> None:
    """Draw the direction letters (left, right, top, bottom) at the sides of a view of this size."""
    left, right, top, bottom = letters
    normal_font = painter.font()
    bold_font = QFont(normal_font)
    bold_font.setBold(True)
    painter.setFont(bold_font)
    flags = Qt.AlignmentFlag.AlignCenter
    for letter, box in (
        (left, QRectF(2, height / 2 - 9, 14, 18)),
        (right, QRectF(width - 16, height / 2 - 9, 14, 18)),
        (top, QRectF(width / 2 - 9, 0, 18, 15)),
        (bottom, QRectF(width / 2 - 9, height - 16, 18, 15)),
    ):
        painter.setPen(SHADOW_COLOUR)
        painter.drawText(box.translated(1, 1), flags, letter)
        painter.setPen(LETTER_COLOUR)
        painter.drawText(box, flags, letter)
    painter.setFont(normal_font)


def draw_caption(painter: QPainter, text: str, width: int) -> None:
    """Draw a caption in the upper left corner of a view, up to the letter at its top."""
    painter.setPen(LETTER_COLOUR)
    painter.drawText(QRectF(6, 3, width / 2 - 18, 15), Qt.AlignmentFlag.AlignLeft, text)


def slice_caption(plane: SlicePlane, point: Sequence[float]) -> str:
    """Return the position of a slice through a point in mm, such as ``S 12.1``."""
    texts = format_point(point).removesuffix(" mm").split("  ")
    return next(
        format_numbers(text)
        for text in texts
        if text[0] in (plane.axis_letter, OPPOSITE_AXCODE[plane.axis_letter])
    )
