"""Benchmark the saliency of 1995 at the paper's size: 786,432 voxels, 64 scans, 63 components, 5 units."""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from viewer.commands.benchmarks.measurement import BenchmarkResult
from viewer.progress import Progress

if TYPE_CHECKING:
    from viewer.models.training.morch.fit import Fit
    from viewer.scans.masked_matrix import MaskedMatrix

SHAPE = (128, 128, 48)
SCANS = 64
MASKED = 34_863
ROUNDS = 5
LOOPED = 2000
PROJECTED = 2

T = TypeVar("T")


def run(progress: Progress) -> list[BenchmarkResult]:
    """Return medians of five with memory-mapped scans; loops are timed on a few voxels and extrapolated."""
    from viewer.methods.morch_1995 import reference
    from viewer.methods.morch_1995.approximation import Approximation
    from viewer.methods.morch_1995.voxel_saliency import compute_voxel_saliency
    from viewer.models.training.morch.targets import graded_targets
    from viewer.models.training.morch.training import train_network
    from viewer.models.training.morch.training_options import TrainingOptions

    with tempfile.TemporaryDirectory() as folder:
        progress.step(0, 10, "prepare")
        levels = [float(index % 8) for index in range(SCANS)]
        matrix = _make_matrix(Path(folder) / "scans.f32", SHAPE, levels)
        masked = _make_matrix(Path(folder) / "masked.f32", (MASKED, 1, 1), levels)
        targets, recipe = graded_targets(levels, "levels"), TrainingOptions(decay=0.01)
        gram, product_time = _measure(matrix.gram)
        fit, training_time = _measure(lambda: train_network(gram, targets, recipe), rounds=1)
        small_fit = train_network(masked.gram(), targets, recipe)
        peak = _PeakMemoryMonitor()
        times = {}
        for index, (name, approximations) in enumerate(
            {
                "1st and 2nd order": (Approximation.FIRST, Approximation.SECOND),
                "the same with cross terms": (Approximation.FIRST, Approximation.SECOND_CROSS),
                "exact": (Approximation.EXACT,),
                "retrained": (Approximation.RETRAINED,),
            }.items()
        ):
            progress.step(1 + 2 * index, 10, name)

            def compute_maps(
                fit: Fit = fit,
                matrix: MaskedMatrix = matrix,
                approximations: tuple[Approximation, ...] = approximations,
            ) -> object:
                return compute_voxel_saliency(fit, matrix, approximations)

            times[name] = _measure(compute_maps)[1]
        memory = peak.stop()
        _, retrained_time = _measure(
            lambda: compute_voxel_saliency(small_fit, masked, (Approximation.RETRAINED,))
        )
        progress.step(9, 10, "plain loops")
        X = np.asarray(matrix.values, dtype=np.float64)
        B = reference.compute_basis(fit, X)
        _, loop_time = _measure(lambda: reference.compute_by_rank_one(fit, X, B, range(LOOPED)), rounds=1)
        loop_time *= matrix.voxel_count / LOOPED
        _, seconds = _measure(
            lambda: [reference.exact_change(fit, X, B, i) for i in range(PROJECTED)], rounds=1
        )
        seconds *= matrix.voxel_count / PROJECTED
    all_four = sum(times[name] for name in ("1st and 2nd order", "the same with cross terms", "exact"))
    rows = [
        BenchmarkResult("scans multiplied in float64", product_time, "s"),
        BenchmarkResult(
            "training, 4 starts", training_time, "s", f"to a gradient of {fit.minimum.max_gradient:.0e}"
        ),
        *(BenchmarkResult(name, value, "s") for name, value in times.items()),
        BenchmarkResult(f"retrained, {MASKED:,} voxels", retrained_time, "s"),
        BenchmarkResult(
            "all but retrained, one after the other",
            all_four,
            "s",
            f"{loop_time:.0f} s by a loop over voxels",
        ),
        BenchmarkResult(
            "the loop as the equations stand",
            seconds / 3600,
            "h",
            f"scans projected again for each voxel, {seconds / times['exact']:.0e} times the exact map",
        ),
    ]
    if memory is not None:
        rows.append(BenchmarkResult("memory beyond the scans", memory, "MiB", "peak over the four maps"))
    return rows


def _make_matrix(path: Path, shape: tuple[int, int, int], levels: list[float]) -> MaskedMatrix:
    """Return centred noise with a graded corner, as a memory-mapped file."""
    from viewer.scans.grid import Grid
    from viewer.scans.masked_matrix import MaskedMatrix, memory_map_matrix

    voxels = int(np.prod(shape))
    rng = np.random.default_rng(0)
    values = rng.standard_normal((len(levels), voxels), dtype=np.float32)
    values[:, : voxels // 200] += np.array(levels, dtype=np.float32)[:, None] / 7
    values -= values.mean(axis=0)
    values.tofile(path)
    mean = np.zeros(voxels, dtype=np.float32)
    return MaskedMatrix(
        memory_map_matrix(path, values.shape), mean, np.ones(shape, dtype=bool), Grid(shape, np.eye(4))
    )


def _measure(function: Callable[[], T], rounds: int = ROUNDS) -> tuple[T, float]:
    """Return the result and the median time in s; the first of several rounds is not counted."""
    times = []
    for _ in range(rounds + (rounds > 1)):
        start = time.perf_counter()
        result = function()
        times.append(time.perf_counter() - start)
    return result, median(times[1:] or times)


class _PeakMemoryMonitor:
    """Monitor of the peak memory of the process above its start value, without mapped files; Linux only."""

    def __init__(self) -> None:
        self._start_kib = _private_memory()
        self._peak_kib = self._start_kib
        self._stop_event = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._stop_event.wait(0.002):
            self._peak_kib = max(self._peak_kib, _private_memory())

    def stop(self) -> float | None:
        """Return the peak in MiB; None if it cannot be measured."""
        self._stop_event.set()
        self._thread.join()
        return (self._peak_kib - self._start_kib) / 1024 if sys.platform == "linux" else None


def _private_memory() -> int:
    """Return the anonymous resident memory in KiB; 0 if unknown."""
    if sys.platform != "linux":
        return 0
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1])
    return 0
