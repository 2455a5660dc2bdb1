"""The desktop entry, the icon and the MIME types: written, valid, known to the desktop, and removed."""

from __future__ import annotations

import configparser
import shlex
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from viewer.commands.desktop_files import PLACES, RECORD, quote_exec, user_data_folder

Run = Callable[..., Any]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data"


def entry_of(home: Path) -> configparser.SectionProxy:
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(home / PLACES["saliency-viewer.desktop"], encoding="utf-8")
    return parser["Desktop Entry"]


def files_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_the_files_are_written_and_taken_away_again(run: Run, home: Path) -> None:
    answer = run("install-desktop")
    assert answer.status == 0, answer.err
    assert answer.out.split() == [str(home / place) for place in PLACES.values()]
    assert {*PLACES.values(), RECORD} <= files_in(home)
    # The entry starts this very program.
    assert shlex.split(entry_of(home)["Exec"]) == [sys.executable, "-m", "viewer", "%f"]
    again = run("install-desktop")
    assert (again.status, again.err) == (0, "")
    removed = run("install-desktop", "--remove")
    assert removed.out.split() == answer.out.split()
    assert not {*PLACES.values(), RECORD} & files_in(home)
    assert run("install-desktop", "--remove").out == ""


def test_a_file_that_somebody_changed_is_left_alone(run: Run, home: Path) -> None:
    entry = home / PLACES["saliency-viewer.desktop"]
    entry.parent.mkdir(parents=True)
    entry.write_text("[Desktop Entry]\nName=Mine\n")
    answer = run("install-desktop")
    assert answer.status == 0
    assert f"{entry}: left as it is" in answer.err
    assert str(entry) not in answer.out
    icon = home / PLACES["saliency-viewer.svg"]
    icon.write_text("<svg/>")
    for words in ([], ["--remove"]):
        answer = run("install-desktop", *words)
        assert f"{entry}: left as it is" in answer.err
        assert f"{icon}: left as it is" in answer.err
        assert entry.read_text() == "[Desktop Entry]\nName=Mine\n"
        assert icon.read_text() == "<svg/>"
    assert not (home / PLACES["saliency-viewer.xml"]).exists()


def test_a_newer_program_replaces_what_an_older_one_wrote(run: Run, home: Path) -> None:
    import hashlib
    import json

    run("install-desktop")
    entry, record = home / PLACES["saliency-viewer.desktop"], home / RECORD
    entry.write_bytes(b"older")
    hashes = json.loads(record.read_text()) | {
        PLACES["saliency-viewer.desktop"]: hashlib.sha256(b"older").hexdigest()
    }
    record.write_text(json.dumps(hashes))
    answer = run("install-desktop")
    assert answer.err == ""
    assert entry_of(home)["Name"] == "Saliency Viewer"


@pytest.mark.skipif(
    shutil.which("desktop-file-validate") is None, reason="desktop-file-utils is not installed"
)
def test_the_entry_is_valid(run: Run, home: Path) -> None:
    run("install-desktop")
    command = ["desktop-file-validate", str(home / PLACES["saliency-viewer.desktop"])]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")


@pytest.mark.skipif(shutil.which("update-mime-database") is None, reason="shared-mime-info is not installed")
def test_the_desktop_knows_the_types(run: Run, home: Path) -> None:
    run("install-desktop")
    patterns = (home / "mime/globs2").read_text().splitlines()
    for name, kind in (
        ("*.nii", "image/x-nifti"),
        ("*.nii.gz", "image/x-nifti"),
        ("*.mgz", "image/x-mgh"),
        ("*.session.json", "application/x-saliency-viewer-session"),
        ("*.session.zip", "application/x-saliency-viewer-session-archive"),
    ):
        assert f"60:{kind}:{name}" in patterns
    run("install-desktop", "--remove")
    assert "nifti" not in (home / "mime/globs2").read_text()


def test_every_type_of_the_entry_is_defined(run: Run, home: Path) -> None:
    run("install-desktop")
    tree = ElementTree.parse(home / PLACES["saliency-viewer.xml"])
    defined = {
        node.get("type")
        for node in tree.iter("{http://www.freedesktop.org/standards/shared-mime-info}mime-type")
    }
    named = set(entry_of(home)["MimeType"].strip(";").split(";"))
    assert named == defined | {"application/dicom"}  # which the desktop knows


def test_the_data_folder_is_that_of_the_specification() -> None:
    assert user_data_folder({"XDG_DATA_HOME": "/data"}) == Path("/data")
    assert user_data_folder({"XDG_DATA_HOME": "relative"}) == Path.home() / ".local/share"
    assert user_data_folder({}) == Path.home() / ".local/share"


def test_a_path_is_quoted_as_the_specification_says() -> None:
    assert quote_exec("/a b/run") == '"/a b/run"'
    assert quote_exec('/$x"100%') == r'"/\\$x\\"100%%"'


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_other_systems_are_told(run: Run, platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    answer = run("install-desktop")
    assert (answer.status, answer.out) == (1, "")
    assert "freedesktop.org" in answer.err
