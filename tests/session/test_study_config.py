"""A study as it is asked for: its scans as the table has them, and the plan that the choices describe."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from viewer.errors import ScanError
from viewer.scans.simulated_studies.save import write_study
from viewer.scans.simulated_studies.study import STUDIES, find_study, pet_grid
from viewer.session.study_config import (
    SIMULATED_STUDIES,
    make_simulated_table,
    read_study_table,
)


def written(folder: Path, rows: list[tuple[str, ...]], names: str = "scan\tsubject\ty") -> Path:
    for row in rows:
        (folder / row[0]).write_bytes(b"")
    path = folder / "study.tsv"
    path.write_text("\n".join([names, *("\t".join(row) for row in rows)]) + "\n")
    return path


def test_the_scans_of_a_table_in_its_order(tmp_path: Path) -> None:
    rows = [("b.nii.gz", "s1", "0.5"), ("a.nii.gz", "s2", "2"), ("c.nii.gz", "s1", "-1")]
    listing = read_study_table(written(tmp_path, rows))
    assert [(entry.name, entry.subject, entry.y) for entry in listing.scans] == [
        ("b", "s1", "0.5"),
        ("a", "s2", "2"),
        ("c", "s1", "-1"),
    ]
    assert [entry.y_value for entry in listing.scans] == [0.5, 2.0, -1.0]
    assert listing.scans[0].path == tmp_path / "b.nii.gz"
    assert listing.subjects == ("s1", "s2")
    assert listing.classes == ()
    assert listing.name == listing.title == "study.tsv"
    assert not listing.simulated_study
    assert not listing.problem


def test_y_may_be_understood_otherwise(tmp_path: Path) -> None:
    rows = [("a.nii", "s1", "10"), ("b.nii", "s1", "9"), ("c.nii", "s2", "10")]
    path = written(tmp_path, rows)
    assert read_study_table(path).classes == ("9", "10")
    assert [entry.y_value for entry in read_study_table(path).scans] == [1, 0, 1]
    assert read_study_table(path, "graded").classes == ()
    assert [entry.y_value for entry in read_study_table(path, "graded").scans] == [10, 9, 10]


def test_covariates_and_volumes(tmp_path: Path) -> None:
    rows = [("a.nii", "s1", "1", "61", "2"), ("b.nii", "s2", "2", "70", "0")]
    listing = read_study_table(written(tmp_path, rows, "scan\tsubject\ty\tage\tvolume"))
    assert listing.covariates == ("age",)
    assert [entry.volume for entry in listing.scans] == [2, 0]


@pytest.mark.parametrize(
    ("ys", "paradigm", "says"),
    [
        (("3", "3"), "graded", "study.tsv: y is 3 for every scan"),
        (("rest", "rest"), "", "study.tsv: y has only one class, 'rest'"),
        (("1", "old"), "graded", "study.tsv, line 3: y is 'old'"),
        (("1",), "", "study.tsv: has only one scan"),
    ],
)
def test_what_cannot_be_learned_is_told_beside_the_scans(
    tmp_path: Path, ys: tuple[str, ...], paradigm: str, says: str
) -> None:
    rows = [(f"{number}.nii", "s1", y) for number, y in enumerate(ys)]
    listing = read_study_table(written(tmp_path, rows), paradigm)
    assert says in listing.problem
    assert "\n" not in listing.problem
    assert [entry.y for entry in listing.scans] == list(ys)


def test_a_missing_scan_names_its_row(tmp_path: Path) -> None:
    path = written(tmp_path, [("a.nii", "s1", "1"), ("b.nii", "s1", "2")])
    (tmp_path / "b.nii").unlink()
    with pytest.raises(ScanError, match=r"line 3.*b\.nii"):
        read_study_table(path)


def test_every_simulated_study_can_be_asked_for() -> None:
    assert tuple(SIMULATED_STUDIES) == tuple(study.name for study in STUDIES)


@pytest.mark.parametrize("name", list(SIMULATED_STUDIES))
def test_a_simulated_study_is_listed_as_it_will_be_written(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing = make_simulated_table(name)
    assert len(listing.scans) == 64
    assert "simulated" in listing.title.lower()
    assert "simulated" in listing.name
    assert listing.table_path is None
    assert all(entry.path is None for entry in listing.scans)
    small = replace(find_study(name), grid=pet_grid(12.0))
    monkeypatch.setattr("viewer.scans.simulated_studies.study.find_study", lambda _: small)
    table = write_study(small, tmp_path)
    found = read_study_table(table.path, simulated_study=name)
    assert found.title == listing.title
    assert found.classes == listing.classes
    for there, expected in zip(found.scans, listing.scans, strict=True):
        assert replace(there, path=None) == expected
