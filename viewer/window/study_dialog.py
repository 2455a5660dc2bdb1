"""Study dialog: choice of the scans, with their design and a list, and of the settings of the analysis."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from viewer.errors import ViewerError
from viewer.session.study_config import (
    SIMULATED_STUDIES,
    StudyScan,
    StudyTable,
    make_simulated_table,
    read_study_table,
)
from viewer.window.combo_box import ComboBox
from viewer.window.dock_panel import make_label, set_text
from viewer.window.file_dialogs import find_file_dialogs
from viewer.window.study_form import StudyForm
from viewer.window.translation import translate_count, translate_sentence

if TYPE_CHECKING:
    from viewer.jobs.worker import Job
    from viewer.progress import Progress
    from viewer.window.controller import Controller


HEIGHT = 132
TOP, BOTTOM = 20.0, 18.0
MAX_DOT, MIN_DOT = 3.5, 1.0
MAX_LEVELS = 8


class DesignPlot(QWidget):
    """Plot of the design: y of each scan in the order of the table, with a band per subject."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._study_table: StudyTable | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(HEIGHT)
        self.setAccessibleName(self.tr("Design"))

    def sizeHint(self) -> QSize:
        """Return a wide, low size."""
        return QSize(420, HEIGHT)

    def set_study(self, study_table: StudyTable | None) -> None:
        """Plot the design of a study; None, or a study with a problem, clears the plot."""
        self._study_table = study_table if study_table is not None and not study_table.problem else None
        self.setAccessibleDescription(self._description())
        self.setToolTip(self._description())
        self.update()

    def _description(self) -> str:
        listing = self._study_table
        if listing is None:
            return ""
        scans = self.tr("{} of {}").format(
            translate_count(len(listing.scans), "scan"), translate_count(len(listing.subjects), "subject")
        )
        if listing.classes:
            counts = (
                f"{sum(entry.y_value == index for entry in listing.scans)} {name}"
                for index, name in enumerate(listing.classes)
            )
            return f"{scans}: {', '.join(counts)}"
        low, high = self._value_range(listing)
        return self.tr("{}: y from {:g} to {:g}").format(scans, low, high)

    @staticmethod
    def _value_range(study_table: StudyTable) -> tuple[float, float]:
        heights = [entry.y_value for entry in study_table.scans]
        return min(heights), max(heights)

    def _labelled_values(self, study_table: StudyTable) -> list[tuple[float, str]]:
        """Return the y values that are labelled at the left, with their labels."""
        if study_table.classes:
            return [(float(index), name) for index, name in enumerate(study_table.classes)][:MAX_LEVELS]
        return [(height, f"{height:g}") for height in self._value_range(study_table)]

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the bands of the subjects, the lines of the labelled values, and a dot per scan."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette, listing = self.palette(), self._study_table
        painter.fillRect(self.rect(), palette.base())
        if listing is None:
            painter.end()
            return
        metrics = painter.fontMetrics()
        levels = self._labelled_values(listing)
        left = min(max(metrics.horizontalAdvance(name) for _, name in levels), self.width() // 3) + 14.0
        area = QRectF(left, TOP, self.width() - left - 10, self.height() - TOP - BOTTOM)
        low, high = self._value_range(listing)
        step = area.width() / len(listing.scans)

        def to_pixel(value: float) -> float:
            return area.bottom() - 6 - (area.height() - 12) * (value - low) / ((high - low) or 1.0)

        quiet_colour = palette.color(QPalette.ColorRole.PlaceholderText)
        position = 0
        for band, (subject, entries) in enumerate(groupby(listing.scans, lambda entry: entry.subject)):
            count = len(list(entries))
            rect = QRectF(area.left() + position * step, area.top(), count * step, area.height())
            if band % 2 == 0:
                painter.fillRect(rect, palette.alternateBase())
            if metrics.horizontalAdvance(subject) <= rect.width():
                painter.setPen(quiet_colour)
                painter.drawText(
                    rect.adjusted(0, -TOP, 0, -rect.height()), Qt.AlignmentFlag.AlignCenter, subject
                )
            position += count
        for height, name in levels:
            painter.setPen(palette.color(QPalette.ColorRole.Mid))
            painter.drawLine(QPointF(area.left(), to_pixel(height)), QPointF(area.right(), to_pixel(height)))
            painter.setPen(quiet_colour)
            row = QRectF(0, to_pixel(height) - 9, left - 8, 18)
            label = metrics.elidedText(name, Qt.TextElideMode.ElideRight, int(row.width()))
            painter.drawText(row, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, label)
        painter.drawText(
            QRectF(area.left(), area.bottom(), area.width(), BOTTOM),
            Qt.AlignmentFlag.AlignCenter,
            self.tr("scans, in the order of the table"),
        )
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(palette.color(QPalette.ColorRole.Link))
        size = min(max(0.4 * step, MIN_DOT), MAX_DOT)
        for index, entry in enumerate(listing.scans):
            painter.drawEllipse(
                QPointF(area.left() + (index + 0.5) * step, to_pixel(entry.y_value)), size, size
            )
        painter.end()


NO_PARENT = QModelIndex()


class ScanTableModel(QAbstractTableModel):
    """Table model of the scans with the columns scan, subject and y, as written in the file."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._scans: tuple[StudyScan, ...] = ()

    def set_study(self, study_table: StudyTable | None) -> None:
        """Replace the rows by the scans of a study."""
        self.beginResetModel()
        self._scans = study_table.scans if study_table is not None else ()
        self.endResetModel()

    def scan_at(self, row: int) -> StudyScan:
        """Return the scan of a row."""
        return self._scans[row]

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = NO_PARENT) -> int:
        """Return the number of scans."""
        return 0 if parent.isValid() else len(self._scans)

    def columnCount(self, parent: QModelIndex | QPersistentModelIndex = NO_PARENT) -> int:
        """Return the number of columns, three."""
        return 0 if parent.isValid() else 3

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return the text of a cell, or the scan's path as its tooltip."""
        entry = self._scans[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return (entry.name, entry.subject, entry.y)[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole and entry.path is not None:
            return str(entry.path)
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return the column headers."""
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return (self.tr("Scan"), self.tr("Subject"), self.tr("y"))[section]
        return None


TABLE_FILTER = "Tables of scans (*.tsv *.csv);;All files (*)"
DIALOG_WIDTH, DIALOG_HEIGHT = 880, 620
FORM_WIDTH = 330


class StudyDialog(QDialog):
    """Modeless dialog of a study; it closes when it emits ``train_requested(study_table, plan, folder)``.

    Parameters
    ----------
    controller
        Reads tables in the background, and opens scans of the list.
    """

    train_requested = Signal(object, object, object)

    def __init__(self, controller: Controller, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._controller = controller
        self._study_table: StudyTable | None = None
        self._reading_path: Job[Any] | None = None
        self._is_busy = False
        self._simulated_tables: dict[str, Path] = {}
        self.setWindowTitle(self.tr("Study"))
        self.resize(DIALOG_WIDTH, DIALOG_HEIGHT)
        self.source_combo = ComboBox()
        self.source_combo.setAccessibleName(self.tr("Study"))
        self.source_combo.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.source_combo.setMinimumContentsLength(24)
        for name, title in SIMULATED_STUDIES.items():
            self.source_combo.addItem(translate_sentence(title), name)
        self._open_button = QPushButton(self.tr("Open table …"))
        self._open_button.setToolTip(
            self.tr("A .tsv or .csv file with one row per scan and the columns scan, subject and y")
        )
        self._about_label = make_label(role="quiet")
        self._problem_label = make_label(role="warning")
        self.design_plot = DesignPlot()
        self.scan_model = ScanTableModel(self)
        self.table = QTreeView()
        self.table.setModel(self.scan_model)
        self.table.setAccessibleName(self.tr("Scans"))
        self.table.setRootIsDecorated(False)
        self.table.setUniformRowHeights(True)
        self.table.setStyleSheet("QTreeView::item { padding: 2px 3px; }")
        self.table.setAllColumnsShowFocus(True)
        header = self.table.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.resizeSection(1, 110)
        header.resizeSection(2, 90)
        self._hint_label = make_label(
            self.tr("Double-click a scan, or press Return, to show it in the box."), "quiet"
        )
        self.form = StudyForm()
        self.train_button = QPushButton(self.tr("Train and map"))
        self.train_button.setObjectName("train")
        self.train_button.setProperty("role", "main")
        self.train_button.setDefault(True)
        close_button = QPushButton(self.tr("Close"))
        close_button.setAutoDefault(False)
        self._open_button.setAutoDefault(False)
        self._lay_out(close_button)
        self.source_combo.currentIndexChanged.connect(self.read_scans)
        self._open_button.clicked.connect(self.ask_table)
        self.table.activated.connect(self._show_scan)
        self.form.paradigm_changed.connect(self.read_scans)
        self.train_button.clicked.connect(self.request_training)
        close_button.clicked.connect(self.reject)

    def _lay_out(self, close_button: QPushButton) -> None:
        choice = QHBoxLayout()
        choice.addWidget(self.source_combo, 1)
        choice.addWidget(self._open_button)
        left_column = QVBoxLayout()
        left_column.setSpacing(8)
        left_column.addLayout(choice)
        left_column.addWidget(self._about_label)
        left_column.addWidget(self._problem_label)
        left_column.addWidget(self.design_plot)
        left_column.addWidget(self.table, 1)
        left_column.addWidget(self._hint_label)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        page = QWidget()
        page.setObjectName("page")
        page_layout = QVBoxLayout(page)
        page_layout.setContentsMargins(0, 0, 12, 0)
        page_layout.addWidget(self.form)
        area.setWidget(page)
        area.setFixedWidth(FORM_WIDTH)
        columns = QHBoxLayout()
        columns.setSpacing(20)
        columns.addLayout(left_column, 1)
        columns.addWidget(area)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(close_button)
        buttons.addWidget(self.train_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 14)
        layout.setSpacing(14)
        layout.addLayout(columns, 1)
        layout.addLayout(buttons)

    # Choice of the scans

    @property
    def study_table(self) -> StudyTable | None:
        """Scans of the selected study; None until they are read."""
        return self._study_table

    @property
    def problem(self) -> str:
        """Problem with the table, in one line; empty if there is none."""
        return self._problem_label.text()

    def ask_table(self) -> None:
        """Ask for a table file and open it."""
        path = find_file_dialogs(self).ask_open(self.tr("Open table"), TABLE_FILTER, parent=self)
        if path is not None:
            self.open_table(path)

    def open_table(self, path: Path) -> None:
        """Select a table of scans; read it again if it is already selected."""
        absolute = str(path.absolute())
        index = self.source_combo.findData(absolute)
        if index < 0:
            index = self.source_combo.count()
            self.source_combo.addItem(path.name, absolute)
            self.source_combo.setItemData(index, absolute, Qt.ItemDataRole.ToolTipRole)
        if index == self.source_combo.currentIndex():
            self.read_scans()
        else:
            self.source_combo.setCurrentIndex(index)

    def read_scans(self) -> None:
        """Read and list the scans of the selected study."""
        if self._reading_path is not None:
            self._reading_path.cancel()
        source, paradigm = str(self.source_combo.currentData()), self.form.paradigm
        self._show(None, "")
        set_text(self._about_label, self.tr("Reading …"))
        table_path = self._simulated_tables.get(source)

        def read_table(progress: Progress) -> StudyTable | ViewerError:
            try:
                if source in SIMULATED_STUDIES and table_path is None:
                    return make_simulated_table(source, paradigm)
                return read_study_table(table_path or Path(source), paradigm, source if table_path else "")
            except ViewerError as error:
                return error

        def show_result(result: StudyTable | ViewerError) -> None:
            if self._reading_path is not job:
                return
            if isinstance(result, ViewerError):
                self._show(None, str(result))
            else:
                self._show(result, result.problem)
                if not result.simulated_study:
                    self._controller.opened.emit(result.table_path)

        self._reading_path = job = self._controller.run(read_table, self.tr("Reading the study"), show_result)

    def _show(self, study_table: StudyTable | None, problem: str) -> None:
        self._study_table = study_table
        self.scan_model.set_study(study_table)
        self.design_plot.set_study(study_table)
        self.design_plot.setVisible(not problem)
        self.form.show_covariates(study_table.covariates if study_table is not None else ())
        set_text(self._problem_label, translate_sentence(problem))
        set_text(self._about_label, self._summary(study_table) if study_table is not None else "")
        self._hint_label.setVisible(study_table is not None and study_table.table_path is not None)
        self._update_buttons()

    def _summary(self, study_table: StudyTable) -> str:
        text = self.tr("{} of {}.").format(
            translate_count(len(study_table.scans), "scan"),
            translate_count(len(study_table.subjects), "subject"),
        )
        if study_table.classes:
            text += " " + self.tr("y has the classes {}.").format(", ".join(study_table.classes))
        elif not study_table.problem:
            text += " " + self.tr("y is graded.")
        if study_table.simulated_study:
            text += " " + self.tr("Simulated from the MNI152 templates, with an added activation.")
        return text

    def _show_scan(self, index: QModelIndex) -> None:
        entry = self.scan_model.scan_at(index.row())
        if entry.path is not None:
            self._controller.open_scan(entry.path, entry.volume)

    # Training

    def set_busy(self, is_busy: bool) -> None:
        """Disable training while another study is being trained."""
        self._is_busy = is_busy
        self._update_buttons()

    def set_simulated_files(self, study_table: StudyTable) -> None:
        """Use the files of a simulated study, once they are written, so that its scans can be shown."""
        if (
            not study_table.simulated_study
            or study_table.table_path is None
            or study_table.simulated_study in self._simulated_tables
        ):
            return
        self._simulated_tables[study_table.simulated_study] = study_table.table_path
        if self.source_combo.currentData() == study_table.simulated_study:
            self.read_scans()

    def request_training(self) -> None:
        """Request the training with the chosen settings."""
        if not self.train_button.isEnabled() or self._study_table is None:
            return
        if self.form.missing_text:
            set_text(self._problem_label, self.form.missing_text)
            return
        plan = self.form.make_plan()
        self.accept()
        self.train_requested.emit(self._study_table, plan, self.form.folder_combo.path)

    def _update_buttons(self) -> None:
        ready = self._study_table is not None and not self._study_table.problem
        self.train_button.setEnabled(ready and not self._is_busy)
        self.train_button.setToolTip(
            self.tr("A study is being trained.") if self._is_busy else self.tr("Start (Return)")
        )
