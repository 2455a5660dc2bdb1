"""A small scan and a map, as files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from viewer.cli import main


@dataclass(frozen=True)
class Answer:
    """What a command said."""

    status: int
    out: str
    err: str


Run = Callable[..., Answer]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command line in this process."""

    def call(*words: object) -> Answer:
        capsys.readouterr()
        status = main([str(word) for word in words])
        captured = capsys.readouterr()
        return Answer(status, captured.out, captured.err)

    return call


@pytest.fixture
def scan_file(tmp_path: Path) -> Path:
    """A head of 16 by 18 by 14 voxels, stored L A S, brighter to the brain's left."""
    affine = np.array([[-3.0, 0, 0, 24], [0, 3.0, 0, -20], [0, 0, 3.0, -10], [0, 0, 0, 1]])
    i, j, k = np.meshgrid(np.arange(16), np.arange(18), np.arange(14), indexing="ij")
    inside = ((i - 7.5) / 7) ** 2 + ((j - 8.5) / 8) ** 2 + ((k - 6.5) / 6) ** 2 < 1
    data = np.where(inside, 100 + 5 * i, 0).astype(np.int16)
    path = tmp_path / "sub-01_T1w.nii.gz"
    image = nib.Nifti1Image(data, affine)
    image.set_sform(affine, 1)
    image.set_qform(affine, 1)
    nib.save(image, path)
    return path


@pytest.fixture
def map_file(scan_file: Path, tmp_path: Path) -> Path:
    """A signed map on the scan's grid: a warm ball on the left, a cold one on the right."""
    from viewer.scans.load import load_scan
    from viewer.scans.map import Map
    from viewer.scans.provenance import Provenance

    scan = load_scan(scan_file)
    centres = np.stack(np.meshgrid(*[np.arange(n) for n in scan.grid.shape], indexing="ij"), -1)
    points = scan.grid.to_world(centres)
    values = np.zeros(scan.grid.shape, np.float32)
    for side, sign in ((-9.0, 1.0), (9.0, -1.0)):
        distance = np.linalg.norm(points - scan.grid.centre - [side, 0, 0], axis=-1)
        values += sign * np.clip(1 - distance / 8, 0, None).astype(np.float32)
    path = tmp_path / "map.nii.gz"
    Map(values, scan.grid, "map", Provenance(method="gradient", target="patient"), scan.stored).save(path)
    return path
