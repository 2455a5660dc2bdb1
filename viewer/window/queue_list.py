"""The maps that wait to be computed, each with a button that takes it out of the queue."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from viewer.window.panel import Elided


class QueueList(QWidget):
    """One row a map, in the order in which they are computed; nothing is shown where none waits."""

    dropped = Signal(int)
    """The number of a job that is not wanted any more."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Waiting maps"))
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(0)
        self.hide()

    def show_waiting(self, waiting: Sequence[tuple[int, str]]) -> None:
        """Show these jobs: number and title of each."""
        while (item := self._rows.takeAt(0)) is not None:
            row = item.widget()
            if row is not None:
                row.setParent(None)
                row.deleteLater()
        for number, title in waiting:
            self._rows.addWidget(self._row(number, title))
        self.setVisible(bool(waiting))

    def _row(self, number: int, title: str) -> QWidget:
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(2, 0, 0, 0)
        name = Elided(self.tr("Next: {}").format(title))
        name.setProperty("role", "quiet")
        drop = QToolButton()
        drop.setText("×")
        drop.setAutoRaise(True)
        drop.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        drop.setToolTip(self.tr("Remove from the queue"))
        drop.setAccessibleName(self.tr("Remove {} from the queue").format(title))
        drop.clicked.connect(lambda: self.dropped.emit(number))
        line.addWidget(name, 1)
        line.addWidget(drop)
        return row
