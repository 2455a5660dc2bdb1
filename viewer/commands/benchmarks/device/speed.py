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
from viewer.commands.benchmarks.methods import METHODS, BenchmarkCase, make_case, our_call
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
    for place, size in enumerate(sizes):
        on_cpu = make_case(NETWORK, (size, size, size))
        made = BenchmarkCase(on_cpu.network.to(device), on_cpu.model, on_cpu.x.to(device), on_cpu.layer)
        for number, (method, values) in enumerate(METHODS):
            title = f"{NETWORK} {size}³: {method}"
            progress.step(place * len(METHODS) + number, len(sizes) * len(METHODS), title)
            ways: dict[str, MapFunction] = {"": our_call(made, method, values)}
            for peer in installed_libraries():
                way = library_call(peer, made.network, made.x, method, values, made.layer)
                if way is not None:
                    ways[peer] = way
            rows.append(_measure(title, ways, device))
    return rows


def _measure(title: str, ways: dict[str, MapFunction], device: torch.device) -> BenchmarkResult:
    """Return the row of a method; in ``ways``, ours has an empty name."""
    import warnings

    said, times = [], {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, way in list(ways.items()):
            try:
                _seconds(way, device)
                times[name] = list[float]()
            except REFUSALS as error:
                if not name:
                    raise
                said.append(f"{name} refuses: {type(error).__name__}")
        for _ in range(ROUNDS):
            for name in times:
                times[name].append(_seconds(ways[name], device))
    own = times.pop("")
    for name, found in times.items():
        ratio = median(theirs / ours for theirs, ours in zip(found, own, strict=True))
        said.append(f"{name} takes {ratio:.2f} times as long")
    return BenchmarkResult(title, 1000 * median(own), "ms", "; ".join(said) or "no peer has it")


def _seconds(call: Callable[[], object], device: torch.device) -> float:
    """Return the duration of a call in s, until the device has finished."""
    import torch

    began = time.perf_counter()
    call()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter() - began
