"""RISE against equation 6 of the paper in float64, and its masks against SciPy's interpolation."""

from __future__ import annotations

import numpy as np
import torch
from scipy.ndimage import map_coordinates
from torch import nn

from viewer.methods.explain import explain
from viewer.methods.perturbation.rise import draw_mask
from viewer.models.model import Model


class Weighted(nn.Module):
    """Σ w x² of an image."""

    def __init__(self, weights: torch.Tensor) -> None:
        super().__init__()
        self.weights = weights

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        score = (self.weights * x * x).flatten(1).sum(1, keepdim=True)
        return torch.cat([score, -score], 1)


def test_a_mask_is_a_random_grid_enlarged_and_shifted() -> None:
    draw = torch.Generator().manual_seed(5)
    grid = (torch.rand((4, 4), generator=draw) < 0.5).double().numpy()
    shape, edges = (10, 7), (4, 3)
    shifts = [int(torch.randint(edge, (), generator=draw)) for edge in edges]
    places = [
        np.clip((np.arange(size) + shift + 0.5) / edge - 0.5, 0, 3)
        for size, edge, shift in zip(shape, edges, shifts, strict=True)
    ]
    expected = map_coordinates(grid, np.meshgrid(*places, indexing="ij"), order=1)
    np.testing.assert_allclose(draw_mask(shape, 3, 0.5, 5).numpy(), expected, atol=1e-6)


def test_the_mean_of_masks_is_the_share_that_is_kept() -> None:
    masks = torch.stack([draw_mask((8, 9, 7), 3, 0.3, seed) for seed in range(300)])
    assert abs(float(masks.mean()) - 0.3) < 0.02
    assert masks.shape == (300, 8, 9, 7)


def test_it_is_equation_6_with_the_mean_score_subtracted() -> None:
    rng = np.random.default_rng(0)
    x, weights = rng.normal(size=(6, 5, 4)), rng.normal(size=(6, 5, 4))
    given = torch.from_numpy(x)[None, None]
    model = Model.from_module(Weighted(torch.from_numpy(weights)), given)
    found = explain(model, given, "rise", target=0, device="cpu", samples=20, cells=2, kept=0.4, seed=3)
    draw = torch.Generator().manual_seed(3)
    seeds = torch.randint(2**62, (20,), generator=draw).tolist()
    masks = [draw_mask((6, 5, 4), 2, 0.4, seed).double().numpy() for seed in seeds]
    scores = [float((weights * (x * mask) ** 2).sum()) for mask in masks]
    expected = sum((score - np.mean(scores)) * mask for score, mask in zip(scores, masks, strict=True))
    np.testing.assert_allclose(found.data[0, 0], expected / (20 * 0.4), rtol=1e-4, atol=1e-5)
