"""Benchmark the time from a model file to its operator graph, for a network of ADnet's size."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from viewer.commands.benchmarks.measurement import BenchmarkResult
from viewer.progress import Progress

ARCHITECTURE = "adnet"
SHAPE = (73, 96, 96)
ROUNDS = 5
PROCESSES = 3
CHILD = "import sys; from viewer.commands.benchmarks.models import main; main(sys.argv[1])"


def run(progress: Progress) -> list[BenchmarkResult]:
    """Return median times in new processes and in a warm process."""
    with tempfile.TemporaryDirectory() as folder:
        path = write_network(Path(folder))
        cold = []
        for repeat in range(PROCESSES):
            progress.step(repeat, PROCESSES + 1, "in a new process")
            process = subprocess.run(  # noqa: S603
                [sys.executable, "-c", CHILD, str(path)],
                capture_output=True,
                text=True,
                check=True,
                cwd=Path(__file__).parents[3],
            )
            times: dict[str, Any] = json.loads(process.stdout.strip().splitlines()[-1])
            cold.append(times)
        progress.step(PROCESSES, PROCESSES + 1, "in a process that is warm")
        from viewer.models.graph.capture import preload_torch_export

        preload_torch_export()
        warm = [time_to_graph(path) for _ in range(ROUNDS)]

    def median_milliseconds(name: str) -> float:
        return float(1000 * median(times_of_process[name] for times_of_process in cold))

    return [
        BenchmarkResult(
            "file to ready graph, once the window is ready",
            1000 * median(warm),
            "ms",
            "wanted: below 2000 ms",
        ),
        BenchmarkResult(
            "file to ready graph in a new process",
            median_milliseconds("graph"),
            "ms",
            "torch's own imports not counted",
        ),
        BenchmarkResult("torch imported", median_milliseconds("torch"), "ms"),
        BenchmarkResult("what torch.export imports", median_milliseconds("export"), "ms"),
    ]


def write_network(folder: Path) -> Path:
    """Write a model file of the architecture with random weights."""
    from safetensors.torch import save_file

    from viewer.models.architectures.registry import find_architecture

    entry = find_architecture(ARCHITECTURE, "benchmark")
    path = folder / "network.safetensors"
    save_file(entry.build({}, "benchmark").state_dict(), path)
    # Without a card, the file is recognised by the names of its weights, and the published card is used.
    return path


def time_to_graph(path: Path) -> float:
    """Return the time from the file to its graph in s."""
    import torch

    from viewer.models.loading import load_model

    start = time.perf_counter()
    model = load_model(path)
    model.graph(torch.zeros(1, 1, *SHAPE))
    return time.perf_counter() - start


def main(path: str) -> None:
    """Measure this process from its start and print the time of each part as JSON."""
    start = time.perf_counter()
    import torch  # noqa: F401

    imported = time.perf_counter()
    from viewer.models.graph.capture import preload_torch_export

    preload_torch_export()
    warm = time.perf_counter()
    graph = time_to_graph(Path(path))
    print(json.dumps({"torch": imported - start, "export": warm - imported, "graph": graph}))
