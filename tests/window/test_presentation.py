"""The box alone on the screen: keys and wheel change what is shown, a hint says so, the camera comes back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from viewer.models.fit_report import FitCheck, FitReport, FitVerdict
from viewer.models.model_card import ModelKind
from viewer.models.predict import Prediction
from viewer.window.box_rendering import FINE, HALF, AdaptiveResolution
from viewer.window.help_dialogs import library_versions
from viewer.window.main import MainWindow
from viewer.window.presentation_caption import describe_prediction

LONG = 30_000


@pytest.fixture
def window(
    make_window: Callable[[], MainWindow], qtbot: QtBot, scan_file: Path, map_file: Path
) -> MainWindow:
    """A window with two maps, in presentation mode by its menu."""
    window = make_window()
    window.controller.open_scan(scan_file)
    for _ in range(2):
        window.controller.open_map(map_file)
    qtbot.waitUntil(lambda: len(window.session.maps) == 2, timeout=LONG)
    qtbot.waitUntil(lambda: window.display.prepared_map is not None, timeout=LONG)
    return window


def action(window: MainWindow, name: str) -> QAction:
    return next(one for one in window.actions() if one.text().replace("&", "") == name)


def turn_wheel(window: MainWindow, notches: int) -> None:
    place = QPointF(window.box.rect().center())
    event = QWheelEvent(
        place, window.box.mapToGlobal(place), QPoint(), QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(window.box, event)


def test_keys_and_wheel_change_threshold_and_map_and_esc_leaves(window: MainWindow, qtbot: QtBot) -> None:
    session = window.session
    camera, threshold = session.view.camera, session.view.threshold
    action(window, "Presentation mode").trigger()
    qtbot.waitUntil(lambda: window.presentation.hint_label.isVisible())
    assert "Esc" in window.presentation.hint_label.text()
    assert not window.display_dock.isVisible()
    qtbot.waitUntil(lambda: session.view.camera != camera, timeout=LONG)
    zoom = session.view.camera.zoom
    turn_wheel(window, 3)
    higher = session.view.threshold.amount
    assert higher > threshold.amount
    assert session.view.camera.zoom == zoom
    qtbot.keyClick(window.box, Qt.Key.Key_Down)
    assert session.view.threshold.amount < higher
    qtbot.keyClick(window.box, Qt.Key.Key_1)
    assert session.current == 0
    assert window.presentation.hint_label.text() == session.current_layer.map.name
    session.set_visible(0, False)
    qtbot.keyClick(window.box, Qt.Key.Key_1)
    assert window.presentation.hint_label.text() == f"{session.current_layer.map.name} (hidden)"
    assert not window.presentation.hint_label.isHidden()
    session.set_visible(0, True)
    qtbot.keyClick(window.box, Qt.Key.Key_9)
    assert session.current == 0
    action(window, "Cancel").trigger()
    assert window.display_dock.isVisible()
    assert session.view.camera == camera
    assert window.presentation.hint_label.isHidden()
    turn_wheel(window, 1)
    assert session.view.camera.zoom > camera.zoom  # the wheel zooms again


def test_the_hint_goes_after_two_seconds_and_h_lists_the_keys(window: MainWindow, qtbot: QtBot) -> None:
    action(window, "Presentation mode").trigger()
    hint = window.presentation.hint_label
    assert hint.text().startswith("Esc leaves")
    assert window.presentation._hint_timer.interval() == 2000
    window.presentation._hint_timer.timeout.emit()
    assert hint.isHidden()
    qtbot.keyClick(window.box, Qt.Key.Key_H)
    assert "threshold sweep" in hint.text()
    assert not hint.isHidden()


def test_the_threshold_sweeps_there_and_back(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("viewer.window.presentation.SWEEP_SECONDS", 0.3)
    session = window.session
    before = session.view.threshold
    action(window, "Presentation mode").trigger()
    qtbot.keyClick(window.box, Qt.Key.Key_S)
    qtbot.waitUntil(lambda: session.view.threshold != before, timeout=LONG)
    assert "voxels" in window.presentation.hint_label.text()
    qtbot.waitUntil(lambda: not window.presentation.is_sweeping, timeout=LONG)
    assert session.view.threshold == before
    qtbot.keyClick(window.box, Qt.Key.Key_S)
    qtbot.waitUntil(lambda: session.view.threshold != before, timeout=LONG)
    action(window, "Cancel").trigger()
    assert not window.presentation.is_sweeping
    assert session.view.threshold == before


def test_the_caption_names_map_and_scan_in_large_type(window: MainWindow, qtbot: QtBot) -> None:
    caption = window.presentation.caption
    action(window, "Presentation mode").trigger()
    assert caption.isHidden()
    qtbot.keyClick(window.box, Qt.Key.Key_C)
    assert caption.isVisible()
    assert "some_relevance" in caption.text()
    assert "head" in caption.text()
    assert window.box.rect().contains(caption.geometry())
    ill = Prediction(ModelKind.CLASSIFICATION, ("<b>ill", "well"), (2.0, 0.0), (0.88, 0.12))
    window.session.set_prediction(ill)
    assert "&lt;b&gt;ill 88.0%" in caption.text()
    unfit = FitReport((FitCheck("skull", FitVerdict.UNFIT, "has one"),))
    window.session.set_prediction(replace(ill, fit=unfit))
    assert "88.0%" not in caption.text()
    assert "does not fit" in caption.text()
    qtbot.keyClick(window.box, Qt.Key.Key_C)
    assert caption.isHidden()


@pytest.mark.parametrize(
    ("prediction", "words"),
    [
        (Prediction(ModelKind.CLASSIFICATION, ("age",), (50.25,)), "age: 50.25"),
        (Prediction(ModelKind.CLASSIFICATION, ("ill",), (-2.0,), (0.12,)), "ill 12.0%"),
        (Prediction(ModelKind.SEGMENTATION, ("core", "rim"), volumes=(1500.0, 250.0)),
         "core 1.5 ml, rim 0.25 ml"),
        (Prediction(ModelKind.REGRESSION, ("age",), (50.0,), value=50.0, unit="years"), "50 years"),
        (Prediction(ModelKind.CLASSIFICATION, tuple("abcdef"), (1.0,) * 6), "a: 1, b: 1, c: 1, d: 1, …"),
    ],
)  # fmt: skip
def test_the_caption_tells_every_kind_of_prediction(prediction: Prediction, words: str) -> None:
    assert describe_prediction(prediction) == words


def test_the_caption_names_the_map_that_is_drawn_and_fits(
    window: MainWindow, qtbot: QtBot, map_file: Path, tmp_path: Path
) -> None:
    other = tmp_path / f"{'a_long_name_' * 18}end.nii.gz"
    other.write_bytes(map_file.read_bytes())
    window.controller.open_map(other)
    qtbot.waitUntil(lambda: len(window.session.maps) == 3, timeout=LONG)
    caption, display = window.presentation.caption, window.display
    qtbot.waitUntil(lambda: display.prepared_map.map.path == other, timeout=LONG)
    action(window, "Presentation mode").trigger()
    qtbot.keyClick(window.box, Qt.Key.Key_C)
    assert "end</div>" in caption.text()
    assert "…" in caption.text()
    assert window.box.rect().contains(caption.geometry())
    said = []
    window.session.subscribe(
        lambda: said.append((display.prepared_map.map.path == other, caption.text())), "current"
    )
    qtbot.keyClick(window.box, Qt.Key.Key_1)
    assert said
    assert all(("end</div>" in text) == drawn for drawn, text in said)
    qtbot.waitUntil(lambda: "some_relevance</div>" in caption.text(), timeout=LONG)
    assert display.prepared_map.map.path == map_file


def test_a_fast_machine_draws_the_turning_box_finely() -> None:
    pace = AdaptiveResolution(70.0, FINE)
    assert pace.samples == 1
    pace.add_frame_time(10.0)
    assert (pace.scale, pace.samples) == (FINE, 2)
    for _ in range(2):
        pace.add_frame_time(500.0)  # the slices become finer, once
    pace.add_frame_time(40.0)
    assert pace.scale == FINE
    for _ in range(20):
        pace.add_frame_time(90.0)
    assert pace.scale == HALF


def test_about_names_the_libraries() -> None:
    versions = library_versions()
    assert [one.split()[0] for one in versions] == ["Python", "Qt", "VTK", "torch", "NiBabel"]
    assert all(one.split()[1][0].isdigit() for one in versions)
