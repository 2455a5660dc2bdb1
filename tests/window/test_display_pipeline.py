"""Box, slices and counts agree: they are cut from the same values at the same threshold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import nibabel
import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from viewer.progress import Progress
from viewer.scans.grid import Grid
from viewer.scans.map import Map
from viewer.scans.scan import Scan
from viewer.scans.threshold import Threshold, ThresholdKind
from viewer.scene.colormaps import NEGATIVE_HEX, POSITIVE_HEX
from viewer.session.session import Session
from viewer.session.view import Sign
from viewer.window.display_pipeline import DisplayCounts, DisplayPipeline
from viewer.window.slice_rendering import Overlay

AFFINE = np.array([[2.0, 0, 0, -30], [0, 2.0, 0, -34], [0, 0, 2.0, -28], [0, 0, 0, 1]])
SHAPE = (31, 35, 29)


class Slow:
    """A background that does its work when it is told to, in the order in which it was asked."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], None]] = []

    def run(self, work: Callable[[Progress], Any], title: str, done: Callable[[Any], None]) -> None:
        self.waiting.append(lambda: done(work(Progress())))

    def work(self) -> None:
        while self.waiting:
            self.waiting.pop(0)()


def head(name: str = "head") -> Scan:
    grid = Grid(SHAPE, AFFINE)
    places = np.stack(np.meshgrid(*[np.arange(n) for n in SHAPE], indexing="ij"), axis=-1)
    inside = np.linalg.norm(grid.to_world(places), axis=-1) < 24
    return Scan(inside.astype(np.float32) * 100, grid, name)


def bodies(grid: Grid | None = None) -> Map:
    """27 voxels of 2 on the right, 8 of −3 on the left, and one of 1 alone."""
    grid = grid or Grid(SHAPE, AFFINE)
    data = np.zeros(grid.shape, np.float32)
    data[20:23, 17:20, 14:17] = 2.0
    data[6:8, 17:19, 14:16] = -3.0
    data[15, 5, 14] = 1.0
    return Map(data, grid, "bodies")


class Told:
    """What a showing said last."""

    def __init__(self, display: DisplayPipeline) -> None:
        self.overlay: Overlay | None = None
        self.counts: DisplayCounts | None = None
        self.scans: list[object] = []
        self.maps: list[object] = []
        display.overlay_changed.connect(lambda found: setattr(self, "overlay", found))
        display.counts_changed.connect(lambda found: setattr(self, "counts", found))
        display.scan_changed.connect(self.scans.append)
        display.map_changed.connect(self.maps.append)


@pytest.fixture
def parts(qtbot: QtBot) -> tuple[Session, Slow, DisplayPipeline, Told]:
    session, slow = Session(), Slow()
    session.change(threshold=Threshold(ThresholdKind.VALUE, 1.5))
    display = DisplayPipeline(session, slow)
    return session, slow, display, Told(display)


Parts = tuple[Session, Slow, DisplayPipeline, Told]


def test_a_map_waits_for_its_scan(parts: Parts) -> None:
    session, slow, _, told = parts
    session.add_map(bodies())
    slow.work()
    assert not told.maps
    session.set_scan(head())
    slow.work()
    assert len(told.scans) == 1
    assert len(told.maps) == 1


def test_counts_are_those_of_the_maps_own_voxels(parts: Parts) -> None:
    session, slow, _, told = parts
    session.set_scan(head())
    session.add_map(bodies())
    slow.work()
    assert told.counts == DisplayCounts(1.5, 35, 35 * 8 / 1000, 36)
    session.change(sign=Sign.POSITIVE)
    assert told.counts.voxels == 27
    session.change(sign=Sign.NEGATIVE)
    assert told.counts.voxels == 8
    session.change(threshold=Threshold(ThresholdKind.VALUE, 99.0))
    assert told.counts.voxels == 0


def test_the_overlay_has_the_boxes_threshold_and_signs(parts: Parts) -> None:
    session, slow, display, told = parts
    session.set_scan(head())
    session.add_map(bodies())
    slow.work()
    assert told.overlay.threshold == 1.5
    assert (told.overlay.positive_colours, told.overlay.negative_colours) == (
        (POSITIVE_HEX,),
        (NEGATIVE_HEX,),
    )
    np.testing.assert_array_equal(told.overlay.values, session.current_layer.map.data)
    session.change(sign=Sign.POSITIVE)
    assert told.overlay.negative_colours is None
    session.change(overlay=False)
    assert told.overlay is None
    assert display.prepared_map is not None


def test_changing_the_threshold_waits_for_nothing(parts: Parts) -> None:
    session, slow, _, told = parts
    session.set_scan(head())
    session.add_map(bodies())
    slow.work()
    session.change(threshold=Threshold(ThresholdKind.VALUE, 2.5))
    assert not slow.waiting
    assert told.overlay.threshold == 2.5


def test_small_clusters_vanish_from_slices_and_counts(parts: Parts) -> None:
    session, slow, _, told = parts
    session.set_scan(head())
    session.add_map(bodies())
    session.change(threshold=Threshold(ThresholdKind.VALUE, 0.5), smallest_cluster=100.0)
    slow.work()
    assert told.counts.voxels == 27
    kept = told.overlay.values
    assert kept[21, 18, 15] == 2.0
    assert kept[7, 18, 15] == 0.0
    assert kept[15, 5, 14] == 0.0


def test_only_the_last_of_many_cuts_is_shown(parts: Parts) -> None:
    session, slow, _, told = parts
    session.set_scan(head())
    session.add_map(bodies())
    session.change(smallest_cluster=100.0, threshold=Threshold(ThresholdKind.VALUE, 0.5))
    slow.work()
    heard: list[DisplayCounts] = []
    session.change(threshold=Threshold(ThresholdKind.VALUE, 0.6))
    session.change(threshold=Threshold(ThresholdKind.VALUE, 99.0))
    slow.work()
    heard.append(told.counts)
    assert told.counts.cutoff == 99.0
    assert told.counts.voxels == 0


def test_a_map_that_arrives_too_late_is_not_shown(parts: Parts) -> None:
    session, slow, display, _ = parts
    session.set_scan(head())
    slow.work()
    first, second = bodies(), bodies()
    session.add_map(first)
    session.add_map(second)
    session.remove_map(1)
    session.add_map(second)
    slow.work()
    assert display.prepared_map.map is second


def test_another_scan_takes_the_map_away_until_it_is_prepared_again(parts: Parts) -> None:
    session, slow, display, told = parts
    session.set_scan(head())
    session.add_map(bodies())
    slow.work()
    session.set_scan(head("another"))
    assert display.prepared_map is None
    assert told.maps[-1] is None
    slow.work()
    assert display.prepared_map.scan_data is display.scan_data


def test_a_scan_that_was_replaced_meanwhile_is_dropped(parts: Parts) -> None:
    session, slow, display, told = parts
    session.set_scan(head("first"))
    session.set_scan(head("second"))
    slow.work()
    assert [content.name for content in told.scans] == ["second"]
    assert display.scan_data.name == "second"


def test_going_back_to_a_map_prepares_nothing_again(parts: Parts) -> None:
    session, slow, display, _ = parts
    session.set_scan(head())
    session.add_map(bodies())
    session.add_map(bodies())
    slow.work()
    session.select_map(0)
    slow.work()
    session.select_map(1)
    assert not slow.waiting
    assert display.prepared_map.map is session.maps[1].map


def test_removed_maps_that_cannot_come_back_are_let_go(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    import gc
    import weakref

    monkeypatch.setattr("viewer.session.history.MAX_REMOVED_MAPS", 0)
    session, slow, _, told = parts
    session.set_scan(head())
    found = bodies()
    seen = weakref.ref(found)
    session.add_map(found)
    slow.work()
    session.remove_map(0)
    told.maps.clear()
    del found
    gc.collect()
    assert seen() is None


@pytest.mark.parametrize("codes", ["RAS", "LAS", "LIA"])
def test_a_map_on_another_grid_lies_over_the_scan_by_millimetres(parts: Parts, codes: str) -> None:
    """A body at a place in mm covers the scan's voxel at that place, however the map is stored."""
    session, slow, _, told = parts
    session.set_scan(head())
    turned = np.diag([3.0, 3.0, 3.0, 1.0])
    turned[:3, 3] = (-30, -36, -30)
    image = nibabel.Nifti1Image(np.zeros((21, 25, 21), np.float32), turned)
    wanted = nibabel.orientations.axcodes2ornt(codes)
    grid_of = image.as_reoriented(
        nibabel.orientations.ornt_transform(nibabel.io_orientation(image.affine), wanted)
    )
    grid = Grid(grid_of.shape, grid_of.affine)
    data = np.zeros(grid.shape, np.float32)
    place = np.array([15.0, 6.0, 3.0])
    voxel = np.rint(grid.to_voxel(place)).astype(int)
    data[tuple(slice(n - 1, n + 2) for n in voxel)] = 5.0
    session.add_map(Map(data, grid, "other grid"))
    slow.work()
    values = told.overlay.values
    assert values.shape == SHAPE
    on_scan = np.rint(session.scan.grid.to_voxel(place)).astype(int)
    mirrored = np.rint(session.scan.grid.to_voxel(place * [-1, 1, 1])).astype(int)
    assert values[tuple(on_scan)] == pytest.approx(5.0)
    assert values[tuple(mirrored)] == 0.0


def test_smoothing_is_shown_on_the_slices_too(parts: Parts) -> None:
    session, slow, _, told = parts
    session.set_scan(head())
    session.add_map(bodies())
    slow.work()
    peak = told.overlay.values.max()
    session.change(smoothing=6.0)
    slow.work()
    assert 0 < told.overlay.values.max() < peak


def test_of_a_map_outside_the_scan_nothing_is_counted(qtbot: QtBot, parts: tuple) -> None:
    from viewer.window.display_dock import DisplayDock

    session, slow, display, _ = parts
    dock = DisplayDock(session)
    qtbot.addWidget(dock)
    display.counts_changed.connect(dock.set_counts)
    session.set_scan(head())
    far = np.array(AFFINE)
    far[0, 3] += 500.0
    session.add_map(bodies(Grid(SHAPE, far)))
    slow.work()
    assert dock._counts_label.text() == "The map lies outside the scan, so it is not shown.\n"
    session.add_map(bodies())
    slow.work()
    assert "voxels" in dock._counts_label.text()


@pytest.mark.parametrize(
    ("value", "sign", "told"),
    [
        (0.0, Sign.BOTH, "The map is zero everywhere."),
        (np.nan, Sign.BOTH, "The map has no finite values."),
        (2.0, Sign.NEGATIVE, "The map has no values below zero."),
    ],
)
def test_a_map_without_values_is_described_as_such(
    qtbot: QtBot, parts: Parts, value: float, sign: Sign, told: str
) -> None:
    from viewer.window.display_dock import DisplayDock

    session, slow, display, _ = parts
    dock = DisplayDock(session)
    qtbot.addWidget(dock)
    display.counts_changed.connect(dock.set_counts)
    session.set_scan(head())
    session.change(sign=sign)
    session.add_map(Map(np.full(SHAPE, value, np.float32), Grid(SHAPE, AFFINE), "a map"))
    slow.work()
    assert dock._counts_label.text() == f"{told}\n"


def test_a_constant_map_is_described_as_such(qtbot: QtBot, parts: Parts) -> None:
    from viewer.window.display_dock import DisplayDock

    session, slow, display, _ = parts
    dock = DisplayDock(session)
    qtbot.addWidget(dock)
    display.counts_changed.connect(dock.set_counts)
    session.set_scan(head())
    session.add_map(Map(np.full(SHAPE, 2, np.float32), Grid(SHAPE, AFFINE), "a map"))
    slow.work()
    line = "The map has the same value everywhere, 2: a threshold shows all of it or nothing."
    assert dock._counts_label.text().splitlines()[-1] == line
    session.change(threshold=Threshold(ThresholdKind.VALUE, 5.0))
    assert dock._counts_label.text() == "Nothing reaches this threshold.\n"
