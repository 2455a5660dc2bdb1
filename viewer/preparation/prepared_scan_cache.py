"""Prepared scans of this run, in a temporary folder: reference scans are needed for many maps.

The processes of one run share a folder, so each scan is prepared by one of them and read by the others.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt

from viewer.errors import ScanError
from viewer.preparation.pipeline import prepare
from viewer.preparation.requirements import Requirements
from viewer.progress import Progress
from viewer.scans.grid import Grid
from viewer.scans.multichannel_scan import MultichannelScan, make_multichannel_scan
from viewer.scans.scan import Scan, StoredOrientation

WAIT_SECONDS = 0.1
"""Interval in seconds at which a scan locked by another process is checked."""


@dataclass(frozen=True, eq=False)
class CachedPreparation:
    """Prepared scan, the record of its preparation (`Prepared.as_json`), and its problems."""

    scan: Scan
    record: Mapping[str, Any]
    problems: tuple[str, ...]


class PreparedScanCache:
    """Cache that prepares each scan once and keeps it in a folder.

    Parameters
    ----------
    folder
        Folder that other processes may use concurrently; None for one that is removed with this object.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._temporary_folder = TemporaryDirectory(prefix="saliency-viewer-", ignore_cleanup_errors=True)
        self._folder = folder or Path(self._temporary_folder.name)

    def use_folder(self, folder: Path) -> None:
        """Use a folder that is shared with other processes."""
        self._folder = folder

    def prepare(
        self, scan: Scan, requirements: Requirements, progress: Progress | None = None
    ) -> CachedPreparation:
        """Return the prepared scan, from the folder if it was prepared before.

        Raises
        ------
        ViewerError
            As in `viewer.prepare`, or the file cannot be written or read.
        Cancelled
            ``progress`` was cancelled, also while another process prepared the scan.
        """
        progress = progress or Progress()
        file = self._folder / f"{_cache_key(scan, requirements)}.npz"
        with _lock(scan, file.with_suffix(".lock"), progress):
            if file.exists():
                return _read_cache_file(scan, file)
            prepared = prepare(scan, requirements, progress=progress)
            cached = CachedPreparation(prepared.scan, prepared.as_json(), prepared.problems)
            _write_cache_file(cached, file)
        return cached


@cache
def prepared_scan_cache() -> PreparedScanCache:
    """Return the cache of this process; a folder of its own is removed when the process ends."""
    return PreparedScanCache()


def _cache_key(scan: Scan, requirements: Requirements) -> str:
    return hashlib.sha256(f"{scan.hash} {requirements}".encode()).hexdigest()


@contextmanager
def _lock(scan: Scan, path: Path, progress: Progress) -> Iterator[None]:
    """Hold a lock file; the system releases it if the process dies."""
    import fcntl

    try:
        file = path.open("w")
    except OSError as error:
        raise _cache_error(scan, error) from error
    with file:
        while True:
            progress.raise_if_cancelled()
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(WAIT_SECONDS)
        yield


def _cache_error(scan: Scan, error: OSError) -> ScanError:
    problem = f"cannot be kept for further maps ({error.strerror or error})"
    return ScanError(scan.name, problem, "free some space in the folder for temporary files")


def _list_images(scan: Scan) -> tuple[Scan, ...]:
    return tuple(scan.images.values()) if isinstance(scan, MultichannelScan) else (scan,)


def _write_cache_file(cached: CachedPreparation, file: Path) -> None:
    """Write the voxels, and everything else as JSON; the file appears only when complete."""
    images = _list_images(cached.scan)
    headers = [
        {
            "affine": image.grid.affine.tolist(),
            "notes": image.notes,
            "codes": image.stored.xform_codes,
            "canonical": image.stored.grid.same_as(image.grid),
        }
        for image in images
    ]
    metadata = json.dumps({"record": cached.record, "problems": cached.problems, "images": headers})
    temporary = file.with_suffix(".partial")
    try:
        with temporary.open("wb") as stream:
            np.savez_compressed(stream, *(image.data for image in images), about=np.array(metadata))
        temporary.replace(file)
    except OSError as error:
        raise _cache_error(cached.scan, error) from error


def _read_cache_file(scan: Scan, file: Path) -> CachedPreparation:
    """Return the preparation of a scan from its file."""
    try:
        with np.load(file, allow_pickle=False) as arrays:
            metadata: dict[str, Any] = json.loads(str(arrays["about"]))
            voxels = [arrays[f"arr_{number}"] for number in range(len(metadata["images"]))]
    except OSError as error:
        problem = f"cannot be read again ({error.strerror or error}): its temporary file is missing"
        raise ScanError(scan.name, problem, "start again") from error
    images = [
        _restore_image(original, data, entry)
        for original, data, entry in zip(_list_images(scan), voxels, metadata["images"], strict=True)
    ]
    result = images[0]
    if isinstance(scan, MultichannelScan):
        result = make_multichannel_scan(dict(zip(scan.channels, images, strict=True)), scan.covariates)
    return CachedPreparation(result, metadata["record"], tuple(metadata["problems"]))


def _restore_image(original: Scan, data: npt.NDArray[np.float32], entry: Mapping[str, Any]) -> Scan:
    """Return a prepared image; ``entry`` is its JSON entry."""
    shape, codes = data.shape, entry["codes"]
    grid = Grid((shape[0], shape[1], shape[2]), np.array(entry["affine"]))
    stored = original.stored
    if entry["canonical"]:
        stored = StoredOrientation(grid, xform_codes=None if codes is None else (codes[0], codes[1]))
    return Scan(data, grid, original.name, tuple(entry["notes"]), None, stored)
