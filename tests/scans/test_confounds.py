"""What is taken out of the scans, against a regression that knows nothing of bases."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from viewer.errors import ScanError
from viewer.scans.confounds import confound_basis, confound_design, residual_gram, residual_share
from viewer.scans.scan_table import ScanRow, ScanTable

AGE = [20.0, 31.0, 45.0, 28.0, 60.0, 33.0, 52.0, 41.0]


def table_of(subjects: str) -> ScanTable:
    rows = tuple(
        ScanRow(line + 2, Path("a.nii"), subject, "1", None, {"age": age, "sex": 1.0})
        for line, (subject, age) in enumerate(zip(subjects, AGE, strict=False))
    )
    return ScanTable(Path("t.tsv"), rows, ("age", "sex"))


def left(basis, values):
    return values - basis @ (basis.T @ values)


def test_the_mean_is_always_taken_out():
    values = np.random.default_rng(0).normal(size=(8, 3))
    basis = confound_basis(table_of("aabbccdd"), False, ())
    np.testing.assert_allclose(left(basis, values), values - values.mean(axis=0), atol=1e-14)


def test_subjects_means():
    values = np.random.default_rng(0).normal(size=(8, 3))
    basis = confound_basis(table_of("abacbcab"), True, ())
    expected = values.copy()
    for subject in "abc":
        rows = [number for number, name in enumerate("abacbcab") if name == subject]
        expected[rows] -= values[rows].mean(axis=0)
    np.testing.assert_allclose(left(basis, values), expected, atol=1e-14)


def test_covariates_are_regressed_out_beside_the_means():
    values = np.random.default_rng(0).normal(size=(8, 3))
    basis = confound_basis(table_of("aaaabbbb"), True, ("age",))
    design = np.stack([np.repeat([1.0, 0.0], 4), np.repeat([0.0, 1.0], 4), AGE], axis=1)
    fitted = design @ np.linalg.lstsq(design, values, rcond=None)[0]
    np.testing.assert_allclose(left(basis, values), values - fitted, atol=1e-12)
    np.testing.assert_allclose(basis.T @ basis, np.eye(3), atol=1e-14)


def test_a_covariate_that_says_nothing_new_changes_nothing():
    assert confound_basis(table_of("aaaabbbb"), True, ("sex",)).shape == (8, 2)


def test_errors():
    with pytest.raises(ScanError, match="has no covariate 'iq'; it has age, sex"):
        confound_basis(table_of("aabb"), True, ("iq",))
    with pytest.raises(ScanError, match="line 5: is the only scan of 'b'"):
        confound_basis(table_of("aaab"), True, ())


def test_share_left():
    basis = confound_basis(table_of("aabb"), True, ())
    assert residual_share(basis, np.array([1.0, 1.0, 5.0, 5.0])) == pytest.approx(0.0, abs=1e-14)
    assert residual_share(basis, np.array([1.0, 3.0, 1.0, 3.0])) == pytest.approx(1.0)
    assert residual_share(basis, np.ones(4)) == 0.0


@pytest.mark.parametrize("subject_means", [False, True])
def test_coefficients_of_some_scans_are_had_from_what_those_of_all_have_left(subject_means):
    raw = np.random.default_rng(1).normal(size=(8, 5)) + np.outer(AGE, [0.3, -0.2, 0.0, 0.1, 0.5])
    table = table_of("aabbccdd")
    everywhere = left(confound_basis(table, subject_means, ("age",)), raw)
    train = np.array([True] * 6 + [False] * 2)
    design = confound_design(table, subject_means, ("age",))
    found = residual_gram(everywhere @ everywhere.T, design, train)
    age = np.array(AGE)
    if subject_means:
        pairs = (slice(0, 2), slice(2, 4), slice(4, 6), slice(6, 8))
        for pair in pairs:
            raw[pair] -= raw[pair].mean(axis=0)
            age[pair] -= age[pair].mean()
        slopes = (age[train] @ raw[train]) / (age[train] @ age[train])
        expected = raw - np.outer(age, slopes)
    else:
        columns = np.stack([np.ones(8), age], axis=1)
        expected = raw - columns @ np.linalg.lstsq(columns[train], raw[train], rcond=None)[0]
    np.testing.assert_allclose(found, expected @ expected.T, atol=1e-10)


def test_without_covariates_every_fold_is_the_same():
    assert confound_design(table_of("aabbccdd"), True, ()) is None
