"""The editor of a parameter that names a file: a line, a button that browses, and the open atlas on offer."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QToolButton, QVBoxLayout, QWidget

from viewer.window.file_dialogs import file_dialogs

TABLES = "Names (*.tsv *.csv *.json *.xml *.txt *.lut *.label);;All files (*)"
IMAGES = "Images (*.nii *.nii.gz *.mgz *.mgh *.img *.hdr);;All files (*)"
TENSORS = "Safetensors (*.safetensors);;All files (*)"
FILES = {"atlas": IMAGES, "labels": TABLES, "patterns": TENSORS, "generators": TENSORS}
"""The parameters that name a file, and what kinds of file they take."""


class FileEditor(QWidget):
    """A file's path, typed or chosen."""

    textChanged = Signal(str)

    def __init__(self, name: str, value: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kinds = FILES[name]
        self.line = QLineEdit(value)
        self.browse = QToolButton()
        self.browse.setText(self.tr("Browse …"))
        self.offer = QPushButton()
        self.offer.hide()
        self._offered = ""
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.line, 1)
        row.addWidget(self.browse)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self.offer)
        self.setFocusProxy(self.line)
        self.line.textChanged.connect(self.textChanged)
        self.browse.clicked.connect(self._ask)
        self.offer.clicked.connect(lambda: self.line.setText(self._offered))

    def text(self) -> str:
        """Return the path; empty where none is chosen."""
        return self.line.text()

    def set_offer(self, words: str, path: Path | None) -> None:
        """Offer a file that is open already, under these words; None takes the offer back."""
        self._offered = "" if path is None else str(path)
        self.offer.setText(words)
        self.offer.setVisible(path is not None)

    def _ask(self) -> None:
        title = self.tr("Choose a file: {}").format(self.accessibleName())
        path = file_dialogs(self).ask_open(title, self._kinds, over=self.window(), beside=self.text())
        if path is not None:
            self.line.setText(str(path))
