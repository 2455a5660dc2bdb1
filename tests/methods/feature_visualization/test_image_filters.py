"""The filters against scikit-image and against their equations voxel by voxel."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from skimage.restoration import denoise_bilateral, denoise_tv_chambolle

from viewer.methods.feature_visualization.image_filters import (
    bilateral_filter,
    denoise_total_variation,
    median_filter,
    switching_bilateral_filter,
)


def noisy(shape, seed=0):
    draw = np.random.default_rng(seed)
    image = np.zeros(shape)
    image[tuple(slice(n // 3, 2 * n // 3) for n in shape)] = 1.0
    return image + 0.1 * draw.standard_normal(shape)


def as_tensor(image):
    return torch.from_numpy(image)[None, None]


@pytest.mark.parametrize("shape", [(24, 30), (12, 10, 14)], ids=["2d", "3d"])
@pytest.mark.parametrize("weight", [0.05, 0.3])
def test_total_variation_as_scikit_image(shape, weight):
    image = noisy(shape)
    wanted = denoise_tv_chambolle(image, weight, eps=2e-4, max_num_iter=200)
    found = denoise_total_variation(as_tensor(image), weight)[0, 0].numpy()
    assert np.abs(found - wanted).max() < 1e-12


def test_less_variation_and_the_edge_stays():
    image = noisy((40, 40))
    found = denoise_total_variation(as_tensor(image), 0.2)[0, 0].numpy()
    assert np.abs(np.diff(found)).sum() < 0.4 * np.abs(np.diff(image)).sum()
    assert found[20, 14] - found[20, 11] > 0.7


def test_bilateral_as_scikit_image():
    image = np.clip(noisy((24, 20)), 0, 1)
    # Without a fall in space, since scikit-image's is off its window's middle; its weights come from a table.
    wanted = denoise_bilateral(image, win_size=5, sigma_color=0.2, sigma_spatial=1e9, bins=10**6, mode="edge")
    found = bilateral_filter(as_tensor(image), 0.2, 1e9, 2)[0, 0].numpy()
    assert np.abs(found - wanted).max() < 1e-5


@pytest.mark.parametrize("shape", [(7, 9), (5, 6, 4)], ids=["2d", "3d"])
def test_switching_bilateral_as_its_equations(shape):
    image = noisy(shape)
    image[(2,) * len(shape)] = 5.0
    tone, reach, impulse = 0.3, 0.8, 0.4
    wide3 = np.pad(image, 1, mode="edge")
    wide = np.pad(image, 2, mode="edge")
    wanted = np.zeros(shape)
    for at in np.ndindex(*shape):
        around = np.median(wide3[tuple(slice(i, i + 3) for i in at)])
        reference = around if abs(image[at] - around) > impulse else image[at]
        window = wide[tuple(slice(i, i + 5) for i in at)]
        offsets = np.stack(np.meshgrid(*[np.arange(5) - 2] * len(shape), indexing="ij"))
        weight = np.exp(-(offsets**2).sum(0) / (2 * reach**2) - (window - reference) ** 2 / (2 * tone**2))
        wanted[at] = (weight * window).sum() / weight.sum()
    found = switching_bilateral_filter(as_tensor(image), tone, reach, impulse)[0, 0].numpy()
    assert np.abs(found - wanted).max() < 1e-12
    # The impulse is gone; around the voxel itself it would have stayed.
    assert found[(2,) * len(shape)] < 1.5
    assert bilateral_filter(as_tensor(image), tone, reach, 2)[0, 0].numpy()[(2,) * len(shape)] > 4.9


def test_the_median_in_slabs(monkeypatch):
    image = as_tensor(noisy((9, 7, 8)))
    whole = median_filter(image)
    monkeypatch.setattr("viewer.methods.feature_visualization.image_filters.SLAB", 120)
    assert torch.equal(median_filter(image), whole)


def test_a_constant_stays():
    image = torch.full((1, 1, 6, 5, 7), 0.4)
    assert torch.allclose(denoise_total_variation(image, 0.1), image)
    assert torch.allclose(switching_bilateral_filter(image, 0.1, 1.0, 0.1), image)
