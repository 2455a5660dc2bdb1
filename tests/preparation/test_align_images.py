"""Images of one person whose heads lay differently are brought together by a rigid transform."""

from __future__ import annotations

import json
from pathlib import Path

import nibabel
import numpy as np
import pytest

pytest.importorskip("SimpleITK")

from viewer.cli import main
from viewer.errors import ScanError, ViewerError
from viewer.fit.field_of_view import _misaligned_images
from viewer.preparation.align_images import align_images
from viewer.scans.aligned_image import alignment_matrix, original_image
from viewer.scans.grid import Grid
from viewer.scans.load import load_scan
from viewer.scans.multichannel_scan import MultichannelScan, make_multichannel_scan
from viewer.scans.provenance import describe_scan
from viewer.scans.resample import resample
from viewer.scans.scan import Scan
from viewer.scans.transform_problems import rotation_degrees
from viewer.session.cli_export import scan_arguments
from viewer.session.open_session import open_session
from viewer.session.session import Session
from viewer.session.session_io import save_session


def rigid(degrees: tuple[float, float, float], shift: tuple[float, float, float]) -> np.ndarray:
    matrix = np.eye(4)
    for axis, angle in enumerate(np.deg2rad(degrees)):
        i, j = ((1, 2), (0, 2), (0, 1))[axis]
        turn = np.eye(4)
        turn[i, i] = turn[j, j] = np.cos(angle)
        turn[i, j], turn[j, i] = -np.sin(angle), np.sin(angle)
        matrix = matrix @ turn
    matrix[:3, 3] = shift
    return matrix


@pytest.fixture(scope="module")
def head() -> Scan:
    """The simulated head at 3 mm."""
    whole = load_scan("simulated-head")
    grid = Grid((66, 80, 70), np.array([[3.0, 0, 0, -98], [0, 3.0, 0, -128], [0, 0, 3.0, -90], [0, 0, 0, 1]]))
    return Scan(resample(whole.data, whole.grid, grid), grid, "head")


def other_contrast(head: Scan) -> np.ndarray:
    """The same head with dark for bright, and dark air all the same."""
    inside = head.data > 0.1 * head.data.max()
    return np.where(inside, 1.3 * head.data.max() - head.data, 0).astype(np.float32)


@pytest.mark.parametrize(
    ("degrees", "shift"), [((0, 0, 0), (0, 0, 0)), ((6, -4, 8), (5, -7, 4)), ((-12, 3, 15), (60, 30, -80))]
)
@pytest.mark.sampled(2)
def test_a_moved_image_of_another_contrast_is_found(
    head: Scan, degrees: tuple[float, float, float], shift: tuple[float, float, float]
) -> None:
    moved = rigid(degrees, shift)
    flair = Scan(other_contrast(head), Grid(head.grid.shape, moved @ head.grid.affine), "flair")
    aligned = align_images(make_multichannel_scan({"T1": head, "FLAIR": flair}, {"age": 71}))
    assert isinstance(aligned, MultichannelScan)
    found = aligned.images["FLAIR"]
    np.testing.assert_array_equal(found.data, flair.data)
    assert aligned.covariates == {"age": 71}
    left = found.grid.affine @ np.linalg.inv(head.grid.affine)
    assert rotation_degrees(left) < 1
    middle = head.grid.centre
    assert np.linalg.norm(left[:3, :3] @ middle + left[:3, 3] - middle) < 1
    note = aligned.notes[-1]
    if not any(shift):
        assert note == "FLAIR is already aligned with T1 and was not moved."
        assert alignment_matrix(found) is None
    else:
        assert note.startswith("FLAIR was aligned with T1: rotated by ")
        assert np.array_equal(original_image(found).affine, flair.affine)
        matrix = alignment_matrix(found)
        assert matrix is not None
        np.testing.assert_allclose(matrix @ flair.affine, found.affine, atol=1e-9)
        again = align_images(make_multichannel_scan({"T1": head, "FLAIR": flair}))
        assert isinstance(again, MultichannelScan)
        assert again.images["FLAIR"].hash == found.hash  # the same bits twice


def test_a_single_image_is_refused(head: Scan) -> None:
    with pytest.raises(ScanError, match="head: is a single image; alignment needs several images"):
        align_images(head)


def test_heads_that_lie_differently_are_a_caution(head: Scan) -> None:
    for degrees, shift, apart in (((0, 0, 0), (0, 0, 0), False), ((15, 0, 10), (0, 20, 10), True)):
        moved = Scan(head.data, Grid(head.grid.shape, rigid(degrees, shift) @ head.grid.affine), "flair")
        problems = _misaligned_images(make_multichannel_scan({"T1": head, "FLAIR": moved}))
        assert any("the heads of FLAIR and T1 overlap by only 8" in line for line in problems) is apart
    # A brain without its skull lies inside its head.
    small = np.zeros(head.grid.shape, dtype=bool)
    small[20:45, 25:55, 30:55] = True
    brain = Scan(np.where(small, head.data, 0).astype(np.float32), head.grid, "brain")
    assert not _misaligned_images(make_multichannel_scan({"T1": head, "FLAIR": brain}))


@pytest.mark.slow
def test_an_aligned_image_comes_back_from_a_session_and_a_command(
    head: Scan, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    moved = rigid((6, -4, 8), (5, -7, 4)) @ head.grid.affine
    files = {"T1": (head.data, head.grid.affine), "FLAIR": (other_contrast(head), moved)}
    for name, (data, affine) in files.items():
        nibabel.save(nibabel.Nifti1Image(data, affine), tmp_path / f"{name}.nii.gz")
    words = [f"{name}={tmp_path / name}.nii.gz" for name in files]
    out = tmp_path / "slices.png"
    assert main(["slices", *words, "--align", "--image", "FLAIR", "-o", str(out)]) == 0
    assert "FLAIR was aligned with T1: rotated by " in capsys.readouterr().err
    session = Session()
    session.set_scan(align_images(load_scan({name: tmp_path / f"{name}.nii.gz" for name in files})))
    scan = session.scan
    assert isinstance(scan, MultichannelScan)
    assert "--align" in scan_arguments(scan)
    told = describe_scan(scan)["channels"]
    assert "alignment" in told["FLAIR"]
    assert "alignment" not in told["T1"]
    for ending in ("json", "zip"):
        again = open_session(save_session(session, tmp_path / f"person.session.{ending}")).scan
        assert again is not None
        assert again.hash == scan.hash
    path = tmp_path / "person.session.json"
    entries = json.loads(path.read_text())
    entries["scan"]["images"][0]["aligned_affine"][0] = [0, 0, 0, 0]
    path.write_text(json.dumps(entries))
    with pytest.raises(ViewerError, match=r"'scan\.images' is invalid"):
        open_session(path)
