"""A cohort of small heads, some with a bright spot, and a small network with a card."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

import viewer
from viewer.cohorts.derivatives import Derivatives
from viewer.cohorts.participants import Participant
from viewer.scans.provenance import Provenance
from viewer.scans.scan import StoredOrientation

sys.path.insert(0, str(Path(__file__).parent))

from cohort_grid import MAP_AFFINE, MAP_SHAPE, SPOT

AFFINE = np.array([[-3.0, 0, 0, 24], [0, 3.0, 0, -20], [0, 0, 3.0, -10], [0, 0, 0, 1]])
Table = Callable[..., Path]


def write_head(path: Path, seed: int, spot: bool = False) -> Path:
    """Write a head of 16 by 18 by 14 voxels, stored L A S; the spot lies in the brain's left."""
    random = np.random.default_rng(seed)
    i, j, k = np.meshgrid(np.arange(16), np.arange(18), np.arange(14), indexing="ij")
    inside = ((i - 7.5) / 7) ** 2 + ((j - 8.5) / 8) ** 2 + ((k - 6.5) / 6) ** 2 < 1
    data = np.where(inside, 100 + 5 * i + random.normal(0, 5, inside.shape), 0)
    if spot:
        data[11:13, 8:10, 6:8] += 150
    image = nib.Nifti1Image(data.clip(0).astype(np.int16), AFFINE)
    image.set_sform(AFFINE, 4)
    image.set_qform(AFFINE, 4)
    nib.save(image, path)
    return path


@pytest.fixture
def table(tmp_path: Path) -> Table:
    """Writes scans and their participants table."""

    def write(count: int = 3, folder: str = "data") -> Path:
        home = tmp_path / folder
        home.mkdir()
        lines = ["participant_id\tscan\tgroup\tage"]
        for index in range(count):
            name = f"{index + 1:02d}"
            write_head(home / f"{name}.nii.gz", index, index % 2 == 1)
            lines.append(f"sub-{name}\t{name}.nii.gz\t{'patient' if index % 2 else 'control'}\t{60 + index}")
        path = home / "participants.tsv"
        path.write_text("\n".join(lines) + "\n")
        return path

    return write


@pytest.fixture(scope="session")
def model_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five convolutions with random weights, and their card."""
    import torch
    from safetensors.torch import save_file

    from viewer.models.architectures.eitel import build_3d

    torch.manual_seed(11)
    network = build_3d(2, "average", (20, 20, 20), 1, 0.0)
    path = tmp_path_factory.mktemp("models") / "small.safetensors"
    save_file(network.state_dict(), path)
    card = {
        "name": "small",
        "architecture": "eitel-3d",
        "arguments": {"padding": 1},
        "classes": ["control", "patient"],
        "description": "Random weights.",
        "licence": "MIT",
        "input": {
            "placement": "field-of-view",
            "shape": [20, 20, 20],
            "axes": "RAS",
            "intensity": {"scaling": "maximum"},
        },
    }
    path.with_suffix(".card.json").write_text(json.dumps(card))
    return path


@pytest.fixture
def cohort_folder(tmp_path: Path) -> Callable[..., Path]:
    """Writes the maps of 16 participants; those of patients are larger in a spot."""

    def write(codes: tuple[int, int] = (4, 4), name: str = "maps", effect: float = 2.0) -> Path:
        home = tmp_path / name
        home.mkdir()
        random = np.random.default_rng(0)
        lines = ["participant_id\tdiagnosis\tage\tsite"]
        for index in range(16):
            values = random.normal(1.0, 0.5, MAP_SHAPE).astype(np.float32)
            values[0] = 0.0
            patient = index % 2 == 1
            values[SPOT] += effect * patient
            grid = viewer.Grid(MAP_SHAPE, MAP_AFFINE)
            made = Provenance(method="gradient", target="AD", fit={"verdict": "ok", "checks": []})
            row = Participant(f"{index:02d}", {})
            path = Derivatives(home).map_path(row, "netGradient")
            path.parent.mkdir(parents=True)
            viewer.Map(values, grid, "map", made, StoredOrientation(grid, codes=codes)).save(path)
            lines.append(f"sub-{index:02d}\t{'AD' if patient else 'CN'}\t{60 + index % 5}\t{index % 3}")
        (home / "participants.tsv").write_text("\n".join(lines) + "\n")
        plan = {"settings": {"target": "AD"}, "models": {"net": {"name": "net"}}, "methods": {"gradient": {}}}
        (home / "cohort.json").write_text(json.dumps(plan))
        return home

    return write
