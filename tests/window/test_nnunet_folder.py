"""Results folder of an nnU-Net in the window: chosen or dropped, predicted, explained, and kept."""

from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np
import pytest
import torch
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from tests.models.nnunet_results import changed_plans, small_network, write_results
from tests.window.clicks import choose_entry, choose_method, click_button, click_entry
from tests.window.conftest import MakeWindow
from viewer.models.preprocessing import prepare
from viewer.session.open_session import open_session

LONG = 60_000
AFFINE = np.array([[-3.0, 0, 0, 30], [0, 2, 0, -20], [0, 0, 2, -20], [0, 0, 0, 1.0]])
"""Stored from right to left."""

PATCH = {"patch_size": [20, 20, 24], "spacing": [2.0, 2.0, 3.0]}
"""The whole scan is one window: 22 voxels of 3 mm, padded by one on both sides, and 20 by 20 of 2 mm."""


@pytest.fixture
def scan_file(tmp_path: Path) -> Path:
    values = np.random.default_rng(4).uniform(1, 100, (22, 20, 20)).astype(np.float32)
    path = tmp_path / "head.nii.gz"
    nibabel.save(nibabel.Nifti1Image(values, AFFINE), path)
    return path


@pytest.fixture
def results(tmp_path: Path) -> Path:
    return write_results(
        tmp_path, changed_plans(**PATCH), folds=("0", "1"), inference_allowed_mirroring_axes=None
    )


def test_a_folder_is_chosen_and_explained(
    qtbot: QtBot,
    make_window: MakeWindow,
    scan_file: Path,
    results: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    window = make_window()
    window.controller.open_scan(scan_file)
    qtbot.waitUntil(lambda: window.session.scan is not None, timeout=LONG)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_, **__: str(results))
    click_entry(window, "Open model folder …")
    qtbot.waitUntil(lambda: window.session.prediction is not None, timeout=LONG)
    assert not window.file_actions.error_boxes
    assert window.model_dock.windowTitle()
    prediction = window.session.prediction
    assert prediction is not None
    assert prediction.classes == ("background", "lesion")
    assert any("the mean of the outputs of the folds 0, 1" in note for note in prediction.notes)

    dock = window.method_dock
    choose_method(window, "gradient")
    choose_entry(dock._target_combo, dock._target_combo.findData(1))
    choose_entry(dock.region_combo, dock.region_combo.findData("all"))
    click_button(dock, "Compute")
    qtbot.waitUntil(lambda: not window.controller.is_computing, timeout=LONG)
    assert not window.file_actions.error_boxes
    layer, scan, model = window.session.current_layer, window.session.scan, window.session.model
    assert layer is not None
    assert scan is not None
    assert model is not None

    prepared = prepare(scan, model.card)
    leaf = prepared.tensor.clone().requires_grad_()
    padded = torch.nn.functional.pad(leaf, (1, 1))
    output = (small_network(0)(padded) + small_network(1)(padded))[..., 1:23]
    (gradient,) = torch.autograd.grad(output[:, 1].mean(), leaf)
    # The grid of the network has the voxels of this scan, in the order in which its file stores them.
    inside = gradient[0, 0].numpy().transpose(2, 1, 0)[::-1]
    scale = np.abs(layer.map.data).max() / np.abs(inside).max()
    np.testing.assert_allclose(layer.map.data, scale * inside, atol=2e-5 * layer.map.data.max())

    path = tmp_path / "shown.session.zip"
    job = window.controller.save_session(path)
    qtbot.waitUntil(lambda: path.exists() and job is not None, timeout=LONG)
    qtbot.waitUntil(lambda: not window.controller.tasks, timeout=LONG)
    reopened = open_session(path)
    assert reopened.model is not None
    assert reopened.model.hash == model.hash


def test_a_fold_is_dropped(qtbot: QtBot, make_window: MakeWindow, scan_file: Path, results: Path) -> None:
    window = make_window()
    files = QMimeData()
    files.setUrls([QUrl.fromLocalFile(str(path)) for path in (results / "fold_1", scan_file)])
    button, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    window.dropEvent(QDropEvent(QPointF(20, 20), Qt.DropAction.CopyAction, files, button, keys))
    qtbot.waitUntil(lambda: window.session.prediction is not None, timeout=LONG)
    model = window.session.model
    assert model is not None
    assert model.path == results / "fold_1"
    assert any("only the network of fold_1" in note for note in model.notes)


@pytest.mark.slow
def test_a_fold_is_chosen_in_the_list(
    qtbot: QtBot, make_window: MakeWindow, scan_file: Path, results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = make_window()
    window.controller.open_scan(scan_file)
    qtbot.waitUntil(lambda: window.session.scan is not None, timeout=LONG)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_, **__: str(results))
    click_entry(window, "Open model folder …")
    qtbot.waitUntil(lambda: window.session.prediction is not None, timeout=LONG)
    fold = window.model_dock.fold_combo
    assert fold.isVisibleTo(window.model_dock)
    assert [fold.itemText(n) for n in range(fold.count())] == ["Mean of all folds", "Fold 0", "Fold 1"]
    for index, path, note in (
        (2, results / "fold_1", "Only the network of fold_1"),
        (0, results, "mean of the outputs"),
    ):
        before = window.session.prediction
        window.model_dock.raise_()
        choose_entry(fold, index)
        qtbot.waitUntil(lambda: window.session.prediction not in (None, before), timeout=LONG)  # noqa: B023
        assert not window.file_actions.error_boxes
        model = window.session.model
        assert model is not None
        assert (model.path, fold.currentIndex()) == (path, index)
        assert note in window.model_dock._notes_label.text()


def test_what_is_wrong_with_a_folder_is_one_line(
    qtbot: QtBot, make_window: MakeWindow, results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (results / "dataset.json").unlink()
    window = make_window()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_, **__: str(results))
    click_entry(window, "Open model folder …")
    qtbot.waitUntil(lambda: bool(window.file_actions.error_boxes), timeout=LONG)
    assert "lacks dataset.json" in window.file_actions.error_boxes[0].text()
