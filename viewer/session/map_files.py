"""Files of maps that are in none yet: a free name for each, so that nothing is written over."""

from __future__ import annotations

import tempfile
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from viewer.scans.sidecar import sidecar_path
from viewer.session.bundle import file_hash

if TYPE_CHECKING:
    from viewer.session.session import Layer


def map_file(layer: Layer, folder: Path, stem: str, number: int) -> Path:
    """Return the file that a map lies in; write one where there is none, or it is gone.

    Its name is STEM and the number, or the next one that is free. A file that holds the same map already
    stays as it is and is taken.

    Raises
    ------
    ScanError, OSError
        It cannot be written.
    """
    if layer.file is not None and layer.file.is_file():
        return layer.file
    with tempfile.TemporaryDirectory(prefix="saliency-viewer-map-") as scratch:
        made: Path | None = None
        for tried in count(number):
            path = folder / f"{stem}{tried}.nii.gz"
            if not _taken(path):
                return layer.map.save(path)
            made = made or layer.map.save(Path(scratch) / path.name)
            if _same(made, path):
                return path
    raise AssertionError("count() ends")


def _taken(path: Path) -> bool:
    described = sidecar_path(path)
    return any(one.exists() or one.is_symlink() for one in (path, described, path.with_suffix("")))


def _same(made: Path, path: Path) -> bool:
    pairs = ((made, path), (sidecar_path(made), sidecar_path(path)))
    return all(other.is_file() and file_hash(one) == file_hash(other) for one, other in pairs)
