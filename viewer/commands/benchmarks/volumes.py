"""Benchmark how the time of a map grows with the volume, against autograd with frozen parameters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from typing import TYPE_CHECKING

from viewer.commands.benchmarks.attribution_libraries import AUTOGRAD, library_call
from viewer.commands.benchmarks.measurement import BenchmarkResult, count_operations, time_call
from viewer.commands.benchmarks.methods import make_case, our_call, run_forward
from viewer.jobs.heap import keep_freed_memory
from viewer.progress import Progress

if TYPE_CHECKING:
    import torch

NETWORK = "eitel-3d"
SIZES = (64, 96, 128, 160, 192)
METHODS = ("gradient", "lrp-epsilon")
ROUNDS = 5


@dataclass
class Series:
    """Times in s and page faults of the repetitions of a call."""

    seconds: list[float] = field(default_factory=list)
    faults: list[int] = field(default_factory=list)

    def add(self, call: Callable[[], torch.Tensor]) -> None:
        """Add a measurement of the call."""
        before = page_faults()
        self.seconds.append(time_call(call))
        self.faults.append(page_faults() - before)


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
    for place, size in enumerate(sizes):
        made = make_case(NETWORK, (size, size, size))
        peer = library_call(AUTOGRAD, made.network, made.x, "gradient", {}, made.layer)
        assert peer is not None
        calls = {AUTOGRAD: peer, **{method: our_call(made, method, {}) for method in METHODS}}
        series = {name: Series() for name in calls}
        with keep_freed_memory():
            for turn in range(rounds + 1):
                progress.step(place * (rounds + 1) + turn, len(sizes) * (rounds + 1), f"{size}³")
                if turn == 1:
                    series = {name: Series() for name in calls}
                for name, call in calls.items():
                    series[name].add(call)
        operations = count_operations(partial(run_forward, made))
        rows += [_row(size, name, series[name], series[AUTOGRAD], operations) for name in calls]
    progress.step(1, 1, "Done")
    return rows


def _row(size: int, name: str, own: Series, autograd: Series, operations: int) -> BenchmarkResult:
    told = [f"{1e12 * median(own.seconds) / operations:.1f} ps per operation of a forward pass"]
    if page_faults():
        told.append(f"{median(own.faults):.0f} page faults")
    if own is not autograd:
        pairs = zip(own.seconds, autograd.seconds, strict=True)
        told.insert(0, f"{median(ours / theirs for ours, theirs in pairs):.2f} times {AUTOGRAD}")
    return BenchmarkResult(
        f"{NETWORK} {size}³: {name}", 1e9 * median(own.seconds) / size**3, "ns/voxel", "; ".join(told)
    )


def page_faults() -> int:
    """Return the number of minor page faults of this process; 0 if the system does not count them."""
    try:
        import resource
    except ImportError:  # Windows
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
