"""The command prepare: what it writes, prints and refuses."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from viewer.scans.load import load_scan

Run = Callable[..., Any]


@pytest.fixture
def transform_file(tmp_path: Path) -> Path:
    matrix = np.diag([3.0, 3.0, 3.0, 1.0])
    path = tmp_path / "known.json"
    path.write_text(json.dumps({"affine": matrix.tolist()}))
    return path


def test_mask_transform_and_prepared_scan_are_written(
    run: Run, scan_file: Path, transform_file: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "new" / "prepared"
    answer = run(
        "prepare", scan_file, "--to", "mni152", "--mask", scan_file, "--transform", transform_file, "-o",
        folder, "--remove-skull", "--json",
    )  # fmt: skip
    assert answer.status == 0, answer.err
    report = json.loads(answer.out)
    name = "sub-01_T1w"
    assert sorted(path.name for path in folder.iterdir()) == [
        f"{name}_mask.nii.gz",
        f"{name}_preparation.json",
        f"{name}_prepared.nii.gz",
        f"{name}_to-mni152.json",
        f"{name}_to-mni152.tfm",
    ]
    assert {Path(path).parent for path in report["files"].values()} == {folder}
    written = json.loads((folder / f"{name}_to-mni152.json").read_text())
    assert written["affine"] == np.diag([3.0, 3.0, 3.0, 1.0]).tolist() == report["affine"]
    scan = load_scan(scan_file)
    mask = load_scan(folder / f"{name}_mask.nii.gz")
    np.testing.assert_array_equal(mask.data, scan.data != 0)
    assert mask.grid.same_as(scan.grid)
    assert mask.stored.axes == scan.stored.axes
    assert load_scan(folder / f"{name}_prepared.nii.gz").grid.shape == (197, 233, 189)
    assert [step["name"] for step in report["steps"]] == ["brain-mask", "registration", "skull", "grid"]
    # The little ball of the fixture is not a brain, and that must not be silent.
    assert report["worked"] is False
    assert "registration failed" in answer.err


def test_options_that_a_card_says_itself_are_refused_beside_a_model(
    run: Run, scan_file: Path, model_file: Path, tmp_path: Path
) -> None:
    answer = run("prepare", scan_file, "--model", model_file, "--remove-skull", "-o", tmp_path / "out")
    assert answer.status == 2
    assert "--remove-skull" in answer.err
    assert not (tmp_path / "out").exists()


def test_a_card_that_asks_for_nothing_leaves_the_scan_as_it_is(
    run: Run, scan_file: Path, model_file: Path, tmp_path: Path
) -> None:
    answer = run("prepare", scan_file, "--model", model_file, "-o", tmp_path / "out", "--json")
    assert answer.status == 0, answer.err
    assert json.loads(answer.out)["steps"] == []
    assert "does not say: space, skull, bias_corrected" in answer.err
    same = load_scan(tmp_path / "out" / "sub-01_T1w_prepared.nii.gz")
    np.testing.assert_array_equal(same.data, load_scan(scan_file).data)


@pytest.mark.parametrize("package", ["deepbet", "SimpleITK"])
def test_a_missing_package_is_one_line(
    run: Run, scan_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    words = ["--mask", scan_file] if package == "SimpleITK" else []
    answer = run("prepare", scan_file, "--to", "mni152", "-o", tmp_path / "out", "--quiet", *words)
    assert answer.status == 1
    assert answer.err.strip() == (
        f"saliency-viewer prepare: preparation: lacks the package {package}, which "
        f"{'finds the brain' if package == 'deepbet' else 'registers scans'}; "
        'pip install "saliency-viewer[prepare]"'
    )


def test_files_of_the_folder_that_no_preparation_wrote_are_kept(
    run: Run, scan_file: Path, transform_file: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "prepared"
    folder.mkdir()
    known = ("--mask", scan_file, "--transform", transform_file)
    words = ("prepare", scan_file, "--to", "mni152", *known, "-o", folder)
    for name in ("mask.nii.gz", "to-mni152.tfm", "preparation.json"):
        own = folder / f"sub-01_T1w_{name}"
        own.write_text("{}")
        answer = run(*words)
        assert answer.status == 1
        line = f"{own.name}: was not written by an earlier preparation, and would be replaced; choose another"
        assert line in answer.err
        assert [path.name for path in folder.iterdir()] == [own.name]
        assert own.read_text() == "{}"
        own.unlink()
    assert run(*words).status == 0
    again = run(*words)
    assert again.status == 0, again.err
    edited = folder / "sub-01_T1w_mask.nii.gz"
    before = edited.read_bytes()
    answer = run("prepare", scan_file, "--to", "mni152", "--mask", edited, "-o", folder)
    assert answer.status == 2
    assert "is an input of this command and would be overwritten" in answer.err
    assert edited.read_bytes() == before
