from __future__ import annotations

import json
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest

from viewer.commands.bench import BENCHMARKS
from viewer.commands.benchmarks import startup
from viewer.commands.benchmarks.measurement import BenchmarkResult
from viewer.progress import Progress, ProgressStep

Run = Callable[..., Any]


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Two benchmarks that measure nothing, in place of the real ones; the list says which were run."""
    ran: list[str] = []

    def module(name: str) -> ModuleType:
        made = ModuleType(name, f"What {name} measures.")

        def run(progress: Progress) -> list[BenchmarkResult]:
            progress.step(1, 2, "counting")
            ran.append(name)
            return [
                BenchmarkResult("seconds", 1.25, "s", "twice as fast as a peer"),
                BenchmarkResult("size", 30000, "MiB"),
                BenchmarkResult("elsewhere", float("nan"), "", "not tried"),
            ]

        made.run = run  # type: ignore[attr-defined]
        return made

    monkeypatch.setattr("viewer.commands.bench.BENCHMARKS", {"first": "first", "second": "second"})
    monkeypatch.setattr("viewer.commands.bench.import_module", module)
    return ran


@pytest.mark.parametrize("name", BENCHMARKS)
def test_every_benchmark_in_the_table_is_there(name: str) -> None:
    module = import_module(BENCHMARKS[name])
    assert (module.__doc__ or "").strip()
    assert callable(module.run)


def test_all_or_those_that_are_named(run: Run, counting: list[str]) -> None:
    assert run("bench").status == 0
    assert run("bench", "second", "second").status == 0
    assert counting == ["first", "second", "second"]


def test_a_number_that_is_not_there_is_a_dash(run: Run, counting: list[str]) -> None:
    line = next(line for line in run("bench", "first").out.splitlines() if "elsewhere" in line)
    assert line.split() == ["first", "elsewhere", "–", "not", "tried"]
    assert json.loads(run("bench", "first", "--json").out)["first"][2]["value"] is None


def test_rows_in_json_and_as_a_table(run: Run, counting: list[str]) -> None:
    rows = json.loads(run("bench", "first", "--json").out)["first"]
    assert rows[0] == {
        "name": "seconds", "value": 1.25, "unit": "s", "comparison": "twice as fast as a peer",
    }  # fmt: skip
    lines = run("bench", "first").out.splitlines()
    assert lines[1].split() == ["first", "seconds", "1.25", "s", "twice", "as", "fast", "as", "a", "peer"]
    assert lines[2].split() == ["first", "size", "30000", "MiB"]


def test_the_list(run: Run, counting: list[str]) -> None:
    assert json.loads(run("bench", "--list", "--json").out) == {
        "first": "What first measures.",
        "second": "What second measures.",
    }
    assert counting == []


def test_start_up_is_measured_in_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[str, ...]] = []
    times = iter(range(1000))

    def measure(words: tuple[str, ...]) -> float:
        calls.append(tuple(words))
        return float(next(times))

    monkeypatch.setattr(startup, "_milliseconds", measure)
    steps: list[ProgressStep] = []
    rows = startup.run(Progress(steps.append))
    kinds = len(startup.COMMANDS) + 1
    assert calls[:kinds] == calls[kinds : 2 * kinds]
    assert len(calls) == kinds * startup.REPEATS
    assert [row.name for row in rows] == ["python alone", *(name for name, _ in startup.COMMANDS)]
    # In turns, the measurements of one kind are as many apart as there are kinds.
    assert rows[0].value == kinds * (startup.REPEATS // 2)
    assert rows[1].comparison == "+1 ms to python alone"


def test_a_process_is_really_started() -> None:
    assert startup._milliseconds(("-c", "pass")) > 1
    with pytest.raises(Exception, match="non-zero exit status 3"):
        startup._milliseconds(("-c", "raise SystemExit(3)"))
