"""What another process reads and prepares is what this one would, or nothing."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from viewer.scans.display_range import display_range
from viewer.scans.load import load_map, load_scan
from viewer.scene.preload_process import Preloader
from viewer.scene.prepared_map import prepare_map
from viewer.scene.render_data import ScanRenderData

SHEARED = np.array([[-2.0, 0.3, 0, 30], [0, 0.2, 2.5, -40], [0.1, -2, 0, 50], [0, 0, 0, 1]])
"""Axes to the left, downwards and to the front, not at right angles."""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("ahead")
    draw = np.random.default_rng(0)
    scan = np.zeros((20, 24, 18), np.float32)
    scan[4:16, 5:20, 3:15] = 100 + draw.normal(0, 5, (12, 15, 12))
    shown = np.zeros((10, 12, 9), np.float32)
    shown[3:7, 4:8, 2:6] = draw.normal(0, 1, (4, 4, 4))
    coarse = SHEARED @ np.diag([2.0, 2, 2, 1])
    nib.save(nib.Nifti1Image(scan, SHEARED), folder / "scan.nii.gz")
    nib.save(nib.Nifti1Image(shown, coarse), folder / "map.nii.gz")
    return folder / "scan.nii.gz", folder / "map.nii.gz"


@pytest.fixture
def ahead(files: tuple[Path, Path]) -> Iterator[Preloader]:
    made = Preloader(*files, 3.0)
    yield made
    made.close()


def test_everything_is_what_this_process_would_read_and_prepare(
    ahead: Preloader, files: tuple[Path, Path]
) -> None:
    scan, shown = ahead.scan(files[0]), ahead.map(str(files[1]))
    assert scan is not None
    assert shown is not None
    own, own_map = load_scan(files[0]), load_map(files[1])
    assert scan.hash == own.hash
    assert (scan.path, scan.name, scan.notes) == (own.path, own.name, own.notes)
    assert scan.notes  # that its axes are sheared
    np.testing.assert_array_equal(scan.stored.grid.affine, own.stored.grid.affine)
    assert (scan.stored.axes, scan.stored.flips) == (own.stored.axes, own.stored.flips)
    np.testing.assert_array_equal(shown.data, own_map.data)
    assert shown.provenance == own_map.provenance
    assert ahead.display_range(scan) == display_range(own.data)

    over, expected = ahead.scan_render_data(scan), ScanRenderData.from_scan(own)
    assert over is not None
    np.testing.assert_array_equal(over.brightness, expected.brightness)
    np.testing.assert_array_equal(over.mask_alpha, expected.mask_alpha)
    np.testing.assert_array_equal(over.glass.padded, expected.glass.padded)
    assert (over.frame.low, over.frame.high) == (expected.frame.low, expected.frame.high)

    prepared, wanted = ahead.prepared_map(shown, over, 3.0), prepare_map(own_map, own, expected, 3.0)
    assert prepared is not None
    assert prepared.map is shown
    assert prepared.scan_data is over
    np.testing.assert_array_equal(prepared.values_on_scan, wanted.values_on_scan)
    for mine, its in zip(wanted.render_data.shadows, prepared.render_data.shadows, strict=True):
        np.testing.assert_array_equal(its, mine)
    for sign, ranking in wanted.render_data.sorted_values.items():
        assert prepared.render_data.sorted_values[sign].largest == ranking.largest


def test_voxels_that_came_from_there_cannot_be_changed_here(
    ahead: Preloader, files: tuple[Path, Path]
) -> None:
    scan, shown = ahead.scan(files[0]), ahead.map(files[1])
    assert scan is not None
    assert shown is not None
    for array in (scan.data, shown.data, scan.affine, scan.stored.grid.affine):
        assert not array.flags.writeable


def test_of_anything_else_it_knows_nothing(ahead: Preloader, files: tuple[Path, Path]) -> None:
    own, own_map = load_scan(files[0]), load_map(files[1])
    assert ahead.scan(files[1]) is None
    assert ahead.map(files[0]) is None
    assert ahead.display_range(own) is None
    assert ahead.scan_render_data(own) is None
    scan, shown = ahead.scan(files[0]), ahead.map(files[1])
    assert scan is not None
    assert shown is not None
    over = ahead.scan_render_data(scan)
    assert over is not None
    assert ahead.prepared_map(own_map, over, 3.0) is None
    assert ahead.prepared_map(shown, over, 2.0) is None


@pytest.mark.parametrize("content", [None, b"", b"this is text"])
def test_a_file_that_cannot_be_read_is_left_to_the_window(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "scan.nii.gz"
    if content is not None:
        path.write_bytes(content)
    ahead = Preloader(path)
    assert ahead.scan(path) is None
    ahead.close()


def test_closed_it_answers_nothing_and_leaves_no_process(files: tuple[Path, Path]) -> None:
    ahead = Preloader(*files)
    scan = ahead.scan(files[0])
    assert scan is not None
    before = scan.data.sum()
    ahead.close()
    ahead.close()
    assert ahead.scan(files[0]) is None
    assert ahead.scan_render_data(scan) is None
    # What was handed out stays.
    assert scan.data.sum() == before
    with pytest.raises(ChildProcessError):
        os.waitpid(ahead._process.pid, os.WNOHANG)


def test_where_no_process_can_be_started_no_file_stays_open(monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryFile() as arrays:
        monkeypatch.setattr("tempfile.TemporaryFile", lambda: arrays)
        monkeypatch.setattr("sys.executable", "/no/such/python")
        with pytest.raises(FileNotFoundError):
            Preloader("scan.nii.gz")
        assert arrays.closed


def test_nothing_in_the_current_folder_is_imported(
    files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("numpy", "nibabel", "viewer"):
        (tmp_path / f"{name}.py").write_text("open('imported', 'w')\n")
    monkeypatch.chdir(tmp_path)
    ahead = Preloader(files[0].resolve())
    assert ahead.scan(files[0].resolve()) is not None
    assert not (tmp_path / "imported").exists()
    ahead.close()
