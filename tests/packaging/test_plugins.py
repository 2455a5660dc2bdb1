"""Packages that add a method, an architecture and a check: installed by pip, and used by the program."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import nibabel
import numpy as np
import pytest

ROOT = Path(__file__).parents[2]

METHOD = '''
"""The absolute gradient, as a method of its own."""

from dataclasses import dataclass
from typing import ClassVar

from viewer.methods.input_gradient import compute_gradient
from viewer.methods.base import Attribution, Family, Method, Requirement, ExplanationRequest, parameter


@dataclass(frozen=True)
class AbsoluteGradient(Method):
    """|∂S/∂x|, times a factor."""

    name: ClassVar[str] = "absolute-gradient"
    title: ClassVar[str] = "Absolute gradient"
    family: ClassVar[Family] = Family.FUNCTION
    requirements: ClassVar[frozenset[Requirement]] = frozenset({Requirement.GRADIENT})
    source: ClassVar[str] = "A test"
    description: ClassVar[str] = "How strongly each voxel changes the output."
    limitations: ClassVar[str] = "It has no sign."

    factor: float = parameter(1.0, "what the gradient is multiplied by", limits=(0.0, 100.0))

    def explain(self, request: ExplanationRequest) -> Attribution:
        gradient = compute_gradient(request.model, request.x, request.target, request.progress)
        return Attribution(self.factor * gradient.abs())
'''

OTHERS = '''
from dataclasses import dataclass
from typing import ClassVar

from torch import nn

from viewer.checks.base import Check, CheckCost, Finding, Verdict
from viewer.models.architectures.architecture import Architecture, ArchitectureArgument


@dataclass(frozen=True)
class Largest(Check):
    """Whether the largest value is finite."""

    name: ClassVar[str] = "largest-value"
    title: ClassVar[str] = "Largest value"
    question: ClassVar[str] = "Is the largest value finite?"
    limits: ClassVar[str] = "It says nothing else."
    source: ClassVar[str] = "A test"

    def estimate_cost(self, explanation):
        return CheckCost()

    def evaluate(self, explanation, progress):
        return Finding(Verdict.HOLDS, "finite", "The largest value is finite.")


def build(classes):
    pool = nn.AdaptiveAvgPool3d(1)
    return nn.Sequential(nn.Conv3d(1, 2, 3), nn.ReLU(), pool, nn.Flatten(), nn.Linear(2, classes))


arguments = (ArchitectureArgument("classes", 2, "outputs"),)
tiny = Architecture("tiny-3d", "Tiny", "A test", "plugin_others:build", 3, arguments)
'''

BROKEN = """
from dataclasses import dataclass
from plugin_method import AbsoluteGradient


class NoMethod:
    name = "no-method"


class Abstract(AbsoluteGradient.__bases__[0]):
    name = "abstract"


@dataclass(frozen=True)
class Untitled(AbsoluteGradient):
    name = "untitled"
    title = None


@dataclass(frozen=True)
class Misnamed(AbsoluteGradient):
    name = "something-else"


@dataclass(frozen=True)
class Greedy(AbsoluteGradient):
    name = "greedy"
    more: float = 1.0

    def __post_init__(self):
        raise RuntimeError("two\\nlines")


@dataclass(frozen=True)
class Taken(AbsoluteGradient):
    name = "gradient"
"""

PYPROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "{name}"
version = "1.2"

[tool.hatch.build.targets.wheel]
only-include = {files}

{entry_points}
"""


def install(folder: Path, target: Path, name: str, modules: dict[str, str], entry_points: str) -> None:
    """Write a package and install it with pip, without any network."""
    source = folder / name
    source.mkdir()
    for module, text in modules.items():
        (source / f"{module}.py").write_text(text)
    files = json.dumps([f"{module}.py" for module in modules])
    (source / "pyproject.toml").write_text(
        PYPROJECT.format(name=name, files=files, entry_points=entry_points)
    )
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps"]
    command += ["--no-build-isolation", "--target", str(target), str(source)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which two packages are installed, one of which is full of mistakes."""
    folder, target = tmp_path_factory.mktemp("sources"), tmp_path_factory.mktemp("site")
    good = """
[project.entry-points."saliency_viewer.methods"]
absolute-gradient = "plugin_method:AbsoluteGradient"
[project.entry-points."saliency_viewer.checks"]
largest-value = "plugin_others:Largest"
[project.entry-points."saliency_viewer.architectures"]
tiny-3d = "plugin_others:tiny"
"""
    bad = """
[project.entry-points."saliency_viewer.methods"]
no-module = "not_there:Method"
no-method = "plugin_broken:NoMethod"
abstract = "plugin_broken:Abstract"
untitled = "plugin_broken:Untitled"
misnamed = "plugin_broken:Misnamed"
greedy = "plugin_broken:Greedy"
gradient = "plugin_broken:Taken"
Bad_Name = "plugin_method:AbsoluteGradient"
[project.entry-points."saliency_viewer.checks"]
no-check = "plugin_broken:NoMethod"
[project.entry-points."saliency_viewer.architectures"]
no-architecture = "plugin_broken:NoMethod"
"""
    install(folder, target, "plugin-good", {"plugin_method": METHOD, "plugin_others": OTHERS}, good)
    install(folder, target, "plugin-bad", {"plugin_broken": BROKEN}, bad)
    return target


def call(site: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python with the packages installed."""
    path = os.pathsep.join([str(ROOT), str(site), os.environ.get("PYTHONPATH", "")])
    return subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


def viewer(site: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return call(site, "-m", "viewer", *arguments)


PROBLEMS = {
    "no-module": "cannot be imported (ModuleNotFoundError: No module named 'not_there')",
    "no-method": "is not a subclass of viewer.methods.base.Method",
    "abstract": "does not implement explain",
    "untitled": "its attribute 'title' is missing or is not of type str",
    "misnamed": "the class calls itself 'something-else'",
    "greedy": "cannot be created without arguments (RuntimeError: two lines)",
    "gradient": "the name is taken already",
    "Bad_Name": "is not a valid name",
}


def test_the_list_of_methods_has_the_new_one_and_a_line_for_each_broken_one(site: Path) -> None:
    answer = viewer(site, "methods", "--json")
    assert answer.returncode == 0, answer.stderr
    listed = {entry["name"]: entry for entry in json.loads(answer.stdout)}
    assert listed["absolute-gradient"]["parameters"][0]["name"] == "factor"
    assert listed["gradient"]["title"] == "Gradient"
    assert not set(listed) & (set(PROBLEMS) - {"gradient"})
    lines = answer.stderr.splitlines()
    assert len(lines) == len(PROBLEMS)
    for name, problem in PROBLEMS.items():
        (line,) = [line for line in lines if repr(name) in line]
        assert line.startswith(f"note: plugin-bad 1.2, saliency_viewer.methods {name!r}: {problem}")


def test_explaining_with_a_broken_one_says_what_is_wrong_with_it(
    site: Path, scan: Path, tmp_path: Path
) -> None:
    made = tmp_path / "map.nii.gz"
    answer = viewer(site, "explain", str(scan), "--model", "demo", "--method", "abstract", "-o", str(made))
    assert answer.returncode != 0
    assert "plugin-bad 1.2" in answer.stderr
    assert "does not implement explain" in answer.stderr
    assert len(answer.stderr.splitlines()) == 1


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("scan") / "scan.nii.gz"
    noise = np.random.default_rng(0).random((20, 22, 18), dtype=np.float32)
    nibabel.save(nibabel.Nifti1Image(noise, np.diag([3.0, 3.0, 3.0, 1.0])), path)
    return path


@pytest.fixture(scope="module")
def network(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights of the architecture that the package adds, with their card."""
    folder = tmp_path_factory.mktemp("network")
    code = (
        "import sys, torch, plugin_others; torch.manual_seed(0); "
        "torch.save(plugin_others.build(2).state_dict(), sys.argv[1])"
    )
    answer = call(site, "-c", code, str(folder / "tiny.pt"))
    assert answer.returncode == 0, answer.stderr
    card = {
        "name": "Tiny",
        "architecture": "tiny-3d",
        "classes": ["no", "yes"],
        "input": {"placement": "field-of-view", "shape": [20, 22, 18], "intensity": {"scaling": "z-score"}},
    }
    (folder / "tiny.card.json").write_text(json.dumps(card))
    return folder / "tiny.pt"


@pytest.mark.slow
def test_the_method_explains_a_network_of_the_architecture_and_the_check_judges_it(
    site: Path, scan: Path, network: Path, tmp_path: Path
) -> None:
    maps = []
    for method, factor in (("absolute-gradient", ["--set", "factor=2"]), ("gradient", [])):
        maps.append(tmp_path / f"{method}.nii.gz")
        answer = viewer(
            site, "explain", str(scan), "--model", str(network), "--method", method, *factor,
            "-o", str(maps[-1]), "--quiet",
        )  # fmt: skip
        assert answer.returncode == 0, answer.stderr
    double, plain = (nibabel.load(path).get_fdata() for path in maps)
    assert np.abs(plain).max() > 0
    np.testing.assert_allclose(double, 2 * np.abs(plain), rtol=1e-5, atol=1e-9)
    answer = viewer(
        site, "check", str(scan), "--model", str(network), "--map", str(maps[0]), "--kinds", "largest-value",
        "--json",
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr
    assert "largest-value" in answer.stdout
    assert "saliency_viewer.checks 'no-check'" in answer.stderr


WINDOW = """
import sys, time
from PySide6.QtCore import QTimer
from viewer.window import application as app
from viewer.window.startup import StartupFiles

said, end = [], time.monotonic() + 60

def look(window):
    window.controller.message.connect(said.append)
    timer = QTimer(window, interval=100)
    def show():
        if len(said) < 9 and time.monotonic() < end:
            return
        timer.stop()
        dock = window.method_dock
        dock._family_combo.setCurrentIndex(dock._family_combo.findData("function"))
        print([dock._method_combo.itemText(row) for row in range(dock._method_combo.count())])
        tree = window.checks_dock.tree
        print([tree.topLevelItem(row).text(0) for row in range(tree.topLevelItemCount())])
        print("\\n".join(said))
        window.close()
    timer.timeout.connect(show)
    window.built.connect(timer.start)

sys.exit(app.run(StartupFiles("mni152"), on_window=look))
"""


@pytest.mark.slow
def test_the_window_offers_both_and_says_what_is_broken(site: Path, tmp_path: Path) -> None:
    script = tmp_path / "window.py"
    script.write_text(WINDOW)
    answer = call(site, str(script))
    assert answer.returncode == 0, answer.stderr
    methods, checks, *said = answer.stdout.splitlines()
    assert "'Absolute gradient'" in methods
    assert "'Largest value'" in checks
    assert sum("plugin-bad 1.2" in line for line in said) == len(PROBLEMS) + 1


@pytest.mark.slow
def test_the_matrix_of_tests_takes_the_method_in(site: Path) -> None:
    answer = call(
        site, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "0", "--slow", "-m", "not slow",
        "-k", "absolute-gradient",
        str(ROOT / "tests/methods"),
    )  # fmt: skip
    assert answer.returncode == 0, answer.stdout
    assert " passed" in answer.stdout
