"""Folding scalings into their neighbours changes what is computed by rounding alone."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from viewer.models.graph.batch_norm_folding import fold_batch_norms
from viewer.models.graph.capture import capture
from viewer.models.graph.interpreter import run
from viewer.models.graph.layers import count_parameters


def operator_names(graph):
    return [node.operator for node in graph.nodes if node.operator not in ("size", "number")]


def relative_error(found, expected):
    return float((found - expected).abs().max() / expected.abs().max())


@pytest.mark.sampled(3)
def test_every_network_answers_as_before(captured):
    smaller = fold_batch_norms(captured.graph)
    assert len(smaller.nodes) <= len(captured.graph.nodes)
    assert relative_error(run(smaller, captured.x), run(captured.graph, captured.x)) < 1e-12


def capture_with_random_statistics(network, example):
    with torch.random.fork_rng():
        torch.manual_seed(1)
        for part in network.modules():
            if isinstance(part, nn.modules.batchnorm._BatchNorm):
                part.running_mean.normal_()
                part.running_var.uniform_(0.5, 2.0)
                part.weight.data.normal_()
                part.bias.data.normal_()
        x = torch.randn(3, *example, dtype=torch.float64)
    network = network.double().eval()
    with torch.no_grad():
        return capture(network, x[:1]), x, network(x)


GROUPED = nn.ConvTranspose2d(4, 6, 3, stride=2, padding=1, groups=2)


@pytest.mark.parametrize(
    ("layers", "example", "left"),
    [
        ([nn.Conv3d(1, 3, 3, padding=1), nn.BatchNorm3d(3)], (1, 5, 5, 5), ["conv"]),
        ([nn.Conv2d(4, 6, 3, groups=2, bias=False), nn.BatchNorm2d(6)], (4, 6, 6), ["conv"]),
        ([GROUPED, nn.BatchNorm2d(6)], (4, 5, 5), ["conv_transpose"]),
        ([nn.Linear(3, 4), nn.BatchNorm1d(4)], (3,), ["linear"]),
        ([nn.BatchNorm1d(3), nn.Linear(3, 4)], (3,), ["linear"]),
        ([nn.BatchNorm2d(4), nn.Conv2d(4, 6, 3, groups=2)], (4, 6, 6), ["conv"]),
        ([nn.BatchNorm2d(4), nn.Conv2d(4, 6, 3, padding=1)], (4, 6, 6), ["affine", "conv"]),
        ([nn.BatchNorm2d(4), GROUPED], (4, 5, 5), ["affine", "conv_transpose"]),
        ([nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 2, 1)], (4, 6, 6), ["affine", "relu", "conv"]),
        (
            [nn.Conv2d(1, 4, 3), nn.ReLU(), nn.BatchNorm2d(4), nn.Conv2d(4, 2, 3)],
            (1, 8, 8),
            ["conv", "relu", "conv"],
        ),
        ([nn.BatchNorm2d(4), nn.BatchNorm2d(4), nn.ReLU()], (4, 6, 6), ["affine", "relu"]),
        ([nn.BatchNorm2d(4), nn.AvgPool2d(2)], (4, 6, 6), ["affine", "avg_pool"]),
    ],
)
def test_which_affines_are_folded(layers, example, left):
    graph, x, expected = capture_with_random_statistics(nn.Sequential(*layers), example)
    smaller = fold_batch_norms(graph)
    assert operator_names(smaller) == left
    assert relative_error(run(smaller, x), expected) < 1e-13


class Scaled(nn.Module):
    def __init__(self, scale, shift):
        super().__init__()
        self.conv = nn.Conv2d(2, 3, 3, padding=1)
        self.register_buffer("scale", torch.as_tensor(scale))
        self.shift = shift

    def forward(self, x):
        return self.conv(x * self.scale + self.shift)


def test_a_scale_without_a_shift_goes_into_a_padded_layer_after():
    graph, x, expected = capture_with_random_statistics(
        Scaled(torch.tensor([2.0, 3.0])[:, None, None], 0.0), (2, 5, 5)
    )
    smaller = fold_batch_norms(graph)
    assert operator_names(smaller) == ["conv"]
    assert relative_error(run(smaller, x), expected) < 1e-13


def test_a_scale_that_differs_in_space_stays():
    graph, x, expected = capture_with_random_statistics(Scaled(torch.rand(5, 5) + 1, 0.0), (2, 5, 5))
    smaller = fold_batch_norms(graph)
    assert operator_names(smaller) == ["affine", "conv"] or operator_names(smaller) == [
        "affine",
        "affine",
        "conv",
    ]
    assert relative_error(run(smaller, x), expected) < 1e-13


class TwoTakers(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2)

    def forward(self, x):
        y = self.conv(x)
        return self.norm(y) * torch.sigmoid(y)


def test_a_layer_whose_output_somebody_else_takes_stays():
    graph, x, expected = capture_with_random_statistics(TwoTakers(), (1, 6, 6))
    smaller = fold_batch_norms(graph)
    assert operator_names(smaller) == operator_names(graph)
    assert relative_error(run(smaller, x), expected) < 1e-13


def test_merged_nodes_keep_their_module_outputs_and_parameters(toy):
    graph = toy("adnet-like").graph
    smaller = fold_batch_norms(graph)
    assert smaller.resolve_layer("0.0.0") == smaller.resolve_layer("0.0.1")
    assert smaller.resolve_layer("0.0.2") == graph.resolve_layer("0.0.2")
    assert count_parameters(smaller) == count_parameters(graph)
    assert "affine" not in operator_names(smaller)


def test_the_graph_that_was_folded_is_as_it_was(toy):
    graph = toy("resnet-like").graph
    nodes, constants = graph.nodes, {name: tensor.clone() for name, tensor in graph.constants.items()}
    fold_batch_norms(graph)
    assert graph.nodes is nodes
    assert all(torch.equal(tensor, graph.constants[name]) for name, tensor in constants.items())
