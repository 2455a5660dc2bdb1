"""Combo boxes: one that keeps long entries readable, and one for the members of an enumeration."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Generic, TypeVar

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QHelpEvent, QPaintEvent
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QStylePainter, QToolTip, QWidget

from viewer.enums import enum_member

POPUP_MARGIN = 24
"""Width beside the text of an entry in the open list, in pixels: margins and a scroll bar."""


class ComboBox(QComboBox):
    """Combo box that opens as wide as its longest entry; the current text is elided if there is no room.

    The tool tip then begins with the full text.
    """

    def displayed_text(self) -> str:
        """Return the current text as it is painted."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        return self._elided_text(option)

    def showPopup(self) -> None:
        """Open the list, as wide as its longest entry, but no wider than the screen."""
        widest = self.view().sizeHintForColumn(self.modelColumn()) + POPUP_MARGIN
        self.view().setMinimumWidth(min(widest, self.screen().availableGeometry().width()))
        super().showPopup()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the current text elided in its middle: names often differ only at their ends."""
        if self.currentIndex() < 0:
            super().paintEvent(event)
            return
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        option.currentText = self._elided_text(option)
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        painter.end()

    def event(self, event: QEvent) -> bool:
        """Show the whole text as a tool tip if only a part of it is visible."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            text = self.currentText()
            if self.displayed_text() != text:
                QToolTip.showText(event.globalPos(), "\n".join(filter(None, (text, self.toolTip()))), self)
                return True
        return super().event(event)

    def _elided_text(self, option: QStyleOptionComboBox) -> str:
        field = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, self
        )
        # Styles reserve a few pixels of the field.
        width = field.width() - 4
        if not option.currentIcon.isNull():
            width -= option.iconSize.width() + 4
        return self.fontMetrics().elidedText(self.currentText(), Qt.TextElideMode.ElideMiddle, width)


Member = TypeVar("Member", bound=StrEnum)


class EnumComboBox(ComboBox, Generic[Member]):
    """Combo box with a label for each enumeration member.

    Qt stores a `StrEnum` member as a plain string and returns that, so ``currentData()`` must not be compared
    with a member by ``is``.

    Parameters
    ----------
    labels
        Label of each member, in the order of the list.
    """

    def __init__(self, labels: Mapping[Member, str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._enum_type = type(next(iter(labels)))
        for member, label in labels.items():
            self.addItem(label, member)

    def member(self) -> Member:
        """Return the chosen member."""
        return enum_member(self._enum_type, self.currentData())

    def set_member(self, member: Member) -> None:
        """Choose the entry of ``member``."""
        self.setCurrentIndex(self.findData(member))
