"""How large a figure is written, asked before where it goes."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QSize
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from viewer.session.view import Theme
from viewer.window.panel import text

LARGEST = 6000
MM_PER_INCH = 25.4


@dataclass(frozen=True)
class Wanted:
    """What a person chose: pixels, pixels per inch, and the background."""

    size: tuple[int, int]
    dpi: int
    theme: Theme
    transparent: bool


class FigureDialog(QDialog):
    """Width, height, resolution and background of a figure of the box.

    Parameters
    ----------
    shown
        The size at which the box is on the screen; the figure starts with twice that.
    theme
        The background it starts with.
    """

    def __init__(self, shown: QSize, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Save figure"))
        self._width = self._pixels(2 * shown.width())
        self._height = self._pixels(2 * shown.height())
        self._dpi = QSpinBox()
        self._dpi.setRange(36, 2400)
        self._dpi.setValue(300)
        self._dpi.setSuffix(" dpi")
        self._background = QComboBox()
        self._background.addItem(self.tr("Dark"), Theme.DARK)
        self._background.addItem(self.tr("Light"), Theme.LIGHT)
        self._background.setCurrentIndex(self._background.findData(theme))
        self._transparent = QCheckBox(self.tr("Leave the background out"))
        self._printed = text(role="quiet")
        form = QFormLayout()
        form.addRow(self.tr("Width"), self._width)
        form.addRow(self.tr("Height"), self._height)
        form.addRow(self.tr("Resolution"), self._dpi)
        form.addRow(self.tr("Background"), self._background)
        form.addRow("", self._transparent)
        form.addRow(self.tr("Printed"), self._printed)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel
        )
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 14)
        column.setSpacing(14)
        column.addLayout(form)
        column.addWidget(buttons)
        for box in (self._width, self._height, self._dpi):
            box.valueChanged.connect(self._measure)
        self._measure()

    def wanted(self) -> Wanted:
        """What was chosen."""
        return Wanted(
            (self._width.value(), self._height.value()),
            self._dpi.value(),
            self._background.currentData(),
            self._transparent.isChecked(),
        )

    def _pixels(self, count: int) -> QSpinBox:
        box = QSpinBox()
        box.setRange(64, LARGEST)
        box.setSingleStep(100)
        box.setSuffix(" px")
        box.setValue(count)
        return box

    def _measure(self) -> None:
        width, height = (box.value() / self._dpi.value() * MM_PER_INCH for box in (self._width, self._height))
        self._printed.setText(self.tr("{:.0f} × {:.0f} mm").format(width, height))
