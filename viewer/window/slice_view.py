"""One slice: the scan as grey, the map over it, the crosshair, and the letters of its sides."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFont,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from viewer.scene.plane import OPPOSITE, Orientation, Plane, in_letters, plane
from viewer.session.session import Session
from viewer.window.box_view import REACHED_BY_KEYS

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

MARGIN = 15.0
PICTURE = QColor("#000000")
LETTER = QColor("#c6ced9")
CROSSHAIR = QColor("#7ee0a2")
LARGEST_ZOOM = 20.0


@dataclass(frozen=True, eq=False)
class Overlay:
    """What a slice draws of a map: values on the scan's grid, cut and coloured.

    ``positive`` and ``negative`` are colours, None where that sign is not shown. They run from ``low``,
    or else from the threshold, to ``largest``.
    """

    values: npt.NDArray[np.float32]
    threshold: float
    largest: float
    positive: str | Sequence[str] | None
    negative: str | Sequence[str] | None
    opacity: float
    low: float | None = None
    outline: bool = False
    by_value: bool = False

    def pixels(self, values: npt.NDArray[np.float32]) -> npt.NDArray[np.uint32]:
        """Premultiplied ARGB of some of the values, as they are cut and coloured."""
        from viewer.scene.overlay import coloured, outlined

        pixels = coloured(values, self.threshold, self.largest, *self.ramps, low=self.low)
        return outlined(pixels, values) if self.outline else pixels

    @cached_property
    def ramps(self) -> tuple[npt.NDArray[np.uint32] | None, npt.NDArray[np.uint32] | None]:
        """The colours of what is above and below zero, from the threshold on."""
        from viewer.scene.overlay import STEPS, ramp

        luts = [
            None if colour is None else ramp(colour, self.opacity, self.by_value)
            for colour in (self.positive, self.negative)
        ]
        if self.outline:
            # A line is too thin to show shades: it has the colour in the middle of them.
            for lut in luts:
                if lut is not None:
                    lut[:] = lut[STEPS // 2]
        return luts[0], luts[1]


class SliceView(QWidget):
    """A slice of the session's scan in one orientation; dragging moves the session's crosshair."""

    range_asked = Signal(float, float)
    """Other values to be drawn black and white, for all slices."""

    def __init__(self, session: Session, orientation: Orientation, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.orientation = orientation
        self._session = session
        self._range = (0.0, 1.0)
        self._beside: tuple[SliceView, ...] = ()
        self._fitted: tuple[Sequence[int], Sequence[int]] | None = None
        self._overlay: Overlay | None = None
        self._second: Overlay | None = None
        self._share: float | None = 0.0
        self._plane: Plane | None = None
        self._plane_key: tuple[object, object] | None = None
        self._grey_image: QImage | None = None
        self._overlay_image: QImage | None = None
        self._second_image: QImage | None = None
        self._second_key: tuple[object, ...] = ()
        self._grey_key: tuple[object, ...] = ()
        self._overlay_key: tuple[object, ...] = ()
        self._zoom = 1.0
        self._pan = QPointF(0, 0)
        self._dragged: QPointF | None = None
        self._brightened: QPointF | None = None
        self._reached_by_keys = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(120, 110)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        name = orientation.value
        self.setAccessibleName(self.tr("{} slice").format(name.capitalize()))
        self.setToolTip(
            self.tr(
                "Drag: crosshair. Wheel: next slice. Ctrl+wheel: zoom. Middle drag: move. "
                "Right drag: brightness. Double click: fit."
            )
        )
        session.subscribe(self._moved, "crosshair", "convention")
        session.subscribe(self._new_scan, "scan")

    def sizeHint(self) -> QSize:
        """Room for a brain at about its own size."""
        return QSize(240, 220)

    # What it shows

    def set_range(self, low: float, high: float) -> None:
        """The scan's values that are drawn black and white."""
        self._range = (low, high)
        self.update()

    def set_fitted(self, low: Sequence[int], high: Sequence[int]) -> None:
        """The voxels (from, and before which) that fill the view: the head or brain with a margin."""
        self._fitted = (low, high)
        self.update()

    def set_beside(self, others: Sequence[SliceView]) -> None:
        """The views that share this one's scale, so that a millimetre is as long in all of them."""
        self._beside = tuple(others)

    def set_overlay(self, overlay: Overlay | None) -> None:
        """What is drawn of the current map, or nothing."""
        self._overlay = overlay
        self.update()

    def set_second(self, overlay: Overlay | None) -> None:
        """What is drawn of a map that is compared, over the other one."""
        self._second = overlay
        self.update()

    def set_share(self, share: float | None) -> None:
        """How much of the second map is seen in place of the first, 0 to 1; None shows both."""
        self._share = share
        self.update()

    @property
    def plane(self) -> Plane | None:
        """How the scan's voxels lie in this picture; None without a scan."""
        scan = self._session.scan
        if scan is None:
            return None
        key = scan, self._session.view.convention
        if self._plane is None or self._plane_key != key:
            self._plane = plane(scan.grid, self.orientation, key[1])
            self._plane_key = key
        return self._plane

    def to_widget(self, point: Sequence[float]) -> QPointF:
        """Where a point in mm is drawn."""
        shown = self._plane_or_raise()
        frame = self._frame(shown)
        x, y = shown.to_picture(point)
        return QPointF(frame.x() + x * self._scale(shown), frame.y() + y * self._scale(shown))

    def to_mm(self, place: QPointF) -> tuple[float, float, float]:
        """The point in mm under a place of the widget, on the slice that is shown."""
        shown = self._plane_or_raise()
        frame = self._frame(shown)
        scale = self._scale(shown)
        x, y = (place.x() - frame.x()) / scale, (place.y() - frame.y()) / scale
        return shown.to_mm(x, y, self._session.crosshair)

    def _plane_or_raise(self) -> Plane:
        shown = self.plane
        if shown is None:
            raise LookupError("there is no scan to measure in")
        return shown

    def _new_scan(self) -> None:
        self._fitted = None
        self.fit()
        self._grey_key = self._overlay_key = self._second_key = ()

    def _moved(self) -> None:
        self.update()

    # Geometry of the widget

    def _part(self, shown: Plane) -> tuple[float, float, float, float]:
        """What fills the view at a zoom of 1: left, top, width and height in the picture."""
        return shown.part((0, 0, 0), shown.grid.shape) if self._fitted is None else shown.part(*self._fitted)

    def _scale(self, shown: Plane) -> float:
        """Pixels a millimetre."""
        return min(self.own_scale(), *(view.own_scale() for view in self._beside), math.inf) * self._zoom

    def own_scale(self) -> float:
        """Pixels a millimetre with which this view alone would be filled."""
        shown = self.plane
        if shown is None:
            return math.inf
        _, _, width, height = self._part(shown)
        room_x, room_y = max(self.width() - 2 * MARGIN, 20), max(self.height() - 2 * MARGIN, 20)
        return float(min(room_x / width, room_y / height))

    def _frame(self, shown: Plane) -> QRectF:
        """Where the whole slice lies in the widget; it may reach beyond it."""
        scale = self._scale(shown)
        part = QRectF(*self._part(shown))
        left = self.width() / 2 + self._pan.x() - part.center().x() * scale
        top = self.height() / 2 + self._pan.y() - part.center().y() * scale
        return QRectF(left, top, shown.size[0] * scale, shown.size[1] * scale)

    def fit(self) -> None:
        """The whole slice again, in the middle."""
        self._zoom, self._pan = 1.0, QPointF(0, 0)
        self.update()

    def zoom(self, factor: float, around: QPointF | None = None) -> None:
        """Enlarge, keeping the point under ``around`` where it is."""
        before = self._zoom
        self._zoom = min(max(before * factor, 1.0), LARGEST_ZOOM)
        factor = self._zoom / before
        middle = QPointF(self.width() / 2, self.height() / 2)
        around = around or middle
        self._pan = (self._pan + middle - around) * factor - (middle - around)
        if self._zoom == 1.0:
            self._pan = QPointF(0, 0)
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The others' scale may have changed, too."""
        for view in self._beside:
            view.update()

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw what is there; everything that costs is kept until its inputs change."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), PICTURE)
        shown = self.plane
        if shown is not None:
            frame = self._frame(shown)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self._zoom < 6)
            painter.drawImage(frame, self._grey(shown))
            for image, opacity in self._overlays(shown):
                painter.setOpacity(opacity)
                painter.drawImage(frame, image)
            painter.setOpacity(1.0)
            self._draw_crosshair(painter, shown)
            self._draw_letters(painter, shown)
        if self._reached_by_keys:
            painter.setPen(QPen(self.palette().highlight().color(), 1))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def _grey(self, shown: Plane) -> QImage:
        from viewer.scene.overlay import grey

        scan = self._session.scan
        assert scan is not None
        index = shown.index(self._session.crosshair)
        key = (scan, index, self._range, shown.across_grows)
        if key != self._grey_key or self._grey_image is None:
            pixels = grey(shown.cut(scan.data, self._session.crosshair), *self._range)
            rows, columns = pixels.shape
            image = QImage(pixels.data, columns, rows, columns, QImage.Format.Format_Grayscale8)
            self._grey_image, self._grey_key = image.copy(), key
        return self._grey_image

    def _overlays(self, shown: Plane) -> list[tuple[QImage, float]]:
        """The maps' pixels over the slice, and how much of each is seen."""
        both = self._second is not None
        share = self._share if both else 0.0
        first, second = (1.0, 1.0) if share is None else (1.0 - share, share)
        found = []
        if self._overlay is not None and first > 0:
            image, key = self._coloured(shown, self._overlay, self._overlay_image, self._overlay_key)
            self._overlay_image, self._overlay_key = image, key
            found += [] if image is None else [(image, first)]
        if self._second is not None and second > 0:
            image, key = self._coloured(shown, self._second, self._second_image, self._second_key)
            self._second_image, self._second_key = image, key
            found += [] if image is None else [(image, second)]
        return found

    def _coloured(
        self, shown: Plane, overlay: Overlay, kept: QImage | None, kept_key: tuple[object, ...]
    ) -> tuple[QImage | None, tuple[object, ...]]:
        scan = self._session.scan
        if scan is None or overlay.values.shape != scan.grid.shape:
            return None, ()
        key = (overlay, shown.index(self._session.crosshair), shown.across_grows)
        if key == kept_key and kept is not None:
            return kept, key
        pixels = overlay.pixels(shown.cut(overlay.values, self._session.crosshair))
        rows, columns = pixels.shape
        image = QImage(pixels.data, columns, rows, 4 * columns, QImage.Format.Format_ARGB32_Premultiplied)
        return image.copy(), key

    def _draw_crosshair(self, painter: QPainter, shown: Plane) -> None:
        place = self.to_widget(self._session.crosshair)
        gap = 7.0
        painter.setPen(QPen(CROSSHAIR, 1))
        painter.setOpacity(0.75)
        frame = self._frame(shown)
        x, y = round(place.x()) + 0.5, round(place.y()) + 0.5
        painter.drawLine(QPointF(frame.left(), y), QPointF(x - gap, y))
        painter.drawLine(QPointF(x + gap, y), QPointF(frame.right(), y))
        painter.drawLine(QPointF(x, frame.top()), QPointF(x, y - gap))
        painter.drawLine(QPointF(x, y + gap), QPointF(x, frame.bottom()))
        painter.setOpacity(1.0)

    def _draw_letters(self, painter: QPainter, shown: Plane) -> None:
        left, right, top, bottom = shown.letters
        strong = QFont(self.font())
        strong.setBold(True)
        painter.setFont(strong)
        width, height = self.width(), self.height()
        flags = Qt.AlignmentFlag.AlignCenter
        for letter, box in (
            (left, QRectF(2, height / 2 - 9, 14, 18)),
            (right, QRectF(width - 16, height / 2 - 9, 14, 18)),
            (top, QRectF(width / 2 - 9, 0, 18, 15)),
            (bottom, QRectF(width / 2 - 9, height - 16, 18, 15)),
        ):
            painter.setPen(QColor(0, 0, 0, 200))
            painter.drawText(box.translated(1, 1), flags, letter)
            painter.setPen(LETTER)
            painter.drawText(box, flags, letter)
        painter.setFont(self.font())
        painter.drawText(QRectF(6, 3, width / 2 - 18, 15), Qt.AlignmentFlag.AlignLeft, self._caption(shown))

    def _caption(self, shown: Plane) -> str:
        letters = in_letters(self._session.crosshair).removesuffix(" mm").split("  ")
        return next(text for text in letters if text[0] in (shown.axis, OPPOSITE[shown.axis]))

    # Mouse and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Left: the crosshair goes there. Middle: the slice is moved about. Right: its brightness."""
        if self.plane is None:
            return
        if event.button() == Qt.MouseButton.LeftButton:
            self._put_crosshair(event.position())
        elif event.button() == Qt.MouseButton.MiddleButton:
            self._dragged = event.position()
        elif event.button() == Qt.MouseButton.RightButton:
            self._brightened = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with what the press began."""
        if self.plane is None:
            return
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._put_crosshair(event.position())
        elif self._dragged is not None:
            self._pan += event.position() - self._dragged
            self._dragged = event.position()
            self.update()
        elif self._brightened is not None:
            self._brighten(event.position() - self._brightened)
            self._brightened = event.position()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The gesture is one step to undo."""
        self._dragged = self._brightened = None
        self._session.settle()

    def _brighten(self, moved: QPointF) -> None:
        """To the right more contrast, upwards brighter: a whole span for the view's width."""
        low, high = self._range
        middle, span = (low + high) / 2, high - low
        middle += span * moved.y() / max(self.height(), 1)
        span *= 2.0 ** (-2.0 * moved.x() / max(self.width(), 1))
        self.range_asked.emit(middle - span / 2, middle + span / 2)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """The whole slice again."""
        self.fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """One slice a notch; with Ctrl, nearer or farther."""
        shown = self.plane
        if shown is None:
            return
        notches = event.angleDelta().y() / 120
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom(1.2**notches, event.position())
        else:
            self._step(shown, through=notches)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move the crosshair by a voxel, with Shift by ten; page keys go through the slices."""
        shown = self.plane
        step = 10.0 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1.0
        keys = Qt.Key
        moves = {
            keys.Key_Left: {"across": -step},
            keys.Key_Right: {"across": step},
            keys.Key_Up: {"up": step},
            keys.Key_Down: {"up": -step},
            keys.Key_PageUp: {"through": step},
            keys.Key_PageDown: {"through": -step},
        }
        key = keys(event.key())
        if shown is None:
            super().keyPressEvent(event)
        elif key in moves:
            self._step(shown, **moves[key])
        elif key in (keys.Key_Plus, keys.Key_Equal):
            self.zoom(1.25)
        elif key == keys.Key_Minus:
            self.zoom(0.8)
        elif key == keys.Key_Home:
            self.fit()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show which slice the keys move, if keys led here."""
        self._reached_by_keys = event.reason() in REACHED_BY_KEYS
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the mark away."""
        self._reached_by_keys = False
        self.update()

    def _step(self, shown: Plane, across: float = 0, up: float = 0, through: float = 0) -> None:
        point = shown.stepped(self._session.crosshair, across, up, through)
        self._session.change(crosshair=point)

    def _put_crosshair(self, place: QPointF) -> None:
        shown = self._plane_or_raise()
        inside = shown.stepped(self.to_mm(place), 0, 0, 0)
        self._session.change(crosshair=inside)
