"""What moves the camera by the clock: a flight to another view, and slow turning."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, QObject, Qt, QTimer, Signal

from viewer.session.session import Session
from viewer.session.view import Camera

FLIGHT_MS = 420
FRAME_MS = 16
TURN_DEGREES_PER_SECOND = 14.0


class Flight(QObject):
    """Flies a session's camera to another view, or turns it slowly about the vertical.

    Parameters
    ----------
    session
        Whose camera is moved.
    """

    rested = Signal()
    """It turns no longer."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._way: tuple[Camera, Camera] | None = None
        self._turning = False
        self._flown = QElapsedTimer()
        self._turned = QElapsedTimer()
        self._clock = QTimer(self, interval=FRAME_MS, timerType=Qt.TimerType.PreciseTimer)
        self._clock.timeout.connect(self._tick)

    @property
    def flying(self) -> bool:
        """Whether it is on the way to another view."""
        return self._way is not None

    @property
    def turning(self) -> bool:
        """Whether it turns slowly."""
        return self._turning

    def fly(self, camera: Camera) -> None:
        """Go to another camera smoothly, and stop turning."""
        self.set_turning(False)
        self._way = (self._session.view.camera, camera)
        self._flown.start()
        self._clock.start()

    def set_turning(self, turning: bool) -> None:
        """Turn slowly about the vertical, or stop."""
        self._turning = turning
        self._turned.start()
        if turning:
            self._clock.start()
        else:
            self._session.end_gesture()
            self.rested.emit()

    def break_off(self) -> None:
        """Fly no further: a hand is on the box."""
        self._way = None

    def stop(self) -> None:
        """Move nothing until the next flight or turn begins."""
        self._clock.stop()

    def _tick(self) -> None:
        from viewer.scene.camera import interpolate_camera, orbit

        if self._way is not None:
            share = min(self._flown.elapsed() / FLIGHT_MS, 1.0)
            self._session.change(merge=True, camera=interpolate_camera(*self._way, share))
            if share >= 1.0:
                self._way = None
                self._session.end_gesture()
        elif self._turning:
            degrees = TURN_DEGREES_PER_SECOND * self._turned.restart() / 1000
            self._session.change(merge=True, camera=orbit(self._session.view.camera, -degrees, 0.0))
        else:
            self._clock.stop()
