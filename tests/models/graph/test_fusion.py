"""Operators written out in parts become one, which computes the same up to rounding."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from viewer.models.graph.capture import capture
from viewer.models.graph.interpreter import run


class Written(nn.Module):
    """A formula of tokens (N, 5, 6), with a weight and a bias of 6."""

    def __init__(self, formula):
        super().__init__()
        self.weight, self.bias = (nn.Parameter(torch.randn(6)) for _ in range(2))
        self.matrix = nn.Parameter(torch.randn(6, 6))
        self.formula = formula

    def forward(self, x):
        return self.formula(self, x)


def centred(x, dims=-1):
    return x - x.mean(dims, keepdim=True)


def deviation(x, dims=-1):
    return torch.sqrt(centred(x, dims).pow(2).mean(dims, keepdim=True) + 1e-5)


def half_last(x):
    return x * (1 + torch.erf(x * 0.7071)) * 0.5


ROOT = math.sqrt(2 / math.pi)
WRITTEN = {
    "layer norm": ("layer_norm", lambda n, x: centred(x) / deviation(x) * n.weight + n.bias),
    "layer norm, no weights": ("layer_norm", lambda n, x: centred(x) / deviation(x)),
    "layer norm, product": (
        "layer_norm",
        lambda n, x: (
            torch.rsqrt((centred(x) * centred(x)).mean(-1, keepdim=True) + 1e-5) * centred(x) * n.weight
        ),
    ),
    "layer norm, reciprocal": ("layer_norm", lambda n, x: centred(x) * deviation(x).reciprocal() + n.bias),
    "layer norm, two axes": ("layer_norm", lambda n, x: centred(x, (1, 2)) / deviation(x, (1, 2)) * n.weight),
    "RMS norm": (
        "rms_norm",
        lambda n, x: n.weight * (x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-6)),
    ),
    "GELU": ("gelu", lambda n, x: 0.5 * x * (1 + torch.erf(x / math.sqrt(2)))),
    "GELU, half last": ("gelu", lambda n, x: half_last(x)),
    "GELU, half at erf": ("gelu", lambda n, x: (torch.erf(x / math.sqrt(2)) * 0.5 + 0.5) * x),
    "GELU of a scaled value": ("gelu", lambda n, x: half_last(3 * x - 1)),
    "GELU, tanh": ("gelu", lambda n, x: 0.5 * x * (1 + torch.tanh(ROOT * (x + 0.044715 * x**3)))),
    "GELU, tanh, products": (
        "gelu",
        lambda n, x: x * 0.5 * (1 + torch.tanh(0.79788456 * x * (1 + 0.044715 * x * x))),
    ),
    "bias": ("linear", lambda n, x: x @ n.matrix.T + n.bias),
}  # fmt: skip
KEPT = {
    "another factor": lambda n, x: x * (1 + torch.erf(x / math.sqrt(2))),
    "another argument": lambda n, x: 0.5 * x * (1 + torch.erf(x)),
    "another cube": lambda n, x: 0.5 * x * (1 + torch.tanh(ROOT * (x + 0.05 * x**3))),
    "over tokens": lambda n, x: centred(x, 1) / deviation(x, 1),
    "another mean": lambda n, x: centred(x, 1) / deviation(x),
    "no epsilon": lambda n, x: centred(x) / centred(x).square().mean(-1, keepdim=True).sqrt(),
    "variance": lambda n, x: centred(x) / (centred(x).square().mean(-1, keepdim=True) + 1e-5),
}


def captured_graph(formula):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network, x = Written(formula).double().eval(), torch.randn(2, 5, 6, dtype=torch.float64)
    with torch.no_grad():
        return capture(network, x), x, network(x)


@pytest.mark.parametrize("name", WRITTEN)
def test_the_parts_become_one_operator(name):
    operator, formula = WRITTEN[name]
    graph, x, expected = captured_graph(formula)
    operators = [node.operator for node in graph.nodes]
    assert operators.count(operator) == 1
    assert not {"erf", "tanh", "div", "sqrt", "pow"} & {word.removeprefix("aten.")[:4] for word in operators}
    assert len(operators) <= 3
    # Constants of a GELU are written with few digits.
    assert float((run(graph, x) - expected).abs().max()) <= (1e-3 if "GELU" in name else 1e-9)


@pytest.mark.parametrize("name", KEPT)
def test_a_similar_formula_stays_as_it_is(name):
    graph, x, expected = captured_graph(KEPT[name])
    assert not {"gelu", "layer_norm", "rms_norm"} & {node.operator for node in graph.nodes}
    torch.testing.assert_close(run(graph, x), expected)


def test_values_that_are_used_elsewhere_stay():
    def formula(network, x):
        norm = centred(x) / deviation(x)
        product = x @ network.matrix.T
        return (
            (norm * network.weight).sum(1) + norm.mean(1) + product.mean(1) + (product + network.bias).sum(1)
        )

    graph, x, expected = captured_graph(formula)
    norms = [node for node in graph.nodes if node.operator == "layer_norm"]
    assert [node.inputs for node in norms] == [("input", None, None)]
    assert [node.inputs[2] for node in graph.nodes if node.operator == "linear"] == [None]
    torch.testing.assert_close(run(graph, x), expected)


def test_a_dense_layer_that_is_a_module_stays_a_layer():
    class Shifted(nn.Module):
        def __init__(self):
            super().__init__()
            self.dense, self.shift = nn.Linear(3, 2, bias=False), nn.Parameter(torch.randn(2))

        def forward(self, x):
            return self.dense(x) + self.shift

    graph = capture(Shifted().eval(), torch.randn(1, 3))
    assert [node.operator for node in graph.nodes] == ["linear", "affine"]
    assert graph.resolve_layer("dense") == graph.nodes[0].name


def test_the_parameters_of_the_parts_are_counted_once():
    graph, _, _ = captured_graph(WRITTEN["layer norm"][1])
    assert graph.by_name[graph.output].parameters == (("weight", 6), ("bias", 6))
