"""DICOM series: a folder of slices, or one multi-frame file, as one volume with an affine.

pydicom parses the files; the series, the order of the slices and the affine are determined here, from the
positions alone (DICOM PS3.3 C.7.6.2), because instance numbers and file names are not reliable.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from viewer.errors import ScanError
from viewer.files import is_folder
from viewer.number_format import format_count
from viewer.scans.dicom_files import (
    DicomFile,
    UnreadableFile,
    check_not_gzipped,
    get_integer,
    get_value,
    read_dicom_files,
)
from viewer.scans.dicom_frames import DicomFrame, SliceStack, read_frames, stack_frames
from viewer.scans.dicom_pixels import check_pixel_sizes, make_reader, pixel_type
from viewer.scans.file_types import ImageFormat
from viewer.scans.image_source import ImageSource
from viewer.scans.nifti_header import checked_shape, is_valid_affine
from viewer.scans.safe_io import check_memory

MAX_FILES = 20_000
MAX_WARNINGS = 3
MAX_WARNING_LENGTH = 200
SHOWN = 3


@dataclass(frozen=True, eq=False)
class DicomSeries:
    """Files of the requested series, and notes on the files that were skipped."""

    files: tuple[DicomFile, ...]
    notes: tuple[str, ...]


def open_dicom(path: Path) -> ImageSource:
    """Open the only series of a folder, or the series of a file; pixels are not read yet.

    Parameters
    ----------
    path
        A folder, which is searched recursively; or one file, whose folder may hold more files of the series.

    Raises
    ------
    ScanError
        pydicom is not installed; there is no image, or there are several series; slices are missing, not
        parallel or unevenly spaced; or a header claims more than its file can hold.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        series, stack = read_series_stack(path)
        frames = [frame for volume in stack.volumes for frame in volume]
        first_frame = stack.volumes[0][0]
        shape, _ = checked_shape(path, [first_frame.columns, first_frame.rows, len(stack.volumes[0])])
        dtype, slope, inter = pixel_type(path, frames)
        check_pixel_sizes(frames)
    check_memory(path, shape[0] * shape[1] * shape[2] * dtype.itemsize)
    if not is_valid_affine(stack.affine):
        raise ScanError(path, "has an invalid affine", "its headers are damaged")
    messages = dict.fromkeys(
        f"pydicom notes: {str(warning.message)[:MAX_WARNING_LENGTH]}" for warning in caught
    )
    return ImageSource(
        format=ImageFormat.DICOM,
        shape=shape,
        volume_count=len(stack.volumes),
        dtype=dtype,
        affine=stack.affine,
        xform_codes=None,
        notes=(*series.notes, *stack.notes, *_photometric_note(first_frame), *list(messages)[:MAX_WARNINGS]),
        read_volume=make_reader(stack, dtype),
        slope=slope,
        intercept=inter,
    )


def read_series_stack(path: Path) -> tuple[DicomSeries, SliceStack]:
    """Return the files of the series that `open_dicom` would read, and its slices sorted by position.

    Raises
    ------
    ScanError
        As in `open_dicom`.
    """
    series = _find_series(path)
    _check_mosaic(path, series.files)
    frames = [frame for file in series.files for frame in read_frames(file.path, file.header)]
    return series, stack_frames(path, frames)


def series_files(path: Path) -> list[Path]:
    """Return the files of the series that `open_dicom` would read; raise ScanError as it does."""
    return [file.path for file in _find_series(path).files]


def _photometric_note(frame: DicomFrame) -> tuple[str, ...]:
    if frame.photometric == "MONOCHROME1":
        return ("The image is MONOCHROME1 (large values are dark); its values are not inverted.",)
    return ()


def _check_mosaic(path: Path, files: Sequence[DicomFile]) -> None:
    """Raise ScanError for Siemens mosaics, whose slices are tiled in one image.

    Raises
    ------
    ScanError
        The series is a mosaic.
    """
    file = files[0]
    if "MOSAIC" in str(get_value(file.path, file.header, "ImageType", "")):
        raise ScanError(
            path,
            "is a Siemens mosaic, with all slices tiled in one image",
            "convert it to NIfTI with dcm2niix",
        )


def _find_series(path: Path) -> DicomSeries:
    """Find the files of the requested series, and read their headers."""
    if is_folder(path):
        dicom_files, unreadable = read_dicom_files(path, _list_files(path))
        if not dicom_files and unreadable:
            raise unreadable[0].error
        if not dicom_files:
            raise ScanError(path, "is a folder without DICOM images", "name a file, or a folder of DICOM")
        series_uid = None
    else:
        check_not_gzipped(path)
        dicom_files, unreadable = read_dicom_files(path, [path])
        if unreadable:
            raise unreadable[0].error
        if not dicom_files:
            raise ScanError(path, "is DICOM without an image", "name a file of the wanted series")
        named_file = dicom_files[0]
        series_uid = named_file.series_uid
        if series_uid and get_integer(path, named_file.header, "NumberOfFrames", 1) <= 1:
            siblings, unreadable = read_dicom_files(
                path, [sibling for sibling in _list_siblings(path) if sibling != path]
            )
            dicom_files = [named_file, *siblings]
    series: dict[str, list[DicomFile]] = {}
    for file in dicom_files:
        series.setdefault(file.series_uid, []).append(file)
    if series_uid is None:
        if len(series) > 1:
            raise ScanError(
                path,
                f"holds {len(series)} series: {_describe_series(series)}",
                "name one file of the wanted series",
            )
        # In a folder of one series, an unreadable file may be part of it.
        series_uid = next(iter(series))
        _check_unreadable(unreadable, (series_uid, None))
    else:
        _check_unreadable(unreadable, (series_uid,))
    files, copies = _remove_duplicates(series[series_uid])
    return DicomSeries(tuple(files), (*_skipped_files_note(unreadable), *copies))


def _check_unreadable(unreadable: Sequence[UnreadableFile], series_uids: tuple[str | None, ...]) -> None:
    """Raise the error of an unreadable file of the series; those of other series are ignored."""
    for file in unreadable:
        if file.series_uid in series_uids:
            raise file.error


def _skipped_files_note(unreadable: Sequence[UnreadableFile]) -> tuple[str, ...]:
    """Return a note on unreadable files of other or unknown series."""
    if not unreadable:
        return ()
    names = ", ".join(file.path.name for file in unreadable[:SHOWN]) + (
        ", …" if len(unreadable) > SHOWN else ""
    )
    if len(unreadable) == 1:
        return (f"{names} beside it {unreadable[0].error.problem}, and was ignored.",)
    return (f"{len(unreadable)} DICOM files beside it cannot be read and were ignored: {names}.",)


def _remove_duplicates(files: Sequence[DicomFile]) -> tuple[list[DicomFile], tuple[str, ...]]:
    """Return the files without duplicates of the same image, and a note on the duplicates."""
    unique: dict[tuple[str, ...], DicomFile] = {}
    duplicates = []
    for file in files:
        names = ("SOPInstanceUID", "ImagePositionPatient", "InstanceNumber", "NumberOfFrames")
        key = tuple(str(get_value(file.path, file.header, name, "")) for name in names)
        if not key[0]:
            key = (str(file.path),)
        if unique.setdefault(key, file) is not file:
            duplicates.append((file, unique[key]))
    if not duplicates:
        return list(files), ()
    example = f"{duplicates[0][0].path.name} holds the same image as {duplicates[0][1].path.name}"
    if len(duplicates) > 1:
        return list(unique.values()), (
            f"{len(duplicates)} files are duplicates and were ignored ({example}).",
        )
    return list(unique.values()), (f"{example} and was ignored.",)


def _describe_series(series: dict[str, list[DicomFile]]) -> str:
    """Return a list of the series as text: description, number of files and the name of one file."""
    descriptions = []
    for members in sorted(series.values(), key=len, reverse=True)[:6]:
        file, header = members[0].path, members[0].header
        description = str(get_value(file, header, "SeriesDescription", ""))
        description = description or f"series {get_value(file, header, 'SeriesNumber', '?')}"
        description = "".join(letter if letter.isprintable() else " " for letter in description[:40])
        descriptions.append(f"“{description}” ({format_count(len(members), 'file')}, such as {file.name})")
    remaining = len(series) - len(descriptions)
    return ", ".join(descriptions) + (f" and {remaining} more" if remaining else "")


def _list_files(folder: Path) -> list[Path]:
    paths: list[Path] = []
    for directory, folders, names in os.walk(folder):
        folders.sort()
        paths += [Path(directory, name) for name in sorted(names)]
        if len(paths) > MAX_FILES:
            raise ScanError(folder, f"holds more than {MAX_FILES:,} files", "name the folder of one series")
    return paths


def _list_siblings(path: Path) -> list[Path]:
    return sorted(path.parent.iterdir())
