from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

Run = Callable[..., Any]


def test_a_report_is_written_and_its_path_printed(
    run: Run, scan_file: Path, map_file: Path, tmp_path: Path
) -> None:
    path = tmp_path / "report.html"
    command = ("report", scan_file, "--map", map_file, "--threshold", 0.3, "--pseudonym", "sub-01")
    answer = run(*command, "-o", path)
    assert answer.status == 0, answer.err
    assert answer.out == f"{path}\n"
    text = path.read_text()
    assert "sub-01" in text
    assert "sub-01_T1w" not in text
    assert text.count("data:image/png") >= 1


def test_options_that_do_not_go_together(run: Run, scan_file: Path, map_file: Path, tmp_path: Path) -> None:
    command = ("report", scan_file, "--map", map_file, "-o", tmp_path / "a.pdf")
    assert "a PDF cannot hold the interactive page" in run(*command, "--page").err
    assert "name it with --model" in run(*command, "--kinds", "deletion").err
    assert run("report", scan_file, "--map", map_file, "-o", "a.doc").status == 2
