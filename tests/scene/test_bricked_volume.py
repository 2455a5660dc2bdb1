"""The index over bricks never hides a value, and halving keeps places."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from viewer.scans.grid import Grid
from viewer.scene.bricked_volume import BRICK, BrickedVolume


@settings(max_examples=40, deadline=None)
@given(
    shape=st.tuples(*[st.integers(1, 30)] * 3),
    seed=st.integers(0, 2**31),
    threshold=st.floats(0.5, 4.0),
    sign=st.sampled_from([1, -1]),
)
def test_outside_of_the_span_no_value_reaches_the_threshold(shape, seed, threshold, sign):
    values = np.random.default_rng(seed).standard_normal(shape).astype(np.float32)
    volume = BrickedVolume.from_values(values, Grid(shape, np.eye(4)))
    assert all(n % BRICK == 0 for n in volume.padded.shape)
    assert np.array_equal(volume.values, values)
    reached = volume.padded * sign >= threshold
    span = volume.bounding_slices(threshold, sign)
    assert (span is None) == (not reached.any())
    if span is not None:
        reached[span] = False
        assert not reached.any()


def test_half_the_resolution_keeps_every_place_in_mm(grid, blobs):
    place = (18.0, -22.0, 11.0)
    volume = BrickedVolume.from_values(blobs(grid, (place, 1.0, 12.0)).data, grid)
    half = volume.downsampled()
    for held in (volume, half):
        where = np.argwhere(held.values > 0)
        weights = held.values[tuple(where.T)].astype(np.float64)
        centre = (held.grid.to_world(where) * weights[:, None]).sum(axis=0) / weights.sum()
        assert centre == pytest.approx(place, abs=0.1)
    assert half.grid.voxel_volume == pytest.approx(8 * grid.voxel_volume)
