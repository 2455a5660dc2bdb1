"""Interaction with the box: camera by mouse and keys, camera animation, and the hover label."""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import QElapsedTimer, QObject, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent

from viewer.session.session import Session
from viewer.session.view import Camera

CLICK_PIXELS = 4.0
DEGREES_PER_PIXEL = 0.4


class CameraInteraction:
    """Control of a session's camera by mouse and keys.

    A press becomes a drag once the mouse has moved farther than in a click.

    Parameters
    ----------
    session
        Session whose camera is moved.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._press_position: QPointF | None = None
        self._last_position = QPointF()
        self._orbiting = False

    @property
    def is_pressed(self) -> bool:
        """Whether the mouse button is down."""
        return self._press_position is not None

    @property
    def is_orbiting(self) -> bool:
        """Whether the box is being rotated with the mouse; True until `end`."""
        return self._orbiting

    def press(self, position: QPointF) -> None:
        """Start a click or a drag."""
        self._session.end_gesture()
        self._press_position = self._last_position = position
        self._orbiting = False

    def drag(self, position: QPointF) -> None:
        """Rotate the camera by the mouse movement since the last call."""
        if self._press_position is None:
            return
        movement = position - self._press_position
        if not self._orbiting and math.hypot(movement.x(), movement.y()) < CLICK_PIXELS:
            return
        self._orbiting = True
        step = (position - self._last_position) * DEGREES_PER_PIXEL
        self._last_position = position
        self._orbit(step.x(), -step.y())

    def release(self) -> bool:
        """Handle the release of the mouse button; return whether it was pressed."""
        pressed, self._press_position = self._press_position, None
        return pressed is not None

    def end(self) -> None:
        """End the gesture as one undo step."""
        self._orbiting = False
        self._session.end_gesture()

    def zoom(self, factor: float) -> None:
        """Zoom so that the box is drawn ``factor`` times as large."""
        from viewer.scene.camera import zoom

        self._session.change(merge=True, camera=zoom(self._session.view.camera, factor))

    def handle_key(self, event: QKeyEvent) -> bool:
        """Handle arrow keys (orbit, faster with Shift), plus and minus (zoom); return whether handled."""
        keys = Qt.Key
        step = 15.0 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 5.0
        turns = {
            keys.Key_Left: (-step, 0.0),
            keys.Key_Right: (step, 0.0),
            keys.Key_Up: (0.0, step),
            keys.Key_Down: (0.0, -step),
        }
        zooms = {keys.Key_Plus: 1.15, keys.Key_Equal: 1.15, keys.Key_Minus: 1 / 1.15}
        key = keys(event.key())
        if key in turns:
            self._orbit(*turns[key])
        elif key in zooms:
            self.zoom(zooms[key])
        return key in turns or key in zooms

    def _orbit(self, dx: float, dy: float) -> None:
        from viewer.scene.camera import orbit

        self._session.change(merge=True, camera=orbit(self._session.view.camera, dx, dy))


FLIGHT_MS = 420
FRAME_MS = 16
ROTATION_DEGREES_PER_SECOND = 14.0


class CameraAnimation(QObject):
    """Animation of a session's camera: flight to another view, or slow rotation about the vertical.

    Parameters
    ----------
    session
        Session whose camera is moved.
    """

    stopped = Signal()
    """Emitted when the rotation stops."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._flight_path: tuple[Camera, Camera] | None = None
        self._rotating = False
        self._flight_time = QElapsedTimer()
        self._rotation_time = QElapsedTimer()
        self._frame_timer = QTimer(self, interval=FRAME_MS, timerType=Qt.TimerType.PreciseTimer)
        self._frame_timer.timeout.connect(self._tick)

    @property
    def is_flying(self) -> bool:
        """Whether a flight to another view is in progress."""
        return self._flight_path is not None

    @property
    def is_rotating(self) -> bool:
        """Whether the camera rotates slowly."""
        return self._rotating

    def fly_to(self, camera: Camera) -> None:
        """Move smoothly to another camera, and stop the rotation."""
        self.set_rotating(False)
        self._flight_path = (self._session.view.camera, camera)
        self._flight_time.start()
        self._frame_timer.start()

    def set_rotating(self, rotating: bool) -> None:
        """Start or stop the slow rotation about the vertical."""
        self._rotating = rotating
        self._rotation_time.start()
        if rotating:
            self._frame_timer.start()
        else:
            self._session.end_gesture()
            self.stopped.emit()

    def stop_flight(self) -> None:
        """Stop the flight, because the user moves the camera."""
        self._flight_path = None

    def stop(self) -> None:
        """Stop all animation until the next flight or rotation."""
        self._frame_timer.stop()

    def _tick(self) -> None:
        from viewer.scene.camera import interpolate_camera, orbit

        if self._flight_path is not None:
            fraction = min(self._flight_time.elapsed() / FLIGHT_MS, 1.0)
            self._session.change(merge=True, camera=interpolate_camera(*self._flight_path, fraction))
            if fraction >= 1.0:
                self._flight_path = None
                self._session.end_gesture()
        elif self._rotating:
            degrees = ROTATION_DEGREES_PER_SECOND * self._rotation_time.restart() / 1000
            self._session.change(merge=True, camera=orbit(self._session.view.camera, -degrees, 0.0))
        else:
            self._frame_timer.stop()


Point = tuple[float, float, float]

HOVER_MS = 60


class HoverLabel(QObject):
    """Label of the structure under the mouse.

    Parameters
    ----------
    surface_at
        Returns the surface point in mm at a widget position; None if there is no surface, or while
        picking is not possible.
    """

    changed = Signal()
    """Emitted when the label changes or disappears."""

    def __init__(self, surface_at: Callable[[QPointF], Point | None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._surface_at = surface_at
        self._labeler: Callable[[Point], str] | None = None
        self._position = QPointF()
        self._label: tuple[QPointF, str] | None = None
        self._hover_timer = QTimer(self, singleShot=True, interval=HOVER_MS)
        self._hover_timer.timeout.connect(self.update_label)

    @property
    def label(self) -> tuple[QPointF, str] | None:
        """Mouse position and name of the structure under it; None if there is no label."""
        return self._label

    def set_labeler(self, labeler: Callable[[Point], str]) -> None:
        """Set the function that names the structure at a point in mm; empty if it has no name."""
        self._labeler = labeler

    def mouse_moved(self, position: QPointF) -> None:
        """Record the new mouse position."""
        self._position = position
        self._set_label("")
        self._hover_timer.start()

    def clear(self) -> None:
        """Clear the label: the mouse has left the box, or a button is pressed."""
        self._hover_timer.stop()
        self._set_label("")

    def update_label(self) -> None:
        """Update the name of the structure under the mouse."""
        point = None if self._labeler is None else self._surface_at(self._position)
        self._set_label("" if self._labeler is None or point is None else self._labeler(point))

    def _set_label(self, text: str) -> None:
        previous, self._label = self._label, (self._position, text) if text else None
        if previous is not None or text:
            self.changed.emit()
