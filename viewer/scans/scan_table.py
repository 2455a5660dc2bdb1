"""Table of scans like a BIDS participants.tsv: tab-separated, column names in line 1, one row per scan."""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from viewer.errors import ScanError
from viewer.files import expand_user, is_file, read_regular
from viewer.number_format import format_count
from viewer.scans.label_numbers import parse_index

REQUIRED_COLUMNS = ("scan", "subject", "y")
MISSING = ("", "n/a", "na", "nan")
"""Entries, in lower case, for a missing value: BIDS writes n/a, R writes NA and pandas NaN."""

DELIMITERS = {"\t": "tabs", ";": "semicolons", ",": "commas"}
MAX_BYTES = 16 << 20
MAX_ROWS = 200_000


def is_missing(entry: str) -> bool:
    """Return whether a table entry is a missing value: empty, n/a, NA or NaN."""
    return entry.strip().lower() in MISSING


@dataclass(frozen=True)
class ScanRow:
    """Row of a table of scans.

    Parameters
    ----------
    line
        Line in the file, from 1; the column names are line 1.
    scan_path, volume
        Image file, and the index of the volume in it; None if it holds only one.
    subject, y
        Entries as written.
    covariates
        All other columns, as numbers.
    """

    line: int
    scan_path: Path
    subject: str
    y: str
    volume: int | None = None
    covariates: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class ScanTable:
    """Rows of a table in order; ``covariates`` are the names of the other columns."""

    path: Path
    rows: tuple[ScanRow, ...]
    covariates: tuple[str, ...] = ()

    @property
    def subjects(self) -> tuple[str, ...]:
        """Subject of every row."""
        return tuple(row.subject for row in self.rows)

    @property
    def y(self) -> tuple[str, ...]:
        """Label or value to be learned for every row, as written."""
        return tuple(row.y for row in self.rows)

    def numeric_y(self) -> list[float]:
        """Return the column y as numbers.

        Raises
        ------
        ScanError
            An entry is not a number; the message names its line.
        """
        values = []
        for row in self.rows:
            value = _parse_number(row.y)
            if value is None:
                raise ScanError(
                    row_location(self.path, row), f"y is {row.y!r}, which is not a number", "give a number"
                )
            values.append(value)
        return values


def row_location(path: Path, row: ScanRow) -> str:
    """Return the path and line of a row, for error messages."""
    return f"{path}, line {row.line}"


def read_table(path: Path) -> ScanTable:
    """Read a table with the columns ``scan``, ``subject`` and ``y``, and any covariates.

    Paths are relative to the table's folder. A column ``volume`` selects one volume of a series, from 0;
    a column ``participant_id`` is used as ``subject``; the columns of a ``.csv`` file are comma-separated.

    Raises
    ------
    ScanError
        The table cannot be read, a column is missing, a value is missing or not a number, or a scan does
        not exist; the message names the line.
    """
    lines = read_table_lines(path, f"the first line must name {', '.join(REQUIRED_COLUMNS)}")
    names = [name.strip() for name in lines[0][1]]
    if "subject" not in names:
        names = ["subject" if name == "participant_id" else name for name in names]
    for name in REQUIRED_COLUMNS:
        if name not in names:
            raise ScanError(path, f"has no column {name!r}", f"it needs {', '.join(REQUIRED_COLUMNS)}")
    if len(set(names)) < len(names):
        duplicate = next(name for name, count in Counter(names).items() if count > 1)
        raise ScanError(path, f"has two columns {duplicate!r}")
    covariates = tuple(name for name in names if name not in (*REQUIRED_COLUMNS, "volume"))
    rows = tuple(_parse_row(path, line, names, values, covariates) for line, values in lines[1:])
    if not rows:
        raise ScanError(path, "has no rows", "give one row per scan")
    return ScanTable(path, rows, covariates)


def read_table_lines(path: Path, remedy_if_empty: str) -> list[tuple[int, list[str]]]:
    """Return the lines of a table with their numbers, from 1; empty lines are omitted.

    Columns are separated by tabs, in a ``.csv`` file by commas. ``remedy_if_empty`` is the remedy in the
    error for an empty file.

    Raises
    ------
    ScanError
        The file is empty, not text, not a table, or too long.
    """
    try:
        text = read_regular(path, MAX_BYTES, ScanError, "a table of scans").decode("utf-8-sig")
    except UnicodeDecodeError as error:
        remedy = "give a table in UTF-8, with tabs between its columns"
        raise ScanError(path, "is not a text file, or not in UTF-8", remedy) from error
    delimiter = "," if path.suffix.lower() == ".csv" else "\t"
    reader = csv.reader(text.splitlines(), delimiter=delimiter)
    try:
        lines = []
        for values in reader:
            if any(value.strip() for value in values):
                lines.append((reader.line_num, values))
            if len(lines) > MAX_ROWS:
                raise ScanError(path, f"has more than {MAX_ROWS:,} rows", "give fewer scans")
    except csv.Error as error:
        raise ScanError(path, f"is not a table ({error})") from error
    if not lines:
        raise ScanError(path, "is empty", remedy_if_empty)
    header = lines[0][1]
    actual = next(
        (
            candidate
            for candidate in DELIMITERS
            if candidate != delimiter and len(header) == 1 and candidate in header[0]
        ),
        None,
    )
    if actual is not None:
        problem = f"has {DELIMITERS[actual]} between its columns in place of {DELIMITERS[delimiter]}"
        raise ScanError(path, problem, "save it with tabs as .tsv, or with commas as .csv")
    return lines


def _parse_row(
    path: Path, line: int, names: list[str], values: list[str], covariates: tuple[str, ...]
) -> ScanRow:
    location = f"{path}, line {line}"
    if len(values) != len(names):
        raise ScanError(
            location, f"has {format_count(len(values), 'column')} where the first line names {len(names)}"
        )
    entries = {name: value.strip() for name, value in zip(names, values, strict=True)}
    for name in REQUIRED_COLUMNS:
        if is_missing(entries[name]):
            raise ScanError(location, f"{name} is missing", "fill it in, or leave the row out")
    numbers = {}
    for name in covariates:
        value = _parse_number(entries[name])
        if value is None:
            raise ScanError(
                location, f"{name} is {entries[name]!r}, which is not a number", "covariates must be numbers"
            )
        numbers[name] = value
    volume = None
    if not is_missing(entries.get("volume", "")):
        volume = parse_index(entries["volume"])
        if volume is None:
            raise ScanError(location, f"volume is {entries['volume']!r}", "give a whole number from 0")
    scan = expand_user(entries["scan"], ScanError)
    scan = scan if scan.is_absolute() else path.parent / scan
    if not is_file(scan):
        raise ScanError(location, f"scan not found: {scan}")
    return ScanRow(line, scan, entries["subject"], entries["y"], volume, numbers)


def _parse_number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
