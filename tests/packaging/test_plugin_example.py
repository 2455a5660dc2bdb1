"""The examples of CONTRIBUTING.md: installed as the package that it shows, and used."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "resources/docs/CONTRIBUTING.md"

USE = """
import torch
from torch import nn

import viewer
from viewer.models.architectures.registry import recognise_architecture

# A linear network: every contribution is known.
torch.manual_seed(0)
linear = nn.Sequential(nn.Flatten(), nn.Linear(60, 2)).double()
x = torch.randn(2, 1, 3, 4, 5, dtype=torch.float64)
model = viewer.Model.from_module(linear, x[:1])
for noise in (0.0, 1.0):
    found = viewer.explain(model, x, "expected-gradients", target=1, noise=noise, samples=3, seed=5)
    weight = linear[1].weight[1].detach().reshape(1, 1, 3, 4, 5)
    mean = x.mean((1, 2, 3, 4), keepdim=True)
    generator = torch.Generator().manual_seed(5)
    draws = []
    for _ in range(3):
        draws.append(torch.randn(1, 1, 3, 4, 5, generator=generator))
        torch.rand((), generator=generator)
    baseline = mean + noise * x.std((1, 2, 3, 4), keepdim=True) * torch.cat(draws).mean(0)
    expected = weight * (x - baseline)
    values = torch.as_tensor(found.data).reshape(x.shape).double()
    torch.testing.assert_close(values, expected, rtol=1e-4, atol=1e-5)

small = viewer.list_architectures()["small-3d"]
module = small.build({"classes": 3, "channels": 2}, "test")
assert module(torch.zeros(1, 2, 6, 6, 6)).shape == (1, 3)
shapes = {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}
assert recognise_architecture(shapes) is small
assert small.infer_arguments(shapes) == {"classes": 3, "channels": 2}
"""


def blocks() -> dict[str, str]:
    """Return the page's blocks of code by the file name in their first line."""
    found = re.findall(r"^```\w+\n# (\S+)\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    return dict(found)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the example with pip, without any network."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("site")
    for name, text in blocks().items():
        (source / name).write_text(text)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps"]
    command += ["--no-build-isolation", "--target", str(target), str(source)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return target


def call(site: Path, *arguments: str) -> str:
    path = os.pathsep.join([str(ROOT), str(site), os.environ.get("PYTHONPATH", "")])
    answer = subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert answer.returncode == 0, answer.stderr
    assert "Traceback" not in answer.stderr
    return answer.stdout


def test_the_page_shows_the_files_of_the_package() -> None:
    assert set(blocks()) == {
        "expected_gradients.py", "background_share.py", "small_network.py", "spacing.py", "pyproject.toml",
    }  # fmt: skip


@pytest.mark.slow
def test_the_method_computes_its_formula_and_the_architecture_is_recognised(site: Path) -> None:
    call(site, "-c", USE)


@pytest.mark.slow
def test_the_method_is_listed_without_a_complaint(site: Path) -> None:
    (listed,) = json.loads(call(site, "-m", "viewer", "methods", "expected-gradients", "--json"))
    assert [entry["name"] for entry in listed["parameters"]] == ["samples", "noise"]


@pytest.mark.slow
def test_the_check_judges_the_demonstration(site: Path) -> None:
    answer = call(
        site, "-m", "viewer", "check", "simulated-lesions", "--model", "demo", "--map",
        str(ROOT / "resources/demo/integrated-gradients.nii.gz"), "--kinds", "background-share", "--json",
    )  # fmt: skip
    assert "background-share" in answer
    assert "lie outside the head" in answer


def test_the_command_prints_the_spacing(tmp_path: Path) -> None:
    (tmp_path / "spacing.py").write_text(blocks()["spacing.py"])
    run = (
        "import sys; import spacing; from viewer.commands.parser import CommandParser; "
        "parser = CommandParser('spacing', spacing.__doc__, spacing.EXAMPLE); spacing.add_arguments(parser); "
        "sys.exit(spacing.run(parser.parse(sys.argv[1:])))"
    )
    assert json.loads(call(tmp_path, "-c", run, "mni152", "--json")) == {"spacing": [1.0, 1.0, 1.0]}
    assert call(tmp_path, "-c", run, "mni152") == "1 × 1 × 1 mm\n"
