from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

import pytest

from viewer.commands.bench import BENCHMARKS
from viewer.commands.benchmarks import readme
from viewer.commands.benchmarks.measurement import BenchmarkResult
from viewer.commands.benchmarks.methods import METHODS
from viewer.commands.benchmarks.window import GAPS, MOMENTS
from viewer.progress import Progress

README = Path(__file__).parents[3] / "README.md"


def table() -> list[list[str]]:
    """Cells of the rows of "How fast"."""
    section = README.read_text(encoding="utf-8").partition("## How fast\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")][2:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def test_every_row_that_a_benchmark_prints_is_printed_again() -> None:
    named = [
        (cells[0], match[1])
        for cells in table()
        if (match := re.fullmatch(r"`bench ([a-z-]+)`", cells[-1])) is not None
    ]
    assert named == [(row.label, row.benchmark) for row in readme.ROWS]


def test_each_benchmark_runs_once_and_its_numbers_are_sorted_into_the_rows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ran: list[str] = []
    measured: list[tuple[object, ...]] = []
    names = {
        "methods": ["eitel-3d 96×112×96: gradient", "eitel-3d 96×112×96: gradient, memory", "another"],
        "window": ["first paint, of the window's frame", "99th percentile of gaps", "pictures a second"],
    }

    def module(home: str) -> ModuleType:
        name = next(name for name, known in BENCHMARKS.items() if known == home)
        made = ModuleType(name)

        def run(progress: Progress) -> list[BenchmarkResult]:
            ran.append(name)
            return [BenchmarkResult(row, 2.0, "ms") for row in names.get(name, [])]

        def measure(
            progress: Progress, *asked: object, methods: list[tuple[str, object]]
        ) -> list[BenchmarkResult]:
            measured.append((*asked, [name for name, _ in methods]))
            return run(progress)

        made.run = run  # type: ignore[attr-defined]
        made.measure, made.METHODS, made.ROUNDS = measure, METHODS, 5  # type: ignore[attr-defined]
        return made

    monkeypatch.setattr(readme, "import_module", module)
    rows = readme.run(Progress())
    assert sorted(ran) == ["methods", "models", "morch", "occlusion", "scene", "volumes", "window"]
    assert measured == [
        (
            ("eitel-3d", "adnet"),
            ((96, 112, 96),),
            5,
            ["gradient", "integrated-gradients", "lrp-epsilon", "deeplift"],
        )
    ]
    assert [row.name.rpartition(": ")[2] for row in rows] == [
        "gradient", "gradient, memory", "first paint, of the window's frame", "99th percentile of gaps",
    ]  # fmt: skip
    assert rows[0].name.startswith("Eitel's network at 96×112×96: gradient, LRP-ε, DeepLIFT: ")


def test_the_numbers_that_rows_wait_for_are_measured() -> None:
    shape = "×".join(map(str, readme.SHAPE))
    methods = {
        f"{network} {shape}: {name}"
        for network in readme.NAMED_NETWORKS
        for name, _ in METHODS
        if name in readme.NAMED_METHODS
    }
    window = {words for _, words, *_ in (*MOMENTS, *GAPS)}
    measured = {"methods": methods, "window": window}
    for row in readme.ROWS:
        for begin in row.result_prefixes if row.benchmark in measured else ():
            assert any(name.startswith(begin) for name in measured[row.benchmark]), begin
