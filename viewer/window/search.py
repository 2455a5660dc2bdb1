"""One box that finds everything by its name: actions, controls, methods, layers, maps and regions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

WIDTH, HEIGHT = 460, 340


@dataclass(frozen=True)
class Entry:
    """Something that can be found: its name, what kind of thing it is, and what choosing it does.

    ``also`` is another name for it, such as its keys, or what the command line calls it.
    """

    name: str
    kind: str
    act: Callable[[], object]
    also: str = ""


def found(entries: Sequence[Entry], words: str) -> list[Entry]:
    """The entries that have every word in their names or kind; those whose name begins with them first."""
    wanted = [_plain(word) for word in words.split()]
    hits = [
        entry
        for entry in entries
        if all(word in _plain(f"{entry.name} {entry.kind} {entry.also}") for word in wanted)
    ]
    begin = words.casefold().strip()
    return sorted(hits, key=lambda entry: not entry.name.casefold().startswith(begin))


def _plain(words: str) -> str:
    """Without case and hyphens: "gradcam" finds Grad-CAM."""
    return words.casefold().replace("-", "")


class Search(QDialog):
    """Type a part of a name, choose with the arrows, Return does it."""

    def __init__(self, entries: Sequence[Entry], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Search"))
        self._entries = tuple(entries)
        self._hits: list[Entry] = []
        self._line = QLineEdit()
        self._line.setPlaceholderText(self.tr("Action, control, method, layer, map or region"))
        self._line.setAccessibleName(self.tr("Search"))
        self._list = QListWidget()
        self._list.setAccessibleName(self.tr("Found"))
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.addWidget(self._line)
        column.addWidget(self._list)
        self.resize(WIDTH, HEIGHT)
        self._line.textChanged.connect(self._show)
        self._line.installEventFilter(self)
        self._list.itemClicked.connect(self._take)
        self._show("")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The arrows move in the list while the letters go on going into the line."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            key = Qt.Key(event.key())
            steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}
            if key in steps:
                row = self._list.currentRow() + steps[key]
                self._list.setCurrentRow(min(max(row, 0), self._list.count() - 1))
                return True
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._take()
                return True
        return False

    def _show(self, words: str) -> None:
        self._hits = found(self._entries, words)
        self._list.clear()
        for entry in self._hits:
            told = f"{entry.name}   ·   {entry.kind}" + (f"   ·   {entry.also}" if entry.also else "")
            self._list.addItem(QListWidgetItem(told))
        if not self._hits:
            nothing = QListWidgetItem(self.tr("Nothing found."))
            nothing.setFlags(Qt.ItemFlag.NoItemFlags)
            self._list.addItem(nothing)
        self._list.setCurrentRow(0)

    def _take(self) -> None:
        row = self._list.currentRow()
        if 0 <= row < len(self._hits):
            self.accept()
            self._hits[row].act()
