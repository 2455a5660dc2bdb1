"""Bar chart of the shares of |relevance| of a network's inputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QSizePolicy, QWidget

from viewer.number_format import format_share
from viewer.window.translation import fill, format_numbers

if TYPE_CHECKING:
    from viewer.scans.input_shares import InputShare

ROW_HEIGHT = 18
TRACK_HEIGHT = 7
GAP = 8
MAX_NAME_SHARE = 0.45
"""Maximum share of the width for the names."""


class ShareBars(QWidget):
    """One row for each input: its name, a bar from 0 to 100 %, and the number; hidden without inputs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shares: tuple[InputShare, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Share of |relevance|"))
        self.hide()

    @property
    def shares(self) -> tuple[InputShare, ...]:
        """Displayed shares."""
        return self._shares

    def set_shares(self, shares: Sequence[InputShare]) -> None:
        """Replace the shares."""
        self._shares = tuple(shares)
        self.setAccessibleDescription(
            ", ".join(f"{entry.name} {_format_share(entry.share)}" for entry in self._shares)
        )
        lines = [fill("{}: {:.2%}", entry.name, entry.share) for entry in self._shares]
        self.setToolTip("\n".join([self.tr("Share of each input in the sum of |relevance|"), *lines]))
        self.setFixedHeight(ROW_HEIGHT * len(self._shares))
        self.setVisible(bool(self._shares))
        self.update()

    def sizeHint(self) -> QSize:
        """Return a height that fits all rows."""
        return QSize(200, ROW_HEIGHT * len(self._shares))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the rows."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics, palette = painter.fontMetrics(), self.palette()
        widest = max((metrics.horizontalAdvance(entry.name) for entry in self._shares), default=0)
        left = min(widest, int(MAX_NAME_SHARE * self.width())) + GAP
        right = self.width() - metrics.horizontalAdvance("100.0%") - GAP
        radius = TRACK_HEIGHT / 2
        vcenter = Qt.AlignmentFlag.AlignVCenter
        for row, entry in enumerate(self._shares):
            top = row * ROW_HEIGHT
            name = metrics.elidedText(entry.name, Qt.TextElideMode.ElideRight, left - GAP)
            painter.setPen(palette.color(QPalette.ColorRole.WindowText))
            painter.drawText(QRectF(0, top, left, ROW_HEIGHT), vcenter, name)
            number_rect = QRectF(right, top, self.width() - right, ROW_HEIGHT)
            painter.drawText(
                number_rect,
                Qt.AlignmentFlag.AlignRight | vcenter,
                _format_share(entry.share),
            )
            track = QRectF(left, top + (ROW_HEIGHT - TRACK_HEIGHT) / 2, right - left, TRACK_HEIGHT)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(palette.mid())
            painter.drawRoundedRect(track, radius, radius)
            painter.setBrush(palette.highlight())
            if entry.share > 0:
                track.setWidth(max(track.width() * entry.share, float(TRACK_HEIGHT)))
                painter.drawRoundedRect(track, radius, radius)
        painter.end()


def _format_share(share: float) -> str:
    return format_numbers(format_share(share, unit="%"))
