"""The values drawn black and white: robust to outliers, and the same white wherever a scan is drawn."""

from __future__ import annotations

import numpy as np
import pytest

from viewer.scans.display_range import display_range


def brain_in_air() -> tuple[np.ndarray, np.ndarray]:
    """Tissue of 50 to 100 in air of 0, and its mask."""
    data = np.zeros((30, 30, 30), np.float32)
    data[5:25, 5:25, 5:25] = np.random.default_rng(0).uniform(50, 100, (20, 20, 20))
    return data, data > 0


def test_a_few_bright_voxels_are_left_out() -> None:
    data, tissue = brain_in_air()
    data[6, 6, 6] = 10_000
    for mask in (None, tissue):
        assert 90 < display_range(data, mask)[1] < 200


def test_air_is_black_where_it_is_drawn() -> None:
    data, _ = brain_in_air()
    assert display_range(data)[0] == 0


def test_black_lies_just_below_the_darkest_tissue_where_air_is_not_drawn() -> None:
    data, tissue = brain_in_air()
    black, _ = display_range(data, tissue)
    # 2 % and half of the way through a uniform distribution: 51 and 75.
    assert black == pytest.approx(51 - 0.15 * (75 - 51), abs=1)


def test_white_is_the_same_with_air_and_without() -> None:
    data, tissue = brain_in_air()
    assert display_range(data)[1] == pytest.approx(display_range(data, tissue)[1], rel=0.01)


@pytest.mark.parametrize("value", [0.0, 7.0, -3e8])
@pytest.mark.parametrize("masked", [False, True])
def test_a_scan_of_one_value_has_a_range_all_the_same(value: float, masked: bool) -> None:
    data = np.full((9, 9, 9), value, np.float32)
    low, high = display_range(data, np.ones(data.shape, bool) if masked else None)
    assert low < high
    if masked:
        assert (value - low) / (high - low) == pytest.approx(0.5)


def test_an_empty_mask_is_as_none_of_the_scan_is_left_out() -> None:
    data, _ = brain_in_air()
    low, high = display_range(data, np.zeros(data.shape, bool))
    assert low <= 0 < high
