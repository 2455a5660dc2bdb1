"""The common frame of the side panels: a dock whose content scrolls, and its small parts."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QDockWidget, QFrame, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

DOCK_WIDTH = 272
MIN_DOCK_WIDTH = 236


class DockPanel(QDockWidget):
    """A dock with one column that scrolls when the window is low; its head and foot are always in sight.

    ``name`` is what the layout is kept under; ``title`` is what a person reads.
    """

    def __init__(self, name: str, title: str, parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.area = area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setMinimumWidth(MIN_DOCK_WIDTH)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.page = QWidget()
        self.page.setObjectName("page")
        self.column = QVBoxLayout()
        self.column.setSpacing(6)
        filled = QVBoxLayout(self.page)
        filled.setContentsMargins(12, 8, 12, 10)
        filled.addLayout(self.column)
        filled.addStretch(1)
        area.setWidget(self.page)
        self.head, self.foot = QVBoxLayout(), QVBoxLayout()
        for pinned in (self.head, self.foot):
            pinned.setContentsMargins(12, 0, 12, 0)
            pinned.setSpacing(6)
        whole = QWidget()
        stack = QVBoxLayout(whole)
        stack.setContentsMargins(0, 0, 0, 0)
        stack.setSpacing(0)
        stack.addLayout(self.head)
        stack.addWidget(area, 1)
        stack.addLayout(self.foot)
        self.setWidget(whole)


class WheelGuard(QObject):
    """Lets the wheel scroll a panel past the editors in it, and turn only the one that has the focus."""

    def guard(self, *editors: QWidget) -> None:
        """Watch over these editors."""
        for widget in editors:
            widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Hand the wheel on to the panel."""
        if event.type() == QEvent.Type.Wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return False


def make_label(words: str = "", role: str = "") -> QLabel:
    """A label that wraps; ``role`` is "title", "quiet", "warning", "section" or nothing."""
    label = QLabel(words)
    label.setWordWrap(True)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    if role:
        label.setProperty("role", role)
    return label


class ElidedLabel(QLabel):
    """A line that ends in dots where there is no room for all of it; the tool tip has the rest."""

    def __init__(self, words: str, parent: QWidget | None = None) -> None:
        super().__init__(words, parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setToolTip(words)

    def set_full_text(self, words: str) -> None:
        """Show other words."""
        self.setText(words)
        self.setToolTip(words)

    def full_width(self) -> int:
        """Return the width in pixels at which all of the words are seen."""
        margins = self.contentsMargins()
        return self.fontMetrics().horizontalAdvance(self.text()) + margins.left() + margins.right()

    def shown_text(self) -> str:
        """Return the words as they are painted."""
        room = self.contentsRect().width()
        return self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The words, as far as they go."""
        painter = QPainter(self)
        self.style().drawItemText(
            painter,
            self.contentsRect(),
            int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft),
            self.palette(),
            self.isEnabled(),
            self.shown_text(),
            self.foregroundRole(),
        )
        painter.end()


def set_text(label: QLabel, words: str) -> None:
    """Put words on a label, and hide it where there are none."""
    label.setText(words)
    label.setVisible(bool(words))


def as_sentence(words: str) -> str:
    """Words as a sentence: a capital at the beginning (no ε becomes an E), a full stop at the end."""
    words = words.strip()
    if not words:
        return ""
    first = words[0].upper() if words[0].isascii() else words[0]
    return first + words[1:] + ("" if words[-1] in ".!?" else ".")
