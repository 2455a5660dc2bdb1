"""Nothing is left behind by windows that were closed, maps that were removed, thresholds that moved."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from pytestqt.qtbot import QtBot

from tests.window.test_display_pipeline import Slow, bodies, head
from viewer.scans.threshold import Threshold, ThresholdKind
from viewer.scene.box import BoxScene
from viewer.scene.render_data import MapRenderData, ScanRenderData
from viewer.session.session import Session
from viewer.session.view import Camera, View
from viewer.window.cluster_tooltip import ClusterTooltip
from viewer.window.comparison_pipeline import ComparisonPipeline
from viewer.window.controller import Controller
from viewer.window.display_pipeline import DisplayPipeline
from viewer.window.main import MainWindow

OURS = ("viewer.", "vtkmodules.", "PySide6.")


def living() -> Counter[str]:
    """How many objects there are of every type of ours, of Qt and of VTK."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    gc.collect()
    kinds = (type(found) for found in gc.get_objects())
    names = (f"{kind.__module__}.{kind.__qualname__}" for kind in kinds)
    return Counter(name for name in names if name.startswith(OURS))


def grown(work: Callable[[int], None], times: int) -> Counter[str]:
    """What there is more of after many times than after a few."""
    for n in range(3):
        work(n)
    before = living()
    for n in range(times):
        work(n)
    return living() - before


def times(few: int, many: int) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("count", [few, pytest.param(many, marks=pytest.mark.slow)])


@times(4, 100)
@pytest.mark.slow
def test_windows_that_were_closed_leave_nothing(qtbot: QtBot, count: int) -> None:
    def work(_: int) -> None:
        session = Session()
        window = MainWindow(session, Controller(session))
        window.build()
        window.show()
        window.box.start(BoxScene)
        QCoreApplication.processEvents()
        window.close()
        window.deleteLater()
        del window, session
        QCoreApplication.processEvents()

    assert not grown(work, count)


@times(5, 100)
@pytest.mark.slow
def test_maps_that_were_removed_leave_nothing(
    qtbot: QtBot, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, slow = Session(), Slow()
    display = DisplayPipeline(session, slow)
    comparison_pipeline, naming = (
        ComparisonPipeline(session, display, slow),
        ClusterTooltip(session, display, slow),
    )
    session.set_scan(head())
    session.add_map(bodies())
    slow.work()

    def work(_: int) -> None:
        session.add_map(bodies())
        slow.work()
        session.change(compared=0)
        slow.work()
        naming.text_at((0.0, 0.0, 0.0))
        slow.work()
        assert comparison_pipeline.comparison is not None
        session.remove_map(1)
        slow.work()

    # The history has an end, which is reached first: the maps that were removed last can come back.
    monkeypatch.setattr("viewer.session.history.MAX_REMOVED_MAPS", 2)
    for n in range(3):
        work(n)
    assert not grown(work, count)
    assert len(session.maps) == 1


# An odd number: like the few before it, it ends with a picture that moves, which keeps its view for the next.
@times(25, 1001)
def test_thresholds_that_moved_leave_nothing(count: int) -> None:
    scan = ScanRenderData.from_scan(head())
    scene = BoxScene()
    scene.set_scan(scan)
    scene.set_map(MapRenderData.from_map(bodies(), scan))

    def work(n: int) -> None:
        value = 0.5 + 0.4 * np.sin(n)
        scene.set_view(
            View(threshold=Threshold(ThresholdKind.VALUE, float(value)), smallest_cluster=10.0 * (n % 2))
        )
        scene.render(64, 48, supersample=1 + n % 2)

    try:
        assert not grown(work, count)
    finally:
        scene.close()


@times(25, 1000)
@pytest.mark.slow
def test_thresholds_dragged_before_still_walls_leave_nothing(count: int) -> None:
    scan = ScanRenderData.from_scan(head())
    scene = BoxScene()
    scene.set_scan(scan)
    scene.set_map(MapRenderData.from_map(bodies(), scan))

    def work(n: int) -> None:
        scene.set_coarse(n % 3 > 0)
        for step in range(3):
            value = 0.6 + 0.3 * np.sin(3 * n + step)
            camera = Camera(azimuth=float(n // 10 % 7))
            scene.set_view(View(threshold=Threshold(ThresholdKind.VALUE, float(value)), camera=camera))
            scene.render(64, 48)
        assert scene.walls_are_cached

    try:
        assert not grown(work, count)
    finally:
        scene.close()
