"""Frames of DICOM files (one per classic file, many per enhanced file), and their geometry."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from viewer.errors import ScanError
from viewer.number_format import format_count
from viewer.scans.dicom_files import get_integer, get_value

Vector = npt.NDArray[np.float64]

MAX_FRAMES = 100_000

PARAMETRIC_MAP = "1.2.840.10008.5.1.4.1.1.30"
FLOATING_BITS = 32
"""SOP class of parametric maps, which hold integers of fewer bits, or floating-point numbers of 32 or 64."""


@dataclass(frozen=True, eq=False)
class DicomFrame:
    """One slice.

    Parameters
    ----------
    file, index
        File of its pixels, and its index among the frames of the file.
    rows, columns
        Numbers of rows and columns of pixels.
    bits, is_signed, is_floating_point, samples_per_pixel, photometric, frame_count
        Storage of the pixels: bits per sample, whether they are signed or floating-point numbers, samples
        per pixel, DICOM's photometric interpretation, and the number of frames in the file.
    row_direction, column_direction
        Unit vectors in patient coordinates (LPS) along a row and along a column.
    position
        Centre of the first pixel, in mm (LPS).
    spacing
        Distance between rows, and between columns, in mm.
    slope, intercept
        Rescale slope and intercept.
    sort_key
        Sort key of frames at the same position: earlier volumes first.
    """

    file: Path
    index: int
    rows: int
    columns: int
    bits: int
    is_signed: bool
    is_floating_point: bool
    samples_per_pixel: int
    photometric: str
    frame_count: int
    row_direction: Vector
    column_direction: Vector
    position: Vector
    spacing: tuple[float, float]
    slope: float
    intercept: float
    sort_key: tuple[float, ...]

    @property
    def instance_and_frame_number(self) -> tuple[float, float]:
        """Instance number of the file, and index of the frame in it."""
        return self.sort_key[-2], self.sort_key[-1]


def read_frames(file: Path, header: Any) -> list[DicomFrame]:
    """Read the headers of all frames of a file.

    Raises
    ------
    ScanError
        A frame has no position, or its header has invalid values.
    """
    try:
        count = get_integer(file, header, "NumberOfFrames", 1)
        if not 1 <= count <= MAX_FRAMES:
            raise ScanError(file, f"claims {count:,} frames", "its header is damaged")
        if count == 1 and "PerFrameFunctionalGroupsSequence" not in header:
            return [_read_frame(file, header, 0, 1, (header,))]
        groups = header.get("PerFrameFunctionalGroupsSequence") or []
        if len(groups) != count:
            raise ScanError(
                file,
                f"has {format_count(count, 'frame')}, but positions for {len(groups)}",
                "dcm2niix may be able to convert it",
            )
        shared_group = (header.get("SharedFunctionalGroupsSequence") or [None])[0]
        frames = []
        for number, group in enumerate(groups):
            sources = tuple(
                item
                for candidate in (group, shared_group)
                if candidate is not None
                for item in _functional_groups(candidate)
            )
            frames.append(_read_frame(file, header, number, count, (*sources, header)))
        return frames
    except ScanError:
        raise
    except (
        *(TypeError, ValueError, OverflowError, AttributeError, IndexError, KeyError),
        *(NotImplementedError, RecursionError, EOFError, struct.error),
    ) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0][:160]
        raise ScanError(file, f"has an invalid header ({reason})", "it is damaged") from error


def _functional_groups(group: Any) -> list[Any]:
    """Return the functional groups with the geometry and the scaling of a frame."""
    names = (
        "PlanePositionSequence",
        "PlaneOrientationSequence",
        "PixelMeasuresSequence",
        "PixelValueTransformationSequence",
        "FrameContentSequence",
    )
    return [group.get(name)[0] for name in names if group.get(name)]


def _read_frame(
    file: Path, header: Any, frame_index: int, frame_count: int, sources: tuple[Any, ...]
) -> DicomFrame:
    def header_value(name: str) -> Any:
        return next((source.get(name) for source in sources if source.get(name) not in (None, "")), None)

    orientation = _parse_vector(header_value("ImageOrientationPatient"), 6)
    position = _parse_vector(header_value("ImagePositionPatient"), 3)
    spacing = _parse_vector(header_value("PixelSpacing"), 2)
    if orientation is None or position is None or spacing is None:
        raise ScanError(
            file, "does not give the geometry of its slice", "a localizer or a photograph cannot be shown"
        )
    row_axis, column_axis = orientation[:3], orientation[3:]
    lengths = np.linalg.norm(row_axis), np.linalg.norm(column_axis)
    if not all(0.9 < length < 1.1 for length in lengths) or abs(row_axis @ column_axis) > 0.01:
        raise ScanError(file, "has image axes that are not orthonormal", "its header is damaged")
    slope, inter = header_value("RescaleSlope"), header_value("RescaleIntercept")
    order = [
        header_value(name) for name in ("TemporalPositionIndex", "TemporalPositionIdentifier", "EchoTime")
    ]
    order += [header.get("AcquisitionNumber"), header.get("InstanceNumber"), frame_index]
    return DicomFrame(
        file=file,
        index=frame_index,
        rows=get_integer(file, header, "Rows", 0),
        columns=get_integer(file, header, "Columns", 0),
        bits=get_integer(file, header, "BitsAllocated", 16),
        is_signed=get_integer(file, header, "PixelRepresentation", 0) == 1,
        is_floating_point=str(get_value(file, header, "SOPClassUID", "")) == PARAMETRIC_MAP
        and get_integer(file, header, "BitsAllocated", 16) >= FLOATING_BITS,
        samples_per_pixel=get_integer(file, header, "SamplesPerPixel", 1),
        photometric=str(get_value(file, header, "PhotometricInterpretation", "MONOCHROME2")),
        frame_count=frame_count,
        row_direction=row_axis / lengths[0],
        column_direction=column_axis / lengths[1],
        position=position,
        spacing=(float(spacing[0]), float(spacing[1])),
        slope=1.0 if slope is None else float(slope),
        intercept=0.0 if inter is None else float(inter),
        sort_key=tuple(0.0 if value is None else float(value) for value in order),
    )


def _parse_vector(values: Any, length: int) -> Vector | None:
    if values is None or len(values) != length:
        return None
    numbers = np.array([float(value) for value in values])
    return numbers if np.isfinite(numbers).all() else None


MAX_TURN = 1e-3
SAME_MM = 1e-3
EVEN, UNEVEN = 0.01, 0.10


@dataclass(frozen=True, eq=False)
class SliceStack:
    """Volumes of frames, each sorted by slice position.

    ``affine`` maps (column, row, slice) to mm in RAS+; DICOM's own coordinates are LPS.
    """

    volumes: tuple[tuple[DicomFrame, ...], ...]
    affine: npt.NDArray[np.float64]
    notes: tuple[str, ...]


def stack_frames(path: Path, frames: Sequence[DicomFrame]) -> SliceStack:
    """Sort frames by position; frames at the same position belong to different volumes.

    Raises
    ------
    ScanError
        The frames differ in size or direction, some are missing, or their spacing is uneven.
    """
    first = frames[0]
    for frame in frames:
        if (frame.rows, frame.columns) != (first.rows, first.columns):
            raise ScanError(path, "holds slices of different sizes", "name a folder with only one series")
        difference = max(
            np.abs(frame.row_direction - first.row_direction).max(),
            np.abs(frame.column_direction - first.column_direction).max(),
        )
        if difference > MAX_TURN or not np.allclose(frame.spacing, first.spacing, rtol=1e-3):
            raise ScanError(
                path, "holds slices of different orientations", "it is a localizer, or several series"
            )
    normal = np.cross(first.row_direction, first.column_direction)
    depths = np.array([frame.position @ normal for frame in frames])
    order = np.lexsort((*np.array([frame.sort_key for frame in frames]).T[::-1], np.round(depths / SAME_MM)))
    slices: list[list[DicomFrame]] = []
    last_depth = -np.inf
    for index in order:
        if depths[index] - last_depth > 10 * SAME_MM:
            slices.append([])
            last_depth = depths[index]
        slices[-1].append(frames[index])
    counts = {len(slice_frames) for slice_frames in slices}
    if len(counts) > 1:
        raise ScanError(
            path,
            f"has {min(counts)} to {max(counts)} slices at one position",
            "slices are missing, or several series are mixed; copy it again",
        )
    volumes = tuple(tuple(slice_frames[index] for slice_frames in slices) for index in range(counts.pop()))
    first_position, last_position = volumes[0][0].position, volumes[0][-1].position
    if len(slices) < 2:
        raise ScanError(path, "holds a single slice", "expected a volume of at least two slices")
    steps = np.diff([slice_frames[0].position @ normal for slice_frames in slices])
    jumps = np.abs(
        np.diff([slice_frames[0].instance_and_frame_number for slice_frames in slices], axis=0)
    ).max(axis=1)
    notes = _check_slice_spacing(path, steps, jumps)
    affine = np.eye(4)
    affine[:3, 0] = first.row_direction * first.spacing[1]
    affine[:3, 1] = first.column_direction * first.spacing[0]
    affine[:3, 2] = (last_position - first_position) / (len(slices) - 1)
    affine[:3, 3] = first_position
    return SliceStack(volumes, np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine, notes)


def _check_slice_spacing(
    path: Path, spacings: npt.NDArray[np.float64], number_steps: npt.NDArray[np.float64]
) -> tuple[str, ...]:
    """Return a note on slightly uneven slice spacing; refuse clearly uneven spacing.

    ``number_steps`` are the differences between the instance numbers of neighbouring slices. Slices are
    missing only if the jumps grow with the distance; otherwise the series was acquired with two spacings.
    """
    spacing = float(np.median(spacings))
    deviation = float(np.abs(spacings / spacing - 1.0).max())
    if deviation <= EVEN:
        return ()
    if deviation <= UNEVEN:
        return (
            f"Slices are {spacings.min():.3g} to {spacings.max():.3g} mm apart; "
            f"{spacings.mean():.3g} mm is used.",
        )
    spacing = float(spacings.min())
    multiples = np.round(spacings / spacing)
    jump = float(np.median(number_steps[multiples == 1]))
    if (
        np.abs(spacings / spacing - multiples).max() <= UNEVEN
        and jump > 0
        and (number_steps == multiples * jump).all()
    ):
        missing = int((multiples - 1).sum())
        missing_text = "1 slice is missing" if missing == 1 else f"{missing} slices are missing"
        raise ScanError(path, f"is incomplete: {missing_text} between others", "copy all of its files")
    raise ScanError(
        path,
        f"has slices {spacings.min():.3g} to {spacings.max():.3g} mm apart",
        "only evenly spaced slices are supported; dcm2niix can resample it",
    )
