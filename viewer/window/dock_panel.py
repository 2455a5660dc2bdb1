"""Base class of the side panels, a dock with scrollable content, and its labels."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QDockWidget,
    QFrame,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from viewer.window.translation import translate_sentence

DOCK_WIDTH = 272
MIN_DOCK_WIDTH = 236


class DockPanel(QDockWidget):
    """Dock with one scrollable column between a head and a foot that are always visible.

    The wheel scrolls the column; it changes an editor only if that has the focus. Editors that are added
    after the dock was shown need a `WheelGuard` of their own.

    ``name`` identifies the dock in the saved layout; ``title`` is shown to the user.
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
        page_layout = QVBoxLayout(self.page)
        page_layout.setContentsMargins(12, 8, 12, 10)
        page_layout.addLayout(self.column)
        page_layout.addStretch(1)
        area.setWidget(self.page)
        self.head, self.foot = QVBoxLayout(), QVBoxLayout()
        for layout in (self.head, self.foot):
            layout.setContentsMargins(12, 0, 12, 0)
            layout.setSpacing(6)
        content = QWidget()
        stack = QVBoxLayout(content)
        stack.setContentsMargins(0, 0, 0, 0)
        stack.setSpacing(0)
        stack.addLayout(self.head)
        stack.addWidget(area, 1)
        stack.addLayout(self.foot)
        self.setWidget(content)
        self._wheel_guard = WheelGuard(self)

    def showEvent(self, event: QShowEvent) -> None:
        """Keep the wheel from changing any editor that has been added so far."""
        super().showEvent(event)
        for kind in (QComboBox, QAbstractSpinBox, QSlider):
            self._wheel_guard.guard(*self.widget().findChildren(kind))

    @property
    def guide_page(self) -> str:
        """Name of the page of the guide that F1 opens here."""
        return f"panels/{self.objectName()}"


class WheelGuard(QObject):
    """Event filter: the wheel scrolls the panel, unless the editor under the mouse has the focus."""

    def guard(self, *editors: QWidget) -> None:
        """Install the filter on these editors."""
        for widget in editors:
            widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Pass wheel events of an editor without focus to the panel."""
        if event.type() == QEvent.Type.Wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return False


def make_label(text: str = "", role: str = "") -> QLabel:
    """Return a label with word wrap; ``role`` is "title", "quiet", "warning", "section" or empty."""
    label = QLabel(text)
    label.setWordWrap(True)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    if role:
        label.setProperty("role", role)
    return label


class ElidedLabel(QLabel):
    """One-line label that is elided if there is too little space; its tool tip has the full text."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setToolTip(text)

    def set_full_text(self, text: str) -> None:
        """Set the text and the tool tip."""
        self.setText(text)
        self.setToolTip(text)

    def full_width(self) -> int:
        """Return the width in pixels at which the full text is visible."""
        margins = self.contentsMargins()
        return self.fontMetrics().horizontalAdvance(self.text()) + margins.left() + margins.right()

    def displayed_text(self) -> str:
        """Return the text as it is painted."""
        width = self.contentsRect().width()
        return self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, width)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the text, elided to the width of the label."""
        painter = QPainter(self)
        self.style().drawItemText(
            painter,
            self.contentsRect(),
            int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft),
            self.palette(),
            self.isEnabled(),
            self.displayed_text(),
            self.foregroundRole(),
        )
        painter.end()


def set_text(label: QLabel, text: str) -> None:
    """Set the text of a label, and hide the label if it is empty."""
    label.setText(text)
    label.setVisible(bool(text))


def as_sentence(text: str) -> str:
    """Return a text in the window's language with a capital first letter and a full stop.

    Sentences made outside the window's code are translated. Greek letters are not capitalised: ε.
    """
    text = translate_sentence(text.strip())
    if not text:
        return ""
    first = text[0] if "α" <= text[0] <= "ω" else text[0].upper()
    return first + text[1:] + ("" if text[-1] in ".!?" else ".")
