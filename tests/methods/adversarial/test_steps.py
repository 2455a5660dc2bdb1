"""FGSM, PGD and DeepFool: closed forms on affine networks, limits and turned predictions on curved ones."""

from __future__ import annotations

import pytest
import torch
from captum.robust import FGSM as OracleFGSM  # noqa: N811
from captum.robust import PGD as OraclePGD  # noqa: N811
from torch import nn

from viewer.errors import MethodError
from viewer.methods.adversarial.deep_fool import DeepFool
from viewer.methods.adversarial.steps import FGSM, PGD, span
from viewer.methods.method import Attribution, Method, Question, Target
from viewer.models.card import Card, Kind
from viewer.models.model import Model


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


def asked(net: nn.Module, x: torch.Tensor, method: Method, target: int) -> Attribution:
    return method.explain(Question(Model.from_module(net, x), x, Target(target, str(target))))


def test_one_step_goes_against_the_weights_signs(affine: nn.Linear) -> None:
    x = vector()
    found = asked(affine, x, FGSM(epsilon=0.1), 2).values
    torch.testing.assert_close(found, -0.1 * span(x) * affine.weight[2].sign()[None])


def test_one_step_is_captum_s(curved: nn.Module) -> None:
    x = volume()
    found = asked(curved, x, FGSM(epsilon=0.02), 1)
    oracle = OracleFGSM(curved, loss_func=lambda answers, target: -answers[:, target])
    expected = oracle.perturb(x, 0.02 * span(x), target=1) - x
    torch.testing.assert_close(found.values, expected.detach())


def test_many_steps_are_captum_s(curved: nn.Module) -> None:
    x = volume()
    found = asked(curved, x, PGD(epsilon=0.02, steps=6, rate=0.3), 1)
    oracle = OraclePGD(curved, loss_func=lambda answers, target: -answers[:, target])
    limit = 0.02 * span(x)
    expected = oracle.perturb(x, limit, 0.3 * limit, 6, target=1, norm="Linf") - x
    torch.testing.assert_close(found.values, expected.detach(), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("norm", ["maximum", "euclidean"])
@pytest.mark.parametrize("start", [False, True])
def test_the_limit_is_kept_and_the_output_falls(curved: nn.Module, norm: str, start: bool) -> None:
    x = volume()
    found = asked(curved, x, PGD(epsilon=0.03, steps=8, norm=norm, start=start), 0).values
    limit = 0.03 * span(x)
    size = float(found.abs().max()) if norm == "maximum" else float(found.norm()) / x.numel() ** 0.5
    assert size == pytest.approx(limit, rel=1e-6)
    with torch.no_grad():
        assert curved(x + found)[0, 0] < curved(x)[0, 0] - 0.01


def test_the_euclidean_optimum_of_an_affine_network_is_along_its_weights(affine: nn.Linear) -> None:
    x = vector()
    found = asked(affine, x, PGD(epsilon=0.1, steps=10, norm="euclidean"), 1).values
    weights = affine.weight[1].detach()
    expected = -weights / weights.norm() * 0.1 * span(x) * 8**0.5
    torch.testing.assert_close(found, expected[None])


@pytest.mark.parametrize("target", range(4))
def test_deepfool_of_an_affine_network_is_the_nearest_border(affine: nn.Linear, target: int) -> None:
    x = vector()
    found = asked(affine, x, DeepFool(overshoot=0.0, steps=1), target).values
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
def test_deepfool_turns_a_prediction_by_little(curved: nn.Module, target: int) -> None:
    x = volume()
    found = asked(curved, x, DeepFool(), target)
    with torch.no_grad():
        before, after = (int(curved(each).argmax()) for each in (x, x + found.values))
    assert (before == target) != (after == target)
    assert "the prediction turns" in found.notes[0]
    step = asked(curved, x, FGSM(epsilon=float(found.values.abs().mean()) / span(x)), target)
    assert float(found.values.norm()) < 0.5 * float(x.norm())
    assert step.values.shape == found.values.shape


def test_a_value_has_no_border(curved: nn.Module) -> None:
    x = volume()
    card = Card("age", classes=("a", "b", "c"), kind=Kind.REGRESSION, values=(1.0, 2.0, 3.0))
    question = Question(Model.from_module(curved, x, card), x, Target(0, "value", values=card.values))
    with pytest.raises(MethodError, match="no border"):
        DeepFool().explain(question)
    found = PGD(steps=3).explain(question)
    assert "the output goes from" in found.notes[0]
    assert "prediction" not in found.notes[0]


def test_where_the_derivative_is_zero_it_stops_and_says_so() -> None:
    net = nn.Sequential(nn.ReLU(), nn.Linear(4, 2)).eval()
    found = asked(net, -torch.ones(1, 4), DeepFool(), 0)
    assert not found.values.any()
    assert "the border is not reached" in found.notes[1]
