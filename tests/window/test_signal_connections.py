"""What one part of the window says reaches those whom it concerns."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from viewer.window.main import MainWindow

LONG = 30_000


def test_a_brightness_asked_of_one_slice_is_that_of_all(
    qtbot: QtBot, make_window: Callable[[], MainWindow], scan_file: Path
) -> None:
    window = make_window()
    window.controller.open_scan(scan_file)
    qtbot.waitUntil(lambda: window.display.scan_data is not None, timeout=LONG)
    before = [view.grab().toImage() for view in window.slices]
    first = window.slices[0]
    qtbot.mousePress(first, Qt.MouseButton.RightButton, pos=QPoint(40, 40))
    qtbot.mouseMove(first, QPoint(90, 20))
    qtbot.mouseRelease(first, Qt.MouseButton.RightButton, pos=QPoint(90, 20))
    after = [view.grab().toImage() for view in window.slices]
    assert all(one != other for one, other in zip(before, after, strict=True))


def test_a_mask_that_a_panel_asks_for_is_that_panels(
    make_window: Callable[[], MainWindow], monkeypatch: pytest.MonkeyPatch
) -> None:
    window = make_window()
    mask, heard = object(), []
    monkeypatch.setattr(window.file_actions, "ask_mask", lambda: mask)
    monkeypatch.setattr(window.checks_dock, "set_mask", lambda given: heard.append(("trust", given)))
    region = window.method_dock.region_combo
    monkeypatch.setattr(region, "set_mask", lambda given: heard.append(("region", given)))
    window.checks_dock.mask_requested.emit()
    region.file_requested.emit()
    assert heard == [("trust", mask), ("region", mask)]


def test_what_the_desk_says_is_read_in_the_status_line(make_window: Callable[[], MainWindow]) -> None:
    window = make_window()
    window.controller.message.emit("Saved somewhere")
    assert window.statusBar().currentMessage() == "Saved somewhere"
