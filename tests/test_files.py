"""Whatever is named, it is opened as a regular file or refused in one line; nothing is waited for."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable
from pathlib import Path

import nibabel
import pytest

from viewer.errors import ModelError, ScanError, ViewerError
from viewer.files import check_regular, exists, expand_user, is_file, is_folder, read_regular
from viewer.methods.patterns.pattern_io import load_patterns
from viewer.methods.scan_sources import read_scan_list
from viewer.models.inspect import inspect
from viewer.models.loading import load_model
from viewer.models.model_card import read_card
from viewer.models.training.generator_files import load_pair
from viewer.scans.atlas import load_atlas
from viewer.scans.atlas_names import read_names
from viewer.scans.file_types import FileType, detect_file_type
from viewer.scans.load import load_map, load_scan
from viewer.scans.scan_table import read_table
from viewer.session.session import Session
from viewer.session.session_io import open_atlas, open_images, read_session, save_session

READERS: dict[str, Callable[[Path], object]] = {
    "a.nii": load_scan,
    "a.nii.gz": load_map,
    "a.mgz": load_scan,
    "a.mnc": load_scan,
    "a+orig.HEAD": load_scan,
    "a.PAR": load_scan,
    "a.hdr": load_scan,
    "a.dcm": load_scan,
    "b.nii": load_atlas,
    "names.tsv": read_names,
    "table.tsv": read_table,
    "list.txt": read_scan_list,
    "a.pt": load_model,
    "b.pt": inspect,
    "a.pt2": load_model,
    "a.safetensors": load_model,
    "a.card.json": read_card,
    "a.patterns.safetensors": load_patterns,
    "a.generators.safetensors": load_pair,
    "a.session.json": read_session,
    "a.session.zip": read_session,
}


@pytest.mark.parametrize("name", READERS)
def test_pipes_devices_and_sockets_are_refused_at_once(tmp_path, name, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the name of a socket may have 107 letters
    for kind in ("named pipe", "device", "socket"):
        path = tmp_path / kind.replace(" ", "") / name
        path.parent.mkdir()
        if kind == "named pipe":
            os.mkfifo(path)
        elif kind == "device":
            path.symlink_to("/dev/zero")
        else:
            with socket.socket(socket.AF_UNIX) as made:
                made.bind(str(path.relative_to(tmp_path)))
        with pytest.raises(ViewerError, match=f"is a {kind}, not a regular file"):
            READERS[name](path)
        assert isinstance(detect_file_type(path), FileType)


@pytest.mark.parametrize("odd", ["a\0b", "n" * 300, "a/" * 3000, "~no-such-user-here/a"])
@pytest.mark.parametrize("name", READERS)
def test_names_that_no_file_can_have_are_one_line(name, odd):
    with pytest.raises(ViewerError) as error:
        READERS[name](Path(f"{odd}{name}"))
    assert len(str(error.value).splitlines()) == 1
    assert detect_file_type(f"{odd}.nii") is FileType.UNKNOWN


def test_a_session_that_names_what_no_file_can_be_called(tmp_path):
    session = Session()
    path = save_session(session, tmp_path / "a.session.json")
    entries = json.loads(path.read_text())
    for name in ("scan", "atlas", "atlas_names"):
        for odd in ("n" * 300, "a/" * 3000):
            path.write_text(json.dumps(entries | {"atlas": {"path": "no.nii"}, name: {"path": odd}}))
            saved = read_session(path)
            with pytest.raises(ViewerError):
                (open_images if name == "scan" else open_atlas)(saved)


def test_a_pipe_beside_a_scan_is_not_waited_for(tmp_path):
    for name in ("a.json", "a.hdr", "a.mat", "a.txt", "a+orig.BRIK", "a.REC"):
        os.mkfifo(tmp_path / name)
    for name in ("a.img", "a+orig.HEAD", "a.PAR", "a.nii"):
        (tmp_path / name).write_bytes(bytes(400))
        with pytest.raises(ScanError):
            load_scan(tmp_path / name)


@pytest.mark.parametrize(
    ("there", "pipe"),
    [
        ("scaled+tlrc.HEAD", "scaled+tlrc.BRIK"),
        ("scaled+tlrc.BRIK", "scaled+tlrc.HEAD"),
        ("phantom_EPI_asc_CLEAR_2_1.PAR", "phantom_EPI_asc_CLEAR_2_1.REC"),
        ("phantom_EPI_asc_CLEAR_2_1.REC", "phantom_EPI_asc_CLEAR_2_1.PAR"),
    ],
)
def test_a_pipe_in_place_of_one_file_of_two_is_not_waited_for(tmp_path, there, pipe):
    folder = Path(nibabel.__file__).parent / "tests" / "data"
    (tmp_path / there).write_bytes((folder / there).read_bytes())
    os.mkfifo(tmp_path / pipe)
    for name in (there, pipe):
        with pytest.raises(ScanError, match="is a named pipe, not a regular file"):
            load_scan(tmp_path / name, 0)


def test_a_pipe_in_a_folder_of_dicom_is_passed_over(tmp_path):
    os.mkfifo(tmp_path / "IM0001")
    assert detect_file_type(tmp_path) is FileType.UNKNOWN
    pytest.importorskip("pydicom")
    with pytest.raises(ScanError, match="without DICOM images"):
        load_scan(tmp_path)


def test_what_is_said_of_files(tmp_path):
    path = tmp_path / "a"
    with pytest.raises(ModelError, match="there is no such file"):
        check_regular(path, ModelError)
    path.write_bytes(b"12345")
    assert check_regular(path) == 5
    assert read_regular(path, 5, ScanError, "a test") == b"12345"
    with pytest.raises(ScanError, match="is too large for a test; expected at most 4 bytes"):
        read_regular(path, 4, ScanError, "a test")
    with pytest.raises(ViewerError, match="is a folder; name a file"):
        check_regular(tmp_path)
    assert (exists(path), is_file(path), is_folder(path)) == (True, True, False)
    assert (exists(tmp_path), is_file(tmp_path), is_folder(tmp_path)) == (True, False, True)
    for odd in ("a\0b", "n" * 300):
        assert not any(test(Path(odd)) for test in (exists, is_file, is_folder))
    assert expand_user("~/a") == Path.home() / "a"
    with pytest.raises(ViewerError, match="a user who does not exist"):
        expand_user("~no-such-user-here/a")
