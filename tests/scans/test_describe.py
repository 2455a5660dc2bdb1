"""What ``info`` can say of a scan and of a map."""

from __future__ import annotations

import json

import nibabel as nib
import numpy as np
import pytest

from viewer.scans.describe import describe
from viewer.scans.grid import Grid
from viewer.scans.load import load_map, load_scan
from viewer.scans.map import Map
from viewer.scans.provenance import Provenance


def test_a_real_scan(real_data):
    path = real_data / "scans" / "t1_crop.nii.gz"
    scan = load_scan(path)
    fields = json.loads(json.dumps(describe(scan), allow_nan=False))
    assert fields["shape"] == [256, 256, 256]
    assert fields["spacing"] == [1.0, 1.0, 1.0]
    assert fields["axes"] == "RAS"
    assert fields["stored"]["axes"] == "LIA"
    assert fields["stored"]["format"] == "NIfTI-1"
    assert fields["stored"]["type"] == "uint8"
    assert fields["stored"]["codes"] == [0, 2]
    np.testing.assert_array_equal(fields["stored"]["affine"], nib.load(path).affine)
    assert fields["intensity"]["largest"] == 255
    assert fields["intensity"]["mean"] == pytest.approx(nib.load(path).get_fdata().mean())
    assert fields["hash"] == scan.hash
    assert fields["notes"] == []


def test_a_saved_map(tmp_path, noise):
    new = Map(noise, Grid(noise.shape, np.eye(4)), "a", Provenance(method="gradient"))
    path = new.save(tmp_path / "a.nii.gz")
    fields = json.loads(json.dumps(describe(load_map(path)), allow_nan=False))
    assert fields["provenance"] == {"method": "gradient", "title": "a"}
    assert fields["stored"]["type"] == "float32"
    assert fields["path"] == str(path)
    path.unlink()
    assert "format" not in describe(Map(noise, new.grid, "a", path=path))


def test_the_template_and_a_bare_tensor(noise):
    fields = describe(load_scan("mni152"))
    assert fields["path"] == "mni152"
    assert fields["intensity"]["largest"] == 1.0
    bare = describe(Map(noise, None, "bare"))
    assert "affine" not in bare
    assert bare["shape"] == list(noise.shape)
