"""Tree of the layers of a network, whose columns shrink to leave room for the names."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QFont, QResizeEvent
from PySide6.QtWidgets import QHeaderView, QSizePolicy, QTreeWidget, QTreeWidgetItem, QWidget

from viewer.window.layer_tasks import LayerRow
from viewer.window.translation import fill, format_numbers, translate

LAYER_ROLE = Qt.ItemDataRole.UserRole
OUTPUT, PARAMETERS = 1, 2
TEXT_MARGINS = 12
"""Width of the margins around the text of a row, in pixels."""


class LayerTree(QTreeWidget):
    """Tree with the columns layer, output and parameters.

    A row reads ``name · operator``, and its tool tip has the full text. If the rows do not fit, the header of
    the parameters is shortened; if the names alone do not fit, the parameters are hidden.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Layers"))
        self.setHeaderLabels([self.tr("Layer"), self.tr("Output"), self.tr("Parameters")])
        self.headerItem().setToolTip(OUTPUT, self.tr("Shape of the output: channels × voxels"))
        self.headerItem().setToolTip(PARAMETERS, self.tr("Number of trained parameters"))
        self.setIndentation(9)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setMinimumHeight(72)
        self.setMinimumWidth(0)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header = self.header()
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(30)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(OUTPUT, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(PARAMETERS, QHeaderView.ResizeMode.ResizeToContents)
        self.expanded.connect(self._fit)
        self.collapsed.connect(self._fit)

    def fit_columns(self) -> None:
        """Fit the columns to the names; must be called after the rows have changed."""
        width = self.viewport().width() - self._column_width(OUTPUT)
        self.headerItem().setText(PARAMETERS, self.tr("Parameters"))
        if self._column_width(PARAMETERS) + self._column_width(0) > width:
            self.headerItem().setText(PARAMETERS, self.tr("Par."))
        self.setColumnHidden(PARAMETERS, self._column_width(PARAMETERS) + self._visible_names_width() > width)

    def _visible_names_width(self) -> int:
        """Return the width of the first column for the visible names, without their operators."""
        widest, metrics = 0, self.fontMetrics()
        item = self.topLevelItem(0)
        while item is not None:
            name = item.text(0).partition(" · ")[0]
            widest = max(widest, self.visualItemRect(item).left() + metrics.horizontalAdvance(name))
            item = self.itemBelow(item)
        return widest + TEXT_MARGINS

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the columns into the new width."""
        super().resizeEvent(event)
        self.fit_columns()

    def _fit(self, _: QModelIndex) -> None:
        self.fit_columns()

    def _column_width(self, column: int) -> int:
        """Show a column, because a hidden one has no size hint, and return its width."""
        self.setColumnHidden(column, False)
        return max(self.sizeHintForColumn(column), self.header().sectionSizeHint(column))


def abbreviate_count(count: int) -> str:
    """Format a number of parameters with at most three digits: 216, 1.7k, 55k, 2.1M; empty for 0."""
    for unit, factor in (("G", 10**9), ("M", 10**6), ("k", 10**3)):
        if count >= factor:
            digits = 1 if count < 10 * factor else 0
            return format_numbers(f"{count / factor:.{digits}f}") + unit
    return str(count) if count else ""


def make_tree_item(row: LayerRow, small_font: QFont) -> QTreeWidgetItem:
    """Return the item of a row with its children; a row without an output cannot be selected."""
    name = f"{row.name} · {row.operator}" if row.operator and row.operator != row.name else row.name
    item = QTreeWidgetItem([name, row.size, abbreviate_count(row.parameters)])
    item.setData(0, LAYER_ROLE, row.layer)
    item.setTextAlignment(2, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    count = fill(translate("LayerTree", "{:,} parameters"), row.parameters) if row.parameters else ""
    tool_tip = "\n".join(part for part in (row.layer, row.operator, row.size, count) if part)
    for column in range(3):
        item.setToolTip(column, tool_tip)
        if column:
            item.setFont(column, small_font)
    if not row.layer:
        item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsSelectable)
    item.addChildren([make_tree_item(child, small_font) for child in row.children])
    return item
