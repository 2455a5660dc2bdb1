"""A normalisation that is written out has the same maps as torch's own layer."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

import viewer
from viewer.methods.deep_lift import DeepLift
from viewer.methods.lrp import LRPEpsilon, LRPZero

WIDTH = 8
EPS = 1e-3


class Network(nn.Module):
    """Two dense layers with a norm between them."""

    def __init__(self, norm: Callable[[torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        draw = torch.Generator().manual_seed(6)
        self.norm = norm
        self.first, self.last = nn.Linear(6, WIDTH), nn.Linear(WIDTH, 2)
        for parameter in (*self.first.parameters(), *self.last.parameters()):
            parameter.data = torch.randn(parameter.shape, generator=draw)
        self.double().eval()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.last(self.norm(self.first(x)).relu())


def centred(x: torch.Tensor) -> torch.Tensor:
    return x - x.mean(-1, keepdim=True)


WRITTEN = {
    "rsqrt": ("rms", lambda x: x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + EPS)),
    "square root": ("rms", lambda x: x / ((x * x).mean(-1, keepdim=True) + EPS).sqrt()),
    "scale first": ("rms", lambda x: torch.rsqrt(x.square().mean(-1, keepdim=True) + EPS) * x),
    "variance": (
        "layer",
        lambda x: centred(x) * torch.rsqrt(x.var(-1, unbiased=False, keepdim=True) + EPS),
    ),
    "centred square": (
        "layer",
        lambda x: centred(x) / (centred(x).pow(2).mean(-1, keepdim=True) + EPS).sqrt(),
    ),
}
METHODS = {
    "zero": LRPZero(),
    "epsilon, uniform products": LRPEpsilon(epsilon=1e-9, attention="attnlrp"),
    "DeepLIFT": DeepLift(baseline="mean"),
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", WRITTEN)
@pytest.mark.sampled(2)
def test_maps_are_those_of_the_layer(kind, method):
    name, written = WRITTEN[kind]
    layer = (nn.RMSNorm if name == "rms" else nn.LayerNorm)(WIDTH, eps=EPS, elementwise_affine=False)
    x = torch.randn(1, 6, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    maps = [
        viewer.explain(viewer.Model.from_module(Network(norm), x), x, METHODS[method], target=1, device="cpu")
        for norm in (written, layer)
    ]
    assert maps[0].residual.relative < 1e-5
    assert abs(maps[0].data - maps[1].data).max() <= 1e-5 * abs(maps[1].data).max()


@pytest.mark.parametrize("measure", ["std", "norm"])
def test_differences_of_deviations_and_norms_are_exact(measure):
    """By the root's own formula: Δs = Σ Δx (c + c⁰) / (n' (s + s⁰)), with n' of the standard deviation."""
    network = nn.Sequential()
    network.forward = {
        "std": lambda x: x.std(-1, keepdim=True),
        "norm": lambda x: torch.linalg.vector_norm(x, dim=-1, keepdim=True),
    }[measure]
    x = torch.randn(1, 7, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    reference = torch.full_like(x, float(x.mean()))
    terms = (centred(x), centred(reference)) if measure == "std" else (x, reference)
    free = 6 if measure == "std" else 1
    s, s0 = (network(each) for each in (x, reference))
    expected = (x - reference) * (terms[0] + terms[1]) / (free * (s + s0))
    found = viewer.explain(
        viewer.Model.from_module(network, x), x, DeepLift(baseline="mean"), target=0, device="cpu"
    )
    torch.testing.assert_close(torch.tensor(found.data, dtype=torch.float64), expected, rtol=1e-6, atol=1e-7)


def test_an_operator_within_a_gate_needs_no_rule():
    """No relevance reaches it, unless the map starts there."""

    class Gated(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.last = nn.Linear(6, WIDTH), nn.Linear(WIDTH, 2)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            y = self.first(x)
            return self.last(y * torch.cumsum(y, -1).sigmoid())

    x = torch.rand(1, 6)
    model = viewer.Model.from_module(Gated(), x)
    assert viewer.explain(model, x, "lrp-0", device="cpu").residual.relative < 1e-4
    with pytest.raises(viewer.ViewerError, match=r"no rule for aten\.cumsum"):
        viewer.explain(model, x, LRPZero(begin="cumsum"), device="cpu")
    with pytest.raises(viewer.ViewerError, match=r"no rule for aten\.cumsum"):
        viewer.explain(model, x, LRPEpsilon(attention="attnlrp"), device="cpu")
