"""The numbers of checks against those of Quantus, in three dimensions.

Quantus asks for opencv-python, which is too much for a test, so that it is not installed with the others:
its numbers were computed once, with version 0.6.0, and stand here. Where it is installed, they are computed
again. In three dimensions it is right only when it is told that channels come first.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from viewer.checks.context import CheckContext
from viewer.checks.infill import Fill
from viewer.checks.localisation import localisation_scores
from viewer.checks.perturbation_curves import PerturbationPlan, deletion_curve, make_patches
from viewer.progress import Progress
from viewer.scans.metrics import pearson_correlation, spearman_correlation

LOCALISATION = {
    "pointing game": ("PointingGame", 1.0),
    "relevance mass": ("RelevanceMassAccuracy", 0.11112475602595573),
    "relevance rank": ("RelevanceRankAccuracy", 0.7777777777777778),
    "AUC": ("AUC", 0.9420762481559127),
}
"""By our names: Quantus' metric, and its number for `marked`."""

LIKENESS = {"spearman": 0.8490355368964901, "pearson": 0.8561896847310709}

FLIPPED = (-0.260957, -0.554281, -0.551158, -0.800020)
"""Pixel flipping: the output after 1, 4, 9 and 16 sixteenths of all voxels are set to the mean."""

SIXTEENTHS = (1, 4, 9, 16)


def marked() -> tuple[np.ndarray, np.ndarray]:
    """A map of noise that is stronger in a block, and the block."""
    inside = np.zeros((9, 8, 7), bool)
    inside[2:5, 3:6, 1:4] = True
    return np.random.default_rng(0).random(inside.shape) + 0.6 * inside, inside


def another(values: np.ndarray) -> np.ndarray:
    """A map that is like it."""
    return 0.6 * values + 0.4 * np.random.default_rng(1).random(values.shape)


def scattered(context: CheckContext, spot: np.ndarray) -> tuple[CheckContext, np.ndarray]:
    """A subject whose head is the whole grid, and a map in which no two voxels are alike."""
    whole = replace(context, foreground=np.ones(context.shape, bool), _cache={})
    return whole, np.random.default_rng(2).random(context.shape) + 0.5 * spot


@pytest.mark.parametrize("name", LOCALISATION)
def test_a_known_place(name: str) -> None:
    values, inside = marked()
    assert localisation_scores(values.ravel(), inside.ravel())[name] == pytest.approx(
        LOCALISATION[name][1], abs=1e-12
    )


def test_likeness_of_two_maps() -> None:
    values, _ = marked()
    assert spearman_correlation(values, another(values)) == pytest.approx(LIKENESS["spearman"], abs=1e-12)
    assert pearson_correlation(values, another(values)) == pytest.approx(LIKENESS["pearson"], abs=1e-12)


def test_pixel_flipping(context: CheckContext, spot: np.ndarray) -> None:
    whole, values = scattered(context, spot)
    tiles = make_patches(whole.foreground, 1)
    ranks = tiles.ranks(values, whole.make_generator(72))
    curve = deletion_curve(whole, tiles, ranks, PerturbationPlan(1, Fill.MEAN, 4, 1.0), Progress())
    np.testing.assert_allclose(curve.scores[1:], FLIPPED, rtol=1e-4)
    assert curve.scores[0] > 0 > max(FLIPPED)


@pytest.mark.parametrize("name", LOCALISATION)
def test_quantus_numbers_of_a_known_place(name: str) -> None:
    quantus = pytest.importorskip("quantus")
    values, inside = marked()
    metric = getattr(quantus, LOCALISATION[name][0])(normalise=False, abs=False, disable_warnings=True)
    (found,) = metric(
        model=None,
        x_batch=np.zeros((1, 1, *values.shape)),
        y_batch=np.array([0]),
        a_batch=values[None, None],
        s_batch=inside[None, None],
        channel_first=True,
    )
    assert float(found) == pytest.approx(LOCALISATION[name][1], abs=1e-12)


def test_quantus_numbers_of_likeness() -> None:
    functions = pytest.importorskip("quantus.functions.similarity_func")
    values, _ = marked()
    pair = values.ravel(), another(values).ravel()
    assert functions.correlation_spearman(*pair) == pytest.approx(LIKENESS["spearman"], abs=1e-12)
    assert functions.correlation_pearson(*pair) == pytest.approx(LIKENESS["pearson"], abs=1e-12)


def test_quantus_numbers_of_pixel_flipping(context: CheckContext, spot: np.ndarray) -> None:
    quantus = pytest.importorskip("quantus")
    _, values = scattered(context, spot)
    metric = quantus.PixelFlipping(
        features_in_step=values.size // 16,
        perturb_baseline=float(context.x.mean()),
        normalise=False,
        abs=False,
        disable_warnings=True,
        return_auc_per_sample=False,
    )
    (found,) = metric(
        model=context.model.module(),
        x_batch=context.x.numpy(),
        y_batch=np.array([context.target.index]),
        a_batch=values[None, None],
        channel_first=True,
        softmax=False,
    )
    np.testing.assert_allclose([found[number - 1] for number in SIXTEENTHS], FLIPPED, rtol=1e-4)
