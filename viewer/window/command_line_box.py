"""Command that reproduces what is shown, as text that can be selected and copied."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication, QTextOption
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

LINES = 5


class CommandLineBox(QWidget):
    """Text of a command with a button that copies it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text_edit = QPlainTextEdit()
        self._text_edit.setReadOnly(True)
        # Paths are long, and a narrow panel has to show all of them.
        self._text_edit.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self._text_edit.setTabChangesFocus(True)
        self._text_edit.setAccessibleName(self.tr("Command"))
        self._text_edit.setFixedHeight(LINES * self._text_edit.fontMetrics().lineSpacing() + 12)
        self.copy_button = QPushButton(self.tr("Copy command"))
        self.copy_button.setAutoDefault(False)
        self.copy_button.setToolTip(self.tr("Copy the command that gives the same result"))
        self.copy_button.clicked.connect(self.copy)
        self.button_row = QHBoxLayout()
        """Row of the button, with room for others."""
        self.button_row.addWidget(self.copy_button)
        self.button_row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self._text_edit)
        column.addLayout(self.button_row)

    @property
    def command(self) -> str:
        """The command."""
        return self._text_edit.toPlainText()

    def set_command(self, command: str) -> None:
        """Show a command; the box is hidden if it is empty."""
        self._text_edit.setPlainText(command)
        self.setVisible(bool(command))

    def copy(self) -> None:
        """Copy the command to the clipboard."""
        QGuiApplication.clipboard().setText(self.command)
