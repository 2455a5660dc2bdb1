"""Methods of one layer against the formulas of their papers in float64, where a slip in either would show."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import torch
from torch import nn

from viewer.methods.explain import explain
from viewer.models.model import Model

SHAPE = (3, 3, 3)


class Small(nn.Module):
    """Three channels on the input's grid, squared and averaged into two outputs: (N, 1, ...) to (N, 2)."""

    def __init__(self) -> None:
        super().__init__()
        draw = torch.Generator().manual_seed(3)
        self.conv = nn.Conv3d(1, 3, 3, padding=1)
        self.head = nn.Linear(3, 2)
        with torch.no_grad():
            for tensor in self.parameters():
                tensor.copy_(torch.randn(tensor.shape, generator=draw))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        seen = self.conv(x)
        return self.head((seen * seen).mean((2, 3, 4)))


@pytest.fixture
def network() -> Small:
    return Small().eval()


def activations(network: Small, x: torch.Tensor) -> np.ndarray:
    """Of the convolution, float64 (channels, spatial...)."""
    double = Small().double()
    double.load_state_dict(network.state_dict())
    return double.conv(x.double())[0].detach().numpy()


def image(seed: int) -> torch.Tensor:
    return torch.randn((1, 1, *SHAPE), generator=torch.Generator().manual_seed(seed))


def fem(seen: np.ndarray, ddof: int) -> np.ndarray:
    """R = Σ_k μ_k [A^k ≥ μ_k + σ_k]; the paper's deviation is that of the channel itself (ddof 0)."""
    axes = (1, 2, 3)
    mean, spread = seen.mean(axes, keepdims=True), seen.std(axes, ddof=ddof, keepdims=True)
    return (mean * (seen >= mean + spread)).sum(0)


def test_fem_takes_the_deviation_of_the_channel_itself(network: Small) -> None:
    model = Model.from_module(network, image(0))
    told_apart = 0
    for seed in range(8):
        x = image(seed)
        seen = activations(network, x)
        found = explain(model, x, "fem", layer="conv", device="cpu").data
        np.testing.assert_allclose(np.asarray(found).reshape(SHAPE), fem(seen, 0), rtol=1e-4, atol=1e-5)
        told_apart += not np.allclose(fem(seen, 0), fem(seen, 1))
    assert told_apart  # the unbiased deviation would choose other places


@pytest.mark.parametrize("target", [0, 1])
def test_grad_cam_plus_plus_is_its_equation_and_has_no_value_below_zero(network: Small, target: int) -> None:
    """Chattopadhay et al. 2018: α of equation 19, weights of equation 5, and the ReLU of equation 7."""
    model = Model.from_module(network, image(0))
    cut = 0
    for seed in range(8):
        x = image(seed)
        seen = activations(network, x)
        weights = network.head.weight[target].detach().double().numpy()
        slopes = 2 * seen * weights[:, None, None, None] / np.prod(SHAPE)
        below = 2 * slopes**2 + seen.sum((1, 2, 3), keepdims=True) * slopes**3
        alpha = np.divide(slopes**2, below, out=np.zeros_like(below), where=below != 0)
        channel = (alpha * np.maximum(slopes, 0)).sum((1, 2, 3), keepdims=True)
        whole = (channel * seen).sum(0)
        found = np.asarray(
            explain(model, x, "grad-cam-plus-plus", target=target, layer="conv", device="cpu").data
        )
        np.testing.assert_allclose(found.reshape(SHAPE), np.maximum(whole, 0), rtol=2e-3, atol=1e-4)
        cut += bool((whole < -1e-3).any())
    assert cut


def slopes_of(network: Small, seen: np.ndarray, target: int) -> np.ndarray:
    """∂S/∂A of the squared and averaged activations, float64."""
    weights = network.head.weight[target].detach().double().numpy()
    return 2 * seen * weights[:, None, None, None] / np.prod(SHAPE)


def test_layer_cam_weights_every_position_by_its_own_positive_slope(network: Small) -> None:
    """Jiang et al. 2021: w = ReLU(∂S/∂A), R = ReLU(Σ_k w_k ⊙ A^k)."""
    model = Model.from_module(network, image(0))
    cut = 0
    for seed, target in product(range(4), (0, 1)):
        x = image(seed)
        seen = activations(network, x)
        whole = (np.maximum(slopes_of(network, seen, target), 0) * seen).sum(0)
        found = explain(model, x, "layer-cam", target=target, layer="conv", device="cpu").data
        np.testing.assert_allclose(found.reshape(SHAPE), np.maximum(whole, 0), rtol=1e-4, atol=1e-5)
        cut += bool((whole < -1e-3).any())
    assert cut


@pytest.mark.parametrize("rectify", [False, True])
def test_hires_cam_is_activation_times_slope(network: Small, rectify: bool) -> None:
    """Draelos and Carin 2020: R = Σ_k ∂S/∂A^k ⊙ A^k; here S without its bias is half of the sum."""
    model = Model.from_module(network, image(0))
    x = image(1)
    seen = activations(network, x)
    whole = (slopes_of(network, seen, 1) * seen).sum(0)
    found = explain(model, x, "hires-cam", target=1, layer="conv", device="cpu", rectify=rectify).data
    expected = np.maximum(whole, 0) if rectify else whole
    np.testing.assert_allclose(found.reshape(SHAPE), expected, rtol=1e-4, atol=1e-5)
    if not rectify:
        output = (network(x)[0, 1] - network.head.bias[1]).item()
        assert float(found.sum()) == pytest.approx(2 * output, rel=1e-4)


def test_grad_cam_of_a_region_weighs_channels_by_the_outputs_within_it() -> None:
    """Vinogradova et al. 2020: α_k = mean of ∂(Σ_{i∈M} y_i)/∂A^k, R = ReLU(Σ_k α_k A^k)."""
    draw = torch.Generator().manual_seed(4)
    network = nn.Sequential(nn.Conv3d(1, 3, 3, padding=1), nn.Tanh(), nn.Conv3d(3, 2, 3, padding=1))
    with torch.no_grad():
        for tensor in network.parameters():
            tensor.copy_(torch.randn(tensor.shape, generator=draw))
    x, region = image(0), np.zeros(SHAPE, dtype=np.float32)
    region[0, :2] = 1  # at the border: there, weights of the last convolution fall outside
    model = Model.from_module(network.eval(), x)
    found = explain(
        model, x, "grad-cam", target=1, region=region, layer="0", rectify=False, device="cpu"
    ).data
    seen = network[0].double()(x.double())[0].detach().numpy()
    kernel = network[2].weight[1].detach().double().numpy()
    padded = np.zeros((3, *(size + 2 for size in SHAPE)))
    for place in np.argwhere(region):
        padded[(slice(None), *(slice(start, start + 3) for start in place))] += kernel
    slopes = padded[:, 1:-1, 1:-1, 1:-1] * (1 - np.tanh(seen) ** 2)
    expected = (slopes.mean((1, 2, 3), keepdims=True) * seen).sum(0)
    np.testing.assert_allclose(found.reshape(SHAPE), expected, rtol=1e-4, atol=1e-4)
