"""Changes of a cost against differences of costs, in more digits; and small ones kept in float32."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from viewer.methods.morch_1995.perturbed_network import make_cost_change
from viewer.models.training.morch.cost import CostName, make_cost


def case(kind: str, size: float):
    draw = np.random.default_rng(3)
    outputs = {"graded": 1, "graded 2": 2, "two": 1, "three": 3}[kind]
    F = draw.normal(size=(outputs, 12)) * 3
    if kind.startswith("graded"):
        name, Y = CostName.SQUARED_ERROR, F + draw.normal(size=F.shape) * 0.1
    else:
        name = CostName.CROSS_ENTROPY
        numbers = draw.integers(0, max(outputs, 2), 12)
        Y = (numbers[None] * 1.0) if outputs == 1 else (np.arange(outputs)[:, None] == numbers) * 1.0
    delta = draw.normal(size=(outputs, 12, 5)) * size
    return name, F, Y, delta


KINDS = ["graded", "graded 2", "two", "three"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [2.0, 1e-3])
def test_changes_are_differences(kind, size):
    name, F, Y, delta = case(kind, size)
    change = make_cost_change(name, F, Y, torch.zeros((), dtype=torch.float64))
    given = [torch.tensor(part) for part in delta]
    cost = make_cost(name, len(F))
    moved = [F + delta[:, :, n] for n in range(5)]
    losses = np.stack([cost.losses(at, Y) - cost.losses(F, Y) for at in moved], axis=1)
    np.testing.assert_allclose(change.change(given).numpy(), losses, rtol=0, atol=1e-13)
    slopes = np.stack([cost.gradients(at, Y) - cost.gradients(F, Y) for at in moved], axis=2)
    for found, expected in zip(change.slope_change(given), slopes, strict=True):
        np.testing.assert_allclose(found.numpy(), expected, rtol=0, atol=1e-13)
    quadratic = 0.5 * np.einsum("ojn,opj,pjn->jn", delta, cost.hessians(F), delta)
    np.testing.assert_allclose(change.quadratic(given).numpy(), quadratic, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("kind", KINDS)
def test_a_change_of_a_millionth_keeps_its_digits_in_float32(kind):
    name, F, Y, delta = case(kind, 1e-6)
    delta = delta.astype(np.float32)
    single = make_cost_change(name, F, Y, torch.zeros(()))
    double = make_cost_change(name, F, Y, torch.zeros((), dtype=torch.float64))
    near = single.change([torch.tensor(part) for part in delta]).double()
    exact = double.change([torch.tensor(part.astype(np.float64)) for part in delta])
    assert float(((near - exact).abs() / exact.abs()).max()) < 1e-5
