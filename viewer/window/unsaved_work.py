"""Before work would be lost: the question whether to save it, and the wait for what is being written."""

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
    """Asks before the window closes, or before a session is opened in place of what is shown.

    Parameters
    ----------
    window
        Over which dialogs are shown, and which is closed in the end.
    controller
        Knows what is in no file, and what is being written.
    file_actions
        Lets a person say where the session goes.
    study
        Knows whether its network is in no file; a session does not hold it.
    """

    def __init__(
        self, window: QWidget, controller: Controller, file_actions: FileActions, study: StudyDock
    ) -> None:
        super().__init__(window)
        self._window = window
        self._controller = controller
        self._file_actions = file_actions
        self._study = study
        self._may_close = False
        self._after: Callable[[], None] | None = None
        self._job: Saving | None = None
        self.question: QMessageBox | None = None
        self.saving_dialog: SavingDialog | None = None
        controller.replace_confirmation_needed.connect(self.ask_replacing)
        controller.task_changed.connect(self._check_saving_soon)

    def may_close(self) -> bool:
        """Whether the window may close now; where not, a person is asked, or sees what it waits for."""
        if self._may_close:
            return True
        if self._controller.has_unsaved_work or self._controller.requested_tasks:
            self._ask(self.tr("Save this session before the window closes?"), self._close)
        elif self._controller.saving_tasks:
            self._wait_for_saving(None, self._close)
        elif self._study.runner.unsaved:
            self._ask_network()
        else:
            return True
        return False

    def ask_replacing(self, path: Path) -> None:
        """Whether to save before another session takes the place of what is shown."""
        words = self.tr("Save this session before {} takes its place?").format(path.name)
        self._ask(words, partial(self._controller.open_session, path, confirmed=True))

    # The question

    def _ask_network(self) -> None:
        words = self.tr("Save the network of the study before the window closes?")
        told, save = self.tr("It was trained here, and is in no file."), self.tr("Save network …")
        self._ask_to_save(words, told, save, self._study.ask_save_network, self._close_now)

    def _ask(self, words: str, after: Callable[[], None]) -> None:
        told, save = "\n".join(self._unsaved_lines()), self.tr("Save session …")
        self._ask_to_save(words, told, save, self._file_actions.save_session, after)

    def _ask_to_save(
        self,
        words: str,
        told: str,
        save_words: str,
        save_it: Callable[[], Saving | None],
        after: Callable[[], None],
    ) -> None:
        """Ask whether to save; go on ``after`` it was saved, or without."""
        from PySide6.QtWidgets import QMessageBox

        if self.question is not None or self.saving_dialog is not None:
            return  # it is on the screen already
        box = QMessageBox(QMessageBox.Icon.Question, self.tr("Unsaved work"), words, parent=self._window)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setInformativeText(told)
        save = box.addButton(save_words, QMessageBox.ButtonRole.AcceptRole)
        discard = box.addButton(QMessageBox.StandardButton.Discard)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(save)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

        def answered(_result: int) -> None:
            self.question = None
            if box.clickedButton() is save:
                # The dialog of files is opened when this one is gone.
                QTimer.singleShot(0, self, lambda: self._save(save_it, after))
            elif box.clickedButton() is discard:
                QTimer.singleShot(0, self, lambda: self._wait_for_saving(None, after))

        box.finished.connect(answered)
        self.question = box
        box.open()

    def _unsaved_lines(self) -> list[str]:
        """What would be lost, or stopped, in a line each."""
        layers = self._controller.session.maps
        checks = sum(layer.check_results != layer.saved_check_results for layer in layers)
        maps = sum(replace(layer, check_results=layer.saved_check_results).unsaved for layer in layers)
        lines = []
        if maps:
            told = self.tr("1 map is not saved.") if maps == 1 else self.tr("{} maps are not saved.")
            lines.append(told.format(maps))
        if checks:
            one = self.tr("The checks of 1 map are not saved.")
            lines.append(
                one if checks == 1 else self.tr("The checks of {} maps are not saved.").format(checks)
            )
        lines += [
            self.tr("Not finished: {}").format(doing.title) for doing in self._controller.requested_tasks
        ]
        lines += [self.tr("{} …").format(doing.title) for doing in self._controller.saving_tasks]
        return lines

    def _save(self, save_it: Callable[[], Saving | None], after: Callable[[], None]) -> None:
        job = save_it()
        if job is not None:
            self._wait_for_saving(job, after)

    # The wait

    def _wait_for_saving(self, job: Saving | None, after: Callable[[], None]) -> None:
        """Go on once nothing is being written any more; not where ``job`` fails, which is told elsewhere."""
        self._job, self._after = job, after
        if self._controller.saving_tasks:
            self.saving_dialog = SavingDialog(self._window, closes=after in (self._close, self._close_now))
            self.saving_dialog.cancelled.connect(self._stop_waiting)
            self.saving_dialog.discarded.connect(self._discard)
            self.saving_dialog.open()
        self._check_saving()

    def _check_saving_soon(self, _doing: object) -> None:
        # What belongs to the end of a job is done first.
        if self._after is not None:
            QTimer.singleShot(0, self, self._check_saving)

    def _check_saving(self) -> None:
        after, job = self._after, self._job
        if after is None:
            return
        if self._controller.saving_tasks:
            if self.saving_dialog is not None:
                self.saving_dialog.show_tasks(self._controller.saving_tasks)
            return
        self._stop_waiting()
        if job is None or job.state is JobState.DONE:
            last = after == self._close_now
            if job is not None and not last and any(layer.unsaved for layer in self._controller.session.maps):
                # A map came while the session was saved. The network comes after the maps were asked about.
                self._ask(self.tr("Save what came since, too?"), after)
            else:
                after()

    def _stop_waiting(self) -> None:
        self._after = self._job = None
        waiting, self.saving_dialog = self.saving_dialog, None
        if waiting is not None:
            waiting.close()

    def _discard(self) -> None:
        after = self._after
        self._stop_waiting()
        if after is not None:
            after()

    def _close(self) -> None:
        if self._study.runner.unsaved:
            self._ask_network()
        else:
            self._close_now()

    def _close_now(self) -> None:
        self._may_close = True
        self._window.close()


class SavingDialog(QDialog):
    """Says what is being written, and how far it is."""

    cancelled = Signal()
    """A person does not want to wait, and goes on with the window."""
    discarded = Signal()
    """A person does not want to wait, and gives up what is being written."""

    def __init__(self, parent: QWidget, closes: bool) -> None:
        from PySide6.QtWidgets import QDialogButtonBox, QLabel, QProgressBar, QVBoxLayout

        super().__init__(parent)
        self.setWindowTitle(self.tr("Saving"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._words = QLabel()
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._bar = QProgressBar()
        self._bar.setAccessibleName(self.tr("Progress"))
        self._bar.setRange(0, 0)
        buttons = QDialogButtonBox()
        if closes:
            skip = buttons.addButton(self.tr("Close without it"), QDialogButtonBox.ButtonRole.DestructiveRole)
            skip.clicked.connect(lambda: self.discarded.emit())
        keep = buttons.addButton(
            self.tr("Keep the window open") if closes else self.tr("Cancel"),
            QDialogButtonBox.ButtonRole.RejectRole,
        )
        keep.setDefault(True)
        buttons.rejected.connect(self.reject)
        self.rejected.connect(self.cancelled)
        column = QVBoxLayout(self)
        if closes:
            column.addWidget(QLabel(self.tr("The window closes as soon as this is finished.")))
        for widget in (self._words, self._bar, buttons):
            column.addWidget(widget)

    def show_tasks(self, doing: tuple[TaskStatus, ...]) -> None:
        """Show what is being written."""
        self._words.setText("\n".join(one.title for one in doing))
        step = doing[0].step if doing else None
        self._bar.setRange(0, 0 if step is None else 1000)
        self._bar.setValue(0 if step is None else round(1000 * step.fraction))
