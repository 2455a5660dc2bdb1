"""Dialogs that offer to save unsaved work before it is lost, and that wait for files being written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QDialog, QWidget

from viewer.jobs.worker import Job, JobState
from viewer.window.controller import Controller

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMessageBox

    from viewer.window.background_tasks import TaskStatus
    from viewer.window.file_actions import FileActions
    from viewer.window.study_dock import StudyDock

Saving = Job[Any]


class UnsavedWork(QObject):
    """Confirmation before the window closes, or before another session replaces the current one.

    Parameters
    ----------
    window
        Parent of the dialogs; it is closed in the end.
    controller
        Source of the unsaved work and of the files being written.
    file_actions
        Saves the session to a file that the user chooses.
    study_dock
        Source of a study's unsaved network, which is not part of a session.
    """

    def __init__(
        self, window: QWidget, controller: Controller, file_actions: FileActions, study_dock: StudyDock
    ) -> None:
        super().__init__(window)
        self._window = window
        self._controller = controller
        self._file_actions = file_actions
        self._study_dock = study_dock
        self._is_close_confirmed = False
        self._pending_callback: Callable[[], None] | None = None
        self._save_job: Saving | None = None
        self.question_dialog: QMessageBox | None = None
        self.saving_dialog: SavingDialog | None = None
        controller.replace_confirmation_needed.connect(self.ask_replacing)
        controller.task_changed.connect(self._schedule_saving_check)

    def may_close(self) -> bool:
        """Return whether the window may close now; if not, ask to save, or show the files being written."""
        if self._is_close_confirmed:
            return True
        if self._controller.has_unsaved_work or self._controller.requested_tasks:
            self._ask(self.tr("Save this session before the window closes?"), self._close)
        elif self._controller.saving_tasks:
            self._wait_for_saving(None, self._close)
        elif self._study_dock.runner.has_unsaved_network:
            self._ask_network()
        else:
            return True
        return False

    def ask_replacing(self, path: Path) -> None:
        """Ask whether to save before another session replaces the current one."""
        question = self.tr("Save this session before opening {}?").format(path.name)
        self._ask(question, partial(self._controller.open_session, path, confirmed=True))

    # Asking to save

    def _ask_network(self) -> None:
        question = self.tr("Save the network of the study before the window closes?")
        details, save_text = self.tr("It was trained here and is not saved."), self.tr("Save network …")
        self._ask_to_save(question, details, save_text, self._study_dock.ask_save_network, self._close_now)

    def _ask(self, question: str, callback: Callable[[], None]) -> None:
        details, save_text = "\n".join(self._unsaved_lines()), self.tr("Save session …")
        self._ask_to_save(question, details, save_text, self._file_actions.save_session, callback)

    def _ask_to_save(
        self,
        question: str,
        details: str,
        save_label: str,
        save: Callable[[], Saving | None],
        callback: Callable[[], None],
    ) -> None:
        """Ask whether to save; call ``callback`` once it is saved or discarded."""
        from PySide6.QtWidgets import QMessageBox

        if self.question_dialog is not None or self.saving_dialog is not None:
            return  # a dialog is already open
        box = QMessageBox(QMessageBox.Icon.Question, self.tr("Unsaved work"), question, parent=self._window)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setInformativeText(details)
        save_button = box.addButton(save_label, QMessageBox.ButtonRole.AcceptRole)
        discard_button = box.addButton(QMessageBox.StandardButton.Discard)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(save_button)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

        def handle_answer(_result: int) -> None:
            self.question_dialog = None
            if box.clickedButton() is save_button:
                # The file dialog is opened after this dialog is closed.
                QTimer.singleShot(0, self, lambda: self._save(save, callback))
            elif box.clickedButton() is discard_button:
                QTimer.singleShot(0, self, lambda: self._wait_for_saving(None, callback))

        box.finished.connect(handle_answer)
        self.question_dialog = box
        box.open()

    def _unsaved_lines(self) -> list[str]:
        """Return a line for each kind of unsaved work, unfinished task and file being written."""
        layers = self._controller.session.maps
        checks = sum(layer.has_unsaved_checks for layer in layers)
        maps = sum(replace(layer, check_results=layer.saved_check_results).is_unsaved for layer in layers)
        lines = []
        if maps:
            text = self.tr("1 map is not saved.") if maps == 1 else self.tr("{} maps are not saved.")
            lines.append(text.format(maps))
        if checks:
            singular = self.tr("The checks of 1 map are not saved.")
            lines.append(
                singular if checks == 1 else self.tr("The checks of {} maps are not saved.").format(checks)
            )
        lines += [self.tr("Not finished: {}").format(task.title) for task in self._controller.requested_tasks]
        lines += [self.tr("{} …").format(task.title) for task in self._controller.saving_tasks]
        return lines

    def _save(self, save: Callable[[], Saving | None], callback: Callable[[], None]) -> None:
        job = save()
        if job is not None:
            self._wait_for_saving(job, callback)

    # Waiting for files

    def _wait_for_saving(self, job: Saving | None, callback: Callable[[], None]) -> None:
        """Call ``callback`` once all files are written; not if ``job`` fails: the controller reports that."""
        self._save_job, self._pending_callback = job, callback
        if self._controller.saving_tasks:
            self.saving_dialog = SavingDialog(
                self._window, closes_window=callback in (self._close, self._close_now)
            )
            self.saving_dialog.cancelled.connect(self._stop_waiting)
            self.saving_dialog.discarded.connect(self._discard)
            self.saving_dialog.open()
        self._check_saving()

    def _schedule_saving_check(self, _task: object) -> None:
        # Delayed, so that the job's own completion handlers run first.
        if self._pending_callback is not None:
            QTimer.singleShot(0, self, self._check_saving)

    def _check_saving(self) -> None:
        callback, job = self._pending_callback, self._save_job
        if callback is None:
            return
        if self._controller.saving_tasks:
            if self.saving_dialog is not None:
                self.saving_dialog.show_tasks(self._controller.saving_tasks)
            return
        self._stop_waiting()
        if job is None or job.state is JobState.DONE:
            last = callback == self._close_now
            if (
                job is not None
                and not last
                and any(layer.is_unsaved for layer in self._controller.session.maps)
            ):
                # A map was added while the session was saved. The network follows after the maps.
                self._ask(self.tr("Save the changes made since then?"), callback)
            else:
                callback()

    def _stop_waiting(self) -> None:
        self._pending_callback = self._save_job = None
        dialog, self.saving_dialog = self.saving_dialog, None
        if dialog is not None:
            dialog.close()

    def _discard(self) -> None:
        callback = self._pending_callback
        self._stop_waiting()
        if callback is not None:
            callback()

    def _close(self) -> None:
        if self._study_dock.runner.has_unsaved_network:
            self._ask_network()
        else:
            self._close_now()

    def _close_now(self) -> None:
        self._is_close_confirmed = True
        self._window.close()


class SavingDialog(QDialog):
    """Dialog that shows which files are being written, and their progress."""

    cancelled = Signal()
    """Emitted when the user keeps the window open instead of waiting."""
    discarded = Signal()
    """Emitted when the user closes the window without waiting for the files."""

    def __init__(self, parent: QWidget, closes_window: bool) -> None:
        from PySide6.QtWidgets import QDialogButtonBox, QLabel, QProgressBar, QVBoxLayout

        super().__init__(parent)
        self.setWindowTitle(self.tr("Saving"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._titles_label = QLabel()
        self._titles_label.setTextFormat(Qt.TextFormat.PlainText)
        self._progress_bar = QProgressBar()
        self._progress_bar.setAccessibleName(self.tr("Progress"))
        self._progress_bar.setRange(0, 0)
        buttons = QDialogButtonBox()
        if closes_window:
            close_anyway_button = buttons.addButton(
                self.tr("Close without saving"), QDialogButtonBox.ButtonRole.DestructiveRole
            )
            close_anyway_button.clicked.connect(lambda: self.discarded.emit())
        wait_button = buttons.addButton(
            self.tr("Keep the window open") if closes_window else self.tr("Cancel"),
            QDialogButtonBox.ButtonRole.RejectRole,
        )
        wait_button.setDefault(True)
        buttons.rejected.connect(self.reject)
        self.rejected.connect(self.cancelled)
        column = QVBoxLayout(self)
        if closes_window:
            column.addWidget(QLabel(self.tr("The window closes as soon as this is finished.")))
        for widget in (self._titles_label, self._progress_bar, buttons):
            column.addWidget(widget)

    def show_tasks(self, tasks: tuple[TaskStatus, ...]) -> None:
        """Show the titles of the tasks, and the progress of the first one."""
        self._titles_label.setText("\n".join(task.title for task in tasks))
        step = tasks[0].step if tasks else None
        self._progress_bar.setRange(0, 0 if step is None else 1000)
        self._progress_bar.setValue(0 if step is None else round(1000 * step.fraction))
