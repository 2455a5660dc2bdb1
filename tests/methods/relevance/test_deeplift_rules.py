"""The rescale rule writes over what arrives where it may, and answers the same."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from viewer.methods.relevance.deeplift_rules import RescaleRule
from viewer.models.graph.graph import Node
from viewer.models.graph.operators.operator import SavedTensors

SETTINGS = {"relu": {}, "sigmoid": {}, "leaky_relu": {"slope": 0.1}}


@pytest.mark.parametrize("operator", SETTINGS)
def test_where_nothing_changes_the_derivative_stands_also_in_place(operator):
    make = torch.Generator().manual_seed(0)
    x, m = (torch.randn(1, 2, 3, 4, generator=make, dtype=torch.float64) for _ in range(2))
    reference = torch.zeros_like(x)
    reference[..., :2] = x[..., :2]
    node = Node("function", operator, ("x",), SETTINGS[operator])
    beside = SavedTensors((reference,), ((1, 2, 3, 4),), (True,))
    kept = SavedTensors((x,), ((1, 2, 3, 4),), (True,), reference=beside)
    plain = RescaleRule().backward(node, m.clone(), kept)[0]
    owned = RescaleRule().backward(node, m.clone(), replace(kept, may_overwrite=True))[0]
    assert torch.isfinite(plain).all()
    assert torch.equal(owned, plain)
    leaf = x.clone().requires_grad_(True)
    function = {
        "relu": torch.relu,
        "sigmoid": torch.sigmoid,
        "leaky_relu": lambda value: torch.nn.functional.leaky_relu(value, 0.1),
    }[operator]
    (slope,) = torch.autograd.grad(function(leaf).sum(), leaf)
    torch.testing.assert_close(plain[..., :2], (slope * m)[..., :2])
