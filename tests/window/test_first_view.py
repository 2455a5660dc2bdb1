"""What a window shows of a new map at first: the few largest clusters, as controls and command say."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from viewer.cli import main
from viewer.session.cli_export import threshold_options
from viewer.window.application import restore_view
from viewer.window.main import MainWindow

LONG = 60_000


def test_a_new_map_is_shown_by_its_largest_clusters(
    qtbot: QtBot,
    make_window: Callable[[], MainWindow],
    scan_file: Path,
    model_file: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    window = make_window()
    window.session.reset_view(restore_view(QSettings(str(tmp_path / "new.ini"), QSettings.Format.IniFormat)))
    window.controller.open_scan(scan_file)
    window.controller.open_model(model_file)
    window.clusters_dock.raise_()
    compute = window.method_dock.findChild(QPushButton, "compute")
    assert compute is not None
    window.method_dock.choose_method("gradient")
    qtbot.waitUntil(lambda: window.session.prediction is not None and compute.isEnabled(), timeout=LONG)
    qtbot.mouseClick(compute, Qt.MouseButton.LeftButton)
    table, box = window.clusters_dock.table, window.display_dock._largest_clusters

    def rest() -> None:
        qtbot.waitUntil(
            lambda: not window.controller.tasks and not window.clusters_dock._measure_timer.isActive()
        )

    qtbot.waitUntil(lambda: table.rowCount() > 0, timeout=LONG)
    rest()
    assert box.text() == "5"
    few = window.clusters_dock._rows
    assert len(few) == 5
    voxels = sum(row.cluster.voxels for row in few)
    assert f"{voxels:,} voxels" in window.display_dock._counts_label.text()
    assert "5 largest clusters" in window.display_dock._counts_label.text()

    # The command line, with the options that the window copies, finds the same ones.
    saved = window.session.maps[0].map.save(tmp_path / "map.nii.gz")
    csv = tmp_path / "clusters.csv"
    assert main(["clusters", str(saved), *threshold_options(window.session.view), "--csv", str(csv)]) == 0
    capsys.readouterr()
    text = [line.split(",") for line in csv.read_text().splitlines()]
    place = text[0].index("voxels")
    assert [int(line[place]) for line in text[1:]] == [row.cluster.voxels for row in few]
    assert shlex.join(threshold_options(window.session.view)) == "--largest-clusters 5"

    # All of them are a step away, and one step back.
    box.setFocus()
    box.selectAll()
    qtbot.keyClicks(box, "0")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(window.clusters_dock._rows) > 5, timeout=LONG)
    rest()
    assert box.text() == "All"
    assert "largest" not in window.display_dock._counts_label.text()
    window.menus._undo_action.trigger()
    qtbot.waitUntil(lambda: len(window.clusters_dock._rows) == 5, timeout=LONG)
    assert box.text() == "5"
