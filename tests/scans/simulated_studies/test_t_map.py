"""Scores of a map, and Student's t against a regression by scipy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from viewer.scans.confounds import confound_basis
from viewer.scans.grid import Grid
from viewer.scans.masked_matrix import MaskedMatrix
from viewer.scans.metrics import area_under_roc_curve, dice_of_mask
from viewer.scans.scan_table import ScanRow, ScanTable
from viewer.scans.simulated_studies.t_map import t_map


def test_area_under_curve_counts_pairs():
    values = np.array([3.0, 1.0, 2.0, 2.0, 0.0])
    truth = np.array([True, False, True, False, False])
    pairs = [(a > b) + 0.5 * (a == b) for a in values[truth] for b in values[~truth]]
    assert area_under_roc_curve(values, truth) == pytest.approx(np.mean(pairs))
    assert area_under_roc_curve(truth * 1.0, truth) == 1.0
    assert area_under_roc_curve(np.ones(5), truth) == 0.5
    assert np.isnan(area_under_roc_curve(values, np.zeros(5, dtype=bool)))


def test_overlap_at_equal_volume():
    truth = np.array([True, True, False, False, True, False])
    assert dice_of_mask(np.array([5.0, 4, 0, 6, 3, 1]), truth) == pytest.approx(2 / 3)
    assert dice_of_mask(truth * 1.0, truth) == 1.0
    assert np.isnan(dice_of_mask(np.ones(2), np.zeros(2, dtype=bool)))


def test_t_is_that_of_a_regression():
    draw = np.random.default_rng(3)
    subjects = "aaaabbbb"
    table = ScanTable(Path("t"), tuple(ScanRow(n, Path("s"), name, "1") for n, name in enumerate(subjects)))
    basis = confound_basis(table, True, ())
    raw, y = draw.normal(size=(8, 30)), draw.normal(size=8)
    raw[:, 4] += 3 * y
    values = (raw - basis @ (basis.T @ raw)).astype(np.float32)
    matrix = MaskedMatrix(
        values, np.zeros(30, np.float32), np.ones((30, 1, 1), bool), Grid((30, 1, 1), np.eye(4))
    )
    found = t_map(matrix, y, basis)
    design = np.stack([y, np.repeat([1.0, 0], 4), np.repeat([0.0, 1], 4)], axis=1)
    for voxel in (0, 4, 29):
        slopes, rest, *_ = np.linalg.lstsq(design, raw[:, voxel], rcond=None)
        error = np.sqrt(rest[0] / 5 * np.linalg.inv(design.T @ design)[0, 0])
        assert found[voxel] == pytest.approx(slopes[0] / error, rel=1e-4)
    alone = confound_basis(table, False, ())
    centred = (raw - raw.mean(axis=0)).astype(np.float32)
    matrix = MaskedMatrix(centred, matrix.mean, matrix.mask, matrix.grid)
    r = stats.pearsonr(y, raw[:, 4])[0]
    assert t_map(matrix, y, alone)[4] == pytest.approx(r * np.sqrt(6 / (1 - r**2)), rel=1e-4)
