"""The random transforms: what is drawn, in the world's units, whatever the grid."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from viewer.methods.feature_visualization.recipe import REGULARISERS_OFF, VisualizationRecipe
from viewer.methods.feature_visualization.transforms import compute_voxel_axes, draw_transform, rotation

SHEARED = np.array([[0, -0.5, 2.0, 0], [3.0, 0, 0.2, 0], [0.1, 1.5, 0, 0], [0, 0, 0, 1.0]])
SHAPE = (12, 14, 10)


def views(rank=3, count=200, **changes):
    recipe = VisualizationRecipe(**{**REGULARISERS_OFF, **changes})
    frame = compute_voxel_axes(SHEARED, rank)
    return frame, [draw_transform(recipe, frame, SHAPE[:rank], 4, step) for step in range(count)]


@pytest.mark.parametrize("rank", [2, 3])
def test_a_rotation_is_one_in_the_world(rank):
    frame, found = views(rank, rotation=30.0)
    angles = []
    for view in found:
        turned = frame @ view.matrix @ np.linalg.inv(frame)
        assert np.allclose(turned @ turned.T, np.eye(rank))
        assert np.linalg.det(turned) == pytest.approx(1)
        angles.append(np.rad2deg(np.arccos(np.clip((np.trace(turned) - (rank - 2)) / 2, -1, 1))))
        assert not view.shift.any()
    assert 25 < max(angles) <= 30.0001


def test_distances_are_in_mm():
    frame, found = views(translation=7.0)
    far = np.array([frame @ view.shift for view in found])
    assert 6.5 < np.abs(far).max() <= 7
    assert all((view.matrix == np.eye(3)).all() for view in found)


def test_shifts_are_whole_voxels_and_resizes_even():
    _, found = views(shift=3)
    assert {int(step) for view in found for step in view.shift} == set(range(-3, 4))
    assert all(view.is_integer for view in found)
    _, found = views(resize=0.25)
    scales = np.log([view.matrix[0, 0] for view in found])
    assert np.abs(scales).max() == pytest.approx(np.log(1.25), rel=0.05)
    assert abs(scales.mean()) < 0.05


def test_a_crop_stays_inside():
    _, found = views(crop=0.5)
    middle = (np.array(SHAPE) - 1) / 2
    for view in found:
        for corner in (-0.5, 1.0):
            outer = np.array(SHAPE) - 0.5 if corner > 0 else np.full(3, -0.5)
            place = middle + view.shift + view.matrix @ (outer - middle)
            assert (place > -0.5 - 1e-9).all()
            assert (place < np.array(SHAPE) - 0.5 + 1e-9).all()


def test_brightness_is_a_factor():
    _, found = views(darkest=0.0, brightest=1.5)
    factors = [view.brightness for view in found]
    assert 0 <= min(factors) < 0.1
    assert 1.4 < max(factors) <= 1.5
    image = torch.ones(1, 1, 4, 4, 4)
    seen = found[0].apply(image, (0, 0, 0), (0, 0, 0), "linear", "zeros")
    assert torch.allclose(seen, torch.full_like(seen, factors[0]))


def test_the_draws_depend_on_seed_and_step_alone():
    frame = compute_voxel_axes(SHEARED, 3)
    first = draw_transform(VisualizationRecipe(), frame, SHAPE, 1, 5)
    again = draw_transform(VisualizationRecipe(), frame, SHAPE, 1, 5)
    assert (first.matrix == again.matrix).all()
    assert first.brightness == again.brightness
    assert draw_transform(VisualizationRecipe(), frame, SHAPE, 1, 6).brightness != first.brightness
    # One regulariser less changes nothing of the others.
    other = draw_transform(
        VisualizationRecipe().with_parameters({"rotation": 0, "resize": 0}), frame, SHAPE, 1, 5
    )
    assert other.brightness == first.brightness
    assert (other.shift == first.shift).all()


def test_rodrigues():
    assert np.allclose(rotation(np.pi / 2, np.array([0, 0, 2.0]), 3) @ [1, 0, 0], [0, 1, 0])
