"""File dialogs that start in the last used folder, with a suggested file name.

Qt's dialogs are imported when one is opened: each class imported here delays the window's first paint.
"""

from __future__ import annotations

import re
from pathlib import Path

from PySide6.QtCore import QObject, QSettings, Qt
from PySide6.QtWidgets import QWidget

from viewer.session.session import Session
from viewer.window.translation import translate

MAX_PART_LENGTH = 60


class FileDialogs(QObject):
    """Dialogs that ask for the path of a file to open or to save.

    Parameters
    ----------
    window
        Parent of the dialogs.
    session
        Source of the names of scan and map in suggested file names.
    settings
        Storage of the last used folders; None stores them only until the window is closed.
    """

    def __init__(self, window: QWidget, session: Session, settings: QSettings | None) -> None:
        super().__init__(window)
        self._window = window
        self._session = session
        self._settings = settings
        self._folders: dict[str, str] = {}

    def ask_open(
        self, title: str, name_filters: str, parent: QWidget | None = None, current_path: str = ""
    ) -> Path | None:
        """Ask for a file to open; return None if cancelled.

        The dialog starts in the folder of ``current_path``, if given. ``parent`` is its parent widget.
        """
        from PySide6.QtWidgets import QFileDialog

        start = str(Path(current_path).parent) if current_path else self._start_folder("opened-in")
        filters = translate_filters(name_filters)
        path, _ = QFileDialog.getOpenFileName(parent or self._window, title, start, filters)
        if path:
            self._remember_folder("opened-in", Path(path).parent)
        return Path(path) if path else None

    def ask_folder(self, title: str, parent: QWidget | None = None) -> Path | None:
        """Ask for a folder; return None if cancelled."""
        from PySide6.QtWidgets import QFileDialog

        path = QFileDialog.getExistingDirectory(
            parent or self._window, title, self._start_folder("opened-in")
        )
        if path:
            self._remember_folder("opened-in", Path(path))
        return Path(path) if path else None

    def ask_save(self, title: str, file_name: str, name_filters: str) -> Path | None:
        """Ask for the path of a file to save, ``file_name`` by default; return None if cancelled."""
        from PySide6.QtWidgets import QFileDialog

        start = str(Path(self._start_folder("saved-in")) / file_name)
        path, _ = QFileDialog.getSaveFileName(self._window, title, start, translate_filters(name_filters))
        if path:
            self._remember_folder("saved-in", Path(path).parent)
        return Path(path) if path else None

    def suggest_name(self, content: str, suffix: str) -> str:
        """Return a file name made of scan, current map and content: ``head_gradient-ill_slices.png``."""
        scan, layer = self._session.scan, self._session.current_layer
        parts = [scan.name if scan is not None else "", layer.map.name if layer is not None else "", content]
        return "_".join(part for part in map(file_name_part, parts) if part) + suffix

    def _start_folder(self, settings_key: str) -> str:
        folder = self._folders.get(settings_key) or (
            str(self._settings.value(settings_key, "")) if self._settings is not None else ""
        )
        if folder and Path(folder).is_dir():
            return folder
        scan = self._session.scan
        return str(scan.path.parent) if scan is not None and scan.path is not None else ""

    def _remember_folder(self, settings_key: str, folder: Path) -> None:
        self._folders[settings_key] = str(folder)
        if self._settings is not None:
            self._settings.setValue(settings_key, str(folder))


def find_file_dialogs(widget: QWidget) -> FileDialogs:
    """Return the file dialogs of the window that contains a widget; new ones if it has none."""
    owner: QObject | None = widget
    while owner is not None:
        dialogs = owner.findChild(FileDialogs, options=Qt.FindChildOption.FindDirectChildrenOnly)
        if dialogs is not None:
            return dialogs
        owner = owner.parent()
    return FileDialogs(widget, Session(), None)


def translate_filters(filters: str) -> str:
    """Return a dialog's filters, such as ``Images (*.nii);;All files (*)``, with their names translated."""
    names = {
        "All files": translate("FileDialogs", "All files"),
        "Images": translate("FileDialogs", "Images"),
        "Networks": translate("FileDialogs", "Networks"),
        "Transforms": translate("FileDialogs", "Transforms"),
        "Sessions": translate("FileDialogs", "Sessions"),
        "Names": translate("FileDialogs", "Names"),
        "Scans and lists of them": translate("FileDialogs", "Scans and lists of them"),
        "Tables of scans": translate("FileDialogs", "Tables of scans"),
        "File name prefix": translate("FileDialogs", "File name prefix"),
    }
    pairs = (entry.partition(" (") for entry in filters.split(";;"))
    return ";;".join("".join((names.get(name, name), *patterns)) for name, *patterns in pairs)


def file_name_part(text: str) -> str:
    """Return a text as part of a file name: letters, digits, hyphens; at most `MAX_PART_LENGTH`."""
    return re.sub(r"[^\w.]+", "-", text).strip("-.")[:MAX_PART_LENGTH].strip("-.")
