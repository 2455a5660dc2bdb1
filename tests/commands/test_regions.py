"""``regions``: the effects by name, as a table, JSON and CSV, and errors on one line."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest


@pytest.fixture
def atlas(tmp_path: Path, scan_file: Path) -> Path:
    """The scan's halves, on its own grid."""
    image = nibabel.load(scan_file)
    labels = np.zeros(image.shape, dtype=np.int16)
    labels[:8], labels[8:] = 1, 2
    nibabel.Nifti1Image(labels, image.affine).to_filename(tmp_path / "halves.nii.gz")
    (tmp_path / "halves.tsv").write_text("index\tname\n1\tright half\n2\tleft half\n")
    return tmp_path / "halves.nii.gz"


def test_every_region_is_listed_by_name(
    run: Callable[..., Any], scan_file: Path, model_file: Path, atlas: Path, tmp_path: Path
) -> None:
    words = ("regions", scan_file, "--model", model_file, "--atlas", atlas, "--target", 1, "--device", "cpu")
    report = json.loads(run(*words, "--json", "--quiet").out)
    rows = report["regions"]
    assert {row["region"] for row in rows} == {"right half", "left half"}
    assert abs(rows[0]["effect"]) >= abs(rows[1]["effect"])
    assert rows[0]["effect"] != 0
    assert all(row["millilitres"] > 0 for row in rows)
    shown = run(*words, "--quiet").out
    assert all(f"{row['effect']:+.4g}" in shown for row in rows)
    answer = run(*words, "--top", 1, "--csv", tmp_path / "effects.csv", "--quiet")
    assert answer.out.strip() == str(tmp_path / "effects.csv")
    (line,) = csv.DictReader((tmp_path / "effects.csv").open())
    assert line["region"] == rows[0]["region"]
    assert float(line["effect"]) == pytest.approx(rows[0]["effect"])


def test_an_atlas_that_is_not_there_is_one_line(
    run: Callable[..., Any], scan_file: Path, model_file: Path
) -> None:
    answer = run("regions", scan_file, "--model", model_file, "--atlas", "absent.nii.gz", "--quiet")
    assert answer.status == 1
    assert answer.err.count("\n") == 1
    assert "absent.nii.gz" in answer.err


def test_an_mni_atlas_over_a_scan_in_scanner_space_is_told_and_its_names_are_marked(
    run: Callable[..., Any], scan_file: Path, model_file: Path, atlas: Path, tmp_path: Path
) -> None:
    image = nibabel.load(atlas)
    wider = nibabel.Nifti1Image(np.pad(np.asarray(image.dataobj), ((0, 1), (0, 0), (0, 0))), image.affine)
    wider.set_sform(image.affine, 4)
    nibabel.save(wider, atlas)
    answer = run("regions", scan_file, "--model", model_file, "--atlas", atlas, "--json")
    report = json.loads(answer.out)
    assert {row["region"] for row in report["regions"]} == {"right half ?", "left half ?"}
    assert "its header says scanner coordinates" in report["notes"][0]
    assert report["notes"][0] in answer.err
    words = ("explain", scan_file, "--model", model_file, "--method", "region-occlusion")
    out = tmp_path / "map.nii.gz"
    assert run(*words, "--set", f"atlas={atlas}", "-o", out).status == 0
    assert report["notes"][0] in json.loads((tmp_path / "map.json").read_text())["notes"]
