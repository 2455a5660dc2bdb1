"""A file is there whole or not at all, and nothing else is left, however the writer ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from viewer.scans import atomic_write as module
from viewer.scans.atomic_write import atomic_write

WRITER = """
import sys
from pathlib import Path
from viewer.scans.atomic_write import atomic_write

with atomic_write(Path(sys.argv[1])) as file:
    file.write(bytes(1 << 20))
    file.flush()
    print("writing", flush=True)
    sys.stdin.read()
"""


@pytest.mark.skipif(not hasattr(os, "O_TMPFILE"), reason="the system names every file")
def test_a_writer_that_is_killed_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "map.nii.gz"
    path.write_bytes(b"before")
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert writer.stdout is not None
    assert writer.stdout.readline() == b"writing\n"
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    assert [one.name for one in tmp_path.iterdir()] == ["map.nii.gz"]
    assert path.read_bytes() == b"before"


@pytest.mark.parametrize("way", ["nameless", "named", "copied"])
def test_it_replaces_at_the_end_and_not_where_it_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    if way == "named":
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    if way == "copied":
        monkeypatch.setattr(module.os, "link", refuse)
    path = tmp_path / "a.bin"
    path.write_bytes(b"before")
    with pytest.raises(TypeError), atomic_write(path) as file:
        file.write("no bytes")  # type: ignore[arg-type]
    assert path.read_bytes() == b"before"
    with atomic_write(path) as file:
        file.write(b"whole")
        assert path.read_bytes() == b"before"
    assert path.read_bytes() == b"whole"
    assert [one.name for one in tmp_path.iterdir()] == ["a.bin"]
    mask = os.umask(0)
    os.umask(mask)
    assert path.stat().st_mode & 0o777 == 0o666 & ~mask


def test_a_name_may_be_as_long_as_the_system_allows(tmp_path: Path) -> None:
    path = tmp_path / ("漢" * 85)
    with atomic_write(path) as file:
        file.write(b"whole")
    assert path.read_bytes() == b"whole"


def test_a_folder_that_is_not_there_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), atomic_write(tmp_path / "none" / "a.bin"):
        pass


@pytest.mark.parametrize("nameless", [True, False])
def test_an_error_names_the_file_that_the_user_named(
    tmp_path: Path, nameless: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not nameless:
        monkeypatch.setattr("viewer.scans.atomic_write._open_unnamed_file", lambda folder: None)
    for path in (tmp_path / f"{'x' * 260}.csv", tmp_path / "no folder" / "table.csv"):
        with pytest.raises(OSError) as told, atomic_write(path) as file:  # noqa: PT011  any of them
            file.write(b"text")
        assert told.value.filename == str(path)
        assert ".part" not in str(told.value)
    assert not list(tmp_path.iterdir())
