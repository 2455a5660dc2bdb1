"""Grad-CAM and its kin on networks without an operator graph: they look at their values."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

import viewer
from viewer.errors import ViewerError
from viewer.models.model import Model


class Recurrent(nn.Module):
    """Two convolutions, and a recurrent layer over what they give along the first axis."""

    def __init__(self, kind: type[nn.LSTM | nn.GRU]) -> None:
        super().__init__()
        torch.manual_seed(5)
        self.first = nn.Conv3d(1, 3, 3)
        self.last = nn.Conv3d(3, 4, 3)
        self.over = kind(4, 6, batch_first=True)
        self.head = nn.Linear(6, 2)

    def features(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.last(torch.relu(self.first(x))))

    def decide(self, features: torch.Tensor) -> torch.Tensor:
        if bool(features.isnan().any()):
            raise ValueError("a scan with gaps")
        return self.head(self.over(features.mean((3, 4)).transpose(1, 2))[0][:, -1])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.decide(self.features(x))


@pytest.fixture(params=[nn.LSTM, nn.GRU], ids=["lstm", "gru"])
def network(request: pytest.FixtureRequest) -> Recurrent:
    return Recurrent(request.param).eval()


def grad_cam(network: Recurrent, x: torch.Tensor) -> torch.Tensor:
    """Selvaraju et al. 2017, by hand."""
    features = network.features(x)
    (gradient,) = torch.autograd.grad(network.decide(features)[0, 1], features)
    weighed = (gradient.mean((2, 3, 4), keepdim=True) * features).sum(1, keepdim=True).clamp(min=0)
    return F.interpolate(weighed, x.shape[2:], mode="trilinear", align_corners=False).detach()


def test_grad_cam_of_a_recurrent_network_is_that_of_the_paper(network: Recurrent) -> None:
    x = torch.rand(1, 1, 9, 10, 11)
    model = Model.from_module(network, x)
    assert model.find_no_graph_reason(x)
    found = viewer.explain(model, x, "grad-cam", target=1)
    expected = grad_cam(network, x).numpy()
    np.testing.assert_allclose(found.data.reshape(expected.shape), expected, rtol=1e-4, atol=1e-7)
    assert any("computed at last" in note for note in found.provenance.notes)
    assert not any(part._forward_hooks for part in model.module().modules())


def test_a_layer_of_it_can_be_named(network: Recurrent) -> None:
    x = torch.rand(1, 1, 9, 10, 11)
    found = viewer.explain(
        network_model := Model.from_module(network, x), x, "grad-cam", target=1, layer="first"
    )
    features = network.first(x)
    (gradient,) = torch.autograd.grad(
        network.decide(torch.relu(network.last(torch.relu(features))))[0, 1], features
    )
    weighed = (gradient.mean((2, 3, 4), keepdim=True) * features).sum(1, keepdim=True).clamp(min=0)
    expected = F.interpolate(weighed, x.shape[2:], mode="trilinear", align_corners=False).detach().numpy()
    np.testing.assert_allclose(found.data.reshape(expected.shape), expected, rtol=1e-4, atol=1e-7)
    assert not any(part._forward_hooks for part in network_model.module().modules())
    with pytest.raises(ViewerError, match="the network has no such layer"):
        viewer.explain(network_model, x, "grad-cam", target=1, layer="second")


@pytest.mark.parametrize("method", ["grad-cam-plus-plus", "fem"])
def test_its_kin_give_the_map_of_the_same_layer_alone(network: Recurrent, method: str) -> None:
    """A network with a graph whose decision has the same value and derivative gives the same map."""
    x = torch.rand(1, 1, 9, 10, 11)
    features = network.features(x)
    slopes = [torch.autograd.grad(network.decide(features)[0, one], features)[0] for one in (0, 1)]

    class Alike(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.last = network.first, network.last
            self.head = nn.Linear(slopes[0].numel(), 2)
            self.head.weight = nn.Parameter(torch.stack([slope.flatten() for slope in slopes]))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.head(torch.relu(self.last(torch.relu(self.first(x)))).flatten(1))

    alike = Model.from_module(Alike().eval(), x)
    assert not alike.find_no_graph_reason(x)
    model = Model.from_module(network, x)
    maps = []
    for target in (0, 1):
        maps.append(viewer.explain(model, x, method, target=target).data)
        expected = viewer.explain(alike, x, method, target=target).data
        np.testing.assert_allclose(maps[-1], expected, rtol=1e-3, atol=1e-7)
    assert np.any(maps)
