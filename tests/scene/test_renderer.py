"""Averaging pixels: the plain mean, rounded."""

from __future__ import annotations

import numpy as np
import pytest

from viewer.scene.renderer import average_pixels


@pytest.mark.parametrize("factor", [1, 2, 3, 4])
def test_every_pixel_is_the_mean_of_its_samples(factor):
    pixels = np.random.default_rng(factor).integers(0, 256, (8 * factor, 5 * factor, 4), dtype=np.uint8)
    expected = pixels.reshape(8, factor, 5, factor, 4).mean(axis=(1, 3))
    found = average_pixels(pixels[::-1], factor)[::-1]
    assert np.abs(found.astype(float) - expected).max() <= 0.5
    assert average_pixels(pixels, factor).flags.c_contiguous
    assert average_pixels(np.full_like(pixels, 255), factor).min() == 255
