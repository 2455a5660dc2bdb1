"""How wide a figure of the slices is and with how many dots an inch; asked before where it goes."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QSpinBox, QVBoxLayout, QWidget

from viewer.window.figure_dialog import LARGEST, MM_PER_INCH
from viewer.window.panel import text

USUAL = 1600
SMALLEST = 320
DPI = 300


@dataclass(frozen=True)
class SlicesSize:
    """What a person chose: pixels, and pixels per inch; the height follows from the slices."""

    width: int
    dpi: int


class SlicesDialog(QDialog):
    """Width and resolution of the three slices."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Save slices"))
        self._width = QSpinBox()
        self._width.setRange(SMALLEST, LARGEST)
        self._width.setValue(USUAL)
        self._width.setSuffix(" px")
        self._width.setAccessibleName(self.tr("Width"))
        self._dpi = QSpinBox()
        self._dpi.setRange(36, 2400)
        self._dpi.setValue(DPI)
        self._dpi.setSuffix(" dpi")
        self._dpi.setAccessibleName(self.tr("Resolution"))
        self._printed = text(role="quiet")
        form = QFormLayout()
        form.addRow(self.tr("Width"), self._width)
        form.addRow(self.tr("Resolution"), self._dpi)
        form.addRow("", self._printed)
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
        for box in (self._width, self._dpi):
            box.valueChanged.connect(self._measure)
        self._measure()

    def wanted(self) -> SlicesSize:
        """What was chosen."""
        return SlicesSize(self._width.value(), self._dpi.value())

    def _measure(self) -> None:
        wide = self._width.value() / self._dpi.value() * MM_PER_INCH
        self._printed.setText(self.tr("{:.0f} mm wide in print; the height follows.").format(wide))
