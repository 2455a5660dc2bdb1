"""The controls of a window by their names, so that they can be searched for."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QDockWidget, QLabel, QScrollArea, QWidget

from viewer.window.search import Entry

if TYPE_CHECKING:
    from viewer.window.main import MainWindow


def controls(window: MainWindow) -> list[Entry]:
    """Return an entry for every control of the panels and every view; choosing one gives it the focus."""
    found = []
    for dock in window.docks:
        place = dock.windowTitle()
        found.append(Entry(place, "panel", partial(_show, dock)))
        labels = {label.buddy(): label.text() for label in dock.findChildren(QLabel) if label.buddy()}
        seen = set()
        for widget in dock.findChildren(QWidget):
            name = _name(widget, labels)
            if name and name not in seen and not widget.isHidden():
                seen.add(name)
                found.append(Entry(name, f"in {place}", partial(_focus, dock, widget)))
    views = (window.box, *window.slices, window.mosaic)
    return found + [Entry(view.accessibleName(), "view", view.setFocus) for view in views]


def _name(widget: QWidget, labels: dict[QWidget, str]) -> str:
    """Return what a person calls a control; nothing for what is none."""
    if not widget.focusPolicy() & Qt.FocusPolicy.TabFocus or not widget.isEnabled():
        return ""
    if widget.objectName().startswith("qt_"):
        return ""
    named = labels.get(widget, "") or widget.accessibleName()
    return named or (widget.text().removesuffix(" …") if isinstance(widget, QAbstractButton) else "")


def _show(dock: QDockWidget) -> None:
    dock.show()
    dock.raise_()


def _focus(dock: QDockWidget, widget: QWidget) -> None:
    _show(dock)
    for area in dock.findChildren(QScrollArea):
        if area.isAncestorOf(widget):
            area.ensureWidgetVisible(widget)
    widget.setFocus(Qt.FocusReason.ShortcutFocusReason)
