"""Artificial lesions: their shape against a numerical blur, their place on grids of every kind."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from viewer.scans.grid import Grid
from viewer.scans.load import load_scan
from viewer.scans.simulated_lesions import (
    DEMONSTRATION,
    SIMULATED,
    SOFTNESS,
    Lesion,
    LesionShape,
    blurred_sphere,
    insert_lesions,
    white_matter_level,
)

OBLIQUE = np.array(
    [[-0.9, 0.2, 0.1, 40.0], [0.15, 0.1, -1.1, 35.0], [0.1, -1.0, 0.2, 30.0], [0.0, 0.0, 0.0, 1.0]]
)
GRIDS = {
    "RAS": Grid((60, 64, 68), np.array([[1, 0, 0, -30], [0, 1, 0, -32], [0, 0, 1, -34], [0, 0, 0, 1.0]])),
    "LAS": Grid((60, 64, 68), np.array([[-1, 0, 0, 30], [0, 1, 0, -32], [0, 0, 1, -34], [0, 0, 0, 1.0]])),
    "LIA": Grid((60, 64, 68), np.array([[-1, 0, 0, 30], [0, 0, 1, -32], [0, -1, 0, 34], [0, 0, 0, 1.0]])),
    "oblique and sheared": Grid((70, 70, 70), OBLIQUE),
}


@pytest.mark.slow
@pytest.mark.parametrize("radius", [4.0, 9.0])
def test_the_profile_is_that_of_a_blurred_sphere(radius: float) -> None:
    fine = 0.25
    reach = int(radius * 3 / fine)
    axis = np.arange(-reach, reach + 1) * fine
    distance = np.sqrt(axis[:, None, None] ** 2 + axis[None, :, None] ** 2 + axis[None, None, :] ** 2)
    solid = np.clip((radius - distance) / fine + 0.5, 0, 1)
    sigma = SOFTNESS * radius
    blurred = ndimage.gaussian_filter(solid, sigma / fine, truncate=6)
    line = blurred[reach, reach, reach:]
    ours = [blurred_sphere(d, radius, sigma) for d in axis[reach:]]
    np.testing.assert_allclose(ours, line, atol=2e-3)


@pytest.mark.parametrize("name", GRIDS)
@pytest.mark.parametrize("form", list(LesionShape))
def test_a_lesion_lies_where_it_was_put_whatever_the_grid(name: str, form: LesionShape) -> None:
    grid = GRIDS[name]
    lesion = Lesion((9.0, -7.0, 4.0), 6.5, 1.5, form)
    data = np.full(grid.shape, 100.0, dtype=np.float32)
    found, share = insert_lesions(data, grid, [lesion])
    places = grid.to_world(np.argwhere(share > 0))
    middle = np.average(places, axis=0, weights=share[share > 0])
    np.testing.assert_allclose(middle, lesion.centre, atol=0.3)
    volume = float(share.sum()) * grid.voxel_volume
    expected = 8 * 6.5**3 if form is LesionShape.SQUARE else 4 / 3 * np.pi * 6.5**3
    assert volume == pytest.approx(expected, rel=0.1)
    assert found.max() == pytest.approx(150.0, rel=0.03)
    assert np.array_equal(found[share == 0], data[share == 0])


def test_a_square_lesion_has_nothing_in_between() -> None:
    _, share = insert_lesions(
        np.ones(GRIDS["RAS"].shape, dtype=np.float32),
        GRIDS["RAS"],
        [Lesion((0, 0, 0), 5, 0.2, LesionShape.SQUARE)],
    )
    assert set(np.unique(share)) == {0.0, 1.0}


def test_left_is_not_right() -> None:
    grid = GRIDS["LIA"]
    found, _ = insert_lesions(
        np.ones(grid.shape, dtype=np.float32), grid, [Lesion((-15.0, 0.0, 0.0), 5.0, 2.0)]
    )
    left, right = (tuple(np.rint(grid.to_voxel((x, 0.0, 0.0))).astype(int)) for x in (-15.0, 15.0))
    assert found[left] > 1.9
    assert found[right] == 1.0


def test_nothing_is_planted_outside_the_brain_or_the_grid() -> None:
    grid = GRIDS["RAS"]
    data = np.full(grid.shape, 50.0, dtype=np.float32)
    data[:30] = 0
    found, share = insert_lesions(
        data, grid, [Lesion((0.0, 0.0, 0.0), 8.0, 1.4), Lesion((500.0, 0.0, 0.0), 8.0, 1.4)]
    )
    assert not found[:30].any()
    assert not share[:30].any()
    assert found[30:].max() > 60


def test_the_scan_that_is_given_stays_as_it_was() -> None:
    grid = GRIDS["RAS"]
    data = np.full(grid.shape, 50.0, dtype=np.float32)
    data.setflags(write=False)
    insert_lesions(data, grid, [Lesion((0.0, 0.0, 0.0), 8.0, 1.4)])
    assert (data == 50).all()


def test_white_matter_of_an_empty_scan() -> None:
    assert white_matter_level(np.zeros((4, 4, 4), dtype=np.float32)) == 0.0


@pytest.mark.slow
def test_the_demonstration_is_the_template_with_its_lesions() -> None:
    scan, healthy = load_scan(SIMULATED), load_scan("mni152")
    assert scan.name == SIMULATED
    assert any("artificial lesions" in note for note in scan.notes)
    level = white_matter_level(healthy.data)
    near = np.zeros(scan.data.shape, dtype=bool)
    places = scan.grid.to_world(np.moveaxis(np.indices(scan.data.shape), 0, -1))
    for lesion in DEMONSTRATION:
        voxel = tuple(np.rint(scan.grid.to_voxel(lesion.centre)).astype(int))
        assert scan.data[voxel] == pytest.approx(lesion.brightness * level, rel=0.1)
        near |= np.linalg.norm(places - lesion.centre, axis=-1) <= lesion.extent
    assert np.array_equal(scan.data[~near], healthy.data[~near])
    assert load_scan(SIMULATED).hash == scan.hash
