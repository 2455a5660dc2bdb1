"""References of training scans: what they accept, what not, and how a card carries them."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from viewer.errors import ModelError
from viewer.models.training_reference import (
    FeatureReference,
    coarse_image,
    intensity_features,
    make_training_statistics,
    read_training_reference,
    select_slices,
)


def draw_features(count: int, seed: int) -> np.ndarray:
    """Features of very different size, some of which never vary."""
    values = np.random.default_rng(seed).normal(0, [1, 10, 0.1, 0], (count, 4))
    return values + np.array([0, 100, -1, 5])


def test_other_scans_of_the_same_kind_keep_the_limit() -> None:
    reference = FeatureReference.fit(draw_features(60, 0))
    others = [reference.distance(row) for row in draw_features(400, 1)]
    assert np.mean([one <= reference.limit for one in others]) >= 0.98
    assert reference.distance([0, 200, -1, 5]) > reference.limit


def test_the_distance_is_a_root_mean_square_of_standard_scores() -> None:
    reference = FeatureReference(np.array([1.0, 2.0]), np.array([1.0, 0.5]), 1.0)
    assert reference.distance([2.0, 3.0]) == pytest.approx(np.sqrt((1 + 4) / 2))
    with pytest.raises(ValueError, match="3 features"):
        reference.distance([1, 2, 3])


def test_too_few_scans_give_no_reference() -> None:
    with pytest.raises(ValueError, match="2 scans"):
        FeatureReference.fit(draw_features(2, 0))


def test_features_of_an_input() -> None:
    x = torch.zeros(1, 1, 20, 20, 20)
    x[..., 4:16, 4:16, 4:16] = torch.arange(12.0)
    share, *quantiles = intensity_features(x)
    assert share == pytest.approx(11 / 12 * 0.6**3)  # the zeros inside are as the background
    assert quantiles == sorted(quantiles)
    assert quantiles[3] == 6
    cells = np.array(coarse_image(x)).reshape(10, 10, 10)
    assert cells[3, 3, 4] == pytest.approx(4.5)
    assert cells[0, 0, 0] == 0


def test_slices_are_the_third_axis() -> None:
    x = torch.zeros(20, 1, 30, 40)
    x[10:] = 1
    cells = np.array(coarse_image(x)).reshape(10, 10, 10)
    assert np.array_equal(cells[0, 0], [0] * 5 + [1] * 5)
    assert len(select_slices(x)) == 8
    assert len(select_slices(x[:5])) == 5
    assert len(coarse_image(torch.zeros(1, 1, 28, 28))) == 100


def test_a_card_carries_them_as_json() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv3d(1, 2, 3), nn.BatchNorm3d(2), nn.Flatten(), nn.LazyLinear(2)).eval()
    inputs = [1 + 0.1 * torch.randn(1, 1, 8, 8, 8) for _ in range(6)]
    network(inputs[0])
    statistics = json.loads(json.dumps(make_training_statistics(network, inputs)))
    assert statistics["scans"] == 6
    assert statistics["channels"][0]["mean"] == pytest.approx(1, abs=0.05)
    found = read_training_reference(statistics, "network")
    for one in (found.intensities, found.image, found.activations, found.batch_norms):
        assert one is not None
    assert found.image is not None
    near = 1 + 0.1 * torch.randn(1, 1, 8, 8, 8)
    assert found.image.distance(coarse_image(near)) <= found.image.limit
    assert found.image.distance(coarse_image(3 * near)) > found.image.limit


@pytest.mark.parametrize(
    "entry",
    [
        {"mean": "1 2", "sd": "1", "limit": 1},
        {"mean": "1 2", "sd": "1 0", "limit": 1},
        {"mean": "1 x", "sd": "1 1", "limit": 1},
        {"mean": "1 nan", "sd": "1 1", "limit": 1},
        {"mean": "", "sd": "", "limit": 1},
        {"mean": "1", "sd": "1", "limit": -1},
        {"mean": "1", "sd": "1", "limit": 1, "more": 2},
        {"mean": [1], "sd": [1], "limit": 1},
        {"mean": "1 " * 20_000, "sd": "1 " * 20_000, "limit": 1},
    ],
)
def test_what_is_not_understood_is_refused(entry: dict[str, Any]) -> None:
    with pytest.raises(ModelError, match=r"training_statistics\.references\.image"):
        read_training_reference({"references": {"image": entry}}, "network")
