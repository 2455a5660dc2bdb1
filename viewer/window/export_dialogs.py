"""Dialogs with the options of a figure, of slices and of a movie: size, resolution, background, duration."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec

from PySide6.QtCore import QSize
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QLabel,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from viewer.scene.figure_sizes import FIGURE_SIZES
from viewer.session.view import Theme
from viewer.window.combo_box import ComboBox, EnumComboBox
from viewer.window.dock_panel import make_label
from viewer.window.translation import fill, translate

MIN_PIXELS = 64
MAX_PIXELS = 6000
MM_PER_INCH = 25.4
MIN_DPI, DEFAULT_DPI, MAX_DPI = 36, 300, 2400


def make_dpi_box() -> QSpinBox:
    """Return a spin box for the resolution in dpi."""
    box = QSpinBox()
    box.setRange(MIN_DPI, MAX_DPI)
    box.setValue(DEFAULT_DPI)
    box.setSuffix(" dpi")
    return box


class ExportDialog(QDialog):
    """Base class of the dialogs: a form above the buttons Save and Cancel."""

    def _lay_out(self, form: QFormLayout) -> None:
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


@dataclass(frozen=True)
class FigureOptions:
    """Options of a figure: size in pixels, resolution in dpi, and background."""

    size: tuple[int, int]
    dpi: int
    theme: Theme
    transparent: bool


class FigureDialog(ExportDialog):
    """Dialog with the width, height, resolution and background of a figure of the box.

    Parameters
    ----------
    box_size
        Size of the box on the screen; the initial size of the figure is twice that.
    theme
        Initial background.
    """

    def __init__(self, box_size: QSize, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Save figure"))
        self._width = QDoubleSpinBox()
        self._height = QDoubleSpinBox()
        self._preset_combo = ComboBox()
        self._preset_combo.setPlaceholderText(self.tr("Custom"))
        self._preset_combo.addItem(self.tr("Same as the box on the screen"), "")
        for size in FIGURE_SIZES.values():
            self._preset_combo.addItem(self.tr(size.title), size.name)
        self._box_pixels = 2 * box_size.width(), 2 * box_size.height()
        self._unit_combo = ComboBox()
        self._unit_combo.addItem(self.tr("Pixels"), False)
        self._unit_combo.addItem(self.tr("Millimetres (print)"), True)
        self._dpi = make_dpi_box()
        self._background_combo = EnumComboBox({Theme.DARK: self.tr("Dark"), Theme.LIGHT: self.tr("Light")})
        self._background_combo.set_member(theme)
        self._transparent_box = QCheckBox(self.tr("Transparent background"))
        self._print_size_label = make_label(role="quiet")
        form = QFormLayout()
        form.addRow(self.tr("Size"), self._preset_combo)
        form.addRow(self.tr("Unit"), self._unit_combo)
        form.addRow(self.tr("Width"), self._width)
        form.addRow(self.tr("Height"), self._height)
        form.addRow(self.tr("Resolution"), self._dpi)
        form.addRow(self.tr("Background"), self._background_combo)
        form.addRow("", self._transparent_box)
        form.addRow("", self._print_size_label)
        self._lay_out(form)
        self._show_size(self._box_pixels)
        for editor in (self._width, self._height, self._dpi):
            editor.valueChanged.connect(self._on_edited)
        self._unit_combo.currentIndexChanged.connect(self._convert)
        self._preset_combo.currentIndexChanged.connect(self._apply_preset)

    def _on_edited(self) -> None:
        """Select the custom size, and show it in the other unit."""
        self._preset_combo.setCurrentIndex(-1)
        self._show_print_size()

    def _apply_preset(self) -> None:
        """Apply a named size with its resolution, or the size of the box."""
        if self._preset_combo.currentIndex() < 0:
            return
        preset = FIGURE_SIZES.get(str(self._preset_combo.currentData()))
        self._dpi.blockSignals(True)
        self._dpi.setValue(DEFAULT_DPI if preset is None else round(preset.dpi))
        self._dpi.blockSignals(False)
        self._show_size(self._box_pixels if preset is None else preset.pixels)

    def options(self) -> FigureOptions:
        """Return the selected options."""
        return FigureOptions(
            self._size(),
            self._dpi.value(),
            self._background_combo.member(),
            self._transparent_box.isChecked(),
        )

    def _size(self) -> tuple[int, int]:
        """Return the width and height in pixels, for either unit."""
        per_unit = self._dpi.value() / MM_PER_INCH if self._unit_combo.currentData() else 1.0
        width, height = (
            min(max(round(box.value() * per_unit), MIN_PIXELS), MAX_PIXELS)
            for box in (self._width, self._height)
        )
        return width, height

    def _convert(self) -> None:
        """Convert the size to the other unit."""
        in_mm = bool(self._unit_combo.currentData())
        per_unit = 1.0 if in_mm else self._dpi.value() / MM_PER_INCH
        self._show_size((round(self._width.value() * per_unit), round(self._height.value() * per_unit)))

    def _show_size(self, pixels: tuple[int, int]) -> None:
        in_mm = bool(self._unit_combo.currentData())
        per_pixel = MM_PER_INCH / self._dpi.value() if in_mm else 1.0
        for box, count in zip((self._width, self._height), pixels, strict=True):
            box.blockSignals(True)
            box.setDecimals(1 if in_mm else 0)
            box.setSuffix(" mm" if in_mm else " px")
            box.setRange(1.0 if in_mm else MIN_PIXELS, 4000.0 if in_mm else MAX_PIXELS)
            box.setSingleStep(5.0 if in_mm else 100.0)
            box.setValue(count * per_pixel)
            box.blockSignals(False)
        self._show_print_size()

    def _show_print_size(self) -> None:
        width, height = self._size()
        dpi = self._dpi.value()
        text = self.tr("{} × {} pixels").format(width, height)
        if not self._unit_combo.currentData():
            text = fill(self.tr("{:.0f} × {:.0f} mm"), width / dpi * MM_PER_INCH, height / dpi * MM_PER_INCH)
        self._print_size_label.setText(text)


DEFAULT_WIDTH = 1600
MIN_WIDTH = 320


@dataclass(frozen=True)
class SlicesOptions:
    """Options of the slices: width in pixels and resolution in dpi; the height follows from the slices."""

    width: int
    dpi: int


def make_current_map_note() -> QLabel:
    """Return a label that says that only one of several maps is drawn."""
    note = make_label(role="warning")
    note.setText(
        translate("ExportDialog", "Only the current map is drawn, not the others that are shown with it.")
    )
    return note


class SlicesDialog(ExportDialog):
    """Dialog with the width and resolution of the slices; ``has_other_maps``: whether more maps are shown."""

    def __init__(self, parent: QWidget | None = None, has_other_maps: bool = False) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Save slices"))
        self._width = QSpinBox()
        self._width.setRange(MIN_WIDTH, MAX_PIXELS)
        self._width.setValue(DEFAULT_WIDTH)
        self._width.setSuffix(" px")
        self._width.setAccessibleName(self.tr("Width"))
        self._dpi = make_dpi_box()
        self._dpi.setAccessibleName(self.tr("Resolution"))
        self._print_size_label = make_label(role="quiet")
        form = QFormLayout()
        form.addRow(self.tr("Width"), self._width)
        form.addRow(self.tr("Resolution"), self._dpi)
        form.addRow("", self._print_size_label)
        if has_other_maps:
            form.addRow("", make_current_map_note())
        self._lay_out(form)
        for box in (self._width, self._dpi):
            box.valueChanged.connect(self._show_print_size)
        self._show_print_size()

    def options(self) -> SlicesOptions:
        """Return the selected options."""
        return SlicesOptions(self._width.value(), self._dpi.value())

    def _show_print_size(self) -> None:
        width_mm = self._width.value() / self._dpi.value() * MM_PER_INCH
        self._print_size_label.setText(
            fill(self.tr("{:.0f} mm wide in print; the height is set by the slices."), width_mm)
        )


MOVIE_SIZES = ((960, 720), (1280, 960), (1920, 1080), (640, 480))


@dataclass(frozen=True)
class MovieOptions:
    """Options of a movie: "turn", "threshold" or "slices", duration in s, size in pixels, default name."""

    sweep: str
    seconds: float
    size: tuple[int, int]
    file_name: str


class MovieDialog(ExportDialog):
    """Dialog with the kind, duration and size of a movie; ``has_other_maps``: whether more maps are shown."""

    def __init__(self, parent: QWidget | None = None, has_other_maps: bool = False) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Save movie"))
        self._sweep = ComboBox()
        self._sweep.addItem(self.tr("Full turn"), "turn")
        self._sweep.addItem(self.tr("Threshold sweep"), "threshold")
        self._sweep.addItem(self.tr("Axial slices, bottom to top"), "slices")
        self._seconds = QDoubleSpinBox()
        self._seconds.setRange(0.5, 120)
        self._seconds.setDecimals(1)
        self._seconds.setValue(8)
        self._seconds.setSuffix(" s")
        self._size = ComboBox()
        for width, height in MOVIE_SIZES:
            self._size.addItem(f"{width} × {height}", (width, height))
        self._mp4_available = find_spec("imageio_ffmpeg") is not None
        note = make_label(role="quiet")
        note.setText(
            self.tr("The file extension sets the format: .mp4 or .gif.")
            if self._mp4_available
            else self.tr("GIF only. For MP4, install the package imageio-ffmpeg.")
        )
        form = QFormLayout()
        form.addRow(self.tr("Animation"), self._sweep)
        form.addRow(self.tr("Length"), self._seconds)
        form.addRow(self.tr("Size"), self._size)
        form.addRow("", note)
        if has_other_maps:
            form.addRow("", make_current_map_note())
        self._lay_out(form)

    def options(self) -> MovieOptions:
        """Return the selected options."""
        sweep = str(self._sweep.currentData())
        suffix = ".mp4" if self._mp4_available else ".gif"
        width, height = self._size.currentData()
        return MovieOptions(sweep, self._seconds.value(), (width, height), sweep + suffix)
