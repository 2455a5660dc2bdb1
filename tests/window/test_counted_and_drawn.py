"""The window counts what it draws: panel, table, box and slices of a mask over a scan of thick slices."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np
import pytest
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from viewer.scans.threshold import Threshold, ThresholdKind
from viewer.window.main import MainWindow

SIZES = ((1, 1, 1), (2, 1, 1), (3, 3, 3), (4, 4, 3))
CORNERS = ((10, 10, 8), (20, 10, 8), (10, 20, 8), (20, 20, 8))


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """A head in slices of 7 mm, and a mask of four bodies in voxels of 4 mm."""
    shape, thick = (60, 70, 16), np.diag([2.0, 2.0, 7.0, 1.0])
    thick[:3, 3] = -thick[:3, :3] @ ((np.array(shape) - 1) / 2)
    places = np.moveaxis(np.indices(shape), 0, -1) @ thick[:3, :3].T + thick[:3, 3]
    head = np.where(np.linalg.norm(places / (52, 62, 48), axis=-1) < 1, 100.0, 0)
    nibabel.save(nibabel.Nifti1Image(head.astype(np.float32), thick), tmp_path / "thick.nii.gz")
    mask = np.zeros((34, 34, 22), dtype=np.uint8)
    for corner, size in zip(CORNERS, SIZES, strict=True):
        mask[tuple(slice(a, a + n) for a, n in zip(corner, size, strict=True))] = 1
    affine = np.diag([4.0, 4.0, 4.0, 1.0])
    affine[:3, 3] = (-66, -66, -42)
    nibabel.save(nibabel.Nifti1Image(mask, affine), tmp_path / "mask.nii.gz")
    return tmp_path / "thick.nii.gz", tmp_path / "mask.nii.gz"


@pytest.mark.sampled(2)
@pytest.mark.parametrize("kind", list(ThresholdKind))
def test_panel_table_box_and_slices_show_the_same_voxels(
    make_window: Callable[[], MainWindow], qtbot: QtBot, files: tuple[Path, Path], kind: ThresholdKind
) -> None:
    window = make_window()
    received: list[object] = []
    window.display.counts_changed.connect(received.append)
    window.clusters_dock.show()
    window.clusters_dock.raise_()
    window.controller.open_scan(files[0])
    window.controller.open_map(files[1])
    qtbot.waitUntil(lambda: window.display.prepared_map is not None, timeout=20_000)
    combo = next(
        box
        for box in window.display_dock.findChildren(QComboBox)
        if box.count() == len(ThresholdKind)
        and {ThresholdKind(box.itemData(n)) for n in range(box.count())} == set(ThresholdKind)
    )
    combo.setCurrentIndex([ThresholdKind(combo.itemData(n)) for n in range(combo.count())].index(kind))
    window.session.change(
        threshold=Threshold(kind, {"value": 1.0, "percentile": 0.0, "top": 100.0, "voxels": 5.0}[kind])
    )
    qtbot.waitUntil(lambda: len(window.clusters_dock.rows) == len(SIZES), timeout=20_000)
    counts = received[-1]
    expected = sum(int(np.prod(size)) for size in SIZES)
    assert counts.voxels == expected
    assert counts.cutoff == 1.0
    rows = window.clusters_dock.rows
    assert sorted(row.cluster.voxels for row in rows) == sorted(int(np.prod(size)) for size in SIZES)
    scene = window.box.scene
    assert scene is not None
    qtbot.waitUntil(lambda: scene.threshold == 1.0, timeout=20_000)
    picture = scene.render(400, 300, 2, with_labels=False).astype(int)
    for row in rows:
        x, y = scene.project(row.cluster.peak_mm)
        around = picture[round(y) - 1 : round(y) + 2, round(x) - 1 : round(x) + 2]
        assert (around[:, :, 0] - around[:, :, 2]).max() > 60
    assert not window.file_actions.error_boxes
