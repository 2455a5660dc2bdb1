"""Entries of menus and of lists, and buttons, operated with the mouse."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QMenu, QPushButton, QWidget

from viewer.methods.registry import list_methods
from viewer.window.main import MainWindow

LEFT = Qt.MouseButton.LeftButton


def click_entry(window: MainWindow, text: str) -> None:
    """Open the menu of an entry, and click the entry."""
    ((menu, action),) = (
        (menu, action)
        for menu in window.findChildren(QMenu)
        for action in menu.actions()
        if action.text().replace("&", "") == text
    )
    menu.popup(window.mapToGlobal(QPoint(20, 20)))
    QTest.mouseClick(menu, LEFT, pos=menu.actionGeometry(action).center())


def click_button(parent: QWidget, text: str) -> None:
    """Click the button of that text."""
    (button,) = (one for one in parent.findChildren(QPushButton) if one.text().replace("&", "") == text)
    assert button.isEnabled()
    QTest.mouseClick(button, LEFT, pos=QPoint(8, button.height() // 2))


def choose_entry(combo: QComboBox, index: int) -> None:
    """Open a list, and click an entry."""
    combo.showPopup()
    place = combo.view().visualRect(combo.model().index(index, combo.modelColumn()))
    QTest.mouseClick(combo.view().viewport(), LEFT, pos=place.center())


def choose_method(window: MainWindow, name: str) -> None:
    """Take the family of a method, and the method."""
    dock = window.method_dock
    choose_entry(dock._family_combo, dock._family_combo.findData(str(list_methods()[name].family)))
    choose_entry(dock._method_combo, dock._method_combo.findData(name))
    assert dock.method == name
