"""Guided backpropagation and DeconvNet know every rectifier, and name what acts like one."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import viewer
from viewer.models.model import Model


class Function(nn.Module):
    """A function as a module."""

    def __init__(self, function) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.function(x)


def network(*functions: nn.Module) -> tuple[Model, torch.Tensor]:
    torch.manual_seed(0)
    layers, before = [], 1
    for function in functions:
        layers += [nn.Conv2d(before, 6, 3), function]
        before = 6
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 2)]
    x = torch.rand(1, 1, 12, 12)
    return Model.from_module(nn.Sequential(*layers).eval(), x), x


def map_and_notes(method: str, *functions: nn.Module) -> tuple[torch.Tensor, tuple[str, ...]]:
    model, x = network(*functions)
    found = viewer.explain(model, x, method, target=0, device="cpu")
    return torch.from_numpy(found.data.copy()), found.provenance.notes


@pytest.mark.sampled(2)
@pytest.mark.parametrize("method", ["guided-backprop", "deconvnet"])
@pytest.mark.parametrize(
    "other",
    [
        nn.ReLU6(),
        nn.Hardtanh(0.0, 100.0),
        Function(lambda x: x.clamp(min=0)),
        Function(lambda x: x.clamp(0, 50)),
    ],
    ids=["relu6", "hardtanh", "clamp", "clamp both"],
)
def test_equivalent_relu_spellings_give_the_same_map(method, other):
    expected, _ = map_and_notes(method, nn.ReLU(), nn.ReLU())
    for functions in ((other, other), (nn.ReLU(), other)):
        found, notes = map_and_notes(method, *functions)
        torch.testing.assert_close(found, expected)
        assert notes == ()


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    "soft",
    [nn.Softplus(), nn.Hardswish(), nn.Mish(), nn.CELU(), nn.SELU(), nn.GELU(), nn.SiLU(), nn.LeakyReLU()],
)
def test_smooth_rectifiers_are_recognised_by_captured_names(soft):
    guided, notes = map_and_notes("guided-backprop", soft, soft)
    assert notes == ()
    gradient, _ = map_and_notes("gradient", soft, soft)
    assert not torch.allclose(guided, gradient, rtol=0.05)


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("like", "word"),
    [
        (lambda x: torch.maximum(x, torch.zeros(())), "maximum"),
        (lambda x: torch.maximum(torch.zeros_like(x), x), "maximum"),
        (lambda x: torch.minimum(torch.maximum(x, torch.zeros(())), torch.ones(())), "maximum"),
        (lambda x: torch.where(x > 0, x, 0.0), "aten.gt.Scalar"),
        (lambda x: x * (x > 0), "aten.gt.Scalar"),
        (lambda x: x.clamp(min=0.1), "clamp"),
        (lambda x: torch.maximum(x, 0.2 * x), "maximum"),
        (lambda x: nn.functional.threshold(x, 0.1, 0.0), "aten.threshold.default"),
    ],
)
def test_unknown_rectifiers_are_named_in_notes(like, word):
    _, notes = map_and_notes("guided-backprop", nn.ReLU(), Function(like))
    (note,) = notes
    assert note.startswith("propagated by their derivative, although they act like rectifiers: ")
    assert f"{word} in " in note
    _, notes = map_and_notes("guided-backprop", Function(like), Function(like))
    assert notes[0] == "the network has no known rectifier: the map is the plain gradient"


@pytest.mark.parametrize(
    "bound",
    [
        nn.Hardtanh(-1.0, 1.0),
        Function(lambda x: torch.minimum(x, torch.ones(()))),
        Function(lambda x: x.amax((2, 3), keepdim=True)),
    ],
    ids=["hardtanh", "minimum", "maximum over space"],
)
def test_a_bound_that_is_no_rectifier_is_not_named(bound):
    _, notes = map_and_notes("guided-backprop", nn.ReLU(), bound)
    assert notes == ()
