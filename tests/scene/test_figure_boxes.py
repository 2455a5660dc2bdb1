"""Small pictures of the box: one a map, each a PNG of the asked size with the map's bodies in it."""

from __future__ import annotations

import io

import numpy as np
import pytest
from matplotlib.image import imread

from viewer.errors import Cancelled
from viewer.progress import Progress
from viewer.scans.grid import Grid
from viewer.scans.map import Map
from viewer.scans.scan import Scan
from viewer.scene.figure import render_boxes

GRID = Grid((24, 26, 22), np.array([[3.0, 0, 0, -34.5], [0, 3, 0, -37.5], [0, 0, 3, -31.5], [0, 0, 0, 1]]))


def ball(centre: tuple[float, float, float], radius: float) -> np.ndarray:
    places = np.moveaxis(np.indices(GRID.shape), 0, -1)
    return np.linalg.norm(GRID.to_world(places) - np.array(centre), axis=-1) < radius


def test_every_map_has_its_picture_with_its_signs() -> None:
    scan = Scan((100 * ball((0, 0, 0), 28)).astype(np.float32), GRID, "head")
    spot = ball((12, 0, 6), 8).astype(np.float32)
    maps = [Map(spot, GRID, "above"), Map(spot - 0.9 * ball((-12, 0, 6), 8), GRID, "both")]
    pictures = [imread(io.BytesIO(png)) for png in render_boxes(scan, maps, (320, 240))]
    assert [picture.shape for picture in pictures] == [(240, 320, 3)] * 2
    # The colour bar is at the lower right; what is looked for lies above it.
    upper = [picture[:180] for picture in pictures]
    warm = [int((part[..., 0] - part[..., 2] > 0.4).sum()) for part in upper]
    cold = [int((part[..., 2] - part[..., 0] > 0.4).sum()) for part in upper]
    assert min(warm) > 100
    assert cold[0] == 0
    assert cold[1] > 100


def test_it_stops_between_two_pictures() -> None:
    scan = Scan((100 * ball((0, 0, 0), 28)).astype(np.float32), GRID, "head")
    said: list[object] = []
    one = Map(ball((12, 0, 6), 8).astype(np.float32), GRID, "above")
    with pytest.raises(Cancelled):
        render_boxes(scan, [one, one], (64, 64), progress=Progress(said.append, lambda: len(said) > 1))
