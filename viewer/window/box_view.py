"""The box as a widget: it paints the pixels of an off-screen scene, and turns the mouse into a view.

A picture is made in the paint event, so that however many changes arrive between two of them there is one
picture; the last one stays until then. While something moves, one sample a pixel is drawn; when it rests,
the same picture again with several.

Its parts: a `LiveScene` shows the session's view, a `Rhythm` knows when a picture is due, a `Picture` how
fine it can be; `Flight` and `Steering` move the camera, `Hover` names what is under the mouse.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from viewer.errors import ViewerError
from viewer.session.session import Session
from viewer.session.view import Camera, Theme, View, Walls
from viewer.window.box_flight import Flight
from viewer.window.box_hover import Hover
from viewer.window.box_painting import paint_marker, paint_name, paint_page, paint_title, paint_words
from viewer.window.box_picture import Motion, Picture
from viewer.window.box_rhythm import Rhythm
from viewer.window.box_scene import LiveScene
from viewer.window.box_steering import Steering
from viewer.window.focus import REACHED_BY_KEYS, draw_focus
from viewer.window.gesture_timer import GestureTimer

if TYPE_CHECKING:
    from viewer.scene.box import BoxScene
    from viewer.scene.picking import PickResult
    from viewer.scene.render_data import MapRenderData, ScanRenderData

STILL_SAMPLES = 2


class BoxView(QWidget):
    """Paints a `BoxScene`; drag turns it, the wheel zooms, a click moves the crosshair.

    Parameters
    ----------
    session
        Whose view is drawn and changed.
    """

    drawn = Signal()
    """A new picture is on the screen."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._live = LiveScene(session, self)
        self._rhythm = Rhythm(self._still, self)
        self._picture = Picture()
        self._flight = Flight(session, self)
        self._steering = Steering(session)
        self._gesture = GestureTimer(session, self)
        self._hover = Hover(self._body_at, self)
        self._live.changed.connect(self._rhythm.refresh)
        self._rhythm.due.connect(self.update)
        self._flight.rested.connect(self._rhythm.rest)
        self._hover.changed.connect(self.update)
        self._message = self.tr("Preparing the box …")
        self._title = ""
        self._titled = True
        self._colour_bar: tuple[bool, str | None] = True, None
        self._share = 1.0
        self._dragged = False
        self._reached_by_keys = False
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(240, 180)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(self.tr("3D box with slices and surfaces"))
        self.setToolTip(
            self.tr("Drag: rotate. Wheel: zoom. Click: move the crosshair. Double-click: home view.")
        )
        session.subscribe(self._moved, "crosshair")

    def sizeHint(self) -> QSize:
        """Room for a picture."""
        return QSize(720, 460)

    # The scene

    def start(self, make: Callable[[], BoxScene]) -> None:
        """Make the scene, on this thread; where there is no OpenGL, say so on a plain page instead."""
        try:
            scene = make()
        except ViewerError as error:
            self.fail(str(error))
        else:
            self._live.start(scene)

    def fail(self, reason: str) -> None:
        """A plain page with a reason; everything else goes on working."""
        self._message = reason
        self._live.leave()
        self.update()

    @property
    def message(self) -> str:
        """What the page says while there is no picture."""
        return self._message

    @property
    def scene(self) -> BoxScene | None:
        """The scene that is painted; None before it is there, and where there is no OpenGL."""
        return self._live.scene

    def set_scan(self, content: ScanRenderData | None) -> None:
        """Show another scan, now or as soon as there is a scene; its maps come after it."""
        self._live.set_scan(content)

    def set_map(self, content: MapRenderData | None) -> None:
        """Show another map, or none."""
        self._live.set_map(content)

    def set_coarse(self, coarse: bool) -> None:
        """Cut bodies coarsely for as long as a threshold is dragged, and draw them as fast as that needs."""
        self._dragged = coarse
        self._picture.prepare_cuts()
        self._live.set_coarse(coarse)

    def set_waiting(self, waiting: bool) -> None:
        """While more is on its way, a fine picture would only be in its way."""
        self._rhythm.set_waiting(waiting)

    def set_adjusted(self, adjusted: Callable[[View], View]) -> None:
        """What this box shows in place of the session's view, such as another threshold."""
        self._live.set_adjusted(adjusted)

    def set_title(self, title: str) -> None:
        """Words in the upper left corner."""
        self._title = title
        self.update()

    @property
    def title(self) -> str:
        """The words in the upper left corner; nothing where there are none."""
        return self._title if self._titled else ""

    def set_titled(self, titled: bool) -> None:
        """Leave the title out while another box that lies over this one has its own there."""
        if titled != self._titled:
            self._titled = titled
            self.update()

    def set_colour_bar(self, allowed: bool, above: str | None = None) -> None:
        """Leave the colours out, or show them in the corner, or above those with this caption."""
        if (allowed, above) != self._colour_bar:
            self._colour_bar = allowed, above
            self._live.set_colour_bar(allowed, above)
            self.update()

    def set_share(self, share: float) -> None:
        """Be seen through, where this box lies over another: 0 shows the other one, 1 this one."""
        self._share = share
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent, share >= 1.0)
        self.update()

    def set_naming(self, name: Callable[[tuple[float, float, float]], str]) -> None:
        """How the body at a point in mm is called; nothing where it has no name."""
        self._hover.set_naming(name)

    @property
    def told(self) -> str:
        """What is written beside the mouse: the name of the body under it, or nothing."""
        return "" if self._hover.told is None else self._hover.told[1]

    def look(self) -> None:
        """Name the body under the mouse."""
        self._hover.look()

    def close_scene(self) -> None:
        """Give the scene back; the last picture stays."""
        self._flight.stop()
        self._rhythm.stop()
        scene = self._live.leave()
        if scene is not None:
            scene.close()

    def refresh(self) -> None:
        """Draw again, quickly now and finely once nothing moves."""
        self._rhythm.refresh()

    def _moved(self) -> None:
        if self._session.view.walls is Walls.CROSSHAIR:
            self._rhythm.step()
            self._live.look()
        else:
            self.update()

    def _still(self) -> bool:
        """Whether there is something to be seen, and neither hand nor clock turns it."""
        return self._live.shown is not None and not (self._flight.turning or self._steering.orbiting)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """The scene's pixels, or the page that says why there are none."""
        if self._rhythm.stale and self._live.shown is not None:
            self._draw(self._live.shown)
        painter = QPainter(self)
        painter.setOpacity(self._share)
        dark = self._session.view.theme is Theme.DARK
        if self._picture.image is None:
            paint_page(painter, self.rect(), self._message, dark)
        else:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(QRectF(self.rect()), self._picture.image)
            paint_words(painter, self._picture.words, self.devicePixelRatioF())
            # Once a person has put the crosshair somewhere.
            point = self._session.view.crosshair
            if point is not None and self._live.scene is not None and not self._flight.turning:
                x, y = self._live.scene.project(point)
                paint_marker(painter, x / self._picture.ratio, y / self._picture.ratio)
            if self._hover.told is not None:
                paint_name(painter, self.rect(), *self._hover.told)
        if self._title and self._titled:
            paint_title(painter, self.rect(), self._title, dark)
        if self._reached_by_keys:
            draw_focus(painter, self)
        painter.end()

    def _draw(self, scene: BoxScene) -> None:
        samples = STILL_SAMPLES if self._rhythm.fine else 1
        self._picture.draw(scene, self.size(), self.devicePixelRatioF(), self._motion(), samples)
        self._rhythm.drawn()
        self.drawn.emit()

    def _motion(self) -> Motion:
        if self._flight.turning:
            return Motion.PRESENTED
        if self._flight.flying or self._steering.orbiting or self._rhythm.stepping:
            return Motion.CAMERA
        return Motion.CUT if self._dragged and not self._rhythm.fine else Motion.NONE

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another size is another picture; the old one is stretched until it is there."""
        self.refresh()

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is under the mouse."""
        self._hover.forget()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show where the keys go, if keys led here."""
        self._reached_by_keys = event.reason() in REACHED_BY_KEYS
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the mark away."""
        self._reached_by_keys = False
        self.update()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody watches: nothing turns."""
        self._rhythm.stop()

    # The camera

    def fly(self, camera: Camera) -> None:
        """Go to another camera smoothly, and stop turning."""
        self._flight.fly(camera)

    def set_turning(self, turning: bool) -> None:
        """Turn slowly about the vertical, or stop."""
        self._flight.set_turning(turning)

    # Mouse and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Either a click or the beginning of a turn."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._hover.forget()
            self._steering.press(event.position())
            self._flight.break_off()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Turn the box with the mouse; without a button, name what is under it."""
        if self._steering.pressed and self._live.scene is not None:
            self._steering.drag(event.position())
        else:
            self._hover.move(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The end of a turn, or a click: the crosshair goes to what lies under it."""
        if event.button() != Qt.MouseButton.LeftButton or not self._steering.release():
            return
        picked = None if self._steering.orbiting else self._pick(event.position())
        scene = self._live.shown
        if picked is not None and scene is not None and not scene.is_air(picked):
            self._session.change(crosshair=picked.point)
        self._steering.end()
        self._rhythm.rest()

    def _pick(self, place: QPointF) -> PickResult | None:
        """What is seen at a place of the widget."""
        scene, ratio = self._live.shown, self._picture.ratio
        return None if scene is None else scene.pick(place.x() * ratio, place.y() * ratio)

    def _body_at(self, place: QPointF) -> tuple[float, float, float] | None:
        """Where in mm a body is seen at a place of the widget, while nothing moves."""
        moving = self._steering.pressed or self._flight.flying or self._flight.turning
        picked = None if moving or self._picture.image is None else self._pick(place)
        return picked.point if picked is not None and picked.kind == "body" else None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """The first view again."""
        self.fly(Camera())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Nearer or farther."""
        self._steering.zoom(1.12 ** (event.angleDelta().y() / 120))
        self._gesture.start()
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows turn the box, plus and minus zoom, Home goes back to the first view."""
        key = Qt.Key(event.key())
        if self._live.scene is not None and self._steering.key(event):
            self._gesture.start()
            return
        if key == Qt.Key.Key_Home:
            self.fly(Camera())
        elif key == Qt.Key.Key_W:
            walls = Walls.MIDDLE if self._session.view.walls is Walls.CROSSHAIR else Walls.CROSSHAIR
            self._session.change(walls=walls)
        else:
            super().keyPressEvent(event)
