"""Numbers beyond the range of 32-bit floating point are told or refused, never zero without a word."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from viewer.errors import ScanError
from viewer.scans.grid import Grid
from viewer.scans.load import load_map, load_scan
from viewer.scans.map import Map
from viewer.scans.scan import Scan

SHAPE = (5, 6, 7)
GRID = Grid(SHAPE, np.eye(4))


def saved(folder: Path, data: np.ndarray, slope: float | None = None) -> Path:
    image = nib.Nifti1Image(data, np.eye(4))
    if slope is not None:
        image.header.set_slope_inter(slope, 0.0)
    path = folder / "image.nii"
    nib.save(image, path)
    return path


def ball(size: float) -> np.ndarray:
    data = np.zeros(SHAPE)
    data[1:4, 1:4, 1:4] = size * np.arange(1, 28).reshape(3, 3, 3) / 27
    return data


@pytest.mark.parametrize("load", [load_scan, load_map])
@pytest.mark.parametrize("size", [1e-60, -1e-60, 1e-40])
def test_values_that_are_all_too_small_are_refused(tmp_path: Path, load, size: float) -> None:
    with pytest.raises(ScanError, match=r"its values reach 1e-[46]0 at most, .*; multiply them"):
        load(saved(tmp_path, ball(size)))


@pytest.mark.parametrize("load", [load_scan, load_map])
@pytest.mark.parametrize("background", [0.0, 1e60])
def test_values_that_are_all_too_large_are_refused_by_the_true_reason(
    tmp_path: Path, load, background: float
) -> None:
    with pytest.raises(ScanError, match=r"its values reach 1e\+60, .*; divide them"):
        load(saved(tmp_path, np.where(ball(1e60) > 0, ball(1e60), background)))


@pytest.mark.parametrize("load", [load_scan, load_map])
@pytest.mark.parametrize("strong", [1, 14, 26])
def test_a_map_whose_strongest_values_are_too_large_is_refused(tmp_path: Path, load, strong: int) -> None:
    """They would all become one value, and the strongest place in the map would be lost."""
    data = ball(1.0)
    order = np.sort(data[data > 0])
    data[data >= order[-strong]] *= 1e60
    with pytest.raises(ScanError, match=rf"reach 1e\+60, .* \({strong} values? beyond\); divide them"):
        load(saved(tmp_path, data))


def test_a_map_at_1e60_is_refused_though_its_faint_values_fit(tmp_path: Path) -> None:
    """A smooth map has values of every size: some of them fit into 32 bits at any scale."""
    distance = np.linalg.norm(np.argwhere(np.ones(SHAPE)) - (2, 3, 3), axis=1).reshape(SHAPE)
    data = 5e60 * np.exp(-(distance**2) * 10)
    assert 0 < np.count_nonzero(data < np.finfo(np.float32).max) < data.size
    with pytest.raises(ScanError, match=r"its values reach 5e\+60"):
        load_map(saved(tmp_path, data))
    with pytest.raises(ScanError, match=r"mine: its values reach 5e\+60"):
        Map(data, GRID, "mine")


@pytest.mark.parametrize("load", [load_scan, load_map])
@pytest.mark.parametrize("background", [None, 0.0])
def test_contrast_that_an_offset_takes_from_32_bits_is_told(
    tmp_path: Path, load, background: float | None
) -> None:
    data = 1e9 + ball(5.0)
    if background is not None:
        data[0] = background
    (note,) = load(saved(tmp_path, data)).notes
    assert note == (
        "The values lie within 5 of 1000000000, where 32-bit floating point has steps of 64: "
        "their contrast is lost; subtract 1000000000 from the values first."
    )


@pytest.mark.parametrize("data", [1e9 * ball(1.0), 1000 + ball(1.0), np.full(SHAPE, 1e9)])
def test_an_offset_that_32_bits_can_hold_is_not_told(tmp_path: Path, data: np.ndarray) -> None:
    assert load_map(saved(tmp_path, data)).notes == ()


def test_some_values_that_are_too_small_are_counted(tmp_path: Path) -> None:
    data = ball(1.0)
    data[0, 0, :3] = 1e-50, -1e-60, 1e-300
    found = load_map(saved(tmp_path, data))
    assert found.notes == ("3 voxels were too small for 32 bits and set to 0.",)
    np.testing.assert_array_equal(found.data, data.astype(np.float32))


def test_what_is_small_in_the_file_already_is_read_as_it_is(tmp_path: Path) -> None:
    data = ball(1e-40).astype(np.float32)
    found = load_map(saved(tmp_path, data))
    assert found.notes == ()
    np.testing.assert_array_equal(found.data, data)


@pytest.mark.parametrize("kind", [Map, Scan])
def test_an_array_that_would_become_zero_is_refused(kind) -> None:
    with pytest.raises(ScanError, match="mine: its values reach 1e-60 at most"):
        kind(ball(1e-60), GRID, "mine")
    assert kind(ball(1.0), GRID, "mine").data.max() == 1
