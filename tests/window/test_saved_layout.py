"""Panels between two runs: one that floats is painted, and a hidden or buried one can be brought back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QSettings, QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDockWidget, QInputDialog, QMenu, QMessageBox
from pytestqt.qtbot import QtBot

from viewer.session.session import Session
from viewer.window.controller import Controller
from viewer.window.main import MainWindow, fit_to_screen
from viewer.window.palette_search import filter_entries

Run = Callable[[], MainWindow]


@pytest.fixture
def run(qtbot: QtBot, tmp_path: Path) -> Run:
    """Open a window whose layout is kept in one file; it is built as the program builds it, while shown."""
    settings = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)

    def window() -> MainWindow:
        session = Session()
        made = MainWindow(session, Controller(session, "cpu"), settings)
        qtbot.addWidget(made)
        made.show()
        qtbot.waitExposed(made)
        for _ in made.build_steps():
            QApplication.processEvents()
        qtbot.waitUntil(lambda: in_front(made.maps_dock) or made.maps_dock.isFloating())
        return made

    return window


def in_front(dock: QDockWidget) -> bool:
    return dock.isVisible() and not dock.visibleRegion().isEmpty()


def reset(window: MainWindow) -> None:
    """Choose View > Reset panels."""
    (entry,) = [action for action in window.actions() if action.text().replace("&", "") == "Reset panels"]
    entry.trigger()


def choose(window: MainWindow, text: str) -> None:
    """Choose an entry of the menus."""
    (entry,) = [action for action in window.actions() if action.text().replace("&", "") == text]
    entry.trigger()


def click_entry_of(window: MainWindow, title: str, text: str) -> None:
    """Open a menu, and click an entry that it gets when it is opened."""
    (menu,) = [one for one in window.findChildren(QMenu) if one.title().replace("&", "") == title]
    menu.popup(window.mapToGlobal(QPoint(20, 20)))
    (action,) = [one for one in menu.actions() if one.text() == text]
    QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(action).center())


def test_a_floating_panel_is_painted_after_a_restart(qtbot: QtBot, run: Run) -> None:
    first = run()
    first.display_dock.setFloating(True)
    first.close()
    second = run()
    assert second.display_dock.isFloating()
    assert all(dock.updatesEnabled() for dock in second.docks)
    assert second.display_dock.widget().updatesEnabled()
    second.close()


def test_reset_panels_brings_back_what_floats_is_closed_or_buried(qtbot: QtBot, run: Run, qtlog: Any) -> None:
    window = run()
    qtbot.waitUntil(lambda: in_front(window.model_dock))
    window.display_dock.setFloating(True)
    window.maps_dock.close()
    window.layer_dock.raise_()
    window.study_dock.show()
    window.study_dock.raise_()
    qtbot.waitUntil(lambda: in_front(window.study_dock))
    reset(window)
    for dock in (window.model_dock, window.method_dock, window.maps_dock, window.display_dock):
        qtbot.waitUntil(lambda dock=dock: in_front(dock))
        assert not dock.isFloating()
    assert not [record.message for record in qtlog.records if "resizeDocks" in record.message]
    assert window.study_dock.isHidden()
    assert window.tabifiedDockWidgets(window.model_dock) == [window.layer_dock]
    window.close()


def test_prediction_and_method_are_in_front_after_a_session_with_other_tabs(qtbot: QtBot, run: Run) -> None:
    first = run()
    first.layer_dock.raise_()
    first.study_dock.show()
    first.study_dock.raise_()
    first.checks_dock.raise_()
    qtbot.waitUntil(lambda: in_front(first.study_dock))
    first.close()
    second = run()
    qtbot.waitUntil(lambda: in_front(second.model_dock))
    qtbot.waitUntil(lambda: in_front(second.method_dock))
    assert not in_front(second.study_dock)
    second.close()


def test_a_panel_that_was_closed_stays_closed(qtbot: QtBot, run: Run) -> None:
    first = run()
    first.model_dock.close()
    first.close()
    second = run()
    assert second.model_dock.isHidden()
    second.close()


def test_a_layout_is_saved_by_name_chosen_again_and_removed(
    qtbot: QtBot, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = run()
    name = "Reading / two panels"
    monkeypatch.setattr(QInputDialog, "getText", lambda *_: (name, True))
    window.model_dock.close()
    window.display_dock.close()
    choose(window, "Save layout …")
    reset(window)
    assert window.model_dock.isVisible()
    window.close()

    window = run()
    assert window.layouts.names == [name]
    click_entry_of(window, "Layouts", name)
    assert window.model_dock.isHidden()
    assert window.display_dock.isHidden()
    assert window.method_dock.isVisible()
    reset(window)
    (found,) = (
        one for one in filter_entries(window.menus.entries(), "reading two panels") if one.kind == "layout"
    )
    found.run()
    assert window.model_dock.isHidden()
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.No)
    window.model_dock.show()
    choose(window, "Save layout …")
    window.layouts.show(name)
    assert window.model_dock.isHidden()  # it was not replaced
    monkeypatch.setattr(QInputDialog, "getItem", lambda *given: (given[3][0], True))
    choose(window, "Remove layout …")
    assert window.layouts.names == []
    window.close()


def test_the_first_window_fits_the_screen(qtbot: QtBot, run: Run) -> None:
    size = fit_to_screen(QSize(1280, 800), QSize(1280, 760), frame_size=(4, 24))
    assert size == QSize(1276, 736)
    assert fit_to_screen(QSize(1280, 800), QSize(2560, 1400), frame_size=(4, 24)) == QSize(1280, 800)
    window = run()
    room = window.screen().availableGeometry()
    assert window.frameGeometry().height() <= room.height()
    window.close()
