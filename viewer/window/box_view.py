"""Widget of the box: paints the pixels of an off-screen scene; mouse and keys change the view.

Pictures are rendered in the paint event, so that several changes between two events need only one picture;
the previous picture remains visible until then. One sample per pixel is drawn during motion, several at rest.

Parts: `SceneBinding` applies the session's view, `RenderScheduler` decides when a picture is due,
`FrameRenderer` at which resolution; `CameraAnimation` and `CameraInteraction` move the camera, `HoverLabel`
names the structure under the mouse.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QHideEvent,
    QImage,
    QKeyEvent,
    QKeySequence,
    QLinearGradient,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from viewer.errors import ViewerError
from viewer.session.session import Session
from viewer.session.view import Camera, Theme, View, Walls
from viewer.window.box_interaction import CameraAnimation, CameraInteraction, HoverLabel
from viewer.window.box_rendering import FrameRenderer, Motion, RenderScheduler, SceneBinding
from viewer.window.translation import translate_sentence
from viewer.window.view_input import KEYBOARD_FOCUS_REASONS, GestureTimer, draw_focus_frame

if TYPE_CHECKING:
    from viewer.scene.box import BoxScene
    from viewer.scene.brain_outlines import BrainOutlines
    from viewer.scene.kept_maps import KeptMap
    from viewer.scene.picking import PickResult
    from viewer.scene.render_data import MapRenderData, ScanRenderData
    from viewer.window.box_rendering import LabelSprites


MARKER = QColor("#7ee0a2")


def paint_annotations(painter: QPainter, sprites: LabelSprites, screen_ratio: float) -> None:
    """Paint labels at the screen's resolution over a picture of half the size.

    ``screen_ratio`` is the number of screen pixels per layout pixel.
    """
    for pixels, left, top in sprites:
        rows, columns = pixels.shape[:2]
        image = QImage(pixels.data, columns, rows, 4 * columns, QImage.Format.Format_RGBA8888)
        rect = QRectF(left / screen_ratio, top / screen_ratio, columns / screen_ratio, rows / screen_ratio)
        painter.drawImage(rect, image)


def paint_marker(painter: QPainter, x: float, y: float) -> None:
    """Paint the crosshair marker: four short lines around its position."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for colour, width in ((QColor(0, 0, 0, 150), 3.0), (MARKER, 1.2)):
        painter.setPen(QPen(colour, width))
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            painter.drawLine(QPointF(x + 3 * dx, y + 3 * dy), QPointF(x + 9 * dx, y + 9 * dy))


def paint_hover_label(painter: QPainter, rect: QRect, position: QPointF, text: str) -> None:
    """Paint the hover label beside the mouse, inside ``rect``."""
    box = QRectF(painter.fontMetrics().boundingRect(text)).adjusted(-7, -4, 7, 4)
    left = min(position.x() + 14, rect.width() - box.width() - 4)
    top = position.y() - box.height() - 8 if position.y() > box.height() + 12 else position.y() + 18
    box.moveTo(max(left, 4.0), top)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(255, 255, 255, 50), 1))
    painter.setBrush(QColor(18, 21, 26, 225))
    painter.drawRoundedRect(box, 5, 5)
    painter.setPen(QColor("#eef1f5"))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


def paint_title(painter: QPainter, rect: QRect, title: str, is_dark: bool) -> None:
    """Paint an opaque title in the upper left corner of ``rect``."""
    painter.setOpacity(1.0)
    painter.setPen(QColor("#e4e7eb" if is_dark else "#1b1f24"))
    line = QRectF(10, 6, rect.width() - 20, 20)
    text = painter.fontMetrics().elidedText(title, Qt.TextElideMode.ElideMiddle, round(line.width()))
    painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)


def paint_message(painter: QPainter, rect: QRect, message: str, is_dark: bool) -> None:
    """Paint a page with the reason why there is no picture."""
    fade = QLinearGradient(0, 0, 0, rect.height())
    fade.setColorAt(0, QColor("#1b1f29" if is_dark else "#ffffff"))
    fade.setColorAt(1, QColor("#090a0d" if is_dark else "#f4f5f7"))
    painter.fillRect(rect, fade)
    painter.setPen(QColor("#9aa4b2" if is_dark else "#5b6573"))
    box = rect.adjusted(40, 20, -40, -20)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, message)


HIGH_QUALITY_SAMPLES = 2


class BoxView(QWidget):
    """View of a `BoxScene`; drag rotates it, the wheel zooms, a click moves the crosshair.

    Parameters
    ----------
    session
        Session whose view is drawn and changed.
    """

    guide_page = "panels/box"
    """Page of the guide that F1 opens here."""

    rendered = Signal()
    """Emitted when a new picture has been drawn."""
    copy_requested = Signal()
    """Emitted when Ctrl+C is pressed in the box."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._binding = SceneBinding(session, self)
        self._scheduler = RenderScheduler(self._is_idle, self)
        self._frame_renderer = FrameRenderer()
        self._animation = CameraAnimation(session, self)
        self._interaction = CameraInteraction(session)
        self._gesture_timer = GestureTimer(session, self)
        self._hover_label = HoverLabel(self._surface_at, self)
        self._binding.changed.connect(self._scheduler.refresh)
        self._scheduler.render_requested.connect(self.update)
        self._animation.stopped.connect(self._scheduler.schedule_high_quality)
        self._hover_label.changed.connect(self.update)
        self._unavailable_reason = ""
        self._failure_text = ""
        self._is_reading = True
        self._title = ""
        self._title_visible = True
        self._colour_bar: tuple[bool, str | None] = True, None
        self._opacity = 1.0
        self._is_threshold_dragged = False
        self._focused_by_keys = False
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(240, 180)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(self.tr("3D box with slices and surfaces"))
        self.setToolTip(
            self.tr("Drag: rotate. Wheel: zoom. Click: move the crosshair. Double-click: home view.")
        )
        session.subscribe(self._on_crosshair_moved, "crosshair")

    def sizeHint(self) -> QSize:
        """Return the preferred size."""
        return QSize(720, 460)

    # The scene

    def start(self, make_scene: Callable[[], BoxScene]) -> None:
        """Create the scene on this thread; without OpenGL, show the reason on a plain page."""
        try:
            scene = make_scene()
        except ViewerError as error:
            self.show_message(translate_sentence(str(error)))
        else:
            self._binding.start(scene)

    def show_message(self, reason: str) -> None:
        """Detach the scene, and show a page with the reason; everything else keeps working."""
        self._unavailable_reason = reason
        self._binding.detach()
        self.update()

    @property
    def message(self) -> str:
        """Message on the page while there is no picture."""
        if self._failure_text and self._session.scan is None:
            return self.tr("No scan is shown: {}").format(self._failure_text)
        if self._unavailable_reason:
            return self._unavailable_reason
        if self._session.scan is None and not self._is_reading:
            return self.tr("No scan is open. Open one (Ctrl+O), or drop it on the window.")
        return self.tr("Preparing the box …")

    def show_failure(self, title: str, message: str) -> None:
        """Show why a file could not be opened; visible only while there is no scan."""
        self._failure_text = f"{title}: {message}"
        self.update()

    def set_reading(self, is_reading: bool) -> None:
        """Set whether a running task may still load a scan; otherwise, the page suggests opening one."""
        if is_reading is not self._is_reading:
            self._is_reading = is_reading
            self.update()

    @property
    def scene(self) -> BoxScene | None:
        """The scene that is painted; None before it is created, and without OpenGL."""
        return self._binding.scene

    def set_scan(self, scan_data: ScanRenderData | None) -> None:
        """Set the scan, or none, and clear its maps; it is shown as soon as there is a scene."""
        self._binding.set_scan(scan_data)

    def set_map(self, map_data: MapRenderData | None) -> None:
        """Set the map, or none."""
        self._binding.set_map(map_data)

    def set_kept_maps(self, kept_maps: tuple[KeptMap, ...]) -> None:
        """Set the maps that are drawn together with the map, each in its own colours."""
        self._binding.set_kept_maps(kept_maps)

    def set_outlines(self, outlines: BrainOutlines | None) -> None:
        """Set the outlines of the template and of the brain mask on the walls, or none."""
        self._binding.set_outlines(outlines)

    def set_coarse(self, coarse: bool) -> None:
        """Extract coarse surfaces while a threshold is dragged, with a resolution for their frame rate."""
        self._is_threshold_dragged = coarse
        self._frame_renderer.ignore_first_frames()
        self._binding.set_coarse(coarse)

    def set_busy(self, busy: bool) -> None:
        """Set whether more changes follow, so that a high-quality picture would only delay them."""
        self._scheduler.set_busy(busy)

    def set_view_override(self, override: Callable[[View], View]) -> None:
        """Set a function that adapts the session's view for this box, such as to another threshold."""
        self._binding.set_view_override(override)

    def set_title(self, title: str) -> None:
        """Set the title in the upper left corner."""
        self._title = title
        self.update()

    @property
    def title(self) -> str:
        """Title in the upper left corner; empty if there is none."""
        return self._title if self._title_visible else ""

    def set_title_visible(self, visible: bool) -> None:
        """Show the title, or hide it while a box over this one shows its own title in that corner."""
        if visible != self._title_visible:
            self._title_visible = visible
            self.update()

    def set_colour_bar(self, visible: bool, lower_bar_caption: str | None = None) -> None:
        """Hide the colour bar, show it in the corner, or above the bar with this caption."""
        if (visible, lower_bar_caption) != self._colour_bar:
            self._colour_bar = visible, lower_bar_caption
            self._binding.set_colour_bar(visible, lower_bar_caption)
            self.update()

    def set_opacity(self, opacity: float) -> None:
        """Set the opacity over another box: 0 shows only the other box, 1 only this one."""
        self._opacity = opacity
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent, opacity >= 1.0)
        self.update()

    def set_labeler(self, labeler: Callable[[tuple[float, float, float]], str]) -> None:
        """Set the function that names the structure at a point in mm; empty if it has no name."""
        self._hover_label.set_labeler(labeler)

    @property
    def hover_label(self) -> str:
        """Label beside the mouse: the name of the structure under it, or empty."""
        return "" if self._hover_label.label is None else self._hover_label.label[1]

    def update_hover_label(self) -> None:
        """Update the name of the structure under the mouse."""
        self._hover_label.update_label()

    def close_scene(self) -> None:
        """Close the scene; the last picture remains visible."""
        self._animation.stop()
        self._scheduler.stop()
        scene = self._binding.detach()
        if scene is not None:
            scene.close()

    def refresh(self) -> None:
        """Draw again, quickly now and at high quality once nothing moves."""
        self._scheduler.refresh()

    def _on_crosshair_moved(self) -> None:
        if self._session.view.walls is Walls.CROSSHAIR:
            self._scheduler.begin_steps()
            self._binding.update_view()
        else:
            self.update()

    def _is_idle(self) -> bool:
        """Return whether there is a picture that neither the user nor an animation is moving."""
        return self._binding.visible_scene is not None and not (
            self._animation.is_rotating or self._interaction.is_orbiting
        )

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the pixels of the scene, or a page with the reason why there are none."""
        if self._scheduler.is_dirty and self._binding.visible_scene is not None:
            self._render(self._binding.visible_scene)
        painter = QPainter(self)
        painter.setOpacity(self._opacity)
        is_dark = self._session.view.theme is Theme.DARK
        if self._frame_renderer.image is None:
            paint_message(painter, self.rect(), self.message, is_dark)
        else:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(QRectF(self.rect()), self._frame_renderer.image)
            paint_annotations(painter, self._frame_renderer.annotations, self.devicePixelRatioF())
            # The crosshair has a position once the user has set it.
            point = self._session.view.crosshair
            if point is not None and self._binding.scene is not None and not self._animation.is_rotating:
                x, y = self._binding.scene.project(point)
                paint_marker(
                    painter, x / self._frame_renderer.pixel_ratio, y / self._frame_renderer.pixel_ratio
                )
            if self._hover_label.label is not None:
                paint_hover_label(painter, self.rect(), *self._hover_label.label)
        if self._title and self._title_visible:
            paint_title(painter, self.rect(), self._title, is_dark)
        if self._focused_by_keys:
            draw_focus_frame(painter, self)
        painter.end()

    def _render(self, scene: BoxScene) -> None:
        samples = HIGH_QUALITY_SAMPLES if self._scheduler.is_high_quality else 1
        self._frame_renderer.render(
            scene, self.size(), self.devicePixelRatioF(), self._current_motion(), samples
        )
        self._scheduler.mark_rendered()
        self.rendered.emit()

    def _current_motion(self) -> Motion:
        if self._animation.is_rotating:
            return Motion.PRESENTATION
        if self._animation.is_flying or self._interaction.is_orbiting or self._scheduler.is_stepping:
            return Motion.CAMERA
        return (
            Motion.THRESHOLD
            if self._is_threshold_dragged and not self._scheduler.is_high_quality
            else Motion.NONE
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Schedule a picture of the new size; the old one is stretched until then."""
        self.refresh()

    def leaveEvent(self, event: QEvent) -> None:
        """Clear the hover label."""
        self._hover_label.clear()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the focus frame, if the focus came by keyboard."""
        self._focused_by_keys = event.reason() in KEYBOARD_FOCUS_REASONS
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Hide the focus frame."""
        self._focused_by_keys = False
        self.update()

    def hideEvent(self, event: QHideEvent) -> None:
        """Cancel the scheduled high-quality picture of a hidden box."""
        self._scheduler.stop()

    # The camera

    def fly_to(self, camera: Camera) -> None:
        """Move smoothly to another camera, and stop the rotation."""
        self._animation.fly_to(camera)

    def set_rotating(self, rotating: bool) -> None:
        """Start or stop the slow rotation about the vertical."""
        self._animation.set_rotating(rotating)

    # Mouse and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Start a click or a drag."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._hover_label.clear()
            self._interaction.press(event.position())
            self._animation.stop_flight()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Rotate the box with the mouse; without a button, label the structure under it."""
        if self._interaction.is_pressed and self._binding.scene is not None:
            self._interaction.drag(event.position())
        else:
            self._hover_label.mouse_moved(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a rotation, or move the crosshair to the clicked point."""
        if event.button() != Qt.MouseButton.LeftButton or not self._interaction.release():
            return
        picked = None if self._interaction.is_orbiting else self._pick(event.position())
        scene = self._binding.visible_scene
        if picked is not None and scene is not None and not scene.is_air(picked):
            self._session.change(crosshair=picked.point)
        self._interaction.end()
        self._scheduler.schedule_high_quality()

    def _pick(self, position: QPointF) -> PickResult | None:
        """Return what is drawn at a widget position; None if there is no scene."""
        scene, ratio = self._binding.visible_scene, self._frame_renderer.pixel_ratio
        return None if scene is None else scene.pick(position.x() * ratio, position.y() * ratio)

    def _surface_at(self, position: QPointF) -> tuple[float, float, float] | None:
        """Return the point in mm of the surface at a widget position, while nothing moves."""
        moving = self._interaction.is_pressed or self._animation.is_flying or self._animation.is_rotating
        picked = None if moving or self._frame_renderer.image is None else self._pick(position)
        return picked.point if picked is not None and picked.kind == "body" else None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Reset the view."""
        self.fly_to(Camera())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom."""
        self._interaction.zoom(1.12 ** (event.angleDelta().y() / 120))
        self._gesture_timer.start()
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Handle keys: arrows orbit, plus and minus zoom, Home resets the view, Ctrl+C copies the picture."""
        key = Qt.Key(event.key())
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_requested.emit()
            return
        if self._binding.scene is not None and self._interaction.handle_key(event):
            self._gesture_timer.start()
            return
        if key == Qt.Key.Key_Home:
            self.fly_to(Camera())
        elif key == Qt.Key.Key_W:
            walls = Walls.MIDDLE if self._session.view.walls is Walls.CROSSHAIR else Walls.CROSSHAIR
            self._session.change(walls=walls)
        else:
            super().keyPressEvent(event)
