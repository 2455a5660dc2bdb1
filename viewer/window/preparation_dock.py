"""Preparation panel: the steps that the network requires for a scan, and the quality of the result."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QPushButton, QSizePolicy, QWidget

from viewer.errors import ViewerError
from viewer.session.session import Session
from viewer.window.dock_panel import DockPanel, as_sentence, make_label, set_text
from viewer.window.preparation_quality import PreparationQuality
from viewer.window.preparation_rows import StepRow, StepState
from viewer.window.preparation_tasks import (
    PreparationRequest,
    PreparationStep,
    find_card_requirements,
    remove_step,
    run_preparation,
)
from viewer.window.status_bar import format_duration
from viewer.window.translation import error_sentence, fill, translate_sentence

if TYPE_CHECKING:
    from viewer.jobs.worker import Job
    from viewer.preparation.prepared import Prepared, StepRecord
    from viewer.preparation.requirements import Requirements
    from viewer.window.background_tasks import TaskStatus
    from viewer.window.controller import Controller

PICTURE_MARGIN = 16
"""Height in pixels around the picture at the panel's top."""


class PreparationDock(DockPanel):
    """Panel that prepares the session's scan for its network.

    An earlier preparation is kept until a new one is complete: an error or Cancel loses nothing.

    Parameters
    ----------
    session
        Session whose scan is prepared.
    controller
        Runs the preparation.
    """

    mask_requested = Signal()
    transform_requested = Signal()
    save_requested = Signal()

    def __init__(self, session: Session, controller: Controller, parent: QWidget | None = None) -> None:
        super().__init__("preparation", "Prepare", parent)
        self.setWindowTitle(self.tr("Prepare"))
        self._session = session
        self._controller = controller
        self._job: Job[Any] | None = None
        self._request: PreparationRequest | None = None
        self._task_title = ""
        self._records: tuple[StepRecord, ...] = ()
        self._error: ViewerError | None = None
        self._undone_steps: set[PreparationStep] = set()
        self._mask_file: Path | None = None
        self._transform_file: Path | None = None
        self._is_filling = False
        self._card_requirements: Requirements | None = None
        self._summary_label = make_label()
        self._summary_label.setAccessibleName(self.tr("Summary of the preparation"))
        self._requirements_label = make_label(role="quiet")
        self.rows = self._make_rows()
        self.quality = PreparationQuality(session, controller)
        self._problems_label = self.quality.problems_label
        self.outline_boxes = {
            "template_outline": QCheckBox(self.tr("Template outline on slices")),
            "mask_outline": QCheckBox(self.tr("Brain mask on slices")),
        }
        self.start_button = QPushButton(self.tr("Prepare"))
        self.start_button.setProperty("role", "main")
        self.undo_button = QPushButton(self.tr("Undo all"))
        self.undo_button.setToolTip(self.tr("Use the original scan as input again"))
        self.mask_button = QPushButton(self.tr("Mask file …"))
        self.mask_button.setToolTip(self.tr("Read the brain mask from an image instead of computing it"))
        self.transform_button = QPushButton(self.tr("Transform file …"))
        self.transform_button.setToolTip(
            self.tr("Read the transform to the template from a file (JSON, ITK, FSL) instead of computing it")
        )
        self.save_button = QPushButton(self.tr("Save mask and transform …"))
        self.save_button.setToolTip(self.tr("Save mask, transform, prepared scan and a record of the steps"))
        self._lay_out()
        self._connect()
        self._apply_card_requirements()
        self._show()

    def _make_rows(self) -> dict[PreparationStep, StepRow]:
        texts = {
            PreparationStep.BIAS_FIELD: (
                self.tr("Correct the bias field"),
                self.tr("Corrects smooth intensity variations caused by the scanner's coils (N4)."),
            ),
            PreparationStep.BRAIN_MASK: (
                self.tr("Find the brain"),
                self.tr("Needed to register the scan and to remove the skull."),
            ),
            PreparationStep.REGISTRATION: (
                self.tr("Register to MNI152"),
                self.tr("Aligns the scan to the template's position, size and orientation."),
            ),
            PreparationStep.SKULL: (
                self.tr("Remove the skull"),
                self.tr("Sets all voxels outside the brain to 0."),
            ),
        }
        return {step: StepRow(*text) for step, text in texts.items()}

    def _lay_out(self) -> None:
        self.head.addWidget(self._summary_label)
        self.column.addWidget(self.quality)
        self.column.addWidget(self._requirements_label)
        for row in self.rows.values():
            self.column.addWidget(row)
        files = QGridLayout()
        files.setSpacing(6)
        for column, button in enumerate((self.mask_button, self.transform_button)):
            button.setProperty("role", "narrow")
            files.addWidget(button, 0, column)
            # Widths in proportion to the texts, one of which is much longer.
            files.setColumnStretch(column, button.fontMetrics().horizontalAdvance(button.text()))
        self.column.addLayout(files)
        for box in self.outline_boxes.values():
            self.column.addWidget(box)
        self.column.addWidget(self.save_button)
        buttons = QGridLayout()
        buttons.setSpacing(6)
        buttons.addWidget(self.start_button, 0, 0)
        buttons.addWidget(self.undo_button, 0, 1)
        buttons.setColumnStretch(0, 5)
        buttons.setColumnStretch(1, 3)
        for button in (self.mask_button, self.transform_button, self.start_button, self.undo_button):
            button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.foot.setContentsMargins(12, 6, 12, 8)
        self.foot.addLayout(buttons)

    def _connect(self) -> None:
        for step, row in self.rows.items():
            row.check_box.toggled.connect(self._on_toggled)
            row.undo_requested.connect(partial(self.undo_step, step))
        for name, box in self.outline_boxes.items():
            box.toggled.connect(lambda checked, name=name: self._change_view(**{name: checked}))
        self.start_button.clicked.connect(self.start_or_cancel)
        self.undo_button.clicked.connect(self.undo_all)
        self.mask_button.clicked.connect(lambda: self.mask_requested.emit())
        self.transform_button.clicked.connect(lambda: self.transform_requested.emit())
        self.save_button.clicked.connect(lambda: self.save_requested.emit())
        self.area.viewport().installEventFilter(self)
        self._controller.task_changed.connect(self._on_progress)
        self._session.subscribe(self._on_scan_changed, "scan")
        self._session.subscribe(self._apply_card_requirements, "model")
        self._session.subscribe(self._show, "scan", "model", "preparation")
        self._session.subscribe(self._show_outlines, "template_outline", "mask_outline")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the picture of the quality as high as what is visible of the panel."""
        if event.type() == QEvent.Type.Resize and watched is self.area.viewport():
            self.quality.picture_view.set_max_height(self.area.viewport().height() - PICTURE_MARGIN)
        return False

    # Requested steps

    def _on_scan_changed(self) -> None:
        """Discard the state of the previous scan."""
        scan = self._session.scan
        if self._request is not None and self._request.scan is scan:
            return
        if self._job is not None:
            self._job.cancel()
        self._request, self._error, self._records = None, None, ()
        self._undone_steps.clear()
        self._mask_file = self._transform_file = None

    def _apply_card_requirements(self) -> None:
        """Tick the steps that the network's card requires."""
        requirements, note = find_card_requirements(self._session.model)
        self._card_requirements, self._card_note = requirements, note
        self._is_filling = True
        self.rows[PreparationStep.BIAS_FIELD].check_box.setChecked(requirements.bias_corrected)
        self.rows[PreparationStep.REGISTRATION].check_box.setChecked(requirements.registers)
        self.rows[PreparationStep.SKULL].check_box.setChecked(requirements.skull == "removed")
        self._is_filling = False
        self._on_toggled()

    def requirements(self) -> Requirements:
        """Return the requirements of the ticked steps."""
        from viewer.preparation.requirements import Requirements, Skull, TargetSpace

        card = self._card_requirements or Requirements()
        steps = {step for step, row in self.rows.items() if row.check_box.isChecked()}
        space = card.space if card.registers else TargetSpace.AFFINE
        skull = Skull.EITHER if card.skull is Skull.REMOVED else card.skull
        return Requirements(
            space if PreparationStep.REGISTRATION in steps else TargetSpace.NATIVE,
            Skull.REMOVED if PreparationStep.SKULL in steps else skull,
            PreparationStep.BIAS_FIELD in steps,
            card.template,
        )

    def _on_toggled(self) -> None:
        if self._is_filling:
            return
        kind = self.requirements().space
        text = self.tr("Register to MNI152 ({})").format(kind) if kind != "native" else ""
        self.rows[PreparationStep.REGISTRATION].set_title(text or self.tr("Register to MNI152"))
        self._show()

    def _make_request(self) -> PreparationRequest | None:
        scan = self._session.scan
        if scan is None:
            return None
        return PreparationRequest(scan, self.requirements(), self._mask_file, self._transform_file)

    def set_mask_file(self, path: Path | None) -> None:
        """Read the brain mask from a file from now on; None changes nothing."""
        if path is not None:
            self._mask_file = path
            self._show()

    def set_transform_file(self, path: Path | None) -> None:
        """Read the transform from a file from now on; None changes nothing."""
        if path is not None:
            self._transform_file = path
            self._show()

    def _clear_file(self, step: PreparationStep) -> None:
        if step is PreparationStep.BRAIN_MASK:
            self._mask_file = None
        elif step is PreparationStep.REGISTRATION:
            self._transform_file = None

    # Running and undoing

    def start_or_cancel(self) -> None:
        """Prepare the scan, or cancel the running preparation."""
        if self._job is not None:
            self._job.cancel()
            return
        request = self._make_request()
        if request is not None and request.steps:
            self._run(request)

    def prepare(self) -> None:
        """Show the panel and prepare the scan as the network's card requires."""
        self.show()
        self.raise_()
        if self._job is None:
            self._apply_card_requirements()
            self.start_or_cancel()

    def _run(self, request: PreparationRequest) -> None:
        self._request, self._error, self._records = request, None, ()
        self._undone_steps -= set(request.steps)
        self._task_title = self.tr("Preparing {}").format(request.scan.name)
        self._job = self._controller.run_long(
            partial(run_preparation, request),
            self._task_title,
            lambda outcome: self._on_done(request, outcome),
            self._clear_job,
            self._on_partial,
            warn_if_lost=True,
        )
        self._show()

    def _on_partial(self, records: tuple[StepRecord, ...]) -> None:
        self._records = records
        self._show()

    def _on_progress(self, task: TaskStatus | None) -> None:
        if self._job is None or task is None or task.title != self._task_title or task.step is None:
            return
        step = task.step
        remaining = "" if step.seconds_left is None else format_duration(step.seconds_left)
        share = f"{step.fraction * 100:.0f}\N{NO-BREAK SPACE}%"
        text = ", ".join(part for part in (step.message, share) if part)
        self._show_running(self.tr("{} · about {} left").format(text, remaining) if remaining else text)

    def _show_running(self, text: str) -> None:
        for row in self.rows.values():
            if row.state is StepState.RUNNING:
                row.show_state(StepState.RUNNING, as_sentence(text))

    def _on_done(self, request: PreparationRequest, outcome: Prepared | ViewerError) -> None:
        if request.scan is not self._session.scan:
            return
        if isinstance(outcome, ViewerError):
            self._error = outcome
        else:
            self._controller.show_preparation(outcome)
        self.area.verticalScrollBar().setValue(0)
        self._show()

    def _clear_job(self) -> None:
        self._job = None
        self._show()

    def undo_step(self, step: PreparationStep) -> None:
        """Undo one step: prepare the scan without it, reusing the results of the others.

        For a step that was not run yet, only the file chosen for it is discarded.
        """
        prepared = self._session.preparation
        if self._job is not None:
            return
        if prepared is None or step not in {record.name for record in prepared.steps}:
            self._clear_file(step)
            self._show()
            return
        current = PreparationRequest(
            prepared.original, prepared.requirements, prepared.mask, prepared.registration
        )
        request = remove_step(current, step)
        self._undone_steps |= set(current.steps) - set(request.steps)
        self._clear_file(step)
        if not {PreparationStep.BIAS_FIELD, PreparationStep.REGISTRATION, PreparationStep.SKULL} & set(
            request.steps
        ):
            self.undo_all()
        else:
            self._run(request)

    def undo_all(self) -> None:
        """Undo all steps: the network gets the original scan again."""
        prepared = self._session.preparation
        if prepared is None or self._job is not None:
            return
        self._undone_steps |= {
            PreparationStep(step.name) for step in prepared.steps if step.name in list(PreparationStep)
        }
        self._controller.show_preparation(None)

    # Display

    def _change_view(self, **changes: bool) -> None:
        if not self._is_filling:
            self._session.change(**changes)

    def _show_outlines(self) -> None:
        self._is_filling = True
        for name, box in self.outline_boxes.items():
            box.setChecked(getattr(self._session.view, name))
        self._is_filling = False

    def _show(self) -> None:
        prepared, is_running = self._session.preparation, self._job is not None
        request = self._request if is_running else self._make_request()
        self._show_rows(prepared, request, is_running)
        set_text(self._requirements_label, self._requirements_text(request))
        set_text(self._summary_label, self._summary_text(prepared, is_running))
        problems = () if prepared is None or is_running else prepared.problems
        text = " ".join(map(as_sentence, problems))
        set_text(self._problems_label, self.tr("Caution: {}").format(text) if text else "")
        has_summary = bool(self._summary_label.text())
        self.head.setContentsMargins(12, 8 if has_summary else 0, 12, 4 if has_summary else 0)
        # While a preparation runs, only its steps are shown.
        self.quality.set_prepared(None if is_running else prepared)
        self.outline_boxes["template_outline"].setEnabled(
            prepared is not None and prepared.registration is not None
        )
        self.outline_boxes["mask_outline"].setEnabled(prepared is not None and prepared.mask is not None)
        self.save_button.setEnabled(prepared is not None and not is_running)
        self.start_button.setText(self.tr("Cancel") if is_running else self.tr("Prepare"))
        self.start_button.setEnabled(is_running or (request is not None and bool(request.steps)))
        self.undo_button.setEnabled(prepared is not None and not is_running)
        for button in (self.mask_button, self.transform_button):
            button.setEnabled(self._session.scan is not None and not is_running)

    def _show_rows(
        self, prepared: Prepared | None, request: PreparationRequest | None, is_running: bool
    ) -> None:
        requested = () if request is None else request.steps
        # A running preparation shows its own records, even if an earlier one is still in use.
        records = self._records if is_running else () if prepared is None else prepared.steps
        finished = {record.name: record for record in records}
        current = next((step for step in requested if step not in finished), None) if is_running else None
        failed = next(
            (step for step in requested if step not in {entry.name for entry in self._records}), None
        )
        for step, row in self.rows.items():
            row.check_box.setEnabled(not is_running and step is not PreparationStep.BRAIN_MASK)
            if step is PreparationStep.BRAIN_MASK:
                row.check_box.setChecked(step in requested)
            if step is current:
                row.show_state(StepState.RUNNING, self.tr("Running"))
            elif self._error is not None and not is_running and step is failed:
                row.show_state(StepState.FAILED, as_sentence(error_sentence(self._error)))
            elif step in finished:
                row.show_state(StepState.DONE, self._record_text(finished[step]))
                row.undo_button.setVisible(not is_running)
            elif is_running and step in requested:
                row.show_state(StepState.WAITING, self.tr("Waiting"))
            elif step in self._undone_steps:
                row.show_state(StepState.UNDONE, self.tr("Undone"))
            else:
                row.show_state(StepState.IDLE, self._file_text(step))
                row.undo_button.setVisible(bool(self._file_text(step)) and not is_running)

    def _file_text(self, step: PreparationStep) -> str:
        """Return the file from which the result of a step will be read; empty if there is none."""
        files = {
            PreparationStep.BRAIN_MASK: self._mask_file,
            PreparationStep.REGISTRATION: self._transform_file,
        }
        path = files.get(step)
        return "" if path is None else self.tr("From {}").format(path.name)

    def _record_text(self, record: StepRecord) -> str:
        """Return the result of a finished step, its method, and its duration."""
        results, method = record.results, str(record.parameters.get("method", ""))
        result_text = ""
        if record.name == PreparationStep.BIAS_FIELD and results.get("field_ratio") is not None:
            result_text = fill(self.tr("brightest to darkest part {:.2f}"), results["field_ratio"])
        elif record.name == PreparationStep.BRAIN_MASK:
            result_text = fill(self.tr("{:,.0f} ml"), results["ml"])
        elif record.name == PreparationStep.REGISTRATION:
            result_text = fill(self.tr("correlation {:.2f}"), results["correlation"])
        parts = [result_text, method, fill("{:.1f}\N{NO-BREAK SPACE}s", record.seconds)]
        return " · ".join(part for part in parts if part)

    def _requirements_text(self, request: PreparationRequest | None) -> str:
        model = self._session.model
        if request is None:
            return self.tr("Open a scan to prepare it.")
        if model is None:
            return self.tr("No network: the ticked steps are run.")
        requirements = self._card_requirements
        has_requirements = requirements is not None and (
            requirements.needs_mask or requirements.bias_corrected
        )
        text = (
            self.tr("The ticked steps are required by {}.").format(model.card.name)
            if has_requirements
            else self.tr("{} requires no preparation.").format(model.card.name)
        )
        return f"{text} {self._card_note}".strip()

    def _summary_text(self, prepared: Prepared | None, is_running: bool) -> str:
        if is_running:
            return self.tr("Preparing …")
        if prepared is None:
            if self._session.scan is None:
                return ""
            return self.tr("Not prepared: the network gets the original scan.")
        if prepared.problems:
            main_problem = translate_sentence(prepared.problems[0].partition(":")[0])
            return self.tr("Prepared, but not reliable: {}.").format(main_problem)
        if self._card_requirements is not None and self._lacks_requirements(prepared):
            return self.tr("Prepared, but not as this network requires.")
        return self.tr("Prepared. {}").format(
            self.tr("Maps of the prepared scan are shown on the original scan.")
        )

    def _lacks_requirements(self, prepared: Prepared) -> bool:
        """Return whether the network's card requires more than was done."""
        required, applied = self._card_requirements, prepared.requirements
        if required is None:
            return False
        return (
            (required.registers and applied.space != required.space)
            or (required.skull == "removed" and applied.skull != "removed")
            or (required.bias_corrected and not applied.bias_corrected)
        )
