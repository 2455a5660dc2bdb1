"""Prepared scans of this run, in a temporary folder: reference scans are needed for many maps."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from viewer.errors import ScanError
from viewer.preparation.pipeline import prepare
from viewer.preparation.requirements import Requirements
from viewer.progress import Progress
from viewer.scans.multichannel_scan import MultichannelScan, change_images
from viewer.scans.scan import Scan


@dataclass(frozen=True, eq=False)
class CachedPreparation:
    """A prepared scan, what was done (`Prepared.as_json`), and why it must not be trusted."""

    scan: Scan
    record: Mapping[str, Any]
    problems: tuple[str, ...]


@dataclass(eq=False)
class PreparedScanCache:
    """Prepares each scan once; its voxels are kept in a folder that is removed with this object."""

    _folder: TemporaryDirectory[str] = field(
        default_factory=lambda: TemporaryDirectory(prefix="saliency-viewer-", ignore_cleanup_errors=True)
    )
    _known: dict[tuple[str, Requirements], tuple[CachedPreparation, Path]] = field(default_factory=dict)
    _numbers: count[int] = field(default_factory=count)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def prepare(
        self, scan: Scan, requirements: Requirements, progress: Progress | None = None
    ) -> CachedPreparation:
        """Return a scan as prepared, from the folder where it was prepared before.

        Raises
        ------
        ViewerError
            As `viewer.prepare`, or there is no room for the file.
        """
        key = scan.hash, requirements
        with self._lock:
            known = self._known.get(key)
        if known is not None:
            return replace(known[0], scan=_read(known[0].scan, known[1]))
        made = prepare(scan, requirements, progress=progress)
        found = CachedPreparation(made.scan, made.as_json(), made.problems)
        with self._lock:
            file = Path(self._folder.name) / f"{next(self._numbers)}.npz"
        _write(made.scan, file)
        with self._lock:
            self._known[key] = replace(found, scan=change_images(made.scan, _emptied)), file
        return found


@cache
def prepared_scan_cache() -> PreparedScanCache:
    """Return the cache of this process; its folder is removed when the process ends."""
    return PreparedScanCache()


def _emptied(image: Scan) -> Scan:
    """Return an image without its voxels: zeros that take no memory."""
    return replace(image, data=np.broadcast_to(np.float32(0), image.grid.shape))


def _write(scan: Scan, file: Path) -> None:
    images = scan.images.values() if isinstance(scan, MultichannelScan) else (scan,)
    try:
        np.savez_compressed(file, *(image.data for image in images))
    except OSError as error:
        problem = f"cannot be kept for further maps ({error.strerror or error})"
        raise ScanError(scan.name, problem, "make room in the folder for temporary files") from error


def _read(scan: Scan, file: Path) -> Scan:
    """Return a scan with the voxels of a file."""
    try:
        with np.load(file, allow_pickle=False) as arrays:
            voxels = iter([arrays[name] for name in arrays.files])
    except OSError as error:
        problem = f"cannot be read again ({error.strerror or error}): its temporary file is gone"
        raise ScanError(scan.name, problem, "start anew") from error
    return change_images(scan, lambda image: replace(image, data=next(voxels)))
