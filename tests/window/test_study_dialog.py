"""The dialog of a study: scans and design are shown, the form hands on its choices, errors name the row."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QPalette
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QSpinBox,
    QWidget,
)
from pytestqt.qtbot import QtBot

from tests.window import study_cases as cases
from viewer.methods.morch_1995.study_plan import StudyPlan
from viewer.scans.scan_table import ScanTable
from viewer.scans.simulated_studies.study import FINGERS
from viewer.session.study_config import StudyScan, StudyTable
from viewer.settings import settings_of, with_settings
from viewer.window.controller import Controller
from viewer.window.study_dialog import DesignPlot, StudyDialog
from viewer.window.study_form import PathComboBox, StudyForm
from viewer.window.study_results import FitPlot
from viewer.window.study_tasks import Predictions

LONG = 60_000
NO_MAPS = StudyPlan(approximations=())


@pytest.fixture(scope="module")
def fingers(tmp_path_factory: pytest.TempPathFactory) -> ScanTable:
    return cases.study_table(FINGERS, tmp_path_factory.mktemp("fingers"))


@pytest.fixture
def dialog(qtbot: QtBot, controller: Controller) -> StudyDialog:
    dialog = StudyDialog(controller)
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.read_scans()
    qtbot.waitUntil(lambda: dialog.study_table is not None, timeout=LONG)
    return dialog


def test_the_simulated_studies_are_offered_first_and_listed_without_simulating(dialog: StudyDialog) -> None:
    assert dialog.study_table.simulated_study == "saccades"
    assert dialog.scan_model.rowCount() == 64
    row = [dialog.scan_model.data(dialog.scan_model.index(63, column)) for column in range(3)]
    assert row == ["sub-08_run-08_pet", "sub-08", dialog.study_table.scans[63].y]
    assert "64 scans of 8 subjects: y from 0 to 1.75" in dialog.design_plot.accessibleDescription()
    assert dialog.train_button.isEnabled()
    assert dialog.findChildren(QComboBox)[0].currentText().startswith("Simulated")


def test_a_table_is_listed_and_the_last_one_asked_for_wins(
    qtbot: QtBot, dialog: StudyDialog, fingers: ScanTable
) -> None:
    dialog.open_table(fingers.path)
    dialog.source_combo.setCurrentIndex(0)
    dialog.open_table(fingers.path)
    assert not dialog.train_button.isEnabled()
    qtbot.waitUntil(lambda: dialog.study_table is not None, timeout=LONG)
    assert dialog.study_table.table_path == fingers.path
    assert dialog.source_combo.count() == 3
    assert dialog.design_plot.accessibleDescription() == "24 scans of 3 subjects: 12 active, 12 rest"
    requests: list[tuple[StudyTable, StudyPlan, Path | None]] = []
    dialog.train_requested.connect(lambda *told: requests.append(told))
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert requests == [(dialog.study_table, NO_MAPS, None)]
    assert not dialog.isVisible()


def test_nothing_can_be_asked_for_twice(dialog: StudyDialog) -> None:
    dialog.set_busy(True)
    assert not dialog.train_button.isEnabled()
    dialog.request_training()
    assert dialog.isVisible()
    dialog.set_busy(False)
    assert dialog.train_button.isEnabled()


BAD = {
    "constant": (cases.with_y("3"), "graded", "t.tsv: y is 3 for every scan"),
    "one class": (cases.with_y("rest"), "", "t.tsv: y has only one class, 'rest'"),
    "no number": (cases.with_y("1", "2", "many"), "graded", "t.tsv, line 4: y is 'many'"),
    "one scan": (lambda rows: rows[:1], "", "t.tsv: has only one scan"),
    "missing file": (cases.with_scan(6, Path("gone.nii.gz")), "", "t.tsv, line 6: scan not found"),
    "missing subject": (lambda rows: [[rows[0][0], "n/a", "1"], *rows[1:]], "", "line 2: subject is missing"),
    "no rows": (lambda rows: [], "", "t.tsv: has no rows"),
}


@pytest.mark.parametrize("name", list(BAD))
def test_a_table_that_teaches_nothing_is_told_in_one_line(
    qtbot: QtBot, dialog: StudyDialog, fingers: ScanTable, tmp_path: Path, name: str
) -> None:
    change, paradigm, says = BAD[name]
    dialog.open_table(cases.rewritten(fingers, change, tmp_path))
    combo(dialog.form, "y is").setCurrentIndex(combo(dialog.form, "y is").findData(paradigm))
    qtbot.waitUntil(lambda: bool(dialog.problem), timeout=LONG)
    assert says in dialog.problem
    assert "\n" not in dialog.problem
    assert not dialog.train_button.isEnabled()
    dialog.source_combo.setCurrentIndex(1)
    combo(dialog.form, "y is").setCurrentIndex(0)
    qtbot.waitUntil(lambda: dialog.study_table is not None, timeout=LONG)
    assert not dialog.problem
    assert dialog.train_button.isEnabled()


def test_a_missing_atlas_is_asked_for(qtbot: QtBot, dialog: StudyDialog, tmp_path: Path) -> None:
    taken = combo(dialog.form, "Remove")
    taken.setCurrentIndex(taken.findText("Regions of an atlas"))
    dialog.request_training()
    assert dialog.isVisible()
    assert "atlas" in dialog.problem
    dialog.form.editors["atlas"].select_path(tmp_path / "a.nii")
    dialog.request_training()
    assert not dialog.isVisible()
    assert dialog.form.make_plan().atlas == tmp_path / "a.nii"


def combo(form: QWidget, name: str) -> QComboBox:
    return next(one for one in form.findChildren(QComboBox) if one.accessibleName() == name)


def spin(form: QWidget, name: str) -> QSpinBox | QDoubleSpinBox:
    return next(one for one in form.findChildren(QAbstractSpinBox) if one.accessibleName() == name)


def test_the_form_begins_with_the_defaults_and_hands_on_every_choice(qtbot: QtBot, tmp_path: Path) -> None:
    form = StudyForm()
    qtbot.addWidget(form)
    assert form.make_plan() == NO_MAPS
    form.show_covariates(("age", "dose"))
    for box in form.findChildren(QCheckBox):
        box.setChecked(box.text() in ("Subtract dose", "Keep values below zero"))
    for name, value in (
        ("Mask level", 30),
        ("Hidden units", 7),
        ("Components", 9),
        ("Weight decay", 0.5),
        ("Prune", 20),
        ("Edge", 24.0),
    ):
        spin(form, name).setValue(value)
    for name, words in (("y is", "Classes"), ("Units", "Linear"), ("Remove", "Cubes")):
        combo(form, name).setCurrentText(words)
    form.editors["mask"].select_path(tmp_path / "m.nii")
    form.folder_combo.select_path(tmp_path)
    assert form.make_plan() == with_settings(
        NO_MAPS,
        {
            "mask": tmp_path / "m.nii",
            "mask_level": 0.3,
            "global_scaling": False,
            "subject_means": False,
            "remove": ("dose",),
            "y": "classes",
            "hidden": 7,
            "components": 9,
            "linear": True,
            "decay": 0.5,
            "prune": 0.2,
            "negative": "keep",
            "cubes": 24.0,
        },
    )
    assert form.folder_combo.path == tmp_path
    form.show_covariates(("dose", "weight"))
    assert form.make_plan().preparation.covariates == ("dose",)
    form.show_covariates(())
    assert form.make_plan().preparation.covariates == ()


def test_the_form_has_an_editor_for_every_setting(qtbot: QtBot) -> None:
    form = StudyForm()
    qtbot.addWidget(form)
    declared = {entry.name: entry for entry in settings_of(StudyPlan)}
    shown = {name for name, entry in declared.items() if entry.row is not None}
    assert form.editors.keys() == shown - {"remove"}  # which has a check box for each column of the table
    # The maps are chosen beside the results; the rest is of no use before a first result.
    assert declared.keys() - shown == {"biases", "starts", "accuracy", "labels", "refits", "double"}
    for name, editor in form.editors.items():
        row = declared[name].row
        assert row is not None
        assert row.label in (editor.accessibleName(), getattr(editor, "text", str)())
        assert editor.toolTip() == row.tooltip


def test_the_tab_key_goes_through_the_form_from_top_to_bottom(qtbot: QtBot) -> None:
    form = StudyForm()
    qtbot.addWidget(form)
    form.show()
    qtbot.waitExposed(form)
    form.editors["mask"].setFocus()
    heights = []
    while not heights or heights[-1] < form.folder_combo.y():
        focused = form.focusWidget()
        heights.append(focused.mapTo(form, focused.rect().topLeft()).y())
        qtbot.keyClick(focused, Qt.Key.Key_Tab)
    assert heights == sorted(set(heights))
    assert len(heights) == 13


def test_every_editor_has_a_name(qtbot: QtBot) -> None:
    form = StudyForm()
    qtbot.addWidget(form)
    for kind in (QComboBox, QAbstractSpinBox):
        for one in form.findChildren(kind):
            assert one.accessibleName()


def test_a_path_can_be_taken_back(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    choice = PathComboBox("Nothing", "A file …", "Mask")
    qtbot.addWidget(choice)
    answers = iter(["", str(tmp_path / "a.nii"), ""])
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (next(answers), ""))
    for expected in (None, tmp_path / "a.nii", tmp_path / "a.nii"):
        last = choice.count() - 1
        choice.setCurrentIndex(last)
        choice.activated.emit(last)
        assert choice.path == expected
    choice.setCurrentIndex(0)
    choice.activated.emit(0)
    assert choice.path is None


# Pictures


def listing(heights: list[float], subjects: str = "") -> StudyTable:
    entries = [StudyScan("s", (subjects or "a" * 99)[n], f"{h}", h) for n, h in enumerate(heights)]
    return StudyTable("t", tuple(entries))


def painted(widget: QWidget) -> QImage:
    """The picture of a widget in colours that are far apart."""
    palette = QPalette()
    for role, colour in (
        (QPalette.ColorRole.Base, "#000000"),
        (QPalette.ColorRole.AlternateBase, "#000000"),
        (QPalette.ColorRole.Mid, "#000000"),
        (QPalette.ColorRole.PlaceholderText, "#0000ff"),
        (QPalette.ColorRole.Link, "#ff0000"),
        (QPalette.ColorRole.Text, "#00ff00"),
    ):
        palette.setColor(role, QColor(colour))
    widget.setPalette(palette)
    widget.resize(300, widget.height())
    return widget.grab().toImage()


def red(image: QImage) -> list[tuple[int, int]]:
    """Where the accent is."""
    return [
        (x, y)
        for x in range(image.width())
        for y in range(image.height())
        if image.pixelColor(x, y).red() > 200 and image.pixelColor(x, y).green() < 60
    ]


def test_the_design_rises_with_y(qtbot: QtBot) -> None:
    picture = DesignPlot()
    qtbot.addWidget(picture)
    picture.set_study(listing([0.0, 1.0, 2.0, 3.0]))
    places = red(painted(picture))
    columns = sorted({x for x, _ in places})
    edges = [n for n in range(1, len(columns)) if columns[n] > columns[n - 1] + 5]
    groups = [columns[a:b] for a, b in zip([0, *edges], [*edges, len(columns)], strict=True)]
    assert len(groups) == 4
    heights = [
        sum(y for x, y in places if x in group) / sum(x in group for x, _ in places) for group in groups
    ]
    steps = [first - second for first, second in pairwise(heights)]
    assert min(steps) > 10
    assert max(steps) - min(steps) < 2


def test_a_listing_with_a_problem_has_no_design(qtbot: QtBot) -> None:
    picture = DesignPlot()
    qtbot.addWidget(picture)
    picture.set_study(StudyTable("t", listing([1.0, 1.0]).scans, problem="y is 1 for every scan"))
    assert not red(painted(picture))
    assert not picture.accessibleDescription()


def test_what_a_left_out_network_says_is_drawn_at_its_height(qtbot: QtBot) -> None:
    plot = FitPlot()
    qtbot.addWidget(plot)
    truth = [0.0, 1.0, 2.0, 3.0]
    plot.set_predictions(Predictions(truth, truth))
    assert not red(painted(plot))
    plot.set_predictions(Predictions(truth, truth, [3.0, 3.0, 3.0, 3.0]))
    key, rest = 20, red(painted(plot))
    level = {y for _, y in rest if y > key}
    assert max(level) - min(level) < 8
    plot.set_predictions(Predictions(truth, truth, [0.0, 1.0, 2.0, 3.0]))
    rising = [(x, y) for x, y in red(painted(plot)) if y > key]
    left, right = min(rising), max(rising)
    assert left[1] > right[1] + 60


def test_classes_are_counted(qtbot: QtBot) -> None:
    plot = FitPlot()
    qtbot.addWidget(plot)
    said = Predictions([0, 0, 1, 1, 1], [0, 0, 1, 1, 1], [0, 0, 0, 0, 0], ("calm", "busy"))
    plot.set_predictions(said)
    assert plot.accessibleDescription().startswith("Held-out subjects")
    # Half of them right: one cell on the diagonal is filled, the other empty.
    filled = [(x, y) for x, y in bright(painted(plot))]
    assert filled
    assert max(y for _, y in filled) < plot.height() / 2
    plot.set_predictions(Predictions(said.targets, said.fitted, (), said.classes))
    assert plot.accessibleDescription().startswith("Training scans")
    assert max(y for _, y in bright(painted(plot))) > plot.height() / 2


def bright(image: QImage) -> list[tuple[int, int]]:
    return [
        (x, y)
        for x in range(image.width())
        for y in range(image.height())
        if image.pixelColor(x, y).red() > 150 and image.pixelColor(x, y).blue() < 60
    ]
