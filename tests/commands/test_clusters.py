from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

Run = Callable[..., Any]


@pytest.fixture
def atlas_file(scan_file: Path, tmp_path: Path) -> Path:
    """Labels 1 on the brain's left and 2 on its right, on the stored L A S grid of the scan."""
    image = nib.load(scan_file)
    labels = np.ones(image.shape, np.int16)
    places = nib.affines.apply_affine(image.affine, np.argwhere(labels)).reshape(*image.shape, 3)
    labels[places[..., 0] > places[..., 0].mean()] = 2
    path = tmp_path / "sides.nii.gz"
    nib.save(nib.Nifti1Image(labels, image.affine), path)
    path.with_name("sides.txt").write_text("1 The left\n2 The right\n")
    return path


def test_a_table_for_a_person(run: Run, map_file: Path, atlas_file: Path) -> None:
    answer = run("clusters", map_file, "--threshold", 0.3, "--atlas", atlas_file)
    assert answer.status == 0, answer.err
    head, *lines = answer.out.splitlines()
    assert "mm³" in head
    assert len(lines) == 2
    warm = next(line for line in lines if " -0." not in line.split("%")[0] or "left" in line)
    assert warm.endswith("The left")


def test_json(run: Run, map_file: Path, atlas_file: Path) -> None:
    answer = run("clusters", map_file, "--threshold", 0.3, "--atlas", atlas_file, "--json")
    found = json.loads(answer.out)
    assert found["threshold"] == pytest.approx(0.3)
    sides = {entry["sign"]: entry["region"] for entry in found["clusters"]}
    assert sides == {1: "The left", -1: "The right"}
    only = json.loads(run("clusters", map_file, "--threshold", 0.3, "--sign", "negative", "--json").out)
    assert [entry["sign"] for entry in only["clusters"]] == [-1]


def test_csv(run: Run, map_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    answer = run("clusters", map_file, "--threshold", 0.3, "--csv", path)
    assert answer.out == f"{path}\n"
    with path.open(newline="") as file:
        assert len(list(csv.DictReader(file))) == 2


def test_nothing_reaches(run: Run, map_file: Path) -> None:
    answer = run("clusters", map_file, "--threshold", 5)
    assert (answer.status, answer.out) == (0, "nothing reaches 5\n")


def test_a_map_without_values_has_no_threshold_to_tell(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "zero.nii.gz"
    nib.save(nib.Nifti1Image(np.zeros((4, 5, 6), np.float32), np.eye(4)), path)
    assert run("clusters", path).out == "the map is zero everywhere\n"
    nib.save(nib.Nifti1Image(np.full((4, 5, 6), 2, np.float32), np.eye(4)), path)
    assert run("clusters", path, "--sign", "negative").out == "the map has no values below zero\n"


def test_names_in_latin_1_are_read_and_told(run: Run, map_file: Path, atlas_file: Path) -> None:
    atlas_file.with_name("sides.txt").write_bytes("1 Der linke Hügel\n2 Der rechte Hügel\n".encode("latin-1"))
    answer = run("clusters", map_file, "--threshold", 0.3, "--atlas", atlas_file)
    assert "Der linke Hügel" in answer.out
    assert "note: sides: sides.txt is not UTF-8; it is read as Latin-1" in answer.err


@pytest.mark.parametrize(
    ("words", "status", "line"),
    [
        (["--labels", "a.tsv"], 2, "--labels: needs an --atlas"),
        (["--csv", "a.txt"], 2, "must end in .csv"),
        (["--atlas", "none.nii"], 1, "none.nii: there is no such file"),
    ],
)
def test_wrong_use(run: Run, map_file: Path, words: list[str], status: int, line: str) -> None:
    answer = run("clusters", map_file, *words)
    assert answer.status == status
    assert line in answer.err
    assert answer.err.count("\n") == 1


def test_an_mni_atlas_over_a_map_of_a_scanners_space_is_told_and_its_names_are_marked(
    run: Run, map_file: Path, atlas_file: Path
) -> None:
    image = nib.load(atlas_file)
    wider = nib.Nifti1Image(np.pad(np.asarray(image.dataobj), ((0, 1), (0, 0), (0, 0))), image.affine)
    wider.set_sform(image.affine, 4)
    nib.save(wider, atlas_file)
    answer = run("clusters", map_file, "--threshold", 0.3, "--atlas", atlas_file, "--json")
    report = json.loads(answer.out)
    assert "is in MNI space" in report["notes"][0]
    assert f"note: {report['notes'][0]}" in answer.err
    assert all(row["region"].endswith(" ?") for row in report["clusters"] if row["region"])
    assert any(row["region"] for row in report["clusters"])


def test_bodies_that_are_all_too_small_are_not_said_to_be_below_the_threshold(
    run: Run, map_file: Path
) -> None:
    answer = run("clusters", map_file, "--threshold", 0.3, "--min-cluster", 1e6)
    assert (answer.status, answer.out) == (0, "every body from 0.3 on is smaller than 1e+06 mm³\n")


def test_an_atlas_in_mni_space_is_looked_up_through_the_transform_of_the_scan(
    run: Run, map_file: Path, tmp_path: Path
) -> None:
    # The halves of a box in MNI space; the transform turns the scan about its middle: left becomes right.
    affine = np.diag([3.0, 3, 3, 1])
    affine[:3, 3] = (-21, -20, -10)
    labels = np.ones((15, 18, 14), np.int16)
    labels[np.arange(15) * 3 - 21 > 0] = 2
    image = nib.Nifti1Image(labels, affine)
    image.set_sform(affine, 4)
    nib.save(image, tmp_path / "halves.nii.gz")
    (tmp_path / "halves.txt").write_text("1 The left\n2 The right\n")
    turn = np.diag([-1.02, -1.02, 1.02, 1])
    turn[1, 3] = 11.0
    transform = tmp_path / "to-mni152.json"
    transform.write_text(json.dumps({"affine": turn.tolist()}))
    words = ("clusters", map_file, "--threshold", 0.3, "--atlas", tmp_path / "halves.nii.gz", "--json")

    def regions(*more: object) -> tuple[dict[int, str], str]:
        answer = run(*words, *more)
        assert answer.status == 0, answer.err
        return {one["sign"]: one["region"] for one in json.loads(answer.out)["clusters"]}, answer.err

    named, err = regions()
    assert named == {1: "The left ?", -1: "The right ?"}
    assert "not known to be" in err
    named, err = regions("--transform", transform)
    # As "predict --transform" says of the same file.
    assert named == {1: "The right ?", -1: "The left ?"}
    assert "the head is rotated by 180°" in err
    transform.write_text(json.dumps({"affine": turn.tolist(), "problems": ["registration failed: x"]}))
    named, err = regions("--transform", transform)
    assert named == {1: "The right ?", -1: "The left ?"}
    assert "registration failed" in err
    # A map of a prepared scan has the transform in its JSON.
    sidecar = map_file.with_name(map_file.name.replace(".nii.gz", ".json"))
    made = json.loads(sidecar.read_text()) if sidecar.exists() else {"method": "gradient"}
    sidecar.write_text(json.dumps(made | {"preparation": {"affine": turn.tolist(), "kind": "affine"}}))
    assert regions()[0] == {1: "The right ?", -1: "The left ?"}


def test_a_shift_names_the_regions_where_the_template_has_them_without_a_mark(
    run: Run, map_file: Path, tmp_path: Path
) -> None:
    # Planes of 3 mm from the left to the right, each a region of its own.
    affine = np.diag([3.0, 3, 3, 1])
    affine[:3, 3] = (-21, -20, -10)
    labels = np.broadcast_to(np.arange(1, 16, dtype=np.int16)[:, None, None], (15, 18, 14)).copy()
    image = nib.Nifti1Image(labels, affine)
    image.set_sform(affine, 4)
    nib.save(image, tmp_path / "planes.nii.gz")
    (tmp_path / "planes.txt").write_text("".join(f"{n} Plane_{n}\n" for n in range(1, 16)))
    shift = np.diag([1.02, 1.04, 1.0, 1.0])
    shift[0, 3] = 3.0
    transform = tmp_path / "to-mni152.json"
    transform.write_text(json.dumps({"affine": shift.tolist()}))
    words = ("clusters", map_file, "--threshold", 0.3, "--atlas", tmp_path / "planes.nii.gz", "--json")
    answer = run(*words, "--transform", transform)
    rows = json.loads(answer.out)["clusters"]
    assert rows
    assert "may be wrong" not in answer.err, answer.err
    for row in rows:
        assert row["region"] == f"Plane_{round((1.02 * row['peak_mm'][0] + 3 + 21) / 3) + 1}"
    assert "may be wrong" not in answer.err
    # Mirrored, and as no head is scaled.
    for change, says in (((-1, 1, 1, 1), "swaps left and right"), ((0.4, 1, 1, 1), "scales by 0.41")):
        transform.write_text(json.dumps({"affine": (np.diag(change) @ shift).tolist()}))
        answer = run(*words, "--transform", transform)
        assert says in answer.err, answer.err
        assert all(r["region"].endswith("?") for r in json.loads(answer.out)["clusters"] if r["region"])


def test_a_region_of_the_other_side_than_the_cluster_is_told(run: Run, tmp_path: Path) -> None:
    # A map on the right, and an atlas whose sides are swapped.
    affine = np.diag([4.0, 4, 4, 1])
    affine[:3, 3] = (-46, -46, -46)
    values = np.zeros((24, 24, 24), np.float32)
    values[19:21, 10:12, 10:12] = 1
    nib.save(nib.Nifti1Image(values, affine), tmp_path / "right.nii.gz")
    for names, told in (("1 Thalamus_R\n2 Thalamus_L\n", True), ("1 Thalamus_L\n2 Thalamus_R\n", False)):
        labels = np.ones((24, 24, 24), np.int16)
        labels[12:] = 2
        nib.save(nib.Nifti1Image(labels, affine), tmp_path / "sides.nii.gz")
        (tmp_path / "sides.txt").write_text(names)
        answer = run("clusters", tmp_path / "right.nii.gz", "--atlas", tmp_path / "sides.nii.gz")
        assert ("lies at R 30.0 mm and is named Thalamus_L" in answer.err) is told, answer.err


def test_a_transform_without_an_atlas_is_wrong_use(run: Run, map_file: Path, tmp_path: Path) -> None:
    answer = run("clusters", map_file, "--transform", tmp_path / "t.json")
    assert answer.status == 2
    assert "--atlas" in answer.err
