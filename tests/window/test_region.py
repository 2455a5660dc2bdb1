"""A dense prediction in the window: sliding windows with progress, and which part of it is explained."""

from __future__ import annotations

import json
from pathlib import Path

import nibabel
import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from tests.window.conftest import MakeWindow
from viewer.jobs import worker
from viewer.session.session import Session
from viewer.window.main import MainWindow
from viewer.window.region_combo_box import RegionComboBox

LONG = 60_000


@pytest.fixture(scope="module")
def dense_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small U-Net that sees a scan in windows of 16 voxels."""
    import torch

    from viewer.models.architectures.registry import find_architecture

    folder = tmp_path_factory.mktemp("dense")
    architecture = find_architecture("unet-3d", folder)
    arguments = {"widths": [4, 8], "strides": [2], "units": 0}
    torch.manual_seed(1)
    module = architecture.build(architecture.resolve_arguments(arguments, folder), folder)
    torch.save(module.state_dict(), folder / "dense.pt")
    card = {
        "name": "Dense",
        "architecture": "unet-3d",
        "arguments": arguments,
        "classes": ["outside", "inside"],
        "kind": "segmentation",
        "input": {
            "placement": "foreground",
            "spacing": [3.0, 3.0, 3.0],
            "window": [16, 16, 16],
            "overlap": 0.5,
            "intensity": {"scaling": "z-score"},
        },
    }
    (folder / "dense.card.json").write_text(json.dumps(card))
    return folder / "dense.pt"


@pytest.fixture
def dense(
    qtbot: QtBot,
    make_window: MakeWindow,
    scan_file: Path,
    dense_file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> tuple[MainWindow, list[float]]:
    # A fast machine would be done between two reports.
    monkeypatch.setattr(worker, "REPORT_INTERVAL", 0.0)
    window = make_window()
    heard: list[float] = []
    window.controller.task_changed.connect(
        lambda doing: (
            doing is not None
            and doing.step is not None
            and doing.title == "Running Dense"
            and heard.append(doing.step.fraction)
        )
    )
    window.controller.open_scan(scan_file)
    qtbot.waitUntil(lambda: window.display.scan_data is not None, timeout=LONG)
    window.controller.open_model(dense_file)
    qtbot.waitUntil(lambda: window.session.prediction is not None, timeout=LONG)
    return window, heard


def test_predicting_in_windows_tells_how_far_it_is(dense: tuple[MainWindow, list[float]]) -> None:
    _, heard = dense
    assert any(0 < fraction < 1 for fraction in heard)
    assert heard == sorted(heard)


@pytest.mark.parametrize("choice", ["above:0.5", "all"])
@pytest.mark.sampled(2)
def test_the_chosen_region_is_explained(
    qtbot: QtBot, dense: tuple[MainWindow, list[float]], choice: str
) -> None:
    window, _ = dense
    dock = window.method_dock
    dock.choose_method("gradient")
    dock._target_combo.setCurrentIndex(dock._target_combo.findData(1))
    assert dock.region_combo.isVisibleTo(dock)
    dock.region_combo.setCurrentIndex(dock.region_combo.findData(choice))
    dock.compute()
    qtbot.waitUntil(lambda: not window.controller.is_computing, timeout=LONG)
    assert not window.file_actions.error_boxes
    assert window.session.current_layer.map.provenance.region == choice


@pytest.mark.slow
def test_a_mask_is_asked_for_and_taken(
    qtbot: QtBot,
    dense: tuple[MainWindow, list[float]],
    scan_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    window, _ = dense
    scan = nibabel.load(scan_file)
    mask = np.zeros(scan.shape, np.uint8)
    mask[18:24, 22:28, 15:20] = 1
    path = tmp_path / "mask.nii.gz"
    nibabel.save(nibabel.Nifti1Image(mask, scan.affine), path)
    region = window.method_dock.region_combo
    answers: list[Path | None] = [None, path]
    monkeypatch.setattr(window.file_actions, "ask_mask", lambda: answers.pop(0))

    def ask() -> None:
        place = region.findText("A mask…")
        region.setCurrentIndex(place)
        region.activated.emit(place)

    ask()
    assert region.region == "above:0.5", "nothing chosen leaves the choice as it was"
    ask()
    assert region.region == str(path)
    window.method_dock.choose_method("gradient")
    window.method_dock._target_combo.setCurrentIndex(window.method_dock._target_combo.findData(1))
    window.method_dock.compute()
    qtbot.waitUntil(lambda: not window.controller.is_computing, timeout=LONG)
    assert not window.file_actions.error_boxes
    assert "mask" in window.session.current_layer.map.provenance.region


def test_the_body_at_the_crosshair(qtbot: QtBot, session: Session) -> None:
    row = RegionComboBox(session)
    qtbot.addWidget(row)
    row.setCurrentIndex(row.findText("The predicted body at the crosshair"))
    session.change(crosshair=(-12.5, 3.0, 40.25))
    assert row.region == "component:-12.50,3.00,40.25"


def test_a_classifier_is_asked_for_no_region(
    qtbot: QtBot, make_window: MakeWindow, scan_file: Path, model_file: Path
) -> None:
    window = make_window()
    window.controller.open_scan(scan_file)
    window.controller.open_model(model_file)
    qtbot.waitUntil(lambda: window.session.prediction is not None, timeout=LONG)
    assert not window.method_dock.region_combo.isVisibleTo(window.method_dock)
