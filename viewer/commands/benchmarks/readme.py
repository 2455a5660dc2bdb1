"""Measure the rows of README's table "How fast" again, with the benchmarks named there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib import import_module

from viewer.commands.bench import BENCHMARKS
from viewer.commands.benchmarks.measurement import BenchmarkResult
from viewer.progress import Progress


@dataclass(frozen=True)
class ReadmeRow:
    """A row of the table.

    Parameters
    ----------
    label
        First column of the row.
    benchmark
        Benchmark that measures the numbers of the row.
    result_prefixes
        Prefixes of the names of these numbers.
    """

    label: str
    benchmark: str
    result_prefixes: tuple[str, ...]


EITEL, ADNET = "eitel-3d 96×112×96: ", "adnet 96×112×96: "
ROWS = (
    ReadmeRow(
        "ADnet's file to a graph that can be explained",
        "models",
        ("file to ready graph, once the window is ready",),
    ),
    ReadmeRow(
        "Eitel's network at 96×112×96: gradient, LRP-ε, DeepLIFT",
        "methods",
        (f"{EITEL}gradient", f"{EITEL}lrp-epsilon", f"{EITEL}deeplift"),
    ),
    ReadmeRow(
        "ADnet at 96×112×96: the same",
        "methods",
        (f"{ADNET}gradient", f"{ADNET}lrp-epsilon", f"{ADNET}deeplift"),
    ),
    ReadmeRow(
        "integrated gradients of Eitel's network, 8 steps", "methods", (f"{EITEL}integrated-gradients",)
    ),
    ReadmeRow("Eitel's network from 64³ to 192³", "volumes", ("",)),
    ReadmeRow("occlusion of Eitel's network, 1,573 windows of 16³", "occlusion", ("",)),
    ReadmeRow(
        "saliency of 1995, 786,432 voxels: 1st and 2nd order, exact, retrained",
        "morch",
        ("1st and 2nd order", "exact", "retrained", "memory beyond the scans"),
    ),
    ReadmeRow(
        "dragging the threshold of a map at 1 mm, to painted pixels at 1280×800; at 2 mm",
        "scene",
        (
            "threshold to painted pixels",
            "the same, map at 2 mm",
            "nilearn",
            "flying edges, the whole volume",
        ),
    ),
    ReadmeRow(
        "computing a slice with its map, without painting",
        "scene",
        ("sagittal slice", "coronal slice", "axial slice"),
    ),
    ReadmeRow(
        "start of the window: frame, panels, box, demonstration complete",
        "window",
        ("first paint", "menus and panels", "box with the scan", "complete:"),
    ),
    ReadmeRow(
        "99th percentile of the window's pauses while a map is computed and the box turns",
        "window",
        ("99th percentile",),
    ),
)
"""Rows measured by a benchmark, in README's order; the README gives other commands for the other rows."""


SHAPE = (96, 112, 96)
NAMED_NETWORKS = ("eitel-3d", "adnet")
NAMED_METHODS = ("gradient", "lrp-epsilon", "deeplift", "integrated-gradients")


def run(progress: Progress) -> list[BenchmarkResult]:
    """Run each benchmark once and return its numbers under the rows of the table.

    From `bench methods`, only the networks, the size and the methods in the table are measured. Rows whose
    command is not a benchmark (installing the wheel, the report of all checks) are not included.
    """
    names = list(dict.fromkeys(row.benchmark for row in ROWS))
    results: dict[str, list[BenchmarkResult]] = {}
    for index, name in enumerate(names):
        subtask = progress.subtask(index / len(names), (index + 1) / len(names), name)
        results[name] = run_methods(subtask) if name == "methods" else run_benchmark(name, subtask)
    return [
        replace(result, name=f"{row.label}: {result.name}")
        for row in ROWS
        for result in results[row.benchmark]
        if result.name.startswith(row.result_prefixes)
    ]


def run_benchmark(name: str, progress: Progress) -> list[BenchmarkResult]:
    """Run a complete benchmark."""
    return list(import_module(BENCHMARKS[name]).run(progress))


def run_methods(progress: Progress) -> list[BenchmarkResult]:
    """Run the part of `bench methods` that is in the table."""
    bench = import_module(BENCHMARKS["methods"])
    methods = [(name, values) for name, values in bench.METHODS if name in NAMED_METHODS]
    return list(bench.measure(progress, NAMED_NETWORKS, (SHAPE,), bench.ROUNDS, methods=methods))
