"""Participants tables: what is read, and what is refused with the line."""

from __future__ import annotations

from pathlib import Path

import pytest

from viewer.cohorts.cohort_folder import read_cohort_folder
from viewer.cohorts.derivatives import Derivatives
from viewer.cohorts.participants import read_participants
from viewer.cohorts.plan import CohortPlan, label_models, plan_entries
from viewer.errors import ScanError
from viewer.methods.registry import find_method
from viewer.models.loading import load_model


@pytest.fixture
def write(tmp_path: Path):
    for name in ("a.nii", "b.nii"):
        (tmp_path / name).write_bytes(b"")

    def call(text: str, name: str = "participants.tsv") -> Path:
        path = tmp_path / name
        path.write_text(text.replace(" ", "\t"))
        return path

    return call


def test_a_row_has_its_images_labels_and_further_columns(write, tmp_path: Path) -> None:
    head = "participant_id session_id scan_T1 scan_FLAIR age"
    path = write(f"{head}\nsub-01 ses-2 a.nii b.nii 71\n02 1 a.nii b.nii n/a\n")
    table = read_participants(path)
    first, second = table.rows
    assert first.label == "sub-01_ses-2"
    assert first.images == {"T1": tmp_path / "a.nii", "FLAIR": tmp_path / "b.nii"}
    assert first.values == {"age": "71"}
    assert second.label == "sub-02_ses-1"
    assert second.values == {"age": "n/a"}
    assert table.columns == ("age",)


def test_commas_separate_the_columns_of_a_csv_file(tmp_path: Path, write) -> None:
    table = read_participants(write("participant_id,scan,volume\n1,a.nii,3\n", "table.csv"))
    assert [(row.label, row.volume) for row in table.rows] == [("sub-1", 3)]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("participant_id age\n1 2\n", "no column 'scan'"),
        ("scan age\na.nii 2\n", "no column 'participant_id'"),
        ("participant_id scan scan\n1 a.nii a.nii\n", "two columns 'scan'"),
        ("participant_id scan scan_T1\n1 a.nii a.nii\n", "scan and scan_T1"),
        ("participant_id scan\n", "no rows"),
        ("participant_id scan\n1 c.nii\n2 d.nii\n", "line 2: scan not found: .*c.nii"),
        ("participant_id scan\n1 n/a\n", "line 2: no row names a scan"),
        ("participant_id scan\nn/a a.nii\n", "line 2: participant_id is missing"),
        ("participant_id scan\n../x a.nii\n", "line 2: participant_id is '../x'"),
        ("participant_id scan\n1 a.nii\nsub-1 b.nii\n", "line 3: is sub-1, as line 2 is"),
        ("participant_id scan\na a.nii\nA b.nii\n", "line 3: is sub-A, as line 2 is"),
        ("participant_id scan volume\n1 a.nii x\n", "line 2: volume is 'x'"),
        ("participant_id scan\n1 a.nii 3\n", "line 2: has 3 columns"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(write, text: str, problem: str) -> None:
    with pytest.raises(ScanError, match=problem):
        read_participants(write(text))


def test_a_dataset_has_a_row_for_each_session_and_the_columns_of_its_table(tmp_path: Path) -> None:
    for name in ("sub-01/anat", "sub-02/ses-a/anat", "sub-02/ses-b/anat", "code"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "participants.tsv").write_text("participant_id\tage\nsub-02\t70\nsub-03\t71\n")
    table = read_participants(tmp_path)
    assert {row.label: (row.images[""], row.values["age"]) for row in table.rows} == {
        "sub-02_ses-a": (tmp_path / "sub-02" / "ses-a", "70"),
        "sub-02_ses-b": (tmp_path / "sub-02" / "ses-b", "70"),
        "sub-03": (tmp_path / "sub-03", "71"),
        "sub-01": (tmp_path / "sub-01", "n/a"),
    }
    with pytest.raises(ScanError, match="has no folders sub-"):
        read_participants(tmp_path / "code")


@pytest.mark.parametrize(
    ("text", "name", "problem"),
    [
        (
            "participant_id;scan\n1;a.nii\n",
            "table.csv",
            "has semicolons between its columns in place of commas",
        ),
        (
            "participant_id;scan\n1;a.nii\n",
            "table.tsv",
            "has semicolons between its columns in place of tabs",
        ),
        ("participant_id,scan\n1,a.nii\n", "table.tsv", "has commas between its columns in place of tabs"),
    ],
)
def test_other_separators_are_named(write, text: str, name: str, problem: str) -> None:
    with pytest.raises(ScanError, match=problem):
        read_participants(write(text, name))


def test_a_missing_session_is_no_session(write) -> None:
    table = read_participants(write("participant_id session_id scan\n1 ses-a a.nii\nNA n/a b.nii\n"))
    assert [row.label for row in table.rows] == ["sub-1_ses-a", "sub-NA"]


def test_a_person_who_is_in_the_table_of_a_dataset_twice_is_told(tmp_path: Path) -> None:
    (tmp_path / "sub-01").mkdir()
    (tmp_path / "participants.tsv").write_text("participant_id\tage\nsub-01\t70\n01\t99\n")
    with pytest.raises(ScanError, match="line 3: has sub-01 a second time"):
        read_participants(tmp_path)


def test_a_folder_keeps_persons_with_and_without_sessions(tmp_path: Path, model_file: Path) -> None:
    for name in ("sub-01/anat", "sub-02/ses-a/anat"):
        (tmp_path / "data" / name).mkdir(parents=True)
    table = read_participants(tmp_path / "data")
    plan = CohortPlan(label_models([str(model_file)], [None]), (find_method("gradient").from_parameters({}),))
    Derivatives(tmp_path / "maps").write_metadata(
        plan, plan_entries(plan, [load_model(model_file)], {}), table
    )
    assert [row.label for row in read_cohort_folder(tmp_path / "maps").rows] == ["sub-01", "sub-02_ses-a"]


def test_scans_that_are_missing_do_not_stop_the_others(write) -> None:
    table = read_participants(write("participant_id scan\n1 a.nii\n2 gone.nii\n3 n/a\n"))
    assert [row.label for row in table.rows] == ["sub-1", "sub-2", "sub-3"]
    assert table.rows[1].images[""].name == "gone.nii"
    assert table.rows[2].images == {}
