"""Filter of participants by a column: one of its values, or a range of numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QLineEdit, QWidget

from viewer.window.combo_box import ComboBox

if TYPE_CHECKING:
    from viewer.cohorts.cohort_table import CohortTable


class ParticipantFilterBox(QWidget):
    """Choice of a column, and of a value or limits; ``changed`` emits the filter, empty for all."""

    changed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._table: CohortTable | None = None
        self.column, self.value = ComboBox(), ComboBox()
        self.low, self.high = QLineEdit(), QLineEdit()
        for combo, name in ((self.column, self.tr("Filter by")), (self.value, self.tr("Value"))):
            combo.setAccessibleName(name)
            combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            combo.setMinimumContentsLength(6)
        for line_edit, name in ((self.low, self.tr("from")), (self.high, self.tr("to"))):
            line_edit.setPlaceholderText(name)
            line_edit.setAccessibleName(name)
            line_edit.setMinimumWidth(40)
            line_edit.editingFinished.connect(self._emit)
        self._grid = grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(6)
        grid.addWidget(self.column, 0, 0)
        grid.addWidget(self.value, 0, 1, 1, 2)
        grid.addWidget(self.low, 0, 1)
        grid.addWidget(self.high, 0, 2)
        grid.setColumnStretch(0, 2)
        self._emitted = ""
        self.column.activated.connect(self._choose_column)
        self.value.activated.connect(self._emit)
        self.set_table(None, "")

    @property
    def among(self) -> str:
        """The filter as text, such as ``group=AD`` or ``age=60..75``; empty for all."""
        column = self.column.currentData()
        if not column:
            return ""
        if self._by_limits(column):
            low, high = self.low.text().strip(), self.high.text().strip()
            return f"{column}={low}..{high}" if low or high else ""
        return f"{column}={self.value.currentText()}"

    def set_table(self, table: CohortTable | None, among: str) -> None:
        """Offer the columns of a cohort and show a filter, without emitting ``changed``."""
        self._table = table
        self.column.clear()
        self.column.addItem(self.tr("All participants"), "")
        columns = () if table is None else table.columns
        for name in columns:
            if table is not None and len(table.values(name)) > 1:
                self.column.addItem(name, name)
        name, _, value = among.partition("=")
        self.column.setCurrentIndex(max(self.column.findData(name), 0))
        self._show_editors()
        self.value.setCurrentIndex(max(self.value.findText(value), 0))
        low, separator, high = value.partition("..")
        self.low.setText(low if separator else "")
        self.high.setText(high if separator else "")
        self._emitted = self.among

    def _by_limits(self, column: str) -> bool:
        return self._table is not None and self._table.is_numeric(column)

    def _choose_column(self) -> None:
        self._show_editors()
        self.low.clear()
        self.high.clear()
        self._emit()

    def _show_editors(self) -> None:
        column = self.column.currentData()
        limits = bool(column) and self._by_limits(column)
        self.value.setVisible(bool(column) and not limits)
        for line_edit in (self.low, self.high):
            line_edit.setVisible(limits)
        for position in (1, 2):
            # Without editors, the column takes the full width.
            self._grid.setColumnStretch(position, 1 if column else 0)
        self.value.clear()
        if column and not limits and self._table is not None:
            self.value.addItems(self._table.values(column))

    def _emit(self) -> None:
        if self.among != self._emitted:
            self._emitted = self.among
            self.changed.emit(self.among)
