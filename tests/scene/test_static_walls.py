"""A dragged threshold over walls that stand still is the picture that is drawn anew."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from viewer.scans.threshold import Threshold, ThresholdKind
from viewer.scene.box import BoxScene
from viewer.scene.render_data import MapRenderData
from viewer.session.view import Camera, Sign, Theme, View, Walls

LEFT, RIGHT, DEEP = (-31.0, 14.0, 19.0), (28.0, -35.0, -8.0), (6.0, 12.0, 18.0)
BLOBS = (LEFT, 2.0, 11.0), (RIGHT, -1.8, 9.0), (DEEP, 1.5, 13.0)
SIZE = (480, 360)
LEVELS = (0.5, 0.9, 0.7, 1.3, 1.31, 5.0, 0.45)


def at(view: View, level: float) -> View:
    return replace(view, threshold=Threshold(ThresholdKind.VALUE, level))


def render_new_scene(view: View, scan, shown, size=SIZE) -> np.ndarray:
    """The picture of a scene that never showed anything else."""
    scene = BoxScene()
    scene.set_scan(scan)
    scene.set_map(shown)
    scene.set_view(view)
    found = scene.render(*size)
    scene.close()
    return found


@pytest.fixture
def dragged(scene, prepared, blobs):
    """Thresholds dragged over walls, and which pictures are made of walls that stand still."""

    def drag(grid, view, levels=LEVELS, size=SIZE):
        scan = prepared(grid)
        content = MapRenderData.from_map(blobs(grid, *BLOBS), scan)
        scene.set_scan(scan)
        scene.set_map(content)
        pictures, still = [], []
        for level in levels:
            scene.set_view(at(view, level))
            pictures.append(scene.render(*size))
            still.append(scene.walls_are_cached)
        return scan, content, pictures, still

    return drag


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    "change",
    [
        {"theme": Theme.LIGHT},
        {"theme": Theme.DARK},
        {"sign": Sign.NEGATIVE},
        {"shadows": False},
        {"walls": Walls.CROSSHAIR, "crosshair": (4.0, 10.0, -3.0)},
        {"camera": Camera(160.0, -12.0, 1.4)},
        {"glass": True},
        {"nested": True},
        {"nested": True, "glass": True, "theme": Theme.LIGHT},
        {"nested": True, "glass": True, "walls": Walls.CROSSHAIR, "crosshair": (4.0, 10.0, -3.0)},
    ],
    ids=[
        "light",
        "dark",
        "negative",
        "no shadows",
        "crosshair",
        "from behind",
        "glass",
        "nested",
        "nested in light glass",
        "nested in glass with a crosshair",
    ],
)
def test_every_picture_of_a_drag_is_the_one_drawn_anew(dragged, grids, change):
    view = replace(View(), **change)
    scan, content, pictures, still = dragged(grids["RAS"], view)
    assert still == [False] + [True] * (len(LEVELS) - 1)
    for level, picture in zip(LEVELS, pictures, strict=True):
        expected = render_new_scene(at(view, level), scan, content)
        assert np.abs(picture.astype(int) - expected).max() <= 2, level


def test_it_is_so_on_every_grid(dragged, grid):
    scan, content, pictures, still = dragged(grid, View(), LEVELS[:3])
    assert still[-1]
    expected = render_new_scene(at(View(), LEVELS[2]), scan, content)
    assert np.abs(pictures[2].astype(int) - expected).max() <= 2


@pytest.mark.parametrize(
    "change",
    [
        {"camera": Camera(60.0, 10.0)},
        {"theme": Theme.LIGHT},
        {"walls_at": (9.0, -20.0, 14.0)},
        {"shadows": False},
        {"sign": Sign.POSITIVE},
        {"smallest_cluster": 900.0},
        {"nested": True},
        {"glass": True},
    ],
    ids=lambda change: next(iter(change)),
)
def test_whatever_else_changes_is_seen_at_once(scene, dragged, grids, change):
    scan, content, _, still = dragged(grids["RAS"], View(), LEVELS[:3])
    assert still[-1]
    view = at(replace(View(), **change), 0.8)
    scene.set_view(view)
    assert np.abs(scene.render(*SIZE).astype(int) - render_new_scene(view, scan, content)).max() <= 1


def test_another_size_is_drawn_at_that_size(scene, dragged, grids):
    scan, content, _, _ = dragged(grids["RAS"], View(), LEVELS[:3])
    scene.set_view(at(View(), 0.8))
    expected = render_new_scene(at(View(), 0.8), scan, content, (300, 260))
    assert np.abs(scene.render(300, 260).astype(int) - expected).max() <= 1


def test_bodies_that_leave_the_box_go_behind_its_walls(scene, prepared, blobs, grids):
    """A wall hides what is behind it; a drag must not bring it before the wall."""
    scan = prepared(grids["RAS"])
    outside = scan.grid.to_world(np.array(scan.frame.faces[0]) - 0.5)
    place = tuple(float(value) for value in outside)
    content = MapRenderData.from_map(blobs(grids["RAS"], (place, 2.0, 14.0), (LEFT, 2.0, 9.0)), scan)
    scene.set_scan(scan)
    scene.set_map(content)
    for level in LEVELS[:3]:
        scene.set_view(at(View(), level))
        picture = scene.render(*SIZE)
        assert np.abs(picture.astype(int) - render_new_scene(at(View(), level), scan, content)).max() <= 2


def test_pictures_belong_to_who_asked_for_them(dragged, grids):
    _, _, pictures, _ = dragged(grids["RAS"], View(), LEVELS[:4])
    assert not any(np.shares_memory(a, b) for a, b in pairwise(pictures))
    assert (pictures[1] != pictures[2]).any()


def test_a_transparent_picture_stays_transparent(scene, dragged, grids):
    dragged(grids["RAS"], View(), LEVELS[:3])
    scene.set_transparent(True)
    for level in LEVELS[:3]:
        scene.set_view(at(View(), level))
        picture = scene.render(*SIZE)
    assert picture[0, 0, 3] == 0
    assert picture[SIZE[1] // 2, SIZE[0] // 2, 3] == 255


def test_a_view_that_changed_at_rest_is_seen_in_the_next_drag(scene, dragged, grids):
    scan, content, _, still = dragged(grids["RAS"], View(), LEVELS[:3])
    assert still[-1]
    moved = replace(View(), camera=Camera(60.0, 10.0))
    scene.set_view(at(moved, 0.7))
    scene.render(*SIZE, supersample=2)
    scene.set_view(at(moved, 0.8))
    # Slices at rest are smoother; only they may differ.
    apart = np.abs(scene.render(*SIZE).astype(int) - render_new_scene(at(moved, 0.8), scan, content))
    assert apart.mean() < 0.5


def test_asking_where_things_are_hides_no_change(scene, dragged, grids):
    scan, content, _, still = dragged(grids["RAS"], View(), LEVELS[:3])
    assert still[-1]
    moved = at(replace(View(), camera=Camera(36.0, 20.0)), 0.8)
    scene.set_view(moved)
    scene.project((0.0, 0.0, 0.0))
    scene.pick(200.0, 200.0)
    assert np.abs(scene.render(*SIZE).astype(int) - render_new_scene(moved, scan, content)).max() <= 1


def test_a_rest_in_between_does_not_bring_the_old_slices_back(scene, dragged, grids):
    dragged(grids["RAS"], View(), LEVELS[:3])
    scene.render(*SIZE, supersample=2)
    scene.set_view(at(View(), 0.9))
    whole = scene.render(*SIZE)
    scene.set_view(at(View(), 0.8))
    scene.render(*SIZE)
    scene.set_view(at(View(), 0.9))
    over = scene.render(*SIZE)
    assert scene.walls_are_cached
    assert np.abs(whole.astype(int) - over).max() <= 2


def test_walls_laid_aside_go_with_the_map(scene, dragged, grids):
    _, _, _, still = dragged(grids["RAS"], View(), LEVELS[:3])
    assert still[-1]
    scene.set_map(None)
    assert not scene.walls_are_cached
