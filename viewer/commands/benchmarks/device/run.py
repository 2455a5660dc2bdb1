"""Benchmark a device: agreement with CPU, memory, cancellation, precision, speed against other libraries."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from viewer.commands.benchmarks.device.cancellation import measure_cancellation
from viewer.commands.benchmarks.device.equality import compare_with_cpu
from viewer.commands.benchmarks.device.memory import exhaust_memory
from viewer.commands.benchmarks.device.precision import measure_precision
from viewer.commands.benchmarks.device.speed import measure_speed
from viewer.commands.benchmarks.measurement import BenchmarkResult
from viewer.progress import Progress

if TYPE_CHECKING:
    import torch

Part = Callable[["torch.device", Progress], list[BenchmarkResult]]

PARTS: tuple[Part, ...] = (
    compare_with_cpu,
    exhaust_memory,
    measure_cancellation,
    measure_precision,
    measure_speed,
)


def run(progress: Progress, device: str = "auto") -> list[BenchmarkResult]:
    """Return a row for each check and timing; the first row names the device.

    Parameters
    ----------
    progress
        Updated for every method and size, and checked for cancellation.
    device
        As for `viewer.explain`.

    Raises
    ------
    ViewerError
        There is no such device.
    """
    import torch

    from viewer.jobs.device import describe_device, select_device
    from viewer.jobs.memory import free_memory

    selected = select_device(device)
    free_mib = (free_memory(selected) or 0) / 2**20
    rows = [
        BenchmarkResult(
            "free memory", free_mib, "MiB", f"{describe_device(selected)}, PyTorch {torch.__version__}"
        )
    ]
    for index, part in enumerate(PARTS):
        rows += part(selected, progress.subtask(index / len(PARTS), (index + 1) / len(PARTS)))
    progress.step(1, 1, "Done")
    return rows
