"""How large a figure is written, asked before where it goes."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QSize
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from viewer.session.view import Theme
from viewer.window.combo_box import ComboBox
from viewer.window.enum_combo_box import EnumComboBox
from viewer.window.panel import text

SMALLEST = 64
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
        self._width = QDoubleSpinBox()
        self._height = QDoubleSpinBox()
        self._unit = ComboBox()
        self._unit.addItem(self.tr("Pixels"), False)
        self._unit.addItem(self.tr("Millimetres, printed"), True)
        self._dpi = QSpinBox()
        self._dpi.setRange(36, 2400)
        self._dpi.setValue(300)
        self._dpi.setSuffix(" dpi")
        self._background = EnumComboBox({Theme.DARK: self.tr("Dark"), Theme.LIGHT: self.tr("Light")})
        self._background.set_member(theme)
        self._transparent = QCheckBox(self.tr("Transparent background"))
        self._printed = text(role="quiet")
        form = QFormLayout()
        form.addRow(self.tr("Measured in"), self._unit)
        form.addRow(self.tr("Width"), self._width)
        form.addRow(self.tr("Height"), self._height)
        form.addRow(self.tr("Resolution"), self._dpi)
        form.addRow(self.tr("Background"), self._background)
        form.addRow("", self._transparent)
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
        self._show_size((2 * shown.width(), 2 * shown.height()))
        for box in (self._width, self._height):
            box.valueChanged.connect(self._measure)
        self._dpi.valueChanged.connect(self._measure)
        self._unit.currentIndexChanged.connect(self._convert)

    def wanted(self) -> Wanted:
        """What was chosen."""
        return Wanted(
            self._size(),
            self._dpi.value(),
            self._background.member(),
            self._transparent.isChecked(),
        )

    def _size(self) -> tuple[int, int]:
        """Width and height in pixels, whatever they are measured in."""
        per_unit = self._dpi.value() / MM_PER_INCH if self._unit.currentData() else 1.0
        width, height = (
            min(max(round(box.value() * per_unit), SMALLEST), LARGEST) for box in (self._width, self._height)
        )
        return width, height

    def _convert(self) -> None:
        """The same size in the other unit."""
        printed = bool(self._unit.currentData())
        per_unit = 1.0 if printed else self._dpi.value() / MM_PER_INCH
        self._show_size((round(self._width.value() * per_unit), round(self._height.value() * per_unit)))

    def _show_size(self, pixels: tuple[int, int]) -> None:
        printed = bool(self._unit.currentData())
        per_pixel = MM_PER_INCH / self._dpi.value() if printed else 1.0
        for box, count in zip((self._width, self._height), pixels, strict=True):
            box.blockSignals(True)
            box.setDecimals(1 if printed else 0)
            box.setSuffix(" mm" if printed else " px")
            box.setRange(1.0 if printed else SMALLEST, 4000.0 if printed else LARGEST)
            box.setSingleStep(5.0 if printed else 100.0)
            box.setValue(count * per_pixel)
            box.blockSignals(False)
        self._measure()

    def _measure(self) -> None:
        width, height = self._size()
        dpi = self._dpi.value()
        told = self.tr("{} × {} pixels").format(width, height)
        if not self._unit.currentData():
            told = self.tr("{:.0f} × {:.0f} mm").format(width / dpi * MM_PER_INCH, height / dpi * MM_PER_INCH)
        self._printed.setText(told)
