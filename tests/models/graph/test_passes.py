"""What is left out of a graph, and what is not."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from viewer.models.graph.capture import capture
from viewer.models.graph.interpreter import run
from viewer.models.graph.passes import find_final_activation, strip_final_activation


@pytest.mark.parametrize(
    ("last", "word"),
    [
        (nn.Softmax(1), "softmax"),
        (nn.LogSoftmax(-1), "log_softmax"),
        (nn.Sigmoid(), "sigmoid"),
        (nn.Identity(), None),
        (nn.Tanh(), None),
    ],
)
def test_a_final_activation_is_recognised_and_stripped(last, word):
    network = nn.Sequential(nn.Linear(3, 4), last).eval()
    x = torch.randn(5, 3)
    graph = capture(network, x[:1])
    assert find_final_activation(graph) == word
    stripped = strip_final_activation(graph)
    with torch.no_grad():
        expected = network(x) if word is None else network[0](x)
    assert torch.allclose(run(stripped, x), expected, atol=1e-6)
    assert len(stripped.nodes) == (1 if word or isinstance(last, nn.Identity) else 2)


def test_a_softmax_in_the_middle_stays(toy):
    graph = toy("attention").graph
    assert find_final_activation(graph) is None
    assert strip_final_activation(graph) is graph


class Idle(nn.Module):
    def __init__(self):
        super().__init__()
        self.dense, self.unused = nn.Linear(4, 3), nn.Linear(4, 5)
        self.drop, self.nothing = nn.Dropout(0.4), nn.Identity()
        self.register_buffer("table", torch.arange(3.0))

    def forward(self, x):
        self.unused(x)
        x = self.drop(self.nothing(x)).clone().contiguous().detach()
        assert x.shape[1] == 4
        shift = torch.linspace(0, 1, 3) * self.table.exp() + torch.ones(3).cumsum(0)
        return self.dense(x) + shift


def test_what_changes_nothing_is_gone_and_what_is_constant_is_computed_once():
    network = Idle().eval()
    x = torch.randn(2, 4)
    graph = capture(network, x[:1])
    assert [node.operator for node in graph.nodes] == ["linear", "affine"]
    assert set(graph.constants) >= {"dense.weight", "dense.bias"}
    assert "unused.weight" not in graph.constants
    assert len(graph.constants) == 3
    with torch.no_grad():
        assert torch.allclose(run(graph, x), network(x))


def test_in_place_calls_are_functionalized(toy):
    for name in ("in-place", "residual-in-place", "writes-into-part"):
        operators = [node.operator for node in toy(name).graph.nodes]
        assert not any(
            operator.split(".")[-2:-1] and operator.split(".")[1].endswith("_") for operator in operators
        )
        assert "relu" in operators or "leaky_relu" in operators


def test_a_batch_norm_is_one_scaling(toy):
    graph = toy("densenet-like").graph
    count = sum(isinstance(part, nn.BatchNorm3d) for part in toy("densenet-like").network.modules())
    assert sum(node.operator == "affine" for node in graph.nodes) == count
