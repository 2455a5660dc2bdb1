"""Sizes of windows: read from numbers and text, and along the right axes in mm."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from viewer.errors import MethodError
from viewer.methods.perturbation.occlusion import Occlusion
from viewer.methods.perturbation.window_size import WindowSize
from viewer.scans.grid import Grid

LIA = np.array([[-2.0, 0, 0, 0], [0, 0, 4, 0], [0, -3, 0, 0], [0, 0, 0, 1]])
"""First axis to the left by 2 mm, second down by 3 mm, third to the front by 4 mm."""


@pytest.mark.parametrize(
    ("given", "value", "voxels"),
    [
        (16, 16, (16, 16, 16)),
        ("16", 16, (16, 16, 16)),
        (" 8, 16 ,8", "8,16,8", (8, 16, 8)),
        ((8, 16, 8), "8,16,8", (8, 16, 8)),
        ([4, 5, 6], "4,5,6", (4, 5, 6)),
        ("24 mm", "24 mm", (12, 8, 6)),
        ("24mm", "24 mm", (12, 8, 6)),
        # 10 mm from left to right, 40 from back to front, 30 from bottom to top.
        ("10,40,30 mm", "10,40,30 mm", (5, 10, 10)),
        ("0.1 mm", "0.1 mm", (1, 1, 1)),
    ],
)
def test_a_size_is_read_and_is_in_voxels_of_the_grid(given: Any, value: object, voxels: tuple[int]) -> None:
    size = WindowSize.parse(given, "occlusion, window")
    assert size.value == value
    assert WindowSize.parse(size.value, "") == size
    assert size.voxels(3, Grid((20, 20, 20), LIA), "occlusion, window") == voxels


def test_a_slice_has_the_sizes_of_its_own_axes() -> None:
    grid = Grid((20, 20, 1), LIA)
    assert WindowSize.parse("10,40,30 mm", "").voxels(2, grid, "") == (5, 10)
    assert WindowSize.parse("8,16", "").voxels(2, grid, "") == (8, 16)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("wide", "'wide' is not a size; give 16, or 8,16,8, or 12,24,12 mm"),
        ("8,,8", "is not a size"),
        ("-4", "is not a size"),
        ("mm", "is not a size"),
        ("1e9", "is not a size"),
        (True, "is not a size"),
        (None, "is not a size"),
        (0, "0 is out of range; choose more than 0"),
        ("9999 mm", "is out of range"),
        (4.5, "is not in whole voxels"),
    ],
)
def test_what_is_no_size_is_refused(given: Any, message: str) -> None:
    with pytest.raises(MethodError) as caught:
        Occlusion.from_parameters({"window": given})
    assert str(caught.value).startswith("occlusion, window: ")
    assert message in str(caught.value)


def test_sizes_that_do_not_fit_the_image_are_refused() -> None:
    with pytest.raises(MethodError, match="8,16 has 2 sizes; give 1 or 3: one for each axis"):
        WindowSize.parse("8,16", "").voxels(3, None, "occlusion, window")
    with pytest.raises(MethodError, match="a bare tensor has no voxel size in mm"):
        WindowSize.parse("8 mm", "").voxels(3, None, "occlusion, window")
    with pytest.raises(MethodError, match="has 2 sizes; give 1 or 3 in mm"):
        WindowSize.parse("8,9 mm", "").voxels(2, Grid((4, 4, 1), np.eye(4)), "occlusion, window")
