"""Progress of a long task in a panel: current step, remaining time, and a Cancel button."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from viewer.progress import ProgressStep
from viewer.window.dock_panel import as_sentence, make_label, set_text
from viewer.window.status_bar import format_duration
from viewer.window.translation import fill


class TaskProgress(QWidget):
    """Progress bar with a sentence above it and a Cancel button; hidden while nothing runs.

    Parameters
    ----------
    name
        Accessible name of the bar.
    """

    cancel_requested = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._step_label = make_label()
        self._progress_bar = QProgressBar()
        self._progress_bar.setAccessibleName(name)
        self.cancel_button = QPushButton(self.tr("Cancel"))
        self.cancel_button.setToolTip(self.tr("Stop and keep what is finished (Esc)"))
        self.cancel_button.clicked.connect(lambda: self.cancel_requested.emit())
        line = QHBoxLayout()
        line.addWidget(self._progress_bar, 1)
        line.addWidget(self.cancel_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._step_label)
        column.addLayout(line)
        self.set_running(False)

    def set_running(self, is_running: bool) -> None:
        """Show that a task is waiting for its turn, or hide everything."""
        self.setVisible(is_running)
        set_text(self._step_label, self.tr("Waiting for its turn …") if is_running else "")
        self._progress_bar.setRange(0, 0)
        self._progress_bar.setFormat("")

    def show_step(self, step: ProgressStep) -> None:
        """Show the current step, the progress, and the remaining time."""
        set_text(self._step_label, as_sentence(step.message) if step.message else self._step_label.text())
        remaining = (
            ""
            if step.seconds_left is None
            else self.tr(" · {} left").format(format_duration(step.seconds_left))
        )
        self._progress_bar.setRange(0, 1000)
        self._progress_bar.setValue(round(1000 * step.fraction))
        self._progress_bar.setFormat(fill("{:.0%}{}", step.fraction, remaining))
