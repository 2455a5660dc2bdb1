"""Transforms as files: RAS+ here, LPS and the other way round in ITK's, corner coordinates in FSL's."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import SimpleITK

from viewer.errors import ScanError
from viewer.preparation.registration import Registration
from viewer.preparation.transform_files import (
    fsl_to_mm,
    itk_text,
    read_transform,
    transform_kind,
    write_registration,
)
from viewer.scans.grid import Grid
from viewer.scans.scan import Scan

MATRIX = np.array([[0.9, 0.1, -0.2, 5.0], [-0.05, 1.1, 0.3, -20.0], [0.15, -0.25, 1.05, 7.5], [0, 0, 0, 1.0]])
"""From scan mm to template mm, RAS+."""


@pytest.fixture
def scan() -> Scan:
    grid = Grid((4, 5, 6), np.diag([2.0, 3.0, 4.0, 1.0]))
    return Scan(np.ones((4, 5, 6), np.float32), grid, "scan")


def test_itk_moves_a_point_of_the_template_to_where_the_inverse_has_it(tmp_path: Path) -> None:
    path = tmp_path / "t.tfm"
    path.write_text(itk_text(MATRIX))
    read = SimpleITK.ReadTransform(str(path))
    template_point = np.array([10.0, -30.0, 22.0])  # RAS+
    x, y, z = read.TransformPoint((-10.0, 30.0, 22.0))  # the same in LPS
    expected = np.linalg.inv(MATRIX) @ [*template_point, 1]
    np.testing.assert_allclose([-x, -y, z], expected[:3], atol=1e-9)


@pytest.mark.parametrize("ending", [".tfm", ".txt", ".mat"])
def test_a_transform_that_itk_wrote_is_read_as_it_moves_points(
    tmp_path: Path, scan: Scan, ending: str
) -> None:
    written = SimpleITK.AffineTransform(3)
    written.SetMatrix((1.1, 0.1, 0.0, -0.1, 0.9, 0.2, 0.0, -0.2, 1.0))
    written.SetTranslation((3.0, -4.0, 5.0))
    written.SetCenter((10.0, 20.0, 30.0))
    path = tmp_path / f"t{ending}"
    SimpleITK.WriteTransform(written, str(path))
    found = read_transform(path, scan)
    template_lps = np.array([12.0, -7.0, 33.0])
    scan_lps = np.array(written.TransformPoint(template_lps.tolist()))
    back = found @ [-scan_lps[0], -scan_lps[1], scan_lps[2], 1]
    np.testing.assert_allclose(back[:3], [-12.0, 7.0, 33.0], atol=1e-9)


def test_rigid_transforms_of_itk_are_read_too(tmp_path: Path, scan: Scan) -> None:
    written = SimpleITK.Euler3DTransform((1.0, 2.0, 3.0), 0.1, -0.2, 0.3, (5.0, 6.0, 7.0))
    path = tmp_path / "t.tfm"
    SimpleITK.WriteTransform(written, str(path))
    found = read_transform(path, scan)
    assert transform_kind(found) == "rigid"
    a, b, c = written.TransformPoint((12.0, -7.0, 33.0))
    np.testing.assert_allclose((found @ [-a, -b, c, 1])[:3], [-12.0, 7.0, 33.0], atol=1e-9)


def test_what_is_written_is_read_back(tmp_path: Path, scan: Scan) -> None:
    found = Registration(MATRIX, "affine", 0.97, 0.55, 1.0, 2.0, "mni152")
    write_registration(found, scan, tmp_path / "t.json", tmp_path / "t.tfm")
    entries = json.loads((tmp_path / "t.json").read_text())
    assert entries["affine"] == MATRIX.tolist()
    assert (entries["dice"], entries["correlation"], entries["to"]) == (0.97, 0.55, "mni152")
    np.testing.assert_allclose(read_transform(tmp_path / "t.json", scan), MATRIX, atol=0)
    np.testing.assert_allclose(read_transform(tmp_path / "t.tfm", scan), MATRIX, atol=1e-12)


@pytest.mark.parametrize("flip", [1.0, -1.0])
def test_flirt_counts_mm_from_the_corner_and_reverses_neurological_images(
    tmp_path: Path, flip: float
) -> None:
    affine = np.diag([flip * 2.0, 3.0, 4.0, 1.0])
    affine[:3, 3] = (7.0, -11.0, 13.0)
    grid = Grid((4, 5, 6), affine)
    # FSL: voxel (1, 2, 3) is at (2, 6, 12) mm; in an image of positive determinant at ((3 − 1) · 2, 6, 12).
    corner = (2.0 if flip < 0 else 4.0, 6.0, 12.0, 1.0)
    np.testing.assert_allclose((fsl_to_mm(grid) @ corner)[:3], grid.to_world((1, 2, 3)))
    scan = Scan(np.ones((4, 5, 6), np.float32), grid, "scan")
    path = tmp_path / "flirt.mat"
    np.savetxt(path, np.eye(4))
    # The identity of flirt puts the corner of the scan onto the corner of the template: MNI (90, −126, −72).
    found = read_transform(path, scan) @ [*(fsl_to_mm(grid) @ (0, 0, 0, 1))[:3], 1]
    np.testing.assert_allclose(found[:3], (90.0, -126.0, -72.0))


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.json", "{}", "lacks the entry affine"),
        ("a.json", '{"affine": [[1, 2], [3, 4]]}', "no 4 × 4 matrix"),
        ("a.json", '{"affine": "x"}', "not a matrix of numbers"),
        ("a.json", '{"affine": [[0,0,0,0],[0,1,0,0],[0,0,1,0],[0,0,0,1]]}', "scales by"),
        ("a.tfm", "Insight", "is not a transform"),
        ("a.mat", "\x00\x01 no matrix", "is not a transform"),
    ],
)
def test_what_is_no_transform_is_refused_in_one_line(
    tmp_path: Path, scan: Scan, name: str, content: str, words: str
) -> None:
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(ScanError, match=words) as refused:
        read_transform(path, scan)
    assert "\n" not in str(refused.value)
