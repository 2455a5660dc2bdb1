"""The scans of a study as rows that a view asks for one by one, however many there are."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from viewer.session.study_config import StudyScan, StudyTable

NOWHERE = QModelIndex()


class StudyRows(QAbstractTableModel):
    """Scan, subject and y, as they are written."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._entries: tuple[StudyScan, ...] = ()

    def show_listing(self, listing: StudyTable | None) -> None:
        """Replace the rows."""
        self.beginResetModel()
        self._entries = listing.scans if listing is not None else ()
        self.endResetModel()

    def entry(self, row: int) -> StudyScan:
        """The scan in a row."""
        return self._entries[row]

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = NOWHERE) -> int:
        """One a scan."""
        return 0 if parent.isValid() else len(self._entries)

    def columnCount(self, parent: QModelIndex | QPersistentModelIndex = NOWHERE) -> int:
        """Three."""
        return 0 if parent.isValid() else 3

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """What is written; the file is in the tool tip."""
        entry = self._entries[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return (entry.name, entry.subject, entry.y)[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole and entry.path is not None:
            return str(entry.path)
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """The names of the columns."""
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return (self.tr("Scan"), self.tr("Subject"), self.tr("y"))[section]
        return None
