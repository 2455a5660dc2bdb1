"""A map of another scan is hidden, named by its scan, left out of checks, and drawn only when asked for."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import nibabel
import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QToolButton
from pytestqt.qtbot import QtBot

from viewer.scans.provenance import Residual
from viewer.window.dock_panel import ElidedLabel, as_sentence
from viewer.window.main import MainWindow

LONG = 60_000


@pytest.fixture
def window(window_with_gradient: MainWindow) -> MainWindow:
    return window_with_gradient


@pytest.fixture
def other_file(scan_file: Path, tmp_path: Path) -> Path:
    """Another head at the same place."""
    image = nibabel.load(scan_file)
    data = np.asarray(image.dataobj)[::-1] * 0.9
    path = tmp_path / "patient.nii.gz"
    nibabel.save(nibabel.Nifti1Image(data.astype(np.float32), image.affine), path)
    return path


def lines_of(window: MainWindow, row: int) -> list[str]:
    """What the list of maps says in a row."""
    widget = window.maps_dock.map_list.itemWidget(window.maps_dock.map_list.item(row))
    return [label.text() for label in widget.findChildren(ElidedLabel)]


def words_in(window: MainWindow) -> str:
    """Every sentence in the panel of maps."""
    return " ".join(label.text() for label in window.maps_dock.findChildren(QLabel) if not label.isHidden())


def open_other(window: MainWindow, qtbot: QtBot, path: Path) -> None:
    window.controller.open_scan(path)
    qtbot.waitUntil(lambda: window.session.scan.name == "patient", timeout=LONG)
    qtbot.waitUntil(lambda: window.display.scan_data is not None, timeout=LONG)


def test_another_scan_hides_the_map_and_the_list_says_of_which_scan_it_is(
    window: MainWindow, qtbot: QtBot, other_file: Path
) -> None:
    assert "of head" not in " ".join(lines_of(window, 0))
    open_other(window, qtbot, other_file)
    assert window.display.prepared_map is None
    assert lines_of(window, 0)[1].startswith("of head")
    assert "This map is of head, not of patient. It is hidden" in words_in(window)
    assert "map" not in window.status.crosshair_text()


def test_a_map_far_from_its_sum_says_so_below_its_name(
    window: MainWindow, qtbot: QtBot, scan_file: Path
) -> None:
    window.controller.compute("lrp-alpha-beta", {"conserve": False}, None)
    qtbot.waitUntil(lambda: len(window.session.maps) == 2, timeout=LONG)
    residual = window.session.maps[1].map.residual
    assert residual is not None
    assert residual.relative > 0.1
    row = window.maps_dock.map_list.itemWidget(window.maps_dock.map_list.item(1))
    warned = [label for label in row.findChildren(QLabel) if label.property("role") == "warning"]
    assert [label.text() for label in warned] == [residual.warning]
    first = row.findChildren(ElidedLabel)[0]
    assert warned[0].geometry().top() >= first.mapTo(row, first.rect().bottomLeft()).y()
    assert row.rect().contains(warned[0].geometry())
    assert warned[0].width() >= warned[0].fontMetrics().horizontalAdvance(residual.warning)
    assert not first.visibleRegion().isEmpty()
    qtbot.waitUntil(
        lambda: (
            window.display.prepared_map is not None
            and residual.warning in window.display.prepared_map.render_data.name
        ),
        timeout=LONG,
    )


def test_shown_by_hand_it_is_drawn_and_everything_says_of_which_scan_it_is(
    window: MainWindow, qtbot: QtBot, other_file: Path
) -> None:
    open_other(window, qtbot, other_file)
    row = window.maps_dock.map_list.itemWidget(window.maps_dock.map_list.item(0))
    qtbot.mouseClick(row.findChild(QToolButton), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.display.prepared_map is not None, timeout=LONG)
    assert window.display.prepared_map.render_data.caption.endswith("(of head)")
    assert "map of head" in window.status.crosshair_text()
    assert "This map is of head, not of patient." in words_in(window)
    assert "It is hidden" not in words_in(window)


def test_a_map_of_another_scan_cannot_be_checked_and_says_why(
    window: MainWindow, qtbot: QtBot, other_file: Path
) -> None:
    open_other(window, qtbot, other_file)
    window.maps_dock.map_list.setFocus()
    qtbot.keyClick(window.maps_dock.map_list, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: window.display.prepared_map is not None, timeout=LONG)
    assert not window.checks_dock.check_button.isEnabled()
    assert "This map is of head, not of patient." in window.checks_dock._status_label.text()


@pytest.mark.slow
def test_agreement_leaves_out_the_map_of_the_other_scan(
    window: MainWindow, qtbot: QtBot, other_file: Path
) -> None:
    open_other(window, qtbot, other_file)
    qtbot.waitUntil(lambda: window.session.prediction is not None, timeout=LONG)
    for method in ("gradient", "input-times-gradient"):
        count = len(window.session.maps)
        window.controller.compute(method, {}, None)
        qtbot.waitUntil(lambda count=count: len(window.session.maps) > count, timeout=LONG)
    dock = window.checks_dock
    for row in range(dock.tree.topLevelItemCount()):
        item = dock.tree.topLevelItem(row)
        wanted = item.data(0, Qt.ItemDataRole.UserRole) == "agreement"
        if item.flags() & Qt.ItemFlag.ItemIsUserCheckable and not item.isHidden():
            item.setCheckState(0, Qt.CheckState.Checked if wanted else Qt.CheckState.Unchecked)
    dock.check_button.click()
    qtbot.waitUntil(lambda: len(dock.results()) == 1, timeout=LONG)
    found = dock.results()[0]
    assert len(found.numbers["maps"]) == 2
    assert list(found.numbers["left out"].values()) == ["the map was made from another scan"]
    assert "Left out:" in found.sentence


def test_a_map_of_another_network_is_named_by_it(
    window: MainWindow, qtbot: QtBot, model_file: Path, tmp_path: Path
) -> None:
    import torch

    weights = torch.load(model_file, weights_only=True)
    torch.save({name: value + 0.01 for name, value in weights.items()}, tmp_path / "other.pt")
    card = model_file.with_name("small.card.json").read_text().replace('"Small"', '"Other"')
    (tmp_path / "other.card.json").write_text(card)
    window.controller.open_model(tmp_path / "other.pt")
    qtbot.waitUntil(lambda: window.session.model.card.name == "Other", timeout=LONG)
    assert lines_of(window, 0)[1].startswith("by Small")
    assert window.session.maps[0].visible
    assert "It was made by Small, not by the loaded network." in words_in(window)


def test_a_map_without_a_sidecar_stays_visible_and_is_said_to_be_of_an_unknown_scan(
    window: MainWindow, qtbot: QtBot, map_file: Path
) -> None:
    window.controller.open_map(map_file)
    qtbot.waitUntil(lambda: len(window.session.maps) == 2, timeout=LONG)
    assert window.session.maps[1].visible
    assert lines_of(window, 1)[1].startswith("scan unknown")
    assert "does not record which scan it was computed from" in words_in(window)


def test_until_the_new_scan_is_prepared_no_brain_stands_under_its_name(
    window: MainWindow, qtbot: QtBot, other_file: Path
) -> None:
    from viewer.scans.load import load_scan

    window.controller.show_scan(load_scan(other_file))
    assert "patient" in window.windowTitle()
    assert window.display.scan_data is None
    assert window.box._binding.visible_scene is None
    assert "recorded" not in window.model_dock._heading_label.text()
    assert not window.model_dock._bars._bars
    qtbot.waitUntil(lambda: window.display.scan_data is not None, timeout=LONG)
    qtbot.waitUntil(lambda: window.session.prediction is not None, timeout=LONG)


def test_a_second_map_of_another_scan_is_compared_under_a_warning(
    window: MainWindow, qtbot: QtBot, other_file: Path
) -> None:
    open_other(window, qtbot, other_file)
    qtbot.waitUntil(lambda: window.session.prediction is not None, timeout=LONG)
    window.controller.compute("gradient", {}, None)
    qtbot.waitUntil(lambda: window.display.prepared_map is not None, timeout=LONG)
    second = window.compare_dock._second_map_combo
    place = second.findText("of head", Qt.MatchFlag.MatchContains)
    assert place > 0
    second.setCurrentIndex(place)
    qtbot.waitUntil(lambda: window.comparison_pipeline.comparison is not None, timeout=LONG)
    assert window.compare_dock._origin_label.text() == "B is of head, not of patient."
    assert window.compare_area.second._title.endswith("(of head)")


def test_above_the_bars_stands_what_the_scan_is_not_and_below_what_an_empty_one_gets(
    make_window: Callable[[], MainWindow], qtbot: QtBot, scan_file: Path, model_file: Path, tmp_path: Path
) -> None:
    card = json.loads(model_file.with_name("small.card.json").read_text())
    card["input"]["space"] = "affine"
    shutil.copy(model_file, tmp_path / "small.pt")
    (tmp_path / "small.card.json").write_text(json.dumps(card))
    window = make_window()
    window.controller.open_scan(scan_file)
    window.controller.open_model(tmp_path / "small.pt")
    qtbot.waitUntil(lambda: window.session.prediction is not None, timeout=LONG)
    dock = window.model_dock
    assert not dock.fit_strip.isHidden()
    sentences = [one.sentence for one in window.session.prediction.fit.problems]
    assert any("the network needs a scan in MNI space" in one for one in sentences), sentences
    # The strip shortens a long reason at a semicolon; its tool tip has all of it.
    assert dock.fit_strip._sentence_label.toolTip().startswith(as_sentence(sentences[0]).rstrip("."))
    assert dock.fit_strip._sentence_label.text().startswith(as_sentence(sentences[0]).split("; ")[0])
    assert dock.fit_strip._sentence_label.text().endswith("see Details.")
    assert dock.fit_strip.y() < dock._bars.mapTo(dock.widget(), dock._bars.pos()).y()
    assert dock._empty_scan_label.text().startswith("For an empty scan, the network predicts ")
    window.controller.open_model(model_file)
    qtbot.waitUntil(lambda: window.session.prediction is None, timeout=LONG)
    assert dock.fit_strip.isHidden()


def test_the_first_method_offered_is_one_that_finds_known_lesions_well(window: MainWindow) -> None:
    assert window.method_dock._method_combo.currentText() == "Integrated gradients"
    assert window.method_dock.method == "integrated-gradients"
    assert window.method_dock.form.values()["steps"]


def test_where_nothing_can_be_attributed_no_residual_is_shown(window: MainWindow, qtbot: QtBot) -> None:
    shown = window.session.maps[0].map
    residual = Residual("completeness", 7e-8, 2.5e-9).with_output_rounding(0.5)
    made = replace(shown.provenance, method="deeplift", residual=residual)
    window.session.add_map(replace(shown, provenance=made))
    qtbot.waitUntil(lambda: window.maps_dock.map_list.count() == 2, timeout=LONG)
    window.maps_dock.map_list.setCurrentRow(1)
    assert lines_of(window, 1)[-1].endswith("expected sum 0")
    assert "residual" not in " ".join(lines_of(window, 1))
    assert "The map sums to 2.5·10⁻⁹; it should add up to 0." in words_in(window)
