"""The preparation panel: steps are run, cancelled, fail and are undone by its buttons; quality is seen."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import numpy.typing as npt
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from tests.window.conftest import MakeWindow
from tests.window.controls import actions
from viewer.errors import ScanError
from viewer.preparation import pipeline
from viewer.preparation.brain_mask import BrainMask
from viewer.preparation.prepared import Prepared
from viewer.preparation.template import Template, load_template
from viewer.progress import Progress
from viewer.scans.grid import Grid
from viewer.scans.load import load_scan
from viewer.scans.resample import resample
from viewer.scans.scan import Scan
from viewer.window.main import MainWindow
from viewer.window.palette_search import filter_entries
from viewer.window.preparation_rows import StepState
from viewer.window.preparation_tasks import PreparationStep

TIMEOUT_MS = 60_000
COARSE = Grid((48, 58, 48), np.array([[4.0, 0, 0, -94], [0, 4.0, 0, -130], [0, 0, 4.0, -78], [0, 0, 0, 1]]))
REAL_PREPARE = pipeline.prepare
ANGLE = np.deg2rad(12)
TO_SCAN = np.array(
    [
        [np.cos(ANGLE), -np.sin(ANGLE), 0, 7.0],
        [np.sin(ANGLE), np.cos(ANGLE), 0, -9.0],
        [0, 0, 0.95, 11.0],
        [0, 0, 0, 1],
    ]
)
"""From the template's mm to those of the tests' scan: a head that is turned and moved."""

Pixels = npt.NDArray[np.uint8]


@pytest.fixture(scope="module")
def template() -> Template:
    return load_template()


@pytest.fixture(scope="module")
def head(template: Template) -> tuple[Scan, BrainMask]:
    """The template's brain, turned and moved, in a bright scalp, 3 mm; and its brain mask."""
    grid = Grid((66, 76, 66), np.array([[3.0, 0, 0, -97], [0, 3.0, 0, -132], [0, 0, 3.0, -88], [0, 0, 0, 1]]))
    placed = Grid(template.grid.shape, TO_SCAN @ template.grid.affine)
    brain = resample(template.scan.data, placed, grid)
    inside = resample(template.brain_mask.astype(np.float32), placed, grid) > 0.5
    from scipy.ndimage import distance_transform_edt

    away = distance_transform_edt(~inside) * 3.0
    values = np.where(inside, 100 * brain, np.where((away > 9) & (away < 15), 90.0, 0.0))
    return Scan(values.astype(np.float32), grid, "head"), BrainMask(inside, grid, "known")


@pytest.fixture(scope="module")
def head_file(head: tuple[Scan, BrainMask], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("head") / "head.nii.gz"
    nibabel.save(nibabel.Nifti1Image(head[0].data, head[0].grid.affine), path)
    return path


@pytest.fixture
def preparing_model(model_file: Path, tmp_path: Path) -> Path:
    """The small network with a card that asks for an affine registration, and for no skull."""
    path = tmp_path / "small.pt"
    path.write_bytes(model_file.read_bytes())
    card = json.loads(model_file.with_name("small.card.json").read_text())
    card |= {"space": "affine", "skull": "removed", "bias_corrected": False}
    (tmp_path / "small.card.json").write_text(json.dumps(card))
    return path


class FakePrepare:
    """`prepare` with the known mask and transform in place of those that are found."""

    def __init__(self, mask: BrainMask) -> None:
        self.mask = mask
        self.matrix = np.asarray(np.linalg.inv(TO_SCAN))
        self.error: Exception | None = None
        self.given: list[dict[str, Any]] = []
        self.gate = threading.Event()
        self.gate.set()

    def __call__(
        self, scan: Scan, requirements: object, *, mask: Any, transform: Any, progress: Progress
    ) -> Prepared:
        self.given.append({"requirements": requirements, "mask": mask, "transform": transform})
        while not self.gate.is_set():
            progress.step(0.4, 1.0, "extracting the brain")
            time.sleep(0.01)
        if self.error is not None:
            raise self.error
        return REAL_PREPARE(
            scan,
            requirements,  # type: ignore[arg-type]
            mask=mask or self.mask,
            transform=self.matrix if transform is None else transform,
            grid=COARSE,
            progress=progress,
        )


@pytest.fixture
def prepare(monkeypatch: pytest.MonkeyPatch, head: tuple[Scan, BrainMask]) -> FakePrepare:
    fake = FakePrepare(head[1])
    monkeypatch.setattr(pipeline, "prepare", fake)
    return fake


@pytest.fixture
def window(
    make_window: MakeWindow, qtbot: QtBot, head_file: Path, preparing_model: Path, prepare: FakePrepare
) -> MainWindow:
    """A window with the raw head and the network that wants it prepared."""
    window = make_window()
    window.resize(1280, 800)
    window.controller.open_scan(head_file)
    window.controller.open_model(preparing_model)
    qtbot.waitUntil(lambda: window.session.prediction is not None, timeout=TIMEOUT_MS)
    window.preparation_dock.raise_()
    return window


def click(widget: QWidget) -> None:
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=QPoint(8, widget.height() // 2))


def run(window: MainWindow, qtbot: QtBot) -> Prepared:
    """Click Prepare, and wait for the prediction on the prepared scan."""
    before = window.session.preparation
    click(window.preparation_dock.start_button)
    qtbot.waitUntil(lambda: window.session.preparation is not before, timeout=TIMEOUT_MS)
    wait_for_prediction(window, qtbot)
    assert window.session.preparation is not None
    return window.session.preparation


def wait_for_prediction(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: window.session.prediction is not None, timeout=TIMEOUT_MS)
    qtbot.waitUntil(lambda: not window.controller.tasks, timeout=TIMEOUT_MS)


def states(window: MainWindow) -> dict[str, StepState]:
    return {str(step): row.state for step, row in window.preparation_dock.rows.items()}


def pixels(image: QImage) -> Pixels:
    shown = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(shown.constBits(), np.uint8).reshape(shown.height(), shown.bytesPerLine())
    return rows[:, : 3 * shown.width()].reshape(shown.height(), shown.width(), 3).copy()


def yellow(picture: Pixels) -> npt.NDArray[np.bool_]:
    """Where the template's outline is: red and green much brighter than blue."""
    red, green, blue = (picture[:, :, n].astype(int) for n in range(3))
    return (red > blue + 60) & (green > blue + 40)


def pink(picture: Pixels) -> npt.NDArray[np.bool_]:
    red, green, blue = (picture[:, :, n].astype(int) for n in range(3))
    return (red > green + 50) & (blue > green + 25)


def test_the_card_s_steps_are_ticked_and_run_and_the_network_is_shown_the_prepared_scan(
    window: MainWindow, qtbot: QtBot, prepare: FakePrepare
) -> None:
    dock = window.preparation_dock
    ticked = {str(step): row.check_box.isChecked() for step, row in dock.rows.items()}
    assert ticked == {"bias-field": False, "brain-mask": True, "registration": True, "skull": True}
    assert not dock.rows[PreparationStep.BRAIN_MASK].check_box.isEnabled()
    raw = window.session.prediction
    assert raw is not None
    assert not raw.preparation
    made = run(window, qtbot)
    assert states(window) == {
        "bias-field": StepState.IDLE,
        "brain-mask": StepState.DONE,
        "registration": StepState.DONE,
        "skull": StepState.DONE,
    }
    assert f"{made.mask.volume_ml:,.0f} ml" in dock.rows[PreparationStep.BRAIN_MASK].status_label.text()
    registration = dock.rows[PreparationStep.REGISTRATION].status_label.text()
    assert f"correlation {made.registration.correlation:.2f}" in registration
    assert " s" in registration.replace("\N{NO-BREAK SPACE}", " ")
    found = window.session.prediction
    assert found is not None
    assert found.preparation["affine"] == made.registration.matrix.tolist()
    assert found.logits != raw.logits
    assert dock._summary_label.text().startswith("Prepared.")
    assert dock._problems_label.isHidden()


@pytest.mark.slow
def test_a_map_of_the_prepared_scan_lies_on_the_scan_as_it_was_given(
    window: MainWindow, qtbot: QtBot
) -> None:
    made = run(window, qtbot)
    window.controller.compute("gradient", {}, None)
    qtbot.waitUntil(lambda: len(window.session.maps) == 1, timeout=TIMEOUT_MS)
    computed = window.session.maps[0].map
    assert computed.grid is not None
    assert computed.grid.same_as(window.session.scan.grid)
    assert computed.provenance.preparation["affine"] == made.registration.matrix.tolist()


def test_bias_field_is_added_by_its_box_and_reaches_the_preparation(
    window: MainWindow, qtbot: QtBot, prepare: FakePrepare
) -> None:
    dock = window.preparation_dock
    prepare.error = ScanError("head", "is not corrected here")
    for step in (PreparationStep.BIAS_FIELD, PreparationStep.SKULL):
        click(dock.rows[step].check_box)
    click(dock.start_button)
    qtbot.waitUntil(lambda: bool(prepare.given) and dock._job is None, timeout=TIMEOUT_MS)
    wanted = prepare.given[-1]["requirements"]
    assert (wanted.space, wanted.skull, wanted.bias_corrected) == ("affine", "either", True)
    click(dock.rows[PreparationStep.REGISTRATION].check_box)
    assert dock.requirements().space == "native"
    click(dock.rows[PreparationStep.BIAS_FIELD].check_box)
    # Nothing is ticked any more.
    assert not dock.start_button.isEnabled()


@pytest.mark.slow
def test_cancel_stops_it_at_once_and_keeps_what_was_prepared(
    window: MainWindow, qtbot: QtBot, prepare: FakePrepare
) -> None:
    dock, made = window.preparation_dock, run(window, qtbot)
    prediction = window.session.prediction
    prepare.gate.clear()
    click(dock.start_button)
    mask = dock.rows[PreparationStep.BRAIN_MASK]
    qtbot.waitUntil(lambda: "extracting" in mask.status_label.text().lower(), timeout=TIMEOUT_MS)
    assert mask.state is StepState.RUNNING
    assert "40" in mask.status_label.text()
    assert dock.rows[PreparationStep.SKULL].state is StepState.WAITING
    assert not dock.rows[PreparationStep.SKULL].check_box.isEnabled()
    assert dock.start_button.text() == "Cancel"
    click(dock.start_button)
    qtbot.waitUntil(lambda: dock.start_button.text() == "Prepare", timeout=5000)
    assert window.session.preparation is made
    assert window.session.prediction is prediction
    assert dock.rows[PreparationStep.SKULL].state is StepState.DONE


@pytest.mark.slow
def test_an_error_is_told_beside_its_step_and_keeps_what_was_prepared(
    window: MainWindow, qtbot: QtBot, prepare: FakePrepare
) -> None:
    dock, made = window.preparation_dock, run(window, qtbot)
    prepare.error = ScanError("head", "holds no brain that could be found")
    click(dock.start_button)
    mask = dock.rows[PreparationStep.BRAIN_MASK]
    qtbot.waitUntil(lambda: mask.state is StepState.FAILED, timeout=TIMEOUT_MS)
    assert "holds no brain that could be found" in mask.status_label.text()
    assert mask.status_label.text().startswith("✗")
    assert window.session.preparation is made
    # The panel says it; no dialog is in the way.
    assert not window.file_actions.error_boxes


@pytest.mark.slow
def test_one_step_is_undone_with_the_others_kept_and_all_of_them(
    window: MainWindow, qtbot: QtBot, prepare: FakePrepare
) -> None:
    dock, made = window.preparation_dock, run(window, qtbot)
    with_skull_removed = window.session.prediction
    click(dock.rows[PreparationStep.SKULL].undo_button)
    qtbot.waitUntil(lambda: window.session.preparation is not made, timeout=TIMEOUT_MS)
    wait_for_prediction(window, qtbot)
    again = window.session.preparation
    assert again.requirements.skull == "either"
    assert np.array_equal(again.registration.matrix, made.registration.matrix)
    assert again.mask is made.mask
    assert dock.rows[PreparationStep.SKULL].state is StepState.UNDONE
    assert dock.rows[PreparationStep.REGISTRATION].state is StepState.DONE
    assert window.session.prediction.logits != with_skull_removed.logits
    assert "not as this network requires" in dock._summary_label.text()
    click(dock.undo_button)
    wait_for_prediction(window, qtbot)
    assert window.session.preparation is None
    assert not window.session.prediction.preparation
    assert states(window)["registration"] is StepState.UNDONE
    assert dock.quality.isHidden()


def test_a_failed_registration_is_told_and_the_prediction_stays_cautioned(
    window: MainWindow, qtbot: QtBot, prepare: FakePrepare
) -> None:
    turned = np.diag([1.0, 1.0, -1.0, 1.0]) @ prepare.matrix
    turned[:3, :3] = np.diag([-1.0, 1.0, 1.0]) @ turned[:3, :3]
    prepare.matrix = turned
    made = run(window, qtbot)
    assert made.problems
    dock = window.preparation_dock
    assert dock._problems_label.text().startswith("Caution: ")
    assert "registration failed" in dock._problems_label.text().lower()
    assert dock._summary_label.text() == "Prepared, but not reliable: registration failed."
    assert "✗ Correlation with the template" in dock.quality._numbers_label.text()
    report = window.session.prediction.fit
    assert report.verdict in ("caution", "unfit")
    assert any(one.name == "preparation" and one.verdict != "ok" for one in report.checks)


def test_all_slices_of_the_picture_are_seen_in_a_small_window(window: MainWindow, qtbot: QtBot) -> None:
    window.resize(1280, 800)
    dock, picture = window.preparation_dock, window.preparation_dock.quality.picture_view
    run(window, qtbot)
    qtbot.waitUntil(lambda: picture.picture is not None, timeout=TIMEOUT_MS)
    viewport = dock.area.viewport()
    qtbot.waitUntil(
        lambda: (
            picture.mapTo(viewport, QPoint(0, 0)).y() >= 0
            and picture.mapTo(viewport, QPoint(0, picture.height())).y() <= viewport.height()
        ),
        timeout=TIMEOUT_MS,
    )
    assert picture.height() >= 150
    painted = pixels(picture.grab().toImage())
    columns = np.flatnonzero((painted.max(axis=2) > 60).any(axis=0))
    assert abs(columns[0] + columns[-1] - painted.shape[1]) < 0.1 * painted.shape[1]  # in the middle
    rows = np.flatnonzero(yellow(painted).any(axis=1))
    assert rows[0] < painted.shape[0] / 3
    assert rows[-1] > painted.shape[0] / 2


@pytest.mark.slow
def test_the_pictures_show_what_they_say(window: MainWindow, qtbot: QtBot) -> None:
    quality = window.preparation_dock.quality
    run(window, qtbot)
    qtbot.waitUntil(lambda: quality.picture_view.image is not None, timeout=TIMEOUT_MS)
    outline = pixels(quality.picture_view.image)
    assert yellow(outline).sum() > 300
    assert not pink(outline).any()
    quality.kind_combo.setFocus()
    with qtbot.waitSignal(quality.picture_view.picture_shown, timeout=TIMEOUT_MS):
        QTest.keyClick(quality.kind_combo, Qt.Key.Key_End)
    assert quality.kind_combo.currentText() == "Brain mask"
    mask = pixels(quality.picture_view.image)
    assert pink(mask).sum() > 200
    assert not yellow(mask).any()
    with qtbot.waitSignal(quality.picture_view.picture_shown, timeout=TIMEOUT_MS):
        QTest.keyClick(quality.kind_combo, Qt.Key.Key_Up)
    assert quality.kind_combo.currentText() == "Checkerboard"
    board = pixels(quality.picture_view.image)
    blueish = (board[:, :, 2].astype(int) > board[:, :, 0] + 25).mean()
    # Half of the brain, which is a third of the picture.
    assert 0.08 < blueish < 0.3
    assert all(
        quality._failures_label.text().count(word) for word in ("Upside down", "cut off", "Wrong mask")
    )
    quality.picture_view.setFocus()
    QTest.keyClick(quality.picture_view, Qt.Key.Key_Return)
    dialogs = [
        one for one in window.findChildren(QWidget) if type(one).__name__ == "PreparationPictureDialog"
    ]
    large = dialogs[0].view  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: large.picture is not None, timeout=TIMEOUT_MS)
    assert large.image.width() > quality.picture_view.image.width() * 1.5
    dialogs[0].close()


def outline_distance(picture: Pixels, expected: npt.NDArray[np.float64]) -> float:
    """Return how far the yellow pixels are from points (x, y), in pixels, all but the farthest 2 %."""
    rows, columns = np.nonzero(yellow(picture))
    found = np.stack([columns, rows], axis=1)
    away = np.sqrt(((found[:, None] - expected[None]) ** 2).sum(-1)).min(axis=1)
    return float(np.percentile(away, 98))


@pytest.mark.slow
def test_the_outline_lies_where_the_template_s_brain_is_on_the_person_s_own_head(
    window: MainWindow, qtbot: QtBot, template: Template
) -> None:
    made = run(window, qtbot)
    dock, view = window.preparation_dock, window.slices[2]
    before = pixels(view.grab().toImage())
    assert not yellow(before).any()
    dock.area.ensureWidgetVisible(dock.outline_boxes["template_outline"])
    click(dock.outline_boxes["template_outline"])
    assert window.session.view.template_outline
    qtbot.waitUntil(lambda: window.outline_display.outlines is not None, timeout=TIMEOUT_MS)
    picture = pixels(view.grab().toImage())
    assert yellow(picture).sum() > 100
    plane, ratio = view.plane, view.devicePixelRatioF()
    index = plane.slice_index(window.session.crosshair)
    # The border of the template's brain in this slice, moved by the inverse of the registration.
    placed = Grid(template.grid.shape, made.registration.inverse @ template.grid.affine)
    inside = resample(template.brain_mask.astype(np.float32), placed, made.original.grid)[:, :, index] > 0.5
    from scipy.ndimage import binary_erosion

    border = np.argwhere(inside & ~binary_erosion(inside))
    world = made.original.grid.to_world(np.column_stack([border, np.full(len(border), index)]))
    places = np.array([view.to_widget(point).toTuple() for point in world]) * ratio
    voxel = 3.0 * (places.max() - places.min()) / (world.max() - world.min())
    assert outline_distance(picture, places) < 1.5 * voxel + 2
    # It is an outline all around, not a part of one.
    rows, columns = np.nonzero(yellow(picture))
    assert np.ptp(columns) == pytest.approx(np.ptp(places[:, 0]), abs=2 * voxel)
    assert np.ptp(rows) == pytest.approx(np.ptp(places[:, 1]), abs=2 * voxel)
    entry = actions(window)["View > Template outline on slices"]
    assert entry.isChecked()
    entry.trigger()
    assert not yellow(pixels(view.grab().toImage())).any()
    assert not dock.outline_boxes["template_outline"].isChecked()
    window.session.undo()
    assert yellow(pixels(view.grab().toImage())).sum() > 100


@pytest.mark.slow
def test_the_box_carries_the_outlines_on_its_walls(window: MainWindow, qtbot: QtBot) -> None:
    run(window, qtbot)
    qtbot.waitUntil(lambda: window.box.scene is not None and window.display.scan_data is not None)

    def shown() -> Pixels:
        qtbot.waitUntil(lambda: not window.controller.tasks, timeout=TIMEOUT_MS)
        return np.array(window.box.scene.render(500, 400, 2)[:, :, :3])

    before = shown()
    assert yellow(before).sum() < 5
    for name in ("View > Template outline on slices", "View > Brain mask on slices"):
        actions(window)[name].trigger()
    qtbot.waitUntil(lambda: window.outline_display.outlines is not None, timeout=TIMEOUT_MS)
    after = shown()
    assert yellow(after).sum() > 150
    assert pink(after).sum() > 60
    # On all three walls, each in its own part of the picture.
    rows, columns = np.nonzero(yellow(after))
    assert {(int(row > 230), int(column > 250)) for row, column in zip(rows, columns, strict=True)} >= {
        (0, 0),
        (0, 1),
    }
    window.preparation_dock.undo_all()
    wait_for_prediction(window, qtbot)
    assert np.array_equal(shown(), before)


def answer_dialogs(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_, **__: (str(path), ""))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_, **__: str(path))


@pytest.mark.slow
def test_mask_and_transform_are_saved_and_taken_from_files(
    window: MainWindow, qtbot: QtBot, prepare: FakePrepare, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dock, made = window.preparation_dock, run(window, qtbot)
    answer_dialogs(monkeypatch, tmp_path)
    dock.area.ensureWidgetVisible(dock.save_button)
    click(dock.save_button)
    folder = tmp_path / "head_preparation"
    qtbot.waitUntil(lambda: (folder / "head_preparation.json").exists(), timeout=TIMEOUT_MS)
    saved = np.asarray(nibabel.load(folder / "head_mask.nii.gz").dataobj) > 0
    assert np.array_equal(saved, made.mask.data)
    qtbot.waitUntil(lambda: not window.controller.tasks, timeout=TIMEOUT_MS)
    # Files of an earlier preparation are not replaced.
    click(dock.save_button)
    assert "already exists" in window.file_actions.error_boxes[0].text()
    window.file_actions.error_boxes[0].close()
    for button, name in (
        (dock.mask_button, "head_mask.nii.gz"),
        (dock.transform_button, "head_to-mni152.json"),
    ):
        answer_dialogs(monkeypatch, folder / name)
        click(button)
    again = run(window, qtbot)
    assert prepare.given[-1]["mask"] == folder / "head_mask.nii.gz"
    assert prepare.given[-1]["transform"] == folder / "head_to-mni152.json"
    assert "head_mask" in dock.rows[PreparationStep.BRAIN_MASK].status_label.text()
    assert np.allclose(again.registration.matrix, made.registration.matrix)
    assert np.array_equal(again.mask.data, made.mask.data)


def test_a_chosen_file_is_forgotten_by_undo(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dock = window.preparation_dock
    for button, step in (
        (dock.mask_button, PreparationStep.BRAIN_MASK),
        (dock.transform_button, PreparationStep.REGISTRATION),
    ):
        row = dock.rows[step]
        assert not row.undo_button.isVisibleTo(dock)
        answer_dialogs(monkeypatch, tmp_path / "given.file")
        click(button)
        assert row.status_label.text() == "From given.file"
        dock.area.ensureWidgetVisible(row.undo_button)
        click(row.undo_button)
        assert row.status_label.text() == ""
        assert not row.undo_button.isVisibleTo(dock)


@pytest.mark.slow
def test_another_scan_stops_the_preparation_and_forgets_it(
    window: MainWindow, qtbot: QtBot, prepare: FakePrepare, scan_file: Path
) -> None:
    dock = window.preparation_dock
    run(window, qtbot)
    prepare.gate.clear()
    click(dock.start_button)
    qtbot.waitUntil(lambda: dock._job is not None)
    old = window.session.scan
    window.controller.open_scan(scan_file)
    qtbot.waitUntil(lambda: window.session.scan is not old, timeout=TIMEOUT_MS)
    qtbot.waitUntil(lambda: dock._job is None, timeout=TIMEOUT_MS)
    assert window.session.preparation is None
    assert dock._summary_label.text().startswith("Not prepared")
    assert set(states(window).values()) == {StepState.IDLE}


def test_the_panel_is_found_by_search_and_by_its_key(
    window: MainWindow, qtbot: QtBot, prepare: FakePrepare
) -> None:
    found = filter_entries(window.menus.entries(), "prepare scan")
    assert found[0].name == "Prepare scan"
    assert any(one.kind == "panel" for one in filter_entries(window.menus.entries(), "prepare"))
    window.preparation_dock.hide()
    window.activateWindow()
    QTest.keyClick(
        window, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    )
    qtbot.waitUntil(lambda: window.session.preparation is not None, timeout=TIMEOUT_MS)
    assert window.preparation_dock.isVisible()


def test_without_a_scan_nothing_can_be_prepared(make_window: MakeWindow) -> None:
    dock = make_window().preparation_dock
    buttons = dock.findChildren(QPushButton)
    assert len(buttons) == 5
    assert not any(button.isEnabled() for button in buttons)
    assert dock._requirements_label.text() == "Open a scan to prepare it."


@pytest.mark.slow
def test_the_example_of_a_raw_head_is_prepared_for_its_network(
    make_window: MakeWindow, qtbot: QtBot, record_property: Callable[[str, object], None]
) -> None:
    pytest.importorskip("deepbet")
    window = make_window()
    actions(window)["File > Examples > Raw head: prepare it (simulated)"].trigger()
    qtbot.waitUntil(lambda: window.session.prediction is not None, timeout=120_000)
    assert window.session.scan.name == "simulated-head"
    assert window.session.prediction.fit.verdict != "ok"
    assert window.preparation_dock.isVisible()
    click(window.preparation_dock.start_button)
    qtbot.waitUntil(lambda: window.session.preparation is not None, timeout=400_000)
    wait_for_prediction(window, qtbot)
    made = window.session.preparation
    from viewer.scans.simulated_head import head_to_scanner

    points = load_template().grid.to_world(np.argwhere(load_template().brain_mask)[::997])
    moved = points @ (made.registration.matrix @ head_to_scanner())[:3, :3].T
    moved += (made.registration.matrix @ head_to_scanner())[:3, 3]
    assert np.linalg.norm(moved - points, axis=1).max() < 4.0
    assert not made.problems
    assert window.session.prediction.fit.verdict == "ok"


@pytest.mark.slow
def test_the_raw_head_is_a_built_in_scan_that_says_it_is_simulated() -> None:
    first, second = load_scan("simulated-head"), load_scan("simulated-head")
    assert first.hash == second.hash
    assert first.notes[0].startswith("Simulated: ")
