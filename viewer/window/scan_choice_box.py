"""Combo box of a parameter whose value is one of its choices, or scans: a file or a folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from viewer.window.combo_box import ComboBox
from viewer.window.file_dialogs import file_dialogs_of

ASK_FILE, ASK_FOLDER = "a file", "a folder"
MAX_CHOICE = 4096
"""Maximum length of a path from a session."""


class ScanChoiceBox(ComboBox):
    """Choices of a parameter, then the scans chosen so far, then entries that ask for a file or a folder.

    ``currentData()`` is the value: a choice or a path. `value` returns it also while a dialog is open.

    Parameters
    ----------
    labels
        Label and value of each choice.
    filters
        Filter of the file dialog.
    """

    def __init__(
        self, labels: Sequence[tuple[str, str]], filters: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._filters = filters
        self._before = 0
        for label, value in labels:
            self.addItem(label, value)
        self._choices = self.count()
        self.addItem(self.tr("A scan …"), ASK_FILE)
        self.addItem(self.tr("A folder of scans …"), ASK_FOLDER)
        self.activated.connect(self._ask)
        self.currentIndexChanged.connect(self._remember)

    def value(self) -> str:
        """Return the chosen value: one of the choices, or a path."""
        return str(self.itemData(self._before))

    def set_value(self, value: str) -> None:
        """Select one of the choices, or the path of a scan or a folder."""
        if not value or "\0" in value or len(value) > MAX_CHOICE or value in (ASK_FILE, ASK_FOLDER):
            return
        index = self.findData(value)
        if index < 0:
            index = self.count() - 2
            # The insertion shifts only the last two entries, which are never the value.
            self.insertItem(index, Path(value).name or value, value)
            self.setItemData(index, value, Qt.ItemDataRole.ToolTipRole)
        self.setCurrentIndex(index)

    def _remember(self, index: int) -> None:
        if 0 <= index < self.count() - 2:
            self._before = index

    def _ask(self, index: int) -> None:
        kind = self.itemData(index)
        if kind not in (ASK_FILE, ASK_FOLDER):
            return
        dialogs = file_dialogs_of(self)
        previous = self._before
        if kind == ASK_FILE:
            title = self.tr("Choose a scan: {}").format(self.accessibleName())
            beside = self.value() if previous >= self._choices else ""
            path = dialogs.ask_open(title, self._filters, over=self.window(), beside=beside)
        else:
            title = self.tr("Choose a folder of scans: {}").format(self.accessibleName())
            path = dialogs.ask_folder(title, over=self.window())
        self.setCurrentIndex(previous)
        if path is not None:
            self.set_value(str(path))
