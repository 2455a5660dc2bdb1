"""Benchmark the window: time until shown, and its responsiveness while a map is computed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from viewer.commands.benchmarks.measurement import BenchmarkResult
from viewer.errors import ViewerError
from viewer.progress import Progress

REPEATS = 5
LIMIT_SECONDS = 180

MOMENTS = (
    ("first paint", "first paint, of the window's frame", "wanted: below 250 ms"),
    ("panels", "menus and panels", ""),
    ("box", "box with the scan on its walls", "wanted: below 800 ms"),
    ("map", "complete: bodies, map on the slices, prediction recorded with it", "wanted: below 3000 ms"),
    ("prediction", "network loaded, and prediction computed again", ""),
)
GAPS = (
    ("starting, worst", "worst gap until the demonstration is complete"),
    ("loading, worst", "worst gap after that, while the network is loaded"),
    ("beginning, worst", "worst gap while the computation of a map is prepared and the box turns"),
    ("turning, p99", "99th percentile of a 16 ms timer's gaps while a map is computed and the box turns"),
    ("turning, worst", "worst of those gaps"),
    ("frames", "frames per second of the turning box meanwhile"),
)
CHILD = (
    "import sys, viewer.cli; from viewer.commands.benchmarks.window_process import main; "
    "main(float(sys.argv[1]))"
)


def run(progress: Progress) -> list[BenchmarkResult]:
    """Measure a real window in a separate process, the median of five; no display is needed.

    Raises
    ------
    ViewerError
        The window did not open.
    """
    measurements: list[dict[str, float]] = []
    for repeat in range(REPEATS):
        progress.step(repeat, REPEATS, f"window {repeat + 1} of {REPEATS}")
        measurements.append(_measure_window())
    progress.step(1, 1, "Done")

    def median_measurement(name: str) -> float:
        return median(measurement[name] for measurement in measurements if name in measurement)

    rows = [
        BenchmarkResult(title, 1000 * median_measurement(name), "ms", comparison)
        for name, title, comparison in MOMENTS
        if any(name in measurement for measurement in measurements)
    ]
    for name, title in GAPS:
        if any(name in measurement for measurement in measurements):
            unit = "1/s" if name == "frames" else "ms"
            comparison = "wanted: below 30 ms" if name == "turning, p99" else ""
            rows.append(BenchmarkResult(title, median_measurement(name), unit, comparison))
    return rows


def _measure_window() -> dict[str, float]:
    """Measure one window from the start of its process to its end."""
    environment = dict(os.environ)
    # Installed programs are compiled; without this, a changed checkout would be recompiled at every start.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    if "DISPLAY" not in environment and "WAYLAND_DISPLAY" not in environment:
        environment.setdefault("QT_QPA_PLATFORM", "offscreen")
        environment.setdefault("VTK_DEFAULT_OPENGL_WINDOW", "vtkEGLRenderWindow")
    start = time.monotonic()
    process = subprocess.run(  # noqa: S603
        [sys.executable, "-c", CHILD, str(start)],
        cwd=Path(__file__).parents[3],
        env=environment,
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    lines = process.stdout.strip().splitlines()
    if process.returncode or not lines:
        reason = (process.stderr.strip().splitlines() or ["no message"])[-1]
        raise ViewerError("window", f"it did not open ({reason})")
    numbers: dict[str, float] = json.loads(lines[-1])
    return numbers
