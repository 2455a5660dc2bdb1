"""The ε rule at norms of the input's own statistics: linear in x, with the deviation held."""

from __future__ import annotations

import pytest
import torch

from viewer.methods.relevance.elementwise_rules import NormalisationRule
from viewer.models.graph.graph import Node
from viewer.models.graph.operators.operator import SavedTensors

CASES = {
    "layer_norm": ({"shape": (4, 5), "eps": 1e-5}, (-2, -1), (4, 5)),
    "instance_norm": ({"eps": 1e-5}, (-2, -1), (3, 1, 1)),
    "group_norm": ({"groups": 1, "eps": 1e-5}, (-3, -2, -1), (3, 1, 1)),
}


@pytest.mark.parametrize("counted", [False, True], ids=["bias left out", "bias counted"])
@pytest.mark.parametrize("operator", CASES)
def test_relevance_is_shared_by_what_each_value_adds_with_the_deviation_held(operator, counted):
    settings, dims, wide = CASES[operator]
    make = torch.Generator().manual_seed(1)
    x = torch.randn(2, 3, 4, 5, generator=make, dtype=torch.float64)
    weight, bias = (torch.randn(wide, generator=make, dtype=torch.float64) for _ in range(2))
    relevance = torch.randn(x.shape, generator=make, dtype=torch.float64)
    leaf = x.clone().requires_grad_(True)
    deviation = (x.var(dims, unbiased=False, keepdim=True) + settings["eps"]).sqrt()
    linear = (leaf - leaf.mean(dims, keepdim=True)) / deviation * weight
    z = (linear + bias * counted).detach()
    (slope,) = torch.autograd.grad(linear, leaf, relevance / z)
    expected = x * slope
    flat = (weight, bias) if operator == "layer_norm" else (weight.reshape(-1), bias.reshape(-1))
    shapes = (tuple(x.shape), *(tuple(each.shape) for each in flat))
    kept = SavedTensors((x, *flat), shapes, (True, False, False))
    rule = NormalisationRule(epsilon=0.0, relative=False, bias=counted)
    found = rule.backward(Node("norm", operator, ("x", "w", "b"), settings), relevance, kept)[0]
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-9)
