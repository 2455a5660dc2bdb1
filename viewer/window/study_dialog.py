"""Which study, and how: its scans and its design are shown before anything is trained."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QScrollArea,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from viewer.errors import ViewerError
from viewer.session.study_config import (
    SIMULATED_STUDIES,
    StudyOptions,
    StudyTable,
    make_simulated_table,
    read_study_table,
)
from viewer.window.combo_box import ComboBox
from viewer.window.file_dialogs import file_dialogs
from viewer.window.panel import say, text
from viewer.window.study_design import DesignPicture
from viewer.window.study_form import StudyForm
from viewer.window.study_rows import StudyRows

if TYPE_CHECKING:
    from viewer.jobs.worker import Job
    from viewer.progress import Progress
    from viewer.window.desk import Desk

TABLES = "Tables of scans (*.tsv *.csv);;All files (*)"
WIDTH, HEIGHT = 880, 620
FORM_WIDTH = 330


class StudyDialog(QDialog):
    """Stays open beside the window; ``train_asked(listing, choices)`` closes it.

    Parameters
    ----------
    desk
        Reads tables in the background, and opens a scan of the list.
    """

    train_asked = Signal(object, object)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._listing: StudyTable | None = None
        self._reading: Job[Any] | None = None
        self._busy = False
        self._written: dict[str, Path] = {}
        self.setWindowTitle(self.tr("Study"))
        self.resize(WIDTH, HEIGHT)
        self.source = ComboBox()
        self.source.setAccessibleName(self.tr("Study"))
        self.source.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.source.setMinimumContentsLength(24)
        for name, title in SIMULATED_STUDIES.items():
            self.source.addItem(title, name)
        self._open = QPushButton(self.tr("Open table …"))
        self._open.setToolTip(
            self.tr("A .tsv or .csv file with one row per scan and the columns scan, subject and y")
        )
        self._about = text(role="quiet")
        self._problem = text(role="warning")
        self.design = DesignPicture()
        self.rows = StudyRows(self)
        self.table = QTreeView()
        self.table.setModel(self.rows)
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
        self._hint = text(self.tr("Double-click a scan, or press Return, to show it in the box."), "quiet")
        self.form = StudyForm()
        self.train_button = QPushButton(self.tr("Train and map"))
        self.train_button.setObjectName("train")
        self.train_button.setProperty("role", "main")
        self.train_button.setDefault(True)
        close = QPushButton(self.tr("Close"))
        close.setAutoDefault(False)
        self._open.setAutoDefault(False)
        self._lay_out(close)
        self.source.currentIndexChanged.connect(self.read)
        self._open.clicked.connect(self.ask_table)
        self.table.activated.connect(self._show_scan)
        self.form.paradigm_changed.connect(self.read)
        self.train_button.clicked.connect(self.train)
        close.clicked.connect(self.reject)

    def _lay_out(self, close: QPushButton) -> None:
        choice = QHBoxLayout()
        choice.addWidget(self.source, 1)
        choice.addWidget(self._open)
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addLayout(choice)
        left.addWidget(self._about)
        left.addWidget(self._problem)
        left.addWidget(self.design)
        left.addWidget(self.table, 1)
        left.addWidget(self._hint)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        page = QWidget()
        page.setObjectName("page")
        inside = QVBoxLayout(page)
        inside.setContentsMargins(0, 0, 12, 0)
        inside.addWidget(self.form)
        area.setWidget(page)
        area.setFixedWidth(FORM_WIDTH)
        columns = QHBoxLayout()
        columns.setSpacing(20)
        columns.addLayout(left, 1)
        columns.addWidget(area)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(close)
        buttons.addWidget(self.train_button)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(20, 16, 20, 14)
        whole.setSpacing(14)
        whole.addLayout(columns, 1)
        whole.addLayout(buttons)

    # Which scans

    @property
    def listing(self) -> StudyTable | None:
        """The scans that are shown; None until they are read."""
        return self._listing

    @property
    def problem(self) -> str:
        """What is wrong with the table, in one line."""
        return self._problem.text()

    def ask_table(self) -> None:
        """Let a person choose a table."""
        told = file_dialogs(self).ask_open(self.tr("Open table"), TABLES, over=self)
        if told is not None:
            self.open_table(told)

    def open_table(self, path: Path) -> None:
        """Take a table, and read it anew where it was taken before."""
        told = str(path.absolute())
        place = self.source.findData(told)
        if place < 0:
            place = self.source.count()
            self.source.addItem(path.name, told)
            self.source.setItemData(place, told, Qt.ItemDataRole.ToolTipRole)
        if place == self.source.currentIndex():
            self.read()
        else:
            self.source.setCurrentIndex(place)

    def read(self) -> None:
        """List the scans of what is chosen."""
        if self._reading is not None:
            self._reading.cancel()
        chosen, paradigm = str(self.source.currentData()), self.form.paradigm
        self._show(None, "")
        say(self._about, self.tr("Reading …"))
        written = self._written.get(chosen)

        def work(progress: Progress) -> StudyTable | ViewerError:
            try:
                if chosen in SIMULATED_STUDIES and written is None:
                    return make_simulated_table(chosen, paradigm)
                return read_study_table(written or Path(chosen), paradigm, chosen if written else "")
            except ViewerError as error:
                return error

        def done(found: StudyTable | ViewerError) -> None:
            if self._reading is not job:
                return
            if isinstance(found, ViewerError):
                self._show(None, str(found))
            else:
                self._show(found, found.problem)
                if not found.simulated:
                    self._desk.opened.emit(found.table)

        self._reading = job = self._desk.run(work, self.tr("Reading the study"), done)

    def _show(self, listing: StudyTable | None, problem: str) -> None:
        self._listing = listing
        self.rows.show_listing(listing)
        self.design.show_listing(listing)
        self.design.setVisible(not problem)
        self.form.show_covariates(listing.covariates if listing is not None else ())
        say(self._problem, problem)
        say(self._about, self._told(listing) if listing is not None else "")
        self._hint.setVisible(listing is not None and listing.table is not None)
        self._check()

    def _told(self, listing: StudyTable) -> str:
        words = self.tr("{} scans of {} subjects.").format(len(listing.scans), len(listing.subjects))
        if listing.classes:
            words += " " + self.tr("y has the classes {}.").format(", ".join(listing.classes))
        elif not listing.problem:
            words += " " + self.tr("y is graded.")
        if listing.simulated:
            words += " " + self.tr("Simulated from the MNI152 templates, with a planted activation.")
        return words

    def _show_scan(self, index: QModelIndex) -> None:
        entry = self.rows.entry(index.row())
        if entry.path is not None:
            self._desk.open_scan(entry.path, entry.volume)

    # Training

    def set_busy(self, busy: bool) -> None:
        """Whether a study is being trained: then another must wait."""
        self._busy = busy
        self._check()

    def set_written(self, listing: StudyTable) -> None:
        """Scans that were simulated lie in files now, and can be shown."""
        if not listing.simulated or listing.table is None or listing.simulated in self._written:
            return
        self._written[listing.simulated] = listing.table
        if self.source.currentData() == listing.simulated:
            self.read()

    def train(self) -> None:
        """Ask for the training, with what is chosen."""
        if not self.train_button.isEnabled() or self._listing is None:
            return
        if self.form.missing:
            say(self._problem, self.form.missing)
            return
        choices: StudyOptions = self.form.choices()
        self.accept()
        self.train_asked.emit(self._listing, choices)

    def _check(self) -> None:
        ready = self._listing is not None and not self._listing.problem
        self.train_button.setEnabled(ready and not self._busy)
        self.train_button.setToolTip(
            self.tr("A study is being trained.") if self._busy else self.tr("Start (Return)")
        )
