from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.scans.dicom_series import ORIENTATIONS, write_series
from viewer.scans.load import load_scan
from viewer.scans.map import Map

pytest.importorskip("highdicom")

Run = Callable[..., Any]


def test_the_paths_are_printed(run: Run, tmp_path: Path) -> None:
    values = np.arange(9 * 8 * 7, dtype=np.uint16).reshape(9, 8, 7)
    folder = write_series(tmp_path / "series", values, ORIENTATIONS["LIA"])
    scan = load_scan(folder)
    Map(scan.data / 500, scan.grid, "ramp", stored=scan.stored).save(tmp_path / "map.nii.gz")
    command = ("dicom", folder, "--map", tmp_path / "map.nii.gz", "--no-pictures", "--top", 5)
    answer = run(*command, "--pseudonym", "sub-01", "-o", tmp_path / "out", "--json")
    assert answer.status == 0, answer.err
    assert json.loads(answer.out) == {
        "map": str(tmp_path / "out" / "parametric-map.dcm"),
        "bodies": str(tmp_path / "out" / "segmentation.dcm"),
    }
    again = run(*command, "-o", tmp_path / "out")
    assert again.status == 1
    assert "exists already; choose another folder" in again.err


def test_a_scan_that_is_not_dicom_is_told(run: Run, scan_file: Path, map_file: Path, tmp_path: Path) -> None:
    answer = run("dicom", scan_file, "--map", map_file, "-o", tmp_path / "out")
    assert answer.status == 1
    assert "has no DICOM series to refer to; sub-01_T1w was read from NIfTI-1, not from DICOM" in answer.err
    assert not (tmp_path / "out").exists()
