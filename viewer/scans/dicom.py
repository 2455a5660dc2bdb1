"""DICOM: a folder of slices, or one file of many frames, as one volume in space.

pydicom makes sense of the files; which of them belong together, in which order, and where they lie in
millimetres is decided here, by their positions alone (DICOM PS3.3 C.7.6.2): numbers and names of files lie.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from viewer.errors import ScanError
from viewer.scans.dicom_frames import Frame, frames_of
from viewer.scans.dicom_pixels import check_claims, reader, stored_type
from viewer.scans.dicom_stack import stacked
from viewer.scans.header import checked_shape, usable
from viewer.scans.kinds import Format, is_dicom
from viewer.scans.source import Source
from viewer.scans.streams import check_memory

MOST_FILES = 20_000
DEFLATED = "1.2.840.10008.1.2.1.99"
INSTALL = "pip install saliency-viewer[dicom], or turn it into NIfTI with dcm2niix"
TAGS = (
    "SeriesInstanceUID", "SeriesDescription", "SeriesNumber", "Rows", "Columns", "NumberOfFrames",
    "SamplesPerPixel", "PhotometricInterpretation", "BitsAllocated", "PixelRepresentation", "InstanceNumber",
    "AcquisitionNumber", "TemporalPositionIdentifier", "EchoTime", "ImageOrientationPatient",
    "ImagePositionPatient", "PixelSpacing", "RescaleSlope", "RescaleIntercept",
    "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence",
)  # fmt: skip


def dicom_source(path: Path) -> Source:
    """The one series of a folder, or the series that a file belongs to; voxels stay where they are.

    Parameters
    ----------
    path
        A folder, whose subfolders are looked through, too; or one file, whose folder may hold more of the
        same series.

    Raises
    ------
    ScanError
        pydicom is not installed; there is no image, or there are several series; slices are missing,
        turned against each other or unevenly spaced; or a header claims more than its file can hold.
    """
    headers = _series(path)
    frames = [frame for file, header in headers for frame in frames_of(file, header)]
    stack = stacked(path, frames)
    first = stack.frames[0][0]
    shape, _ = checked_shape(path, [first.columns, first.rows, len(stack.frames[0])])
    dtype, slope, inter = stored_type(path, frames)
    check_claims(frames)
    check_memory(path, shape[0] * shape[1] * shape[2] * dtype.itemsize)
    if not usable(stack.affine):
        raise ScanError(path, "does not place its voxels", "its headers are damaged")
    return Source(
        form=Format.DICOM,
        shape=shape,
        volumes=len(stack.frames),
        dtype=dtype,
        affine=stack.affine,
        codes=None,
        notes=(*stack.notes, *_shades(first)),
        read=reader(stack, dtype),
        slope=slope,
        inter=inter,
    )


def series_files(path: Path) -> list[Path]:
    """The files of the series that `dicom_source` would read. Raises ScanError as it does."""
    return [file for file, _ in _series(path)]


def _shades(first: Frame) -> tuple[str, ...]:
    if first.shades == "MONOCHROME1":
        return ("The image is stored so that large values are dark; the values are read as they are.",)
    return ()


def _series(path: Path) -> list[tuple[Path, Any]]:
    """The files and headers of the wanted series."""
    if path.is_dir():
        found = _headers(path, _files(path))
        if not found:
            raise ScanError(path, "is a folder without DICOM images", "name a file, or a folder of DICOM")
        wanted = None
    else:
        own = _headers(path, [path])
        if not own:
            raise ScanError(path, "is DICOM without an image", "name a file of the series that is wanted")
        wanted = str(own[0][1].get("SeriesInstanceUID", ""))
        several = int(own[0][1].get("NumberOfFrames", 1) or 1) > 1
        found = own if several or not wanted else _headers(path, _beside(path))
    series: dict[str, list[tuple[Path, Any]]] = {}
    for file, header in found:
        series.setdefault(str(header.get("SeriesInstanceUID", "")), []).append((file, header))
    if wanted is not None:
        return series[wanted]
    if len(series) > 1:
        raise ScanError(
            path, f"holds {len(series)} series: {_listed(series)}", "name one file of the wanted one"
        )
    return next(iter(series.values()))


def _listed(series: dict[str, list[tuple[Path, Any]]]) -> str:
    """Every series by its description, how many files it has, and the name of one."""
    words = []
    for members in sorted(series.values(), key=len, reverse=True)[:6]:
        file, header = members[0]
        called = str(header.get("SeriesDescription", "") or f"series {header.get('SeriesNumber', '?')}")
        called = "".join(letter if letter.isprintable() else " " for letter in called[:40])
        words.append(f"“{called}” ({len(members)} files, such as {file.name})")
    more = len(series) - len(words)
    return ", ".join(words) + (f" and {more} more" if more else "")


def _files(folder: Path) -> list[Path]:
    found: list[Path] = []
    for place, folders, names in os.walk(folder):
        folders.sort()
        found += [Path(place, name) for name in sorted(names)]
        if len(found) > MOST_FILES:
            raise ScanError(folder, f"holds more than {MOST_FILES:,} files", "name the folder of one series")
    return found


def _beside(path: Path) -> list[Path]:
    return sorted(one for one in path.parent.iterdir() if one.is_file())


def _headers(path: Path, files: Sequence[Path]) -> list[tuple[Path, Any]]:
    """Of those files that are DICOM images, what is said before the pixels."""
    try:
        import pydicom
    except ModuleNotFoundError as error:
        raise ScanError(path, "is DICOM, which the package pydicom reads", INSTALL) from error
    import warnings

    found = []
    for file in files:
        if not is_dicom(file):
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                syntax = str(pydicom.filereader.read_file_meta_info(file).get("TransferSyntaxUID", ""))
                if syntax == DEFLATED:
                    # Its headers are packed, too: how large they are is known only after unpacking.
                    raise ScanError(file, "is deflated DICOM", "unpack it with dcmconv or dcm2niix")
                header = pydicom.dcmread(file, stop_before_pixels=True, specific_tags=list(TAGS))
        except ScanError:
            raise
        except Exception as error:
            reason = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
            raise ScanError(
                file, f"cannot be read as DICOM ({reason})", "it is damaged; copy it again"
            ) from error
        if header.get("Rows") and header.get("Columns"):
            found.append((file, header))
    return found
