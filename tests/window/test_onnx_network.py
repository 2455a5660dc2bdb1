"""An ONNX file is opened in the window with the mouse, and its map is the one of the module."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot
from torch import nn

import viewer
from tests.window.clicks import choose_entry, choose_method, click_button, click_entry
from tests.window.conftest import TIMEOUT_MS, MakeWindow
from viewer.models.model_card import read_card


def test_a_file_is_opened_and_explained(
    qtbot: QtBot, make_window: MakeWindow, scan_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("onnx")
    from tests.models.onnx.conftest import export

    with torch.random.fork_rng():
        torch.manual_seed(0)
        module = nn.Sequential(
            nn.Conv3d(1, 4, 3), nn.GELU(), nn.AdaptiveAvgPool3d(1), nn.Flatten(), nn.Linear(4, 2)
        ).eval()
    path = export(
        module, torch.zeros(1, 1, 16, 16, 16), tmp_path / "net.onnx", dynamo=False, opset_version=13
    )
    card = {
        "name": "Small", "classes": ["healthy", "ill"],
        "input": {"placement": "field-of-view", "shape": [16, 16, 16], "intensity": {"scaling": "z-score"}},
    }  # fmt: skip
    (tmp_path / "net.card.json").write_text(json.dumps(card))
    window = make_window()
    window.controller.open_scan(scan_file)
    qtbot.waitUntil(lambda: window.session.scan is not None, timeout=TIMEOUT_MS)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_, **__: (str(path), ""))
    click_entry(window, "Open model …")
    qtbot.waitUntil(lambda: window.session.prediction is not None, timeout=TIMEOUT_MS)
    assert not window.file_actions.error_boxes
    choose_method(window, "lrp-epsilon")
    choose_entry(window.method_dock._target_combo, window.method_dock._target_combo.findData(1))
    click_button(window.method_dock, "Compute")
    qtbot.waitUntil(lambda: bool(window.session.maps), timeout=TIMEOUT_MS)
    assert not window.file_actions.error_boxes
    shown, scan = window.session.current_layer, window.session.scan
    assert shown is not None
    assert scan is not None
    model = viewer.Model.from_module(
        module, torch.zeros(1, 1, 16, 16, 16), read_card(tmp_path / "net.card.json")
    )
    expected = viewer.explain(model, scan, "lrp-epsilon", target="ill", device="cpu").data
    np.testing.assert_allclose(shown.map.data, expected, atol=1e-4 * np.abs(expected).max())
