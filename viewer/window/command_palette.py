"""Command palette: a search field and the matching entries."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from viewer.window.palette_search import PaletteEntry, filter_entries

WIDTH, HEIGHT = 460, 340


class CommandPalette(QDialog):
    """Dialog that finds entries by parts of their names; arrow keys select an entry, Return runs it."""

    def __init__(self, entries: Sequence[PaletteEntry], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Search"))
        self._entries = tuple(entries)
        self._matches: list[PaletteEntry] = []
        self._search_field = QLineEdit()
        self._search_field.setPlaceholderText(self.tr("What do you want to do, see or know?"))
        self._search_field.setAccessibleName(self.tr("Search"))
        self._list = QListWidget()
        self._list.setAccessibleName(self.tr("Results"))
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.addWidget(self._search_field)
        column.addWidget(self._list)
        self.resize(WIDTH, HEIGHT)
        self._search_field.textChanged.connect(self._show_matches)
        self._search_field.installEventFilter(self)
        self._list.itemClicked.connect(self._run_selected)
        self._show_matches("")

    def add_entries(self, entries: Sequence[PaletteEntry]) -> None:
        """Append entries that were found while the palette is open."""
        row = self._list.currentRow()
        self._entries += tuple(entries)
        self._show_matches(self._search_field.text())
        self._list.setCurrentRow(min(max(row, 0), self._list.count() - 1))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Apply arrow, page and Return keys to the list while the search field has the focus."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            key = Qt.Key(event.key())
            steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}
            if key in steps:
                row = self._list.currentRow() + steps[key]
                self._list.setCurrentRow(min(max(row, 0), self._list.count() - 1))
                return True
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._run_selected()
                return True
        return False

    def _show_matches(self, query: str) -> None:
        self._matches = filter_entries(self._entries, query)
        self._list.clear()
        for entry in self._matches:
            label = f"{entry.name}   ·   {entry.kind}" + (
                f"   ·   {entry.keywords}" if entry.keywords else ""
            )
            item = QListWidgetItem(label)
            if not entry.is_available:
                item.setForeground(self.palette().placeholderText())
            self._list.addItem(item)
        if not self._matches:
            placeholder = QListWidgetItem(self.tr("Nothing found."))
            placeholder.setFlags(Qt.ItemFlag.NoItemFlags)
            self._list.addItem(placeholder)
        self._list.setCurrentRow(0)

    def _run_selected(self) -> None:
        row = self._list.currentRow()
        if 0 <= row < len(self._matches):
            self.accept()
            self._matches[row].run()
