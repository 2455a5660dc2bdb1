"""The way from a background thread to the window's: functions are posted and run by the event loop."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal, Slot


class Deliver(QObject):
    """Called from any thread with a function, which then runs on the thread that made this object.

    After `close`, functions that are still on their way are dropped: what they would touch is gone.
    """

    _posted = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._open = True
        self._posted.connect(self._run, Qt.ConnectionType.QueuedConnection)

    def __call__(self, function: Callable[[], None]) -> None:
        """Run a function soon, on the window's thread."""
        if self._open:
            self._posted.emit(function)

    def close(self) -> None:
        """Drop everything from now on."""
        self._open = False

    @Slot(object)
    def _run(self, function: Callable[[], None]) -> None:
        if self._open:
            function()
