"""What is taken away from the window is what is seen in it, and what the copied command makes."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import nibabel
import numpy as np
import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from viewer.cli import main
from viewer.preparation.brain_mask import BrainMask
from viewer.preparation.pipeline import prepare
from viewer.preparation.requirements import Requirements
from viewer.scans.threshold import Threshold, ThresholdKind
from viewer.scene.thresholding import threshold_map
from viewer.session.view import Camera, ComparisonMode, Convention, Theme, Walls
from viewer.window.export_dialogs import FigureDialog, FigureOptions, MovieDialog
from viewer.window.main import MainWindow

PATIENCE = 60_000


@pytest.fixture
def window(window: MainWindow) -> MainWindow:
    """A window with a scan and a map, seen in a view of its own."""
    window.session.change(
        threshold=Threshold(ThresholdKind.VALUE, 0.5), camera=Camera(-37.5, 12.0, 1.1), glass=True,
        walls=Walls.CROSSHAIR, crosshair=(24.0, 18.0, 9.0), smallest_cluster=100.0,
    )  # fmt: skip
    return window


def run_export(window: MainWindow, qtbot: QtBot, monkeypatch, path: Path, act: Callable[[], object]) -> Path:
    monkeypatch.setattr(window.file_dialogs, "ask_save", lambda *_: path)
    monkeypatch.setattr(
        "viewer.window.export_dialogs.SlicesDialog.exec", lambda dialog: dialog.DialogCode.Accepted
    )
    with qtbot.waitSignal(window.controller.message, timeout=PATIENCE):
        act()
    return path


def picture(path: Path) -> np.ndarray:
    from PIL import Image

    return np.asarray(Image.open(path).convert("RGB")).astype(int)


def test_the_copied_command_makes_the_window_s_figure(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, capsys
) -> None:
    window.exports.copy_figure_command(window.box)
    line = QGuiApplication.clipboard().text()
    words = shlex.split(line)
    assert words[:2] == ["saliency-viewer", "figure"]
    width, height = (int(part) for part in words[words.index("--size") + 1].split("x"))
    assert (width, height) == (2 * window.box.width(), 2 * window.box.height())
    theme = window.session.view.theme
    with qtbot.waitSignal(window.controller.message, timeout=PATIENCE):
        window.controller.save_figure(tmp_path / "window.png", FigureOptions((480, 360), 300, theme, False))
    words[words.index("-o") + 1] = str(tmp_path / "command.png")
    words[words.index("--size") + 1] = "480x360"
    assert main(words[1:]) == 0
    ours, theirs = picture(tmp_path / "window.png"), picture(tmp_path / "command.png")
    assert np.abs(ours - theirs).max() <= 1
    moved = replace(window.session.view.camera, azimuth=30.0)
    window.session.change(camera=moved)
    with qtbot.waitSignal(window.controller.message, timeout=PATIENCE):
        window.controller.save_figure(tmp_path / "other.png", FigureOptions((480, 360), 300, theme, False))
    assert np.abs(picture(tmp_path / "other.png") - theirs).mean() > 2


@pytest.mark.sampled(2)
@pytest.mark.parametrize("contrast", ComparisonMode)
def test_two_compared_maps_are_in_the_figure_and_in_the_command(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, map_file: Path, contrast: ComparisonMode, capsys
) -> None:
    image = nibabel.load(map_file)
    other = tmp_path / "other.nii.gz"
    moved = np.roll(image.get_fdata(dtype=np.float32), 4, axis=1)
    nibabel.save(nibabel.Nifti1Image(moved, image.affine), other)
    window.controller.open_map(other)
    qtbot.waitUntil(lambda: len(window.session.maps) == 2, timeout=PATIENCE)
    window.session.select_map(0)
    window.session.change(compared=1, contrast=contrast, fade=0.25)
    qtbot.waitUntil(lambda: window.comparison_pipeline.comparison is not None, timeout=PATIENCE)
    window.exports.copy_figure_command(window.compare_area)
    words = shlex.split(QGuiApplication.clipboard().text())
    assert [words[n + 1] for n, word in enumerate(words) if word == "--map"] == [str(map_file), str(other)]
    with qtbot.waitSignal(window.controller.message, timeout=PATIENCE):
        window.controller.save_figure(
            tmp_path / "a.png", FigureOptions((480, 200), 300, window.session.view.theme, False)
        )
    words[words.index("-o") + 1] = str(tmp_path / "b.png")
    words[words.index("--size") + 1] = "480x200"
    assert main(words[1:]) == 0
    ours, theirs = picture(tmp_path / "a.png"), picture(tmp_path / "b.png")
    assert np.abs(ours - theirs).max() <= 1
    window.session.change(compared=None)
    with qtbot.waitSignal(window.controller.message, timeout=PATIENCE):
        window.controller.save_figure(
            tmp_path / "c.png", FigureOptions((480, 200), 300, window.session.view.theme, False)
        )
    assert np.abs(picture(tmp_path / "c.png") - theirs).max() > 20


def test_a_figure_chosen_light_is_light(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    """The entry is chosen with the keys, in the dialog of a dark window."""
    window.session.change(theme=Theme.DARK)
    dialog = FigureDialog(QSize(200, 150), window.session.view.theme)
    qtbot.addWidget(dialog)
    dialog.show()
    background = dialog._background_combo
    background.setFocus()
    corners = {}
    for key, name in ((Qt.Key.Key_Down, "light"), (Qt.Key.Key_Up, "dark")):
        qtbot.keyClick(background, key)
        assert background.currentText() == name.capitalize()
        with qtbot.waitSignal(window.controller.message, timeout=PATIENCE):
            window.controller.save_figure(tmp_path / f"{name}.png", dialog.options())
        corners[name] = picture(tmp_path / f"{name}.png")[:5, :5].mean()
    assert corners["light"] > 200
    assert corners["dark"] < 60


def test_the_figure_s_size_in_pixels_and_in_millimetres(qtbot: QtBot) -> None:
    dialog = FigureDialog(QSize(400, 300), Theme.LIGHT)
    qtbot.addWidget(dialog)
    assert dialog.options() == FigureOptions((800, 600), 300, Theme.LIGHT, False)
    assert dialog._print_size_label.text() == "68 × 51 mm"
    dialog._unit_combo.setCurrentIndex(1)
    assert dialog._width.value() == pytest.approx(800 / 300 * 25.4, abs=0.05)
    dialog._width.setValue(85)
    dialog._dpi.setValue(600)
    width, _ = dialog.options().size
    assert width == round(85 / 25.4 * 600)
    dialog._unit_combo.setCurrentIndex(0)
    assert dialog._width.value() == width
    dialog._unit_combo.setCurrentIndex(1)
    dialog._width.setValue(4000)
    assert dialog.options().size[0] == 6000


def test_a_map_in_no_file_has_no_command(window: MainWindow, qtbot: QtBot) -> None:
    window.session.add_map(replace(window.session.current_layer.map, path=None))
    with qtbot.waitSignal(window.controller.failed) as signal:
        window.exports.copy_figure_command(window.box)
    assert "Save this map first (File > Save map, Ctrl+S)" in signal.args[1]


def test_a_map_that_was_saved_has_a_command(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    place = window.session.add_map(replace(window.session.current_layer.map, path=None, volume=3))
    with qtbot.waitSignal(window.controller.message, timeout=PATIENCE):
        window.controller.save_map(place, tmp_path / "computed.nii.gz")
    window.exports.copy_figure_command(window.box)
    words = shlex.split(QGuiApplication.clipboard().text())
    assert words[words.index("--map") + 1] == str(tmp_path / "computed.nii.gz")
    assert "--map-volume" not in words
    assert window.session.current_layer.map.name == "some_relevance"


def test_slices_are_those_of_the_command(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch, capsys
) -> None:
    from viewer.session.cli_export import slices_command

    path = run_export(window, qtbot, monkeypatch, tmp_path / "a.png", window.exports.save_slices)
    words = shlex.split(slices_command(window.session, str(tmp_path / "b.png"), 300))
    assert main(words[1:]) == 0
    assert np.abs(picture(path) - picture(tmp_path / "b.png")).max() <= 1


def test_bodies(window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch) -> None:
    path = run_export(window, qtbot, monkeypatch, tmp_path / "bodies.obj", window.exports.save_mesh)
    objects = [line for line in path.read_text().splitlines() if line.startswith("o ")]
    assert objects == ["o positive", "o negative", "o brain"]


def test_a_page_has_what_the_window_shows(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch
) -> None:
    window.session.change(theme=Theme.LIGHT, convention=Convention.RADIOLOGICAL)
    path = run_export(window, qtbot, monkeypatch, tmp_path / "shared.html", window.exports.save_page)
    found = re.search(r'id="content">(.*?)</script>', path.read_text(), re.DOTALL)
    assert found is not None
    told = json.loads(found[1])
    view, layer = window.session.view, window.session.current_layer
    assert (told["view"]["theme"], told["view"]["convention"]) == ("light", "radiological")
    assert told["scan"]["name"] == window.session.scan.name
    assert [one["name"] for one in told["maps"]] == [layer.map.name]
    level = told["maps"][0]["levels"][told["maps"][0]["start"]]
    assert level["cutoff"] == pytest.approx(threshold_map(layer.map, view).cutoff)


def test_a_movie(window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch) -> None:
    from PIL import Image

    def chosen(dialog: MovieDialog) -> object:
        dialog._seconds.setValue(0.5)
        dialog._sweep.setCurrentIndex(2)
        dialog._size.setCurrentIndex(3)
        return MovieDialog.DialogCode.Accepted

    monkeypatch.setattr(MovieDialog, "exec", chosen)
    path = run_export(window, qtbot, monkeypatch, tmp_path / "slices.gif", window.exports.save_movie)
    image = Image.open(path)
    assert image.size == (640, 480)
    assert image.n_frames > 5


def test_without_a_map_nothing_is_asked(make_window: Callable[[], MainWindow], monkeypatch) -> None:
    window = make_window()
    monkeypatch.setattr(window.file_dialogs, "ask_save", lambda *_: pytest.fail("asked"))
    monkeypatch.setattr(
        "viewer.window.export_dialogs.SlicesDialog.exec", lambda dialog: dialog.DialogCode.Rejected
    )
    for act in (window.exports.save_slices, window.exports.save_movie, window.exports.save_mesh):
        act()
    window.exports.save_clusters()


def test_a_session_that_carries_its_files_opens_in_another_window(
    window: MainWindow, make_window, qtbot: QtBot, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    labels = tmp_path / "labels.nii.gz"
    nibabel.save(nibabel.Nifti1Image(np.ones((5, 5, 5), np.int16), np.eye(4)), labels)
    window.controller.open_atlas(labels)
    qtbot.waitUntil(lambda: window.session.atlas is not None, timeout=PATIENCE)
    path = tmp_path / "all.session.zip"
    with qtbot.waitSignal(window.controller.message, timeout=PATIENCE):
        window.controller.save_session(path)
    other = make_window()
    other.controller.open_any([path])
    qtbot.waitUntil(lambda: len(other.session.maps) == 1, timeout=PATIENCE)
    qtbot.waitUntil(lambda: other.session.atlas is not None, timeout=PATIENCE)
    assert other.session.atlas.regions == ("region 1",)
    assert other.session.view == window.session.view
    assert other.session.scan.hash == window.session.scan.hash
    assert other.session.scan.path.is_relative_to(tmp_path / "cache")


@pytest.mark.slow
def test_outlines_are_in_saved_figures_and_a_command_says_what_it_lacks(
    window: MainWindow, qtbot: QtBot, monkeypatch, tmp_path: Path
) -> None:
    scan = window.session.scan
    assert scan is not None
    mask = BrainMask(scan.data > 50, scan.grid, "known")
    window.session.set_preparation(
        prepare(scan, Requirements(skull="removed"), mask=mask, transform=None, grid=scan.grid)
    )
    theme, files = window.session.view.theme, {}
    for shown in (False, True):
        window.session.change(mask_outline=shown)
        path = tmp_path / f"slices{shown}.png"
        slices = run_export(window, qtbot, monkeypatch, path, window.exports.save_slices)
        with qtbot.waitSignal(window.controller.message, timeout=PATIENCE):
            path = tmp_path / f"box{shown}.png"
            window.controller.save_figure(path, FigureOptions((480, 360), 300, theme, False))
        files[shown] = [picture(slices), picture(path)]
        for one in files[shown]:
            pink = (one[:, :, 0] > one[:, :, 1] + 50) & (one[:, :, 2] > one[:, :, 1] + 25)
            assert bool(pink.sum() > 50) is shown
    lacks = "The command omits the outline of the brain mask, which is not saved"
    with qtbot.waitSignal(window.controller.message, timeout=PATIENCE) as told:
        window.exports.copy_slices_command()
    assert lacks in told.args[0]
    window.session.change(mask_outline=False)
    with qtbot.waitSignal(window.controller.message, timeout=PATIENCE) as told:
        window.exports.copy_slices_command()
    assert "lacks" not in told.args[0]
