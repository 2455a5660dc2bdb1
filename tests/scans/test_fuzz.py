"""Damaged headers and files: a scan comes out or one clear line, never anything else."""

from __future__ import annotations

import gzip
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nibabel.spm2analyze import Spm2AnalyzeHeader

from viewer.errors import ScanError
from viewer.scans.file_types import FileType, detect_file_type
from viewer.scans.load import load_map

NIBABEL = Path(nib.__file__).parent / "tests" / "data"


def analyze():
    header = Spm2AnalyzeHeader()
    header.set_data_shape((3, 4, 5))
    header.set_data_dtype(np.int16)
    return header.binaryblock


EXAMPLES = {
    "scan.nii": nib.Nifti1Image(np.arange(60, dtype=np.int16).reshape(3, 4, 5), np.eye(4)).to_bytes(),
    "scan2.nii": nib.Nifti2Image(np.ones((3, 4, 5), np.float32), np.eye(4)).to_bytes(),
    "scan.mgh": nib.MGHImage(np.ones((3, 4, 5), np.float32), np.eye(4)).to_bytes(),
    "scan.hdr": analyze(),
    "scan.mnc": (NIBABEL / "minc1_1_scale.mnc").read_bytes(),
    "scan.PAR": (NIBABEL / "phantom_EPI_asc_CLEAR_2_1.PAR").read_bytes(),
    "scan+orig.HEAD": (NIBABEL / "scaled+tlrc.HEAD").read_bytes(),
}

SPANS = {
    "scan.nii": 352,
    "scan2.nii": 544,
    "scan.mgh": 284,
    "scan.hdr": 348,
    "scan.mnc": 2000,
    "scan.PAR": 13000,
    "scan+orig.HEAD": 1900,
}

VOXELS = {
    "scan.hdr": ("scan.img", lambda: bytes(range(256)) * 4),
    "scan.PAR": ("scan.REC", (NIBABEL / "phantom_EPI_asc_CLEAR_2_1.REC").read_bytes),
    "scan+orig.HEAD": ("scan+orig.BRIK", (NIBABEL / "scaled+tlrc.BRIK").read_bytes),
}
"""What lies beside the headers of formats that have two files."""

LIVELY = [0, 1, 2, 3, 4, 5, 7, 8, 16, 64, 127, 128, 192, 255]


@st.composite
def damaged(draw, content, span):
    """A few bytes of the header set to others, and now and then an end cut off."""
    broken = bytearray(content)
    for _ in range(draw(st.integers(1, 6))):
        broken[draw(st.integers(0, span - 1))] = draw(st.sampled_from(LIVELY) | st.integers(0, 255))
    if draw(st.integers(0, 7)) == 0:
        del broken[draw(st.integers(0, len(broken))) :]
    return bytes(broken)


@pytest.mark.parametrize("name", EXAMPLES)
@given(data=st.data())
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damaged_files(tmp_path, name, data):
    broken = data.draw(damaged(EXAMPLES[name], SPANS[name]))
    path = tmp_path / name
    path.write_bytes(broken)
    if name in VOXELS:
        partner, content = VOXELS[name]
        if not (tmp_path / partner).exists():
            (tmp_path / partner).write_bytes(content())
    read_or_refuse(path)


@given(
    cut=st.integers(1, 400), flips=st.lists(st.tuples(st.integers(0, 399), st.integers(0, 255)), max_size=4)
)
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damaged_gzip(tmp_path, cut, flips):
    broken = bytearray(gzip.compress(EXAMPLES["scan.nii"], mtime=0)[:cut])
    for place, value in flips:
        if place < len(broken):
            broken[place] = value
    path = tmp_path / "scan.nii.gz"
    path.write_bytes(broken)
    read_or_refuse(path)


@given(content=st.binary(max_size=700))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz", "a.mgz", "a.mnc", "a.hdr", "a.HEAD", "a.PAR", "a"])
def test_nonsense(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    read_or_refuse(path)


@given(
    rows=st.lists(
        st.floats(width=32) | st.sampled_from([0.0, 1.0, -1.0, 1e-30, 1e30, 3e38]), min_size=12, max_size=12
    ),
    quaternion=st.lists(st.floats(width=32), min_size=3, max_size=3),
    sizes=st.lists(st.floats(width=32), min_size=8, max_size=8),
    codes=st.tuples(st.integers(-3, 9), st.integers(-3, 9)),
    scale=st.tuples(st.floats(width=32), st.floats(width=32)),
)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_senseless_transforms(tmp_path, rows, quaternion, sizes, codes, scale):
    content = EXAMPLES["scan.nii"]
    header = nib.Nifti1Header(content[:348], check=False)
    header["srow_x"], header["srow_y"], header["srow_z"] = rows[:4], rows[4:8], rows[8:]
    header["quatern_b"], header["quatern_c"], header["quatern_d"] = quaternion
    header["pixdim"] = sizes
    header["qform_code"], header["sform_code"] = codes
    header["scl_slope"], header["scl_inter"] = scale
    path = tmp_path / "scan.nii"
    path.write_bytes(header.binaryblock + content[348:])
    read_or_refuse(path)


def read_or_refuse(path):
    """What comes out is finite, float32, in canonical order and can be saved; or a line names the file."""
    assert isinstance(detect_file_type(path), FileType)
    try:
        found = load_map(path, 0)
    except ScanError as error:
        line = str(error)
        assert "\n" not in line
        assert path.stem.split(".")[0] in line
        return
    assert found.data.dtype == np.float32
    assert np.isfinite(found.data).all()
    assert found.grid.axcodes == ("R", "A", "S")
    saved = found.save(path.with_name("saved.nii"))
    again = load_map(saved)
    np.testing.assert_array_equal(again.data, found.data)
    np.testing.assert_allclose(again.grid.affine, found.grid.affine, rtol=1e-5, atol=1e-5)
