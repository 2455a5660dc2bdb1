"""Deletion and insertion: the curves by hand, and maps that must pass and must fail."""

from __future__ import annotations

import numpy as np
import pytest

from viewer.checks.base import Verdict
from viewer.checks.context import CheckContext, Explanation
from viewer.checks.deletion_insertion import DeletionInsertion
from viewer.checks.infill import Fill, make_filler
from viewer.checks.perturbation_curves import PerturbationPlan, both_curves, make_patches, random_curves
from viewer.progress import Progress

QUICK = DeletionInsertion(patch=9.0, steps=4, draws=3)


def test_patches_tile_the_head() -> None:
    head = np.zeros((7, 9), bool)
    head[1:5, 2:9] = True
    found = make_patches(head, 3)
    blocks = {(i // 3, j // 3) for i, j in np.argwhere(head)}
    assert found.count == len(blocks)
    values = np.random.default_rng(0).normal(size=head.shape)
    sums = sorted(values[3 * a : 3 * a + 3, 3 * b : 3 * b + 3].sum() for a, b in blocks)
    np.testing.assert_allclose(np.sort(found.sums(values)), sums)
    assert not head[found.labels < 0].any()
    assert make_patches(head, 1).count == head.sum()


def test_the_largest_sum_comes_first_and_ties_are_drawn() -> None:
    found = make_patches(np.ones((8, 8), bool), 2)
    values = np.random.default_rng(1).normal(size=(8, 8))
    ranks = found.ranks(values, np.random.default_rng(0))
    np.testing.assert_array_equal(np.argsort(ranks), np.argsort(-found.sums(values)))
    even = [found.ranks(np.zeros((8, 8)), np.random.default_rng(seed)) for seed in (0, 1)]
    assert (even[0] != even[1]).any()
    assert found.first_patches(ranks, 3).sum() == 12


def test_the_curves_are_those_of_asking_one_by_one(context: CheckContext, honest: Explanation) -> None:
    way = PerturbationPlan(3, Fill.MEAN, 4, 0.5)
    tiles = make_patches(context.foreground, 3)
    ranks = tiles.ranks(honest.importance, np.random.default_rng(0))
    deletion, insertion = both_curves(context, tiles, ranks, way, Progress())
    fill = make_filler(context, Fill.MEAN)
    everything = tiles.labels >= 0
    np.testing.assert_allclose(way.shares, [0, 0.03125, 0.125, 0.28125, 0.5])
    for step, share in enumerate(way.shares):
        gone = tiles.first_patches(ranks, round(share * tiles.count))
        for curve, hole in ((deletion, gone), (insertion, everything & ~gone)):
            logits = context.model.logits(fill(hole))[0].double()
            assert curve.scores[step] == pytest.approx(float(logits[1]), rel=1e-4, abs=1e-5)
            assert curve.probabilities is not None
            assert curve.probabilities[step] == pytest.approx(float(logits.softmax(0)[1]), rel=1e-4)
    assert deletion.scores[0] == context.original_scores[0]
    widths = np.diff(way.shares)
    area = (widths * (deletion.scores[1:] + deletion.scores[:-1]) / 2).sum() / 0.5
    assert deletion.area == pytest.approx(area)


def test_random_orders_are_computed_once_and_repeatable(context: CheckContext) -> None:
    way = PerturbationPlan(3, Fill.MEAN, 3, 0.5)
    tiles = make_patches(context.foreground, 3)
    first = random_curves(context, tiles, way, 2, Progress())
    assert random_curves(context, tiles, way, 2, Progress(cancelled=lambda: True)) is first
    again = random_curves(_fresh(context), tiles, way, 2, Progress())
    np.testing.assert_array_equal(first[1][0].scores, again[1][0].scores)
    assert (first[0][0].scores != first[1][0].scores).any()


def _fresh(context: CheckContext) -> CheckContext:
    from viewer.checks.context import make_context

    return make_context(context.model, context.scan, device="cpu")


@pytest.mark.parametrize("fill", list(Fill))
def test_faithful_map_passes(honest: Explanation, fill: Fill) -> None:
    found = DeletionInsertion(patch=9.0, fill=fill, steps=4, draws=3).run(honest)
    assert found.verdict is Verdict.HOLDS, found.sentence
    assert found.numbers["deletion"]["area"] < min(found.numbers["deletion"]["random areas"])
    assert found.numbers["insertion"]["area"] > max(found.numbers["insertion"]["random areas"])


def test_noise_map_fails(noise: Explanation) -> None:
    assert QUICK.run(noise).verdict is Verdict.FAILS


def test_reversed_map_fails(context: CheckContext, honest: Explanation) -> None:
    turned = Explanation(context, "turned", -honest.values)
    assert QUICK.run(turned).verdict is Verdict.FAILS


def test_cost_is_estimated_before_the_run(honest: Explanation, context: CheckContext) -> None:
    reported = []
    counting = Progress(lambda step: reported.append(step))
    before = QUICK.estimate_cost(honest).forward_passes
    assert before == 9 * 4
    QUICK.run(honest, counting)
    assert QUICK.estimate_cost(honest).forward_passes == 9
    assert reported[-1].fraction == 1


def test_an_even_map_has_no_order(context: CheckContext) -> None:
    even = Explanation(context, "even", np.zeros(context.shape, np.float32))
    assert QUICK.run(even).verdict is Verdict.OPEN
