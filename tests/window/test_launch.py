"""What the window is opened on is read beside, before Qt is imported."""

from __future__ import annotations

import builtins
import os
from pathlib import Path
from typing import Any

import pytest

from viewer.scene.preload_process import Preloader
from viewer.session.demo import demo_files
from viewer.window.launch import open_window
from viewer.window.startup import NO_FILES, StartupFiles

pytestmark = pytest.mark.skipif(os.name != "posix", reason="a process is handed an open file")


@pytest.fixture
def run_arguments(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the window was opened with."""
    words: dict[str, Any] = {}
    monkeypatch.setattr(
        "viewer.window.application.run", lambda **run_arguments: words.update(run_arguments) or 5
    )
    return words


def test_a_scan_and_its_only_map_are_read_ahead(run_arguments: dict[str, Any], scan_file: Path) -> None:
    imports = builtins.__import__
    files = StartupFiles(scan_file, maps=(scan_file,))
    assert open_window(files, device="cpu") == 5
    assert builtins.__import__ is imports
    ahead = run_arguments.pop("preloader")
    assert isinstance(ahead, Preloader)
    scan, shown = ahead.scan(scan_file), ahead.map(scan_file)
    assert scan is not None
    assert shown is not None
    ahead.close()
    assert run_arguments["files"] == files
    assert run_arguments["device"] == "cpu"


def test_of_several_maps_none_is_read_ahead(run_arguments: dict[str, Any], scan_file: Path) -> None:
    open_window(StartupFiles(scan_file, maps=(scan_file, scan_file)))
    ahead = run_arguments["preloader"]
    assert ahead.scan(scan_file) is not None
    assert ahead.map(scan_file) is None
    ahead.close()


def test_without_a_scan_there_is_nothing_to_read(run_arguments: dict[str, Any], tmp_path: Path) -> None:
    open_window(StartupFiles(session=tmp_path / "kept.session.json"))
    assert run_arguments["preloader"] is None


def test_the_demonstration_is_read_ahead(run_arguments: dict[str, Any]) -> None:
    open_window()
    assert run_arguments["files"] == NO_FILES
    ahead = run_arguments["preloader"]
    assert ahead._scan_path == demo_files()[0]
    assert ahead._smoothing == 6.0
    ahead.close()


def test_the_window_opens_where_no_process_can_be_started(
    run_arguments: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", "/no/such/python")
    assert open_window() == 5
    assert run_arguments["preloader"] is None
