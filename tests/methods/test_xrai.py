"""XRAI against algorithm 1 of the paper, with sets of voxels."""

from __future__ import annotations

import numpy as np
import torch

from viewer.methods.explain import explain
from viewer.methods.xrai import rank_regions
from viewer.models.model import Model


def twin(values: np.ndarray, labels: list[np.ndarray], smallest: int) -> np.ndarray:
    """Take the region with the largest mean over its voxels that are left, until none adds enough."""
    regions = [set(np.flatnonzero(one == number)) for one in labels for number in range(1, one.max() + 1)]
    left = set().union(*regions)
    flat, result = values.reshape(-1), np.zeros(values.size)
    while True:
        added = [region & left for region in regions]
        gains = [np.mean([flat[i] for i in one]) if len(one) >= smallest else -np.inf for one in added]
        best = int(np.argmax(gains))
        if gains[best] == -np.inf:
            break
        result[list(added[best])] = gains[best]
        left -= added[best]
    if left:
        result[list(left)] = np.mean([flat[i] for i in left])
    return result.reshape(values.shape)


def test_regions_are_taken_as_algorithm_1_takes_them() -> None:
    rng = np.random.default_rng(0)
    for smallest in (1, 4):
        values = rng.normal(size=(5, 6, 4))
        labels = [rng.integers(0, count, values.shape) for count in (20, 9, 4)]
        np.testing.assert_allclose(rank_regions(values, labels, smallest), twin(values, labels, smallest))


def test_a_bright_cube_is_one_region_with_its_mean_contribution() -> None:
    x = torch.zeros(1, 1, 12, 12, 12)
    x[0, 0, 2:10, 2:10, 2:10] = 1.0
    x[0, 0, 3:6, 3:6, 3:6] = 3.0
    weights = torch.zeros(12, 12, 12)
    weights[3:6, 3:6, 3:6] = 1.0

    class Weighted(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            score = (weights * x).flatten(1).sum(1, keepdim=True)
            return torch.cat([score, -score], 1)

    found = explain(Model.from_module(Weighted(), x), x, "xrai", target=0, device="cpu", segments=40)
    inside = found.data[0, 0, 3:6, 3:6, 3:6]
    assert inside.mean() > 2.0
    assert found.data.max() <= 3.0 + 1e-5
    assert np.abs(found.data[0, 0, 8:, 8:, 8:]).max() < 0.2
