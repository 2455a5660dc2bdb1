"""Two hundred simulated brains, half of them with lesions in one region: killed, continued, and tested."""

from __future__ import annotations

import hashlib
import json
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
from viewer.resource_files import resource_path
from viewer.scans.grid import Grid
from viewer.scans.load import load_scan
from viewer.scans.save import save_volume
from viewer.scans.scan import StoredOrientation
from viewer.scans.simulated_lesions import Lesion, insert_lesions

pytestmark = [pytest.mark.slow, pytest.mark.timeout(7200)]

COUNT = 200
CENTRE = (-28.0, -20.0, 24.0)
SPREAD = 3.0
SIDE = 28
AFFINE = np.diag([3.0, 3.0, 3.0, 1.0])
AFFINE[:3, 3] = np.array(CENTRE) - 1.5 * (SIDE - 1)
METHODS = ("gradient", "input-times-gradient", "lrp-epsilon")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The table of the simulated scans: patients have one bright lesion near the same point.

    They are the part of a brain around that point, 84 mm wide: 28³ voxels of 3 mm.
    """
    folder = tmp_path_factory.mktemp("study")
    template = load_scan("mni152")
    simulator = BrainSimulator(template.data, template.grid, Grid((SIDE,) * 3, AFFINE))
    stored = StoredOrientation(simulator.grid, xform_codes=(4, 4))
    lines = ["participant_id\tscan\tgroup"]
    for index in range(COUNT):
        random = np.random.default_rng([7, index])
        brain = simulator.simulate_brain(random)
        patient = index % 2 == 1
        if patient:
            x, y, z = np.array(CENTRE) + random.normal(0, SPREAD, 3)
            brain, _ = insert_lesions(brain, simulator.grid, [Lesion((x, y, z), 8.0, 1.4)])
        save_volume(brain, stored, folder / f"{index:03d}.nii.gz", "simulated brain")
        lines.append(f"{index:03d}\t{index:03d}.nii.gz\t{'patient' if patient else 'control'}")
    (folder / "participants.tsv").write_text("\n".join(lines) + "\n")
    write_networks(folder)
    return folder / "participants.tsv"


def write_networks(folder: Path) -> None:
    """Write the demonstration's network for the small field of view, and one with 5 % noise on its weights.

    Both take what they are given as FLAIR, so that it is not looked for in the T1 template.
    """
    import torch
    from safetensors.torch import load_file, save_file

    source = resource_path("models")
    card = json.loads((source / "demo.card.json").read_text())
    card["input"] |= {"shape": [SIDE] * 3, "affine": AFFINE.tolist()}
    card["inputs"] = [{"name": "FLAIR", "modality": "FLAIR"}]
    for name in ("space", "skull", "training_statistics", "weights"):
        card.pop(name)
    weights = load_file(source / "demo.safetensors")
    torch.manual_seed(1)
    noisy = {name: values * (1 + 0.05 * torch.randn_like(values)) for name, values in weights.items()}
    for name, tensors in (("first", weights), ("second", noisy)):
        save_file(tensors, folder / f"{name}.safetensors")
        (folder / f"{name}.card.json").write_text(json.dumps(card | {"name": name}))


def command(table: Path, out: Path) -> list[str]:
    methods = [word for name in METHODS for word in ("--method", name)]
    files = [str(table.parent / f"{name}.safetensors") for name in ("first", "second")]
    networks = [word for file in files for word in ("--model", file)]
    return [
        sys.executable, "-m", "viewer", "cohort", str(table), *networks, *methods, "--target", "lesion",
        "-o", str(out), "--quiet",
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
        whole, contrast="group:patient-control", model="first", method=method, permutations=199, tfce=True
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
    maps = folder.find_map_paths(folder.description("first", "lrp-epsilon"))
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


def test_t_and_corrected_p_equal_nilearns(whole: Path) -> None:
    nilearn = pytest.importorskip("nilearn.mass_univariate")
    from viewer.cohorts.cohort_folder import read_cohort_folder
    from viewer.cohorts.map_matrix import open_map_matrix
    from viewer.cohorts.permutation_test import Design, permutation_test
    from viewer.scans.threshold import Threshold

    folder = read_cohort_folder(whole)
    maps = folder.find_map_paths(folder.description("first", "input-times-gradient"))
    groups = np.array([float(row.values["group"] == "patient") for row in maps])
    with open_map_matrix(list(maps.values()), Threshold()) as matrix:
        values = np.asarray(matrix.values, dtype=np.float64)
        expected = nilearn.permuted_ols(
            groups[:, None], values, n_perm=50, random_state=5, n_jobs=1, output_type="dict"
        )
        design = Design(groups, np.empty((len(groups), 0)))
        found = permutation_test(matrix.columns, values.shape[1], design, 50, 5)
    assert found.p is not None
    print(f"\nlargest difference of t from nilearn's: {np.abs(found.t - expected['t'][0]).max():.1e}")
    np.testing.assert_allclose(found.t, expected["t"][0], rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(-np.log10(found.p), expected["logp_max_t"][0], rtol=1e-10, atol=1e-10)


def test_effects_far_from_the_lesions_are_no_consequence_of_the_normalisation() -> None:
    """A lesion changes mean and standard deviation of its scan, and so every voxel of the network's input.

    Where the normalisation is held at that of the brain without its lesion, only units that see the lesion
    can change; in this field of view all of the last convolution's do.
    """
    nilearn = pytest.importorskip("nilearn.mass_univariate")
    import torch

    import viewer

    network = viewer.load_model("demo").module("cpu")
    template = load_scan("mni152")
    simulator = BrainSimulator(template.data, template.grid, Grid((SIDE,) * 3, AFFINE))

    def gradient(brain: np.ndarray, reference: np.ndarray) -> np.ndarray:
        inside = reference != 0
        scaled = (brain - reference[inside].mean()) / reference[inside].std() * (brain != 0)
        x = torch.from_numpy(scaled.astype(np.float32))[None, None].requires_grad_(True)
        (found,) = torch.autograd.grad(network(x)[0, 1], x)
        return found.abs().numpy().ravel()

    controls, own, held = [], [], []
    for index in range(120):
        random = np.random.default_rng([7, index])
        brain = simulator.simulate_brain(random)
        if index % 2 == 0:
            controls.append(gradient(brain, brain))
            continue
        x, y, z = np.array(CENTRE) + random.normal(0, SPREAD, 3)
        diseased, _ = insert_lesions(brain, simulator.grid, [Lesion((x, y, z), 8.0, 1.4)])
        own.append(gradient(diseased, diseased))
        held.append(gradient(diseased, brain))
    points = simulator.grid.to_world(np.moveaxis(np.indices((SIDE,) * 3), 0, -1)).reshape(-1, 3)
    far = np.linalg.norm(points - np.array(CENTRE), axis=-1) > 30
    shares = []
    for patients in (own, held):
        groups = np.repeat([0.0, 1.0], [len(controls), len(patients)])[:, None]
        values = np.concatenate([controls, patients])
        found = nilearn.permuted_ols(groups, values, n_perm=99, random_state=0, output_type="dict")
        significant = found["logp_max_t"][0] > -np.log10(0.05)
        shares.append(float(far[significant].mean()))
    print(f"\nsignificant voxels beyond 30 mm: {shares[0]:.1%}, with the normalisation held {shares[1]:.1%}")
    assert shares[1] > 0.5 * shares[0]
