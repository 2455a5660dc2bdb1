"""Several maps at once: each keeps its own threshold and colours while another one is chosen."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QLabel, QToolButton, QWidget
from pytestqt.qtbot import QtBot

import viewer
from tests.window.clicks import click_entry
from tests.window.window_driver import write_map
from viewer.scans.threshold import Threshold
from viewer.scene.colormaps import NEGATIVE_HEX, POSITIVE_HEX
from viewer.session.cli_export import figure_command
from viewer.session.map_look import MapLook
from viewer.session.view import ColorMap
from viewer.window.export_dialogs import FigureOptions, MovieDialog, SlicesDialog
from viewer.window.main import MainWindow

LONG = 30_000
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def window(
    make_window: Callable[[], MainWindow], qtbot: QtBot, scan_file: Path, tmp_path: Path
) -> MainWindow:
    """A window with two maps whose bodies lie apart; the second is the current one."""
    window = make_window()
    window.controller.open_scan(scan_file)
    for number, shift in enumerate((0.0, -30.0), start=1):
        window.controller.open_map(write_map(tmp_path / f"map{number}.nii", shift))
        qtbot.waitUntil(lambda number=number: len(window.session.maps) == number, timeout=LONG)
    qtbot.waitUntil(lambda: window.display.prepared_map is not None, timeout=LONG)
    window.session.change(threshold=Threshold("percentile", 97.0))
    return window


def keep_button(window: MainWindow, row: int) -> QToolButton:
    names = window.maps_dock.map_list
    widget = names.itemWidget(names.item(row))
    assert isinstance(widget, QWidget)
    return widget.findChildren(QToolButton)[1]


def choose(window: MainWindow, row: int) -> None:
    names = window.maps_dock.map_list
    QTest.mouseClick(names.viewport(), LEFT, pos=names.visualItemRect(names.item(row)).center())
    assert window.session.current == row


def settled(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not window.controller.tasks, timeout=LONG)


def box_words(window: MainWindow) -> str:
    scene = window.box.scene
    assert scene is not None
    return " ".join(label.text for label in scene.labels())


def hue_counts(window: MainWindow) -> tuple[int, int]:
    """How many pixels of the box are orange, and how many green."""
    scene = window.box.scene
    assert scene is not None
    red, green, blue, _ = np.moveaxis(scene.render(240, 180).astype(int), -1, 0)
    orange = (red > green + 50) & (green > blue + 15)
    lime = (green > red + 30) & (green > blue + 50)
    return int(orange.sum()), int(lime.sum())


def test_a_kept_map_stays_with_its_own_threshold_and_colours(window: MainWindow, qtbot: QtBot) -> None:
    session = window.session
    assert session.kept_layers == ()
    QTest.mouseClick(keep_button(window, 1), LEFT)
    assert session.maps[1].look is not None
    assert session.kept_layers == ()  # it is the current one
    orange, green = hue_counts(window)
    assert orange > 20
    assert green == 0
    choose(window, 0)
    settled(window, qtbot)
    assert [layer.map for layer in session.kept_layers] == [session.maps[1].map]
    assert session.view.hues is ColorMap.GREEN_PURPLE
    orange, green = hue_counts(window)
    assert orange > 20
    assert green > 20
    assert all(len(view._kept_overlays) == 1 for view in window.slices)

    swatches = [
        window.maps_dock.map_list.itemWidget(window.maps_dock.map_list.item(row)).swatch for row in (0, 1)
    ]
    assert swatches[1].colours == (POSITIVE_HEX, NEGATIVE_HEX)
    assert swatches[0].colours != swatches[1].colours

    session.change(threshold=Threshold("percentile", 99.9))
    settled(window, qtbot)
    assert session.maps[1].look.threshold == Threshold("percentile", 97.0)
    assert hue_counts(window)[0] > 20
    choose(window, 1)
    assert session.view.threshold == Threshold("percentile", 97.0)
    assert session.view.hues is ColorMap.ORANGE_BLUE
    settled(window, qtbot)
    assert window.kept_maps_pipeline.displayed_maps == ()
    assert hue_counts(window)[1] == 0  # the first is not kept


def test_key_menu_eye_and_comparison(window: MainWindow, qtbot: QtBot) -> None:
    session, names = window.session, window.maps_dock.map_list
    names.setFocus()
    qtbot.keyClick(names, Qt.Key.Key_K)
    assert session.maps[1].look is not None
    click_entry(window, "Draw map with the others")
    assert session.maps[1].look is None
    click_entry(window, "Draw map with the others")
    choose(window, 0)
    settled(window, qtbot)
    assert len(window.kept_maps_pipeline.displayed_maps) == 1
    # The box lays its words out with its next frame.
    qtbot.waitUntil(lambda: "map2  ≥" in box_words(window), timeout=LONG)
    session.change(compared=1)
    settled(window, qtbot)
    assert window.kept_maps_pipeline.displayed_maps == ()
    session.change(compared=None)
    session.set_visible(1, False)
    settled(window, qtbot)
    assert window.kept_maps_pipeline.displayed_maps == ()


def test_a_new_map_and_a_removed_one_keep_the_looks(window: MainWindow, qtbot: QtBot) -> None:
    session = window.session
    session.keep_map(1, True)
    session.change(threshold=Threshold("percentile", 98.5))
    session.add_map(session.maps[0].map)
    assert session.maps[1].look.threshold == Threshold("percentile", 98.5)
    assert session.view.hues is not session.maps[1].look.hues
    session.remove_map(2)
    assert session.current == 1
    assert session.view.hues is session.maps[1].look.hues


def test_a_session_and_a_command_keep_the_looks(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    session = window.session
    session.keep_map(1, True)
    session.change(threshold=Threshold("percentile", 98.5))
    file = viewer.save_session(session, tmp_path / "kept.session.json")
    opened = viewer.open_session(file)
    assert opened.maps[1].look == MapLook(Threshold("percentile", 98.5))
    choose(window, 0)
    line = figure_command(session, "out.png", (320, 240), 150)
    assert f"--also {tmp_path / 'map2.nii'} percentile=98.5 sign=both hues=orange-blue" in line
    entries = json.loads(file.read_text())
    entries["maps"][1]["look"]["hues"] = "mauve"
    file.write_text(json.dumps(entries))
    with pytest.raises(viewer.ViewerError, match="look"):
        viewer.open_session(file)


def test_the_figure_has_both_maps(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    """The window's figure and that of the copied command are the same."""
    from viewer.cli import main

    session = window.session
    session.keep_map(1, True)
    choose(window, 0)
    settled(window, qtbot)
    own = tmp_path / "own.png"
    with qtbot.waitSignal(window.controller.message, timeout=LONG):
        window.controller.save_figure(own, FigureOptions((320, 240), 150, session.view.theme, False))
    other = tmp_path / "other.png"
    line = figure_command(session, str(other), (320, 240), 150)
    assert main(shlex.split(line)[1:]) == 0
    with Image.open(own) as one, Image.open(other) as two:
        assert np.array_equal(np.asarray(one), np.asarray(two))
        red, green, blue = np.moveaxis(np.asarray(one).astype(int)[..., :3], -1, 0)
    assert ((green > red + 30) & (green > blue + 50)).sum() > 20
    assert ((red > green + 50) & (green > blue + 15)).sum() > 20


@pytest.mark.parametrize(("dialog", "save"), [(SlicesDialog, "save_slices"), (MovieDialog, "save_movie")])
def test_exports_of_one_map_say_that_the_others_are_not_drawn(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch, dialog: type[QDialog], save: str
) -> None:
    told: list[str] = []

    def read(shown: QDialog) -> QDialog.DialogCode:
        told.append(" ".join(label.text() for label in shown.findChildren(QLabel)))
        return QDialog.DialogCode.Rejected

    monkeypatch.setattr(dialog, "exec", read)
    getattr(window.exports, save)()
    QTest.mouseClick(keep_button(window, 0), LEFT)
    getattr(window.exports, save)()
    line = "Only the current map is drawn, not the others that are shown with it."
    assert [line in text for text in told] == [False, True]
