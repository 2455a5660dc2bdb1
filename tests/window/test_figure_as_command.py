"""Whatever a person chose: the copied commands draw what the window saves."""

from __future__ import annotations

import random
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractSpinBox, QCheckBox, QComboBox, QDialog, QFileDialog, QSlider

from tests.window.controls import actions, window_controls
from tests.window.window_driver import WindowDriver
from viewer.cli import main
from viewer.session.view import Theme
from viewer.window.export_dialogs import FigureOptions

STATES = 40
QUICK = 12
CHOICES = 12
SIZE = (180, 120)
SLICES_EVERY = 4
"""The slices take five times as long as the box."""

TYPED: dict[str, Callable[[random.Random], float]] = {
    "show.largest_clusters": lambda draw: draw.choice([0, 1, 2, 5]),
    "show.smallest_cluster": lambda draw: draw.choice([0, 100, 4000, 15000]),
    "show.smoothing": lambda draw: draw.choice([0, 2.5, 6]),
    "show.range_editor.low": lambda draw: round(draw.uniform(0, 0.4), 3),
    "show.range_editor.high": lambda draw: round(draw.uniform(0.5, 3), 3),
}
AMOUNTS = {
    "percentile": lambda draw: round(draw.uniform(90, 99.9), 2),
    "value": lambda draw: round(draw.uniform(0.05, 1.2), 4),
    "top": lambda draw: round(draw.uniform(3, 80), 1),
    "voxels": lambda draw: draw.randint(20, 4000),
}
MENUS = ("Ctrl+T", "Ctrl+R", "Ctrl+L")
KEYS = (Qt.Key.Key_Left, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Plus, Qt.Key.Key_Minus, Qt.Key.Key_W)


@pytest.fixture(scope="module")
def driver(
    qapp: object, scan_file: Path, model_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[WindowDriver]:
    found = WindowDriver(Theme.DARK, scan_file, model_file, tmp_path_factory.mktemp("maps"))
    yield found
    found.close()


def operate(driver: WindowDriver, draw: random.Random) -> None:
    """Operate one control of the view, drawn at random, as a person does."""
    found = {
        name: widget
        for name, widget in window_controls(driver.window).items()
        if name.startswith(("show.", "compare.")) and widget.isEnabled() and not widget.isHidden()
    }
    name = draw.choice([*found, "box", "slices", "menu"])
    widget = found.get(name)
    if name == "menu":
        actions(driver.window)[draw.choice(MENUS)].trigger()
    elif name == "box":
        driver.press(driver.window.box, draw.choice(KEYS), draw.randint(1, 4))
    elif name == "slices":
        keys = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_PageUp, Qt.Key.Key_Down)
        driver.press(draw.choice(driver.window.slices), draw.choice(keys), draw.randint(1, 5))
    elif isinstance(widget, QCheckBox):
        driver.click(widget)
    elif isinstance(widget, QComboBox):
        driver.choose(widget, draw.randrange(widget.count()))
    elif isinstance(widget, QSlider):
        driver.press(widget, draw.choice([Qt.Key.Key_Left, Qt.Key.Key_Right]), draw.randint(1, 60))
    else:
        assert isinstance(widget, QAbstractSpinBox)
        kind = str(driver.view.threshold.kind)
        amount = AMOUNTS[kind] if name == "show.threshold_amount" else TYPED[name]
        driver.type(widget, f"{amount(draw):g}")
    driver.rest()


def pixels(path: Path) -> npt.NDArray[np.int64]:
    from PIL import Image

    return np.asarray(Image.open(path).convert("RGB")).astype(np.int64)


def drawn_by_command(driver: WindowDriver, keys: str, path: Path, size: str = "") -> npt.NDArray[np.int64]:
    """Choose the entry that copies a command, and run what is then on the clipboard."""
    actions(driver.window)[keys].trigger()
    assert not driver.failed
    words = shlex.split(QGuiApplication.clipboard().text())
    words[words.index("-o") + 1] = str(path)
    if size:
        words[words.index("--size") + 1] = size
    assert main([*words[1:], "--quiet"]) == 0
    return pixels(path)


@pytest.mark.sampled(8)
@pytest.mark.parametrize(
    "seed", [seed if seed < QUICK else pytest.param(seed, marks=pytest.mark.slow) for seed in range(STATES)]
)
def test_the_copied_commands_draw_what_the_window_saves(
    driver: WindowDriver, seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: object
) -> None:
    draw = random.Random(seed)
    for _ in range(CHOICES):
        operate(driver, draw)
    driver.controller.save_figure(tmp_path / "window.png", FigureOptions(SIZE, 300, driver.view.theme, False))
    driver.rest()
    ours = pixels(tmp_path / "window.png")
    theirs = drawn_by_command(driver, "Ctrl+Shift+C", tmp_path / "command.png", f"{SIZE[0]}x{SIZE[1]}")
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() <= 2, driver.view

    if seed % SLICES_EVERY:
        return
    answer = str(tmp_path / "slices.png"), ""
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: answer)
    monkeypatch.setattr(QDialog, "exec", lambda _: QDialog.DialogCode.Accepted)
    actions(driver.window)["Ctrl+Shift+E"].trigger()
    driver.rest()
    ours = pixels(tmp_path / "slices.png")
    theirs = drawn_by_command(driver, "Edit > Copy slices as command", tmp_path / "again.png")
    assert np.abs(ours - theirs).max() <= 2, driver.view


@pytest.mark.slow
def test_another_state_is_another_picture(driver: WindowDriver, tmp_path: Path) -> None:
    """The comparison above can fail: of two states drawn at random the pictures are far apart."""
    seen = []
    for seed in (1, 2):
        draw = random.Random(seed)
        for _ in range(CHOICES):
            operate(driver, draw)
        seen.append(
            drawn_by_command(driver, "Ctrl+Shift+C", tmp_path / f"{seed}.png", f"{SIZE[0]}x{SIZE[1]}")
        )
    assert np.abs(seen[0] - seen[1]).max() > 50
