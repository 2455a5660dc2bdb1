"""What exported programs give back and take: one answer is explained and said, several inputs are refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from viewer.errors import ModelError
from viewer.methods.explain import explain
from viewer.models.inspect import inspect
from viewer.models.loading import load_model
from viewer.models.model_card import Card
from viewer.models.output_kind import OutputKind

X = torch.randn(1, 1, 6, 6, 6, generator=torch.Generator().manual_seed(2))


class Body(nn.Module):
    """A convolution that is held under two names, and a line."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.conv = nn.Conv3d(1, 4, 3)
        self.again = nn.ModuleList([self.conv])
        self.line = nn.Linear(4, 2)

    def row(self, x: torch.Tensor) -> torch.Tensor:
        return self.line(torch.relu(self.again[0](x)).mean((2, 3, 4)))

    def forward(self, x: torch.Tensor) -> Any:
        return self.row(x)


class Several(Body):
    def forward(self, x: torch.Tensor) -> Any:
        return {"state": self.conv(x), "logits": self.row(x)}


class OneEach(Body):
    def forward(self, x: torch.Tensor) -> Any:
        return torch.sigmoid(self.row(x)[:, 1])


class TwoHeads(Body):
    def forward(self, x: torch.Tensor) -> Any:
        return self.row(x), torch.relu(self.row(x)).repeat(1, 2)


class Sum(torch.nn.Module):
    def forward(self, x: torch.Tensor, y: torch.Tensor) -> Any:
        return x + y


def exported(folder: Path, network: nn.Module, *given: torch.Tensor) -> Path:
    path = folder / "net.pt2"
    torch.export.save(torch.export.export(network.eval(), given or (X,)), path)
    return path


def test_one_of_several_outputs_is_explained_and_info_says_which(tmp_path: Path) -> None:
    network = Several()
    path = exported(tmp_path, network)
    said = "the network returns 2 tensors; explained: logits (1×2)"
    assert inspect(path).notes == (said,)
    model = load_model(path, card=Card("net", classes=("a", "b")))
    assert torch.allclose(model.logits(X), network(X)["logits"], atol=1e-6)
    assert said.replace("1×2", "N×2") in explain(model, X, "gradient").provenance.notes


def test_one_number_for_each_scan_is_one_output(tmp_path: Path) -> None:
    network = OneEach()
    model = load_model(exported(tmp_path, network), card=Card("net", classes=("patient",)))
    both = torch.cat([X, 2 * X])
    logits = model.logits(both)
    assert logits.shape == (2, 1)
    assert torch.allclose(torch.sigmoid(logits)[:, 0], network(both), atol=1e-6)
    meaning = model.output_meaning(logits, both)
    assert (meaning.kind, meaning.guess) == (OutputKind.SIGMOID, "the network ends in a sigmoid")
    leaf = X.clone().requires_grad_(True)
    (oracle,) = torch.autograd.grad(network.row(leaf)[0, 1], leaf)
    np.testing.assert_allclose(explain(model, X, "gradient").data, oracle.numpy(), atol=1e-6)


def test_two_heads_are_told_apart_by_the_card_alone(tmp_path: Path) -> None:
    path = exported(tmp_path, network := TwoHeads())
    assert "returns 2 tensors: 0 (1×2), 1 (1×4), and none of them is clearly" in inspect(path).refusal
    with pytest.raises(ModelError, match="and none of them is clearly its prediction"):
        load_model(path, card=Card("net"))
    model = load_model(path, card=Card("net", classes=tuple("abcd")))
    assert torch.allclose(model.logits(X), network(X)[1], atol=1e-6)


def test_an_answer_that_is_named_is_taken_without_a_card(tmp_path: Path) -> None:
    module = TwoHeads().eval()
    torch.export.save(torch.export.export(module, (X,)), tmp_path / "net.pt2")
    with pytest.raises(ModelError, match="none of them is clearly its prediction; choose one: answer="):
        load_model(tmp_path / "net.pt2")
    model = load_model(tmp_path / "net.pt2", answer="1")
    torch.testing.assert_close(model.logits(X), module(X)[1])
    assert model.card.classes == ("0", "1", "2", "3")
    with pytest.raises(ModelError, match="returns no '5'"):
        load_model(tmp_path / "net.pt2", answer="5")


def test_inputs_without_an_image_are_refused_by_info_as_by_loading(tmp_path: Path) -> None:
    path = exported(tmp_path, Sum(), torch.ones(2, 3), torch.ones(2, 3))
    refusal = r"takes 2 tensors \(x, y\)"
    assert inspect(path).refusal.startswith("takes 2 tensors (x, y); images of one size, and numbers")
    with pytest.raises(ModelError, match=refusal) as caught:
        load_model(path, card=Card("net", classes=("a", "b")))
    assert "\n" not in str(caught.value)


def test_weights_under_two_names_are_counted_once(tmp_path: Path) -> None:
    network = Body()
    found = inspect(exported(tmp_path, network))
    assert found.parameter_count == sum(parameter.numel() for parameter in network.parameters())
    assert json.dumps(found.as_json())


def test_a_python_file_s_network_gives_back_one_of_several(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(
        "import torch\n"
        "class Net(torch.nn.Module):\n"
        "    def forward(self, x):\n"
        "        if float(x.sum()) > 1e9: x = -x\n"
        "        return {'logits': torch.sigmoid(x.mean((2, 3, 4))), 'loss': None, 'state': x}\n"
        "def build(): return Net()\n"
    )
    model = load_model(f"{path}:build", card=Card("net", classes=("patient",)), trust=True)
    assert torch.allclose(model.logits(X), X.mean((2, 3, 4)))
    assert model.notes == ("the network returns 2 tensors; explained: logits (1×1)",)
