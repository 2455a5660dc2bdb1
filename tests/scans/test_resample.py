"""Resampling by affines: exact on linear fields, and as nilearn does it on a real map."""

from __future__ import annotations

import numpy as np
import pytest

from viewer.scans.grid import Grid
from viewer.scans.load import load_map
from viewer.scans.resample import resample, resample_slice, sample, slice_grid

COARSE = Grid((15, 17, 16), np.array([[2.1, 0, 0, -14], [0, 1.9, 0, -15], [0, 0, 2, -16], [0, 0, 0, 1]]))


def field(grid):
    """A linear function of millimetres, which linear interpolation keeps exactly."""
    x, y, z = np.moveaxis(grid.to_world(np.moveaxis(np.indices(grid.shape), 0, -1)), -1, 0)
    return (100 + 0.7 * x - 1.3 * y + 2.1 * z).astype(np.float32)


def deep_inside(target, source):
    """Target voxels at least half a voxel away from the border of the source's field of view."""
    voxels = source.to_voxel(target.to_world(np.moveaxis(np.indices(target.shape), 0, -1)))
    return ((voxels >= 0) & (voxels <= np.array(source.shape) - 1)).all(axis=-1)


def outside_of(target, source):
    return ~source.contains(target.to_world(np.moveaxis(np.indices(target.shape), 0, -1)))


@pytest.mark.parametrize("back", [False, True])
def test_a_linear_field_is_kept(placement, back):
    source, target = Grid((22, 24, 18), placement), COARSE
    if back:
        source, target = target, source
    values = resample(field(source), source, target, fill_value=-999)
    inside = deep_inside(target, source)
    assert inside.sum() > 500
    np.testing.assert_allclose(values[inside], field(target)[inside], atol=1e-3)
    np.testing.assert_array_equal(values == -999, outside_of(target, source))
    assert values.dtype == np.float32
    assert values.flags.c_contiguous


def test_a_marker_goes_where_it_belongs(placement):
    """Left and right: a bright point on one side comes out on the same side, at the same mm."""
    source = Grid((22, 24, 18), placement)
    data = np.zeros(source.shape, dtype=np.float32)
    data[5:8, 6:9, 4:7] = 1
    at = source.to_world([6, 7, 5])
    values = resample(data, source, COARSE)
    weights = values / values.sum()
    voxels = np.moveaxis(np.indices(COARSE.shape), 0, -1)
    found = (COARSE.to_world(voxels) * weights[..., None]).sum(axis=(0, 1, 2))
    assert np.linalg.norm(found - at) < 0.5


def test_both_paths_agree(noise):
    """Axis by axis and all at once give the same numbers where both can be used."""
    from viewer.scans import resample as module

    source = Grid(noise.shape, np.diag([-1.0, 1.2, 0.9, 1]))
    target = Grid((9, 31, 17), np.array([[0, 0, -2.2, 1], [0, 1, 0, 3], [1.1, 0, 0, -2], [0, 0, 0, 1]]))
    for order in (0, 1):
        aligned = resample(noise, source, target, order=order, fill_value=7)
        matrix, shift = module.voxel_to_voxel(target, source)
        oblique = module._resample_obliquely(noise, matrix, shift, target.shape, order, 7)
        np.testing.assert_allclose(aligned, oblique, atol=1e-5)


def test_nearest_takes_labels_as_they_are(placement, noise):
    labels = (noise * 10).round()
    found = resample(labels, Grid(noise.shape, placement), COARSE, order=0)
    assert set(np.unique(found)) <= set(np.unique(labels)) | {0}


def test_the_same_grid_is_a_copy(placement, noise):
    grid = Grid(noise.shape, placement)
    found = resample(noise, grid, Grid(noise.shape, placement))
    np.testing.assert_array_equal(found, noise)
    assert not np.shares_memory(found, noise)


def test_the_outer_half_voxel_counts_as_the_edge(noise):
    """A finer grid over the same field of view has no dark border."""
    source = Grid(noise.shape, np.eye(4))
    ones = np.ones(noise.shape, dtype=np.float32)
    np.testing.assert_array_equal(resample(ones, source, source.resized((50, 47, 61))), 1)


def test_resized_is_what_networks_call_linear_resizing(noise):
    torch = pytest.importorskip("torch")
    source = Grid(noise.shape, np.diag([-1.0, 2, 3, 1]))
    for shape in ((30, 11, 40), (11, 12, 9)):
        found = resample(noise, source, source.resized(shape))
        expected = torch.nn.functional.interpolate(
            torch.from_numpy(noise)[None, None].double(), shape, mode="trilinear", align_corners=False
        )
        np.testing.assert_allclose(found, expected[0, 0].numpy(), atol=1e-5)


def test_a_real_map_onto_the_template_as_nilearn_does(real_data):
    image_module = pytest.importorskip("nilearn.image")
    import nibabel as nib

    path = real_data / "maps" / "spmMotor.nii.gz"
    found = load_map(path)
    turned = np.eye(4)
    turned[:2, :2] = [[np.cos(0.3), -np.sin(0.3)], [np.sin(0.3), np.cos(0.3)]]
    affine = turned @ np.array([[-3.0, 0, 0, 70], [0, 3, 0.3, -100], [0, 0, 3, -60], [0, 0, 0, 1]])
    target = Grid((45, 60, 40), affine)
    values = resample(found.data, found.grid, target)
    image = image_module.resample_img(
        nib.load(path),
        affine,
        target.shape,
        interpolation="linear",
        force_resample=True,
        copy_header=True,
    )
    inside = deep_inside(target, found.grid)
    assert inside.sum() > 50_000
    np.testing.assert_allclose(values[inside], np.asarray(image.dataobj)[inside], atol=2e-5)


def test_points(placement, noise):
    grid = Grid(noise.shape, placement)
    voxels = np.array([[3, 4, 5], [0, 0, 0], [21, 23, 17]])
    np.testing.assert_allclose(sample(noise, grid, grid.to_world(voxels)), noise[tuple(voxels.T)], atol=1e-4)
    assert sample(noise, grid, grid.to_world([3, 4, 5])).shape == ()
    far = grid.to_world([[-0.4, 0, 0], [-0.6, 0, 0], [0, 23.4, 0], [0, 23.6, 0]])
    np.testing.assert_allclose(
        sample(noise, grid, far, fill_value=9), [noise[0, 0, 0], 9, noise[0, 23, 0], 9], atol=1e-4
    )
    between = sample(noise, grid, grid.to_world([3.5, 4, 5]))
    assert between == pytest.approx((noise[3, 4, 5] + noise[4, 4, 5]) / 2, abs=1e-4)
    assert sample(noise, grid, grid.to_world([3.4, 4, 5]), order=0) == noise[3, 4, 5]


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_cut_is_a_plane_of_the_whole(placement, noise, axis):
    source = Grid(noise.shape, placement)
    whole = resample(noise, source, COARSE, fill_value=-5)
    for at in (0, 7, 14):
        plane_found = resample_slice(noise, source, COARSE, axis, at, fill_value=-5)
        np.testing.assert_allclose(plane_found, whole.take(at, axis), atol=1e-5)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_cut_of_the_same_grid(placement, noise, axis):
    grid = Grid(noise.shape, placement)
    np.testing.assert_allclose(resample_slice(noise, grid, grid, axis, 5), noise.take(5, axis), atol=1e-5)
    halfway = (noise.take(5, axis) + noise.take(6, axis)) / 2
    np.testing.assert_allclose(resample_slice(noise, grid, grid, axis, 5.5), halfway, atol=1e-5)
    assert not resample_slice(noise, grid, grid, axis, -1).any()


def test_a_plane_lies_where_it_is_cut(placement):
    grid = Grid((22, 24, 18), placement)
    thin = slice_grid(grid, 1, 7.5)
    assert thin.shape == (22, 1, 18)
    np.testing.assert_allclose(thin.to_world([3, 0, 4]), grid.to_world([3, 7.5, 4]))


def test_wrong_calls(noise):
    grid = Grid((3, 4, 5), np.eye(4))
    with pytest.raises(ValueError, match="shape"):
        resample(noise, grid, grid)
    with pytest.raises(ValueError, match="order 3"):
        resample(noise, Grid(noise.shape, np.eye(4)), grid, order=3)
