"""DICOM headers: read the files of a folder with pydicom, and report the unreadable ones one by one.

pydicom converts the values of a header on access, and damaged values raise an exception then. Therefore,
every value is accessed with `get_value` or `get_integer`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from viewer.errors import ScanError
from viewer.files import is_file
from viewer.scans.file_types import is_dicom
from viewer.scans.safe_io import GZIP, read_first_bytes

DEFLATED = "1.2.840.10008.1.2.1.99"
INSTALL = "pip install saliency-viewer[dicom], or convert it to NIfTI with dcm2niix"
SERIES_TAG = 0x0020000E
TAGS = (
    "SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID", "SeriesDescription", "SeriesNumber", "ImageType",
    "Rows", "Columns", "NumberOfFrames", "SamplesPerPixel", "PhotometricInterpretation", "BitsAllocated",
    "PixelRepresentation", "InstanceNumber", "AcquisitionNumber", "TemporalPositionIdentifier", "EchoTime",
    "ImageOrientationPatient", "ImagePositionPatient", "PixelSpacing", "RescaleSlope", "RescaleIntercept",
    "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class DicomFile:
    """A DICOM image file, and its header without the pixels."""

    path: Path
    header: Any
    series_uid: str


@dataclass(frozen=True, eq=False)
class UnreadableFile:
    """A DICOM file whose header cannot be read: the error, and its series if that could be read."""

    path: Path
    error: ScanError
    series_uid: str | None


def read_dicom_files(path: Path, files: Sequence[Path]) -> tuple[list[DicomFile], list[UnreadableFile]]:
    """Return the DICOM images among the files, and the DICOM files that cannot be read.

    Parameters
    ----------
    path
        The path given by the user, which the error names if pydicom is missing.
    files
        The files to read.

    Raises
    ------
    ScanError
        pydicom is not installed.
    """
    try:
        import pydicom
    except ModuleNotFoundError as error:
        raise ScanError(path, "is DICOM, which requires the package pydicom", INSTALL) from error
    images, unreadable = [], []
    for file in files:
        if not is_file(file) or not is_dicom(file):
            continue
        try:
            _check_not_deflated(pydicom, file)
            header = _call_pydicom(
                file, pydicom.dcmread, file, force=True, stop_before_pixels=True, specific_tags=[*TAGS]
            )
            if get_value(file, header, "Rows") and get_value(file, header, "Columns"):
                images.append(DicomFile(file, header, str(get_value(file, header, "SeriesInstanceUID", ""))))
            elif _has_image_class(file, header):
                raise ScanError(file, "is a DICOM image without a size", "it is damaged; copy it again")
        except ScanError as error:
            unreadable.append(UnreadableFile(file, error, _series_uid(pydicom, file)))
    return images, unreadable


def read_header(file: Path) -> Any:
    """Return the complete header of a file, decoded, as a pydicom data set without pixels.

    Raises
    ------
    ScanError
        The header cannot be read.
    """
    import pydicom

    _check_not_deflated(pydicom, file)
    header = _call_pydicom(file, pydicom.dcmread, file, force=True, stop_before_pixels=True)
    _call_pydicom(file, header.decode)
    return header


def get_value(file: Path, header: Any, name: str, default: Any = None) -> Any:
    """Return a value of a header, or the default if it is absent or empty.

    Raises
    ------
    ScanError
        The value is damaged.
    """
    try:
        value = header.get(name)
    except Exception as error:
        raise _value_error(file, name, error) from error
    return default if value is None or value == "" else value


def get_integer(file: Path, header: Any, name: str, default: int) -> int:
    """Return an integer of a header, or the default if it is absent or empty.

    Raises
    ------
    ScanError
        The value is not an integer.
    """
    value = get_value(file, header, name, default)
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise _value_error(file, name, error) from error


def check_not_gzipped(path: Path) -> None:
    """Raise ScanError for a DICOM file compressed with gzip, which pydicom does not decompress.

    Raises
    ------
    ScanError
        The file is compressed with gzip.
    """
    with path.open("rb") as file:
        is_gzip = file.read(2) == GZIP
    if is_gzip and read_first_bytes(path, 1):
        raise ScanError(path, "is DICOM compressed with gzip", "decompress it with gunzip")


def _value_error(file: Path, name: str, error: Exception) -> ScanError:
    return ScanError(file, f"has an invalid header ({name}: {_describe_error(error)})", "it is damaged")


def _describe_error(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:160]


def _call_pydicom(file: Path, function: Any, *args: Any, **kwargs: Any) -> Any:
    """Call a function of pydicom; turn any exception on a damaged file into a one-line error."""
    try:
        return function(*args, **kwargs)
    except Exception as error:  # also MemoryError: pydicom allocates the length that an element claims
        raise ScanError(
            file, f"cannot be read as DICOM ({_describe_error(error)})", "it is damaged; copy it again"
        ) from error


def _has_image_class(file: Path, header: Any) -> bool:
    """Return whether the SOP class of a file is an image; reports and directories are not."""
    sop_class = get_value(file, header.file_meta, "MediaStorageSOPClassUID", "")
    return "Image Storage" in str(getattr(sop_class, "name", ""))


def _check_not_deflated(pydicom: Any, file: Path) -> None:
    """Raise ScanError for deflated files: their headers are compressed, too, and of unknown size."""
    with file.open("rb") as stream:
        if stream.read(132)[128:] != b"DICM":
            return  # without a preamble, the file cannot declare that the rest is deflated
    meta = _call_pydicom(file, pydicom.filereader.read_file_meta_info, file)
    if str(get_value(file, meta, "TransferSyntaxUID", "")) == DEFLATED:
        raise ScanError(file, "is deflated DICOM", "decompress it with dcmconv or dcm2niix")


def _series_uid(pydicom: Any, file: Path) -> str | None:
    """Return the series of a file whose header cannot be read completely; None if it is also unreadable."""
    try:
        with file.open("rb") as stream:
            if stream.read(132)[128:] != b"DICM":
                return None
            meta = pydicom.filereader.read_file_meta_info(file)
            if str(meta.get("TransferSyntaxUID", "")) == DEFLATED:
                return None
            stream.seek(0)
            header = pydicom.filereader.read_partial(stream, stop_when=lambda tag, *_: tag > SERIES_TAG)
        uid = header.get("SeriesInstanceUID")
    except Exception:  # noqa: BLE001  a damaged file may fail in any way; the series is then unknown
        return None
    return str(uid) if uid else None
