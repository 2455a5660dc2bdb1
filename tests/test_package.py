"""What a stranger gets: the metadata, the tested versions, the set-up and the README's commands."""

from __future__ import annotations

import re
import subprocess
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
CONSTRAINTS = dict(
    line.split("==") for line in (ROOT / "resources/constraints.txt").read_text().splitlines() if "==" in line
)


def closure(names: list[str]) -> set[str]:
    """Every package that these requirements bring along, by the metadata of what is installed."""
    found: set[str] = set()
    waiting = [Requirement(name) for name in names]
    while waiting:
        wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        if name in found or (wanted.marker and not wanted.marker.evaluate({"extra": ""})):
            continue
        found.add(name)
        for line in metadata.requires(name) or ():
            inner = Requirement(line)
            extras = wanted.extras or {""}
            if inner.marker is None or any(inner.marker.evaluate({"extra": extra}) for extra in extras):
                inner.marker = None
                waiting.append(inner)
    return found


@pytest.mark.parametrize(
    "requirement", [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["test"]], ids=str
)
def test_the_tested_version_is_one_the_package_allows(requirement: str) -> None:
    wanted = Requirement(requirement)
    assert CONSTRAINTS[canonicalize_name(wanted.name)] in wanted.specifier


def test_every_package_that_comes_along_has_a_tested_version() -> None:
    needed = closure(PROJECT["dependencies"] + PROJECT["optional-dependencies"]["test"])
    of_this_build = {name for name in needed if name.startswith(("nvidia-", "cuda-", "triton"))}
    assert needed - of_this_build == set(CONSTRAINTS)


def test_the_tests_run_on_the_tested_versions() -> None:
    installed = {name: metadata.version(name).partition("+")[0] for name in CONSTRAINTS}
    assert installed == CONSTRAINTS


def test_the_tested_versions_run_on_the_oldest_python() -> None:
    (oldest,) = re.findall(r"^>=(\d+\.\d+)$", PROJECT["requires-python"])
    wanted = {name: metadata.metadata(name).get("Requires-Python") or "" for name in CONSTRAINTS}
    assert {name: text for name, text in wanted.items() if f"{oldest}.0" not in SpecifierSet(text)} == {}


def test_the_readme_shows_the_two_commands_first() -> None:
    blocks = re.findall(r"```\w*\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    lines = [line.partition("#")[0].strip() for line in blocks[0].splitlines()]
    assert [line for line in lines if line.startswith("sh ")] == ["sh resources/run", "sh resources/run test"]


def test_the_readme_s_pictures_and_links_are_there() -> None:
    for target in re.findall(r"\]\(([^)#]+)", (ROOT / "README.md").read_text()):
        assert target.startswith("https://") or (ROOT / target).exists(), target


def test_ci_calls_the_readme_s_second_command() -> None:
    assert "sh resources/run test" in (ROOT / ".ci/run").read_text()


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_the_set_up_parses(shell: str) -> None:
    answer = subprocess.run(
        [shell, "-n", ROOT / "resources/run"], capture_output=True, text=True, check=False
    )
    assert (answer.returncode, answer.stderr) == (0, "")


def test_what_is_shipped_is_small() -> None:
    sizes = {path: path.stat().st_size for path in (ROOT / "resources").rglob("*") if path.is_file()}
    assert {path.name: size for path, size in sizes.items() if size > 2_000_000} == {}
