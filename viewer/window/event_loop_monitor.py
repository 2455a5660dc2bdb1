"""Measurement of how long the event loop of the main thread is blocked."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, Qt, QTimer

TICK_MS = 16


class EventLoopMonitor(QObject):
    """Timer on the main thread that records the actual intervals between its ticks, in ms."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.intervals_ms: list[float] = []
        self._last_tick = time.perf_counter()
        self._timer = QTimer(self, interval=TICK_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)

    def start(self) -> None:
        """Clear the recorded intervals, and start recording."""
        self.intervals_ms = []
        self._last_tick = time.perf_counter()
        self._timer.start()

    def stop(self) -> list[float]:
        """Stop, and return the intervals in ms, including the current one."""
        self._timer.stop()
        self._tick()
        return self.intervals_ms

    def _tick(self) -> None:
        now = time.perf_counter()
        self.intervals_ms.append((now - self._last_tick) * 1000)
        self._last_tick = now
