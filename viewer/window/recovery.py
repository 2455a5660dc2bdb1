"""Crash recovery: saves the session of a window regularly, and offers to restore it after a crash."""

from __future__ import annotations

import os
import secrets
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QDateTime,
    QEvent,
    QLocale,
    QLockFile,
    QObject,
    QStandardPaths,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtWidgets import QWidget

from viewer.errors import ViewerError
from viewer.jobs.worker import Worker
from viewer.window.background_tasks import MainThreadCaller
from viewer.window.controller import Controller
from viewer.window.translation import translate_sentence

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMessageBox

    from viewer.progress import Progress
    from viewer.scans.map import Map
    from viewer.session.recovery import RecoveryFolder, RecoverySummary
    from viewer.session.schema import SavedSession
    from viewer.session.snapshot import Snapshot

WRITE_INTERVAL_SECONDS = 60
LOCK_NAME = "lock"
CLOSE_TIMEOUT_SECONDS = 30.0
KEY_DELAY_MS = 1000
"""Time for which an unrequested dialog ignores keys that were meant for the window."""

RecoveredSession = tuple["SavedSession | None", "Snapshot", list[str]]


def recovery_home() -> Path:
    """Return the recovery folder in the user's data directory, which is not cleared like a cache."""
    data = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericDataLocation)
    return Path(data) / "saliency-viewer" / "recovery"


class KeyDelay(QObject):
    """Event filter that ignores keys pressed in a dialog within `KEY_DELAY_MS` after it is shown.

    Parameters
    ----------
    dialog
        Dialog with all its buttons; it owns the filter.
    """

    KEYS = (
        QEvent.Type.KeyPress,
        QEvent.Type.KeyRelease,
        QEvent.Type.ShortcutOverride,
        QEvent.Type.Shortcut,
    )

    def __init__(self, dialog: QWidget) -> None:
        super().__init__(dialog)
        self._dialog = dialog
        # A timer instead of a clock: keys queued while the window was busy are delivered before it fires.
        self._timer = QTimer(self, interval=KEY_DELAY_MS, singleShot=True)
        self._timer.start()
        for widget in (dialog, *dialog.findChildren(QWidget)):
            widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Discard key events until the delay is over."""
        if watched is self._dialog and event.type() == QEvent.Type.Show:
            self._timer.start()
        return self._timer.isActive() and event.type() in self.KEYS


class Recovery(QObject):
    """Writer of the recovery folder: every minute and after each map, until the window is closed.

    Parameters
    ----------
    window
        Parent of the dialog that offers to restore.
    controller
        Controller whose session is saved, and that opens the restored one.
    recovery_folder
        Folder in which each window creates its own folder.
    """

    restored = Signal()
    """Emitted when a session is restored after a crash."""

    session_written = Signal()
    """Emitted when the current session is written to the folder."""

    def __init__(self, window: QWidget, controller: Controller, recovery_folder: Path) -> None:
        super().__init__(window)
        self._window = window
        self._controller = controller
        self._recovery_home = recovery_folder
        name = f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}-{secrets.token_hex(3)}"
        self._folder_path = recovery_folder / name
        self._folder: RecoveryFolder | None = None
        self._lock: QLockFile | None = None
        self._folder_lock = threading.Lock()
        self._run_on_main_thread = MainThreadCaller(self)
        self._worker = Worker(deliver=self._run_on_main_thread, niceness=0)
        self._is_writing = self._write_again = self._failure_reported = False
        self._restored_folders: list[tuple[Path, QLockFile]] = []
        self._offered_folders: list[tuple[Path, QLockFile]] = []
        self.offer_dialog: QMessageBox | None = None
        self._write_timer = QTimer(self, interval=WRITE_INTERVAL_SECONDS * 1000)
        self._write_timer.timeout.connect(self.write)
        self._write_timer.start()
        controller.session.subscribe(self.write, "maps")
        controller.on_map_computed = self.save_map

    # Writing

    def save_map(self, map_: Map) -> None:
        """Write a map as soon as it is finished, on the thread that computed it, before it is shown.

        A failure is reported in the status bar, and the map is shown all the same.
        """
        try:
            self._locked_folder().save_map(map_)
        except (ViewerError, OSError) as error:
            # Python deletes ``error`` at the end of this block.
            failure = error
            self._run_on_main_thread(lambda: self._report_error(failure))

    def write(self) -> None:
        """Write the session in the background; once more if this is called while it is being written."""
        if self._is_writing:
            self._write_again = True
            return
        snapshot = self._controller.session.snapshot()
        if self._controller.is_closed:
            return
        self._is_writing = True
        self._worker.submit(
            lambda _: self._write(snapshot),
            on_done=self._on_written,
            on_error=self._report_error,
            title="recovery",
        )

    def _write(self, snapshot: Snapshot) -> bool:
        from viewer.session.recovery import has_unsaved_work

        if has_unsaved_work(snapshot):
            self._locked_folder().write(snapshot)
        elif self._folder is not None:
            # The user has saved everything: the folder is updated but no new one is created.
            self._folder.write(snapshot)
        return True

    def _locked_folder(self) -> RecoveryFolder:
        """Return the folder; create and lock it on the first call. Called from two threads."""
        from viewer.session.recovery import RecoveryFolder

        with self._folder_lock:
            if self._folder is None:
                self._folder_path.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._lock = _make_lock(self._folder_path)
                self._lock.tryLock(0)
                self._folder = RecoveryFolder(self._folder_path)
            return self._folder

    def _on_written(self, _wrote: bool) -> None:
        self._is_writing = self._failure_reported = False
        for folder, lock in self._restored_folders:
            # Its content is now in this window's folder.
            _remove_folder(folder, lock)
        self._restored_folders.clear()
        if self._write_again:
            self._write_again = False
            self.write()
        else:
            self.session_written.emit()

    def _report_error(self, error: BaseException) -> None:
        self._is_writing = self._write_again = False
        if not self._failure_reported:
            # Report a failure once, not every minute.
            self._failure_reported = True
            system = isinstance(error, OSError) and error.strerror
            self._controller.message.emit(self.tr("Crash recovery is off: {}").format(system or error))

    def close(self) -> None:
        """Stop and remove the folder: the user has closed the window and was asked to save."""
        self._write_timer.stop()
        self._run_on_main_thread.close()
        self._worker.close(CLOSE_TIMEOUT_SECONDS)
        if self._folder is not None:
            self._folder.remove()
        if self._lock is not None:
            _remove_folder(self._folder_path, self._lock)
        for _, lock in (*self._restored_folders, *self._offered_folders):
            lock.unlock()
        self._offered_folders.clear()

    # Restoring after a crash

    def offer_sessions(self) -> None:
        """Offer to restore the sessions of windows that were not closed properly, the latest first."""

        def find_folders(_progress: Progress) -> list[Path]:
            from viewer.session.recovery import find_recovery_folders, remove_old_discarded

            remove_old_discarded(self._recovery_home)
            return [
                folder for folder in find_recovery_folders(self._recovery_home) if folder != self._folder_path
            ]

        self._worker.submit(
            find_folders, on_done=self._lock_folders, on_error=self._report_error, title="left"
        )

    def _lock_folders(self, folders: list[Path]) -> None:
        for folder in folders:
            lock = _make_lock(folder)
            if lock.tryLock(0):
                self._offered_folders.append((folder, lock))
        self._offer_next()

    def _offer_next(self) -> None:
        if not self._offered_folders:
            return
        folder, _ = self._offered_folders[0]

        def summarize(_progress: Progress) -> RecoverySummary:
            from viewer.session.recovery import summarize_folder

            return summarize_folder(folder)

        self._worker.submit(
            summarize, on_done=self._ask_to_restore, on_error=self._report_error, title="left"
        )

    def _ask_to_restore(self, summary: RecoverySummary) -> None:
        from PySide6.QtWidgets import QMessageBox

        from viewer.session.recovery import DISCARDED_DAYS

        maps = self.tr("1 map") if summary.map_count == 1 else self.tr("{} maps").format(summary.map_count)
        content = self.tr("{}, {}").format(summary.scan_name, maps) if summary.scan_name else maps
        question = self.tr("The program ended unexpectedly. Restore its session?")
        box = QMessageBox(
            QMessageBox.Icon.Question, self.tr("Restore session"), question, parent=self._window
        )
        box.setTextFormat(Qt.TextFormat.PlainText)
        lines = [content]
        for text, seconds in (
            (self.tr("Last map saved {}"), summary.map_timestamp),
            (self.tr("View saved {}; later changes are lost"), summary.view_timestamp),
        ):
            if seconds is not None:
                lines.append(text.format(self._format_age(seconds)))
        if len(self._offered_folders) > 1:
            others = len(self._offered_folders) - 1
            singular, plural = (
                self.tr("1 more session can be restored."),
                self.tr("{} more sessions can be restored."),
            )
            lines.append(singular if others == 1 else plural.format(others))
        box.setInformativeText("\n".join(lines))
        restore_button = box.addButton(self.tr("Restore"), QMessageBox.ButtonRole.AcceptRole)
        discard_button = box.addButton(self.tr("Discard"), QMessageBox.ButtonRole.DestructiveRole)
        discard_button.setToolTip(
            self.tr("Do not offer this session again; its files are kept for {} days").format(DISCARDED_DAYS)
        )
        later_button = box.addButton(self.tr("Later"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(restore_button)
        box.setEscapeButton(later_button)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

        def handle_answer(_result: int) -> None:
            self.offer_dialog = None
            if box.clickedButton() is restore_button:
                self._restore()
            elif box.clickedButton() is discard_button:
                self._discard(*self._offered_folders.pop(0))
                self._offer_next()
            else:
                self._unlock_offered()

        box.finished.connect(handle_answer)
        self.offer_dialog = box
        KeyDelay(box)
        box.open()

    def _discard(self, folder: Path, lock: QLockFile) -> None:
        """Move the folder aside and report its new path, so that an accidental click loses nothing."""
        from viewer.session.recovery import DISCARDED_DAYS, discard_folder

        lock.unlock()
        try:
            new_path = discard_folder(folder)
        except OSError as error:
            title = self.tr("The session could not be discarded")
            self._controller.failed.emit(title, f"{folder}: {error.strerror or error}")
            return
        text = self.tr("Discarded; kept for {} days in {}")
        self._controller.message.emit(text.format(DISCARDED_DAYS, new_path))

    def _format_age(self, seconds: float) -> str:
        """Format a time as "2 min ago (14:05:31)", with the date if it is not today."""
        from viewer.window.status_bar import format_duration

        saved_at = QDateTime.fromSecsSinceEpoch(int(seconds))
        today = saved_at.date() == QDateTime.currentDateTime().date()
        time_text = saved_at.toString("HH:mm:ss")
        if not today:
            time_text = (
                f"{QLocale.system().toString(saved_at.date(), QLocale.FormatType.ShortFormat)}, {time_text}"
            )
        text = self.tr("{} ago ({})")
        return text.format(format_duration(max(time.time() - seconds, 0.0)), time_text)

    def _unlock_offered(self) -> None:
        """Unlock the remaining folders, so that they are offered at the next start."""
        for _, lock in self._offered_folders:
            lock.unlock()
        self._offered_folders.clear()

    def _restore(self) -> None:
        folder, lock = self._offered_folders.pop(0)
        self._unlock_offered()
        open_maps = {layer.map for layer in self._controller.session.maps}

        def recover_session(progress: Progress) -> RecoveredSession:
            from viewer.session.recovery import recover

            return recover(folder, progress)

        def restore_session(recovered: RecoveredSession) -> None:
            saved_session, snapshot, problems = recovered
            self.restored.emit()
            self._controller.restore(saved_session, snapshot, open_maps)
            if problems:
                # The folder is not removed: a missing file may be available again at the next start.
                self._controller.failed.emit(
                    self.tr("Not everything could be restored"), "\n".join(map(translate_sentence, problems))
                )
                lock.unlock()
            else:
                self._restored_folders.append((folder, lock))
                self.write()

        self._controller.run(recover_session, self.tr("Restoring the session"), restore_session)


def _make_lock(folder: Path) -> QLockFile:
    """Return the lock of a folder; a lock left by a process that has ended can be taken over."""
    lock = QLockFile(str(folder / LOCK_NAME))
    # Locks do not expire with age: a window may be open for days.
    lock.setStaleLockTime(0)
    return lock


def _remove_folder(folder: Path, lock: QLockFile) -> None:
    """Unlock and remove the folder of a session that was not closed properly."""
    from viewer.session.recovery import RecoveryFolder

    lock.unlock()
    RecoveryFolder(folder).remove()
