"""The receptive field, against where the gradient of a unit is not zero."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from viewer.methods.feature_visualization.image_canvas import make_canvas
from viewer.methods.feature_visualization.objective import ActivationObjective
from viewer.methods.feature_visualization.receptive_field import compute_receptive_field, subgraph_to
from viewer.models.graph.capture import capture
from viewer.models.graph.interpreter import run


class Joined(nn.Module):
    """Branches of different width that are added and concatenated; batch norm, dilation, padding."""

    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(1, 3, 3, padding=1)
        self.b = nn.Conv2d(3, 3, 5, padding=2)
        self.norm = nn.BatchNorm2d(3)
        self.c = nn.Conv2d(6, 4, 3, stride=2, dilation=2, padding=1)
        self.pool = nn.AvgPool2d(2, 2)

    def forward(self, x):
        x = self.a(x)
        x = torch.cat([x + self.norm(self.b(x)), x], 1)
        return self.pool(torch.tanh(self.c(x)))


def softened(network):
    """Every voxel a unit sees has a slope, also behind a maximum."""
    for parameter in network.parameters():
        parameter.data = 0.1 * parameter.data.abs() + 0.001
    return network.eval()


NETWORKS = {
    "joined": (Joined, (1, 1, 40, 36), "pool"),
    "strided": (
        lambda: nn.Sequential(nn.Conv3d(1, 2, 3, stride=2), nn.AvgPool3d(3, 2, 1), nn.Conv3d(2, 2, 2)),
        (1, 1, 24, 20, 28),
        "2",
    ),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_a_unit_sees_its_field_and_nothing_else(name):
    make, shape, layer = NETWORKS[name]
    torch.manual_seed(0)
    graph = capture(softened(make()), torch.zeros(shape))
    field = compute_receptive_field(graph, layer)
    x = torch.rand(shape).requires_grad_(True)
    answer = run(graph, x, output=layer)
    unit = tuple(size // 2 for size in answer.shape[2:])
    (gradient,) = torch.autograd.grad(answer[(0, 0, *unit)], x)
    seen = np.argwhere(gradient[0, 0].numpy())
    start = np.array(field.start) + np.array(unit) * np.array(field.step)
    assert seen.min(0).tolist() == start.tolist()
    assert seen.max(0).tolist() == (start + field.size - 1).tolist()


def test_a_layer_that_sees_all_has_none():
    network = nn.Sequential(
        nn.Conv2d(1, 2, 3),
        nn.InstanceNorm2d(2),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(2, 2),
    ).eval()
    graph = capture(network, torch.zeros(1, 1, 16, 16))
    assert compute_receptive_field(graph, "0").size == (3, 3)
    for layer in ("1", "2", "3", "4", "5"):
        assert compute_receptive_field(graph, layer) is None


@pytest.mark.parametrize("padding", [0, 1])
def test_a_repeated_block_excites_as_the_whole_that_it_fills(small, padding):
    """f of the block is the mean over one period of the layer's output on a grid filled with it."""
    model = small(2, 96, padding)
    graph = model.graph(torch.zeros(1, 1, 96, 98))
    objective = ActivationObjective("second", torch.eye(6)[2], False, "")
    canvas = make_canvas(graph, objective, (96, 98), True)
    assert canvas.padding_mode == "wrap"
    assert canvas.shape == (24, 24)
    image = torch.rand(1, 1, *canvas.shape)
    from viewer.methods.feature_visualization.affine_resampling import wrap_pad

    seen = wrap_pad(image, canvas.pad_before, canvas.pad_after)
    block = run(canvas.graph, seen, output="second")
    whole = run(graph, canvas.to_grid(image, 0.0), output="second")
    period = whole[:, :, 12:24, 12:24]
    assert float(objective.activation(block, canvas.unit_slices)) == pytest.approx(
        float(period[0, 2].mean()), rel=1e-5
    )


@pytest.mark.parametrize("padding", [0, 1])
@pytest.mark.parametrize("dimensions", [2, 3])
def test_a_unit_s_activation_is_that_of_its_field(small, dimensions, padding):
    model = small(dimensions, 20, padding)
    whole = tuple(model.card.input.shape)
    graph = model.graph(torch.zeros(1, 1, *whole))
    objective = ActivationObjective("second", torch.eye(6)[1], True, "")
    canvas = make_canvas(graph, objective, whole, True)
    assert max(canvas.shape) < 12
    image = torch.rand(1, 1, *canvas.shape)
    small_run = run(canvas.graph, image, output="second")
    large_run = run(graph, canvas.to_grid(image, 7.0), output="second")
    found, wanted = objective.activation(small_run, canvas.unit_slices), objective.activation(large_run)
    assert float(found) == pytest.approx(float(wanted), rel=1e-5)


def test_the_cut_graph_takes_any_size(small):
    model = small(3)
    graph = subgraph_to(model.graph(torch.zeros(1, 1, 16, 18, 20)), "first")
    assert run(graph, torch.zeros(1, 1, 5, 6, 7)).shape == (1, 4, 3, 4, 5)
