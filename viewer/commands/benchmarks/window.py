"""How soon the window is there, and whether it answers while a map is computed and the box turns."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from viewer.commands.benchmarks.row import Row
from viewer.errors import ViewerError
from viewer.progress import Progress

if TYPE_CHECKING:
    from viewer.window.main import MainWindow
    from viewer.window.probe import Heartbeat, Probe

REPEATS = 5
LIMIT_SECONDS = 180
TURN_MS = 6000
POLL_MS = 20
STEPS = 4096
BEGUN = 0.02

MOMENTS = (
    ("first paint", "first paint, of the window's frame", "wanted: below 250 ms"),
    ("panels", "menus and panels", ""),
    ("box", "box with the scan on its walls", "wanted: below 800 ms"),
    ("map", "complete: bodies, map on the slices, prediction recorded with it", "wanted: below 3000 ms"),
    ("prediction", "the network loaded, and asked again", ""),
)
GAPS = (
    ("starting, worst", "worst gap until the demonstration is complete"),
    ("loading, worst", "worst gap after that, while the network is loaded"),
    ("beginning, worst", "worst gap while the computation of a map is prepared and the box turns"),
    ("turning, p99", "99th percentile of a 16 ms timer's gaps while a map is computed and the box turns"),
    ("turning, worst", "worst of those gaps"),
    ("frames", "pictures of the turning box a second meanwhile"),
)
CHILD = "import sys, viewer.cli; from viewer.commands.benchmarks.window import act; act(float(sys.argv[1]))"


def run(progress: Progress) -> list[Row]:
    """Rows of a real window in a process of its own, the median of five; it needs no display.

    Raises
    ------
    ViewerError
        The window did not come up.
    """
    found: list[dict[str, float]] = []
    for turn in range(REPEATS):
        progress.step(turn, REPEATS, f"window {turn + 1} of {REPEATS}")
        found.append(_measured())
    progress.step(1, 1, "Done")

    def middle(name: str) -> float:
        return median(one[name] for one in found if name in one)

    rows = [
        Row(words, 1000 * middle(name), "ms", wanted)
        for name, words, wanted in MOMENTS
        if any(name in one for one in found)
    ]
    for name, words in GAPS:
        if any(name in one for one in found):
            unit = "1/s" if name == "frames" else "ms"
            wanted = "wanted: below 30 ms" if name == "turning, p99" else ""
            rows.append(Row(words, middle(name), unit, wanted))
    return rows


def _measured() -> dict[str, float]:
    """One window from the start of its process to its end."""
    environment = dict(os.environ)
    # Installed programs are compiled; without this a changed checkout would be compiled anew at every start.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    if "DISPLAY" not in environment and "WAYLAND_DISPLAY" not in environment:
        environment.setdefault("QT_QPA_PLATFORM", "offscreen")
        environment.setdefault("VTK_DEFAULT_OPENGL_WINDOW", "vtkEGLRenderWindow")
    began = time.monotonic()
    ended = subprocess.run(  # noqa: S603
        [sys.executable, "-c", CHILD, str(began)],
        cwd=Path(__file__).parents[3],
        env=environment,
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    lines = ended.stdout.strip().splitlines()
    if ended.returncode or not lines:
        reason = (ended.stderr.strip().splitlines() or ["no word of why"])[-1]
        raise ViewerError("window", f"it did not come up ({reason})")
    numbers: dict[str, float] = json.loads(lines[-1])
    return numbers


def act(began: float) -> None:
    """Be that window: open the demonstration, turn the box while a map is computed, print what was measured.

    ``began`` is when the process was started, on the clock of `time.monotonic`, which processes share.
    """
    from viewer.window.app import run as open_window
    from viewer.window.probe import Probe

    probe = Probe(began)
    numbers: dict[str, float] = {}
    open_window(demo=True, probe=probe, ready=lambda window: _Rehearsal(window, probe, numbers))
    print(json.dumps(probe.marks | numbers))


class _Rehearsal:
    """What is done with the window, one step after the other."""

    def __init__(self, window: MainWindow, probe: Probe, numbers: dict[str, float]) -> None:
        from PySide6.QtCore import QTimer

        from viewer.window.probe import Heartbeat

        self._window = window
        self._probe = probe
        self._numbers = numbers
        self._heart: Heartbeat = Heartbeat(window)
        window.painted.connect(self._heart.begin)
        self._pictures = 0
        self._timer = QTimer(window, interval=POLL_MS)
        self._timer.timeout.connect(self._look)
        self._timer.start()
        self._later = QTimer.singleShot
        window.furnished.connect(lambda: window.box.drawn.connect(self._count))

    def _count(self) -> None:
        self._pictures += 1

    def _look(self) -> None:
        """Wait until the demonstration is complete, or nothing more of it comes."""
        if "panels" not in self._probe.marks:
            return
        if "map" in self._probe.marks and "starting, worst" not in self._numbers:
            self._numbers["starting, worst"] = max(self._heart.end())
            self._heart.begin()
        if "prediction" in self._probe.marks or (self._window.asking.errors and not self._window.desk.doing):
            self._timer.stop()
            self._numbers["loading, worst"] = max(self._heart.end())
            self._compute()

    def _compute(self) -> None:
        window = self._window
        if window.session.model is None:
            window.close()
            return
        parameters: dict[str, Any] = {"steps": STEPS, "tolerance": 0.0, "max_steps": STEPS}
        window.desk.compute("integrated-gradients", parameters, None)
        window.box.set_turning(True)
        self._heart.begin()
        self._timer.timeout.disconnect()
        self._timer.timeout.connect(self._wait)
        self._timer.start()

    def _wait(self) -> None:
        """The network is taken apart once, at the first map; what is measured is the computing after it."""
        steps = [doing.step for doing in self._window.desk.doing if doing.long and doing.step is not None]
        if self._window.desk.computing and not any(step.fraction > BEGUN for step in steps):
            return
        self._timer.stop()
        self._numbers["beginning, worst"] = max(self._heart.end())
        self._listen()

    def _listen(self) -> None:
        self._pictures = 0
        self._heart.begin()
        self._later(TURN_MS, self._finish)

    def _finish(self) -> None:
        gaps = sorted(self._heart.end())
        still = self._window.desk.computing
        if still:
            self._numbers["turning, p99"] = gaps[int(0.99 * (len(gaps) - 1))]
            self._numbers["turning, worst"] = gaps[-1]
            self._numbers["frames"] = self._pictures / (TURN_MS / 1000)
        self._window.close()
