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
from viewer.window.desk import Desk

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMessageBox

    from viewer.window.asking import Asking
    from viewer.window.study_dock import StudyDock
    from viewer.window.work import Doing

Saving = Job[Any]


class UnsavedWork(QObject):
    """Asks before the window closes, or before a session is opened in place of what is shown.

    Parameters
    ----------
    window
        Over which dialogs are shown, and which is closed in the end.
    desk
        Knows what is in no file, and what is being written.
    asking
        Lets a person say where the session goes.
    study
        Knows whether its network is in no file; a session does not hold it.
    """

    def __init__(self, window: QWidget, desk: Desk, asking: Asking, study: StudyDock) -> None:
        super().__init__(window)
        self._window = window
        self._desk = desk
        self._asking = asking
        self._study = study
        self._decided = False
        self._after: Callable[[], None] | None = None
        self._job: Saving | None = None
        self.question: QMessageBox | None = None
        self.waiting: Waiting | None = None
        desk.replacing_needed.connect(self.ask_replacing)
        desk.doing_changed.connect(self._look_soon)

    def may_close(self) -> bool:
        """Whether the window may close now; where not, a person is asked, or sees what it waits for."""
        if self._decided:
            return True
        if self._desk.at_risk or self._desk.making:
            self._ask(self.tr("Save this session before the window closes?"), self._close)
        elif self._desk.saving:
            self._wait(None, self._close)
        elif self._study.runner.unsaved:
            self._ask_network()
        else:
            return True
        return False

    def ask_replacing(self, path: Path) -> None:
        """Whether to save before another session takes the place of what is shown."""
        words = self.tr("Save this session before {} takes its place?").format(path.name)
        self._ask(words, partial(self._desk.open_session, path, asked=True))

    # The question

    def _ask_network(self) -> None:
        words = self.tr("Save the network of the study before the window closes?")
        told, save = self.tr("It was trained here, and is in no file."), self.tr("Save network …")
        self._ask_to_save(words, told, save, self._study.ask_where, self._close_now)

    def _ask(self, words: str, after: Callable[[], None]) -> None:
        told, save = "\n".join(self._at_risk()), self.tr("Save session …")
        self._ask_to_save(words, told, save, self._asking.save_session, after)

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

        if self.question is not None or self.waiting is not None:
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
                QTimer.singleShot(0, self, lambda: self._wait(None, after))

        box.finished.connect(answered)
        self.question = box
        box.open()

    def _at_risk(self) -> list[str]:
        """What would be lost, or stopped, in a line each."""
        layers = self._desk.session.maps
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
        lines += [self.tr("Not finished: {}").format(doing.title) for doing in self._desk.making]
        lines += [self.tr("{} …").format(doing.title) for doing in self._desk.saving]
        return lines

    def _save(self, save_it: Callable[[], Saving | None], after: Callable[[], None]) -> None:
        job = save_it()
        if job is not None:
            self._wait(job, after)

    # The wait

    def _wait(self, job: Saving | None, after: Callable[[], None]) -> None:
        """Go on once nothing is being written any more; not where ``job`` fails, which is told elsewhere."""
        self._job, self._after = job, after
        if self._desk.saving:
            self.waiting = Waiting(self._window, closes=after in (self._close, self._close_now))
            self.waiting.stopped.connect(self._stop)
            self.waiting.skipped.connect(self._skip)
            self.waiting.open()
        self._look()

    def _look_soon(self, _doing: object) -> None:
        # What belongs to the end of a job is done first.
        if self._after is not None:
            QTimer.singleShot(0, self, self._look)

    def _look(self) -> None:
        after, job = self._after, self._job
        if after is None:
            return
        if self._desk.saving:
            if self.waiting is not None:
                self.waiting.show_doing(self._desk.saving)
            return
        self._stop()
        if job is None or job.state is JobState.DONE:
            last = after == self._close_now
            if job is not None and not last and any(layer.unsaved for layer in self._desk.session.maps):
                # A map came while the session was saved. The network comes after the maps were asked about.
                self._ask(self.tr("Save what came since, too?"), after)
            else:
                after()

    def _stop(self) -> None:
        self._after = self._job = None
        waiting, self.waiting = self.waiting, None
        if waiting is not None:
            waiting.close()

    def _skip(self) -> None:
        after = self._after
        self._stop()
        if after is not None:
            after()

    def _close(self) -> None:
        if self._study.runner.unsaved:
            self._ask_network()
        else:
            self._close_now()

    def _close_now(self) -> None:
        self._decided = True
        self._window.close()


class Waiting(QDialog):
    """Says what is being written, and how far it is."""

    stopped = Signal()
    """A person does not want to wait, and goes on with the window."""
    skipped = Signal()
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
            skip.clicked.connect(lambda: self.skipped.emit())
        keep = buttons.addButton(
            self.tr("Keep the window open") if closes else self.tr("Cancel"),
            QDialogButtonBox.ButtonRole.RejectRole,
        )
        keep.setDefault(True)
        buttons.rejected.connect(self.reject)
        self.rejected.connect(self.stopped)
        column = QVBoxLayout(self)
        if closes:
            column.addWidget(QLabel(self.tr("The window closes as soon as this is finished.")))
        for widget in (self._words, self._bar, buttons):
            column.addWidget(widget)

    def show_doing(self, doing: tuple[Doing, ...]) -> None:
        """Show what is being written."""
        self._words.setText("\n".join(one.title for one in doing))
        step = doing[0].step if doing else None
        self._bar.setRange(0, 0 if step is None else 1000)
        self._bar.setValue(0 if step is None else round(1000 * step.fraction))
