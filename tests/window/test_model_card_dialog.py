"""A network without a card is asked about in a form; every Open dialog opens a file as what it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QDialogButtonBox, QFileDialog, QLineEdit
from pytestqt.qtbot import QtBot
from torch import nn

from tests.window.conftest import MakeWindow
from viewer.window.main import MainWindow
from viewer.window.model_card_dialog import ModelCardDialog, parse_numbers, split_list

LONG = 30_000


class Yes(nn.Module):
    """One logit, far below zero."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.conv = nn.Conv3d(1, 2, 3)
        self.line = nn.Linear(2, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.line(torch.relu(self.conv(x)).mean((2, 3, 4))) - 3.4


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("exported") / "net.pt2"
    torch.export.save(torch.export.export(Yes().eval(), (torch.zeros(1, 1, 12, 12, 12),)), path)
    return path.read_bytes()


@pytest.fixture
def bare(tmp_path: Path, archive: bytes) -> Path:
    path = tmp_path / "net.pt2"
    path.write_bytes(archive)
    return path


def open_card_dialog(qtbot: QtBot, window: MainWindow, path: Path) -> ModelCardDialog:
    """The form that opening a network brings up."""
    window.controller.open_model(path)
    qtbot.waitUntil(lambda: bool(window.findChildren(ModelCardDialog)), timeout=LONG)
    return window.findChildren(ModelCardDialog)[0]


def line(dialog: ModelCardDialog, name: str) -> QLineEdit:
    return dialog.findChild(QLineEdit, name)


def press(qtbot: QtBot, dialog: ModelCardDialog) -> None:
    button = dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Open)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def typed(qtbot: QtBot, dialog: ModelCardDialog, name: str, words: str) -> None:
    field = line(dialog, name)
    field.selectAll()
    qtbot.keyClicks(field, words)


def fill(qtbot: QtBot, dialog: ModelCardDialog) -> None:
    typed(qtbot, dialog, "classes", "control, patient")
    output = dialog.findChild(QComboBox, "output")
    output.setCurrentIndex(output.findText("Yes or no, one output (sigmoid)"))


@pytest.mark.parametrize("kept", [False, True])
def test_what_is_missing_is_asked_and_the_network_opens(
    qtbot: QtBot, make_window: MakeWindow, scan_file: Path, bare: Path, kept: bool
) -> None:
    window = make_window()
    window.controller.open_scan(scan_file)
    dialog = open_card_dialog(qtbot, window, bare)
    assert line(dialog, "name").text() == "net"
    assert line(dialog, "shape").text() == "12 × 12 × 12"
    fill(qtbot, dialog)
    keep = dialog.findChild(QCheckBox, "keep")
    assert not keep.isChecked()
    if kept:
        qtbot.mouseClick(
            keep, Qt.MouseButton.LeftButton, pos=keep.rect().center() - keep.rect().center() / 1.1
        )
        keep.setChecked(True)
    press(qtbot, dialog)
    qtbot.waitUntil(lambda: window.session.prediction is not None, timeout=LONG)
    found = window.session.prediction
    model = window.session.model
    with torch.no_grad():
        p = float(torch.sigmoid(Yes()(model.prepare(window.session.scan).tensor)))
    assert found.probabilities == pytest.approx((1 - p, p), rel=1e-4)
    card = bare.with_name("net.card.json")
    assert card.exists() == kept
    if kept:
        assert json.loads(card.read_text())["output"] == "sigmoid"


def test_outputs_that_are_said_to_be_logits_are_written_into_the_card(
    qtbot: QtBot, make_window: MakeWindow, bare: Path
) -> None:
    window = make_window()
    dialog = open_card_dialog(qtbot, window, bare)
    fill(qtbot, dialog)
    given = dialog.findChild(QComboBox, "output_type")
    output = dialog.findChild(QComboBox, "output")
    output.setCurrentIndex(output.findText("A value, such as an age"))
    assert not given.isVisible()
    output.setCurrentIndex(output.findText("Yes or no, one output (sigmoid)"))
    assert given.isVisible()
    given.setCurrentIndex(given.findText("Logits"))
    press(qtbot, dialog)
    qtbot.waitUntil(lambda: window.session.model is not None, timeout=LONG)
    assert window.session.model.card.output_type == "logits"


def test_the_form_says_what_is_wrong_and_stays(qtbot: QtBot, make_window: MakeWindow, bare: Path) -> None:
    window = make_window()
    dialog = open_card_dialog(qtbot, window, bare)
    fill(qtbot, dialog)
    typed(qtbot, dialog, "shape", "96 x 96")
    typed(qtbot, dialog, "axes", "SSA")
    press(qtbot, dialog)
    assert dialog.isVisible()
    assert "must be three letters such as RAS" in " ".join(
        label.text() for label in dialog.findChildren(type(dialog._error))
    )
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert window.session.model is None
    assert not bare.with_name("net.card.json").exists()


def test_a_card_that_lacks_input_is_asked_for_it_alone_and_not_written_over(
    qtbot: QtBot, make_window: MakeWindow, scan_file: Path, model_file: Path, bare: Path
) -> None:
    window = make_window()
    window.controller.open_scan(scan_file)
    window.controller.open_model(model_file)
    qtbot.waitUntil(lambda: window.session.prediction is not None, timeout=LONG)
    good = window.session.model
    card = bare.with_name("net.card.json")
    card.write_text('{"name": "mine", "classes": ["patient"]}')
    dialog = open_card_dialog(qtbot, window, bare)
    assert window.session.model is good
    assert line(dialog, "name") is None
    assert line(dialog, "classes") is None
    assert not dialog.findChild(QCheckBox, "keep").isEnabled()
    press(qtbot, dialog)
    qtbot.waitUntil(lambda: window.session.model is not good, timeout=LONG)
    assert window.session.model.card.name == "mine"
    assert card.read_text() == '{"name": "mine", "classes": ["patient"]}'


def test_rows_come_and_go_with_what_is_chosen(qtbot: QtBot, make_window: MakeWindow, bare: Path) -> None:
    dialog = open_card_dialog(qtbot, make_window(), bare)
    assert line(dialog, "shape").isVisible()
    assert not line(dialog, "spacing").isVisible()
    placement = dialog.findChild(QComboBox, "placement")
    placement.setCurrentIndex(2)
    assert not line(dialog, "shape").isVisible()
    assert line(dialog, "spacing").isVisible()
    assert not dialog.findChild(QCheckBox, "nonzero").isVisible()
    dialog.findChild(QComboBox, "scaling").setCurrentIndex(1)
    assert dialog.findChild(QCheckBox, "nonzero").isVisible()
    typed(qtbot, dialog, "channels", "T1, FLAIR")
    assert dialog.findChild(QCheckBox, "repeat").isVisible()


def test_sizes_and_names_are_read_as_they_are_written() -> None:
    assert parse_numbers("96 × 112x96") == [96, 112, 96]
    assert parse_numbers("2.5, 1") == [2.5, 1]
    assert split_list(" control,patient , ") == ["control", "patient"]


@pytest.mark.parametrize("name", ["open_scan", "open_map", "open_session", "open_model"])
def test_a_file_opened_as_something_else_is_opened_as_what_it_is(
    qtbot: QtBot,
    make_window: MakeWindow,
    scan_file: Path,
    model_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    """Every Open dialog takes every kind of file; the answer of the file dialog alone is given here."""
    window = make_window()
    other = scan_file if name == "open_model" else model_file
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_, **__: (str(other), ""))
    getattr(window.file_actions, name)()
    if name == "open_model":
        qtbot.waitUntil(lambda: window.session.scan is not None, timeout=LONG)
    else:
        qtbot.waitUntil(lambda: window.session.model is not None, timeout=LONG)
    assert window.file_actions.error_boxes == ()
    QApplication.processEvents()
