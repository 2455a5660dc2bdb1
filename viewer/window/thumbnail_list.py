"""List of small grey images: channels of a layer, or attention heads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QIcon, QImage, QPixmap
from PySide6.QtWidgets import (
    QApplication,
    QListView,
    QListWidget,
    QListWidgetItem,
    QSizePolicy,
    QWidget,
)

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

THUMBNAIL_SIZE = 48


class ThumbnailList(QListWidget):
    """List of images; ``chosen`` is emitted with the row after a click or Return, but not a double-click."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("channels")
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setIconSize(QSize(THUMBNAIL_SIZE, THUMBNAIL_SIZE))
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setUniformItemSizes(True)
        self.setSpacing(1)
        self.setMinimumHeight(72)
        self.setMinimumWidth(0)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # A click may be the start of a double-click, which has another effect.
        self._is_double_click = False
        self._click_timer = QTimer(self)
        self._click_timer.setSingleShot(True)
        self._click_timer.setInterval(QApplication.doubleClickInterval())
        self._click_timer.timeout.connect(lambda: self.chosen.emit(self.currentRow()))
        self.itemClicked.connect(self._start_click_timer)
        self.itemActivated.connect(self._start_click_timer)
        self.itemDoubleClicked.connect(self._ignore_clicks)

    def show_images(
        self, images: npt.NDArray[np.uint8] | None, labels: Sequence[str], tool_tips: Sequence[str]
    ) -> None:
        """Replace the images (number, height, width), None for labels only; the selected row stays."""
        current_row = self.currentRow()
        self.clear()
        for row, (label, tool_tip) in enumerate(zip(labels, tool_tips, strict=True)):
            item = QListWidgetItem(label)
            if images is not None:
                item.setIcon(_make_thumbnail_icon(images[row].tobytes(), images[row].shape))
            item.setToolTip(tool_tip)
            self.addItem(item)
        if current_row >= 0:
            self.setCurrentRow(current_row)
        self.show()

    def _start_click_timer(self) -> None:
        if not self._is_double_click:
            self._click_timer.start()

    def _ignore_clicks(self) -> None:
        """Ignore the single clicks of a double-click."""
        self._click_timer.stop()
        self._is_double_click = True
        QTimer.singleShot(0, self, self._end_double)

    def _end_double(self) -> None:
        self._is_double_click = False


def _make_thumbnail_icon(pixels: bytes, shape: tuple[int, ...]) -> QIcon:
    """Return a greyscale image as an icon of the common size, enlarged without interpolation."""
    height, width = shape
    image = QImage(pixels, width, height, width, QImage.Format.Format_Grayscale8)
    enlarged = image.scaled(THUMBNAIL_SIZE, THUMBNAIL_SIZE, Qt.AspectRatioMode.KeepAspectRatio)
    pixmap = QPixmap.fromImage(enlarged)
    icon = QIcon(pixmap)
    # No tint when selected: the grey values are data.
    icon.addPixmap(pixmap, QIcon.Mode.Selected)
    return icon
