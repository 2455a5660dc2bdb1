"""Objective and its gradient by the optimized values, against finite differences in float64."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from torch import nn

from viewer.errors import MethodError
from viewer.methods.feature_visualization.image_canvas import make_canvas
from viewer.methods.feature_visualization.objective import ActivationObjective, channel_weights
from viewer.methods.feature_visualization.optimizer import OptimizationProblem
from viewer.methods.feature_visualization.parameterisation import IntensityBounds
from viewer.methods.feature_visualization.recipe import PRESETS, VisualizationRecipe
from viewer.methods.feature_visualization.transforms import compute_voxel_axes
from viewer.models.graph.interpreter import run
from viewer.progress import Progress

CASES = {
    "channel": ("second", torch.eye(6)[2], False, {}),
    "layer": ("second", None, False, {}),
    "direction": ("second", torch.tensor([0.5, -0.5, 0.1, 0.3, 0.6, -0.2]), False, {}),
    "unit": ("second", torch.eye(6)[1], True, {}),
    "class": (None, torch.tensor([0.0, 1.0]), False, {}),
    "layer's penalty": ("second", torch.eye(6)[2], False, {"penalty": 0.7}),
    "image's penalty": ("second", torch.eye(6)[2], False, {"penalty": 0.7, "penalised": "image"}),
    "voxels": ("second", torch.eye(6)[2], False, {"image": "voxels", "bounds": "clip"}),
    "cubic crops": (
        "second",
        torch.eye(6)[2],
        False,
        {"interpolation": "cubic", "crop": 0.7, "translation": 2.0},
    ),
    "block": ("first", torch.eye(4)[2], False, {"size": 48}),
}


def problem_of(model, layer, weights, middle, recipe, mask=None):
    whole = tuple(model.card.input.shape)
    graph = model.graph(torch.zeros(1, 1, *whole)).to(dtype=torch.float64)
    objective = ActivationObjective(layer, weights, middle, "")
    canvas = make_canvas(graph, objective, whole, recipe.block == "auto" and mask is None)
    frame = compute_voxel_axes(np.array(model.card.input.affine), len(whole))
    like = torch.zeros((), dtype=torch.float64)
    return OptimizationProblem(
        objective, canvas, recipe, IntensityBounds(0, 1, 0, recipe.bounds), frame, 1, 1, 5, like, mask
    )


def loss(problem, values):
    """What is climbed, by a way that shares only the image and the forward run with
    `OptimizationProblem.compute_gradient`.
    """
    recipe, objective = problem.recipe, problem.objective
    image = problem.image(values)
    output = run(problem.canvas.graph, problem.network_input(image, 3), output=objective.layer)
    if objective.central_unit_only and problem.canvas.unit_slices is None:
        raise AssertionError("the unit's canvas names its place")
    if output.dim() > 2 and problem.canvas.unit_slices is not None:
        output = output[(slice(None), slice(None), *problem.canvas.unit_slices)]
    means = output[0].flatten(1).mean(1) if output.dim() > 2 else output[0]
    found = means.mean() if objective.weights is None else (means * objective.weights).sum()
    if recipe.penalty:
        found = found - recipe.penalty * (output if recipe.penalised == "layer" else image).abs().mean()
    return float(found)


@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize("name", CASES)
def test_the_gradient(small, name, dimensions):
    layer, weights, middle, changes = CASES[name]
    changes = dict(changes)
    size = changes.pop("size", 16)
    model = small(dimensions, size if dimensions == 2 else 16)
    recipe = VisualizationRecipe().with_parameters({"noise": 0.3, **changes})
    problem = problem_of(model, layer, weights, middle, recipe)
    values = problem.start()
    score, gradient = problem.compute_gradient(values, 3, Progress())
    torch.manual_seed(1)
    for _ in range(3):
        way = torch.randn_like(values)
        step = 1e-6
        slope = (loss(problem, values + step * way) - loss(problem, values - step * way)) / (2 * step)
        assert float((-gradient * way).sum()) == pytest.approx(slope, rel=2e-5, abs=1e-9)
    if not recipe.penalty:
        assert score == pytest.approx(loss(problem, values), rel=1e-12)


def test_a_mask_keeps_what_lies_outside(small):
    model = small(2)
    mask = torch.zeros(model.card.input.shape, dtype=torch.float64)
    mask[4:9, 5:12] = 1
    problem = problem_of(model, "first", torch.eye(4)[0], False, PRESETS["plain"], mask)
    _, gradient = problem.compute_gradient(problem.start(), 0, Progress())
    assert gradient[0, 0][mask == 0].abs().max() == 0
    assert gradient[0, 0][mask == 1].abs().min() > 0
    assert (problem.image(problem.start())[0, 0][mask == 0] == problem.bounds.background).all()


def test_weights():
    assert channel_weights(3, 1, None, "layer").tolist() == [0, 1, 0]
    assert channel_weights(3, None, None, "layer") is None
    assert channel_weights(2, None, (3.0, -4.0), "layer").tolist() == pytest.approx([0.6, -0.8])
    for channel, direction, said in (
        (3, None, "no channel 3"),
        (None, (1.0,), "1 number"),
        (None, (0.0, 0.0, 0.0), "zero or not finite"),
        (1, (1.0, 0.0, 0.0), "a channel and a direction"),
    ):
        with pytest.raises(MethodError, match=said):
            channel_weights(3, channel, direction, "layer x")


def test_a_penalty_of_as_many_as_there_are_channels_leaves_nothing_to_gain():
    """∂(f − λ mean|a|)/∂a of the channel's own units is (1 − λ/C)/places where a > 0."""
    values = torch.rand(1, 8, 3, 5, dtype=torch.float64) + 0.1
    own = torch.eye(8)[2]
    slope = {
        penalty: ActivationObjective("relu1", own, False, "")
        .gradient(values, None, penalty)[0, 2]
        .unique()
        .item()
        for penalty in (PRESETS["paper"].penalty, 8.0, 10.0)
    }
    assert slope[1.0] == pytest.approx((1 - 1 / 8) / 15)
    assert slope[8.0] == pytest.approx(0, abs=1e-12)
    assert slope[10.0] < 0


def test_a_sleeping_channel_is_woken(small):
    """A rectifier that is zero everywhere has no gradient; what would wake it is passed on."""
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Conv2d(2, 2, 1)).eval()
    network[0].bias.data[0] = -50.0
    from viewer.models.model import Model

    model = Model.from_module(
        network, torch.zeros(1, 1, 8, 8), dataclasses.replace(small(2, 8).card, input=None)
    )
    graph = model.graph(torch.zeros(1, 1, 8, 8)).to(dtype=torch.float64)
    objective = ActivationObjective("1", torch.tensor([1.0, 0.0]), False, "")
    canvas = make_canvas(graph, objective, (8, 8), False)
    like = torch.zeros((), dtype=torch.float64)
    recipe = PRESETS["plain"].with_parameters({"redirect": True})
    problem = OptimizationProblem(
        objective, canvas, recipe, IntensityBounds(0, 1, 0, "none"), np.eye(2), 1, 1, 0, like
    )
    score, gradient = problem.compute_gradient(problem.start(), 0, Progress())
    assert score == 0
    kernel = network[0].weight[0, 0].double()
    assert torch.allclose(
        -gradient[0, 0, 2:-2, 2:-2], kernel.sum() / 36 * torch.ones(4, 4, dtype=torch.float64)
    )
