"""The method's form is kept with the session: what was chosen is shown again in a new window."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from threading import Event

import nibabel
import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QFileDialog, QSpinBox, QWidget
from pytestqt.qtbot import QtBot

from tests.window.conftest import MakeWindow
from viewer.session.recovery import RecoveryFolder, recover
from viewer.window.main import MainWindow
from viewer.window.method_dock import DEFAULT_METHOD, MethodDock

LONG = 60_000


def choose(combo: QComboBox, text: str) -> None:
    """Choose the entry that begins with a text, as its list does."""
    places = [place for place in range(combo.count()) if combo.itemText(place).startswith(text)]
    assert places, [combo.itemText(place) for place in range(combo.count())]
    combo.setCurrentIndex(places[0])
    combo.activated.emit(places[0])


def editor(dock: MethodDock, name: str) -> QWidget:
    (found,) = (one for one in dock.form.editors() if one.objectName() == name)
    return found


def type_number(qtbot: QtBot, box: QSpinBox | QDoubleSpinBox, text: str) -> None:
    box.lineEdit().selectAll()
    qtbot.keyClicks(box.lineEdit(), text)
    qtbot.keyClick(box, Qt.Key.Key_Return)


def shown(dock: MethodDock) -> dict[str, str]:
    """What a person reads in the panel."""
    read = {
        "family": dock._family_combo.currentText(),
        "method": dock._method_combo.currentText(),
        "target": dock._target_combo.currentText(),
        "layer": dock._layer_combo.currentText() if not dock._layer_row.isHidden() else "",
    }
    for one in dock.form.editors():
        if isinstance(one, QComboBox):
            read[f"parameter {one.objectName()}"] = one.currentText()
        elif isinstance(one, QCheckBox):
            read[f"parameter {one.objectName()}"] = str(one.isChecked())
        else:
            read[f"parameter {one.objectName()}"] = one.text()
    return read


@pytest.fixture
def window(qtbot: QtBot, make_window: MakeWindow, scan_file: Path, model_file: Path) -> MainWindow:
    """A window with a scan and a network."""
    window = make_window()
    window.controller.open_scan(scan_file)
    window.controller.open_model(model_file)
    qtbot.waitUntil(lambda: window.session.prediction is not None, timeout=LONG)
    return window


def network_of(classes: list[str], model_file: Path, path: Path) -> Path:
    """The small network under another name, with a card of other classes."""
    shutil.copy(model_file, path)
    card = json.loads(model_file.with_name("small.card.json").read_text())
    card |= {"name": path.stem, "classes": classes}
    path.with_name(f"{path.stem}.card.json").write_text(json.dumps(card))
    return path


def saved(qtbot: QtBot, window: MainWindow, path: Path) -> Path:
    window.controller.save_session(path)
    qtbot.waitUntil(lambda: path.is_file() and not window.controller.saving_tasks, timeout=LONG)
    return path


def opened(qtbot: QtBot, window: MainWindow, path: Path) -> MethodDock:
    window.controller.open_session(path)
    qtbot.waitUntil(lambda: window.session.prediction is not None, timeout=LONG)
    return window.method_dock


@pytest.mark.parametrize("ending", ["json", "zip"])
@pytest.mark.parametrize("filled_first", [True, False])
@pytest.mark.sampled(2)
def test_the_form_is_as_it_was_in_a_new_window(
    qtbot: QtBot,
    make_window: MakeWindow,
    window: MainWindow,
    tmp_path: Path,
    ending: str,
    filled_first: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dock = window.method_dock
    choose(dock._family_combo, "Function")
    choose(dock._method_combo, "SmoothGrad")
    type_number(qtbot, editor(dock, "samples"), "7")
    type_number(qtbot, editor(dock, "noise"), "0.275")
    choose(editor(dock, "statistic"), "Variance")
    choose(dock._target_combo, "ill")
    before = shown(dock)
    assert (before["parameter samples"].split()[0], before["parameter statistic"], before["target"]) == (
        "7",
        "Variance",
        "ill",
    )
    path = saved(qtbot, window, tmp_path / f"study.session.{ending}")
    with monkeypatch.context() as patched:
        if not filled_first:  # the list of methods may be ready only after the session is opened
            patched.setattr(MethodDock, "fill_methods", lambda self: None)
        other = make_window()
    found = opened(qtbot, other, path)
    if not filled_first:
        found.fill_methods()
    assert shown(found) == before
    again = saved(qtbot, other, tmp_path / "again.session.json")
    entry = json.loads(again.read_text())["method"]
    assert (entry["name"], entry["target"], entry["parameters"]["samples"]) == ("smoothgrad", 1, 7)


@pytest.mark.slow
def test_the_layer_and_a_switch_are_as_they_were(
    qtbot: QtBot, make_window: MakeWindow, window: MainWindow, tmp_path: Path
) -> None:
    dock = window.method_dock
    choose(dock._family_combo, "Activation")
    choose(dock._method_combo, "Grad-CAM")
    qtbot.keyClick(editor(dock, "rectify"), Qt.Key.Key_Space)
    dock._layer_combo.setCurrentIndex(3)
    before = shown(dock)
    assert before["parameter rectify"] == "False"
    assert before["layer"] not in ("", "Method's default")
    path = saved(qtbot, window, tmp_path / "study.session.json")
    other = make_window()
    assert shown(opened(qtbot, other, path)) == before
    # In the same window after another choice, too, though its network stays loaded.
    choose(dock._family_combo, "Function")
    dock._layer_combo.setCurrentIndex(0)
    window.controller.open_session(path)
    qtbot.waitUntil(lambda: shown(dock) == before, timeout=LONG)


@pytest.mark.slow
def test_a_session_without_the_entry_or_of_an_unknown_method_shows_the_default(
    qtbot: QtBot, make_window: MakeWindow, window: MainWindow, tmp_path: Path
) -> None:
    usual = shown(window.method_dock)
    choose(window.method_dock._family_combo, "Function")
    path = saved(qtbot, window, tmp_path / "study.session.json")
    entries = json.loads(path.read_text())
    for method in (None, {"name": "none-such", "parameters": {"samples": "many"}, "target": 99}):
        path.write_text(json.dumps(entries | {"method": method}))
        other = make_window()
        found = opened(qtbot, other, path)
        assert found.method == DEFAULT_METHOD
        assert shown(found) == usual


def test_the_recovery_keeps_the_form(window: MainWindow, tmp_path: Path) -> None:
    dock = window.method_dock
    choose(dock._family_combo, "Function")
    choose(dock._method_combo, "SmoothGrad")
    choose(dock._target_combo, "ill")
    RecoveryFolder(tmp_path / "left").write(window.session.snapshot())
    kept = recover(tmp_path / "left")[1].method_settings
    assert (kept.method, kept.target, kept.parameters["samples"]) == ("smoothgrad", 1, 25)


@pytest.mark.slow
def test_a_folder_of_healthy_scans_as_baseline_is_computed_with_and_restored(
    qtbot: QtBot,
    make_window: MakeWindow,
    window: MainWindow,
    scan_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / "healthy"
    folder.mkdir()
    image = nibabel.load(scan_file)
    for number in range(3):
        data = image.get_fdata() * (1 - 0.1 * number) + 5 * number * (image.get_fdata() > 0)
        nibabel.save(nibabel.Nifti1Image(data.astype(np.float32), image.affine), folder / f"sub-{number}.nii")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_, **__: str(folder))
    dock = window.method_dock
    choose(dock._family_combo, "Attribution")
    choose(dock._method_combo, "DeepLIFT")
    choose(editor(dock, "baseline"), "A folder of scans")
    assert editor(dock, "baseline").currentText() == "healthy"
    qtbot.mouseClick(dock._compute_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.session.maps != (), timeout=LONG)
    made = window.session.maps[0].map
    assert made.provenance.parameters["baseline"] == str(folder)
    assert len(made.provenance.references["scans"]) == 3
    assert made.residual.relative < 1e-3
    assert "baseline: 3 scans, sub-0, sub-1, sub-2 (SHA-256 " in window.maps_dock._provenance_text(made)
    path = saved(qtbot, window, tmp_path / "study.session.zip")
    other = make_window()
    found = opened(qtbot, other, path)
    assert editor(found, "baseline").currentText() == "healthy"
    assert found.form.values()["baseline"] == str(folder)
    again = other.session.maps[0].map.provenance.references
    assert dict(again) == dict(made.provenance.references)


def test_a_chosen_class_is_not_taken_for_one_of_another_network(
    qtbot: QtBot, window: MainWindow, model_file: Path, tmp_path: Path
) -> None:
    """Both classes have the index 1, and nothing else in common."""
    dock = window.method_dock
    choose(dock._target_combo, "ill")
    choose(dock._subtracted_target_combo, "healthy")
    session = window.session
    for name, classes, expected in (
        ("same", ["healthy", "ill"], ("ill", "healthy")),
        ("other", ["female", "male"], ("Predicted", "Nothing")),
    ):
        weights = tmp_path / f"{name}.pt"
        shutil.copy(model_file, weights)
        card = json.loads(model_file.with_name("small.card.json").read_text())
        weights.with_name(f"{name}.card.json").write_text(
            json.dumps(card | {"name": name, "classes": classes})
        )
        window.controller.open_model(weights)
        qtbot.waitUntil(lambda name=name: session.model.card.name == name, timeout=LONG)
        assert dock._target_combo.currentText().startswith(expected[0])
        assert dock._subtracted_target_combo.currentText() == expected[1]


def test_a_network_that_is_still_loading_does_not_come_into_a_session(
    qtbot: QtBot, make_window: MakeWindow, window: MainWindow, model_file: Path, tmp_path: Path
) -> None:
    """The network of an earlier request would take the session's target, and be run for nothing."""
    choose(window.method_dock._target_combo, "ill")
    path = saved(qtbot, window, tmp_path / "study.session.json")
    other = make_window()
    controller, models, release = other.controller, [], Event()
    other.session.subscribe(lambda: models.append(other.session.model), "model")
    controller.run_long(lambda progress: release.wait(LONG / 1000), "Busy", lambda _: None)
    controller.open_model(network_of(["female", "male"], model_file, tmp_path / "late.pt"))
    controller.open_session(path)
    qtbot.waitUntil(lambda: other.session.scan is not None, timeout=LONG)
    release.set()
    qtbot.waitUntil(lambda: other.session.prediction is not None, timeout=LONG)
    assert [model.card.name for model in models if model is not None] == ["Small"]
    assert other.method_dock._target_combo.currentText() == "ill"
    assert not other.method_dock._loading_name
