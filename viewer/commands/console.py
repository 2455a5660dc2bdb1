"""Console output: progress, notes and tables."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from viewer.models.fit_report import FitReport
    from viewer.progress import Progress, ProgressStep

REDRAW_SECONDS = 0.1
LINE_SECONDS = 5.0
BAR_WIDTH = 24


class ProgressBar:
    """Progress on a stream: a bar on a terminal, otherwise a line every few seconds."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_terminal = stream.isatty()
        self._last_update = time.monotonic() if not self._is_terminal else -REDRAW_SECONDS
        self._is_drawn = False

    def update(self, step: ProgressStep) -> None:
        """Show a step, unless the previous one was shown too recently."""
        now = time.monotonic()
        if now - self._last_update < (REDRAW_SECONDS if self._is_terminal else LINE_SECONDS):
            return
        self._last_update = now
        time_left = "" if step.seconds_left is None else f"{format_duration(step.seconds_left)} left"
        line = f"{step.fraction:4.0%} {', '.join(part for part in (step.message, time_left) if part)}"
        if not self._is_terminal:
            print(line.strip(), file=self._stream, flush=True)
            return
        filled = round(step.fraction * BAR_WIDTH)
        import shutil

        columns = shutil.get_terminal_size().columns
        text = f"[{'#' * filled}{'.' * (BAR_WIDTH - filled)}] {line}"[: columns - 1]
        print(f"\r{text}\033[K", end="", file=self._stream, flush=True)
        self._is_drawn = True

    def clear(self) -> None:
        """Erase the bar."""
        if self._is_drawn:
            print("\r\033[K", end="", file=self._stream, flush=True)


@contextmanager
def show_progress(quiet: bool) -> Iterator[Progress]:
    """Show progress on standard error and erase it at the end; Ctrl+C cancels."""
    from viewer.progress import Progress

    with watch_interrupts() as interrupted:
        if quiet:
            yield Progress(cancelled=interrupted)
            return
        bar = ProgressBar(sys.stderr)
        try:
            yield Progress(bar.update, interrupted)
        finally:
            bar.clear()


@contextmanager
def watch_interrupts() -> Iterator[Callable[[], bool]]:
    """Yield a function that returns whether Ctrl+C was pressed in the meantime.

    Python raises KeyboardInterrupt at an arbitrary point of the program; in a finaliser or a library callback
    it is printed or ignored. The interrupt is therefore recorded as well.
    """
    pressed = threading.Event()
    previous = signal.getsignal(signal.SIGINT)
    if not callable(previous) or threading.current_thread() is not threading.main_thread():
        yield pressed.is_set
        return
    handler = previous

    def record_interrupt(signal_number: int, frame: FrameType | None) -> None:
        pressed.set()
        handler(signal_number, frame)

    signal.signal(signal.SIGINT, record_interrupt)
    try:
        yield pressed.is_set
    finally:
        signal.signal(signal.SIGINT, previous)


def format_duration(seconds: float) -> str:
    """Return a duration in seconds as text."""
    if seconds < 90:
        return f"{max(seconds, 0):.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def print_notes(lines: Iterable[str], quiet: bool) -> None:
    """Print notes on standard error."""
    if not quiet:
        for line in lines:
            print(f"note: {line}", file=sys.stderr)


def print_caution(report: FitReport | None, quiet: bool) -> None:
    """Print on standard error why a scan may not fit the network."""
    if not quiet and report is not None and report.problems:
        print(f"{report.verdict}: {report.sentence}", file=sys.stderr)


def format_json(value: Any) -> str:
    """Return readable JSON; non-finite numbers become null, since JSON has none."""
    from viewer.json_text import json_text, to_json_value

    return json_text(to_json_value(value)).rstrip("\n")


def format_table(
    headings: Sequence[str], rows: Iterable[Sequence[str]], right_aligned: Sequence[int] = ()
) -> str:
    """Return rows as a table with headings; the columns in ``right_aligned`` are right-aligned."""
    lines = [list(headings), *(list(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headings))]
    aligned = []
    for line in lines:
        cells = [
            cell.rjust(width) if column in right_aligned else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        aligned.append("  ".join(cells).rstrip())
    return "\n".join(aligned)
