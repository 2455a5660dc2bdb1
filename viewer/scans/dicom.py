"""DICOM: a folder of slices, or one file of many frames, as one volume in space.

pydicom makes sense of the files; which of them belong together, in which order, and where they lie in
millimetres is decided here, by their positions alone (DICOM PS3.3 C.7.6.2): numbers and names of files lie.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from viewer.errors import ScanError
from viewer.files import is_folder
from viewer.scans.dicom_files import File, Unread, check_unpacked, read_files, value_of, whole_of
from viewer.scans.dicom_frames import Frame, frames_of
from viewer.scans.dicom_pixels import check_claims, reader, stored_type
from viewer.scans.dicom_stack import stacked
from viewer.scans.header import checked_shape, usable
from viewer.scans.kinds import Format
from viewer.scans.source import Source
from viewer.scans.streams import check_memory

MOST_FILES = 20_000
MOST_WARNINGS = 3
LONGEST_WARNING = 200
SHOWN = 3


@dataclass(frozen=True, eq=False)
class Series:
    """The files of the wanted series, and a sentence on everything that was passed over."""

    files: tuple[File, ...]
    notes: tuple[str, ...]


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
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        series = _series(path)
        _check_mosaic(path, series.files)
        frames = [frame for one in series.files for frame in frames_of(one.path, one.header)]
        stack = stacked(path, frames)
        first = stack.frames[0][0]
        shape, _ = checked_shape(path, [first.columns, first.rows, len(stack.frames[0])])
        dtype, slope, inter = stored_type(path, frames)
        check_claims(frames)
    check_memory(path, shape[0] * shape[1] * shape[2] * dtype.itemsize)
    if not usable(stack.affine):
        raise ScanError(path, "does not place its voxels", "its headers are damaged")
    told = dict.fromkeys(f"pydicom notes: {str(one.message)[:LONGEST_WARNING]}" for one in warned)
    return Source(
        form=Format.DICOM,
        shape=shape,
        volumes=len(stack.frames),
        dtype=dtype,
        affine=stack.affine,
        codes=None,
        notes=(*series.notes, *stack.notes, *_shades(first), *list(told)[:MOST_WARNINGS]),
        read=reader(stack, dtype),
        slope=slope,
        inter=inter,
    )


def series_files(path: Path) -> list[Path]:
    """The files of the series that `dicom_source` would read. Raises ScanError as it does."""
    return [file.path for file in _series(path).files]


def _shades(first: Frame) -> tuple[str, ...]:
    if first.shades == "MONOCHROME1":
        return ("The image is stored so that large values are dark; the values are read as they are.",)
    return ()


def _check_mosaic(path: Path, files: Sequence[File]) -> None:
    """Refuse Siemens's mosaics, whose slices lie side by side in one picture.

    Raises
    ------
    ScanError
        The series is one.
    """
    first = files[0]
    if "MOSAIC" in str(value_of(first.path, first.header, "ImageType", "")):
        raise ScanError(
            path,
            "is a Siemens mosaic, which has all slices in one picture",
            "turn it into NIfTI with dcm2niix",
        )


def _series(path: Path) -> Series:
    """The files and headers of the wanted series."""
    if is_folder(path):
        found, unread = read_files(path, _files(path))
        if not found and unread:
            raise unread[0].error
        if not found:
            raise ScanError(path, "is a folder without DICOM images", "name a file, or a folder of DICOM")
        wanted = None
    else:
        check_unpacked(path)
        found, unread = read_files(path, [path])
        if unread:
            raise unread[0].error
        if not found:
            raise ScanError(path, "is DICOM without an image", "name a file of the series that is wanted")
        own = found[0]
        wanted = own.series
        if wanted and whole_of(path, own.header, "NumberOfFrames", 1) <= 1:
            beside, unread = read_files(path, [one for one in _beside(path) if one != path])
            found = [own, *beside]
    series: dict[str, list[File]] = {}
    for file in found:
        series.setdefault(file.series, []).append(file)
    if wanted is None:
        if len(series) > 1:
            raise ScanError(
                path, f"holds {len(series)} series: {_listed(series)}", "name one file of the wanted one"
            )
        # In a folder of one series, what cannot be read may be a part of it.
        wanted = next(iter(series))
        _check_unread(unread, (wanted, None))
    else:
        _check_unread(unread, (wanted,))
    files, copies = _without_copies(series[wanted])
    return Series(tuple(files), (*_passed_over(unread), *copies))


def _check_unread(unread: Sequence[Unread], series: tuple[str | None, ...]) -> None:
    """Refuse a series of which a file cannot be read; those of other series do not matter."""
    for one in unread:
        if one.series in series:
            raise one.error


def _passed_over(unread: Sequence[Unread]) -> tuple[str, ...]:
    """A sentence on files of other series, or of none that is known, that cannot be read."""
    if not unread:
        return ()
    names = ", ".join(one.path.name for one in unread[:SHOWN]) + (", …" if len(unread) > SHOWN else "")
    if len(unread) == 1:
        return (f"{names} beside it {unread[0].error.problem}, and was passed over.",)
    return (f"{len(unread)} DICOM files beside it cannot be read and were passed over: {names}.",)


def _without_copies(files: Sequence[File]) -> tuple[list[File], tuple[str, ...]]:
    """The files without those that hold the same image once more, and a sentence on these."""
    kept: dict[tuple[str, ...], File] = {}
    copies = []
    for file in files:
        names = ("SOPInstanceUID", "ImagePositionPatient", "InstanceNumber", "NumberOfFrames")
        key = tuple(str(value_of(file.path, file.header, name, "")) for name in names)
        if not key[0]:
            key = (str(file.path),)
        if kept.setdefault(key, file) is not file:
            copies.append((file, kept[key]))
    if not copies:
        return list(files), ()
    first = f"{copies[0][0].path.name} holds the same image as {copies[0][1].path.name}"
    if len(copies) > 1:
        return list(kept.values()), (f"{len(copies)} files are copies and were passed over ({first}).",)
    return list(kept.values()), (f"{first} and was passed over.",)


def _listed(series: dict[str, list[File]]) -> str:
    """Every series by its description, how many files it has, and the name of one."""
    words = []
    for members in sorted(series.values(), key=len, reverse=True)[:6]:
        file, header = members[0].path, members[0].header
        called = str(value_of(file, header, "SeriesDescription", ""))
        called = called or f"series {value_of(file, header, 'SeriesNumber', '?')}"
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
    return sorted(path.parent.iterdir())
