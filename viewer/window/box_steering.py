"""What moves the camera by hand: dragging and the wheel, arrows and the keys that zoom."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QKeyEvent

from viewer.session.session import Session

CLICK_PIXELS = 4.0
DEGREES_PER_PIXEL = 0.4


class Steering:
    """Turns a session's camera and brings it nearer or farther.

    A press becomes a drag once the mouse has moved so far that a click would not have.

    Parameters
    ----------
    session
        Whose camera is moved.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._pressed: QPointF | None = None
        self._last = QPointF()
        self._orbiting = False

    @property
    def pressed(self) -> bool:
        """Whether the mouse's button is down."""
        return self._pressed is not None

    @property
    def orbiting(self) -> bool:
        """Whether the box is being turned with the mouse; until `end`."""
        return self._orbiting

    def press(self, place: QPointF) -> None:
        """Either a click or the beginning of a turn."""
        self._session.end_gesture()
        self._pressed = self._last = place
        self._orbiting = False

    def drag(self, place: QPointF) -> None:
        """Turn with the mouse, as far as it has moved since the last time."""
        if self._pressed is None:
            return
        moved = place - self._pressed
        if not self._orbiting and math.hypot(moved.x(), moved.y()) < CLICK_PIXELS:
            return
        self._orbiting = True
        step = (place - self._last) * DEGREES_PER_PIXEL
        self._last = place
        self._orbit(step.x(), -step.y())

    def release(self) -> bool:
        """The button is up; answers whether it had been down."""
        pressed, self._pressed = self._pressed, None
        return pressed is not None

    def end(self) -> None:
        """What was done with the mouse is one step to undo."""
        self._orbiting = False
        self._session.end_gesture()

    def zoom(self, factor: float) -> None:
        """Draw the box ``factor`` times as large."""
        from viewer.scene.camera import zoom

        self._session.change(merge=True, camera=zoom(self._session.view.camera, factor))

    def key(self, event: QKeyEvent) -> bool:
        """Arrows turn the box, with Shift farther, plus and minus zoom; answers whether that was asked."""
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

    def _orbit(self, across: float, up: float) -> None:
        from viewer.scene.camera import orbit

        self._session.change(merge=True, camera=orbit(self._session.view.camera, across, up))
