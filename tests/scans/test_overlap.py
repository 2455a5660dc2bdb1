"""Whether a map lies in a scan, for every way in which either may lie."""

from __future__ import annotations

import numpy as np
import pytest

from viewer.scans.grid import Grid
from viewer.scans.map import Map
from viewer.scans.origin import map_overlaps_scan, origin_notes
from viewer.scans.scan import Scan


def _map(shift: float, matrix: np.ndarray | None = None) -> Map:
    affine = np.eye(4)
    affine[:3, :3] = np.eye(3) if matrix is None else matrix
    affine[:3, 3] = shift
    data = np.zeros((6, 7, 8), dtype=np.float32)
    data[5, 6, 7] = -1
    return Map(data, Grid(data.shape, affine), "map")


@pytest.mark.parametrize("matrix", [np.eye(3), np.diag([-2.0, 2, 2]), np.eye(3)[[1, 2, 0]] * 1.5])
def test_what_counts_are_the_values_that_are_not_zero(matrix: np.ndarray) -> None:
    shape = (10, 10, 10)
    scan = Scan(np.ones(shape, np.float32), Grid(shape, np.eye(4)), "scan")
    shown = _map(0.0, matrix)
    peak = shown.grid.to_world((5, 6, 7))
    inside = bool(scan.grid.contains(peak))
    assert map_overlaps_scan(shown, scan) == inside
    moved = np.array(shown.grid.affine)
    moved[:3, 3] += 4.0 - peak
    assert map_overlaps_scan(Map(shown.data, Grid(shown.data.shape, moved), "map"), scan)
    moved[:3, 3] += 1000.0
    assert not map_overlaps_scan(Map(shown.data, Grid(shown.data.shape, moved), "map"), scan)


def test_a_note_says_that_a_map_lies_nowhere_in_the_scan() -> None:
    shape = (10, 10, 10)
    scan = Scan(np.ones(shape, np.float32), Grid(shape, np.eye(4)), "scan")
    assert origin_notes(_map(0.0), scan) == ()
    (note,) = origin_notes(_map(1000.0), scan)
    assert note == "no part of this map lies inside scan; bring both to one space"
    empty = Map(np.zeros(shape, np.float32), Grid(shape, np.eye(4)), "zero")
    assert origin_notes(empty, scan) == ()
    assert origin_notes(_map(1000.0), None) == ()
