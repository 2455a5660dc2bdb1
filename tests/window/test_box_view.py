"""The box as a widget: coalesced frames, quick then fine, and what mouse and keys do to the view."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from viewer.errors import ViewerError
from viewer.scans.threshold import Threshold, ThresholdKind
from viewer.session.session import Session
from viewer.session.view import Camera, View, Walls
from viewer.window.box_interaction import FLIGHT_MS
from viewer.window.box_rendering import HALF, IDLE_MS, AdaptiveResolution
from viewer.window.box_view import BoxView


@dataclass
class Found:
    point: tuple[float, float, float]
    kind: str = "body"


class Scene:
    """A scene that draws a plain colour and remembers what it was asked for."""

    def __init__(self) -> None:
        self.renders: list[tuple[int, int, int]] = []
        self.view = View()
        self.closed = 0
        self.found: Found | None = Found((1.0, 2.0, 3.0))
        self.picked: list[tuple[float, float]] = []
        self.air = False

    def set_view(self, view: View) -> None:
        self.view = view

    def set_scan(self, content: object) -> None:
        self.scan = content

    def set_map(self, content: object) -> None:
        self.map = content

    def set_lower_bar_caption(self, caption: str | None) -> None:
        pass

    def set_outlines(self, outlines: object) -> None:
        self.outlines = outlines

    def set_kept_maps(self, maps: object) -> None:
        self.kept = maps

    def set_min_text_height(self, pixels: float) -> None:
        self.smallest = pixels

    def set_coarse(self, coarse: bool) -> None:
        self.coarse = coarse

    def render(self, width: int, height: int, supersample: int = 1, with_labels: bool = True) -> np.ndarray:
        self.renders.append((width, height, supersample))
        self.with_labels = with_labels
        picture = np.zeros((height, width, 4), np.uint8)
        picture[..., 0], picture[: height // 2, :, 1] = 200, 100
        picture[..., 3] = 255
        return picture

    def pick(self, x: float, y: float) -> Found | None:
        self.picked.append((x, y))
        return self.found

    def is_air(self, picked: Found) -> bool:
        return self.air

    def label_sprites(self, larger: float) -> tuple[tuple[np.ndarray, int, int], ...]:
        return ((np.full((4, 8, 4), 255, np.uint8), round(20 * larger), round(10 * larger)),)

    def project(self, point: tuple[float, float, float]) -> tuple[float, float]:
        return 10.0, 10.0

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def session() -> Session:
    return Session()


@pytest.fixture
def scene() -> Scene:
    return Scene()


@pytest.fixture
def box(qtbot: QtBot, session: Session, scene: Scene) -> BoxView:
    view = BoxView(session)
    qtbot.addWidget(view)
    view.resize(300, 200)
    view.show()
    qtbot.waitExposed(view)
    view.start(lambda: scene)
    view.set_scan(object())
    qtbot.waitUntil(lambda: bool(scene.renders) and scene.renders[-1][2] == 2)
    return view


def test_the_scenes_pixels_are_painted_the_right_way_up(box: BoxView) -> None:
    image = box.grab().toImage()
    assert image.pixelColor(150, 20).getRgb()[:3] == (200, 100, 0)
    assert image.pixelColor(150, 180).getRgb()[:3] == (200, 0, 0)


def test_many_changes_are_one_frame(qtbot: QtBot, box: BoxView, session: Session, scene: Scene) -> None:
    scene.renders.clear()
    for degrees in range(50):
        session.change(camera=Camera(azimuth=degrees))
    qtbot.waitUntil(lambda: bool(scene.renders))
    assert scene.view.camera.azimuth == 49
    assert len([frame for frame in scene.renders if frame[2] == 1]) == 1


def test_a_quick_frame_is_followed_by_a_fine_one_when_nothing_moves(
    qtbot: QtBot, box: BoxView, session: Session, scene: Scene
) -> None:
    scene.renders.clear()
    session.change(glass=True)
    qtbot.waitUntil(lambda: len(scene.renders) == 2)
    assert [frame[2] for frame in scene.renders] == [1, 2]


def test_the_fine_frame_waits_for_what_is_on_its_way(
    qtbot: QtBot, box: BoxView, session: Session, scene: Scene
) -> None:
    box.set_busy(True)
    scene.renders.clear()
    session.change(glass=True)
    qtbot.wait(3 * IDLE_MS)
    assert [frame[2] for frame in scene.renders] == [1]
    box.set_busy(False)
    qtbot.waitUntil(lambda: len(scene.renders) == 2)
    assert scene.renders[-1][2] == 2


def test_painting_again_without_a_change_draws_nothing_new(box: BoxView, scene: Scene) -> None:
    scene.renders.clear()
    box.repaint()
    box.repaint()
    assert not scene.renders


def test_the_crosshair_alone_draws_no_new_frame_unless_the_walls_follow_it(
    qtbot: QtBot, box: BoxView, session: Session, scene: Scene
) -> None:
    scene.renders.clear()
    session.change(crosshair=(1.0, 1.0, 1.0))
    box.repaint()
    assert not scene.renders
    session.change(walls=Walls.CROSSHAIR)
    box.repaint()
    scene.renders.clear()
    session.change(crosshair=(2.0, 1.0, 1.0))
    box.repaint()
    assert len(scene.renders) == 1


def test_a_drag_turns_the_box_and_is_one_step_to_undo(
    qtbot: QtBot, box: BoxView, session: Session, scene: Scene
) -> None:
    before = session.view.camera
    qtbot.mousePress(box, Qt.MouseButton.LeftButton, pos=QPoint(100, 100))
    for x in (110, 130, 150):
        qtbot.mouseMove(box, QPoint(x, 105))
    qtbot.mouseRelease(box, Qt.MouseButton.LeftButton, pos=QPoint(150, 105))
    assert session.view.camera.azimuth < before.azimuth
    assert not scene.picked
    session.undo()
    assert session.view.camera == before


def test_a_click_moves_the_crosshair_to_what_lies_there(
    qtbot: QtBot, box: BoxView, session: Session, scene: Scene
) -> None:
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(80, 60))
    assert scene.picked == [(80.0, 60.0)]
    assert session.view.crosshair == (1.0, 2.0, 3.0)
    # Where a wall is empty there is no head to go to.
    scene.found, scene.air = Found((90.0, 2.0, 3.0), "wall"), True
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(10, 10))
    assert session.view.crosshair == (1.0, 2.0, 3.0)
    scene.found = None
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(10, 10))
    assert session.view.crosshair == (1.0, 2.0, 3.0)


@pytest.mark.parametrize(("notches", "larger"), [(1, True), (-1, False)])
def test_the_wheel_zooms(box: BoxView, session: Session, notches: int, larger: bool) -> None:
    event = QWheelEvent(
        QPointF(50, 50),
        box.mapToGlobal(QPointF(50, 50)),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(box, event)
    assert (session.view.camera.zoom > 1) is larger


def test_keys_turn_zoom_and_switch_the_walls(qtbot: QtBot, box: BoxView, session: Session) -> None:
    qtbot.keyClick(box, Qt.Key.Key_Left)
    turned = session.view.camera.azimuth
    assert turned != Camera().azimuth
    qtbot.keyClick(box, Qt.Key.Key_Right)
    assert session.view.camera.azimuth == pytest.approx(Camera().azimuth)
    qtbot.keyClick(box, Qt.Key.Key_Plus)
    assert session.view.camera.zoom > 1
    qtbot.keyClick(box, Qt.Key.Key_W)
    assert session.view.walls is Walls.CROSSHAIR
    qtbot.keyClick(box, Qt.Key.Key_W)
    assert session.view.walls is Walls.MIDDLE


def test_a_flight_ends_exactly_where_it_should_and_is_one_step(
    qtbot: QtBot, box: BoxView, session: Session
) -> None:
    before = session.view.camera
    wanted = Camera(azimuth=-90.0, elevation=0.0, zoom=1.5)
    box.fly_to(wanted)
    qtbot.waitUntil(lambda: session.view.camera == wanted, timeout=20 * FLIGHT_MS)
    session.undo()
    assert session.view.camera == before


def test_turning_goes_on_until_it_is_stopped(qtbot: QtBot, box: BoxView, session: Session) -> None:
    box.set_rotating(True)
    first = session.view.camera.azimuth
    qtbot.waitUntil(lambda: abs(session.view.camera.azimuth - first) > 0.5, timeout=20_000)
    box.set_rotating(False)
    stopped = session.view.camera.azimuth
    qtbot.wait(80)
    assert session.view.camera.azimuth == stopped


def test_without_opengl_there_is_a_page_with_the_reason(qtbot: QtBot, session: Session) -> None:
    def make() -> Scene:
        raise ViewerError("OpenGL", "this machine offers none", "install a driver")

    view = BoxView(session)
    qtbot.addWidget(view)
    view.resize(300, 200)
    view.show()
    view.start(make)
    view.set_scan(object())
    view.set_map(object())
    assert view.scene is None
    assert "install a driver" in view.message
    page = view.grab().toImage()
    assert len({page.pixel(x, y) for x in range(0, 300, 2) for y in range(60, 140)}) > 50
    session.change(glass=True)
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(80, 60))
    assert session.view.crosshair is None


def test_what_comes_before_the_scene_is_shown_once_it_is_there(
    qtbot: QtBot, session: Session, scene: Scene
) -> None:
    view = BoxView(session)
    qtbot.addWidget(view)
    content, shown = object(), object()
    view.set_scan(content)
    view.set_map(shown)
    session.change(glass=True)
    view.show()
    view.start(lambda: scene)
    qtbot.waitUntil(lambda: bool(scene.renders))
    assert scene.scan is content
    assert scene.map is shown
    assert scene.view.glass


def test_closing_gives_the_scene_back_once_and_keeps_the_picture(box: BoxView, scene: Scene) -> None:
    box.close_scene()
    box.close_scene()
    assert scene.closed == 1
    assert box.grab().toImage().pixelColor(150, 20).getRgb()[:3] == (200, 100, 0)


def test_pixels_are_those_of_the_screen_not_of_the_layout(
    qtbot: QtBot, box: BoxView, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(box), "devicePixelRatioF", lambda self: 2.0)
    box.refresh()
    box.repaint()
    assert scene.renders[-1][:2] == (600, 400)
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(80, 60))
    assert scene.picked[-1] == (160.0, 120.0)


def slowed(scene: Scene, seconds: float = 0.03) -> None:
    """Every picture takes as long as on a slow machine."""
    quick = scene.render

    def slow(width: int, height: int, supersample: int = 1, with_labels: bool = True) -> np.ndarray:
        time.sleep(seconds)
        return quick(width, height, supersample, with_labels)

    scene.render = slow


def test_a_slow_machine_draws_half_as_fine_while_the_box_moves(
    qtbot: QtBot, box: BoxView, session: Session, scene: Scene
) -> None:
    slowed(scene, 0.1)
    box.set_rotating(True)
    qtbot.waitUntil(lambda: scene.renders[-1] == (150, 100, 1))
    # Words are not drawn into the coarse picture but over it, as sharp as ever.
    assert not scene.with_labels
    shown = box.grab().toImage()
    white = [(x, y) for x in range(300) for y in range(200) if shown.pixelColor(x, y) == QColor("white")]
    assert (min(white), max(white)) == ((40, 20), (47, 23))
    assert len(white) == 32
    box.set_rotating(False)
    qtbot.waitUntil(lambda: scene.renders[-1] == (300, 200, 2))
    assert scene.with_labels
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(80, 60))
    assert scene.picked[-1] == (80.0, 60.0)


def test_walls_that_follow_the_crosshair_are_drawn_at_the_same_pace(
    qtbot: QtBot, box: BoxView, session: Session, scene: Scene
) -> None:
    slowed(scene)
    session.change(walls=Walls.CROSSHAIR)

    def moved() -> bool:
        session.change(crosshair=(float(len(scene.renders)), 0.0, 0.0))
        qtbot.wait(5)
        return scene.renders[-1] == (150, 100, 1)

    qtbot.waitUntil(moved)
    qtbot.waitUntil(lambda: scene.renders[-1] == (300, 200, 2))


def test_preparing_a_drag_is_not_held_against_its_pace(
    qtbot: QtBot, box: BoxView, session: Session, scene: Scene
) -> None:
    quick, drawn = scene.render, []

    def begins_slowly(width: int, height: int, supersample: int = 1, with_labels: bool = True) -> np.ndarray:
        time.sleep(0.06 if len(drawn) < 2 else 0.0)
        drawn.append(None)
        return quick(width, height, supersample, with_labels)

    scene.render = begins_slowly
    box.set_coarse(True)
    for n in range(12):
        session.change(threshold=Threshold(ThresholdKind.VALUE, 1.0 + n))
        qtbot.waitUntil(lambda before=n: len(drawn) > before)
    assert {(width, height) for width, height, samples in scene.renders[-10:] if samples == 1} == {(300, 200)}


def test_the_pace_does_not_swing() -> None:
    pace = AdaptiveResolution()
    for _ in range(20):
        pace.add_frame_time(10.0)
    assert pace.scale == 1.0
    pace.add_frame_time(50.0)
    assert pace.scale == 1.0
    for _ in range(20):
        pace.add_frame_time(40.0)
    assert pace.scale == HALF
    for _ in range(20):
        pace.add_frame_time(12.0)
    assert pace.scale == HALF
    for _ in range(20):
        pace.add_frame_time(3.0)
    assert pace.scale == 1.0


def test_the_body_under_the_mouse_is_named(qtbot: QtBot, box: BoxView, scene: Scene) -> None:
    box.set_labeler(lambda point: f"Body at {point[0]:.0f}")
    qtbot.mouseMove(box, QPoint(60, 50))
    qtbot.mouseMove(box, QPoint(80, 60))
    qtbot.waitUntil(lambda: box.hover_label == "Body at 1")
    assert scene.picked[-1] == (80.0, 60.0)
    scene.found = Found((1.0, 2.0, 3.0), "wall")
    qtbot.mouseMove(box, QPoint(90, 60))
    assert box.hover_label == ""
    qtbot.waitUntil(lambda: scene.picked[-1] == (90.0, 60.0))
    assert box.hover_label == ""
    scene.found = None
    box.update_hover_label()
    assert box.hover_label == ""


def test_a_named_body_leaves_the_picture_bright_where_keys_led_to_the_box(qtbot: QtBot, box: BoxView) -> None:
    box.set_labeler(lambda point: "Body")
    qtbot.mouseMove(box, QPoint(60, 50))
    qtbot.waitUntil(lambda: box.hover_label == "Body")
    box.setFocus(Qt.FocusReason.TabFocusReason)
    seen = box.grab().toImage()
    assert seen.pixelColor(box.width() - 20, box.height() - 20) == QColor(200, 0, 0)


def test_another_button_does_not_end_a_drag(qtbot: QtBot, box: BoxView, session: Session) -> None:
    qtbot.mousePress(box, Qt.MouseButton.LeftButton, pos=QPoint(100, 100))
    qtbot.mouseMove(box, QPoint(130, 105))
    qtbot.mouseRelease(box, Qt.MouseButton.RightButton, pos=QPoint(130, 105))
    turned = session.view.camera
    qtbot.mouseMove(box, QPoint(160, 105))
    assert session.view.camera.azimuth < turned.azimuth
    qtbot.mouseRelease(box, Qt.MouseButton.LeftButton, pos=QPoint(160, 105))
    ended = session.view.camera
    qtbot.mouseMove(box, QPoint(190, 105))
    assert session.view.camera == ended
