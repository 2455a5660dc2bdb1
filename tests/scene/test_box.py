"""What the drawn box means: bodies, shadows and letters lie where the anatomy is, from every side."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace

import numpy as np
import pytest

from viewer.scans.clusters import clusters, remove_small_clusters
from viewer.scans.threshold import Threshold, ThresholdKind
from viewer.scene.box import BoxScene
from viewer.scene.render_data import MapRenderData, ScanRenderData
from viewer.scene.thresholding import filter_clusters
from viewer.session.view import Camera, Sign, Theme, View, Walls

LEFT = (-31.0, 14.0, 19.0)
RIGHT = (28.0, -35.0, -8.0)
SIZE = (480, 360)
HALF = Threshold(ThresholdKind.VALUE, 1.0)
PLAIN = View(theme=Theme.LIGHT, threshold=HALF, scale_bar=False, colour_bar=False)


def grey(picture: np.ndarray) -> np.ndarray:
    return picture[:, :, :3].astype(np.float64).mean(axis=2)


def orange(picture: np.ndarray) -> np.ndarray:
    red, green, blue = (picture[:, :, n].astype(int) for n in range(3))
    return (red - blue > 90) & (red > green)


def blue(picture: np.ndarray) -> np.ndarray:
    red, _, blue = (picture[:, :, n].astype(int) for n in range(3))
    return blue - red > 90


def middle(mask: np.ndarray) -> np.ndarray:
    rows, columns = np.nonzero(mask)
    return np.array([columns.mean() + 0.5, rows.mean() + 0.5])


@pytest.fixture
def shown(scene, prepared, blobs):
    """Show blobs over a head on a grid."""

    def show(grid, *wanted, map_grid=None, view=PLAIN):
        scan = prepared(grid)
        scene.set_scan(scan)
        scene.set_map(MapRenderData.from_map(blobs(map_grid or grid, *wanted), scan))
        scene.set_view(view)
        return scene

    return show


@pytest.mark.parametrize("camera", [Camera(35, 22), Camera(-70, 40), Camera(160, 10), Camera(10, -35)])
def test_a_body_is_drawn_where_its_peak_is_projected(shown, grid, camera):
    scene = shown(grid, (LEFT, 2.0, 9.0), view=replace(PLAIN, camera=camera))
    picture = scene.render(*SIZE)
    assert np.abs(middle(orange(picture)) - scene.project(LEFT)).max() < 1.5


def test_left_and_right_are_told_apart(shown, grid):
    for azimuth, sign in ((0, -1), (180, 1)):
        view = replace(PLAIN, camera=Camera(azimuth, 10))
        scene = shown(grid, (LEFT, 2.0, 9.0), view=view)
        x, _ = middle(orange(scene.render(*SIZE)))
        assert np.sign(x - SIZE[0] / 2) == sign
        letters = {letter.text: letter.x for letter in scene.labels()}
        assert np.sign(letters["R"] - letters["L"]) == -sign


@pytest.mark.parametrize("camera", [Camera(a, e) for a, e in ((-145, 25), (-55, -25), (35, -25), (125, 25))])
def test_every_letter_stands_at_its_end_of_the_box_from_every_side(shown, grid, camera):
    scene = shown(grid, (LEFT, 2.0, 9.0), view=replace(PLAIN, camera=camera))
    scene.render(*SIZE)
    letters = {letter.text: np.array([letter.x, letter.y]) for letter in scene.labels()}
    assert set(letters) == set("LRAPSI")
    centre = np.array(scene.project((0.0, 0.0, 0.0)))
    for low, high, step in (("L", "R", (50.0, 0, 0)), ("P", "A", (0, 50.0, 0)), ("I", "S", (0, 0, 50.0))):
        along = np.array(scene.project(step)) - centre
        assert (letters[high] - letters[low]) @ along > 0
    places = np.array(list(letters.values()))
    assert ((places > 0) & (places < np.array(SIZE))).all()
    apart = np.linalg.norm(places[:, None] - places[None], axis=2) + 1e3 * np.eye(6)
    assert apart.min() > 8


@pytest.mark.parametrize("zoom", [1.0, 1.35])
def test_no_letter_lies_on_a_bar_while_the_box_turns(shown, grids, zoom):
    scene = shown(grids["RAS"], (LEFT, 2.0, 9.0), view=replace(PLAIN, scale_bar=True, colour_bar=True))
    near = []
    for azimuth in range(0, 360, 10):
        camera = Camera(float(azimuth), 22, zoom)
        scene.set_view(replace(PLAIN, scale_bar=True, colour_bar=True, camera=camera))
        scene.render(640, 400)
        ends = [letter for letter in scene.labels() if letter.text in set("LRAPSI")]
        for bar in scene._annotations.bars.rectangles:
            near += [
                (azimuth, letter.text)
                for letter in ends
                if bar.left - 8 < letter.x < bar.right + 8 and bar.top - 8 < letter.y < bar.bottom + 8
            ]
    assert not near


@pytest.mark.sampled(2)
@pytest.mark.parametrize("camera", [Camera(35, 22), Camera(-130, 25)])
def test_each_walls_shadow_lies_at_the_markers_coordinates(shown, grid, camera):
    """Pixels that shadows darken, taken back to mm by the walls they lie on."""
    view = replace(PLAIN, camera=camera)
    scene = shown(grid, (LEFT, 2.0, 9.0), view=view)
    with_shadows = scene.render(*SIZE, with_labels=False)
    scene.set_view(replace(view, shadows=False))
    without = scene.render(*SIZE, with_labels=False)
    darker = np.argwhere(grey(without) - grey(with_shadows) > 40)
    expected = grid.to_voxel(LEFT)
    found: dict[int, list[np.ndarray]] = {}
    for row, column in darker[::3]:
        picked = scene.pick(column + 0.5, row + 0.5)
        assert picked is not None
        if picked.kind == "wall":
            found.setdefault(picked.axis, []).append(grid.to_voxel(picked.point))
    assert set(found) == {0, 1, 2}
    for axis, places in found.items():
        others = [other for other in range(3) if other != axis]
        centre = (np.max(places, axis=0) + np.min(places, axis=0)) / 2
        assert np.abs(((centre - expected) * grid.spacing)[others]).max() < 2.5


@pytest.mark.parametrize("theme", list(Theme))
def test_a_shadow_is_darker_than_the_wall_and_than_the_slice(shown, grids, theme):
    scene = shown(grids["RAS"], (LEFT, 2.0, 9.0), view=replace(PLAIN, theme=theme))
    drawn = scene.render(*SIZE, with_labels=False)
    scene.set_view(replace(PLAIN, theme=theme, shadows=False))
    plain = scene.render(*SIZE, with_labels=False)
    changed = np.abs(grey(plain) - grey(drawn)) > 12
    assert changed.sum() > 150
    assert (grey(drawn)[changed] < grey(plain)[changed]).all()
    body = orange(drawn)
    assert np.array_equal(body, orange(plain))


def test_shadows_are_even_where_bodies_lie_behind_each_other(shown, grids):
    view = replace(PLAIN, camera=Camera(35, 40))
    scene = shown(grids["RAS"], ((0, 0, -20), 2.0, 8.0), ((0, 0, 25), 2.0, 8.0), view=view)
    scene.set_view(replace(view, sign=Sign.POSITIVE))
    one = scene.render(*SIZE, with_labels=False)
    floor = scene.project((0, 0, scene._scan.frame.corners[:, 2].min()))
    shade = grey(one)[int(floor[1]) - 1 : int(floor[1]) + 2, int(floor[0]) - 1 : int(floor[0]) + 2]
    assert np.ptp(shade) < 6
    assert shade.max() < 60


def test_signs_have_their_own_colour_and_can_be_hidden(shown, grid):
    scene = shown(grid, (LEFT, 2.0, 9.0), (RIGHT, -2.0, 9.0), view=replace(PLAIN, shadows=False))
    both = scene.render(*SIZE)
    assert np.abs(middle(orange(both)) - scene.project(LEFT)).max() < 1.5
    assert np.abs(middle(blue(both)) - scene.project(RIGHT)).max() < 1.5
    scene.set_view(replace(PLAIN, sign=Sign.POSITIVE, shadows=False))
    assert not blue(scene.render(*SIZE)).any()
    scene.set_view(replace(PLAIN, sign=Sign.NEGATIVE, shadows=False))
    assert not orange(scene.render(*SIZE)).any()


@pytest.mark.parametrize("camera", [Camera(a, e) for a in range(-170, 180, 60) for e in (-50, 12)])
def test_walls_always_stand_behind_the_bodies(shown, grids, camera):
    for name in ("RAS", "oblique", "sheared LAS"):
        scene = shown(grids[name], (LEFT, 2.0, 9.0), view=replace(PLAIN, camera=camera))
        picture = scene.render(240, 180)
        picked = scene.pick(*scene.project(LEFT))
        assert picked is not None
        assert picked.kind == "body"
        assert orange(picture).sum() > 40


def test_a_picked_body_and_a_picked_wall_are_points_a_crosshair_can_go_to(shown, grid):
    scene = shown(grid, (LEFT, 2.0, 9.0), view=replace(PLAIN, walls_at=(5.0, -7.0, 3.0)))
    scene.render(*SIZE)
    body = scene.pick(*scene.project(LEFT))
    assert body.kind == "body"
    radius = 9.0 * np.sqrt(2 * np.log(2))
    assert np.linalg.norm(np.array(body.point) - LEFT) == pytest.approx(radius, abs=0.4)
    assert scene.project(body.point) == pytest.approx(scene.project(LEFT), abs=1e-6)
    slices = np.round(grid.to_voxel((5.0, -7.0, 3.0)))
    seen = set()
    for x in range(10, SIZE[0], 40):
        for y in range(10, SIZE[1], 40):
            wall = scene.pick(x, y)
            if wall is not None and wall.kind == "wall":
                seen.add(wall.axis)
                assert grid.to_voxel(wall.point)[wall.axis] == pytest.approx(slices[wall.axis], abs=1e-9)
    assert seen == {0, 1, 2}
    assert scene.pick(2, 2) is None


def test_walls_carry_the_slices_through_the_crosshair(shown, grids, head):
    """A bright bead is on all three walls when the crosshair is in it, and on none when it is not."""
    grid = grids["LAS"]
    scan = head(grid)
    data = np.array(scan.data)
    at = np.array([30, 22, 28])
    data[tuple(slice(n - 2, n + 3) for n in at)] = 400.0
    scene = shown(grid)
    scene.set_scan(ScanRenderData.from_scan(type(scan)(data, grid, "bead")))
    view = replace(PLAIN, theme=Theme.DARK, walls=Walls.CROSSHAIR)
    place = tuple(float(n) for n in grid.to_world(at))
    brightest = []
    for crosshair in (place, (0.0, 0.0, 0.0)):
        scene.set_view(replace(view, crosshair=crosshair))
        picture = grey(scene.render(*SIZE, with_labels=False))
        values = []
        for axis in range(3):
            face = at.astype(float)
            face[axis] = scene._scan.frame.faces[int(scene._high_walls()[axis]), axis]
            x, y = scene.project(tuple(grid.to_world(face)))
            values.append(picture[int(y), int(x)])
        brightest.append(values)
    assert min(brightest[0]) > max(brightest[1]) + 30


def test_nested_bodies_lie_inside_each_other(shown, grids):
    scene = shown(grids["RAS"], (LEFT, 2.0, 12.0), view=replace(PLAIN, nested=True))
    scene.render(*SIZE)
    outer, inner = (
        scene._renderer.outer_surfaces[1].mapper.GetInput(),
        scene._renderer.solid_surfaces[1].mapper.GetInput(),
    )
    lows, highs = (np.array(outer.GetBounds()[n::2]) - inner.GetBounds()[n::2] for n in (0, 1))
    assert (lows < -1).all()
    assert (highs > 1).all()


def test_small_clusters_leave_body_and_shadow_and_large_ones_stay(shown, grids, blobs):
    grid = grids["LAS"]
    scene = shown(grid, (LEFT, 2.0, 9.0), (RIGHT, 1.6, 4.0), view=replace(PLAIN, smallest_cluster=2000.0))
    filtered = scene.render(*SIZE)
    scene.set_map(MapRenderData.from_map(blobs(grid, (LEFT, 2.0, 9.0)), scene._scan))
    scene.set_view(PLAIN)
    alone = scene.render(*SIZE)
    assert np.abs(grey(filtered) - grey(alone)).max() < 3


@pytest.mark.parametrize(
    "view",
    [
        View(smallest_cluster=100.0),
        View(smallest_cluster=1500.0),
        View(smallest_cluster=1e6),
        View(largest_clusters=3),
        View(largest_clusters=3, sign=Sign.NEGATIVE),
        View(largest_clusters=30, smallest_cluster=1500.0),
    ],
)
def test_the_clusters_that_stay_are_those_of_the_cluster_table(grids, view):
    from scipy.ndimage import gaussian_filter

    from viewer.scene.bricked_volume import BrickedVolume

    grid = grids["thick"]
    values = gaussian_filter(np.random.default_rng(2).standard_normal(grid.shape), 1.2).astype(np.float32)
    kept = filter_clusters(BrickedVolume.from_values(values, grid), 0.15, view).values
    rule = {
        "min_volume": view.smallest_cluster,
        "sign": view.sign.number,
        "max_clusters": view.largest_clusters,
    }
    expected = remove_small_clusters(values, grid.voxel_volume, 0.15, **rule)
    assert np.array_equal(kept, expected)
    counted = sum(found.voxels for found in clusters(values, grid, 0.15, **rule))
    size = np.abs(kept) if not view.sign.number else view.sign.number * kept
    assert np.count_nonzero(size >= np.float32(0.15)) == counted


def test_a_wall_is_air_where_its_slice_shows_nothing_of_the_head(shown, grid):
    scene = shown(grid)
    scene.render(*SIZE)
    counts = {True: 0, False: 0}
    for x in range(5, SIZE[0], 12):
        for y in range(5, SIZE[1], 12):
            picked = scene.pick(x, y)
            if picked is None:
                continue
            # The head is an ellipsoid around the origin.
            distance = np.linalg.norm(np.array(picked.point) / (62.0, 78.0, 56.0))
            if abs(distance - 1) > 0.12:
                assert scene.is_air(picked) == (distance > 1)
                counts[bool(distance > 1)] += 1
    assert min(counts.values()) > 5


def test_a_threshold_moves_bodies_and_uniforms_and_leaves_the_textures(shown, grids, monkeypatch):
    from viewer.scene.slice_walls import SliceWall

    scene = shown(grids["RAS"], (LEFT, 2.0, 9.0))
    large = orange(scene.render(*SIZE)).sum()
    packed = []
    original = SliceWall.set_texels
    monkeypatch.setattr(
        SliceWall, "set_texels", lambda wall, texels: packed.append(wall.axis) or original(wall, texels)
    )
    scene.set_view(replace(PLAIN, threshold=Threshold(ThresholdKind.VALUE, 1.7)))
    assert orange(scene.render(*SIZE)).sum() < 0.6 * large
    assert packed == []
    scene.set_view(replace(PLAIN, walls_at=(20.0, 0.0, 0.0)))
    scene.render(*SIZE)
    assert packed == [0]
    scene.render(*SIZE)
    scene.set_view(replace(PLAIN, walls_at=(20.0, 0.0, 0.0), camera=Camera(120, 30), theme=Theme.DARK))
    scene.render(*SIZE)
    assert packed == [0]


def test_the_coarse_level_draws_the_same_bodies_roughly(shown, grids, monkeypatch):
    from viewer.scene import render_data

    monkeypatch.setattr(render_data, "COARSE_ABOVE", 1000)
    scene = shown(grids["RAS"], (LEFT, 2.0, 12.0))
    fine = orange(scene.render(*SIZE))
    scene.set_coarse(True)
    coarse = orange(scene.render(*SIZE))
    assert not np.array_equal(fine, coarse)
    assert (fine & coarse).sum() / (fine | coarse).sum() > 0.85


@pytest.mark.parametrize("theme", list(Theme))
def test_a_picture_at_rest_is_the_same_picture_smoother(shown, grids, theme):
    view = replace(PLAIN, theme=theme, glass=True)
    scene = shown(grids["RAS"], (LEFT, 2.0, 9.0), (RIGHT, -2.0, 9.0), view=view)
    live, still = scene.render(*SIZE), scene.render(*SIZE, supersample=2)
    assert live.shape == still.shape == (SIZE[1], SIZE[0], 4)
    assert live.dtype == still.dtype == np.uint8
    assert still.flags.c_contiguous
    assert np.abs(grey(live) - grey(still)).mean() < 2.5
    assert (still[:, :, 3] == 255).all()


def test_a_transparent_background_is_clear_and_the_box_is_not(shown, grids):
    scene = shown(grids["RAS"], (LEFT, 2.0, 9.0))
    scene.set_transparent(True)
    picture = scene.render(*SIZE, supersample=2)
    assert not picture[:5, :5].any()
    x, y = scene.project((0.0, 0.0, 0.0))
    assert picture[int(y), int(x), 3] == 255


def test_a_glass_brain_is_seen_through(shown, grids):
    view = replace(PLAIN, shadows=False, camera=Camera(20, 15))
    scene = shown(grids["oblique"], (LEFT, 2.0, 9.0), view=view)
    without = scene.render(*SIZE)
    scene.set_view(replace(view, glass=True))
    seen = scene.render(*SIZE)
    changed = np.abs(grey(seen) - grey(without)) > 2
    assert changed.mean() > 0.05
    assert np.abs(middle(orange(seen)) - scene.project(LEFT)).max() < 2.0


def test_no_scan_and_no_map_are_pictures_too(scene, head, grids):
    empty = scene.render(120, 90)
    assert empty.shape == (90, 120, 4)
    scene.set_scan(ScanRenderData.from_scan(head(grids["RAS"])))
    assert np.ptp(grey(scene.render(120, 90))) > 50
    assert scene.threshold == float("inf")
    with pytest.raises(ValueError, match="prepared for the current scan"):
        scene.set_map(MapRenderData.from_map(_anything(grids), ScanRenderData.from_scan(head(grids["LAS"]))))


def _anything(grids):
    from viewer.scans.map import Map

    grid = grids["LAS"]
    return Map(np.ones(grid.shape, np.float32), grid, "anything")


@pytest.mark.slow
def test_thirty_scenes_opened_and_closed_leave_nothing_behind(head, blobs, grids):
    grid = grids["LAS"]
    scan = ScanRenderData.from_scan(head(grid))
    render_data = MapRenderData.from_map(blobs(grid, (LEFT, 2.0, 9.0)), scan)
    kept, counts = [], []
    for cycle in range(30):
        scene = BoxScene()
        scene.set_scan(scan)
        scene.set_map(render_data)
        scene.set_view(replace(PLAIN, glass=True, nested=True))
        scene.render(96, 72)
        kept += [
            weakref.ref(scene),
            weakref.ref(scene._renderer._window),
            weakref.ref(scene._renderer._renderer),
        ]
        kept += [weakref.ref(wall.actor) for wall in scene._renderer.walls]
        scene.close()
        scene.close()
        del scene
        if cycle % 10 == 9:
            gc.collect()
            counts.append(len(gc.get_objects()))
    assert not [one for one in kept if one() is not None]
    assert counts[2] - counts[1] < 100


def test_a_hundred_thresholds_leave_one_mesh(shown, grids):
    scene = shown(grids["RAS"], (LEFT, 2.0, 9.0))
    meshes = []
    for n in range(100):
        scene.set_view(replace(PLAIN, threshold=Threshold(ThresholdKind.VALUE, 0.8 + 0.01 * n)))
        scene.render(48, 36)
        meshes.append(weakref.ref(scene._renderer.solid_surfaces[1].mapper.GetInput()))
    gc.collect()
    assert sum(mesh() is not None for mesh in meshes) <= 1


def test_the_crosshairs_lines_cross_on_every_wall_where_it_is(shown, grid):
    at = (12.0, -20.0, 9.0)
    scene = shown(grid, view=replace(PLAIN, theme=Theme.DARK, walls=Walls.CROSSHAIR, crosshair=at))
    with_lines = scene.render(*SIZE, with_labels=False).astype(int)
    scene.set_view(replace(PLAIN, theme=Theme.DARK, walls_at=at))
    without = scene.render(*SIZE, with_labels=False).astype(int)
    changed = np.abs(with_lines - without).max(axis=2) > 12
    for axis in range(3):
        face = grid.to_voxel(at)
        face[axis] = scene._scan.frame.faces[int(scene._high_walls()[axis]), axis]
        x, y = (int(n) for n in scene.project(tuple(grid.to_world(face))))
        assert changed[y - 1 : y + 2, x - 1 : x + 2].any()
    assert 0.002 < changed.mean() < 0.05


def test_words_drawn_apart_are_those_of_the_picture(shown, grids):
    """Laid over a picture without words, they make the one with words."""
    scene = shown(grids["RAS"], (LEFT, 2.0, 9.0), view=PLAIN)
    expected = scene.render(*SIZE)
    picture = scene.render(*SIZE, with_labels=False).astype(np.float32)
    for drawn, left, top in scene.label_sprites(1.0):
        rows, columns = drawn.shape[:2]
        part = picture[top : top + rows, left : left + columns]
        part += drawn[:, :, 3:].astype(np.float32) / 255 * (drawn - part)
    assert np.abs(picture - expected)[:, :, :3].max() <= 1
    once, twice = scene.label_sprites(1.0), scene.label_sprites(2.0)
    for (small, left, top), (large, further, lower) in zip(once, twice, strict=True):
        middle = np.array([left, top]) + np.array(small.shape[1::-1]) / 2
        np.testing.assert_allclose(
            np.array([further, lower]) + np.array(large.shape[1::-1]) / 2, 2 * middle, atol=3
        )
