"""Relevance per slice is the map's own sum, and a click goes to the slice that was clicked."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from pytestqt.qtbot import QtBot

from tests.window.test_display_pipeline import Slow, bodies, head
from viewer.scans.grid import Grid
from viewer.scans.map import Map
from viewer.scans.scan import Scan
from viewer.scene.prepared_map import slice_sums
from viewer.scene.slice_plane import Orientation
from viewer.session.session import Session
from viewer.session.view import Convention
from viewer.window.display_pipeline import DisplayPipeline
from viewer.window.mosaic import MosaicView
from viewer.window.profile import ProfileView
from viewer.window.slice_rendering import Overlay
from viewer.window.status_bar import StatusBar


def test_sums_are_those_of_every_slice() -> None:
    values = np.random.default_rng(0).normal(size=(4, 5, 6)).astype(np.float32)
    for axis, sums in enumerate(slice_sums(values)):
        for index in range(values.shape[axis]):
            plane = np.take(values, index, axis).astype(float)
            assert sums[index] == pytest.approx([plane[plane > 0].sum(), -plane[plane < 0].sum()])


@pytest.fixture
def shown(qtbot: QtBot) -> tuple[Session, DisplayPipeline]:
    session, slow = Session(), Slow()
    display = DisplayPipeline(session, slow)
    session.set_scan(head())
    session.add_map(bodies())
    slow.work()
    return session, display


@pytest.mark.parametrize("orientation", list(Orientation))
@pytest.mark.parametrize("convention", list(Convention))
def test_a_click_goes_to_its_slice_and_the_mark_is_there(
    qtbot: QtBot, shown: tuple[Session, DisplayPipeline], orientation: Orientation, convention: Convention
) -> None:
    session, display = shown
    session.change(convention=convention)
    view = ProfileView(session, orientation)
    qtbot.addWidget(view)
    view.resize(300, 40)
    view.set_prepared(display.prepared_map)
    axis = list(Orientation).index(orientation)
    before = session.crosshair
    view.grab()
    for x in (40, 150, 250):
        qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(x, 20))
        index = round(float(session.scan.grid.to_voxel(session.crosshair)[axis]))
        assert view.x_of_slice(index) == pytest.approx(x, abs=0.5 * 268 / session.scan.grid.shape[axis] + 1)
    others = [other for other in range(3) if other != axis]
    assert np.array(session.crosshair)[others] == pytest.approx(np.array(before)[others])
    ends = view.x_of_slice(0), view.x_of_slice(5)
    mirrored = orientation is Orientation.SAGITTAL and convention is Convention.RADIOLOGICAL
    assert (ends[0] > ends[1]) == mirrored


def test_home_goes_to_the_slice_that_holds_the_most(
    qtbot: QtBot, shown: tuple[Session, DisplayPipeline]
) -> None:
    session, display = shown
    view = ProfileView(session, Orientation.SAGITTAL)
    qtbot.addWidget(view)
    view.resize(300, 40)
    view.set_prepared(display.prepared_map)
    qtbot.keyClick(view, Qt.Key.Key_Home)
    sums = np.abs(session.current_layer.map.data).sum(axis=(1, 2))
    assert sums[round(float(session.scan.grid.to_voxel(session.crosshair)[0]))] == sums.max()


def _beads(affine: np.ndarray) -> Scan:
    """A faint ball with a bright bead towards the right, the front and the top."""
    grid = Grid((40, 44, 36), affine)
    places = grid.to_world(np.stack(np.meshgrid(*[np.arange(n) for n in grid.shape], indexing="ij"), axis=-1))
    data = 50.0 * (np.linalg.norm(places, axis=-1) < 30)
    data += 150.0 * (np.linalg.norm(places - [14, 10, 8], axis=-1) < 6)
    return Scan(data.astype(np.float32), grid, "beads")


def _affine(*steps: float) -> np.ndarray:
    affine = np.diag([*steps, 1.0])
    affine[:3, 3] = -affine[:3, :3] @ (np.array([39, 43, 35]) / 2)
    return affine


@pytest.mark.parametrize("affine", [_affine(2, 2, 2), _affine(-2, 2, 2), _affine(2, -2, -2)])
@pytest.mark.parametrize("convention", list(Convention))
def test_what_is_clicked_in_the_mosaic_is_where_the_crosshair_goes(
    qtbot: QtBot, affine: np.ndarray, convention: Convention
) -> None:
    session = Session()
    session.set_scan(_beads(affine))
    session.change(convention=convention)
    view = MosaicView(session)
    qtbot.addWidget(view)
    view.resize(700, 300)
    view.set_display_window(0.0, 200.0)
    view.set_overlay(Overlay(session.scan.data, 190.0, 900.0, "#ff7a0a", None, 1.0))
    for orientation in Orientation:
        view.orientation = orientation
        image = view.grab().toImage()
        best = None
        for tile in view.tiles():
            for x in range(int(tile.rect.left()) + 2, int(tile.rect.right()) - 2, 2):
                for y in range(int(tile.rect.top()) + 18, int(tile.rect.bottom()) - 2, 2):
                    colour = image.pixelColor(x, y)
                    if colour.red() > 150 and colour.blue() < 60:
                        best = QPointF(x, y)
        assert best is not None
        qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=best.toPoint())
        assert np.linalg.norm(np.array(session.crosshair) - [14, 10, 8]) < 10


def test_the_status_line_has_the_value_of_every_map_that_is_drawn(qtbot: QtBot) -> None:
    session = Session()
    status = StatusBar(session)
    qtbot.addWidget(status)
    session.set_scan(head())
    session.add_map(bodies())
    grid = session.scan.grid
    session.change(crosshair=tuple(grid.to_world((21, 18, 15))))
    assert status.crosshair_text().endswith("·   map 2")
    session.add_map(Map(np.full(grid.shape, -0.25, np.float32), grid, "another one with a long name"))
    assert status.crosshair_text().endswith("scan 100   ·   map −0.25")
    session.change(compared=0)
    assert status.crosshair_text().endswith("·   another one with a lo… −0.25   ·   bodies 2")
    session.set_visible(0, False)
    assert status.crosshair_text().endswith("scan 100   ·   map −0.25")


def test_the_mark_of_the_keys_fills_nothing(qtbot: QtBot, shown: tuple[Session, DisplayPipeline]) -> None:
    session, display = shown
    view = ProfileView(session, Orientation.AXIAL)
    qtbot.addWidget(view)
    view.resize(300, 40)
    view.set_prepared(display.prepared_map)
    view.show()
    plain = view.grab().toImage().pixelColor(4, 4)
    view.setFocus()
    qtbot.waitUntil(view.hasFocus)
    assert view.grab().toImage().pixelColor(4, 4) == plain
