"""GELU, layer norm and dense biases that ONNX writes out in parts have the maps of the module's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from tests.models.onnx.conftest import export
from viewer.methods.explain import explain
from viewer.models.loading import load_model
from viewer.models.model import Model
from viewer.models.model_card import Card

METHODS = ("gradient", "deeplift", "lrp", "lrp-epsilon", "deep-taylor")


class Block(nn.Module):
    """Patches of an image, and the dense half of a transformer's block."""

    def __init__(self, approximate: str) -> None:
        super().__init__()
        self.patches = nn.Conv2d(1, 8, 4, stride=4)
        self.norm, self.wide, self.narrow = nn.LayerNorm(8), nn.Linear(8, 16), nn.Linear(16, 8)
        self.activation, self.head = nn.GELU(approximate), nn.Linear(8, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        tokens = self.patches(x).flatten(2).transpose(1, 2)
        tokens = tokens + self.narrow(self.activation(self.wide(self.norm(tokens))))
        return self.head(tokens.mean(1))


@pytest.mark.parametrize(("approximate", "opset", "dynamo"), [("none", 13, False), ("tanh", 18, True)])
def test_maps_are_those_of_the_module(tmp_path: Path, approximate: str, opset: int, dynamo: bool) -> None:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        module, x = Block(approximate).eval(), torch.randn(1, 1, 16, 16)
        for parameter in module.parameters():
            parameter.data += 0.1 * torch.randn_like(parameter)
    path = export(module, x, tmp_path / "net.onnx", dynamo=dynamo, opset_version=opset)
    card = Card("net", classes=("a", "b", "c"))
    own, read = Model.from_module(module, x, card), load_model(path, card)
    operators = [node.operator for node in read.graph(x).nodes]
    assert [operators.count(name) for name in ("layer_norm", "gelu", "linear", "affine")] == [1, 1, 3, 0]
    for method in METHODS:
        wanted, got = (explain(one, x, method, target=1, device="cpu").data for one in (own, read))
        np.testing.assert_allclose(got, wanted, atol=1e-5 * np.abs(wanted).max(), err_msg=method)
