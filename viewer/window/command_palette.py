"""The command palette: find actions, controls, methods, layers, maps and regions by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QDialog,
    QDockWidget,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

if TYPE_CHECKING:
    from viewer.window.main import MainWindow


WIDTH, HEIGHT = 460, 340


@dataclass(frozen=True)
class PaletteEntry:
    """Entry of the palette: its name, kind and action.

    ``keywords`` are other names for it, such as its shortcut or its name on the command line.
    """

    name: str
    kind: str
    run: Callable[[], object]
    keywords: str = ""


def filter_entries(entries: Sequence[PaletteEntry], query: str) -> list[PaletteEntry]:
    """Return the entries that contain every word of a query; names that start with the query come first."""
    normalised = [_normalise(word) for word in query.split()]
    matches = [
        entry
        for entry in entries
        if all(word in _normalise(f"{entry.name} {entry.kind} {entry.keywords}") for word in normalised)
    ]
    start = query.casefold().strip()
    return sorted(matches, key=lambda entry: not entry.name.casefold().startswith(start))


def _normalise(text: str) -> str:
    """Remove case and hyphens: "gradcam" matches Grad-CAM."""
    return text.casefold().replace("-", "")


class CommandPalette(QDialog):
    """Palette: type a part of a name, choose with the arrow keys, Return runs the entry."""

    def __init__(self, entries: Sequence[PaletteEntry], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Search"))
        self._entries = tuple(entries)
        self._hits: list[PaletteEntry] = []
        self._line = QLineEdit()
        self._line.setPlaceholderText(self.tr("Action, control, method, layer, map or region"))
        self._line.setAccessibleName(self.tr("Search"))
        self._list = QListWidget()
        self._list.setAccessibleName(self.tr("Results"))
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
        """Handle arrow keys in the list, while letters are typed into the line."""
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

    def _show(self, query: str) -> None:
        self._hits = filter_entries(self._entries, query)
        self._list.clear()
        for entry in self._hits:
            label = f"{entry.name}   ·   {entry.kind}" + (
                f"   ·   {entry.keywords}" if entry.keywords else ""
            )
            self._list.addItem(QListWidgetItem(label))
        if not self._hits:
            placeholder = QListWidgetItem(self.tr("Nothing found."))
            placeholder.setFlags(Qt.ItemFlag.NoItemFlags)
            self._list.addItem(placeholder)
        self._list.setCurrentRow(0)

    def _take(self) -> None:
        row = self._list.currentRow()
        if 0 <= row < len(self._hits):
            self.accept()
            self._hits[row].run()


def control_entries(window: MainWindow) -> list[PaletteEntry]:
    """Return an entry for every control of the panels and every view; choosing one gives it the focus."""
    entries = []
    for dock in window.docks:
        title = dock.windowTitle()
        entries.append(PaletteEntry(title, "panel", partial(_raise_dock, dock)))
        labels = {label.buddy(): label.text() for label in dock.findChildren(QLabel) if label.buddy()}
        names = set()
        for widget in dock.findChildren(QWidget):
            name = _control_name(widget, labels)
            if name and name not in names and not widget.isHidden():
                names.add(name)
                entries.append(PaletteEntry(name, f"in {title}", partial(_focus_control, dock, widget)))
    views = (window.box, *window.slices, window.mosaic)
    return entries + [PaletteEntry(view.accessibleName(), "view", view.setFocus) for view in views]


def _control_name(widget: QWidget, labels: dict[QWidget, str]) -> str:
    """Return the visible name of a control; empty if it has none."""
    if not widget.focusPolicy() & Qt.FocusPolicy.TabFocus or not widget.isEnabled():
        return ""
    if widget.objectName().startswith("qt_"):
        return ""
    named = labels.get(widget, "") or widget.accessibleName()
    return named or (widget.text().removesuffix(" …") if isinstance(widget, QAbstractButton) else "")


def _raise_dock(dock: QDockWidget) -> None:
    dock.show()
    dock.raise_()


def _focus_control(dock: QDockWidget, widget: QWidget) -> None:
    _raise_dock(dock)
    for area in dock.findChildren(QScrollArea):
        if area.isAncestorOf(widget):
            area.ensureWidgetVisible(widget)
    widget.setFocus(Qt.FocusReason.ShortcutFocusReason)
