"""Every control of the window and of its dialogs is operated, and what is then shown is what was chosen.

What a control has to do is declared here. A control that is declared nowhere fails
`test_every_control_is_declared`: operate it in a test, and name it there with `operates`.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

import nibabel
import numpy as np
import pytest
import torch
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
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

from tests.scans.dicom_series import ORIENTATIONS, write_series
from tests.window.controls import actions, controls, window_controls
from tests.window.test_attention_heads import save_vit
from tests.window.window_driver import WindowDriver, changed
from viewer.methods.registry import find_method, list_methods
from viewer.scans.atlas import LabelAtlas
from viewer.scans.load import load_scan
from viewer.scans.map import Map
from viewer.scans.multichannel_scan import make_multichannel_scan
from viewer.scans.provenance import Provenance, describe_scan
from viewer.scans.threshold import Threshold, ThresholdKind
from viewer.session.network_command import explain_command
from viewer.session.view import ColorMap, ComparisonMode, Convention, Layout, Sign, Theme, Walls
from viewer.settings import with_settings
from viewer.window.clinical_dialogs import ClinicalDialog, ClinicalOptions
from viewer.window.export_dialogs import FigureDialog, MovieDialog

Test = TypeVar("Test", bound=Callable[..., object])
OPERATED: set[str] = set()
GROUPS = ("View > Panels", "View > Left and right", "View > Language")
"""Entries of the menus that are found by what they are in, not each by its name."""

FORM = "method.form."
"""The editors of a method's parameters, all of which `test_forms_hand_over_what_is_chosen` operates."""


def covers(*names: str) -> Callable[[Test], Test]:
    """Declare which controls a test operates."""
    OPERATED.update(names)
    return lambda test: test


@pytest.fixture(scope="module", params=list(Theme))
def driver(
    request: pytest.FixtureRequest, qapp: object, scan_file: Path, model_file: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[WindowDriver]:  # fmt: skip
    found = WindowDriver(request.param, scan_file, model_file, tmp_path_factory.mktemp("maps"))
    yield found
    found.close()


@pytest.fixture(autouse=True)
def _as_at_the_beginning(driver: WindowDriver, request: pytest.FixtureRequest) -> Iterator[None]:
    """Run every test in one of the two themes, half of them in each; with --slow in both."""
    function = getattr(request.function, "__name__", "")
    theme = list(Theme)[zlib.crc32(function.encode()) % len(Theme)]
    if driver.start.theme is not theme and not request.config.getoption("--slow"):
        pytest.skip("runs in the other theme; run with --slow")
    yield
    driver.reset()


@pytest.fixture
def opened_dialogs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
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


def control(driver: WindowDriver, name: str) -> Any:
    return window_controls(driver.window)[name]


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
    "show.sign_combo": ("sign", Sign, {"box", "slices"}),
    "show.colormap_combo": ("hues", ColorMap, {"box", "slices"}),
    "show.walls_combo": ("walls", Walls, {"box"}),
}


@covers(*(f"show.check_boxes[{name}]" for name in SWITCHES))
@pytest.mark.parametrize("field", SWITCHES)
def test_a_switch_changes_what_it_says_and_each_click_is_a_step(driver: WindowDriver, field: str) -> None:
    box = control(driver, f"show.check_boxes[{field}]")
    first, states = driver.shot(), [driver.view]
    for _ in range(2):
        driver.click(box)
        assert getattr(driver.view, field) is box.isChecked() is not getattr(states[-1], field)
        states.append(driver.view)
        parts = changed(first, driver.shot())
        assert parts == (set() if driver.view == driver.start else SWITCHES[field])
    for before in (states[1], states[0]):
        driver.undo()
        assert driver.view == before
        assert box.isChecked() is getattr(before, field)
    assert not driver.session.can_undo
    assert driver.shot() == first


@covers("show.check_boxes[by_certainty]")
def test_uncertain_values_fade_where_the_map_states_how_certain_they_are(driver: WindowDriver) -> None:
    box = control(driver, "show.check_boxes[by_certainty]")
    layer = driver.session.current_layer
    assert layer is not None
    assert not box.isEnabled()
    assert box.toolTip().startswith("This map has no uncertainty estimate.")
    spread = replace(layer.map, data=np.abs(layer.map.data))
    driver.session.add_map(replace(layer.map, name="mean", sd=spread))
    driver.rest()
    assert box.isEnabled()
    first = driver.shot()
    driver.click(box)
    assert driver.view.by_certainty
    assert changed(first, driver.shot()) == {"box", "slices"}
    driver.undo()
    assert not box.isChecked()
    assert driver.shot() == first


@covers(*LISTS)
@pytest.mark.parametrize("name", LISTS)
def test_every_entry_of_a_list_is_shown_and_is_a_step(driver: WindowDriver, name: str) -> None:
    field, kind, parts = LISTS[name]
    combo = control(driver, name)
    shots, states = [driver.shot()], [driver.view]
    assert combo.count() == len(kind)
    for index, member in list(enumerate(kind))[1:]:
        driver.choose(combo, index)
        assert getattr(driver.view, field) is member
        states.append(driver.view)
        shots.append(driver.shot())
        assert all(changed(shot, shots[-1]) == parts for shot in shots[:-1])
    for index in range(combo.count() - 2, -1, -1):
        driver.undo()
        assert (driver.view, combo.currentIndex()) == (states[index], index)
        assert driver.shot() == shots[index]
    assert not driver.session.can_undo


@covers("show.image_combo")
def test_another_image_of_the_person_is_shown(driver: WindowDriver) -> None:
    scan, combo = driver.session.scan, control(driver, "show.image_combo")
    assert scan is not None
    negative = replace(scan, data=scan.data.max() - scan.data)
    driver.session.set_scan(make_multichannel_scan({"T1": scan, "FLAIR": negative}))
    driver.rest()
    first = driver.shot()
    driver.choose(combo, 1)
    assert driver.view.image == "FLAIR"
    assert changed(first, driver.shot()) == {"box", "slices"}
    driver.undo()
    assert combo.currentText() == "T1"
    assert driver.shot() == first
    driver.session.set_scan(scan)


@pytest.mark.parametrize(
    "name",
    [*LISTS, "show.threshold_kind", "show.threshold_slider", "show.opacity_slider", "show.threshold_amount"],
)
def test_the_wheel_changes_only_what_has_the_focus(driver: WindowDriver, name: str) -> None:
    widget = control(driver, name)
    driver.dock(widget)
    control(driver, "show.smallest_cluster").setFocus()
    driver.wheel(widget, -1)
    assert driver.view == driver.start
    widget.setFocus()
    driver.wheel(widget, -1)
    after = driver.view
    assert after != driver.start
    driver.undo()
    assert driver.view == driver.start


def voxels(driver: WindowDriver, kind: ThresholdKind, amount: float) -> int:
    """Count what reaches a threshold, from the file."""
    values = np.abs(nibabel.load(driver.maps[0]).get_fdata(dtype=np.float32)).ravel()
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


@covers("show.threshold_kind", "show.threshold_amount")
@pytest.mark.parametrize(
    ("kind", "typed"), [("percentile", 97.0), ("value", 0.75), ("top", 30.0), ("voxels", 321.0)]
)
def test_every_kind_of_threshold_cuts_as_it_says(driver: WindowDriver, kind: str, typed: float) -> None:
    member, combo, amount = (
        ThresholdKind(kind),
        control(driver, "show.threshold_kind"),
        control(driver, "show.threshold_amount"),
    )
    first = driver.shot()
    at_first = voxels(driver, ThresholdKind.PERCENTILE, 98.0)
    driver.choose(combo, combo.findData(kind))
    assert driver.view.threshold.kind is member
    # Told in another way it is the same cut, as nearly as it can be told.
    told = voxels(driver, member, driver.view.threshold.amount)
    assert told == pytest.approx(at_first, rel=0.01)
    driver.type(amount, f"{typed:g}")
    assert driver.view.threshold == Threshold(member, typed)
    assert driver.view.threshold.kind is member
    counted = voxels(driver, member, typed)
    assert f"{counted:,} voxels" in driver.window.display_dock._counts_label.text()
    assert changed(first, driver.shot()) == {"box", "slices"}
    while driver.session.can_undo:
        driver.undo()
    assert (driver.view, combo.currentData()) == (driver.start, "percentile")
    assert driver.shot() == first


@covers("show.threshold_slider")
def test_the_threshold_s_slider_is_a_step_a_gesture(driver: WindowDriver) -> None:
    slider = control(driver, "show.threshold_slider")
    first = driver.shot()
    driver.press(slider, Qt.Key.Key_Left, 5)
    by_keys = driver.view
    assert by_keys.threshold.amount < driver.start.threshold.amount
    assert changed(first, driver.shot()) == {"box", "slices"}
    option = QStyleOptionSlider()
    slider.initStyleOption(option)
    handle = slider.style().subControlRect(
        QStyle.ComplexControl.CC_Slider, option, QStyle.SubControl.SC_SliderHandle, slider
    )
    grip = handle.center()
    driver.drag(slider, [grip, grip - QPoint(20, 0), grip - QPoint(50, 0)])
    dragged = driver.view
    assert dragged.threshold.amount < by_keys.threshold.amount
    driver.undo()
    assert driver.view == by_keys
    driver.undo()
    assert driver.view == driver.start
    assert not driver.session.can_undo
    assert driver.shot() == first


@covers("show.opacity_slider")
def test_opacity(driver: WindowDriver) -> None:
    slider = control(driver, "show.opacity_slider")
    first = driver.shot()
    driver.press(slider, Qt.Key.Key_Home)
    assert driver.view.opacity == 0.0
    assert changed(first, driver.shot()) == {"slices"}
    driver.undo()
    assert driver.view == driver.start
    assert driver.shot() == first


@covers("show.smallest_cluster", "show.smoothing")
@pytest.mark.parametrize(
    ("name", "field", "typed"),
    [("smallest_cluster", "smallest_cluster", 15000.0), ("smoothing", "smoothing", 7.5)],
)
def test_a_number_that_is_typed(driver: WindowDriver, name: str, field: str, typed: float) -> None:
    box, first = control(driver, f"show.{name}"), driver.shot()
    driver.type(box, f"{typed:g}")
    assert getattr(driver.view, field) == typed
    assert changed(first, driver.shot()) == {"box", "slices"}
    driver.session.end_gesture()
    driver.press(box, Qt.Key.Key_Up, 3)
    assert getattr(driver.view, field) > typed
    driver.undo()
    assert getattr(driver.view, field) == typed == box.value()
    driver.undo()
    assert driver.view == driver.start
    assert driver.shot() == first


@covers("show.largest_clusters")
def test_the_number_of_clusters(driver: WindowDriver) -> None:
    box, first = control(driver, "show.largest_clusters"), driver.shot()
    assert box.text() == "All"
    driver.type(box, "1")
    assert driver.view.largest_clusters == 1
    assert changed(first, driver.shot()) == {"box", "slices"}
    driver.undo()
    assert box.text() == "All"
    assert driver.view == driver.start
    assert driver.shot() == first


@covers("show.range_editor.custom_box", "show.range_editor.low", "show.range_editor.high")
def test_the_colours_range(driver: WindowDriver) -> None:
    own, low, high = (control(driver, f"show.range_editor.{name}") for name in ("custom_box", "low", "high"))
    first = driver.shot()
    driver.click(own)
    assert driver.view.display_range == (0.0, pytest.approx(2.0, abs=0.1))
    assert "slices" in changed(first, driver.shot())
    ticked = driver.view
    driver.type(high, "1.5")
    assert driver.view.display_range == (0.0, 1.5)
    driver.session.end_gesture()
    driver.type(low, "0.25")
    assert driver.view.display_range == (0.25, 1.5)
    for expected in ((0.0, 1.5), ticked.display_range, None):
        driver.undo()
        assert driver.view.display_range == expected
        assert own.isChecked() is (expected is not None)
    assert not driver.session.can_undo
    assert driver.shot() == first


def test_the_walls_follow_the_crosshair_by_the_list_and_by_the_key(driver: WindowDriver) -> None:
    middle = driver.shot()
    driver.choose(control(driver, "show.walls_combo"), 1)
    there = driver.shot()
    driver.session.change(crosshair=(-21.0, -9.0, 12.0))
    assert "box" in changed(there, driver.shot())
    driver.undo()
    assert driver.shot() == there
    driver.press(driver.window.box, Qt.Key.Key_W)
    assert driver.view.walls is Walls.MIDDLE
    assert driver.shot()["box"] == middle["box"]
    driver.press(driver.window.box, Qt.Key.Key_W)
    assert driver.view.walls is Walls.CROSSHAIR
    assert driver.shot()["box"] == there["box"]


# Two maps --------------------------------------------------------------------------------------------


@covers("compare.second_map_combo", "compare.mode_combo", "compare.fade_slider")
def test_comparing_shows_what_is_chosen(driver: WindowDriver) -> None:
    second, contrast, fade = (
        control(driver, f"compare.{name}") for name in ("second_map_combo", "mode_combo", "fade_slider")
    )
    area, first = driver.window.compare_area, driver.shot()
    driver.choose(second, 1)
    driver.wait(lambda: driver.window.comparison_pipeline.comparison is not None)
    assert driver.view.compared == 1
    assert [box.isVisible() for box in area.boxes] == [True, True, True]
    assert not fade.isEnabled()
    assert driver.window.compare_dock._metric_labels["dice"].text() not in ("", "–")

    driver.choose(contrast, 1)
    assert driver.view.contrast is ComparisonMode.FADE
    assert fade.isEnabled()
    assert [box.isVisible() for box in area.boxes] == [True, True, False]
    pictures = {}
    for key, share in ((Qt.Key.Key_Home, 0.0), (Qt.Key.Key_End, 1.0)):
        driver.press(fade, key)
        assert driver.view.fade == share
        pictures[share] = area.grab().toImage()
        titled = area.first if share < 0.5 else area.second
        seen = "A  first  100%  ·  B  second  0%" if share < 0.5 else "A  first  0%  ·  B  second  100%"
        assert titled._title == seen
    assert pictures[0.0] != pictures[1.0]

    driver.session.end_gesture()
    driver.choose(contrast, 2)
    assert driver.view.contrast is ComparisonMode.FLICKER
    assert not fade.isEnabled()
    seen = set()

    def both() -> bool:
        shown = area.second if area.second._opacity > 0.5 else area.first
        seen.add((shown._title, area.grab().toImage().pixelColor(area.width() // 2, 1).rgb()))
        return len({title for title, _ in seen}) == 2

    driver.wait(both)
    # The two keys on the slider are one step, or two if a pause between them ended the gesture.
    steps = 0
    while driver.view.contrast is not ComparisonMode.BESIDE:
        assert driver.session.can_undo
        driver.undo()
        steps += 1
    assert steps in (3, 4)
    assert driver.view.fade == driver.start.fade
    driver.undo()
    assert driver.view == driver.start
    assert [box.isVisible() for box in area.boxes] == [True, False, False]
    assert driver.shot() == first


@covers(
    "maps.map_list", "maps.open_button", "maps.save_button", "maps.remove_button", "maps:MapRow.QToolButton"
)
def test_the_list_of_maps(driver: WindowDriver, opened_dialogs: list[str]) -> None:
    session, dock = driver.session, driver.window.maps_dock
    row = dock.map_list.visualItemRect(dock.map_list.item(1)).center()
    driver.click(dock.map_list.viewport(), row)
    assert session.current == 1
    driver.press(dock.map_list, Qt.Key.Key_Space)
    assert not session.maps[1].visible
    driver.click(dock.map_list.itemWidget(dock.map_list.item(1)).findChild(QToolButton), QPoint(8, 8))
    assert session.maps[1].visible
    for name in ("open_button", "save_button"):
        driver.click(control(driver, f"maps.{name}"))
    assert len(opened_dialogs) == 2
    removed = session.maps[1].map
    driver.click(control(driver, "maps.remove_button"))
    assert len(session.maps) == 1
    driver.undo()
    assert session.maps[1].map is removed


@covers("clusters.table", "clusters.atlas_button", "clusters.copy_button", "clusters.csv_button")
def test_the_clusters(driver: WindowDriver, opened_dialogs: list[str]) -> None:
    dock = driver.window.clusters_dock
    driver.dock(dock.table)
    driver.wait(lambda: len(dock.rows) == 2 and dock.rows[0].cluster.peak_mm[0] < 27)
    for row, (x, _, _) in enumerate(entry.cluster.peak_mm for entry in dock.rows):
        cell = dock.table.visualItemRect(dock.table.item(row, 0)).center()
        driver.click(dock.table.viewport(), cell)
        assert driver.view.crosshair == dock.rows[row].cluster.peak_mm
        assert abs(x - (24.0 if row == 0 else -22.7)) <= 3.0
    driver.undo()
    assert driver.view.crosshair == dock.rows[0].cluster.peak_mm
    driver.click(control(driver, "clusters.copy_button"))
    assert len(QGuiApplication.clipboard().text().strip().splitlines()) == 3
    for name in ("atlas_button", "csv_button"):
        driver.click(control(driver, f"clusters.{name}"))
    assert len(opened_dialogs) == 2


# Method, network, layers, checks, study --------------------------------------------------------------


@covers("method.family_combo", "method.method_combo")
def test_forms_hand_over_what_is_chosen(driver: WindowDriver) -> None:
    """Every method is chosen, every editor of its form operated, and what it holds makes the method."""
    dock = driver.window.method_dock
    family, method = control(driver, "method.family_combo"), control(driver, "method.method_combo")
    seen, operated = set(), 0
    for place in range(family.count()):
        driver.choose(family, place)
        for entry in range(method.count()):
            driver.choose(method, entry)
            name = dock.method
            assert name is not None
            seen.add(name)
            declared = find_method(name).parameters()
            editors = {}
            for path, widget in window_controls(driver.window).items():
                # A file's line is typed into here; its buttons are pressed in test_file_dialogs.
                parameter, _, part = path.removeprefix(f"{FORM}editors[").partition("]")
                if path.startswith(FORM) and part in ("", ".line_edit"):
                    editors[parameter] = widget
            assert set(editors) == {parameter.name for parameter in declared}
            for parameter in declared:
                operate_editor(driver, editors[parameter.name], parameter, dock.form.values)
                operated += 1
    assert seen == set(list_methods())
    assert operated == sum(len(one.parameters()) for one in list_methods().values())


def operate_editor(
    driver: WindowDriver, editor: Any, parameter: Any, values: Callable[[], dict[str, Any]]
) -> None:
    name = parameter.name
    if isinstance(editor, QComboBox):
        for index, choice in reversed(list(enumerate(parameter.choices))):
            driver.choose(editor, index)
            assert values()[name] == choice
    elif isinstance(editor, QCheckBox):
        before = values()[name]
        driver.click(editor)
        assert values()[name] is not before
    elif isinstance(editor, (QSpinBox, QDoubleSpinBox)):
        low, high = parameter.limits
        more = high is None or parameter.default + 1 <= high
        wanted = parameter.kind(parameter.default + (1 if more else -1))
        if low is not None and wanted < low:
            wanted = parameter.kind((parameter.default + low) / 2)
        driver.type(editor, f"{wanted:g}")
        assert values()[name] == pytest.approx(wanted)
        assert type(values()[name]) is parameter.kind
    else:
        assert isinstance(editor, QLineEdit)
        editor.setFocus()
        editor.selectAll()
        for letter in "ab":
            driver.press(editor, Qt.Key(ord(letter.upper())))
        assert values()[name] == "ab"


@covers(
    "method.target_combo",
    "method.layer_combo",
    "method.region_combo",
    "method.compute_button",
    "method.cancel_button",
)
@covers(
    "method.subtracted_target_combo",
    "method.reduction_combo",
    "model.segmentation_button",
    "model.output_combo",
    "model.fold_combo",
)
def test_a_map_is_asked_for_as_it_was_chosen(driver: WindowDriver, opened_dialogs: list[str]) -> None:
    dock = driver.window.method_dock
    told: list[tuple[Any, ...]] = []
    dock.compute_requested.connect(lambda *given: told.append(given))
    dock.choose_method("grad-cam")
    target, layer = control(driver, "method.target_combo"), control(driver, "method.layer_combo")
    assert [target.itemData(n) for n in range(target.count())] == [None, 0, 1]
    dock.compute_requested.disconnect(driver.controller.compute)
    for index, chosen in ((2, 1), (1, 0), (0, None)):
        driver.choose(target, index)
        driver.choose(layer, index)
        driver.click(control(driver, "method.compute_button"))
        name, _, class_index, path, part, varied = told[-1]
        assert (name, class_index, path, part, varied) == (
            "grad-cam", chosen, layer.itemData(index), None, None
        )  # fmt: skip
        assert (path is None) is (index == 0)
    dock.compute_requested.connect(driver.controller.compute)
    region = dock.region_combo
    for index in range(3):
        driver.choose(region, index)
        assert region.region.startswith(("above:0.5", "component:24.00,20.00,9.00", "all")[index])
    driver.press(region, Qt.Key.Key_Down)
    assert len(opened_dialogs) == 1
    assert region.currentIndex() == 2
    for index, prefix in enumerate(("", "mean:", "normalised:")):
        driver.choose(dock.reduction_combo, index)
        assert dock.reduction_combo.prefix == prefix
        assert driver.session.method_settings.region == f"{prefix}all"
    driver.choose(dock.reduction_combo, 0)
    driver.choose(region, 0)
    against = control(driver, "method.subtracted_target_combo")
    driver.choose(against, 2)
    assert driver.session.method_settings.subtracted_index == 1
    driver.choose(against, 0)
    cancelled: list[bool] = []
    dock.cancel_requested.connect(lambda: cancelled.append(True))
    control(driver, "method.cancel_button").click()
    assert cancelled == [True]
    assert not control(driver, "model.output_combo").isVisible(), "this network returns one tensor"
    assert not control(driver, "model.fold_combo").isVisible(), "this network is not a folder of several"
    # This network classifies: there is no segmentation to show.
    show = control(driver, "model.segmentation_button")
    assert not show.isVisible()
    show.click()
    driver.rest()
    assert len(driver.session.maps) == 2


@covers(
    "model.open_button",
    "model.fit_strip.details_button",
    "model.fit_strip.prepare_button",
    "status.notes_button",
    "status.cancel_button",
)
def test_model_and_status(driver: WindowDriver, opened_dialogs: list[str]) -> None:
    driver.click(control(driver, "model.open_button"))
    assert len(opened_dialogs) == 1
    driver.click(control(driver, "model.fit_strip.details_button"))
    details = driver.window.model_dock.fit_strip.dialog
    assert details.isVisible()
    details.hide()
    control(driver, "model.fit_strip.prepare_button").click()
    assert driver.window.preparation_dock.isVisible()
    # The card of this network asks for nothing.
    assert driver.session.preparation is None
    control(driver, "status.notes_button").click()
    driver.rest()
    cancelled: list[bool] = []
    driver.window.status.cancel_requested.connect(lambda: cancelled.append(True))
    control(driver, "status.cancel_button").click()
    assert cancelled == [True]


PREPARED = ("registration", "skull", "brain-mask")


@covers(*(f"preparation.rows[{name}].{part}" for name in PREPARED for part in ("check_box", "undo_button")))
@covers(
    "preparation.rows[bias-field].check_box",
    "preparation.rows[bias-field].undo_button",
    "preparation.quality.kind_combo",
)
@covers(*(f"preparation.{name}_button" for name in ("start", "undo", "mask", "transform", "save")))
@covers("preparation.outline_boxes[template_outline]", "preparation.outline_boxes[mask_outline]")
@covers("View > Template outline on slices", "View > Brain mask on slices")
@covers("Ctrl+Shift+P", "File > Save mask and transform")
@pytest.mark.slow
def test_preparing(driver: WindowDriver, opened_dialogs: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from viewer.preparation import pipeline
    from viewer.preparation.brain_mask import BrainMask

    prepare, scan = pipeline.prepare, driver.session.scan
    brain = BrainMask(scan.data > 50, scan.grid, "known")

    def known(scan: Any, wanted: Any, *, mask: Any, transform: Any, progress: Any) -> Any:
        if transform is None:
            # What would be found is known.
            mask, transform = mask or brain, np.eye(4)
        return prepare(scan, wanted, mask=mask, transform=transform, grid=scan.grid, progress=progress)

    monkeypatch.setattr(pipeline, "prepare", known)
    session, dock = driver.session, driver.window.preparation_dock
    for name, wanted in (("mask", "Open mask"), ("transform", "Open transform")):
        driver.click(control(driver, f"preparation.{name}_button"))
        assert opened_dialogs.pop() == wanted
    bias = control(driver, "preparation.rows[bias-field].check_box")
    driver.click(bias)
    assert dock.requirements().bias_corrected
    driver.click(bias)
    assert not control(driver, "preparation.start_button").isEnabled()
    for name in PREPARED[:2]:
        driver.click(control(driver, f"preparation.rows[{name}].check_box"))
    assert control(driver, "preparation.rows[brain-mask].check_box").isChecked()
    driver.click(control(driver, "preparation.start_button"))
    made = session.preparation
    assert made is not None
    kind = control(driver, "preparation.quality.kind_combo")
    driver.choose(kind, kind.count() - 1)
    assert kind.currentText() == "Brain mask"
    first = driver.shot()
    for name, entry in (
        ("mask_outline", "View > Brain mask on slices"),
        ("template_outline", "View > Template outline on slices"),
    ):
        box = control(driver, f"preparation.outline_boxes[{name}]")
        driver.click(box)
        assert (
            getattr(driver.view, name) is box.isChecked() is actions(driver.window)[entry].isChecked() is True
        )
        assert changed(first, driver.shot()) == {"box", "slices"}
        session.change(layout=Layout.MOSAIC)
        driver.rest()
        mosaic = driver.window.mosaic.grab().toImage()
        session.undo()
        actions(driver.window)[entry].trigger()
        assert not box.isChecked()
        assert driver.shot() == first
        session.change(layout=Layout.MOSAIC)
        driver.rest()
        assert driver.window.mosaic.grab().toImage() != mosaic
        session.undo()
    for save in (
        control(driver, "preparation.save_button").click,
        actions(driver.window)["File > Save mask and transform"].trigger,
    ):
        save()
        assert opened_dialogs.pop() == "Save mask and transform"
    driver.click(control(driver, "preparation.rows[brain-mask].undo_button"))
    assert session.preparation.mask is None
    driver.click(control(driver, "preparation.rows[registration].undo_button"))
    assert session.preparation is None
    driver.click(control(driver, "preparation.start_button"))
    driver.click(control(driver, "preparation.rows[skull].undo_button"))
    assert session.preparation.requirements.skull != "removed"
    driver.click(control(driver, "preparation.undo_button"))
    assert session.preparation is None
    # What the card asks for, which is nothing.
    actions(driver.window)["Ctrl+Shift+P"].trigger()
    assert not dock.rows[next(iter(dock.rows))].check_box.isChecked()
    assert session.preparation is None


@covers("File > Examples > Demonstration: simulated lesions")
@covers("File > Examples > Raw head: prepare it (simulated)")
@covers("File > Examples > Two maps compared (simulated lesions)")
@covers("File > Examples > PET study as in 1995 (simulated)")
def test_examples_open_their_files(driver: WindowDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    for name in ("open_scan", "open_map", "open_model"):
        monkeypatch.setattr(driver.controller, name, lambda path: opened.append(Path(path).name))
    entries = actions(driver.window)
    entries["File > Examples > Raw head: prepare it (simulated)"].trigger()
    assert opened == ["simulated-head", "demo"]
    assert driver.window.preparation_dock.isVisible()
    opened.clear()
    entries["File > Examples > Demonstration: simulated lesions"].trigger()
    assert opened == ["simulated-lesions", "integrated-gradients.nii.gz", "demo"]
    opened.clear()
    entries["File > Examples > Two maps compared (simulated lesions)"].trigger()
    assert set(opened) == {"simulated-lesions", "integrated-gradients.nii.gz", "demo", "lrp-epsilon.nii.gz"}
    studies: list[str] = []
    monkeypatch.setattr(driver.window.study_dock, "start", lambda listing, plan: studies.append(listing.name))
    entries["File > Examples > PET study as in 1995 (simulated)"].trigger()
    assert driver.window.study_dock.isVisible()
    driver.rest()
    assert studies == ["simulated saccades"]


@covers(
    *(
        f"method.uncertainty_row.{name}"
        for name in ("kind_combo", "samples_box", "add_button", "clear_button")
    )
)
@pytest.mark.slow
def test_the_uncertainty_is_measured_as_it_was_chosen(
    driver: WindowDriver, model_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dock, session = driver.window.method_dock, driver.session
    dock.choose_method("gradient")
    kind, samples = (
        control(driver, f"method.uncertainty_row.{name}") for name in ("kind_combo", "samples_box")
    )
    add, clear = (
        control(driver, f"method.uncertainty_row.{name}") for name in ("add_button", "clear_button")
    )
    told = driver.window.maps_dock._provenance_label
    assert not samples.isVisible()
    driver.choose(kind, 1)
    driver.type(samples, "3")
    assert (session.method_settings.uncertainty, session.method_settings.samples) == ("moves", 3)
    driver.click(control(driver, "method.compute_button"))
    mean, deviation = (layer.map for layer in session.maps[2:])
    assert mean.name.endswith("mean of 3 moved inputs")
    assert deviation.name.endswith("SD of 3 moved inputs")
    assert deviation.data.max() > 0
    assert session.current_layer is not None
    assert session.current_layer.map is mean
    assert "Mean of 3 moved inputs" in told.text()
    spread = session.prediction.uncertainty
    bars = driver.window.model_dock._bars
    assert [bar.interval for bar in bars.bars] == list(spread.intervals)
    assert "lowest to highest of 3 moved inputs" in bars.toolTip()
    assert "lowest to highest of 3 moved inputs" in driver.window.model_dock._notes_label.text()
    item = kind.model().item(2)
    assert (item.text(), item.isEnabled()) == ("Dropout", False)
    assert item.toolTip() == "This network has no dropout that can be switched on"
    driver.choose(kind, 3)
    assert not samples.isVisible()
    driver.click(control(driver, "method.compute_button"))
    assert "is one network, but an ensemble has several" in driver.failed.pop()
    other = tmp_path / "other.pt"
    weights = torch.load(model_file, weights_only=True)
    torch.save({name: 1.1 * tensor for name, tensor in weights.items()}, other)
    card = json.loads(model_file.with_name("small.card.json").read_text())
    (tmp_path / "other.card.json").write_text(json.dumps(card | {"name": "Other"}))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *given, **_: (str(other), ""))
    driver.click(add)
    assert "1 added" in add.text()
    driver.click(control(driver, "method.compute_button"))
    assert session.maps[4].map.name.endswith("mean of 2 networks")
    assert [bar.interval for bar in bars.bars] == list(session.prediction.uncertainty.intervals)
    command = explain_command(session, session.maps[4].map, "map.nii.gz")
    assert command.endswith(f"--uncertainty ensemble --model {other} -o map.nii.gz")
    driver.click(clear)
    assert "added" not in add.text()
    driver.choose(kind, 0)
    driver.click(control(driver, "method.compute_button"))
    assert "Uncertainty not measured" in told.text()


@pytest.mark.slow
@covers(
    "layers.tree",
    "layers.channel_list",
    "layers.order_combo",
    "layers.explain_button",
    "method.clear_layer_button",
)
def test_a_layer_is_taken_for_the_next_map_and_let_go_of(driver: WindowDriver) -> None:
    dock, method = driver.window.layer_dock, driver.window.method_dock
    method.choose_method("grad-cam")
    driver.dock(dock.tree)
    driver.wait(lambda: dock.tree.topLevelItemCount() > 0)
    item = dock.tree.topLevelItem(0)
    while item.childCount():
        item = item.child(0)
    dock.tree.scrollToItem(item)
    driver.click(dock.tree.viewport(), dock.tree.visualItemRect(item).center())
    assert dock.layer
    # A click looks at a layer; the button takes it for the next maps.
    assert method.layer is None
    driver.click(dock.explain_button)
    assert method.layer == dock.layer
    driver.dock(method.clear_layer_button)
    driver.click(method.clear_layer_button)
    assert method.layer is None
    driver.dock(dock.tree)
    driver.wait(lambda: dock.channel_list.count() > 0)
    shown = dock.channel_list.visualItemRect(dock.channel_list.item(0)).center()
    driver.click(dock.channel_list.viewport(), shown)
    assert dock.channel_list.currentRow() == 0
    driver.choose(dock.order_combo, 1)
    driver.wait(lambda: "by relevance for" in dock.message)


@covers("layers.query_row.combo")
@pytest.mark.slow
def test_another_query_attends_to_something_else(
    driver: WindowDriver, model_file: Path, tmp_path: Path
) -> None:
    dock, session = driver.window.layer_dock, driver.session
    before = session.model
    driver.controller.open_model(save_vit(tmp_path)[1])
    driver.wait(lambda: session.model is not before and session.prediction is not None)
    try:
        driver.dock(dock.tree)
        driver.wait(lambda: dock.tree.topLevelItemCount() > 0)
        where = Qt.MatchFlag.MatchEndsWith | Qt.MatchFlag.MatchRecursive
        item = dock.tree.findItems(" · attention", where)[0]
        dock.tree.scrollToItem(item)
        driver.click(dock.tree.viewport(), dock.tree.visualItemRect(item).center())
        driver.wait(lambda: dock.channel_list.count() > 0)
        combo = dock.query_row.combo
        assert combo.isVisible()
        driver.choose(combo, 0)
        shown = []
        for index in range(combo.count()):
            driver.choose(combo, index)
            image = dock.channel_list.item(0).icon().pixmap(dock.channel_list.iconSize()).toImage()
            shown.append(bytes(image.constBits()))
        assert len(set(shown)) == combo.count() == 3
    finally:
        transformer = session.model
        driver.controller.open_model(model_file)
        driver.wait(lambda: session.model is not transformer and session.prediction is not None)


@covers(*(f"trust.{name}_button" for name in ("check", "region", "maps", "mask", "report")), "trust.tree")
@covers("File > Save report of checks")
def test_checks_are_asked_for_as_they_are_ticked(
    driver: WindowDriver, opened_dialogs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    dock, tree = driver.window.checks_dock, driver.window.checks_dock.tree
    driver.dock(tree)
    for row in range(tree.topLevelItemCount()):
        item, before = tree.topLevelItem(row), dock.selected_checks
        tree.setCurrentItem(item)
        driver.press(tree, Qt.Key.Key_Space)
        if item.data(0, Qt.ItemDataRole.CheckStateRole) is not None:
            assert set(dock.selected_checks) ^ set(before) == {item.data(0, Qt.ItemDataRole.UserRole)}
            driver.press(tree, Qt.Key.Key_Space)
        assert dock.selected_checks == before
    driver.click(control(driver, "trust.mask_button"))
    assert len(opened_dialogs) == 1
    actions(driver.window)["File > Save report of checks"].trigger()
    assert len(opened_dialogs) == 1
    # There is nothing to report or to add before a check has found it.
    assert not control(driver, "trust.report_button").isEnabled()
    assert not control(driver, "trust.maps_button").isVisible()
    jobs: list[str] = []
    run = driver.controller.run_long

    # What a check finds is tested elsewhere; here, that each button begins the work it says.
    def begin(work: object, title: str, done: object, *more: Any, **named: Any) -> object:
        jobs.append(title)
        return run(lambda progress: None, title, lambda _: None, *more, **named)

    monkeypatch.setattr(driver.controller, "run_long", begin)
    for name in ("region", "check"):
        control(driver, f"trust.{name}_button").click()
        driver.rest()
    # The layers panel, in the same window, may still be showing a channel that was chosen before.
    began = [title for title in jobs if not title.startswith("Showing channel")]
    assert len(began) == 2
    assert "first" in began[1]


STUDY_BUTTONS = ("first-order", "second-order", "second-order-cross", "retrained", "exact")


@covers(
    *(f"study.map_selector.approximations.buttons[{name}]" for name in STUDY_BUTTONS),
    *(
        f"study.{name}"
        for name in ("map_selector.underlay_combo", "set_up_button", "use_button", "save_button")
    ),
    "study.progress.cancel_button",
)
def test_the_study_s_panel(driver: WindowDriver) -> None:
    dock = driver.window.study_dock
    for name in STUDY_BUTTONS:
        control(driver, f"study.map_selector.approximations.buttons[{name}]").click()
        assert dock.approximations.selected == name
    over = control(driver, "study.map_selector.underlay_combo")
    for index, template in ((1, False), (0, True)):
        over.setCurrentIndex(index)
        assert dock.map_selector.uses_template is template
    assert not control(driver, "study.use_button").isEnabled()
    assert not control(driver, "study.save_button").isEnabled()
    control(driver, "study.set_up_button").click()
    assert dock.dialog.isVisible()
    control(driver, "study.progress.cancel_button").click()
    driver.rest()
    dock.dialog.close()


@covers(
    *(
        f"cohort.{name}"
        for name in (
            "network",
            "method",
            "nearest_button",
            "table",
            "open_button",
            "group_button",
            "compare_button",
        )
    ),
    *(f"cohort.filter_box.{name}" for name in ("column_combo", "value_combo", "min_edit", "max_edit")),
    *(
        f"cohort.result.{name}"
        for name in ("map_combo", "region_table", "save_button", "command_box.copy_button")
    ),
    "cohort.nearest_command.copy_button",
    *(
        f"group_dialog.{name}"
        for name in (
            "question_combo",
            "person_combo",
            "column_combo",
            "first_group",
            "second_group",
            "confounds",
        )
    ),
    *(f"group_dialog.filter_box.{name}" for name in ("column_combo", "value_combo", "min_edit", "max_edit")),
    *(f"group_dialog.{name}" for name in ("error_control", "permutations", "atlas_combo", "same_space_box")),
    *(f"group_dialog.{name}" for name in ("command.copy_button", "compute_button", "close_button")),
    "cohort.progress.cancel_button",
    "File > Open cohort folder",
)
@pytest.mark.slow
def test_the_cohort_s_panel(
    driver: WindowDriver, cohort_results: Path, opened_dialogs: list[str], tmp_path: Path
) -> None:
    """Each control once, and what is asked for; what then comes out is told in test_cohort_dock.py."""
    dock = driver.window.cohort_dock
    actions(driver.window)["File > Open cohort folder"].trigger()
    driver.click(control(driver, "cohort.open_button"))
    assert opened_dialogs == ["Open cohort folder"] * 2
    dock.open_folder(cohort_results)
    driver.rest()
    assert [control(driver, f"cohort.{name}").currentText() for name in ("network", "method")] == [
        "small",
        "gradient",
    ]
    driver.choose(control(driver, "cohort.method"), 1)
    assert driver.session.cohort.method == "input-times-gradient"
    driver.choose(control(driver, "cohort.filter_box.column_combo"), 1)
    driver.choose(control(driver, "cohort.filter_box.value_combo"), 1)
    assert driver.session.cohort.among == "group=patient"
    table = control(driver, "cohort.table")
    table.setCurrentIndex(table.model().index(1, 0))
    driver.press(table, Qt.Key.Key_Return)
    assert driver.session.cohort.participant == "sub-04"
    nearest = control(driver, "cohort.nearest_button")
    driver.click(nearest)
    assert table.model().headerData(1, Qt.Orientation.Horizontal) == "Distance"
    driver.click(control(driver, "cohort.nearest_command.copy_button"))
    assert QGuiApplication.clipboard().text().startswith("saliency-viewer nearest sub-04 --cohort ")
    driver.click(nearest)
    assert table.model().headerData(1, Qt.Orientation.Horizontal) == "Map"
    driver.choose(control(driver, "cohort.filter_box.column_combo"), 2)
    for name, text in (("min_edit", "61"), ("max_edit", "66")):
        edit = control(driver, f"cohort.filter_box.{name}")
        edit.setFocus()
        QTest.keyClicks(edit, text)
        QTest.keyClick(edit, Qt.Key.Key_Return)
    assert driver.session.cohort.among == "age=61..66"
    driver.click(control(driver, "cohort.group_button"))
    editors: dict[str, Any] = controls(dock.dialog, "group_dialog")

    def editor(name: str) -> Any:
        return editors[f"group_dialog.{name}"]

    assert dock.dialog.make_request().among == "age=61..66"
    for name, text in (("min_edit", "60"), ("max_edit", "68")):
        edit = editor(f"filter_box.{name}")
        edit.setFocus()
        edit.selectAll()
        QTest.keyClicks(edit, text)
        QTest.keyClick(edit, Qt.Key.Key_Tab)
    driver.choose(editor("question_combo"), 1)
    driver.choose(editor("column_combo"), 0)
    driver.choose(editor("first_group"), 0)
    driver.choose(editor("second_group"), 1)
    editor("confounds").item(1).setCheckState(Qt.CheckState.Checked)
    driver.choose(editor("error_control"), 1)
    editor("permutations").setValue(9)
    atlas = write_regions(tmp_path / "atlas.nii.gz", cohort_results)
    editor("atlas_combo").select_path(atlas)
    driver.click(editor("same_space_box"))
    request = dock.dialog.make_request()
    assert (request.contrast, request.among) == ("group:control-patient", "age=60..68")
    assert (request.confounds, str(request.error_control), request.permutations) == (("age",), "TFCE", 9)
    assert (request.atlas, request.same_space) == (str(atlas), True)
    driver.click(editor("command.copy_button"))
    assert QGuiApplication.clipboard().text() == request.command()
    driver.click(editor("compute_button"))
    driver.rest()
    assert dock.runner.request == request
    regions = control(driver, "cohort.result.region_table").model()
    assert regions.rowCount() == 2
    maps = control(driver, "cohort.result.map_combo")
    assert maps.currentData() == "tfce"
    driver.choose(maps, 0)
    assert driver.session.current_layer.map is dock.runner.result.maps["mean"]
    driver.click(control(driver, "cohort.result.command_box.copy_button"))
    assert QGuiApplication.clipboard().text() == request.command()
    driver.click(control(driver, "cohort.result.save_button"))
    assert opened_dialogs[-1] == "Save group maps"
    driver.click(control(driver, "cohort.compare_button"))
    driver.choose(editor("person_combo"), 2)
    driver.choose(editor("filter_box.column_combo"), 1)
    driver.choose(editor("filter_box.value_combo"), 1)
    assert dock.dialog.make_request().among == "group=patient"
    driver.click(editor("close_button"))
    assert not dock.dialog.isVisible()
    control(driver, "cohort.progress.cancel_button").click()
    driver.session.set_cohort(None)
    driver.controller.open_scan(driver.scan)
    driver.rest()


def write_regions(path: Path, cohort: Path) -> Path:
    """Write an atlas of two halves on the grid of a cohort's maps."""
    image = nibabel.load(next(cohort.rglob("*_relevance.nii.gz")))
    labels = np.ones(image.shape, dtype=np.int16)
    labels[: image.shape[0] // 2] = 2
    nibabel.save(nibabel.Nifti1Image(labels, image.affine, image.header), path)
    return path


STUDY: dict[str, tuple[object, object]] = {
    "mask_level": ("30", 0.3),
    "hidden": ("3", 3),
    "components": ("7", 7),
    "decay": ("0.5", 0.5),
    "prune": ("20", 0.2),
    "global_scaling": (None, False),
    "subject_means": (None, False),
    "negative": (None, "keep"),
    "y": (1, "graded"),
    "linear": (1, True),
}
"""What is done to the editor of a setting, and the setting's value then."""


@covers(
    *(f"study_dialog.form.editors[{name}]" for name in (*STUDY, "cubes", "mask", "atlas")),
    *(f"study_dialog.form.{name}" for name in ("removal_combo", "folder_combo")),
    *(f"study_dialog.{name}" for name in ("source_combo", "open_button", "table", "train_button")),
    "study_dialog:StudyDialog.QPushButton",
)
def test_the_study_s_form_hands_over_what_is_chosen(driver: WindowDriver, opened_dialogs: list[str]) -> None:
    from viewer.window.study_dialog import StudyDialog

    dialog = StudyDialog(driver.controller, driver.window)
    dialog.show()
    dialog.read_scans()
    driver.rest()
    editors: dict[str, Any] = dict(controls(dialog, "study_dialog"))
    form = dialog.form
    for name, (act, value) in STUDY.items():
        editor = editors[f"study_dialog.form.editors[{name}]"]
        before = form.make_plan()
        if act is None:
            driver.click(editor)
        elif isinstance(act, int):
            driver.choose(editor, act)
        else:
            driver.type(editor, str(act))
        assert with_settings(form.make_plan(), {name: value}) == form.make_plan() != before, name
    taken = editors["study_dialog.form.removal_combo"]
    driver.choose(taken, 1)
    driver.type(editors["study_dialog.form.editors[cubes]"], "12")
    assert form.make_plan().cube == 12.0
    for place, name in enumerate(("editors[mask]", "editors[atlas]", "folder_combo"), start=1):
        combo = editors[f"study_dialog.form.{name}"]
        driver.press(combo, Qt.Key.Key_Down)
        assert len(opened_dialogs) == place
        assert combo.currentIndex() == 0
    source = editors["study_dialog.source_combo"]
    for index in range(source.count()):
        driver.choose(source, index)
        driver.rest()
        assert dialog._study_table is not None
        assert dialog._study_table.simulated_study == source.itemData(index)
    assert editors["study_dialog.table"].model().rowCount() == len(dialog._study_table.scans)
    driver.click(editors["study_dialog.open_button"])
    assert len(opened_dialogs) == 4
    told: list[object] = []
    dialog.train_requested.connect(
        lambda listing, plan, _: told.append((listing.simulated_study, plan.recipe.hidden))
    )
    driver.choose(editors["study_dialog.form.editors[linear]"], 0)
    driver.choose(editors["study_dialog.form.editors[y]"], 0)
    editors["study_dialog.train_button"].click()
    assert told == [(dialog._study_table.simulated_study, 3)]
    editors["study_dialog:StudyDialog.QPushButton"].click()
    assert not dialog.isVisible()


# Dialogs ---------------------------------------------------------------------------------------------


@covers(
    *(
        f"figure.{name}"
        for name in (
            "preset_combo",
            "width",
            "height",
            "unit_combo",
            "dpi",
            "background_combo",
            "transparent_box",
        )
    ),
    "figure:QDialogButtonBox.QPushButton",
)
def test_a_figure_is_written_as_it_was_chosen(driver: WindowDriver, tmp_path: Path) -> None:
    from PIL import Image

    theme = driver.view.theme
    for background in (Theme.LIGHT, Theme.DARK):
        dialog = FigureDialog(QSize(100, 80), theme, driver.window)
        dialog.show()
        editors = controls(dialog, "figure")
        preset = editors["figure.preset_combo"]
        driver.choose(preset, preset.findText("A4 column, 85 mm"))
        assert (dialog.options().size, dialog.options().dpi) == ((1004, 756), 300)
        driver.choose(preset, preset.findText("Slide, 16:9"))
        assert (dialog.options().size, dialog.options().dpi) == ((2560, 1440), 192)
        driver.type(editors["figure.width"], "120")
        assert preset.currentIndex() == -1
        driver.type(editors["figure.height"], "90")
        driver.type(editors["figure.dpi"], "254")
        combo = editors["figure.background_combo"]
        assert combo.count() == 2
        driver.choose(combo, combo.findText(background.capitalize()))
        wanted = dialog.options()
        assert (wanted.size, wanted.dpi, wanted.transparent) == ((120, 90), 254, False)
        assert wanted.theme is background
        path = tmp_path / f"{background}.png"
        driver.controller.save_figure(path, wanted)
        driver.rest()
        with Image.open(path) as picture:
            assert picture.size == (120, 90)
            shade = np.asarray(picture.convert("L"))[:4, :4].mean()
        assert shade > 200 if background is Theme.LIGHT else shade < 60
        driver.choose(editors["figure.unit_combo"], 1)
        assert editors["figure.width"].value() == pytest.approx(12.0, abs=0.05)
        driver.click(editors["figure.transparent_box"])
        assert dialog.options().transparent is True
        dialog.close()


@covers("slices.width", "slices.dpi", "slices:QDialogButtonBox.QPushButton")
def test_the_size_of_slices_is_what_was_typed(driver: WindowDriver) -> None:
    from viewer.window.export_dialogs import SlicesDialog

    dialog = SlicesDialog(driver.window)
    dialog.show()
    editors = controls(dialog, "slices")
    driver.type(editors["slices.width"], "900")
    driver.type(editors["slices.dpi"], "150")
    assert (dialog.options().width, dialog.options().dpi) == (900, 150)
    buttons = dialog.findChildren(QPushButton)
    codes = QDialog.DialogCode.Accepted, QDialog.DialogCode.Rejected
    for button, result in zip(buttons, codes, strict=True):
        dialog.show()
        button.click()
        assert dialog.result() == result


@covers(*(f"movie.{name}" for name in ("sweep", "seconds", "size")), "movie:QDialogButtonBox.QPushButton")
def test_a_movie_is_made_as_it_was_chosen(driver: WindowDriver, tmp_path: Path) -> None:
    from viewer.scene.movie import Sweep

    dialog = MovieDialog(driver.window)
    dialog.show()
    editors = controls(dialog, "movie")
    driver.type(editors["movie.seconds"], "0.5")
    for index, sweep in enumerate(Sweep):
        driver.choose(editors["movie.sweep"], index)
        assert Sweep(dialog.options().sweep) is sweep
    size = editors["movie.size"]
    for index in range(size.count()):
        driver.choose(size, index)
        width, height = dialog.options().size
        assert size.currentText() == f"{width} × {height}"
    assert dialog.options().seconds == 0.5
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
    "File > Open DICOM or BIDS folder": "Open DICOM or BIDS folder",
    "Ctrl+Shift+O": "Open model",
    "File > Open model folder": "Open model folder",
    "Ctrl+M": "Open map",
    "File > Open session": "Open session",
    "File > Open atlas": "Open atlas",
    "Ctrl+S": "Save map",
    "Ctrl+E": "FigureDialog",
    "Ctrl+Shift+E": "SlicesDialog",
    "File > Save movie": "MovieDialog",
    "File > Save mesh": "Save mesh",
    "File > Save clusters": "Save clusters",
    "File > Share as page": "Share as page",
    "File > Save report": "ClinicalDialog",
    "File > Save session": "Save session",
    "Ctrl+K": "CommandPalette",
    "?": "ShortcutsDialog",
    "Help > About": "AboutDialog",
}
"""The dialog that each of these opens."""


@covers(*ASKING)
@pytest.mark.parametrize("keys", ASKING)
def test_an_entry_of_the_menus_that_asks(driver: WindowDriver, opened_dialogs: list[str], keys: str) -> None:
    actions(driver.window)[keys].trigger()
    assert len(opened_dialogs) == 1
    assert opened_dialogs[0] == ASKING[keys]
    assert driver.view == driver.start
    assert not driver.failed


@covers("F1", "Help > Guide")
@pytest.mark.parametrize("keys", ["F1", "Help > Guide"])
def test_the_guide_opens_beside_the_window(driver: WindowDriver, keys: str) -> None:
    actions(driver.window)[keys].trigger()
    guide = driver.window.menus.guide
    assert guide is not None
    assert guide.isVisible()
    assert not guide.isModal()
    guide.close()
    assert driver.view == driver.start


@covers("File > Close atlas")
def test_an_atlas_is_closed(driver: WindowDriver) -> None:
    atlas = LabelAtlas(
        "two", driver.session.scan.grid, np.ones(driver.session.scan.grid.shape, np.int32), {1: "one"}
    )
    driver.session.set_atlas(atlas)
    actions(driver.window)["File > Close atlas"].trigger()
    assert driver.session.atlas is None
    assert not actions(driver.window)["File > Close atlas"].isEnabled()


@covers("File > Export as DICOM")
def test_dicom_goes_out_where_dicom_came_in(
    driver: WindowDriver, opened_dialogs: list[str], tmp_path: Path
) -> None:
    entry = actions(driver.window)["File > Export as DICOM"]
    assert not entry.isEnabled()
    assert entry.toolTip().endswith("was read from NIfTI-1, not from DICOM.")
    values = np.arange(9 * 8 * 7, dtype=np.uint16).reshape(9, 8, 7)
    scan = load_scan(write_series(tmp_path / "series", values, ORIENTATIONS["LIA"]))
    driver.session.set_scan(scan)
    driver.session.add_map(Map(scan.data, scan.grid, "ramp"))
    assert entry.isEnabled()
    entry.trigger()
    assert opened_dialogs == ["ClinicalDialog"]


@covers(
    "clinical.identity_combo",
    "clinical.pseudonym_edit",
    "clinical.optional_box",
    "clinical:QDialogButtonBox.QPushButton",
)
def test_a_pseudonym_is_asked_for_where_it_is_wanted(driver: WindowDriver) -> None:
    dialog = ClinicalDialog("Save report", "With the page", True, driver.window)
    dialog.show()
    editors = controls(dialog, "clinical")
    assert dialog.options() == ClinicalOptions("", True)
    assert not editors["clinical.pseudonym_edit"].isEnabled()
    driver.choose(editors["clinical.identity_combo"], 1)
    assert dialog.options().pseudonym == "sub-01"
    driver.type(editors["clinical.pseudonym_edit"], "person 7")
    editors["clinical.optional_box"].click()
    assert dialog.options() == ClinicalOptions("person 7", False)
    buttons = dialog.findChildren(QPushButton)
    codes = QDialog.DialogCode.Accepted, QDialog.DialogCode.Rejected
    for button, result in zip(buttons, codes, strict=True):
        dialog.show()
        button.click()
        assert dialog.result() == result


@covers("File > Save report of checks")
def test_a_report_needs_checks_first(driver: WindowDriver, opened_dialogs: list[str]) -> None:
    said: list[str] = []
    driver.window.controller.message.connect(said.append)
    actions(driver.window)["File > Save report of checks"].trigger()
    assert not opened_dialogs
    assert said == ["Run the checks first: Trust > Check this map."]


@covers("Ctrl+Z", "Ctrl+Shift+Z")
@covers("Ctrl+T", "Ctrl+R", "Ctrl+L", "View > Theme > Dark", "View > Theme > Light")
def test_looks_in_the_menus_are_steps(driver: WindowDriver) -> None:
    entries = actions(driver.window)
    sides = [name for name in entries if name.startswith("View > Left and right")]
    first = driver.shot()
    other = Theme.LIGHT if driver.start.theme is Theme.DARK else Theme.DARK
    chosen = {
        "Ctrl+T": ("theme", other, {"box"}),
        f"View > Theme > {other.capitalize()}": ("theme", other, {"box"}),
        "Ctrl+R": ("convention", Convention.RADIOLOGICAL, {"slices"}),
        sides[1]: ("convention", Convention.RADIOLOGICAL, {"slices"}),
        "Ctrl+L": ("layout", Layout.MOSAIC, set()),
    }
    for keys, (field, member, parts) in chosen.items():
        entries[keys].trigger()
        assert getattr(driver.view, field) is member, keys
        if field == "layout":
            assert driver.window.central.lower_stack.currentWidget() is driver.window.mosaic
        else:
            assert changed(first, driver.shot()) == parts
        after = driver.view
        entries["Ctrl+Z"].trigger()
        assert driver.view == driver.start
        if keys == "Ctrl+R":
            entries["Ctrl+Shift+Z"].trigger()
            assert driver.view == after
            entries["Ctrl+Z"].trigger()
            assert driver.shot() == first
        # The same entry is ticked as is shown.
        for theme in Theme:
            assert entries[f"View > Theme > {theme.capitalize()}"].isChecked() is (driver.view.theme is theme)
    entries[f"View > Theme > {driver.start.theme.capitalize()}"].trigger()
    entries[sides[0]].trigger()
    assert not driver.session.can_undo, (driver.session._history._undo, driver.view)


CAMERAS = [f"Alt+{number}" for number in range(8)]


@covers(*CAMERAS, "Ctrl+0")
def test_flights_are_steps_and_the_view_is_reset(driver: WindowDriver) -> None:
    entries, seen = actions(driver.window), {}
    driver.session.reset_view(driver.start)
    for keys in CAMERAS[1:4]:
        entries[keys].trigger()
        driver.wait(lambda: not driver.window.box._animation.is_flying)
        seen[keys] = driver.view.camera
    assert len(set(seen.values())) == 3
    for keys in CAMERAS[3:1:-1]:
        assert driver.view.camera == seen[keys]
        driver.undo()
    for keys in (*CAMERAS[4:], CAMERAS[0]):
        entries[keys].trigger()
        driver.window.box._animation.stop_flight()
    driver.session.end_gesture()
    driver.session.change(camera=seen["Alt+2"], walls=Walls.CROSSHAIR)
    entries["Ctrl+0"].trigger()
    assert (driver.view.camera, driver.view.walls) == (driver.start.camera, Walls.MIDDLE)
    assert driver.view.crosshair is None
    driver.undo()
    assert (driver.view.camera, driver.view.walls) == (seen["Alt+2"], Walls.CROSSHAIR)


@covers("F2")
def test_a_map_is_renamed(driver: WindowDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the menu and by a double click; the legend has the new name."""
    from PySide6.QtWidgets import QInputDialog

    answers = iter(("Lesions  found", "", "Lesions"))
    monkeypatch.setattr(QInputDialog, "getText", lambda *given, **_: (next(answers), True))
    names = driver.window.maps_dock.map_list
    before = driver.session.maps[0].map.name
    actions(driver.window)["F2"].trigger()
    driver.rest()
    assert driver.session.maps[0].map.name == "Lesions found"
    assert driver.window.display.prepared_map.render_data.name == "Lesions found"
    driver.dock(names)
    row = names.visualItemRect(names.item(0)).center()
    for name in ("Lesions found", "Lesions"):
        QTest.mouseClick(names.viewport(), Qt.MouseButton.LeftButton, pos=row)
        QTest.mouseDClick(names.viewport(), Qt.MouseButton.LeftButton, pos=row)
        driver.rest()
        assert driver.session.maps[0].map.name == name
        assert driver.session.maps[0].file == driver.maps[0]
    driver.session.rename_map(0, before)


@covers("View > Save layout", "View > Remove layout")
def test_layouts_need_settings(driver: WindowDriver) -> None:
    """They are operated in `test_saved_layout`, whose windows have settings."""
    for name in ("View > Save layout", "View > Remove layout"):
        assert not actions(driver.window)[name].isEnabled()


@covers("View > Draw map with the others")
def test_a_map_is_drawn_with_the_others(driver: WindowDriver) -> None:
    driver.session.select_map(1)
    before = driver.shot()
    driver.session.select_map(0)
    actions(driver.window)["View > Draw map with the others"].trigger()
    driver.session.select_map(1)
    driver.rest()
    assert [layer.map for layer in driver.session.kept_layers] == [driver.session.maps[0].map]
    assert changed(before, driver.shot()) == {"box", "slices"}
    driver.session.keep_map(0, False)
    driver.rest()
    assert not driver.window.kept_maps_pipeline.displayed_maps


@covers("Edit > Copy figure")
def test_the_figure_is_copied_as_a_picture(driver: WindowDriver) -> None:
    """By the menu, and by Ctrl+C in the box."""
    clipboard, area = QGuiApplication.clipboard(), driver.window.compare_area
    for copy in (
        actions(driver.window)["Edit > Copy figure"].trigger,
        lambda: QTest.keyClick(driver.window.box, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier),
    ):
        clipboard.clear()
        copy()
        driver.rest()
        assert clipboard.image().size() == 2 * area.size()
        assert clipboard.mimeData().data("image/png").startsWith(b"\x89PNG")
    assert not driver.failed


@covers("Ctrl+Shift+C", "Edit > Copy slices as command")
def test_commands_are_copied(driver: WindowDriver) -> None:
    for keys, command in (("Ctrl+Shift+C", "figure"), ("Edit > Copy slices as command", "slices")):
        actions(driver.window)[keys].trigger()
        line = QGuiApplication.clipboard().text()
        assert line.startswith(f"saliency-viewer {command} ")
        assert str(driver.maps[0]) in line
    assert not driver.failed


@covers("Edit > Copy as script")
def test_a_script_is_copied(driver: WindowDriver) -> None:
    """A map from a file is drawn from it; one of the open network is computed first."""
    actions(driver.window)["Edit > Copy as script"].trigger()
    script = QGuiApplication.clipboard().text()
    assert script.startswith("#!/bin/sh\nset -e\nsaliency-viewer figure ")
    model, scan, own = driver.session.model, driver.session.scan, driver.session.maps[0].map
    assert model is not None
    assert scan is not None
    made = Provenance("gradient", target="ill", model={"hash": model.hash}, scan=describe_scan(scan))
    driver.session.add_map(Map(own.data, own.grid, "Gradient, ill", made))
    driver.rest()
    actions(driver.window)["Edit > Copy as script"].trigger()
    explain, draw = QGuiApplication.clipboard().text().splitlines()[2:]
    assert explain.startswith("saliency-viewer explain ")
    assert explain.endswith("-o map-1.nii.gz")
    assert "--map map-1.nii.gz" in draw
    assert not driver.failed


@covers("Ctrl+Return", "Esc", "F11", "Ctrl+Shift+T", "View > Reset panels")
def test_the_rest_of_the_menus(driver: WindowDriver) -> None:
    entries, window = actions(driver.window), driver.window
    told: list[object] = []
    window.method_dock.compute_requested.connect(lambda *given: told.append(given[0]))
    window.method_dock.compute_requested.disconnect(driver.controller.compute)
    window.method_dock.choose_method("gradient")
    entries["Ctrl+Return"].trigger()
    window.method_dock.compute_requested.connect(driver.controller.compute)
    assert told == ["gradient"]
    entries["Esc"].trigger()
    driver.rest()
    entries["F11"].trigger()
    assert window.status.isHidden()
    entries["Esc"].trigger()
    assert window.status.isVisible()
    entries["Ctrl+Shift+T"].trigger()
    assert window.study_dock.dialog.isVisible()
    window.study_dock.dialog.close()
    window.display_dock.hide()
    entries["View > Reset panels"].trigger()
    assert window.display_dock.isVisible()


def test_every_panel_is_shown_and_hidden_by_its_entry(driver: WindowDriver) -> None:
    entries = {keys: one for keys, one in actions(driver.window).items() if keys.startswith("View > Panels")}
    assert len(entries) == len(driver.window.docks)
    for dock, entry in zip(driver.window.docks, entries.values(), strict=True):
        for _ in range(2):
            before = dock.isHidden()
            entry.trigger()
            assert dock.isHidden() is not before
    driver.window.reset_panels()


@covers("Ctrl+Q")
def test_quit_is_the_window_s_own_close(driver: WindowDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    assert actions(driver.window)["Ctrl+Q"].isEnabled()


# Nothing is forgotten --------------------------------------------------------------------------------

COUNT = 232


@covers("search.search_field", "search.list")
def test_the_search_does_what_is_found(driver: WindowDriver) -> None:
    from viewer.window.command_palette import CommandPalette

    search = CommandPalette(driver.window.menus.entries(), driver.window)
    search.show()
    editors = controls(search, "search")
    driver.press(editors["search.search_field"], Qt.Key.Key_Space)
    editors["search.search_field"].setText("radiological")
    assert editors["search.list"].count() == 0 or driver.view == driver.start
    editors["search.search_field"].setText("gradient method")
    before = editors["search.list"].currentRow()
    driver.press(editors["search.search_field"], Qt.Key.Key_Down)
    assert editors["search.list"].currentRow() == before + 1
    name = search._matches[before + 1].keywords
    driver.press(editors["search.search_field"], Qt.Key.Key_Return)
    assert driver.window.method_dock.method == name
    assert not search.isVisible()
    search.deleteLater()


def test_every_control_is_declared(driver: WindowDriver) -> None:
    """Count the controls: one that no test here operates fails, and so does one that is gone."""
    from viewer.window.command_palette import CommandPalette
    from viewer.window.export_dialogs import SlicesDialog

    found = set(window_controls(driver.window)) | set(actions(driver.window))
    for name, dialog in (
        ("figure", FigureDialog(QSize(100, 80), driver.view.theme, driver.window)),
        ("movie", MovieDialog(driver.window)),
        ("clinical", ClinicalDialog("", "", False, driver.window)),
        ("slices", SlicesDialog(driver.window)),
        ("study_dialog", driver.window.study_dock.dialog),
        ("group_dialog", driver.window.cohort_dock.dialog),
        ("search", CommandPalette([], driver.window)),
    ):
        found |= set(controls(dialog, name))
    found = {name for name in found if not name.startswith((FORM, *GROUPS))}
    declared = {name for name in OPERATED if not name.startswith(GROUPS)}
    assert found == declared
    assert len(found) == COUNT
