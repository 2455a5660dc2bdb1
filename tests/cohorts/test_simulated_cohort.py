"""Two hundred simulated brains, half of them with lesions in one region: killed, continued, and tested."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from viewer.cohorts.group import group
from viewer.models.training.brain_simulator import BrainSimulator
from viewer.scans.load import load_scan
from viewer.scans.save import save_volume
from viewer.scans.scan import StoredOrientation
from viewer.scans.simulated_lesions import Lesion, plant_lesions

pytestmark = [pytest.mark.slow, pytest.mark.timeout(7200)]

COUNT = 200
CENTRE = (-28.0, -20.0, 24.0)
SPREAD = 3.0
METHODS = ("gradient", "input-times-gradient", "lrp-epsilon")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The table of the simulated brains: patients have one bright lesion near the same point."""
    folder = tmp_path_factory.mktemp("study")
    template = load_scan("mni152")
    simulator = BrainSimulator(template.data, template.grid)
    stored = StoredOrientation(simulator.grid, codes=(4, 4))
    lines = ["participant_id\tscan\tgroup\tchance"]
    for index in range(COUNT):
        random = np.random.default_rng([7, index])
        brain = simulator.simulate_brain(random)
        patient = index % 2 == 1
        if patient:
            x, y, z = np.array(CENTRE) + random.normal(0, SPREAD, 3)
            brain, _ = plant_lesions(brain, simulator.grid, [Lesion((x, y, z), 8.0, 1.4)])
        save_volume(brain, stored, folder / f"{index:03d}.nii.gz", "simulated brain")
        lines.append(
            f"{index:03d}\t{index:03d}.nii.gz\t{'patient' if patient else 'control'}\t{index // 2 % 2}"
        )
    (folder / "participants.tsv").write_text("\n".join(lines) + "\n")
    return folder / "participants.tsv"


def command(table: Path, out: Path) -> list[str]:
    methods = [word for name in METHODS for word in ("--method", name)]
    return [
        sys.executable, "-m", "viewer", "cohort", str(table), "--model", "demo", "--model", "age-bins",
        *methods, "--target", "demo=lesion", "-o", str(out), "--quiet",
    ]  # fmt: skip


def contents(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def whole(study: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of a run that nothing interrupts."""
    out = tmp_path_factory.mktemp("whole") / "maps"
    began = time.monotonic()
    subprocess.run(command(study, out), check=True)
    print(f"\n{COUNT} scans, 2 networks, {len(METHODS)} methods: {time.monotonic() - began:.0f} s")
    return out


def test_a_run_that_is_killed_twice_ends_with_the_same_bytes(
    study: Path, whole: Path, tmp_path: Path
) -> None:
    out = tmp_path / "maps"
    for share in (0.2, 0.6):
        process = subprocess.Popen(command(study, out), start_new_session=True)
        while len(list(out.rglob("*_relevance.nii.gz"))) < share * COUNT * 2 * len(METHODS):
            assert process.poll() is None, "it ended before it could be killed"
            time.sleep(0.1)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    subprocess.run(command(study, out), check=True)
    assert contents(out) == contents(whole)


@pytest.mark.parametrize("method", METHODS)
def test_the_contrast_finds_the_planted_region(whole: Path, method: str) -> None:
    result = group(
        whole, contrast="group:patient-control", model="demo", method=method, permutations=199, tfce=True
    )
    grid = result.maps["t"].grid
    assert grid is not None
    points = grid.to_world(np.moveaxis(np.indices(grid.shape), 0, -1))
    distance = np.linalg.norm(points - np.array(CENTRE), axis=-1)
    significant = result.maps["p-fwe"].data > -np.log10(0.05)
    power = significant[distance < 6].mean()
    far = (significant & (distance > 30)).sum() / max(significant.sum(), 1)
    print(f"\n{method}: {power:.0%} of voxels within 6 mm are significant; {far:.1%} of all lie beyond 30 mm")
    strongest = points[np.unravel_index(np.abs(result.maps["t"].data).argmax(), grid.shape)]
    assert np.linalg.norm(strongest - np.array(CENTRE)) < 8
    assert power > 0.5


def test_without_an_effect_at_most_one_of_20_tests_is_significant(whole: Path) -> None:
    from viewer.cohorts.cohort_folder import read_cohort_folder
    from viewer.cohorts.map_matrix import open_map_matrix
    from viewer.cohorts.permutation_test import Design, permutation_test
    from viewer.scans.threshold import Threshold

    folder = read_cohort_folder(whole)
    maps = folder.maps(folder.description("demo", "lrp-epsilon"))
    controls = [path for row, path in maps.items() if row.values["group"] == "control"]
    significant = 0
    with open_map_matrix(controls, Threshold()) as matrix:
        for seed in range(20):
            labels = np.random.default_rng(seed).permutation(len(controls)) % 2.0
            design = Design(labels, np.empty((len(controls), 0)))
            found = permutation_test(matrix.columns, int(matrix.mask.sum()), design, 199, seed)
            assert found.p is not None
            significant += bool(found.p.min() <= 0.05)
    print(f"\n{significant} of 20 tests without an effect are significant")
    assert significant <= 1
