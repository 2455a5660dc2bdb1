"""Sessions whose mask or scan is gone: what can be opened is opened, and the window says what is missing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pytestqt.qtbot import QtBot

from tests.window.conftest import MakeWindow
from viewer.preparation.brain_mask import BrainMask
from viewer.preparation.pipeline import prepare
from viewer.preparation.requirements import Requirements, Skull, TargetSpace

LONG = 60_000


def test_without_the_mask_everything_else_opens_and_the_preparation_must_be_repeated(
    qtbot: QtBot, make_window: MakeWindow, scan_file: Path, map_file: Path, tmp_path: Path
) -> None:
    window = make_window()
    window.controller.open_scan(scan_file)
    window.controller.open_map(map_file)
    qtbot.waitUntil(lambda: window.display.prepared_map is not None, timeout=LONG)
    scan = window.session.scan
    assert scan is not None
    inside = np.zeros(scan.grid.shape, bool)
    inside[3:-3, 3:-3, 3:-3] = True
    mask = BrainMask(inside, scan.grid, "by hand", 0.0)
    wanted = Requirements(TargetSpace.NATIVE, Skull.REMOVED)
    window.session.set_preparation(prepare(scan, wanted, mask=mask))
    said: list[str] = []
    window.controller.message.connect(said.append)
    path = tmp_path / "one.session.json"
    window.controller.save_session(path)
    qtbot.waitUntil(lambda: any("second file" in line for line in said), timeout=LONG)
    assert any("one-mask.nii.gz" in line for line in said), said
    (tmp_path / "one-mask.nii.gz").unlink()
    other = make_window()
    other.controller.open_session(path)
    qtbot.waitUntil(lambda: bool(other.file_actions.error_boxes), timeout=LONG)
    told = other.file_actions.error_boxes[0].text()
    assert "one-mask.nii.gz" in told
    assert "the preparation of the scan must be repeated" in told
    assert "\n" not in told
    assert other.session.scan is not None
    assert other.session.scan.hash == scan.hash
    assert len(other.session.maps) == 1
    assert other.session.preparation is None
    qtbot.waitUntil(lambda: other.display.prepared_map is not None, timeout=LONG)


def test_a_window_without_a_scan_does_not_say_that_the_box_is_prepared(
    qtbot: QtBot, make_window: MakeWindow, tmp_path: Path
) -> None:
    window = make_window()
    window.controller.open_scan(tmp_path / "gone.nii.gz")
    qtbot.waitUntil(lambda: bool(window.file_actions.error_boxes), timeout=LONG)
    assert window.box.message.startswith("No scan is shown")
    assert "gone.nii.gz" in window.box.message
