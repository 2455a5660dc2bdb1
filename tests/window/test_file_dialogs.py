"""Files: dialogs begin where one saved last, names say what a file is, and methods take files by a button."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import nibabel
import numpy as np
import pytest
from PySide6.QtCore import QSettings, Qt, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QMessageBox,
    QPushButton,
    QSpinBox,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from tests.window.conftest import AFFINE, SHAPE, ball
from viewer.session.session import Session
from viewer.window.export_dialogs import SlicesDialog
from viewer.window.file_dialogs import FileDialogs, file_name_part
from viewer.window.main import MainWindow
from viewer.window.palette_search import filter_entries
from viewer.window.parameter_form import FileEditor
from viewer.window.study_form import PathComboBox

LONG = 30_000


@pytest.fixture
def atlas_file(tmp_path: Path) -> Path:
    """Two regions: a large one in the middle, a small one to the right."""
    labels = (1 * ball((0, 0, 0), 20) + 2 * ball((30, 20, 10), 6)).astype(np.int16)
    path = tmp_path / "two.nii.gz"
    nibabel.save(nibabel.Nifti1Image(labels, AFFINE), path)
    (tmp_path / "two.tsv").write_text("index\tname\n1\tMiddle\n2\tHippocampus_R\n")
    return path


def test_a_dialog_begins_where_the_last_file_was_saved(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
    starts: list[str] = []

    def answer(_parent: QWidget, _title: str, start: str, _kinds: str) -> tuple[str, str]:
        starts.append(start)
        return str(tmp_path / "kept" / "a.png"), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    (tmp_path / "kept").mkdir()
    over = QWidget()
    qtbot.addWidget(over)
    first = FileDialogs(over, Session(), settings)
    assert first.ask_save("Save", "a.png", "PNG (*.png)") == tmp_path / "kept" / "a.png"
    first.ask_save("Save", "b.png", "PNG (*.png)")
    # Another run of the program.
    FileDialogs(over, Session(), settings).ask_save("Save", "c.png", "PNG (*.png)")
    assert starts == ["a.png", str(tmp_path / "kept" / "b.png"), str(tmp_path / "kept" / "c.png")]


def test_every_dialog_for_a_file_begins_where_one_was_opened_last(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "studies"
    folder.mkdir()
    starts: list[str] = []

    def opened(_parent: QWidget, _title: str, start: str, _kinds: str) -> tuple[str, str]:
        starts.append(start)
        return str(folder / "atlas.nii"), ""

    def found(_parent: QWidget, _title: str, start: str) -> str:
        starts.append(start)
        return str(folder)

    monkeypatch.setattr(QFileDialog, "getOpenFileName", opened)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", found)
    monkeypatch.setattr(window.controller, "open_scan", lambda _: None)
    window.file_actions.open_folder()
    starts.clear()
    study = window.study_dock.dialog
    study.show()
    paths = study.findChildren(PathComboBox)
    assert len(paths) == 3
    for combo in paths:
        place = next(n for n in range(combo.count()) if combo.itemData(n) is None)
        combo.setCurrentIndex(place)
        combo.activated.emit(place)
        assert combo.path is not None
    study.ask_table()
    choose_method(window, "Perturbation", "Region occlusion")
    editor = window.method_dock.form.findChild(FileEditor, "atlas")
    qtbot.mouseClick(editor.browse_button, Qt.MouseButton.LeftButton)
    assert starts == [str(folder)] * 5


def test_the_network_of_a_study_is_saved_where_one_saved_last(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts: list[str] = []

    def save(_parent: QWidget, _title: str, start: str, _kinds: str) -> tuple[str, str]:
        starts.append(start)
        return "", ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", save)
    window.file_dialogs._remember_folder("saved-in", tmp_path)
    network = SimpleNamespace(study_table=SimpleNamespace(name="a study.tsv"))
    monkeypatch.setattr(type(window.study_dock.runner), "trained", network)
    window.study_dock.ask_save_network()
    assert starts == [str(tmp_path / "a-study.safetensors")]


def test_names_say_scan_and_map(window: MainWindow) -> None:
    assert window.file_dialogs.suggest_name("figure", ".png") == "head_some_relevance_figure.png"
    assert file_name_part("Integrated gradients, lesion") == "Integrated-gradients-lesion"
    assert file_name_part("../a/b: c") == "a-b-c"
    assert len(file_name_part("x" * 300)) <= 60


def test_slices_are_as_wide_as_asked_and_named_after_scan_and_map(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from PIL import Image

    def choose(dialog: SlicesDialog) -> object:
        width, dpi = dialog.findChildren(QSpinBox)
        width.setValue(900)
        dpi.setValue(120)
        return SlicesDialog.DialogCode.Accepted

    suggested: list[str] = []

    def save(_parent: QWidget, _title: str, start: str, _kinds: str) -> tuple[str, str]:
        suggested.append(Path(start).name)
        return str(tmp_path / "s.png"), ""

    monkeypatch.setattr(SlicesDialog, "exec", choose)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", save)
    with qtbot.waitSignal(window.controller.message, timeout=LONG):
        window.exports.save_slices()
    image = Image.open(tmp_path / "s.png")
    assert image.size[0] == 900
    assert image.info["dpi"][0] == pytest.approx(120, abs=1)
    assert suggested == ["head_some_relevance_slices.png"]


def choose_method(window: MainWindow, family: str, title: str) -> None:
    """Choose a method in the panel's two lists."""
    combos = window.method_dock.findChildren(QComboBox)
    for wanted in (family, title):
        combo = next(one for one in combos if one.findText(wanted) >= 0)
        combo.setCurrentIndex(combo.findText(wanted))


def test_a_file_of_a_method_is_browsed_for_and_the_open_atlas_offered(
    window: MainWindow, qtbot: QtBot, atlas_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose_method(window, "Perturbation", "Region occlusion")
    editor = window.method_dock.form.findChild(FileEditor, "atlas")
    assert editor is not None
    assert editor.offer_button.isHidden()
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(tmp_path / "x.nii"), ""))
    qtbot.mouseClick(editor.findChild(QToolButton), Qt.MouseButton.LeftButton)
    assert window.method_dock.form.values()["atlas"] == str(tmp_path / "x.nii")
    window.controller.open_atlas(atlas_file)
    qtbot.waitUntil(lambda: not editor.offer_button.isHidden(), timeout=LONG)
    offer = editor.findChild(QPushButton)
    assert offer.text() == "Use the open atlas (two)"
    offer.click()
    assert window.method_dock.form.values()["atlas"] == str(atlas_file)
    names = window.method_dock.form.findChild(FileEditor, "labels")
    assert names.offer_button.text() == "Use its names (two.tsv)"


def test_tab_leads_from_the_method_through_its_parameters_to_the_target(window: MainWindow) -> None:
    choose_method(window, "Perturbation", "Occlusion")
    dock = window.method_dock
    order: list[QWidget] = []
    widget = dock._method_combo.nextInFocusChain()
    while widget is not dock._compute_button and len(order) < 3000:
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            order.append(widget)
        widget = widget.nextInFocusChain()
    editors = list(dock.form.editors())
    places = [order.index(editor) for editor in editors]
    assert places == sorted(places)
    assert places[-1] < order.index(dock._target_combo)


def test_tab_comes_to_the_status_bar_last(window: MainWindow) -> None:
    order: list[QWidget] = []
    widget = window.nextInFocusChain()
    while widget is not window:
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            order.append(widget)
        widget = widget.nextInFocusChain()
    own = [place for place, one in enumerate(order) if window.status.isAncestorOf(one)]
    docks = [place for place, one in enumerate(order) if any(dock.isAncestorOf(one) for dock in window.docks)]
    assert len(own) == 2
    assert min(own) > max(docks) > order.index(window.box)


def test_search_finds_controls_regions_views_and_exports(
    window: MainWindow, qtbot: QtBot, atlas_file: Path
) -> None:
    window.controller.open_atlas(atlas_file)
    qtbot.waitUntil(lambda: window.session.atlas is not None, timeout=LONG)

    def first(words: str, kind: str) -> Callable[[], object]:
        return next(
            one.run for one in filter_entries(window.menus.entries(), words) if one.kind.startswith(kind)
        )

    window.checks_dock.raise_()
    first("threshold", "in Show")()
    qtbot.waitUntil(lambda: not window.display_dock.visibleRegion().isEmpty())
    first("hippocampus", "region")()
    qtbot.waitUntil(lambda: window.session.crosshair == pytest.approx((30, 21, 9), abs=2), timeout=LONG)
    assert "Hippocampus_R" in window.status.crosshair_text()
    first("axial", "view")()
    first("report", "action")
    assert len([one for one in filter_entries(window.menus.entries(), "export") if one.kind == "action"]) >= 6
    first("smallest cluster", "in Show")
    # No channel is chosen yet: the panel comes, where one can be.
    first("feature", "of the channel")()
    qtbot.waitUntil(lambda: not window.layer_dock.visibleRegion().isEmpty())
    assert SHAPE == (41, 49, 35)


def test_the_status_bar_lists_what_is_drawn(
    window: MainWindow, qtbot: QtBot, map_file: Path, atlas_file: Path
) -> None:
    for _ in range(2):
        window.controller.open_map(map_file)
    qtbot.waitUntil(lambda: len(window.session.maps) == 3, timeout=LONG)
    assert window.status.crosshair_text().count("map ") == 1
    assert "some_relevance" not in window.status.crosshair_text()
    window.controller.open_atlas(atlas_file)
    qtbot.waitUntil(lambda: window.session.atlas is not None, timeout=LONG)
    window.session.change(crosshair=(0.0, 0.0, 0.0))
    parts = window.status.crosshair_text().split("   ·   ")
    assert parts[3] == "Middle"
    assert parts[4].startswith("map ")


def action(window: MainWindow, name: str) -> QAction:
    return next(one for one in window.actions() if one.text().replace("&", "") == name)


def answer_names(window: MainWindow, qtbot: QtBot, button: str) -> None:
    """Choose File > Open atlas, and press a button of the question for its names when it is asked."""
    pressed: list[str] = []
    timer = QTimer(window, interval=20)

    def press() -> None:
        for box in window.findChildren(QMessageBox):
            if box.isVisible():
                timer.stop()
                pressed.append(button)
                next(one for one in box.buttons() if one.text().replace("&", "") == button).click()

    timer.timeout.connect(press)
    timer.start()
    action(window, "Open atlas …").trigger()
    qtbot.waitUntil(lambda: bool(pressed), timeout=LONG)


def test_an_atlas_without_names_can_be_left_alone_and_closed(
    window: MainWindow, qtbot: QtBot, atlas_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, said = window.session, []
    window.controller.message.connect(said.append)
    bare = tmp_path / "bare.nii.gz"
    bare.write_bytes(atlas_file.read_bytes())
    close = action(window, "Close atlas")
    assert not close.isEnabled()
    window.controller.open_atlas(atlas_file)
    qtbot.waitUntil(lambda: session.atlas is not None, timeout=LONG)
    assert said == ["Atlas two, 2 regions"]
    before = session.atlas
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(bare), ""))
    answer_names(window, qtbot, "Cancel")
    assert session.atlas is before
    assert said == ["Atlas two, 2 regions"]
    answer_names(window, qtbot, "Use numbers")
    qtbot.waitUntil(lambda: session.atlas is not before, timeout=LONG)
    assert session.atlas.regions == ("region 1", "region 2")
    close.trigger()
    assert session.atlas is None
    assert not close.isEnabled()


def test_hyphens_need_not_be_typed(window: MainWindow) -> None:
    names = [entry.name for entry in filter_entries(window.menus.entries(), "gradcam")]
    assert "Grad-CAM" in names
