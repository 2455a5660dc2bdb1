"""Slices as files: sides, places and sizes, read back from pixels on every kind of grid."""

from __future__ import annotations

import html
import json
import re
import zlib
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from viewer.errors import ViewerError
from viewer.scans.grid import Grid
from viewer.scans.map import Map
from viewer.scans.provenance import Provenance, Residual
from viewer.scans.scan import Scan
from viewer.scans.threshold import Threshold, ThresholdKind
from viewer.scene.slice_plane import Orientation
from viewer.scene.slices_figure import slices_figure
from viewer.scene.slices_rendering import (
    figure_font_size,
    lay_out_tiles,
    mosaic_tiles,
    orthogonal_tiles,
    pixel_points,
    render_slices,
)
from viewer.scene.thresholding import threshold_map, visible_peak
from viewer.session.view import ColorMap, Convention, Sign, View

CUT = View(threshold=Threshold(ThresholdKind.VALUE, 0.5))
FULL = View(opacity=1.0)
WARM = ((-24.0, 12.0, 9.0), 1.0, 9.0)
COLD = ((25.0, -14.0, -6.0), -1.0, 9.0)


def warmth(picture: np.ndarray) -> np.ndarray:
    return picture[..., 0].astype(int) - picture[..., 2]


@pytest.mark.parametrize("convention", Convention)
def test_bodies_lie_where_their_mm_are(grid: Grid, head, blobs, convention) -> None:
    scan, shown = head(grid), blobs(grid, WARM, COLD)
    view = View(threshold=CUT.threshold, convention=convention)
    tiles = orthogonal_tiles(scan, view, WARM[0])
    places, size, _ = lay_out_tiles(tiles, (900, 360), with_colour_bar=True, one_row=True)
    picture = render_slices(scan, threshold_map(shown, view), places, size, FULL)
    spacing = float(grid.spacing.max())
    for place in places:
        inside = picture[place.top : place.top + place.height, place.left : place.left + place.width]
        warm = np.argwhere(warmth(inside) > 60)
        points = pixel_points(place)[tuple(warm.T)]
        # The slice cuts the body in the middle: its pixels are around its place in mm.
        np.testing.assert_allclose(points.mean(axis=0), WARM[0], atol=0.3 * spacing)
        left, right, top, _ = place.tile.plane.side_letters
        middle = pixel_points(place)[place.height // 2]
        toward = {"R": 0, "L": 0, "A": 1, "P": 1}[right]
        grows = middle[-1, toward] > middle[0, toward]
        assert grows == (right in "RA")
        assert (left, right) != (right, left)
        assert top in "SA"
    axial = places[2].tile.plane.side_letters
    assert axial[0] == ("L" if convention is Convention.NEUROLOGICAL else "R")


def test_a_millimetre_is_as_long_everywhere(grid: Grid, head) -> None:
    places, (width, height), scale = lay_out_tiles(
        orthogonal_tiles(head(grid), View()), None, with_colour_bar=False, one_row=True
    )
    assert width == 1600
    for place in places:
        assert place.width == pytest.approx(scale * place.tile.crop[2], abs=0.51)
        assert place.height == pytest.approx(scale * place.tile.crop[3], abs=0.51)
        assert place.left >= 0
        assert place.left + place.width <= width
        assert place.top + place.height <= height
    for one, other in pairwise(places):
        assert one.left + one.width < other.left


def test_a_map_on_another_grid_lies_in_the_same_place(grids, head, blobs) -> None:
    scan = head(grids["RAS"])
    pictures = []
    for name in ("RAS", "sheared LAS"):
        left = threshold_map(blobs(grids[name], WARM, COLD), CUT)
        places, size, _ = lay_out_tiles(
            orthogonal_tiles(scan, CUT, WARM[0]), (600, 300), with_colour_bar=False, one_row=True
        )
        pictures.append(warmth(render_slices(scan, left, places, size, FULL)) > 60)
    one, other = pictures
    assert one.sum() > 500
    assert (one & other).sum() / (one | other).sum() > 0.9


def test_signs_and_small_bodies(grids, head, blobs) -> None:
    scan = head(grids["RAS"])
    shown = blobs(grids["RAS"], WARM, ((25.0, -14.0, -6.0), -1.0, 5.0))
    places, size, _ = lay_out_tiles(
        orthogonal_tiles(scan, CUT, (25.0, -14.0, -6.0)), (600, 300), with_colour_bar=False, one_row=True
    )

    def cold(view: View) -> int:
        return int((warmth(render_slices(scan, threshold_map(shown, view), places, size, FULL)) < -60).sum())

    assert cold(CUT) > 50
    assert cold(View(threshold=CUT.threshold, sign=Sign.POSITIVE)) == 0
    assert cold(View(threshold=CUT.threshold, smallest_cluster=2000)) == 0


def test_outlines_hues_and_opacity_by_value(grids, head, blobs) -> None:
    scan, shown = head(grids["RAS"]), blobs(grids["RAS"], WARM)
    left = threshold_map(shown, CUT)
    places, size, _ = lay_out_tiles(
        orthogonal_tiles(scan, CUT, WARM[0]), (900, 400), with_colour_bar=False, one_row=True
    )

    def over(view: View) -> np.ndarray:
        return render_slices(scan, left, places, size, view).astype(int) - render_slices(
            scan, None, places, size, view
        )

    area = np.abs(over(FULL)).max(axis=-1) > 8
    rim = np.abs(over(View(outline=True))).max(axis=-1) > 8
    assert not (rim & ~area).any()
    assert 0.02 < rim.sum() / area.sum() < 0.3
    green = over(View(opacity=1.0, hues=ColorMap.GREEN_PURPLE))
    assert (green[area][:, 1] - over(FULL)[area][:, 1]).mean() > 20
    clear = np.abs(over(View(opacity=1.0, by_value=True))).sum(axis=-1)
    full = np.abs(over(FULL)).sum(axis=-1)
    # At the rim are the smallest values: half of the opacity is left there, all of it at the largest.
    assert 0.45 < clear[rim].mean() / full[rim].mean() < 0.6
    assert (clear[area] / full[area]).max() > 0.9
    # Colours that end at twice the largest value never reach the palest shade.
    ranged = over(View(opacity=1.0, display_range=(0.5, 2.0)))
    assert ranged[area][:, 2].max() < over(FULL)[area][:, 2].max() - 20


@pytest.mark.parametrize("orientation", Orientation)
def test_a_mosaic_goes_evenly_through_the_head(grid: Grid, head, orientation) -> None:
    tiles = mosaic_tiles(head(grid), View(), 6, orientation)
    axis = list(Orientation).index(orientation)
    along = np.array([tile.point[axis] for tile in tiles])
    steps = np.diff(along)
    assert (steps > 0).all(), "from left, posterior or inferior on"
    assert np.ptp(steps) <= 1.01 * grid.spacing.max()
    assert len({tile.caption for tile in tiles}) == 6


def test_the_peak(grid: Grid, head, blobs) -> None:
    shown = blobs(grid, WARM, ((25.0, -14.0, -6.0), -1.5, 9.0))
    np.testing.assert_allclose(visible_peak(shown, CUT, grid), (25, -14, -6), atol=0.6 * grid.spacing.max())
    positive = View(threshold=CUT.threshold, sign=Sign.POSITIVE)
    np.testing.assert_allclose(visible_peak(shown, positive, grid), WARM[0], atol=0.6 * grid.spacing.max())
    assert visible_peak(shown, View(threshold=Threshold(ThresholdKind.VALUE, 9)), grid) is None


@pytest.mark.parametrize("size", [(640, 321), (333, 500)])
def test_png_has_its_size_its_words_and_the_painted_pixels(grids, head, blobs, tmp_path, size) -> None:
    from PIL import Image

    scan, shown = head(grids["LAS"]), blobs(grids["LAS"], WARM, COLD)
    path = slices_figure(scan, shown, tmp_path / "slices.png", CUT, WARM[0], size=size, dpi=300)
    image = Image.open(path)
    assert image.size == size
    assert image.info["dpi"] == pytest.approx((300, 300), abs=0.02)
    assert image.info["Disclaimer"] == "Not for diagnosis."
    assert json.loads(image.info["Description"])["maps"][0]["name"] == "blobs"
    # One line below them is the map's name.
    places, found, _ = lay_out_tiles(
        orthogonal_tiles(scan, CUT, WARM[0]), size, with_colour_bar=True, one_row=True, line_count=1,
        font_size=figure_font_size(size[0], 300),
    )  # fmt: skip
    expected = render_slices(scan, threshold_map(shown, CUT), places, found, CUT)
    got = np.asarray(image)[..., :3]
    same = (np.abs(got.astype(int) - expected) <= 1).all(axis=-1)
    # All but the words, the bars and the crosshair.
    assert same.mean() > 0.9
    middle = places[0]
    above = middle.top + middle.height // 4
    assert same[above : above + 20, middle.left + 30 : middle.left + 40].all()


def test_words_are_text_in_svg_and_pdf(grids, head, blobs, tmp_path: Path) -> None:
    scan, shown = head(grids["RAS"]), blobs(grids["RAS"], WARM, COLD)
    svg = slices_figure(scan, shown, tmp_path / "a.svg", CUT, WARM[0], size=(800, 300), dpi=200).read_text()
    words = re.findall(r"<text[^>]*>([^<]*)</text>", svg)
    assert {"L", "R", "A", "P", "S", "I", "L 24.0", "50 mm", "0.5", "−0.5"} <= set(words)
    inches = re.search(r'width="([\d.]+)pt" height="([\d.]+)pt"', svg)
    assert inches is not None
    assert [float(part) for part in inches.groups()] == pytest.approx([288, 108], abs=0.01)
    assert "Not for diagnosis." in svg
    pdf = slices_figure(scan, shown, tmp_path / "a.pdf", CUT, WARM[0], size=(800, 300), dpi=200).read_bytes()
    assert b"Not for diagnosis." in pdf
    packed = re.findall(rb"FlateDecode.*?stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    streams = [zlib.decompress(part) for part in packed if part[:1] == b"x"]
    assert any(b" Tf" in stream and b"BT" in stream for stream in streams)


def test_a_scan_alone_and_a_flat_one(grids, head, tmp_path: Path) -> None:
    scan = head(grids["RAS"])
    assert slices_figure(scan, None, tmp_path / "alone.png", mosaic=4).stat().st_size > 1000
    flat = Scan(np.zeros((9, 9, 9), np.float32), Grid((9, 9, 9), np.eye(4)), "flat")
    empty = Map(flat.data, flat.grid, "empty")
    assert slices_figure(flat, empty, tmp_path / "flat.png").stat().st_size > 1000


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"at": (900.0, 0.0, 0.0)}, r"the point 900,0,0 mm is outside the scan; its centre is 0,0,0"),
        ({"size": (10, 10)}, "cannot be drawn"),
        ({"mosaic": 5000}, "5000 slices cannot be drawn"),
        ({"dpi": 0.0}, "is out of range"),
    ],
)
def test_what_cannot_be_drawn_is_told(grids, head, tmp_path: Path, more, problem) -> None:
    with pytest.raises(ViewerError, match=problem):
        slices_figure(head(grids["RAS"]), None, tmp_path / "a.png", **more)
    with pytest.raises(ViewerError, match="cannot be written as"):
        slices_figure(head(grids["RAS"]), None, tmp_path / "a.jpg")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("size", [(900, 300), (320, 200), (120, 200)])
def test_the_maps_name_with_its_residual_stands_below_the_slices(
    grids, head, blobs, tmp_path, size: tuple[int, int]
) -> None:
    made = Provenance(method="lrp", residual=Residual("conservation", 2.0, 1.0))
    name = "Layer-wise relevance propagation (LRP), probability of Alzheimer's disease, $a$ and $b$"
    shown = replace(blobs(grids["LAS"], WARM), name=name, provenance=made)
    path = slices_figure(head(grids["LAS"]), shown, tmp_path / "slices.svg", CUT, WARM[0], size=size)
    text = html.unescape(path.read_text())
    lines = re.findall(r"<text[^>]*>([^<]*)</text>", text)
    caption = " ".join(lines)
    assert "(residual 50%)" in caption
    assert caption.count("Layer-wise") == 1
    if size[0] > 120:
        assert f"{name} (residual 50%) [output]" in caption


def test_a_name_line_takes_no_room_from_slices_of_the_usual_width(grids, head) -> None:
    tiles = orthogonal_tiles(head(grids["LAS"]), CUT)
    without = lay_out_tiles(tiles, None, with_colour_bar=True, one_row=True)
    with_one = lay_out_tiles(tiles, None, with_colour_bar=True, one_row=True, line_count=1)
    assert without[1:] == with_one[1:]


def test_of_a_crosshair_outside_the_scan_the_nearest_slices_are_drawn(grids, head) -> None:
    scan = head(grids["RAS"])
    assert [tile.point for tile in orthogonal_tiles(scan, replace(CUT, crosshair=(900.0, 0.0, 0.0)))] == [
        pytest.approx((73.5, 0.0, 0.0))
    ] * 3
    with pytest.raises(ViewerError, match="is outside the scan"):
        orthogonal_tiles(scan, CUT, (900.0, 0.0, 0.0))


def test_the_shares_of_several_inputs_are_bars_below_the_slices(grids, head, blobs, tmp_path: Path) -> None:
    scan, shown = head(grids["LAS"]), blobs(grids["LAS"], WARM, COLD)
    inputs = {"channels": {"T1": {"share": 0.75}, "FLAIR": {"share": 0.25}}}
    shown = replace(shown, provenance=Provenance(method="deeplift", inputs=inputs))
    for view, drawn in ((CUT, True), (replace(CUT, colour_bar=False), False)):
        svg = slices_figure(scan, shown, tmp_path / "a.svg", view, WARM[0], size=(800, 400)).read_text()
        words = re.findall(r"<text[^>]*>([^<]*)</text>", svg)
        assert [text in words for text in ("share of |relevance|", "T1", "75%", "FLAIR", "25%")] == [
            drawn
        ] * 5


@pytest.mark.parametrize(
    ("value", "said", "unsaid"),
    [(0.0, "The map is zero everywhere.", "0"), (2.0, "2", "The map is zero everywhere.")],
)
def test_a_map_of_one_value_is_described_as_what_it_is(
    grids, head, tmp_path: Path, value: float, said: str, unsaid: str
) -> None:
    scan = head(grids["LAS"])
    shown = Map(np.full(scan.grid.shape, value, np.float32), scan.grid, "a map")
    svg = slices_figure(scan, shown, tmp_path / "a.svg", size=(800, 300)).read_text()
    words = re.findall(r"<text[^>]*>([^<]*)</text>", svg)
    assert words.count(said) == 1
    assert unsaid not in words


def printed_sizes(svg: str) -> list[float]:
    """Return the font sizes of an SVG in points, when it is printed as wide as it says."""
    points, units = (
        float(re.search(pattern, svg)[1])
        for pattern in (r'<svg[^>]* width="([\d.]+)pt"', r'viewBox="0 0 ([\d.]+)')
    )
    return [float(size) * points / units for size in re.findall(r"font(?:-size)?:[^;\"]*?([\d.]+)px", svg)]


@pytest.mark.parametrize(("width", "dpi"), [(1500, 302.0), (1004, 300.0), (1600, 150.0)])
def test_letters_are_printed_at_6_points_or_more(
    grids, head, blobs, tmp_path: Path, width: int, dpi: float
) -> None:
    scan, shown = head(grids["LAS"]), blobs(grids["LAS"], WARM, COLD)
    path = slices_figure(scan, shown, tmp_path / "a.svg", CUT, WARM[0], size=(width, 600), dpi=dpi)
    sizes = printed_sizes(path.read_text())
    assert len(sizes) > 10
    assert min(sizes) >= 6.0 - 0.01


def test_numbers_of_the_bar_stay_in_the_picture_at_larger_letters(grids, head, blobs, tmp_path: Path) -> None:
    from PIL import Image

    scan, shown = head(grids["LAS"]), blobs(grids["LAS"], WARM, COLD)
    shown = replace(shown, data=shown.data * np.float32(1.23e-3))
    view = replace(CUT, threshold=Threshold(ThresholdKind.PERCENTILE, 50))
    path = slices_figure(scan, shown, tmp_path / "a.png", view, WARM[0], size=(1500, 595), dpi=302.0)
    picture = np.asarray(Image.open(path))[..., :3]
    assert not picture[:, -2:].any()
