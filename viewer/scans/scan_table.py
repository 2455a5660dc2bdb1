"""A table of scans, as BIDS writes participants: one row a scan, tab-separated, names in the first line."""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from viewer.errors import ScanError
from viewer.files import expand_user, is_file, read_regular
from viewer.scans.label_numbers import parse_index

REQUIRED_COLUMNS = ("scan", "subject", "y")
MISSING = ("", "n/a")
_LARGEST = 16 << 20
MOST_ROWS = 200_000


@dataclass(frozen=True)
class ScanRow:
    """One scan.

    Parameters
    ----------
    line
        Its line in the file, counted from 1; the names are line 1.
    scan, volume
        The file, and which of its volumes; None where it holds one.
    subject, y
        As written.
    covariates
        Every further column, as numbers.
    """

    line: int
    scan: Path
    subject: str
    y: str
    volume: int | None = None
    covariates: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class ScanTable:
    """The rows in their order; ``covariates`` names the further columns."""

    path: Path
    rows: tuple[ScanRow, ...]
    covariates: tuple[str, ...] = ()

    @property
    def subjects(self) -> tuple[str, ...]:
        """The subject of every row."""
        return tuple(row.subject for row in self.rows)

    @property
    def y(self) -> tuple[str, ...]:
        """What is to be learned, a row each, as written."""
        return tuple(row.y for row in self.rows)

    def numbers(self) -> list[float]:
        """The column y as numbers.

        Raises
        ------
        ScanError
            One is no number; the line names its row.
        """
        found = []
        for row in self.rows:
            value = _number(row.y)
            if value is None:
                raise ScanError(
                    row_location(self.path, row), f"y is {row.y!r}, which is no number", "give a number"
                )
            found.append(value)
        return found


def row_location(path: Path, row: ScanRow) -> str:
    """The place of a row, for errors."""
    return f"{path}, line {row.line}"


def read_table(path: Path) -> ScanTable:
    """A table with the columns ``scan``, ``subject`` and ``y``, and any covariates.

    Files are looked for beside the table. A column ``volume`` picks one volume of a series, counted from 0;
    a column ``participant_id`` stands for ``subject``; commas part the columns of a file called ``.csv``.

    Raises
    ------
    ScanError
        The table cannot be read, a column is missing, a value is missing or no number, or a scan is not
        there; the line names the row.
    """
    lines = _lines(path)
    names = [name.strip() for name in lines[0][1]]
    if "subject" not in names:
        names = ["subject" if name == "participant_id" else name for name in names]
    for name in REQUIRED_COLUMNS:
        if name not in names:
            raise ScanError(path, f"has no column {name!r}", f"it needs {', '.join(REQUIRED_COLUMNS)}")
    if len(set(names)) < len(names):
        twice = next(name for name, count in Counter(names).items() if count > 1)
        raise ScanError(path, f"has two columns {twice!r}")
    covariates = tuple(name for name in names if name not in (*REQUIRED_COLUMNS, "volume"))
    rows = tuple(_row(path, line, names, values, covariates) for line, values in lines[1:])
    if not rows:
        raise ScanError(path, "has no rows", "give one scan a row")
    return ScanTable(path, rows, covariates)


def _lines(path: Path) -> list[tuple[int, list[str]]]:
    try:
        text = read_regular(path, _LARGEST, ScanError, "a table of scans").decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ScanError(path, "is no text file", "give a table with tabs between its columns") from error
    reader = csv.reader(text.splitlines(), delimiter="," if path.suffix.lower() == ".csv" else "\t")
    try:
        lines = []
        for values in reader:
            if any(value.strip() for value in values):
                lines.append((reader.line_num, values))
            if len(lines) > MOST_ROWS:
                raise ScanError(path, f"has more than {MOST_ROWS:,} rows", "give fewer scans at once")
    except csv.Error as error:
        raise ScanError(path, f"is no table ({error})") from error
    if not lines:
        raise ScanError(path, "is empty", f"the first line must name {', '.join(REQUIRED_COLUMNS)}")
    return lines


def _row(path: Path, line: int, names: list[str], values: list[str], covariates: tuple[str, ...]) -> ScanRow:
    here = f"{path}, line {line}"
    if len(values) != len(names):
        raise ScanError(here, f"has {len(values)} columns where the first line names {len(names)}")
    entries = {name: value.strip() for name, value in zip(names, values, strict=True)}
    for name in REQUIRED_COLUMNS:
        if entries[name].lower() in MISSING:
            raise ScanError(here, f"{name} is missing", "fill it in, or leave the row out")
    numbers = {}
    for name in covariates:
        value = _number(entries[name])
        if value is None:
            raise ScanError(
                here, f"{name} is {entries[name]!r}, which is no number", "covariates must be numbers"
            )
        numbers[name] = value
    volume = None
    if entries.get("volume", "").lower() not in MISSING:
        volume = parse_index(entries["volume"])
        if volume is None:
            raise ScanError(here, f"volume is {entries['volume']!r}", "give a whole number from 0")
    scan = expand_user(entries["scan"], ScanError)
    scan = scan if scan.is_absolute() else path.parent / scan
    if not is_file(scan):
        raise ScanError(here, f"scan not found: {scan}")
    return ScanRow(line, scan, entries["subject"], entries["y"], volume, numbers)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
