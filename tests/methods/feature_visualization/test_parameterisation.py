"""Waves and bounds: there and back, the spectrum in mm, and equal variance for both parameterisations."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from viewer.methods.feature_visualization.parameterisation import (
    IntensityBounds,
    SpectralImage,
    frequency_weights,
)
from viewer.methods.feature_visualization.transforms import compute_voxel_axes

SHAPES = [(8, 9), (9, 8), (6, 7, 9), (6, 7, 8)]
SHEARED = np.array([[2.0, 0.5, 0, 0], [0, 3.0, 0.2, 0], [0.1, 0, 1.5, 0], [0, 0, 0, 1]])


def spectral(shape, decay=1.0):
    return SpectralImage(
        shape, compute_voxel_axes(SHEARED, len(shape)), decay, torch.zeros((), dtype=torch.float64)
    )


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_an_image_goes_there_and_back(shape):
    image = torch.randn(1, 2, *shape, dtype=torch.float64)
    form = spectral(shape)
    assert torch.allclose(form.z(form.values(image)), image, atol=1e-12)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_amplitudes_of_variance_one_make_an_image_of_variance_one(shape):
    form = spectral(shape)
    torch.manual_seed(0)
    values = form.values(torch.zeros(1, 400, *shape, dtype=torch.float64))
    made = form.z(torch.randn_like(values))
    # 400 images; planes whose amplitudes must be real lose a half of a few of them.
    assert float(made.square().mean()) == pytest.approx(1.0, abs=0.12)


def test_noise_starts_with_the_same_strength_in_either_form():
    form = spectral((16, 18, 20))
    torch.manual_seed(0)
    noise = torch.randn(1, 8, 16, 18, 20, dtype=torch.float64)
    assert float(form.z(form.start(noise)).std()) == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("decay", [0.0, 1.0, 2.0])
def test_the_weight_is_that_of_the_wave_s_length_in_mm(decay):
    shape, frame = (8, 10, 12), compute_voxel_axes(SHEARED, 3)
    found = frequency_weights(shape, frame, decay)
    # A wave of one cycle along the first axis' voxels: its crests lie apart by the length of k in the world.
    k = np.linalg.solve(SHEARED[:3, :3].T, np.array([2 / 8, 0, 1 / 12]))
    assert found[2, 0, 1] == pytest.approx(np.linalg.norm(k) ** -decay)
    longest = (np.linalg.norm(SHEARED[:3, :3], axis=0) * shape).max()
    assert found[0, 0, 0] == pytest.approx(longest**decay)


def test_the_frame_keeps_lengths_and_angles():
    frame = compute_voxel_axes(SHEARED, 3)
    assert np.allclose(frame.T @ frame, SHEARED[:3, :3].T @ SHEARED[:3, :3])
    assert compute_voxel_axes(SHEARED, 2).shape == (2, 2)


@pytest.mark.parametrize("how", ["squash", "clip", "none"])
def test_bounds_there_and_back(how):
    bounds = IntensityBounds(-1.0, 3.0, 0.0, how)
    z = torch.linspace(-0.4, 0.4, 9, dtype=torch.float64)
    assert torch.allclose(bounds.z(bounds.image(z)), z, atol=1e-12)
    assert float(bounds.image(torch.zeros(()))) == 1.0
    slope = float((bounds.image(torch.tensor(1e-4)) - bounds.image(torch.tensor(-1e-4))) / 2e-4)
    assert slope == pytest.approx(bounds.width, rel=1e-2)


def test_nothing_leaves_the_bounds():
    wild = torch.tensor([-100.0, 0.0, 100.0])
    squashed, clipped = IntensityBounds(0, 1, 0, "squash"), IntensityBounds(0, 1, 0, "clip")
    assert squashed.image(wild).tolist() == [0.0, 0.5, 1.0]
    assert torch.isfinite(squashed.z(squashed.image(wild))).all()
    assert clipped.clip(clipped.image(wild)).tolist() == [0.0, 0.5, 1.0]
    assert IntensityBounds(0, 1, 0, "none").clip(wild).tolist() == wild.tolist()
