"""The head is found in real scans and in noisy air; windows are robust."""

from __future__ import annotations

import numpy as np
import pytest

from viewer.scans.foreground import bounding_box, crop_grid, foreground_mask
from viewer.scans.grid import Grid
from viewer.scans.load import load_scan
from viewer.scans.scan import Scan


def dice(one, other):
    return 2 * np.count_nonzero(one & other) / (np.count_nonzero(one) + np.count_nonzero(other))


def ball(shape=(40, 44, 36), radius=12.0):
    away = np.linalg.norm(np.moveaxis(np.indices(shape), 0, -1) - (np.array(shape) - 1) / 2, axis=-1)
    return away <= radius, away


def scan_of(data):
    return Scan(data.astype(np.float32), Grid(data.shape, np.eye(4)), "test")


def test_the_templates_own_mask():
    datasets = pytest.importorskip("nilearn.datasets")
    import nibabel as nib

    scan = load_scan("mni152")
    brain = np.asarray(nib.as_closest_canonical(datasets.load_mni152_brain_mask(resolution=1)).dataobj) > 0
    found = foreground_mask(scan.data)
    assert dice(found, brain) > 0.98
    assert np.count_nonzero(found & brain) / np.count_nonzero(brain) > 0.99


def test_a_real_head_with_and_without_noise(real_data):
    """Half of the scan's resolution keeps the test quick; Rician noise of 8 % of the bright tissue."""
    scan = load_scan(real_data / "scans" / "t1_crop.nii.gz")
    data = scan.data[::2, ::2, ::2]
    clean = foreground_mask(scan_of(data).data)
    assert 0.1 < clean.mean() < 0.3
    rng = np.random.default_rng(0)
    sigma = 0.08 * np.percentile(data[data > 0], 98)
    noisy = np.hypot(data + rng.normal(0, sigma, data.shape), rng.normal(0, sigma, data.shape))
    assert dice(foreground_mask(scan_of(noisy).data), clean) > 0.95
    full = foreground_mask(scan.data)
    assert dice(full[::2, ::2, ::2], clean) > 0.95


@pytest.mark.parametrize("shape", [(40, 44, 36), (141, 139, 145)])
def test_a_ball_with_a_hole_and_a_speck(shape):
    radius = 0.3 * min(shape)
    inside, away = ball(shape, radius)
    data = np.where(inside, 100.0, 3.0)
    data[away < radius / 3] = 0
    data[2:5, 2:5, 2:5] = 90
    found = foreground_mask(scan_of(data).data)
    assert dice(found, inside) > 0.97
    assert found[tuple(size // 2 for size in shape)]
    assert not found[3, 3, 3]


def test_air_below_zero():
    inside, _ = ball()
    assert dice(foreground_mask(scan_of(np.where(inside, 40.0, -1000.0)).data), inside) > 0.9


def test_no_contrast_is_all_foreground():
    assert foreground_mask(scan_of(np.full((6, 7, 8), 5.0)).data).all()


def test_bounding_box():
    mask = np.zeros((20, 30, 40), dtype=bool)
    mask[5:8, 10:11, 0:3] = True
    grid = Grid(mask.shape, np.diag([1.0, 2.0, 0.5, 1]))
    assert bounding_box(mask, 0, grid) == (slice(5, 8), slice(10, 11), slice(0, 3))
    assert bounding_box(mask, 3, grid) == (slice(2, 11), slice(8, 13), slice(0, 9))
    assert bounding_box(np.zeros_like(mask), 3, grid) == (slice(0, 20), slice(0, 30), slice(0, 40))
    with pytest.raises(ValueError, match="shape"):
        bounding_box(mask[1:], 0, grid)


def test_cropped_stays_in_place(placement, noise):
    grid = Grid(noise.shape, placement)
    box = (slice(3, 9), slice(0, 24), slice(10, 18))
    part = crop_grid(grid, box)
    assert part.shape == noise[box].shape
    np.testing.assert_allclose(part.to_world([1, 2, 3]), grid.to_world([4, 2, 13]))
