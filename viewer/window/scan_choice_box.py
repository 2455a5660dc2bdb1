"""Combo box of a parameter whose value is one of its choices, or scans: a file or a folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from viewer.window.combo_box import ComboBox
from viewer.window.file_dialogs import find_file_dialogs

ASK_FILE, ASK_FOLDER = "a file", "a folder"
MAX_CHOICE = 4096
"""Maximum length of a path from a session."""


class ScanChoiceBox(ComboBox):
    """Choices of a parameter, then the scans chosen so far, then entries that ask for a file or a folder.

    ``currentData()`` is the value: a choice or a path. `value` returns it also while a dialog is open.

    Parameters
    ----------
    choices
        Label and value of each choice.
    name_filters
        Filter of the file dialog.
    """

    def __init__(
        self, choices: Sequence[tuple[str, str]], name_filters: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._name_filters = name_filters
        self._previous_index = 0
        for label, value in choices:
            self.addItem(label, value)
        self._choice_count = self.count()
        self.addItem(self.tr("A scan …"), ASK_FILE)
        self.addItem(self.tr("A folder of scans …"), ASK_FOLDER)
        self.activated.connect(self._browse)
        self.currentIndexChanged.connect(self._remember)

    def value(self) -> str:
        """Return the chosen value: one of the choices, or a path."""
        return str(self.itemData(self._previous_index))

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
            self._previous_index = index

    def _browse(self, index: int) -> None:
        kind = self.itemData(index)
        if kind not in (ASK_FILE, ASK_FOLDER):
            return
        dialogs = find_file_dialogs(self)
        previous = self._previous_index
        if kind == ASK_FILE:
            title = self.tr("Choose a scan: {}").format(self.accessibleName())
            beside = self.value() if previous >= self._choice_count else ""
            path = dialogs.ask_open(title, self._name_filters, parent=self.window(), current_path=beside)
        else:
            title = self.tr("Choose a folder of scans: {}").format(self.accessibleName())
            path = dialogs.ask_folder(title, parent=self.window())
        self.setCurrentIndex(previous)
        if path is not None:
            self.set_value(str(path))
