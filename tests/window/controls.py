"""Find everything in a window that a person can operate, each under the name it has in the code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QHeaderView,
    QLineEdit,
    QMenu,
    QScrollBar,
    QTabBar,
    QWidget,
)

from viewer.window.main import MainWindow

OPERATED = (QComboBox, QAbstractButton, QAbstractSlider, QAbstractSpinBox, QLineEdit, QAbstractItemView)
OF_QT = (QScrollBar, QHeaderView)
"""What Qt itself puts into other widgets."""


def controls(owner: QWidget, name: str) -> dict[str, QWidget]:
    """Return every control inside a widget, shown or not.

    One that is an attribute has the way to it as its name, such as ``show.ticks[glass]``; those that are
    none have the class of what they are in and their own, and stand for all of their kind.
    """
    found = {path: widget for path, widget in _attributes(owner, name, set()) if _operated(widget)}
    known = set(found.values())
    for widget in owner.findChildren(QWidget):
        if _operated(widget) and widget not in known and widget.window() is owner.window():
            inside = widget.parentWidget()
            found[f"{name}:{type(inside).__name__}.{type(widget).__name__}"] = widget
    return found


def window_controls(window: MainWindow) -> dict[str, QWidget]:
    """Return every control of the window itself: its panels and its status bar."""
    found = controls(window.status, "status")
    for dock in window.docks:
        found |= controls(dock, dock.objectName())
    inside = set(found.values())
    owners = (window.status, *window.docks)
    for path, widget in controls(window, "window").items():
        own = widget.window() is window and not any(owner.isAncestorOf(widget) for owner in owners)
        if own and widget not in inside:
            found[path] = widget
    return found


def actions(window: MainWindow) -> dict[str, QAction]:
    """Return every entry of the menus by its keys, or, where it has none, by the titles that lead to it."""
    found: dict[str, QAction] = {}

    def walk(menu: QMenu, path: str) -> None:
        for action in menu.actions():
            name = f"{path} > {plain(action.text())}"
            below = action.menu()
            if isinstance(below, QMenu):
                walk(below, name)
            elif not action.isSeparator():
                keys = action.shortcut().toString(QKeySequence.SequenceFormat.PortableText)
                found[keys or name] = action

    for title in window.menuBar().actions():
        below = title.menu()
        assert isinstance(below, QMenu)
        walk(below, plain(title.text()))
    return found


def plain(words: str) -> str:
    """Return words without the mark of their key and the dots of a dialog."""
    return words.replace("&", "").removesuffix("…").strip()


def _attributes(owner: QWidget, name: str, seen: set[int]) -> Iterator[tuple[str, QWidget]]:
    for key, value in vars(owner).items():
        for path, one in _members(f"{name}.{key.lstrip('_')}", value):
            if id(one) in seen or not owner.isAncestorOf(one):
                continue
            seen.add(id(one))
            yield path, one
            if type(one).__module__.startswith("viewer"):
                yield from _attributes(one, path, seen)


def _members(path: str, value: Any) -> Iterator[tuple[str, QWidget]]:
    if isinstance(value, QWidget):
        yield path, value
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _members(f"{path}[{key}]", one)
    elif isinstance(value, (tuple, list)):
        for place, one in enumerate(value):
            yield from _members(f"{path}[{place}]", one)


def _operated(widget: QWidget) -> bool:
    """Whether it is a control and no part of another one, of a dock's frame or of a menu."""
    if not isinstance(widget, OPERATED) or isinstance(widget, OF_QT):
        return False
    if widget.objectName().startswith("qt_"):
        return False
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, (QComboBox, QAbstractSpinBox, QTabBar)):
            return False
        parent = parent.parentWidget()
    return True
