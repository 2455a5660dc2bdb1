"""Benchmark how the time of a map grows with the volume, against autograd with frozen parameters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from typing import TYPE_CHECKING

from viewer.commands.benchmarks.attribution_libraries import AUTOGRAD, library_call
from viewer.commands.benchmarks.measurement import BenchmarkResult, count_operations, time_call
from viewer.commands.benchmarks.methods import make_case, run_forward, viewer_call
from viewer.jobs.heap import keep_freed_memory
from viewer.progress import Progress

if TYPE_CHECKING:
    import torch

NETWORK = "eitel-3d"
SIZES = (64, 96, 128, 160, 192)
METHODS = ("gradient", "lrp-epsilon")
ROUNDS = 5


@dataclass
class CallMeasurements:
    """Times in s and page faults of the repetitions of a call."""

    seconds: list[float] = field(default_factory=list)
    fault_counts: list[int] = field(default_factory=list)

    def add(self, call: Callable[[], torch.Tensor]) -> None:
        """Add a measurement of the call."""
        faults_before = count_page_faults()
        self.seconds.append(time_call(call))
        self.fault_counts.append(count_page_faults() - faults_before)


def run(progress: Progress) -> list[BenchmarkResult]:
    """Measure a gradient and an LRP-ε map of Eitel's network with default parameters, at 64³ to 192³.

    Ours and autograd alternate, with the C library settings of `viewer.explain`; the ratio is the median of
    the ratios per turn, after one warm-up turn. Without padding, a small volume needs fewer operations per
    voxel; the time per operation of a forward pass is therefore reported as well.
    """
    return measure(progress, SIZES, ROUNDS)


def measure(progress: Progress, sizes: Sequence[int], rounds: int) -> list[BenchmarkResult]:
    """Measure cubes of the given edge lengths in voxels."""
    rows: list[BenchmarkResult] = []
    for index, size in enumerate(sizes):
        case = make_case(NETWORK, (size, size, size))
        peer = library_call(AUTOGRAD, case.network, case.x, "gradient", {}, case.layer)
        assert peer is not None
        calls = {AUTOGRAD: peer, **{method: viewer_call(case, method, {}) for method in METHODS}}
        series = {name: CallMeasurements() for name in calls}
        with keep_freed_memory():
            for round_index in range(rounds + 1):
                progress.step(index * (rounds + 1) + round_index, len(sizes) * (rounds + 1), f"{size}³")
                if round_index == 1:
                    series = {name: CallMeasurements() for name in calls}
                for name, call in calls.items():
                    series[name].add(call)
        operations = count_operations(partial(run_forward, case))
        rows += [_make_row(size, name, series[name], series[AUTOGRAD], operations) for name in calls]
    progress.step(1, 1, "Done")
    return rows


def _make_row(
    size: int,
    name: str,
    measurements: CallMeasurements,
    autograd_measurements: CallMeasurements,
    operations: int,
) -> BenchmarkResult:
    lines = [f"{1e12 * median(measurements.seconds) / operations:.1f} ps per operation of a forward pass"]
    if count_page_faults():
        lines.append(f"{median(measurements.fault_counts):.0f} page faults")
    if measurements is not autograd_measurements:
        pairs = zip(measurements.seconds, autograd_measurements.seconds, strict=True)
        lines.insert(0, f"{median(ours / theirs for ours, theirs in pairs):.2f} times {AUTOGRAD}")
    return BenchmarkResult(
        f"{NETWORK} {size}³: {name}",
        1e9 * median(measurements.seconds) / size**3,
        "ns/voxel",
        "; ".join(lines),
    )


def count_page_faults() -> int:
    """Return the number of minor page faults of this process; 0 if the system does not count them."""
    try:
        import resource
    except ImportError:  # Windows
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
