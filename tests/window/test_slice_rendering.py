"""The images of slices: which maps are seen over a scan, how much of each, and what is kept."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QImage

from viewer.scans.grid import Grid
from viewer.scans.scan import Scan
from viewer.scene.slice_plane import Orientation, SlicePlane, slice_plane
from viewer.session.view import Convention
from viewer.window.slice_rendering import CachedImage, Overlay, SliceImages, render_scan_slice

SHAPE = (7, 6, 5)
"""Seven voxels across: rows of an odd length, which Qt pads in its own images."""
HERE = (3.0, 2.0, 2.0)


@pytest.fixture
def scan() -> Scan:
    return Scan(np.arange(210, dtype=np.float32).reshape(SHAPE), Grid(SHAPE, np.eye(4)), "counted")


@pytest.fixture
def axial(scan: Scan) -> SlicePlane:
    return slice_plane(scan.grid, Orientation.AXIAL, Convention.NEUROLOGICAL)


def over(shape: tuple[int, ...] = SHAPE) -> Overlay:
    return Overlay(np.ones(shape, np.float32), 0.5, 1.0, "#ff0000", None, 1.0)


def test_a_voxel_is_a_pixel_in_its_place(scan: Scan, axial: SlicePlane) -> None:
    image = render_scan_slice(scan, axial, HERE, 0.0, 209.0)
    assert (image.width(), image.height()) == (7, 6)
    expected = axial.extract_slice(scan.data, HERE) * 255 / 209
    for x in range(7):
        for y in range(6):
            assert image.pixelColor(x, y).red() == pytest.approx(expected[y, x], abs=1)


@pytest.mark.parametrize(
    ("share", "seen"), [(0.0, [1.0]), (0.25, [0.75, 0.25]), (1.0, [1.0]), (None, [1.0, 1.0])]
)
def test_two_maps_share_what_is_seen(
    scan: Scan, axial: SlicePlane, share: float | None, seen: list[float]
) -> None:
    found = SliceImages().overlay_images(scan, axial, HERE, over(), over(), share)
    assert [opacity for _, opacity in found] == seen


def test_one_map_shares_with_nobody(scan: Scan, axial: SlicePlane) -> None:
    found = SliceImages().overlay_images(scan, axial, HERE, over(), None, 1.0)
    assert [opacity for _, opacity in found] == [1.0]


def test_a_map_of_another_scan_is_not_drawn(scan: Scan, axial: SlicePlane) -> None:
    assert SliceImages().overlay_images(scan, axial, HERE, over((3, 3, 3)), None, 0.0) == []


def test_an_image_is_kept_as_long_as_its_key() -> None:
    kept, made = CachedImage(), [QImage(), QImage(), QImage()]
    assert kept.get((1,), lambda: made[0]) is made[0]
    assert kept.get((1,), lambda: made[1]) is made[0]
    assert kept.get((2,), lambda: made[1]) is made[1]
    kept.clear()
    assert kept.get((2,), lambda: made[2]) is made[2]
