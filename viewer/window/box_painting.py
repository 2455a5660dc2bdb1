"""What is painted over the box's picture, or in place of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QLinearGradient, QPainter, QPen

if TYPE_CHECKING:
    from viewer.window.box_picture import Words

MARKER = QColor("#7ee0a2")


def paint_words(painter: QPainter, words: Words, fineness: float) -> None:
    """What a picture of half the size would show softly, drawn at the screen's own.

    ``fineness`` are the screen's pixels for every one of the layout.
    """
    for drawn, left, top in words:
        rows, columns = drawn.shape[:2]
        image = QImage(drawn.data, columns, rows, 4 * columns, QImage.Format.Format_RGBA8888)
        place = QRectF(left / fineness, top / fineness, columns / fineness, rows / fineness)
        painter.drawImage(place, image)


def paint_marker(painter: QPainter, x: float, y: float) -> None:
    """Where the crosshair is: four short lines around it."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for colour, width in ((QColor(0, 0, 0, 150), 3.0), (MARKER, 1.2)):
        painter.setPen(QPen(colour, width))
        for across, up in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            painter.drawLine(QPointF(x + 3 * across, y + 3 * up), QPointF(x + 9 * across, y + 9 * up))


def paint_name(painter: QPainter, room: QRect, place: QPointF, words: str) -> None:
    """Words beside the mouse, inside ``room``."""
    box = QRectF(painter.fontMetrics().boundingRect(words)).adjusted(-7, -4, 7, 4)
    left = min(place.x() + 14, room.width() - box.width() - 4)
    top = place.y() - box.height() - 8 if place.y() > box.height() + 12 else place.y() + 18
    box.moveTo(max(left, 4.0), top)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(255, 255, 255, 50), 1))
    painter.setBrush(QColor(18, 21, 26, 225))
    painter.drawRoundedRect(box, 5, 5)
    painter.setPen(QColor("#eef1f5"))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)


def paint_title(painter: QPainter, room: QRect, title: str, dark: bool) -> None:
    """Words in the upper left corner of ``room``, never seen through."""
    painter.setOpacity(1.0)
    painter.setPen(QColor("#e4e7eb" if dark else "#1b1f24"))
    line = QRectF(10, 6, room.width() - 20, 20)
    words = painter.fontMetrics().elidedText(title, Qt.TextElideMode.ElideMiddle, round(line.width()))
    painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words)


def paint_page(painter: QPainter, room: QRect, message: str, dark: bool) -> None:
    """A page that says why there is no picture."""
    fade = QLinearGradient(0, 0, 0, room.height())
    fade.setColorAt(0, QColor("#1b1f29" if dark else "#ffffff"))
    fade.setColorAt(1, QColor("#090a0d" if dark else "#f4f5f7"))
    painter.fillRect(room, fade)
    painter.setPen(QColor("#9aa4b2" if dark else "#5b6573"))
    box = room.adjusted(40, 20, -40, -20)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, message)
