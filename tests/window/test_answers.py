"""Another of the tensors that a network returns is chosen in the model panel."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QInputDialog, QMessageBox
from pytestqt.qtbot import QtBot
from torch import nn

from tests.window.clicks import choose_entry, click_button
from tests.window.conftest import TIMEOUT_MS, MakeWindow
from viewer.session.session_io import read_session
from viewer.window.model_card_dialog import ModelCardDialog


class Two(nn.Module):
    """Answers that everything is outside, or, on half the grid, that everything is inside."""

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        small = nn.functional.avg_pool3d(x, 2)
        return torch.cat([x + 9, x * 0], 1), torch.cat([small * 0, small + 9], 1)


class Heads(nn.Module):
    """A class and an age, none of which is clearly the answer."""

    def __init__(self) -> None:
        super().__init__()
        self.classes, self.age = nn.Linear(16**3, 3), nn.Linear(16**3, 1)

    def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        flat = x.flatten(1)
        return {"diagnosis": self.classes(flat), "age": self.age(flat)}


def test_the_answer_is_asked_for_where_it_is_not_clear(
    qtbot: QtBot, make_window: MakeWindow, scan_file: Path, tmp_path: Path
) -> None:
    program = torch.export.export(Heads().eval(), (torch.zeros(1, 1, 16, 16, 16),))
    torch.export.save(program, tmp_path / "heads.pt2")
    window = make_window()
    window.controller.open_scan(scan_file)
    qtbot.waitUntil(lambda: window.display.scan_data is not None, timeout=TIMEOUT_MS)
    window.controller.open_model(tmp_path / "heads.pt2")
    qtbot.waitUntil(lambda: bool(window.findChildren(QInputDialog)), timeout=TIMEOUT_MS)
    (dialog,) = window.findChildren(QInputDialog)
    assert "2 tensors" in dialog.labelText()
    choice = dialog.findChild(QComboBox)
    assert [choice.itemText(row) for row in range(choice.count())] == ["diagnosis (N×3)", "age (N×1)"]
    qtbot.keyClick(choice, Qt.Key.Key_Down)
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    # It has no card either.
    qtbot.waitUntil(lambda: bool(window.findChildren(ModelCardDialog)), timeout=TIMEOUT_MS)
    form = window.findChildren(ModelCardDialog)[-1]
    assert "no card found" in form.missing_card.problem
    form.classes.setFocus()
    form.classes.selectAll()
    qtbot.keyClicks(form.classes, "age")
    choose_entry(form.output, form.output.findData("value"))
    click_button(form, "Open")
    qtbot.waitUntil(lambda: window.session.prediction is not None, timeout=TIMEOUT_MS)
    assert window.session.model.answer == "age"
    assert window.session.model.card.classes == ("age",)
    assert window.session.prediction.value is not None
    assert window.model_dock.output_combo.currentText() == "Answer age (N×1)"
    assert not window.file_actions.error_boxes


@pytest.mark.sampled(2)
@pytest.mark.parametrize("kind", ["pt2", "pt"])
def test_the_chosen_answer_is_shown_and_explained(
    qtbot: QtBot, make_window: MakeWindow, scan_file: Path, tmp_path: Path, kind: str
) -> None:
    samples = "N" if kind == "pt2" else "1"
    example = torch.zeros(1, 1, 16, 16, 16)
    if kind == "pt2":
        torch.export.save(torch.export.export(Two(), (example,)), tmp_path / "two.pt2")
    else:
        torch.jit.trace(Two(), example).save(tmp_path / "two.pt")
    card = {
        "name": "Two", "classes": ["outside", "inside"], "kind": "segmentation",
        "input": {"placement": "field-of-view", "shape": [16, 16, 16], "intensity": {"scaling": "none"}},
    }  # fmt: skip
    (tmp_path / "two.card.json").write_text(json.dumps(card))
    window = make_window()
    window.controller.open_scan(scan_file)
    qtbot.waitUntil(lambda: window.display.scan_data is not None, timeout=TIMEOUT_MS)
    window.controller.open_model(tmp_path / f"two.{kind}", trust=True)
    qtbot.waitUntil(lambda: window.session.prediction is not None, timeout=TIMEOUT_MS)
    answer = window.model_dock.output_combo
    assert answer.isVisibleTo(window.model_dock)
    assert answer.currentText() == f"Answer 0 ({samples}×2×16×16×16)"
    before = window.session.prediction
    assert before is not None
    assert before.volumes[1] == 0
    answer.setCurrentIndex(1)
    answer.activated.emit(1)
    qtbot.waitUntil(lambda: window.session.prediction not in (None, before), timeout=TIMEOUT_MS)
    assert not window.file_actions.error_boxes
    assert window.session.prediction.volumes[0] == 0
    assert answer.currentText() == f"Answer 1 ({samples}×2×8×8×8)"
    assert f"explained: 1 ({samples}×2×8×8×8)" in window.model_dock._notes_label.text()
    window.controller.save_session(tmp_path / "two.session.json")
    qtbot.waitUntil(
        lambda: not window.controller.tasks and (tmp_path / "two.session.json").exists(), timeout=TIMEOUT_MS
    )
    assert read_session(tmp_path / "two.session.json").model.output_name == "1"
    again = make_window()
    again.controller.open_session(tmp_path / "two.session.json")
    if kind == "pt":  # TorchScript runs code of its own: the user is asked, and the answer is kept meanwhile
        qtbot.waitUntil(lambda: bool(again.findChildren(QMessageBox)), timeout=TIMEOUT_MS)
        click_button(again.findChildren(QMessageBox)[-1], "Trust and open")
    qtbot.waitUntil(lambda: again.session.prediction is not None, timeout=TIMEOUT_MS)
    assert again.model_dock.output_combo.currentText() == f"Answer 1 ({samples}×2×8×8×8)"
