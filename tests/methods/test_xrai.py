"""XRAI against algorithm 1 of the paper, with sets of voxels."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from viewer.errors import Cancelled
from viewer.methods.explain import explain
from viewer.methods.xrai import rank_regions
from viewer.models.model import Model
from viewer.progress import Progress


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
        found, _ = rank_regions(values, labels, smallest)
        np.testing.assert_allclose(found, twin(values, labels, smallest))


def test_a_map_of_one_mean_says_that_no_region_was_taken() -> None:
    network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(8**3, 2))
    x = torch.rand(1, 1, 8, 8, 8)
    model = Model.from_module(network, x)
    found = explain(model, x, "xrai", target=0, device="cpu", segments=40, smallest=600)
    assert np.ptp(found.data) == 0
    assert found.provenance.notes[0].startswith("100% of the voxels are in no supervoxel that adds 600")
    usual = explain(model, x, "xrai", target=0, device="cpu", segments=40)
    assert not [note for note in usual.provenance.notes if "supervoxel" in note]


def test_it_can_be_cancelled_between_the_scales() -> None:
    network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(8**3, 2))
    x = torch.rand(1, 1, 8, 8, 8)
    seen: list[str] = []

    def cancelled() -> bool:
        return any("scale 2 of 4" in message for message in seen)

    progress = Progress(lambda step: seen.append(step.message), cancelled)
    with pytest.raises(Cancelled):
        explain(Model.from_module(network, x), x, "xrai", device="cpu", segments=100, progress=progress)
    assert not any("scale 4" in message for message in seen)


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
