"""Preparation as a whole: what is done, and the way back of a map to the scan as it was given."""

from __future__ import annotations

import sys
from pathlib import Path

import nibabel
import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt
from scipy.spatial.transform import Rotation

from viewer.errors import Cancelled, ScanError, ViewerError
from viewer.preparation.brain_mask import BrainMask
from viewer.preparation.pipeline import prepare
from viewer.preparation.requirements import Requirements
from viewer.preparation.template import load_template
from viewer.progress import Progress
from viewer.scans.grid import Grid
from viewer.scans.map import Map
from viewer.scans.scan import Scan

OBLIQUE = np.eye(4)
OBLIQUE[:3, :3] = Rotation.from_euler("xyz", (20, -15, 30), degrees=True).as_matrix() * 1.5
SHEARED = OBLIQUE @ np.array([[1, 0.2, 0, 0], [0, 1, -0.1, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
AFFINE = np.array([[1.1, 0.1, 0.05, 4.0], [-0.1, 1.05, 0.1, -9.0], [0.02, -0.1, 1.2, 12.0], [0, 0, 0, 1]])


def scan_on(affine: np.ndarray) -> Scan:
    shape = (60, 70, 50)
    placed = affine.copy()
    placed[:3, 3] = -affine[:3, :3] @ (np.array(shape) / 2)
    values = np.random.default_rng(0).uniform(1, 2, shape).astype(np.float32)
    return Scan(values, Grid(shape, placed), "scan")


@pytest.mark.parametrize(
    "affine", [np.diag([2.0, 2.0, 2.0, 1.0]), OBLIQUE, SHEARED], ids=["straight", "oblique", "sheared"]
)
@pytest.mark.sampled(2)
def test_a_point_marked_in_the_template_is_found_at_its_mm_in_the_original(affine: np.ndarray) -> None:
    scan = scan_on(affine)
    prepared = prepare(scan, Requirements("affine"), transform=AFFINE)
    # A linear ramp is interpolated without error: its value at a voxel of the original is the mm there.
    grid = Grid((40, 40, 40), np.diag([3.0, 3.0, 3.0, 1.0]) + np.array([[0, 0, 0, -58.0]] * 3 + [[0] * 4]))
    for axis in range(3):
        ramp = grid.to_world(np.indices(grid.shape).reshape(3, -1).T)[:, axis].reshape(grid.shape)
        back = prepared.resample_to_original(Map(ramp.astype(np.float32), grid, "ramp"))
        assert back.grid is scan.grid
        for voxel in ((30, 35, 25), (24, 40, 20), (33, 30, 28)):
            expected = AFFINE @ [*scan.grid.to_world(voxel), 1]
            assert grid.contains(expected[:3])
            assert back.data[voxel] == pytest.approx(expected[axis], abs=1e-3)


def test_an_impulse_comes_back_at_its_place() -> None:
    scan = scan_on(SHEARED)
    voxel = (30, 35, 25)
    point = (AFFINE @ [*scan.grid.to_world(voxel), 1])[:3]
    affine = np.eye(4)
    affine[:3, 3] = point - 20.0
    impulse = np.zeros((41, 41, 41), np.float32)
    impulse[20, 20, 20] = 1.0
    prepared = prepare(scan, Requirements("affine"), transform=AFFINE)
    back = prepared.resample_to_original(Map(impulse, Grid((41, 41, 41), affine), "impulse"))
    assert np.unravel_index(back.data.argmax(), back.data.shape) == voxel
    assert back.data[voxel] == pytest.approx(1.0, abs=1e-3)


def test_the_prepared_scan_has_each_value_where_the_transform_moves_it() -> None:
    scan = scan_on(OBLIQUE)
    grid = Grid((3, 3, 3), np.diag([0.01, 0.01, 0.01, 1.0]))
    voxel = (31, 33, 22)
    placed = np.diag([0.01, 0.01, 0.01, 1.0])
    placed[:3, 3] = (AFFINE @ [*scan.grid.to_world(voxel), 1])[:3]
    prepared = prepare(scan, Requirements("affine"), transform=AFFINE, grid=Grid(grid.shape, placed))
    assert prepared.scan.data[0, 0, 0] == pytest.approx(scan.data[voxel], abs=1e-5)


def test_only_what_is_asked_for_is_done() -> None:
    scan = scan_on(OBLIQUE)
    nothing = prepare(scan, Requirements())
    assert nothing.scan is scan
    assert nothing.steps == ()
    moved = prepare(scan, Requirements("affine"), transform=AFFINE)
    assert [step.name for step in moved.steps] == ["registration", "grid"]
    assert moved.mask is None


def test_a_given_mask_removes_what_lies_outside_of_it() -> None:
    scan = scan_on(OBLIQUE)
    inside = np.zeros(scan.grid.shape, bool)
    inside[20:40, 20:40, 20:40] = True
    prepared = prepare(scan, Requirements(skull="removed"), mask=BrainMask(inside, scan.grid, "by hand"))
    np.testing.assert_array_equal(prepared.scan.data, np.where(inside, scan.data, 0))
    assert prepared.scan.grid is scan.grid


@pytest.mark.slow
def test_the_map_says_how_its_scan_was_prepared() -> None:
    scan = scan_on(OBLIQUE)
    prepared = prepare(scan, Requirements("affine"), transform=AFFINE)
    back = prepared.resample_to_original(
        Map(np.ones((4, 4, 4), np.float32), Grid((4, 4, 4), np.eye(4)), "ones")
    )
    assert back.provenance.scan["hash"] == scan.hash
    assert back.provenance.preparation["affine"] == AFFINE.tolist()


def test_a_mask_on_another_grid_is_refused() -> None:
    scan = scan_on(OBLIQUE)
    mask = BrainMask(np.ones((4, 4, 4), bool), Grid((4, 4, 4), np.eye(4)), "by hand")
    with pytest.raises(ScanError, match="another grid"):
        prepare(scan, Requirements(skull="removed"), mask=mask)


def test_a_whole_head_is_no_brain_mask(tmp_path: Path) -> None:
    head = nibabel.Nifti1Image(np.full((20, 20, 20), 90, np.uint8), np.diag([8.0, 8.0, 8.0, 1.0]))
    nibabel.save(head, tmp_path / "head.nii.gz")
    with pytest.raises(ScanError, match=r"is not a brain mask: 4\.1 litres of it are not 0") as caught:
        prepare(scan_on(OBLIQUE), Requirements(skull="removed"), mask=tmp_path / "head.nii.gz")
    assert "0 outside the brain" in caught.value.remedy


def refuse(*_: object) -> None:
    raise AssertionError("the bias field was corrected first")


def test_a_missing_package_is_told_before_the_first_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "deepbet", None)
    monkeypatch.setattr("viewer.preparation.pipeline.correct_bias", refuse)
    with pytest.raises(ViewerError, match="lacks the package deepbet"):
        prepare(scan_on(OBLIQUE), Requirements(skull="removed", bias_corrected=True))


def test_a_mask_that_cannot_be_read_is_told_before_the_first_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("viewer.preparation.pipeline.correct_bias", refuse)
    (tmp_path / "mask.nii").write_bytes(b"no image")
    with pytest.raises(ScanError, match=r"mask\.nii"):
        prepare(
            scan_on(OBLIQUE), Requirements(skull="removed", bias_corrected=True), mask=tmp_path / "mask.nii"
        )


def test_a_brain_that_zeros_cut_is_cut_off() -> None:
    """The field of view ends where a half was set to zero: its surface and what it covers are told."""
    template = load_template()
    values = template.scan.data + np.random.default_rng(0).uniform(0.1, 0.2, template.grid.shape)
    half = np.asarray(values, np.float32)
    half[:, 120:] = 0
    scan = Scan(half, template.grid, "half")
    brain = BrainMask(template.brain_mask & (half > 0), template.grid, "by hand")
    prepared = prepare(scan, Requirements("affine"), mask=brain, transform=np.eye(4))
    assert prepared.registration is not None
    covered = np.count_nonzero(template.brain_mask[:, :120]) / np.count_nonzero(template.brain_mask)
    assert prepared.registration.coverage == pytest.approx(covered, abs=0.01)
    assert any(line.startswith("the brain is cut off: ") for line in prepared.problems)
    whole = Scan(np.asarray(values, np.float32), template.grid, "whole")
    uncut = BrainMask(template.brain_mask, template.grid, "by hand")
    assert prepare(whole, Requirements("affine"), mask=uncut, transform=np.eye(4)).problems == ()


def test_preparation_can_be_cancelled() -> None:
    scan = scan_on(OBLIQUE)
    with pytest.raises(Cancelled):
        prepare(scan, Requirements(bias_corrected=True), progress=Progress(cancelled=lambda: True))


@pytest.mark.slow
def test_a_registered_brain_ends_where_the_template_s_does() -> None:
    template = load_template()
    scan = Scan(np.ones(template.grid.shape, dtype=np.float32), template.grid, "full")
    everything = BrainMask(np.ones(scan.data.shape, dtype=bool), scan.grid, "by hand")
    prepared = prepare(scan, Requirements("affine", "removed"), mask=everything, transform=np.eye(4))
    inside = prepared.scan.data > 0
    assert inside[template.brain_mask].all()
    depth = distance_transform_edt(~template.brain_mask)  # voxels of 1 mm
    assert depth[inside].max() <= 4.0
    skull = next(step for step in prepared.steps if step.name == "skull")
    assert skull.results["beyond_template_ml"] == pytest.approx((depth > 3).sum() / 1000, rel=0.01)
