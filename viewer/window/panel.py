"""The common frame of the side panels: a dock whose content scrolls, and its small parts."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QFrame, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

WIDTH = 268


class Panel(QDockWidget):
    """A dock with one column that scrolls when the window is low.

    ``name`` is what the layout is kept under; ``title`` is what a person reads.
    """

    def __init__(self, name: str, title: str, parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self.setObjectName(name)
        self.setAccessibleName(title)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.page = QWidget()
        self.page.setObjectName("page")
        self.page.setMinimumWidth(WIDTH - 40)
        self.column = QVBoxLayout(self.page)
        self.column.setContentsMargins(12, 8, 12, 10)
        self.column.setSpacing(6)
        self.column.setAlignment(Qt.AlignmentFlag.AlignTop)
        area.setWidget(self.page)
        self.setWidget(area)


def text(words: str = "", role: str = "") -> QLabel:
    """A label that wraps; ``role`` is "title", "quiet", "warning", "section" or nothing."""
    label = QLabel(words)
    label.setWordWrap(True)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    if role:
        label.setProperty("role", role)
    return label


def say(label: QLabel, words: str) -> None:
    """Put words on a label, and hide it where there are none."""
    label.setText(words)
    label.setVisible(bool(words))
