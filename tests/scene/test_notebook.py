"""Scans, maps and pages show themselves in a notebook."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import replace
from html import unescape
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

import viewer
from viewer.checks.base import CheckResult, Verdict
from viewer.checks.check_maps import CheckResults
from viewer.checks.runner import summarise_results
from viewer.scans.atlas import LabelAtlas
from viewer.scans.grid import Grid
from viewer.scans.map import Map
from viewer.scans.scan import Scan

GRID = Grid((16, 18, 14), np.diag([5.0, 5.0, 5.0, 1.0]))


@pytest.fixture(scope="module")
def scan() -> Scan:
    data = np.zeros(GRID.shape, dtype=np.float32)
    data[3:13, 3:15, 3:11] = 1.0
    return Scan(data, GRID, "a <block>")


@pytest.fixture(scope="module")
def relevance_map() -> Map:
    values = np.zeros(GRID.shape, dtype=np.float32)
    values[4:7, 4:7, 4:7] = 1.0
    values[10, 10, 8] = -2.0
    return Map(values, GRID, "two places")


def picture(html: str) -> Image.Image:
    (code,) = re.findall(r'src="data:image/png;base64,([^"]+)"', html)
    return Image.open(io.BytesIO(base64.b64decode(code)))


def test_a_scan_shows_its_slices(scan: Scan) -> None:
    html = scan._repr_html_()
    assert "a &lt;block&gt;" in html
    assert "16 × 18 × 14 voxels of 5 × 5 × 5 mm" in html
    drawn = picture(html)
    assert drawn.width == 900
    assert np.asarray(drawn.convert("L")).max() > 200


def test_a_map_shows_slices_through_its_peak_in_both_colours(relevance_map: Map) -> None:
    html = relevance_map._repr_html_()
    assert "two places" in html
    assert "|value| ≥ " in html
    pixels = np.asarray(Image.open(io.BytesIO(relevance_map._repr_png_())).convert("RGB")).astype(int)
    assert (pixels[..., 2] - pixels[..., 0] > 60).any()


def test_what_has_no_place_or_no_value_is_told_in_words() -> None:
    bare = Map(np.ones((3, 4), dtype=np.float32), None, "tensor")
    assert bare._repr_png_() is None
    assert "shape 3 × 4, no spatial coordinates" in bare._repr_html_()
    empty = Map(np.zeros(GRID.shape, dtype=np.float32), GRID, "nothing")
    assert empty._repr_png_() is None
    assert "<img" not in empty._repr_html_()


def test_voxels_that_were_set_to_zero_are_told(relevance_map: Map) -> None:
    repaired = replace(relevance_map, notes=("3 voxels were not a number <NaN>.",))
    assert "3 voxels were not a number &lt;NaN&gt;." in repaired._repr_html_()


def test_everything_has_one_line_of_text(scan: Scan, relevance_map: Map) -> None:
    """A notebook saves the text beside the picture, and a prompt shows it alone."""
    network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(16 * 18 * 14, 2))
    model = viewer.Model.from_module(network, torch.zeros(1, 1, *GRID.shape))
    labels = LabelAtlas("areas", GRID, np.ones(GRID.shape, np.int32), {1: "all"})
    images = viewer.load_scan({"T1": scan, "T2": scan}, covariates={"age": 71})
    for value, words in (
        (scan, "<Scan 'a <block>': 16 × 18 × 14 voxels of 5 × 5 × 5 mm>"),
        (images, "T1, T2, age 71; 16 × 18 × 14 voxels of 5 × 5 × 5 mm>"),
        (relevance_map, "<Map 'two places': 16 × 18 × 14 voxels of 5 × 5 × 5 mm, from -2 to 1>"),
        (Map(np.ones((3, 4), dtype=np.float32), None, "tensor"), "<Map 'tensor': shape (3, 4), from 1 to 1>"),
        (model, "classification, 0, 1>"),
        (viewer.clusters(relevance_map, 0.5), "<ClusterTable: 2 clusters, threshold 0.5>"),
        (viewer.clusters(Map(0 * relevance_map.data, GRID, "none")), "<ClusterTable: "),
        (labels, "<LabelAtlas 'areas': 1 region, 16 × 18 × 14 voxels of 5 × 5 × 5 mm>"),
        (viewer.page(scan, relevance_map), "<NotebookPage, 0."),
    ):
        text = repr(value)
        assert words in text
        assert len(text) < 120
        assert "\n" not in text
    result = CheckResult("deletion", "Deletion", "g", Verdict.FAILS, "-1 SD", "It fails.", "limits")
    checked = CheckResults(None, (SimpleNamespace(name="g"),), (result,))  # type: ignore[arg-type]
    assert repr(checked) == f"<CheckResults: g: {summarise_results([result])}>"


def test_a_page_without_a_path_is_shown_in_a_frame(scan: Scan, relevance_map: Map) -> None:
    inline = viewer.page(scan, relevance_map)
    frame = inline._repr_html_()
    assert frame.startswith("<iframe srcdoc=")
    assert 'sandbox="allow-scripts"' in frame
    (document,) = re.findall(r'srcdoc="([^"]*)"', frame)
    assert unescape(document) == inline.html
