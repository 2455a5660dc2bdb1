"""A slice on the screen: what is drawn where, and what mouse and keys do to the crosshair."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from viewer.scans.grid import Grid
from viewer.scans.scan import Scan
from viewer.scene.colormaps import NEGATIVE_HEX, POSITIVE_HEX
from viewer.scene.slice_colormapping import map_colours, to_grey
from viewer.scene.slice_plane import Orientation
from viewer.session.session import Session
from viewer.session.view import Convention
from viewer.window.slice_rendering import Overlay
from viewer.window.slice_view import SliceView

SHAPE = (30, 36, 26)
SHEAR = np.array([[3.0, 0.5, 0.2], [0.1, 3.0, 0.4], [-0.3, 0.2, 3.0]])
MATRICES = {"straight": np.diag([3.0, 3.0, 3.0]), "oblique and sheared": SHEAR}
MARK = (24, 22, 17)
"""A voxel on the right, in front of the middle and above it."""


def make_scan(matrix: np.ndarray) -> Scan:
    affine = np.eye(4)
    affine[:3, :3] = matrix
    affine[:3, 3] = -matrix @ ((np.array(SHAPE) - 1) / 2)
    data = np.full(SHAPE, 0.2, np.float32)
    data[MARK] = 1.0
    return Scan(data, Grid(SHAPE, affine), "marked")


@pytest.fixture(params=MATRICES.values(), ids=MATRICES.keys())
def scan(request: pytest.FixtureRequest) -> Scan:
    return make_scan(request.param)


def shown(qtbot: QtBot, session: Session, orientation: Orientation) -> SliceView:
    view = SliceView(session, orientation)
    qtbot.addWidget(view)
    view.resize(320, 300)
    view.set_display_window(0.0, 1.0)
    view.show()
    qtbot.waitExposed(view)
    return view


def pixels(view: SliceView) -> np.ndarray:
    """The view as it is painted: red, green, blue, shape (height, width, 3)."""
    image = view.grab().toImage().convertToFormat(QImage.Format.Format_RGBX8888)
    whole = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return whole[:, : 4 * image.width()].reshape(image.height(), image.width(), 4)[..., :3].astype(int)


def at(view: SliceView, point: tuple[float, float, float]) -> np.ndarray:
    place = view.to_widget(point)
    return pixels(view)[round(place.y()), round(place.x())]


@pytest.mark.parametrize("orientation", list(Orientation), ids=str)
@pytest.mark.parametrize("convention", list(Convention), ids=str)
def test_a_marked_voxel_is_drawn_at_its_point(
    qtbot: QtBot, scan: Scan, orientation: Orientation, convention: Convention
) -> None:
    session = Session()
    session.set_scan(scan)
    view = shown(qtbot, session, orientation)
    mark = tuple(scan.grid.to_world(MARK))
    # The crosshair goes through the mark's slice but beside it, so that its lines do not cover it.
    aside = view.plane.step(mark, -6, -6, 0)
    session.change(crosshair=aside, convention=convention)
    picture = pixels(view).sum(axis=-1)
    place = view.to_widget(mark)
    middle = picture[round(place.y()) - 1 : round(place.y()) + 2, round(place.x()) - 1 : round(place.x()) + 2]
    assert middle.min() > 500
    if orientation is not Orientation.SAGITTAL:
        to_the_right = place.x() > view.to_widget(tuple(scan.grid.centre)).x()
        assert to_the_right == (convention is Convention.NEUROLOGICAL)


def test_the_letters_stand_on_their_sides(qtbot: QtBot, scan: Scan) -> None:
    session = Session()
    session.set_scan(scan)
    view = shown(qtbot, session, Orientation.AXIAL)
    assert view.plane.side_letters == ("L", "R", "A", "P")
    before = pixels(view)
    session.change(convention=Convention.RADIOLOGICAL)
    after = pixels(view)
    left_edge, right_edge = np.s_[140:160, :14], np.s_[140:160, -16:-2]
    assert view.plane.side_letters == ("R", "L", "A", "P")
    assert (before[left_edge] != after[left_edge]).any()
    assert (before[right_edge] != after[right_edge]).any()


@pytest.mark.parametrize(
    ("sign", "colour"), [(1.0, POSITIVE_HEX), (-1.0, NEGATIVE_HEX)], ids=["above zero", "below zero"]
)
def test_the_map_is_coloured_over_its_own_place_only(
    qtbot: QtBot, scan: Scan, sign: float, colour: str
) -> None:
    session = Session()
    session.set_scan(scan)
    view = shown(qtbot, session, Orientation.CORONAL)
    values = np.zeros(SHAPE, np.float32)
    body = tuple(slice(n - 2, n + 3) for n in MARK)
    values[body] = sign
    mark = tuple(scan.grid.to_world(MARK))
    session.change(crosshair=view.plane.step(mark, -6, -6, 0))
    elsewhere = view.plane.step(mark, -12, 0, 0)
    view.set_overlay(Overlay(values, 0.5, 1.0, POSITIVE_HEX, NEGATIVE_HEX, 1.0))
    red, _, blue = at(view, mark)
    assert (red > blue + 60) if colour is POSITIVE_HEX else (blue > red + 60)
    assert np.ptp(at(view, elsewhere)) < 12
    view.set_overlay(Overlay(values, 1.5, 2.0, POSITIVE_HEX, NEGATIVE_HEX, 1.0))
    assert np.ptp(at(view, mark)) < 12


def test_a_press_puts_the_crosshair_under_the_mouse_and_keeps_the_depth(qtbot: QtBot, scan: Scan) -> None:
    session = Session()
    session.set_scan(scan)
    view = shown(qtbot, session, Orientation.SAGITTAL)
    depth = scan.grid.to_voxel(session.crosshair)[0]
    place = QPoint(120, 170)
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=place)
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=place)
    assert view.to_widget(session.crosshair).toPoint() == place
    assert scan.grid.to_voxel(session.crosshair)[0] == pytest.approx(depth)


def test_a_drag_is_one_step_to_undo(qtbot: QtBot, scan: Scan) -> None:
    session = Session()
    session.set_scan(scan)
    before = session.crosshair
    view = shown(qtbot, session, Orientation.AXIAL)
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(150, 150))
    for x in (160, 170, 180):
        qtbot.mouseMove(view, QPoint(x, 140))
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(180, 140))
    assert session.crosshair != before
    session.undo()
    assert session.crosshair == before


def test_a_press_outside_the_scan_stays_in_it(qtbot: QtBot, scan: Scan) -> None:
    session = Session()
    session.set_scan(scan)
    view = shown(qtbot, session, Orientation.AXIAL)
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(1, 1))
    assert scan.grid.contains(session.crosshair)


def turn_wheel(
    view: SliceView, notches: int, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
) -> None:
    event = QWheelEvent(
        QPointF(100, 90),
        view.mapToGlobal(QPointF(100, 90)),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        modifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view, event)


@pytest.mark.parametrize("orientation", list(Orientation), ids=str)
def test_a_notch_of_the_wheel_is_one_slice(qtbot: QtBot, scan: Scan, orientation: Orientation) -> None:
    session = Session()
    session.set_scan(scan)
    view = shown(qtbot, session, orientation)
    before = view.plane.slice_index(session.crosshair)
    turn_wheel(view, 3)
    assert view.plane.slice_index(session.crosshair) == before + 3
    turn_wheel(view, -1)
    assert view.plane.slice_index(session.crosshair) == before + 2


def test_zooming_keeps_the_point_under_the_mouse(qtbot: QtBot, scan: Scan) -> None:
    session = Session()
    session.set_scan(scan)
    view = shown(qtbot, session, Orientation.CORONAL)
    under = view.to_mm(QPointF(100, 90))
    turn_wheel(view, 4, Qt.KeyboardModifier.ControlModifier)
    assert view.to_mm(QPointF(100, 90)) == pytest.approx(under, abs=1e-6)
    assert session.view.crosshair is None
    view.reset_zoom()
    assert view.to_mm(QPointF(100, 90)) == pytest.approx(under, abs=1e-6)


def test_keys_move_by_a_voxel_and_by_ten_with_shift(qtbot: QtBot) -> None:
    session = Session()
    scan = make_scan(MATRICES["straight"])
    session.set_scan(scan)
    view = shown(qtbot, session, Orientation.AXIAL)
    x, y, z = session.crosshair
    qtbot.keyClick(view, Qt.Key.Key_Right)
    qtbot.keyClick(view, Qt.Key.Key_Up)
    qtbot.keyClick(view, Qt.Key.Key_PageUp)
    assert session.crosshair == pytest.approx((x + 3, y + 3, z + 3))
    session.change(convention=Convention.RADIOLOGICAL)
    qtbot.keyClick(view, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert session.crosshair == pytest.approx((x + 3 - 30, y + 3, z + 3))


def test_views_side_by_side_share_their_scale(qtbot: QtBot, scan: Scan) -> None:
    session = Session()
    session.set_scan(scan)
    wide, narrow = (shown(qtbot, session, orientation) for orientation in list(Orientation)[:2])
    narrow.resize(150, 150)
    wide.set_linked_views([narrow])
    narrow.set_linked_views([wide])
    lengths = []
    for view in (wide, narrow):
        here = session.crosshair
        up = view.to_widget(view.plane.step(here, 0, 5, 0)) - view.to_widget(here)
        lengths.append(abs(up.y()))
    assert lengths[0] == pytest.approx(lengths[1])


def test_only_what_changed_is_made_anew(qtbot: QtBot, scan: Scan, monkeypatch: pytest.MonkeyPatch) -> None:
    """Moving the crosshair within a slice must not cut and colour it again."""
    make_scan: list[str] = []

    def counted(name: str, make: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
        return lambda *words, **named: make_scan.append(name) or make(*words, **named)

    for name, make in (("to_grey", to_grey), ("map_colours", map_colours)):
        monkeypatch.setattr(f"viewer.scene.slice_colormapping.{name}", counted(name, make))
    session = Session()
    session.set_scan(scan)
    view = shown(qtbot, session, Orientation.AXIAL)
    view.set_overlay(Overlay(scan.data, 0.1, 1.0, POSITIVE_HEX, NEGATIVE_HEX, 0.8))
    view.grab()
    make_scan.clear()
    session.change(crosshair=view.plane.step(session.crosshair, 3, 2, 0))
    view.grab()
    assert not make_scan
    session.change(crosshair=view.plane.step(session.crosshair, 0, 0, 1))
    view.grab()
    assert make_scan == ["to_grey", "map_colours"]


def test_without_a_scan_nothing_happens_and_nothing_breaks(qtbot: QtBot) -> None:
    session = Session()
    view = shown(qtbot, session, Orientation.AXIAL)
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(50, 50))
    qtbot.keyClick(view, Qt.Key.Key_Left)
    turn_wheel(view, 1)
    assert session.view == replace(session.view)
    assert session.view.crosshair is None
    assert pixels(view).max() == 0
