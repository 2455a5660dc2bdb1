"""Participants of a cohort: a participants table with a column for each image, or a BIDS dataset."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from viewer.errors import ScanError
from viewer.files import expand_user, is_file, is_folder
from viewer.number_format import format_count
from viewer.scans.label_numbers import parse_index
from viewer.scans.scan_table import is_missing, read_table_lines

IMAGE_COLUMN = "scan"
"""Column of the only image; ``scan_T1`` is that of the channel T1."""

SPECIAL_COLUMNS = ("participant_id", "session_id", "volume")
_LABEL = re.compile(r"[A-Za-z0-9+]+")


@dataclass(frozen=True, eq=False)
class Participant:
    """One row of a participants table: the images of one person at one session.

    Parameters
    ----------
    participant_id, session_id
        BIDS labels without ``sub-`` and ``ses-``; the second is empty if the table has no sessions.
    images
        File of each image by its channel; the channel of a single image is "". In a dataset, the folder of
        the person or session under "", in which a network's images are found by their names. Empty if the
        table marks one as missing.
    volume
        Index of the volume in the file of a single image, from 0; None if it holds only one.
    values
        Additional columns by name, as written; "n/a" if a value is missing.
    location
        File and line of the row, for messages.
    """

    participant_id: str
    images: Mapping[str, Path]
    session_id: str = ""
    volume: int | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    location: str = ""

    @property
    def label(self) -> str:
        """BIDS entities, such as ``sub-01_ses-2``."""
        session = f"_ses-{self.session_id}" if self.session_id else ""
        return f"sub-{self.participant_id}{session}"


@dataclass(frozen=True)
class Participants:
    """Rows of a participants table in their order; ``columns`` names the additional columns."""

    path: Path
    rows: tuple[Participant, ...]
    columns: tuple[str, ...] = ()


def read_participants(path: str | Path) -> Participants:
    """Read a participants table, or the folders ``sub-*`` of a BIDS dataset and its ``participants.tsv``.

    A table is tab-separated, or comma-separated if its name ends in .csv. It needs the columns
    ``participant_id`` and ``scan``; ``scan_NAME`` in place of ``scan`` for a network of several images. Paths
    are relative to the table's folder. ``session_id`` distinguishes the sessions of a person, and ``volume``
    selects one volume of a series, from 0. All other columns are kept as they are.

    Raises
    ------
    ScanError
        The table cannot be read, a column is missing, an identifier is not a BIDS label, two rows are the
        same session of a person, or none of the scans exists; the message names the line.
    """
    path = expand_user(path, ScanError)
    if is_folder(path):
        return _read_dataset(path.absolute())
    lines = read_table_lines(path, f"the first line must name participant_id and {IMAGE_COLUMN}")
    names = [name.strip() for name in lines[0][1]]
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise ScanError(path, f"has two columns {repeated[0]!r}")
    channels = {name: name.removeprefix(f"{IMAGE_COLUMN}_") for name in names if name.startswith("scan_")}
    if IMAGE_COLUMN in names:
        if channels:
            raise ScanError(
                path, f"has the columns scan and {next(iter(channels))}", "name every image, or none"
            )
        channels = {IMAGE_COLUMN: ""}
    for name, is_present in (("participant_id", "participant_id" in names), (IMAGE_COLUMN, bool(channels))):
        if not is_present:
            raise ScanError(path, f"has no column {name!r}", "it needs participant_id, and scan or scan_NAME")
    columns = tuple(name for name in names if name not in (*SPECIAL_COLUMNS, *channels))
    rows: list[Participant] = []
    first_rows: dict[str, str] = {}
    for line_number, values in lines[1:]:
        row = _read_row(path, line_number, names, values, channels, columns)
        # Folders are named after the labels, and some file systems are not case-sensitive.
        first_row = first_rows.setdefault(row.label.casefold(), row.location)
        if first_row != row.location:
            raise ScanError(
                row.location,
                f"is {row.label}, as line {first_row.rpartition(' ')[2]} is",
                "number the sessions",
            )
        rows.append(row)
    if not rows:
        raise ScanError(path, "has no rows", "give each scan a row")
    # A missing scan is reported as a failure of its own; if all are missing, the paths are wrong.
    if not any(row.images and all(is_file(file) for file in row.images.values()) for row in rows):
        first = next((str(file) for row in rows for file in row.images.values()), "")
        problem = f"scan not found: {first}" if first else "no row names a scan"
        raise ScanError(rows[0].location, problem, "paths are relative to the table's folder")
    return Participants(path, tuple(rows), columns)


def _read_dataset(folder: Path) -> Participants:
    """Read a BIDS dataset: a row for each person or, if there are sessions, for each session."""
    table = folder / "participants.tsv"
    columns, values = _read_values(table) if is_file(table) else ((), {})
    names = sorted(path.name for path in folder.iterdir() if path.name.startswith("sub-") and is_folder(path))
    rows = []
    # Participants in the table without a folder are reported with the other failures.
    for name in dict.fromkeys((*values, *names)):
        person_folder = folder / name
        entries = values.get(name, dict.fromkeys(columns, "n/a"))
        person = bids_label(str(folder), "participant_id", name, "sub-")
        sessions = sorted(path.name for path in person_folder.glob("ses-*") if is_folder(path))
        for session in sessions or [""]:
            label = bids_label(str(person_folder), "session_id", session, "ses-") if session else ""
            rows.append(
                Participant(
                    person, {"": person_folder / session}, label, None, entries, str(person_folder / session)
                )
            )
    if not rows:
        raise ScanError(folder, "has no folders sub-…, as a BIDS dataset has", "name a dataset or a table")
    return Participants(folder, tuple(rows), columns)


def _read_values(path: Path) -> tuple[tuple[str, ...], dict[str, dict[str, str]]]:
    """Return the additional columns of a dataset's participants.tsv, and their entries by participant."""
    lines = read_table_lines(path, "the first line must name participant_id")
    names = [name.strip() for name in lines[0][1]]
    if "participant_id" not in names:
        raise ScanError(path, "has no column 'participant_id'", "it needs one")
    values = {}
    for line_number, cells in lines[1:]:
        if len(cells) != len(names):
            raise ScanError(
                f"{path}, line {line_number}",
                f"has {format_count(len(cells), 'column')} instead of {len(names)}",
            )
        entries = {name: cell.strip() or "n/a" for name, cell in zip(names, cells, strict=True)}
        name = f"sub-{entries.pop('participant_id').removeprefix('sub-')}"
        if name in values:
            raise ScanError(
                f"{path}, line {line_number}", f"has {name} a second time", "keep one row of each person"
            )
        values[name] = entries
    return tuple(name for name in names if name != "participant_id"), values


def _read_row(
    path: Path,
    line_number: int,
    names: list[str],
    values: list[str],
    channels: Mapping[str, str],
    columns: tuple[str, ...],
) -> Participant:
    location = f"{path}, line {line_number}"
    if len(values) != len(names):
        raise ScanError(
            location, f"has {format_count(len(values), 'column')} where the first line names {len(names)}"
        )
    entries = {name: value.strip() for name, value in zip(names, values, strict=True)}
    images = {}
    for column, channel in channels.items():
        if not is_missing(entries[column]):
            file = expand_user(entries[column], ScanError)
            images[channel] = (file if file.is_absolute() else path.parent / file).absolute()
    if len(images) < len(channels):
        images = {}
    volume = None
    if not is_missing(entries.get("volume", "")):
        volume = parse_index(entries["volume"])
        if volume is None:
            raise ScanError(location, f"volume is {entries['volume']!r}", "give a whole number from 0")
    return Participant(
        bids_label(location, "participant_id", entries["participant_id"], "sub-"),
        images,
        session_label(location, entries.get("session_id", "")),
        volume,
        {name: entries[name] or "n/a" for name in columns},
        location,
    )


def session_label(location: str, text: str) -> str:
    """Return a session's label without its prefix; empty if the entry is missing. Raises ScanError."""
    return "" if is_missing(text.removeprefix("ses-")) else bids_label(location, "session_id", text, "ses-")


def bids_label(location: str, column: str, text: str, prefix: str) -> str:
    """Return a BIDS label without its prefix. Raises ScanError, naming the line, if the text is not one."""
    label = text.removeprefix(prefix)
    # NA may be somebody's initials.
    if label.lower() in ("", "n/a"):
        raise ScanError(location, f"{column} is missing", "fill it in")
    if not _LABEL.fullmatch(label) or len(label) > 60:
        raise ScanError(location, f"{column} is {text!r}", "BIDS labels have letters and digits only")
    return label
