"""Texels: the slice and the shadows arrive on the wall as they are, to 16 bits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewer.scene.slice_walls import FULL, cubic_weights, face_texels, full_scale, shadow_level

SLICE = np.random.default_rng(1).integers(0, 256, (12, 9, 2), dtype=np.uint8)


def test_a_slice_and_its_shadows_are_packed_side_by_side():
    shadows = np.random.default_rng(2).random((12, 9, 2)).astype(np.float32) * 3
    texels = face_texels(SLICE, shadows, 2.0)
    assert np.array_equal(texels[:, :, :2], SLICE.astype(np.uint16) * 257)
    assert texels[:, :, 2:] == pytest.approx(np.minimum(shadows / 2.0, 1.0) * FULL, abs=1)


def test_no_shadows_are_zeros():
    assert not face_texels(SLICE, None, 0.0)[:, :, 2:].any()


def test_a_finer_shadow_makes_the_slice_finer_and_keeps_its_values_and_places():
    ramp = np.zeros((12, 9, 2), dtype=np.uint8)
    ramp[:, :, 0] = np.arange(12)[:, None] * 10 + 40
    texels = face_texels(ramp, np.zeros((24, 27, 2), np.float32), 1.0)
    assert texels.shape == (24, 27, 4)
    inner = texels[4:-4, 3:-3, 0] / 257.0
    expected = ((np.arange(24) + 0.5) / 2 - 0.5) * 10 + 40
    assert inner == pytest.approx(np.broadcast_to(expected[4:-4, None], inner.shape), abs=0.05)


def test_cubic_weights_sum_to_one_and_interpolate():
    weights = cubic_weights(7, 3)
    assert weights.sum(axis=1) == pytest.approx(np.ones(21), abs=1e-6)
    assert weights[1::3] == pytest.approx(np.eye(7), abs=1e-6)
    assert cubic_weights(7, 1) is None


@given(largest=st.floats(1e-6, 1e6), share=st.floats(1e-9, 1.0))
def test_sixteen_bits_are_spent_near_the_threshold(largest, share):
    threshold = largest * share
    full = full_scale(largest, threshold)
    assert threshold <= full * (1 + 1e-9)
    assert full <= largest * (1 + 1e-9)
    assert full < 16.001 * threshold or full == largest
    assert 0 < shadow_level(threshold, full) <= 1 + 1e-9 or threshold > full


def test_a_threshold_nothing_reaches_throws_no_shadow():
    assert shadow_level(float("inf"), 3.0) > 1
    assert shadow_level(4.0, 3.0) > 1
    assert shadow_level(1.0, 0.0) > 1
