"""From a table to the matrix: grids, masks, scaling, what is taken out, and everything that can be wrong."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from viewer.errors import Cancelled, ScanError
from viewer.progress import Progress
from viewer.scans.cohort import GLOBAL_MEAN, prepare_cohort
from viewer.scans.cohort_preparation import CohortPreparation, Scaling
from viewer.scans.scan_table import ScanTable, read_table

SHAPE = (12, 14, 10)
AFFINE = np.array([[4.0, 0, 0, -22], [0, 4, 0, -26], [0, 0, 4, -18], [0, 0, 0, 1]])
PLAIN = CohortPreparation(scaling=Scaling.NONE, subject_means=False)


def brain(seed: int, affine=AFFINE, shape=SHAPE) -> np.ndarray:
    """A ball of 40 around the origin with a gradient to the right, and noise; zero outside."""
    points = nib.affines.apply_affine(affine, np.moveaxis(np.indices(shape), 0, -1))
    ball = np.linalg.norm(points, axis=-1) < 17
    noise = np.random.default_rng(seed).normal(0, 2, shape)
    return np.where(ball, 40 + points[..., 0] / 2 + noise, 0).astype(np.float32)


def write_table(folder: Path, images: list[nib.Nifti1Image], subjects: str = "aabb") -> ScanTable:
    lines = ["scan\tsubject\ty\tage"]
    for number, image in enumerate(images):
        nib.save(image, folder / f"{number}.nii.gz")
        lines.append(f"{number}.nii.gz\t{subjects[number]}\t{number}\t{20 + number**2}")
    (folder / "t.tsv").write_text("\n".join(lines) + "\n")
    return read_table(folder / "t.tsv")


@pytest.fixture
def images() -> list[nib.Nifti1Image]:
    return [nib.Nifti1Image(brain(seed), AFFINE) for seed in range(4)]


def test_rows_are_the_masked_voxels_less_their_mean(tmp_path, images):
    cohort = prepare_cohort(write_table(tmp_path, images), PLAIN, tmp_path / "out")
    data = np.stack([image.get_fdata() for image in images])
    mask = cohort.matrix.mask
    inside = data[0] != 0
    assert mask.sum() > 0.9 * inside.sum()
    assert not (mask & ~inside).any()
    np.testing.assert_allclose(cohort.matrix.values, data[:, mask] - data[:, mask].mean(axis=0), atol=1e-5)
    np.testing.assert_allclose(cohort.matrix.mean, data[:, mask].mean(axis=0), rtol=1e-6)
    assert isinstance(cohort.matrix.values, np.memmap)
    assert cohort.grid_mean is None


def test_global_scaling_and_subjects_means(tmp_path, images):
    louder = [nib.Nifti1Image(image.get_fdata() * (1 + n), AFFINE) for n, image in enumerate(images)]
    cohort = prepare_cohort(write_table(tmp_path, louder), CohortPreparation(), tmp_path / "out")
    mask = cohort.matrix.mask
    data = np.stack([image.get_fdata()[mask] for image in louder])
    scaled = data * (GLOBAL_MEAN / data.mean(axis=1, keepdims=True))
    expected = scaled.copy()
    expected[:2] -= scaled[:2].mean(axis=0)
    expected[2:] -= scaled[2:].mean(axis=0)
    np.testing.assert_allclose(cohort.matrix.values, expected, atol=2e-5)
    np.testing.assert_allclose(cohort.matrix.mean, scaled.mean(axis=0), rtol=1e-6)
    ratios = [image.get_fdata().mean() / image.get_fdata()[mask].mean() for image in louder]
    assert cohort.grid_mean == pytest.approx(np.mean(ratios), rel=1e-6)


def test_columns_have_no_mean_left_to_rounding(tmp_path, images):
    high = [nib.Nifti1Image(image.get_fdata() * 1000, AFFINE) for image in images]
    matrix = prepare_cohort(write_table(tmp_path, high), PLAIN, tmp_path / "out").matrix
    size = np.abs(matrix.values).max()
    assert np.abs(matrix.values.mean(axis=0, dtype=np.float64)).max() < 1e-7 * size


def test_a_scan_on_another_grid_is_resampled_and_said_so(tmp_path, images):
    """Stored from right to left, back to front, at half the spacing: the same anatomy all the same."""
    fine = np.array([[-2.0, 0, 0, 23], [0, -2, 0, 27], [0, 0, 2, -19], [0, 0, 0, 1]])
    shape = (24, 28, 20)
    points = nib.affines.apply_affine(fine, np.moveaxis(np.indices(shape), 0, -1))
    ball = np.where(np.linalg.norm(points, axis=-1) < 21, 40 + points[..., 0] / 2, 0)
    images[2] = nib.Nifti1Image(ball.astype(np.float32), fine)
    cohort = prepare_cohort(write_table(tmp_path, images), PLAIN, tmp_path / "out")
    assert any("2.nii.gz (line 4) is on another grid" in note for note in cohort.notes)
    mask = cohort.matrix.mask
    world = nib.affines.apply_affine(AFFINE, np.argwhere(mask))
    row = cohort.matrix.values[2] + cohort.matrix.mean
    np.testing.assert_allclose(row, 40 + world[:, 0] / 2, atol=1e-3)


def test_a_given_mask_on_its_own_grid(tmp_path, images):
    mask_affine = np.diag([4.0, 4.0, 4.0, 1.0])
    mask_affine[:3, 3] = [-2.0, -2.0, -2.0]
    nib.save(nib.Nifti1Image(np.ones((2, 2, 2), np.uint8), mask_affine), tmp_path / "mask.nii")
    table = write_table(tmp_path, images)
    cohort = prepare_cohort(table, CohortPreparation(mask=tmp_path / "mask.nii"), tmp_path / "out")
    assert cohort.matrix.voxel_count == 8
    world = nib.affines.apply_affine(AFFINE, np.argwhere(cohort.matrix.mask))
    assert np.abs(world).max() <= 2.0


def test_covariates_are_taken_out(tmp_path, images):
    table = write_table(tmp_path, images, "aaaa")
    cohort = prepare_cohort(table, CohortPreparation(covariates=("age",)), tmp_path / "out")
    assert any(note.startswith("The effect of age was estimated from all scans") for note in cohort.notes)
    age = np.array([20.0, 21.0, 24.0, 29.0])
    products = (age - age.mean()) @ cohort.matrix.values
    assert np.abs(products).max() < 1e-4


def test_a_known_folder_is_used_again_and_a_changed_one_is_not(tmp_path, images):
    table = write_table(tmp_path, images)
    first = prepare_cohort(table, PLAIN, tmp_path / "out")
    written = (tmp_path / "out" / "scans.f32").stat().st_mtime_ns
    again = prepare_cohort(table, PLAIN, tmp_path / "out")
    assert (tmp_path / "out" / "scans.f32").stat().st_mtime_ns == written
    np.testing.assert_array_equal(first.matrix.values, again.matrix.values)
    np.testing.assert_array_equal(first.matrix.mean, again.matrix.mean)
    assert again.notes == first.notes
    nib.save(nib.Nifti1Image(brain(9) * 1.5, AFFINE), tmp_path / "1.nii.gz")
    other = prepare_cohort(table, PLAIN, tmp_path / "out")
    assert np.abs(other.matrix.mean - first.matrix.mean).max() > 1
    scaled = prepare_cohort(table, CohortPreparation(), tmp_path / "out")
    assert scaled.grid_mean is not None
    (tmp_path / "out" / "scans.f32").unlink()  # what is mapped stays readable
    (tmp_path / "out" / "scans.f32").write_bytes(b"cut off")
    mended = prepare_cohort(table, CohortPreparation(), tmp_path / "out")
    np.testing.assert_array_equal(mended.matrix.values, scaled.matrix.values)


def test_a_volume_of_a_series(tmp_path, images):
    series = np.stack([image.get_fdata() for image in images], axis=-1).astype(np.float32)
    nib.save(nib.Nifti1Image(series, AFFINE), tmp_path / "all.nii")
    text = "scan\tsubject\ty\tvolume\n" + "".join(f"all.nii\ta\t{n}\t{n}\n" for n in range(4))
    (tmp_path / "v.tsv").write_text(text)
    cohort = prepare_cohort(read_table(tmp_path / "v.tsv"), PLAIN, tmp_path / "out")
    whole = prepare_cohort(write_table(tmp_path, images), PLAIN, tmp_path / "other")
    np.testing.assert_array_equal(cohort.matrix.values, whole.matrix.values)
    (tmp_path / "v.tsv").write_text(text.replace("\t3\t3", "\t3\t4"))
    with pytest.raises(ScanError, match=r"line 5: .*has no volume 4"):
        prepare_cohort(read_table(tmp_path / "v.tsv"), PLAIN, tmp_path / "out")
    (tmp_path / "v.tsv").write_text(text.replace("\t3\t3", "\t3\tn/a"))
    with pytest.raises(ScanError, match=r"line 5: .*holds 4 volumes; choose one in a column 'volume'"):
        prepare_cohort(read_table(tmp_path / "v.tsv"), PLAIN, tmp_path / "out")


def refused(tmp_path, images, says, preparation=PLAIN, subjects="aabb"):
    table = write_table(tmp_path, images, subjects)
    with pytest.raises(ScanError, match=says) as caught:
        prepare_cohort(table, preparation, tmp_path / "out")
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.glob("out/*"))


def test_no_numbers_inside_the_mask(tmp_path, images):
    broken = images[2].get_fdata()
    broken[6, 7, 5] = np.nan
    images[2] = nib.Nifti1Image(broken, AFFINE)
    refused(tmp_path, images, "line 4: .*2.nii.gz has voxels inside the mask that are not numbers .NaN.: 1")


def test_no_numbers_in_a_scan_that_is_resampled(tmp_path, images):
    finer = AFFINE @ np.diag([0.5, 0.5, 0.5, 1.0])
    broken = np.full((24, 28, 20), 40.0, np.float32)
    broken[11:14, 13:16, 9:12] = np.inf
    images[2] = nib.Nifti1Image(broken, finer)
    refused(tmp_path, images, "line 4: .*2.nii.gz has voxels inside the mask that are not numbers")


def test_no_numbers_outside_of_the_mask_do_no_harm(tmp_path, images):
    outside = images[2].get_fdata()
    outside[outside == 0] = np.nan
    whole = prepare_cohort(write_table(tmp_path, images), PLAIN, tmp_path / "whole")
    images[2] = nib.Nifti1Image(outside, AFFINE)
    cohort = prepare_cohort(write_table(tmp_path, images), PLAIN, tmp_path / "out")
    np.testing.assert_array_equal(cohort.matrix.values, whole.matrix.values)


def test_a_scan_that_shows_another_place(tmp_path, images):
    away = AFFINE.copy()
    away[0, 3] += 500
    images[3] = nib.Nifti1Image(brain(3), away)
    refused(tmp_path, images, "the mask computed from the mean of its scans is empty")
    for file in tmp_path.glob("*"):
        file.unlink()
    nib.save(images[0], tmp_path / "mask.nii")
    says = "line 5: .*3.nii.gz does not cover the mask: .* voxels of the mask are missing"
    refused(tmp_path, images, says, CohortPreparation(mask=tmp_path / "mask.nii"))


def test_voxels_that_a_scan_lacks_are_left_out_and_said_so(tmp_path, images):
    cut = images[1].get_fdata()
    cut[:, :, 7:] = 0
    images[1] = nib.Nifti1Image(cut, AFFINE)
    cohort = prepare_cohort(write_table(tmp_path, images), PLAIN, tmp_path / "out")
    assert not cohort.matrix.mask[:, :, 7:].any()
    assert any("zero or outside in at least one scan" in note for note in cohort.notes)


def test_where_a_resampled_scan_ends_the_mask_ends(tmp_path, images):
    low = np.array(AFFINE)
    low[2, 3] -= 12  # three voxels of the brain's top are not in it
    images[1] = nib.Nifti1Image(brain(1, low), low)
    cohort = prepare_cohort(write_table(tmp_path, images), PLAIN, tmp_path / "out")
    assert cohort.matrix.mask.any()
    assert not cohort.matrix.mask[:, :, 7:].any()
    assert any("zero or outside in at least one scan" in note for note in cohort.notes)


def test_a_full_disk_is_no_crash(tmp_path, images, monkeypatch):
    from collections import namedtuple

    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("shutil.disk_usage", lambda folder: usage(1 << 30, 1 << 30, 1000))
    refused(tmp_path, images, "out: has 0 MiB of free disk space")


def test_an_empty_mask(tmp_path, images):
    nib.save(nib.Nifti1Image(np.zeros(SHAPE, np.uint8), AFFINE), tmp_path / "mask.nii")
    refused(
        tmp_path,
        images,
        "mask.nii: is empty on the scans' grid",
        CohortPreparation(mask=tmp_path / "mask.nii"),
    )
    refused(tmp_path, images, "none.nii: file not found", CohortPreparation(mask=tmp_path / "none.nii"))


def test_one_scan_and_one_scan_a_subject(tmp_path, images):
    refused(tmp_path, images[:1], "t.tsv: has only one scan")
    refused(tmp_path, images, "line 5: is the only scan of 'b'", CohortPreparation(), "aaab")


def test_a_scan_that_is_none(tmp_path, images):
    table = write_table(tmp_path, images)
    (tmp_path / "1.nii.gz").write_text("not an image")
    with pytest.raises(ScanError, match=r"t.tsv, line 3: .*1.nii.gz"):
        prepare_cohort(table, PLAIN, tmp_path / "out")


def test_scans_below_zero_cannot_be_scaled_globally(tmp_path, images):
    images[1] = nib.Nifti1Image(-images[1].get_fdata() / 10, AFFINE)
    refused(tmp_path, images, "line 3: its mean inside the mask is -", CohortPreparation())


def test_cancelled_it_leaves_nothing_behind(tmp_path, images):
    table = write_table(tmp_path, images)
    calls = iter(range(1000))
    with pytest.raises(Cancelled):
        prepare_cohort(table, PLAIN, tmp_path / "out", Progress(cancelled=lambda: next(calls) > 5))
    assert not list(tmp_path.glob("out/*"))


@pytest.mark.parametrize("name", ["mask.nii.gz", "mean.nii.gz"])
def test_a_person_s_own_images_are_never_replaced(tmp_path, images, name):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / name).write_text("mine")
    table = write_table(tmp_path, images)
    with pytest.raises(ScanError, match=rf"{name}: would be replaced, and belongs to no study"):
        prepare_cohort(table, PLAIN, folder)
    assert [one.name for one in folder.iterdir()] == [name]
    prepare_cohort(table, PLAIN, tmp_path / "out")
    prepare_cohort(table, CohortPreparation(), tmp_path / "out")
