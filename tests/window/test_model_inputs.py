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
from PySide6.QtWidgets import QApplication, QComboBox, QFileDialog, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from tests.window.conftest import MakeWindow
from viewer.scans.aligned_image import replace_affine
from viewer.scans.multichannel_scan import MultichannelScan, make_multichannel_scan
from viewer.scans.scan import Scan
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
    bars = window.maps_dock.share_bars
    assert not bars.isHidden()
    due = {**shares["channels"], **shares["covariates"]}
    assert {one.name: one.share for one in bars.shares} == {name: one["share"] for name, one in due.items()}
    assert bars.accessibleDescription().startswith(f"T1 {shares['channels']['T1']['share']:.1%}, FLAIR ")
    assert not any("share of |relevance|: " in text for text in texts)  # the bars say it
    total = whole.provenance.sum_text
    assert total.startswith("map ")
    assert " + age " in total
    assert any(text.startswith(f"M{total[1:]}; it should add up to ") for text in texts)
    type_age(window, qtbot, "50")
    said = "This map was made with age 71, not 50."
    qtbot.waitUntil(
        lambda: any(said in label.text() for label in window.maps_dock.findChildren(QLabel)), timeout=LONG
    )


@pytest.mark.slow
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
    assert "The network needs a value for age in addition to the image." in texts
    for age in (71, 40):
        type_age(window, qtbot, str(age))
        due = logits(folder, age)

        def is_told(due: list[float] = due) -> bool:
            found = window.session.prediction
            return found is not None and np.allclose(found.logits, due, atol=1e-5)

        qtbot.waitUntil(is_told, timeout=LONG)
        assert window.checks_dock._covariates_label.text().endswith(f"held fixed: age {age}.")
    window.controller.open_scan(folder / "T1.nii.gz")
    qtbot.waitUntil(lambda: form.editors["age"].text() == "", timeout=LONG)
    assert form.buttons["T1"].text() == "Choose …"
    assert window.session.prediction is None


def compute_button(window: MainWindow) -> QPushButton:
    button = window.method_dock.findChild(QPushButton, "compute")
    assert button is not None
    return button


def ask_with_both(
    window: MainWindow, qtbot: QtBot, folder: Path, choose: Callable[[Path], None], age: str
) -> None:
    """Choose both images and the age, and wait for the prediction."""
    open_model(window, qtbot, folder)
    for name in NAMES:
        choose(folder / f"{name}.nii.gz")
        click(window, qtbot, window.model_dock.inputs.buttons[name])
    type_age(window, qtbot, age)
    qtbot.waitUntil(lambda: window.session.prediction is not None, timeout=LONG)
    qtbot.waitUntil(lambda: compute_button(window).isEnabled(), timeout=LONG)


def assert_age_is_asked(window: MainWindow) -> None:
    form = window.model_dock.inputs
    assert window.session.prediction is None
    assert not compute_button(window).isEnabled()
    reason = "The network needs a value for age in addition to the image."
    texts = [label.text() for label in form.findChildren(QLabel) if label.isVisibleTo(form)]
    assert reason in texts
    texts = [label.text() for label in window.method_dock.findChildren(QLabel)]
    assert reason in texts


def test_a_deleted_number_takes_the_prediction_away(
    qtbot: QtBot, make_window: MakeWindow, folder: Path, choose: Callable[[Path], None]
) -> None:
    window = make_window()
    ask_with_both(window, qtbot, folder, choose, "71")
    editor = window.model_dock.inputs.editors["age"]
    editor.selectAll()
    qtbot.keyClick(editor, Qt.Key.Key_Delete)
    assert editor.text() == ""
    assert_age_is_asked(window)
    other = np.random.default_rng(6).uniform(1, 100, SHAPE).astype(np.float32)
    nibabel.save(nibabel.Nifti1Image(other, np.diag([9.0, 9, 9, 1])), folder / "T2.nii.gz")
    choose(folder / "T2.nii.gz")
    button = window.model_dock.inputs.buttons["FLAIR"]
    click(window, qtbot, button)
    qtbot.waitUntil(lambda: button.text() == "T2", timeout=LONG)
    scan = window.session.scan
    assert isinstance(scan, MultichannelScan)
    np.testing.assert_allclose(scan.images["FLAIR"].data, other)
    assert_age_is_asked(window)
    (folder / "T2.nii.gz").replace(folder / "FLAIR.nii.gz")
    type_age(window, qtbot, "40")
    qtbot.waitUntil(lambda: window.session.prediction is not None, timeout=LONG)
    assert window.session.prediction is not None
    np.testing.assert_allclose(window.session.prediction.logits, logits(folder, 40), atol=1e-5)


def test_a_number_that_is_being_typed_takes_the_prediction_away(
    qtbot: QtBot, make_window: MakeWindow, folder: Path, choose: Callable[[Path], None]
) -> None:
    window = make_window()
    ask_with_both(window, qtbot, folder, choose, "71")
    editor = window.model_dock.inputs.editors["age"]
    editor.selectAll()
    qtbot.keyClicks(editor, "20")
    assert editor.text() == "20"
    assert_age_is_asked(window)
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.session.prediction is not None, timeout=LONG)
    assert window.session.prediction is not None
    np.testing.assert_allclose(window.session.prediction.logits, logits(folder, 20), atol=1e-5)


def test_a_file_that_cannot_be_read_leaves_the_row_with_the_image_that_is_used(
    qtbot: QtBot, make_window: MakeWindow, folder: Path, choose: Callable[[Path], None]
) -> None:
    window = make_window()
    ask_with_both(window, qtbot, folder, choose, "71")
    (folder / "broken.nii.gz").write_bytes(b"no image")
    choose(folder / "broken.nii.gz")
    button = window.model_dock.inputs.buttons["FLAIR"]
    with qtbot.waitSignal(window.controller.failed, timeout=LONG):
        click(window, qtbot, button)
    assert button.text() == "FLAIR"
    assert window.session.prediction is not None


def test_a_network_of_one_image_has_no_form(qtbot: QtBot, make_window: MakeWindow, model_file: Path) -> None:
    window = make_window()
    window.controller.open_model(model_file)
    qtbot.waitUntil(lambda: window.session.model is not None, timeout=LONG)
    assert window.model_dock.inputs.isHidden()


def test_the_image_on_slices_and_walls_is_chosen(qtbot: QtBot, make_window: MakeWindow, folder: Path) -> None:
    window = make_window()
    combo = window.display_dock.findChild(QComboBox, "shown_image")
    assert combo is not None
    assert not combo.isVisibleTo(window.display_dock)
    window.controller.open_images({name: folder / f"{name}.nii.gz" for name in NAMES}, {})
    qtbot.waitUntil(lambda: window.session.scan is not None, timeout=LONG)
    qtbot.waitUntil(lambda: not window.controller.tasks, timeout=LONG)
    assert combo.isVisibleTo(window.display_dock)
    assert [combo.itemText(row) for row in range(combo.count())] == list(NAMES)
    scan, (axial, *_) = window.session.scan, window.slices
    assert isinstance(scan, MultichannelScan)
    walls = window.box.grab().toImage()

    def shown() -> np.ndarray:
        return (axial._image or scan).data  # type: ignore[no-any-return]

    np.testing.assert_array_equal(shown(), scan.images["T1"].data)
    for name, row in (("FLAIR", 1), ("T1", 0), ("FLAIR", 1)):
        qtbot.keyClick(combo, Qt.Key.Key_Down if row else Qt.Key.Key_Up)
        assert window.session.view.image == name
        due = scan.images[name].data
        qtbot.waitUntil(lambda due=due: np.array_equal(shown(), due), timeout=LONG)
        qtbot.waitUntil(lambda: not window.controller.tasks, timeout=LONG)
    qtbot.waitUntil(lambda: window.box.grab().toImage() != walls, timeout=LONG)
    window.session.undo()
    assert combo.currentText() == "T1"
    qtbot.waitUntil(lambda: np.array_equal(shown(), scan.images["T1"].data), timeout=LONG)
    window.session.redo()
    # Another scan of a single image.
    window.controller.open_scan(folder / "FLAIR.nii.gz")
    qtbot.waitUntil(lambda: window.session.scan is not scan, timeout=LONG)
    assert window.session.view.image == ""
    assert not combo.isVisibleTo(window.display_dock)


@pytest.mark.parametrize("dropped", [False, True])
def test_a_bids_folder_gives_the_images_that_the_network_takes(
    qtbot: QtBot, make_window: MakeWindow, folder: Path, monkeypatch: pytest.MonkeyPatch, dropped: bool
) -> None:
    window = make_window()
    anat = folder / "sub-01" / "anat"
    anat.mkdir(parents=True)
    for name, suffix in (("T1", "T1w"), ("FLAIR", "FLAIR"), ("T1", "T2w")):
        (anat / f"sub-01_{suffix}.nii.gz").write_bytes((folder / f"{name}.nii.gz").read_bytes())
    open_model(window, qtbot, folder)
    if dropped:
        window.controller.open_any([folder / "sub-01"])
    else:
        monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_, **__: str(folder / "sub-01"))
        window.file_actions.open_folder()
    qtbot.waitUntil(lambda: window.session.scan is not None, timeout=LONG)
    form = window.model_dock.inputs
    assert [button.text() for button in form.buttons.values()] == ["sub-01_T1w", "sub-01_FLAIR"]
    type_age(window, qtbot, "71")
    qtbot.waitUntil(lambda: window.session.prediction is not None, timeout=LONG)
    assert window.session.prediction is not None
    np.testing.assert_allclose(window.session.prediction.logits, logits(folder, 71), atol=1e-5)


def test_images_are_aligned_by_a_button(
    qtbot: QtBot, make_window: MakeWindow, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from viewer.preparation import align_images as module

    def move(scan: MultichannelScan, progress: object) -> Scan:
        first, second = scan.images.values()
        affine = np.array(second.grid.affine)
        affine[0, 3] += 4
        return make_multichannel_scan({"T1": first, "FLAIR": replace_affine(second, affine)}, scan.covariates)

    monkeypatch.setattr(module, "align_images", move)
    window = make_window()
    open_model(window, qtbot, folder)
    form = window.model_dock.inputs
    assert form.align is not None
    assert not form.align.isEnabled()
    window.controller.open_images({name: folder / f"{name}.nii.gz" for name in NAMES}, {"age": 71})
    qtbot.waitUntil(lambda: window.session.prediction is not None, timeout=LONG)
    scan, before = window.session.scan, window.session.prediction
    assert isinstance(scan, MultichannelScan)
    click(window, qtbot, form.align)
    qtbot.waitUntil(lambda: window.session.scan is not scan, timeout=LONG)
    qtbot.waitUntil(lambda: window.session.prediction not in (None, before), timeout=LONG)
    found = window.session.scan
    assert isinstance(found, MultichannelScan)
    assert found.images["FLAIR"].grid.affine[0, 3] == scan.images["FLAIR"].grid.affine[0, 3] + 4
    assert [button.text() for button in form.buttons.values()] == list(NAMES)
    assert form.editors["age"].text() == "71"
