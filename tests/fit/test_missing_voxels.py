"""Voxels that hold nothing: NaN of a file, and planes of zeros within a head."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import nibabel
import numpy as np
import pytest
from fit_scans import ball, changed

from viewer.fit.missing_voxels import check_missing_voxels
from viewer.fit.skull import check_skull
from viewer.fit.subject import FitSubject
from viewer.models.fit_report import FitVerdict
from viewer.preparation.prepared import Prepared
from viewer.scans.load import load_scan
from viewer.scans.scan import Scan

Subject = Callable[..., FitSubject]
BRAIN, HEAD = ball(74), ball(88)  # 1.7 and 2.9 litres


def saved_with(scan: Scan, count: int, value: float, folder: Path) -> Scan:
    """Read a scan from a file, in which so many voxels have a value."""
    data = np.array(scan.data)
    data[data > 0] = np.where(np.arange(np.count_nonzero(data)) < count, value, data[data > 0])
    nibabel.save(nibabel.Nifti1Image(data, scan.grid.affine), folder / "scan.nii.gz")
    return load_scan(folder / "scan.nii.gz")


def without_planes(scan: Scan, begin: int, end: int) -> Scan:
    data = np.array(scan.data)
    data[begin:end] = 0
    return changed(scan, data)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_noticeable_share_that_was_not_finite_is_a_caution(
    subject: Subject, tmp_path: Path, value: float
) -> None:
    damaged = saved_with(HEAD, 2520, value, tmp_path)  # of 252,000 voxels
    found = check_missing_voxels(subject(damaged))
    assert found.verdict is FitVerdict.CAUTION
    assert found.sentence.startswith("1.0% of the voxels of the scan were not finite")
    assert check_missing_voxels(subject(saved_with(HEAD, 200, value, tmp_path))).verdict is FitVerdict.OK


def test_the_scan_as_given_counts_after_a_preparation(subject: Subject, tmp_path: Path) -> None:
    damaged = saved_with(HEAD, 2520, np.nan, tmp_path)
    made = replace(subject(HEAD), preparation=Prepared(damaged, HEAD, native=damaged))
    assert check_missing_voxels(made).verdict is FitVerdict.CAUTION


def test_empty_planes_within_a_head_are_a_caution(subject: Subject) -> None:
    found = check_missing_voxels(subject(without_planes(HEAD, 25, 35)))
    assert found.verdict is FitVerdict.CAUTION
    assert "10 planes of the scan between non-empty planes are empty" in found.sentence
    assert check_missing_voxels(subject(HEAD)).verdict is FitVerdict.OK
    assert check_missing_voxels(subject(BRAIN)).verdict is FitVerdict.OK, "air around a brain is not a gap"


def test_a_head_that_is_opened_is_no_brain(subject: Subject) -> None:
    found = check_skull(subject(without_planes(HEAD, 25, 35), skull="removed"))
    assert found.verdict is FitVerdict.CAUTION
    assert float(str(found.value).split()[0]) == pytest.approx(2.9, abs=0.15)
    kept = check_skull(subject(without_planes(HEAD, 25, 35), skull="kept"))
    assert kept.verdict is FitVerdict.OK


def test_what_is_not_air_says_nothing_where_much_of_it_is_missing(subject: Subject, tmp_path: Path) -> None:
    holes = saved_with(BRAIN, 20000, np.nan, tmp_path)
    assert check_skull(subject(holes, skull="removed")).verdict is FitVerdict.NOT_MEASURABLE
