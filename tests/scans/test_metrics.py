"""Likeness of two maps, against scikit-image and SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr
from skimage.metrics import structural_similarity as oracle

from viewer.scans.metrics import (
    dice_of_strongest,
    dice_of_strongest_chance,
    relative_change,
    spearman_correlation,
    structural_similarity,
)
from viewer.scans.threshold import top_membership


@pytest.mark.parametrize("shape", [(15, 13, 17), (20, 22)])
def test_structural_similarity_is_that_of_scikit_image(shape: tuple[int, ...]) -> None:
    draw = np.random.default_rng(0)
    a = draw.normal(size=shape)
    b = 0.6 * a + 0.4 * draw.normal(size=shape)
    x, y = np.abs(a) / np.abs(a).max(), np.abs(b) / np.abs(b).max()
    expected = oracle(x, y, win_size=7, data_range=1.0, gaussian_weights=False)
    assert structural_similarity(a, b, np.ones(shape, bool)) == pytest.approx(expected, abs=1e-9)
    assert structural_similarity(a, -3 * a, np.ones(shape, bool)) == pytest.approx(1)


def test_structural_similarity_looks_where_it_is_told() -> None:
    a = np.random.default_rng(1).random((20, 20, 20))
    b = a.copy()
    b[:10] = 0
    there = np.zeros(a.shape, bool)
    there[14:] = True
    assert structural_similarity(a, b, there) == pytest.approx(1)
    assert structural_similarity(a, b, ~there) < 0.7
    assert np.isnan(structural_similarity(a[:5], b[:5], there[:5]))


def test_ranks_are_those_of_scipy() -> None:
    draw = np.random.default_rng(2)
    a, b = draw.integers(0, 9, (2, 500))
    assert spearman_correlation(a, b) == pytest.approx(spearmanr(a, b)[0], abs=1e-12)


def test_overlap_and_change_by_hand() -> None:
    a = np.arange(100.0)
    b = np.roll(a, 2)
    inside = np.ones(100, bool)
    assert dice_of_strongest(a, b, inside, 0.05) == pytest.approx(
        3 / 5
    )  # 95..99 and 97, 98, 99, 94+..: b has 97+2 at 99
    assert dice_of_strongest(a, -a, inside, 0.05) == 1
    assert relative_change(a, 1.5 * a) == pytest.approx(0.5)
    assert relative_change(np.zeros(3), np.ones(3)) == float("inf")
    assert relative_change(np.zeros(3), np.zeros(3)) == 0


def test_tied_voxels_share_the_places_that_are_left():
    values = np.array([[1.0, 3], [3, 0]])
    np.testing.assert_array_equal(top_membership(values, 2), [[0, 1], [1, 0]])
    np.testing.assert_array_equal(top_membership(values, 1), [[0, 0.5], [0.5, 0]])
    np.testing.assert_array_equal(top_membership(values, 3), [[1, 1], [1, 0]])
    np.testing.assert_array_equal(top_membership(values, 9), np.ones((2, 2)))
    np.testing.assert_array_equal(top_membership(values, 0), np.zeros((2, 2)))


def test_the_dice_of_two_masks_is_the_same_however_they_lie():
    draw = np.random.default_rng(4)
    a, b = (draw.random((12, 10, 9)) < 0.3 for _ in range(2))
    inside = np.ones(a.shape, dtype=bool)
    expected = dice_of_strongest(a, b, inside)
    # Of each the same part is taken: what they share of the larger.
    assert expected == pytest.approx((a & b).sum() / max(a.sum(), b.sum()))
    assert dice_of_strongest(a, a, inside) == pytest.approx(1)
    shuffled = [
        dice_of_strongest(a, draw.permutation(b.ravel()).reshape(b.shape), inside) for _ in range(200)
    ]
    assert dice_of_strongest_chance(a, b, inside) == pytest.approx(np.mean(shuffled), rel=0.03)
    assert dice_of_strongest_chance(draw.random(a.shape), draw.random(a.shape), inside) == pytest.approx(
        0.05, rel=0.02
    )
    for axis in range(3):
        assert dice_of_strongest(np.flip(a, axis), np.flip(b, axis), inside) == pytest.approx(expected)
