"""DICOM files: their headers read by pydicom, and what of a folder cannot be read, told file by file.

pydicom turns a header's values into numbers and words when they are asked for, and what is damaged raises
then: so every value is asked for by `value_of` and `whole_of`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from viewer.errors import ScanError
from viewer.files import is_file
from viewer.scans.kinds import is_dicom
from viewer.scans.streams import GZIP, beginning

DEFLATED = "1.2.840.10008.1.2.1.99"
INSTALL = "pip install saliency-viewer[dicom], or turn it into NIfTI with dcm2niix"
SERIES_TAG = 0x0020000E
TAGS = (
    "SOPInstanceUID", "SeriesInstanceUID", "SeriesDescription", "SeriesNumber", "ImageType", "Rows",
    "Columns", "NumberOfFrames", "SamplesPerPixel", "PhotometricInterpretation", "BitsAllocated",
    "PixelRepresentation", "InstanceNumber", "AcquisitionNumber", "TemporalPositionIdentifier", "EchoTime",
    "ImageOrientationPatient", "ImagePositionPatient", "PixelSpacing", "RescaleSlope", "RescaleIntercept",
    "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class File:
    """A DICOM file with an image, and what is said in it before the pixels."""

    path: Path
    header: Any
    series: str


@dataclass(frozen=True, eq=False)
class Unread:
    """A DICOM file whose header cannot be read: why, and its series where that much could be read."""

    path: Path
    error: ScanError
    series: str | None


def read_files(path: Path, files: Sequence[Path]) -> tuple[list[File], list[Unread]]:
    """Return those of the files that are DICOM images, and those that are DICOM and cannot be read.

    Parameters
    ----------
    path
        What was asked for; the error names it where pydicom is missing.
    files
        What is looked at.

    Raises
    ------
    ScanError
        pydicom is not installed.
    """
    try:
        import pydicom
    except ModuleNotFoundError as error:
        raise ScanError(path, "is DICOM, which the package pydicom reads", INSTALL) from error
    found, unread = [], []
    for file in files:
        if not is_file(file) or not is_dicom(file):
            continue
        try:
            _check_not_packed(pydicom, file)
            header = _library(
                file, pydicom.dcmread, file, force=True, stop_before_pixels=True, specific_tags=[*TAGS]
            )
            if value_of(file, header, "Rows") and value_of(file, header, "Columns"):
                found.append(File(file, header, str(value_of(file, header, "SeriesInstanceUID", ""))))
            elif _claims_image(file, header):
                raise ScanError(file, "is a DICOM image that gives no size", "it is damaged; copy it again")
        except ScanError as error:
            unread.append(Unread(file, error, _series_of(pydicom, file)))
    return found, unread


def value_of(file: Path, header: Any, name: str, default: Any = None) -> Any:
    """Return a value of a header, or the default where it is absent or empty.

    Raises
    ------
    ScanError
        It is damaged.
    """
    try:
        value = header.get(name)
    except Exception as error:
        raise _senseless(file, name, error) from error
    return default if value is None or value == "" else value


def whole_of(file: Path, header: Any, name: str, default: int) -> int:
    """Return a whole number of a header, or the default where it is absent or empty.

    Raises
    ------
    ScanError
        It is no whole number.
    """
    value = value_of(file, header, name, default)
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise _senseless(file, name, error) from error


def check_unpacked(path: Path) -> None:
    """Refuse DICOM that is packed as a whole, with gzip: pydicom reads the file as it is.

    Raises
    ------
    ScanError
        It is packed.
    """
    with path.open("rb") as file:
        packed = file.read(2) == GZIP
    if packed and beginning(path, 1):
        raise ScanError(path, "is DICOM packed with gzip", "unpack it with gunzip")


def _senseless(file: Path, name: str, error: Exception) -> ScanError:
    return ScanError(file, f"has a header that makes no sense ({name}: {_reason(error)})", "it is damaged")


def _reason(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:160]


def _library(file: Path, call: Any, *words: Any, **named: Any) -> Any:
    """What pydicom answers; whatever it raises on a damaged file becomes one line."""
    try:
        return call(*words, **named)
    except Exception as error:  # also MemoryError: room is asked for of the length that an element claims
        raise ScanError(
            file, f"cannot be read as DICOM ({_reason(error)})", "it is damaged; copy it again"
        ) from error


def _claims_image(file: Path, header: Any) -> bool:
    """Whether a file says of itself that it is an image; reports and folders' contents have no size."""
    kind = value_of(file, header.file_meta, "MediaStorageSOPClassUID", "")
    return "Image Storage" in str(getattr(kind, "name", ""))


def _check_not_packed(pydicom: Any, file: Path) -> None:
    """Refuse deflated files: their headers are packed, too, and how large they are only unpacking tells."""
    with file.open("rb") as opened:
        if opened.read(132)[128:] != b"DICM":
            return  # without a preamble there is no place to say that the rest is packed
    meta = _library(file, pydicom.filereader.read_file_meta_info, file)
    if str(value_of(file, meta, "TransferSyntaxUID", "")) == DEFLATED:
        raise ScanError(file, "is deflated DICOM", "unpack it with dcmconv or dcm2niix")


def _series_of(pydicom: Any, file: Path) -> str | None:
    """The series of a file whose header cannot be read to its end; None where that cannot be told either."""
    try:
        with file.open("rb") as opened:
            if opened.read(132)[128:] != b"DICM":
                return None
            meta = pydicom.filereader.read_file_meta_info(file)
            if str(meta.get("TransferSyntaxUID", "")) == DEFLATED:
                return None
            opened.seek(0)
            header = pydicom.filereader.read_partial(opened, stop_when=lambda tag, *_: tag > SERIES_TAG)
        found = header.get("SeriesInstanceUID")
    except Exception:  # noqa: BLE001  of a damaged file nothing may be known, and that is the answer
        return None
    return str(found) if found else None
