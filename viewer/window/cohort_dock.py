"""Cohort panel: the participants of a results folder, their maps and group maps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QSizePolicy,
    QTableView,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from viewer.errors import ViewerError
from viewer.session.cohort_view import CohortView
from viewer.session.group_request import GroupQuestion
from viewer.session.session import Session
from viewer.window.cohort_rows import CohortTableModel
from viewer.window.cohort_tasks import CohortRunner, make_nearest_command
from viewer.window.combo_box import ComboBox
from viewer.window.command_line_box import CommandLineBox
from viewer.window.dock_panel import DockPanel, as_sentence, make_label, set_text
from viewer.window.file_dialogs import find_file_dialogs
from viewer.window.group_result_view import GroupResultView
from viewer.window.participant_filter_box import ParticipantFilterBox
from viewer.window.task_progress import TaskProgress
from viewer.window.translation import error_sentence, translate_sentence

if TYPE_CHECKING:
    from viewer.cohorts.cohort_table import CohortTable
    from viewer.cohorts.nearest_scans import NearestScans
    from viewer.scans.scan import Scan
    from viewer.session.group_request import GroupRequest
    from viewer.window.controller import Controller
    from viewer.window.group_dialog import GroupDialog

ROW = 22
TABLE_HEIGHT = 96
PAGES_HEIGHT = 220
ROWS_MEASURED = 40
CELL_MARGIN = 18
WIDEST_COLUMN = 160
NEAREST = 5
"""Number of nearest scans that are listed."""

RESULT_FILTER = "File name prefix (*)"


class ParticipantTableView(QTableView):
    """Table of participants; Enter acts like a click."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open the current participant on Enter."""
        if Qt.Key(event.key()) in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.currentIndex().isValid():
                self.clicked.emit(self.currentIndex())
        else:
            super().keyPressEvent(event)


class CohortDock(DockPanel):
    """Panel of a cohort folder; its selections are stored in the session's `CohortView`."""

    height_requested = Signal()
    """Emitted when the panel needs more height: for a folder's first map, or for a group result."""

    def __init__(self, session: Session, controller: Controller, parent: QWidget | None = None) -> None:
        super().__init__("cohort", "Cohort", parent)
        self.setWindowTitle(self.tr("Cohort"))
        self._session = session
        self._controller = controller
        self.runner = CohortRunner(controller, self)
        self._cohort_table: CohortTable | None = None
        self._reading_folder: Path | None = None
        self._dialog: GroupDialog | None = None
        self._scan_problem = ("", "")
        self._change_note = ""
        self._displayed_state: tuple[CohortTable, str, str, str, NearestScans | None] | None = None
        self._nearest_scans: NearestScans | None = None
        self._name_label = make_label(role="title")
        self._about_label = make_label(role="quiet")
        self._problem_label = make_label(role="warning")
        self.network, self.method = ComboBox(), ComboBox()
        for combo, name in ((self.network, self.tr("Network")), (self.method, self.tr("Method"))):
            combo.setAccessibleName(name)
            combo.setToolTip(name)
            combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            combo.setMinimumContentsLength(3)
        self.filter_box = ParticipantFilterBox()
        self.model = CohortTableModel(self)
        self.table = self._make_table()
        self._detail_label = make_label(role="warning")
        self._open_button = QPushButton(self.tr("Open folder …"))
        self._open_button.setToolTip(self.tr("Open a folder that “saliency-viewer cohort” wrote"))
        self._group_button = QPushButton(self.tr("Group map …"))
        self._group_button.setToolTip(
            self.tr("Mean, difference between groups, or regression, tested by permutation")
        )
        self._nearest_button = QPushButton(self.tr("Nearest"))
        self._nearest_button.setCheckable(True)
        self.nearest_command = CommandLineBox()
        self.nearest_command.set_command("")
        for button in (self._open_button, self._group_button, self._nearest_button):
            button.setProperty("role", "small")
        self._compare_button = QPushButton(self.tr("Compare with controls …"))
        self._compare_button.setProperty("role", "small")
        self._compare_button.setToolTip(
            self.tr("Compare one person's map with those of others, voxel by voxel")
        )
        self._progress = TaskProgress(self.tr("Progress of the group map"))
        self.result = GroupResultView()
        self.pages = QTabWidget()
        self._lay_out()
        self._connect()
        self._fill()

    def _make_table(self) -> ParticipantTableView:
        table = ParticipantTableView()
        table.setModel(self.model)
        table.setAccessibleName(self.tr("Participants"))
        table.setAccessibleDescription(self._table_help())
        table.setToolTip(self._table_help())
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.setMinimumHeight(TABLE_HEIGHT)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(ROW)
        table.verticalHeader().setMinimumSectionSize(ROW)
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setMinimumSectionSize(34)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        table.setSortingEnabled(True)
        return table

    def _table_help(self) -> str:
        return self.tr("Click or Enter: show the map in place of the previous one. Ctrl: keep both.")

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setSpacing(6)
        grid.addWidget(self.network, 0, 0)
        grid.addWidget(self.method, 0, 1)
        grid.addWidget(self._nearest_button, 0, 2)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        participants = QWidget()
        column = QVBoxLayout(participants)
        column.setContentsMargins(0, 6, 0, 0)
        column.setSpacing(6)
        column.addWidget(self._detail_label)
        column.addLayout(grid)
        column.addWidget(self.filter_box)
        column.addWidget(self.table, 1)
        column.addWidget(self.nearest_command)
        self.pages.setDocumentMode(True)
        self.pages.addTab(participants, self.tr("Participants"))
        grouped = QWidget()
        page = QVBoxLayout(grouped)
        page.setContentsMargins(0, 6, 0, 0)
        page.setSpacing(6)
        for button in (self._group_button, self._compare_button):
            page.addWidget(button)
        page.addWidget(self.result, 1)
        self.pages.addTab(grouped, self.tr("Group map"))
        # The area scrolls if the window is too low for a few rows of the table.
        self.pages.setMinimumHeight(PAGES_HEIGHT)
        self.pages.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        top = QHBoxLayout()
        top.setSpacing(6)
        top.addWidget(self._name_label, 1)
        top.addWidget(self._open_button)
        self.head.setContentsMargins(12, 8, 12, 0)
        self.head.addLayout(top)
        widgets: tuple[QWidget, ...] = (self._about_label, self._problem_label, self._progress)
        for widget in widgets:
            self.head.addWidget(widget)
        self.column.addWidget(self.pages, 1)
        layout = self.page.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.setStretchFactor(self.column, 1)
        layout.setStretch(1, 0)
        layout.setContentsMargins(12, 4, 12, 8)

    def _connect(self) -> None:
        self.network.activated.connect(lambda _: self._change_selection(model=self.network.currentText()))
        self.method.activated.connect(lambda _: self._change_selection(method=self.method.currentText()))
        self.filter_box.changed.connect(lambda among: self._change_selection(filter_text=among))
        self._nearest_button.clicked.connect(self._find_nearest)
        self.table.clicked.connect(self._open_index)
        self.table.selectionModel().currentChanged.connect(lambda *_: self._show_detail())
        self.table.selectionModel().currentChanged.connect(lambda *_: self._update_nearest_button())
        self.model.modelReset.connect(self._show_detail)
        self._open_button.clicked.connect(lambda: self.ask_folder())
        self._group_button.clicked.connect(self.ask_group)
        self._compare_button.clicked.connect(self.ask_comparison)
        self._progress.cancel_requested.connect(self.runner.cancel)
        self.runner.progress_changed.connect(self._progress.show_step)
        self.runner.running_changed.connect(self._show_running)
        self.runner.finished.connect(self._show_result)
        self.runner.scan_missing.connect(self._show_scan_problem)
        self.result.map_chosen.connect(self.runner.show_map)
        self.result.save_requested.connect(self.ask_save)
        self._controller.cohort_opened.connect(self.open_folder)
        self._session.subscribe(self._follow_session, "cohort")
        self._session.subscribe(self._update_buttons, "current", "maps", "scan")

    # Opening

    @property
    def cohort_table(self) -> CohortTable | None:
        """The cohort that is shown; None if there is none."""
        return self._cohort_table

    def ask_folder(self) -> None:
        """Ask for a cohort's folder and open it."""
        folder = find_file_dialogs(self).ask_folder(self.tr("Open cohort folder"))
        if folder is not None:
            self.open_folder(folder)

    def open_folder(self, folder: Path) -> None:
        """Read a cohort folder and show it; the current cohort stays if that fails."""

        def show_table(table: CohortTable | ViewerError) -> None:
            if isinstance(table, ViewerError):
                self._controller.failed.emit(folder.name, error_sentence(table))
                return
            self._controller.opened.emit(folder)
            self._cohort_table = table
            self.runner.request = self.runner.result = None
            self._scan_problem = ("", "")
            path = table.cohort_folder.derivatives.folder
            view = CohortView(
                path,
                next(iter(table.cohort_folder.models)),
                next(iter(table.cohort_folder.methods)),
                hash=table.hash,
            )
            self._change_note = ""
            self.show()
            self.raise_()
            self.pages.setCurrentIndex(0)
            if view == self._session.cohort:
                self._fill()
            self._session.set_cohort(view)

        self.runner.read(Path(folder).absolute(), show_table)

    def _follow_session(self) -> None:
        """Show the session's cohort; read its folder first if it is another one."""
        view = self._session.cohort
        folder = None if self._cohort_table is None else self._cohort_table.cohort_folder.derivatives.folder
        if view is None:
            self._cohort_table = None
        elif view.folder != folder:
            self._reload_cohort(view)
            return
        self._fill()

    def _reload_cohort(self, view: CohortView) -> None:
        """Read the cohort folder of an opened session, and restore its selections."""
        if self._reading_folder == view.folder:
            return
        self._reading_folder = view.folder
        self._cohort_table = None
        self._fill()
        self.show()
        self.raise_()

        def restore_table(table: CohortTable | ViewerError) -> None:
            self._reading_folder = None
            cohort = self._session.cohort
            if cohort is None or cohort.folder != view.folder:
                return
            if isinstance(table, ViewerError):
                self._fill()
                set_text(self._problem_label, error_sentence(table))
                return
            self._cohort_table = table
            models, methods = table.cohort_folder.models, table.cohort_folder.methods
            new_view = replace(
                cohort,
                model=cohort.model if cohort.model in models else next(iter(models)),
                method=cohort.method if cohort.method in methods else next(iter(methods)),
                hash=table.hash,
            )
            has_changed = cohort.hash not in ("", table.hash)
            self._change_note = (
                self.tr("The cohort has changed since the session was saved.") if has_changed else ""
            )
            if new_view == cohort:
                self._fill()
            self._session.set_cohort(new_view)

        self.runner.read(view.folder, restore_table)

    def _change_selection(
        self, model: str | None = None, method: str | None = None, filter_text: str | None = None
    ) -> None:
        view = self._session.cohort
        if view is not None:
            new_view = replace(
                view,
                model=view.model if model is None else model,
                method=view.method if method is None else method,
                among=view.among if filter_text is None else filter_text,
            )
            self._session.set_cohort(new_view)

    # Participants

    def _open_index(self, index: QModelIndex) -> None:
        beside = QApplication.keyboardModifiers() & Qt.KeyboardModifier.ControlModifier
        self.open_participant(self.model.participant_at(index.row()).label, bool(beside))

    def open_participant(self, label: str, keep_previous: bool = False) -> None:
        """Show the map of a participant over its scan, or the reason why there is no map."""
        table, view = self._cohort_table, self._session.cohort
        index = self.model.index_of(label)
        if table is None or view is None or index < 0:
            return
        row = self.model.participant_at(index)
        self._show_detail()
        if not self.model.no_map_reason(row):
            self.runner.open_participant(table, view, row, keep_previous)

    def _find_nearest(self, checked: bool) -> None:
        """List the scans nearest to the current participant's or to the open scan; else, all participants."""
        view, subject = self._session.cohort, self._nearest_subject()
        if not checked or view is None or subject is None:
            self._show_nearest(None)
            return

        def show_result(result: NearestScans | ViewerError) -> None:
            if self._nearest_button.isChecked() and self._session.cohort is not None:
                if isinstance(result, ViewerError):
                    self._controller.failed.emit(self.tr("Nearest scans"), error_sentence(result))
                self._show_nearest(None if isinstance(result, ViewerError) else result)
                self.nearest_command.set_command(self._make_nearest_command(view, subject))

        self.runner.find_nearest(view, subject, NEAREST, show_result)

    def _nearest_subject(self) -> str | Scan | None:
        """Return the current participant's label, else the open scan; None if there is neither."""
        index = self.table.currentIndex()
        return self.model.participant_at(index.row()).label if index.isValid() else self._session.scan

    def _make_nearest_command(self, view: CohortView, subject: str | Scan) -> str:
        """Return the command that gives the displayed list; empty for a scan without a file of its own."""
        if self._nearest_scans is None:
            return ""
        if isinstance(subject, str):
            return make_nearest_command(view, subject, NEAREST)
        path = subject.path
        return "" if path is None else make_nearest_command(view, str(path), NEAREST)

    def _show_nearest(self, nearest_scans: NearestScans | None) -> None:
        self._nearest_scans = nearest_scans
        if nearest_scans is None:
            self.nearest_command.set_command("")
        self._nearest_button.setChecked(nearest_scans is not None)
        self._fill()

    def _update_nearest_button(self) -> None:
        can_search = self._cohort_table is not None and self._nearest_subject() is not None
        self._nearest_button.setEnabled(can_search or self._nearest_scans is not None)
        self._nearest_button.setToolTip(
            self.tr("Show all participants again")
            if self._nearest_scans is not None
            else self.tr(
                "List the {} scans most similar to the selected one, by the network's features"
            ).format(NEAREST)
            if can_search
            else self.tr("Select a participant, or open a scan")
        )

    def _show_detail(self) -> None:
        index = self.table.currentIndex()
        text = ""
        if index.isValid():
            row = self.model.participant_at(index.row())
            state = self.model.no_map_reason(row)
            if state == "missing":
                text = self.tr("{} has no map: the run was not finished.").format(row.label)
            elif state:
                text = self.tr("{} failed: {}").format(row.label, translate_sentence(state))
            elif row.label == self._scan_problem[0]:
                text = translate_sentence(self._scan_problem[1])
        set_text(self._detail_label, text)

    def _show_scan_problem(self, label: str, problem: str) -> None:
        first = not self._scan_problem[0]
        self._scan_problem = (label, problem)
        self._show_detail()
        if first:
            self._request_height()

    def _request_height(self) -> None:
        # The panels above are laid out first: their content may have become higher.
        QTimer.singleShot(0, self, self.height_requested.emit)

    # Group maps

    @property
    def dialog(self) -> GroupDialog:
        """Dialog of the group analysis, created once so that it keeps its settings."""
        if self._dialog is None:
            from viewer.window.group_dialog import GroupDialog

            self._dialog = GroupDialog(self.window())
            self._dialog.analysis_requested.connect(self.start)
        return self._dialog

    def ask_group(self) -> None:
        """Open the dialog for a group map of the listed participants."""
        view = self._session.cohort
        if self._fill_dialog() and view is not None:
            selected = self.dialog.chosen_question
            question = GroupQuestion.MEAN if selected is GroupQuestion.PERSON else selected
            self.dialog.open_with(question, view.among)

    def ask_comparison(self) -> None:
        """Open the dialog that compares a person with a group: by default, the likely controls."""
        from viewer.cohorts.cohort_table import suggest_control_filter

        if self._fill_dialog() and self._cohort_table is not None:
            self.dialog.open_with(GroupQuestion.PERSON, suggest_control_filter(self._cohort_table))

    def _fill_dialog(self) -> bool:
        table, view = self._cohort_table, self._session.cohort
        if table is None or view is None:
            return False
        layer = self._session.current_layer
        self.dialog.set_cohort(table, view, self._session.atlas, None if layer is None else layer.file)
        return True

    def start(self, request: GroupRequest) -> None:
        """Compute a group analysis, and show its progress."""
        self.show()
        self.raise_()
        self.runner.start(request)

    def ask_save(self) -> None:
        """Ask for a file name prefix, and save all maps and the table of regions."""
        request = self.runner.request
        if request is None:
            return
        path = find_file_dialogs(self).ask_save(self.tr("Save group maps"), request.output, RESULT_FILTER)
        if path is not None:
            self.runner.save(path)

    # Display

    def _fill(self) -> None:
        table, view = self._cohort_table, self._session.cohort
        has_cohort = table is not None and view is not None
        self.pages.setVisible(has_cohort)
        set_text(self._problem_label, "")
        if table is None or view is None:
            self.model.set_view(None, None)
            self._displayed_state = None
            reading = self._reading_folder
            set_text(self._name_label, "" if reading is None else reading.name)
            text = self.tr("Reading …") if reading is not None else self._empty_text()
            set_text(self._about_label, text)
            return
        folder = table.cohort_folder
        set_text(self._name_label, folder.derivatives.folder.name)
        self._name_label.setToolTip(str(folder.derivatives.folder))
        set_text(
            self._problem_label,
            " ".join(map(translate_sentence, filter(None, (self._change_note, *table.notes)))),
        )
        for combo, names, selected in (
            (self.network, folder.models, view.model),
            (self.method, folder.methods, view.method),
        ):
            if [combo.itemText(index) for index in range(combo.count())] != list(names):
                combo.clear()
                combo.addItems(list(names))
            combo.setCurrentIndex(combo.findText(selected))
        if view.among != self.filter_box.filter_text or self.filter_box.column_combo.count() < 2:
            self.filter_box.set_table(table, view.among)
        selection = (table, view.model, view.method, view.among)
        if self._displayed_state is not None and selection != self._displayed_state[:4]:
            self._nearest_scans = None
        self._nearest_button.setChecked(self._nearest_scans is not None)
        listing = (*selection, self._nearest_scans)
        if listing != self._displayed_state:
            self._displayed_state = listing
            self.model.set_view(table, view, self._nearest_scans)
            self._size_columns()
        self._select(view.participant)
        self._show_count(table)
        self.result.set_result(self.runner.request, self.runner.result)
        self._update_buttons()

    def _size_columns(self) -> None:
        """Make columns as wide as their titles and first entries, up to `WIDEST_COLUMN`."""
        metrics = self.table.fontMetrics()
        for column in range(self.model.columnCount()):
            texts = [str(self.model.headerData(column, Qt.Orientation.Horizontal))]
            texts += [
                str(self.model.data(self.model.index(row, column)))
                for row in range(min(self.model.rowCount(), ROWS_MEASURED))
            ]
            width = max(metrics.horizontalAdvance(text) for text in texts) + CELL_MARGIN
            self.table.setColumnWidth(column, min(width, WIDEST_COLUMN))

    def _empty_text(self) -> str:
        return self.tr(
            "Maps of many people are computed by “saliency-viewer cohort participants.tsv --model M --method "
            "NAME -o DIR”. Open the folder to see the participants and to compute group maps."
        )

    def _show_count(self, table: CohortTable) -> None:
        if self.model.filter_problem:
            set_text(self._about_label, self.model.filter_problem)
            return
        if self._nearest_scans is not None:
            set_text(
                self._about_label,
                " ".join(as_sentence(sentence) for sentence in self._nearest_scans.sentences()),
            )
            return
        text = self.tr("Participants: {} of {}, {} with a map")
        set_text(self._about_label, text.format(self.model.row_count, len(table.rows), self.model.map_count))

    def _select(self, label: str) -> None:
        row = self.model.index_of(label)
        if row >= 0 and row != self.table.currentIndex().row():
            self.table.setCurrentIndex(self.model.index(row, 0))

    def _update_buttons(self) -> None:
        enabled = self._cohort_table is not None and not self.runner.is_running
        self._group_button.setEnabled(enabled and self.model.map_count > 1)
        self._compare_button.setEnabled(enabled)
        self._update_nearest_button()

    def _show_running(self, is_running: bool) -> None:
        self._progress.set_running(is_running)
        self._update_buttons()

    def _show_result(self) -> None:
        self.result.set_result(self.runner.request, self.runner.result)
        self.pages.setCurrentIndex(1)
        self._request_height()
