"""Time of maps on a device, compared with autograd and the installed libraries."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import TYPE_CHECKING

from viewer.commands.benchmarks.attribution_libraries import (
    REFUSALS,
    MapFunction,
    installed_libraries,
    library_call,
)
from viewer.commands.benchmarks.measurement import BenchmarkResult
from viewer.commands.benchmarks.methods import METHODS, BenchmarkCase, make_case, viewer_call
from viewer.progress import Progress

if TYPE_CHECKING:
    import torch

SIZES = {"cuda": (64, 96, 128, 160, 192)}
SIZE = (64,)
NETWORK = "eitel-3d"
ROUNDS = 5


def measure_speed(device: torch.device, progress: Progress) -> list[BenchmarkResult]:
    """Return the median time of each method's map in ms, by size; ours and the libraries' alternate.

    The time includes waiting for the device to finish. One warm-up round is not counted.
    """
    sizes = SIZES.get(device.type, SIZE)
    rows = []
    for size_index, size in enumerate(sizes):
        on_cpu = make_case(NETWORK, (size, size, size))
        case = BenchmarkCase(on_cpu.network.to(device), on_cpu.model, on_cpu.x.to(device), on_cpu.layer)
        for index, (method, values) in enumerate(METHODS):
            title = f"{NETWORK} {size}³: {method}"
            progress.step(size_index * len(METHODS) + index, len(sizes) * len(METHODS), title)
            calls: dict[str, MapFunction] = {"": viewer_call(case, method, values)}
            for peer in installed_libraries():
                peer_call = library_call(peer, case.network, case.x, method, values, case.layer)
                if peer_call is not None:
                    calls[peer] = peer_call
            rows.append(_measure(title, calls, device))
    return rows


def _measure(title: str, calls: dict[str, MapFunction], device: torch.device) -> BenchmarkResult:
    """Return the row of a method; in ``calls``, ours has an empty name."""
    import warnings

    remarks, times = [], {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, call in list(calls.items()):
            try:
                _time_call(call, device)
                times[name] = list[float]()
            except REFUSALS as error:
                if not name:
                    raise
                remarks.append(f"{name} refuses: {type(error).__name__}")
        for _ in range(ROUNDS):
            for name in times:
                times[name].append(_time_call(calls[name], device))
    own_times = times.pop("")
    for name, peer_times in times.items():
        ratio = median(theirs / ours for theirs, ours in zip(peer_times, own_times, strict=True))
        remarks.append(f"{name} takes {ratio:.2f} times as long")
    return BenchmarkResult(title, 1000 * median(own_times), "ms", "; ".join(remarks) or "no peer has it")


def _time_call(call: Callable[[], object], device: torch.device) -> float:
    """Return the duration of a call in s, until the device has finished."""
    import torch

    start = time.perf_counter()
    call()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter() - start
