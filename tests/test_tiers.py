"""The tiers of tests: --fast, everything, --slow, and lint apart."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = [
    "checks", "cohorts", "commands", "fit", "guide", "jobs", "methods", "models", "preparation", "scans",
    "scene", "session", "window",
]  # fmt: skip


def collect(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-n", "0", "-p", "no:cacheprovider"]
    return subprocess.run(
        [*command, *arguments], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )


def test_the_fast_tests_are_there_and_cover_every_package(pytestconfig: pytest.Config) -> None:
    chosen = pytestconfig.getini("fast_tests")
    assert [path for path in chosen if not path.exists()] == []
    assert len(set(chosen)) == len(chosen)
    covered = {path.relative_to(ROOT / "tests").parts[0] for path in chosen}
    assert set(PACKAGES) <= covered
    assert set(PACKAGES) == {path.parent.name for path in ROOT.glob("viewer/*/__init__.py")}


@pytest.mark.slow
def test_fast_leaves_other_files_and_lint_out() -> None:
    found = collect("--fast", "tests/jobs", "tests/packaging", "tests/test_floors.py").stdout
    assert "tests/jobs/test_device.py::" in found
    assert "packaging" not in found
    # A file that is named on the command line runs, but for lint.
    assert "test_a_room_stands_without_qt_and_vtk" in found
    assert "linter" not in found


def test_the_linters_can_be_left_out() -> None:
    found = collect("-m", "not lint", "tests/test_floors.py").stdout
    assert "test_a_room_stands_without_qt_and_vtk" in found
    for name in ("linter", "formatter", "types", "higher_floor"):
        assert name not in found
    lint = collect("-m", "lint", "tests/test_floors.py").stdout
    assert sum("::" in line for line in lint.splitlines()) >= 4


def test_fast_and_slow_exclude_each_other() -> None:
    answer = collect("--fast", "--slow", "tests/test_enums.py")
    assert answer.returncode == pytest.ExitCode.USAGE_ERROR
    assert "choose one" in answer.stderr
