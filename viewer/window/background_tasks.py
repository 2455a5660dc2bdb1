"""Background tasks of the window: worker threads, progress, and delivery of results.

There are two workers: one reads and prepares (short tasks), the other runs the network (long tasks), so that
a scan can be opened while a map is computed. Errors are emitted by `failed` and leave the state unchanged.
While the long worker is idle, it runs low-priority idle work. Functions that a worker passes to
`MainThreadCaller` are run by the event loop of the main thread.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol, TypeVar

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from viewer.errors import ViewerError
from viewer.jobs.worker import Job, Worker
from viewer.progress import Progress, ProgressStep
from viewer.window.translation import error_sentence

IDLE_DELAY_MS = 500
"""Time without long tasks after which idle work begins."""


class MainThreadCaller(QObject):
    """Callable from any thread; runs a function on the thread that created this object.

    After `close`, pending functions are dropped, as the objects they use no longer exist.
    """

    _posted = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._is_open = True
        self._posted.connect(self._run, Qt.ConnectionType.QueuedConnection)

    def __call__(self, function: Callable[[], None]) -> None:
        """Run a function soon, on the window's thread."""
        if self._is_open:
            self._posted.emit(function)

    def close(self) -> None:
        """Drop all pending and later functions."""
        self._is_open = False

    @Slot(object)
    def _run(self, function: Callable[[], None]) -> None:
        if self._is_open:
            function()


Result = TypeVar("Result")


class TaskRunner(Protocol):
    """Runner of a function on a background thread, with its result delivered to the window's thread."""

    def run(
        self, function: Callable[[Progress], Result], title: str, on_done: Callable[[Result], None]
    ) -> object:
        """Run ``function`` in the background, then call ``on_done`` with its result on this thread."""


@dataclass(frozen=True)
class TaskStatus:
    """Status of a task: title, progress, and whether it can be cancelled.

    ``saves_file``: the task writes a file that the user requested; the window waits for it before it closes.
    ``warn_if_lost``: the user waits for the result, and it would be lost if the task were stopped.
    """

    title: str
    step: ProgressStep | None
    is_long: bool
    saves_file: bool = False
    warn_if_lost: bool = False


@dataclass(frozen=True, eq=False)
class IdleWork:
    """Work to run while there are no long tasks, and the functions that receive its progress and result.

    ``on_interrupt`` is called when a long task interrupts it; it is run again from the beginning.
    """

    function: Callable[[Progress], Any]
    on_done: Callable[[Any], None]
    on_error: Callable[[BaseException], None]
    on_progress: Callable[[ProgressStep], None]
    on_interrupt: Callable[[], None]


class BackgroundTasks(QObject):
    """Two background threads whose results are delivered to the window's thread."""

    failed = Signal(str, str)
    """Title (usually a file name) and one-line error message."""

    task_changed = Signal(object)
    """`TaskStatus` of the current task; None if there is none."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.run_on_main_thread = MainThreadCaller(self)
        self._short_worker = Worker(deliver=self.run_on_main_thread, niceness=0)
        self._long_worker = Worker(deliver=self.run_on_main_thread)
        self._jobs: dict[int, tuple[Job[Any], TaskStatus]] = {}
        self._last_job_number = 0
        self._is_closed = False
        self._idle_work: IdleWork | None = None
        self._idle_job: Job[Any] | None = None
        self._idle_timer = QTimer(self)
        self._idle_timer.setSingleShot(True)
        self._idle_timer.setInterval(IDLE_DELAY_MS)
        self._idle_timer.timeout.connect(self._start_idle_work)

    def run(
        self,
        function: Callable[[Progress], Result],
        title: str,
        on_done: Callable[[Result], None],
        *,
        saves_file: bool = False,
    ) -> Job[Result]:
        """Run a short task in the background; an error is reported under its title.

        ``saves_file`` marks a task that writes a file requested by the user.
        """
        return self._submit(self._short_worker, function, title, on_done, saves_file=saves_file)

    def run_long(
        self,
        function: Callable[[Progress], Result],
        title: str,
        on_done: Callable[[Result], None],
        on_end: Callable[[], None] | None = None,
        on_partial: Callable[[Any], None] | None = None,
        *,
        saves_file: bool = False,
        warn_if_lost: bool = False,
    ) -> Job[Result]:
        """Run a long task, such as one that runs the network.

        ``on_end`` is called when it ends for any reason, ``on_partial`` with intermediate results;
        ``saves_file`` as for `run`. ``warn_if_lost`` marks a task whose result the user waits for.
        """
        return self._submit(
            self._long_worker,
            function,
            title,
            on_done,
            on_end,
            on_partial,
            saves_file=saves_file,
            warn_if_lost=warn_if_lost,
        )

    def set_idle_work(self, idle_work: IdleWork | None) -> None:
        """Replace the work that is run while there are no long tasks; None removes it.

        It is not listed in `tasks`. Submitting a long task interrupts it immediately.
        """
        self._interrupt_idle_work()
        self._idle_work = idle_work
        if idle_work is not None and not self._is_closed:
            self._idle_timer.start()

    @property
    def is_idle_work_running(self) -> bool:
        """Whether idle work is running."""
        return self._idle_job is not None

    def _interrupt_idle_work(self) -> None:
        """Cancel the running idle work, which remains set."""
        self._idle_timer.stop()
        job, self._idle_job = self._idle_job, None
        if job is not None:
            job.cancel()
            if self._idle_work is not None:
                self._idle_work.on_interrupt()

    def _start_idle_work(self) -> None:
        idle_work = self._idle_work
        if (
            self._is_closed
            or idle_work is None
            or self._idle_job is not None
            or any(task.is_long for task in self.tasks)
        ):
            return

        # Callbacks of an interrupted job may be delivered later: `_idle_job` is then another job or None.
        def handle_result(result: Any) -> None:
            if self._idle_job is job:
                self._idle_work = self._idle_job = None
                idle_work.on_done(result)

        def handle_error(error: BaseException) -> None:
            if self._idle_job is job:
                self._idle_work = self._idle_job = None
                idle_work.on_error(error)

        def handle_progress(step: ProgressStep) -> None:
            if self._idle_job is job:
                idle_work.on_progress(step)

        job = self._idle_job = self._long_worker.submit(
            idle_work.function, on_progress=handle_progress, on_done=handle_result, on_error=handle_error
        )

    def _submit(
        self,
        worker: Worker,
        function: Callable[[Progress], Result],
        title: str,
        on_done: Callable[[Result], None],
        on_end: Callable[[], None] | None = None,
        on_partial: Callable[[Any], None] | None = None,
        *,
        saves_file: bool = False,
        warn_if_lost: bool = False,
    ) -> Job[Result]:
        if self._is_closed:
            # A panel's timer may still submit a task after its window is closed.
            cancelled = Job[Result](function, title, None, None, None, None, None, self.run_on_main_thread)
            cancelled.cancel()
            return cancelled
        self._last_job_number += 1
        job_number = self._last_job_number
        if worker is self._long_worker:
            self._interrupt_idle_work()

        def remove_job() -> None:
            self._jobs.pop(job_number, None)
            self._emit_current_task()
            if self._idle_work is not None and not any(task.is_long for task in self.tasks):
                self._idle_timer.start()
            if on_end is not None:
                on_end()

        def handle_result(result: Result) -> None:
            remove_job()
            on_done(result)

        def handle_error(error: BaseException) -> None:
            remove_job()
            self._report_error(title, error)

        def handle_progress(step: ProgressStep) -> None:
            if job_number in self._jobs:
                job, status = self._jobs[job_number]
                self._jobs[job_number] = (job, replace(status, step=step))
                self._emit_current_task()

        job = worker.submit(
            function,
            title=title,
            on_progress=handle_progress,
            on_partial=on_partial,
            on_done=handle_result,
            on_error=handle_error,
            on_cancelled=remove_job,
        )
        self._jobs[job_number] = (
            job,
            TaskStatus(title, None, worker is self._long_worker, saves_file, warn_if_lost),
        )
        self._emit_current_task()
        return job

    def _emit_current_task(self) -> None:
        statuses = [status for _, status in self._jobs.values()]
        statuses.sort(key=lambda status: not status.is_long)
        self.task_changed.emit(statuses[0] if statuses else None)

    def _report_error(self, title: str, error: BaseException) -> None:
        if isinstance(error, ViewerError):
            name = Path(error.subject).name or title
            self.failed.emit(name, error_sentence(error))
        else:
            self.failed.emit(title, self.tr("{}: {}").format(type(error).__name__, error))

    @property
    def tasks(self) -> tuple[TaskStatus, ...]:
        """All running and waiting tasks."""
        return tuple(status for _, status in self._jobs.values())

    @property
    def saving_tasks(self) -> tuple[TaskStatus, ...]:
        """Running and waiting tasks that write a file."""
        return tuple(status for status in self.tasks if status.saves_file)

    @property
    def requested_tasks(self) -> tuple[TaskStatus, ...]:
        """Tasks whose results the user requested and would lose if they were stopped."""
        return tuple(status for status in self.tasks if status.warn_if_lost)

    def cancel(self) -> None:
        """Cancel the long tasks, or the short ones if there are none; the session stays unchanged."""
        long_jobs = [job for job, status in self._jobs.values() if status.is_long]
        for job in long_jobs or [job for job, _ in self._jobs.values()]:
            job.cancel()

    @property
    def is_closed(self) -> bool:
        """Whether no more tasks are accepted."""
        return self._is_closed

    def close(self) -> None:
        """Stop all tasks and wait for them; no results are delivered afterwards."""
        if self._is_closed:
            return
        self._is_closed = True
        self.run_on_main_thread.close()
        for job, _ in self._jobs.values():
            job.cancel()
        self._idle_timer.stop()
        self._idle_work = None
        if self._idle_job is not None:
            self._idle_job.cancel()
        self._short_worker.close()
        self._long_worker.close()
