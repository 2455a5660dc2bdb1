"""The mark that shows where keys go, for widgets that paint themselves."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QWidget

REACHED_BY_KEYS = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)


def draw_focus(painter: QPainter, widget: QWidget) -> None:
    """A line around a widget: keys go to it."""
    painter.setPen(QPen(widget.palette().highlight().color(), 1))
    # A brush that somebody left would fill the widget.
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(widget.rect().adjusted(0, 0, -1, -1))
