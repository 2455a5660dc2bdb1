"""Figures: the right size, with their provenance, whole or not at all, without display, Qt or matplotlib."""

from __future__ import annotations

import base64
import io
import json
import os
import re
import subprocess
import sys
import zlib
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from viewer.errors import ViewerError
from viewer.scans.map import Map, Provenance
from viewer.scans.threshold import Kind, Threshold
from viewer.scene.figure import figure
from viewer.scene.png import png
from viewer.session.view import Theme, View

VIEW = View(theme=Theme.LIGHT, threshold=Threshold(Kind.VALUE, 1.0), scale_bar=False, colour_bar=False)


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


def test_it_is_the_same_picture_as_the_scenes(scan, shown, tmp_path, scene):
    from viewer.scene.content import MapContent, ScanContent

    path = figure(scan, shown, tmp_path / "one.png", VIEW, size=(320, 240))
    content = ScanContent.of(scan)
    scene.set_scan(content)
    scene.set_map(MapContent.of(shown, content))
    scene.set_view(VIEW)
    with Image.open(path) as opened:
        assert np.array_equal(np.asarray(opened), scene.render(320, 240, 2)[:, :, :3])


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


def test_an_svg_carries_pixels_and_letters_as_text(scan, shown, tmp_path):
    path = figure(scan, shown, tmp_path / "one.svg", VIEW, size=(320, 240), dpi=100)
    root = ElementTree.parse(path).getroot()
    name = "{http://www.w3.org/2000/svg}"
    assert root.get("width") == "81.280mm"
    assert {text.text for text in root.iter(f"{name}text")} == set("LRAPSI")
    held = root.find(f"{name}image").get("href").removeprefix("data:image/png;base64,")
    with Image.open(io.BytesIO(base64.b64decode(held))) as inside:
        assert inside.size == (320, 240)
    assert "Not for diagnosis" in root.find(f"{name}desc").text


def test_a_pdf_is_one_page_with_an_image_and_text(scan, shown, tmp_path):
    data = figure(scan, shown, tmp_path / "one.pdf", VIEW, size=(320, 240), dpi=100).read_bytes()
    start = int(re.search(rb"startxref\n(\d+)", data)[1])
    places = re.findall(rb"(\d{10}) 00000 n", data[start:])
    for number, place in enumerate(places, start=1):
        assert data[int(place) :].startswith(f"{number} 0 obj".encode())
    box = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", data)
    assert [float(n) for n in box.groups()] == pytest.approx([230.4, 172.8])
    streams = [zlib.decompress(s) for s in re.findall(rb"stream\n(.*?)\nendstream", data, re.DOTALL)]
    assert len(streams[1]) == 320 * 240 * 3
    assert set(re.findall(rb"\((\w)\) Tj", streams[0])) == {letter.encode() for letter in "LRAPSI"}
    assert "Not for diagnosis".encode("utf-16-be").hex().upper().encode() in data


@pytest.mark.parametrize(
    ("name", "size", "dpi", "said"),
    [
        ("one.jpg", (320, 240), 150, r"\.jpg; end the name in \.png, \.svg or \.pdf"),
        ("one", (320, 240), 150, "without ending"),
        ("one.png", (0, 240), 150, "0 x 240 pixels cannot be drawn"),
        ("one.png", (320, 100_000), 150, "ask for 16 to"),
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
        held = png(np.ascontiguousarray(pixels[:, :, :channels]), 96, {"Title": "naïve", "Comment": "µ β"})
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
