"""What is not an image, no number or given twice is refused in one line when images are taken together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest

from viewer.errors import ScanError, ViewerError
from viewer.fit.predict import predict
from viewer.models.loading import load_model
from viewer.scans.grid import Grid
from viewer.scans.load import load_scan
from viewer.scans.multichannel_scan import MultichannelScan, make_multichannel_scan
from viewer.scans.scan import Scan

SHAPE = (4, 5, 6)


def image() -> Scan:
    return Scan(np.ones(SHAPE, np.float32), Grid(SHAPE, np.eye(4)), "image")


@pytest.mark.parametrize(
    ("covariates", "line"),
    [
        ({"sex": None}, "sex: is None; it must be a finite number"),
        ({"sex": "1"}, "sex: is '1'; it must be a finite number"),
        ({"sex": float("nan")}, "sex: is nan; it must be a finite number"),
        ({"sex": [1.0]}, "sex: is [1.0]; it must be a finite number"),
        (
            {"age": 71, "Age": 20},
            "Age: the covariate is given twice, as age and Age; give it once",
        ),
    ],
)
def test_covariates_that_are_no_numbers_or_given_twice_are_refused(covariates: Any, line: str) -> None:
    with pytest.raises(ScanError) as caught:
        make_multichannel_scan(image(), covariates)
    assert str(caught.value) == line


def test_a_channel_that_is_given_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t1.nii.gz"
    nibabel.save(nibabel.Nifti1Image(np.ones(SHAPE, np.float32), np.eye(4)), path)
    with pytest.raises(ScanError) as caught:
        load_scan({"T1": path, "t1": path})
    assert str(caught.value) == "t1: the channel is given twice, as T1 and t1; give it once"


def test_a_number_given_again_replaces_that_of_the_scan_whatever_its_case() -> None:
    scan = make_multichannel_scan(make_multichannel_scan(image(), {"Age": 20}), {"age": 71})
    assert isinstance(scan, MultichannelScan)
    assert dict(scan.covariates) == {"age": 71.0}


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ((image(), image()), "scan: is a tuple, not a scan; give what load_scan returns"),
        (np.ones(SHAPE), "scan: is a ndarray, not a scan; give what load_scan returns"),
        ({"T1": "t1.nii.gz"}, "T1: is a str, not a scan; give what load_scan returns"),
    ],
)
def test_what_is_no_scan_is_refused_by_predict(given: Any, line: str) -> None:
    with pytest.raises(ViewerError) as caught:
        predict(load_model("demo"), given, "cpu")
    assert str(caught.value) == line


def test_one_name_for_several_volumes_is_told_in_the_singular(tmp_path: Path) -> None:
    path = tmp_path / "two.nii.gz"
    nibabel.save(nibabel.Nifti1Image(np.ones((*SHAPE, 2), np.float32), np.eye(4)), path)
    with pytest.raises(ScanError, match=r"holds 2 volumes, and 1 channel is named \(T1\)"):
        load_scan(path, channels=["T1"])
