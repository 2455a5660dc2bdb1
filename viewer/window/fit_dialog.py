"""Dialog with a table of all checks of a scan for a network."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QIcon, QKeyEvent, QKeySequence, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from viewer.models.fit_report import FitReport, FitVerdict
from viewer.window.dock_panel import as_sentence, make_label, set_text
from viewer.window.translation import format_numbers, translate_sentence

SIZE = QSize(820, 440)
VERDICT, CHECK, VALUE, EXPECTED, FINDING = range(5)
ROW_SPACE = 8
WIDTHS = {VALUE: 150, EXPECTED: 170}


class CheckTable(QTableWidget):
    """Table whose copy shortcut is handled by its owner: Qt would copy only one cell."""

    copy_requested = Signal()

    def fit_rows(self) -> None:
        """Fit the height of every row to its text, with some space around it."""
        self.resizeRowsToContents()
        for row in range(self.rowCount()):
            self.setRowHeight(row, self.rowHeight(row) + ROW_SPACE)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Emit `copy_requested` for the copy shortcut."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_requested.emit()
            event.accept()
        else:
            super().keyPressEvent(event)


class FitDialog(QDialog):
    """Table of checks with verdict, value, expected value and finding, which can be copied.

    It does not block the window, and follows the report that the window shows.

    Parameters
    ----------
    verdict_names
        Word for each overall verdict.
    """

    def __init__(self, verdict_names: Mapping[FitVerdict, str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Does this scan fit the network?"))
        self._verdict_names = verdict_names
        self._row_verdict_names = {
            FitVerdict.OK: self.tr("OK"),
            FitVerdict.CAUTION: self.tr("Caution"),
            FitVerdict.UNFIT: self.tr("Unfit"),
            FitVerdict.NOT_MEASURABLE: self.tr("Not measurable"),
        }
        self._column_titles = (
            self.tr("Verdict"),
            self.tr("Check"),
            self.tr("Value"),
            self.tr("Expected"),
            self.tr("Finding"),
        )
        self._icon_label = QLabel()
        self._icon_label.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._subject_label = make_label(role="title")
        self._summary_label = make_label()
        self._status_label = make_label(role="quiet")
        self.table = CheckTable(0, len(self._column_titles))
        self.table.setHorizontalHeaderLabels(self._column_titles)
        self.table.setAccessibleName(self.tr("Checks of the scan"))
        self.table.verticalHeader().hide()
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setWordWrap(True)
        self.table.setShowGrid(False)
        self.table.setAlternatingRowColors(True)
        # Tab leaves the table; its rows are reached by the arrow keys.
        self.table.setTabKeyNavigation(False)
        header = self.table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column in (VERDICT, CHECK):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        for column, width in WIDTHS.items():
            self.table.setColumnWidth(column, width)
        header.setSectionResizeMode(FINDING, QHeaderView.ResizeMode.Stretch)
        self._fit_rows_timer = QTimer(self)
        self._fit_rows_timer.setSingleShot(True)
        self._fit_rows_timer.setInterval(0)
        self._fit_rows_timer.timeout.connect(self.table.fit_rows)
        header.sectionResized.connect(self._schedule_fit_rows)
        self.table.copy_requested.connect(self._copy_selected)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self._copy_button = QPushButton(self.tr("Copy"))
        self._copy_button.setToolTip(self.tr("Copy all rows as tab-separated text"))
        self._copy_button.clicked.connect(self.copy)
        buttons.addButton(self._copy_button, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.hide)
        text = QVBoxLayout()
        text.addWidget(self._subject_label)
        text.addWidget(self._summary_label)
        header_row = QHBoxLayout()
        header_row.setSpacing(10)
        header_row.addWidget(self._icon_label)
        header_row.addLayout(text, 1)
        column_layout = QVBoxLayout(self)
        column_layout.setSpacing(10)
        column_layout.addLayout(header_row)
        column_layout.addWidget(self.table, 1)
        column_layout.addWidget(self._status_label)
        column_layout.addWidget(buttons)
        self.resize(SIZE)

    def set_report(
        self, report: FitReport, subject: str, icons: Mapping[FitVerdict, QIcon], overall_verdict: FitVerdict
    ) -> None:
        """Show a report and the ``overall_verdict``; ``subject`` names the scan and the network."""
        self._subject_label.setText(subject)
        self._summary_label.setText(f"{self._verdict_names[overall_verdict]}. {as_sentence(report.sentence)}")
        self._icon_label.setPixmap(icons[overall_verdict].pixmap(32, 32))
        self.table.setRowCount(len(report.checks))
        for row, check in enumerate(report.checks):
            value = "" if check.value is None else str(check.value)
            texts = (
                self._row_verdict_names[check.verdict],
                check.name,
                value,
                check.expected,
                check.sentence,
            )
            for column, text in enumerate(texts):
                translated = as_sentence(text) if column in (CHECK, FINDING) else translate_sentence(text)
                if column in (VALUE, EXPECTED) and translated == text:
                    translated = format_numbers(text)
                item = QTableWidgetItem(translated)
                if column == CHECK:
                    item.setText(item.text().removesuffix("."))
                item.setToolTip(item.text())
                if column == VERDICT:
                    item.setIcon(icons[check.verdict])
                self.table.setItem(row, column, item)
        self._schedule_fit_rows()

    def set_status(self, text: str) -> None:
        """Show what is still being checked; empty if nothing is."""
        set_text(self._status_label, text)

    def copy(self) -> None:
        """Copy the summary and all rows to the clipboard, with tabs between the columns."""
        rows = range(self.table.rowCount())
        header = (self._subject_label.text(), self._summary_label.text(), "\t".join(self._column_titles))
        QGuiApplication.clipboard().setText("\n".join([*header, *map(self._row_text, rows)]))

    def _copy_selected(self) -> None:
        rows = sorted({index.row() for index in self.table.selectedIndexes()})
        if rows:
            QGuiApplication.clipboard().setText("\n".join(map(self._row_text, rows)))

    def _row_text(self, row: int) -> str:
        cells = (self.table.item(row, column) for column in range(self.table.columnCount()))
        return "\t".join("" if cell is None else cell.text() for cell in cells)

    def showEvent(self, event: QShowEvent) -> None:
        """Fit the rows to the width that the table gets."""
        super().showEvent(event)
        self._schedule_fit_rows()

    def _schedule_fit_rows(self) -> None:
        # The last column is stretched only after this event.
        self._fit_rows_timer.start()
