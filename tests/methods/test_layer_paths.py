"""Layer integrated gradients and layer conductance beside Captum's, its own test values, and by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from viewer.errors import MethodError
from viewer.methods.base import ExplanationRequest, Target
from viewer.methods.explain import explain
from viewer.methods.layer_conductance import LayerConductance
from viewer.methods.layer_integrated_gradients import LayerIntegratedGradients
from viewer.models.model import Model

captum = pytest.importorskip("captum.attr")
basic_models = pytest.importorskip("captum.testing.helpers.basic_models")

METHODS = (LayerIntegratedGradients, LayerConductance)


class Skipping(nn.Module):
    """A small U-net with one output a class: its bottleneck has a way around it."""

    def __init__(self) -> None:
        super().__init__()
        self.down = nn.Sequential(nn.Conv2d(1, 3, 3, padding=1), nn.Softplus())
        self.bottom = nn.Sequential(nn.Conv2d(3, 4, 3, stride=2, padding=1), nn.Softplus())
        self.up = nn.ConvTranspose2d(4, 3, 2, stride=2)
        self.last = nn.Sequential(nn.Conv2d(6, 4, 3, padding=1), nn.Softplus())
        self.head = nn.Linear(4, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        fine = self.down(x)
        joined = torch.cat((fine, self.up(self.bottom(fine))), 1)
        return self.head(self.last(joined).flatten(2).mean(2))


class Plain(nn.Sequential):
    def __init__(self) -> None:
        super().__init__(
            nn.Conv3d(1, 3, 3, padding=1), nn.Softplus(), nn.MaxPool3d(2), nn.Conv3d(3, 4, 3),
            nn.Softplus(), nn.Flatten(), nn.Linear(4 * 8, 3),
        )  # fmt: skip


def network(kind: Callable[[], nn.Module], *shape: int) -> tuple[nn.Module, torch.Tensor]:
    draw = torch.Generator().manual_seed(5)
    module = kind().double().eval()
    with torch.no_grad():
        for tensor in module.parameters():
            tensor.copy_(torch.randn(tensor.shape, generator=draw, dtype=torch.float64) * 0.4)
    return module, torch.randn(shape, generator=draw, dtype=torch.float64)


CASES = [(Plain, (2, 1, 8, 8, 8), layer) for layer in ("1", "2", "4")]
CASES += [(Skipping, (2, 1, 8, 8), layer) for layer in ("down.1", "bottom.1", "up", "last.1")]


def contributions(module: nn.Module, x: torch.Tensor, method, layer: str, target: int = 1):
    """Attributions of the shape of the layer's output, of each sample."""
    model = Model.from_module(module, x)
    return [
        method.layer_contributions(ExplanationRequest(model, x[n : n + 1], Target(target, "1"), layer))[2]
        for n in range(len(x))
    ]


def assert_equal(found: torch.Tensor, expected: torch.Tensor) -> None:
    """Compare to the precision of Captum's weights of steps, which are single."""
    size = float(expected.detach().abs().max())
    assert size > 0
    torch.testing.assert_close(found, expected.detach(), rtol=0, atol=1e-6 * size)


@pytest.mark.sampled(3)
@pytest.mark.parametrize(("kind", "shape", "layer"), CASES)
@pytest.mark.parametrize("rule", ["riemann_middle", "gausslegendre"])
def test_layer_integrated_gradients_equal_captums(kind, shape, layer, rule) -> None:
    module, x = network(kind, *shape)
    theirs = captum.LayerIntegratedGradients(module, module.get_submodule(layer))
    expected = theirs.attribute(x, torch.zeros_like(x), target=1, n_steps=9, method=rule)
    method = LayerIntegratedGradients(rule=rule, steps=9, tolerance=0.0, baseline="zero")
    found = torch.cat([one.values for one in contributions(module, x, method, layer)])
    assert_equal(found, expected)


@pytest.mark.parametrize(("kind", "shape", "layer"), CASES)
def test_layer_conductance_equals_captums_walked_both_ways(kind, shape, layer) -> None:
    """Captum takes the slope at the beginning of each step; the mean of both directions is the trapezoid."""
    module, x = network(kind, *shape)
    zero = torch.zeros_like(x)
    theirs = captum.LayerConductance(module, module.get_submodule(layer))
    settings = {"target": 1, "n_steps": 9, "method": "riemann_trapezoid"}
    expected = (theirs.attribute(x, zero, **settings) - theirs.attribute(zero, x, **settings)) / 2
    method = LayerConductance(steps=9, tolerance=0.0, baseline="zero")
    found = torch.cat([one.values for one in contributions(module, x, method, layer)])
    assert_equal(found, expected)


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        ("linear0", [0.0, 390.0, 0.0]),
        ("linear1", [90.0, 100.0, 100.0, 100.0]),
        ("relu", [90.0, 100.0, 100.0, 100.0]),
        ("linear2", [390.0, 0.0]),
    ],
)
def test_conductance_has_the_values_of_captums_tests(layer, expected) -> None:
    x = torch.tensor([[0.0, 100.0, 0.0]])
    module = basic_models.BasicModel_MultiLayer()
    (found,) = contributions(
        module, x, LayerConductance(steps=1501, baseline="zero", tolerance=0), layer, target=0
    )
    torch.testing.assert_close(found.values, torch.tensor([expected]), rtol=0, atol=0.1)
    assert found.residual is not None
    assert found.residual.absolute < 0.05


@pytest.mark.parametrize("method", METHODS)
def test_the_sum_is_the_change_of_the_output_where_all_leads_through_the_layer(method) -> None:
    module, x = network(Plain, 1, 1, 8, 8, 8)
    (found,) = contributions(module, x, method(baseline="zero", tolerance=0.001), "4")
    change = (module(x) - module(torch.zeros_like(x)))[0, 1].item()
    assert float(found.values.sum()) == pytest.approx(change, rel=1e-3)
    assert found.residual.expected == pytest.approx(change, rel=1e-9)
    assert not any("only path" in note for note in found.notes)


@pytest.mark.parametrize("method", METHODS)
def test_ways_around_the_layer_are_told(method) -> None:
    module, x = network(Skipping, 1, 1, 8, 8)
    (found,) = contributions(module, x, method(baseline="zero"), "bottom.1")
    assert any("not the only path through the network" in note for note in found.notes)
    if method is LayerConductance:
        change = (module(x) - module(torch.zeros_like(x)))[0, 1].item()
        share = float(found.values.sum()) / change
        assert any(f"it contains {share:.0%} of f(x)" in note for note in found.notes)
        assert found.residual is None
    else:
        assert found.residual.relative < 0.01


@pytest.mark.parametrize("method", METHODS)
def test_the_map_lies_on_the_input_and_names_its_layer(method) -> None:
    module, x = network(Plain, 1, 1, 8, 8, 8)
    model = Model.from_module(module, x)
    found = explain(model, x, method(), target=1, device="cpu")
    assert found.data.shape == (1, 1, 8, 8, 8)
    assert any(
        note.startswith("computed at softplus") or "(2×2×2)" in note for note in found.provenance.notes
    )
    with pytest.raises(MethodError, match="it has no spatial axes"):
        explain(model, x, method(), target=1, layer="6", device="cpu")


class Aside(nn.Module):
    """A layer whose output is thrown away."""

    def __init__(self) -> None:
        super().__init__()
        self.used, self.unused = nn.Linear(3, 2), nn.Linear(2, 2)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        first = self.used(x)
        return first, self.unused(first)


@pytest.mark.parametrize("method", METHODS)
def test_a_layer_that_leads_nowhere_is_refused(method) -> None:
    x = torch.ones(1, 3)
    model = Model.from_module(Aside(), x, answer=0)
    with pytest.raises(Exception, match="unused"):
        explain(model, x, method(), target=0, layer="unused", device="cpu")
