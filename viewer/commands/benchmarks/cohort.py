"""Benchmark a cohort beside a loop over `viewer.explain`: time per scan, and memory by number of scans."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from viewer.commands.benchmarks.measurement import BenchmarkResult
from viewer.progress import Progress
from viewer.scans.slabs import cpu_count

FEW, MANY = 4, 12
REPEATS = 3
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
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def run(progress: Progress) -> list[BenchmarkResult]:
    """Measure whole processes, in turn: 3 times each with 4 and with 12 simulated brains of 3 mm.

    The time of a scan is the difference of both divided by 8, so that starting and loading do not count.
    """
    with TemporaryDirectory() as name:
        folder = Path(name)
        _write_scans(folder, progress.subtask(0, 0.1))
        kinds = ("loop", "cohort, 1 process", f"cohort, {cpu_count()} processes")
        seconds: dict[str, list[float]] = {kind: [] for kind in kinds}
        peaks: dict[tuple[str, int], float] = {}
        for turn in range(REPEATS):
            for number, kind in enumerate(kinds):
                progress.step(0.1 + 0.9 * (turn * len(kinds) + number) / (REPEATS * len(kinds)), 1, kind)
                spent = {}
                for count in (FEW, MANY):
                    spent[count], peak = _measure(folder, kind, count)
                    peaks[kind, count] = max(peak, peaks.get((kind, count), 0.0))
                seconds[kind].append((spent[MANY] - spent[FEW]) / (MANY - FEW))
    loop, single, several = kinds
    rows = [BenchmarkResult("a scan in a loop over explain", 1000 * median(seconds[loop]), "ms", "1 thread")]
    for kind in (single, several):
        ratio = median(mine / theirs for mine, theirs in zip(seconds[kind], seconds[loop], strict=True))
        text = f"{ratio:.2f} of the loop's time"
        rows.append(BenchmarkResult(f"a scan in a {kind}", 1000 * median(seconds[kind]), "ms", text))
    for kind in (loop, single):
        few, many = (peaks[kind, count] / 1024 for count in (FEW, MANY))
        text = f"{few:.0f} MiB with {FEW} scans"
        rows.append(BenchmarkResult(f"peak memory of a {kind} with {MANY} scans", many, "MiB", text))
    return rows


def _write_scans(folder: Path, progress: Progress) -> None:
    """Write simulated brains, and tables of the first few and of all."""
    import numpy as np

    from viewer.models.training.brain_simulator import BrainSimulator
    from viewer.scans.load import load_scan
    from viewer.scans.save import save_volume
    from viewer.scans.scan import StoredOrientation

    template = load_scan("mni152")
    simulator = BrainSimulator(template.data, template.grid)
    stored = StoredOrientation(simulator.grid, codes=template.stored.codes)
    lines = ["participant_id\tscan"]
    for index in range(MANY):
        progress.step(index, MANY, "simulating brains")
        brain = simulator.simulate_brain(np.random.default_rng(index))
        save_volume(brain, stored, folder / f"{index:02d}.nii.gz", "simulated brain")
        lines.append(f"{index:02d}\t{index:02d}.nii.gz")
        if index + 1 in (FEW, MANY):
            (folder / f"{index + 1}.tsv").write_text("\n".join(lines) + "\n")


def _measure(folder: Path, kind: str, count: int) -> tuple[float, float]:
    """Return the seconds of one run, and the peak memory of its largest process in KiB."""
    with TemporaryDirectory(dir=folder) as out:
        if kind == "loop":
            words = [sys.executable, "-c", LOOP, str(count), str(folder), out, *METHODS]
        else:
            methods = [word for name in METHODS for word in ("--method", name)]
            words = [
                sys.executable,
                "-m",
                "viewer",
                "cohort",
                str(folder / f"{count}.tsv"),
                "--model",
                "demo",
            ]
            words += [*methods, "--target", "lesion", "--workers", kind.split()[1], "-o", out]
        began = time.perf_counter()
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-c", MEASURED, *words], check=True, capture_output=True, text=True
        )
        return time.perf_counter() - began, float(done.stdout)
