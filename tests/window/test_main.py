"""The main job, driven as a person drives it: files in, a map out, and nothing lost on the way."""

from __future__ import annotations

import gc
import json
import threading
import weakref
from pathlib import Path

import nibabel
import numpy as np
import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, QSettings, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QDockWidget,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QSlider,
    QSpinBox,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from tests.window.conftest import MakeWindow
from viewer.jobs.worker import JobState
from viewer.progress import Progress
from viewer.scans.map import Map
from viewer.session.session import Session
from viewer.session.view import Convention, Theme
from viewer.window.command_palette import CommandPalette
from viewer.window.controller import Controller
from viewer.window.export_dialogs import FigureOptions
from viewer.window.main import MainWindow
from viewer.window.palette_search import PaletteEntry, filter_entries

LONG = 30_000


def opened(qtbot: QtBot, window: MainWindow, scan: Path, *maps: Path, model: Path | None = None) -> None:
    """Open files and wait until everything of them is shown."""
    window.controller.open_scan(scan)
    for path in maps:
        window.controller.open_map(path)
    qtbot.waitUntil(lambda: window.display.scan_data is not None, timeout=LONG)
    if maps:
        qtbot.waitUntil(lambda: window.display.prepared_map is not None, timeout=LONG)
    if model is not None:
        window.controller.open_model(model)
        qtbot.waitUntil(lambda: window.session.prediction is not None, timeout=LONG)


def active(qtbot: QtBot, window: MainWindow) -> MainWindow:
    """The window, once keys go to it."""
    window.activateWindow()
    window.raise_()
    qtbot.waitUntil(window.isActiveWindow, timeout=LONG)
    return window


def test_the_whole_job(qtbot: QtBot, make_window: MakeWindow, scan_file: Path, model_file: Path) -> None:
    window = make_window()
    session = window.session
    opened(qtbot, window, scan_file, model=model_file)
    assert "head" in window.windowTitle()
    assert "Small" in window.windowTitle()
    assert sum(session.prediction.probabilities) == pytest.approx(1)

    dock = window.method_dock
    dock.choose_method("integrated-gradients")
    dock.form.findChild(QSpinBox, "steps").setValue(8)
    dock._target_combo.setCurrentIndex(dock._target_combo.findData(1))
    with qtbot.waitSignal(window.display.map_changed, timeout=LONG):
        dock.compute()
        assert window.controller.is_computing
    found = session.current_layer.map
    assert found.provenance.method == "integrated-gradients"
    assert found.provenance.parameters["steps"] == 8
    assert found.provenance.target == "ill"
    assert found.grid.same_as(session.scan.grid)
    assert not window.controller.is_computing

    slider = window.display_dock.findChild(QSlider)
    heard: list[float] = []
    window.display.counts_changed.connect(lambda counts: heard.append(counts.voxels))
    for step in (300, 500, 700, 900):
        slider.setValue(step)
    assert heard == sorted(heard, reverse=True)
    assert heard[0] > heard[-1] > 0

    kept = session.maps
    dock.form.findChild(QSpinBox, "steps").setValue(4096)
    dock.compute()
    assert window.controller.is_computing
    dock.findChild(QPushButton, "cancel").click()
    qtbot.waitUntil(lambda: not window.controller.is_computing, timeout=LONG)
    assert session.maps == kept
    assert session.current_layer.map is found
    assert not window.file_actions.error_boxes

    window.close()
    discard = window.unsaved_work.question_dialog.button(QMessageBox.StandardButton.Discard)
    qtbot.mouseClick(discard, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=LONG)
    assert window.box.scene is None
    assert not [thread for thread in threading.enumerate() if thread.name == "worker" and thread.is_alive()]


def test_computations_wait_for_each_other_in_a_queue(
    qtbot: QtBot, make_window: MakeWindow, scan_file: Path, model_file: Path
) -> None:
    window = make_window()
    opened(qtbot, window, scan_file, model=model_file)
    dock = window.method_dock
    dock.choose_method("integrated-gradients")
    dock.form.findChild(QSpinBox, "steps").setValue(4096)
    dock.compute()
    for method in ("gradient", "guided-backprop", "deconvnet"):
        dock.choose_method(method)
        dock.compute()
    drops = dock.compute_queue.findChildren(QToolButton)
    assert [button.accessibleName() for button in drops] == [
        f"Remove {name} from the queue" for name in ("Gradient", "Guided backpropagation", "DeconvNet")
    ]
    drops[1].click()
    dock.findChild(QPushButton, "cancel").click()
    qtbot.waitUntil(lambda: not window.controller.is_computing, timeout=LONG)
    made = [layer.map.provenance.method for layer in window.session.maps]
    assert sorted(made) == ["deconvnet", "gradient"]
    assert dock.compute_queue.isHidden()
    assert not window.file_actions.error_boxes


def test_the_focus_stays_on_computing(
    qtbot: QtBot, make_window: MakeWindow, scan_file: Path, model_file: Path
) -> None:
    window = active(qtbot, make_window())
    opened(qtbot, window, scan_file, model=model_file)
    window.method_dock.choose_method("gradient")
    button = window.method_dock.findChild(QPushButton, "compute")
    button.setFocus()
    qtbot.keyClick(button, Qt.Key.Key_Space)
    assert button.hasFocus()
    cancel = window.method_dock.findChild(QPushButton, "cancel")
    cancel.setFocus()
    qtbot.waitUntil(lambda: not window.controller.is_computing, timeout=LONG)
    assert button.hasFocus()
    assert len(window.session.maps) == 1


def test_compute_says_what_is_missing(qtbot: QtBot, make_window: MakeWindow, scan_file: Path) -> None:
    window = make_window()
    button = window.method_dock.findChild(QPushButton, "compute")
    assert not button.isEnabled()
    assert "scan" in window.method_dock.unavailable_reason
    opened(qtbot, window, scan_file)
    assert not button.isEnabled()
    assert "model" in window.method_dock.unavailable_reason


def bad_files(folder: Path) -> dict[str, Path]:
    """Files that are not what their names say."""
    files = {name: folder / name for name in ("text.nii.gz", "empty.nii.gz", "flat.nii.gz", "nan.nii.gz")}
    files["text.nii.gz"].write_text("hello\n" * 100)
    files["empty.nii.gz"].write_bytes(b"")
    nibabel.save(nibabel.Nifti1Image(np.ones((8, 8), np.float32), np.eye(4)), files["flat.nii.gz"])
    nan = np.full((8, 8, 8), np.nan, np.float32)
    nibabel.save(nibabel.Nifti1Image(nan, np.eye(4)), files["nan.nii.gz"])
    return files


@pytest.mark.parametrize("name", ["text.nii.gz", "empty.nii.gz", "flat.nii.gz", "nan.nii.gz", "gone.nii.gz"])
def test_a_bad_scan_is_a_dialog_and_changes_nothing(
    qtbot: QtBot, make_window: MakeWindow, scan_file: Path, map_file: Path, tmp_path: Path, name: str
) -> None:
    window = make_window()
    opened(qtbot, window, scan_file, map_file)
    scan, maps = window.session.scan, window.session.maps
    window.controller.open_scan(bad_files(tmp_path).get(name, tmp_path / name))
    qtbot.waitUntil(lambda: bool(window.file_actions.error_boxes), timeout=LONG)
    dialog = window.file_actions.error_boxes[0]
    assert dialog.windowTitle() == name
    assert name in dialog.text()
    assert "\n" not in dialog.text()
    dialog.close()
    qtbot.waitUntil(lambda: not window.file_actions.error_boxes, timeout=LONG)
    assert window.session.scan is scan
    assert window.session.maps == maps
    assert window.display.prepared_map is not None


def test_a_bad_model_leaves_model_prediction_and_maps(
    qtbot: QtBot, make_window: MakeWindow, scan_file: Path, model_file: Path, tmp_path: Path
) -> None:
    import torch

    window = make_window()
    opened(qtbot, window, scan_file, model=model_file)
    model, prediction = window.session.model, window.session.prediction
    other = tmp_path / "other.pt"
    torch.save({"weight": torch.zeros(3)}, other)
    window.controller.open_model(other)
    qtbot.waitUntil(lambda: bool(window.file_actions.error_boxes), timeout=LONG)
    assert "other.pt" in window.file_actions.error_boxes[0].text()
    assert window.session.model is model
    assert window.session.prediction is prediction


def test_a_series_asks_for_its_volume(qtbot: QtBot, make_window: MakeWindow, tmp_path: Path) -> None:
    window = make_window()
    path = tmp_path / "series.nii.gz"
    data = np.stack([np.full((9, 9, 9), n + 1, np.float32) for n in range(3)], axis=-1)
    nibabel.save(nibabel.Nifti1Image(data, np.eye(4)), path)
    window.controller.volume_choice_needed.disconnect()
    with qtbot.waitSignal(window.controller.volume_choice_needed, timeout=LONG) as found:
        window.controller.open_scan(path)
    assert found.args == [path, 3, False]
    assert window.session.scan is None
    window.controller.open_scan(path, 2)
    qtbot.waitUntil(lambda: window.session.scan is not None, timeout=LONG)
    assert window.session.scan.data.max() == 3


def test_dropped_files_are_opened_as_what_they_are(
    qtbot: QtBot, make_window: MakeWindow, scan_file: Path, map_file: Path, model_file: Path
) -> None:
    window = make_window()
    files = QMimeData()
    files.setUrls([QUrl.fromLocalFile(str(path)) for path in (map_file, model_file, scan_file)])
    event = QDropEvent(
        QPointF(20, 20),
        Qt.DropAction.CopyAction,
        files,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    window.dropEvent(event)
    qtbot.waitUntil(lambda: window.session.prediction is not None, timeout=LONG)
    qtbot.waitUntil(lambda: window.display.prepared_map is not None, timeout=LONG)
    assert window.session.scan.name == "head"
    assert window.session.current_layer.map.name == "some_relevance"
    assert window.session.model.card.name == "Small"


@pytest.mark.parametrize("kind", [QDragEnterEvent, QDragMoveEvent, QDropEvent])
def test_a_dropped_file_stays_where_it_is(
    qtbot: QtBot, make_window: MakeWindow, scan_file: Path, kind: type[QDropEvent]
) -> None:
    """A program that lets its files be moved may remove one that was accepted as moved."""
    window = make_window()
    files = QMimeData()
    files.setUrls([QUrl.fromLocalFile(str(scan_file))])
    place = QPoint(20, 20) if kind is not QDropEvent else QPointF(20, 20)
    offered = Qt.DropAction.CopyAction | Qt.DropAction.MoveAction
    event = kind(place, offered, files, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier)
    assert event.proposedAction() == Qt.DropAction.MoveAction
    # Qt delivers a drop only at the end of a drag of its own.
    handler = {QDropEvent: window.dropEvent, QDragMoveEvent: window.dragMoveEvent}
    handler.get(kind, window.dragEnterEvent)(event)
    assert event.isAccepted()
    assert event.dropAction() == Qt.DropAction.CopyAction
    if kind is QDropEvent:
        qtbot.waitUntil(lambda: window.session.scan is not None, timeout=LONG)


def test_the_status_line_reads_scan_and_map_at_the_crosshair(
    qtbot: QtBot, make_window: MakeWindow, scan_file: Path, map_file: Path
) -> None:
    window = make_window()
    opened(qtbot, window, scan_file, map_file)
    window.session.change(crosshair=(24.0, 21.0, 9.0))
    said = window.statusBar().crosshair_text()
    assert said.startswith("R 24.0  A 21.0  S 9.0 mm")
    assert "voxel 28 31 19" in said
    assert "map 2" in said


def test_voxels_are_told_as_the_file_counts_them(
    qtbot: QtBot, make_window: MakeWindow, tmp_path: Path
) -> None:
    """The scan is shown in canonical order, but other programs count as the file does."""
    data = np.zeros((10, 12, 14), np.float32)
    data[2, 3, 4] = 7.0
    affine = np.array([[-2.0, 0, 0, 9], [0, 0, 2.0, -11], [0, -2.0, 0, 10], [0, 0, 0, 1]])
    path = tmp_path / "lia.nii.gz"
    nibabel.save(nibabel.Nifti1Image(data, affine), path)
    window = make_window()
    opened(qtbot, window, path)
    window.session.change(crosshair=tuple((affine @ [2, 3, 4, 1])[:3]))
    assert "voxel 2 3 4" in window.statusBar().crosshair_text()
    assert "scan 7" in window.statusBar().crosshair_text()


def test_saving_writes_map_and_provenance(
    qtbot: QtBot, make_window: MakeWindow, scan_file: Path, model_file: Path, tmp_path: Path
) -> None:
    window = make_window()
    opened(qtbot, window, scan_file, model=model_file)
    window.method_dock.choose_method("gradient")
    with qtbot.waitSignal(window.display.map_changed, timeout=LONG):
        window.method_dock.compute()
    path = tmp_path / "map.nii.gz"
    with qtbot.waitSignal(
        window.controller.message, timeout=LONG, check_params_cb=lambda said: "map.nii.gz" in said
    ):
        window.controller.save_map(0, path)
    np.testing.assert_allclose(
        nibabel.load(path).get_fdata(dtype=np.float32), window.session.current_layer.map.data, rtol=1e-6
    )
    assert (tmp_path / "map.json").is_file()


def test_a_map_that_cannot_be_saved_says_so_and_stays(
    qtbot: QtBot, make_window: MakeWindow, scan_file: Path, map_file: Path, tmp_path: Path
) -> None:
    window = make_window()
    opened(qtbot, window, scan_file, map_file)
    window.controller.save_map(0, tmp_path / "no such folder" / "map.nii.gz")
    qtbot.waitUntil(lambda: bool(window.file_actions.error_boxes), timeout=LONG)
    assert len(window.session.maps) == 1


def test_cancelling_answers_between_two_steps_and_changes_nothing(qtbot: QtBot) -> None:
    session = Session()
    controller = Controller(session, "cpu")
    started = threading.Event()

    def work(progress: Progress) -> str:
        started.set()
        while True:
            progress.raise_if_cancelled()

    ended: list[str] = []
    controller.run_long(work, "Waiting", lambda result: ended.append("done"), lambda: ended.append("ended"))
    assert started.wait(10)
    controller.cancel()
    qtbot.waitUntil(lambda: ended == ["ended"], timeout=LONG)
    assert not controller.tasks
    controller.close()


def test_what_is_asked_of_a_closed_desk_is_cancelled(controller: Controller) -> None:
    done: list[int] = []
    controller.close()
    for run in (controller.run, controller.run_long):
        job = run(lambda progress: 1, "late", done.append)
        assert job.state is JobState.CANCELLED
    assert not done
    assert not controller.tasks


def test_the_desk_closes_while_it_works(qtbot: QtBot) -> None:
    controller = Controller(Session(), "cpu")
    started = threading.Event()

    def work(progress: Progress) -> None:
        started.set()
        while True:
            progress.raise_if_cancelled()

    heard: list[str] = []
    controller.run(work, "Waiting", lambda result: heard.append("done"))
    assert started.wait(10)
    controller.close()
    qtbot.wait(20)
    assert not heard
    assert not [thread for thread in threading.enumerate() if thread.name == "worker" and thread.is_alive()]


def test_an_unexpected_error_in_the_background_is_told(qtbot: QtBot) -> None:
    controller = Controller(Session(), "cpu")

    def work(progress: Progress) -> None:
        raise ZeroDivisionError("by zero")

    with qtbot.waitSignal(controller.failed, timeout=LONG) as failed:
        controller.run(work, "Dividing", lambda result: None)
    assert failed.args == ["Dividing", "ZeroDivisionError: by zero"]
    controller.close()


def test_themes_and_sides_can_be_switched_by_keys(qtbot: QtBot, make_window: MakeWindow) -> None:
    window = active(qtbot, make_window())
    qtbot.keyClick(window, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    assert window.session.view.theme is Theme.LIGHT
    assert window.palette().window().color().lightness() > 200
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert window.session.view.theme is Theme.DARK
    assert window.palette().window().color().lightness() < 60
    qtbot.keyClick(window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    assert window.session.view.convention is Convention.RADIOLOGICAL


def test_presenters_mode_hides_everything_but_the_box_and_brings_it_back(
    qtbot: QtBot, make_window: MakeWindow, scan_file: Path
) -> None:
    window = active(qtbot, make_window())
    opened(qtbot, window, scan_file)
    window.maps_dock.hide()
    azimuth = window.session.view.camera.azimuth
    qtbot.keyClick(window, Qt.Key.Key_F11)
    assert not any(dock.isVisible() for dock in window.docks)
    assert not window.statusBar().isVisible()
    assert window.box.isVisible()
    qtbot.waitUntil(lambda: window.session.view.camera.azimuth != azimuth, timeout=LONG)
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert window.model_dock.isVisible()
    assert window.statusBar().isVisible()
    assert not window.maps_dock.isVisible()


def test_the_layout_is_kept_between_runs(qtbot: QtBot, tmp_path: Path) -> None:
    settings = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)

    def window() -> MainWindow:
        session = Session()
        made = MainWindow(session, Controller(session, "cpu"), settings)
        qtbot.addWidget(made)
        made.build()
        made.show()
        qtbot.waitExposed(made)
        return made

    first = window()
    first.display_dock.hide()
    first.session.change(theme=Theme.LIGHT)
    first.close()
    second = window()
    assert not second.display_dock.isVisible()
    assert second.maps_dock.isVisible()
    assert settings.value("theme") == "light"
    second.close()


def test_hiding_removing_and_choosing_maps(
    qtbot: QtBot, make_window: MakeWindow, scan_file: Path, map_file: Path
) -> None:
    window = make_window()
    opened(qtbot, window, scan_file, map_file, map_file)
    session = window.session
    qtbot.waitUntil(lambda: window.display.prepared_map.map is session.maps[1].map, timeout=LONG)
    session.select_map(0)
    qtbot.waitUntil(lambda: window.display.prepared_map.map is session.maps[0].map, timeout=LONG)
    qtbot.keyClick(window.maps_dock.map_list, Qt.Key.Key_Space)
    assert not session.maps[0].visible
    assert window.display.prepared_map is None
    qtbot.keyClick(window.maps_dock.map_list, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: window.display.prepared_map is not None, timeout=LONG)
    qtbot.keyClick(window.maps_dock.map_list, Qt.Key.Key_Delete)
    assert len(session.maps) == 1
    qtbot.waitUntil(lambda: window.display.prepared_map.map is session.maps[0].map, timeout=LONG)


def test_every_action_has_a_name_and_no_two_share_a_shortcut(make_window: MakeWindow) -> None:
    window = make_window()
    keys = [action.shortcut().toString() for action in window.actions() if not action.shortcut().isEmpty()]
    assert len(keys) == len(set(keys))
    assert all(action.text() for action in window.actions())


def test_panels_can_be_moved_and_hidden(make_window: MakeWindow) -> None:
    wanted = (
        QDockWidget.DockWidgetFeature.DockWidgetMovable
        | QDockWidget.DockWidgetFeature.DockWidgetFloatable
        | QDockWidget.DockWidgetFeature.DockWidgetClosable
    )
    assert all(dock.features() == wanted for dock in make_window().docks)


def test_a_map_without_a_place_in_space_is_told(
    qtbot: QtBot, make_window: MakeWindow, scan_file: Path, map_file: Path
) -> None:
    window = make_window()
    opened(qtbot, window, scan_file, map_file)
    window.session.add_map(Map(np.ones((4, 4), np.float32), None, "nowhere"))
    qtbot.waitUntil(lambda: bool(window.file_actions.error_boxes), timeout=LONG)
    assert "nowhere has no 3D spatial grid" in window.file_actions.error_boxes[0].text()


def test_a_layer_can_be_chosen_where_the_method_takes_one(
    qtbot: QtBot, make_window: MakeWindow, scan_file: Path, model_file: Path
) -> None:
    window = make_window()
    opened(qtbot, window, scan_file, model=model_file)
    dock = window.method_dock
    dock.choose_method("gradient")
    assert dock.layer is None
    dock.choose_method("grad-cam")
    dock.choose_layer("conv2")
    dock.compute()
    qtbot.waitUntil(lambda: not window.controller.is_computing, timeout=LONG)
    assert not window.file_actions.error_boxes
    assert window.session.current_layer.map.provenance.layer == "conv2"


def test_a_session_is_saved_and_opened_again_as_it_was(
    qtbot: QtBot, make_window: MakeWindow, scan_file: Path, map_file: Path, model_file: Path, tmp_path: Path
) -> None:
    first = make_window()
    opened(qtbot, first, scan_file, map_file, map_file, model=model_file)
    first.session.select_map(0)
    first.session.change(glass=True, crosshair=(3.0, 6.0, 9.0), convention=Convention.RADIOLOGICAL)
    path = tmp_path / "work.session.json"
    with qtbot.waitSignal(first.controller.message, timeout=LONG):
        first.controller.save_session(path)
    second = make_window()
    second.controller.open_any([path])
    qtbot.waitUntil(lambda: second.session.prediction is not None, timeout=LONG)
    assert second.session.view == first.session.view
    assert second.session.scan.hash == first.session.scan.hash
    assert [layer.map.name for layer in second.session.maps] == ["some_relevance"] * 2
    assert second.session.current == 0
    assert second.session.model.hash == first.session.model.hash
    assert not second.file_actions.error_boxes


def test_a_session_whose_scan_has_changed_is_refused(
    qtbot: QtBot, make_window: MakeWindow, scan_file: Path, tmp_path: Path
) -> None:
    image = nibabel.load(scan_file)
    scan = tmp_path / "head.nii.gz"
    nibabel.save(image, scan)
    window = make_window()
    opened(qtbot, window, scan)
    path = tmp_path / "work.session.json"
    with qtbot.waitSignal(window.controller.message, timeout=LONG):
        window.controller.save_session(path)
    kept = window.session.scan
    nibabel.save(nibabel.Nifti1Image(image.get_fdata(dtype=np.float32)[::-1], image.affine), scan)
    window.controller.open_session(path)
    qtbot.waitUntil(lambda: bool(window.file_actions.error_boxes), timeout=LONG)
    assert "has changed" in window.file_actions.error_boxes[0].text()
    assert window.session.scan is kept


def test_the_figure_of_the_window_is_written(
    qtbot: QtBot, make_window: MakeWindow, scan_file: Path, map_file: Path, tmp_path: Path
) -> None:
    from PySide6.QtGui import QImage

    window = make_window()
    opened(qtbot, window, scan_file, map_file)
    window.session.change(theme=Theme.LIGHT)
    path = tmp_path / "figure.png"
    with qtbot.waitSignal(window.controller.message, timeout=LONG):
        window.controller.save_figure(path, FigureOptions((320, 240), 300, Theme.DARK, False))
    image = QImage(str(path))
    assert (image.width(), image.height()) == (320, 240)
    assert image.dotsPerMeterX() == pytest.approx(300 / 0.0254, abs=1)
    assert image.pixelColor(3, 3).lightness() < 60
    assert window.session.view.theme is Theme.LIGHT


def test_notes_on_a_scan_can_be_read(qtbot: QtBot, make_window: MakeWindow, tmp_path: Path) -> None:
    data = np.ones((9, 9, 9), np.float32)
    data[4, 4, 4] = np.nan
    path = tmp_path / "spoiled.nii.gz"
    nibabel.save(nibabel.Nifti1Image(data, np.eye(4)), path)
    window = make_window()
    opened(qtbot, window, path)
    window.statusBar().show_notes()
    boxes = window.statusBar().findChildren(QMessageBox)
    assert len(boxes) == 1
    assert "1 voxel was not a number (NaN)" in boxes[0].text()
    boxes[0].close()


def test_a_closed_window_and_what_it_showed_are_let_go(qtbot: QtBot, scan_file: Path, map_file: Path) -> None:
    from viewer.scene.box import BoxScene

    def used() -> list[weakref.ref[object]]:
        session = Session()
        window = MainWindow(session, Controller(session, "cpu"))
        window.build()
        window.show()
        window.box.start(BoxScene)
        window.method_dock.fill_methods()
        opened(qtbot, window, scan_file, map_file)
        kept = [session, window, window.display.prepared_map, session.scan, window.box]
        window.close()
        window.deleteLater()
        return [weakref.ref(one) for one in kept]

    gone = used()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    assert [one() for one in gone] == [None] * len(gone)


@pytest.mark.filterwarnings("ignore::DeprecationWarning:torch")
def test_a_file_that_runs_code_is_asked_about_first(
    qtbot: QtBot, make_window: MakeWindow, scan_file: Path, tmp_path: Path
) -> None:
    import torch

    class Mean(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x.mean(dim=(2, 3, 4)).repeat(1, 2)

    path = tmp_path / "script.pt"
    torch.jit.trace(Mean(), torch.zeros(1, 1, 6, 6, 6)).save(path)
    card = {
        "name": "Mean",
        "classes": ["a", "b"],
        "input": {"placement": "field-of-view", "shape": [6, 6, 6], "intensity": {"scaling": "none"}},
    }
    (tmp_path / "script.card.json").write_text(json.dumps(card))
    window = make_window()
    opened(qtbot, window, scan_file)

    def open_untrusted() -> QMessageBox:
        with qtbot.waitSignal(window.controller.trust_needed, timeout=LONG):
            window.controller.open_model(path)
        return window.findChildren(QMessageBox)[-1]

    question = open_untrusted()
    assert "TorchScript" in question.text()
    assert question.defaultButton().text() == "Cancel"
    question.defaultButton().click()
    assert window.session.model is None
    assert not window.controller.tasks
    question = open_untrusted()
    trusted = next(button for button in question.buttons() if button.text() == "Trust and open")
    trusted.click()
    qtbot.waitUntil(lambda: window.session.prediction is not None, timeout=LONG)
    assert window.session.model.card.name == "Mean"


def test_everything_can_be_found_by_its_name(
    qtbot: QtBot, make_window: MakeWindow, scan_file: Path, map_file: Path, model_file: Path
) -> None:
    window = make_window()
    opened(qtbot, window, scan_file, map_file, map_file, model=model_file)
    search = CommandPalette(window.menus.entries(), window)
    qtbot.addWidget(search)
    search.show()
    line = search.findChild(QLineEdit)
    qtbot.keyClicks(line, "guided back")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert window.method_dock.method == "guided-backprop"
    assert search.result() == CommandPalette.DialogCode.Accepted

    def first(words: str) -> PaletteEntry:
        return filter_entries(window.menus.entries(), words)[0]

    first("conv3").run()
    window.method_dock.choose_method("grad-cam")
    first("conv3").run()
    assert window.method_dock.layer == "conv3"
    window.session.select_map(0)
    filter_entries(window.menus.entries(), "relevance map")[1].run()
    assert window.session.current == 1
    first("swap left and right").run()
    assert window.session.view.convention is Convention.RADIOLOGICAL
    assert not filter_entries(window.menus.entries(), "no such thing")


def test_files_that_were_opened_are_offered_again(
    qtbot: QtBot, scan_file: Path, map_file: Path, tmp_path: Path
) -> None:
    settings = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
    session = Session()
    window = MainWindow(session, Controller(session, "cpu"), settings)
    qtbot.addWidget(window)
    window.build()
    opened(qtbot, window, scan_file, map_file)
    window.controller.open_scan(scan_file)
    qtbot.waitUntil(lambda: window.file_actions.recent_files[0] == str(scan_file), timeout=LONG)
    assert window.file_actions.recent_files == [str(scan_file), str(map_file)]
    window.controller.open_scan(tmp_path / "gone.nii.gz")
    qtbot.waitUntil(lambda: bool(window.file_actions.error_boxes), timeout=LONG)
    assert window.file_actions.recent_files == [str(scan_file), str(map_file)]
    window.shut_down()


def test_a_folder_of_dicom_can_be_chosen_and_is_offered_again(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
    session = Session()
    window = MainWindow(session, Controller(session, "cpu"), settings)
    qtbot.addWidget(window)
    window.build()
    chosen: list[Path] = []
    monkeypatch.setattr(window.controller, "open_scan", chosen.append)
    monkeypatch.setattr("PySide6.QtWidgets.QFileDialog.getExistingDirectory", lambda *_: str(tmp_path))
    window.file_actions.open_folder()
    assert chosen == [tmp_path]
    window.controller.opened.emit(tmp_path)
    assert window.file_actions.recent_files == [str(tmp_path.resolve())]
    window.shut_down()


def test_every_editor_and_view_has_a_name_for_a_screen_reader(make_window: MakeWindow) -> None:
    window = make_window()
    labelled = {label.buddy() for label in window.findChildren(QLabel) if label.buddy() is not None}
    nameless = [
        widget
        for widget in window.findChildren(QWidget)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget.isVisibleTo(window)
        and not isinstance(widget.parent(), QAbstractSpinBox)
        and not widget.accessibleName()
        and not (isinstance(widget, QAbstractButton) and (widget.text() or widget.toolTip()))
        and widget not in labelled
    ]
    assert not nameless
