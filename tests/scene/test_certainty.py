"""Opacity by certainty: its values, and which bodies fade in the box and on the slices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from viewer.cli import main
from viewer.scans.grid import Grid
from viewer.scans.map import Map
from viewer.scans.provenance import Provenance
from viewer.scans.scan import StoredOrientation
from viewer.scans.threshold import Threshold, ThresholdKind
from viewer.scene.certainty import MIN_OPACITY, certainty_opacity, fade_pixels
from viewer.scene.render_data import MapRenderData
from viewer.scene.slices_rendering import lay_out_tiles, orthogonal_tiles, pixel_points, render_slices
from viewer.scene.thresholding import threshold_map
from viewer.session.view import Sign, Theme, View
from viewer.window.slice_rendering import Overlay

LEFT, RIGHT = (-28.0, 12.0, 9.0), (26.0, 12.0, 9.0)
VIEW = View(
    theme=Theme.LIGHT,
    threshold=Threshold(ThresholdKind.VALUE, 0.5),
    sign=Sign.POSITIVE,
    scale_bar=False,
    colour_bar=False,
    shadows=False,
)


def with_sd(shown: Map) -> Map:
    """Return a map that is certain on the left, |mean| / SD = 4, and not on the right, 0.5."""
    assert shown.grid is not None
    points = shown.grid.to_world(np.moveaxis(np.indices(shown.grid.shape), 0, -1))
    spread = np.abs(shown.data) / np.where(points[..., 0] < 0, 4.0, 0.5)
    about = {"kind": "moves", "of": "2 moves"}
    deviation = replace(
        shown,
        data=spread.astype(np.float32),
        provenance=Provenance(method="gradient", uncertainty=about | {"statistic": "sd"}),
    )
    mean = Provenance(method="gradient", uncertainty=about | {"statistic": "mean"})
    return replace(shown, provenance=mean, sd=deviation)


def test_the_opacity_grows_with_the_certainty_up_to_two_standard_deviations() -> None:
    grid = Grid((6, 1, 1), np.eye(4))
    mean = np.array([0, 1, -1, 3, 8, -2], dtype=np.float32).reshape(6, 1, 1)
    sd = np.array([1, 1, 2, 1, 0, 1], dtype=np.float32).reshape(6, 1, 1)
    shown = Map(mean, grid, "mean")
    assert certainty_opacity(shown) is None
    found = certainty_opacity(replace(shown, sd=Map(sd, grid, "SD")))
    expected = MIN_OPACITY + (1 - MIN_OPACITY) * np.array([0, 0.5, 0.25, 1, 1, 1])
    np.testing.assert_allclose(found.ravel(), expected, rtol=1e-6)


def test_premultiplied_pixels_fade_in_all_parts() -> None:
    pixels = np.array([[0xFF8040C8, 0x00000000, 0x80402010]], dtype=np.uint32)
    faded = fade_pixels(pixels, np.array([[0.5, 0.5, 0.0]], dtype=np.float32))
    assert [hex(one) for one in faded[0]] == ["0x80402064", "0x0", "0x0"]


def test_only_the_uncertain_body_fades_on_the_slices(grid: Grid, head: Callable, blobs: Callable) -> None:
    scan, shown = head(grid), with_sd(blobs(grid, (LEFT, 1.0, 9.0), (RIGHT, 1.0, 9.0)))
    for point, kept in ((LEFT, 1.0), (RIGHT, MIN_OPACITY + (1 - MIN_OPACITY) * 0.25)):
        tiles = orthogonal_tiles(scan, VIEW, point)
        places, size, _ = lay_out_tiles(tiles, (900, 360), with_colour_bar=False, one_row=True)
        without = render_slices(scan, None, places, size, VIEW).astype(int)
        plain, faded = (
            render_slices(scan, threshold_map(shown, view), places, size, view).astype(int) - without
            for view in (replace(VIEW, opacity=1.0), replace(VIEW, opacity=1.0, by_certainty=True))
        )
        for place in places:
            rows, columns = (
                slice(place.top, place.top + place.height),
                slice(place.left, place.left + place.width),
            )
            near = np.linalg.norm(pixel_points(place) - point, axis=-1) < 6
            change = np.abs(faded[rows, columns][near]).sum() / np.abs(plain[rows, columns][near]).sum()
            assert change == pytest.approx(kept, abs=0.02)


def orange_pixels(picture: np.ndarray) -> np.ndarray:
    red, blue = picture[..., 0].astype(int), picture[..., 2].astype(int)
    return red - blue


@pytest.mark.parametrize("nested", [False, True])
def test_only_the_uncertain_body_fades_in_the_box(
    scene: object, prepared: Callable, blobs: Callable, grid: Grid, nested: bool
) -> None:
    scan = prepared(grid)
    shown = with_sd(blobs(grid, (LEFT, 1.0, 9.0), (RIGHT, 1.0, 9.0)))
    scene.set_scan(scan)
    view = replace(VIEW, nested=nested, camera=replace(VIEW.camera, azimuth=0.0, elevation=20.0))
    pictures = []
    for number, one in enumerate((None, shown, shown)):
        scene.set_map(None if one is None else MapRenderData.from_map(one, scan))
        scene.set_view(replace(view, by_certainty=number == 2))
        pictures.append(orange_pixels(scene.render(480, 360, 2)))
    empty, plain, faded = pictures
    # From behind, the brain's left is on the left.
    sides = slice(0, 240), slice(240, 480)
    before, after = ([np.maximum(one - empty, 0)[:, side].sum() for side in sides] for one in (plain, faded))
    assert before[0] > 20_000
    assert before[1] > 20_000
    assert after[0] == pytest.approx(before[0], rel=0.01)
    assert after[1] / before[1] == pytest.approx(MIN_OPACITY + (1 - MIN_OPACITY) * 0.25, abs=0.08)


def test_the_window_s_overlay_fades_as_the_figure_does() -> None:
    values = np.array([[2.0, 2.0, 0.0]], dtype=np.float32)
    overlay = Overlay(values, 1.0, 4.0, "#ff7a0a", None, 1.0)
    plain = overlay.colour_pixels(values)
    faded = overlay.colour_pixels(values, np.array([[1.0, 0.5, 0.5]], dtype=np.float32))
    assert faded[0, 0] == plain[0, 0]
    assert [int(one) >> 24 for one in faded[0]] == [255, 128, 0]


def test_the_commands_fade_maps_with_a_standard_deviation_and_refuse_others(
    tmp_path: Path,
    head: Callable,
    blobs: Callable,
    grids: dict[str, Grid],
    capsys: pytest.CaptureFixture[str],
) -> None:
    grid = grids["LAS"]
    stored = StoredOrientation(grid, xform_codes=(1, 1))
    scan = head(grid)
    Map(scan.data, grid, "head", stored=stored).save(tmp_path / "head.nii.gz")
    shown = with_sd(replace(blobs(grid, (LEFT, 1.0, 9.0)), stored=stored))
    shown.save(tmp_path / "mean.nii.gz")
    replace(shown, sd=None).save(tmp_path / "single.nii.gz")
    options = ["--threshold", "0.5", "--by-certainty"]
    for command in ("figure", "slices"):
        words = [command, str(tmp_path / "head.nii.gz"), "--map"]
        out = ["-o", str(tmp_path / f"{command}.png"), *options]
        assert main([*words, str(tmp_path / "mean.nii.gz"), *out]) == 0
        assert (tmp_path / f"{command}.png").is_file()
        assert main([*words, str(tmp_path / "single.nii.gz"), *out]) == 1
        told = capsys.readouterr().err
        assert "has no standard deviation, so the certainty of its values is unknown; compute it with" in told
