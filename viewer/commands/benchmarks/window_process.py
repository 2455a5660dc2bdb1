"""Process of the benchmark `bench window`: open the window, compute a map and turn the box.

It is imported before the window is shown, so it imports nothing that the window does not import.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from viewer.window.event_loop_monitor import EventLoopMonitor
    from viewer.window.main import MainWindow
from viewer.window.startup import StartupTimer

TURN_MS = 6000
POLL_MS = 20
STEPS = 4096
STARTED_FRACTION = 0.02


def main(began: float) -> None:
    """Open the demonstration, turn the box while a map is computed, and print the measurements.

    ``began`` is the start time of the process on the clock of `time.monotonic`, which processes share.
    """
    from viewer.window.launch import open_window

    probe = StartupTimer(began)
    numbers: dict[str, float] = {}
    open_window(timer=probe, on_window=lambda window: _WindowDriver(window, probe, numbers))
    print(json.dumps(probe.times | numbers))


class _WindowDriver:
    """Driver that takes the window through the measured steps."""

    def __init__(self, window: MainWindow, probe: StartupTimer, numbers: dict[str, float]) -> None:
        from PySide6.QtCore import QTimer

        from viewer.window.event_loop_monitor import EventLoopMonitor

        self._window = window
        self._probe = probe
        self._numbers = numbers
        self._heart: EventLoopMonitor = EventLoopMonitor(window)
        window.painted.connect(self._heart.start)
        self._pictures = 0
        self._timer = QTimer(window, interval=POLL_MS)
        self._timer.timeout.connect(self._look)
        self._timer.start()
        self._later = QTimer.singleShot
        window.built.connect(lambda: window.box.rendered.connect(self._count))

    def _count(self) -> None:
        self._pictures += 1

    def _look(self) -> None:
        """Wait until the demonstration is complete or has failed."""
        if "panels" not in self._probe.times:
            return
        if "map" in self._probe.times and "starting, worst" not in self._numbers:
            self._numbers["starting, worst"] = max(self._heart.stop())
            self._heart.start()
        if "prediction" in self._probe.times or (
            self._window.file_actions.errors and not self._window.controller.tasks
        ):
            self._timer.stop()
            self._numbers["loading, worst"] = max(self._heart.stop())
            self._compute()

    def _compute(self) -> None:
        window = self._window
        if window.session.model is None:
            window.close()
            return
        parameters: dict[str, Any] = {"steps": STEPS, "tolerance": 0.0, "max_steps": STEPS}
        window.controller.compute("integrated-gradients", parameters, None)
        window.box.set_rotating(True)
        self._heart.start()
        self._timer.timeout.disconnect()
        self._timer.timeout.connect(self._wait)
        self._timer.start()

    def _wait(self) -> None:
        """Wait until the graph is captured and the map has begun; measurement starts then."""
        steps = [task.step for task in self._window.controller.tasks if task.long and task.step is not None]
        if self._window.controller.computing and not any(step.fraction > STARTED_FRACTION for step in steps):
            return
        self._timer.stop()
        self._numbers["beginning, worst"] = max(self._heart.stop())
        self._listen()

    def _listen(self) -> None:
        self._pictures = 0
        self._heart.start()
        self._later(TURN_MS, self._finish)

    def _finish(self) -> None:
        gaps = sorted(self._heart.stop())
        computing = self._window.controller.computing
        if computing:
            self._numbers["turning, p99"] = gaps[int(0.99 * (len(gaps) - 1))]
            self._numbers["turning, worst"] = gaps[-1]
            self._numbers["frames"] = self._pictures / (TURN_MS / 1000)
        # Shut down first, so that the window does not ask about unsaved work.
        self._window.shut_down()
        self._window.close()
