"""Two maps beside each other: the same volume of both, one camera, numbers that follow the threshold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from tests.window.test_box_view import Scene
from tests.window.test_display_pipeline import AFFINE, SHAPE, Slow, head
from viewer.checks.map_comparison import Comparison, MapPair
from viewer.scans.grid import Grid
from viewer.scans.map import Map
from viewer.scans.threshold import Threshold, ThresholdKind
from viewer.scene.comparison import MapComparison
from viewer.session.session import Session
from viewer.session.view import Camera, ComparisonMode, Sign
from viewer.window.box_view import BoxView
from viewer.window.compare_area import CompareArea
from viewer.window.compare_dock import CompareDock
from viewer.window.comparison_pipeline import ComparisonPipeline
from viewer.window.display_pipeline import DisplayPipeline


def noise(seed: int, grid: Grid | None = None) -> Map:
    grid = grid or Grid(SHAPE, AFFINE)
    values = np.random.default_rng(seed).normal(size=grid.shape).astype(np.float32)
    return Map(values * 10.0**seed, grid, f"noise {seed}")


class Told:
    def __init__(self, comparison_pipeline: ComparisonPipeline) -> None:
        self.found: list[MapComparison | None] = []
        self.numbers: list[Comparison | None] = []
        self.overlays: list[object] = []
        self.refused: list[str] = []
        comparison_pipeline.changed.connect(self.found.append)
        comparison_pipeline.metrics_changed.connect(self.numbers.append)
        comparison_pipeline.overlay_changed.connect(self.overlays.append)
        comparison_pipeline.failed.connect(self.refused.append)


Parts = tuple[Session, Slow, ComparisonPipeline, Told]


@pytest.fixture
def parts(qtbot: QtBot) -> Parts:
    session, slow = Session(), Slow()
    display = DisplayPipeline(session, slow)
    comparison_pipeline = ComparisonPipeline(session, display, slow)
    session.set_scan(head())
    session.add_map(noise(1))
    session.add_map(noise(2))
    session.select_map(0)
    session.change(threshold=Threshold(ThresholdKind.VALUE, 15.0))
    slow.work()
    return session, slow, comparison_pipeline, Told(comparison_pipeline)


def test_both_maps_and_the_difference_are_cut_to_the_same_volume(parts: Parts) -> None:
    session, slow, comparison_pipeline, _ = parts
    session.change(compared=1)
    slow.work()
    found = comparison_pipeline.comparison
    for sign in Sign:
        session.change(sign=sign)
        view = session.view
        size = {Sign.BOTH: np.abs, Sign.POSITIVE: np.array, Sign.NEGATIVE: np.negative}[sign]
        wanted = int((size(session.current_layer.map.data) >= 15.0).sum())
        second = found.second.render_data
        cut = second.sorted_values[sign].raw_cutoff(found.matched_view(found.second, view).threshold)
        assert int((size(second.volume.values) >= cut).sum()) == wanted
        both = found.difference_view(view)
        assert both.sign is Sign.BOTH
        cut = found.difference.render_data.sorted_values[Sign.BOTH].raw_cutoff(both.threshold)
        assert int((np.abs(found.difference.render_data.volume.values) >= cut).sum()) == wanted


def test_a_coarser_second_map_shows_the_same_mm3(parts: Parts) -> None:
    session, slow, comparison_pipeline, _ = parts
    affine = AFFINE.copy()
    affine[:3, :3] *= 2
    session.add_map(noise(0, Grid((16, 18, 15), affine)))
    session.select_map(0)
    session.change(compared=2)
    slow.work()
    found = comparison_pipeline.comparison
    cut = found.matched_view(found.second, session.view)
    voxels = found.second.render_data.sorted_values[Sign.BOTH].count_above(
        found.second.render_data.sorted_values[Sign.BOTH].raw_cutoff(cut.threshold)
    )
    assert voxels * 64.0 == pytest.approx(found.suprathreshold_volume(session.view), abs=32.0)


def test_the_difference_is_that_of_the_shares_of_relevance(parts: Parts) -> None:
    session, slow, comparison_pipeline, _ = parts
    session.change(compared=1)
    slow.work()
    a, b = (layer.map.data.astype(float) for layer in session.maps)
    expected = a / np.abs(a).sum() - b / np.abs(b).sum()
    found = comparison_pipeline.comparison.difference.render_data.volume.values
    np.testing.assert_allclose(found, expected, atol=1e-6 * np.abs(expected).max())


def test_numbers_follow_the_threshold_and_are_those_of_the_command(parts: Parts) -> None:
    session, slow, _, recorder = parts
    session.change(compared=1)
    assert len(slow.waiting) == 1
    slow.work()
    a, b = (layer.map.data for layer in session.maps)
    count = int((np.abs(a) >= 15.0).sum())
    assert recorder.numbers[-1] == MapPair(a, b).compare(count)
    session.change(threshold=Threshold(ThresholdKind.VALUE, 25.0))
    assert not slow.waiting
    assert recorder.numbers[-1] == MapPair(a, b).compare(int((np.abs(a) >= 25.0).sum()))


def test_another_current_map_or_a_removed_one_ends_the_comparison(parts: Parts) -> None:
    session, slow, comparison_pipeline, recorder = parts
    session.change(compared=1)
    slow.work()
    session.remove_map(1)
    slow.work()
    assert session.view.compared is None
    assert recorder.found[-1] is None
    assert recorder.numbers[-1] is None
    assert recorder.overlays[-1] is None
    assert comparison_pipeline.comparison is None


def test_maps_that_cannot_be_compared_say_why(parts: Parts) -> None:
    session, slow, comparison_pipeline, recorder = parts
    grid = Grid(SHAPE, AFFINE)
    session.add_map(Map(np.zeros(SHAPE, np.float32), grid, "empty"))
    session.select_map(0)
    session.change(compared=2)
    slow.work()
    assert comparison_pipeline.comparison is None
    assert "zero everywhere" in recorder.refused[-1]


def test_undo_takes_the_comparison_back(parts: Parts) -> None:
    session, slow, comparison_pipeline, _ = parts
    session.end_gesture()
    session.change(compared=1)
    slow.work()
    assert comparison_pipeline.comparison is not None
    session.undo()
    assert comparison_pipeline.comparison is None


@pytest.fixture
def area(qtbot: QtBot, parts: Parts) -> tuple[CompareArea, list[Scene]]:
    session, _, comparison_pipeline, _ = parts
    scenes: list[Scene] = []

    def make() -> Scene:
        scenes.append(Scene())
        return scenes[-1]

    first = BoxView(session)
    whole = CompareArea(session, first, make)
    comparison_pipeline.changed.connect(whole.set_comparison)
    qtbot.addWidget(whole)
    whole.resize(780, 300)
    whole.show()
    qtbot.waitExposed(whole)
    first.start(make)
    return whole, scenes


def test_three_boxes_side_by_side_turn_together(parts: Parts, area: tuple[CompareArea, list[Scene]]) -> None:
    session, slow, _, _ = parts
    whole, scenes = area
    assert [box.isVisible() for box in whole.boxes] == [True, False, False]
    assert len(scenes) == 1
    session.change(compared=1)
    slow.work()
    assert [box.isVisible() for box in whole.boxes] == [True, True, True]
    assert [box.width() for box in whole.boxes] == [258, 258, 260]
    assert {box.height() for box in whole.boxes} == {300}
    session.change(camera=Camera(azimuth=77.0))
    assert {scene.view.camera.azimuth for scene in scenes} == {77.0}
    assert scenes[0].view.threshold.kind is ThresholdKind.VALUE
    assert {scene.view.threshold.kind for scene in scenes[1:]} == {ThresholdKind.VOXELS}
    session.change(compared=None)
    assert [box.isVisible() for box in whole.boxes] == [True, False, False]
    assert whole.first.size() == whole.size()


def test_fading_lays_the_second_box_over_the_first(
    qtbot: QtBot, parts: Parts, area: tuple[CompareArea, list[Scene]]
) -> None:
    session, slow, _, _ = parts
    whole, scenes = area
    whole.first.set_scan(object())
    session.change(compared=1, contrast=ComparisonMode.FADE, fade=0.0)
    slow.work()
    assert whole.second.geometry() == whole.first.geometry() == whole.rect()
    assert not whole.difference.isVisible()
    colour = {0: (200, 100, 0), 1: (0, 0, 250)}
    scenes[1].render = lambda width, height, supersample=1, with_labels=True: np.full(
        (height, width, 4), [0, 0, 250, 255], np.uint8
    )
    whole.second.refresh()
    for share in (0.0, 0.25, 1.0):
        session.change(fade=share)
        seen = whole.grab().toImage().pixelColor(390, 60).getRgb()[:3]
        expected = (1 - share) * np.array(colour[0]) + share * np.array(colour[1])
        assert np.abs(np.array(seen) - expected).max() <= 3


def test_flickering_shows_one_and_then_the_other(
    qtbot: QtBot, parts: Parts, area: tuple[CompareArea, list[Scene]]
) -> None:
    session, slow, _, _ = parts
    whole, _ = area
    shares: list[object] = []
    whole.blend_changed.connect(shares.append)
    session.change(compared=1, contrast=ComparisonMode.FLICKER)
    slow.work()
    qtbot.waitUntil(lambda: shares[-1] == 1.0)
    qtbot.waitUntil(lambda: shares[-1] == 0.0)
    session.change(contrast=ComparisonMode.BESIDE)
    assert shares[-1] is None
    assert not whole._flicker_timer.isActive()


def test_the_panel_offers_the_other_maps_and_shows_the_numbers(qtbot: QtBot, parts: Parts) -> None:
    session, slow, comparison_pipeline, recorder = parts
    dock = CompareDock(session)
    qtbot.addWidget(dock)
    comparison_pipeline.metrics_changed.connect(dock.set_metrics)
    dock.show()
    assert [dock._second_map_combo.itemText(n) for n in range(dock._second_map_combo.count())] == [
        "None",
        "noise 2",
    ]
    dock._second_map_combo.setCurrentIndex(1)
    assert session.view.compared == 1
    slow.work()
    assert dock._metric_labels["dice"].text() == f"{recorder.numbers[-1].dice:.3f}"
    session.select_map(1)
    assert dock._metric_labels["dice"].isHidden() or not dock._metrics_table.isVisible()
    assert [dock._second_map_combo.itemText(n) for n in range(dock._second_map_combo.count())] == [
        "None",
        "noise 1",
    ]


def test_maps_of_one_name_are_told_apart(qtbot: QtBot, parts: Parts) -> None:
    session = parts[0]
    dock = CompareDock(session)
    qtbot.addWidget(dock)
    session.add_map(noise(2))
    session.select_map(0)
    shown = [dock._second_map_combo.itemText(n) for n in range(dock._second_map_combo.count())]
    assert shown == ["None", "2: noise 2", "3: noise 2"]
    session.rename_map(2, "another")
    shown = [dock._second_map_combo.itemText(n) for n in range(dock._second_map_combo.count())]
    assert shown == ["None", "noise 2", "another"]


def test_a_view_that_shows_nothing_of_the_first_shows_nothing_of_the_second(parts: Parts) -> None:
    session, slow, comparison_pipeline, _ = parts
    session.change(compared=1)
    slow.work()
    found = comparison_pipeline.comparison
    nothing = replace(session.view, threshold=Threshold(ThresholdKind.VALUE, 1e9))
    cut = found.matched_view(found.second, nothing)
    assert found.second.render_data.sorted_values[Sign.BOTH].raw_cutoff(cut.threshold) == float("inf")


def test_a_comparison_that_is_there_before_the_box_gets_its_boxes_later(qtbot: QtBot, parts: Parts) -> None:
    session, slow, comparison_pipeline, _ = parts
    first = BoxView(session)
    whole = CompareArea(session, first, Scene)
    comparison_pipeline.changed.connect(whole.set_comparison)
    qtbot.addWidget(whole)
    whole.resize(780, 300)
    whole.show()
    qtbot.waitExposed(whole)
    session.change(compared=1)
    slow.work()
    assert [box.scene for box in whole.boxes] == [None, None, None]
    first.set_scan(object())
    first.start(Scene)
    qtbot.waitUntil(lambda: whole.difference.scene is not None)
    assert whole.second.scene.map is comparison_pipeline.comparison.second.render_data
    assert whole.difference.scene.map is comparison_pipeline.comparison.difference.render_data


def test_two_maps_by_two_networks_are_compared_under_a_warning(qtbot: QtBot, parts: Parts) -> None:
    session, slow, comparison_pipeline, _ = parts
    dock, area = CompareDock(session), CompareArea(session, BoxView(session), Scene)
    qtbot.addWidget(dock)
    qtbot.addWidget(area)
    comparison_pipeline.changed.connect(area.set_comparison)
    for place, (name, key) in enumerate((("ADnet", "a"), ("demo", "b"))):
        layer = session.maps[place]
        made = replace(layer.map.provenance, model={"name": name, "hash": key * 64})
        session.add_map(replace(layer.map, provenance=made, name=f"by {key}"))
    session.select_map(2)
    slow.work()
    dock._second_map_combo.setCurrentIndex(dock._second_map_combo.findText("by b"))
    slow.work()
    assert dock._origin_label.text() == "The maps are made by two networks, ADnet and demo."
    assert not dock._origin_label.isHidden()
    assert area.first._title.endswith("(by ADnet)")
    assert area.second._title.endswith("(by demo)")
    dock._second_map_combo.setCurrentIndex(dock._second_map_combo.findText("noise 1"))
    assert not dock._origin_label.text()


def test_two_maps_of_two_targets_are_compared_under_a_warning(qtbot: QtBot, parts: Parts) -> None:
    session, slow, _, _ = parts
    dock = CompareDock(session)
    qtbot.addWidget(dock)
    for target in ("control", "ad"):
        layer = session.maps[0]
        session.add_map(
            replace(layer.map, provenance=replace(layer.map.provenance, target=target), name=target)
        )
    slow.work()
    dock._second_map_combo.setCurrentIndex(dock._second_map_combo.findText("control"))
    slow.work()
    assert dock._origin_label.text() == "The maps explain two targets, ad and control."
    assert not dock._origin_label.isHidden()
