"""A click on a predicted body chooses it as the region, and what is shown says which."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.window.conftest import SHAPE, MakeWindow
from viewer.window.main import MainWindow

LONG = 60_000
INSIDE = (25.0, 20.0, 10.0)
"""mm: in the bright ball of the tests' scan, right and in front."""


@pytest.fixture(scope="module")
def threshold_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network whose classes are air, head and bright ball, by the intensity alone."""
    import torch
    from torch import nn

    folder = tmp_path_factory.mktemp("bodies")
    network = nn.Conv3d(1, 3, 1)
    with torch.no_grad():
        # Of lines, the upper envelope: air below 50, head to 140, ball above.
        network.weight.copy_(torch.tensor([0.0, 0.1, 0.3]).view(3, 1, 1, 1, 1))
        network.bias.copy_(torch.tensor([0.0, -5.0, -33.0]))
    example = torch.zeros(1, 1, *SHAPE)
    torch.export.save(torch.export.export(network, (example,)), folder / "bodies.pt2")
    card = {
        "name": "Bodies",
        "classes": ["air", "head", "ball"],
        "kind": "segmentation",
        "input": {"placement": "field-of-view", "shape": list(SHAPE), "intensity": {"scaling": "none"}},
    }
    (folder / "bodies.card.json").write_text(json.dumps(card))
    return folder / "bodies.pt2"


@pytest.fixture
def segmenting(qtbot: QtBot, make_window: MakeWindow, scan_file: Path, threshold_file: Path) -> MainWindow:
    window = make_window()
    window.controller.open_scan(scan_file)
    qtbot.waitUntil(lambda: window.display.scan_data is not None, timeout=LONG)
    window.controller.open_model(threshold_file)
    qtbot.waitUntil(lambda: window.session.prediction is not None, timeout=LONG)
    return window


def click_at(window: MainWindow, view: int, point: tuple[float, float, float]) -> None:
    """Click on a point in mm in one of the slices."""
    shown = window.slices[view]
    place: QPointF = shown.to_widget(point)
    QTest.mouseClick(shown, Qt.MouseButton.LeftButton, pos=QPoint(round(place.x()), round(place.y())))


def blue(window: MainWindow, view: int) -> int:
    """Return how many pixels of a slice have the colour of predicted bodies."""
    image = window.slices[view].grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(bytes(image.constBits()), np.uint8).reshape(image.height(), image.width(), 4)
    b, g, r = (pixels[..., n].astype(int) for n in range(3))
    return int(((b > 180) & (g > 150) & (r < 120)).sum())


def choose(window: MainWindow, text: str) -> None:
    region = window.method_dock.region_combo
    region.setCurrentIndex(region.findText(text))


def test_a_click_in_a_slice_chooses_the_body_and_its_class(qtbot: QtBot, segmenting: MainWindow) -> None:
    window, dock = segmenting, segmenting.method_dock
    dock.choose_method("gradient")
    axial = next(n for n, view in enumerate(window.slices) if view.orientation.value == "axial")
    before = blue(window, axial)
    window.session.change(crosshair=INSIDE)
    choose(window, "The predicted body at the crosshair")
    qtbot.waitUntil(lambda: dock.body_label.text().startswith("ball: the body of 4."), timeout=LONG)
    assert dock.unavailable_reason == ""
    assert blue(window, axial) > before + 20
    click_at(window, axial, (-20.0, 0.0, INSIDE[2]))
    qtbot.waitUntil(lambda: dock.body_label.text().startswith("head: the body of "), timeout=LONG)
    click_at(window, axial, (-56.0, 0.0, INSIDE[2]))  # outside of the head
    qtbot.waitUntil(lambda: "click on one" in dock.body_label.text(), timeout=LONG)
    assert dock.unavailable_reason == dock.body_label.text()
    assert not dock._compute_button.isEnabled()
    window.session.change(crosshair=INSIDE)
    qtbot.waitUntil(lambda: dock.body_label.text().startswith("ball"), timeout=LONG)
    dock.compute()
    qtbot.waitUntil(lambda: not window.controller.is_computing, timeout=LONG)
    assert not window.file_actions.error_boxes
    made = window.session.current_layer.map.provenance
    assert made.target == "ball"
    assert made.region == "component:24,21,9"  # the nearest voxel
    assert "the predicted body of ball" in " ".join(made.notes)
    choose(window, "Everywhere")
    qtbot.waitUntil(lambda: window.body_finder.body is None, timeout=LONG)
    assert dock.body_label.text() == ""


def test_a_click_on_the_prediction_in_the_box_chooses_the_body(qtbot: QtBot, segmenting: MainWindow) -> None:
    window, dock = segmenting, segmenting.method_dock
    assert window.model_dock.segmentation_button.isVisibleTo(window.model_dock)
    window.model_dock.segmentation_button.click()
    qtbot.waitUntil(lambda: len(window.session.maps) == 1, timeout=LONG)
    shown = window.session.maps[0].map
    assert shown.name == "Prediction of Bodies"
    assert np.unique(shown.data).tolist() == [0, 1, 2]
    voxel = tuple(np.rint(shown.grid.to_voxel(INSIDE)).astype(int))
    assert shown.data[voxel] == 2
    choose(window, "The predicted body at the crosshair")
    # What a click on the ball's surface gives: a point between the voxels of ball and head.
    edge = np.array(INSIDE) + np.array([11.0, 0, 0])
    window.session.change(crosshair=tuple(float(n) for n in edge))
    qtbot.waitUntil(lambda: dock.body_label.text().startswith("head"), timeout=LONG)
    dock._target_combo.setCurrentIndex(dock._target_combo.findText("ball"))
    qtbot.waitUntil(lambda: dock.body_label.text().startswith("ball"), timeout=LONG)


def test_one_class_minus_another_and_the_mean(qtbot: QtBot, segmenting: MainWindow) -> None:
    window, dock = segmenting, segmenting.method_dock
    dock.choose_method("gradient")
    dock._subtracted_target_combo.setCurrentIndex(dock._subtracted_target_combo.findText("head"))
    assert "Choose the target from which head is subtracted" in dock.unavailable_reason
    dock._target_combo.setCurrentIndex(dock._target_combo.findText("head"))
    assert "the same" in dock.unavailable_reason
    dock._target_combo.setCurrentIndex(dock._target_combo.findText("ball"))
    assert dock.unavailable_reason == ""
    dock.reduction_combo.setCurrentIndex(2)
    assert "Only methods that decompose the output" in dock.unavailable_reason
    dock.reduction_combo.setCurrentIndex(1)
    dock.compute()
    qtbot.waitUntil(lambda: not window.controller.is_computing, timeout=LONG)
    assert not window.file_actions.error_boxes
    made = window.session.current_layer.map
    assert made.provenance.target == "ball minus head"
    assert made.provenance.region == "mean:above:0.5"
    assert made.data.sum() == pytest.approx(0.2, rel=1e-3)  # the difference of the two slopes
    settings = window.session.method_settings
    assert (settings.target, settings.subtracted_index, settings.region) == (2, 1, "mean:above:0.5")
