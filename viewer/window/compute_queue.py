"""List of maps waiting to be computed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from viewer.window.dock_panel import ElidedLabel


class ComputeQueue(QWidget):
    """List of waiting maps in the order of computation; hidden while it is empty."""

    remove_requested = Signal(int)
    """Number of the job to remove from the queue."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Waiting maps"))
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(0)
        self.hide()

    def set_jobs(self, jobs: Sequence[tuple[int, str]]) -> None:
        """Show the waiting jobs, each given by its number and title."""
        while (item := self._rows.takeAt(0)) is not None:
            row = item.widget()
            if row is not None:
                row.setParent(None)
                row.deleteLater()
        for number, title in jobs:
            self._rows.addWidget(self._make_row(number, title))
        self.setVisible(bool(jobs))

    def _make_row(self, job_number: int, title: str) -> QWidget:
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(2, 0, 0, 0)
        name = ElidedLabel(self.tr("Next: {}").format(title))
        name.setProperty("role", "quiet")
        remove_button = QToolButton()
        remove_button.setText("×")
        remove_button.setAutoRaise(True)
        remove_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        remove_button.setToolTip(self.tr("Remove from the queue"))
        remove_button.setAccessibleName(self.tr("Remove {} from the queue").format(title))
        remove_button.clicked.connect(lambda: self.remove_requested.emit(job_number))
        line.addWidget(name, 1)
        line.addWidget(remove_button)
        return row
