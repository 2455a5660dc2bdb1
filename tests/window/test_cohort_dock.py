"""A cohort's folder in the window: participants, their maps, group maps, and one person among others."""

from __future__ import annotations

import json
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

import viewer
from tests.cohorts.cohort_files import write_head
from tests.window.controls import actions
from tests.window.window_driver import WindowDriver
from viewer.cli import main
from viewer.session.group_request import GroupQuestion
from viewer.session.view import Theme
from viewer.window.cohort_dock import CohortDock
from viewer.window.cohort_rows import format_probability
from viewer.window.dock_panel import as_sentence

LEFT, NO_KEYS = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture(scope="module")
def driver(
    qapp: object, scan_file: Path, model_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[WindowDriver]:
    found = WindowDriver(Theme.DARK, scan_file, model_file, tmp_path_factory.mktemp("maps"))
    found.window.resize(1280, 800)
    yield found
    found.close()


@pytest.fixture
def dock(driver: WindowDriver, cohort_results: Path) -> Iterator[CohortDock]:
    """The panel with the cohort's folder open."""
    driver.window.cohort_dock.open_folder(cohort_results)
    driver.rest()
    yield driver.window.cohort_dock
    driver.reset()


def cells(dock: CohortDock, column: str) -> list[str]:
    """Return what a column of the table shows."""
    model = dock.model
    titles = [model.headerData(n, Qt.Orientation.Horizontal) for n in range(model.columnCount())]
    place = titles.index(column)
    return [model.data(model.index(row, place)) for row in range(model.rowCount())]


def click(driver: WindowDriver, dock: CohortDock, label: str, keys: Qt.KeyboardModifier = NO_KEYS) -> None:
    """Click on a participant."""
    index = dock.model.index(dock.model.index_of(label), 0)
    dock.table.scrollTo(index)
    place = dock.table.visualRect(index).center()
    QTest.mouseClick(dock.table.viewport(), LEFT, keys, QPoint(6, place.y()))
    driver.rest()


def test_the_menu_opens_a_folder_and_the_table_shows_it(
    driver: WindowDriver, cohort_results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dock = driver.window.cohort_dock
    assert not dock.isVisible()
    assert "saliency-viewer cohort" in dock._about_label.text()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(cohort_results))
    actions(driver.window)["File > Open cohort folder"].trigger()
    driver.rest()
    assert dock.isVisible()
    assert cells(dock, "Participant") == [f"sub-0{n}" for n in range(1, 10)]
    assert cells(dock, "Map") == ["yes"] * 4 + ["failed"] + ["yes"] * 4
    assert cells(dock, "group")[:2] == ["control", "patient"]
    scan = viewer.load_scan(cohort_results.parent / "data" / "03.nii.gz")
    told = viewer.predict(viewer.load_model(cohort_results.parent / "small.safetensors"), scan)
    assert cells(dock, "P(patient)")[2] == f"{told.probabilities[1]:.3f}"
    assert "Participants: 9 of 9, 8 with a map" in dock._about_label.text()
    # A failed one says why, and opens nothing.
    before = driver.session.maps
    click(driver, dock, "sub-05")
    assert dock._detail_label.text().startswith("sub-05 failed: ")
    assert "05.nii.gz" in dock._detail_label.text()
    assert driver.session.maps == before


def test_columns_are_sorted_numbers_by_size(driver: WindowDriver, dock: CohortDock) -> None:
    header = dock.table.horizontalHeader()
    place = [dock.model.headerData(n, Qt.Orientation.Horizontal) for n in range(6)].index("P(patient)")
    dock.table.horizontalScrollBar().setValue(dock.table.horizontalScrollBar().maximum())
    spot = QPoint(header.sectionViewportPosition(place) + 8, header.height() // 2)
    for reverse in (False, True):
        QTest.mouseClick(header.viewport(), LEFT, NO_KEYS, spot)
        shown = [float(text) for text in cells(dock, "P(patient)") if text != "–"]
        assert shown == sorted(shown, reverse=reverse)
        assert cells(dock, "P(patient)")[-1] == "–"  # the failed one stays last
    assert [format_probability(value) for value in (1.0, 0.9999, 0.25, 0.0001, 0.0)] == [
        "> 0.999",
        "> 0.999",
        "0.250",
        "< 0.001",
        "< 0.001",
    ]
    dock.table.sortByColumn(0, Qt.SortOrder.AscendingOrder)


def test_filters_by_a_value_and_by_a_range(driver: WindowDriver, dock: CohortDock) -> None:
    box = dock.filter_box
    driver.choose(box.column_combo, 1)
    assert box.column_combo.currentText() == "group"
    driver.choose(box.value_combo, 1)
    assert driver.session.cohort.among == "group=patient"
    assert set(cells(dock, "group")) == {"patient"}
    driver.choose(box.column_combo, 2)
    for edit, text in ((box.min_edit, "62"), (box.max_edit, "64.5")):
        edit.setFocus()
        edit.selectAll()
        QTest.keyClicks(edit, text)
        QTest.keyClick(edit, Qt.Key.Key_Return)
    assert driver.session.cohort.among == "age=62..64.5"
    assert cells(dock, "age") == ["62", "63", "64"]
    assert "Participants: 3 of 9" in dock._about_label.text()
    driver.choose(box.column_combo, 0)
    assert len(cells(dock, "age")) == 9


@pytest.mark.slow
def test_the_nearest_scans_are_listed_and_a_click_opens_their_maps(
    driver: WindowDriver, dock: CohortDock, cohort_results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    button = dock._nearest_button
    driver.session.set_scan(None)
    dock.table.setCurrentIndex(dock.model.index(-1, 0))
    assert not button.isEnabled()
    assert button.toolTip() == "Select a participant, or open a scan"
    click(driver, dock, "sub-02")
    driver.click(button)
    expected = viewer.nearest("sub-02", cohort_results, method="gradient")
    names = [one.participant.label for one in expected.neighbours]
    assert cells(dock, "Participant") == ["sub-02", *names]
    assert cells(dock, "Distance") == ["itself", *(f"{one.distance:.3g}" for one in expected.neighbours)]
    assert dock._about_label.text().startswith(
        "Nearest to sub-02 of 7 scans, by the cosine of the inputs of head."
    )
    command = shlex.split(dock.nearest_command.command)
    assert dock.nearest_command.isVisible()
    assert main([*command[1:], "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)["nearest"]
    assert [one["participant"] for one in printed] == names
    click(driver, dock, names[0])
    assert driver.session.current_layer.file == expected.neighbours[0].map
    driver.click(button)
    assert len(cells(dock, "Participant")) == 9
    assert not dock.nearest_command.isVisible()
    # A filter of the list ends it.
    driver.click(button)
    driver.choose(dock.filter_box.column_combo, 1)
    driver.choose(dock.filter_box.value_combo, 1)
    assert not button.isChecked()
    assert set(cells(dock, "group")) == {"patient"}
    driver.choose(dock.filter_box.column_combo, 0)
    # A scan that is not a participant's: the network is run on it.
    other = write_head(cohort_results.parent / "other.nii.gz", 77)
    driver.session.set_scan(viewer.load_scan(other))
    dock.table.setCurrentIndex(dock.model.index(-1, 0))
    driver.click(button)
    found = viewer.nearest(other, cohort_results, method="gradient")
    assert cells(dock, "Participant") == [one.participant.label for one in found.neighbours]
    driver.click(button)
    assert not driver.failed


def test_enter_in_the_number_of_permutations_starts_nothing(driver: WindowDriver, dock: CohortDock) -> None:
    driver.click(dock._group_button)
    box = dock.dialog.permutations
    box.setFocus()
    box.selectAll()
    QTest.keyClicks(box, "7")
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert dock.dialog.isVisible()
    assert dock.dialog.make_request().permutations == 7
    assert not dock.runner.is_running
    driver.click(dock.dialog._close_button)


def test_why_there_are_no_nearest_scans_is_told(
    driver: WindowDriver, dock: CohortDock, cohort_results: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(cohort_results, tmp_path / "maps"))
    for path in folder.rglob("*_features.json"):
        path.unlink()
    dock.open_folder(folder)
    driver.rest()
    click(driver, dock, "sub-02")
    driver.click(dock._nearest_button)
    assert "has no features of scans from small" in driver.failed.pop()
    assert not dock._nearest_button.isChecked()
    assert len(cells(dock, "Participant")) == 9


@pytest.mark.slow
def test_a_click_and_enter_show_a_map_over_its_own_scan(driver: WindowDriver, dock: CohortDock) -> None:
    session, count = driver.session, len(driver.session.maps)
    click(driver, dock, "sub-02")
    layer = session.current_layer
    assert layer.file.name == "sub-02_desc-smallGradient_relevance.nii.gz"
    assert layer.visible
    assert session.scan.name == "02"
    assert session.cohort.participant == "sub-02"
    # The next one takes its place; with Ctrl, it comes beside it.
    driver.press(dock.table, Qt.Key.Key_Down)
    driver.press(dock.table, Qt.Key.Key_Return)
    assert session.scan.name == "03"
    assert len(session.maps) == count + 1
    click(driver, dock, "sub-04", Qt.KeyboardModifier.ControlModifier)
    assert len(session.maps) == count + 2
    driver.choose(dock.method, 1)
    click(driver, dock, "sub-04")
    assert session.current_layer.file.name == "sub-04_desc-smallInputTimesGradient_relevance.nii.gz"
    assert not driver.failed


@pytest.mark.slow
def test_a_scan_that_is_gone_is_told_and_the_map_is_shown(
    driver: WindowDriver, cohort_results: Path, tmp_path: Path
) -> None:
    home = tmp_path / "copy"
    shutil.copytree(cohort_results, home)
    for sidecar in home.rglob("sub-02*_relevance.json"):
        sidecar.write_text(sidecar.read_text().replace("data/02.nii.gz", "gone/02.nii.gz"))
    dock = driver.window.cohort_dock
    dock.open_folder(home)
    driver.rest()
    click(driver, dock, "sub-02")
    assert "the scan of sub-02 is no longer there" in dock._detail_label.text()
    assert driver.session.current_layer.file.is_relative_to(home)
    # It is in MNI space by its header, and is shown over the template.
    assert driver.session.scan.name == "mni152"
    assert driver.session.current_layer.visible
    driver.reset()


@pytest.mark.slow
def test_a_contrast_is_shown_as_the_command_makes_it(
    driver: WindowDriver, dock: CohortDock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver.click(dock._group_button)
    dialog = dock.dialog
    driver.choose(dialog.question_combo, dialog.question_combo.findData("contrast"))
    assert (dialog.first_group.currentText(), dialog.second_group.currentText()) == ("patient", "control")
    item = dialog.confounds.item(1)
    assert item.text() == "age"
    place = dialog.confounds.visualItemRect(item)
    QTest.mouseClick(dialog.confounds.viewport(), LEFT, NO_KEYS, QPoint(10, place.center().y()))
    dialog.permutations.setFocus()
    dialog.permutations.selectAll()
    QTest.keyClicks(dialog.permutations, "19")
    QTest.keyClick(dialog.permutations, Qt.Key.Key_Tab)
    assert dialog.permutations.value() == 19
    driver.click(dialog.compute_button)
    assert not dialog.isVisible()
    driver.rest()
    result = dock.runner.result
    assert result.effect == "mean of patient minus mean of control (group)"
    assert len(result.participants) == 8
    assert driver.session.current_layer.map is result.maps["t"]
    assert driver.session.current_layer.visible
    # The command makes the same maps.
    driver.click(dock.result.command_box.copy_button)
    command = shlex.split(QGuiApplication.clipboard().text())
    assert command[0] == "saliency-viewer"
    assert command[-1] == "group-patient-control"
    assert main([*command[1:-1], str(tmp_path / "by-command"), "--quiet"]) == 0
    written = viewer.load_map(tmp_path / "by-command_t.nii.gz")
    np.testing.assert_array_equal(written.data, result.maps["t"].data)
    # Another map of the result is chosen, and all are saved.
    maps = dock.result.map_combo
    driver.choose(maps, maps.findData("share"))
    assert driver.session.current_layer.map is result.maps["share"]
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "saved"), ""))
    driver.click(dock.result._save_button)
    saved = sorted(path.name for path in tmp_path.glob("saved_*.nii.gz"))
    assert saved == [f"saved_{name}.nii.gz" for name in sorted(result.maps)]
    assert [layer.map.name for layer in driver.session.maps if layer.is_unsaved] == []


@pytest.mark.slow
def test_a_mean_of_a_filter_and_a_slope(driver: WindowDriver, dock: CohortDock) -> None:
    driver.choose(dock.filter_box.column_combo, 1)
    driver.click(dock._group_button)
    dialog = dock.dialog
    driver.choose(dialog.question_combo, dialog.question_combo.findData("mean"))
    driver.choose(dialog.error_control, dialog.error_control.findData("FDR"))
    assert not dialog.permutations.isEnabled()
    request = dialog.make_request()
    assert request.among == "group=control"
    assert "--permutations 0" in dialog.command.command
    driver.click(dialog.compute_button)
    driver.rest()
    paths = sorted(
        dock.cohort_table.cohort_folder.derivatives.folder.rglob("*smallGradient_relevance.nii.gz")
    )
    own = [path for path in paths if path.name[4:6] in ("01", "03", "07", "09")]
    mean = np.mean([viewer.load_map(path).data.astype(float) for path in own], axis=0)
    np.testing.assert_allclose(driver.session.current_layer.map.data, mean, atol=1e-7)
    driver.click(dock._group_button)
    driver.choose(dialog.question_combo, dialog.question_combo.findData("slope"))
    assert [dialog.column_combo.itemText(n) for n in range(dialog.column_combo.count())] == ["age"]
    assert "--covariate age" in dialog.command.command
    dialog.confounds.item(1).setCheckState(Qt.CheckState.Checked)
    assert dialog._problem_label.text() == "age is tested and cannot be a confound."
    assert not dialog.compute_button.isEnabled()
    dialog.confounds.item(1).setCheckState(Qt.CheckState.Unchecked)
    driver.click(dialog._close_button)
    assert not dialog.isVisible()
    dock.pages.setCurrentIndex(0)
    driver.choose(dock.filter_box.column_combo, 0)


@pytest.mark.slow
def test_a_person_is_compared_with_controls(driver: WindowDriver, dock: CohortDock) -> None:
    click(driver, dock, "sub-04")
    driver.click(dock._compare_button)
    dialog = dock.dialog
    # What is called control is suggested, and said in the command.
    assert dialog.chosen_question is GroupQuestion.PERSON
    assert dialog.person_combo.currentText() == "sub-04"
    assert "--person sub-04 --among group=control" in dialog.command.command
    driver.click(dialog.compute_button)
    driver.rest()
    result = dock.runner.result
    assert result.effect == "sub-04 minus the mean of 4 others"
    expected = viewer.compare_with_group(
        dock.cohort_table.cohort_folder.derivatives.folder,
        "sub-04",
        among="group=control",
        method="gradient",
    )
    np.testing.assert_array_equal(driver.session.current_layer.map.data, expected.maps["z"].data)
    assert driver.view.threshold == viewer.Threshold("value", 1.959964)
    for sentence in expected.sentences():
        assert as_sentence(sentence) in dock.result.text


def test_an_analysis_that_cannot_be_done_is_told_in_one_line_and_keeps_the_result(
    driver: WindowDriver, dock: CohortDock
) -> None:
    before = dock.runner.result
    driver.click(dock._compare_button)
    dialog = dock.dialog
    driver.choose(dialog.person_combo, dialog.person_combo.findData("sub-02"))
    driver.choose(dialog.filter_box.value_combo, dialog.filter_box.value_combo.findText("patient"))
    driver.click(dialog.compute_button)
    driver.rest()
    assert driver.failed == ["group=patient: group=patient has 3 others to compare with. Choose 4 or more."]
    assert dock.runner.result is before
    assert dock._group_button.isEnabled()


def test_an_analysis_is_cancelled(driver: WindowDriver, dock: CohortDock) -> None:
    before = dock.runner.result
    driver.click(dock._group_button)
    dialog = dock.dialog
    driver.choose(dialog.question_combo, dialog.question_combo.findData("mean"))
    driver.choose(dialog.error_control, dialog.error_control.findData("TFCE"))
    dialog.permutations.setValue(1_000_000)
    QTest.mouseClick(dialog.compute_button, LEFT)
    driver.wait(lambda: "%" in dock._progress._progress_bar.format())
    assert dock._progress.isVisible()
    QTest.mouseClick(dock._progress.cancel_button, LEFT)
    driver.rest()
    assert not dock._progress.isVisible()
    assert dock.runner.result is before


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("cohort.json", "is not a cohort folder"),
        ("participants.tsv", "there is no such file"),
    ],
)
def test_a_broken_folder_is_told_in_one_line_and_nothing_is_lost(
    driver: WindowDriver, dock: CohortDock, cohort_results: Path, tmp_path: Path, name: str, problem: str
) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(cohort_results, broken)
    (broken / name).unlink()
    before = driver.session.cohort, dock.cohort_table, driver.session.maps
    dock.open_folder(broken)
    driver.rest()
    assert len(driver.failed) == 1
    assert problem in driver.failed[0]
    assert (driver.session.cohort, dock.cohort_table, driver.session.maps) == before


def test_a_session_says_if_its_cohort_is_gone_or_has_changed(
    driver: WindowDriver, dock: CohortDock, cohort_results: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(cohort_results, tmp_path / "maps"))
    dock.open_folder(folder)
    driver.rest()
    view = driver.session.cohort
    driver.session.set_cohort(None)
    with (folder / "participants.tsv").open("a") as file:
        file.write("sub-10\tcontrol\t70\n")
    driver.session.set_cohort(view)
    driver.wait(lambda: dock.cohort_table is not None)
    assert dock._problem_label.text() == "The cohort has changed since the session was saved."
    assert len(cells(dock, "Participant")) == 10
    view = driver.session.cohort
    driver.session.set_cohort(None)
    dock.hide()
    folder.rename(tmp_path / "elsewhere")
    driver.session.set_cohort(view)
    driver.wait(lambda: bool(dock._problem_label.text()))
    assert "there is no such folder. Open it from where it is now." in dock._problem_label.text()
    # A panel that was hidden, as in a window that opened no cohort before, would tell nobody.
    assert dock.isVisible()


@pytest.mark.parametrize("name", ["cohort.session.json", "cohort.session.zip"])
@pytest.mark.slow
def test_a_session_brings_the_panel_back(
    driver: WindowDriver, dock: CohortDock, tmp_path: Path, name: str
) -> None:
    click(driver, dock, "sub-06")
    driver.choose(dock.method, 1)
    driver.choose(dock.filter_box.column_combo, 1)
    driver.choose(dock.filter_box.value_combo, 1)
    saved = driver.session.cohort
    path = tmp_path / name
    driver.controller.save_session(path)
    driver.rest()
    driver.session.set_cohort(None)
    assert not dock.pages.isVisible()
    driver.controller.open_session(path, confirmed=True)
    driver.rest()
    driver.wait(lambda: dock.cohort_table is not None)
    assert driver.session.cohort == saved
    assert dock.method.currentText() == "input-times-gradient"
    assert dock.filter_box.filter_text == "group=patient"
    assert dock.model.participant_at(dock.table.currentIndex().row()).label == "sub-06"


@pytest.mark.slow
def test_a_map_of_one_s_own_is_compared_with_the_cohort(
    driver: WindowDriver, dock: CohortDock, tmp_path: Path
) -> None:
    folder = dock.cohort_table.cohort_folder
    first = folder.derivatives.map_path(folder.rows[1], "smallGradient")
    own = viewer.load_map(first).save(tmp_path / "own.nii.gz")
    driver.controller.open_map(own)
    driver.rest()
    driver.click(dock._compare_button)
    dialog = dock.dialog
    driver.choose(dialog.person_combo, 0)
    assert dialog.person_combo.currentText() == "Shown map (own.nii.gz)"
    assert f"--person {own}" in dialog.command.command
    driver.click(dialog.compute_button)
    driver.rest()
    assert dock.runner.result.effect == "own minus the mean of 4 others"
    assert driver.session.current_layer.map is dock.runner.result.maps["z"]
