"""Scans named by a file, a folder, a list or a table, or by a text; one person may have several images."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from viewer.errors import MethodError, ScanError
from viewer.files import exists, expand_user, is_file, is_folder, read_regular
from viewer.resource_files import BUILTIN_SCANS
from viewer.scans.file_types import ENDINGS, detect_image_format, find_sibling
from viewer.scans.scan import Scan

if TYPE_CHECKING:
    from viewer.models.model_card import Card

MAX_LIST_BYTES = 16 << 20
TABLES = (".tsv", ".csv")
LISTS = (".txt", *TABLES)
SECOND_FILES = {
    ".img": ".hdr", ".img.gz": ".hdr", ".brik": ".head", ".brik.gz": ".head", ".rec": ".par",
}  # fmt: skip
"""Extensions of voxel files and of the header file that belongs to them, which represents both."""

NAMED_IMAGE = re.compile(r"(?:^|,)\s*(\w[\w+-]{0,63})=")
"""Start of one image in ``T1=t1.nii.gz,FLAIR=flair.nii.gz``."""

EMPTY_CELL = ("", "n/a")

SEVERAL_REMEDY = "give NAME=FILE,NAME=FILE, a table with a column for each, or a file with a volume for each"
"""Remedy if the network takes several images, but a scan has only one."""


@dataclass(frozen=True)
class PersonImages:
    """Several images of one person: the channel and the file of each."""

    files: tuple[tuple[str, Path | str], ...]


ScanSource = Scan | Path | str | tuple[Path, int] | PersonImages
"""A scan, the file or name of one, a file and the index of one of its volumes, or images of one person."""


def load_source(source: ScanSource, card: Card) -> Scan:
    """Read a scan for the network of a card.

    For a network with several input images, a file with as many volumes contains them in the order of the
    card, and a person's folder in a BIDS dataset contains those that the card names.

    Raises
    ------
    ScanError
        The scan cannot be read, or a file contains several volumes and the network takes one image.
    """
    from viewer.models.bids_channels import bids_channels
    from viewer.scans.bids_folder import find_bids_images
    from viewer.scans.load import count_volumes, load_scan, require_single_volume

    if isinstance(source, Scan):
        return source
    if isinstance(source, tuple):
        return load_scan(*source)
    with require_single_volume():
        if isinstance(source, PersonImages):
            return load_scan(dict(source.files))
        if find_bids_images(Path(source)):
            return load_scan(source, channels=bids_channels(card))
        names = image_names(card)
        if len(names) > 1 and count_volumes(source) == len(names):
            return load_scan(source, channels=names)
        return load_scan(source)


def image_names(card: Card) -> tuple[str, ...]:
    """Return the names of the network's input images; a single empty name if it takes one image."""
    spec = card.input
    return ("",) if spec is None or spec.repeat or spec.channels == 1 else spec.channel_names


def split_images(text: str) -> dict[str, str]:
    """Return the files that a text such as ``T1=t1.nii.gz,FLAIR=flair.nii.gz`` names, by channel.

    Empty for a text of another form.
    """
    starts = list(NAMED_IMAGE.finditer(text))
    if not starts or starts[0].start() != 0:
        return {}
    ends = [start.start() for start in starts[1:]] + [len(text)]
    return {start[1]: text[start.end() : end].strip() for start, end in zip(starts, ends, strict=True)}


def is_source(text: str) -> bool:
    """Return whether a text names a scan, a folder or a list that exists, or images that all do."""
    if text in BUILTIN_SCANS or exists(expand_user(text)):
        return True
    images = split_images(text).values()
    return bool(images) and all(image in BUILTIN_SCANS or exists(expand_user(image)) for image in images)


def read_sources(value: object, subject: str, card: Card | None = None) -> tuple[ScanSource, ...]:
    """Return the scans that a parameter's value names, in a fixed order; their voxels are not read.

    Parameters
    ----------
    value
        A scan, a path, the name of a built-in scan, images by channel as one text (`split_images`), or a
        sequence of these.
    subject
        Name of the method and the parameter, for messages.
    card
        Card of the network, whose channels are the names of a table's columns.

    Raises
    ------
    MethodError
        There is no such file or folder, or the folder contains no scan.
    ScanError
        A list of scans cannot be read, or names a file that does not exist.
    """
    if isinstance(value, Scan):
        return (value,)
    if isinstance(value, (list, tuple)):
        if not value:
            raise MethodError(subject, "the list of scans is empty")
        return tuple(source for entry in value for source in read_sources(entry, subject, card))
    text = str(value)
    if text in BUILTIN_SCANS:
        return (text,)
    path = expand_user(text, ScanError)
    if is_folder(path):
        return _read_folder(path, subject)
    if not exists(path):
        images = split_images(text)
        if images:
            return _pair_images(images, subject)
        raise MethodError(subject, f"there is no scan {text}", "name a file or a folder of scans")
    return read_scan_list(path, card) if path.suffix.lower() in LISTS else (path,)


def _pair_images(images: dict[str, str], subject: str) -> tuple[ScanSource, ...]:
    """Return the images of one person or, for folders, of every person, paired by file name."""
    paths = {
        name: file if file in BUILTIN_SCANS else expand_user(file, ScanError) for name, file in images.items()
    }
    folders = [path for path in paths.values() if isinstance(path, Path) and is_folder(path)]
    if not folders:
        return (PersonImages(tuple(paths.items())),)
    remedy = "give a table with a column for each of them, and a row for each person"
    if len(folders) < len(paths):
        raise MethodError(subject, "some of the images are folders, and some are files", remedy)
    listed = {
        name: {Path(str(file)).name: file for file in _read_folder(Path(folder), subject)}
        for name, folder in paths.items()
    }
    first, *others = listed.values()
    if any(set(files) != set(first) for files in others):
        raise MethodError(subject, "the folders hold files of different names", remedy)
    return tuple(
        PersonImages(tuple((name, Path(str(files[file]))) for name, files in listed.items()))
        for file in first
    )


def _read_folder(folder: Path, subject: str) -> tuple[ScanSource, ...]:
    """Return the scans of a folder by name.

    They are its image files; the folder itself if it holds one scan as DICOM slices, or images of a person;
    or the folders of the people of a BIDS dataset.
    """
    from viewer.scans.bids_folder import find_bids_images

    try:
        entries = sorted(entry for entry in folder.iterdir() if entry.name[0] != ".")
    except OSError as error:
        raise MethodError(subject, f"the folder {folder} cannot be read ({error.strerror})") from error
    files = [entry for entry in entries if is_file(entry)]
    images = tuple(file for file in files if _is_image(file))
    if images:
        return images
    if any(_is_dicom_slice(file) for file in files):
        return (folder,)
    subjects = tuple(entry for entry in entries if entry.name.startswith("sub-") and is_folder(entry))
    if subjects:
        return subjects
    if find_bids_images(folder):
        return (folder,)
    raise MethodError(
        subject,
        f"the folder {folder} holds no image files",
        "name a folder of them, or a text file with one path per line",
    )


def _is_image(file: Path) -> bool:
    """Return whether a file represents an image by its extension, and is not a slice of one."""
    name = file.name.lower()
    ending = next((suffix for suffix in ENDINGS if name.endswith(suffix)), "")
    if ending in ("", ".gz", ".dcm"):
        return False
    header = SECOND_FILES.get(ending)
    return header is None or find_sibling(file, (header, f"{header}.gz")) is None


def _is_dicom_slice(file: Path) -> bool:
    try:
        return detect_image_format(file) == "DICOM"
    except ScanError:
        return False


def read_scan_list(path: Path, card: Card | None = None) -> tuple[ScanSource, ...]:
    """Return the scans named in a text file with one path per line, or in a table.

    Paths are relative to the list's own folder; empty lines and lines that begin with # are ignored. A table
    has a column ``scan`` and optionally a column ``volume`` for one volume of a series; or it has one column
    for each input image of the network of ``card``, and one row per person.

    Raises
    ------
    ScanError
        The list cannot be read, is empty, or names a file that does not exist.
    """
    try:
        lines = (
            read_regular(path, MAX_LIST_BYTES, ScanError, "a list of scans").decode("utf-8-sig").splitlines()
        )
    except UnicodeDecodeError as error:
        raise ScanError(path, "is not a list of scans", "give a text file with one path per line") from error
    sources: list[ScanSource]
    if path.suffix.lower() in TABLES:
        sources = _read_table(path, lines, image_names(card) if card is not None else ())
    else:
        stripped = [(line_number, line.strip()) for line_number, line in enumerate(lines, 1)]
        sources = [_parse_source(path, *entry) for entry in stripped if entry[1] and entry[1][0] != "#"]
    if not sources:
        raise ScanError(path, "names no scans", "give one path per line")
    return tuple(sources)


def _read_table(path: Path, lines: Sequence[str], channels: Sequence[str]) -> list[ScanSource]:
    import csv

    try:
        rows = list(csv.reader(lines, delimiter="," if path.suffix.lower() == ".csv" else "\t"))
    except csv.Error as error:
        raise ScanError(path, f"is not a table ({error})") from error
    header = [column.strip() for column in rows[0]] if rows else []
    numbered_rows = [
        (line_number, [cell.strip() for cell in row]) for line_number, row in enumerate(rows[1:], 2)
    ]
    if "scan" in header:
        scan_column, volume_column = (
            header.index("scan"),
            header.index("volume") if "volume" in header else len(header),
        )
        return [
            _parse_source(
                path, line_number, row[scan_column], row[volume_column] if volume_column < len(row) else ""
            )
            for line_number, row in numbered_rows
            if scan_column < len(row) and row[scan_column]
        ]
    needs_several = len(channels) > 1
    if not needs_several or any(channel not in header for channel in channels):
        missing = f" and no columns {', '.join(channels)}" if needs_several else ""
        raise ScanError(path, f"has no column 'scan'{missing}", "name the columns that hold the files")
    return [
        _parse_person(
            path, line_number, {name: row[header.index(name) : header.index(name) + 1] for name in channels}
        )
        for line_number, row in numbered_rows
        if any(row)
    ]


def _parse_person(path: Path, line_number: int, cells: dict[str, list[str]]) -> PersonImages:
    """Return the images of one row of a table."""
    missing = [name for name, cell in cells.items() if not cell or cell[0] in EMPTY_CELL]
    if missing:
        raise ScanError(f"{path}, line {line_number}", f"has no {' and no '.join(missing)}")
    return PersonImages(tuple((name, _find_file(path, line_number, cell[0])) for name, cell in cells.items()))


def _parse_source(path: Path, line_number: int, name: str, volume: str = "") -> ScanSource:
    if name in BUILTIN_SCANS:
        return name
    file = _find_file(path, line_number, name)
    if volume in EMPTY_CELL:
        return file
    if not volume.isdecimal():
        raise ScanError(f"{path}, line {line_number}", f"volume is {volume!r}", "give a whole number from 0")
    return Path(file), int(volume)


def _find_file(path: Path, line_number: int, file_name: str) -> Path | str:
    """Return the file that a line of a list names; the name of a built-in scan is returned unchanged."""
    if file_name in BUILTIN_SCANS:
        return file_name
    file = expand_user(file_name, ScanError)
    file = file if file.is_absolute() else path.parent / file
    if not exists(file):
        raise ScanError(f"{path}, line {line_number}", f"scan not found: {file}")
    return file
