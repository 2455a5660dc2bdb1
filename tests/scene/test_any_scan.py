"""Every picture of every scan: thick along any axis, one voxel wide, a thousand slices, turned, sheared."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from viewer.progress import Progress
from viewer.scans.grid import Grid
from viewer.scans.map import Map
from viewer.scans.scan import Scan
from viewer.scans.threshold import Threshold, ThresholdKind
from viewer.scene.figure import figure
from viewer.scene.mesh import map_surfaces
from viewer.scene.movie import Sweep, movie_frames
from viewer.scene.render_data import MapRenderData, ScanRenderData
from viewer.scene.slice_plane import Orientation
from viewer.scene.slices_figure import slices_figure
from viewer.scene.slices_rendering import (
    SliceTile,
    lay_out_tiles,
    mosaic_tiles,
    orthogonal_tiles,
    pixel_points,
    render_slices,
)
from viewer.scene.thresholding import threshold_map
from viewer.session.view import Camera, Theme, View

BODY = np.array([22.0, 18.0, -12.0])
RADIUS = 16.0
VIEW = View(
    threshold=Threshold(ThresholdKind.VALUE, 0.5), theme=Theme.LIGHT, scale_bar=False, colour_bar=False
)
SIZE = (320, 240)

OBLIQUE = np.linalg.qr(np.array([[1.0, 0.3, -0.2], [-0.25, 1.0, 0.2], [0.2, -0.15, 1.0]]))[0]
OBLIQUE = OBLIQUE * np.sign(np.diag(OBLIQUE))
SHEARED = np.array([[1.0, 0.0, 0.25], [0.0, 1.0, 0.1], [0.0, 0.0, 1.0]])
LIA = np.array([[-1.0, 0, 0], [0, 0, 1.0], [0, -1.0, 0]])

THICK = {
    "thick along x": (np.diag([7.0, 1.5, 1.5]), (20, 100, 80)),
    "thick along y": (np.diag([1.5, 7.0, 1.5]), (88, 22, 80)),
    "thick along z": (np.diag([1.5, 1.5, 7.0]), (88, 100, 17)),
}
TURNED = {
    "LAS": (np.diag([-1.5, 1.5, 7.0]), (88, 100, 17)),
    "LIA": (LIA @ np.diag([1.5, 1.5, 7.0]), (88, 80, 22)),
    "oblique": (OBLIQUE @ np.diag([1.5, 1.5, 7.0]), (92, 104, 19)),
    "sheared": (SHEARED @ np.diag([1.5, 1.5, 7.0]), (92, 104, 17)),
    "thousand along x": (np.diag([0.13, 6.0, 6.0]), (1000, 24, 20)),
    "thousand along z": (np.diag([6.0, 6.0, 0.12]), (22, 24, 1000)),
}
FLAT = {
    "one along x": (np.diag([6.0, 1.5, 1.5]), (1, 100, 80)),
    "one along y": (np.diag([1.5, 6.0, 1.5]), (88, 1, 80)),
    "one along z": (np.diag([1.5, 1.5, 6.0]), (88, 100, 1)),
}
MAPS = {"finer": 1.6, "coarser": 8.0}


def _grid(matrix: np.ndarray, shape: tuple[int, int, int], centre: np.ndarray | None = None) -> Grid:
    affine = np.eye(4)
    affine[:3, :3] = matrix
    affine[:3, 3] = (0 if centre is None else centre) - matrix @ ((np.array(shape) - 1) / 2)
    return Grid(shape, affine)


def _places(grid: Grid) -> np.ndarray:
    return grid.to_world(np.moveaxis(np.indices(grid.shape), 0, -1))


@cache
def _scan(name: str) -> Scan:
    matrix, shape = (THICK | TURNED | FLAT)[name]
    # The one slice goes through the body.
    grid = _grid(matrix, shape, np.where(np.array(shape) == 1, BODY, 0.0))
    reach = np.array([60.0, 72.0, 56.0])
    # A scan of one slice has air around it in that slice alone.
    distance = np.linalg.norm((_places(grid) - grid.centre) / reach, axis=-1)
    return Scan(np.where(distance < 1, 100.0 + 20.0 * distance, 0).astype(np.float32), grid, name)


@cache
def _content(name: str) -> ScanRenderData:
    return ScanRenderData.from_scan(_scan(name))


@cache
def _map(scan: str, fineness: str) -> Map:
    """A ball: |value| falls from 1 in its middle to a half at its radius."""
    if fineness == "equal":
        grid = _scan(scan).grid
    else:
        step = MAPS[fineness]
        grid = _grid(np.diag([step] * 3), (round(70 / step),) * 3, BODY)
    distance = np.linalg.norm(_places(grid) - BODY, axis=-1)
    return Map(np.maximum(1 - distance / (2 * RADIUS), 0).astype(np.float32), grid, "ball")


COMBINED = [(scan, fineness) for scan in THICK for fineness in ("finer", "equal", "coarser")]
COMBINED += [(scan, "finer") for scan in (*TURNED, *FLAT)]


def _slack(scan: str, shown: Map) -> float:
    """How far, in mm, a sampled ball's rim may lie beside the true one: half a voxel's diagonal of either."""
    assert shown.grid is not None
    return 0.5 * max(float(np.linalg.norm(grid.spacing)) for grid in (_scan(scan).grid, shown.grid))


@pytest.mark.sampled(6)
@pytest.mark.parametrize(("name", "fineness"), COMBINED)
def test_shadows_lie_on_the_walls_where_the_body_is(scene, name: str, fineness: str) -> None:
    content, shown = _content(name), _map(name, fineness)
    scene.set_scan(content)
    scene.set_map(MapRenderData.from_map(shown, content))
    scene.set_view(VIEW)
    lit = scene.render(*SIZE, 2, with_labels=False).astype(int)[:, :, :3]
    # Not without shadows, as the walls are drawn in coarser texels then: a cut that nothing reaches.
    scene.set_view(replace(VIEW, threshold=Threshold(ThresholdKind.VALUE, 1.5)))
    bare = scene.render(*SIZE, 2, with_labels=False).astype(int)[:, :, :3]
    changed = ((bare - lit).min(axis=2) > 8) & (lit[:, :, 0] - lit[:, :, 2] < 20)
    scene.set_view(VIEW)
    # Where the walls are darker they are so over the ball, and up to its rim.
    distances = []
    for y, x in np.argwhere(changed):
        picked = scene.pick(x + 0.5, y + 0.5)
        if picked is None or picked.kind != "wall":
            continue
        voxel = content.grid.to_voxel(picked.point)
        along = (voxel - content.frame.faces) * content.grid.spacing
        # A pixel on the seam of two walls shows both.
        if (np.abs(np.delete(along, picked.axis, axis=1)) > 2.0).all():
            away = voxel - content.grid.to_voxel(BODY)
            away[picked.axis] = 0
            distances.append((picked.axis, np.linalg.norm(content.grid.affine[:3, :3] @ away)))
    assert {axis for axis, _ in distances} == {0, 1, 2}
    slack = _slack(name, shown)
    # A sheared axis is not a perpendicular one: the shadow of a ball along it is an ellipse.
    stretch = 1.1 if name == "sheared" else 1.0
    for axis in range(3):
        farthest = np.quantile([away for own, away in distances if own == axis], 0.97)
        assert farthest < stretch * RADIUS + slack + 2.0
        pixel = 2.5
        reach = min(RADIUS, *(0.45 * content.frame.size[other] for other in range(3) if other != axis))
        assert farthest > reach - slack - pixel


@pytest.mark.sampled(3)
@pytest.mark.parametrize(("name", "fineness"), COMBINED)
def test_slices_show_the_body_where_it_is(name: str, fineness: str) -> None:
    scan, shown = _scan(name), _map(name, fineness)
    low = tuple(float(value) for value in BODY)
    left, slack = threshold_map(shown, VIEW), _slack(name, shown)
    mosaics = [tile for way in Orientation for tile in mosaic_tiles(scan, VIEW, 5, way)]
    for tiles in (orthogonal_tiles(scan, VIEW, (low[0], low[1], low[2])), mosaics):
        places, size, _ = lay_out_tiles(tiles, (900, 500), with_colour_bar=False, one_row=False)
        picture = render_slices(scan, left, places, size, replace(VIEW, opacity=1.0)).astype(int)
        seen = 0
        for place in places:
            part = picture[place.top : place.top + place.height, place.left : place.left + place.width]
            warm = part[:, :, 0] - part[:, :, 2] > 60
            away = np.linalg.norm(pixel_points(place) - BODY, axis=-1)[: warm.shape[0], : warm.shape[1]]
            assert not warm[away > RADIUS + slack].any()
            assert warm[away < RADIUS - slack].all()
            seen += int(warm.any())
        assert seen > 0


@pytest.mark.parametrize("name", ["thick along y", "one along z", "thousand along x"])
def test_every_file_is_written(tmp_path, name: str) -> None:
    from PIL import Image

    scan, shown = _scan(name), _map(name, "finer")
    drawn = figure(scan, shown, tmp_path / "box.png", replace(VIEW, nested=True), SIZE)
    with Image.open(drawn) as opened:
        pixels = np.asarray(opened.convert("RGB")).astype(int)
    assert (pixels[:, :, 0] - pixels[:, :, 2] > 60).sum() > 50
    for count in (0, 1, 7):
        slices = slices_figure(scan, shown, tmp_path / f"{count}.png", VIEW, mosaic=count, size=(400, 300))
        with Image.open(slices) as opened:
            assert np.asarray(opened.convert("L")).max() > 100
    for sweep in Sweep:
        turned = replace(VIEW, camera=Camera(azimuth=40.0))
        shot = list(movie_frames(scan, shown, sweep, turned, 2, (128, 96), Orientation.CORONAL, Progress()))
        assert len(shot) == 2
        assert all(frame.shape == (96, 128, 3) and frame.max() > 100 for frame in shot)


def test_a_body_is_one_mesh_whatever_the_scan() -> None:
    (plain,) = map_surfaces(_map("thick along z", "finer"), VIEW)
    both = map_surfaces(_map("thick along z", "finer"), VIEW, _content("thick along z"))
    assert [part.name for part in both] == ["positive", "brain"]
    assert np.array_equal(plain.surface.vertices, both[0].surface.vertices)
    away = np.linalg.norm(plain.surface.vertices - BODY, axis=1)
    assert np.abs(away - RADIUS).max() < 0.5


@pytest.mark.parametrize("requested", [17, 60])
def test_a_mosaic_of_as_many_slices_as_there_are_or_more_has_each_once(requested: int) -> None:
    scan = _scan("thick along z")
    tiles: list[SliceTile] = mosaic_tiles(scan, VIEW, requested, Orientation.AXIAL)
    heights = [tile.point[2] for tile in tiles]
    assert np.diff(heights) == pytest.approx(np.full(len(tiles) - 1, 7.0))
    inside = [z for z in scan.grid.to_world([[0, 0, k] for k in range(17)])[:, 2] if abs(z) < 56]
    assert set(np.round(inside, 3)) <= set(np.round(heights, 3))
