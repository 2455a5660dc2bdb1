"""The public names: documented, examples that run, a cheap import, and a function for every command."""

from __future__ import annotations

import doctest
import functools
import inspect
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import viewer
from viewer.cli import COMMANDS

ROOT = Path(__file__).parents[1]
NAMES = [name for name in viewer.__all__ if name != "__version__"]

COMMAND_FUNCTIONS: dict[str, tuple[str, ...]] = {
    "methods": ("list_methods",),
    "predict": ("predict",),
    "fit": ("check_fit",),
    "prepare": ("prepare",),
    "explain": ("explain", "explain_members"),
    "figure": ("figure",),
    "slices": ("slices_figure",),
    "movie": ("movie",),
    "mesh": ("mesh",),
    "page": ("page",),
    "dicom": ("save_dicom",),
    "report": ("report",),
    "clusters": ("clusters",),
    "regions": ("regions",),
    "channels": ("channels",),
    "compare": ("compare",),
    "cohort": ("cohort",),
    "group": ("group", "compare_with_group", "map_agreement"),
    "nearest": ("nearest",),
    "features": ("features",),
    "check": ("check", "save_report"),
    "record": ("track_record",),
    "patterns": ("fit_patterns", "pattern_quality"),
    "train": ("train", "train_morch"),
    "window": ("open_session", "save_session"),
    "demo": ("load_scan", "load_model", "explain", "figure"),
    "info": ("load_scan", "load_map", "load_card", "list_architectures"),
}
"""What a command does, as functions."""

WITHOUT_FUNCTION = {
    "guide": "shows and builds the guide to this program",
    "install-desktop": "changes the desktop's menu, and belongs to no analysis",
    "reproduce": "is a script over these functions, one a figure of a paper",
    "bench": "measures this program, and belongs to no analysis",
}
"""Commands that no function stands for, and why."""

WITHOUT_COMMAND = {
    "align_images": "is the option --align of the commands that take a scan",
    "load_atlas": "is the option --atlas of clusters and regions",
    "list_checks": "is the option --kinds of check, whose help names them",
}
"""Functions that no command is named for, and why."""

KINDS = ("Parameters", "Attributes", "Returns", "Raises", "Examples")
ARTICLES = ("A", "An", "The", "What", "How", "This", "One", "Whether", "All")


def public(name: str) -> Any:
    return getattr(viewer, name)


def read_sections(text: str) -> dict[str, list[str]]:
    """Return the lines of each section of a numpydoc docstring, by the heading above its dashes."""
    lines = inspect.cleandoc(text).splitlines()
    heads = [number for number, line in enumerate(lines) if re.fullmatch("-{4,}", line)]
    ends = [*(number - 1 for number in heads[1:]), len(lines)][: len(heads)]
    return {lines[a - 1]: lines[a + 1 : b] for a, b in zip(heads, ends, strict=True)}


def read_entries(lines: list[str]) -> dict[str, str]:
    """Return name to type of the entries of a section: lines that are not indented."""
    entries = [line for line in lines if line and not line.startswith(" ")]
    return {name: kind for name, _, kind in (line.partition(" : ") for line in entries)}


@pytest.mark.parametrize("name", NAMES)
def test_a_docstring_describes_the_whole_signature(name: str) -> None:
    found = public(name)
    sections = read_sections(found.__doc__)
    assert [kind for kind in sections if kind not in KINDS] == []
    assert list(sections) == [kind for kind in KINDS if kind in sections]
    parameters = inspect.signature(found).parameters.values()
    stars = {inspect.Parameter.VAR_KEYWORD: "**", inspect.Parameter.VAR_POSITIONAL: "*"}
    expected = [stars.get(one.kind, "") + one.name for one in parameters]
    entries = read_entries(sections.get("Parameters", []))
    assert list(entries) == expected
    assert [one for one, kind in entries.items() if not kind] == []
    for one in parameters:
        optional = "optional" in entries.get(one.name, "")
        assert not optional or one.default is None, f"{one.name} has the default {one.default!r}"
    assert any(line.startswith(">>> ") for line in sections["Examples"])


@pytest.mark.parametrize("name", [name for name in NAMES if inspect.isroutine(public(name))])
def test_a_function_says_what_it_does_returns_and_raises(name: str) -> None:
    found = public(name)
    summary = inspect.cleandoc(found.__doc__).partition("\n")[0]
    assert re.fullmatch(r"[A-Z].*\.", summary), summary
    first = summary.split()[0]
    assert first not in ARTICLES, summary
    assert not first.endswith("s") or first.endswith("ss"), f"an infinitive, please: {summary}"
    sections = read_sections(found.__doc__)
    assert read_entries(sections["Returns"])
    if not name.startswith("list_"):
        assert read_entries(sections["Raises"])


def cached_by_name(load: Any) -> Any:
    """Return a function that loads each file once; images by channel are made anew."""
    cached = functools.cache(load)

    @functools.wraps(load)
    def load_once(given: Any, *more: Any, **named: Any) -> Any:
        return (load if isinstance(given, dict) else cached)(given, *more, **named)

    return load_once


@pytest.fixture(scope="module")
def loaded_once() -> Any:
    """Let examples share what they load: each would else read the same network and template again."""
    patch = pytest.MonkeyPatch()
    for name in ("load_scan", "load_model"):
        original = getattr(viewer, name)
        patch.setattr(viewer, name, cached_by_name(original), raising=False)
    yield
    patch.undo()


SLOW_EXAMPLES = {"compare_with_group", "group", "map_agreement", "track_record"}
"""Functions whose examples explain several scans of 1 mm, or train."""


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name in SLOW_EXAMPLES else name for name in NAMES]
)
@pytest.mark.usefixtures("loaded_once")
def test_the_examples_of_the_docstring_run(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = inspect.cleandoc(public(name).__doc__)
    test = doctest.DocTestParser().get_doctest(text, {}, f"viewer.{name}", None, None)
    assert test.examples
    said: list[str] = []
    doctest.DocTestRunner(verbose=False).run(test, out=said.append)
    assert said == []


def test_every_command_is_a_function_or_says_why_not() -> None:
    commands = {*COMMANDS, "window"}
    assert COMMAND_FUNCTIONS.keys() | WITHOUT_FUNCTION.keys() == commands
    assert not COMMAND_FUNCTIONS.keys() & WITHOUT_FUNCTION.keys()
    named = {name for names in COMMAND_FUNCTIONS.values() for name in names}
    assert named <= set(NAMES)
    assert not named & WITHOUT_COMMAND.keys()
    functions = {name for name in NAMES if inspect.isroutine(public(name))}
    assert functions == named | WITHOUT_COMMAND.keys()


def test_the_list_of_names_is_sorted_and_whole() -> None:
    assert viewer.__all__ == sorted(viewer.__all__)
    assert dir(viewer) == viewer.__all__
    for name in NAMES:
        assert public(name).__name__ == name


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'explian'"):
        viewer.explian  # noqa: B018


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = (
        "import sys, viewer\n"
        "dir(viewer), viewer.Threshold, viewer.View, viewer.Progress, viewer.ViewerError\n"
        "print(*sorted({'torch', 'vtk', 'vtkmodules', 'scipy', 'nibabel', 'PySide6'} & set(sys.modules)))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert answer.stdout.split() == []


@pytest.mark.usefixtures("loaded_once")
def test_the_readme_s_python_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(compile(code, "README.md", "exec"), names)
    assert {"map.nii.gz", "map.json", "figure.png", "report.html", "clusters.csv"} <= {
        path.name for path in tmp_path.iterdir()
    }
    assert names["found"].data.shape == names["tensor"].shape
