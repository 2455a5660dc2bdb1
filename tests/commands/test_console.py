from __future__ import annotations

import contextlib
import io
import json
import signal
import threading
from collections.abc import Iterator

import pytest

from viewer.commands import console
from viewer.commands.console import (
    ProgressBar,
    format_duration,
    format_json,
    format_table,
    print_notes,
    show_progress,
)
from viewer.errors import Cancelled
from viewer.progress import ProgressStep


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(console.time, "monotonic", made.monotonic)
    return made


def test_a_terminal_has_a_bar_on_one_line(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    stream = Terminal()
    bar = ProgressBar(stream)
    bar.update(ProgressStep(0.5, "step 20 of 40", 10.0, 10.0))
    assert stream.getvalue() == "\r[############............]  50% step 20 of 40, 10 s left\033[K"
    bar.update(ProgressStep(0.6, "too soon", 10.0, 10.0))
    clock.now += 0.2
    bar.update(ProgressStep(0.75, "a very long description of what is being done just now", 10.0, None))
    last = stream.getvalue().rpartition("\r")[2].removesuffix("\033[K")
    assert "too soon" not in stream.getvalue()
    assert len(last) == 59
    bar.clear()
    assert stream.getvalue().endswith("\r\033[K")
    assert "\n" not in stream.getvalue()


@pytest.mark.parametrize(
    ("message", "left", "line"), [("", 2.0, "50% 2 s left"), ("", None, "50%"), ("step", None, "50% step")]
)
def test_a_line_has_what_is_known(clock: Clock, message: str, left: float | None, line: str) -> None:
    stream = io.StringIO()
    bar = ProgressBar(stream)
    clock.now += 10
    bar.update(ProgressStep(0.5, message, 2.0, left))
    assert stream.getvalue() == f"{line}\n"


def test_elsewhere_there_are_plain_lines_now_and_then(clock: Clock) -> None:
    stream = io.StringIO()
    bar = ProgressBar(stream)
    for number in range(100):
        clock.now += 0.25
        bar.update(ProgressStep(number / 100, f"step {number}", 0.0, None))
    bar.clear()
    lines = stream.getvalue().splitlines()
    assert lines == ["19% step 19", "39% step 39", "59% step 59", "79% step 79", "99% step 99"]


def test_the_bar_is_gone_after_an_error(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr("sys.stderr", stream)

    def work() -> None:
        with show_progress(quiet=False) as shown:
            shown.step(1, 2, "half")
            raise Cancelled

    with pytest.raises(Cancelled):
        work()
    assert "half" in stream.getvalue()
    assert stream.getvalue().endswith("\r\033[K")


def test_quiet_is_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    with show_progress(quiet=True) as shown:
        shown.step(1, 2, "half")
    print_notes(["something"], quiet=True)
    assert capsys.readouterr().err == ""
    print_notes(["something"], quiet=False)
    assert capsys.readouterr().err == "note: something\n"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "0 s"), (41, "41 s"), (89.4, "89 s"), (150, "2 min"), (5340, "89 min"), (7500, "2 h 5 min")],
)
def test_durations_in_words(seconds: float, words: str) -> None:
    assert format_duration(seconds) == words


def test_json_has_no_numbers_that_json_does_not_know() -> None:
    value = {"a": float("nan"), "b": [1.5, float("inf")], 3: ("x", None), "ä": True}
    assert json.loads(format_json(value)) == {"a": None, "b": [1.5, None], "3": ["x", None], "ä": True}
    assert "ä" in format_json(value)


def test_a_table_is_aligned() -> None:
    shown = format_table(("name", "value"), [("a", "1"), ("longer", "200")], right_aligned=(1,))
    assert shown == "name    value\na           1\nlonger    200"


@pytest.fixture
def control_c() -> Iterator[None]:
    """Ctrl+C as a terminal has it; a shell's background jobs ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("control_c")
def test_control_c_whose_exception_is_lost_cancels_at_the_next_step() -> None:
    handler = signal.getsignal(signal.SIGINT)
    with show_progress(quiet=True) as shown:
        with contextlib.suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        with pytest.raises(Cancelled):
            shown.step(0.2)
    assert signal.getsignal(signal.SIGINT) is handler


@pytest.mark.usefixtures("control_c")
def test_control_c_stays_an_exception() -> None:
    with pytest.raises(KeyboardInterrupt), show_progress(quiet=True):
        signal.raise_signal(signal.SIGINT)


def test_where_it_is_ignored_it_stays_ignored() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with show_progress(quiet=True) as shown:
            signal.raise_signal(signal.SIGINT)
            shown.step(0.5)
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("control_c")
def test_beside_the_main_thread_control_c_is_left_alone() -> None:
    handler = signal.getsignal(signal.SIGINT)
    within = []

    def work() -> None:
        with show_progress(quiet=True) as shown:
            shown.step(0.5)
            within.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert within == [handler]
