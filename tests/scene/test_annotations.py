"""The length and the colours in the corners of the box's picture say what is true."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial import ConvexHull

from viewer.scans.grid import Grid
from viewer.scans.input_shares import InputShare
from viewer.scans.map import Map
from viewer.scene.annotations import (
    MAX_BAR_SHARE,
    SHARES_TITLE,
    Annotations,
    BarShapes,
    colour_bar,
    draw_rectangles,
    no_values_label,
    scale_bar,
    share_bars,
)
from viewer.scene.camera import fit_pose
from viewer.scene.colormaps import sign_colormaps
from viewer.scene.render_data import MapRenderData, ScanRenderData
from viewer.scene.slice_colormapping import lookup_table
from viewer.scene.text_labels import TextLabel, label_sprites, text_height, text_width
from viewer.scene.thresholding import IsoValues
from viewer.session.view import Camera, ColorMap, View

CORNERS = np.array(list(np.ndindex(2, 2, 2)), dtype=float) * [160.0, 200.0, 170.0] - [80.0, 120.0, 60.0]
INK = (0.1, 0.2, 0.3)


@pytest.mark.parametrize("camera", [Camera(), Camera(-90, 0), Camera(0, 89), Camera(145, 22, 3.0)])
@pytest.mark.parametrize("size", [(1280, 800), (300, 500)])
def test_the_length_is_true_at_the_middle_of_the_box(camera: Camera, size: tuple[int, int]) -> None:
    seen = fit_pose(camera, CORNERS, size[0] / size[1])
    middle = CORNERS.mean(axis=0)
    bars = scale_bar(seen, middle, INK, 7.0, *size)
    length = float(bars.labels[0].text.removesuffix(" mm"))
    across = seen.project(np.stack([middle, middle + seen.axes[0] * length]), *size)
    drawn = bars.rectangles[0].right - bars.rectangles[0].left
    assert drawn == pytest.approx(float(np.linalg.norm(across[1] - across[0])), rel=1e-3)
    assert MAX_BAR_SHARE * size[0] / 2.6 < drawn <= MAX_BAR_SHARE * size[0]


def _picture(
    signs: tuple[int, ...], threshold: float, span: tuple[float, float], largest: float | None = None
) -> tuple[np.ndarray, object]:
    bars = colour_bar(
        sign_colormaps(ColorMap.ORANGE_BLUE),
        signs,
        threshold,
        span,
        (INK, (1.0, 1.0, 1.0)),
        "a map",
        9.0,
        800,
        600,
        largest_shown=largest,
    )
    picture = np.zeros((600, 800, 4), dtype=np.uint8)
    draw_rectangles(picture, bars.rectangles)
    return picture, bars


def test_colours_begin_at_the_threshold_and_0_is_in_the_middle_of_both_signs() -> None:
    picture, bars = _picture((1, -1), 2.0, (2.0, 8.0))
    frame = bars.rectangles[0]
    row = picture[round((frame.top + frame.bottom) / 2), round(frame.left) + 1 : round(frame.right) - 1]
    red, blue = row[:, 0].astype(int), row[:, 2].astype(int)
    values = np.linspace(-8, 8, len(row))
    inked = (np.abs(values) > 2.3) & (np.abs(values) < 7.9)
    assert (red > blue)[inked & (values > 0)].all()
    assert (blue > red)[inked & (values < 0)].all()
    assert (row[np.abs(values) < 1.8, :3] == 255).all()
    assert {word.text for word in bars.labels} == {"a map", "2", "-2", "8", "-8", "0"}


def test_a_display_range_below_the_threshold_leaves_its_part_empty() -> None:
    picture, bars = _picture((1,), 5.0, (0.0, 10.0))
    frame = bars.rectangles[0]
    row = picture[round((frame.top + frame.bottom) / 2), round(frame.left) + 1 : round(frame.right) - 1]
    half = len(row) // 2
    assert (row[: half - 4, :3] == 255).all()
    assert (row[half + 4 :, :3] != 255).any(axis=1).all()


@pytest.mark.parametrize(
    ("span", "largest", "labels"),
    [
        ((1.0, 1.0), 1.0, {"1", "-1"}),
        ((0.0, 0.5), 3.0, {"≥ 1", "≤ -1"}),
    ],
)
def test_a_bar_of_one_colour_is_filled_with_it(
    span: tuple[float, float], largest: float, labels: set[str]
) -> None:
    picture, bars = _picture((1, -1), 1.0, span, largest)
    assert {word.text for word in bars.labels} == {"a map"} | labels
    frame = bars.rectangles[0]
    row = picture[round((frame.top + frame.bottom) / 2), round(frame.left) + 1 : round(frame.right) - 1, :3]
    half = len(row) // 2
    last = {sign: lookup_table(sign_colormaps(ColorMap.ORANGE_BLUE).stops(sign), 1.0)[-1] for sign in (1, -1)}
    for sign, part in ((-1, row[: half - 1]), (1, row[half + 1 :])):
        assert (part == [last[sign] >> 16 & 255, last[sign] >> 8 & 255, last[sign] & 255]).all()


def test_a_bar_of_a_threshold_that_nothing_reaches_is_empty() -> None:
    picture, bars = _picture((1,), 5.0, (5.0, 2.0), 2.0)
    frame = bars.rectangles[0]
    row = picture[round((frame.top + frame.bottom) / 2), round(frame.left) + 1 : round(frame.right) - 4]
    assert (row[:, :3] == 255).all()
    assert {word.text for word in bars.labels} == {"a map", "0", "5"}


@pytest.mark.parametrize("threshold", [1e-6, 0.02, 0.97, 1.0])
def test_words_never_touch_and_stay_inside(threshold: float) -> None:
    _, bars = _picture((1, -1), threshold, (threshold, 1.0))
    spans = [(word.x, word.y, word.width / 2, word.height) for word in bars.labels]
    for n, (x, y, room, size) in enumerate(spans):
        assert room <= x <= 800 - room
        assert size <= y <= 600 - size
        for other in spans[n + 1 :]:
            assert abs(x - other[0]) > room + other[2] or abs(y - other[1]) >= 1.2 * size


@pytest.mark.parametrize("threshold", [float("inf"), float("nan")])
def test_where_nothing_is_shown_there_is_no_scale(threshold: float) -> None:
    assert not _picture((1,), threshold, (0.0, 1.0))[1].labels


@pytest.mark.parametrize("width", [1280, 426, 213, 120])
def test_the_end_of_a_long_name_is_never_cut_off(width: int) -> None:
    name = "Layer-wise relevance propagation (LRP), probability of Alzheimer's disease"
    size = text_height(width, 300)
    caption = f"{name} (of another scan, residual 28%) [output]"
    bars = colour_bar(
        sign_colormaps(ColorMap.ORANGE_BLUE),
        (1, -1),
        2.0,
        (2.0, 8.0),
        (INK, (1.0, 1.0, 1.0)),
        caption,
        size,
        width,
        300,
    )
    words = " ".join(word.text for word in bars.labels)
    assert "residual 28%) [output]" in words
    for word in bars.labels:
        room = word.width / 2
        assert room <= word.x <= width - room
        assert word.y > word.height


def test_all_lines_of_a_caption_have_one_font() -> None:
    """A Greek letter in a method's name is in another font than Latin text has otherwise."""
    size = text_height(400, 300)
    bars = colour_bar(
        sign_colormaps(ColorMap.ORANGE_BLUE), (1,), 2.0, (2.0, 8.0), (INK, (1.0, 1.0, 1.0)),
        "LRP-ε, lesion (biases added 113% and ε absorbed 3.5% of the output)", size, 400, 300,
    )  # fmt: skip
    line = next(word for word in bars.labels if "output" in word.text)
    assert line.text.isascii()
    ((alone, _, _),) = label_sprites((line,), INK, 4.0)
    ((beside, _, _),) = label_sprites((replace(line, text=f"{line.text} ε"),), INK, 4.0)
    top = (beside.shape[0] - alone.shape[0]) // 2
    same = beside[top : top + alone.shape[0], : alone.shape[1], 3]
    assert np.abs(same.astype(int) - alone[:, :, 3]).mean() < 1


@pytest.mark.parametrize("size", [(368, 320), (718, 420), (1280, 800)])
def test_the_caption_of_the_colours_ends_before_the_box(size: tuple[int, int]) -> None:
    """The smallest is the box of a window of 900 x 600 pixels."""
    height = text_height(*size)
    corners = fit_pose(Camera(), CORNERS, size[0] / size[1]).project(CORNERS, *size)
    hull = ConvexHull(corners)
    caption = "Integrated gradients, Alzheimer's disease (output)"
    bars = colour_bar(
        sign_colormaps(ColorMap.ORANGE_BLUE), (1, -1), 0.032, (0.032, 1.2), (INK, (1.0, 1.0, 1.0)),
        caption, height, *size, None, tuple(map(tuple, corners)),
    )  # fmt: skip
    words = [one for one in bars.labels if one.y < bars.rectangles[0].top - 2 * height]
    assert words[-1].text.endswith("(output)")
    for word in words:
        half = word.width / 2
        for x in np.linspace(word.x - half, word.x + half, 20):
            for y in (word.y - height / 2, word.y + height / 2):
                outside = hull.equations @ [x, y, 1.0] > 0
                assert outside.any(), (word.text, x, y)


LONG_CAPTION = "Layer-wise relevance propagation (LRP-ε), probability of Alzheimer's disease"


def caption_lines(
    scan: ScanRenderData, shown: MapRenderData, camera: Camera, size: tuple[int, int]
) -> list[TextLabel]:
    """The lines above the colour bar of a box in a view."""
    placed = Annotations()
    pose = fit_pose(camera, scan.frame.corners, size[0] / size[1])
    levels = IsoValues(0.2, 0.2, 0.2, (1, -1))
    placed.update(scan, shown, View(camera=camera), levels, pose, (True, True, True), size)
    bars = [one for one in placed.bars.rectangles if one.left > size[0] / 2]
    highest = min(one.top for one in bars) - 2 * text_height(*size)
    return [one for one in placed.bars.labels if one.y < highest and one.x > size[0] / 2]


@pytest.mark.parametrize("size", [(1280, 800), (1040, 780), (718, 420)])
@pytest.mark.parametrize("caption", ["Integrated gradients, Alzheimer's disease", LONG_CAPTION])
def test_a_caption_breaks_alike_in_every_view_and_ends_before_a_turning_box(
    prepared: Callable[[Grid], ScanRenderData],
    blobs: Callable[..., Map],
    grids: dict[str, Grid],
    caption: str,
    size: tuple[int, int],
) -> None:
    grid = grids["RAS"]
    scan = prepared(grid)
    blob = blobs(grid, ((0.0, 0.0, 0.0), 2.0, 9.0))
    shown = MapRenderData.from_map(replace(blob, name=caption), scan)
    corners = scan.frame.corners
    first = caption_lines(scan, shown, Camera(), size)
    assert first[0].text.startswith(caption.split()[0])
    assert first[-1].text.endswith(caption.split()[-1])
    for azimuth in range(0, 360, 40):
        turned = replace(Camera(), azimuth=Camera().azimuth + azimuth)
        for camera in (turned, replace(turned, elevation=70.0), replace(turned, zoom=2.0)):
            assert caption_lines(scan, shown, camera, size) == first
        hull = ConvexHull(fit_pose(turned, corners, size[0] / size[1]).project(corners, *size))
        for word in first:
            # Rather than lose words, lines may reach a little over the tip of a corner.
            free = 0 if azimuth == 0 else 3 * word.height
            for x in np.linspace(word.x - word.width / 2 + free, word.x + word.width / 2, 20):
                for y in (word.y - word.height / 2, word.y + word.height / 2):
                    assert (hull.equations @ [x, y, 1.0] > 0).any(), (word.text, x, y)


@pytest.mark.parametrize(
    "caption", ["a map", "Layer-wise relevance propagation, probability of Alzheimer's disease"]
)
def test_a_bar_stands_above_another_with_a_caption_of_any_length(caption: str) -> None:
    hues, colours = sign_colormaps(ColorMap.ORANGE_BLUE), (INK, (1.0, 1.0, 1.0))
    first, second = (
        colour_bar(hues, (1, -1), 2.0, (2.0, 8.0), colours, caption, 9.0, 800, 600, above)
        for above in (None, caption)
    )
    # A word is as high above its middle as below: 1.4 times a capital in all.
    highest = min(word.y for word in first.labels) - 0.7 * 9.0
    assert max(word.y for word in second.labels) + 0.7 * 9.0 < highest
    assert max(stripe.bottom for stripe in second.rectangles) < highest
    assert [word.text for word in first.labels] == [word.text for word in second.labels]


SHARES = (InputShare("T1", 0.5), InputShare("FLAIR", 0.25), InputShare("age", 0.0))


def test_bars_of_inputs_are_as_long_as_their_shares() -> None:
    bars = share_bars(SHARES, (INK, (1.0, 1.0, 1.0)), 9.0, 800, 600)
    picture = np.zeros((600, 800, 4), dtype=np.uint8)
    draw_rectangles(picture, bars.rectangles)
    ink = np.array([round(255 * part) for part in INK])
    titles, rows = bars.labels[:1], bars.labels[1::2]
    assert titles[0].text == SHARES_TITLE
    lengths = []
    for name, number, share in zip(rows, bars.labels[2::2], SHARES, strict=True):
        assert (name.text, number.text) == (share.name, f"{share.share:.0%}")
        line = picture[round(name.y)]
        track = int((line[:, 3] == 255).sum())
        lengths.append(int((line[:, :3] == ink).all(axis=1).sum()) / track)
    np.testing.assert_allclose(lengths, [one.share for one in SHARES], atol=0.02)


def test_no_bars_where_there_is_no_room_or_one_input() -> None:
    colours = (INK, (1.0, 1.0, 1.0))
    assert not share_bars((), colours, 9.0, 800, 600).labels
    assert not share_bars(SHARES, colours, 9.0, 120, 600).labels
    assert not share_bars(SHARES, colours, 9.0, 800, 120).labels


def test_a_map_without_values_is_described_where_its_bar_would_be() -> None:
    size = text_height(800, 600)
    found = no_values_label("a map: the map is zero everywhere", size, 800, 600)
    assert " ".join(label.text for label in found.labels) == "a map: the map is zero everywhere"
    for label in found.labels:
        room = text_width(label.text, label.height) / 2
        assert label.x - room > 400
        assert label.x + room < 800
        assert 500 < label.y < 600
    raised = no_values_label("a map", size, 800, 600, above_other_bar=True).labels[0]
    assert raised.y < min(label.y for label in found.labels) - size


def test_labels_that_are_numbers_are_written_as_in_the_language() -> None:
    _, bars = _picture((1, -1), 0.5, (0.5, 2.5))
    written = bars.with_formatted_numbers(lambda text: text.replace(".", ","))
    assert {label.text for label in written.labels} == {"a map", "0", "0,5", "-0,5", "2,5", "-2,5"}
    labels = [
        TextLabel(text, 0, 0, 9) for text in ("0.5 mm", "1.6·10⁻⁶", "≥ 0.1", "12.5%", "v1.5", "a 0.5", "R")
    ]
    comma = BarShapes((), tuple(labels)).with_formatted_numbers(lambda text: text.replace(".", ","))
    assert [one.text for one in comma.labels] == [
        "0,5 mm", "1,6·10⁻⁶", "≥ 0,1", "12,5%", "v1.5", "a 0.5", "R"
    ]  # fmt: skip
