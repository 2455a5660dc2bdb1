"""The heads of an attention layer in the layer panel: what a query attends to, and a head as a map."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot
from torch import nn

import viewer
from tests.window.conftest import MakeWindow
from viewer.window.main import MainWindow

LONG = 60_000
HEADS = 3


class Vit(nn.Module):
    """Patches of 5 voxels, a class token, positions, and two layers of attention."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Conv3d(1, 12, 5, stride=5)
        self.token = nn.Parameter(torch.randn(1, 1, 12))
        self.position = nn.Parameter(torch.randn(1, 65, 12))
        self.layers = nn.ModuleList(nn.MultiheadAttention(12, HEADS, batch_first=True) for _ in range(2))
        self.out = nn.Linear(12, 2)

    def run(self, x: torch.Tensor) -> tuple[torch.Tensor, list[torch.Tensor]]:
        tokens = self.embed(x).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.token.expand(len(x), -1, -1), tokens], 1) + self.position
        weights = []
        for layer in self.layers:
            joined, attention = layer(tokens, tokens, tokens, average_attn_weights=False)
            tokens = tokens + joined
            weights.append(attention[0])
        return self.out(tokens[:, 0]), weights

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.run(x)[0]


def save_vit(folder: Path) -> tuple[Vit, Path]:
    """Write a transformer of random weights as an exported program, with its card."""
    torch.manual_seed(1)
    network = Vit().eval()
    for layer in network.layers:
        layer.in_proj_weight.data *= 3
    torch.export.save(torch.export.export(network, (torch.zeros(1, 1, 20, 20, 20),)), folder / "vit.pt2")
    card = {
        "name": "Small transformer",
        "classes": ["healthy", "ill"],
        "input": {
            "placement": "field-of-view",
            "shape": [20, 20, 20],
            "axes": "RAS",
            "intensity": {"scaling": "z-score"},
        },
    }
    (folder / "vit.card.json").write_text(json.dumps(card))
    return network, folder / "vit.pt2"


@pytest.fixture
def opened(
    qtbot: QtBot, make_window: MakeWindow, scan_file: Path, tmp_path: Path
) -> tuple[MainWindow, Vit, list[torch.Tensor]]:
    """The window with the transformer and its layers in front, the network, and its attention weights."""
    network, path = save_vit(tmp_path)
    window = make_window()
    window.controller.open_scan(scan_file)
    window.controller.open_model(path)
    qtbot.waitUntil(lambda: window.session.prediction is not None, timeout=LONG)
    window.layer_dock.raise_()
    qtbot.waitUntil(lambda: window.layer_dock.tree.topLevelItemCount() > 0, timeout=LONG)
    x = window.session.model.prepare(window.session.scan).tensor
    with torch.no_grad():
        return window, network, network.run(x)[1]


def select(qtbot: QtBot, window: MainWindow, layer: str) -> None:
    window.layer_dock.select_layer(layer)
    qtbot.waitUntil(lambda: window.layer_dock.channel_list.count() > 0, timeout=LONG)


def choose(qtbot: QtBot, combo: QComboBox, text: str) -> None:
    """Choose an entry by the keyboard."""
    combo.setFocus()
    qtbot.keyClick(combo, Qt.Key.Key_Home)
    for _ in range(combo.findText(text)):
        qtbot.keyClick(combo, Qt.Key.Key_Down)
    assert combo.currentText() == text


def click(qtbot: QtBot, window: MainWindow, row: int) -> None:
    channels = window.layer_dock.channel_list
    place = channels.visualItemRect(channels.item(row)).center()
    qtbot.mouseClick(channels.viewport(), Qt.MouseButton.LeftButton, pos=place)


def grey(window: MainWindow, row: int) -> np.ndarray:
    """Return the picture of a row at the patches' resolution, 4 by 4."""
    dock = window.layer_dock
    image = dock.channel_list.item(row).icon().pixmap(dock.channel_list.iconSize()).toImage()
    step = image.width() // 4
    places = [step // 2 + step * index for index in range(4)]
    return np.array([[image.pixelColor(x, y).red() for x in places] for y in places])


def expected_picture(row: torch.Tensor) -> np.ndarray:
    """Return the axial slice in the middle of the patches, anterior up and right on the right, 0 to 255."""
    patches = row[1:].reshape(4, 4, 4)[:, :, 2].numpy()
    scaled = 255 * (patches - patches.min()) / (patches.max() - patches.min())
    return np.rint(scaled.T[::-1])


def test_heads_query_and_map(qtbot, opened):
    window, _, weights = opened
    dock, session = window.layer_dock, window.session
    marked = [
        item.text(0)
        for item in dock.tree.findItems(
            " · attention", Qt.MatchFlag.MatchEndsWith | Qt.MatchFlag.MatchRecursive
        )
    ]
    assert marked == ["0 · attention", "1 · attention"]
    select(qtbot, window, "embed")
    assert not dock.query_row.isVisible()
    select(qtbot, window, "layers.1")
    qtbot.waitUntil(dock.query_row.isVisible, timeout=LONG)
    entries = [dock.query_row.combo.itemText(index) for index in range(dock.query_row.combo.count())]
    assert entries == ["class token", "mean over all tokens", "patch at the crosshair"]
    assert [dock.channel_list.item(row).text() for row in range(dock.channel_list.count())] == [
        "mean",
        "0",
        "1",
        "2",
    ]
    assert "3 heads" in dock.message
    for head in range(HEADS):
        assert abs(grey(window, head + 1) - expected_picture(weights[1][head, 0])).max() <= 1
    assert abs(grey(window, 0) - expected_picture(weights[1][:, 0].mean(0))).max() <= 1

    choose(qtbot, dock.query_row.combo, "mean over all tokens")
    assert abs(grey(window, 2) - expected_picture(weights[1][1].mean(0))).max() <= 1

    click(qtbot, window, 2)
    qtbot.waitUntil(lambda: len(session.maps) == 1, timeout=LONG)
    shown = session.current_layer.map
    provenance = shown.provenance
    assert (provenance.method, provenance.layer) == ("attention", "layers.1")
    assert dict(provenance.parameters) == {"head": "1", "query": "mean"}
    assert "head 1" in shown.name
    again = viewer.explain(
        session.model, session.scan, "attention", layer="layers.1", head=1, query="mean", device="cpu"
    )
    np.testing.assert_array_equal(shown.data, again.data)
    # Clicking again selects the map that is there.
    click(qtbot, window, 2)
    qtbot.wait(800)
    assert len(session.maps) == 1


def test_the_patch_at_the_crosshair_is_followed(qtbot, opened):
    window, _, weights = opened
    dock, session = window.layer_dock, window.session
    select(qtbot, window, "layers.0")
    choose(qtbot, dock.query_row.combo, "patch at the crosshair")
    grid = session.model.prepare(session.scan).grid
    # The middle of the voxels (17, 3, 11) of 20: patch (3, 0, 2).
    for voxel, patch in (((17, 3, 11), (3, 0, 2)), ((2, 16, 4), (0, 3, 0))):
        session.change(crosshair=tuple(float(place) for place in grid.to_world(voxel)))
        token = 1 + int(np.ravel_multi_index(patch, (4, 4, 4)))
        assert abs(grey(window, 1) - expected_picture(weights[0][0, token])).max() <= 1
    click(qtbot, window, 1)
    qtbot.waitUntil(lambda: len(session.maps) == 1, timeout=LONG)
    assert session.current_layer.map.provenance.parameters["query"].startswith("@")
    assert "read at the patch 0, 3, 0" in " ".join(session.current_layer.map.provenance.notes)
    # The token stays chosen at another layer.
    select(qtbot, window, "layers.1")
    qtbot.waitUntil(dock.query_row.isVisible, timeout=LONG)
    assert dock.query_row.combo.currentText() == "patch at the crosshair"


@pytest.mark.slow
def test_a_double_click_on_a_head_visualises_nothing(qtbot, opened):
    window, _, _ = opened
    channels = window.layer_dock.channel_list
    select(qtbot, window, "layers.1")
    place = channels.visualItemRect(channels.item(1)).center()
    qtbot.mouseClick(channels.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.mouseDClick(channels.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.wait(800)
    assert not window.controller.tasks
    assert not window.session.maps
