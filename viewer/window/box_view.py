"""The box as a widget: it paints the pixels of an off-screen scene, and turns the mouse into a view.

A picture is made in the paint event, so that however many changes arrive between two of them there is one
picture; the last one stays until then. While something moves, one sample a pixel is drawn; when it rests,
the same picture again with several.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, QEvent, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QHideEvent,
    QImage,
    QKeyEvent,
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
from viewer.window.pace import Pace

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from viewer.scene.box import BoxScene
    from viewer.scene.content import MapContent, ScanContent

REST_MS = 160
FLIGHT_MS = 420
FRAME_MS = 16
CLICK_PIXELS = 4.0
DEGREES_PER_PIXEL = 0.4
TURN_DEGREES_PER_SECOND = 14.0
STILL_SAMPLES = 2
SIDE = 16
HOVER_MS = 60
PREPARED_AFTER = 2
SMALLEST = 6.0
PRESENTED = 14.0
MARKER = QColor("#7ee0a2")
DRAWN_WITH = (
    "theme", "threshold", "sign", "smallest_cluster", "walls", "walls_at", "camera", "glass", "nested",
    "shadows", "smoothing", "hues", "scale_bar", "colour_bar", "display_range",
)  # fmt: skip


REACHED_BY_KEYS = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)


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
        self._scene: BoxScene | None = None
        self._content: ScanContent | None = None
        self._map: MapContent | None = None
        self._waiting = False
        self._message = self.tr("Preparing the box …")
        self._picture: QImage | None = None
        self._stale = False
        self._fine = False
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._refine)
        self._clock = QTimer(self, interval=FRAME_MS, timerType=Qt.TimerType.PreciseTimer)
        self._clock.timeout.connect(self._tick)
        self._flight: tuple[Camera, Camera] | None = None
        self._flown = QElapsedTimer()
        self._turned = QElapsedTimer()
        self._turning = False
        self._pressed: QPointF | None = None
        self._last = QPointF()
        self._orbiting = False
        self._reached_by_keys = False
        self._pace, self._drag_pace = Pace(), Pace()
        self._dragged, self._drags = False, 0
        self._crossing = False
        self._name: Callable[[tuple[float, float, float]], str] | None = None
        self._hovered = QPointF()
        self._told: tuple[QPointF, str] | None = None
        self._adjusted: Callable[[View], View] = lambda view: view
        self._title = ""
        self._titled = True
        self._words: tuple[tuple[npt.NDArray[np.uint8], int, int], ...] = ()
        self._share = 1.0
        self._hover = QTimer(self, singleShot=True, interval=HOVER_MS)
        self._hover.timeout.connect(self.look)
        self.setMouseTracking(True)
        self._ratio = 1.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(240, 180)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(self.tr("Box with slices and bodies"))
        self.setToolTip(
            self.tr("Drag: turn. Wheel: zoom. Click: crosshair there. Double click: the first view again.")
        )
        session.subscribe(self._changed, *DRAWN_WITH)
        session.subscribe(self._moved, "crosshair")

    def sizeHint(self) -> QSize:
        """Room for a picture."""
        return QSize(720, 460)

    # The scene

    def start(self, make: Callable[[], BoxScene]) -> None:
        """Make the scene, on this thread; where there is no OpenGL, say so on a plain page instead."""
        try:
            self._scene = make()
        except ViewerError as error:
            self.fail(str(error))
            return
        self._scene.set_view(self._seen())
        if self._content is None:
            # The first picture makes OpenGL ready, which takes a tenth of a second: while the scan is read.
            self._scene.render(SIDE, SIDE)
        else:
            self._scene.set_scan(self._content)
            self._scene.set_map(self._map)
        self.refresh()

    def fail(self, reason: str) -> None:
        """A plain page with a reason; everything else goes on working."""
        self._message = reason
        self._scene = None
        self.update()

    @property
    def message(self) -> str:
        """What the page says while there is no picture."""
        return self._message

    @property
    def scene(self) -> BoxScene | None:
        """The scene that is painted; None before it is there, and where there is no OpenGL."""
        return self._scene

    def set_scan(self, content: ScanContent) -> None:
        """Show another scan, now or as soon as there is a scene; its maps come after it."""
        self._content, self._map = content, None
        if self._scene is not None:
            self._scene.set_scan(content)
            self.refresh()

    def set_map(self, content: MapContent | None) -> None:
        """Show another map, or none."""
        self._map = content
        if self._scene is not None:
            self._scene.set_map(content)
            self.refresh()

    def set_coarse(self, coarse: bool) -> None:
        """Cut bodies coarsely for as long as a threshold is dragged, and draw them as fast as that needs."""
        self._dragged, self._drags = coarse, 0
        if self._scene is not None:
            self._scene.set_coarse(coarse)
            self.refresh()

    def set_waiting(self, waiting: bool) -> None:
        """While more is on its way, a fine picture would only be in its way."""
        self._waiting = waiting

    def set_adjusted(self, adjusted: Callable[[View], View]) -> None:
        """What this box shows in place of the session's view, such as another threshold."""
        self._adjusted = adjusted
        self._changed()

    def set_title(self, title: str) -> None:
        """Words in the upper left corner."""
        self._title = title
        self.update()

    def set_titled(self, titled: bool) -> None:
        """Leave title and colours out while another box that lies over this one has its own there."""
        if titled != self._titled:
            self._titled = titled
            self._changed()
            self.update()

    def set_share(self, share: float) -> None:
        """Be seen through, where this box lies over another: 0 shows the other one, 1 this one."""
        self._share = share
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent, share >= 1.0)
        self.update()

    def set_naming(self, name: Callable[[tuple[float, float, float]], str]) -> None:
        """How the body at a point in mm is called; nothing where it has no name."""
        self._name = name

    @property
    def told(self) -> str:
        """What is written beside the mouse: the name of the body under it, or nothing."""
        return "" if self._told is None else self._told[1]

    def look(self) -> None:
        """Name the body under the mouse."""
        place, told = self._hovered, ""
        still = self._pressed is None and self._flight is None and not self._turning
        if self._scene is not None and self._name is not None and self._picture is not None and still:
            picked = self._scene.pick(place.x() * self._ratio, place.y() * self._ratio)
            if picked is not None and picked.kind == "body":
                told = self._name(picked.point)
        self._tell(place, told)

    def _tell(self, place: QPointF, told: str) -> None:
        before, self._told = self._told, (place, told) if told else None
        if before is not None or told:
            self.update()

    def close_scene(self) -> None:
        """Give the scene back; the last picture stays."""
        self._clock.stop()
        self._rest.stop()
        scene, self._scene = self._scene, None
        if scene is not None:
            scene.close()

    def refresh(self) -> None:
        """Draw again, quickly now and finely once nothing moves."""
        self._stale, self._fine = True, False
        self._rest.start()
        self.update()

    def _changed(self) -> None:
        if self._scene is not None:
            self._scene.set_view(self._seen())
            self.refresh()

    def _seen(self) -> View:
        view = self._adjusted(self._session.view)
        return view if self._titled else replace(view, colour_bar=False)

    def _moved(self) -> None:
        if self._session.view.walls is Walls.CROSSHAIR:
            self._crossing = True
            self._changed()
        else:
            self.update()

    def _refine(self) -> None:
        if self._scene is None or self._content is None or self._turning or self._orbiting:
            return
        if self._waiting:
            self._rest.start()
            return
        self._stale, self._fine, self._crossing = True, True, False
        self.update()

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """The scene's pixels, or the page that says why there are none."""
        if self._stale and self._scene is not None and self._content is not None:
            self._draw()
        painter = QPainter(self)
        painter.setOpacity(self._share)
        if self._picture is None:
            self._paint_page(painter)
        else:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(QRectF(self.rect()), self._picture)
            self._paint_words(painter)
            self._paint_marker(painter)
            self._paint_name(painter)
        if self._title and self._titled:
            self._paint_title(painter)
        if self._reached_by_keys:
            painter.setPen(QPen(self.palette().highlight().color(), 1))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def _draw(self) -> None:
        assert self._scene is not None
        turned = self._turning or self._orbiting or self._flight is not None or self._crossing
        moving = turned or (self._dragged and not self._fine)
        pace = self._pace if turned else self._drag_pace
        self._ratio = self.devicePixelRatioF() * (pace.scale if moving else 1.0)
        width, height = round(self.width() * self._ratio), round(self.height() * self._ratio)
        self._scene.set_smallest(self._ratio * (PRESENTED if self._turning else SMALLEST))
        began = time.perf_counter()
        larger = self.devicePixelRatioF() / self._ratio
        pixels = self._scene.render(width, height, STILL_SAMPLES if self._fine else 1, letters=larger == 1)
        self._words = () if larger == 1 else self._scene.words(larger)
        self._drags += 1
        if moving and (turned or self._drags > PREPARED_AFTER):
            pace.note((time.perf_counter() - began) * 1000)
        rows, columns = pixels.shape[:2]
        # The image borrows the array's memory, so the array has to live as long as the image.
        self._pixels = pixels
        self._picture = QImage(pixels.data, columns, rows, 4 * columns, QImage.Format.Format_RGBX8888)
        self._stale = False
        self.drawn.emit()

    def _paint_words(self, painter: QPainter) -> None:
        """What a picture of half the size would show softly, drawn at the screen's own."""
        fineness = self.devicePixelRatioF()
        for drawn, left, top in self._words:
            rows, columns = drawn.shape[:2]
            image = QImage(drawn.data, columns, rows, 4 * columns, QImage.Format.Format_RGBA8888)
            place = QRectF(left / fineness, top / fineness, columns / fineness, rows / fineness)
            painter.drawImage(place, image)

    def _paint_marker(self, painter: QPainter) -> None:
        """Where the crosshair is, once a person has put it somewhere."""
        point = self._session.view.crosshair
        if point is None or self._scene is None or self._turning:
            return
        x, y = (value / self._ratio for value in self._scene.project(point))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for colour, width in ((QColor(0, 0, 0, 150), 3.0), (MARKER, 1.2)):
            painter.setPen(QPen(colour, width))
            for across, up in ((1, 0), (-1, 0), (0, 1), (0, -1)):
                painter.drawLine(QPointF(x + 3 * across, y + 3 * up), QPointF(x + 9 * across, y + 9 * up))

    def _paint_title(self, painter: QPainter) -> None:
        dark = self._session.view.theme is Theme.DARK
        painter.setOpacity(1.0)
        painter.setPen(QColor("#e4e7eb" if dark else "#1b1f24"))
        line = QRectF(10, 6, self.width() - 20, 20)
        words = painter.fontMetrics().elidedText(
            self._title, Qt.TextElideMode.ElideMiddle, round(line.width())
        )
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words)

    def _paint_name(self, painter: QPainter) -> None:
        if self._told is None:
            return
        place, words = self._told
        box = QRectF(painter.fontMetrics().boundingRect(words)).adjusted(-7, -4, 7, 4)
        left = min(place.x() + 14, self.width() - box.width() - 4)
        top = place.y() - box.height() - 8 if place.y() > box.height() + 12 else place.y() + 18
        box.moveTo(max(left, 4.0), top)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(255, 255, 255, 50), 1))
        painter.setBrush(QColor(18, 21, 26, 225))
        painter.drawRoundedRect(box, 5, 5)
        painter.setPen(QColor("#eef1f5"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)

    def _paint_page(self, painter: QPainter) -> None:
        dark = self._session.view.theme is Theme.DARK
        fade = QLinearGradient(0, 0, 0, self.height())
        fade.setColorAt(0, QColor("#1b1f29" if dark else "#ffffff"))
        fade.setColorAt(1, QColor("#090a0d" if dark else "#f4f5f7"))
        painter.fillRect(self.rect(), fade)
        painter.setPen(QColor("#9aa4b2" if dark else "#5b6573"))
        box = self.rect().adjusted(40, 20, -40, -20)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._message)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another size is another picture; the old one is stretched until it is there."""
        self.refresh()

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is under the mouse."""
        self._hover.stop()
        self._tell(QPointF(), "")

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
        self._rest.stop()

    # The camera

    def fly(self, camera: Camera) -> None:
        """Go to another camera smoothly, and stop turning."""
        self.set_turning(False)
        self._flight = (self._session.view.camera, camera)
        self._flown.start()
        self._clock.start()

    def set_turning(self, turning: bool) -> None:
        """Turn slowly about the vertical, or stop."""
        self._turning = turning
        self._turned.start()
        if turning:
            self._clock.start()
        else:
            self._session.settle()
            self._rest.start()

    def _tick(self) -> None:
        from viewer.scene.camera import between, orbited

        if self._flight is not None:
            share = min(self._flown.elapsed() / FLIGHT_MS, 1.0)
            self._session.change(camera=between(*self._flight, share))
            if share >= 1.0:
                self._flight = None
                self._session.settle()
        elif self._turning:
            degrees = TURN_DEGREES_PER_SECOND * self._turned.restart() / 1000
            self._session.change(camera=orbited(self._session.view.camera, -degrees, 0.0))
        else:
            self._clock.stop()

    # Mouse and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Either a click or the beginning of a turn."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._hover.stop()
            self._tell(event.position(), "")
            self._pressed = self._last = event.position()
            self._orbiting = False
            self._flight = None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Turn the box with the mouse; without a button, name what is under it."""
        if self._pressed is None or self._scene is None:
            self._hovered = event.position()
            self._tell(self._hovered, "")
            self._hover.start()
            return
        place = event.position()
        moved = place - self._pressed
        if not self._orbiting and math.hypot(moved.x(), moved.y()) < CLICK_PIXELS:
            return
        from viewer.scene.camera import orbited

        self._orbiting = True
        step = (place - self._last) * DEGREES_PER_PIXEL
        self._last = place
        self._session.change(camera=orbited(self._session.view.camera, step.x(), -step.y()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The end of a turn, or a click: the crosshair goes to what lies under it."""
        pressed, self._pressed = self._pressed, None
        if event.button() != Qt.MouseButton.LeftButton or pressed is None:
            return
        if not self._orbiting:
            self._pick(event.position())
        self._orbiting = False
        self._session.settle()
        self._rest.start()

    def _pick(self, place: QPointF) -> None:
        if self._scene is None or self._content is None:
            return
        picked = self._scene.pick(place.x() * self._ratio, place.y() * self._ratio)
        if picked is not None:
            self._session.change(crosshair=picked.point)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """The first view again."""
        self.fly(Camera())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Nearer or farther."""
        self._zoom(1.12 ** (event.angleDelta().y() / 120))
        event.accept()

    def _zoom(self, factor: float) -> None:
        from viewer.scene.camera import zoomed

        self._session.change(camera=zoomed(self._session.view.camera, factor))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows turn the box, plus and minus zoom, Home goes back to the first view."""
        keys = Qt.Key
        step = 15.0 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 5.0
        turns = {
            keys.Key_Left: (-step, 0.0),
            keys.Key_Right: (step, 0.0),
            keys.Key_Up: (0.0, step),
            keys.Key_Down: (0.0, -step),
        }
        key = keys(event.key())
        if self._scene is not None and key in turns:
            from viewer.scene.camera import orbited

            self._session.change(camera=orbited(self._session.view.camera, *turns[key]))
        elif self._scene is not None and key in (keys.Key_Plus, keys.Key_Equal):
            self._zoom(1.15)
        elif self._scene is not None and key == keys.Key_Minus:
            self._zoom(1 / 1.15)
        elif key == keys.Key_Home:
            self.fly(Camera())
        elif key == keys.Key_W:
            walls = Walls.MIDDLE if self._session.view.walls is Walls.CROSSHAIR else Walls.CROSSHAIR
            self._session.change(walls=walls)
        else:
            super().keyPressEvent(event)
