"""File > Save report, Export as DICOM and Share as page, by the mouse from the menu to the files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QFileDialog, QPushButton
from pytestqt.qtbot import QtBot

from tests.scans.dicom_series import ORIENTATIONS, write_series
from tests.window.clicks import LEFT, choose_entry, click_entry
from tests.window.conftest import MakeWindow
from viewer.scans.map import Map
from viewer.scene.web_page import page as web_page
from viewer.window.clinical_dialogs import ClinicalDialog
from viewer.window.main import MainWindow

PATIENT = "Doe^Jane"


@pytest.fixture
def window_of_series(make_window: MakeWindow, qtbot: QtBot, tmp_path: Path) -> MainWindow:
    """A window with a DICOM series of a named patient, and a map of it with one body."""
    values = np.zeros((9, 8, 7), np.uint16)
    values[1:8, 1:7, 1:6] = 100 + np.arange(7 * 6 * 5, dtype=np.uint16).reshape(7, 6, 5)
    series = write_series(tmp_path / "series", values, ORIENTATIONS["LIA"], PatientName=PATIENT)
    window = make_window()
    window.controller.open_scan(series)
    qtbot.waitUntil(lambda: window.session.scan is not None)
    scan = window.session.scan
    assert scan is not None
    body = np.zeros(scan.grid.shape, np.float32)
    body[2:5, 2:5, 3:6] = 1.0 + np.arange(27, dtype=np.float32).reshape(3, 3, 3)
    window.session.add_map(Map(body, scan.grid, "ramp"))
    return window


def answer_dialog(pseudonym: str) -> None:
    """Fill in the dialog that opens next: choose a pseudonym, type it, press OK."""

    def fill() -> None:
        dialog = QApplication.activeModalWidget()
        if not isinstance(dialog, ClinicalDialog):
            QTimer.singleShot(20, fill)
            return
        choose_entry(dialog._identity_combo, 1)
        dialog._pseudonym_edit.setFocus()
        QTest.keyClicks(dialog._pseudonym_edit, pseudonym)
        (buttons,) = dialog.findChildren(QDialogButtonBox)
        accept = next(
            button
            for button in buttons.buttons()
            if buttons.buttonRole(button) is QDialogButtonBox.ButtonRole.AcceptRole
        )
        assert isinstance(accept, QPushButton)
        QTest.mouseClick(accept, LEFT)

    QTimer.singleShot(20, fill)


def messages(window: MainWindow) -> list[str]:
    said: list[str] = []
    window.controller.message.connect(said.append)
    window.controller.failed.connect(lambda title, line: said.append(f"{title}: {line}"))
    return said


def saving_to(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(path))


def wait_for(qtbot: QtBot, there: Callable[[], bool]) -> None:
    qtbot.waitUntil(there, timeout=60_000)


@pytest.mark.slow
def test_a_report_is_saved_under_a_pseudonym(
    window_of_series: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "report.html"
    saving_to(monkeypatch, path)
    said = messages(window_of_series)
    answer_dialog("person 7")
    click_entry(window_of_series, "Save report …")
    wait_for(qtbot, lambda: bool(said))
    assert said == [f"Saved {path}"]
    text = path.read_text(encoding="utf-8")
    assert "person 7" in text
    assert "Doe" not in text
    assert "ramp" in text


@pytest.mark.slow
def test_dicom_is_exported_under_a_pseudonym(
    window_of_series: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pydicom = pytest.importorskip("pydicom")
    pytest.importorskip("highdicom")
    saving_to(monkeypatch, tmp_path)
    said = messages(window_of_series)
    answer_dialog("person-7")
    click_entry(window_of_series, "Export as DICOM …")
    wait_for(qtbot, lambda: bool(said))
    folder = tmp_path / "person-7_dicom"
    files = [pydicom.dcmread(path) for path in sorted(folder.rglob("*")) if path.is_file()]
    assert said[0].startswith(f"Saved {len(files)} files in {folder}")
    assert {file.PatientName.family_name for file in files} == {"person-7"}
    modalities = {file.SOPClassUID.name for file in files}
    assert {"Parametric Map Storage", "Segmentation Storage"} <= modalities
    # A folder that is there is not written into.
    said.clear()
    answer_dialog("person-7")
    click_entry(window_of_series, "Export as DICOM …")
    wait_for(qtbot, lambda: bool(said))
    assert "already exists" in said[0]


def test_a_large_page_is_said_to_be_large(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "result.html"
    saving_to(monkeypatch, path)
    monkeypatch.setattr(web_page, "LARGE_FILE", 1000)
    said = messages(window)
    click_entry(window, "Share as page …")
    wait_for(qtbot, lambda: bool(said))
    megabytes = path.stat().st_size / 1e6
    assert said == [f"Saved {path}. result.html has {megabytes:.1f} MB; use fewer maps to make it smaller"]
