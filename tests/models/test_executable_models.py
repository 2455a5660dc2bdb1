"""TorchScript and Python files: nothing of them runs until the person says that it may."""

from __future__ import annotations

import warnings
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from viewer.errors import ModelError
from viewer.models.architectures.registry import find_architecture
from viewer.models.formats import ModelFormat
from viewer.models.inspect import inspect
from viewer.models.loading import load_model
from viewer.models.model_card import Card, write_card


class Writes(nn.Module):
    """A script that saves a file when it answers."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path
        self.weight = nn.Parameter(torch.ones(1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        torch.save(x, self.path)
        return x.flatten(1)[:, :2] * self.weight


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "net.pt"
    torch.manual_seed(1)
    network = find_architecture("eitel-3d", "test").build({}, "test")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.save(torch.jit.script(network), str(path))
    return path


def test_torchscript_runs_only_when_trusted(script: Path, eitel_card: Card) -> None:
    assert inspect(script).format is ModelFormat.TORCHSCRIPT
    assert inspect(script).needs_trust
    with pytest.raises(ModelError, match=r"net\.pt: runs its own code when loaded.*--trust"):
        load_model(script, eitel_card)
    model = load_model(script, eitel_card, trust=True)
    assert model.no_graph_reason == "TorchScript"
    torch.manual_seed(1)
    expected = find_architecture("eitel-3d", "test").build({}, "test")
    x = torch.randn(1, 1, 34, 36, 32, requires_grad=True)
    (gradient,) = torch.autograd.grad(model.logits(x)[0, 1], x)
    (wanted,) = torch.autograd.grad(expected(x)[0, 1], x)
    torch.testing.assert_close(gradient, wanted)
    assert not any(parameter.requires_grad for parameter in model.module().parameters())
    with pytest.raises(ModelError, match="TorchScript gives no operator graph"):
        model.graph(x)


def test_a_script_that_writes_files_is_not_even_loaded(
    tmp_path: Path, marker: Path, eitel_card: Card, environment: str
) -> None:
    path = tmp_path / "net.pt"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.save(torch.jit.script(Writes(str(marker))), str(path))
    with pytest.raises(ModelError, match="--trust"):
        load_model(path, eitel_card)
    inspect(path)
    assert not marker.exists()


def test_a_damaged_script_is_refused(script: Path, eitel_card: Card) -> None:
    damaged = script.with_name("damaged.pt")
    with zipfile.ZipFile(script) as old, zipfile.ZipFile(damaged, "w") as new:
        for member in old.infolist():
            content = old.read(member)
            new.writestr(member.filename, b"what?" + content if "/code/" in member.filename else content)
    with pytest.raises(ModelError, match="cannot be loaded as TorchScript"):
        load_model(damaged, eitel_card, trust=True)


def test_a_script_needs_a_card_with_classes(script: Path, eitel_card: Card) -> None:
    with pytest.raises(ModelError, match=r"no card found; describe its name, classes and input in"):
        load_model(script, trust=True)
    with pytest.raises(ModelError, match="its card lacks 'classes'"):
        load_model(script, replace(eitel_card, classes=()), trust=True)


SOURCE = """
from pathlib import Path
from torch import nn

Path({marker!r}).touch()

def build():
    return nn.Sequential(nn.Flatten(), nn.Linear(8, 2))

def fails():
    raise KeyError("weights")

number = 3

def nothing():
    return None
"""


@pytest.fixture
def python(tmp_path: Path, marker: Path, eitel_card: Card) -> Path:
    path = tmp_path / "net.py"
    path.write_text(SOURCE.format(marker=str(marker)))
    write_card(eitel_card, tmp_path / "net.card.json")
    return path


def test_python_runs_only_when_trusted(python: Path, marker: Path) -> None:
    with pytest.raises(ModelError, match=r"net\.py: runs its own code.*--trust"):
        load_model(f"{python}:build")
    assert inspect(python).needs_trust
    assert not marker.exists()
    model = load_model(f"{python}:build", trust=True)
    assert marker.exists()
    assert model.card.name == "squares"
    assert model.logits(torch.ones(1, 1, 2, 2, 2)).shape == (1, 2)
    assert not any(parameter.requires_grad for parameter in model.module().parameters())


@pytest.mark.parametrize(
    ("function", "line"),
    [
        ("absent", "has no function 'absent'"),
        ("number", "has no function 'number'"),
        ("fails", "failed with KeyError: 'weights'"),
        ("nothing", r"nothing\(\) returns no torch\.nn\.Module"),
    ],
)
def test_python_that_does_not_make_a_network_is_refused(function: str, line: str, python: Path) -> None:
    with pytest.raises(ModelError, match=line):
        load_model(f"{python}:{function}", trust=True)


def test_weights_whose_card_names_python_code(python: Path, marker: Path, eitel_card: Card) -> None:
    weights = python.with_name("weights.pt")
    torch.save({"1.weight": torch.full((2, 8), 0.5), "1.bias": torch.zeros(2)}, weights)
    card = replace(eitel_card, architecture="net.py:build")
    with pytest.raises(ModelError, match=r"net\.py: runs its own code"):
        load_model(weights, card)
    assert not marker.exists()
    model = load_model(weights, card, trust=True)
    assert model.logits(torch.ones(1, 1, 2, 2, 2)).tolist() == [[4.0, 4.0]]
