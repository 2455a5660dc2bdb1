"""Named sizes of figures: their shape, and what the command line and Python make of them."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from viewer.commands.option_values import parse_figure_size
from viewer.errors import ViewerError
from viewer.scans.grid import Grid
from viewer.scans.scan import Scan
from viewer.scene.figure import figure
from viewer.scene.figure_sizes import FIGURE_SIZES, find_figure_size


def test_a_slide_is_16_to_9_and_a_column_85_mm_wide() -> None:
    slide, column, square = (find_figure_size(name) for name in ("slide", "column", "square"))
    assert slide.pixels[0] * 9 == slide.pixels[1] * 16
    assert column.pixels[0] / column.dpi * 25.4 == pytest.approx(85.0, abs=0.1)
    assert square.pixels[0] == square.pixels[1]
    with pytest.raises(ViewerError, match="slide, column"):
        find_figure_size("poster")


def test_the_command_line_takes_a_name_or_pixels() -> None:
    assert parse_figure_size("slide") == "slide"
    assert parse_figure_size("300x200") == (300, 200)
    with pytest.raises(argparse.ArgumentTypeError, match="one of slide"):
        parse_figure_size("poster")


@pytest.mark.slow
def test_a_figure_of_a_named_size_has_its_resolution(tmp_path: Path) -> None:
    data = np.zeros((20, 20, 20), dtype=np.float32)
    data[5:15, 5:15, 5:15] = 1.0
    scan = Scan(data, Grid(data.shape, np.diag([3.0, 3.0, 3.0, 1.0])), "block")
    with Image.open(figure(scan, (), tmp_path / "column.png", size="column")) as picture:
        assert picture.size == FIGURE_SIZES["column"].pixels
        assert picture.info["dpi"][0] == pytest.approx(300, abs=0.1)
