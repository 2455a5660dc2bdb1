"""Panels that share a place with another have the room they need once they are seen."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QTabBar
from pytestqt.qtbot import QtBot

from viewer.window.dock_layout import MODEL_HEIGHT
from viewer.window.main import MainWindow


def test_the_layers_are_higher_than_the_card_they_stand_behind(
    qtbot: QtBot, make_window: Callable[[], MainWindow]
) -> None:
    window = make_window()
    before = window.model_dock.height()
    window.layer_dock.raise_()
    qtbot.waitUntil(lambda: window.layer_dock.height() > before)


def test_the_study_takes_the_height_that_the_card_leaves(
    qtbot: QtBot, make_window: Callable[[], MainWindow]
) -> None:
    window = make_window()
    before = window.model_dock.height()
    window.study_dock.show()
    window.study_dock.raise_()
    qtbot.waitUntil(lambda: window.model_dock.height() < before)
    assert window.model_dock.height() >= min(MODEL_HEIGHT, window.model_dock.minimumSizeHint().height())
    assert window.study_dock.height() > window.model_dock.height()


def test_tabs_have_a_name_for_a_screen_reader(make_window: Callable[[], MainWindow]) -> None:
    tabs = [bar for bar in make_window().findChildren(QTabBar) if bar.isVisible() and bar.count() > 1]
    assert tabs
    assert {bar.accessibleName() for bar in tabs} == {"Panels"}
