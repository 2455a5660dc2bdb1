"""The dialogs that ask for a file: they begin in the folder used last, with a name that says what it is.

Qt's dialogs are imported when one is opened: the window's first paint waits for every class it names.
"""

from __future__ import annotations

import re
from pathlib import Path

from PySide6.QtCore import QObject, QSettings, Qt
from PySide6.QtWidgets import QWidget

from viewer.session.session import Session

MAX_PART_LENGTH = 60


class FileDialogs(QObject):
    """Asks where a file is, or where it is to go.

    Parameters
    ----------
    window
        Over which the dialogs are shown.
    session
        What names of files are made of.
    settings
        Where the folders are kept between runs; None keeps them until the window is closed.
    """

    def __init__(self, window: QWidget, session: Session, settings: QSettings | None) -> None:
        super().__init__(window)
        self._window = window
        self._session = session
        self._settings = settings
        self._folders: dict[str, str] = {}

    def ask_open(self, title: str, names: str, over: QWidget | None = None, beside: str = "") -> Path | None:
        """Let a person choose a file, ``beside`` another one if that is given; None where they choose none.

        The dialog stands ``over`` a widget of the window, such as a dialog.
        """
        from PySide6.QtWidgets import QFileDialog

        start = str(Path(beside).parent) if beside else self._folder("opened-in")
        path, _ = QFileDialog.getOpenFileName(over or self._window, title, start, names)
        if path:
            self._remember_folder("opened-in", Path(path).parent)
        return Path(path) if path else None

    def ask_folder(self, title: str, over: QWidget | None = None) -> Path | None:
        """Let a person choose a folder; None where they choose none."""
        from PySide6.QtWidgets import QFileDialog

        path = QFileDialog.getExistingDirectory(over or self._window, title, self._folder("opened-in"))
        if path:
            self._remember_folder("opened-in", Path(path))
        return Path(path) if path else None

    def ask_save(self, title: str, name: str, names: str) -> Path | None:
        """Let a person say where a file goes; ``name`` is what is suggested. None where it goes nowhere."""
        from PySide6.QtWidgets import QFileDialog

        start = str(Path(self._folder("saved-in")) / name)
        path, _ = QFileDialog.getSaveFileName(self._window, title, start, names)
        if path:
            self._remember_folder("saved-in", Path(path).parent)
        return Path(path) if path else None

    def suggest_name(self, what: str, ending: str) -> str:
        """Return a file's name made of scan, current map and content: ``head_gradient-ill_slices.png``."""
        scan, layer = self._session.scan, self._session.current_layer
        parts = [scan.name if scan is not None else "", layer.map.name if layer is not None else "", what]
        return "_".join(short for short in map(file_name_part, parts) if short) + ending

    def _folder(self, key: str) -> str:
        kept = self._folders.get(key) or (
            str(self._settings.value(key, "")) if self._settings is not None else ""
        )
        if kept and Path(kept).is_dir():
            return kept
        scan = self._session.scan
        return str(scan.path.parent) if scan is not None and scan.path is not None else ""

    def _remember_folder(self, key: str, folder: Path) -> None:
        self._folders[key] = str(folder)
        if self._settings is not None:
            self._settings.setValue(key, str(folder))


def file_dialogs_of(widget: QWidget) -> FileDialogs:
    """Return the dialogs of the window that a widget belongs to, or new ones where it has none."""
    owner: QObject | None = widget
    while owner is not None:
        found = owner.findChild(FileDialogs, options=Qt.FindChildOption.FindDirectChildrenOnly)
        if found is not None:
            return found
        owner = owner.parent()
    return FileDialogs(widget, Session(), None)


def file_name_part(words: str) -> str:
    """Return words as a part of a file's name: letters, digits and hyphens, no longer than `LONGEST`."""
    return re.sub(r"[^\w.]+", "-", words).strip("-.")[:MAX_PART_LENGTH].strip("-.")
