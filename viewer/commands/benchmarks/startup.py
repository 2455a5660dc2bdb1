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
    asked = (("python", ("-c", "pass")), *COMMANDS)
    times: dict[str, list[float]] = {name: [] for name, _ in asked}
    for turn in range(REPEATS):
        for number, (name, words) in enumerate(asked):
            progress.step(turn * len(asked) + number, REPEATS * len(asked), name)
            times[name].append(_milliseconds(words))
    empty = median(times["python"])
    rows = [BenchmarkResult("python alone", empty, "ms")]
    rows += [
        BenchmarkResult(
            name, median(times[name]), "ms", f"{median(times[name]) - empty:+.0f} ms to python alone"
        )
        for name, _ in COMMANDS
    ]
    return rows


def _milliseconds(words: Sequence[str]) -> float:
    began = time.perf_counter()
    root = Path(__file__).parents[3]
    subprocess.run([sys.executable, *words], cwd=root, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    return (time.perf_counter() - began) * 1000
