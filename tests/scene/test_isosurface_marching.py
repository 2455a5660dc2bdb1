"""Marching over cut bricks: the very triangles of flying edges over the whole span, on every grid."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from scipy.spatial import cKDTree

from viewer.scans.grid import Grid
from viewer.scene import isosurface as surfaces
from viewer.scene.bricked_volume import BRICK, BrickedVolume
from viewer.scene.isosurface import Surface, isosurface


@pytest.fixture
def rough() -> np.ndarray:
    noise = np.random.default_rng(5).standard_normal((37, 52, 44))
    # At the grid's border the two ways take gradients differently.
    inner = np.pad(np.ones([n - 4 for n in noise.shape]), 2)
    return (gaussian_filter(noise, 1.4) * 10 * inner).astype(np.float32)


@pytest.fixture
def both_ways(monkeypatch):
    def cut(volume: BrickedVolume, threshold: float, sign: int) -> tuple[Surface, Surface]:
        found = []
        for few in (np.inf, 0.0):
            monkeypatch.setattr(surfaces, "_SPARSE_SHARE", few)
            found.append(isosurface(volume, threshold, sign))
        return found[0], found[1]

    return cut


def turned(triangles: np.ndarray) -> np.ndarray:
    """Triangles with their smallest corner first, which keeps how they are wound, in order."""
    first = triangles.argmin(axis=1)[:, None]
    return np.unique(np.take_along_axis(triangles, (first + np.arange(3)) % 3, axis=1), axis=0)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("threshold", [0.4, 1.2, 2.1])
def test_both_ways_find_the_same_triangles(rough, both_ways, sign, threshold, grids):
    affine = grids["sheared LAS"].affine
    marched, whole = both_ways(BrickedVolume.from_values(rough, Grid(rough.shape, affine)), threshold, sign)
    assert len(marched.vertices) == len(whole.vertices) > 100
    away, same = cKDTree(whole.vertices).query(marched.vertices)
    assert away.max() < 1e-3
    assert np.array_equal(turned(same[marched.triangles]), turned(whole.triangles))
    assert np.einsum("ij,ij->i", marched.normals, whole.normals[same]).min() > 0.9999


@pytest.mark.parametrize("sign", [1, -1])
def test_a_body_over_the_corners_of_eight_bricks_is_one_closed_surface(both_ways, sign):
    """The body's middle is where eight bricks meet; the padding shifts indices by one."""
    places = np.stack(np.meshgrid(*[np.arange(3 * BRICK)] * 3, indexing="ij"), axis=-1)
    away = np.linalg.norm(places - (2 * BRICK - 1.5), axis=-1)
    values = (sign * np.maximum(6.0 - away, 0)).astype(np.float32)
    body, _ = both_ways(BrickedVolume.from_values(values, Grid(values.shape, np.eye(4))), 2.5, sign)
    edges = np.concatenate([body.triangles[:, [0, 1]], body.triangles[:, [1, 2]], body.triangles[:, [2, 0]]])
    _, counts = np.unique(np.sort(edges, axis=1), axis=0, return_counts=True)
    assert (counts == 2).all()
    assert len(body.vertices) - len(counts) + len(body.triangles) == 2, "not one sphere"
    assert np.linalg.norm(body.vertices - (2 * BRICK - 1.5), axis=1) == pytest.approx(3.5, abs=0.05)


def test_a_body_in_the_grids_last_corner_is_closed(both_ways):
    values = np.zeros((BRICK - 2, 2 * BRICK - 2, 9), dtype=np.float32)
    values[-3:, -3:, -3:] = 1.0
    values[:2, :2, :2] = 1.0
    marched, whole = both_ways(BrickedVolume.from_values(values, Grid(values.shape, np.eye(4))), 0.5, 1)
    assert np.array_equal(np.unique(marched.vertices, axis=0), np.unique(whole.vertices, axis=0))
    assert len(marched.triangles) == len(whole.triangles)


def test_a_level_that_voxels_have_exactly_is_cut_alike(both_ways):
    values = np.random.default_rng(2).integers(0, 4, (20, 21, 22)).astype(np.float32)
    marched, whole = both_ways(BrickedVolume.from_values(values, Grid(values.shape, np.eye(4))), 2.0, 1)
    assert np.isfinite(marched.vertices).all()
    places = [np.unique(np.round(body.vertices, 3), axis=0) for body in (marched, whole)]
    assert np.array_equal(*places)


@pytest.mark.parametrize("sign", [1, -1])
def test_bricks_that_are_cut_hold_every_cut_cell(rough, sign):
    volume = BrickedVolume.from_values(rough, Grid(rough.shape, np.eye(4)))
    inside = sign * volume.padded >= 1.2
    cells = [
        inside[i : i - 1 or None, j : j - 1 or None, k : k - 1 or None] for i, j, k in np.ndindex(2, 2, 2)
    ]
    crossed = np.argwhere(np.any(cells, axis=0) & ~np.all(cells, axis=0))
    assert volume.active_bricks(1.2, sign)[tuple((crossed // BRICK).T)].all()
    assert volume.active_bricks(1.2, sign).sum() == len(np.unique(crossed // BRICK, axis=0))
