"""Benchmark the time and memory of attribution methods against the installed libraries."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from viewer.commands.benchmarks.attribution_libraries import (
    REFUSALS,
    MapFunction,
    installed_libraries,
    library_call,
)
from viewer.commands.benchmarks.measurement import CLEAR_REFS, BenchmarkResult, resident_kib, time_call
from viewer.jobs.heap import keep_freed_memory
from viewer.progress import Progress

if TYPE_CHECKING:
    import torch
    from torch import nn

    from viewer.models.model import Model

Shape = tuple[int, ...]
NETWORKS = ("eitel-3d", "adnet", "resnet-18-3d")
SIZES: tuple[Shape, ...] = ((96, 112, 96), (160, 192, 160))
STEPS = 8
EPSILON = 0.01
METHODS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("gradient", {}),
    ("guided-backprop", {}),
    ("integrated-gradients", {"steps": STEPS, "tolerance": 0.0, "rule": "riemann_middle"}),
    ("lrp-epsilon", {"epsilon": EPSILON, "relative": False, "bias": True}),
    ("deep-taylor", {}),
    ("deeplift", {}),
    ("grad-cam", {}),
)
LAYERS = {"eitel-3d": "relu5", "adnet": "embedding.7.2", "resnet-18-3d": "layer4"}
"""Layer for Grad-CAM: the last convolution, after its rectifier."""
ROUNDS = 5
OURS = "ours"
MAX_DIFFERENCE = 1e-3
"""Largest difference, relative to the largest value, at which two maps count as the same."""

CHILD = (
    "import sys, json; from viewer.commands.benchmarks.methods import peak_memory; "
    "print(peak_memory(sys.argv[1], json.loads(sys.argv[2]), sys.argv[3], sys.argv[4]))"
)


@dataclass(frozen=True)
class BenchmarkCase:
    """A network with random weights and an input, shared by our methods and the libraries."""

    network: nn.Module
    model: Model
    x: torch.Tensor
    layer: str


def run(progress: Progress) -> list[BenchmarkResult]:
    """Measure every method on three networks at two sizes: milliseconds, cancellation delay, memory.

    Our calls alternate with those of the libraries, so that other load affects both, with the C library
    settings of `viewer.explain`; reported are the median of ours and the median of the paired ratios. The
    delay of a cancellation is the longest time between two checks for cancellation during one map. Memory is
    the peak resident set of a separate process for one map, minus the resident set with the network loaded
    and its graph captured, in MiB (Linux only).
    """
    return measure(progress, NETWORKS, SIZES, ROUNDS)


def measure(
    progress: Progress,
    networks: Sequence[str],
    sizes: Sequence[Shape],
    rounds: int,
    measure_memory: bool = True,
    methods: Sequence[tuple[str, dict[str, Any]]] = METHODS,
) -> list[BenchmarkResult]:
    """Measure some networks at some sizes; ``rounds`` rounds are counted after one warm-up round."""
    rows: list[BenchmarkResult] = []
    cases = [(name, shape) for shape in sizes for name in networks]
    total = len(cases) * len(methods)
    for case_index, (name, shape) in enumerate(cases):
        case = make_case(name, shape)
        for index, (method, values) in enumerate(methods):
            title = f"{name} {'×'.join(map(str, shape))}: {method}"
            progress.step(case_index * len(methods) + index, total, title)
            with keep_freed_memory():
                rows += _measure_times(title, case, method, values, rounds)
            rows.append(
                BenchmarkResult(
                    f"{title}, longest wait of a cancel",
                    1000 * _longest_check_interval(case, method, values),
                    "ms",
                )
            )
            if measure_memory and CLEAR_REFS.exists():
                rows.append(_measure_memory(title, name, shape, method))
    progress.step(1, 1, "Done")
    return rows


def make_case(name: str, shape: Shape) -> BenchmarkCase:
    """Return an architecture with the weights of seed 0 and a volume of noise, with its graph captured."""
    import torch

    from viewer.models.architectures.registry import find_architecture
    from viewer.models.model import Model

    with torch.random.fork_rng():
        torch.manual_seed(0)
        if name == "adnet":
            network = _resize_adnet(find_architecture(name, "benchmark").build({}, "benchmark"), shape)
        else:
            network = find_architecture(name, "benchmark").build({}, "benchmark")
        x = torch.rand(1, 1, *shape)
    model = Model.from_module(network, x)
    model.graph(x)
    return BenchmarkCase(network, model, x, LAYERS[name])


def _resize_adnet(network: Any, shape: Shape) -> nn.Module:
    """Return ADnet with its dense layer resized to the output of its convolutions for this input shape."""
    import torch

    with torch.no_grad():
        flat_size = network.embedding(torch.zeros(1, 1, *shape)).numel()
    network.f[0] = torch.nn.Linear(flat_size, network.f[0].out_features)
    widened: nn.Module = network.eval()
    return widened


def viewer_call(
    case: BenchmarkCase, method: str, values: dict[str, Any], progress: Progress | None = None
) -> MapFunction:
    """Return a function that computes one map with our method."""
    from viewer.methods.base import ExplanationRequest, Target
    from viewer.methods.registry import find_method

    explainer = find_method(method).from_parameters(values)
    layer = case.layer if method == "grad-cam" else None
    request = ExplanationRequest(case.model, case.x, Target(0, "0"), layer, progress=progress or Progress())
    return lambda: explainer.explain(request).values


def run_forward(case: BenchmarkCase) -> torch.Tensor:
    """Run the network once, on its operator graph."""
    from viewer.methods.input_gradient import compute_outputs

    return compute_outputs(case.model, case.x)


def _measure_times(
    title: str, case: BenchmarkCase, method: str, values: dict[str, Any], rounds: int
) -> list[BenchmarkResult]:
    import warnings

    ours = viewer_call(case, method, values)
    own_times: list[float] = []
    ratios: dict[str, list[float]] = {}
    remarks: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        reference = ours()
        calls: dict[str, MapFunction] = {}
        for peer in installed_libraries():
            peer_call = library_call(peer, case.network, case.x, method, values, case.layer)
            if peer_call is None:
                continue
            try:
                difference = _relative_difference(reference, peer_call())
            except REFUSALS as error:
                remarks.append(f"{peer} refuses: {type(error).__name__}")
                continue
            calls[peer], ratios[peer] = peer_call, []
            if difference > MAX_DIFFERENCE:
                remarks.append(f"{peer}'s map is another one (by {difference:.1e} of the largest value)")
        for _ in range(rounds):
            own_times.append(time_call(ours))
            for peer, peer_call in calls.items():
                ratios[peer].append(time_call(peer_call) / own_times[-1])
    times = [f"{peer} takes {median(peer_ratios):.2f} times as long" for peer, peer_ratios in ratios.items()]
    return [
        BenchmarkResult(
            title, 1000 * median(own_times), "ms", "; ".join([*times, *remarks]) or "no peer has it"
        )
    ]


def _longest_check_interval(case: BenchmarkCase, method: str, values: dict[str, Any]) -> float:
    """Return the longest time in seconds between two checks for cancellation during one map."""
    check_times = [time.perf_counter()]

    def record_check() -> bool:
        check_times.append(time.perf_counter())
        return False

    viewer_call(case, method, values, Progress(cancelled=record_check))()
    check_times.append(time.perf_counter())
    return max(later - earlier for earlier, later in pairwise(check_times))


def _relative_difference(viewer_map: torch.Tensor, library_map: torch.Tensor) -> float:
    return float((viewer_map - library_map).abs().max()) / max(float(viewer_map.abs().max()), 1e-30)


def _measure_memory(title: str, name: str, shape: Shape, method: str) -> BenchmarkResult:
    ours = _memory_in_subprocess(name, shape, method, OURS)
    peer_memory = {peer: _memory_in_subprocess(name, shape, method, peer) for peer in installed_libraries()}
    text = ", ".join(f"{peer} {mib:.0f} MiB" for peer, mib in peer_memory.items() if mib is not None)
    return BenchmarkResult(f"{title}, peak memory", float("nan") if ours is None else ours, "MiB", text)


def _memory_in_subprocess(name: str, shape: Shape, method: str, library: str) -> float | None:
    """Return `peak_memory` of a separate process; None if that library has no map."""
    process = subprocess.run(  # noqa: S603
        [sys.executable, "-W", "ignore", "-c", CHILD, name, json.dumps(shape), method, library],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=False,
    )
    lines = process.stdout.split()
    return float(lines[-1]) if process.returncode == 0 and lines and lines[-1] != "None" else None


def peak_memory(name: str, shape: Sequence[int], method: str, library: str) -> float | None:
    """Return the MiB by which the peak resident set during one map exceeds the resident set before it."""
    case = make_case(name, tuple(shape))
    values = dict(METHODS)[method]
    if library == OURS:
        call: MapFunction | None = viewer_call(case, method, values)
    else:
        call = library_call(library, case.network, case.x, method, values, case.layer)
    if call is None:
        return None
    CLEAR_REFS.write_text("5", encoding="ascii")
    memory_before = resident_kib("VmRSS")
    call()
    return (resident_kib("VmHWM") - memory_before) / 1024
