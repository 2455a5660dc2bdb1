"""The panel of clusters follows the map, the threshold and the atlas; a click moves the crosshair."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QImage, QWheelEvent
from PySide6.QtWidgets import QApplication, QTableWidget, QTableWidgetItem, QWidget
from pytestqt.qtbot import QtBot

from tests.window.conftest import AFFINE, SHAPE
from viewer.scans.threshold import Threshold, ThresholdKind
from viewer.session.view import Sign
from viewer.window.clusters_dock import NUMBERS, EdgeElidingDelegate
from viewer.window.main import MainWindow

RIGHT, LEFT = (25, 20, 10), (-25, 0, 0)
RGB = QImage.Format.Format_RGB32


@pytest.fixture
def window(
    make_window: Callable[[], MainWindow], qtbot: QtBot, scan_file: Path, map_file: Path
) -> MainWindow:
    window = make_window()
    window.clusters_dock.show()
    window.clusters_dock.raise_()
    window.session.change(threshold=Threshold(ThresholdKind.VALUE, 0.5))
    window.controller.open_scan(scan_file)
    window.controller.open_map(map_file)
    qtbot.waitUntil(lambda: len(window.clusters_dock.rows) == 2, timeout=20_000)
    return window


@pytest.fixture
def atlas_file(tmp_path: Path) -> Path:
    """1 on the left, 2 on the right, written L A S."""
    affine = np.diag([-1.0, 1, 1, 1]) @ AFFINE
    affine[0, 3] = -AFFINE[0, 3]
    i = np.arange(SHAPE[0])[:, None, None] * np.ones(SHAPE)
    labels = np.where(i * affine[0, 0] + affine[0, 3] < 0, 1, 2).astype(np.int16)
    path = tmp_path / "sides.nii.gz"
    nibabel.save(nibabel.Nifti1Image(labels, affine), path)
    path.with_name("sides.tsv").write_text("index\tname\n1\tThe left\n2\tThe right\n")
    return path


def turn_wheel_right(viewport: QWidget, place: QPoint) -> None:
    """Turn a wheel of two directions one notch to the right."""
    event = QWheelEvent(
        QPointF(place), QPointF(viewport.mapToGlobal(place)), QPoint(), QPoint(-120, 0),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(viewport, event)


def cell(window: MainWindow, row: int, column: int) -> str:
    return window.clusters_dock.table.item(row, column).text()


def test_it_lists_the_bodies(window: MainWindow) -> None:
    dock = window.clusters_dock
    assert dock.table.rowCount() == 2
    assert [cell(window, row, 0) for row in range(2)] == ["2", "−1"]
    found = {row.cluster.sign: row.cluster for row in dock.rows}
    np.testing.assert_allclose(found[1].centre_mm, RIGHT, atol=0.7)
    np.testing.assert_allclose(found[-1].centre_mm, LEFT, atol=0.7)
    assert cell(window, 0, 1) == f"{found[1].volume:,.0f}"
    assert cell(window, 0, 5) == f"{found[1].mean:.3g}"
    assert sum(cluster.share for cluster in found.values()) == pytest.approx(1)
    right, anterior, superior = found[1].peak_mm
    # Whole millimetres, so that they are not cut off; the tip has tenths.
    assert cell(window, 0, 4) == f"R{right:.0f} A{anterior:.0f} S{superior:.0f}"
    assert f"R {right:.1f}  A {anterior:.1f}  S {superior:.1f} mm" in dock.table.item(0, 3).toolTip()


def test_a_map_of_zeros_is_called_so(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "zeros.nii.gz"
    nibabel.save(nibabel.Nifti1Image(np.zeros(SHAPE, np.float32), AFFINE), path)
    window.controller.open_map(path)
    qtbot.waitUntil(lambda: not window.clusters_dock.rows, timeout=20_000)
    assert window.clusters_dock._summary_label.text() == "The map is zero everywhere."


def test_a_click_and_enter_go_there(window: MainWindow, qtbot: QtBot) -> None:
    table = window.clusters_dock.table
    place = table.visualItemRect(table.item(1, 0)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert window.session.crosshair == window.clusters_dock.rows[1].cluster.peak_mm
    table.selectRow(0)
    qtbot.keyClick(table, Qt.Key.Key_Return)
    assert window.session.crosshair == window.clusters_dock.rows[0].cluster.peak_mm
    window.session.undo()
    assert window.session.crosshair == window.clusters_dock.rows[1].cluster.peak_mm


@pytest.mark.parametrize(
    ("column", "value"),
    [
        (0, lambda row: row.cluster.peak),
        (1, lambda row: row.cluster.volume),
        (2, lambda row: row.cluster.share),
        (4, lambda row: row.cluster.peak_mm),
        (5, lambda row: row.cluster.mean),
    ],
)
def test_a_click_on_a_column_sorts_by_it_and_rows_still_lead_to_their_body(
    window: MainWindow, qtbot: QtBot, column: int, value: Callable
) -> None:
    table = window.clusters_dock.table
    heads = table.horizontalHeader()
    assert heads.sortIndicatorSection() == 2
    seen = []
    for _ in range(2):
        table.scrollTo(table.model().index(0, column))
        at = QPoint(
            heads.sectionViewportPosition(column) + heads.sectionSize(column) // 2, heads.height() // 2
        )
        qtbot.mouseClick(heads.viewport(), Qt.MouseButton.LeftButton, pos=at)
        descending = heads.sortIndicatorOrder() == Qt.SortOrder.DescendingOrder
        expected = sorted(window.clusters_dock.rows, key=value, reverse=descending)
        assert heads.sortIndicatorSection() == column
        for row, body in enumerate(expected):
            assert cell(window, row, 1) == f"{body.cluster.volume:,.0f}"
            place = table.visualItemRect(table.item(row, 0)).center()
            qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
            assert window.session.crosshair == body.cluster.peak_mm
        seen.append([body.number for body in expected])
    assert seen[0] == seen[1][::-1]


def test_it_says_whether_the_smoothed_map_is_measured(window: MainWindow, qtbot: QtBot) -> None:
    dock = window.clusters_dock
    assert "smoothed" not in dock._summary_label.text()
    peak = dock.rows[0].cluster.peak
    window.session.change(smoothing=6.0)
    qtbot.waitUntil(lambda: bool(dock.rows) and dock.rows[0].cluster.peak < peak, timeout=20_000)
    assert "Measured on the map smoothed by 6 mm, not on its original values." in dock._summary_label.text()


def test_it_follows_threshold_sign_and_smallest(window: MainWindow, qtbot: QtBot) -> None:
    dock, session = window.clusters_dock, window.session
    session.change(threshold=Threshold(ThresholdKind.VALUE, 1.5))
    qtbot.waitUntil(lambda: [row.cluster.sign for row in dock.rows] == [1])
    session.change(threshold=Threshold(ThresholdKind.VALUE, 0.5), sign=Sign.NEGATIVE)
    qtbot.waitUntil(lambda: [row.cluster.sign for row in dock.rows] == [-1])
    session.change(sign=Sign.BOTH, smallest_cluster=3000.0)
    qtbot.waitUntil(lambda: [row.cluster.sign for row in dock.rows] == [1])
    session.change(threshold=Threshold(ThresholdKind.VALUE, 9.0))
    qtbot.waitUntil(lambda: not dock.rows)
    assert dock.table.isHidden()
    session.remove_map(0)
    qtbot.waitUntil(lambda: "No map" in dock._summary_label.text())


def test_hidden_it_measures_nothing_and_shown_again_what_is_new(window: MainWindow, qtbot: QtBot) -> None:
    dock = window.clusters_dock
    dock.hide()
    window.session.change(threshold=Threshold(ThresholdKind.VALUE, 1.5))
    qtbot.wait(300)
    assert len(dock.rows) == 2
    dock.show()
    qtbot.waitUntil(lambda: len(dock.rows) == 1)


def test_an_atlas_names_the_regions_here_and_in_the_status(
    window: MainWindow, qtbot: QtBot, atlas_file: Path
) -> None:
    dock = window.clusters_dock
    window.controller.open_atlas(atlas_file)
    qtbot.waitUntil(lambda: bool(dock.rows and dock.rows[0].region), timeout=20_000)
    assert {row.cluster.sign: row.region for row in dock.rows} == {1: "The right", -1: "The left"}
    assert {cell(window, row, 3) for row in range(2)} == {"The right", "The left"}
    # Names do not take the coordinates' place.
    assert {cell(window, row, 4)[0] for row in range(2)} == {"R", "L"}
    assert not dock.table.isColumnHidden(4)
    assert not dock.table.isColumnHidden(3)
    assert "The right 100 %" in dock.table.item(0, 0).toolTip()
    dock.go_to_row(0)
    assert window.status.crosshair_text().split("   ·   ")[3] == "The right"
    dock.go_to_row(1)
    assert window.status.crosshair_text().split("   ·   ")[3] == "The left"


def test_names_of_the_other_side_are_doubted(window: MainWindow, qtbot: QtBot, atlas_file: Path) -> None:
    dock = window.clusters_dock
    window.controller.open_atlas(atlas_file)
    qtbot.waitUntil(lambda: bool(dock.rows and dock.rows[0].region), timeout=20_000)
    assert "sides swapped" not in dock._warning_label.text()
    atlas_file.with_name("sides.tsv").write_text("index\tname\n1\tThe right\n2\tThe left\n")
    window.controller.open_atlas(atlas_file)
    qtbot.waitUntil(lambda: "sides swapped" in dock._warning_label.text(), timeout=20_000)
    assert not dock._warning_label.isHidden()
    assert "Cluster 1 lies at R 24.0 mm and is named The left, and so is 1 more" in dock._warning_label.text()


def test_a_dropped_atlas_is_one_where_there_is_a_scan(
    window: MainWindow, qtbot: QtBot, atlas_file: Path
) -> None:
    atlas_file.with_name("sides.json").write_text('{"labels": ["", "one side", "the other"]}')
    atlas_file.with_name("sides.tsv").unlink()
    scan = window.session.scan
    window.controller.open_any([atlas_file])
    qtbot.waitUntil(lambda: window.session.atlas is not None, timeout=20_000)
    assert window.session.atlas.regions == ("one side", "the other")
    assert window.session.scan is scan


def test_copy_and_csv(window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch) -> None:
    dock = window.clusters_dock
    dock.copy()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0].split("\t")[:3] == ["cluster", "sign", "voxels"]
    assert len(lines) == 3
    path = tmp_path / "clusters.csv"
    monkeypatch.setattr(window.file_dialogs, "ask_save", lambda *_: path)
    with qtbot.waitSignal(window.controller.message, timeout=20_000):
        dock._csv_button.click()
    rows = list(csv.DictReader(io.StringIO(path.read_text(), newline="")))
    assert [int(row["voxels"]) for row in rows] == [row.cluster.voxels for row in dock.rows]
    assert [float(row["peak_x_mm"]) for row in rows] == pytest.approx(
        [row.cluster.peak_mm[0] for row in dock.rows], abs=1e-3
    )


def test_an_mni_atlas_over_a_scan_in_scanner_space_says_so_and_marks_its_names(
    window: MainWindow, qtbot: QtBot, atlas_file: Path, scan_file: Path, tmp_path: Path
) -> None:
    image = nibabel.load(atlas_file)
    # On another grid, a voxel larger: the scan's own grid would make it the scan's own parcellation.
    wider = nibabel.Nifti1Image(np.pad(np.asarray(image.dataobj), ((0, 1), (0, 0), (0, 0))), image.affine)
    wider.set_sform(image.affine, 4)
    nibabel.save(wider, atlas_file)
    dock = window.clusters_dock
    window.controller.open_atlas(atlas_file)
    qtbot.waitUntil(lambda: "?" in cell(window, 0, 3), timeout=20_000)
    assert cell(window, 0, 3) == "The right ?"
    assert not dock._warning_label.isHidden()
    assert dock._warning_label.text().startswith(
        "The atlas sides is in MNI space, and head is not known to be"
    )
    window.session.change(crosshair=RIGHT)
    assert window.status.crosshair_text().split("   ·   ")[3] == "The right ?"
    assert "region names may be wrong" in window.status._crosshair_label.toolTip()

    there = nibabel.load(scan_file)
    there.set_sform(there.affine, 4)
    nibabel.save(there, tmp_path / "normalised.nii.gz")
    window.controller.open_scan(tmp_path / "normalised.nii.gz")
    qtbot.waitUntil(lambda: bool(dock.rows) and cell(window, 0, 3) == "The right", timeout=20_000)
    assert dock._warning_label.isHidden()


@pytest.mark.parametrize(("width", "same"), [(400, True), (90, False)])
def test_the_panels_edge_elides_what_it_cuts(qtbot: QtBot, width: int, same: bool) -> None:
    """A coordinate that ends in "S1" for "S10" is believed; one with an ellipsis is not."""
    pictures = []
    for elides in (True, False):
        table = QTableWidget(1, 1)
        qtbot.addWidget(table)
        table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        table.setItem(0, 0, QTableWidgetItem("R30 P50 S10, in a long name"))
        table.setColumnWidth(0, 300)
        if elides:
            table.setItemDelegate(EdgeElidingDelegate(table))
        table.resize(width, 80)
        table.show()
        qtbot.waitExposed(table)
        pictures.append(table.viewport().grab().toImage())
    assert (pictures[0] == pictures[1]) is same


def test_a_number_that_does_not_fit_beside_the_edge_is_no_number(qtbot: QtBot) -> None:
    """ "1…6" for "10,206" is believed; a number that fits is shown whole."""

    def grab(text: str, column: int, align: Qt.AlignmentFlag = NUMBERS) -> QImage:
        table = QTableWidget(1, 1)
        qtbot.addWidget(table)
        item = QTableWidgetItem(text)
        item.setTextAlignment(align)
        table.setItem(0, 0, item)
        table.horizontalHeader().hide()
        table.setColumnWidth(0, column)
        table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        table.setItemDelegate(EdgeElidingDelegate(table))
        table.resize(90, 80)
        table.show()
        qtbot.waitExposed(table)
        return table.viewport().grab().toImage()

    long = "10,206,806,452"
    assert grab(long, 300) == grab("90,806,111,333", 300)
    assert grab(long, 300) != grab(long, 300, Qt.AlignmentFlag.AlignLeft)
    assert grab("9,153", 300) != grab(long, 300)
    assert grab("9,153", 300) != grab("9,154", 300)


def test_scrolled_sideways_it_is_painted_anew(window: MainWindow, qtbot: QtBot) -> None:
    """What is elided depends on where the table is scrolled to: moved pixels would show an old ellipsis."""
    table = window.clusters_dock.table
    bar, viewport = table.horizontalScrollBar(), table.viewport()
    window.resize(1280, 800)
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    place = viewport.rect().center()
    screen = window.screen()
    assert screen is not None
    while bar.value() < bar.maximum():
        before = bar.value()
        turn_wheel_right(viewport, place)
        assert bar.value() > before
        qtbot.wait(100)
        corner = viewport.mapTo(window, QPoint())
        shown = screen.grabWindow(window.winId(), corner.x(), corner.y(), viewport.width(), viewport.height())
        assert shown.toImage().convertToFormat(RGB) == viewport.grab().toImage().convertToFormat(RGB)


def test_where_the_peak_lies_is_seen_without_scrolling(window: MainWindow, qtbot: QtBot) -> None:
    table = window.clusters_dock.table
    window.resize(1280, 800)
    qtbot.waitUntil(lambda: table.horizontalScrollBar().maximum() > 0)
    qtbot.wait(100)
    assert table.horizontalScrollBar().value() == 0
    for name in ("Peak", "Peak at", "%"):
        (column,) = (n for n in range(6) if table.horizontalHeaderItem(n).text() == name)
        end = table.columnViewportPosition(column) + table.columnWidth(column)
        assert end <= table.viewport().width(), name
    assert cell(window, 0, 1) in table.item(0, 1).toolTip()


def test_its_columns_are_as_wide_as_what_they_hold(window: MainWindow, qtbot: QtBot) -> None:
    """Beside a last column that is wider than the table, the end has numbers without a title."""
    table = window.clusters_dock.table
    window.resize(1280, 800)
    header = table.horizontalHeader()
    qtbot.waitUntil(lambda: table.horizontalScrollBar().maximum() > 0)
    for column in range(table.columnCount()):
        assert header.sectionSize(column) <= max(
            table.sizeHintForColumn(column), header.sectionSizeHint(column)
        )


def test_small_values_are_told_without_an_e(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    path, values = tmp_path / "small.nii.gz", np.zeros(SHAPE, np.float32)
    values[20:23, 17:20, 14:17] = 3.2e-6
    nibabel.save(nibabel.Nifti1Image(values, AFFINE), path)
    window.session.change(threshold=Threshold(ThresholdKind.PERCENTILE, 1.0))
    window.controller.open_map(path)
    qtbot.waitUntil(lambda: len(window.clusters_dock.rows) == 1, timeout=20_000)
    assert "Peak 3.2·10⁻⁶ at" in window.clusters_dock.table.item(0, 0).toolTip()
    assert "mean 3.2·10⁻⁶" in window.clusters_dock.table.item(0, 0).toolTip()
    table = window.clusters_dock.table
    place = table.visualItemRect(table.item(0, 0)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert "map 3.2·10⁻⁶" in window.statusBar().crosshair_text()
