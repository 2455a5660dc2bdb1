"""Benchmark local occlusion against a full forward pass for every window, and against Captum."""

from __future__ import annotations

from contextlib import suppress
from importlib.util import find_spec
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from viewer.commands.benchmarks.measurement import BenchmarkResult, count_operations, time_call
from viewer.commands.benchmarks.methods import BenchmarkCase, make_case, run_forward
from viewer.progress import Progress

if TYPE_CHECKING:
    import torch

    from viewer.methods.perturbation.occlusion import WindowGrid

NETWORK = "eitel-3d"
SHAPE = (96, 112, 96)
WINDOW, STRIDE = 16, 8
TIMED_WINDOWS = 6
"""Number of windows for timing the plain implementations, whose cost per window is constant."""

SMALL = (40, 44, 40)
ROUNDS = 3


def run(progress: Progress) -> list[BenchmarkResult]:
    """Measure a map of a 96×112×96 volume on the five-layer network, with windows of 16 voxels every 8.

    Ours with every window alternates with the full network and Captum on the first few windows, whose time
    per window is multiplied by the number of windows (Captum's full map takes most of an hour). Reported are
    the medians of our time and of the paired ratios, the difference of the two maps on a small volume, and
    our time relative to that of the floating-point operations in the windows' receptive fields, at the rate
    of a full forward pass.
    """
    return measure(progress, SHAPE, ROUNDS)


def measure(progress: Progress, shape: tuple[int, ...], rounds: int) -> list[BenchmarkResult]:
    """Return the rows for one size."""
    from viewer.methods.perturbation.occlusion import WindowGrid

    case = make_case(NETWORK, shape)
    grid = WindowGrid(shape, (WINDOW,) * 3, (STRIDE,) * 3)
    captum = find_spec("captum") is not None
    own_times: list[float] = []
    plain_ratios: list[float] = []
    ratios: list[float] = []
    rates: list[float] = []
    operations = count_operations(lambda: compute_viewer_map(case, STRIDE))
    per_pass = count_operations(lambda: run_forward(case))
    for index in range(rounds):
        progress.step(index, rounds + 1, f"turn {index + 1} of {rounds}")
        own_times.append(time_call(lambda: compute_viewer_map(case, STRIDE)))
        rates.append(per_pass / time_call(lambda: run_forward(case)))
        plain_ratios.append(
            time_call(lambda: run_whole_network(case, grid)) * len(grid) / TIMED_WINDOWS / own_times[-1]
        )
        if captum:
            ratios.append(
                time_call(lambda: run_captum_first_windows(case)) * len(grid) / TIMED_WINDOWS / own_times[-1]
            )
    progress.step(rounds, rounds + 1, "comparing the maps")
    size = "×".join(map(str, shape))
    title = f"{NETWORK} {size}: occlusion, {len(grid)} windows of {WINDOW}³"
    text = f"the whole network for every window {median(plain_ratios):.1f} times as long"
    if captum:
        error = difference(make_case(NETWORK, SMALL))
        text += f"; Captum {median(ratios):.1f} times, its map differs by {error:.1e} of the largest value"
    progress.step(1, 1, "Done")
    arithmetic = [operations / rate / own_time for rate, own_time in zip(rates, own_times, strict=True)]
    return [
        BenchmarkResult(title, median(own_times), "s", text),
        BenchmarkResult(
            f"{title}, operations",
            operations / 1e9,
            "GFLOP",
            f"the map takes {1 / median(arithmetic):.2f} times as long as they do at the rate of a whole "
            f"forward pass, {median(rates) / 1e9:.0f} GFLOP/s",
        ),
    ]


def difference(case: BenchmarkCase) -> float:
    """Return the largest difference from Captum's map relative to its largest value, over all windows."""
    ours, theirs = compute_viewer_map(case, STRIDE), compute_captum_map(case, STRIDE)
    return float((ours - theirs).abs().max() / theirs.abs().max())


def compute_viewer_map(case: BenchmarkCase, stride: int) -> torch.Tensor:
    """Return our map, computed by local occlusion."""
    from viewer.methods.base import ExplanationRequest, Target
    from viewer.methods.perturbation.occlusion import Occlusion

    request = ExplanationRequest(case.model, case.x, Target(0, "0"))
    return Occlusion(window=WINDOW, stride=stride).explain(request).values


def run_whole_network(case: BenchmarkCase, window_grid: WindowGrid) -> None:
    """Run the full network for the first few windows."""
    import torch

    from viewer.methods.base import ExplanationRequest, Target
    from viewer.methods.perturbation.occlusion import FullForward

    forward = FullForward(
        ExplanationRequest(case.model, case.x, Target(0, "0")), torch.zeros_like(case.x), window_grid
    )
    positions = np.concatenate([positions for _, positions in window_grid.refinement_rounds()])
    for _ in forward.score_windows(positions[:TIMED_WINDOWS]):
        pass


class EnoughWindows(Exception):  # noqa: N818  not an error
    """Raised to stop after enough windows have been timed."""


def run_captum_first_windows(case: BenchmarkCase) -> None:
    """Compute Captum's map, stopped after the unmodified input and the first few windows."""
    from captum.attr import Occlusion

    calls = 0

    def forward_until_limit(x: torch.Tensor) -> torch.Tensor:
        nonlocal calls
        if calls > TIMED_WINDOWS:
            raise EnoughWindows
        calls += 1
        output: torch.Tensor = case.network(x)
        return output

    with suppress(EnoughWindows):
        Occlusion(forward_until_limit).attribute(case.x, (1, *(WINDOW,) * 3), (1, *(STRIDE,) * 3), target=0)


def compute_captum_map(case: BenchmarkCase, stride: int) -> torch.Tensor:
    """Return Captum's map, one window at a time, which is its default."""
    from captum.attr import Occlusion

    attribution: torch.Tensor = Occlusion(case.network).attribute(
        case.x, (1, *(WINDOW,) * 3), (1, *(stride,) * 3), target=0
    )
    return attribution.detach()
