"""Saving a session loses nothing: no file is written over, and what was saved can be opened again."""

from __future__ import annotations

import json
import os
import shutil
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from viewer.checks.base import CheckResult, Verdict
from viewer.errors import ViewerError
from viewer.scans.load import load_map, load_scan
from viewer.scans.map import Map
from viewer.scans.provenance import Provenance
from viewer.scans.scan import Scan
from viewer.session import archive
from viewer.session.archive import cache_folder, unpack
from viewer.session.cohort_view import CohortView
from viewer.session.session import Session
from viewer.session.session_io import open_images, open_snapshot, read_session, save_session, write_session

BOTH = pytest.mark.parametrize("ending", [".session.json", ".session.zip"])


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def scan_in(folder: Path, name: str = "head.nii.gz") -> Scan:
    folder.mkdir(parents=True, exist_ok=True)
    values = np.random.default_rng(1).random((6, 7, 5), dtype=np.float32)
    nib.save(nib.Nifti1Image(values, np.diag([2.0, 2.0, 2.0, 1.0])), folder / name)
    return load_scan(folder / name)


def computed(scan: Scan, seed: int) -> Map:
    values = np.random.default_rng(seed).normal(size=scan.grid.shape).astype(np.float32)
    return Map(values, scan.grid, f"map {seed}", Provenance(method="gradient", seed=seed), scan.stored)


def session_of(folder: Path, *seeds: int) -> Session:
    session = Session()
    session.set_scan(scan_in(folder))
    for seed in seeds:
        session.add_map(computed(session.scan, seed))
    return session


def opened(path: Path) -> Session:
    session = Session()
    session.restore(open_snapshot(read_session(path)))
    return session


def check_same(one: Session, other: Session) -> None:
    assert one.scan.hash == other.scan.hash
    assert len(one.maps) == len(other.maps)
    for a, b in zip(one.maps, other.maps, strict=True):
        np.testing.assert_array_equal(a.map.data, b.map.data)
        assert a.map.name == b.map.name
    assert (one.current, one.view) == (other.current, other.view)


# Files of maps


def test_a_map_that_is_new_gets_a_free_name(tmp_path: Path) -> None:
    first = session_of(tmp_path, 1, 2)
    path = save_session(first, tmp_path / "work.session.json")
    before = {one: one.read_bytes() for one in tmp_path.glob("work-map*")}
    second = opened(path)
    second.remove_map(0)
    second.add_map(computed(second.scan, 3))
    save_session(second, path)
    assert all(one.read_bytes() == content for one, content in before.items())
    assert sorted(one.name for one in tmp_path.glob("*.nii.gz") if one.name != "head.nii.gz") == [
        "work-map1.nii.gz",
        "work-map2.nii.gz",
        "work-map3.nii.gz",
    ]
    check_same(opened(path), second)


@pytest.mark.parametrize("name", ["work-map1.nii.gz", "work-map1.json", "work-map1.nii"])
def test_a_file_of_somebody_else_is_never_written_over(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"somebody's")
    session = session_of(tmp_path, 1)
    path = save_session(session, tmp_path / "work.session.json")
    assert (tmp_path / name).read_bytes() == b"somebody's"
    check_same(opened(path), session)


def test_the_same_session_saved_again_writes_its_maps_once(tmp_path: Path) -> None:
    session = session_of(tmp_path, 1)
    snapshot = session.snapshot()
    for _ in range(2):
        write_session(snapshot, tmp_path / "work.session.json")
    assert [one.name for one in tmp_path.glob("work-map*.nii.gz")] == ["work-map1.nii.gz"]


@BOTH
def test_a_map_whose_file_is_gone_is_saved_from_memory(tmp_path: Path, ending: str) -> None:
    session = session_of(tmp_path, 1)
    path = save_session(session, tmp_path / "a.session.json")
    again = opened(path)
    for one in tmp_path.glob("a-map1*"):
        one.unlink()
    other = save_session(again, tmp_path / f"b{ending}")
    check_same(opened(other), again)


@BOTH
def test_maps_know_that_they_were_saved(tmp_path: Path, ending: str) -> None:
    session = session_of(tmp_path, 1, 2)
    assert [layer.is_unsaved for layer in session.maps] == [True, True]
    save_session(session, tmp_path / f"a{ending}")
    assert [layer.is_unsaved for layer in session.maps] == [False, False]
    session.add_map(computed(session.scan, 3))
    assert [layer.is_unsaved for layer in session.maps] == [False, False, True]
    files = [layer.file and layer.file.name for layer in session.maps]
    kept = ["a-map1.nii.gz", "a-map2.nii.gz"] if ending == ".session.json" else [None, None]
    assert files == [*kept, None]


def test_a_map_saved_over_the_file_of_another_leaves_that_one_unsaved(tmp_path: Path) -> None:
    session = session_of(tmp_path, 1, 2)
    path = tmp_path / "a.nii.gz"
    for layer in session.maps:
        session.set_map_file(layer.map, layer.map.save(path))
    assert [layer.is_unsaved for layer in session.maps] == [True, False]
    check_same(opened(save_session(session, tmp_path / "a.session.json")), session)


# Archives


@pytest.mark.parametrize("lost", ["scan", "model"])
def test_an_archive_is_complete_or_refused(tmp_path: Path, lost: str) -> None:
    session = session_of(tmp_path / "data", 1)
    if lost == "model":
        from viewer.models.model import Model
        from viewer.models.model_card import Card

        session.set_model(Model.__new__(Model))
        object.__setattr__(session.model, "path", tmp_path / "data" / "gone.pt")
        object.__setattr__(session.model, "card", Card("gone"))
    else:
        (tmp_path / "data" / "head.nii.gz").unlink()
    path = tmp_path / "a.session.zip"
    path.write_bytes(b"before")
    with pytest.raises(ViewerError, match=r"no longer exists, so the archive cannot contain it") as error:
        save_session(session, path)
    assert "\n" not in str(error.value)
    assert path.read_bytes() == b"before"
    assert session.maps[0].is_unsaved


def test_a_session_names_a_scan_that_is_away_for_now(tmp_path: Path) -> None:
    session = session_of(tmp_path / "disk", 1)
    shutil.move(tmp_path / "disk", tmp_path / "unmounted")
    path = save_session(session, tmp_path / "a.session.json")
    with pytest.raises(ViewerError, match=r"head\.nii\.gz"):
        opened(path)
    shutil.move(tmp_path / "unmounted", tmp_path / "disk")
    check_same(opened(path), session)


@pytest.mark.parametrize(
    "name", ["sub_10:30.nii.gz", "a\\b.nii.gz", "a\nb.nii.gz", "x" * 240 + ".nii.gz", "é漢.nii.gz", "..x.nii"]
)
def test_an_archive_of_any_name_can_be_opened(tmp_path: Path, name: str) -> None:
    session = Session()
    session.set_scan(scan_in(tmp_path / "data", name))
    session.add_map(computed(session.scan, 1))
    path = save_session(session, tmp_path / "a.session.zip")
    shutil.rmtree(tmp_path / "data")
    check_same(opened(path), session)


def test_a_pair_with_an_odd_name_stays_a_pair(tmp_path: Path) -> None:
    session = Session()
    values = np.random.default_rng(1).random((6, 7, 5), dtype=np.float32)
    nib.save(nib.Nifti1Pair(values, np.eye(4)), tmp_path / "at_10:30.img")
    session.set_scan(load_scan(tmp_path / "at_10:30.img"))
    path = save_session(session, tmp_path / "a.session.zip")
    check_same(opened(path), session)


def test_names_that_become_alike_are_kept_apart(tmp_path: Path) -> None:
    from viewer.session.session_files import ArchiveFiles

    for name in ("a:b", "a*b", "A_B"):
        (tmp_path / name).write_text(name)
    cargo = ArchiveFiles(tmp_path / "a.session.zip")
    paths = [cargo.add(tmp_path / name, "scan") for name in ("a:b", "a*b", "A_B")]
    assert len({name.casefold() for name in paths}) == 3
    assert {cargo.files[name].name for name in paths} == {"a:b", "a*b", "A_B"}


@BOTH
def test_file_names_that_are_not_utf_8_come_back(tmp_path: Path, ending: str) -> None:
    session = Session()
    session.set_scan(scan_in(tmp_path, os.fsdecode(b"M\xfcller.nii.gz")))
    session.add_map(computed(session.scan, 1))
    path = save_session(session, tmp_path / f"a{ending}")
    check_same(opened(path), session)
    if ending == ".session.json":
        json.loads(path.read_bytes().decode("utf-8"))
        assert opened(path).scan.path == session.scan.path


def test_every_file_of_a_dicom_series_is_carried(tmp_path: Path) -> None:
    pydicom = pytest.importorskip("pydicom")
    from pydicom.data import get_testdata_file

    del pydicom
    folder = tmp_path / "series"
    folder.mkdir()
    source = Path(str(get_testdata_file("CT_small.dcm")))
    from pydicom import dcmread

    for number in range(4):
        header = dcmread(source)
        header.SOPInstanceUID = f"1.2.3.{number}"
        header.InstanceNumber = number + 1
        header.ImagePositionPatient = [0, 0, 5 * number]
        header.save_as(folder / f"slice{number}.dcm")
    (folder / "notes.txt").write_text("not of the series")
    for named in (folder, folder / "slice2.dcm"):
        session = Session()
        session.set_scan(load_scan(named))
        assert session.scan.grid.shape[2] == 4
        path = save_session(session, tmp_path / "a.session.zip")
        check_same(opened(path), session)
        with zipfile.ZipFile(path) as archive:
            assert sorted(archive.namelist()) == sorted(
                ["session.json", *(f"scan/slice{number}.dcm" for number in range(4))]
            )


def test_more_files_than_are_read_again_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from viewer.session import session_files

    monkeypatch.setattr(session_files, "MAX_FILES", 2)
    session = session_of(tmp_path, 1, 2)
    with pytest.raises(
        ViewerError,
        match=r"would contain 2 files, but an archive can contain at most 2; save a \.session\.json",
    ):
        save_session(session, tmp_path / "a.session.zip")
    assert not (tmp_path / "a.session.zip").exists()


def test_a_session_of_an_archive_lasts_longer_than_the_cache(tmp_path: Path) -> None:
    first = session_of(tmp_path / "data", 1)
    archive = save_session(first, tmp_path / "a.session.zip")
    shutil.rmtree(tmp_path / "data")
    again = opened(archive)
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "b-files").mkdir()
    (tmp_path / "work" / "b-files" / "scan").mkdir()
    (tmp_path / "work" / "b-files" / "scan" / "head.nii.gz").write_text("somebody's")
    path = save_session(again, tmp_path / "work" / "b.session.json")
    save_session(again, path)
    shutil.rmtree(cache_folder())
    check_same(opened(path), first)
    assert [layer.volume for layer in again.maps] == [layer.map.volume for layer in again.maps]
    assert (tmp_path / "work" / "b-files" / "scan" / "head.nii.gz").read_text() == "somebody's"
    assert sorted(one.name for one in (tmp_path / "work").iterdir()) == [
        "b-files",
        "b-files2",
        "b.session.json",
    ]


@pytest.mark.parametrize("damage", ["changed", "removed", "json", "folder"])
def test_a_damaged_cache_is_unpacked_again(tmp_path: Path, damage: str) -> None:
    session = session_of(tmp_path / "data", 1)
    path = save_session(session, tmp_path / "a.session.zip")
    folder = unpack(path)
    scan = folder / "scan" / "head.nii.gz"
    if damage == "changed":
        scan.write_bytes(scan.read_bytes()[:-1] + b"?")
    elif damage == "removed":
        scan.unlink()
    elif damage == "json":
        (folder / "session.json").unlink()
    else:
        scan.unlink()
        scan.mkdir()
    check_same(opened(path), session)


def test_what_was_opened_today_is_not_removed(tmp_path: Path) -> None:
    shown = opened(save_session(session_of(tmp_path / "data", 1), tmp_path / "a.session.zip"))
    for number in range(archive.MAX_CACHED_SESSIONS + 1):
        session = session_of(tmp_path / "data", 10 + number)
        unpack(save_session(session, tmp_path / f"{number}.session.zip"))
    assert shown.scan.path.is_file()


# Where files lie


def test_a_tree_that_moved_is_found_again(tmp_path: Path) -> None:
    session = session_of(tmp_path / "tree" / "data", 1)
    (tmp_path / "tree" / "sessions").mkdir()
    save_session(session, tmp_path / "tree" / "sessions" / "a.session.json")
    shutil.move(tmp_path / "tree", tmp_path / "elsewhere")
    check_same(opened(tmp_path / "elsewhere" / "sessions" / "a.session.json"), session)


def test_a_mark_of_byte_order_and_paths_of_windows_are_read(tmp_path: Path) -> None:
    session = session_of(tmp_path / "data")
    path = save_session(session, tmp_path / "a.session.json")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"data/head", b"data\\\\head"))
    assert b"data\\\\head" in path.read_bytes()
    check_same(opened(path), session)


def test_a_file_of_the_working_directory_is_never_taken_for_one_beside_the_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = session_of(tmp_path)
    path = save_session(session, tmp_path / "a.session.json")
    (tmp_path / "other").mkdir()
    shutil.move(tmp_path / "head.nii.gz", tmp_path / "other")
    monkeypatch.chdir(tmp_path / "other")
    with pytest.raises(ViewerError, match=r"head\.nii\.gz"):
        open_images(read_session(path))


# What is kept


@BOTH
def test_names_and_what_checks_found_are_kept(tmp_path: Path, ending: str) -> None:
    session = session_of(tmp_path, 1, 2)
    numbers = {"area": 0.25, "curve": [1.0, 0.5], "odd": float("nan")}
    result = CheckResult(
        "deletion", "Deletion", "map 2", Verdict.HOLDS, "0.25", "A sentence.", "Limits.", numbers
    )
    session.add_check_result(session.maps[1].map, result)
    path = save_session(session, tmp_path / f"a{ending}")
    assert not session.maps[1].is_unsaved
    again = opened(path)
    check_same(again, session)
    assert not again.maps[0].check_results
    (found,) = again.maps[1].check_results
    assert found.as_json() == result.as_json() | {"numbers": {"area": 0.25, "curve": [1.0, 0.5], "odd": None}}
    assert found.title == "Deletion"
    assert not again.maps[1].is_unsaved


def test_a_check_that_ended_after_the_last_saving_is_unsaved_work(tmp_path: Path) -> None:
    session = session_of(tmp_path, 1)
    save_session(session, tmp_path / "a.session.json")
    result = CheckResult("deletion", "Deletion", "map 1", Verdict.OPEN, "0.25", "A sentence.", "Limits.")
    session.add_check_result(session.maps[0].map, result)
    assert session.maps[0].is_unsaved
    save_session(session, tmp_path / "a.session.json")
    assert not session.maps[0].is_unsaved


@pytest.mark.parametrize(
    "checks", [3, ["x"], [{"check": 1}], [{"check": "a", "verdict": "perhaps"}], [{"numbers": 5}]]
)
def test_odd_checks_name_the_entry(tmp_path: Path, checks: object) -> None:
    path = save_session(session_of(tmp_path, 1), tmp_path / "a.session.json")
    entries = json.loads(path.read_text())
    entries["maps"][0]["checks"] = checks
    path.write_text(json.dumps(entries))
    with pytest.raises(ViewerError, match="its entry 'maps' is invalid"):
        read_session(path)


def test_a_session_of_which_a_file_is_lost_shows_the_others(tmp_path: Path) -> None:
    session = session_of(tmp_path, 1, 2, 3)
    session.change(compared=2)
    session.set_visible(2, False)
    path = save_session(session, tmp_path / "a.session.json")
    (tmp_path / "a-map1.nii.gz").unlink()
    (tmp_path / "head.nii.gz").unlink()
    lost: list[str] = []
    shown = open_snapshot(read_session(path), error_messages=lost)
    assert [layer.map.name for layer in shown.maps] == ["map 2", "map 3"]
    assert [layer.visible for layer in shown.maps] == [True, False]
    assert (shown.scan, shown.current, shown.view.compared) == (None, 1, 1)
    assert [("head.nii.gz" in line, "a-map1.nii.gz" in line) for line in lost] == [
        (True, False),
        (False, True),
    ]


def test_maps_of_a_cohort_that_moved_are_left_out_and_the_others_shown(tmp_path: Path) -> None:
    session = session_of(tmp_path, 1)
    (tmp_path / "maps").mkdir()
    session.add_map(load_map(computed(session.scan, 2).save(tmp_path / "maps" / "of-a-person.nii.gz")))
    session.set_cohort(CohortView(tmp_path / "maps", "net", "gradient", "", "sub-07", ""))
    path = save_session(session, tmp_path / "a.session.json")
    (tmp_path / "maps").rename(tmp_path / "elsewhere")
    lost: list[str] = []
    shown = open_snapshot(read_session(path), error_messages=lost, images_required=True)
    assert [layer.map.name for layer in shown.maps] == ["map 1"]
    assert shown.cohort == session.cohort
    assert len(lost) == 1
    assert "of-a-person.nii.gz: there is no such file" in lost[0]
    # Any other map is needed.
    (tmp_path / "a-map1.nii.gz").unlink()
    with pytest.raises(ViewerError, match="there is no such file"):
        open_snapshot(read_session(path), error_messages=lost, images_required=True)


# While it is used


@BOTH
def test_a_map_that_arrives_while_a_session_is_saved_leaves_it_whole(
    tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = session_of(tmp_path, 1, 2)
    reached, added = threading.Event(), threading.Event()
    save: Callable[..., Path] = Map.save

    def slowly(self: Map, path: Path) -> Path:
        reached.set()
        assert added.wait(10)
        return save(self, path)

    monkeypatch.setattr(Map, "save", slowly)
    path = tmp_path / f"a{ending}"
    saving = threading.Thread(target=save_session, args=(session, path))
    saving.start()
    assert reached.wait(10)
    session.add_map(computed(session.scan, 3))
    session.remove_map(0)
    added.set()
    saving.join()
    again = opened(path)
    assert [layer.map.name for layer in again.maps] == ["map 1", "map 2"]
    assert again.current == 1
    assert [(layer.map.name, layer.is_unsaved) for layer in session.maps] == [
        ("map 2", False),
        ("map 3", True),
    ]


def test_a_snapshot_is_of_one_moment(tmp_path: Path) -> None:
    session = session_of(tmp_path)
    made = [computed(session.scan, seed) for seed in range(3)]
    stop = threading.Event()
    wrong: list[object] = []

    def look() -> None:
        while not stop.is_set():
            shown = session.snapshot()
            if (shown.current is None) != (not shown.maps) or (shown.current or 0) > max(
                len(shown.maps) - 1, 0
            ):
                wrong.append(shown)

    looking = threading.Thread(target=look)
    looking.start()
    for _ in range(300):
        for one in made:
            session.add_map(one)
        for _ in made:
            session.remove_map(0)
    stop.set()
    looking.join()
    assert not wrong
