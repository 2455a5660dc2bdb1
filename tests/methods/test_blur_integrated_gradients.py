"""Blur integrated gradients against its integral in float64 with SciPy's Gaussian filter."""

from __future__ import annotations

import numpy as np
import torch
from scipy.ndimage import gaussian_filter
from torch import nn

from viewer.methods.explain import explain
from viewer.models.model import Model

NAME = "blur-integrated-gradients"


class Squares(nn.Module):
    """Σ w x² of an image, whose slope is 2 w x."""

    def __init__(self, weights: torch.Tensor) -> None:
        super().__init__()
        self.weights = weights

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        score = (self.weights * x * x).flatten(1).sum(1, keepdim=True)
        return torch.cat([score, -score], 1)


def test_it_is_the_integral_along_the_blurred_scans() -> None:
    rng = np.random.default_rng(0)
    x, weights = rng.normal(size=(9, 8, 7)), rng.normal(size=(9, 8, 7))
    given = torch.from_numpy(x)[None, None]
    model = Model.from_module(Squares(torch.from_numpy(weights)), given)
    found = explain(model, given, NAME, target=0, device="cpu", blur=3.0, steps=60)
    total, before = np.zeros_like(x), None
    for sigma in np.linspace(3.0, 0, 61):
        point = gaussian_filter(x, sigma, mode="reflect", truncate=6) if sigma else x
        if before is not None:
            total += (2 * weights * point + 2 * weights * before) / 2 * (point - before)
        before = point
    np.testing.assert_allclose(found.data[0, 0], total, atol=2e-3 * np.abs(total).max())
    assert found.residual is not None
    assert found.residual.relative < 1e-3


def test_what_blurring_does_not_change_contributes_nothing() -> None:
    x = torch.full((1, 1, 6, 6, 6), 2.0)
    model = Model.from_module(Squares(torch.ones(6, 6, 6)), x)
    found = explain(model, x, NAME, target=0, device="cpu", steps=4)
    np.testing.assert_allclose(found.data, 0, atol=1e-4)


def test_rounding_of_a_constant_scan_is_no_missed_sum() -> None:
    torch.manual_seed(0)
    network = torch.nn.Sequential(
        torch.nn.Conv3d(1, 4, 3), torch.nn.SiLU(), torch.nn.Flatten(), torch.nn.Linear(256, 2)
    )
    x = torch.full((1, 1, 6, 6, 6), 0.7)
    found = explain(
        Model.from_module(network, x), x, "blur-integrated-gradients", target=0, device="cpu", steps=4
    )
    assert np.abs(found.data).max() < 1e-6
    assert found.residual is not None
    assert found.residual.found != found.residual.expected == 0
    assert (found.residual.relative, found.warning) == (0, "")
    assert not [note for note in found.provenance.notes if "misses" in note]
