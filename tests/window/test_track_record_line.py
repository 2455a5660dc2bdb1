"""What a method is worth on known sources stands where it is chosen."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.window.conftest import MakeWindow
from viewer.checks.track_record.shipped import describe_record, read_track_record


def test_the_panel_shows_the_record_of_the_chosen_method(make_window: MakeWindow) -> None:
    dock = make_window().method_dock
    dock.fill_methods()
    first = dock.method
    assert first is not None
    line = describe_record(first)
    assert line.startswith("On known sources: 0.")
    assert dock.track_record_label.text() == line
    assert "simulated brains; your network is not among them" in dock.track_record_label.toolTip()
    QTest.keyClick(dock._method_combo, Qt.Key.Key_Down)
    assert dock.method not in (None, first)
    assert dock.track_record_label.text() == describe_record(str(dock.method)) != line


def test_the_list_of_methods_has_it_as_tooltips(make_window: MakeWindow) -> None:
    dock = make_window().method_dock
    dock.fill_methods()
    combo = dock._method_combo
    tips = {
        combo.itemData(place): combo.itemData(place, Qt.ItemDataRole.ToolTipRole)
        for place in range(combo.count())
    }
    measured = set(read_track_record()["methods"])
    assert {name for name, tip in tips.items() if tip} == measured & set(tips)
