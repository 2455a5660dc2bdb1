"""Two maps in numbers, against scikit-learn and SciPy, and against what can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import dice as dice_distance
from scipy.stats import entropy, pearsonr, rankdata, spearmanr
from sklearn.metrics import jaccard_score, roc_auc_score

from viewer.checks.map_comparison import UNIFORM_SHARE, MapPair, compare
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


@pytest.mark.parametrize("top", [1, 20, 100])
def test_numbers_equal_scipy_and_scikit_learn(top: int) -> None:
    a, b = two(1)
    inside = (a != 0) | (b != 0)
    x, y = a[inside], b[inside]
    found = MapPair(a, b).compare(top)
    assert found.voxels == inside.sum() < a.size
    assert found.pearson == pytest.approx(pearsonr(x, y)[0], abs=1e-12)
    assert found.spearman == pytest.approx(spearmanr(x, y)[0], abs=1e-12)
    p, q = (np.abs(values) / np.abs(values).sum() for values in (x, y))
    assert found.l1_similarity == pytest.approx(1 - np.abs(p - q).sum() / 2, abs=1e-12)
    p, q = ((1 - UNIFORM_SHARE) * share + UNIFORM_SHARE / len(share) for share in (p, q))
    assert found.kl == pytest.approx(entropy(p, q), rel=1e-9)
    assert found.kl_reverse == pytest.approx(entropy(q, p), rel=1e-9)
    first, second = top_of(np.abs(x), top), top_of(np.abs(y), top)
    assert found.dice == pytest.approx(1 - dice_distance(first, second), abs=1e-12)
    assert found.iou == pytest.approx(jaccard_score(first, second), abs=1e-12)
    assert found.auc == pytest.approx(roc_auc_score(second, np.abs(x)), abs=1e-12)
    assert found.auc_reverse == pytest.approx(roc_auc_score(first, np.abs(y)), abs=1e-12)


def break_ties(values: np.ndarray, count: int, order: np.ndarray) -> np.ndarray:
    """One choice of the largest, ties broken by an order."""
    found = np.zeros(values.size, dtype=bool)
    found[np.lexsort((order, -values))[:count]] = True
    return found


@pytest.mark.parametrize("top", [20, 100, 250])
@pytest.mark.parametrize("which", ["first", "both alike", "both"])
def test_with_ties_every_number_is_the_mean_over_random_choices(top: int, which: str) -> None:
    a, b = two(1, ties=which != "first")
    if which == "first":
        a = np.round(a)
    elif which == "both alike":
        b = np.where(np.abs(a) >= 1, -a, 0.3 * a)
    inside = (a != 0) | (b != 0)
    x, y = np.abs(a[inside]), np.abs(b[inside])
    found, draw, rounds = MapPair(a, b).compare(top), np.random.default_rng(0), 300
    ranks, reverse_ranks = rankdata(x), rankdata(y)
    lowest, pairs = top * (top + 1) / 2, top * (x.size - top)
    dice, chance, auc, reverse = [], [], [], []
    for _ in range(rounds):
        order = draw.random(x.size)
        first, second = break_ties(x, top, order), break_ties(y, top, order)
        dice.append((first & second).sum() / top)
        chance.append((first & break_ties(draw.permutation(y), top, order)).sum() / top)
        auc.append((ranks[second].sum() - lowest) / pairs)
        reverse.append((reverse_ranks[first].sum() - lowest) / pairs)
    assert auc[-1] == pytest.approx(roc_auc_score(second, x))
    means = ((dice, found.dice), (chance, found.dice_chance), (auc, found.auc), (reverse, found.auc_reverse))
    for expected, one in means:
        # Two different sets of tied voxels are counted in parts, which is the mean for many of them.
        many = (which == "both" and expected is dice) or (which != "first" and expected is chance)
        slack = 0.03 if many else 1e-9
        assert one == pytest.approx(np.mean(expected), abs=4.5 * np.std(expected) / rounds**0.5 + slack)
    assert found.iou == pytest.approx(found.dice / (2 - found.dice))
    edge, edge_second = (np.sort(values)[-top] for values in (x, y))
    assert found.tied in (0, np.count_nonzero(x == edge))
    assert found.tied_second in (0, np.count_nonzero(y == edge_second))
    assert (found.tied == 0) == ((x >= edge).sum() == top)


@pytest.mark.parametrize("top", [1, 7, 20, 100])
def test_numbers_do_not_depend_on_the_order_of_the_voxels(top: int) -> None:
    a, b = two(6, ties=True)
    expected = MapPair(a, b).compare(top).as_json()
    order = np.random.default_rng(1).permutation(a.size)
    for first, second in ((a[::-1], b[::-1]), (a.ravel()[order], b.ravel()[order])):
        found = MapPair(first, second).compare(top).as_json()
        assert found == pytest.approx(expected, rel=1e-9)
    back = MapPair(b, a).compare(top)
    assert back.dice == pytest.approx(expected["dice"])
    assert (back.auc, back.auc_reverse) == pytest.approx((expected["auc_reverse"], expected["auc"]))


def test_a_mask_against_a_map_inside_it_is_the_same_on_either_side() -> None:
    places = np.indices((31, 31, 31))
    body = (np.linalg.norm(places - 15.0 * np.ones((3, 1, 1, 1)), axis=0)) < 8
    mask = body + 0.001
    heat = np.where(body, 1 + 0.01 * places[0] + 1e-4 * places[1] + 1e-6 * places[2], 0.001)
    top = 200
    # The strongest of the heat map lie in the body; each voxel of the mask is among its strongest in part.
    for one in (heat, heat[::-1], np.where(body, 3 - heat, 0.001)):
        found = MapPair(mask, one).compare(top)
        assert found.dice == pytest.approx(top / body.sum())
        assert (found.tied, found.tied_second) == (body.sum(), 0)


def test_independent_masks_overlap_by_chance() -> None:
    draw = np.random.default_rng(2)
    a, b = ((draw.random(50_000) < 0.2) + 0.1 for _ in range(2))
    for top in (500, 5000, 20_000):
        found = MapPair(a, b).compare(top)
        assert found.dice == pytest.approx(found.dice_chance, rel=0.06)
        # Beyond the ones a quarter of the others has room: 0.04 + 2 0.16/4 + 0.64/4, of 0.4.
        assert found.dice_chance == pytest.approx(0.2 if top < 10_000 else 0.7, abs=0.01)
    assert MapPair(a, b).compare(500).tied == np.count_nonzero(a > 1)


def test_a_map_is_like_itself_and_opposite_to_its_negative() -> None:
    a, _ = two(2)
    same, opposite = MapPair(a, a).compare(30), MapPair(a, -a).compare(30)
    assert (same.pearson, same.spearman, same.l1_similarity, same.dice, same.iou, same.auc) == pytest.approx(
        (1, 1, 1, 1, 1, 1)
    )
    assert (str(same.kl), str(same.kl_reverse)) == ("0.0", "0.0")
    assert (opposite.pearson, opposite.spearman) == pytest.approx((-1, -1))
    assert opposite.dice == 1  # where a map is strong is the same for both


def test_two_maps_of_noise_overlap_by_chance() -> None:
    draw = np.random.default_rng(3)
    found = MapPair(draw.normal(size=20000), draw.normal(size=20000)).compare(2000)
    assert found.dice_chance == pytest.approx(0.1)
    assert found.dice == pytest.approx(0.1, abs=0.02)
    assert found.auc == pytest.approx(0.5, abs=0.02)
    assert found.pearson == pytest.approx(0, abs=0.03)


def test_disjoint_maps_have_zero_overlap_and_finite_divergence() -> None:
    a, b = np.zeros(100), np.zeros(100)
    a[:10], b[50:60] = 1, 1
    found = MapPair(a, b).compare(10)
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


def test_incomparable_maps_are_refused() -> None:
    grid = Grid((4, 4, 4), np.eye(4))
    ones = Map(np.ones((4, 4, 4), np.float32), grid, "ones")
    away = np.eye(4)
    away[:3, 3] = 500
    with pytest.raises(ScanError, match="does not overlap ones"):
        compare(ones, Map(np.ones((4, 4, 4), np.float32), Grid((4, 4, 4), away), "far"))
    with pytest.raises(ScanError, match="bare tensor"):
        compare(ones, Map(np.ones((1, 1, 4), np.float32), None, "bare"))
    with pytest.raises(ScanError, match="second map: is zero everywhere"):
        compare(ones, Map(np.zeros((4, 4, 4), np.float32), grid, "empty"))
    nothing = Map(np.full((4, 4, 4), np.nan, np.float32), grid, "nothing")
    with pytest.raises(ScanError, match="second map: has no finite values"):
        compare(ones, nothing)
    with pytest.raises(ScanError, match="first map: has no finite values"):
        compare(nothing, ones)


def test_a_constant_map_correlates_with_nothing() -> None:
    found = MapPair(np.ones(50), np.arange(1.0, 51)).compare(5)
    assert np.isnan(found.pearson)
    assert np.isnan(found.spearman)
    assert np.isfinite(found.l1_similarity)
