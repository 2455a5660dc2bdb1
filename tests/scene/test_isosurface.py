"""Bodies: at the right place in mm, closed, and turned outwards, whatever the grid."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.measure import marching_cubes

from viewer.scans.grid import Grid
from viewer.scans.threshold import Threshold, ThresholdKind
from viewer.scene.bricked_volume import BrickedVolume
from viewer.scene.isosurface import isosurface
from viewer.scene.render_data import MapRenderData, ScanRenderData
from viewer.session.view import Sign

LEFT = (-31.0, 14.0, 19.0)


def edges_of(triangles: np.ndarray) -> np.ndarray:
    return np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])


def enclosed(body) -> float:
    a, b, c = (body.vertices[body.triangles[:, n]].astype(np.float64) for n in range(3))
    return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_marker_on_the_left_is_found_there_on_every_grid(grid, blobs, sign):
    shown = blobs(grid, (LEFT, 2.0 * sign, 9.0))
    body = isosurface(BrickedVolume.from_values(shown.data, grid), 1.0, sign)
    assert np.abs(body.vertices.mean(axis=0) - LEFT).max() < 0.35
    assert isosurface(BrickedVolume.from_values(shown.data, grid), 1.0, -sign).is_empty


@pytest.mark.parametrize("sign", [1, -1])
def test_a_sphere_in_mm_is_a_sphere_with_outward_normals(grid, blobs, sign):
    shown = blobs(grid, (LEFT, 2.0 * sign, 9.0))
    body = isosurface(BrickedVolume.from_values(shown.data, grid), 1.0, sign)
    away = body.vertices - np.array(LEFT)
    radius = np.linalg.norm(away, axis=1)
    assert np.allclose(radius, 9.0 * np.sqrt(2 * np.log(2)), atol=0.3)
    assert np.allclose(np.linalg.norm(body.normals, axis=1), 1.0, atol=1e-5)
    assert np.einsum("ij,ij->i", body.normals, away / radius[:, None]).min() > np.cos(np.deg2rad(7.0))


@pytest.mark.parametrize("sign", [1, -1])
def test_triangles_are_closed_and_wound_counter_clockwise_from_outside(grid, blobs, sign):
    shown = blobs(grid, (LEFT, 2.0 * sign, 9.0), ((25.0, -30.0, 5.0), 1.7 * sign, 6.0))
    body = isosurface(BrickedVolume.from_values(shown.data, grid), 1.0, sign)
    edges = edges_of(body.triangles)
    _, counts = np.unique(np.sort(edges, axis=1), axis=0, return_counts=True)
    assert (counts == 2).all()
    assert len(np.unique(edges, axis=0)) == len(edges), "two triangles run along an edge the same way"
    points, faces, _, _ = marching_cubes(sign * shown.data, 1.0)
    a, b, c = (points[faces[:, n]] for n in range(3))
    expected = abs(np.einsum("ij,ij->i", a, np.cross(b, c)).sum()) / 6 * grid.voxel_volume
    assert enclosed(body) == pytest.approx(expected, rel=0.005)


def test_a_body_that_fills_the_grid_is_closed_by_its_border():
    grid = Grid((5, 6, 7), np.diag([2.0, 2.0, 2.0, 1.0]))
    body = isosurface(BrickedVolume.from_values(np.ones(grid.shape, dtype=np.float32), grid), 0.5)
    _, counts = np.unique(np.sort(edges_of(body.triangles), axis=1), axis=0, return_counts=True)
    assert (counts == 2).all()
    assert body.vertices.min(axis=0) == pytest.approx([-1.0, -1.0, -1.0])
    assert body.vertices.max(axis=0) == pytest.approx(2.0 * np.array(grid.shape) - 1.0)


@pytest.mark.parametrize("sign", [1, -1])
def test_cutting_leaves_the_values_alone(sign):
    grid = Grid((5, 6, 7), np.eye(4))
    volume = BrickedVolume.from_values(np.full(grid.shape, sign, dtype=np.float32), grid)
    before = volume.padded.copy()
    first, second = isosurface(volume, 0.5, sign), isosurface(volume, 0.5, sign)
    assert np.array_equal(volume.padded, before)
    assert np.array_equal(first.vertices, second.vertices)
    assert not first.is_empty


def test_the_cropped_pass_finds_the_vertices_of_a_full_one_by_another_library():
    rng = np.random.default_rng(4)
    from scipy.ndimage import gaussian_filter

    values = gaussian_filter(rng.standard_normal((41, 50, 37)), 2.0).astype(np.float32)
    grid = Grid(values.shape, np.eye(4))
    for threshold in (0.08, 0.15):
        found = isosurface(BrickedVolume.from_values(values, grid), threshold)
        full, _, _, _ = marching_cubes(np.pad(values, 1), threshold, allow_degenerate=False)
        expected = np.unique(np.round(full - 1.0, 3), axis=0)
        assert len(np.unique(np.round(found.vertices, 3), axis=0)) == pytest.approx(len(expected), abs=2)
        from scipy.spatial import cKDTree

        assert cKDTree(found.vertices).query(full - 1.0)[0].max() < 2e-3


def test_values_that_are_not_finite_count_as_background(blobs, head, grids):
    grid = grids["RAS"]
    scan = ScanRenderData.from_scan(head(grid))
    clean = blobs(grid, (LEFT, 2.0, 9.0))
    holed = np.array(clean.data)
    holed[:8], holed[-8:], holed[20, 5, 5] = np.nan, np.inf, -np.inf
    content = MapRenderData.from_map(type(clean)(holed, grid, "holed"), scan)
    body = isosurface(content.volume, 1.0)
    reference = isosurface(MapRenderData.from_map(clean, scan).volume, 1.0)
    assert np.array_equal(body.vertices, reference.vertices)
    assert np.isfinite(body.normals).all()
    assert all(np.isfinite(shadow).all() for shadow in content.shadows)


def test_nothing_reached_is_nothing_drawn(blobs, head, grids):
    grid = grids["RAS"]
    scan = ScanRenderData.from_scan(head(grid))
    content = MapRenderData.from_map(blobs(grid, (LEFT, 2.0, 9.0)), scan)
    assert isosurface(content.volume, 5.0).is_empty
    assert isosurface(content.volume, float("inf")).is_empty
    empty = MapRenderData.from_map(type(blobs(grid))(np.zeros(grid.shape, np.float32), grid, "empty"), scan)
    assert empty.sorted_values[Sign.BOTH].raw_cutoff(Threshold(ThresholdKind.PERCENTILE, 99)) == float("inf")
