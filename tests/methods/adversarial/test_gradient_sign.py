"""FGSM, PGD and DeepFool: closed forms on affine networks, limits and turned predictions on curved ones."""

from __future__ import annotations

import pytest
import torch
from captum.robust import FGSM as OracleFGSM  # noqa: N811
from captum.robust import PGD as OraclePGD  # noqa: N811
from torch import nn

from viewer.errors import MethodError
from viewer.methods.adversarial.deep_fool import DeepFool
from viewer.methods.adversarial.gradient_sign import FGSM, PGD, value_range
from viewer.methods.base import Attribution, ExplanationRequest, Method, Target
from viewer.models.model import Model
from viewer.models.model_card import Card, ModelKind


@pytest.fixture(scope="module")
def affine() -> nn.Linear:
    torch.manual_seed(3)
    return nn.Linear(8, 4).double()


@pytest.fixture(scope="module")
def curved() -> nn.Module:
    torch.manual_seed(5)
    return nn.Sequential(
        nn.Conv3d(1, 4, 3), nn.Softplus(), nn.AvgPool3d(2), nn.Flatten(), nn.Linear(4 * 27, 3)
    ).double()


def volume() -> torch.Tensor:
    return torch.randn(1, 1, 8, 8, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(2))


def vector() -> torch.Tensor:
    return torch.randn(1, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(4))


def run_method(net: nn.Module, x: torch.Tensor, method: Method, target: int) -> Attribution:
    return method.explain(ExplanationRequest(Model.from_module(net, x), x, Target(target, str(target))))


def test_fgsm_step_opposes_the_sign_of_the_weights(affine: nn.Linear) -> None:
    x = vector()
    found = run_method(affine, x, FGSM(epsilon=0.1), 2).values
    torch.testing.assert_close(found, -0.1 * value_range(x) * affine.weight[2].sign()[None])


def test_fgsm_equals_captum(curved: nn.Module) -> None:
    x = volume()
    found = run_method(curved, x, FGSM(epsilon=0.02), 1)
    oracle = OracleFGSM(curved, loss_func=lambda answers, target: -answers[:, target])
    expected = oracle.perturb(x, 0.02 * value_range(x), target=1) - x
    torch.testing.assert_close(found.values, expected.detach())


def test_pgd_equals_captum(curved: nn.Module) -> None:
    x = volume()
    found = run_method(curved, x, PGD(epsilon=0.02, steps=6, rate=0.3), 1)
    oracle = OraclePGD(curved, loss_func=lambda answers, target: -answers[:, target])
    limit = 0.02 * value_range(x)
    expected = oracle.perturb(x, limit, 0.3 * limit, 6, target=1, norm="Linf") - x
    torch.testing.assert_close(found.values, expected.detach(), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("norm", ["maximum", "euclidean"])
@pytest.mark.parametrize("start", [False, True])
def test_pgd_stays_within_the_limit_and_lowers_the_output(curved: nn.Module, norm: str, start: bool) -> None:
    x = volume()
    found = run_method(curved, x, PGD(epsilon=0.03, steps=8, norm=norm, start=start), 0).values
    limit = 0.03 * value_range(x)
    size = float(found.abs().max()) if norm == "maximum" else float(found.norm()) / x.numel() ** 0.5
    assert size == pytest.approx(limit, rel=1e-6)
    with torch.no_grad():
        assert curved(x + found)[0, 0] < curved(x)[0, 0] - 0.01


def test_the_euclidean_optimum_of_an_affine_network_is_along_its_weights(affine: nn.Linear) -> None:
    x = vector()
    found = run_method(affine, x, PGD(epsilon=0.1, steps=10, norm="euclidean"), 1).values
    weights = affine.weight[1].detach()
    expected = -weights / weights.norm() * 0.1 * value_range(x) * 8**0.5
    torch.testing.assert_close(found, expected[None])


@pytest.mark.parametrize("target", range(4))
def test_deepfool_of_an_affine_network_reaches_the_nearest_boundary(affine: nn.Linear, target: int) -> None:
    x = vector()
    found = run_method(affine, x, DeepFool(overshoot=0.0, steps=1), target).values
    logits = affine(x)[0].detach()
    here = int(logits.argmax()) == target
    rivals = [k for k in range(4) if k != target] if here else [int(logits.argmax())]
    ways = []
    for rival in rivals:
        weights = (affine.weight[target] - affine.weight[rival]).detach()
        ways.append(-(logits[target] - logits[rival]) / weights.square().sum() * weights)
    expected = min(ways, key=lambda way: float(way.norm()))
    torch.testing.assert_close(found[0], expected)
    after = affine(x + found)[0].detach()
    assert float((after[target] - after[rivals]).abs().min()) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("target", range(3))
def test_deepfool_flips_the_prediction_with_a_small_change(curved: nn.Module, target: int) -> None:
    x = volume()
    found = run_method(curved, x, DeepFool(), target)
    with torch.no_grad():
        before, after = (int(curved(each).argmax()) for each in (x, x + found.values))
    assert (before == target) != (after == target)
    assert "the prediction changes" in found.notes[0]
    step = run_method(curved, x, FGSM(epsilon=float(found.values.abs().mean()) / value_range(x)), target)
    assert float(found.values.norm()) < 0.5 * float(x.norm())
    assert step.values.shape == found.values.shape


def test_deepfool_refuses_regression(curved: nn.Module) -> None:
    x = volume()
    card = Card("age", classes=("a", "b", "c"), kind=ModelKind.REGRESSION, values=(1.0, 2.0, 3.0))
    request = ExplanationRequest(
        Model.from_module(curved, x, card), x, Target(0, "value", values=card.values)
    )
    with pytest.raises(MethodError, match="no decision boundary"):
        DeepFool().explain(request)
    found = PGD(steps=3).explain(request)
    assert "the output goes from" in found.notes[0]
    assert "prediction" not in found.notes[0]


def test_zero_gradient_stops_deepfool_with_a_note() -> None:
    net = nn.Sequential(nn.ReLU(), nn.Linear(4, 2)).eval()
    found = run_method(net, -torch.ones(1, 4), DeepFool(), 0)
    assert not found.values.any()
    assert "the decision boundary is not reached" in found.notes[1]
