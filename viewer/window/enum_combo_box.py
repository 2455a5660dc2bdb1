"""A drop-down list whose entries are the members of an enumeration."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Generic, TypeVar

from PySide6.QtWidgets import QWidget

from viewer.enums import enum_member
from viewer.window.combo_box import ComboBox

Member = TypeVar("Member", bound=StrEnum)


class EnumComboBox(ComboBox, Generic[Member]):
    """Shows a label for each member, and answers with members.

    Qt keeps a `StrEnum` member as a plain string and hands that back, so that no code may compare
    ``currentData()`` with a member by ``is``.

    Parameters
    ----------
    labels
        Each member with what a person reads, in the order of the list.
    """

    def __init__(self, labels: Mapping[Member, str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kind = type(next(iter(labels)))
        for member, label in labels.items():
            self.addItem(label, member)

    def member(self) -> Member:
        """Return the member that is chosen."""
        return enum_member(self._kind, self.currentData())

    def set_member(self, member: Member) -> None:
        """Choose the entry of ``member``."""
        self.setCurrentIndex(self.findData(member))
