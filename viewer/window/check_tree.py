"""Tree of checks: painting of rows, with the full name and the result beside or below it."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QBrush, QFontMetrics, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QWidget,
)

ROLE = Qt.ItemDataRole


class CheckTree(QTreeWidget):
    """List of checks as high as its rows: the panel scrolls, not the list."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setRootIsDecorated(False)
        self.setHeaderHidden(True)
        self.setAllColumnsShowFocus(True)
        self.setColumnCount(2)
        self.setColumnHidden(1, True)
        self.setItemDelegate(CheckDelegate(self))
        self.setMinimumWidth(0)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def fit_rows(self) -> None:
        """Fit the height of the list to its rows, some of which have two lines if it is narrow."""
        self.doItemsLayout()
        rows = [
            self.visualItemRect(item).height()
            for row in range(self.topLevelItemCount())
            if (item := self.topLevelItem(row)) is not None and not item.isHidden()
        ]
        self.setFixedHeight(max(sum(rows), self.fontMetrics().height()) + 4)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the rows to the new width."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.fit_rows()


GAP = 10
"""Space between a name and its result, in pixels."""

EDGE = 4
Index = QModelIndex | QPersistentModelIndex


class CheckDelegate(QStyledItemDelegate):
    """Delegate that paints the result to the right of the name, or below it if both do not fit.

    Names of checks are never shortened to make room for a number.
    """

    def __init__(self, tree: QTreeWidget) -> None:
        super().__init__(tree)
        self._tree = tree

    def result_rect(self, option: QStyleOptionViewItem, index: Index) -> QRect:
        """Return the rectangle of the result in a row."""
        metrics, row = QFontMetrics(option.font), option.rect
        width = metrics.horizontalAdvance(_result_text(index))
        if not self._stacked(option, index):
            return QRect(row.right() - EDGE - width, row.top(), width, row.height())
        left = self.name_rect(option, index).left()
        available = QRect(left, row.top(), row.right() - EDGE - left, metrics.height())
        height = metrics.boundingRect(available, Qt.TextFlag.TextWordWrap, _result_text(index)).height()
        return QRect(left, row.bottom() - height + 1, available.width(), height)

    def name_rect(self, option: QStyleOptionViewItem, index: Index) -> QRect:
        """Return the rectangle of the name in a row, as wide as the name."""
        styled_option = QStyleOptionViewItem(option)
        self.initStyleOption(styled_option, index)
        rect = self._tree.style().subElementRect(
            QStyle.SubElement.SE_ItemViewItemText, styled_option, self._tree
        )
        return QRect(
            rect.topLeft(),
            QSize(QFontMetrics(styled_option.font).horizontalAdvance(styled_option.text) + EDGE, 1),
        )

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        """Align the name with the first line if there are two."""
        super().initStyleOption(option, index)
        if _result_text(index) and option.rect.height() > 1.7 * QFontMetrics(option.font).height():
            option.displayAlignment = Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return the size of a row, with two lines if name and result do not fit into one."""
        size = super().sizeHint(option, index)
        whole_row = QStyleOptionViewItem(option)
        whole_row.rect = QRect(0, 0, self._tree.viewport().width(), size.height())
        extra = self.result_rect(whole_row, index).height() if self._stacked(whole_row, index) else 0
        return QSize(size.width(), size.height() + extra)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint the name in the row's style, then the result in the colour of its verdict."""
        super().paint(painter, option, index)
        text = _result_text(index)
        if not text:
            return
        rect = self.result_rect(option, index)
        brush = index.sibling(index.row(), 1).data(ROLE.ForegroundRole)
        painter.save()
        painter.setFont(option.font)
        if isinstance(brush, QBrush):
            painter.setPen(brush.color())
        flags = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        # On one line, the rectangle is exactly as wide as the text: rounding errors must not wrap it.
        stacked = rect.height() < option.rect.height()
        painter.drawText(
            rect, flags | int(Qt.TextFlag.TextWordWrap if stacked else Qt.TextFlag.TextSingleLine), text
        )
        painter.restore()

    def _stacked(self, option: QStyleOptionViewItem, index: Index) -> bool:
        text = _result_text(index)
        if not text:
            return False
        available = option.rect.right() - EDGE - self.name_rect(option, index).right() - GAP
        return QFontMetrics(option.font).horizontalAdvance(text) > available


def _result_text(index: Index) -> str:
    return str(index.sibling(index.row(), 1).data(ROLE.DisplayRole) or "")
