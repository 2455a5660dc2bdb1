"""Progress reports, cancellation and partial results of a long computation."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from viewer.errors import Cancelled


@dataclass(frozen=True)
class ProgressStep:
    """A report: the share done (0 to 1), the current operation, and the seconds spent and left."""

    fraction: float
    message: str
    seconds: float
    seconds_left: float | None


class Progress:
    """Progress of a long computation; without arguments it reports nothing and never cancels.

    Parameters
    ----------
    report : callable, optional
        Called at every step with a `ProgressStep` (``fraction`` from 0 to 1, ``message``, ``seconds``,
        ``seconds_left``).
    cancelled : callable, optional
        Called at every step; if it returns True, the step raises `viewer.errors.Cancelled`.
    partial : callable, optional
        Called with intermediate results, if the computation has any.

    Examples
    --------
    >>> import viewer
    >>> fractions = []
    >>> progress = viewer.Progress(lambda step: fractions.append(step.fraction))
    >>> progress.step(1, 4, "counting")
    >>> fractions
    [0.25]
    """

    def __init__(
        self,
        report: Callable[[ProgressStep], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
        partial: Callable[[Any], None] | None = None,
    ) -> None:
        self._report = report
        self._cancelled = cancelled
        self._partial = partial
        self._start = time.monotonic()

    def raise_if_cancelled(self) -> None:
        """Raise `Cancelled` if the computation should stop; cheap enough for inner loops."""
        if self._cancelled is not None and self._cancelled():
            raise Cancelled

    def step(self, done: float, total: float = 1.0, what: str = "") -> None:
        """Report that ``done`` of ``total`` is finished. Raises `Cancelled` if the work should stop."""
        self.raise_if_cancelled()
        if self._report is None:
            return
        fraction = min(max(done / total, 0.0), 1.0) if total > 0 else 0.0
        seconds = time.monotonic() - self._start
        remaining = seconds * (1.0 - fraction) / fraction if fraction > 0.02 else None
        self._report(ProgressStep(fraction, what, seconds, remaining))

    def subtask(self, begin: float, end: float, what: str = "") -> Progress:
        """Return a progress for a part of the work, which covers the fractions from ``begin`` to ``end``."""
        outer = self

        def report(step: ProgressStep) -> None:
            outer.step(begin + (end - begin) * step.fraction, 1.0, step.message or what)

        return Progress(report, self._cancelled, self._partial)

    def with_message(self, what: str) -> Progress:
        """Return a progress that reports ``what`` instead of the inner messages."""
        outer = self

        def report(step: ProgressStep) -> None:
            outer.step(step.fraction, 1.0, what)

        return Progress(report, self._cancelled, self._partial)

    def without_reports(self) -> Progress:
        """Return a progress that reports nothing and is cancelled with this one."""
        return Progress(cancelled=self._cancelled)

    def map_partial(self, made: Callable[[Any], Any]) -> Progress:
        """Return a progress that passes partial results through ``made``; None results are not reported."""
        outer = self

        def report(step: ProgressStep) -> None:
            outer.step(step.fraction, 1.0, step.message)

        def partial(result: Any) -> None:
            converted = made(result)
            if converted is not None:
                outer.report_partial(converted)

        return Progress(report, self._cancelled, partial if self._partial is not None else None)

    def report_partial(self, partial: Any) -> None:
        """Report an intermediate result."""
        if self._partial is not None:
            self._partial(partial)
