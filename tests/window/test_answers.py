"""Another of the tensors that a network returns is chosen in the model panel."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from pytestqt.qtbot import QtBot
from torch import nn

from tests.window.conftest import TIMEOUT_MS, MakeWindow
from viewer.session.session_io import read_session


class Two(nn.Module):
    """Answers that everything is outside, or, on half the grid, that everything is inside."""

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        small = nn.functional.avg_pool3d(x, 2)
        return torch.cat([x + 9, x * 0], 1), torch.cat([small * 0, small + 9], 1)


def test_the_chosen_answer_is_shown_and_explained(
    qtbot: QtBot, make_window: MakeWindow, scan_file: Path, tmp_path: Path
) -> None:
    torch.export.save(torch.export.export(Two(), (torch.zeros(1, 1, 16, 16, 16),)), tmp_path / "two.pt2")
    card = {
        "name": "Two", "classes": ["outside", "inside"], "kind": "segmentation",
        "input": {"placement": "field-of-view", "shape": [16, 16, 16], "intensity": {"scaling": "none"}},
    }  # fmt: skip
    (tmp_path / "two.card.json").write_text(json.dumps(card))
    window = make_window()
    window.controller.open_scan(scan_file)
    qtbot.waitUntil(lambda: window.display.scan_content is not None, timeout=TIMEOUT_MS)
    window.controller.open_model(tmp_path / "two.pt2")
    qtbot.waitUntil(lambda: window.session.prediction is not None, timeout=TIMEOUT_MS)
    answer = window.model_dock.answer
    assert answer.isVisibleTo(window.model_dock)
    assert answer.currentText() == "Answer 0 (N×2×16×16×16)"
    before = window.session.prediction
    assert before is not None
    assert before.volumes[1] == 0
    answer.setCurrentIndex(1)
    answer.activated.emit(1)
    qtbot.waitUntil(lambda: window.session.prediction not in (None, before), timeout=TIMEOUT_MS)
    assert not window.file_actions.errors
    assert window.session.prediction.volumes[0] == 0
    assert answer.currentText() == "Answer 1 (N×2×8×8×8)"
    assert "explained is 1 (N×2×8×8×8)" in window.model_dock._notes.text()
    window.controller.save_session(tmp_path / "two.session.json")
    qtbot.waitUntil(
        lambda: not window.controller.tasks and (tmp_path / "two.session.json").exists(), timeout=TIMEOUT_MS
    )
    assert read_session(tmp_path / "two.session.json").model.answer == "1"
    again = make_window()
    again.controller.open_session(tmp_path / "two.session.json")
    qtbot.waitUntil(lambda: again.session.prediction is not None, timeout=TIMEOUT_MS)
    assert again.model_dock.answer.currentText() == "Answer 1 (N×2×8×8×8)"
