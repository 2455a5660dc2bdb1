"""Work is not lost: closing asks and waits, sessions replace after asking, removed maps come back."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractButton, QApplication, QFileDialog, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from tests.window.conftest import MakeWindow
from viewer.checks.base import CheckResult, Verdict
from viewer.scans.atlas import LabelAtlas
from viewer.scans.grid import Grid
from viewer.scans.load import load_map, load_scan
from viewer.scans.map import Map
from viewer.scans.provenance import Provenance
from viewer.session.session import Session
from viewer.session.session_io import open_snapshot, read_session, save_session
from viewer.window.main import MainWindow

LONG = 30_000


def computed(window: MainWindow, seed: int = 1) -> Map:
    scan = window.session.scan
    values = np.random.default_rng(seed).normal(size=scan.grid.shape).astype(np.float32)
    made = Provenance(method="gradient", seed=seed, scan={"name": scan.name, "hash": scan.hash})
    return Map(values, scan.grid, f"map {seed}", made, scan.stored)


@pytest.fixture
def window(make_window: MakeWindow, scan_file: Path) -> MainWindow:
    """A window with a scan, and a map that is in no file."""
    made = make_window()
    made.session.set_scan(load_scan(scan_file))
    made.session.add_map(computed(made))
    return made


def press(qtbot: QtBot, box: object, words: str) -> None:
    found = [one for one in box.findChildren(QPushButton) if one.text().replace("&", "") == words]
    assert len(found) == 1, [one.text() for one in box.findChildren(QPushButton)]
    qtbot.mouseClick(found[0], Qt.MouseButton.LeftButton)


def quit_by_menu(window: MainWindow) -> None:
    next(one for one in window.findChildren(QAction) if one.text() == "&Quit").trigger()


def save_as(monkeypatch: pytest.MonkeyPatch, path: Path | None) -> None:
    answer = ("" if path is None else str(path), "")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: answer)


def open_as(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))


# Closing


def test_a_window_without_unsaved_work_closes_at_once(
    make_window: MakeWindow, scan_file: Path, map_file: Path
) -> None:
    window = make_window()
    window.session.set_scan(load_scan(scan_file))
    window.session.add_map(load_map(map_file))
    quit_by_menu(window)
    assert not window.isVisible()
    assert window.unsaved_work.question_dialog is None


def test_quitting_asks_and_cancel_stays(qtbot: QtBot, window: MainWindow) -> None:
    window.session.add_map(computed(window, 2))
    quit_by_menu(window)
    box = window.unsaved_work.question_dialog
    assert window.isVisible()
    assert "2 maps are not saved." in box.informativeText()
    assert box.defaultButton().text() == "Save session …"
    press(qtbot, box, "Cancel")
    QApplication.processEvents()
    assert window.isVisible()
    assert len(window.session.maps) == 2
    quit_by_menu(window)
    qtbot.keyClick(window.unsaved_work.question_dialog, Qt.Key.Key_Escape)
    assert window.isVisible()
    quit_by_menu(window)
    assert window.unsaved_work.question_dialog is not None


def test_quitting_twice_asks_once(qtbot: QtBot, window: MainWindow) -> None:
    quit_by_menu(window)
    quit_by_menu(window)
    assert len([one for one in window.findChildren(QMessageBox) if one.isVisible()]) == 1
    press(qtbot, window.unsaved_work.question_dialog, "Cancel")


def test_discard_closes(qtbot: QtBot, window: MainWindow) -> None:
    window.close()
    press(qtbot, window.unsaved_work.question_dialog, "Discard")
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=LONG)
    assert window.controller.is_closed


@pytest.mark.parametrize("ending", [".session.json", ".session.zip"])
def test_save_saves_and_closes(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = tmp_path / f"a{ending}"
    save_as(monkeypatch, path)
    window.close()
    press(qtbot, window.unsaved_work.question_dialog, "Save session …")
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=LONG)
    shown = open_snapshot(read_session(path))
    np.testing.assert_array_equal(shown.maps[0].map.data, window.session.maps[0].map.data)


def test_no_name_for_the_session_stays(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_as(monkeypatch, None)
    window.close()
    press(qtbot, window.unsaved_work.question_dialog, "Save session …")
    qtbot.wait(50)
    assert window.isVisible()
    assert window.unsaved_work.question_dialog is None


def test_a_session_that_cannot_be_written_stays(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_as(monkeypatch, tmp_path / "gone" / "a.session.json")
    window.close()
    press(qtbot, window.unsaved_work.question_dialog, "Save session …")
    qtbot.waitUntil(lambda: bool(window.file_actions.error_boxes), timeout=LONG)
    qtbot.wait(20)
    assert window.isVisible()
    assert window.unsaved_work.saving_dialog is None
    assert window.session.maps[0].is_unsaved


def test_after_the_session_was_saved_nothing_is_asked(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_as(monkeypatch, tmp_path / "a.session.json")
    window.file_actions.save_session()
    qtbot.waitUntil(lambda: not window.session.maps[0].is_unsaved, timeout=LONG)
    window.close()
    assert not window.isVisible()


def test_after_the_map_was_saved_nothing_is_asked(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_as(monkeypatch, tmp_path / "a.nii.gz")
    window.file_actions.save_map()
    qtbot.waitUntil(lambda: not window.session.maps[0].is_unsaved, timeout=LONG)
    assert window.session.maps[0].file == tmp_path / "a.nii.gz"
    window.close()
    assert not window.isVisible()


def test_a_map_is_not_saved_over_somebody_s_json(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sub.json").write_text('{"RepetitionTime": 2}')
    save_as(monkeypatch, tmp_path / "sub.nii.gz")
    window.file_actions.save_map()
    qtbot.waitUntil(lambda: bool(window.file_actions.error_boxes), timeout=LONG)
    assert "was not written with a map" in window.file_actions.error_boxes[0].text()
    assert (tmp_path / "sub.json").read_text() == '{"RepetitionTime": 2}'
    assert window.session.maps[0].is_unsaved


def test_finished_checks_are_work(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = save_session(window.session, tmp_path / "a.session.json")
    found = CheckResult("deletion", "Deletion", "map 1", Verdict.HOLDS, "0.25", "A sentence.", "Limits.")
    window.session.add_check_result(window.session.maps[0].map, found)
    window.close()
    assert "The checks of 1 map are not saved." in window.unsaved_work.question_dialog.informativeText()
    save_as(monkeypatch, path)
    press(qtbot, window.unsaved_work.question_dialog, "Save session …")
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=LONG)
    assert open_snapshot(read_session(path)).maps[0].check_results[0].headline == "0.25"


# Waiting for what is written


class Slow:
    """A session's file that is written when the test says so."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from viewer.session import session_io

        self.begun, self.go = threading.Event(), threading.Event()
        write = session_io.write_session

        def slowly(*given: object) -> object:
            self.begun.set()
            assert self.go.wait(30)
            return write(*given)

        monkeypatch.setattr(session_io, "write_session", slowly)


def test_closing_waits_for_a_session_that_is_being_saved(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Slow(monkeypatch)
    window.session.set_map_file(window.session.maps[0].map, tmp_path / "map.nii.gz")
    window.controller.save_session(tmp_path / "a.session.json")
    assert slow.begun.wait(10)
    window.close()
    assert window.isVisible()
    waiting = window.unsaved_work.saving_dialog
    assert waiting.isVisible()
    press(qtbot, waiting, "Keep the window open")
    assert window.unsaved_work.saving_dialog is None
    window.close()
    slow.go.set()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=LONG)
    assert (tmp_path / "a.session.json").is_file()


def test_closing_does_not_wait_where_a_person_does_not(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Slow(monkeypatch)
    window.session.set_map_file(window.session.maps[0].map, tmp_path / "map.nii.gz")
    window.controller.save_session(tmp_path / "a.session.json")
    assert slow.begun.wait(10)
    window.close()
    threading.Timer(0.2, slow.go.set).start()
    press(qtbot, window.unsaved_work.saving_dialog, "Close without saving")
    assert not window.isVisible()


def test_a_map_that_comes_while_the_session_is_saved_is_asked_about(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Slow(monkeypatch)
    save_as(monkeypatch, tmp_path / "a.session.json")
    window.close()
    press(qtbot, window.unsaved_work.question_dialog, "Save session …")
    qtbot.waitUntil(slow.begun.is_set, timeout=LONG)
    window.session.add_map(computed(window, 2))
    slow.go.set()
    qtbot.waitUntil(lambda: window.unsaved_work.question_dialog is not None, timeout=LONG)
    assert window.isVisible()
    assert "1 map is not saved." in window.unsaved_work.question_dialog.informativeText()
    press(qtbot, window.unsaved_work.question_dialog, "Save session …")
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=LONG)
    assert len(open_snapshot(read_session(tmp_path / "a.session.json")).maps) == 2


def test_a_computation_is_asked_about(
    qtbot: QtBot, make_window: MakeWindow, scan_file: Path, model_file: Path
) -> None:
    window = make_window()
    window.session.set_scan(load_scan(scan_file))
    window.controller.open_model(model_file)
    qtbot.waitUntil(lambda: window.session.prediction is not None, timeout=LONG)
    window.controller.compute("occlusion", {"size": 3.0, "stride": 3.0}, None)
    window.close()
    assert "Not finished: Computing Occlusion" in window.unsaved_work.question_dialog.informativeText()
    press(qtbot, window.unsaved_work.question_dialog, "Discard")
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=LONG)


# Opening a session


@pytest.fixture
def other_session(tmp_path: Path, scan_file: Path) -> Path:
    """Two maps, b compared with a, and the view they were seen in."""
    session = Session()
    session.set_scan(load_scan(scan_file))
    scan = session.scan
    for name in "ab":
        values = np.random.default_rng(ord(name)).normal(size=scan.grid.shape).astype(np.float32)
        made = Provenance(method="gradient", scan={"name": scan.name, "hash": scan.hash})
        session.add_map(Map(values, scan.grid, name, made, scan.stored))
    session.change(compared=0, glass=True)
    return save_session(session, tmp_path / "other.session.json")


def names_in(window: MainWindow) -> list[str]:
    model = window.maps_dock.map_list
    return [model.item(row).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(model.count())]


def test_a_session_replaces_what_is_shown(
    qtbot: QtBot,
    make_window: MakeWindow,
    map_file: Path,
    other_session: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    window = make_window()
    window.session.add_map(load_map(map_file))
    labels = np.ones((4, 4, 4), np.int32)
    window.session.set_atlas(LabelAtlas("all", Grid(labels.shape, np.eye(4)), labels, {1: "Everywhere"}))
    open_as(monkeypatch, other_session)
    window.file_actions.open_session()
    qtbot.waitUntil(lambda: len(window.session.maps) == 2, timeout=LONG)
    assert names_in(window) == ["a", "b"]
    assert window.session.current_layer.map.name == "b"
    assert window.session.maps[window.session.view.compared].map.name == "a"
    assert window.session.atlas is None
    assert not window.session.can_undo
    assert window.unsaved_work.question_dialog is None


@pytest.mark.parametrize("answer", ["Cancel", "Discard", "Save session …"])
def test_a_session_asks_before_it_replaces_unsaved_maps(
    qtbot: QtBot,
    window: MainWindow,
    other_session: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
) -> None:
    open_as(monkeypatch, other_session)
    save_as(monkeypatch, tmp_path / "kept.session.json")
    window.file_actions.open_session()
    qtbot.waitUntil(lambda: window.unsaved_work.question_dialog is not None, timeout=LONG)
    box = window.unsaved_work.question_dialog
    assert "other.session.json" in box.text()
    press(qtbot, box, answer)
    if answer == "Cancel":
        qtbot.wait(50)
        assert names_in(window) == ["map 1"]
        return
    qtbot.waitUntil(lambda: names_in(window) == ["a", "b"], timeout=LONG)
    assert window.isVisible()
    if answer == "Save session …":
        assert len(open_snapshot(read_session(tmp_path / "kept.session.json")).maps) == 1


def test_a_map_that_comes_while_a_session_is_opened_stays(
    qtbot: QtBot, window: MainWindow, other_session: Path
) -> None:
    window.controller.open_session(other_session, confirmed=True)
    window.session.add_map(computed(window, 7))
    qtbot.waitUntil(lambda: window.session.maps[0].map.name == "a", timeout=LONG)
    assert names_in(window) == ["a", "b", "map 7"]
    assert window.session.current_layer.map.name == "b"
    assert window.session.maps[window.session.view.compared].map.name == "a"


# Removing a map


def button(window: MainWindow, words: str) -> QAbstractButton:
    return next(one for one in window.maps_dock.findChildren(QAbstractButton) if one.text() == words)


def test_a_removed_map_comes_back_by_undo(qtbot: QtBot, window: MainWindow) -> None:
    window.session.add_map(computed(window, 2))
    qtbot.mouseClick(button(window, "Remove"), Qt.MouseButton.LeftButton)
    assert names_in(window) == ["map 1"]
    undo = next(one for one in window.findChildren(QAction) if one.text().startswith("&Undo"))
    assert undo.text() == "&Undo removing the map"
    undo.trigger()
    assert names_in(window) == ["map 1", "map 2"]
    redo = next(one for one in window.findChildren(QAction) if one.text().startswith("&Redo"))
    assert redo.text() == "&Redo removing the map"
    redo.trigger()
    assert names_in(window) == ["map 1"]
    undo.trigger()
    qtbot.keyClick(window.maps_dock.map_list, Qt.Key.Key_Delete)
    assert names_in(window) == ["map 1"]
    undo.trigger()
    assert names_in(window) == ["map 1", "map 2"]


def test_checks_come_back_with_their_map(qtbot: QtBot, window: MainWindow) -> None:
    found = CheckResult("deletion", "Deletion", "map 1", Verdict.HOLDS, "area 0.25", "A sentence.", "Limits.")
    window.session.add_check_result(window.session.maps[0].map, found)
    assert window.checks_dock.results() == (found,)
    qtbot.mouseClick(button(window, "Remove"), Qt.MouseButton.LeftButton)
    assert window.checks_dock.results() == ()
    window.session.undo()
    assert window.checks_dock.results() == (found,)
    texts = [
        window.checks_dock.tree.topLevelItem(n).text(1)
        for n in range(window.checks_dock.tree.topLevelItemCount())
    ]
    assert "✓ area 0.25" in texts


# Names


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("work", "work.session.json"),
        ("work.zip", "work.session.zip"),
        ("work.json", "work.session.json"),
        ("work.session.zip", "work.session.zip"),
    ],
)
def test_a_session_is_known_by_its_ending(
    qtbot: QtBot,
    window: MainWindow,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    typed: str,
    written: str,
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    save_as(monkeypatch, tmp_path / typed)
    window.file_actions.save_session()
    qtbot.waitUntil(lambda: not window.session.maps[0].is_unsaved, timeout=LONG)
    assert open_snapshot(read_session(tmp_path / written)).maps
    if typed != written:
        assert not (tmp_path / typed).exists()
        assert window.file_actions.save_session() is None
        assert written in window.file_actions.error_boxes[0].text()
