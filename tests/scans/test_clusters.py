"""Clusters against scikit-image's, and by hand."""

from __future__ import annotations

from dataclasses import replace

import nibabel as nib
import numpy as np
import pytest
from scipy import ndimage

from viewer.errors import ScanError
from viewer.scans.clusters import clusters, peak_voxel, remove_small_clusters
from viewer.scans.grid import Grid
from viewer.scans.load import load_map
from viewer.scans.map import Map
from viewer.scans.threshold import SortedValues, Threshold, ThresholdKind


@pytest.fixture
def smooth():
    from scipy.ndimage import gaussian_filter

    data = gaussian_filter(np.random.default_rng(3).normal(size=(30, 28, 26)), 2)
    return (data / np.abs(data).max()).astype(np.float32)


@pytest.mark.parametrize("sign", [-1, 0, 1])
def test_as_scikit_image_has_them(smooth, placement, sign):
    measure = pytest.importorskip("skimage.measure")
    grid = Grid(smooth.shape, placement)
    found = clusters(smooth, grid, 0.3, sign)
    expected = []
    for side in (1, -1):
        if sign in (0, side):
            labels = measure.label(side * smooth >= 0.3, connectivity=3)
            expected += [(side, region) for region in measure.regionprops(labels, side * smooth)]
    assert len(found) == len(expected) > 2
    expected.sort(key=lambda pair: -pair[1].image_intensity.sum())
    total = np.abs(smooth).sum(dtype=np.float64)
    for cluster, (side, region) in zip(found, expected, strict=True):
        assert cluster.sign == side
        assert cluster.voxels == region.num_pixels
        assert cluster.volume == pytest.approx(region.num_pixels * grid.voxel_volume)
        assert cluster.peak == pytest.approx(side * region.intensity_max)
        assert cluster.mean == pytest.approx(side * region.intensity_mean, rel=1e-5)
        assert cluster.share == pytest.approx(region.image_intensity.sum(dtype=np.float64) / total, rel=1e-5)
        np.testing.assert_allclose(cluster.centre_mm, grid.to_world(region.centroid_weighted), atol=1e-3)
        voxel = np.round(grid.to_voxel(cluster.peak_mm)).astype(int)
        assert smooth[tuple(voxel)] == np.float32(cluster.peak)


def test_opposite_signs_never_merge():
    data = np.zeros((5, 5, 5), dtype=np.float32)
    data[1, 2, 2], data[2, 2, 2] = 2, -3
    found = clusters(data, Grid(data.shape, np.eye(4)), 1)
    assert [(cluster.sign, cluster.peak, cluster.voxels) for cluster in found] == [(-1, -3, 1), (1, 2, 1)]
    assert sum(cluster.share for cluster in found) == pytest.approx(1)


def test_a_corner_connects():
    data = np.zeros((5, 5, 5), dtype=np.float32)
    data[1, 1, 1] = data[2, 2, 2] = 1
    (cluster,) = clusters(data, Grid(data.shape, np.diag([-2.0, 2, 2, 1])), 1)
    assert cluster.volume == pytest.approx(16)
    assert cluster.centre_mm == pytest.approx((-3, 3, 3))


def test_zero_belongs_to_nothing_whatever_the_threshold():
    data = np.zeros((5, 5, 5), dtype=np.float32)
    data[1, 1, 1], data[3, 3, 3] = 1, np.nan
    grid = Grid(data.shape, np.eye(4))
    for threshold in (0.0, -1.0):
        assert [cluster.voxels for cluster in clusters(data, grid, threshold)] == [1]
    assert clusters(data, grid, float("inf")) == []
    assert clusters(np.zeros_like(data), grid, 0.0) == []


def test_small_ones_are_left_out(smooth):
    grid = Grid(smooth.shape, np.diag([2.0, 2, 2, 1]))
    everything = clusters(smooth, grid, 0.3)
    limit = sorted(cluster.volume for cluster in everything)[2]
    kept = clusters(smooth, grid, 0.3, min_volume=limit)
    assert [cluster for cluster in everything if cluster.volume >= limit] == kept
    assert 0 < len(kept) < len(everything)


@pytest.mark.parametrize("affine", [np.eye(4), np.diag([-2.0, 2, 2, 1]), np.diag([1.0, 2, 5, 1])])
def test_the_peak_of_a_plateau_is_in_its_middle(affine):
    data = np.zeros((20, 18, 16), dtype=np.float32)
    data[3:8, 4:9, 5:10] = 2
    data[12:19, 4:7, 6] = -1
    # A ring: its middle is not a part of it.
    data[3:6, 12:15, 12] = 1
    data[4, 13, 12] = 0
    grid = Grid(data.shape, affine)
    found = {(one.sign, one.voxels): grid.to_voxel(one.peak_mm) for one in clusters(data, grid, 0.5)}
    assert found[1, 125] == pytest.approx((5, 6, 7))
    assert found[-1, 21] == pytest.approx((15, 5, 6))
    i, j, k = np.round(found[1, 8]).astype(int)
    assert data[i, j, k] == 1
    for axes in ((0,), (1,), (2,), (0, 1, 2)):
        mirrored = clusters(np.flip(data, axes), grid, 0.5)
        at = {(one.sign, one.voxels): grid.to_voxel(one.peak_mm) for one in mirrored}
        expected = [19 - 5 if 0 in axes else 5, 17 - 6 if 1 in axes else 6, 15 - 7 if 2 in axes else 7]
        assert at[1, 125] == pytest.approx(expected)


def test_the_peak_of_a_map_is_the_middle_of_its_largest_plateau():
    data = np.zeros((20, 18, 16), dtype=np.float32)
    data[1, 1, 1] = data[3:8, 4:9, 5:10] = 2
    assert peak_voxel(data) == (5, 6, 7)
    data[10, 2, 3] = 3
    assert peak_voxel(data) == (10, 2, 3)
    assert peak_voxel(np.ones((3, 5, 7), np.float32)) == (1, 2, 3)
    assert peak_voxel(np.ones((5, 7), np.float32)) == (2, 3)


@pytest.mark.parametrize("sign", [0, 1, -1])
def test_removed_clusters_are_those_that_the_table_leaves_out(smooth, sign):
    grid = Grid(smooth.shape, np.diag([2.0, 2, 2, 1]))
    limit = sorted(cluster.volume for cluster in clusters(smooth, grid, 0.3, sign))[-2]
    left = remove_small_clusters(smooth, grid.voxel_volume, 0.3, limit, sign)
    kept = clusters(smooth, grid, 0.3, sign, limit)
    again = clusters(left, grid, 0.3, sign)
    assert [(found.voxels, found.peak_mm, found.centre_mm) for found in again] == [
        (found.voxels, found.peak_mm, found.centre_mm) for found in kept
    ]
    assert len(kept) == 2


def test_nothing_else_is_removed_but_what_lies_beside_a_small_cluster_alone(smooth):
    grid = Grid(smooth.shape, np.eye(4))
    left = remove_small_clusters(smooth, grid.voxel_volume, 0.3, 30.0)
    changed = left != smooth
    assert not left[changed].any()
    removed = changed & (np.abs(smooth) >= 0.3)
    assert removed.any()
    beside = changed & ~removed
    assert beside.any()
    near = ndimage.binary_dilation(removed, np.ones((3, 3, 3)))
    kept = (np.abs(smooth) >= 0.3) & ~removed
    near_kept = ndimage.binary_dilation(kept, np.ones((3, 3, 3)))
    assert np.array_equal(beside, near & ~near_kept & ~removed & (smooth != 0))
    assert remove_small_clusters(smooth, 1.0, 0.3, 0.0) is smooth
    assert remove_small_clusters(smooth, 1.0, 0.3, 1.0) is smooth
    assert remove_small_clusters(smooth, 1.0, 1e9, 50.0) is smooth


@pytest.mark.parametrize("sign", [-1, 0, 1])
def test_only_the_largest_are_kept(smooth, sign):
    """Sums by scipy.ndimage; those that equal the last stay, as ranks with ties do."""
    sums = []
    for side in (1, -1):
        if sign in (0, side):
            labels, count = ndimage.label(side * smooth >= 0.3, np.ones((3, 3, 3)))
            sums += list(ndimage.sum_labels(np.abs(smooth).astype(np.float64), labels, range(1, count + 1)))
    sums.sort(reverse=True)
    total = np.abs(smooth).sum(dtype=np.float64)
    grid = Grid(smooth.shape, np.diag([2.0, 2, 2, 1]))
    for most in (1, 3, len(sums), len(sums) + 9):
        expected = [one / total for one in sums if one >= sums[min(most, len(sums)) - 1] * (1 - 1e-9)]
        found = clusters(smooth, grid, 0.3, sign, max_clusters=most)
        assert [one.share for one in found] == pytest.approx(expected, rel=1e-6)
        left = remove_small_clusters(smooth, grid.voxel_volume, 0.3, 0.0, sign, most)
        assert clusters(left, grid, 0.3, sign, max_clusters=0) == [
            replace(one, share=again.share)
            for one, again in zip(found, clusters(left, grid, 0.3, sign), strict=True)
        ]


def test_a_voxel_is_as_large_as_itself():
    data = np.zeros((5, 5, 5), dtype=np.float32)
    data[1, 1, 1] = 1
    grid = Grid(data.shape, np.diag([0.7, 0.7, 0.7, 1]))
    assert len(clusters(data, grid, 1, min_volume=0.7**3)) == 1
    assert remove_small_clusters(data, grid.voxel_volume, 1, 0.7**3).any()
    assert not remove_small_clusters(data, grid.voxel_volume, 1, 0.35).any()


def test_of_a_map(smooth):
    grid = Grid(smooth.shape, np.eye(4))
    new = Map(smooth, grid, "map")
    rule = Threshold(ThresholdKind.PERCENTILE, 95)
    assert new.clusters(rule) == clusters(smooth, grid, SortedValues(smooth).cutoff(rule))
    assert new.clusters(0.3, -1, 10) == clusters(smooth, grid, 0.3, -1, 10)
    with pytest.raises(ScanError, match="bare tensor"):
        Map(smooth, None, "map").clusters(0.3)


def test_the_real_finger_tapping_map(real_data):
    """Both hands' motor cortices, where nibabel's own arithmetic puts them."""
    path = real_data / "maps" / "spmMotor.nii.gz"
    image = nib.load(path)
    values = image.get_fdata()
    for sign in (1, -1):
        (strongest,) = load_map(path).clusters(Threshold(ThresholdKind.VALUE, 6.0), sign, smallest=100)
        peak = np.unravel_index(np.argmax(sign * values), values.shape)
        assert strongest.peak == pytest.approx(values[peak])
        assert strongest.peak_mm == tuple(nib.affines.apply_affine(image.affine, peak))
        assert 45 < strongest.centre_mm[2] < 65
        assert strongest.volume == strongest.voxels * 8


def test_a_small_strong_cluster_outranks_a_large_weak_one():
    data = np.zeros((9, 9, 9), dtype=np.float32)
    data[1:4, 1:4, 1:4] = 1.0
    data[6:8, 6:8, 6:8] = 9.0
    grid = Grid(data.shape, np.eye(4))
    (kept,) = clusters(data, grid, 0.5, max_clusters=1)
    assert (kept.peak, kept.voxels) == (9.0, 8)
    assert remove_small_clusters(data, 1.0, 0.5, 0.0, max_clusters=1).max() == 9.0
