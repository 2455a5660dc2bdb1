"""N4 on a phantom of which the bias field is known."""

from __future__ import annotations

import numpy as np
import pytest

from viewer.errors import ScanError
from viewer.preparation.bias_field import correct_bias_field, estimate_bias_field
from viewer.scans.grid import Grid
from viewer.scans.scan import Scan


def phantom() -> tuple[np.ndarray, np.ndarray, np.ndarray, Grid]:
    """Return tissue (two classes in a ball, 0 around), the planted field, the ball and the grid of 4 mm."""
    shape = (32, 32, 32)
    grid = Grid(shape, np.diag([4.0, 4.0, 4.0, 1.0]))
    place = (np.indices(shape) - 15.5) / 13
    ball = (place**2).sum(axis=0) < 1
    stripes = np.sin(6 * place[0]) * np.sin(6 * place[1]) * np.sin(6 * place[2]) > 0
    noise = np.random.default_rng(0).normal(0, 2, shape)
    tissue = np.where(ball, np.where(stripes, 100, 60) + noise, 0)
    field = np.exp(0.3 * place[0] - 0.2 * place[1] + 0.15 * place[2] ** 2)
    return tissue.astype(np.float32), field.astype(np.float32), ball, grid


@pytest.mark.slow
def test_the_planted_field_is_found_and_removed() -> None:
    tissue, field, ball, grid = phantom()
    scan = Scan(tissue * field, grid, "phantom")
    found = estimate_bias_field(scan)
    assert np.corrcoef(np.log(found.data[ball]), np.log(field[ball]))[0, 1] > 0.97
    ratio = np.percentile(field[ball], 99) / np.percentile(field[ball], 1)
    found_ratio = np.percentile(found.data[ball], 99) / np.percentile(found.data[ball], 1)
    assert found_ratio == pytest.approx(ratio, rel=0.15)
    corrected = correct_bias_field(scan, found)
    bright, dark = tissue > 80, (tissue > 0) & (tissue < 80)

    def variation(values: np.ndarray) -> float:
        return max(float(values[one].std() / values[one].mean()) for one in (bright, dark))

    assert variation(corrected) < 0.4 * variation(scan.data)


@pytest.mark.slow
def test_the_same_scan_gives_the_same_bits() -> None:
    tissue, field, _, grid = phantom()
    scan = Scan(tissue * field, grid, "phantom")
    assert len({estimate_bias_field(scan).data.tobytes() for _ in range(3)}) == 1


def test_a_scan_without_a_bias_field_keeps_its_values() -> None:
    tissue, _, ball, grid = phantom()
    found = estimate_bias_field(Scan(tissue, grid, "phantom"))
    assert np.abs(np.log(found.data[ball])).max() < 0.1


def test_a_scan_below_zero_is_refused() -> None:
    grid = Grid((12, 12, 12), np.diag([4.0, 4.0, 4.0, 1.0]))
    values = -np.ones(grid.shape, np.float32)
    values[3:9, 3:9, 3:9] = -0.5
    with pytest.raises(ScanError, match="has no positive voxel"):
        estimate_bias_field(Scan(values, grid, "dark"))
