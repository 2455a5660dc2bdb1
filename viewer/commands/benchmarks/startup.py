"""Benchmark startup: importing the program and printing its help."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from viewer.commands.benchmarks.measurement import BenchmarkResult
from viewer.progress import Progress

REPEATS = 7

COMMANDS = (
    ("import viewer", ("-c", "import viewer")),
    ("saliency-viewer --help", ("-m", "viewer", "--help")),
    ("saliency-viewer explain --help", ("-m", "viewer", "explain", "--help")),
    ("saliency-viewer methods", ("-m", "viewer", "methods")),
    ("import torch", ("-c", "import torch")),
)


def run(progress: Progress) -> list[BenchmarkResult]:
    """Measure complete processes: median of 7 in ms, interleaved to even out other load."""
    commands = (("python", ("-c", "pass")), *COMMANDS)
    times: dict[str, list[float]] = {name: [] for name, _ in commands}
    for repeat in range(REPEATS):
        for index, (name, command) in enumerate(commands):
            progress.step(repeat * len(commands) + index, REPEATS * len(commands), name)
            times[name].append(_milliseconds(command))
    empty = median(times["python"])
    rows = [BenchmarkResult("python alone", empty, "ms")]
    rows += [
        BenchmarkResult(
            name, median(times[name]), "ms", f"{median(times[name]) - empty:+.0f} ms to python alone"
        )
        for name, _ in COMMANDS
    ]
    return rows


def _milliseconds(command: Sequence[str]) -> float:
    start = time.perf_counter()
    root = Path(__file__).parents[3]
    subprocess.run([sys.executable, *command], cwd=root, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    return (time.perf_counter() - start) * 1000
