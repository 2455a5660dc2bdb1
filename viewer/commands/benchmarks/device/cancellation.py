"""Delay of a cancellation while a map is computed on a worker thread."""

from __future__ import annotations

import threading
import time
from statistics import median
from typing import TYPE_CHECKING

from viewer.commands.benchmarks.measurement import BenchmarkResult
from viewer.errors import ViewerError
from viewer.progress import Progress

if TYPE_CHECKING:
    import torch

    from viewer.jobs.worker import Worker
    from viewer.models.model import Model

SIZES = {"cuda": 160}
SIZE = 64
METHODS: tuple[tuple[str, dict[str, object]], ...] = (
    ("integrated-gradients", {"steps": 512}),
    ("smoothgrad", {"samples": 512}),
    ("occlusion", {}),
)
DELAY = 0.3
ROUNDS = 3


def measure_cancellation(device: torch.device, progress: Progress) -> list[BenchmarkResult]:
    """Return the median time in ms from a cancellation until the worker reports the end of the job."""
    from viewer.commands.benchmarks.device.small_networks import make_convolutional_sample
    from viewer.jobs.worker import Worker
    from viewer.methods.explain import explain
    from viewer.models.model import Model

    size = SIZES.get(device.type, SIZE)
    network, x = make_convolutional_sample(size)
    model = Model.from_module(network, x)
    explain(model, x, "gradient", target=0, device=device)
    rows = []
    worker = Worker()
    try:
        for index, (method, values) in enumerate(METHODS):
            progress.step(index, len(METHODS), f"cancelling {method}")
            waits = [
                _measure_cancellation_latency(worker, model, x, method, values, device) for _ in range(ROUNDS)
            ]
            title = f"{method}, {size}³: wait of a cancel"
            measured = [wait for wait in waits if wait is not None]
            if measured:
                rows.append(
                    BenchmarkResult(
                        title, 1000 * median(measured), "ms", f"longest {1000 * max(measured):.0f} ms"
                    )
                )
            else:
                rows.append(
                    BenchmarkResult(title, float("nan"), "ms", "it ended before it could be cancelled")
                )
    finally:
        worker.close()
    return rows


def _measure_cancellation_latency(
    worker: Worker,
    model: Model,
    x: torch.Tensor,
    method: str,
    values: dict[str, object],
    device: torch.device,
) -> float | None:
    """Return the seconds from the cancellation of a job until its end; None if it ended before."""
    from viewer.methods.explain import explain

    started, ended = threading.Event(), threading.Event()
    times: list[float] = []
    failures: list[BaseException] = []

    def explain_until_cancelled(progress: Progress) -> None:
        started.set()
        explain(model, x, method, target=0, device=device, progress=progress, **values)  # type: ignore[arg-type]

    def record_cancellation() -> None:
        times.append(time.perf_counter())
        ended.set()

    def record_failure(error: BaseException) -> None:
        failures.append(error)
        ended.set()

    job = worker.submit(
        explain_until_cancelled,
        on_cancelled=record_cancellation,
        on_error=record_failure,
        on_done=lambda _: ended.set(),
    )
    started.wait()
    time.sleep(DELAY)
    requested = time.perf_counter()
    job.cancel()
    ended.wait()
    if failures:
        raise ViewerError(method, f"failed while it was to be cancelled ({failures[0]})")
    return times[0] - requested if times else None
