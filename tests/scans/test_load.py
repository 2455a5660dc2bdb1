"""Reading agrees with nibabel voxel for voxel, whatever the format and the order of axes."""

from __future__ import annotations

import bz2
import gzip
import importlib.util
import shutil
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from viewer.errors import ScanError
from viewer.scans.grid import Grid
from viewer.scans.load import VolumeNotChosen, count_volumes, load_map, load_scan
from viewer.scans.orientation import canonical_view

NIBABEL = Path(nib.__file__).parent / "tests" / "data"


def expected(path, volume=None):
    """What nibabel makes of a file: canonical float64 data and affine."""
    image = nib.as_closest_canonical(nib.load(path))
    data = image.get_fdata()
    if volume is not None:
        data = data[..., volume]
    return np.nan_to_num(data.squeeze()).astype(np.float32), image.affine


@pytest.mark.parametrize(
    ("name", "volume"),
    [
        ("anatomical.nii", None),
        ("standard.nii.gz", None),
        ("reoriented_anat_moved.nii", None),
        ("resampled_anat_moved.nii", None),
        ("example4d.nii.gz", 1),
        ("example_nifti2.nii.gz", 0),
        ("functional.nii", 19),
        ("test.mgz", 1),
        ("minc1_1_scale.mnc", None),
        ("minc1-no-att.mnc", None),
        ("tiny.mnc", None),
        ("example4d+orig.HEAD", 2),
        ("example4d+orig.BRIK.gz", 0),
        ("scaled+tlrc.HEAD", None),
        ("phantom_EPI_asc_CLEAR_2_1.PAR", 2),
        ("phantom_varscale.REC", 0),
    ],
)
def test_real_files_of_many_formats(name, volume):
    scan = load_scan(NIBABEL / name, volume)
    data, affine = expected(NIBABEL / name, volume)
    np.testing.assert_array_equal(scan.data, data)
    np.testing.assert_allclose(scan.affine, affine, atol=1e-9)
    assert scan.grid.axcodes == ("R", "A", "S")


@pytest.mark.parametrize(
    "name",
    ["scans/spm152.nii.gz", "maps/spmMotor.nii.gz", "atlas/aal.nii.gz"],
)
def test_real_scans(real_data, name):
    scan = load_scan(real_data / name)
    data, affine = expected(real_data / name)
    np.testing.assert_array_equal(scan.data, data)
    np.testing.assert_allclose(scan.affine, affine, atol=1e-9)
    assert scan.data.flags.c_contiguous
    assert not scan.data.flags.writeable
    assert scan.notes == ()


def test_the_real_scan_stored_lia(real_data):
    scan = load_scan(real_data / "scans" / "t1_crop.nii.gz")
    assert scan.stored.grid.axcodes == ("L", "I", "A")
    assert scan.stored.xform_codes == (0, 2)
    image = nib.load(real_data / "scans" / "t1_crop.nii.gz")
    np.testing.assert_array_equal(scan.stored.from_canonical(scan.data), np.asarray(image.dataobj))
    turned = nib.as_closest_canonical(image)
    np.testing.assert_array_equal(scan.data, np.asarray(turned.dataobj))
    np.testing.assert_array_equal(scan.affine, turned.affine)


def test_the_template_is_nilearns():
    datasets = pytest.importorskip("nilearn.datasets")
    scan = load_scan("mni152")
    template = datasets.load_mni152_template(resolution=1)
    np.testing.assert_array_equal(scan.data, np.asarray(template.dataobj))
    np.testing.assert_array_equal(scan.affine, template.affine)
    assert scan.name == "mni152"
    assert count_volumes("mni152") == 1
    assert load_scan(scan.path).hash == scan.hash


def test_a_marker_stays_at_its_millimetres(placement, write):
    data = np.zeros((22, 24, 18), dtype=np.float32)
    data[4, 19, 6] = 1
    at = (placement @ [4, 19, 6, 1])[:3]
    scan = load_scan(write(data, placement))
    found = scan.grid.to_world(np.argwhere(scan.data == 1)[0])
    np.testing.assert_allclose(found, at, atol=1e-5)
    assert scan.grid.axcodes == ("R", "A", "S")


def test_left_and_right_are_told_apart(placement, write):
    """A bright half on the right in world space is the half with the higher first index, always."""
    grid = Grid((22, 24, 18), placement)
    voxels = np.moveaxis(np.indices(grid.shape), 0, -1)
    right = grid.to_world(voxels)[..., 0] > grid.centre[0]
    scan = load_scan(write(right.astype(np.float32), placement))
    voxels = np.moveaxis(np.indices(scan.grid.shape), 0, -1)
    np.testing.assert_array_equal(scan.data > 0, scan.grid.to_world(voxels)[..., 0] > grid.centre[0])
    assert scan.data[-1].mean() > scan.data[0].mean()


def test_the_file_order_comes_back(placement, write, noise):
    scan = load_scan(write(noise, placement))
    np.testing.assert_array_equal(scan.stored.from_canonical(scan.data), noise)
    np.testing.assert_array_equal(canonical_view(noise, scan.stored), scan.data)
    np.testing.assert_array_equal(scan.stored.grid.affine, placement)


@pytest.mark.parametrize("dtype", ["u1", "i1", "<i2", ">i2", "u2", "i4", "u4", "i8", "<f4", ">f4", "f8"])
@pytest.mark.parametrize("kind", [nib.Nifti1Image, nib.Nifti2Image])
def test_types_of_numbers(tmp_path, noise, dtype, kind):
    data = (noise * 30).astype(dtype)
    image = kind(data, np.eye(4), dtype=data.dtype)
    image.header.set_slope_inter(0.37, -2)
    path = tmp_path / "scan.nii.gz"
    image.to_filename(path)
    np.testing.assert_array_equal(load_scan(path).data, expected(path)[0])


def test_complex_numbers_are_shown_by_magnitude(write, noise):
    scan = load_scan(write((noise + 2j * noise).astype(np.complex64), np.eye(4)))
    np.testing.assert_allclose(scan.data, np.sqrt(5) * np.abs(noise), rtol=1e-6)
    assert any("magnitude" in note for note in scan.notes)


@pytest.mark.parametrize("kind", [nib.AnalyzeImage, nib.Spm99AnalyzeImage, nib.Spm2AnalyzeImage])
def test_analyze_and_spm(tmp_path, kind):
    data = np.arange(24, dtype=np.int16).reshape(2, 3, 4)
    image = kind(data, np.diag([-2.0, 3, 4, 1]))
    image.to_filename(tmp_path / "old.img")
    for name in ("old.img", "old.hdr"):
        scan = load_scan(tmp_path / name)
        data, affine = expected(tmp_path / name)
        np.testing.assert_array_equal(scan.data, data)
        np.testing.assert_allclose(scan.affine, affine)
    (tmp_path / "old.mat").unlink(missing_ok=True)
    assert any("left" in note for note in load_scan(tmp_path / "old.img").notes)


def test_the_affine_that_spm_wrote_beside(tmp_path, placement, noise):
    nib.Spm2AnalyzeImage(noise, placement).to_filename(tmp_path / "old.img")
    scan = load_scan(tmp_path / "old.img")
    np.testing.assert_allclose(scan.stored.grid.affine, placement, atol=1e-5)
    assert any("old.mat" in note for note in scan.notes)
    (tmp_path / "old.mat").write_bytes(b"no matrix at all, but long enough to be looked at" * 9)
    with pytest.raises(ScanError, match=r"old\.mat.*no SPM affine"):
        load_scan(tmp_path / "old.img")


@pytest.mark.parametrize("ending", ["img", "hdr", "img.gz"])
def test_nifti_pairs(tmp_path, placement, noise, ending):
    name = "pair.img.gz" if ending.endswith("gz") else "pair.img"
    nib.Nifti1Pair(noise, placement).to_filename(tmp_path / name)
    scan = load_scan(tmp_path / f"pair.{ending}")
    np.testing.assert_array_equal(scan.stored.from_canonical(scan.data), noise)


def test_half_a_pair(tmp_path, noise):
    nib.Nifti1Pair(noise, np.eye(4)).to_filename(tmp_path / "pair.img")
    (tmp_path / "pair.hdr").rename(tmp_path / "away.hdr")
    with pytest.raises(ScanError, match=r"pair\.img.*no header.*pair\.hdr"):
        load_scan(tmp_path / "pair.img")
    with pytest.raises(ScanError, match=r"away\.hdr.*no voxels.*away\.img"):
        load_scan(tmp_path / "away.hdr")
    shutil.copy(NIBABEL / "T1.PAR", tmp_path)
    with pytest.raises(ScanError, match=r"T1\.PAR.*T1\.REC is not beside it"):
        load_scan(tmp_path / "T1.PAR")


@pytest.mark.parametrize("affine", ["LIA", "oblique"])
def test_mgh(tmp_path, noise, affine, request):
    placement = request.getfixturevalue("placement_named")(affine)
    nib.MGHImage(noise, placement).to_filename(tmp_path / "scan.mgz")
    scan = load_scan(tmp_path / "scan.mgz")
    data, expected_affine = expected(tmp_path / "scan.mgz")
    np.testing.assert_array_equal(scan.data, data)
    np.testing.assert_allclose(scan.affine, expected_affine, atol=1e-5)
    assert scan.stored.xform_codes is None


def test_minc_with_time_first():
    """nibabel leaves MINC's time axis in front; it still counts volumes, and the affine is that of space."""
    assert count_volumes(NIBABEL / "minc1_4d.mnc") == 2
    scan = load_scan(NIBABEL / "minc1_4d.mnc", 1)
    image = nib.load(NIBABEL / "minc1_4d.mnc")
    np.testing.assert_array_equal(
        scan.stored.from_canonical(scan.data), image.get_fdata()[1].astype(np.float32)
    )
    np.testing.assert_allclose(scan.stored.grid.affine, image.affine)


def test_minc_2():
    path = NIBABEL / "minc2_4d.mnc"
    if importlib.util.find_spec("h5py") is None:
        with pytest.raises(ScanError, match="h5py"):
            load_scan(path)
        return
    scan = load_scan(path, 1)
    image = nib.load(path)
    np.testing.assert_array_equal(
        scan.stored.from_canonical(scan.data), image.get_fdata()[1].astype(np.float32)
    )


def test_a_series_asks_for_a_volume(write):
    data = np.random.default_rng(0).normal(size=(4, 5, 6, 3)).astype(np.float32)
    for name in ("series.nii", "series.nii.gz"):
        path = write(data, np.eye(4), name)
        assert count_volumes(path) == 3
        with pytest.raises(VolumeNotChosen, match=r"3 volumes; choose one with volume=N, 0 to 2") as many:
            load_scan(path)
        assert many.value.count == 3
        for volume in range(3):
            np.testing.assert_array_equal(load_scan(path, volume).data, data[..., volume])
        for volume in (-1, 3):
            with pytest.raises(ScanError, match=f"no volume {volume}.*volumes 0 to 2"):
                load_scan(path, volume)


def test_single_trailing_axes_are_no_series(write, noise):
    path = write(noise[..., None, None], np.eye(4))
    assert count_volumes(path) == 1
    np.testing.assert_array_equal(load_scan(path).data, noise)
    np.testing.assert_array_equal(load_scan(path, 0).data, noise)
    with pytest.raises(ScanError, match="no volume 1; it holds one volume"):
        load_scan(path, 1)


def test_a_fifth_axis_counts_on(write):
    data = np.random.default_rng(0).normal(size=(4, 5, 6, 2, 3)).astype(np.float32)
    path = write(data, np.eye(4))
    assert count_volumes(path) == 6
    np.testing.assert_array_equal(load_scan(path, 3).data, data[..., 1, 1])


def test_one_volume_is_read_alone(write, monkeypatch):
    """Of a long plain series no more than the wanted volume is read."""
    from viewer.scans import nifti_analyze_mgh

    data = np.random.default_rng(0).normal(size=(4, 5, 6, 50)).astype(np.float32)
    path = write(data, np.eye(4), "series.nii")
    counts = []
    original = nifti_analyze_mgh.read_at

    def counting(path, offset, count):
        counts.append(count)
        return original(path, offset, count)

    monkeypatch.setattr(nifti_analyze_mgh, "read_at", counting)
    load_scan(path, 31)
    assert counts == [4 * 5 * 6 * 4]


@pytest.mark.parametrize(
    ("pack", "name"), [(gzip.compress, "scan.nii"), (bytes, "scan.nii.gz"), (bz2.compress, "scan.nii.bz2")]
)
def test_packing_is_told_by_content(tmp_path, noise, pack, name):
    nib.Nifti1Image(noise, np.eye(4)).to_filename(tmp_path / "plain.nii")
    (tmp_path / name).write_bytes(pack((tmp_path / "plain.nii").read_bytes()))
    scan = load_scan(tmp_path / name)
    np.testing.assert_array_equal(scan.data, noise)
    assert scan.name == "scan"


def test_nan_becomes_zero_and_infinity_stays_the_strongest(write, noise):
    highest, lowest = noise.max(), noise.min()
    noise[1, 2, 3] = np.nan
    noise[4, 5, 6] = noise[4, 5, 7] = np.inf
    noise[7, 8, 9] = -np.inf
    scan = load_scan(write(noise, np.eye(4)))
    assert scan.data[1, 2, 3] == 0
    assert scan.data[4, 5, 6] == scan.data[4, 5, 7] == scan.data.max() == highest
    assert scan.data[7, 8, 9] == scan.data.min() == lowest
    assert scan.notes == (
        "1 voxel was not a number (NaN) and set to 0.",
        f"2 voxels were infinite and set to the largest value, {highest:.6g}.",
        f"1 voxel was negative and infinite and set to the smallest value, {lowest:.6g}.",
    )


def test_what_is_too_large_for_32_bits_is_refused(write, noise):
    data = noise.astype(np.float64)
    data[0, 0, 0] = 1e300
    with pytest.raises(ScanError, match=r"its values reach 1e\+300, .* \(1 value beyond\); .* outliers"):
        load_scan(write(data, np.eye(4)))


@pytest.mark.parametrize("kind", [np.int32, np.int64, np.uint32])
def test_whole_numbers_beyond_32_bit_floating_point_are_told(write, kind):
    def typed(data, affine):
        return nib.Nifti1Image(data, affine, dtype=kind)

    data = np.zeros((4, 5, 6), kind)
    data[1, 1, 1] = 1 << 24
    assert load_scan(write(data, np.eye(4), "exact.nii", typed)).notes == ()
    data[1, 1, 1] = (1 << 24) + 1
    scan = load_scan(write(data, np.eye(4), kind=typed))
    assert scan.notes == (
        "The file holds whole numbers up to 16,777,217; those beyond 16,777,216 are rounded to 32-bit "
        "floating point.",
    )


def test_nothing_but_nan_is_an_error(write):
    with pytest.raises(ScanError, match="no voxel with a finite number"):
        load_scan(write(np.full((4, 5, 6), np.nan, dtype=np.float32), np.eye(4)))


@pytest.mark.parametrize("shape", [(7, 9), (7, 9, 1), (1, 7, 9), (7, 9, 1, 5), (12,)])
def test_flat_images_are_errors(write, shape):
    with pytest.raises(ScanError, match=r"flat image of .* expected a volume"):
        load_scan(write(np.ones(shape, dtype=np.float32), np.eye(4)))


@pytest.mark.parametrize("channels", ["RGB", "RGBA"])
def test_colours_are_errors(write, channels):
    colour = np.dtype([(channel, "u1") for channel in channels])
    with pytest.raises(ScanError, match="colour image; expected one number per voxel"):
        load_scan(write(np.zeros((4, 5, 6), dtype=colour), np.eye(4)))


def test_a_map_of_whole_numbers_has_its_zero_again(real_data):
    """Stored with an intercept, the background of this map is -4.9e-6 instead of 0."""
    path = real_data / "maps" / "sensitivity_analysis_relevance_map.nii.gz"
    raw, new = load_scan(path), load_map(path)
    assert np.count_nonzero(raw.data == 0) == 0
    background = raw.data == raw.data[0, 0, 0]
    assert background.mean() > 0.4
    assert not new.data[background].any()
    np.testing.assert_array_equal(new.data[~background], raw.data[~background])
    assert len(new.notes) == 1


def test_maps_and_scans_agree(real_data):
    path = real_data / "maps" / "spmMotor.nii.gz"
    found = load_map(path)
    np.testing.assert_array_equal(found.data, load_scan(path).data)
    assert found.name == "spmMotor"
    assert found.signed
    assert found.stored.grid.axcodes == ("L", "A", "S")
