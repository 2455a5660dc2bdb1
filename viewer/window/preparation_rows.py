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
    tool_tip
        Tool tip of the check box.
    """

    undo_requested = Signal()

    def __init__(self, title: str, tool_tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.state = StepState.IDLE
        self.check_box = QCheckBox(title)
        self.check_box.setToolTip(tool_tip)
        self.undo_button = QToolButton()
        self.undo_button.setText(self.tr("Undo"))
        self.undo_button.setAccessibleName(self.tr("Undo: {}").format(title))
        self.undo_button.setToolTip(self.tr("Undo this step and keep the others"))
        self.undo_button.clicked.connect(lambda: self.undo_requested.emit())
        policy = self.undo_button.sizePolicy()
        # Its space stays reserved, so that the height of the row does not change.
        policy.setRetainSizeWhenHidden(True)
        self.undo_button.setSizePolicy(policy)
        self.status_label = make_label(role="quiet")
        self.status_label.setAccessibleName(self.tr("State: {}").format(title))
        self.status_label.setContentsMargins(INDENT, 0, 0, 0)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(0)
        grid.addWidget(self.check_box, 0, 0)
        grid.addWidget(self.undo_button, 0, 1)
        grid.addWidget(self.status_label, 1, 0, 1, 2)
        grid.setColumnStretch(0, 1)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.show_state(StepState.IDLE)

    def set_title(self, title: str) -> None:
        """Set the title of the step."""
        self.check_box.setText(title)

    def show_state(self, state: StepState, text: str = "") -> None:
        """Show the state with a text; a symbol distinguishes states without colour."""
        self.state = state
        symbols = {StepState.DONE: "✓ ", StepState.FAILED: "✗ ", StepState.UNDONE: "↶ "}
        set_text(self.status_label, symbols.get(state, "") + text if text else "")
        role = "warning" if state is StepState.FAILED else "quiet"
        if self.status_label.property("role") != role:
            self.status_label.setProperty("role", role)
            self.status_label.style().unpolish(self.status_label)
            self.status_label.style().polish(self.status_label)
        self.undo_button.setVisible(state is StepState.DONE)
