"""The DICOM series that a scan was read from: its headers and slice positions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from viewer.errors import ScanError
from viewer.resource_files import BUILTIN_SCANS
from viewer.scans.dicom import read_series_stack
from viewer.scans.dicom_files import read_header
from viewer.scans.dicom_frames import DicomFrame
from viewer.scans.file_types import ImageFormat, detect_image_format
from viewer.scans.grid import Grid
from viewer.scans.scan import Scan


@dataclass(frozen=True, eq=False)
class SourceSeries:
    """Slices of one volume of a series.

    Parameters
    ----------
    frames
        Slices, in the order of the third axis of the scan's stored voxels.
    headers
        Complete headers of the files of these slices, without pixels, as pydicom data sets. For classic
        files, one per slice in the order of ``frames``.
    """

    frames: tuple[DicomFrame, ...]
    headers: tuple[Any, ...]

    @property
    def first_header(self) -> Any:
        """Header of the first slice's file."""
        return self.headers[0]


def missing_dicom_reason(scan: Scan | None) -> str:
    """Return why a scan has no DICOM series, as a sentence; empty for a scan read from one.

    Only the first bytes of its file are read.
    """
    if scan is None:
        return "No scan is open."
    if scan.path is None:
        return f"{scan.name} was not read from a file."
    if str(scan.path) in BUILTIN_SCANS:
        return f"{scan.name} comes with the program, not from DICOM."
    if not scan.path.exists():
        return f"The file of {scan.name} no longer exists."
    try:
        image_format = detect_image_format(scan.path)
    except ScanError:
        return f"The file of {scan.name} can no longer be read."
    return (
        ""
        if image_format is ImageFormat.DICOM
        else f"{scan.name} was read from {image_format}, not from DICOM."
    )


def read_source_series(scan: Scan) -> SourceSeries:
    """Read the headers of the series that a scan was read from.

    Raises
    ------
    ScanError
        It was not read from DICOM, or its files have changed since.
    """
    reason = missing_dicom_reason(scan)
    if reason:
        raise ScanError(scan.name, "has no DICOM series to refer to", reason.removesuffix("."))
    path = Path(str(scan.path))
    _, stack = read_series_stack(path)
    volume = scan.volume or 0
    frames = stack.volumes[volume] if volume < len(stack.volumes) else ()
    first = stack.volumes[0][0]
    expected = scan.stored.grid
    current = Grid((first.columns, first.rows, len(stack.volumes[0])), stack.affine)
    if not frames or not expected.same_as(current):
        raise ScanError(path, "holds a different series than when the scan was read", "open the scan again")
    files = dict.fromkeys(frame.file for frame in frames)
    return SourceSeries(frames, tuple(read_header(file) for file in files))


def slice_positions(series: SourceSeries) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Return the centre of every slice's first pixel in mm, LPS, shape (slices, 3)."""
    return np.stack([frame.position for frame in series.frames])
