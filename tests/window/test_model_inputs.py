"""Images and numbers in the model panel: chosen in the form, they are read, predicted and explained."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np
import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from tests.window.conftest import MakeWindow
from viewer.scans.multichannel_scan import MultichannelScan
from viewer.window.main import MainWindow

NAMES = ("T1", "FLAIR")
SHAPE = (16, 17, 18)
LONG = 60_000


class Network(torch.nn.Module):
    """Two images and an age."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(2)
        self.first = torch.nn.Conv3d(2, 3, 3)
        self.head = torch.nn.Linear(4, 2)

    def forward(self, x: torch.Tensor, age: torch.Tensor) -> torch.Tensor:
        features = torch.relu(self.first(x)).mean((2, 3, 4))
        return self.head(torch.cat([features, age / 50], 1))  # type: ignore[no-any-return]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    volumes = np.random.default_rng(5).uniform(1, 100, (2, *SHAPE)).astype(np.float32)
    for name, volume in zip(NAMES, volumes, strict=True):
        nibabel.save(nibabel.Nifti1Image(volume, np.diag([9.0, 9, 9, 1])), tmp_path / f"{name}.nii.gz")
    both = nibabel.Nifti1Image(np.moveaxis(volumes, 0, -1), np.diag([9.0, 9, 9, 1]))
    nibabel.save(both, tmp_path / "both.nii.gz")
    example = (torch.zeros(2, 2, *SHAPE), torch.zeros(2, 1))
    batch = torch.export.Dim("batch")
    program = torch.export.export(
        Network().eval(), example, strict=False, dynamic_shapes=({0: batch}, {0: batch})
    )
    torch.export.save(program, tmp_path / "net.pt2")
    card = {
        "name": "net",
        "classes": ["low", "high"],
        "input": {"placement": "field-of-view", "shape": SHAPE, "intensity": {"scaling": "maximum"}},
        "inputs": [{"name": name} for name in NAMES],
        "covariates": [{"name": "age", "unit": "years"}],
    }
    (tmp_path / "net.card.json").write_text(json.dumps(card))
    return tmp_path


@pytest.fixture
def choose(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    def answer(path: Path) -> None:
        monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_, **__: (str(path), ""))

    return answer


def logits(folder: Path, age: float) -> list[float]:
    images = [np.asarray(nibabel.load(folder / f"{name}.nii.gz").dataobj) for name in NAMES]
    x = torch.tensor(np.stack([image / image.max() for image in images])[None], dtype=torch.float32)
    with torch.no_grad():
        return [float(value) for value in Network().eval()(x, torch.tensor([[age]]))[0]]


def open_model(window: MainWindow, qtbot: QtBot, folder: Path) -> None:
    window.controller.open_model(folder / "net.pt2")
    qtbot.waitUntil(lambda: window.session.model is not None, timeout=LONG)


def click(window: MainWindow, qtbot: QtBot, button: QPushButton) -> None:
    """Click where the button is once the panel has taken its shape."""
    qtbot.waitUntil(lambda: not window.controller.tasks, timeout=LONG)
    window.model_dock.area.ensureWidgetVisible(button)
    QApplication.processEvents()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def type_age(window: MainWindow, qtbot: QtBot, text: str) -> None:
    editor = window.model_dock.inputs.editors["age"]
    editor.selectAll()
    qtbot.keyClicks(editor, text)
    qtbot.keyClick(editor, Qt.Key.Key_Return)


def test_images_and_numbers_are_chosen_predicted_and_explained(
    qtbot: QtBot, make_window: MakeWindow, folder: Path, choose: Callable[[Path], None]
) -> None:
    window = make_window()
    open_model(window, qtbot, folder)
    form = window.model_dock.inputs
    assert not form.isHidden()
    assert list(form.buttons) == list(NAMES)
    for name in NAMES:
        choose(folder / f"{name}.nii.gz")
        click(window, qtbot, form.buttons[name])
        assert form.buttons[name].text() == f"{name}.nii.gz"
    assert window.session.scan is None  # the age is missing
    type_age(window, qtbot, "71")
    qtbot.waitUntil(lambda: window.session.prediction is not None, timeout=LONG)
    scan, prediction = window.session.scan, window.session.prediction
    assert isinstance(scan, MultichannelScan)
    assert tuple(scan.channels) == NAMES
    assert prediction is not None
    np.testing.assert_allclose(prediction.logits, logits(folder, 71), atol=1e-5)
    window.controller.compute("deeplift", {}, 1)
    qtbot.waitUntil(lambda: len(window.session.maps) == 3, timeout=LONG)
    whole, *parts = [layer.map for layer in window.session.maps]
    assert [part.name.rpartition(", ")[2] for part in parts] == list(NAMES)
    assert window.session.current == 0
    np.testing.assert_allclose(whole.data, parts[0].data + parts[1].data, atol=1e-6)
    shares = whole.provenance.inputs
    assert set(shares["channels"]) == set(NAMES)
    assert shares["covariates"]["age"]["value"] == 71
    texts = [label.text() for label in window.maps_dock.findChildren(QLabel)]
    assert any("share of |relevance|: T1 " in text for text in texts)


def test_another_age_is_asked_again_and_another_scan_clears_it(
    qtbot: QtBot, make_window: MakeWindow, folder: Path, choose: Callable[[Path], None]
) -> None:
    window = make_window()
    open_model(window, qtbot, folder)
    form = window.model_dock.inputs
    choose(folder / "both.nii.gz")
    assert form.one_file is not None
    click(window, qtbot, form.one_file)
    qtbot.waitUntil(lambda: window.session.scan is not None, timeout=LONG)
    assert window.session.prediction is None
    texts = [label.text() for label in form.findChildren(QLabel) if label.isVisibleTo(form)]
    assert "The network needs a value of age beside the image." in texts
    for age in (71, 40):
        type_age(window, qtbot, str(age))
        due = logits(folder, age)

        def is_told(due: list[float] = due) -> bool:
            found = window.session.prediction
            return found is not None and np.allclose(found.logits, due, atol=1e-5)

        qtbot.waitUntil(is_told, timeout=LONG)
    window.controller.open_scan(folder / "T1.nii.gz")
    qtbot.waitUntil(lambda: form.editors["age"].text() == "", timeout=LONG)
    assert form.buttons["T1"].text() == "Choose …"
    assert window.session.prediction is None


def test_a_network_of_one_image_has_no_form(qtbot: QtBot, make_window: MakeWindow, model_file: Path) -> None:
    window = make_window()
    window.controller.open_model(model_file)
    qtbot.waitUntil(lambda: window.session.model is not None, timeout=LONG)
    assert window.model_dock.inputs.isHidden()
