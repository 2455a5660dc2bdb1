"""Map of a participant, to be shown together with the scan that it was computed from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from viewer.cohorts.cohort_folder import CohortFolder
from viewer.cohorts.participants import Participant
from viewer.errors import ScanError, ViewerError
from viewer.files import exists, is_file
from viewer.resource_files import BUILTIN_SCANS

if TYPE_CHECKING:
    from viewer.scans.map import Map
    from viewer.scans.scan import Scan


@dataclass(frozen=True, eq=False)
class ParticipantImages:
    """A participant's map and scan.

    Parameters
    ----------
    map
        The map; its name begins with the participant's label.
    scan
        Its scan; a registered scan is placed in template space, like the map. None if it is not available.
    problem
        Why there is no scan, in one line; empty if there is one.
    """

    map: Map
    scan: Scan | None
    problem: str = ""


def open_participant(cohort: CohortFolder, row: Participant, description: str) -> ParticipantImages:
    """Read the map of a participant, and its scan if the file still exists and is unchanged.

    Raises
    ------
    ScanError
        There is no such map, or it cannot be read.
    """
    from viewer.scans.load import load_map

    path = cohort.derivatives.map_path(row, description)
    if not is_file(path):
        problem = f"{row.label} has no map of {description}"
        raise ScanError(path, problem, "failures.tsv of the folder says why, if it failed")
    map_ = load_map(path)
    # Maps of several participants have the same name in their files.
    map_ = replace(map_, name=f"{row.label}, {map_.name}")
    try:
        return ParticipantImages(map_, _open_scan(map_, row))
    except ViewerError as error:
        return ParticipantImages(map_, None, str(error))


def _open_scan(map_: Map, row: Participant) -> Scan:
    """Open the scan that a map names. Raises ViewerError if it is missing or has changed."""
    from viewer.scans.aligned_image import replace_affine
    from viewer.scans.load import load_scan
    from viewer.scans.multichannel_scan import MultichannelScan

    record = map_.provenance.scan
    channels, covariates = record.get("channels"), record.get("covariates")
    scan: Scan
    if isinstance(channels, Mapping) and channels:
        images = {str(name): _open_image(entry, row) for name, entry in channels.items()}
        scan = load_scan(images, covariates=covariates if isinstance(covariates, Mapping) else None)
    else:
        scan = _open_image(record, row)
    if record.get("hash") != scan.hash:
        problem = f"is not the scan that the map of {row.label} was computed from: it has changed"
        raise ScanError(scan.path or row.label, problem, "open it separately")
    scan_affine = map_.provenance.preparation.get("scan_affine")
    if scan_affine is None:
        return scan
    first = scan.first if isinstance(scan, MultichannelScan) else scan
    return replace_affine(first, _read_transform(scan_affine, row) @ first.grid.affine)


def _open_image(entry: object, row: Participant) -> Scan:
    """Open an image that a sidecar names, at its aligned position. Raises ScanError."""
    from viewer.scans.aligned_image import replace_affine
    from viewer.scans.load import load_scan

    record: Mapping[str, Any] = entry if isinstance(entry, Mapping) else {}
    path, volume, alignment = record.get("path"), record.get("volume"), record.get("alignment")
    if not isinstance(path, str) or not path or "\0" in path:
        raise ScanError(row.label, "the map does not name the file of its scan", "open it separately")
    if not exists(Path(path)) and path not in BUILTIN_SCANS:
        raise ScanError(path, f"the scan of {row.label} is no longer there", "open it from where it is now")
    image = load_scan(path, volume if isinstance(volume, int) else None)
    if alignment is None:
        return image
    return replace_affine(image, _read_transform(alignment, row) @ image.grid.affine)


def _read_transform(value: object, row: Participant) -> npt.NDArray[np.float64]:
    """Return a 4 by 4 transform that a sidecar names. Raises ScanError."""
    try:
        matrix = np.array(value, dtype=np.float64)
    except (ValueError, TypeError):
        matrix = np.zeros((0, 0))
    if matrix.shape != (4, 4) or list(matrix[3]) != [0, 0, 0, 1] or not np.isfinite(matrix).all():
        raise ScanError(row.label, "the map's record of its scan's registration is invalid")
    if not 1e-3 < abs(float(np.linalg.det(matrix))) < 1e3:
        raise ScanError(row.label, "the map's record of its scan's registration is invalid")
    return matrix
