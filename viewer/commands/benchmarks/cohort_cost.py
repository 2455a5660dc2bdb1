"""Benchmark the cost of a scan in a cohort, by network and number of voxels.

The networks are untrained: time and memory do not depend on the weights. CPU time is measured, which other
load on the machine affects little.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from viewer.commands.benchmarks.cohort import measure_cohort, write_scans
from viewer.commands.benchmarks.measurement import BenchmarkResult
from viewer.progress import Progress
from viewer.scans.grid import Grid

COUNTS = (1, 3)
METHODS = ("gradient", "lrp-epsilon")
SECONDS_A_DAY = 86_400


@dataclass(frozen=True)
class CostCase:
    """A network and the voxel size of its input.

    Parameters
    ----------
    architecture, arguments
        Name and arguments of a registered architecture.
    millimetres
        Voxel size in mm; the scans have the same grid, in MNI space.
    """

    architecture: str
    millimetres: float
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @property
    def grid(self) -> Grid:
        """Grid of the scans and of the network's input: 189 x 225 x 189 mm."""
        i, j, k = (round(side / self.millimetres) for side in (189, 225, 189))
        affine = np.diag([self.millimetres] * 3 + [1.0])
        affine[:3, 3] = (-93, -129, -87)
        return Grid((i, j, k), affine)


CASES = (
    CostCase("eitel-3d", 3.0),
    CostCase("eitel-3d", 2.0),
    CostCase("eitel-3d", 1.5),
    CostCase("densenet-121-3d", 3.0),
)


def run(progress: Progress) -> list[BenchmarkResult]:
    """Measure one process with 1 and with 3 scans, for two methods and each network in turn.

    The time per scan is the difference of the two divided by 2, which excludes start-up and loading.
    """
    rows = []
    for index, case in enumerate(CASES):
        subtask = progress.subtask(index / len(CASES), (index + 1) / len(CASES))
        with TemporaryDirectory() as name:
            rows += _measure(case, Path(name), METHODS, subtask)
    return rows


def _measure(
    case: CostCase, folder: Path, methods: Sequence[str], progress: Progress
) -> list[BenchmarkResult]:
    """Return the time and memory per scan for one network."""
    voxels = int(np.prod(case.grid.shape))
    title = f"{case.architecture}, {case.millimetres:g} mm ({voxels / 1e6:.2f} million voxels)"
    tables = write_scans(folder, COUNTS, progress.subtask(0, 0.3, title), case.grid)
    model = _save_untrained(case, folder)
    runs = []
    for index, table in enumerate(tables):
        progress.step(0.3 + 0.35 * index, 1, title)
        runs.append(measure_cohort(table, model, methods, workers=1))
    few_scans, many_scans = runs
    seconds = (many_scans.processor - few_scans.processor) / (COUNTS[1] - COUNTS[0])
    daily = SECONDS_A_DAY / seconds
    return [
        BenchmarkResult(
            f"processor time of a scan, {title}",
            1000 * seconds,
            "ms",
            f"{1e9 * seconds / voxels:.0f} ns a voxel; {daily:.0f} scans a day of one core",
        ),
        BenchmarkResult(
            f"peak memory, {title}",
            many_scans.peak_kib / 1024,
            "MiB",
            f"{few_scans.peak_kib / 1024:.0f} MiB with {COUNTS[0]} scan",
        ),
    ]


def _save_untrained(case: CostCase, folder: Path) -> Path:
    """Save an untrained network and its card; return the path of its weights."""
    from viewer.models.input_spec import InputSpec, IntensityScaling, IntensitySpec, Placement
    from viewer.models.model_card import Card
    from viewer.models.training.optimization import build_network
    from viewer.models.training.save_network import save_network

    affine = tuple(tuple(float(value) for value in row) for row in case.grid.affine)
    intensity = IntensitySpec(IntensityScaling.Z_SCORE, over="nonzero", background="kept")
    card = Card(
        "untrained",
        case.architecture,
        case.arguments,
        classes=("no lesion", "lesion"),
        input=InputSpec(case.grid.shape, Placement.AFFINE, affine=affine, intensity=intensity),
    )
    network = build_network(case.architecture, 0)
    return save_network(network, card, folder)
