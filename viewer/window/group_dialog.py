"""Dialog of a group analysis: question, participants, options, and the equivalent command."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from viewer.session.group_request import DEFAULT_PERMUTATIONS, ErrorControl, GroupQuestion, GroupRequest
from viewer.window.combo_box import ComboBox
from viewer.window.command_line_box import CommandLineBox
from viewer.window.dock_panel import make_label, set_text
from viewer.window.participant_filter_box import ParticipantFilterBox
from viewer.window.study_form import PathComboBox
from viewer.window.translation import translate_sentence

if TYPE_CHECKING:
    from viewer.cohorts.cohort_table import CohortTable
    from viewer.scans.atlas import Atlas
    from viewer.session.cohort_view import CohortView

DIALOG_WIDTH = 520
CONFOUNDS_HEIGHT, CONFOUND_HEIGHT = 88, 20
MAX_PERMUTATIONS = 1_000_000


class GroupDialog(QDialog):
    """Modeless dialog; it emits ``analysis_requested`` with a `GroupRequest` and closes."""

    analysis_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._table: CohortTable | None = None
        self._view: CohortView | None = None
        self.setWindowTitle(self.tr("Group map"))
        self.resize(DIALOG_WIDTH, 10)
        self.question_combo = self._make_combo(self.tr("Question"))
        for member, text in (
            (GroupQuestion.MEAN, self.tr("Mean, spread and share above threshold")),
            (GroupQuestion.CONTRAST, self.tr("Difference between two groups")),
            (GroupQuestion.SLOPE, self.tr("Regression on a column of numbers")),
            (GroupQuestion.PERSON, self.tr("One person against others")),
        ):
            self.question_combo.addItem(text, str(member))
        self.person_combo = self._make_combo(self.tr("Person"))
        self.column_combo = self._make_combo(self.tr("Column"))
        self.first_group, self.second_group = (
            self._make_combo(self.tr("Mean of")),
            self._make_combo(self.tr("minus mean of")),
        )
        self.filter_box = ParticipantFilterBox()
        self.confounds = QListWidget()
        self.confounds.setAccessibleName(self.tr("Confounds"))
        self.confounds.setFixedHeight(CONFOUNDS_HEIGHT)
        self.error_control = self._make_combo(self.tr("Error control"))
        for control, text, tool_tip in (
            (
                ErrorControl.MAX_T,
                self.tr("Family-wise, by the largest |t|"),
                self.tr(
                    "Permutation test; p: probability that any voxel reaches this |t| without an effect."
                ),
            ),
            (
                ErrorControl.TFCE,
                self.tr("Family-wise, TFCE"),
                self.tr(
                    "Permutation test of threshold-free cluster enhancement; finds weak but extended effects."
                ),
            ),
            (
                ErrorControl.FDR,
                self.tr("False discovery rate"),
                self.tr("No permutations; 5 % of the voxels shown are expected to be false positives."),
            ),
        ):
            self.error_control.addItem(text, str(control))
            self.error_control.setItemData(
                self.error_control.count() - 1, tool_tip, Qt.ItemDataRole.ToolTipRole
            )
        self.permutations = QSpinBox()
        self.permutations.setRange(1, MAX_PERMUTATIONS)
        self.permutations.setValue(DEFAULT_PERMUTATIONS)
        self.permutations.setGroupSeparatorShown(True)
        self.permutations.setAccessibleName(self.tr("Permutations"))
        self.permutations.setToolTip(self.tr("The smallest possible p is 1 / (permutations + 1)."))
        self.atlas_combo = PathComboBox(
            self.tr("No table of regions"), self.tr("An atlas …"), self.tr("Atlas")
        )
        self.same_space_box = QCheckBox(self.tr("The scans are registered to each other"))
        self.same_space_box.setToolTip(
            self.tr("Tick this if the scans share a space although their headers do not say so.")
        )
        self._maps_label = make_label(role="quiet")
        self._problem_label = make_label(role="warning")
        self.command = CommandLineBox()
        self.compute_button = QPushButton(self.tr("Compute"))
        self.compute_button.setProperty("role", "main")
        # Enter confirms an entry, such as the number of permutations; it must not start a long computation.
        self.compute_button.setAutoDefault(False)
        self._close_button = QPushButton(self.tr("Close"))
        self._close_button.setAutoDefault(False)
        self._lay_out()
        self._connect()

    def _make_combo(self, name: str) -> ComboBox:
        combo = ComboBox()
        combo.setAccessibleName(name)
        combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        combo.setMinimumContentsLength(8)
        return combo

    def _lay_out(self) -> None:
        self._form = form = QFormLayout()
        form.setSpacing(8)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._filter_label = QLabel(self.tr("Participants"))
        for label, widget in (
            (self.tr("Question"), self.question_combo),
            (self.tr("Maps"), self._maps_label),
            (self.tr("Person"), self.person_combo),
            (self.tr("Column"), self.column_combo),
            (self.tr("Mean of"), self.first_group),
            (self.tr("minus mean of"), self.second_group),
            (self._filter_label, self.filter_box),
            (self.tr("Confounds"), self.confounds),
            (self.tr("Error control"), self.error_control),
            (self.tr("Permutations"), self.permutations),
            (self.tr("Regions"), self.atlas_combo),
            ("", self.same_space_box),
        ):
            form.addRow(label, widget)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self._close_button)
        buttons.addWidget(self.compute_button)
        self._main_layout = layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 14)
        layout.setSpacing(12)
        layout.addLayout(form)
        layout.addWidget(self._problem_label)
        layout.addWidget(self.command)
        layout.addStretch(1)
        layout.addLayout(buttons)

    def _connect(self) -> None:
        self.question_combo.currentIndexChanged.connect(self._on_question_changed)
        self.column_combo.currentIndexChanged.connect(self._on_column_changed)
        for combo in (
            self.first_group,
            self.second_group,
            self.person_combo,
            self.error_control,
            self.atlas_combo,
        ):
            combo.currentIndexChanged.connect(self._update)
        self.filter_box.changed.connect(self._update)
        self.confounds.itemChanged.connect(self._update)
        self.permutations.valueChanged.connect(self._update)
        self.same_space_box.toggled.connect(self._update)
        self._close_button.clicked.connect(self.reject)
        self.compute_button.clicked.connect(self.request_analysis)

    # Filling

    def set_cohort(
        self, table: CohortTable, view: CohortView, atlas: Atlas | None, map_path: Path | None
    ) -> None:
        """Offer the columns and participants of a cohort.

        Parameters
        ----------
        table, view
            The cohort, and the selection in it.
        atlas
            Open atlas; it is offered for the table of regions.
        map_path
            File of the shown map, for comparison with a group; None if the map has no file.
        """
        is_same = self._table is table
        self._table, self._view = table, view
        if not is_same:
            self.confounds.clear()
            for name in table.columns:
                item = QListWidgetItem(name)
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
                item.setCheckState(Qt.CheckState.Unchecked)
                item.setSizeHint(QSize(0, CONFOUND_HEIGHT))
                self.confounds.addItem(item)
            self.filter_box.set_table(table, view.among)
        self.person_combo.clear()
        cohort_folder = table.cohort_folder.derivatives.folder
        if map_path is not None and not map_path.is_relative_to(cohort_folder):
            self.person_combo.addItem(self.tr("Shown map ({})").format(map_path.name), str(map_path))
        description = table.cohort_folder.description(view.model, view.method)
        labels = [row.label for row in table.rows if not table.map_status(row, description)]
        first = self.person_combo.count()
        self.person_combo.addItems(labels)
        for index, label in enumerate(labels):
            self.person_combo.setItemData(first + index, label)
        self.person_combo.setCurrentIndex(max(self.person_combo.findData(view.participant), 0))
        if atlas is not None and atlas.path is not None:
            self.atlas_combo.select_path(atlas.path)
        self._on_question_changed()

    def open_with(self, question: GroupQuestion, filter_text: str) -> None:
        """Choose a question and a filter, and show the dialog."""
        if self._table is not None:
            self.filter_box.set_table(self._table, filter_text)
        self.question_combo.setCurrentIndex(self.question_combo.findData(str(question)))
        self._on_question_changed()
        self.show()
        self.raise_()
        self.activateWindow()

    @property
    def chosen_question(self) -> GroupQuestion:
        """Chosen question."""
        return GroupQuestion(self.question_combo.currentData())

    def _on_question_changed(self) -> None:
        table, question = self._table, self.chosen_question
        if table is None:
            return
        is_person = question is GroupQuestion.PERSON
        selected = self.column_combo.currentData()
        self.column_combo.clear()
        for name in table.columns:
            groups = question is GroupQuestion.CONTRAST and table.has_groups(name)
            numbers = (
                question is GroupQuestion.SLOPE
                and table.is_numeric(name)
                and len(table.distinct_values(name)) > 1
            )
            if groups or numbers:
                self.column_combo.addItem(name, name)
        self.column_combo.setCurrentIndex(max(self.column_combo.findData(selected), 0))
        self._form.setRowVisible(self.person_combo, is_person)
        self._form.setRowVisible(self.column_combo, question in (GroupQuestion.CONTRAST, GroupQuestion.SLOPE))
        for combo in (self.first_group, self.second_group):
            self._form.setRowVisible(combo, question is GroupQuestion.CONTRAST)
        for widget in (self.confounds, self.error_control, self.permutations, self.atlas_combo):
            self._form.setRowVisible(widget, not is_person)
        self._filter_label.setText(self.tr("Others") if is_person else self.tr("Participants"))
        self._on_column_changed()
        # The visible rows have changed: keep the width and fit the height to them.
        self._main_layout.activate()
        self.resize(self.width(), self.minimumSizeHint().height())

    def _on_column_changed(self) -> None:
        from viewer.cohorts.cohort_table import is_control

        table, column = self._table, self.column_combo.currentData()
        if table is None:
            return
        values = (
            table.distinct_values(column) if column and self.chosen_question is GroupQuestion.CONTRAST else ()
        )
        # Patients minus controls if a name identifies the controls; else the last group minus the first.
        low = next((position for position, value in enumerate(values) if is_control(value)), 0)
        high = next((position for position in reversed(range(len(values))) if position != low), 0)
        for combo, index in ((self.first_group, high), (self.second_group, low)):
            combo.clear()
            combo.addItems(values)
            combo.setCurrentIndex(index)
        self._update()

    # The request

    def make_request(self) -> GroupRequest | None:
        """Return the request; None if there is no cohort."""
        table, view = self._table, self._view
        if table is None or view is None:
            return None
        question = self.chosen_question
        base = GroupRequest(
            table.cohort_folder.derivatives.folder,
            view.model,
            view.method,
            question,
            among=self.filter_box.filter_text,
            same_space=self.same_space_box.isChecked(),
        )
        if question is GroupQuestion.PERSON:
            return replace(base, person=str(self.person_combo.currentData() or ""))
        items = [self.confounds.item(index) for index in range(self.confounds.count())]
        checked = tuple(item.text() for item in items if item.checkState() == Qt.CheckState.Checked)
        atlas = self.atlas_combo.path
        return replace(
            base,
            column=str(self.column_combo.currentData() or ""),
            first_group=self.first_group.currentText(),
            second_group=self.second_group.currentText(),
            confounds=checked,
            error_control=ErrorControl(self.error_control.currentData()),
            permutations=self.permutations.value(),
            atlas="" if atlas is None else str(atlas),
        )

    def _find_problem(self, request: GroupRequest) -> str:
        needs_column = request.question in (GroupQuestion.CONTRAST, GroupQuestion.SLOPE)
        if needs_column and not request.column:
            return (
                self.tr("The participants have no column with groups.")
                if request.question is GroupQuestion.CONTRAST
                else self.tr("The participants have no column of numbers.")
            )
        if request.question is GroupQuestion.CONTRAST and request.first_group == request.second_group:
            return self.tr("Choose two different groups.")
        if request.question is GroupQuestion.PERSON and not request.person:
            return self.tr("No participant has a map.")
        if request.column and request.column in request.confounds:
            return self.tr("{} is tested and cannot be a confound.").format(request.column)
        return ""

    def _update(self) -> None:
        request = self.make_request()
        if request is None:
            return
        set_text(self._maps_label, self.tr("{}, {}").format(request.model, request.method))
        self.permutations.setEnabled(request.error_control is not ErrorControl.FDR)
        problem = self._find_problem(request)
        set_text(self._problem_label, translate_sentence(problem))
        self.compute_button.setEnabled(not problem)
        self.command.set_command("" if problem else request.command())

    def request_analysis(self) -> None:
        """Emit the request and close the dialog."""
        request = self.make_request()
        if request is None or self._find_problem(request):
            return
        self.accept()
        self.analysis_requested.emit(request)
