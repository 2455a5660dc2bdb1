"""The Trust panel: checks run in the background, what they find is shown and stays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSlider, QWidget
from pytestqt.qtbot import QtBot

from viewer.checks.runner import summarise_results
from viewer.window.check_tasks import REGION_CHECK
from viewer.window.checks_dock import ChecksDock
from viewer.window.main import MainWindow


@pytest.fixture
def window(window_with_gradient: MainWindow) -> MainWindow:
    """A window with a scan, a network, a map of the one by the other, and the checks in front."""
    window_with_gradient.checks_dock.show()
    window_with_gradient.checks_dock.raise_()
    return window_with_gradient


def said(dock: ChecksDock) -> str:
    """What is written of the chosen check, above and below its plot."""
    return f"{dock._conclusion_label.text()} {dock._details_label.text()}".strip()


def choose(dock: ChecksDock, *kinds: str) -> None:
    for row in range(dock.tree.topLevelItemCount()):
        item = dock.tree.topLevelItem(row)
        assert item is not None
        if item.data(0, Qt.ItemDataRole.UserRole) != REGION_CHECK:
            chosen = item.data(0, Qt.ItemDataRole.UserRole) in kinds
            item.setCheckState(0, Qt.CheckState.Checked if chosen else Qt.CheckState.Unchecked)
    assert set(dock.selected_checks) == set(kinds)


def test_checks_are_shown_as_they_come_and_stay_with_their_map(window: MainWindow, qtbot: QtBot) -> None:
    dock = window.checks_dock
    choose(dock, "conservation", "contrast", "removal", "agreement")
    assert dock.check_button.text() == "Check this map"
    dock.check_button.click()
    assert dock.check_button.text() == "Stop"
    qtbot.waitUntil(lambda: len(dock.results()) == 4, timeout=60000)
    qtbot.waitUntil(lambda: dock.check_button.text() == "Check this map", timeout=10000)
    shown = {one.check: one for one in dock.results()}
    item = next(
        dock.tree.topLevelItem(row)
        for row in range(dock.tree.topLevelItemCount())
        if dock.tree.topLevelItem(row).data(0, Qt.ItemDataRole.UserRole) == "contrast"
    )
    assert item.text(1).endswith(shown["contrast"].headline)
    dock.tree.setCurrentItem(item)
    assert said(dock) == shown["contrast"].sentence
    assert dock._summary_label.text() == summarise_results(dock.results(), list_names=False)
    assert shown["contrast"].limits in dock._limitations_label.text()
    assert not dock._plot_label.pixmap().isNull()
    before = len(window.session.maps)
    assert dock.maps_button.isVisible()
    dock.maps_button.click()
    assert len(window.session.maps) == before + len(shown["contrast"].maps)
    assert dock.results() == ()  # the new map was not checked
    window.session.select_map(0)
    assert len(dock.results()) == 4
    window.session.remove_map(0)
    assert dock.results() == ()
    window.session.undo()
    assert len(dock.results()) == 4


def is_fully_visible(widget: QWidget) -> bool:
    """Whether the whole widget is in sight."""
    region = widget.visibleRegion().boundingRect()
    return widget.isVisible() and region.height() == widget.height()


@pytest.mark.parametrize("check", ["contrast", "removal", "deletion", "agreement"])
@pytest.mark.sampled(5)
def test_sentence_and_plot_are_in_sight_on_a_small_screen(
    window: MainWindow, qtbot: QtBot, check: str
) -> None:
    window.resize(1276, 770)
    dock = window.checks_dock
    for name in ("smoothgrad", "deconvnet"):
        window.controller.compute(name, {"samples": 2} if name == "smoothgrad" else {}, None)
    qtbot.waitUntil(lambda: len(window.session.maps) == 3 and not window.controller.tasks, timeout=60000)
    choose(dock, check, "conservation")
    dock.check_button.click()
    qtbot.waitUntil(lambda: len(dock.results()) == 2, timeout=60000)
    qtbot.waitUntil(lambda: dock.check_button.text() == "Check this map", timeout=10000)
    dock.select_check(check)
    qtbot.waitUntil(lambda: is_fully_visible(dock._conclusion_label), timeout=5000)
    assert is_fully_visible(dock._summary_label)
    assert is_fully_visible(dock.check_button)
    qtbot.waitUntil(lambda: is_fully_visible(dock._plot_label), timeout=5000)


@pytest.mark.slow
def test_what_was_found_before_a_stop_stays(window: MainWindow, qtbot: QtBot) -> None:
    dock = window.checks_dock
    choose(dock, "conservation", "randomisation", "repeatability", "stability")
    dock.check_button.click()
    qtbot.waitUntil(lambda: len(dock.results()) >= 1, timeout=60000)
    dock.check_button.click()
    qtbot.waitUntil(lambda: dock.check_button.text() == "Check this map", timeout=30000)
    assert 1 <= len(dock.results()) < 4
    assert dock.results()[0].check == "conservation"


def test_a_feature_cannot_be_checked_and_it_says_why(window: MainWindow) -> None:
    dock, layer = window.checks_dock, window.session.current_layer
    assert layer is not None
    assert dock.check_button.isEnabled()
    feature = replace(layer.map, provenance=replace(layer.map.provenance, method="feature-visualization"))
    window.session.add_map(feature)
    assert not dock.check_button.isEnabled()
    assert not dock.region_button.isEnabled()
    assert "cannot be checked" in dock._status_label.text()
    window.session.select_map(0)
    assert dock.check_button.isEnabled()
    assert dock._status_label.text() == ""


@pytest.mark.slow
def test_a_body_is_removed_and_a_report_saved(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    dock = window.checks_dock
    assert not dock.report_button.isEnabled()
    (row,) = (
        item
        for number in range(dock.tree.topLevelItemCount())
        if (item := dock.tree.topLevelItem(number)) and item.data(0, Qt.ItemDataRole.UserRole) == REGION_CHECK
    )
    assert row.isHidden()
    dock.region_button.click()
    qtbot.waitUntil(lambda: [one.check for one in dock.results()] == [REGION_CHECK], timeout=60000)
    (found,) = dock.results()
    assert found.numbers["voxels"] > 0
    assert not row.isHidden()
    assert said(dock) == found.sentence
    assert "thresholded at |value| ≥ " in found.sentence
    assert "earlier threshold" not in row.text(1)
    slider = window.display_dock.findChild(QSlider)
    slider.setValue(slider.value() - 200)
    assert row.text(1).endswith("(earlier threshold)")
    assert said(dock).startswith("Of an earlier threshold: Without the region around")
    choose(dock, "conservation")
    dock.check_button.click()
    qtbot.waitUntil(lambda: len(dock.results()) == 2, timeout=60000)
    path = tmp_path / "report.html"
    assert window.session.maps[0].has_unsaved_checks
    dock.save_report(path)
    qtbot.waitUntil(path.exists, timeout=30000)
    qtbot.waitUntil(lambda: not window.session.maps[0].has_unsaved_checks, timeout=10000)
    assert "checks" not in " ".join(window.unsaved_work._unsaved_lines())
    page = path.read_text(encoding="utf-8")
    assert f"{found.headline} (earlier threshold)" in page
    assert "Of an earlier threshold: " in page
    assert "Gradient" in page


@pytest.mark.slow
def test_checks_of_another_network_are_marked_and_do_not_count(
    window: MainWindow, qtbot: QtBot, model_file: Path, tmp_path: Path
) -> None:
    import torch

    dock = window.checks_dock
    choose(dock, "conservation", "contrast")
    dock.check_button.click()
    qtbot.waitUntil(lambda: len(dock.results()) == 2, timeout=60000)
    assert dock._summary_label.text()
    weights = torch.load(model_file, weights_only=True)
    torch.save({name: value + 0.01 for name, value in weights.items()}, tmp_path / "other.pt")
    (tmp_path / "other.card.json").write_text(model_file.with_name("small.card.json").read_text())
    before = window.session.model
    window.controller.open_model(tmp_path / "other.pt")
    qtbot.waitUntil(lambda: window.session.model is not before, timeout=60000)
    rows = [dock.tree.topLevelItem(number).text(1) for number in range(dock.tree.topLevelItemCount())]
    assert sum(text.endswith("(another network)") for text in rows) == 2


def test_without_a_map_nothing_can_be_checked(make_window: Callable[[], MainWindow]) -> None:
    dock = make_window().checks_dock
    assert not dock.check_button.isEnabled()
    assert not dock.region_button.isEnabled()
    assert "need a scan" in dock._status_label.text()
    dock.run()
    assert dock.results() == ()
