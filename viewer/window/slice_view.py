"""Slice view: grey scan with map overlay, crosshair and direction letters; zoom, pan and contrast.

Picture coordinates are in mm from the upper left corner of the slice, widget coordinates in pixels from the
upper left corner of the widget.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from viewer.scans.scan import Scan
from viewer.scene.slice_plane import Orientation, SlicePlane, slice_plane
from viewer.session.session import Session
from viewer.window.slice_outlines import OutlinePainter
from viewer.window.slice_rendering import (
    BACKGROUND,
    Overlay,
    SliceImages,
    draw_caption,
    draw_crosshair,
    draw_letters,
    slice_caption,
)
from viewer.window.translation import plane_name
from viewer.window.view_input import (
    KEYBOARD_FOCUS_REASONS,
    WHEEL_ZOOM,
    GestureTimer,
    adjust_contrast,
    crosshair_step,
    draw_focus_frame,
    zoom_factor,
)

if TYPE_CHECKING:
    from viewer.scene.brain_outlines import BrainOutlines

MARGIN = 15.0
"""Margin around a slice that is not zoomed, in pixels."""
MIN_SIDE = 20.0
MAX_ZOOM = 20.0

PictureRect = tuple[float, float, float, float]
"""Left, top, width and height in picture coordinates (mm)."""


def fit_scale(picture_rect: PictureRect, widget_size: tuple[float, float]) -> float:
    """Return the scale, in pixels per mm, at which ``picture_rect`` fits a widget of ``widget_size``."""
    _, _, width, height = picture_rect
    available_width, available_height = (max(length - 2 * MARGIN, MIN_SIDE) for length in widget_size)
    return float(min(available_width / width, available_height / height))


@dataclass(frozen=True)
class ZoomPan:
    """Zoom factor of a slice, 1 for all of it, and its offset in pixels."""

    zoom: float = 1.0
    x: float = 0.0
    y: float = 0.0

    def panned(self, x: float, y: float) -> ZoomPan:
        """Return a copy moved by ``x`` and ``y`` pixels."""
        return ZoomPan(self.zoom, self.x + x, self.y + y)

    def zoomed(self, factor: float, x: float, y: float) -> ZoomPan:
        """Return a copy zoomed by a factor, limited to 1 to `MAX_ZOOM`, around a fixed point.

        The point is ``x`` and ``y`` pixels from the centre of the widget. At a zoom of 1 the slice is centred
        again.
        """
        zoom = min(max(self.zoom * factor, 1.0), MAX_ZOOM)
        if zoom == 1.0:
            return ZoomPan()
        factor = zoom / self.zoom
        return ZoomPan(zoom, (self.x - x) * factor + x, (self.y - y) * factor + y)


@dataclass(frozen=True)
class SliceViewport:
    """Position of the whole picture in the widget: upper left corner in pixels, and scale in pixels per mm.

    The picture may extend beyond the widget.
    """

    left: float
    top: float
    scale: float

    @classmethod
    def centred_on(
        cls, picture_rect: PictureRect, widget_size: tuple[float, float], scale: float, zoom_pan: ZoomPan
    ) -> SliceViewport:
        """Return the viewport that centres ``picture_rect`` in a widget, then zoomed by ``zoom_pan``.

        ``widget_size`` is the size of the widget, ``scale`` the scale at a zoom of 1.
        """
        left, top, width, height = picture_rect
        scale *= zoom_pan.zoom
        return cls(
            widget_size[0] / 2 + zoom_pan.x - (left + width / 2) * scale,
            widget_size[1] / 2 + zoom_pan.y - (top + height / 2) * scale,
            scale,
        )

    def to_widget(self, x: float, y: float) -> tuple[float, float]:
        """Convert picture to widget coordinates."""
        return self.left + x * self.scale, self.top + y * self.scale

    def to_picture(self, x: float, y: float) -> tuple[float, float]:
        """Convert widget to picture coordinates."""
        return (x - self.left) / self.scale, (y - self.top) / self.scale


NEAREST_NEIGHBOUR_ZOOM = 6.0
"""Zoom from which voxels are drawn without interpolation, to make them visible."""


class SliceView(QWidget):
    """Slice of the session's scan in one orientation; dragging moves the session's crosshair."""

    display_window_requested = Signal(float, float)
    """Display window (black, white) requested for all slices."""

    guide_page = "panels/slices"
    """Page of the guide that F1 opens here."""

    def __init__(self, session: Session, orientation: Orientation, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.orientation = orientation
        self._session = session
        self._gesture_timer = GestureTimer(session, self)
        self._display_window = (0.0, 1.0)
        self._linked_views: tuple[SliceView, ...] = ()
        self._bounds: tuple[Sequence[int], Sequence[int]] | None = None
        self._image: Scan | None = None
        self._overlay: Overlay | None = None
        self._second_overlay: Overlay | None = None
        self._kept_overlays: tuple[Overlay, ...] = ()
        self._blend_weight: float | None = 0.0
        self._plane: SlicePlane | None = None
        self._plane_key: tuple[object, object] | None = None
        self._image_cache = SliceImages()
        self._outline_painter = OutlinePainter()
        self._zoom_pan = ZoomPan()
        self._pan_start: QPointF | None = None
        self._contrast_start: QPointF | None = None
        self._focused_by_keys = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(120, 110)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        name = orientation.value
        self.setAccessibleName(self.tr("{} slice").format(plane_name(name).capitalize()))
        self.setToolTip(
            self.tr(
                "Drag: crosshair. Wheel: next slice. Ctrl+wheel: zoom. Middle drag: pan. "
                "Right drag: brightness. Double-click: fit to window."
            )
        )
        session.subscribe(self.update, "crosshair", "convention", "template_outline", "mask_outline")
        session.subscribe(self._on_scan_changed, "scan")

    def sizeHint(self) -> QSize:
        """Return a size that shows a brain at about its real size."""
        return QSize(240, 220)

    # Content

    def set_display_window(self, low: float, high: float) -> None:
        """Set the display window: the scan's values that are drawn black and white."""
        self._display_window = (low, high)
        self.update()

    def set_bounds(self, low: Sequence[int], high: Sequence[int]) -> None:
        """Set the voxel bounds (first, one past the last) that fill the view: head or brain with a margin."""
        self._bounds = (low, high)
        self.update()

    def set_linked_views(self, views: Sequence[SliceView]) -> None:
        """Set the views that share this one's scale."""
        self._linked_views = tuple(views)

    def set_image(self, image: Scan | None) -> None:
        """Set the image drawn instead of the scan, on its grid; None draws the scan."""
        self._image = image
        self.update()

    def set_overlay(self, overlay: Overlay | None) -> None:
        """Set the overlay of the current map; None draws no map."""
        self._overlay = overlay
        self.update()

    def set_outlines(self, outlines: BrainOutlines | None) -> None:
        """Set the outlines of the template and of the brain mask on the session's scan; None draws none."""
        self._outline_painter.set_outlines(outlines)
        self.update()

    def set_kept_overlays(self, overlays: tuple[Overlay, ...]) -> None:
        """Set the overlays of the maps that are drawn below the current one."""
        self._kept_overlays = overlays
        self.update()

    def set_second_overlay(self, overlay: Overlay | None) -> None:
        """Set the overlay of the compared map, drawn over the current one."""
        self._second_overlay = overlay
        self.update()

    def set_blend(self, weight: float | None) -> None:
        """Set the weight of the second map in a cross-fade with the first, 0 to 1; None draws both."""
        self._blend_weight = weight
        self.update()

    @property
    def plane(self) -> SlicePlane | None:
        """Slice plane of this view; None without a scan."""
        scan = self._session.scan
        if scan is None:
            return None
        key = scan, self._session.view.convention
        if self._plane is None or self._plane_key != key:
            self._plane = slice_plane(scan.grid, self.orientation, key[1])
            self._plane_key = key
        return self._plane

    def to_widget(self, point: Sequence[float]) -> QPointF:
        """Convert a point in mm to widget coordinates."""
        plane = self._plane_or_raise()
        return QPointF(*self._viewport(plane).to_widget(*plane.to_picture(point)))

    def to_mm(self, position: QPointF) -> tuple[float, float, float]:
        """Convert widget coordinates to the point in mm on the current slice."""
        plane = self._plane_or_raise()
        x, y = self._viewport(plane).to_picture(position.x(), position.y())
        return plane.to_mm(x, y, self._session.crosshair)

    def _plane_or_raise(self) -> SlicePlane:
        plane = self.plane
        if plane is None:
            raise LookupError("there is no scan to measure in")
        return plane

    def _on_scan_changed(self) -> None:
        self._bounds, self._image = None, None
        self._image_cache.clear()
        self._outline_painter.set_outlines(None)
        self.reset_zoom()

    # Geometry of the widget

    @property
    def _widget_size(self) -> tuple[int, int]:
        return self.width(), self.height()

    def _fitted_rect(self, plane: SlicePlane) -> PictureRect:
        """Return the rectangle of the picture that fills the view at a zoom of 1."""
        return (
            plane.crop_rectangle((0, 0, 0), plane.grid.shape)
            if self._bounds is None
            else plane.crop_rectangle(*self._bounds)
        )

    def _viewport(self, plane: SlicePlane) -> SliceViewport:
        """Return the position of the whole slice in the widget."""
        scale = min(self.unlinked_scale(), *(view.unlinked_scale() for view in self._linked_views), math.inf)
        return SliceViewport.centred_on(self._fitted_rect(plane), self._widget_size, scale, self._zoom_pan)

    def unlinked_scale(self) -> float:
        """Return the scale, in pixels per mm, that fits this view without the linked ones."""
        plane = self.plane
        return math.inf if plane is None else fit_scale(self._fitted_rect(plane), self._widget_size)

    def reset_zoom(self) -> None:
        """Show the whole slice, centred."""
        self._zoom_pan = ZoomPan()
        self.update()

    def zoom(self, factor: float, around: QPointF | None = None) -> None:
        """Zoom around a point of the widget, which stays where it is; by default around the centre."""
        centre = QPointF(self.width() / 2, self.height() / 2)
        self._zoom_pan = self._zoom_pan.zoomed(factor, *((around or centre) - centre).toTuple())
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Repaint the linked views, whose common scale may have changed."""
        for view in self._linked_views:
            view.update()

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the slice; its images are cached until their inputs change."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), BACKGROUND)
        plane = self.plane
        if plane is not None:
            frame = self._viewport(plane)
            picture_rect = QRectF(
                frame.left, frame.top, plane.size[0] * frame.scale, plane.size[1] * frame.scale
            )
            self._draw_images(painter, plane, picture_rect)
            point = self._session.crosshair
            to_widget = QTransform(frame.scale, 0, 0, frame.scale, frame.left, frame.top)
            self._outline_painter.paint(painter, plane, point, self._session.view, to_widget)
            draw_crosshair(painter, QPointF(*frame.to_widget(*plane.to_picture(point))), picture_rect)
            draw_letters(painter, plane.side_letters, *self._widget_size)
            draw_caption(painter, slice_caption(plane, point), self.width())
        if self._focused_by_keys:
            draw_focus_frame(painter, self)
        painter.end()

    def _draw_images(self, painter: QPainter, plane: SlicePlane, picture_rect: QRectF) -> None:
        scan, point = self._session.scan, self._session.crosshair
        assert scan is not None
        painter.setRenderHint(
            QPainter.RenderHint.SmoothPixmapTransform, self._zoom_pan.zoom < NEAREST_NEIGHBOUR_ZOOM
        )
        painter.drawImage(
            picture_rect,
            self._image_cache.scan_image(self._image or scan, plane, point, *self._display_window),
        )
        maps = self._image_cache.kept_images(scan, plane, point, self._kept_overlays)
        maps += self._image_cache.overlay_images(
            scan, plane, point, self._overlay, self._second_overlay, self._blend_weight
        )
        for image, opacity in maps:
            painter.setOpacity(opacity)
            painter.drawImage(picture_rect, image)
        painter.setOpacity(1.0)

    # Mouse and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Move the crosshair (left button), or start to pan (middle) or to change the contrast (right)."""
        if self.plane is None:
            return
        if event.button() == Qt.MouseButton.LeftButton:
            self._session.end_gesture()
            self._move_crosshair(event.position())
        elif event.button() == Qt.MouseButton.MiddleButton:
            self._pan_start = event.position()
        elif event.button() == Qt.MouseButton.RightButton:
            self._contrast_start = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the crosshair, pan, or change the contrast, as started by the press."""
        if self.plane is None:
            return
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._move_crosshair(event.position())
        elif self._pan_start is not None:
            self._zoom_pan = self._zoom_pan.panned(*(event.position() - self._pan_start).toTuple())
            self._pan_start = event.position()
            self.update()
        elif self._contrast_start is not None:
            movement = event.position() - self._contrast_start
            self._contrast_start = event.position()
            self.display_window_requested.emit(
                *adjust_contrast(self._display_window, movement, self._widget_size)
            )

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the gesture, which is undone as one step."""
        self._pan_start = self._contrast_start = None
        self._session.end_gesture()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show the whole slice."""
        self.reset_zoom()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Step by one slice per notch; zoom with Ctrl."""
        plane = self.plane
        if plane is None:
            return
        notches = event.angleDelta().y() / 120
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom(WHEEL_ZOOM**notches, event.position())
        else:
            self._step_crosshair(plane, (0.0, 0.0, notches))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the crosshair on arrow and page keys, zoom on plus and minus, show the whole slice on Home."""
        plane, step, factor = self.plane, crosshair_step(event), zoom_factor(event)
        if plane is None:
            super().keyPressEvent(event)
        elif step is not None:
            self._step_crosshair(plane, step)
        elif factor is not None:
            self.zoom(factor)
        elif event.key() == Qt.Key.Key_Home:
            self.reset_zoom()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the focus frame if the focus came from the keyboard."""
        self._focused_by_keys = event.reason() in KEYBOARD_FOCUS_REASONS
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Hide the focus frame."""
        self._focused_by_keys = False
        self.update()

    def _step_crosshair(self, plane: SlicePlane, step: tuple[float, float, float]) -> None:
        self._session.change(merge=True, crosshair=plane.step(self._session.crosshair, *step))
        self._gesture_timer.start()

    def _move_crosshair(self, position: QPointF) -> None:
        plane = self._plane_or_raise()
        point = plane.step(self.to_mm(position), 0, 0, 0)
        self._session.change(merge=True, crosshair=point)
