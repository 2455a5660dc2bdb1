"""Guided integrated gradients against algorithm 1 of the paper in float64, voxel by voxel."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from viewer.methods.explain import explain
from viewer.models.model import Model

NAME = "guided-integrated-gradients"


class Bent(nn.Module):
    """A smooth function of a few numbers, with a gradient that changes on the way."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        score = torch.tanh(x[:, :1] * 2) * x[:, 1:2] + 0.3 * x[:, 2:3] ** 2 - torch.sin(x[:, 3:4]) * x[:, :1]
        return torch.cat([score, -score], 1)


def slope(x: np.ndarray) -> np.ndarray:
    a, b, c, d = x
    bend = 1 / np.cosh(2 * a) ** 2
    return np.array([2 * bend * b - np.sin(d), np.tanh(2 * a), 0.6 * c, -np.cos(d) * a])


def twin(end: np.ndarray, steps: int, fraction: float, distance: float) -> np.ndarray:
    """Return the contributions; in each step voxels move in the order of |slope| at its begin."""
    start = np.zeros_like(end)
    point, total = start.copy(), np.zeros_like(end)
    whole = np.abs(end).sum()
    for step in range(1, steps + 1):
        g = slope(point)
        before = point.copy()
        low, high = max(step / steps - distance, 0), min(step / steps + distance, 1)
        for i in range(len(end)):
            if abs(point[i]) < low * abs(end[i]):
                point[i] = low * end[i]
        while True:
            excess = np.abs(end - point).sum() - whole * (1 - step / steps)
            free = [i for i in range(len(end)) if point[i] != high * end[i]]
            if excess <= 1e-9 * whole or not free:
                break
            sizes = sorted([abs(g[i]) if i in free else np.inf for i in range(len(end))])
            limit = sizes[int(fraction * (len(end) - 1))]
            chosen = [i for i in free if abs(g[i]) <= limit]
            reach = sum(abs(high * end[i] - point[i]) for i in chosen)
            part = min(excess / reach, 1.0)
            for i in chosen:
                point[i] = high * end[i] if part == 1 else point[i] + part * (high * end[i] - point[i])
        total += (point - before) * g
    return total


@pytest.mark.parametrize(("fraction", "distance"), [(0.1, 1.0), (0.5, 0.2), (1.0, 1.0)])
def test_it_is_algorithm_1(fraction: float, distance: float) -> None:
    x = torch.tensor([[0.8, 1.5, -2.0, 0.7]], dtype=torch.float64)
    model = Model.from_module(Bent().double(), x)
    found = explain(
        model,
        x,
        NAME,
        target=0,
        device="cpu",
        steps=20,
        fraction=fraction,
        distance=distance,
        baseline="zero",
    )
    expected = twin(x[0].numpy(), 20, fraction, distance)
    np.testing.assert_allclose(found.data[0], expected, rtol=1e-4, atol=1e-5)


def test_at_no_distance_it_is_the_straight_path() -> None:
    x = torch.tensor([[0.8, 1.5, -2.0, 0.7]], dtype=torch.float64)
    model = Model.from_module(Bent().double(), x)
    found = explain(model, x, NAME, target=0, device="cpu", steps=50, distance=0.0, baseline="zero")
    left = explain(
        model, x, "integrated-gradients", target=0, device="cpu", rule="riemann_left", steps=50, tolerance=0,
        baseline="zero",
    )  # fmt: skip
    np.testing.assert_allclose(found.data, left.data, rtol=1e-5)


def test_the_contributions_add_up_and_a_linear_network_is_exact() -> None:
    x = torch.tensor([[0.8, 1.5, -2.0, 0.7]])
    found = explain(Model.from_module(Bent(), x), x, NAME, target=0, device="cpu", steps=400, baseline="zero")
    assert found.residual is not None
    assert found.residual.relative < 0.01
    head = nn.Linear(4, 2)
    exact = explain(Model.from_module(head, x), x, NAME, target=0, device="cpu", steps=3, baseline="zero")
    np.testing.assert_allclose(exact.data, (x * head.weight[0]).detach().numpy(), rtol=1e-5)


def test_a_black_baseline_of_a_network_that_normalises_by_its_input_is_told() -> None:
    torch.manual_seed(0)
    norm = torch.nn.InstanceNorm3d(2)
    network = torch.nn.Sequential(torch.nn.Conv3d(1, 2, 3), norm, torch.nn.Flatten(), torch.nn.Linear(128, 2))
    x = torch.rand(1, 1, 6, 6, 6)
    model = Model.from_module(network, x)

    def notes(**given: object) -> str:
        name = "guided-integrated-gradients"
        return " ".join(explain(model, x, name, target=0, device="cpu", **given).provenance.notes)

    assert "the reference is constant" in notes(steps=1)
    assert "after 1 step" in notes(steps=1)
    assert "the reference is constant" not in notes(steps=4, baseline="blurred")
