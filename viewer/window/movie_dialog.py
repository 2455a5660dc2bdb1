"""What moves in a movie, how long and how large it is; asked before where it goes."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec

from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QVBoxLayout,
    QWidget,
)

from viewer.window.combo_box import ComboBox
from viewer.window.panel import text

SIZES = ((960, 720), (1280, 960), (1920, 1080), (640, 480))


@dataclass(frozen=True)
class WantedMovie:
    """What a person chose: "turn", "threshold" or "slices", seconds, pixels, and a name to begin with."""

    sweep: str
    seconds: float
    size: tuple[int, int]
    name: str


class MovieDialog(QDialog):
    """Kind, length and size of a movie."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Save movie"))
        self._sweep = ComboBox()
        self._sweep.addItem(self.tr("Full turn"), "turn")
        self._sweep.addItem(self.tr("Threshold sweep"), "threshold")
        self._sweep.addItem(self.tr("Axial slices from below"), "slices")
        self._seconds = QDoubleSpinBox()
        self._seconds.setRange(0.5, 120)
        self._seconds.setDecimals(1)
        self._seconds.setValue(8)
        self._seconds.setSuffix(" s")
        self._size = ComboBox()
        for width, height in SIZES:
            self._size.addItem(f"{width} × {height}", (width, height))
        self._packed = find_spec("imageio_ffmpeg") is not None
        said = text(role="quiet")
        said.setText(
            self.tr("The file extension decides: .mp4 or .gif.")
            if self._packed
            else self.tr("GIF. For MP4 install the package imageio-ffmpeg.")
        )
        form = QFormLayout()
        form.addRow(self.tr("Animation"), self._sweep)
        form.addRow(self.tr("Length"), self._seconds)
        form.addRow(self.tr("Size"), self._size)
        form.addRow("", said)
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

    def wanted(self) -> WantedMovie:
        """What was chosen."""
        sweep = str(self._sweep.currentData())
        ending = ".mp4" if self._packed else ".gif"
        width, height = self._size.currentData()
        return WantedMovie(sweep, self._seconds.value(), (width, height), sweep + ending)
