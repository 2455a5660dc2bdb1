"""The house's rules, held: who may import whom, the formatter, the linter and the types."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

ROOMS = ("scans", "preparation", "models", "fit", "methods", "checks", "jobs", "session")

IMPORT_ALL = """
import importlib, pkgutil, sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"PySide6", "shiboken6", "vtk", "vtkmodules", "pyvista"}:
            raise ImportError(f"{name} is not installed here")

sys.meta_path.insert(0, Absent())
room = importlib.import_module(sys.argv[1])
count = 1
for module in pkgutil.walk_packages(room.__path__, room.__name__ + "."):
    importlib.import_module(module.name)
    count += 1
print(count)
"""

FIRST_IMPORTS = """
import sys

import viewer.cli
heavy = {"torch", "vtk", "vtkmodules", "pyvista", "scipy", "nibabel", "nilearn", "matplotlib", "PySide6"}
print(*sorted(heavy & set(sys.modules)))
"""


LINT = """
import sys
from importlinter.cli import lint_imports

sys.exit(lint_imports(no_cache=True))
"""


def call(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, capture_output=True, text=True, timeout=280, check=False
    )


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_stands_without_qt_and_vtk(room: str) -> None:
    answer = call("-c", IMPORT_ALL, f"viewer.{room}")
    assert answer.returncode == 0, answer.stderr
    assert int(answer.stdout) >= 1


def test_a_blocked_package_would_be_noticed() -> None:
    answer = call("-c", IMPORT_ALL, "viewer.window")
    assert answer.returncode != 0
    assert "PySide6" in answer.stderr


def test_the_command_line_starts_without_anything_heavy() -> None:
    answer = call("-c", FIRST_IMPORTS)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.split() == []


@pytest.mark.lint
def test_nobody_imports_from_a_higher_floor() -> None:
    answer = call(
        "-c", "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "0 broken" in answer.stdout


@pytest.mark.lint
def test_the_linter_has_nothing_to_say() -> None:
    answer = call("-m", "ruff", "check", "--no-cache", ".")
    assert answer.returncode == 0, answer.stdout


@pytest.mark.lint
def test_the_formatter_has_nothing_to_change() -> None:
    answer = call("-m", "ruff", "format", "--check", "--no-cache", ".")
    assert answer.returncode == 0, answer.stdout + answer.stderr


@pytest.mark.lint
def test_the_types_hold() -> None:
    answer = call("-m", "mypy")
    assert answer.returncode == 0, answer.stdout + answer.stderr
