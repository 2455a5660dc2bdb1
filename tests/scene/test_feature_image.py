"""A feature visualization in figures: the image in grey, with nothing cut or coloured."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from viewer.errors import ViewerError
from viewer.methods.feature_visualization import METHOD, is_feature_image
from viewer.scans.grid import Grid
from viewer.scans.map import Map
from viewer.scans.provenance import Provenance
from viewer.scans.scan import Scan
from viewer.scene.feature_image import image_range, image_scan
from viewer.scene.figure import figure
from viewer.scene.movie import Sweep, movie
from viewer.scene.slices_figure import slices_figure

AFFINE = np.array([[4.0, 0, 0, -40], [0, 4, 0, -40], [0, 0, 4, -40], [0, 0, 0, 1]])


@pytest.fixture
def scan() -> Scan:
    places = np.indices((21, 21, 21)) - 10
    return Scan((np.linalg.norm(places, axis=0) < 8).astype(np.float32), Grid((21, 21, 21), AFFINE), "ball")


@pytest.fixture
def feature() -> Map:
    """Stripes on a grid of its own, which looks at the middle of the scan alone."""
    affine = AFFINE.copy()
    affine[:3, 3] = -20
    data = np.sin(np.arange(11))[:, None, None] * np.ones((11, 11, 11))
    return Map(data.astype(np.float32), Grid((11, 11, 11), affine), "stripes", Provenance(method=METHOD))


def test_the_image_lies_where_the_network_looks(scan: Scan, feature: Map) -> None:
    placed = image_scan(feature, scan)
    assert is_feature_image(feature)
    assert placed.grid is scan.grid
    np.testing.assert_allclose(placed.data[5:16, 5:16, 5:16], feature.data, atol=1e-5)
    assert (placed.data[:4] == image_range(feature)[0]).all()


def test_most_of_an_image_is_grey_and_what_is_unlike_it_darker_or_brighter(feature: Map) -> None:
    data = np.full((11, 11, 11), 0.5, dtype=np.float32)
    data[5, 5, 5], data[5, 5, 6] = -0.5, 1.0
    assert image_range(replace(feature, data=data)) == (-0.5, 1.5)
    assert image_range(replace(feature, data=np.zeros_like(data))) == (-1.0, 1.0)


def test_slices_and_box_show_it_in_grey(scan: Scan, feature: Map, tmp_path: Path) -> None:
    for name, draw in (("slices.png", slices_figure), ("box.png", figure)):
        path = draw(scan, feature, tmp_path / name, size=(480, 300))
        plain = draw(scan, None if name == "slices.png" else (), tmp_path / f"plain-{name}", size=(480, 300))
        seen, scan_alone = imread(path)[..., :3], imread(plain)[..., :3]
        assert np.abs(seen - scan_alone).max() > 0.3
        warm = seen[..., 0] - seen[..., 2] > 0.1
        assert not warm.any()  # neither bodies nor overlays: those above zero are orange


def test_an_image_has_no_threshold_to_sweep(scan: Scan, feature: Map, tmp_path: Path) -> None:
    with pytest.raises(ViewerError, match="has no threshold"):
        movie(scan, feature, tmp_path / "a.gif", Sweep.THRESHOLD, seconds=0.3, size=(64, 64))
    assert movie(scan, feature, tmp_path / "b.gif", Sweep.SLICES, seconds=0.3, size=(96, 64)).exists()
