"""What a window shows is kept beside its work, whole at every moment, and comes back unsaved as it was."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from viewer.checks.base import CheckResult, Verdict
from viewer.scans.load import load_map, load_scan
from viewer.scans.map import Map
from viewer.scans.provenance import Provenance
from viewer.scans.scan import Scan
from viewer.session.recovery import (
    SESSION_NAME,
    RecoveryFolder,
    find_recovery_folders,
    has_unsaved_work,
    recover,
    summarize_folder,
)
from viewer.session.session import Session


@pytest.fixture
def session(tmp_path: Path) -> Session:
    """A scan with a map in a file of the person's own, and two that are in none."""
    values = np.random.default_rng(1).random((6, 7, 5), dtype=np.float32)
    nib.save(nib.Nifti1Image(values, np.diag([2.0, 2.0, 2.0, 1.0])), tmp_path / "head.nii.gz")
    made = Session()
    made.set_scan(load_scan(tmp_path / "head.nii.gz"))
    made.add_map(load_map(computed(made, 0).save(tmp_path / "own.nii.gz")))
    made.add_map(computed(made, 1))
    made.add_map(computed(made, 2))
    made.change(compared=1, glass=True)
    return made


def computed(session: Session, seed: int) -> Map:
    scan = session.scan
    values = np.random.default_rng(seed).normal(size=scan.grid.shape).astype(np.float32)
    made = Provenance(method="gradient", seed=seed, scan={"name": scan.name, "hash": scan.hash})
    return Map(values, scan.grid, f"map {seed}", made, scan.stored)


def files(folder: Path) -> dict[str, int]:
    return {one.name: one.stat().st_mtime_ns for one in folder.iterdir()}


def test_it_comes_back_as_it_was_and_as_unsaved_as_it_was(session: Session, tmp_path: Path) -> None:
    result = CheckResult("deletion", "Deletion", "map 1", Verdict.HOLDS, "0.25", "A sentence.", "Limits.")
    session.add_check_result(session.maps[1].map, result)
    folder = RecoveryFolder(tmp_path / "home" / "one")
    assert folder.write(session.snapshot())
    saved, shown, lost = recover(folder.path)
    assert not lost
    assert saved is not None
    assert shown.scan.hash == session.scan.hash
    assert [one.map.name for one in shown.maps] == [one.map.name for one in session.maps]
    for one, other in zip(shown.maps, session.maps, strict=True):
        np.testing.assert_array_equal(one.map.data, other.map.data)
        assert one.map.provenance.seed == other.map.provenance.seed
        assert (one.is_unsaved, one.file) == (other.is_unsaved, other.file)
    assert shown.maps[1].check_results[0].headline == "0.25"
    assert (shown.current, shown.view) == (session.current, session.view)
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700


def test_checks_that_were_saved_come_back_as_saved(session: Session, tmp_path: Path) -> None:
    def make_result(check: str) -> CheckResult:
        return CheckResult(check, check, "map 1", Verdict.HOLDS, "0.25", "A sentence.", "Limits.")

    in_report, later = make_result("deletion"), make_result("removal")
    checked = session.maps[1].map
    session.add_check_result(checked, in_report)
    session.mark_checks_saved(checked, (in_report,))
    assert not session.maps[1].has_unsaved_checks
    folder = RecoveryFolder(tmp_path / "one")
    folder.write(session.snapshot())
    assert [layer.has_unsaved_checks for layer in recover(folder.path)[1].maps] == [False] * len(session.maps)
    session.add_check_result(checked, later)
    assert session.maps[1].has_unsaved_checks
    folder.write(session.snapshot())
    shown = recover(folder.path)[1].maps[1]
    assert [one.check for one in shown.saved_check_results] == ["deletion"]
    assert shown.has_unsaved_checks


def test_maps_are_written_once_and_the_session_where_it_changed(session: Session, tmp_path: Path) -> None:
    folder = RecoveryFolder(tmp_path / "one")
    folder.write(session.snapshot())
    before = files(folder.path)
    assert not folder.write(session.snapshot())
    assert files(folder.path) == before
    session.change(opacity=0.25)
    assert folder.write(session.snapshot())
    after = files(folder.path)
    assert {name for name in after if after[name] != before[name]} == {SESSION_NAME}


def test_a_map_that_was_finished_last_is_there_before_the_session_names_it(
    session: Session, tmp_path: Path
) -> None:
    folder = RecoveryFolder(tmp_path / "one")
    folder.write(session.snapshot())
    found = computed(session, 3)
    folder.save_map(found)
    _, shown, lost = recover(folder.path)
    assert not lost
    assert [one.map.name for one in shown.maps] == ["map 0", "map 1", "map 2", "map 3"]
    np.testing.assert_array_equal(shown.maps[3].map.data, found.data)
    assert summarize_folder(folder.path).map_count == 4
    session.add_map(found)
    folder.write(session.snapshot())
    _, shown, _ = recover(folder.path)
    assert [one.map.name for one in shown.maps] == ["map 0", "map 1", "map 2", "map 3"]


def test_a_removed_map_does_not_come_back(session: Session, tmp_path: Path) -> None:
    folder = RecoveryFolder(tmp_path / "one")
    folder.write(session.snapshot())
    session.remove_map(1)
    folder.write(session.snapshot())
    _, shown, _ = recover(folder.path)
    assert [one.map.name for one in shown.maps] == ["map 0", "map 2"]
    session.undo()
    folder.write(session.snapshot())
    _, shown, _ = recover(folder.path)
    assert [one.map.name for one in shown.maps] == ["map 0", "map 1", "map 2"]


def test_a_map_that_was_saved_is_named_where_it_lies(session: Session, tmp_path: Path) -> None:
    folder = RecoveryFolder(tmp_path / "one")
    folder.write(session.snapshot())
    found = session.maps[1].map
    session.set_map_file(found, found.save(tmp_path / "saved.nii.gz"))
    folder.write(session.snapshot())
    _, shown, _ = recover(folder.path)
    assert [one.file and one.file.name for one in shown.maps] == ["own.nii.gz", "saved.nii.gz", None]
    (tmp_path / "saved.nii.gz").unlink()
    folder.write(session.snapshot())
    _, shown, lost = recover(folder.path)
    assert not lost
    np.testing.assert_array_equal(shown.maps[1].map.data, found.data)


def test_a_scan_that_is_in_no_file_is_kept_too(session: Session, tmp_path: Path) -> None:
    values = np.random.default_rng(5).random(session.scan.grid.shape, dtype=np.float32)
    session.set_scan(Scan(values, session.scan.grid, "made here"))
    folder = RecoveryFolder(tmp_path / "one")
    folder.write(session.snapshot())
    _, shown, lost = recover(folder.path)
    assert not lost
    np.testing.assert_array_equal(shown.scan.data, values)
    assert shown.scan.path is None


@pytest.mark.parametrize("damage", ["scan", "map", "json", "no json"])
def test_what_is_damaged_is_told_and_all_else_comes_back(
    session: Session, tmp_path: Path, damage: str
) -> None:
    folder = RecoveryFolder(tmp_path / "home" / "one")
    folder.write(session.snapshot())
    if damage == "scan":
        (tmp_path / "head.nii.gz").unlink()
    elif damage == "map":
        (folder.path / "map-1.nii").write_bytes(b"short")
    elif damage == "json":
        (folder.path / SESSION_NAME).write_bytes(b"{")
    else:
        (folder.path / SESSION_NAME).unlink()
    _, shown, lost = recover(folder.path)
    assert len(lost) == 1
    seeds = [one.map.provenance.seed for one in shown.maps]
    assert seeds == {"scan": [0, 1, 2], "map": [0, 2], "json": [1, 2], "no json": [1, 2]}[damage]
    assert find_recovery_folders(tmp_path / "home") == [folder.path]
    assert summarize_folder(folder.path).map_count >= 2


def test_only_what_would_be_missed_is_kept(session: Session) -> None:
    assert has_unsaved_work(session.snapshot())
    shown = Session()
    assert not has_unsaved_work(shown.snapshot())
    shown.set_scan(load_scan("mni152"))
    assert not has_unsaved_work(shown.snapshot())
    shown.add_map(Map(np.ones(shown.scan.grid.shape, np.float32), shown.scan.grid, "new"))
    assert has_unsaved_work(shown.snapshot())


def test_a_folder_says_what_is_in_it(session: Session, tmp_path: Path) -> None:
    folder = RecoveryFolder(tmp_path / "home" / "one")
    assert find_recovery_folders(tmp_path / "home") == []
    folder.write(session.snapshot())
    (tmp_path / "home" / "empty").mkdir()
    assert find_recovery_folders(tmp_path / "home") == [folder.path]
    found = summarize_folder(folder.path)
    assert (found.scan_name, found.map_count) == ("head.nii.gz", 3)
    json.loads((folder.path / SESSION_NAME).read_text())
    folder.remove()
    assert find_recovery_folders(tmp_path / "home") == []


def test_a_map_that_is_not_finished_is_no_work_yet(session: Session, tmp_path: Path) -> None:
    growing = computed(session, 3)
    session.add_map(Map(growing.data, growing.grid, "so far", Provenance(notes=("not finished",))))
    assert not session.maps[3].is_unsaved
    session.change(compared=2)
    folder = RecoveryFolder(tmp_path / "one")
    folder.write(session.snapshot())
    assert sorted(one.name for one in folder.path.glob("*.nii")) == ["map-1.nii", "map-2.nii"]
    _, shown, lost = recover(folder.path)
    assert not lost
    assert [one.map.name for one in shown.maps] == ["map 0", "map 1", "map 2"]
    assert (shown.current, shown.view.compared) == (2, 2)
