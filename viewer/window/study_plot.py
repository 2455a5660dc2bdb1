"""What a study's network says against what is so: a scatter of graded values, or a table of classes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

HEIGHT = 176
TOP, BOTTOM, LEFT = 20.0, 34.0, 44.0
DOT = 2.6


@dataclass(frozen=True)
class Said:
    """What is so of every scan, and what the network says of it.

    Graded values are in their own unit, classes are numbers. ``left_out`` is what networks said that did not
    know the scan's subject; empty where it is not known yet.
    """

    truth: Sequence[float]
    fitted: Sequence[float]
    left_out: Sequence[float] = ()
    classes: tuple[str, ...] = ()


class FitPlot(QWidget):
    """Draws a `Said`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._said: Said | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(HEIGHT)
        self.setAccessibleName(self.tr("Prediction against true value"))

    def sizeHint(self) -> QSize:
        """As wide as a panel."""
        return QSize(240, HEIGHT)

    def show_said(self, said: Said | None) -> None:
        """Draw this; nothing where there is none."""
        self._said = said
        words = ""
        if said is not None and said.classes:
            words = self.tr("{}. Columns are what is so, rows what the network says.").format(
                self._head(said)
            )
        elif said is not None:
            words = self.tr(
                "One dot per scan: y across, prediction up. On the line, the prediction is exact."
            )
        self.setToolTip(words)
        self.setAccessibleDescription(words)
        self.update()

    def _head(self, said: Said) -> str:
        return self.tr("Held-out subjects") if said.left_out else self.tr("Training scans")

    def paintEvent(self, event: QPaintEvent) -> None:
        """The scatter or the table."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), self.palette().base())
        if self._said is not None:
            area = QRectF(LEFT, TOP, self.width() - LEFT - 10, self.height() - TOP - BOTTOM)
            if self._said.classes:
                self._draw_classes(painter, self._said, area)
            else:
                self._draw_graded(painter, self._said, area)
        painter.end()

    def _draw_graded(self, painter: QPainter, said: Said, area: QRectF) -> None:
        palette = self.palette()
        quiet, line = palette.color(QPalette.ColorRole.PlaceholderText), palette.color(QPalette.ColorRole.Mid)
        accent = palette.color(QPalette.ColorRole.Link)
        every = [*said.truth, *said.fitted, *said.left_out]
        low, high = min(every), max(every)
        span = (high - low) or 1.0

        def at(truth: float, told: float) -> QPointF:
            x = area.left() + 5 + (area.width() - 10) * (truth - low) / span
            return QPointF(x, area.bottom() - 5 - (area.height() - 10) * (told - low) / span)

        painter.setPen(line)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(area)
        painter.drawLine(at(low, low), at(high, high))
        painter.setPen(QPen(quiet, 1.2))
        for truth, told in zip(said.truth, said.fitted, strict=True):
            painter.drawEllipse(at(truth, told), DOT, DOT)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(accent)
        if said.left_out:
            for truth, told in zip(said.truth, said.left_out, strict=True):
                painter.drawEllipse(at(truth, told), DOT, DOT)
        painter.setPen(quiet)
        self._label_ends(painter, area, f"{low:.3g}", f"{high:.3g}")
        # The key: a ring and a disc, so that it is not the colour alone that tells them apart.
        x = area.left() + 4
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(QPointF(x, TOP / 2), DOT, DOT)
        x = self._key(painter, x + 8, self.tr("fit")) + 16
        if said.left_out:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(accent)
            painter.drawEllipse(QPointF(x, TOP / 2), DOT, DOT)
            painter.setPen(quiet)
            self._key(painter, x + 8, self.tr("subject left out"))

    def _key(self, painter: QPainter, x: float, words: str) -> float:
        width = painter.fontMetrics().horizontalAdvance(words)
        painter.drawText(QRectF(x, 0, width + 2, TOP), Qt.AlignmentFlag.AlignVCenter, words)
        return x + width

    def _label_ends(self, painter: QPainter, area: QRectF, low: str, high: str) -> None:
        below = QRectF(area.left(), area.bottom() + 2, area.width(), 16)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, low)
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, high)
        painter.drawText(below.translated(0, 1), Qt.AlignmentFlag.AlignHCenter, self.tr("y"))
        beside = QRectF(0, area.top(), LEFT - 5, area.height())
        right = Qt.AlignmentFlag.AlignRight
        painter.drawText(beside, right | Qt.AlignmentFlag.AlignBottom, low)
        painter.drawText(beside, right | Qt.AlignmentFlag.AlignTop, high)
        painter.drawText(beside, right | Qt.AlignmentFlag.AlignVCenter, self.tr("said"))

    def _draw_classes(self, painter: QPainter, said: Said, area: QRectF) -> None:
        palette, metrics = self.palette(), painter.fontMetrics()
        quiet, ink = palette.color(QPalette.ColorRole.PlaceholderText), palette.color(QPalette.ColorRole.Text)
        line, accent = palette.color(QPalette.ColorRole.Mid), palette.color(QPalette.ColorRole.Link)
        area = area.adjusted(20, 0, 0, 0)
        told = said.left_out or said.fitted
        counts = Counter((round(truth), round(says)) for truth, says in zip(said.truth, told, strict=True))
        totals = Counter(round(truth) for truth in said.truth)
        width, height = area.width() / len(said.classes), area.height() / len(said.classes)
        painter.setPen(quiet)
        painter.drawText(
            QRectF(area.left(), 0, area.width(), TOP), Qt.AlignmentFlag.AlignVCenter, self._head(said)
        )
        for number, name in enumerate(said.classes):
            below = QRectF(area.left() + number * width, area.bottom() + 1, width, 15)
            beside = QRectF(0, area.top() + number * height, area.left() - 5, height)
            for place, side in ((below, Qt.AlignmentFlag.AlignCenter), (beside, Qt.AlignmentFlag.AlignRight)):
                shown = metrics.elidedText(name, Qt.TextElideMode.ElideRight, int(place.width()))
                painter.drawText(place, side | Qt.AlignmentFlag.AlignVCenter, shown)
        painter.drawText(
            QRectF(area.left(), area.bottom() + 15, area.width(), 16),
            Qt.AlignmentFlag.AlignCenter,
            self.tr("what is so"),
        )
        for truth in range(len(said.classes)):
            for says in range(len(said.classes)):
                cell = QRectF(area.left() + truth * width, area.top() + says * height, width, height)
                share = counts[truth, says] / max(totals[truth], 1)
                shade = QColor(accent if truth == says else quiet)
                shade.setAlphaF(0.75 * share)
                painter.fillRect(cell, shade)
                painter.setPen(line)
                painter.drawRect(cell)
                painter.setPen(ink)
                words = f"{counts[truth, says]}"
                if metrics.horizontalAdvance(words) < width and metrics.height() <= height:
                    painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, words)
