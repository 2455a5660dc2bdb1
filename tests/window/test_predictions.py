"""What the panel shows of an answer: the network's own probabilities, and a guess where a card is silent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from PySide6.QtWidgets import QComboBox, QLabel
from pytestqt.qtbot import QtBot
from torch import nn

from tests.window.conftest import MakeWindow
from viewer.window.prediction_bars import PredictionBar, PredictionBars

LONG = 30_000
SIZE = (12, 12, 12)


class Head(nn.Module):
    """A convolution, a mean and a line, some of it far below zero."""

    def __init__(self, outputs: int, ending: nn.Module) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.conv = nn.Conv3d(1, 2, 3)
        self.line = nn.Linear(2, outputs)
        self.ending = ending
        self.shift = nn.Parameter(torch.tensor([3.4, -2.0, 1.0])[:outputs])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.ending(self.line(torch.relu(self.conv(x)).mean((2, 3, 4))) - self.shift)


CASES = {
    "a sigmoid that the card does not name": (1, nn.Sigmoid(), {"classes": ["patient"]}),
    "two classes of one output": (1, nn.Identity(), {"classes": ["control", "patient"], "output": "sigmoid"}),
    "labels": (3, nn.Identity(), {"classes": ["WT", "TC", "ET"], "output": "multi-label"}),
}


@pytest.mark.sampled(2)
@pytest.mark.parametrize("case", CASES)
def test_the_bars_are_what_torch_says(
    qtbot: QtBot, make_window: MakeWindow, scan_file: Path, tmp_path: Path, case: str
) -> None:
    outputs, ending, entries = CASES[case]
    network = Head(outputs, ending).eval()
    path = tmp_path / "net.pt2"
    torch.export.save(torch.export.export(network, (torch.zeros(1, 1, *SIZE),)), path)
    wanted = {"placement": "field-of-view", "shape": list(SIZE), "intensity": {"scaling": "z-score"}}
    (tmp_path / "net.card.json").write_text(json.dumps({"name": "net", "input": wanted, **entries}))
    window = make_window()
    window.controller.open_scan(scan_file)
    window.controller.open_model(path)
    qtbot.waitUntil(lambda: window.session.prediction is not None, timeout=LONG)
    with torch.no_grad():
        answer = network(window.session.model.prepare(window.session.scan).tensor)[0]
    shares = (answer if isinstance(ending, nn.Sigmoid) else torch.sigmoid(answer)).tolist()
    if len(shares) < len(entries["classes"]):
        shares = [1 - shares[0], shares[0]]
    bars = window.model_dock.findChild(PredictionBars)
    expected = ", ".join(
        f"{name} {share:.1%}" for name, share in zip(entries["classes"], shares, strict=True)
    )
    assert bars.accessibleDescription() == expected
    assert not all(share in (0.0, 1.0) for share in shares)
    read = " ".join(label.text() for label in window.model_dock.findChildren(QLabel))
    assert ("guess" in read) == ("output" not in entries)
    first = {"labels": "Largest: TC", "two classes of one output": "Predicted: control"}
    texts = [box.itemText(0) for box in window.method_dock.findChildren(QComboBox)]
    assert first.get(case, "Output: patient") in texts


def test_a_confined_output_is_shown_as_a_number_without_bars(
    qtbot: QtBot, make_window: MakeWindow, scan_file: Path, tmp_path: Path
) -> None:
    class Percent(nn.Module):
        def forward(self, z: torch.Tensor) -> torch.Tensor:
            return 100 * torch.sigmoid(z)

    network = Head(1, Percent()).eval()
    path = tmp_path / "net.pt2"
    torch.export.save(torch.export.export(network, (torch.zeros(1, 1, *SIZE),)), path)
    wanted = {"placement": "field-of-view", "shape": list(SIZE), "intensity": {"scaling": "z-score"}}
    card = {"name": "net", "input": wanted, "classes": ["patient"]}
    (tmp_path / "net.card.json").write_text(json.dumps(card))
    window = make_window()
    window.controller.open_scan(scan_file)
    window.controller.open_model(path)
    qtbot.waitUntil(lambda: window.session.prediction is not None, timeout=LONG)
    with torch.no_grad():
        own = float(network(window.session.model.prepare(window.session.scan).tensor))
    read = " ".join(label.text() for label in window.model_dock.findChildren(QLabel))
    assert f"patient: {own:.4g}" in read
    assert "not as a probability (the outputs lie between 0 and 100" in read
    assert not window.model_dock.findChild(PredictionBars).accessibleDescription()
    texts = [box.itemText(0) for box in window.method_dock.findChildren(QComboBox)]
    assert "Largest: patient" in texts


@pytest.mark.parametrize(
    ("interval", "text", "short", "told"),
    [
        ((0.9, 0.97), "", "90–97%", "90.0% to 97.0% under small shifts and perturbations of the scan"),
        ((0.9998, 0.9999), "", "range < 1%", "> 99.9% under small shifts and perturbations of the scan"),
        (
            (0.9, 0.97),
            "lowest to highest of 3 moved inputs",
            "90–97%",
            "(lowest to highest of 3 moved inputs)",
        ),
    ],
)
def test_a_range_is_explained_and_two_equal_ends_are_not_told(
    qtbot: QtBot, interval: tuple[float, float], text: str, short: str, told: str
) -> None:
    bars = PredictionBars()
    qtbot.addWidget(bars)
    assert bars.range_explanation == ""
    bars.set_bars([PredictionBar("a", 0.95, 1.0, True, interval, text), PredictionBar("b", 0.05, -1.0)])
    assert bars._short_range(*interval) == short
    assert told in bars.toolTip()
    assert bars.range_explanation == (
        f"In brackets: {text}."
        if text
        else "In brackets: the lowest and the highest probability under small shifts and perturbations of "
        "the scan."
    )
