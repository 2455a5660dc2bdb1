"""A study from its table to the bodies, driven as a person drives it; what is wrong is told in one line."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QFileDialog, QPushButton, QRadioButton
from pytestqt.qtbot import QtBot
from sklearn.metrics import roc_auc_score

from tests.window import study_cases as cases
from tests.window.conftest import MakeWindow
from viewer.methods.morch_1995.study_plan import StudyPlan
from viewer.models.loading import load_model
from viewer.models.training.morch.training_options import TrainingOptions
from viewer.scans.load import load_map, load_scan
from viewer.scans.scan_table import ScanTable
from viewer.scans.simulated_studies.study import FINGERS, SACCADES
from viewer.session.session_io import read_session, save_session
from viewer.session.study_config import read_study_table
from viewer.session.view import Theme
from viewer.window.main import MainWindow

LONG = 60_000
QUICK = StudyPlan(recipe=TrainingOptions(hidden=2), approximations=())


@pytest.fixture(scope="module")
def saccades(tmp_path_factory: pytest.TempPathFactory) -> ScanTable:
    return cases.study_table(SACCADES, tmp_path_factory.mktemp("saccades"))


@pytest.fixture(scope="module")
def fingers(tmp_path_factory: pytest.TempPathFactory) -> ScanTable:
    return cases.study_table(FINGERS, tmp_path_factory.mktemp("fingers"))


def trained(
    qtbot: QtBot, window: MainWindow, path: Path, plan: StudyPlan = QUICK, folder: Path | None = None
) -> None:
    """Train a table, and wait until its map is in the box."""
    dock = window.study_dock
    dock.start(read_study_table(path), plan, folder)
    assert dock.runner.is_running
    qtbot.waitUntil(lambda: not dock.runner.is_running, timeout=LONG)
    qtbot.waitUntil(lambda: shown(window) is dock.runner.map(dock.approximations.selected), timeout=LONG)


def shown(window: MainWindow) -> object:
    prepared = window.display.prepared_map
    return None if prepared is None else prepared.map


def button(window: MainWindow, words: str) -> QPushButton:
    return next(one for one in window.study_dock.findChildren(QPushButton) if one.text().startswith(words))


@pytest.mark.slow
def test_from_the_menu_to_the_bodies(
    qtbot: QtBot, make_window: MakeWindow, saccades: ScanTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = make_window()
    dock, session = window.study_dock, window.session
    assert not dock.isVisible()
    action = next(one for one in window.actions() if one.text().replace("&", "").startswith("Study"))
    action.trigger()
    dialog = dock.dialog
    assert dialog.isVisible()
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(saccades.path), ""))
    dialog.ask_table()
    qtbot.waitUntil(
        lambda: dialog.study_table is not None and dialog.study_table.table_path is not None, timeout=LONG
    )
    qtbot.mouseClick(dialog.train_button, Qt.MouseButton.LeftButton)
    assert not dialog.isVisible()
    assert dock.isVisible()
    assert dock.runner.is_running
    qtbot.waitUntil(lambda: dock.runner.trained is not None, timeout=LONG)
    qtbot.waitUntil(lambda: shown(window) is not None, timeout=LONG)

    assert session.scan.name == "mean of study.tsv"
    found = session.current_layer.map
    assert found.provenance.parameters["accuracy"] == "exact"
    assert found.provenance.model["name"] == "study.tsv"
    truth = load_scan(saccades.path.parent / "truth.nii.gz").data > 0
    assert found.data[truth].mean() > 5 * found.data[~truth].mean()
    # The slices go through the highest voxel.
    place = tuple(round(n) for n in found.grid.to_voxel(session.crosshair))
    assert found.data[place] == found.data.max()

    left_out = dock.runner.trained.analysis.cross_validation
    assert not dock.map_selector.score_text
    assert (
        f"Held-out subjects: error {left_out.cost:.3g}, correlation {left_out.score:.3f}"
        in dock.fit_view.text
    )
    assert not window.file_actions.error_boxes


@pytest.mark.slow
def test_switching_the_accuracy_swaps_what_is_shown_and_keeps_every_map(
    qtbot: QtBot, make_window: MakeWindow, saccades: ScanTable
) -> None:
    window = make_window()
    dock, session = window.study_dock, window.session
    trained(qtbot, window, saccades.path)
    exact = session.current_layer.map
    errors = dock.runner.trained.analysis.saliency.errors
    for name, sign in (("first-order", "f₁"), ("second-order", "f₂"), ("second-order-cross", "f")):
        assert dock.approximations.error_text(name) == f"{sign} = {errors[name]:.2g}"
        dock.findChild(QRadioButton, name).click()
        # It was there: nothing is computed.
        assert not dock.runner.is_running
        assert session.current_layer.map is dock.runner.map(name)
        qtbot.waitUntil(lambda name=name: shown(window) is dock.runner.map(name), timeout=LONG)
        difference = session.current_layer.map.data - exact.data
        kept = float((difference.astype(float) ** 2).sum() / (exact.data.astype(float) ** 2).sum())
        # Negative values are zero in the maps, and not in f.
        assert kept <= errors[name] * (1 + 1e-3)

    assert dock.approximations.error_text("retrained") == ""
    dock.findChild(QRadioButton, "retrained").click()
    assert dock.runner.is_running
    assert session.current_layer.map is dock.runner.map("second-order-cross")
    qtbot.waitUntil(lambda: shown(window) is dock.runner.map("retrained"), timeout=LONG)
    check = dock.runner.trained.analysis.saliency.refit_check
    assert dock.approximations.error_text("retrained") == f"r = {check.correlation:.4f}"
    assert check.correlation > 0.99

    dock.findChild(QRadioButton, "exact").click()
    assert session.current_layer.map is exact
    assert len(session.maps) == 5
    # A map of the list marks its accuracy; one that was removed comes back.
    session.select_map(1)
    assert dock.approximations.selected == "first-order"
    session.remove_map(0)
    dock.show_approximation("exact")
    assert session.current_layer.map is exact


def test_a_simulated_study_is_called_simulated_and_shown_over_the_template(
    qtbot: QtBot, make_window: MakeWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("viewer.scans.simulated_studies.study.find_study", cases.small_study)
    window = make_window()
    dock, session = window.study_dock, window.session
    dock.open_dialog()
    dialog = dock.dialog
    dialog.source_combo.setCurrentIndex(dialog.source_combo.findData("fingers"))
    qtbot.waitUntil(lambda: dialog.study_table is not None and bool(dialog.study_table.classes), timeout=LONG)
    dialog.request_training()
    qtbot.waitUntil(lambda: not dock.runner.is_running, timeout=LONG)
    qtbot.waitUntil(lambda: shown(window) is dock.runner.map("exact"), timeout=LONG)
    assert session.scan.name == "mni152"
    made = session.current_layer.map.provenance
    assert made.model["name"].startswith("Simulated")
    assert any("simulated" in note for note in made.notes)
    assert "accuracy" in dock.fit_view.text
    assert "active" not in dock.fit_view.text
    truth = load_scan(dock.runner.trained.study_table.table_path.parent / "truth.nii.gz").data > 0
    mask = dock.runner.trained.analysis.cohort.matrix.mask
    area = roc_auc_score(truth[mask], session.current_layer.map.data[mask])
    assert dock.map_selector.score_text.startswith(f"Simulated effect: AUC {area:.3f}, ")
    assert area > 0.9

    # Its scans lie in files now: they are not simulated again, and one can be looked at.
    qtbot.waitUntil(
        lambda: dialog.study_table is not None and dialog.study_table.table_path is not None, timeout=LONG
    )
    assert dialog.study_table.title.startswith("Simulated")
    dialog.table.activated.emit(dialog.scan_model.index(3, 0))
    qtbot.waitUntil(lambda: session.scan.name == dialog.study_table.scans[3].name, timeout=LONG)
    dock.map_selector.underlay_combo.setCurrentIndex(1)
    dock.show_underlay()
    qtbot.waitUntil(lambda: session.scan.name == "mean of simulated fingers", timeout=LONG)
    assert "simulated" in session.scan.notes[0]

    button(window, "Use").click()
    qtbot.waitUntil(lambda: session.prediction is not None, timeout=LONG)
    assert session.model.card.name == "simulated-fingers"
    assert "simulated" in session.model.card.description
    assert session.model.card.classes == ("active", "rest")
    qtbot.waitUntil(lambda: not window.controller.tasks, timeout=LONG)
    place = Path(dock.runner.trained.folder)
    assert place.is_dir()
    dock.shut_down()
    assert not place.exists()


def test_closing_asks_about_a_network_that_is_in_no_file(
    qtbot: QtBot,
    make_window: MakeWindow,
    saccades: ScanTable,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    window = make_window()
    trained(qtbot, window, saccades.path)
    qtbot.waitUntil(lambda: not window.controller.tasks, timeout=LONG)

    def press(words: str) -> None:
        box = window.unsaved_work.question_dialog
        found = [one for one in box.findChildren(QPushButton) if one.text().replace("&", "") == words]
        assert len(found) == 1
        qtbot.mouseClick(found[0], Qt.MouseButton.LeftButton)

    # First the maps, which a session holds, then the network, which it does not.
    window.close()
    assert "not saved" in window.unsaved_work.question_dialog.informativeText()
    press("Discard")
    qtbot.waitUntil(lambda: window.unsaved_work.question_dialog is not None, timeout=LONG)
    assert "network" in window.unsaved_work.question_dialog.text()
    assert window.isVisible()
    press("Cancel")
    assert window.isVisible()
    told = tmp_path / "mine.safetensors"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(told), ""))
    window.close()
    press("Discard")
    qtbot.waitUntil(lambda: window.unsaved_work.question_dialog is not None, timeout=LONG)
    press("Save network …")
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=LONG)
    assert load_model(told).card.name == "mine"


def test_a_folder_of_ones_own_keeps_everything(
    qtbot: QtBot,
    make_window: MakeWindow,
    saccades: ScanTable,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    window = make_window()
    dock = window.study_dock
    trained(qtbot, window, saccades.path, replace(QUICK, negative="keep"), tmp_path / "kept")
    told = tmp_path / "mine"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(told), ""))
    with qtbot.waitSignal(window.controller.message, timeout=LONG):
        button(window, "Save").click()
    model = load_model(tmp_path / "mine.safetensors")
    assert model.card.name == "mine"
    exact = window.session.current_layer.map
    assert exact.provenance.parameters["negative"] == "keep"
    qtbot.waitUntil(lambda: not window.controller.tasks, timeout=LONG)
    session_file = tmp_path / "s.session.json"
    save_session(window.session, session_file)
    mean = read_session(session_file).scan
    assert load_scan(mean.path).hash == mean.hash
    window.shut_down()
    assert (tmp_path / "kept" / "network.safetensors").is_file()
    kept = load_map(tmp_path / "kept" / "saliency-exact.nii.gz")
    np.testing.assert_array_equal(kept.data, exact.data)
    assert dock.runner.trained is not None


def test_a_table_among_the_files_opens_the_dialog(
    qtbot: QtBot, make_window: MakeWindow, saccades: ScanTable
) -> None:
    window = make_window()
    opened: list[object] = []
    window.controller.opened.connect(opened.append)
    window.controller.open_any([saccades.path])
    dialog = window.study_dock.dialog
    qtbot.waitUntil(
        lambda: dialog.study_table is not None and dialog.study_table.table_path is not None, timeout=LONG
    )
    assert dialog.isVisible()
    assert dialog.study_table.table_path == saccades.path
    assert opened == [saccades.path]


def test_cancelling_keeps_what_is_there(
    qtbot: QtBot, make_window: MakeWindow, saccades: ScanTable, fingers: ScanTable
) -> None:
    window = make_window()
    dock, session = window.study_dock, window.session
    trained(qtbot, window, saccades.path)
    before, maps = dock.runner.trained, session.maps
    dock.start(read_study_table(fingers.path), QUICK)
    dock.start(read_study_table(fingers.path), QUICK)
    cancel = dock.findChild(QPushButton, "cancel-study")
    assert cancel.isVisible()
    assert not button(window, "Set up").isEnabled()
    cancel.click()
    qtbot.waitUntil(lambda: not dock.runner.is_running, timeout=LONG)
    assert not cancel.isVisible()
    assert button(window, "Set up").isEnabled()
    assert dock.runner.trained is before
    assert session.maps == maps
    assert not window.file_actions.error_boxes


def test_progress_says_what_is_done_and_the_fit_is_there_before_the_maps(
    qtbot: QtBot, make_window: MakeWindow, saccades: ScanTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    from viewer.methods.morch_1995 import pipeline as analysis

    reached, go_on = threading.Event(), threading.Event()
    real = analysis.add_maps

    def slow(*arguments: object) -> object:
        reached.set()
        go_on.wait(60)
        return real(*arguments)

    monkeypatch.setattr(analysis, "add_maps", slow)
    window = make_window()
    dock = window.study_dock
    heard: list[str] = []
    dock.runner.progress_changed.connect(lambda step: heard.append(step.message))
    dock.start(read_study_table(saccades.path), QUICK)
    qtbot.waitUntil(reached.is_set, timeout=LONG)
    qtbot.waitUntil(lambda: "Held-out subjects" in dock.fit_view.text, timeout=LONG)
    assert dock.fit_view.isVisible()
    assert dock.runner.map("exact") is None
    dock.findChild(QRadioButton, "exact").click()
    go_on.set()
    qtbot.waitUntil(lambda: shown(window) is not None, timeout=LONG)
    assert any("run-" in words for words in heard)


@pytest.mark.slow
def test_what_cannot_be_trained_is_one_line_and_nothing_is_lost(
    qtbot: QtBot, make_window: MakeWindow, fingers: ScanTable, tmp_path: Path
) -> None:
    window = make_window()
    dock, session = window.study_dock, window.session
    trained(qtbot, window, fingers.path)
    before, maps = dock.runner.trained, session.maps
    for number, (change, plan, says) in enumerate(cases.untrainable(fingers, QUICK, tmp_path)):
        folder = tmp_path / f"{number}"
        folder.mkdir()
        dock.start(read_study_table(cases.rewritten(fingers, change, folder)), plan)
        qtbot.waitUntil(lambda: bool(window.file_actions.error_boxes), timeout=LONG)
        line = window.file_actions.error_boxes[0].text()
        assert says in line
        assert "\n" not in line
        window.file_actions.error_boxes[0].close()
        assert not dock.runner.is_running
        assert dock.runner.trained is before
        assert session.maps == maps
    dock.show_approximation("first-order")
    assert session.current_layer.map is dock.runner.map("first-order")


def test_a_failure_after_the_fit_leaves_the_fit(
    qtbot: QtBot, make_window: MakeWindow, saccades: ScanTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    from viewer.errors import ModelError
    from viewer.methods.morch_1995 import pipeline as analysis

    def refuse(*_: object) -> None:
        raise ModelError("leave-one-subject-out", "without 's' y is the same for every scan")

    monkeypatch.setattr(analysis, "leave_one_subject_out", refuse)
    window = make_window()
    dock, session = window.study_dock, window.session
    dock.start(read_study_table(saccades.path), QUICK)
    qtbot.waitUntil(lambda: bool(window.file_actions.error_boxes), timeout=LONG)
    window.file_actions.error_boxes[0].close()
    assert dock.runner.trained.analysis.cross_validation is None
    assert "Held-out subjects" not in dock.fit_view.text
    dock.show_approximation("exact")
    qtbot.waitUntil(lambda: shown(window) is not None, timeout=LONG)
    assert session.current_layer.map is dock.runner.map("exact")


def test_every_part_has_a_name_in_both_themes(
    qtbot: QtBot, make_window: MakeWindow, saccades: ScanTable
) -> None:
    window = make_window()
    trained(qtbot, window, saccades.path)
    for theme in Theme:
        window.session.change(theme=theme)
        for one in window.study_dock.findChildren(QAbstractButton):
            if one.isVisible():
                assert one.text() or one.accessibleName() or one.objectName().startswith("qt_")
    assert window.study_dock.fit_view.plot.accessibleDescription()
    assert window.study_dock.map_selector.underlay_combo.accessibleName()
