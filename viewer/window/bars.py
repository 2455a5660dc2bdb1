"""A prediction as bars: one a class, with its name, its share and its score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QWidget

ROW = 36
MOST_ROWS = 4
"""Of bars that are seen at once; further ones are scrolled to."""


@dataclass(frozen=True)
class Bar:
    """One class: its probability (0 to 1), its score before any softmax, and whether it is the answer."""

    name: str
    share: float
    score: float
    present: bool = False


class Bars(QWidget):
    """A stack of bars; those that are the answer in the accent colour."""

    resized = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bars: tuple[Bar, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Prediction"))

    def show_bars(self, bars: Sequence[Bar]) -> None:
        """Replace the bars."""
        self._bars = tuple(bars)
        said = ", ".join(f"{bar.name} {bar.share:.1%}" for bar in self._bars)
        self.setAccessibleDescription(said)
        self.setToolTip(
            "\n".join(f"{bar.name}: {bar.share:.4%}, logit {bar.score:.4f}" for bar in self._bars)
        )
        self.setFixedHeight(max(ROW * len(self._bars), 0))
        self.resized.emit()
        self.update()

    def sizeHint(self) -> QSize:
        """As high as there are bars."""
        return QSize(200, ROW * len(self._bars))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Name and share above each bar."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette = self.palette()
        for row, bar in enumerate(self._bars):
            top = row * ROW
            line = QRectF(0, top, self.width(), 18)
            share = f"{bar.share:.1%}"
            room = self.width() - painter.fontMetrics().horizontalAdvance(share) - 10
            name = painter.fontMetrics().elidedText(bar.name, Qt.TextElideMode.ElideRight, int(room))
            painter.setPen(palette.windowText().color())
            painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
            painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, share)
            track = QRectF(0, top + 21, self.width(), 7)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(palette.mid())
            painter.drawRoundedRect(track, 3.5, 3.5)
            painter.setBrush(QColor("#f5821f") if bar.present else palette.highlight().color())
            if bar.share > 0:
                track.setWidth(max(track.width() * bar.share, 7.0))
                painter.drawRoundedRect(track, 3.5, 3.5)
        painter.end()


class Scrolled(QScrollArea):
    """As high as its bars, up to `MOST_ROWS` of them."""

    def __init__(self, bars: Bars, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bars = bars
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(bars)
        self.viewport().setBackgroundRole(QPalette.ColorRole.Window)
        bars.resized.connect(self._fit)
        self._fit()

    def _fit(self) -> None:
        height = self._bars.sizeHint().height()
        self.setFixedHeight(min(height, MOST_ROWS * ROW))
        self.setVisible(height > 0)
