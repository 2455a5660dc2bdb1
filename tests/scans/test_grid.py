"""Grids and canonical order, against nibabel."""

from __future__ import annotations

from itertools import permutations, product

import nibabel as nib
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from viewer.scans.grid import Grid
from viewer.scans.orientation import canonical_grid, canonical_view, stored_orientation

SHAPE = (5, 6, 7)

matrices = arrays(np.float64, (3, 3), elements=st.floats(-2, 2, allow_subnormal=False))
offsets = arrays(np.float64, 3, elements=st.floats(-200, 200))


def affine_from(matrix, offset):
    assume(abs(np.linalg.det(matrix)) > 1e-2)
    affine = np.eye(4)
    affine[:3, :3], affine[:3, 3] = matrix, offset
    return affine


@given(matrices, offsets)
def test_every_voxel_keeps_its_millimetres_and_its_value(matrix, offset):
    affine = affine_from(matrix, offset)
    stored = stored_orientation(Grid(SHAPE, affine))
    values = np.arange(210, dtype=np.float32).reshape(SHAPE)
    canonical = canonical_view(values, stored)
    grid = canonical_grid(stored)
    assert canonical.shape == grid.shape
    assert grid.axcodes == ("R", "A", "S")
    np.testing.assert_array_equal(stored.from_canonical(canonical), values)
    before = nib.affines.apply_affine(affine, np.argwhere(values >= 0))
    after = nib.affines.apply_affine(grid.affine, np.argwhere(canonical >= 0))
    order = np.argsort(canonical.reshape(-1))
    np.testing.assert_allclose(after[order], before, atol=1e-9)


def test_orientation_is_nibabels(placement):
    image = nib.Nifti1Image(np.zeros(SHAPE, dtype=np.float32), placement)
    turned = nib.as_closest_canonical(image)
    stored = stored_orientation(Grid(SHAPE, placement))
    assert stored.grid.axcodes == nib.aff2axcodes(placement)
    assert canonical_grid(stored).shape == turned.shape
    np.testing.assert_allclose(canonical_grid(stored).affine, turned.affine, atol=1e-12)


def test_the_voxels_and_the_grid_are_the_same_in_every_order_of_the_file():
    voxels = np.arange(210, dtype=np.float32).reshape(SHAPE)
    affine = np.diag([2.0, 1.5, 1.0, 1.0])
    affine[:3, 3] = (-90.0, 30.5, 0.0)
    images, grids = set(), set()
    for axes in permutations(range(3)):
        for steps in product((1, -1), repeat=3):
            turn = np.zeros((4, 4))
            turn[3, 3] = 1
            for axis, (source, step) in enumerate(zip(axes, steps, strict=True)):
                turn[source, axis] = step
                turn[source, 3] = 0 if step > 0 else SHAPE[source] - 1
            array = voxels.transpose(axes)[tuple(slice(None, None, step) for step in steps)]
            stored = stored_orientation(Grid(array.shape, affine @ turn))
            images.add(canonical_view(array, stored).tobytes())
            # +0.0: saved hashes of scans count on the sign of zero, so that it stays as it is.
            grids.add((canonical_grid(stored).shape, (canonical_grid(stored).affine + 0.0).tobytes()))
    assert images == {voxels.tobytes()}
    assert grids == {(SHAPE, affine.tobytes())}


@given(matrices, offsets)
def test_world_and_voxels(matrix, offset):
    affine = affine_from(matrix, offset)
    grid = Grid(SHAPE, affine)
    points = np.random.default_rng(0).normal(size=(4, 5, 3)) * 20
    np.testing.assert_allclose(grid.to_world(points), nib.affines.apply_affine(affine, points), atol=1e-9)
    np.testing.assert_allclose(grid.to_voxel(grid.to_world(points)), points, atol=1e-6)
    np.testing.assert_allclose(grid.spacing, nib.affines.voxel_sizes(affine))


def test_axes_between_two_directions():
    """At 45° and with sheared axes that point nowhere near one world axis, the letters still make sense."""
    turn = np.eye(4)
    turn[:2, :2] = np.array([[1, -1], [1, 1]]) * np.sqrt(0.5)
    assert Grid(SHAPE, turn).axcodes == ("R", "A", "S")
    crooked = np.eye(4)
    crooked[:3, :3] = [[1, 1, 2], [2, 1, 1], [1, 0, 1]]
    assert "".join(Grid(SHAPE, crooked).axcodes) in ("ARS", "SAR", "SRA", "ASR")
    assert canonical_grid(stored_orientation(Grid(SHAPE, crooked))).axcodes == ("R", "A", "S")


def test_one_point(placement):
    grid = Grid(SHAPE, placement)
    np.testing.assert_allclose(grid.to_voxel(grid.to_world([1, 2, 3])), [1, 2, 3], atol=1e-12)
    assert bool(grid.contains(grid.to_world([4.49, 5.49, 6.49])))
    assert not bool(grid.contains(grid.to_world([4.51, 0, 0])))


def test_grids_that_are_none():
    with pytest.raises(ValueError, match="singular"):
        Grid(SHAPE, np.diag([1.0, 1, 0, 1]))
    with pytest.raises(ValueError, match="finite"):
        Grid(SHAPE, np.diag([1.0, 1, np.nan, 1]))


def test_the_volume_of_sheared_voxels():
    affine = np.eye(4)
    affine[0, 1] = 0.5
    assert Grid(SHAPE, affine).voxel_volume == pytest.approx(1.0)


def test_resized_keeps_the_field_of_view(placement):
    grid = Grid(SHAPE, placement)
    new = grid.resized((10, 3, 7))
    for corner in ((0, 0, 0), (1, 0, 1), (1, 1, 1)):
        old_voxel = np.array(corner) * SHAPE - 0.5
        new_voxel = np.array(corner) * (10, 3, 7) - 0.5
        np.testing.assert_allclose(grid.to_world(old_voxel), new.to_world(new_voxel), atol=1e-9)


def test_same_as_is_about_places(placement):
    grid = Grid(SHAPE, placement)
    moved = np.array(placement)
    moved[0, 3] += 5e-4
    assert grid.same_as(Grid(SHAPE, moved))
    moved[0, 3] += 1e-3
    assert not grid.same_as(Grid(SHAPE, moved))
    assert not grid.same_as(Grid((5, 6, 8), placement))


def test_a_point_outside_is_kept_in_the_grid_and_one_inside_is_kept() -> None:
    affine = np.array([[0.0, 2.0, 0, -10], [3.0, 0, 0, 5], [0, 0, -1.0, 4], [0, 0, 0, 1]])
    grid = Grid((4, 5, 6), affine)
    assert grid.nearest((-9.1, 6.2, 3.3)) == (-9.1, 6.2, 3.3)
    assert grid.nearest((-500.0, 6.2, 3.3)) == pytest.approx((-10.0, 6.2, 3.3))
    assert grid.nearest((0.0, 500.0, -500.0)) == pytest.approx((-2.0, 14.0, -1.0))
    assert bool(grid.contains(grid.nearest((500.0, 500.0, 500.0))))
