"""Work off the window's thread: what runs, how far it is, and how it comes back.

Two workers: one reads and prepares (short), one asks the network (long), so that a scan can be opened
while a map is computed. An error goes to `failed`, and everything that was there stays.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol, TypeVar

from PySide6.QtCore import QObject, Signal

from viewer.errors import ViewerError
from viewer.jobs.worker import Job, Worker
from viewer.progress import Progress, ProgressStep
from viewer.window.deliver import Deliver

Result = TypeVar("Result")


class Background(Protocol):
    """Runs a function off the window's thread and brings its result back to it."""

    def run(self, work: Callable[[Progress], Result], title: str, done: Callable[[Result], None]) -> object:
        """Do ``work`` there, then call ``done`` with its result here."""


@dataclass(frozen=True)
class Doing:
    """What is being done: a title, how far it is, and whether it can be cancelled.

    ``saves`` is what writes a file that a person asked for: a window waits for it before it closes.
    ``makes`` is what they wait for, and would be lost if it were stopped.
    """

    title: str
    step: ProgressStep | None
    long: bool
    saves: bool = False
    makes: bool = False


class Work(QObject):
    """Runs functions on two background threads and brings their results back to the window's."""

    failed = Signal(str, str)
    """A title (a file, mostly) and the one line that says what is wrong."""

    doing_changed = Signal(object)
    """A `Doing`, or None when nothing is being done."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.deliver = Deliver(self)
        self._short = Worker(deliver=self.deliver, niceness=0)
        self._long = Worker(deliver=self.deliver)
        self._jobs: dict[int, tuple[Job[Any], Doing]] = {}
        self._number = 0
        self._closed = False

    def run(
        self,
        work: Callable[[Progress], Result],
        title: str,
        done: Callable[[Result], None],
        *,
        saves: bool = False,
    ) -> Job[Result]:
        """Run something short in the background; an error is told under its title.

        ``saves`` says that it writes a file that a person asked for.
        """
        return self._submit(self._short, work, title, done, saves=saves)

    def run_long(
        self,
        work: Callable[[Progress], Result],
        title: str,
        done: Callable[[Result], None],
        ended: Callable[[], None] | None = None,
        shown: Callable[[Any], None] | None = None,
        *,
        saves: bool = False,
        makes: bool = False,
    ) -> Job[Result]:
        """Run something that asks the network, or takes as long.

        ``ended`` is called however it ends, ``shown`` with what it has to show before that; ``saves`` as for
        `run`. ``makes`` says that a person asked for it, and would miss it.
        """
        return self._submit(self._long, work, title, done, ended, shown, saves=saves, makes=makes)

    def _submit(
        self,
        worker: Worker,
        work: Callable[[Progress], Result],
        title: str,
        done: Callable[[Result], None],
        ended: Callable[[], None] | None = None,
        shown: Callable[[Any], None] | None = None,
        *,
        saves: bool = False,
        makes: bool = False,
    ) -> Job[Result]:
        if self._closed:
            # A panel's timer may still ask when its window is gone.
            late = Job[Result](work, title, None, None, None, None, None, self.deliver)
            late.cancel()
            return late
        self._number += 1
        number = self._number

        def finish() -> None:
            self._jobs.pop(number, None)
            self._tell()
            if ended is not None:
                ended()

        def succeed(result: Result) -> None:
            finish()
            done(result)

        def fail(error: BaseException) -> None:
            finish()
            self._fail(title, error)

        def advance(step: ProgressStep) -> None:
            if number in self._jobs:
                job, doing = self._jobs[number]
                self._jobs[number] = (job, replace(doing, step=step))
                self._tell()

        job = worker.submit(
            work,
            title=title,
            on_progress=advance,
            on_partial=shown,
            on_done=succeed,
            on_error=fail,
            on_cancelled=finish,
        )
        self._jobs[number] = (job, Doing(title, None, worker is self._long, saves, makes))
        self._tell()
        return job

    def _tell(self) -> None:
        doings = [doing for _, doing in self._jobs.values()]
        doings.sort(key=lambda doing: not doing.long)
        self.doing_changed.emit(doings[0] if doings else None)

    def _fail(self, title: str, error: BaseException) -> None:
        if isinstance(error, ViewerError):
            name = Path(error.subject).name or title
            self.failed.emit(name, error.sentence())
        else:
            self.failed.emit(title, self.tr("{}: {}").format(type(error).__name__, error))

    @property
    def doing(self) -> tuple[Doing, ...]:
        """Everything that is being done or waits."""
        return tuple(doing for _, doing in self._jobs.values())

    @property
    def saving(self) -> tuple[Doing, ...]:
        """What is being written, or waits to be."""
        return tuple(doing for doing in self.doing if doing.saves)

    @property
    def making(self) -> tuple[Doing, ...]:
        """What a person asked for, and would miss if it were stopped now."""
        return tuple(doing for doing in self.doing if doing.makes)

    def cancel(self) -> None:
        """Stop what is being computed, or else what is being read; everything stays as it was."""
        long = [job for job, doing in self._jobs.values() if doing.long]
        for job in long or [job for job, _ in self._jobs.values()]:
            job.cancel()

    @property
    def closed(self) -> bool:
        """Whether it takes nothing more."""
        return self._closed

    def close(self) -> None:
        """Stop everything and wait for it; nothing comes back afterwards."""
        if self._closed:
            return
        self._closed = True
        self.deliver.close()
        for job, _ in self._jobs.values():
            job.cancel()
        self._short.close()
        self._long.close()
