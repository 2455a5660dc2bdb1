"""Metadata of a scan or a map, as plain values for a table or JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from viewer.errors import ScanError
from viewer.files import exists
from viewer.scans.load import open_image
from viewer.scans.map import Map
from viewer.scans.provenance import describe_scan
from viewer.scans.scan import Scan


def describe(image: Scan | Map) -> dict[str, Any]:
    """Return the fields that ``info`` shows.

    ``shape``, ``spacing`` (mm), ``axes`` and ``affine`` are those of the canonical array; ``stored`` is
    the file's format, data type, shape, axes, affine, NIfTI codes and number of volumes (format, type and
    volumes only if the file exists). ``intensity`` has the smallest and the largest value, the mean, and the
    number of non-zero voxels. A map also has its ``provenance``.
    """
    data = image.data
    fields: dict[str, Any] = {
        "name": image.name,
        "path": None if image.path is None else str(image.path),
        "shape": list(data.shape),
    }
    if isinstance(image, Scan):
        fields |= {
            name: entry for name, entry in describe_scan(image).items() if name in ("volume", "channels")
        }
    elif image.volume is not None:
        fields["volume"] = image.volume
    grid = image.grid
    if grid is not None:
        fields |= {
            "spacing": _as_floats(grid.spacing),
            "axes": "".join(grid.axcodes),
            "affine": grid.affine.tolist(),
            "centre": _as_floats(grid.centre),
            "size": _as_floats(grid.spacing * grid.shape),
        }
    if image.stored is not None:
        fields["stored"] = _describe_file(image.path) | {
            "shape": list(image.stored.grid.shape),
            "axes": "".join(image.stored.grid.axcodes),
            "affine": image.stored.grid.affine.tolist(),
            "codes": None if image.stored.xform_codes is None else list(image.stored.xform_codes),
        }
    fields["intensity"] = {
        "smallest": float(data.min()),
        "largest": float(data.max()),
        "mean": float(data.mean(dtype=np.float64)),
        "nonzero": int(np.count_nonzero(data)),
    }
    if isinstance(image, Scan):
        fields["hash"] = image.hash
    elif provenance := image.provenance.as_json():
        fields["provenance"] = provenance
    fields["notes"] = list(image.notes)
    return fields


def _describe_file(path: Path | None) -> dict[str, Any]:
    """Return format, data type and number of volumes of the file; empty if it cannot be read (any more)."""
    if path is None or not exists(path):
        return {}
    try:
        source = open_image(path)
    except ScanError:
        # The file was changed or damaged after loading; the image in memory is still described.
        return {}
    return {"format": str(source.format), "type": source.dtype.name, "volumes": source.volume_count}


def _as_floats(values: Any) -> list[float]:
    return [float(value) for value in values]
