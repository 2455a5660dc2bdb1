"""Check for missing voxels: values that are not finite in the file, or planes of zeros within the scan."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from viewer.fit.subject import FitSubject
from viewer.models.fit_report import FitCheck, FitVerdict
from viewer.scans.load import count_non_finite
from viewer.scans.multichannel_scan import MultichannelScan
from viewer.scans.scan import Scan

NAME = "missing voxels"

MAX_NON_FINITE = 0.001
"""Share of voxels that were not finite from which a scan may have a noticeable hole."""


def check_missing_voxels(subject: FitSubject) -> FitCheck:
    """Check for voxels that were replaced on reading, and for empty planes, in the original scan."""
    expected = f"at most {MAX_NON_FINITE:.1%} not finite, no empty plane"
    problems = describe_missing(subject)
    if problems:
        value = problems[0].partition(" of ")[0]
        sentence = "; ".join(problems)
        return FitCheck(NAME, FitVerdict.CAUTION, sentence, value, expected, reasons=tuple(problems))
    return FitCheck(NAME, FitVerdict.OK, "no noticeable part of the scan is missing", "none", expected)


def describe_missing(subject: FitSubject) -> list[str]:
    """Return what is missing in the original images, one sentence each."""
    scan = subject.scan if subject.preparation is None else subject.preparation.original
    images = scan.images if isinstance(scan, MultichannelScan) else {"": scan}
    problems = []
    for channel, image in images.items():
        owner = f" of {channel}" if channel else " of the scan"
        share = count_non_finite(image.notes) / image.data.size
        if share > MAX_NON_FINITE:
            problems.append(f"{share:.1%} of the voxels{owner} were not finite and were replaced")
        count = sum(np.count_nonzero(empty_planes(image, axis)) for axis in range(3))
        if count:
            planes = "1 plane" if count == 1 else f"{count} planes"
            problems.append(f"{planes}{owner} between non-empty planes {'is' if count == 1 else 'are'} empty")
    return problems


def empty_planes(scan: Scan, axis: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return which planes across an axis hold only zeros and lie between planes that do not."""
    other_axes = tuple(other_axis for other_axis in range(3) if other_axis != axis)
    occupied = np.flatnonzero(scan.data.any(axis=other_axes))
    empty = np.zeros(scan.grid.shape[axis], dtype=np.bool_)
    if occupied.size:
        empty[occupied[0] : occupied[-1]] = True
        empty[occupied] = False
    return empty


def fill_empty_planes(scan: Scan) -> Scan:
    """Return a scan in which every empty plane is a copy of the nearest one that is not."""
    data = scan.data
    for axis in range(3):
        empty = empty_planes(scan, axis)
        if empty.any():
            planes = np.arange(empty.size)
            filled = planes[~empty]
            nearest = filled[np.abs(planes[:, None] - filled[None, :]).argmin(axis=1)]
            data = data.take(np.where(empty, nearest, planes), axis)
    return scan if data is scan.data else replace(scan, data=data)
