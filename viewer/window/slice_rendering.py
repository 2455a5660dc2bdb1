"""Rendering of slices: a map's overlay, slices as images, and the crosshair, letters and caption."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPen

from viewer.scans.axcodes import OPPOSITE_AXCODE
from viewer.scene.slice_plane import SlicePlane, format_point

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from viewer.scans.scan import Scan


@dataclass(frozen=True, eq=False)
class Overlay:
    """What a slice draws of a map: values on the scan's grid, cut and coloured.

    ``positive`` and ``negative`` are colours, None where that sign is not shown. They run from ``low``,
    or else from the threshold, to ``largest``.
    """

    values: npt.NDArray[np.float32]
    threshold: float
    last_colour_at: float
    positive: str | Sequence[str] | None
    negative: str | Sequence[str] | None
    opacity: float
    first_colour_at: float | None = None
    outline: bool = False
    by_value: bool = False

    def pixels(self, values: npt.NDArray[np.float32]) -> npt.NDArray[np.uint32]:
        """Premultiplied ARGB of some of the values, as they are cut and coloured."""
        from viewer.scene.slice_colormapping import map_colours, outline

        pixels = map_colours(
            values, self.threshold, self.last_colour_at, *self.ramps, low=self.first_colour_at
        )
        return outline(pixels, values) if self.outline else pixels

    @cached_property
    def ramps(self) -> tuple[npt.NDArray[np.uint32] | None, npt.NDArray[np.uint32] | None]:
        """The colours of what is above and below zero, from the threshold on."""
        from viewer.scene.slice_colormapping import STEPS, lookup_table

        luts = [
            None if colour is None else lookup_table(colour, self.opacity, self.by_value)
            for colour in (self.positive, self.negative)
        ]
        if self.outline:
            # A line is too thin to show shades: it has the colour in the middle of them.
            for lut in luts:
                if lut is not None:
                    lut[:] = lut[STEPS // 2]
        return luts[0], luts[1]


def grey_image(scan: Scan, shown: SlicePlane, point: Sequence[float], low: float, high: float) -> QImage:
    """The scan's slice through a point in mm, with the values from ``low`` to ``high`` as black to white."""
    from viewer.scene.slice_colormapping import to_grey

    return _to_qimage(
        to_grey(shown.extract_slice(scan.data, point), low, high), QImage.Format.Format_Grayscale8
    )


def overlay_image(overlay: Overlay, shown: SlicePlane, point: Sequence[float]) -> QImage:
    """A map's slice through a point in mm, clear where it is not drawn."""
    pixels = overlay.pixels(shown.extract_slice(overlay.values, point))
    return _to_qimage(pixels, QImage.Format.Format_ARGB32_Premultiplied)


def is_on_grid(overlay: Overlay, scan: Scan) -> bool:
    """Whether an overlay has a value for every voxel of a scan; one made for another scan need not."""
    return overlay.values.shape == scan.grid.shape


class CachedImage:
    """An image that is made anew only where what it is made of has changed."""

    def __init__(self) -> None:
        self._key: tuple[object, ...] = ()
        self._image: QImage | None = None

    def get(self, key: tuple[object, ...], make: Callable[[], QImage]) -> QImage:
        """The image of a key: the one that is there, or else what ``make`` answers."""
        if self._image is None or key != self._key:
            self._image, self._key = make(), key
        return self._image

    def clear(self) -> None:
        """Keep nothing."""
        self._image, self._key = None, ()


class SliceImages:
    """The images of one view: the last slice of the scan, and of each of two maps."""

    def __init__(self) -> None:
        self._grey, self._first, self._second = CachedImage(), CachedImage(), CachedImage()

    def clear(self) -> None:
        """Make everything anew the next time."""
        for kept in (self._grey, self._first, self._second):
            kept.clear()

    def grey(self, scan: Scan, shown: SlicePlane, point: Sequence[float], low: float, high: float) -> QImage:
        """The scan's slice through a point in mm, as `grey_image` makes it."""
        key = (scan, shown.index(point), (low, high), shown.across_grows)
        return self._grey.get(key, partial(grey_image, scan, shown, point, low, high))

    def overlays(
        self,
        scan: Scan,
        shown: SlicePlane,
        point: Sequence[float],
        first: Overlay | None,
        second: Overlay | None,
        blend: float | None,
    ) -> list[tuple[QImage, float]]:
        """The maps' slices through a point in mm, from below, and how much of each is seen.

        ``share`` is how much of the second map is seen in place of the first, 0 to 1; None shows both. It
        says nothing where there is no second map.
        """
        if second is None:
            blend = 0.0
        parts = (1.0, 1.0) if blend is None else (1.0 - blend, blend)
        found = []
        for overlay, kept, part in zip((first, second), (self._first, self._second), parts, strict=True):
            if overlay is not None and part > 0 and is_on_grid(overlay, scan):
                key = (overlay, shown.index(point), shown.across_grows)
                found.append((kept.get(key, partial(overlay_image, overlay, shown, point)), part))
        return found


def _to_qimage(pixels: npt.NDArray[np.generic], kind: QImage.Format) -> QImage:
    rows, columns = pixels.shape
    # A copy, because Qt does not keep the array whose memory it would else paint from.
    return QImage(pixels.data, columns, rows, pixels.strides[0], kind).copy()


BACKGROUND = QColor("#000000")
LETTER_COLOUR = QColor("#c6ced9")
SHADOW_COLOUR = QColor(0, 0, 0, 200)
CROSSHAIR_COLOUR = QColor("#7ee0a2")
CROSSHAIR_OPACITY = 0.75
CROSSHAIR_GAP = 7.0


def draw_crosshair(painter: QPainter, place: QPointF, frame: QRectF) -> None:
    """Lines through a place from side to side of a frame, open in the middle to show what is there."""
    painter.setPen(QPen(CROSSHAIR_COLOUR, 1))
    painter.setOpacity(CROSSHAIR_OPACITY)
    # In the middle of a pixel, so that a line is one pixel wide and not two pale ones.
    x, y = round(place.x()) + 0.5, round(place.y()) + 0.5
    painter.drawLine(QPointF(frame.left(), y), QPointF(x - CROSSHAIR_GAP, y))
    painter.drawLine(QPointF(x + CROSSHAIR_GAP, y), QPointF(frame.right(), y))
    painter.drawLine(QPointF(x, frame.top()), QPointF(x, y - CROSSHAIR_GAP))
    painter.drawLine(QPointF(x, y + CROSSHAIR_GAP), QPointF(x, frame.bottom()))
    painter.setOpacity(1.0)


def draw_letters(painter: QPainter, letters: tuple[str, str, str, str], width: int, height: int) -> None:
    """The letters of the left, the right, the top and the bottom at the sides of a view of this size."""
    left, right, top, bottom = letters
    plain = painter.font()
    strong = QFont(plain)
    strong.setBold(True)
    painter.setFont(strong)
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
    painter.setFont(plain)


def draw_caption(painter: QPainter, words: str, width: int) -> None:
    """Words in the upper left corner of a view of this width, up to the letter at its top."""
    painter.setPen(LETTER_COLOUR)
    painter.drawText(QRectF(6, 3, width / 2 - 18, 15), Qt.AlignmentFlag.AlignLeft, words)


def caption(shown: SlicePlane, point: Sequence[float]) -> str:
    """Where a plane is cut at a point in mm, such as ``S 12.1``."""
    letters = format_point(point).removesuffix(" mm").split("  ")
    return next(text for text in letters if text[0] in (shown.axis, OPPOSITE_AXCODE[shown.axis]))
