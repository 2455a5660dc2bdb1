"""End a gesture that has no release, such as turning the wheel or holding a key, after a pause."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer

from viewer.session.session import Session

PAUSE_MS = 700


class GestureTimer(QTimer):
    """Settle a session once nothing has been turned or pressed for a moment.

    Start it with every change of the gesture.
    """

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self.setSingleShot(True)
        self.setInterval(PAUSE_MS)
        self.timeout.connect(session.end_gesture)
