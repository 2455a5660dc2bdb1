"""Prepared scans kept in a folder: read as they were made, and prepared once by all that share it."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

import viewer
from viewer.errors import Cancelled
from viewer.preparation import prepared_scan_cache
from viewer.preparation.prepared import Prepared
from viewer.preparation.prepared_scan_cache import PreparedScanCache
from viewer.scans.grid import Grid
from viewer.scans.multichannel_scan import MultichannelScan, make_multichannel_scan
from viewer.scans.scan import Scan, StoredOrientation

GRID = Grid((9, 8, 7), np.array([[2.0, 0.3, 0, -8], [0, 2, 0.1, -7], [0, 0, 3, -9], [0, 0, 0, 1]]))
REVERSED = Grid((9, 8, 7), GRID.affine @ np.diag([-1.0, 1, 1, 1]))
BACK = np.array([[0.0, -1, 0, 3], [1, 0, 0, -2], [0, 0, 1, 5], [0, 0, 0, 1]])
AFFINE = viewer.Requirements("affine")


def image(seed: int) -> Scan:
    data = np.random.default_rng(seed).uniform(1, 9, GRID.shape).astype(np.float32)
    stored = StoredOrientation(REVERSED, flips=(True, False, False), xform_codes=(1, 0))
    return Scan(data, GRID, f"image{seed}", ("a note",), Path("image.nii.gz"), stored)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The scans that are prepared, by a transform that needs no search."""
    made: list[str] = []

    def prepare(scan: Scan, wanted: viewer.Requirements, progress: viewer.Progress) -> Prepared:
        made.append(scan.name)
        return viewer.prepare(scan, wanted, transform=BACK, grid=Grid((6, 7, 8), np.eye(4)))

    monkeypatch.setattr(prepared_scan_cache, "prepare", prepare)
    return made


def same(first: Scan, second: Scan) -> bool:
    return (
        first.hash == second.hash
        and (first.name, first.notes, first.path) == (second.name, second.notes, second.path)
        and first.stored.xform_codes == second.stored.xform_codes
        and first.stored.grid.same_as(second.stored.grid)
        and first.stored.flips == second.stored.flips
    )


@pytest.mark.slow
def test_another_process_reads_what_was_prepared(tmp_path: Path, calls: list[str]) -> None:
    made = PreparedScanCache(tmp_path).prepare(image(0), AFFINE)
    other = PreparedScanCache()
    other.use_folder(tmp_path)
    read = other.prepare(image(0), AFFINE)
    assert calls == ["image0"]
    assert same(read.scan, made.scan)
    assert (read.record["affine"], read.problems) == (BACK.tolist(), made.problems)
    other.prepare(image(1), AFFINE)
    other.prepare(image(0), viewer.Requirements("rigid"))
    assert calls == ["image0", "image1", "image0"]


def test_all_images_of_a_person_are_kept(tmp_path: Path, calls: list[str]) -> None:
    person = make_multichannel_scan({"T1": image(0), "FLAIR": image(1)}, {"age": 71})
    cache = PreparedScanCache(tmp_path)
    made, read = (cache.prepare(person, AFFINE).scan for _ in range(2))
    assert len(calls) == 1
    assert isinstance(made, MultichannelScan)
    assert isinstance(read, MultichannelScan)
    assert read.covariates == made.covariates == {"age": 71}
    assert list(read.images) == list(made.images)
    assert all(same(read.images[name], made.images[name]) for name in made.images)
    assert read.notes == made.notes


def test_a_scan_that_another_prepares_is_waited_for(
    tmp_path: Path, calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    once = prepared_scan_cache.prepare

    def slow(scan: Scan, wanted: viewer.Requirements, progress: viewer.Progress) -> Prepared:
        begun.set()
        assert go_on.wait(60)
        return once(scan, wanted, progress=progress)

    monkeypatch.setattr(prepared_scan_cache, "prepare", slow)
    first = threading.Thread(target=PreparedScanCache(tmp_path).prepare, args=(image(0), AFFINE))
    first.start()
    assert begun.wait(60)
    with pytest.raises(Cancelled):
        PreparedScanCache(tmp_path).prepare(image(0), AFFINE, viewer.Progress(cancelled=lambda: True))
    go_on.set()
    PreparedScanCache(tmp_path).prepare(image(0), AFFINE)
    first.join()
    assert calls == ["image0"]
