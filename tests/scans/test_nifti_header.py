"""Every repair of a header is done as documented, and told in one sentence."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest

from viewer.errors import ScanError
from viewer.scans.load import load_scan


def plain(write, data, affine=None, **entries):
    return write(data, np.diag([2.0, 3, 4, 1]) if affine is None else affine, "scan.nii", **entries)


def only_note(scan):
    assert len(scan.notes) == 1, scan.notes
    note = scan.notes[0]
    assert note.endswith(".")
    assert "\n" not in note
    return note


def test_an_honest_header_has_no_notes(write, noise, placement):
    sheared = abs(np.linalg.det(placement[:3, :3])) < 0.999 * np.linalg.norm(placement[:3, :3], axis=0).prod()
    assert len(load_scan(write(noise, placement)).notes) == int(sheared)


def test_no_transform_at_all(write, noise):
    path = plain(write, noise, qform_code=0, sform_code=0)
    scan = load_scan(path)
    np.testing.assert_allclose(scan.stored.grid.affine, nib.load(path).affine)
    assert scan.stored.grid.axcodes == ("L", "A", "S")
    assert scan.stored.xform_codes == (0, 0)
    assert "no valid qform or sform" in only_note(scan)
    assert "left and right may be swapped" in only_note(scan)


def test_a_zero_sform_falls_back_on_the_qform(write, noise, placement):
    image = nib.Nifti1Image(noise, placement)
    image.set_qform(placement, 1)
    path = write(noise, placement, "scan.nii")
    image.to_filename(path)
    content = bytearray(path.read_bytes())
    content[280:328] = bytes(48)
    path.write_bytes(content)
    scan = load_scan(path)
    np.testing.assert_allclose(scan.stored.grid.affine, image.get_qform(), atol=1e-5)
    assert scan.stored.xform_codes == (1, 0)
    assert "sform in the header is invalid" in only_note(scan)


@pytest.mark.parametrize("wrong", [0, np.nan, np.inf, 1e30])
def test_a_senseless_sform_alone_falls_back_on_the_voxel_size(write, noise, wrong):
    row = np.full(4, wrong)
    scan = load_scan(plain(write, noise, srow_x=row, srow_y=row, srow_z=row, qform_code=0, sform_code=1))
    np.testing.assert_allclose(np.diag(scan.stored.grid.affine), [-2, 3, 4, 1])
    assert scan.stored.xform_codes is None
    assert "sform" in scan.notes[0]
    assert "no valid qform or sform" in scan.notes[1]


def test_a_quaternion_that_is_no_rotation(write, noise):
    scan = load_scan(plain(write, noise, quatern_b=3.0, qform_code=1))
    assert "qform in the header is invalid" in only_note(scan)
    assert scan.stored.xform_codes == (0, 2)


def test_the_qform_alone(write, noise, placement):
    image = nib.Nifti1Image(noise, placement)
    image.set_qform(placement, 1)
    image.set_sform(None, 0)
    path = write(noise, placement)
    image.to_filename(path)
    scan = load_scan(path)
    np.testing.assert_allclose(scan.stored.grid.affine, nib.load(path).affine, atol=1e-9)
    assert scan.stored.xform_codes == (1, 0)
    assert scan.notes == ()


@pytest.mark.parametrize(("angle", "expected"), [(0.5, False), (0.9, False), (1.1, True), (12.0, True)])
def test_qform_against_sform_by_angle(write, angle, expected):
    data = np.ones((8, 8, 8), dtype=np.float32)
    turn = np.radians(angle)
    turned = np.eye(4)
    turned[:2, :2] = [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]
    image = nib.Nifti1Image(data, np.eye(4))
    image.set_sform(np.eye(4), 4)
    image.set_qform(turned, 1)
    path = write(data, np.eye(4))
    image.to_filename(path)
    scan = load_scan(path)
    np.testing.assert_array_equal(scan.affine, np.eye(4))
    if expected:
        assert "qform (scanner, RAS)" in only_note(scan)
        assert "sform (MNI, RAS)" in only_note(scan)
        assert f"{angle:.1f}°" in only_note(scan)
    else:
        assert scan.notes == ()


def test_qform_against_sform_by_letters(write, noise):
    image = nib.Nifti1Image(noise, np.eye(4))
    image.set_sform(np.eye(4), 1)
    image.set_qform(np.diag([-1.0, 1, 1, 1]), 1)
    path = write(noise, np.eye(4))
    image.to_filename(path)
    scan = load_scan(path)
    assert scan.stored.grid.axcodes == ("R", "A", "S")
    assert "qform (scanner, LAS) and the sform (scanner, RAS)" in only_note(scan)
    assert "the sform is used" in only_note(scan)


def test_qform_against_sform_by_place(write, noise):
    moved = np.eye(4)
    moved[:3, 3] = (0, 30, 0)
    image = nib.Nifti1Image(noise, np.eye(4))
    image.set_sform(np.eye(4), 2)
    image.set_qform(moved, 1)
    path = write(noise, np.eye(4))
    image.to_filename(path)
    assert "0.0° and up to 30.0 mm" in only_note(load_scan(path))


@pytest.mark.parametrize("code", [6, 77])
def test_a_positive_code_that_names_no_space_is_used(write, noise, placement, code):
    """nifti1.h: method 3 is used when sform_code > 0. ITK reads it so; nibabel drops the transform."""
    image = nib.Nifti1Image(noise, placement)
    path = write(noise, placement, "scan.nii", sform_code=code, qform_code=0)
    scan = load_scan(path)
    np.testing.assert_array_equal(scan.stored.grid.affine, image.affine)
    assert scan.stored.xform_codes == (0, 2)
    assert [note for note in scan.notes if f"has the code {code}, which names no space" in note]


def test_a_negative_code_is_none(write, noise):
    path = plain(write, noise, sform_code=-1, qform_code=-3)
    scan = load_scan(path)
    np.testing.assert_allclose(scan.stored.grid.affine, nib.load(path).affine)
    assert scan.stored.xform_codes == (0, 0)
    assert [note for note in scan.notes if "has the invalid code -1" in note]
    assert [note for note in scan.notes if "has the invalid code -3" in note]


@pytest.mark.parametrize("slope", [0, np.nan, np.inf])
def test_slopes_that_mean_nothing(write, slope):
    data = np.arange(8 * 9 * 10, dtype=np.int16).reshape(8, 9, 10)
    scan = load_scan(plain(write, data, scl_slope=slope, scl_inter=7))
    np.testing.assert_array_equal(scan.data, data)
    assert "no intensity scale" in only_note(scan)


def test_an_intercept_that_means_nothing(write):
    data = np.arange(8 * 9 * 10, dtype=np.int16).reshape(8, 9, 10)
    scan = load_scan(plain(write, data, scl_slope=2, scl_inter=np.nan))
    np.testing.assert_array_equal(scan.data, 2.0 * data)
    assert "intercept" in only_note(scan)


@pytest.mark.parametrize("size", [0, np.nan, np.inf])
def test_senseless_voxel_sizes(write, noise, size):
    sizes = np.array([1, 2, size, 4, 0, 0, 0, 0], dtype=np.float32)
    scan = load_scan(plain(write, noise, pixdim=sizes, qform_code=0, sform_code=0))
    np.testing.assert_allclose(scan.grid.spacing, [2, 1, 4])
    assert "no valid voxel size along the second axis" in scan.notes[0]
    scan = load_scan(plain(write, noise, pixdim=sizes))
    np.testing.assert_allclose(scan.grid.spacing, [2, 3, 4])
    assert "that of the sform is used" in only_note(scan)


def test_negative_voxel_sizes_are_taken_as_sizes(write, noise):
    """A left-handed qfac of 0 and negative sizes: what other readers refuse."""
    sizes = np.array([0, -2, 3, 4, 0, 0, 0, 0], dtype=np.float32)
    scan = load_scan(plain(write, noise, pixdim=sizes, qform_code=1, sform_code=0))
    np.testing.assert_allclose(scan.grid.spacing, [2, 3, 4])


def test_shear_is_kept_and_told(write, noise):
    affine = np.eye(4)
    affine[0, 1] = np.tan(np.radians(5))
    path = write(noise, affine.astype(np.float32))
    scan = load_scan(path)
    np.testing.assert_array_equal(scan.affine, nib.load(path).affine)
    assert "5.0° from right angles; they are kept" in only_note(scan)


@pytest.mark.parametrize(("code", "mm", "unit"), [(1, 1e3, "metres"), (3, 1e-3, "micrometres")])
@pytest.mark.parametrize("transform", ["sform", "qform", "neither"])
def test_other_units_are_turned_into_mm(write, noise, code, mm, unit, transform):
    """As ITK does: the same brain, measured in metres or micrometres, lies where it lies."""
    affine = np.diag([0.2, 0.25, 2.0, 1.0])
    affine[:3, 3] = (-20, 30, 40)
    image = nib.Nifti1Image(noise, affine)
    image.set_qform(affine, 1)
    path = write(noise, affine, "mm.nii")
    image.to_filename(path)
    scaled = affine.copy()
    scaled[:3] /= mm
    image = nib.Nifti1Image(noise, scaled)
    image.set_qform(scaled, 1)
    image.to_filename(path.with_name("scan.nii"))
    content = bytearray(path.with_name("scan.nii").read_bytes())
    content[123] = code  # xyzt_units
    for file in ("scan.nii", "mm.nii"):
        content = bytearray(path.with_name(file).read_bytes())
        if file == "scan.nii":
            content[123] = code
        content[252:254] = (1 if transform == "qform" else 0).to_bytes(2, "little")
        content[254:256] = (1 if transform == "sform" else 0).to_bytes(2, "little")
        path.with_name(file).write_bytes(content)
    wanted, scan = load_scan(path), load_scan(path.with_name("scan.nii"))
    np.testing.assert_allclose(scan.affine, wanted.affine, rtol=1e-6, atol=1e-5)
    assert [note for note in scan.notes if f"in {unit}; they are converted to mm" in note]
    assert not [note for note in scan.notes if "is invalid" in note or "no valid voxel size" in note]


def test_metres_that_cannot_be_meant_are_mm(write, noise):
    scan = load_scan(plain(write, noise, xyzt_units=1))
    np.testing.assert_allclose(scan.grid.spacing, [2, 3, 4])
    assert "larger than a body; mm are assumed" in only_note(scan)


def test_a_unit_that_does_not_exist_is_told(write, noise):
    scan = load_scan(plain(write, noise, xyzt_units=5))
    np.testing.assert_allclose(scan.grid.spacing, [2, 3, 4])
    assert "an unknown unit (code 5); mm are assumed" in only_note(scan)


def test_an_empty_axis_beyond_space_is_taken_as_one(write, noise):
    """nifti_clib and ITK do the same with dim[4] = 0."""
    shape = noise.shape
    scan = load_scan(plain(write, noise, dim=[4, *shape, 0, 1, 1, 1]))
    np.testing.assert_array_equal(scan.data, load_scan(plain(write, noise)).data)
    scan = load_scan(plain(write, noise, dim=[4, *shape, 0, 1, 1, 1]))
    assert "beyond the third axis are read as 1" in only_note(scan)


def test_voxels_that_begin_within_the_header(write, noise):
    scan = load_scan(plain(write, noise, vox_offset=0))
    np.testing.assert_array_equal(scan.data, noise)
    assert "352 is used" in only_note(scan)


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ({"dim": [3, -4, 5, 6, 1, 1, 1, 1]}, "claims a size of -4 × 5 × 6 voxels"),
        ({"dim": [3, 4, 0, 6, 1, 1, 1, 1]}, "claims a size of 4 × 0 × 6 voxels"),
        ({"dim": [4, 4, 5, 6, -1, 1, 1, 1]}, "claims a size of 4 × 5 × 6 × -1 voxels"),
        ({"dim": [0, 4, 5, 6, 1, 1, 1, 1]}, "claims 0 dimensions"),
        ({"datatype": 77}, "unknown data type"),
        ({"vox_offset": np.nan}, "begin at byte nan"),
        ({"vox_offset": -352}, "begin at byte -352"),
    ],
)
def test_headers_beyond_repair(write, noise, entries, expected):
    with pytest.raises(ScanError, match=expected) as error:
        load_scan(plain(write, noise, **entries))
    assert "scan.nii" in str(error.value)
    assert "\n" not in str(error.value)


def test_mgh_without_a_place(tmp_path, noise):
    nib.MGHImage(noise, np.eye(4)).to_filename(tmp_path / "scan.mgh")
    content = bytearray((tmp_path / "scan.mgh").read_bytes())
    content[28:30] = b"\0\0"
    (tmp_path / "scan.mgh").write_bytes(content)
    scan = load_scan(tmp_path / "scan.mgh")
    np.testing.assert_allclose(scan.stored.grid.affine, nib.load(tmp_path / "scan.mgh").affine)
    assert "FreeSurfer's default" in only_note(scan)
