"""Every control of the window and of its dialogs is operated, and what is then shown is what was chosen.

What a control has to do is declared here. A control that is declared nowhere fails
`test_every_control_is_declared`: operate it in a test, and name it there with `operates`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

import nibabel
import numpy as np
import pytest
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDoubleSpinBox,
    QFileDialog,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QSpinBox,
    QStyle,
    QStyleOptionSlider,
    QToolButton,
)

from tests.window.controls import actions, controls, window_controls
from tests.window.stage import Stage, changed
from viewer.methods.registry import find, methods
from viewer.scans.atlas import LabelAtlas
from viewer.scans.threshold import Threshold, ThresholdKind
from viewer.session.view import ColorMap, ComparisonMode, Convention, Layout, Sign, Theme, Walls
from viewer.window.figure_dialog import FigureDialog
from viewer.window.movie_dialog import MovieDialog

Test = TypeVar("Test", bound=Callable[..., object])
OPERATED: set[str] = set()
GROUPS = ("View > Panels", "View > Left and right")
"""Entries of the menus that are found by what they are in, not each by its name."""

FORM = "method.form."
"""The editors of a method's parameters, all of which `test_forms_hand_over_what_is_chosen` operates."""


def operates(*names: str) -> Callable[[Test], Test]:
    """Declare which controls a test operates."""
    OPERATED.update(names)
    return lambda test: test


@pytest.fixture(scope="module", params=list(Theme))
def stage(
    request: pytest.FixtureRequest, qapp: object, scan_file: Path, model_file: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Stage]:  # fmt: skip
    found = Stage(request.param, scan_file, model_file, tmp_path_factory.mktemp("maps"))
    yield found
    found.close()


@pytest.fixture(autouse=True)
def _as_at_the_beginning(stage: Stage) -> Iterator[None]:
    yield
    stage.reset()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The titles of the dialogs that were opened; each is cancelled."""
    titles: list[str] = []

    def file(*given: object, **_: object) -> tuple[str, str]:
        titles.append(str(given[1]))
        return "", ""

    def folder(*given: object, **_: object) -> str:
        titles.append(str(given[1]))
        return ""

    def dialog(self: QDialog) -> int:
        titles.append(type(self).__name__)
        return 0

    monkeypatch.setattr(QFileDialog, "getOpenFileName", file)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", file)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", folder)
    monkeypatch.setattr(QDialog, "exec", dialog)
    monkeypatch.setattr(QMessageBox, "exec", dialog)
    return titles


def control(stage: Stage, name: str) -> Any:
    return window_controls(stage.window)[name]


# How a map is shown ----------------------------------------------------------------------------------

SWITCHES = {
    "overlay": {"slices"},
    "outline": {"slices"},
    "by_value": {"slices"},
    "shadows": {"box"},
    "nested": {"box"},
    "glass": {"box"},
    "scale_bar": {"box"},
    "colour_bar": {"box"},
}
LISTS: dict[str, tuple[str, type[StrEnum], set[str]]] = {
    "show.sign": ("sign", Sign, {"box", "slices"}),
    "show.hues": ("hues", ColorMap, {"box", "slices"}),
    "show.walls": ("walls", Walls, {"box"}),
}


@operates(*(f"show.ticks[{name}]" for name in SWITCHES))
@pytest.mark.parametrize("field", SWITCHES)
def test_a_switch_changes_what_it_says_and_each_click_is_a_step(stage: Stage, field: str) -> None:
    box = control(stage, f"show.ticks[{field}]")
    first, states = stage.shot(), [stage.view]
    for _ in range(2):
        stage.click(box)
        assert getattr(stage.view, field) is box.isChecked() is not getattr(states[-1], field)
        states.append(stage.view)
        parts = changed(first, stage.shot())
        assert parts == (set() if stage.view == stage.start else SWITCHES[field])
    for before in (states[1], states[0]):
        stage.undo()
        assert stage.view == before
        assert box.isChecked() is getattr(before, field)
    assert not stage.session.can_undo
    assert stage.shot() == first


@operates(*LISTS)
@pytest.mark.parametrize("name", LISTS)
def test_every_entry_of_a_list_is_shown_and_is_a_step(stage: Stage, name: str) -> None:
    field, kind, parts = LISTS[name]
    combo = control(stage, name)
    shots, states = [stage.shot()], [stage.view]
    assert combo.count() == len(kind)
    for index, member in list(enumerate(kind))[1:]:
        stage.choose(combo, index)
        assert getattr(stage.view, field) is member
        states.append(stage.view)
        shots.append(stage.shot())
        assert all(changed(shot, shots[-1]) == parts for shot in shots[:-1])
    for index in range(combo.count() - 2, -1, -1):
        stage.undo()
        assert (stage.view, combo.currentIndex()) == (states[index], index)
        assert stage.shot() == shots[index]
    assert not stage.session.can_undo


@pytest.mark.parametrize("name", [*LISTS, "show.kind", "show.slider", "show.opacity", "show.amount"])
def test_the_wheel_changes_only_what_has_the_focus(stage: Stage, name: str) -> None:
    widget = control(stage, name)
    stage.dock(widget)
    control(stage, "show.smallest").setFocus()
    stage.wheel(widget, -1)
    assert stage.view == stage.start
    widget.setFocus()
    stage.wheel(widget, -1)
    after = stage.view
    assert after != stage.start
    stage.undo()
    assert stage.view == stage.start


def voxels(stage: Stage, kind: ThresholdKind, amount: float) -> int:
    """Count what reaches a threshold, from the file."""
    values = np.abs(nibabel.load(stage.maps[0]).get_fdata(dtype=np.float32)).ravel()
    values = np.sort(values[values > 0])[::-1]
    if kind is ThresholdKind.VALUE:
        least = amount
    elif kind is ThresholdKind.PERCENTILE:
        least = np.percentile(values, amount)
    elif kind is ThresholdKind.TOP:
        sums = np.cumsum(values, dtype=np.float64)
        least = values[int(np.argmax(sums >= amount / 100 * sums[-1]))]
    else:
        least = values[int(amount) - 1]
    return int((values >= np.float32(least)).sum())


@operates("show.kind", "show.amount")
@pytest.mark.parametrize(
    ("kind", "typed"), [("percentile", 97.0), ("value", 0.75), ("top", 30.0), ("voxels", 321.0)]
)
def test_every_kind_of_threshold_cuts_as_it_says(stage: Stage, kind: str, typed: float) -> None:
    member, combo, amount = ThresholdKind(kind), control(stage, "show.kind"), control(stage, "show.amount")
    first = stage.shot()
    at_first = voxels(stage, ThresholdKind.PERCENTILE, 98.0)
    stage.choose(combo, combo.findData(kind))
    assert stage.view.threshold.kind is member
    # Told in another way it is the same cut, as nearly as it can be told.
    told = voxels(stage, member, stage.view.threshold.amount)
    assert told == pytest.approx(at_first, rel=0.01)
    stage.type(amount, f"{typed:g}")
    assert stage.view.threshold == Threshold(member, typed)
    assert stage.view.threshold.kind is member
    counted = voxels(stage, member, typed)
    assert f"{counted:,} voxels" in stage.window.show_dock._counts.text()
    assert changed(first, stage.shot()) == {"box", "slices"}
    while stage.session.can_undo:
        stage.undo()
    assert (stage.view, combo.currentData()) == (stage.start, "percentile")
    assert stage.shot() == first


@operates("show.slider")
def test_the_threshold_s_slider_is_a_step_a_gesture(stage: Stage) -> None:
    slider = control(stage, "show.slider")
    first = stage.shot()
    stage.press(slider, Qt.Key.Key_Left, 5)
    by_keys = stage.view
    assert by_keys.threshold.amount < stage.start.threshold.amount
    assert changed(first, stage.shot()) == {"box", "slices"}
    option = QStyleOptionSlider()
    slider.initStyleOption(option)
    handle = slider.style().subControlRect(
        QStyle.ComplexControl.CC_Slider, option, QStyle.SubControl.SC_SliderHandle, slider
    )
    grip = handle.center()
    stage.drag(slider, [grip, grip - QPoint(20, 0), grip - QPoint(50, 0)])
    dragged = stage.view
    assert dragged.threshold.amount < by_keys.threshold.amount
    stage.undo()
    assert stage.view == by_keys
    stage.undo()
    assert stage.view == stage.start
    assert not stage.session.can_undo
    assert stage.shot() == first


@operates("show.opacity")
def test_opacity(stage: Stage) -> None:
    slider = control(stage, "show.opacity")
    first = stage.shot()
    stage.press(slider, Qt.Key.Key_Home)
    assert stage.view.opacity == 0.0
    assert changed(first, stage.shot()) == {"slices"}
    stage.undo()
    assert stage.view == stage.start
    assert stage.shot() == first


@operates("show.smallest", "show.smoothing")
@pytest.mark.parametrize(
    ("name", "field", "typed"), [("smallest", "smallest_cluster", 15000.0), ("smoothing", "smoothing", 7.5)]
)
def test_a_number_that_is_typed(stage: Stage, name: str, field: str, typed: float) -> None:
    box, first = control(stage, f"show.{name}"), stage.shot()
    stage.type(box, f"{typed:g}")
    assert getattr(stage.view, field) == typed
    assert changed(first, stage.shot()) == {"box", "slices"}
    stage.session.end_gesture()
    stage.press(box, Qt.Key.Key_Up, 3)
    assert getattr(stage.view, field) > typed
    stage.undo()
    assert getattr(stage.view, field) == typed == box.value()
    stage.undo()
    assert stage.view == stage.start
    assert stage.shot() == first


@operates("show.largest")
def test_the_number_of_clusters(stage: Stage) -> None:
    box, first = control(stage, "show.largest"), stage.shot()
    assert box.text() == "All"
    stage.type(box, "1")
    assert stage.view.largest_clusters == 1
    assert changed(first, stage.shot()) == {"box", "slices"}
    stage.undo()
    assert box.text() == "All"
    assert stage.view == stage.start
    assert stage.shot() == first


@operates("show.range.own", "show.range.low", "show.range.high")
def test_the_colours_range(stage: Stage) -> None:
    own, low, high = (control(stage, f"show.range.{name}") for name in ("own", "low", "high"))
    first = stage.shot()
    stage.click(own)
    assert stage.view.display_range == (0.0, pytest.approx(2.0, abs=0.1))
    assert "slices" in changed(first, stage.shot())
    ticked = stage.view
    stage.type(high, "1.5")
    assert stage.view.display_range == (0.0, 1.5)
    stage.session.end_gesture()
    stage.type(low, "0.25")
    assert stage.view.display_range == (0.25, 1.5)
    for expected in ((0.0, 1.5), ticked.display_range, None):
        stage.undo()
        assert stage.view.display_range == expected
        assert own.isChecked() is (expected is not None)
    assert not stage.session.can_undo
    assert stage.shot() == first


def test_the_walls_follow_the_crosshair_by_the_list_and_by_the_key(stage: Stage) -> None:
    middle = stage.shot()
    stage.choose(control(stage, "show.walls"), 1)
    there = stage.shot()
    stage.session.change(crosshair=(-21.0, -9.0, 12.0))
    assert "box" in changed(there, stage.shot())
    stage.undo()
    assert stage.shot() == there
    stage.press(stage.window.box, Qt.Key.Key_W)
    assert stage.view.walls is Walls.MIDDLE
    assert stage.shot()["box"] == middle["box"]
    stage.press(stage.window.box, Qt.Key.Key_W)
    assert stage.view.walls is Walls.CROSSHAIR
    assert stage.shot()["box"] == there["box"]


# Two maps --------------------------------------------------------------------------------------------


@operates("compare.second", "compare.contrast", "compare.fade")
def test_comparing_shows_what_is_chosen(stage: Stage) -> None:
    second, contrast, fade = (control(stage, f"compare.{name}") for name in ("second", "contrast", "fade"))
    area, first = stage.window.area, stage.shot()
    stage.choose(second, 1)
    stage.wait(lambda: stage.window.comparing.found is not None)
    assert stage.view.compared == 1
    assert [box.isVisible() for box in area.boxes] == [True, True, True]
    assert not fade.isEnabled()
    assert stage.window.compare_dock._values["dice"].text() not in ("", "–")

    stage.choose(contrast, 1)
    assert stage.view.contrast is ComparisonMode.FADE
    assert fade.isEnabled()
    assert [box.isVisible() for box in area.boxes] == [True, True, False]
    pictures = {}
    for key, share in ((Qt.Key.Key_Home, 0.0), (Qt.Key.Key_End, 1.0)):
        stage.press(fade, key)
        assert stage.view.fade == share
        pictures[share] = area.grab().toImage()
        titled = area.first if share < 0.5 else area.second
        seen = "A  first  100%  ·  B  second  0%" if share < 0.5 else "A  first  0%  ·  B  second  100%"
        assert titled._title == seen
    assert pictures[0.0] != pictures[1.0]

    stage.session.end_gesture()
    stage.choose(contrast, 2)
    assert stage.view.contrast is ComparisonMode.FLICKER
    assert not fade.isEnabled()
    seen = set()

    def both() -> bool:
        shown = area.second if area.second._share > 0.5 else area.first
        seen.add((shown._title, area.grab().toImage().pixelColor(area.width() // 2, 1).rgb()))
        return len({title for title, _ in seen}) == 2

    stage.wait(both)
    for _ in range(3):
        assert stage.session.can_undo
        stage.undo()
    assert (stage.view.contrast, stage.view.fade) == (ComparisonMode.BESIDE, stage.start.fade)
    stage.undo()
    assert stage.view == stage.start
    assert [box.isVisible() for box in area.boxes] == [True, False, False]
    assert stage.shot() == first


@operates("maps.list", "maps.open", "maps.save", "maps.remove", "maps:Row.QToolButton")
def test_the_list_of_maps(stage: Stage, asked: list[str]) -> None:
    session, dock = stage.session, stage.window.maps_dock
    row = dock.list.visualItemRect(dock.list.item(1)).center()
    stage.click(dock.list.viewport(), row)
    assert session.current == 1
    stage.press(dock.list, Qt.Key.Key_Space)
    assert not session.maps[1].visible
    stage.click(dock.list.itemWidget(dock.list.item(1)).findChild(QToolButton), QPoint(8, 8))
    assert session.maps[1].visible
    for name in ("open", "save"):
        stage.click(control(stage, f"maps.{name}"))
    assert len(asked) == 2
    removed = session.maps[1].map
    stage.click(control(stage, "maps.remove"))
    assert len(session.maps) == 1
    stage.undo()
    assert session.maps[1].map is removed


@operates("clusters.table", "clusters.choose", "clusters.copy", "clusters.csv")
def test_the_clusters(stage: Stage, asked: list[str]) -> None:
    dock = stage.window.clusters_dock
    stage.dock(dock.table)
    stage.wait(lambda: len(dock.rows) == 2 and dock.rows[0].cluster.peak_mm[0] < 27)
    for row, (x, _, _) in enumerate(entry.cluster.peak_mm for entry in dock.rows):
        cell = dock.table.visualItemRect(dock.table.item(row, 0)).center()
        stage.click(dock.table.viewport(), cell)
        assert stage.view.crosshair == dock.rows[row].cluster.peak_mm
        assert abs(x - (24.0 if row == 0 else -22.7)) <= 3.0
    stage.undo()
    assert stage.view.crosshair == dock.rows[0].cluster.peak_mm
    stage.click(control(stage, "clusters.copy"))
    assert len(QGuiApplication.clipboard().text().strip().splitlines()) == 3
    for name in ("choose", "csv"):
        stage.click(control(stage, f"clusters.{name}"))
    assert len(asked) == 2


# Method, network, layers, checks, study --------------------------------------------------------------


@operates("method.family", "method.method")
def test_forms_hand_over_what_is_chosen(stage: Stage) -> None:
    """Every method is chosen, every editor of its form operated, and what it holds makes the method."""
    dock = stage.window.method_dock
    family, method = control(stage, "method.family"), control(stage, "method.method")
    seen, operated = set(), 0
    for place in range(family.count()):
        stage.choose(family, place)
        for entry in range(method.count()):
            stage.choose(method, entry)
            name = dock.method
            assert name is not None
            seen.add(name)
            declared = find(name).parameters()
            editors = {}
            for path, widget in window_controls(stage.window).items():
                # A file's line is typed into here; its buttons are pressed in test_file_dialogs.
                parameter, _, part = path.removeprefix(f"{FORM}editors[").partition("]")
                if path.startswith(FORM) and part in ("", ".line"):
                    editors[parameter] = widget
            assert set(editors) == {parameter.name for parameter in declared}
            for parameter in declared:
                operate_editor(stage, editors[parameter.name], parameter, dock.form.values)
                operated += 1
    assert seen == set(methods())
    assert operated == sum(len(one.parameters()) for one in methods().values())


def operate_editor(stage: Stage, editor: Any, parameter: Any, values: Callable[[], dict[str, Any]]) -> None:
    name = parameter.name
    if isinstance(editor, QComboBox):
        for index, choice in reversed(list(enumerate(parameter.choices))):
            stage.choose(editor, index)
            assert values()[name] == choice
    elif isinstance(editor, QCheckBox):
        before = values()[name]
        stage.click(editor)
        assert values()[name] is not before
    elif isinstance(editor, (QSpinBox, QDoubleSpinBox)):
        low, high = parameter.limits
        more = high is None or parameter.default + 1 <= high
        wanted = parameter.kind(parameter.default + (1 if more else -1))
        if low is not None and wanted < low:
            wanted = parameter.kind((parameter.default + low) / 2)
        stage.type(editor, f"{wanted:g}")
        assert values()[name] == pytest.approx(wanted)
        assert type(values()[name]) is parameter.kind
    else:
        assert isinstance(editor, QLineEdit)
        editor.setFocus()
        editor.selectAll()
        for letter in "ab":
            stage.press(editor, Qt.Key(ord(letter.upper())))
        assert values()[name] == "ab"


@operates("method.target", "method.layer", "method.region", "method.compute", "method.cancel")
def test_a_map_is_asked_for_as_it_was_chosen(stage: Stage, asked: list[str]) -> None:
    dock = stage.window.method_dock
    told: list[tuple[Any, ...]] = []
    dock.compute_asked.connect(lambda *given: told.append(given))
    dock.choose("grad-cam")
    target, layer = control(stage, "method.target"), control(stage, "method.layer")
    assert [target.itemData(n) for n in range(target.count())] == [None, 0, 1]
    dock.compute_asked.disconnect(stage.desk.compute)
    for index, chosen in ((2, 1), (1, 0), (0, None)):
        stage.choose(target, index)
        stage.choose(layer, index)
        stage.click(control(stage, "method.compute"))
        name, _, class_index, path, part = told[-1]
        assert (name, class_index, path, part) == ("grad-cam", chosen, layer.itemData(index), None)
        assert (path is None) is (index == 0)
    dock.compute_asked.connect(stage.desk.compute)
    region = dock.region
    for index in range(3):
        stage.choose(region, index)
        assert region.region.startswith(("above:0.5", "above:0.5@24.00,20.00,9.00", "all")[index])
    stage.press(region, Qt.Key.Key_Down)
    assert len(asked) == 1
    assert region.currentIndex() == 2
    cancelled: list[bool] = []
    dock.cancel_asked.connect(lambda: cancelled.append(True))
    control(stage, "method.cancel").click()
    assert cancelled == [True]


@operates("model.open", "status.notes", "status.cancel")
def test_model_and_status(stage: Stage, asked: list[str]) -> None:
    stage.click(control(stage, "model.open"))
    assert len(asked) == 1
    control(stage, "status.notes").click()
    stage.rest()
    cancelled: list[bool] = []
    stage.window.status.cancel_asked.connect(lambda: cancelled.append(True))
    control(stage, "status.cancel").click()
    assert cancelled == [True]


@operates("layers.tree", "layers.channels", "layers.explain_button", "method.clear_layer")
def test_a_layer_is_taken_for_the_next_map_and_let_go_of(stage: Stage) -> None:
    dock, method = stage.window.layer_dock, stage.window.method_dock
    method.choose("grad-cam")
    stage.dock(dock.tree)
    stage.wait(lambda: dock.tree.topLevelItemCount() > 0)
    item = dock.tree.topLevelItem(0)
    while item.childCount():
        item = item.child(0)
    dock.tree.scrollToItem(item)
    stage.click(dock.tree.viewport(), dock.tree.visualItemRect(item).center())
    assert dock.layer
    # A click looks at a layer; the button takes it for the next maps.
    assert method.layer is None
    stage.click(dock.explain_button)
    assert method.layer == dock.layer
    stage.dock(method.clear_layer)
    stage.click(method.clear_layer)
    assert method.layer is None
    stage.dock(dock.tree)
    stage.wait(lambda: dock.channels.count() > 0)
    shown = dock.channels.visualItemRect(dock.channels.item(0)).center()
    stage.click(dock.channels.viewport(), shown)
    assert dock.channels.currentRow() == 0


@operates(*(f"trust.{name}_button" for name in ("check", "body", "maps", "mask", "report")), "trust.tree")
@operates("File > Save report")
def test_checks_are_asked_for_as_they_are_ticked(
    stage: Stage, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    dock, tree = stage.window.trust_dock, stage.window.trust_dock.tree
    stage.dock(tree)
    for row in range(tree.topLevelItemCount()):
        item, before = tree.topLevelItem(row), dock.kinds
        tree.setCurrentItem(item)
        stage.press(tree, Qt.Key.Key_Space)
        if item.data(0, Qt.ItemDataRole.CheckStateRole) is not None:
            assert set(dock.kinds) ^ set(before) == {item.data(0, Qt.ItemDataRole.UserRole)}
            stage.press(tree, Qt.Key.Key_Space)
        assert dock.kinds == before
    stage.click(control(stage, "trust.mask_button"))
    assert len(asked) == 1
    actions(stage.window)["File > Save report"].trigger()
    assert len(asked) == 1
    # There is nothing to report or to add before a check has found it.
    assert not control(stage, "trust.report_button").isEnabled()
    assert not control(stage, "trust.maps_button").isVisible()
    jobs: list[str] = []
    run = stage.desk.run_long

    # What a check finds is tested elsewhere; here, that each button begins the work it says.
    def begin(work: object, title: str, done: object, *more: Any, **named: Any) -> object:
        jobs.append(title)
        return run(lambda progress: None, title, lambda _: None, *more, **named)

    monkeypatch.setattr(stage.desk, "run_long", begin)
    for name in ("body", "check"):
        control(stage, f"trust.{name}_button").click()
        stage.rest()
    assert len(jobs) == 2
    assert "first" in jobs[1]


STUDY_BUTTONS = ("first-order", "second-order", "second-order-cross", "retrained", "exact")


@operates(
    *(f"study.map.accuracies.buttons[{name}]" for name in STUDY_BUTTONS),
    *(f"study.{name}" for name in ("map.over", "set_up", "use", "save", "cancel")),
)
def test_the_study_s_panel(stage: Stage) -> None:
    dock = stage.window.study_dock
    for name in STUDY_BUTTONS:
        control(stage, f"study.map.accuracies.buttons[{name}]").click()
        assert dock.accuracies.accuracy == name
    over = control(stage, "study.map.over")
    for index, template in ((1, False), (0, True)):
        over.setCurrentIndex(index)
        assert dock.map.template is template
    assert not control(stage, "study.use").isEnabled()
    assert not control(stage, "study.save").isEnabled()
    control(stage, "study.set_up").click()
    assert dock.dialog.isVisible()
    control(stage, "study.cancel").click()
    stage.rest()
    dock.dialog.close()


STUDY: dict[str, tuple[str, object, object]] = {
    "level": ("mask_level", "30", 0.3),
    "hidden": ("hidden", "3", 3),
    "components": ("components", "7", 7),
    "decay": ("decay", "0.5", 0.5),
    "pruned": ("prune_share", "20", 0.2),
    "scaled": ("global_scaling", None, False),
    "means": ("subject_means", None, False),
    "negatives": ("keep_negatives", None, True),
    "paradigm": ("paradigm", 1, "graded"),
    "units": ("linear", 1, True),
}


@operates(
    *(f"study_dialog.form.{name}" for name in (*STUDY, "taken", "edge", "mask_file", "atlas", "folder")),
    *(f"study_dialog.{name}" for name in ("source", "open", "table", "train_button")),
    "study_dialog:StudyDialog.QPushButton",
)
def test_the_study_s_form_hands_over_what_is_chosen(stage: Stage, asked: list[str]) -> None:
    from viewer.window.study_dialog import StudyDialog

    dialog = StudyDialog(stage.desk, stage.window)
    dialog.show()
    dialog.read()
    stage.rest()
    editors: dict[str, Any] = dict(controls(dialog, "study_dialog"))
    form = dialog.form
    for name, (field, act, value) in STUDY.items():
        editor = editors[f"study_dialog.form.{name}"]
        if act is None:
            stage.click(editor)
        elif isinstance(act, int):
            stage.choose(editor, act)
        else:
            stage.type(editor, str(act))
        assert getattr(form.choices(), field) == value, name
    taken = editors["study_dialog.form.taken"]
    stage.choose(taken, 1)
    stage.type(editors["study_dialog.form.edge"], "12")
    assert form.choices().cube == 12.0
    for place, name in enumerate(("mask_file", "atlas", "folder"), start=1):
        combo = editors[f"study_dialog.form.{name}"]
        stage.press(combo, Qt.Key.Key_Down)
        assert len(asked) == place
        assert combo.currentIndex() == 0
    source = editors["study_dialog.source"]
    for index in range(source.count()):
        stage.choose(source, index)
        stage.rest()
        assert dialog._listing is not None
        assert dialog._listing.simulated == source.itemData(index)
    assert editors["study_dialog.table"].model().rowCount() == len(dialog._listing.scans)
    stage.click(editors["study_dialog.open"])
    assert len(asked) == 4
    told: list[object] = []
    dialog.train_asked.connect(lambda listing, choices: told.append((listing.simulated, choices.hidden)))
    stage.choose(editors["study_dialog.form.units"], 0)
    stage.choose(editors["study_dialog.form.paradigm"], 0)
    editors["study_dialog.train_button"].click()
    assert told == [(dialog._listing.simulated, 3)]
    editors["study_dialog:StudyDialog.QPushButton"].click()
    assert not dialog.isVisible()


# Dialogs ---------------------------------------------------------------------------------------------


@operates(
    *(f"figure.{name}" for name in ("width", "height", "unit", "dpi", "background", "transparent")),
    "figure:QDialogButtonBox.QPushButton",
)
def test_a_figure_is_written_as_it_was_chosen(stage: Stage, tmp_path: Path) -> None:
    from PIL import Image

    theme = stage.view.theme
    for background in (Theme.LIGHT, Theme.DARK):
        dialog = FigureDialog(QSize(100, 80), theme, stage.window)
        dialog.show()
        editors = controls(dialog, "figure")
        stage.type(editors["figure.width"], "120")
        stage.type(editors["figure.height"], "90")
        stage.type(editors["figure.dpi"], "254")
        combo = editors["figure.background"]
        assert combo.count() == 2
        stage.choose(combo, combo.findText(background.capitalize()))
        wanted = dialog.wanted()
        assert (wanted.size, wanted.dpi, wanted.transparent) == ((120, 90), 254, False)
        assert wanted.theme is background
        path = tmp_path / f"{background}.png"
        stage.desk.save_figure(path, wanted)
        stage.rest()
        with Image.open(path) as picture:
            assert picture.size == (120, 90)
            shade = np.asarray(picture.convert("L"))[:4, :4].mean()
        assert shade > 200 if background is Theme.LIGHT else shade < 60
        stage.choose(editors["figure.unit"], 1)
        assert editors["figure.width"].value() == pytest.approx(12.0, abs=0.05)
        stage.click(editors["figure.transparent"])
        assert dialog.wanted().transparent is True
        dialog.close()


@operates("slices.width", "slices.dpi", "slices:QDialogButtonBox.QPushButton")
def test_the_size_of_slices_is_what_was_typed(stage: Stage) -> None:
    from viewer.window.slices_dialog import SlicesDialog

    dialog = SlicesDialog(stage.window)
    dialog.show()
    editors = controls(dialog, "slices")
    stage.type(editors["slices.width"], "900")
    stage.type(editors["slices.dpi"], "150")
    assert (dialog.wanted().width, dialog.wanted().dpi) == (900, 150)
    buttons = dialog.findChildren(QPushButton)
    codes = QDialog.DialogCode.Accepted, QDialog.DialogCode.Rejected
    for button, result in zip(buttons, codes, strict=True):
        dialog.show()
        button.click()
        assert dialog.result() == result


@operates(*(f"movie.{name}" for name in ("sweep", "seconds", "size")), "movie:QDialogButtonBox.QPushButton")
def test_a_movie_is_made_as_it_was_chosen(stage: Stage, tmp_path: Path) -> None:
    from viewer.scene.movie import Sweep

    dialog = MovieDialog(stage.window)
    dialog.show()
    editors = controls(dialog, "movie")
    stage.type(editors["movie.seconds"], "0.5")
    for index, sweep in enumerate(Sweep):
        stage.choose(editors["movie.sweep"], index)
        assert Sweep(dialog.wanted().sweep) is sweep
    size = editors["movie.size"]
    for index in range(size.count()):
        stage.choose(size, index)
        width, height = dialog.wanted().size
        assert size.currentText() == f"{width} × {height}"
    assert dialog.wanted().seconds == 0.5
    buttons = dialog.findChildren(QPushButton)
    assert len(buttons) == 2
    codes = QDialog.DialogCode.Accepted, QDialog.DialogCode.Rejected
    for button, result in zip(buttons, codes, strict=True):
        dialog.show()
        button.click()
        assert dialog.result() == result


# Menus -----------------------------------------------------------------------------------------------

ASKING = {
    "Ctrl+O": "Open scan",
    "File > Open DICOM folder": "Open DICOM folder",
    "Ctrl+Shift+O": "Open model",
    "Ctrl+M": "Open map",
    "File > Open session": "Open session",
    "File > Open atlas": "Open atlas",
    "Ctrl+S": "Save map",
    "Ctrl+E": "FigureDialog",
    "Ctrl+Shift+E": "SlicesDialog",
    "File > Save movie": "MovieDialog",
    "File > Save mesh": "Save mesh",
    "File > Save clusters": "Save clusters",
    "File > Save session": "Save session",
    "Ctrl+K": "Search",
    "?": "Shortcuts",
    "Help > About": "About",
}
"""The dialog that each of these opens."""


@operates(*ASKING)
@pytest.mark.parametrize("keys", ASKING)
def test_an_entry_of_the_menus_that_asks(stage: Stage, asked: list[str], keys: str) -> None:
    actions(stage.window)[keys].trigger()
    assert len(asked) == 1
    assert asked[0] == ASKING[keys]
    assert stage.view == stage.start
    assert not stage.failed


@operates("File > Close atlas")
def test_an_atlas_is_closed(stage: Stage) -> None:
    atlas = LabelAtlas(
        "two", stage.session.scan.grid, np.ones(stage.session.scan.grid.shape, np.int32), {1: "one"}
    )
    stage.session.set_atlas(atlas)
    actions(stage.window)["File > Close atlas"].trigger()
    assert stage.session.atlas is None
    assert not actions(stage.window)["File > Close atlas"].isEnabled()


@operates("File > Save report")
def test_a_report_needs_checks_first(stage: Stage, asked: list[str]) -> None:
    said: list[str] = []
    stage.window.desk.said.connect(said.append)
    actions(stage.window)["File > Save report"].trigger()
    assert not asked
    assert said == ["Run the checks first: Trust > Check this map."]


@operates("Ctrl+Z", "Ctrl+Shift+Z")
@operates("Ctrl+T", "Ctrl+R", "Ctrl+L", "View > Theme > Dark", "View > Theme > Light")
def test_looks_in_the_menus_are_steps(stage: Stage) -> None:
    entries = actions(stage.window)
    sides = [name for name in entries if name.startswith("View > Left and right")]
    first = stage.shot()
    other = Theme.LIGHT if stage.start.theme is Theme.DARK else Theme.DARK
    chosen = {
        "Ctrl+T": ("theme", other, {"box"}),
        f"View > Theme > {other.capitalize()}": ("theme", other, {"box"}),
        "Ctrl+R": ("convention", Convention.RADIOLOGICAL, {"slices"}),
        sides[1]: ("convention", Convention.RADIOLOGICAL, {"slices"}),
        "Ctrl+L": ("layout", Layout.MOSAIC, set()),
    }
    for keys, (field, member, parts) in chosen.items():
        entries[keys].trigger()
        assert getattr(stage.view, field) is member, keys
        if field == "layout":
            assert stage.window.centre.below.currentWidget() is stage.window.mosaic
        else:
            assert changed(first, stage.shot()) == parts
        after = stage.view
        entries["Ctrl+Z"].trigger()
        assert stage.view == stage.start
        if keys == "Ctrl+R":
            entries["Ctrl+Shift+Z"].trigger()
            assert stage.view == after
            entries["Ctrl+Z"].trigger()
            assert stage.shot() == first
        # The same entry is ticked as is shown.
        for theme in Theme:
            assert entries[f"View > Theme > {theme.capitalize()}"].isChecked() is (stage.view.theme is theme)
    entries[f"View > Theme > {stage.start.theme.capitalize()}"].trigger()
    entries[sides[0]].trigger()
    assert not stage.session.can_undo, (stage.session._undo, stage.view)


CAMERAS = [f"Alt+{number}" for number in range(8)]


@operates(*CAMERAS, "Ctrl+0")
def test_flights_are_steps_and_the_view_is_reset(stage: Stage) -> None:
    entries, seen = actions(stage.window), {}
    stage.session.reset_view(stage.start)
    for keys in CAMERAS[1:4]:
        entries[keys].trigger()
        stage.wait(lambda: not stage.window.box._flight.flying)
        seen[keys] = stage.view.camera
    assert len(set(seen.values())) == 3
    for keys in CAMERAS[3:1:-1]:
        assert stage.view.camera == seen[keys]
        stage.undo()
    for keys in (*CAMERAS[4:], CAMERAS[0]):
        entries[keys].trigger()
        stage.window.box._flight.break_off()
    stage.session.end_gesture()
    stage.session.change(camera=seen["Alt+2"], walls=Walls.CROSSHAIR)
    entries["Ctrl+0"].trigger()
    assert (stage.view.camera, stage.view.walls) == (stage.start.camera, Walls.MIDDLE)
    assert stage.view.crosshair is None
    stage.undo()
    assert (stage.view.camera, stage.view.walls) == (seen["Alt+2"], Walls.CROSSHAIR)


@operates("Ctrl+Shift+C", "Edit > Copy slices as command")
def test_commands_are_copied(stage: Stage) -> None:
    for keys, command in (("Ctrl+Shift+C", "figure"), ("Edit > Copy slices as command", "slices")):
        actions(stage.window)[keys].trigger()
        line = QGuiApplication.clipboard().text()
        assert line.startswith(f"saliency-viewer {command} ")
        assert str(stage.maps[0]) in line
    assert not stage.failed


@operates("Ctrl+Return", "Esc", "F11", "Ctrl+Shift+T", "View > Reset panels")
def test_the_rest_of_the_menus(stage: Stage) -> None:
    entries, window = actions(stage.window), stage.window
    told: list[object] = []
    window.method_dock.compute_asked.connect(lambda *given: told.append(given[0]))
    window.method_dock.compute_asked.disconnect(stage.desk.compute)
    window.method_dock.choose("gradient")
    entries["Ctrl+Return"].trigger()
    window.method_dock.compute_asked.connect(stage.desk.compute)
    assert told == ["gradient"]
    entries["Esc"].trigger()
    stage.rest()
    entries["F11"].trigger()
    assert window.status.isHidden()
    entries["Esc"].trigger()
    assert window.status.isVisible()
    entries["Ctrl+Shift+T"].trigger()
    assert window.study_dock.dialog.isVisible()
    window.study_dock.dialog.close()
    window.show_dock.hide()
    entries["View > Reset panels"].trigger()
    assert window.show_dock.isVisible()


def test_every_panel_is_shown_and_hidden_by_its_entry(stage: Stage) -> None:
    entries = {keys: one for keys, one in actions(stage.window).items() if keys.startswith("View > Panels")}
    assert len(entries) == len(stage.window.docks)
    for dock, entry in zip(stage.window.docks, entries.values(), strict=True):
        for _ in range(2):
            before = dock.isHidden()
            entry.trigger()
            assert dock.isHidden() is not before
    stage.window.reset_panels()


@operates("Ctrl+Q")
def test_quit_is_the_window_s_own_close(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    assert actions(stage.window)["Ctrl+Q"].isEnabled()


# Nothing is forgotten --------------------------------------------------------------------------------

COUNT = 141


@operates("search.line", "search.list")
def test_the_search_does_what_is_found(stage: Stage) -> None:
    from viewer.window.search import Search

    search = Search(stage.window.menus.entries(), stage.window)
    search.show()
    editors = controls(search, "search")
    stage.press(editors["search.line"], Qt.Key.Key_Space)
    editors["search.line"].setText("radiological")
    assert editors["search.list"].count() == 0 or stage.view == stage.start
    editors["search.line"].setText("gradient method")
    before = editors["search.list"].currentRow()
    stage.press(editors["search.line"], Qt.Key.Key_Down)
    assert editors["search.list"].currentRow() == before + 1
    name = search._hits[before + 1].also
    stage.press(editors["search.line"], Qt.Key.Key_Return)
    assert stage.window.method_dock.method == name
    assert not search.isVisible()
    search.deleteLater()


def test_every_control_is_declared(stage: Stage) -> None:
    """Count the controls: one that no test here operates fails, and so does one that is gone."""
    from viewer.window.search import Search
    from viewer.window.slices_dialog import SlicesDialog

    found = set(window_controls(stage.window)) | set(actions(stage.window))
    for name, dialog in (
        ("figure", FigureDialog(QSize(100, 80), stage.view.theme, stage.window)),
        ("movie", MovieDialog(stage.window)),
        ("slices", SlicesDialog(stage.window)),
        ("study_dialog", stage.window.study_dock.dialog),
        ("search", Search([], stage.window)),
    ):
        found |= set(controls(dialog, name))
    found = {name for name in found if not name.startswith((FORM, *GROUPS))}
    declared = {name for name in OPERATED if not name.startswith(GROUPS)}
    assert found == declared
    assert len(found) == COUNT
