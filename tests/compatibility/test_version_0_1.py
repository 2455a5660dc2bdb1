"""Open the files that version 0.1.0 wrote, and write them again with the same entries.

``version_0_1`` holds a session as JSON and as an archive, two maps with their sidecars, an atlas with its
names, a network of random weights with its card, fitted patterns, and the window's settings.
"""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QDockWidget
from pytestqt.qtbot import QtBot

from viewer.methods.explain import explain
from viewer.methods.registry import find_method
from viewer.models.loading import load_model
from viewer.models.model_card import read_card
from viewer.scans.load import load_map, load_scan
from viewer.session.session import Session
from viewer.session.session_io import open_snapshot, read_session, write_session
from viewer.window.application import get_application, restore_view
from viewer.window.controller import Controller
from viewer.window.main import MainWindow

FILES = Path(__file__).parent / "version_0_1"


@pytest.fixture(scope="session")
def qapp() -> object:
    return get_application()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Copy the files, so that nothing can be written beside the originals."""
    return Path(shutil.copytree(FILES, tmp_path / "version_0_1"))


def entries(path: Path) -> dict[str, Any]:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            return dict(json.loads(archive.read("session.json")))
    return dict(json.loads(path.read_text()))


@pytest.mark.parametrize("name", ["study.session.json", "study.session.zip"])
def test_a_session_opens_and_is_saved_with_the_same_entries(folder: Path, name: str) -> None:
    written = entries(folder / name)
    saved = read_session(folder / name)
    shown = open_snapshot(saved)
    assert saved.model is not None
    assert saved.model.path == "demo"
    assert [layer.visible for layer in shown.maps] == [False, True]
    write_session(shown, folder / f"again-{name}")
    again = entries(folder / f"again-{name}")
    for entry in ("session", "hidden", "current"):
        assert again[entry] == written[entry]
    assert again["view"].items() >= written["view"].items()
    assert again["view"]["largest_clusters"] == 0  # later versions count clusters: all of them were shown
    for entry in ("scan", "atlas", "atlas_names"):
        assert again[entry]["hash"] == written[entry]["hash"]
    for before, after in zip(written["maps"], again["maps"], strict=True):
        assert {k: v for k, v in after.items() if "path" not in k and k != "relative"} == {
            k: v for k, v in before.items() if k != "path"
        }


@pytest.mark.parametrize("name", ["map-1", "map-2"])
def test_a_map_keeps_what_its_sidecar_says(folder: Path, name: str) -> None:
    written = json.loads((folder / f"{name}.json").read_text())
    load_map(folder / f"{name}.nii.gz").save(folder / "again.nii.gz")
    again = json.loads((folder / "again.json").read_text())
    assert again["uncertainty"] == "uncertainty not measured"
    changing = {"space", "uncertainty"}  # written from the grid of the file; said since there is a measure
    assert {k: v for k, v in again.items() if k not in changing} == {
        k: v for k, v in written.items() if k not in changing
    }


def test_a_card_is_read_and_written_with_the_same_entries(folder: Path) -> None:
    path = folder / "network.card.json"
    written = json.loads(path.read_text())
    again = read_card(path).as_json()
    assert {k: again[k] for k in written if k != "input"} == {
        k: v for k, v in written.items() if k != "input"
    }
    assert again["input"].items() >= written["input"].items()


def test_fitted_patterns_still_explain_the_network(folder: Path) -> None:
    model = load_model(folder / "network.pt2")
    method = find_method("pattern-net").from_parameters({"patterns": str(folder / "patterns.safetensors")})
    found = explain(model, load_scan(folder / "scan.nii.gz"), method)
    assert abs(found.data).max() > 0


def test_the_window_opens_with_the_panels_and_the_theme_that_were_left(qtbot: QtBot, folder: Path) -> None:
    settings = QSettings(str(folder / "window.ini"), QSettings.Format.IniFormat)
    session = Session(restore_view(settings))
    assert (session.view.theme, session.view.convention) == ("light", "radiological")
    window = MainWindow(session, Controller(session, device="cpu"), settings)
    qtbot.addWidget(window)
    window.build()
    window.show()
    qtbot.waitExposed(window)
    hidden = {dock.objectName(): dock.isHidden() for dock in window.findChildren(QDockWidget)}
    window.shut_down()
    assert hidden.pop("clusters")
    assert hidden.pop("study")
    assert hidden.pop("cohort")
    assert not any(hidden.values())
