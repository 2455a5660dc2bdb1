"""The frames of DICOM files, one of a classic file or many of an enhanced one: where each lies."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from viewer.errors import ScanError
from viewer.scans.dicom_files import value_of, whole_of

Vector = npt.NDArray[np.float64]

MOST_FRAMES = 100_000


@dataclass(frozen=True, eq=False)
class Frame:
    """One slice.

    Parameters
    ----------
    file, number
        Where its pixels are: the file, and which of its frames.
    rows, columns
        Pixels down and across.
    bits, signed, samples, shades, frames
        How the file stores its pixels: bits of one, whether they have a sign, numbers per pixel, DICOM's
        photometric interpretation, and how many frames there are.
    across, down
        Unit vectors in the patient's mm (left, posterior, superior) along which columns and rows count.
    position
        Of the first pixel's middle, in the same mm.
    spacing
        mm from row to row, and from column to column.
    slope, inter
        What the stored numbers are multiplied with, and what is added then.
    order
        Of frames at the same position: earlier volumes first.
    """

    file: Path
    number: int
    rows: int
    columns: int
    bits: int
    signed: bool
    samples: int
    shades: str
    frames: int
    across: Vector
    down: Vector
    position: Vector
    spacing: tuple[float, float]
    slope: float
    inter: float
    order: tuple[float, ...]

    @property
    def counted(self) -> tuple[float, float]:
        """The numbers by which the scanner counted it: that of its file, and of its frame in the file."""
        return self.order[-2], self.order[-1]


def frames_of(file: Path, header: Any) -> list[Frame]:
    """All frames of a file.

    Raises
    ------
    ScanError
        A frame does not say where it lies, or its numbers make no sense.
    """
    try:
        count = whole_of(file, header, "NumberOfFrames", 1)
        if not 1 <= count <= MOST_FRAMES:
            raise ScanError(file, f"claims {count:,} frames", "its header is damaged")
        if count == 1 and "PerFrameFunctionalGroupsSequence" not in header:
            return [_frame(file, header, 0, 1, (header,))]
        own = header.get("PerFrameFunctionalGroupsSequence") or []
        if len(own) != count:
            raise ScanError(
                file,
                f"has {count} frames, and says of {len(own)} where they lie",
                "dcm2niix may know more of it",
            )
        shared = (header.get("SharedFunctionalGroupsSequence") or [None])[0]
        found = []
        for number, group in enumerate(own):
            sources = tuple(part for one in (group, shared) if one is not None for part in _parts(one))
            found.append(_frame(file, header, number, count, (*sources, header)))
        return found
    except ScanError:
        raise
    except (
        *(TypeError, ValueError, OverflowError, AttributeError, IndexError, KeyError),
        *(NotImplementedError, RecursionError, EOFError, struct.error),
    ) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0][:160]
        raise ScanError(file, f"has a header that makes no sense ({reason})", "it is damaged") from error


def _parts(group: Any) -> list[Any]:
    """The functional groups that place and scale a frame."""
    names = (
        "PlanePositionSequence",
        "PlaneOrientationSequence",
        "PixelMeasuresSequence",
        "PixelValueTransformationSequence",
        "FrameContentSequence",
    )
    return [group.get(name)[0] for name in names if group.get(name)]


def _frame(file: Path, header: Any, number: int, count: int, sources: tuple[Any, ...]) -> Frame:
    def told(name: str) -> Any:
        return next((one.get(name) for one in sources if one.get(name) not in (None, "")), None)

    orientation = _numbers(told("ImageOrientationPatient"), 6)
    position = _numbers(told("ImagePositionPatient"), 3)
    spacing = _numbers(told("PixelSpacing"), 2)
    if orientation is None or position is None or spacing is None:
        raise ScanError(
            file, "does not say where its slice lies", "a localizer or a photograph cannot be shown"
        )
    across, down = orientation[:3], orientation[3:]
    lengths = np.linalg.norm(across), np.linalg.norm(down)
    if not all(0.9 < length < 1.1 for length in lengths) or abs(across @ down) > 0.01:
        raise ScanError(file, "has directions that are not at right angles", "its header is damaged")
    slope, inter = told("RescaleSlope"), told("RescaleIntercept")
    order = [told(name) for name in ("TemporalPositionIndex", "TemporalPositionIdentifier", "EchoTime")]
    order += [header.get("AcquisitionNumber"), header.get("InstanceNumber"), number]
    return Frame(
        file=file,
        number=number,
        rows=whole_of(file, header, "Rows", 0),
        columns=whole_of(file, header, "Columns", 0),
        bits=whole_of(file, header, "BitsAllocated", 16),
        signed=whole_of(file, header, "PixelRepresentation", 0) == 1,
        samples=whole_of(file, header, "SamplesPerPixel", 1),
        shades=str(value_of(file, header, "PhotometricInterpretation", "MONOCHROME2")),
        frames=count,
        across=across / lengths[0],
        down=down / lengths[1],
        position=position,
        spacing=(float(spacing[0]), float(spacing[1])),
        slope=1.0 if slope is None else float(slope),
        inter=0.0 if inter is None else float(inter),
        order=tuple(0.0 if value is None else float(value) for value in order),
    )


def _numbers(values: Any, count: int) -> Vector | None:
    if values is None or len(values) != count:
        return None
    found = np.array([float(value) for value in values])
    return found if np.isfinite(found).all() else None
