"""Background thread that runs jobs one after the other, with progress and cancellation.

It is independent of the window: a function to deliver callbacks to another thread is passed in (``deliver``).
"""

from __future__ import annotations

import atexit
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from enum import StrEnum
from typing import Any, Generic, TypeVar

from viewer.errors import Cancelled
from viewer.progress import Progress, ProgressStep
from viewer.scans.slabs import cpu_count

Result = TypeVar("Result")
Deliver = Callable[[Callable[[], None]], None]

NICENESS = 10
REPORT_INTERVAL = 0.05
"""Minimum seconds between two progress reports: more than 20 per second cannot be read."""


class JobState(StrEnum):
    """State of a job. The last three are final."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Job(Generic[Result]):
    """One unit of work. Exactly one of ``on_done``, ``on_error`` and ``on_cancelled`` is called."""

    def __init__(
        self,
        function: Callable[[Progress], Result],
        title: str,
        on_progress: Callable[[ProgressStep], None] | None,
        on_partial: Callable[[Any], None] | None,
        on_done: Callable[[Result], None] | None,
        on_error: Callable[[BaseException], None] | None,
        on_cancelled: Callable[[], None] | None,
        deliver: Deliver,
    ) -> None:
        self.title = title
        self._function = function
        self._on_progress = on_progress
        self._on_partial = on_partial
        self._on_done = on_done
        self._on_error = on_error
        self._on_cancelled = on_cancelled
        self._deliver = deliver
        self._state = JobState.WAITING
        self._lock = threading.Lock()
        self._cancel_requested = threading.Event()
        self._finished = threading.Event()
        self._last_report_time = -REPORT_INTERVAL

    @property
    def state(self) -> JobState:
        """Current state."""
        return self._state

    def cancel(self) -> None:
        """Request cancellation. A waiting job never starts; a running job stops at its next step.

        A running job whose function returns before it notices the request still counts as cancelled.
        No effect on a finished job.
        """
        self._cancel_requested.set()
        with self._lock:
            was_waiting = self._state is JobState.WAITING
            if was_waiting:
                self._state = JobState.CANCELLED
        if was_waiting:
            self._notify_end(self._on_cancelled)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait at most ``timeout`` seconds for the job to end; return whether it has ended."""
        return self._finished.wait(timeout)

    def run(self, limit_threads: Callable[[], None]) -> None:
        """Run the job on this thread; ``limit_threads`` is called before it and at each of its steps."""
        with self._lock:
            if self._state is not JobState.WAITING:
                return
            self._state = JobState.RUNNING

        def is_cancelled() -> bool:
            limit_threads()
            return self._cancel_requested.is_set()

        progress = Progress(
            self._report, is_cancelled, self._report_partial if self._on_partial is not None else None
        )
        try:
            progress.raise_if_cancelled()
            result = self._function(progress)
            progress.raise_if_cancelled()
        except Cancelled:
            self._finish(JobState.CANCELLED, self._on_cancelled)
        except BaseException as error:  # noqa: BLE001  any error of a job is passed to its owner
            failure = error
            self._finish(
                JobState.FAILED, None if self._on_error is None else lambda: self._report_error(failure)
            )
        else:
            self._finish(
                JobState.DONE, None if self._on_done is None else lambda: self._report_result(result)
            )

    def _report_result(self, result: Result) -> None:
        if self._on_done is not None:
            self._on_done(result)

    def _report_error(self, error: BaseException) -> None:
        if self._on_error is not None:
            self._on_error(error)

    def _finish(self, state: JobState, callback: Callable[[], None] | None) -> None:
        with self._lock:
            self._state = state
        self._notify_end(callback)

    def _notify_end(self, callback: Callable[[], None] | None) -> None:
        if callback is not None:
            self._send(callback)
        self._finished.set()

    def _report(self, step: ProgressStep) -> None:
        now = time.monotonic()
        if self._on_progress is None or (
            now - self._last_report_time < REPORT_INTERVAL and step.fraction < 1.0
        ):
            return
        self._last_report_time = now
        callback = self._on_progress
        self._send(lambda: callback(step))

    def _report_partial(self, partial: Any) -> None:
        callback = self._on_partial
        if callback is not None:
            self._send(lambda: callback(partial))

    def _send(self, callback: Callable[[], None]) -> None:
        """Deliver a callback; report an exception raised on this thread as uncaught."""
        try:
            self._deliver(callback)
        except BaseException as error:  # noqa: BLE001  a broken callback must not end the thread
            kind = type(error)
            threading.excepthook(
                threading.ExceptHookArgs((kind, error, error.__traceback__, threading.current_thread()))
            )


def call_directly(callback: Callable[[], None]) -> None:
    """Call a callback directly, on the calling thread."""
    callback()


class Worker:
    """Worker that runs jobs in order on its own thread, which starts with the first job.

    Parameters
    ----------
    deliver
        Called with each callback; a window posts it to its own thread. The default calls it immediately, on
        the worker's thread.
    threads
        Number of PyTorch threads on the CPU; None for one less than the number of cores, which leaves one
        for the user interface.
    niceness
        Niceness of the worker's thread, 0 to 19; use 0 for work that the user is waiting for.
    """

    def __init__(
        self, deliver: Deliver = call_directly, threads: int | None = None, niceness: int = NICENESS
    ) -> None:
        self._deliver = deliver
        self._threads = threads or max(1, cpu_count() - 1)
        self._niceness = niceness
        self._threads_limited = False
        self._jobs: deque[Job[Any]] = deque()
        self._current_job: Job[Any] | None = None
        self._condition = threading.Condition()
        self._closed = False
        self._thread: threading.Thread | None = None

    def submit(
        self,
        function: Callable[[Progress], Result],
        *,
        title: str = "",
        on_progress: Callable[[ProgressStep], None] | None = None,
        on_partial: Callable[[Any], None] | None = None,
        on_done: Callable[[Result], None] | None = None,
        on_error: Callable[[BaseException], None] | None = None,
        on_cancelled: Callable[[], None] | None = None,
    ) -> Job[Result]:
        """Run ``function(progress)`` after the previously submitted jobs.

        Parameters
        ----------
        function
            The work; it calls ``progress.step`` or ``progress.check`` as often as it can be stopped.
        title
            Title shown to the user.
        on_progress
            Called with each `ProgressStep`, at most 20 times per second.
        on_partial
            Called with each partial result.
        on_done, on_error, on_cancelled
            One of them is called at the end: with the result, with the exception, or with nothing.

        Raises
        ------
        RuntimeError
            The worker is closed.
        """
        job = Job(function, title, on_progress, on_partial, on_done, on_error, on_cancelled, self._deliver)
        with self._condition:
            if self._closed:
                raise RuntimeError("a closed worker takes no jobs")
            if self._thread is None:
                # A daemon thread, since Python joins other threads before it runs exit handlers.
                self._thread = threading.Thread(target=self._run_jobs, name="worker", daemon=True)
                atexit.register(self.close)
                self._thread.start()
            self._jobs.append(job)
            self._condition.notify()
        return job

    @property
    def is_busy(self) -> bool:
        """Whether a job is running or waiting."""
        with self._condition:
            return self._current_job is not None or any(job.state is JobState.WAITING for job in self._jobs)

    def cancel(self) -> None:
        """Cancel every running or waiting job."""
        with self._condition:
            jobs = [*self._jobs, *([self._current_job] if self._current_job is not None else [])]
        for job in jobs:
            job.cancel()

    def close(self, timeout: float = 10.0) -> bool:
        """Cancel all jobs, accept no more, and wait at most ``timeout`` seconds for the thread to end.

        Return whether it has ended. May be called more than once; it is called at Python's exit if it was
        not called before.
        """
        with self._condition:
            self._closed = True
            self._condition.notify()
        self.cancel()
        thread = self._thread
        if thread is None or thread is threading.current_thread():
            return thread is None
        thread.join(timeout)
        if thread.is_alive():
            return False
        atexit.unregister(self.close)
        return True

    def _run_jobs(self) -> None:
        _lower_priority(self._niceness)
        while True:
            with self._condition:
                while not self._jobs and not self._closed:
                    self._condition.wait()
                if not self._jobs:
                    return
                job = self._current_job = self._jobs.popleft()
            job.run(self._limit_torch_threads)
            with self._condition:
                self._current_job = None
            # The last job's result must not be kept alive until the next job.
            del job

    def _limit_torch_threads(self) -> None:
        """Set PyTorch's number of threads for this thread once a job has imported it."""
        if self._threads_limited:
            return
        torch = sys.modules.get("torch")
        if torch is not None and hasattr(torch, "set_num_threads"):
            torch.set_num_threads(self._threads)
            self._threads_limited = True


def _lower_priority(niceness: int) -> None:
    """Lower the priority of this thread; threads that it starts inherit it."""
    if sys.platform == "linux":
        thread = threading.get_native_id()
        current = os.getpriority(os.PRIO_PROCESS, thread)
        os.setpriority(os.PRIO_PROCESS, thread, max(niceness, current))
