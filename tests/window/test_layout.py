"""What is shown fits into a small window: no name or number is cut, nothing lies over something else."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import nibabel
import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetrics, QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QMainWindow,
    QStyleOptionViewItem,
    QToolTip,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from viewer.progress import ProgressStep
from viewer.scene.text_labels import TextLabel, text_width
from viewer.session.session import Session
from viewer.session.view import Camera, ComparisonMode
from viewer.window.background_tasks import TaskStatus
from viewer.window.box_rendering import MIN_BODY_PIXELS_PRESENTATION
from viewer.window.box_view import BoxView
from viewer.window.check_tree import CheckDelegate
from viewer.window.combo_box import ComboBox
from viewer.window.layer_tasks import LayerRow
from viewer.window.layer_tree import PARAMETERS, make_tree_item
from viewer.window.main import MainWindow
from viewer.window.status_bar import StatusBar

SIZES = [(1276, 770), (900, 600)]
LEFT = Qt.MouseButton.LeftButton


def test_every_drop_down_of_the_window_keeps_its_entries_readable(window: MainWindow) -> None:
    combos = window.findChildren(QComboBox)
    assert len(combos) >= 10
    assert [combo.accessibleName() for combo in combos if not isinstance(combo, ComboBox)] == []


LONG = "Integrated gradients, Alzheimer's disease"


def test_an_open_list_is_as_wide_as_its_longest_entry(qtbot: QtBot) -> None:
    holder = QWidget()
    column = QVBoxLayout(holder)
    combo = ComboBox()
    combo.setMinimumContentsLength(8)
    combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    combo.addItems(["Nothing", LONG])
    combo.setToolTip("The second map")
    column.addWidget(combo)
    qtbot.addWidget(holder)
    holder.setFixedWidth(150)
    holder.show()
    qtbot.waitExposed(holder)
    assert combo.displayed_text() == "Nothing"
    QTest.mouseClick(combo, LEFT, pos=combo.rect().center())
    view = combo.view()
    qtbot.waitUntil(view.isVisible)
    needed = QFontMetrics(view.font()).horizontalAdvance(LONG)
    assert view.viewport().width() > needed > combo.width()
    QTest.keyClick(view, Qt.Key.Key_End)
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert combo.currentText() == LONG
    # Both the beginning and the end are seen, and fit.
    shown = combo.displayed_text()
    assert shown.startswith("Int")
    assert shown.endswith("ase")
    assert combo.fontMetrics().horizontalAdvance(shown) < combo.width() - 20
    place = combo.rect().center()
    QApplication.sendEvent(combo, QHelpEvent(QEvent.Type.ToolTip, place, combo.mapToGlobal(place)))
    assert QToolTip.text() == f"{LONG}\nThe second map"
    QToolTip.hideText()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("found", ["✓ AUC 0.81", "✗ -3.1 / +4.6 SD (earlier threshold)"])
def test_no_name_of_a_check_is_cut_by_its_number(
    window: MainWindow, qtbot: QtBot, size: tuple[int, int], found: str
) -> None:
    window.resize(*size)
    dock = window.checks_dock
    dock.show()
    dock.raise_()
    tree = dock.tree
    shown = [item for n in range(tree.topLevelItemCount()) if not (item := tree.topLevelItem(n)).isHidden()]
    for item in shown:
        item.setText(1, found)
        item.setForeground(1, QBrush(QColor("#ff0000")))
    tree.fit_rows()
    qtbot.wait(20)
    delegate = tree.itemDelegate()
    assert isinstance(delegate, CheckDelegate)
    metrics = tree.fontMetrics()
    for item in shown:
        option = QStyleOptionViewItem()
        option.initFrom(tree)
        option.features |= QStyleOptionViewItem.ViewItemFeature.HasCheckIndicator
        option.rect = tree.visualItemRect(item)
        index = tree.indexFromItem(item, 0)
        name, number = delegate.name_rect(option, index), delegate.result_rect(option, index)
        assert name.left() + metrics.horizontalAdvance(item.text(0)) <= tree.viewport().width()
        assert tree.viewport().rect().contains(option.rect)
        assert option.rect.contains(number)
        needed = metrics.boundingRect(number, Qt.TextFlag.TextWordWrap, found)
        assert number.width() >= needed.width()
        assert number.height() >= needed.height()
        first_line = QRect(name.left(), option.rect.top(), name.width(), metrics.height())
        assert not first_line.intersects(number)
        # Painted in as many lines as there is room for, all of it inside the row.
        picture = tree.viewport().grab(option.rect).toImage()
        inked = [
            y
            for y in range(picture.height())
            for x in range(name.left() + 1, picture.width())
            if (pixel := picture.pixelColor(x, y)).red() > pixel.green() + 90
            and pixel.red() > pixel.blue() + 90
        ]
        assert inked
        lines = number.height() if number.height() < option.rect.height() else metrics.height()
        assert max(inked) - min(inked) + 1 <= lines


@pytest.mark.parametrize("width", [272, 236, 420])
def test_names_of_layers_are_not_cut_for_the_count_of_parameters(
    window: MainWindow, qtbot: QtBot, width: int
) -> None:
    window.resize(1276, 770)
    dock = window.layer_dock
    dock.setFloating(True)
    dock.resize(width, 500)
    dock.show()
    tree = dock.tree
    rows = [
        LayerRow("conv1", "conv1", "conv", (64, 61, 73, 61), 111_000),
        LayerRow("pool5", "pool5", "max_pool", (64, 10, 13, 10), 0),
    ]
    tree.clear()
    tree.addTopLevelItems([make_tree_item(row, tree.font()) for row in rows])
    tree.fit_columns()
    qtbot.wait(20)
    metrics = tree.fontMetrics()
    for item in (tree.topLevelItem(0), tree.topLevelItem(1)):
        assert item is not None
        place = tree.visualItemRect(item)
        whole = metrics.horizontalAdvance(item.text(0))
        name = metrics.horizontalAdvance(item.text(0).partition(" · ")[0])
        room = tree.columnWidth(0) - place.left() - 6
        assert room >= (whole if width >= 272 else name)
    if not tree.isColumnHidden(PARAMETERS):
        words = tree.headerItem().text(PARAMETERS)
        assert tree.columnWidth(PARAMETERS) > tree.header().fontMetrics().horizontalAdvance(words)
    if width == 420:
        assert tree.headerItem().text(PARAMETERS) == "Parameters"
        assert not tree.isColumnHidden(PARAMETERS)


def test_a_long_message_shows_its_end(qtbot: QtBot) -> None:
    """The end of a path is the file's name."""
    status = StatusBar(Session())
    qtbot.addWidget(status)
    status.set_device("cpu, 1 thread")
    status.resize(600, 30)
    status.show()
    qtbot.waitExposed(status)
    pictures = []
    for name in ("box.png", "map.png"):
        for folder in ("", "a/long/folder/" * 10):
            status.showMessage(f"Saved {folder}{name}")
            pictures.append(status.grab().toImage())
    short, long, other_short, other_long = pictures
    assert short != other_short
    assert long != other_long
    # Nothing is painted over the device.
    device = status._device_label.geometry()
    assert long.copy(device) == short.copy(device)


@pytest.mark.parametrize("width", [1276, 900])
def test_place_and_task_share_the_bottom_line(qtbot: QtBot, window: MainWindow, width: int) -> None:
    # A line of its own, which no work in the background writes into.
    status, holder = StatusBar(window.session), QMainWindow()
    holder.setStatusBar(status)
    qtbot.addWidget(holder)
    holder.resize(width, 100)
    holder.show()
    qtbot.waitExposed(holder)
    place = status.crosshair_text()
    assert "map" in place
    qtbot.waitUntil(lambda: status._crosshair_label.displayed_text() == place)
    title = "Checking Integrated gradients, lesion: Random weights: Integrated gradients, lesion" * 2
    status.show_task(TaskStatus(title, ProgressStep(0.3, "", 30.0, 100.0), True))
    qtbot.waitUntil(lambda: status._task_label.isVisible() and status._task_label.x() > 0)
    qtbot.wait(50)
    parts = [
        status._crosshair_label,
        status._task_label,
        status._progress_bar,
        status._cancel_button,
        status._device_label,
    ]
    for left, right in itertools.pairwise(part.geometry() for part in parts):
        assert left.right() < right.left()
    assert parts[-1].geometry().right() <= status.width()
    # Numbers of a place are not cut for the name of a task, which ends in dots.
    assert status._crosshair_label.displayed_text() == place
    assert status._task_label.displayed_text().endswith("…")
    assert status._task_label.toolTip() == title
    status.show_task(None)
    assert status._crosshair_label.displayed_text() == place


def rectangle(letter: TextLabel) -> QRect:
    """Return where a word is written in a box."""
    wide, high = text_width(letter.text, letter.height), 1.4 * letter.height
    return QRectF(letter.x - wide / 2, letter.y - high / 2, wide, high).toAlignedRect()


def legend(box: BoxView) -> tuple[list[QRect], set[str]]:
    """Return where the stripes and words of a box's colours are, and the words."""
    scene = box.scene
    assert scene is not None
    half = box.width() / 2
    stripes = [one for one in scene._annotations.bars.rectangles if one.left > half]
    words = [one for one in scene._annotations.bars.labels if one.x > half]
    places = [
        QRectF(QPointF(one.left, one.top), QPointF(one.right, one.bottom)).toAlignedRect() for one in stripes
    ]
    return places + [rectangle(one) for one in words], {one.text for one in words}


def test_two_maps_that_fade_have_a_colour_bar_each(
    window: MainWindow, qtbot: QtBot, map_file: Path, tmp_path: Path
) -> None:
    from viewer.scene.box import BoxScene

    window.resize(1276, 770)
    window.box.start(BoxScene)
    image = nibabel.load(map_file)
    other = nibabel.Nifti1Image(5 * image.get_fdata(dtype=np.float32), image.affine)
    nibabel.save(other, tmp_path / "other.nii.gz")
    window.controller.open_map(tmp_path / "other.nii.gz")
    qtbot.waitUntil(lambda: len(window.session.maps) == 2 and not window.controller.tasks, timeout=60000)
    dock = window.compare_dock
    dock.show()
    dock.raise_()
    dock._second_map_combo.setCurrentIndex(1)
    qtbot.waitUntil(lambda: window.comparison_pipeline.comparison is not None, timeout=60000)
    dock._mode_combo.setCurrentIndex(list(ComparisonMode).index(ComparisonMode.FADE))
    first, second = window.compare_area.first, window.compare_area.second
    dock._fade_slider.setValue(50)
    qtbot.waitUntil(lambda: bool(second.scene and legend(first)[0] and legend(second)[0]), timeout=10000)
    (places, words), (others, other_words) = legend(first), legend(second)
    # Each has its own name, ends and threshold.
    assert len(words - other_words) >= 2
    assert len(other_words - words) >= 2
    assert not any(one.intersects(another) for one in places for another in others)
    assert all(second.rect().contains(one) for one in others)
    dock._fade_slider.setValue(0)
    qtbot.waitUntil(lambda: not legend(second)[0] and bool(legend(first)[0]), timeout=10000)
    dock._fade_slider.setValue(100)
    qtbot.waitUntil(lambda: bool(legend(second)[0]), timeout=10000)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("size", [(1280, 800), (900, 600), (1920, 1080)])
def test_the_hint_of_the_presentation_covers_no_letter(
    window: MainWindow, qtbot: QtBot, size: tuple[int, int]
) -> None:
    from viewer.scene.box import BoxScene

    window.box.start(BoxScene)
    box, home = window.box, window.session.view.camera
    box.setFixedSize(*size)
    window.presentation.start()
    box.set_rotating(False)
    qtbot.wait(20)
    hint, scene = window.presentation.hint_label, box.scene
    assert scene is not None
    assert hint.isVisible()
    assert box.rect().contains(hint.geometry())
    scene.set_min_text_height(MIN_BODY_PIXELS_PRESENTATION)
    # A room sees the box from all sides.
    for turn in range(0, 360, 15):
        camera = Camera(home.azimuth + turn, home.elevation)
        scene.set_view(replace(window.session.view, camera=camera))
        scene.render(*size)
        covered = [one.text for one in scene.labels() if rectangle(one).intersects(hint.geometry())]
        assert covered == [], turn
    window.presentation.stop()
