"""What is counted is what is drawn: table, box, mesh and slices of masks, labels and maps of patches."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from viewer.scans.clusters import clusters
from viewer.scans.grid import Grid
from viewer.scans.map import Map
from viewer.scans.smoothing import gaussian_smooth
from viewer.scans.threshold import SortedValues, Threshold, ThresholdKind
from viewer.scene.isosurface import Surface, isosurface
from viewer.scene.mesh import map_surfaces
from viewer.scene.render_data import MapRenderData
from viewer.scene.slices_rendering import lay_out_tiles, orthogonal_tiles, pixel_points, render_slices
from viewer.scene.thresholding import IsoValues, threshold_map
from viewer.session.view import Sign, Theme, View

PLAIN = View(theme=Theme.LIGHT, scale_bar=False, colour_bar=False)
EDGE = 4.0
BOXES = (
    ((5, 5, 5), (1, 1, 1)),
    ((12, 5, 5), (2, 1, 1)),
    ((5, 12, 5), (3, 3, 3)),
    ((12, 12, 5), (4, 5, 4)),
    ((5, 22, 14), (3, 1, 6)),
    ((14, 22, 14), (5, 5, 5)),
)


def _grid(shape: tuple[int, int, int]) -> Grid:
    affine = np.diag([EDGE] * 3 + [1.0])
    affine[:3, 3] = -EDGE * (np.array(shape) - 1) / 2
    return Grid(shape, affine)


def _blocks(*values: float) -> Map:
    """Six boxes of voxels, the first a single one, with the values in turn."""
    data = np.zeros((24, 30, 24), dtype=np.float32)
    for number, (corner, size) in enumerate(BOXES):
        part = tuple(slice(a, a + n) for a, n in zip(corner, size, strict=True))
        data[part] = values[number % len(values)]
    return Map(data, _grid(data.shape), "blocks")


def _patches() -> Map:
    """Relevance of whole patches, as occlusion and LIME give it: few values, each many times."""
    values = np.round(np.random.default_rng(5).standard_normal((6, 6, 6)), 1)
    return Map(np.kron(values, np.ones((4, 4, 4))).astype(np.float32), _grid((24, 24, 24)), "patches")


def _one() -> Map:
    data = np.zeros((24, 30, 24), dtype=np.float32)
    data[14, 17, 13] = 0.25
    return Map(data, _grid(data.shape), "one voxel")


MAPS = {
    "mask": _blocks(1.0),
    "signed mask": _blocks(1.0, -1.0),
    "labels": _blocks(1, 2, 3, 116, 57, 4),
    "patches": _patches(),
    "one voxel": _one(),
}
CUTS = (
    Threshold(),
    Threshold(ThresholdKind.PERCENTILE, 0),
    Threshold(ThresholdKind.VALUE, 0),
    Threshold(ThresholdKind.VALUE, 1.0),
    Threshold(ThresholdKind.VOXELS, 3),
    Threshold(ThresholdKind.TOP, 50),
)
ALL = [(name, threshold) for name in MAPS for threshold in CUTS]


def _volume(found: Surface) -> float:
    """mm³ inside a closed surface, by the divergence theorem."""
    corners = found.vertices[found.triangles].astype(np.float64)
    return float(np.einsum("ij,ij->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2]))) / 6


def _pieces(found: Surface) -> int:
    ends = found.triangles[:, [0, 0]].ravel(), found.triangles[:, 1:].ravel()
    count = len(found.vertices)
    return int(connected_components(coo_matrix((np.ones(len(ends[0])), ends), (count, count)), False)[0])


@pytest.mark.parametrize(("name", "threshold"), ALL)
def test_every_voxel_that_is_counted_lies_in_a_body_and_no_other(name: str, threshold: Threshold) -> None:
    shown, view = MAPS[name], replace(PLAIN, threshold=threshold)
    assert shown.grid is not None
    left, ranking = threshold_map(shown, view), SortedValues(shown.data)
    rows = clusters(shown.data, shown.grid, left.cutoff)
    counted = sum(row.voxels for row in rows)
    assert counted == ranking.count_above(ranking.cutoff(threshold))
    assert rows == shown.clusters(threshold)
    if not counted:
        assert left.cutoff > ranking.largest
        return
    drawn = 0
    for sign in left.signs:
        voxels = left.volume.values * sign >= np.float32(left.isovalue)
        drawn += np.count_nonzero(voxels)
        found = isosurface(left.volume, left.isovalue, sign)
        if not voxels.any():
            assert found.is_empty
            continue
        # Each end of each vertex's edge is a voxel; the one inside is a counted one.
        at = shown.grid.to_voxel(found.vertices)
        low, high = np.floor(at + 1e-4).astype(int), np.ceil(at - 1e-4).astype(int)
        frame = np.pad(voxels, 2)
        inside, outside = frame[tuple((low + 2).T)], frame[tuple((high + 2).T)]
        assert (inside ^ outside).all()
        # Bodies are those of voxels, not shrunk by half a voxel on every side.
        assert np.linalg.norm(at - np.where(inside[:, None], low, high), axis=1).min() > 0.004
    assert drawn == counted


@pytest.mark.parametrize(("name", "bodies_"), [("mask", 6), ("signed mask", 6), ("one voxel", 1)])
def test_as_many_bodies_of_as_much_volume_are_drawn_as_are_listed(name: str, bodies_: int) -> None:
    shown = MAPS[name]
    rows = shown.clusters(Threshold())
    parts = map_surfaces(shown, PLAIN)
    assert len(rows) == bodies_
    assert sum(_pieces(part.surface) for part in parts) == bodies_
    # A box's surface lies in the faces of its voxels; only edges and corners are cut off: of each edge a
    # prism of 1/8 of a voxel a voxel, of each corner 5/48 of one.
    sizes = {int(np.prod(size)): size for _, size in BOXES}
    for row in rows:
        (own,) = [
            volume
            for part in parts
            for volume, centre in _bodies(part.surface)
            if np.linalg.norm(centre - row.centre_mm) < 0.5 * EDGE
        ]
        cut_off = sum(n - 1 for n in sizes[row.voxels]) / 2 + 5 / 6
        assert own == pytest.approx(row.volume - cut_off * EDGE**3, rel=1e-4)


def _bodies(found: Surface) -> list[tuple[float, np.ndarray]]:
    ends = found.triangles[:, [0, 0]].ravel(), found.triangles[:, 1:].ravel()
    count = len(found.vertices)
    graph = coo_matrix((np.ones(len(ends[0])), ends), (count, count))
    number, own = connected_components(graph, False)
    return [
        (
            _volume(replace(found, triangles=found.triangles[own[found.triangles[:, 0]] == body])),
            found.vertices[own == body].mean(axis=0),
        )
        for body in range(number)
    ]


@pytest.mark.parametrize("name", ["mask", "labels", "one voxel"])
def test_slices_through_a_voxel_that_just_reaches_the_threshold_show_it(head, grids, name: str) -> None:
    shown = MAPS[name]
    assert shown.grid is not None
    lowest = shown.data[shown.data > 0].min()
    view = replace(PLAIN, threshold=Threshold(ThresholdKind.VALUE, float(lowest)), opacity=1.0)
    place = np.argwhere(shown.data == lowest)[0]
    x, y, z = (float(value) for value in shown.grid.to_world(place))
    places, size, _ = lay_out_tiles(
        orthogonal_tiles(head(grids["RAS"]), view, (x, y, z)), (900, 360), with_colour_bar=False, one_row=True
    )
    picture = render_slices(head(grids["RAS"]), threshold_map(shown, view), places, size, view).astype(int)
    for one in places:
        part = picture[one.top : one.top + one.height, one.left : one.left + one.width]
        near = np.linalg.norm(pixel_points(one) - (x, y, z), axis=-1) < 0.3 * EDGE
        warm = part[:, :, 0] - part[:, :, 2] > 60
        assert near.any()
        assert warm[near].all()


@pytest.mark.parametrize("name", ["mask", "one voxel"])
def test_the_box_draws_every_body_that_is_listed(scene, prepared, grids, name: str) -> None:
    shown, over = MAPS[name], prepared(grids["RAS"])
    scene.set_scan(over)
    scene.set_map(MapRenderData.from_map(shown, over))
    scene.set_view(replace(PLAIN, shadows=False))
    picture = scene.render(480, 360, 2, with_labels=False).astype(int)
    for row in shown.clusters(Threshold()):
        x, y = scene.project(row.peak_mm)
        around = picture[round(y) - 1 : round(y) + 2, round(x) - 1 : round(x) + 2]
        assert (around[:, :, 0] - around[:, :, 2]).max() > 60, row
        picked = scene.pick(x, y)
        assert picked is not None
        assert picked.kind == "body"


def test_the_box_and_the_table_count_alike_on_the_maps_own_terms() -> None:
    data = np.random.default_rng(1).lognormal(0, 8, (20, 20, 20)).astype(np.float32)
    shown = Map(data, _grid(data.shape), "wide")
    ranking = SortedValues(gaussian_smooth(data, _grid(data.shape), 0.0))
    for threshold in (Threshold(ThresholdKind.VALUE, 0), Threshold(ThresholdKind.PERCENTILE, 0)):
        view = replace(PLAIN, threshold=threshold)
        left = threshold_map(shown, view)
        assert np.count_nonzero(left.volume.values >= np.float32(left.isovalue)) == data.size
        assert sum(row.voxels for row in shown.clusters(threshold)) == data.size
        assert ranking.count_above(ranking.cutoff(threshold)) == data.size


@pytest.mark.parametrize("scale", [1e-33, 1.0, 1e30, 2e37])
def test_bodies_and_shadows_are_the_same_in_any_unit(scene, prepared, blobs, grids, scale: float) -> None:
    over = prepared(grids["RAS"])
    plain = blobs(grids["RAS"], ((-31.0, 14.0, 19.0), 2.0, 9.0), ((30.0, -10.0, -12.0), -1.5, 8.0))
    shown = Map(plain.data * np.float32(scale), plain.grid, "scaled")
    scene.set_scan(over)
    pictures = []
    with np.errstate(all="raise", under="ignore"):
        for one in (plain, shown):
            scene.set_map(MapRenderData.from_map(one, over))
            scene.set_view(replace(PLAIN, threshold=Threshold(ThresholdKind.PERCENTILE, 98)))
            pictures.append(scene.render(240, 180, 2, with_labels=False).astype(int))
    assert np.abs(pictures[0] - pictures[1]).max() <= 6
    assert (pictures[1][:, :, 0] - pictures[1][:, :, 2] > 90).sum() > 50


def test_the_legend_tells_the_value_that_is_counted_from() -> None:
    shown = MAPS["mask"]
    ranking = SortedValues(shown.data)
    content = _Content(ranking)
    levels = IsoValues.from_view(content, PLAIN)  # type: ignore[arg-type]
    assert (levels.cutoff, levels.outer) == (1.0, 0.5)
    nested = IsoValues.from_view(content, replace(PLAIN, nested=True))  # type: ignore[arg-type]
    assert nested.inner == nested.outer == 0.5


class _Content:
    signed = False

    def __init__(self, ranking: SortedValues) -> None:
        self.sorted_values = dict.fromkeys(Sign, ranking)
