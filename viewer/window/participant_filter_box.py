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
        self.column_combo, self.value_combo = ComboBox(), ComboBox()
        self.min_edit, self.max_edit = QLineEdit(), QLineEdit()
        for combo, name in ((self.column_combo, self.tr("Filter by")), (self.value_combo, self.tr("Value"))):
            combo.setAccessibleName(name)
            combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            combo.setMinimumContentsLength(6)
        for line_edit, name in ((self.min_edit, self.tr("from")), (self.max_edit, self.tr("to"))):
            line_edit.setPlaceholderText(name)
            line_edit.setAccessibleName(name)
            line_edit.setMinimumWidth(40)
            line_edit.editingFinished.connect(self._emit)
        self._grid = grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(6)
        grid.addWidget(self.column_combo, 0, 0)
        grid.addWidget(self.value_combo, 0, 1, 1, 2)
        grid.addWidget(self.min_edit, 0, 1)
        grid.addWidget(self.max_edit, 0, 2)
        grid.setColumnStretch(0, 2)
        self._last_emitted = ""
        self.column_combo.activated.connect(self._on_column_chosen)
        self.value_combo.activated.connect(self._emit)
        self.set_table(None, "")

    @property
    def filter_text(self) -> str:
        """The filter as text, such as ``group=AD`` or ``age=60..75``; empty for all."""
        column = self.column_combo.currentData()
        if not column:
            return ""
        if self._is_numeric(column):
            low, high = self.min_edit.text().strip(), self.max_edit.text().strip()
            return f"{column}={low}..{high}" if low or high else ""
        return f"{column}={self.value_combo.currentText()}"

    def set_table(self, table: CohortTable | None, filter_text: str) -> None:
        """Offer the columns of a cohort and show a filter, without emitting ``changed``."""
        self._table = table
        self.column_combo.clear()
        self.column_combo.addItem(self.tr("All participants"), "")
        columns = () if table is None else table.columns
        for name in columns:
            if table is not None and len(table.distinct_values(name)) > 1:
                self.column_combo.addItem(name, name)
        name, _, value = filter_text.partition("=")
        self.column_combo.setCurrentIndex(max(self.column_combo.findData(name), 0))
        self._show_editors()
        self.value_combo.setCurrentIndex(max(self.value_combo.findText(value), 0))
        low, separator, high = value.partition("..")
        self.min_edit.setText(low if separator else "")
        self.max_edit.setText(high if separator else "")
        self._last_emitted = self.filter_text

    def _is_numeric(self, column: str) -> bool:
        return self._table is not None and self._table.is_numeric(column)

    def _on_column_chosen(self) -> None:
        self._show_editors()
        self.min_edit.clear()
        self.max_edit.clear()
        self._emit()

    def _show_editors(self) -> None:
        column = self.column_combo.currentData()
        limits = bool(column) and self._is_numeric(column)
        self.value_combo.setVisible(bool(column) and not limits)
        for line_edit in (self.min_edit, self.max_edit):
            line_edit.setVisible(limits)
        for position in (1, 2):
            # Without editors, the column takes the full width.
            self._grid.setColumnStretch(position, 1 if column else 0)
        self.value_combo.clear()
        if column and not limits and self._table is not None:
            self.value_combo.addItems(self._table.distinct_values(column))

    def _emit(self) -> None:
        if self.filter_text != self._last_emitted:
            self._last_emitted = self.filter_text
            self.changed.emit(self.filter_text)
