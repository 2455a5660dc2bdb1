"""Simulated anatomy: where things lie, how large fields are, and what bending does."""

from __future__ import annotations

import numpy as np
import pytest

from viewer.scans.grid import Grid
from viewer.scans.simulated_studies.phantom import (
    Focus,
    blood_flow_templates,
    draw_deformation,
    draw_smooth_field,
    warp_to_grid,
)

GRID = Grid((30, 34, 28), np.array([[5.0, 0, 0, -72], [0, 5, 0, -105], [0, 0, 5, -65], [0, 0, 0, 1]]))


@pytest.fixture(scope="module")
def brain():
    return blood_flow_templates([Focus("right", (38.0, -22.0, 56.0), 16.0, 0.5)], 5.0)


def test_grey_matter_has_four_times_the_flow_of_white(brain):
    grey = brain.flow[brain.grey_share > 0.98]
    white = brain.flow[(brain.grey_share < 0.02) & (brain.flow > 15)]
    assert np.percentile(grey, 90) == pytest.approx(75, abs=8)
    assert np.median(white) == pytest.approx(20, abs=6)
    assert brain.flow[0, 0, 0] == 0


def test_the_activation_lies_where_it_was_put_on_the_right_side(brain):
    weights = brain.activation / brain.activation.sum()
    middle = [(weights * axis).sum() for axis in np.indices(weights.shape)]
    np.testing.assert_allclose(brain.grid.to_world(middle), [38, -22, 56], atol=4)
    left = brain.grid.to_voxel([-38.0, -22.0, 56.0]).round().astype(int)
    assert brain.activation[tuple(left)] == 0


def test_smooth_fields_have_their_size_and_scale():
    field = draw_smooth_field(np.random.default_rng(0), GRID, 15.0)
    assert field.mean() == pytest.approx(0, abs=1e-12)
    assert field.std() == pytest.approx(1)
    near = np.corrcoef(field[:-1].ravel(), field[1:].ravel())[0, 1]
    # White noise smoothed by a Gaussian of 15 mm keeps exp(−d²/4σ²) of itself at a distance of d.
    assert near == pytest.approx(np.exp(-(5.0**2) / (4 * 15.0**2)), abs=0.02)
    bent = draw_deformation(np.random.default_rng(0), GRID, 2.0, 15.0)
    assert bent.shape == (3, *GRID.shape)
    np.testing.assert_allclose(bent.std(axis=(1, 2, 3)), 2.0)


def test_displacements_are_in_mm_to_the_right_the_front_and_the_top(brain):
    for axis in range(3):
        shift = np.zeros((3, *GRID.shape))
        shift[axis] = 5.0
        moved = warp_to_grid(brain.flow, brain.grid, GRID, shift)
        still = warp_to_grid(brain.flow, brain.grid, GRID, np.zeros_like(shift))
        inner = [slice(2, -2)] * 3
        ahead = list(inner)
        ahead[axis] = slice(3, -1)
        np.testing.assert_allclose(moved[tuple(inner)], still[tuple(ahead)], atol=1e-3)
