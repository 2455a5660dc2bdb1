"""LIME and Kernel SHAP against exact Shapley values, a linear network's weights and scikit-learn."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch
from captum.attr import ShapleyValues
from sklearn.linear_model import Lasso, Ridge
from torch import nn

from viewer.methods.base import ExplanationRequest, Target
from viewer.methods.explain import explain
from viewer.methods.perturbation.kernel_shap import (
    KernelShap,
    sample_coalitions,
    shapley_kernel,
    solve_shapley,
)
from viewer.methods.perturbation.lime import Lime, cosine_distance
from viewer.models.model import Model
from viewer.scans.provenance import Residual


class Curved(nn.Module):
    """Products and thresholds of its features, so that no linear model fits."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(6)
        self.inner, self.outer = nn.Linear(7, 9), nn.Linear(9, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.outer(torch.relu(self.inner(x)) ** 2)


def exact(values: dict[tuple[bool, ...], float], count: int) -> np.ndarray:
    """Shapley's formula, word by word."""
    found = np.zeros(count)
    for part in range(count):
        others = [other for other in range(count) if other != part]
        for size in range(count):
            for chosen in itertools.combinations(others, size):
                without = tuple(other in chosen for other in range(count))
                with_it = tuple(other in chosen or other == part for other in range(count))
                weight = math.factorial(size) * math.factorial(count - size - 1) / math.factorial(count)
                found[part] += weight * (values[with_it] - values[without])
    return found


@pytest.fixture(scope="module")
def curved() -> tuple[Curved, torch.Tensor]:
    return Curved().double().eval(), torch.randn(
        1, 7, dtype=torch.float64, generator=torch.Generator().manual_seed(1)
    )


@pytest.mark.slow
def test_few_segments_give_exact_shapley_values(curved: tuple[Curved, torch.Tensor]) -> None:
    net, x = curved
    model = Model.from_module(net, x)
    found = KernelShap().explain(ExplanationRequest(model, x, Target(1, "1")))
    values = {
        row: float(net(x * torch.tensor(row))[0, 1]) for row in itertools.product((False, True), repeat=7)
    }
    np.testing.assert_allclose(found.values[0].numpy(), exact(values, 7), rtol=1e-9, atol=1e-12)
    assert found.residual is not None
    assert found.residual.relative < 1e-12
    assert "all coalitions of 7 parts (126)" in found.notes[0]
    expected = ShapleyValues(net).attribute(x, target=1)
    np.testing.assert_allclose(found.values.numpy(), expected.detach().numpy(), rtol=1e-5, atol=1e-6)


def test_with_fewer_samples_the_values_are_near_and_still_complete(
    curved: tuple[Curved, torch.Tensor],
) -> None:
    net, x = curved
    model = Model.from_module(net, x)
    request = ExplanationRequest(model, x, Target(0, "0"))
    whole = KernelShap().explain(request).values
    errors = []
    for samples in (30, 90):
        found = KernelShap(samples=samples).explain(request)
        assert isinstance(found.residual, Residual)
        assert found.residual.relative < 1e-12
        errors.append(float((found.values - whole).abs().max() / whole.abs().max()))
    assert errors[1] < errors[0] < 0.5


@pytest.mark.parametrize("count", [4, 7, 12, 33])
@pytest.mark.parametrize("samples", [20, 100, 500])
def test_coalitions_are_proper_paired_and_weighed_by_the_kernel(count: int, samples: int) -> None:
    kept, weights = sample_coalitions(count, samples, np.random.default_rng(0))
    sizes = kept.sum(1)
    assert len(kept) <= samples
    assert sizes.min() >= 1
    assert sizes.max() <= count - 1
    assert (sizes == 1).sum() == (sizes == count - 1).sum()
    mass = sum((count - 1) / (s * (count - s)) for s in range(1, count))
    assert weights.sum() == pytest.approx(mass)
    np.testing.assert_allclose(shapley_kernel(np.array([1]), count), (count - 1) / (count * (count - 1)))


def test_an_additive_game_is_solved_from_any_coalitions() -> None:
    draw = np.random.default_rng(3)
    worth = draw.normal(size=15)
    kept, weights = sample_coalitions(15, 60, draw)
    found = solve_shapley(kept, weights, kept @ worth + 2.0, 2.0, float(worth.sum()) + 2.0)
    np.testing.assert_allclose(found, worth, atol=1e-10)


def test_lime_finds_the_weights_of_a_linear_network() -> None:
    torch.manual_seed(0)
    head = nn.Linear(6, 2)
    x = torch.randn(1, 6)
    found = explain(Model.from_module(head, x), x, "lime", target=1, device="cpu", penalty=0.0)
    np.testing.assert_allclose(found.data, (x * head.weight[1]).detach().numpy(), rtol=1e-4, atol=1e-5)
    assert "R² = 1.000" in found.provenance.notes[0]


@pytest.mark.parametrize("surrogate", ["ridge", "lasso"])
def test_lime_equals_scikit_learn(curved: tuple[Curved, torch.Tensor], surrogate: str) -> None:
    net, x = curved
    method = Lime(surrogate=surrogate, samples=200, penalty=0.05)
    found = method.explain(ExplanationRequest(Model.from_module(net, x), x, Target(1, "1"), seed=4))
    kept = np.random.default_rng(4).random((200, 7)) < 0.5
    kept[0] = True
    with torch.no_grad():
        scores = net(x * torch.from_numpy(kept))[:, 1].numpy()
    near = np.exp(-((1 - np.sqrt(kept.mean(1))) ** 2) / 0.25**2)
    near *= 200 / near.sum()
    deviation = math.sqrt(np.cov(scores, aweights=near, ddof=0))
    model = Ridge(alpha=10.0) if surrogate == "ridge" else Lasso(alpha=0.05)
    model.fit(kept, scores / deviation, sample_weight=near)
    np.testing.assert_allclose(found.values[0].numpy(), model.coef_ * deviation, rtol=1e-6, atol=1e-9)
    r2 = model.score(kept, scores / deviation, sample_weight=near)
    assert 0.3 < r2 < 0.999
    assert f"R² = {r2:.3f}" in found.notes[0]
    if surrogate == "lasso":
        assert (found.values == 0).any()


def test_the_cosine_distance_is_that_to_the_whole() -> None:
    kept = np.array([[True] * 4, [True, False, False, False], [False] * 4])
    np.testing.assert_allclose(cosine_distance(kept), [0, 0.5, 1])


@pytest.mark.parametrize("method", [Lime(samples=60, segments=8), KernelShap(samples=60, segments=8)])
def test_a_bright_spot_is_found_in_a_volume(method: Lime | KernelShap) -> None:
    class Spot(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x[:, :, 8:12, 2:6, 5:9].mean((2, 3, 4))

    x = torch.rand(1, 1, 14, 14, 14, generator=torch.Generator().manual_seed(2)) + 0.5
    found = method.explain(ExplanationRequest(Model.from_module(Spot(), x), x, Target(0, "0"))).values[0, 0]
    inside = found[8:12, 2:6, 5:9].mean()
    assert float(inside) > 2 * float(found.mean()) > 0
