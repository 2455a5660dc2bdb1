"""A session that carries its files comes back whole anywhere; an archive made to do harm does none."""

from __future__ import annotations

import json
import os
import stat
import zipfile
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from viewer.errors import ViewerError
from viewer.scans.atlas import load_atlas, region_at
from viewer.scans.file_types import FileType, detect_file_type
from viewer.scans.load import load_scan
from viewer.scans.map import Map
from viewer.scans.provenance import Provenance
from viewer.session.archive import cache_folder, read_archive_json, unpack
from viewer.session.session import Session
from viewer.session.session_io import open_atlas, open_images, read_session, save_session
from viewer.session.view import Theme


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def session(tmp_path: Path) -> Session:
    """An L A S scan as a pair of files, a map in no file yet, and a map of a file that was made elsewhere."""
    folder = tmp_path / "data"
    folder.mkdir()
    rng = np.random.default_rng(4)
    affine = np.diag([-1.7, 1.3, 1.1, 1.0])
    affine[:3, 3] = 9.1, -7.3, 2.9
    nib.save(nib.Nifti1Pair(rng.normal(size=(9, 8, 7)).astype(np.float32), affine), folder / "head.img")
    scan = load_scan(folder / "head.img")
    made = Session()
    made.set_scan(scan)
    values = rng.normal(size=scan.grid.shape).astype(np.float32)
    made.add_map(Map(values, scan.grid, "new", Provenance(method="gradient"), scan.stored))
    path = Map(values / 3, scan.grid, "old", Provenance(method="lrp"), scan.stored).save(
        folder / "old.nii.gz"
    )
    from viewer.scans.load import load_map

    made.add_map(load_map(path))
    made.set_visible(0, False)
    made.change(theme=Theme.LIGHT, glass=True)
    return made


def test_it_comes_back_whole_where_the_files_are_gone(session: Session, tmp_path: Path, home: Path) -> None:
    path = save_session(session, tmp_path / "a.session.zip")
    for file in (tmp_path / "data").iterdir():
        file.unlink()
    assert detect_file_type(path) is FileType.SESSION
    saved = read_session(path)
    scan, maps = open_images(saved)
    assert scan is not None
    assert scan.hash == session.scan.hash
    assert [one.provenance.method for one in maps] == ["gradient", "lrp"]
    for one, layer in zip(maps, session.maps, strict=True):
        np.testing.assert_array_equal(one.data, layer.map.data)
        assert one.grid.same_as(layer.map.grid)
    assert (saved.view, saved.hidden_indices, saved.current_index) == (session.view, (0,), 1)
    assert Path(saved.maps[0].path).is_relative_to(home)


def test_the_same_session_gives_the_same_archive_and_one_folder(session: Session, tmp_path: Path) -> None:
    one, other = (save_session(session, tmp_path / f"{name}.session.zip") for name in "ab")
    assert one.read_bytes() == other.read_bytes()
    assert unpack(one) == unpack(other)
    assert len(list(cache_folder().iterdir())) == 1


def test_only_the_sessions_opened_last_stay_unpacked(session: Session, tmp_path: Path, home: Path) -> None:
    folders = []
    for number in range(7):
        session.change(opacity=0.1 * (number + 1))
        folders.append(unpack(save_session(session, tmp_path / f"{number}.session.zip")))
        moment = 1_000_000 + number
        os.utime(folders[-1], (moment, moment))
        if number == 4:
            assert unpack(tmp_path / "0.session.zip") == folders[0]  # opened again
    assert [folder.is_dir() for folder in folders] == [True, False, False, True, True, True, True]
    assert sorted(cache_folder().iterdir()) == sorted(folder for folder in folders if folder.is_dir())


def test_built_in_files_are_named_and_not_carried(session: Session, tmp_path: Path) -> None:
    session.set_scan(load_scan("mni152"))
    path = save_session(session, tmp_path / "a.session.zip")
    assert read_archive_json(path)["scan"]["path"] == "mni152"
    assert read_session(path).scan.path == "mni152"


@pytest.mark.parametrize("ending", ["json", "zip"])
def test_the_atlas_and_its_names_come_back(session: Session, tmp_path: Path, ending: str) -> None:
    image, names = tmp_path / "regions.nii.gz", tmp_path / "elsewhere" / "names.tsv"
    names.parent.mkdir()
    names.write_text("index\tname\n1\tEverywhere\n")
    nib.save(nib.Nifti1Image(np.ones((5, 5, 5), np.int16), np.eye(4)), image)
    session.set_atlas(load_atlas(image, names))
    path = save_session(session, tmp_path / f"a.session.{ending}")
    if ending == "zip":
        image.unlink()
        names.unlink()
    atlas = open_atlas(read_session(path))
    assert atlas is not None
    assert region_at(atlas, (2, 2, 2)) == "Everywhere"
    if ending == "json":
        names.write_text("index\tname\n1\tNowhere\n")
        with pytest.raises(ViewerError, match=r"names\.tsv: has changed"):
            open_atlas(read_session(path))
    session.set_atlas(None)
    assert open_atlas(read_session(save_session(session, path))) is None


def test_a_map_that_changed_is_told(session: Session, tmp_path: Path) -> None:
    path = save_session(session, tmp_path / "a.session.json")
    scan = session.scan
    Map(session.maps[1].map.data * 2, scan.grid, "old", stored=scan.stored).save(
        tmp_path / "data" / "old.nii.gz"
    )
    with pytest.raises(ViewerError, match=r"old\.nii\.gz: has changed since the session was saved"):
        open_images(read_session(path))


def archive(path: Path, entries: object = None, **files: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as written:
        contents = {"session": 1, "maps": [], "view": {}} if entries is None else entries
        written.writestr("session.json", json.dumps(contents))
        for name, content in files.items():
            written.writestr(name, content)
    return path


@pytest.mark.parametrize(
    "name",
    ["../out.txt", "/etc/out.txt", "a/../../out.txt", "a\\..\\out.txt", "C:/out.txt", "a\nb", "x" * 600],
)
def test_names_that_lead_elsewhere_are_refused(tmp_path: Path, name: str) -> None:
    path = archive(tmp_path / "a.session.zip", **{name: b"harm"})
    with pytest.raises(ViewerError, match="which is not a regular file in it"):
        read_session(path)
    assert not cache_folder().exists()
    assert not (tmp_path / "out.txt").exists()


def test_links_are_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.session.zip")
    link = zipfile.ZipInfo("scan")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "a") as written:
        written.writestr(link, "/etc/passwd")
    with pytest.raises(ViewerError, match="not a regular file"):
        read_session(path)


def test_a_bomb_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.session.zip", bomb=bytes(64 << 20))
    assert path.stat().st_size < 1 << 20
    with pytest.raises(ViewerError, match="it is damaged or malicious"):
        read_session(path)
    assert not cache_folder().exists()


def test_an_archive_that_holds_more_than_it_claims_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.session.zip", map=bytes(1 << 20))
    content = path.read_bytes()
    size = (1 << 20).to_bytes(4, "little")
    assert content.count(size) == 2
    path.write_bytes(content.replace(size, (10).to_bytes(4, "little")))
    with pytest.raises(ViewerError, match=r"is damaged|more"):
        read_session(path)
    assert not [one for one in cache_folder().iterdir() if one.is_dir()]


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ViewerError, match="two files with the same name"):
        read_session(archive(tmp_path / "a.session.zip", one=b"1", ONE=b"2"))


@pytest.mark.parametrize("entry_path", ["/etc/passwd", "../../secret.nii", "scan/../../../x"])
def test_entries_that_name_files_elsewhere_are_refused(tmp_path: Path, entry_path: str) -> None:
    entries = {"session": 1, "maps": [{"path": entry_path}], "view": {}}
    with pytest.raises(ViewerError, match="a file that it does not contain"):
        read_session(archive(tmp_path / "a.session.zip", entries))


@pytest.mark.parametrize(
    ("content", "problem"),
    [(b"", "not a zip archive"), (b"PK\x03\x04 broken", "not a zip archive"), (b"{}", "not a zip archive")],
)
def test_what_is_no_archive_is_told(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "a.session.zip"
    path.write_bytes(content)
    with pytest.raises(ViewerError, match=problem):
        read_session(path)


def test_an_archive_without_a_session_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.session.zip"
    with zipfile.ZipFile(path, "w") as written:
        written.writestr("other.txt", "x")
    with pytest.raises(ViewerError, match=r"it has no session\.json"):
        read_session(path)
    with zipfile.ZipFile(path, "w") as written:
        written.writestr("session.json", "[" * 100_000)
    with pytest.raises(ViewerError, match="is damaged"):
        read_session(path)


def test_damage_within_is_told_and_leaves_nothing(session: Session, tmp_path: Path) -> None:
    path = save_session(session, tmp_path / "a.session.zip")
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as read:
        entry = next(one for one in read.infolist() if one.filename.endswith("head.img"))
    content[entry.header_offset + 200] ^= 255
    path.write_bytes(content)
    with pytest.raises(ViewerError, match=r"damaged in 'scan/head\.img'"):
        read_session(path)
    assert not list(cache_folder().iterdir())
