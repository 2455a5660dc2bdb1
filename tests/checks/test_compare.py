"""Two maps in numbers, against scikit-learn and SciPy, and against what can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import dice as dice_distance
from scipy.stats import entropy, pearsonr, spearmanr
from sklearn.metrics import jaccard_score, roc_auc_score

from viewer.checks.compare import MIXED, Pair, compare
from viewer.errors import ScanError
from viewer.scans.grid import Grid
from viewer.scans.map import Map


def two(seed: int, ties: bool = False) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    a = draw.normal(size=(9, 8, 7))
    b = 0.5 * a + draw.normal(size=a.shape)
    if ties:
        a, b = np.round(a), np.round(b)
    # Both are zero in a corner, which must not count.
    a[:3, :3], b[:3, :3] = 0, 0
    return a, b


def top_of(values: np.ndarray, count: int) -> np.ndarray:
    found = np.zeros(values.size, dtype=bool)
    found[np.argsort(-values, kind="stable")[:count]] = True
    return found


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("top", [1, 20, 100])
def test_every_number_is_that_of_the_libraries(ties: bool, top: int) -> None:
    a, b = two(1, ties)
    inside = (a != 0) | (b != 0)
    x, y = a[inside], b[inside]
    found = Pair(a, b).at(top)
    assert found.voxels == inside.sum() < a.size
    assert found.pearson == pytest.approx(pearsonr(x, y)[0], abs=1e-12)
    assert found.spearman == pytest.approx(spearmanr(x, y)[0], abs=1e-12)
    p, q = (np.abs(values) / np.abs(values).sum() for values in (x, y))
    assert found.l1_similarity == pytest.approx(1 - np.abs(p - q).sum() / 2, abs=1e-12)
    p, q = ((1 - MIXED) * share + MIXED / len(share) for share in (p, q))
    assert found.kl == pytest.approx(entropy(p, q), rel=1e-9)
    assert found.kl_reverse == pytest.approx(entropy(q, p), rel=1e-9)
    first, second = top_of(np.abs(x), top), top_of(np.abs(y), top)
    assert found.dice == pytest.approx(1 - dice_distance(first, second), abs=1e-12)
    assert found.iou == pytest.approx(jaccard_score(first, second), abs=1e-12)
    assert found.auc == pytest.approx(roc_auc_score(second, np.abs(x)), abs=1e-12)
    assert found.auc_reverse == pytest.approx(roc_auc_score(first, np.abs(y)), abs=1e-12)


def test_a_map_is_like_itself_and_opposite_to_its_negative() -> None:
    a, _ = two(2)
    same, opposite = Pair(a, a).at(30), Pair(a, -a).at(30)
    assert (same.pearson, same.spearman, same.l1_similarity, same.dice, same.iou, same.auc) == pytest.approx(
        (1, 1, 1, 1, 1, 1)
    )
    assert same.kl == pytest.approx(0, abs=1e-12)
    assert (opposite.pearson, opposite.spearman) == pytest.approx((-1, -1))
    assert opposite.dice == 1  # where a map is strong is the same for both


def test_two_maps_of_noise_overlap_by_chance() -> None:
    draw = np.random.default_rng(3)
    found = Pair(draw.normal(size=20000), draw.normal(size=20000)).at(2000)
    assert found.dice_chance == pytest.approx(0.1)
    assert found.dice == pytest.approx(0.1, abs=0.02)
    assert found.auc == pytest.approx(0.5, abs=0.02)
    assert found.pearson == pytest.approx(0, abs=0.03)


def test_maps_apart_from_each_other_share_nothing_and_the_divergence_is_finite() -> None:
    a, b = np.zeros(100), np.zeros(100)
    a[:10], b[50:60] = 1, 1
    found = Pair(a, b).at(10)
    assert (found.l1_similarity, found.dice, found.iou) == (0, 0, 0)
    assert found.voxels == 20
    assert 10 < found.kl < 20
    assert found.auc == 0


def test_the_second_is_carried_onto_the_firsts_grid() -> None:
    grid = Grid((20, 22, 18), np.array([[2.0, 0, 0, -20], [0, 2, 0, -22], [0, 0, 2, -18], [0, 0, 0, 1]]))
    places = np.moveaxis(np.indices(grid.shape), 0, -1)
    ball = np.exp(-(np.linalg.norm(grid.to_world(places) - [6, -4, 3], axis=-1) ** 2) / 50)
    first = Map(ball.astype(np.float32), grid, "first")
    turned = ball[::-1].transpose(2, 0, 1)
    flipped = Grid(
        grid.shape,
        grid.affine @ np.array([[-1.0, 0, 0, grid.shape[0] - 1], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]),
    )
    second = Map(turned.astype(np.float32), flipped.permuted((2, 0, 1)), "second")
    found = compare(first, second)
    assert found.pearson == pytest.approx(1, abs=1e-6)
    assert found.dice == 1
    assert compare(first, Map(ball[::-1].astype(np.float32), grid, "mirrored")).dice < 0.2


def test_what_cannot_be_compared_is_said() -> None:
    grid = Grid((4, 4, 4), np.eye(4))
    ones = Map(np.ones((4, 4, 4), np.float32), grid, "ones")
    away = np.eye(4)
    away[:3, 3] = 500
    with pytest.raises(ScanError, match="does not lie where ones lies"):
        compare(ones, Map(np.ones((4, 4, 4), np.float32), Grid((4, 4, 4), away), "far"))
    with pytest.raises(ScanError, match="bare tensor"):
        compare(ones, Map(np.ones((1, 1, 4), np.float32), None, "bare"))
    with pytest.raises(ScanError, match="second map: is zero everywhere"):
        compare(ones, Map(np.zeros((4, 4, 4), np.float32), grid, "empty"))


def test_a_constant_map_correlates_with_nothing() -> None:
    found = Pair(np.ones(50), np.arange(1.0, 51)).at(5)
    assert np.isnan(found.pearson)
    assert np.isnan(found.spearman)
    assert np.isfinite(found.l1_similarity)
