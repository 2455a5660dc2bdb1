"""Rows of the preparation panel: one step each, with its check box, its state and its undo."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QSizePolicy, QToolButton, QWidget

from viewer.window.dock_panel import make_label, set_text

INDENT = 22


class StepState(StrEnum):
    """State of a step."""

    IDLE = "idle"
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    UNDONE = "undone"


class StepRow(QWidget):
    """Row of one step: check box, state in words, and Undo.

    Parameters
    ----------
    title
        What the step does.
    tip
        Tool tip of the check box.
    """

    undo_requested = Signal()

    def __init__(self, title: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.state = StepState.IDLE
        self.check = QCheckBox(title)
        self.check.setToolTip(tip)
        self.undo = QToolButton()
        self.undo.setText(self.tr("Undo"))
        self.undo.setAccessibleName(self.tr("Undo: {}").format(title))
        self.undo.setToolTip(self.tr("Undo this step and keep the others"))
        self.undo.clicked.connect(lambda: self.undo_requested.emit())
        policy = self.undo.sizePolicy()
        # Its space stays reserved, so that the height of the row does not change.
        policy.setRetainSizeWhenHidden(True)
        self.undo.setSizePolicy(policy)
        self.status = make_label(role="quiet")
        self.status.setAccessibleName(self.tr("State: {}").format(title))
        self.status.setContentsMargins(INDENT, 0, 0, 0)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(0)
        grid.addWidget(self.check, 0, 0)
        grid.addWidget(self.undo, 0, 1)
        grid.addWidget(self.status, 1, 0, 1, 2)
        grid.setColumnStretch(0, 1)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.show_state(StepState.IDLE)

    def set_title(self, title: str) -> None:
        """Set the title of the step."""
        self.check.setText(title)

    def show_state(self, state: StepState, text: str = "") -> None:
        """Show the state with a text; a symbol distinguishes states without colour."""
        self.state = state
        symbols = {StepState.DONE: "✓ ", StepState.FAILED: "✗ ", StepState.UNDONE: "↶ "}
        set_text(self.status, symbols.get(state, "") + text if text else "")
        role = "warning" if state is StepState.FAILED else "quiet"
        if self.status.property("role") != role:
            self.status.setProperty("role", role)
            self.status.style().unpolish(self.status)
            self.status.style().polish(self.status)
        self.undo.setVisible(state is StepState.DONE)
