"""A double click on a channel: the image grows in the list of maps, is stopped, and gone on with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.window.conftest import MakeWindow
from viewer.methods.feature_visualization import METHOD
from viewer.methods.feature_visualization.recipe import VisualizationRecipe
from viewer.scene.feature_image import image_range, image_scan
from viewer.scene.slice_colormapping import to_grey
from viewer.window.main import MainWindow
from viewer.window.palette_search import filter_entries

LONG = 60_000


@pytest.fixture
def window(
    qtbot: QtBot, make_window: MakeWindow, scan_file: Path, model_file: Path, monkeypatch: pytest.MonkeyPatch
) -> MainWindow:
    """A window with a scan and a network, and the channels of its first rectifier."""
    monkeypatch.setattr("viewer.methods.feature_visualization.visualization.SECONDS_BETWEEN_PREVIEWS", 0.0)
    window = make_window()
    window.controller.open_scan(scan_file)
    window.controller.open_model(model_file)
    window.layer_dock.raise_()
    qtbot.waitUntil(lambda: window.layer_dock.tree.topLevelItemCount() > 0, timeout=LONG)
    window.layer_dock.select_layer("relu1")
    qtbot.waitUntil(lambda: window.layer_dock.channel_list.count() > 0, timeout=LONG)
    return window


def images(window: MainWindow) -> list[str]:
    """The features in the list of maps."""
    return [entry.map.name for entry in window.session.maps if entry.map.provenance.method == METHOD]


def test_a_double_click_makes_one_image_that_grows(qtbot: QtBot, window: MainWindow) -> None:
    window.feature_visualizer.recipe = VisualizationRecipe().with_parameters({"steps": 4})
    said: list[str] = []
    window.controller.message.connect(said.append)
    grown: list[object] = []
    window.session.subscribe(lambda: grown.append(window.session.current_layer), "current")
    channels = window.layer_dock.channel_list
    channels.itemDoubleClicked.emit(channels.item(2))
    qtbot.waitUntil(lambda: any(": activation" in line for line in said), timeout=LONG)
    assert images(window) == ["Feature: relu1, channel 2, the unit in the middle"]
    assert len(grown) > 1
    found = window.session.maps[-1].map
    assert found.provenance.seed == 0
    assert any("scan" in note and "head" in note for note in found.provenance.notes)
    assert "; at most " in said[-1]
    assert said[-1].endswith("in head")


def test_the_search_makes_the_image_of_the_chosen_channel(qtbot: QtBot, window: MainWindow) -> None:
    window.feature_visualizer.recipe = VisualizationRecipe().with_parameters({"steps": 2})
    window.layer_dock.channel_list.setCurrentRow(1)
    entry = next(
        one for one in filter_entries(window.menus.entries(), "feature visuali") if "channel" in one.kind
    )
    entry.run()
    qtbot.waitUntil(lambda: bool(images(window)) and not window.controller.tasks, timeout=LONG)
    assert images(window) == ["Feature: relu1, channel 1, the unit in the middle"]


def test_a_feature_is_shown_in_grey_and_not_cut(qtbot: QtBot, window: MainWindow, map_file: Path) -> None:
    window.feature_visualizer.recipe = VisualizationRecipe().with_parameters({"steps": 4})
    show, session = window.display_dock, window.session
    slices = window.slices[0]
    scan = slices.grab().toImage()
    channels = window.layer_dock.channel_list
    channels.itemDoubleClicked.emit(channels.item(2))
    qtbot.waitUntil(lambda: bool(images(window)) and not window.controller.tasks, timeout=LONG)
    qtbot.waitUntil(lambda: slices._image is not None, timeout=LONG)
    assert "no threshold" in show._counts_label.text()
    assert "Nothing reaches" not in show._counts_label.text()
    assert not show._threshold_kind.isEnabled()
    assert not show._threshold_slider.isEnabled()
    assert show._walls_combo.isEnabled()
    # The slice is the feature's own, in grey alone.
    feature = session.current_layer.map
    placed = image_scan(feature, session.scan)
    expected = to_grey(slices.plane.extract_slice(placed.data, session.crosshair), *image_range(feature))
    assert session.crosshair == pytest.approx(tuple(feature.grid.centre))
    assert np.ptp(expected) > 50
    kept = slices._image_cache.scan_image(
        slices._image, slices.plane, session.crosshair, *slices._display_window
    )
    rows = np.frombuffer(kept.constBits(), np.uint8).reshape(kept.height(), kept.bytesPerLine())
    np.testing.assert_array_equal(rows[:, : kept.width()], expected)
    seen = slices.grab().toImage()
    assert seen != scan
    middle = [seen.pixelColor(x, seen.height() // 2) for x in range(40, seen.width() - 40)]
    assert sum(one.red() == one.green() == one.blue() for one in middle) > 0.9 * len(middle)
    assert "has no clusters" in window.clusters_dock._summary_label.text()
    # A map of the scan is cut and coloured again, over the scan.
    window.controller.open_map(map_file)
    qtbot.waitUntil(lambda: window.display.prepared_map is not None, timeout=LONG)
    assert slices._image is None
    assert show._threshold_kind.isEnabled()
    assert show._threshold_slider.isEnabled()
    assert "voxel" in show._counts_label.text()
    qtbot.keyClick(window.maps_dock.map_list, Qt.Key.Key_Up)
    qtbot.waitUntil(lambda: slices._image is not None, timeout=LONG)
    assert window.display.prepared_map is None


@pytest.mark.slow
def test_stopped_it_stays_and_another_double_click_goes_on(qtbot: QtBot, window: MainWindow) -> None:
    window.feature_visualizer.recipe = VisualizationRecipe().with_parameters({"steps": 5000})
    window.feature_visualizer.start("relu1", 1)
    qtbot.waitUntil(lambda: bool(images(window)), timeout=LONG)
    window.controller.cancel()
    qtbot.waitUntil(lambda: not window.controller.tasks, timeout=LONG)
    (work,) = window.feature_visualizer._visualizations.values()
    taken = work.state.step if work.state is not None else 0
    assert 0 < taken < 5000
    name = "Feature: relu1, channel 1, the unit in the middle (stopped at step {} of 5000)"
    assert images(window) == [name.format(taken)]
    assert window.session.maps[-1].map.provenance.state == f"stopped at step {taken} of 5000"
    kept = window.session.maps[-1].map
    window.feature_visualizer.start("relu1", 1)
    qtbot.waitUntil(lambda: work.state is not None and work.state.step > taken, timeout=LONG)
    window.controller.cancel()
    qtbot.waitUntil(lambda: not window.controller.tasks, timeout=LONG)
    # The grown image took the place of the one that was stopped.
    assert images(window) == [name.format(work.state.step)]
    assert window.session.maps[-1].map is not kept
