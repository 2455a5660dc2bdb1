"""Frames put in order along the direction they are stacked in, and the affine that follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from viewer.errors import ScanError
from viewer.scans.dicom_frames import Frame

TURNED = 1e-3
SAME_MM = 1e-3
EVEN, UNEVEN = 0.01, 0.10


@dataclass(frozen=True, eq=False)
class Stack:
    """Volumes of frames, each from one end to the other.

    ``affine`` leads from (column, row, slice) to mm in RAS+: DICOM's x and y run to the left and to the back.
    """

    frames: tuple[tuple[Frame, ...], ...]
    affine: npt.NDArray[np.float64]
    notes: tuple[str, ...]


def stacked(path: Path, frames: Sequence[Frame]) -> Stack:
    """Sort frames by where they lie; frames at one place are those of several volumes.

    Raises
    ------
    ScanError
        The frames differ in size or direction, some are missing, or their distances differ.
    """
    first = frames[0]
    for frame in frames:
        if (frame.rows, frame.columns) != (first.rows, first.columns):
            raise ScanError(path, "holds slices of different sizes", "name a folder with one series alone")
        turn = max(np.abs(frame.across - first.across).max(), np.abs(frame.down - first.down).max())
        if turn > TURNED or not np.allclose(frame.spacing, first.spacing, rtol=1e-3):
            raise ScanError(
                path, "holds slices that lie in different directions", "it is a localizer, or several series"
            )
    normal = np.cross(first.across, first.down)
    depths = np.array([frame.position @ normal for frame in frames])
    order = np.lexsort((*np.array([frame.order for frame in frames]).T[::-1], np.round(depths / SAME_MM)))
    places: list[list[Frame]] = []
    last = -np.inf
    for n in order:
        if depths[n] - last > 10 * SAME_MM:
            places.append([])
            last = depths[n]
        places[-1].append(frames[n])
    counts = {len(place) for place in places}
    if len(counts) > 1:
        raise ScanError(
            path,
            f"has {min(counts)} to {max(counts)} slices at one place",
            "slices are missing, or several series are mixed; copy it again",
        )
    volumes = tuple(tuple(place[n] for place in places) for n in range(counts.pop()))
    begin, end = volumes[0][0].position, volumes[0][-1].position
    if len(places) < 2:
        raise ScanError(path, "holds a single slice", "expected a volume, two slices or more")
    steps = np.diff([place[0].position @ normal for place in places])
    jumps = np.abs(np.diff([place[0].counted for place in places], axis=0)).max(axis=1)
    notes = _checked_steps(path, steps, jumps)
    affine = np.eye(4)
    affine[:3, 0] = first.across * first.spacing[1]
    affine[:3, 1] = first.down * first.spacing[0]
    affine[:3, 2] = (end - begin) / (len(places) - 1)
    affine[:3, 3] = begin
    return Stack(volumes, np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine, notes)


def _checked_steps(
    path: Path, steps: npt.NDArray[np.float64], jumps: npt.NDArray[np.float64]
) -> tuple[str, ...]:
    """A note on distances that differ a little; those that differ much are refused.

    ``jumps`` says how far the numbers of neighbouring slices are apart. Only where these jump with the
    distance is a slice missing; else the scanner measured with two distances.
    """
    usual = float(np.median(steps))
    off = float(np.abs(steps / usual - 1.0).max())
    if off <= EVEN:
        return ()
    if off <= UNEVEN:
        return (
            f"Slices lie {steps.min():.3g} to {steps.max():.3g} mm apart; {steps.mean():.3g} mm is taken.",
        )
    usual = float(steps.min())
    whole = np.round(steps / usual)
    near = float(np.median(jumps[whole == 1]))
    if np.abs(steps / usual - whole).max() <= UNEVEN and near > 0 and (jumps == whole * near).all():
        lacking = int((whole - 1).sum())
        words = "1 slice is missing" if lacking == 1 else f"{lacking} slices are missing"
        raise ScanError(path, f"is not complete: {words} between others", "copy all of its files")
    raise ScanError(
        path,
        f"has slices {steps.min():.3g} to {steps.max():.3g} mm apart",
        "only even distances are shown; dcm2niix can resample it",
    )
