"""Parts of the window that have nothing to show say what is missing, and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDockWidget, QLabel
from pytestqt.qtbot import QtBot

from tests.window.conftest import TIMEOUT_MS
from viewer.session.session import Session
from viewer.window.controller import Controller
from viewer.window.main import MainWindow


@pytest.fixture(scope="module")
def window(qapp: object) -> Iterator[MainWindow]:
    """A window without a scene, as nothing is drawn in these tests."""
    session = Session()
    found = MainWindow(session, Controller(session, device="cpu"))
    found.build()
    found.show()
    found.method_dock.fill_methods()
    found.checks_dock.fill_checks()
    yield found
    found.shut_down()
    found.close()


def text_of(dock: QDockWidget) -> str:
    """Return what the labels of a panel say that is in front."""
    dock.show()
    dock.raise_()
    return " ".join(label.text() for label in dock.findChildren(QLabel) if label.isVisibleTo(dock))


def test_a_window_without_anything_says_what_to_open(window: MainWindow) -> None:
    for dock, expected in {
        window.model_dock: "Open a model file, or drop one on the window.",
        window.layer_dock: "Open a model to see its layers.",
        window.method_dock: "Open a scan first.",
        window.preparation_dock: "Open a scan to prepare it.",
        window.study_dock: "Set up opens a table, or simulates a study.",
        window.cohort_dock: "Open the folder to see the participants",
        window.maps_dock: "Select a method and compute one, or open a file.",
        window.clusters_dock: "Compute one in Method, or open one.",
        window.compare_dock: "Compute or open another one.",
        window.display_dock: "Compute one in Method, or open one.",
        window.checks_dock: "Open a scan.",
    }.items():
        assert expected in text_of(dock), dock.windowTitle()


def test_a_map_that_is_not_shown_says_why(
    window: MainWindow, qtbot: QtBot, map_file: Path, scan_file: Path
) -> None:
    window.controller.open_map(map_file)
    qtbot.waitUntil(lambda: bool(window.session.maps) and not window.controller.tasks, timeout=TIMEOUT_MS)
    for dock in (window.display_dock, window.clusters_dock):
        assert "Open the scan." in text_of(dock)
    assert "No scan is open." in window.box.message
    window.controller.open_scan(scan_file)
    qtbot.waitUntil(lambda: window.display.prepared_map is not None, timeout=TIMEOUT_MS)
    assert "voxels" in text_of(window.display_dock)
    assert "Open a model." in text_of(window.checks_dock)

    text_of(window.maps_dock)
    window.maps_dock.map_list.setCurrentRow(0)
    QTest.keyClick(window.maps_dock.map_list, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: window.display.prepared_map is None, timeout=TIMEOUT_MS)
    for dock in (window.display_dock, window.clusters_dock):
        assert "Click its eye in Maps" in text_of(dock)
