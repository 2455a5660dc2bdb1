"""A map that takes long is seen as it grows; a cancelled one leaves nothing, and undo knows nothing of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from viewer.window.main import MainWindow

LONG = 60_000


@pytest.fixture
def window(
    make_window: Callable[[], MainWindow],
    qtbot: QtBot,
    scan_file: Path,
    map_file: Path,
    model_file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> MainWindow:
    """A window with occlusion chosen, which shows what it has after every batch of windows."""
    monkeypatch.setattr("viewer.methods.perturbation.occlusion.SECONDS_BETWEEN_PREVIEWS", 0.0)
    window = make_window()
    window.controller.open_scan(scan_file)
    window.controller.open_map(map_file)
    window.controller.open_model(model_file)
    qtbot.waitUntil(lambda: window.session.prediction is not None, timeout=LONG)
    qtbot.waitUntil(lambda: window.display.prepared_map is not None, timeout=LONG)
    window.method_dock.choose_method("occlusion")
    type_size(window, qtbot, "window", 4)
    type_size(window, qtbot, "stride", 2)
    return window


def type_size(window: MainWindow, qtbot: QtBot, name: str, size: int) -> None:
    """Type a size in voxels over the one that the form shows."""
    line = window.method_dock.form.findChild(QLineEdit, name)
    line.selectAll()
    qtbot.keyClicks(line, str(size))
    assert window.method_dock.form.values()[name] == size


@pytest.mark.slow
def test_occlusion_grows_in_its_place_in_the_list(window: MainWindow, qtbot: QtBot) -> None:
    names: list[str] = []
    window.session.subscribe(lambda: names.append(window.session.current_layer.map.name), "maps")
    window.method_dock.compute()
    qtbot.waitUntil(lambda: not window.controller.is_computing and not window.controller.tasks, timeout=LONG)
    assert any(name.endswith("so far") for name in names)
    assert len(window.session.maps) == 2
    made = window.session.maps[1].map
    assert made.provenance.method == "occlusion"
    assert "so far" not in made.name
    assert window.session.current_layer.map is made
    assert not window.session.undoes_removal


def test_a_cancelled_map_leaves_nothing(window: MainWindow, qtbot: QtBot) -> None:
    before = window.session.maps
    type_size(window, qtbot, "stride", 1)
    window.method_dock.compute()
    qtbot.waitUntil(lambda: len(window.session.maps) == 2, timeout=LONG)
    qtbot.mouseClick(window.method_dock.findChild(QPushButton, "cancel"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not window.controller.is_computing, timeout=LONG)
    qtbot.waitUntil(lambda: window.session.maps == before, timeout=LONG)
    assert not window.session.undoes_removal
