"""When a box is drawn again: quickly at once, and finely when nothing has moved for a moment."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

REST_MS = 160


class Rhythm(QObject):
    """Says whether another picture is due, and whether it is a fine one.

    Parameters
    ----------
    still
        Whether a fine picture could be drawn, and would be looked at.
    """

    due = Signal()
    """Another picture is wanted."""

    def __init__(self, still: Callable[[], bool], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._still = still
        self._stale = self._fine = self._waiting = self._stepping = False
        self._timer = QTimer(self, singleShot=True, interval=REST_MS)
        self._timer.timeout.connect(self._refine)

    @property
    def stale(self) -> bool:
        """Whether the picture that there is has had its day."""
        return self._stale

    @property
    def fine(self) -> bool:
        """Whether the picture is, or will be, a fine one."""
        return self._fine

    @property
    def stepping(self) -> bool:
        """Whether something moves step by step, and nobody says when the last step was."""
        return self._stepping

    def set_waiting(self, waiting: bool) -> None:
        """Whether more is on its way, so that a fine picture would only be in its way."""
        self._waiting = waiting

    def step(self) -> None:
        """Something has moved by a step; it goes on moving until the next fine picture."""
        self._stepping = True

    def refresh(self) -> None:
        """Draw again, quickly now and finely once nothing moves."""
        self._stale, self._fine = True, False
        self._timer.start()
        self.due.emit()

    def rest(self) -> None:
        """Something has stopped: a fine picture comes soon."""
        self._timer.start()

    def stop(self) -> None:
        """Draw nothing finely until something moves again."""
        self._timer.stop()

    def drawn(self) -> None:
        """The picture is there."""
        self._stale = False

    def _refine(self) -> None:
        if not self._still():
            return
        if self._waiting:
            self._timer.start()
            return
        self._stale, self._fine, self._stepping = True, True, False
        self.due.emit()
