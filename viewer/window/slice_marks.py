"""What is painted over a slice: the crosshair, the letters of its sides, where it is cut."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen

from viewer.scans.axcodes import OPPOSITE_AXCODE
from viewer.scene.slice_plane import SlicePlane, format_point

PICTURE = QColor("#000000")
LETTER = QColor("#c6ced9")
SHADOW = QColor(0, 0, 0, 200)
CROSSHAIR = QColor("#7ee0a2")
CROSSHAIR_OPACITY = 0.75
CROSSHAIR_GAP = 7.0


def draw_crosshair(painter: QPainter, place: QPointF, frame: QRectF) -> None:
    """Lines through a place from side to side of a frame, open in the middle to show what is there."""
    painter.setPen(QPen(CROSSHAIR, 1))
    painter.setOpacity(CROSSHAIR_OPACITY)
    # In the middle of a pixel, so that a line is one pixel wide and not two pale ones.
    x, y = round(place.x()) + 0.5, round(place.y()) + 0.5
    painter.drawLine(QPointF(frame.left(), y), QPointF(x - CROSSHAIR_GAP, y))
    painter.drawLine(QPointF(x + CROSSHAIR_GAP, y), QPointF(frame.right(), y))
    painter.drawLine(QPointF(x, frame.top()), QPointF(x, y - CROSSHAIR_GAP))
    painter.drawLine(QPointF(x, y + CROSSHAIR_GAP), QPointF(x, frame.bottom()))
    painter.setOpacity(1.0)


def draw_letters(painter: QPainter, letters: tuple[str, str, str, str], width: int, height: int) -> None:
    """The letters of the left, the right, the top and the bottom at the sides of a view of this size."""
    left, right, top, bottom = letters
    plain = painter.font()
    strong = QFont(plain)
    strong.setBold(True)
    painter.setFont(strong)
    flags = Qt.AlignmentFlag.AlignCenter
    for letter, box in (
        (left, QRectF(2, height / 2 - 9, 14, 18)),
        (right, QRectF(width - 16, height / 2 - 9, 14, 18)),
        (top, QRectF(width / 2 - 9, 0, 18, 15)),
        (bottom, QRectF(width / 2 - 9, height - 16, 18, 15)),
    ):
        painter.setPen(SHADOW)
        painter.drawText(box.translated(1, 1), flags, letter)
        painter.setPen(LETTER)
        painter.drawText(box, flags, letter)
    painter.setFont(plain)


def draw_caption(painter: QPainter, words: str, width: int) -> None:
    """Words in the upper left corner of a view of this width, up to the letter at its top."""
    painter.setPen(LETTER)
    painter.drawText(QRectF(6, 3, width / 2 - 18, 15), Qt.AlignmentFlag.AlignLeft, words)


def caption(shown: SlicePlane, point: Sequence[float]) -> str:
    """Where a plane is cut at a point in mm, such as ``S 12.1``."""
    letters = format_point(point).removesuffix(" mm").split("  ")
    return next(text for text in letters if text[0] in (shown.axis, OPPOSITE_AXCODE[shown.axis]))
