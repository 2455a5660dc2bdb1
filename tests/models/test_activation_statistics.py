"""Statistics of a network's activations, against the same from its layers."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from viewer.models.activation_statistics import activation_statistics


def make_network() -> nn.Sequential:
    torch.manual_seed(3)
    network = nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 2, 3), nn.Flatten(), nn.Linear(8, 2)
    )
    network.train()
    with torch.no_grad():
        for _ in range(100):
            network(3 + 2 * torch.randn(8, 1, 6, 6))
    return network.eval()


def test_distance_of_each_batch_norm_and_statistics_of_each_convolution() -> None:
    network, x = make_network(), torch.randn(2, 1, 6, 6)
    norm = network[1]
    before = network[0](x).detach().transpose(0, 1).flatten(1)
    mean, sd = before.mean(1), before.std(1, correction=0)
    sigma = (norm.running_var + norm.eps).sqrt()
    expected = (((mean - norm.running_mean) / sigma) ** 2 + ((sd - sigma) / sigma) ** 2).mean()
    after = network[:4](x).detach().transpose(0, 1).flatten(1)
    found = activation_statistics(network, x)
    assert found.squared_distances == pytest.approx([float(expected)], rel=1e-5)
    assert found.batch_norm_distance == pytest.approx(float(expected) ** 0.5, rel=1e-5)
    layers = torch.cat([mean, sd, after.mean(1), after.std(1, correction=0)])
    assert found.layer_statistics == pytest.approx(layers.tolist(), rel=1e-4, abs=1e-5)


def test_training_data_are_near_and_other_data_far() -> None:
    network = make_network()
    near = activation_statistics(network, 3 + 2 * torch.randn(64, 1, 6, 6)).batch_norm_distance
    far = activation_statistics(network, -9 + 6 * torch.randn(64, 1, 6, 6)).batch_norm_distance
    assert near is not None
    assert far is not None
    assert near < 0.7 < 2 < far


def test_networks_without_batch_norm_or_convolution() -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2)).eval()
    found = activation_statistics(network, torch.ones(1, 1, 2, 2))
    assert found.batch_norm_distance is None
    assert len(found.layer_statistics) == 4
    own = nn.Sequential(nn.BatchNorm2d(1, track_running_stats=False)).eval()
    assert activation_statistics(own, torch.randn(2, 1, 3, 3)).squared_distances == ()


def test_neither_network_nor_autograd_are_touched() -> None:
    network = make_network()
    x = torch.randn(1, 1, 6, 6, requires_grad=True)
    activation_statistics(network, x)
    assert x.grad is None
    assert all(parameter.grad is None for parameter in network.parameters())
    network(x).sum().backward()
    assert x.grad is not None


def test_a_convolutions_output_that_is_changed_in_place_before_its_batch_norm() -> None:
    class Shifted(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.norm = make_network()[:2]

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            shifted: torch.Tensor = self.norm(self.first(x).add_(5))
            return shifted

    network, x = Shifted().eval(), torch.randn(2, 1, 6, 6)
    shifted = network.first(x).detach() + 5
    channels = shifted.transpose(0, 1).flatten(1)
    mean, sd = channels.mean(1), channels.std(1, correction=0)
    sigma = (network.norm.running_var + network.norm.eps).sqrt()
    expected = (((mean - network.norm.running_mean) / sigma) ** 2 + ((sd - sigma) / sigma) ** 2).mean()
    assert activation_statistics(network, x).squared_distances == pytest.approx([float(expected)], rel=1e-5)
