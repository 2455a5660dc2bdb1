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


def main(process_start: float) -> None:
    """Open the demonstration, turn the box while a map is computed, and print the measurements.

    ``process_start`` is the process's start time on the clock of `time.monotonic`, which processes share.
    """
    from viewer.window.launch import open_window

    probe = StartupTimer(process_start)
    numbers: dict[str, float] = {}
    open_window(timer=probe, on_window=lambda window: _WindowDriver(window, probe, numbers))
    print(json.dumps(probe.times | numbers))


class _WindowDriver:
    """Driver that takes the window through the measured steps."""

    def __init__(
        self, window: MainWindow, startup_timer: StartupTimer, measurements: dict[str, float]
    ) -> None:
        from PySide6.QtCore import QTimer

        from viewer.window.event_loop_monitor import EventLoopMonitor

        self._window = window
        self._startup_timer = startup_timer
        self._measurements = measurements
        self._event_loop_monitor: EventLoopMonitor = EventLoopMonitor(window)
        window.painted.connect(self._event_loop_monitor.start)
        self._frame_count = 0
        self._timer = QTimer(window, interval=POLL_MS)
        self._timer.timeout.connect(self._poll_loading)
        self._timer.start()
        self._single_shot = QTimer.singleShot
        window.built.connect(lambda: window.box.rendered.connect(self._count_frame))

    def _count_frame(self) -> None:
        self._frame_count += 1

    def _poll_loading(self) -> None:
        """Wait until the demonstration is complete or has failed."""
        if "panels" not in self._startup_timer.times:
            return
        if "map" in self._startup_timer.times and "starting, worst" not in self._measurements:
            self._measurements["starting, worst"] = max(self._event_loop_monitor.stop())
            self._event_loop_monitor.start()
        if "prediction" in self._startup_timer.times or (
            self._window.file_actions.error_boxes and not self._window.controller.tasks
        ):
            self._timer.stop()
            self._measurements["loading, worst"] = max(self._event_loop_monitor.stop())
            self._start_computation()

    def _start_computation(self) -> None:
        window = self._window
        if window.session.model is None:
            window.close()
            return
        parameters: dict[str, Any] = {"steps": STEPS, "tolerance": 0.0, "max_steps": STEPS}
        window.controller.compute("integrated-gradients", parameters, None)
        window.box.set_rotating(True)
        self._event_loop_monitor.start()
        self._timer.timeout.disconnect()
        self._timer.timeout.connect(self._poll_computation)
        self._timer.start()

    def _poll_computation(self) -> None:
        """Wait until the graph is captured and the map has begun; measurement starts then."""
        steps = [
            task.step for task in self._window.controller.tasks if task.is_long and task.step is not None
        ]
        if self._window.controller.is_computing and not any(
            step.fraction > STARTED_FRACTION for step in steps
        ):
            return
        self._timer.stop()
        self._measurements["beginning, worst"] = max(self._event_loop_monitor.stop())
        self._start_recording()

    def _start_recording(self) -> None:
        self._frame_count = 0
        self._event_loop_monitor.start()
        self._single_shot(TURN_MS, self._finish_recording)

    def _finish_recording(self) -> None:
        gaps = sorted(self._event_loop_monitor.stop())
        computing = self._window.controller.is_computing
        if computing:
            self._measurements["turning, p99"] = gaps[int(0.99 * (len(gaps) - 1))]
            self._measurements["turning, worst"] = gaps[-1]
            self._measurements["frames"] = self._frame_count / (TURN_MS / 1000)
        # Shut down first, so that the window does not ask about unsaved work.
        self._window.shut_down()
        self._window.close()
