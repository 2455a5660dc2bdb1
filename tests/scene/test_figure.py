"""Figures: the right size, with their provenance, whole or not at all, without display or Qt."""

from __future__ import annotations

import base64
import io
import json
import os
import re
import subprocess
import sys
import zlib
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from tests.scene.test_slices_figure import printed_sizes
from viewer.errors import ViewerError
from viewer.scans.map import Map
from viewer.scans.provenance import Provenance
from viewer.scans.threshold import Threshold, ThresholdKind
from viewer.scene.figure import figure
from viewer.scene.image_export import encode_png
from viewer.session.view import Theme, View

VIEW = View(
    theme=Theme.LIGHT, threshold=Threshold(ThresholdKind.VALUE, 1.0), scale_bar=False, colour_bar=False
)


@pytest.fixture
def scan(head, grids):
    return head(grids["LAS"])


@pytest.fixture
def shown(blobs, grids):
    made = blobs(grids["RAS"], ((-31.0, 14.0, 19.0), 2.0, 9.0))
    return Map(made.data, made.grid, "gradient of AD", Provenance(method="gradient", parameters={"n": 3}))


def test_a_png_has_its_size_resolution_and_provenance(scan, shown, tmp_path):
    path = figure(scan, shown, tmp_path / "one.png", VIEW, size=(320, 240), dpi=300)
    with Image.open(path) as opened:
        assert opened.size == (320, 240)
        assert opened.info["dpi"] == pytest.approx((300, 300), abs=0.1)
        assert "Not for diagnosis" in opened.text["Disclaimer"]
        said = json.loads(opened.text["Description"])
        pixels = np.asarray(opened.convert("RGB")).astype(int)
    assert said["maps"][0]["method"] == "gradient"
    assert said["maps"][0]["parameters"] == {"n": 3}
    assert said["scan"]["hash"] == scan.hash
    assert said["view"]["threshold"] == {"kind": "value", "amount": 1.0}
    assert ((pixels[:, :, 0] - pixels[:, :, 2]) > 90).sum() > 100
    assert list(tmp_path.iterdir()) == [path]


def test_it_is_the_same_picture_as_the_scenes(scan, shown, tmp_path):
    from viewer.scene.box import BoxScene
    from viewer.scene.image_export import CAP_HEIGHT
    from viewer.scene.render_data import MapRenderData, ScanRenderData

    path = figure(scan, shown, tmp_path / "one.png", VIEW, size=(320, 240))
    content = ScanRenderData.from_scan(scan)
    scene = BoxScene()
    scene.set_scan(content)
    scene.set_map(MapRenderData.from_map(shown, content))
    scene.set_view(VIEW)
    # Letters of a figure are printed at 6 points.
    scene.set_min_text_height(6 * 150 / 72 * CAP_HEIGHT)
    with Image.open(path) as opened:
        assert np.array_equal(np.asarray(opened), scene.render(320, 240, 2)[:, :, :3])
    scene.close()


def test_a_transparent_png_keeps_its_colours(scan, shown, tmp_path):
    opaque = figure(scan, shown, tmp_path / "o.png", VIEW, size=(320, 240))
    clear = figure(scan, shown, tmp_path / "t.png", VIEW, size=(320, 240), transparent=True)
    with Image.open(opaque) as one, Image.open(clear) as two:
        assert two.mode == "RGBA"
        assert two.getpixel((2, 2))[3] == 0
        over = Image.new("RGBA", two.size, "white")
        over.alpha_composite(two)
        expected, found = (np.asarray(i.convert("RGB")).astype(int) for i in (one, over))
    assert np.abs(expected - found).max() <= 3


def test_several_maps_stand_side_by_side(scan, shown, tmp_path):
    other = Map(-shown.data, shown.grid, "against it")
    path = figure(scan, [shown, other], tmp_path / "two.png", VIEW, size=(640, 240))
    with Image.open(path) as opened:
        pixels = np.asarray(opened.convert("RGB")).astype(int)
        assert opened.text["Title"] == "gradient of AD, against it on head"
    warm = pixels[:, :, 0] - pixels[:, :, 2] > 90
    assert warm[:, :320].sum() > 100
    assert not warm[:, 320:].any()
    assert (pixels[:, 320:, 2] - pixels[:, 320:, 0] > 90).sum() > 100


SVG, HREF = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}href"


def test_an_svg_carries_pixels_and_letters_as_text(scan, shown, tmp_path):
    path = figure(scan, shown, tmp_path / "one.svg", VIEW, size=(320, 240), dpi=100)
    root = ElementTree.parse(path).getroot()
    assert float(root.get("width").removesuffix("pt")) == pytest.approx(320 / 100 * 72)
    assert float(root.get("height").removesuffix("pt")) == pytest.approx(240 / 100 * 72)
    assert {text.text for text in root.iter(f"{SVG}text")} == set("LRAPSI")
    (held,) = root.iter(f"{SVG}image")
    with Image.open(io.BytesIO(base64.b64decode(held.get(HREF).partition(",")[2]))) as inside:
        kept = np.asarray(inside.convert("RGB"))
    same = figure(scan, shown, tmp_path / "one.png", VIEW, size=(320, 240), dpi=100)
    with Image.open(same) as opened:
        drawn = np.asarray(opened.convert("RGB"))
    assert kept.shape == drawn.shape
    # All but the letters.
    assert (kept == drawn).all(axis=2).mean() > 0.98
    assert "Not for diagnosis" in path.read_text(encoding="utf-8")


def test_a_letter_of_an_svg_stands_where_that_of_the_png_is_drawn(scan, shown, tmp_path):
    size = (640, 480)
    root = ElementTree.parse(figure(scan, shown, tmp_path / "a.svg", VIEW, size=size, dpi=72)).getroot()
    with Image.open(figure(scan, shown, tmp_path / "a.png", VIEW, size=size, dpi=72)) as opened:
        drawn = np.asarray(opened.convert("L")).astype(int)
    (held,) = root.iter(f"{SVG}image")
    with Image.open(io.BytesIO(base64.b64decode(held.get(HREF).partition(",")[2]))) as inside:
        lettered = np.argwhere(np.abs(drawn - np.asarray(inside.convert("L"))) > 60)
    for text in root.iter(f"{SVG}text"):
        x, y = float(text.get("x")), float(text.get("y"))
        beside = lettered[np.abs(lettered - (y - 4, x + 4)).max(axis=1) < 14]
        assert len(beside) > 5, text.text
        # Its baseline is where the drawn letter ends.
        assert beside[:, 0].max() == pytest.approx(y, abs=2)


def test_a_pdf_is_one_page_with_an_image_and_text(scan, shown, tmp_path):
    data = figure(scan, shown, tmp_path / "one.pdf", VIEW, size=(320, 240), dpi=100).read_bytes()
    box = re.search(rb"/MediaBox \[ ?0 0 ([\d.]+) ([\d.]+) ?\]", data)
    assert [float(n) for n in box.groups()] == pytest.approx([230.4, 172.8])
    assert data.count(b"/Type /Page ") == 1
    found = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", data, re.DOTALL)
    streams = [zlib.decompress(part) for part in found if part[:1] == b"x"]
    assert any(len(stream) in (320 * 240 * 3, 320 * 240 * 3 + 240) for stream in streams)
    (page,) = (stream for stream in streams if b"BT" in stream and b" Tf" in stream)
    assert set(re.findall(rb"\(\x00?(\w)\)", page)) == {letter.encode() for letter in "LRAPSI"}
    assert b"Not for diagnosis" in data


def test_words_in_any_alphabet_are_drawn(scan, shown, tmp_path):
    """VTK's own letters are Latin; a caption that has none of them must not bring the picture down."""
    view = replace(VIEW, colour_bar=True)

    def bar(name: str) -> np.ndarray:
        named = Map(shown.data, shown.grid, name)
        with Image.open(figure(scan, named, tmp_path / "a.png", view, size=(640, 480))) as opened:
            return np.asarray(opened.convert("L"))

    plain, greek, cyrillic = bar("LRP-"), bar("LRP-ε"), bar("карта")
    assert (plain != greek).sum() > 20
    assert (plain != cyrillic).sum() > 50
    bar("图")
    bar("\u200b")


@pytest.mark.parametrize(
    ("name", "size", "dpi", "said"),
    [
        ("one.jpg", (320, 240), 150, r"\.jpg; end the name in \.png, \.svg or \.pdf"),
        ("one", (320, 240), 150, "without suffix"),
        ("one.png", (0, 240), 150, "0 x 240 pixels cannot be drawn"),
        ("one.png", (320, 100_000), 150, "choose 16 to"),
        ("one.png", (320, 240), 0, "dots per inch"),
    ],
)
def test_what_cannot_be_written_is_said_before_anything_is_done(scan, shown, tmp_path, name, size, dpi, said):
    with pytest.raises(ViewerError, match=said):
        figure(scan, shown, tmp_path / name, VIEW, size=size, dpi=dpi)
    assert list(tmp_path.iterdir()) == []


def test_png_round_trips_through_another_reader():
    pixels = np.random.default_rng(0).integers(0, 256, (31, 17, 4), dtype=np.uint8)
    for channels in (3, 4):
        held = encode_png(
            np.ascontiguousarray(pixels[:, :, :channels]), 96, {"Title": "naïve", "Comment": "µ β"}
        )
        with Image.open(io.BytesIO(held)) as opened:
            assert np.array_equal(np.asarray(opened), pixels[:, :, :channels])
            assert opened.text["Title"] == "naïve"
            assert opened.text["Comment"] == "µ β"


SCRIPT = """
import sys
import numpy as np
from viewer.scans.grid import Grid
from viewer.scans.map import Map
from viewer.scans.scan import Scan
from viewer.scene.figure import figure
grid = Grid((30, 30, 30), np.diag([4.0, 4.0, 4.0, 1.0]))
data = np.zeros(grid.shape, np.float32)
data[6:24, 6:24, 6:24] = 1.0
figure(Scan(data, grid, "cube"), Map(data, grid, "cube"), sys.argv[1], size=(160, 120))
assert not {"PySide6", "matplotlib", "pyvista", "torch", "vtk"} & set(sys.modules)
"""


def test_it_needs_no_display_no_qt_and_no_matplotlib(tmp_path):
    kept = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "VTK_DEFAULT_OPENGL_WINDOW")}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path / "cube.png")], env=kept, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert (tmp_path / "cube.png").stat().st_size > 1000


def test_the_shares_of_several_inputs_are_bars_in_the_box(scan, shown, tmp_path):
    inputs = {"channels": {"T1": {"share": 0.75}, "FLAIR": {"share": 0.25}}}
    several = replace(shown, provenance=replace(shown.provenance, inputs=inputs))
    for view, drawn in ((replace(VIEW, colour_bar=True), True), (VIEW, False)):
        path = figure(scan, several, tmp_path / "one.svg", view, size=(640, 480), dpi=100)
        words = [element.text for element in ElementTree.parse(path).getroot().iter(f"{SVG}text")]
        assert [text in words for text in ("share of |relevance|", "T1", "75%", "FLAIR", "25%")] == [
            drawn
        ] * 5


def test_a_long_name_in_the_legend_is_shortened_before_its_number():
    from viewer.scene.kept_maps import LEGEND_SHARE, LegendRow, lay_out_legend
    from viewer.scene.text_labels import text_width

    rows = [LegendRow(((1.0, 0.5, 0.0),), "LRP-ε, lesion (biases added 113 % of the output)" * 2, "≥ 0.0024")]
    ((_, label),) = lay_out_legend(rows, 11.0, 700, 500)
    assert label.text.startswith("LRP-ε, lesion (")
    assert label.text.endswith("…  ≥ 0.0024")
    assert label.x + text_width(label.text, 11.0) / 2 <= LEGEND_SHARE * 700
    assert LegendRow((), "Gradient", "≥ 1").caption(11.0, 300.0) == "Gradient  ≥ 1"


def test_letters_are_printed_at_6_points(scan, shown, tmp_path):
    sizes = printed_sizes(figure(scan, shown, tmp_path / "column.svg", VIEW, size="column").read_text())
    assert len(sizes) >= 6
    assert min(sizes) >= 5.99
