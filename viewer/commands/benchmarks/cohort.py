"""Benchmark a cohort against a loop over `viewer.explain`: time per scan, and memory by number of scans.

Besides wall time, CPU time is measured, which other load on the machine affects little.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from viewer.commands.benchmarks.measurement import BenchmarkResult
from viewer.progress import Progress
from viewer.scans.slabs import cpu_count

if TYPE_CHECKING:
    from viewer.scans.grid import Grid

FEW, MANY = 2, 8
REPEATS = 2
METHODS = ("gradient", "lrp-epsilon")

LOOP = """
import sys, torch, viewer
torch.set_num_threads(1)
model = viewer.load_model("demo")
for index in range(int(sys.argv[1])):
    scan = viewer.load_scan(f"{sys.argv[2]}/{index:02d}.nii.gz")
    for method in sys.argv[4:]:
        found = viewer.explain(model, scan, method, target="lesion", device="cpu", grid="template")
        found.save(f"{sys.argv[3]}/{index:02d}_{method}.nii.gz")
"""

MEASURED = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, used.ru_maxrss)
"""


@dataclass(frozen=True)
class ProcessRun:
    """A run of one process and its child processes: wall time and CPU time in s, and peak memory in KiB."""

    clock: float
    processor: float
    peak_kib: float


def run(progress: Progress) -> list[BenchmarkResult]:
    """Measure complete processes, in turn: twice each with 2 and with 8 simulated brains at 3 mm.

    The time per scan is the difference of the two divided by 6, which excludes start-up and loading.
    """
    with TemporaryDirectory() as name:
        folder = Path(name)
        write_scans(folder, (FEW, MANY), progress.subtask(0, 0.1))
        kinds = ("loop", "cohort, 1 process", f"cohort, {cpu_count()} processes")
        runs: dict[tuple[str, int], list[ProcessRun]] = {}
        for repeat in range(REPEATS):
            for index, kind in enumerate(kinds):
                progress.step(0.1 + 0.9 * (repeat * len(kinds) + index) / (REPEATS * len(kinds)), 1, kind)
                for count in (FEW, MANY):
                    runs.setdefault((kind, count), []).append(_measure(folder, kind, count))

    def per_scan(kind: str, field_name: str) -> list[float]:
        pairs = zip(runs[kind, MANY], runs[kind, FEW], strict=True)
        return [
            (getattr(large, field_name) - getattr(small, field_name)) / (MANY - FEW) for large, small in pairs
        ]

    loop, single, parallel = kinds
    rows = []
    for clock, clock_title in (("processor", "processor time"), ("clock", "time")):
        loop_times = per_scan(loop, clock)
        title = f"{clock_title} of a scan in a loop over explain"
        rows.append(BenchmarkResult(title, 1000 * median(loop_times), "ms", "1 thread"))
        for kind in (single, parallel):
            times = per_scan(kind, clock)
            text = "not measurable beside the machine's other load"
            if min(*times, *loop_times) > 0:
                ratio = median(
                    measured / loop_time for measured, loop_time in zip(times, loop_times, strict=True)
                )
                text = f"{ratio:.2f} of the loop's"
            rows.append(
                BenchmarkResult(f"{clock_title} of a scan in a {kind}", 1000 * median(times), "ms", text)
            )
    hourly = 3600 / median(per_scan(single, "processor"))
    text = f"{len(METHODS)} maps each, of one network"
    rows.append(BenchmarkResult("scans an hour of one core", hourly, "scans", text))
    for kind in (loop, single):
        small, large = (
            max(measured.peak_kib for measured in runs[kind, count]) / 1024 for count in (FEW, MANY)
        )
        text = f"{small:.0f} MiB with {FEW} scans"
        rows.append(BenchmarkResult(f"peak memory of a {kind} with {MANY} scans", large, "MiB", text))
    return rows


def write_scans(
    folder: Path, counts: tuple[int, int], progress: Progress, grid: Grid | None = None
) -> tuple[Path, Path]:
    """Write simulated brains, and return the paths of a table of the first few and of one of all.

    Parameters
    ----------
    folder, counts
        The folder, and the numbers of scans in the two tables.
    progress
        Updated for every brain.
    grid
        Grid of the brains; 3 mm by default.
    """
    import numpy as np

    from viewer.models.training.brain_simulator import MNI_3MM, BrainSimulator
    from viewer.scans.load import load_scan
    from viewer.scans.save import save_volume
    from viewer.scans.scan import StoredOrientation

    template = load_scan("mni152")
    simulator = BrainSimulator(template.data, template.grid, grid or MNI_3MM)
    orientation = StoredOrientation(simulator.grid, xform_codes=template.stored.xform_codes)
    lines = ["participant_id\tscan"]
    for index in range(max(counts)):
        progress.step(index, max(counts), "simulating brains")
        brain = simulator.simulate_brain(np.random.default_rng(index))
        save_volume(brain, orientation, folder / f"{index:02d}.nii.gz", "simulated brain")
        lines.append(f"{index:02d}\t{index:02d}.nii.gz")
        if index + 1 in counts:
            (folder / f"{index + 1}.tsv").write_text("\n".join(lines) + "\n")
    return folder / f"{counts[0]}.tsv", folder / f"{counts[1]}.tsv"


def _measure(folder: Path, kind: str, count: int) -> ProcessRun:
    """Run a loop or a cohort over some scans."""
    if kind == "loop":
        with TemporaryDirectory(dir=folder) as out_folder:
            return measure_process(
                [sys.executable, "-c", LOOP, str(count), str(folder), out_folder, *METHODS]
            )
    return measure_cohort(folder / f"{count}.tsv", "demo", METHODS, int(kind.split()[1]))


def measure_cohort(table: Path, model: str | Path, methods: Sequence[str], workers: int) -> ProcessRun:
    """Run the command ``cohort`` for the class "lesion", with a temporary output folder beside the table."""
    method_options = [word for method in methods for word in ("--method", method)]
    with TemporaryDirectory(dir=table.parent) as out_folder:
        command = [
            sys.executable,
            "-m",
            "viewer",
            "cohort",
            str(table),
            "--model",
            str(model),
            *method_options,
        ]
        return measure_process([*command, "--target", "lesion", "--workers", str(workers), "-o", out_folder])


def measure_process(command: Sequence[str]) -> ProcessRun:
    """Run a command, and return the time and memory of it and its child processes."""
    start = time.perf_counter()
    process = subprocess.run(  # noqa: S603
        [sys.executable, "-c", MEASURED, *command], check=True, capture_output=True, text=True
    )
    processor, peak = map(float, process.stdout.split())
    return ProcessRun(time.perf_counter() - start, processor, peak)
