"""Region names of atlases: TSV, CSV, JSON, XML of FSL and SPM, FreeSurfer's and other look-up tables.

The result maps numbers to names and states what the numbers are: the values of a label image, or the volumes
of a probabilistic atlas. Nothing in such a file is executed; a file of unknown format is refused.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from viewer.errors import ScanError
from viewer.files import read_regular
from viewer.scans.label_json import read_json_labels
from viewer.scans.label_numbers import clean_name
from viewer.scans.label_table import KNOWN, read_table_labels
from viewer.scans.label_xml import read_xml_labels

MAX_BYTES = 4 << 20
"""Maximum size in bytes; the longest lists of regions have some hundred thousand."""

ENDINGS = (".tsv", ".csv", ".json", ".xml", ".txt", ".lut", ".label")
REMEDY = f"give {KNOWN}"

SHOWN = 8
"""Maximum number of unnamed labels that a note lists."""


@dataclass(frozen=True)
class RegionNames:
    """Region names read from a file.

    Parameters
    ----------
    names_by_number
        The name of every number.
    indexes_volumes
        Whether the numbers index volumes from 0, as in FSL's probabilistic atlases; in their summary
        (maximum probability) image, number n is then the value n + 1. None if the file does not say.
    notes
        One sentence per repair made while reading.
    """

    names_by_number: dict[int, str]
    indexes_volumes: bool | None = False
    notes: tuple[str, ...] = ()

    def name_for_value(self, value: int) -> str:
        """Return the name of a value of a label image; "region N" if it has none."""
        return self.names_by_number.get(self.number_for_value(value)) or f"region {value}"

    def name_for_volume(self, volume: int, volume_count: int) -> str:
        """Return the name of a volume of a probabilistic image of ``volume_count`` volumes."""
        return (
            self.names_by_number.get(self.number_for_volume(volume, volume_count)) or f"region {volume + 1}"
        )

    def number_for_value(self, value: int) -> int:
        """Return the number under which the name of a value of a label image is looked up."""
        return value - 1 if self.indexes_volumes else value

    def number_for_volume(self, volume: int, volume_count: int) -> int:
        """Return the number under which the name of one of ``volume_count`` volumes is looked up.

        Numbers that begin at 0, and are no more than the volumes, index volumes from 0; others from 1.
        """
        from_zero = self.indexes_volumes or (
            0 in self.names_by_number and len(self.names_by_number) <= volume_count
        )
        return volume if from_zero else volume + 1

    def unnamed_note(self, numbers_by_item: Mapping[int, int], path: Path, item_name: str) -> tuple[str, ...]:
        """Return a note on the labels or volumes without a name; empty if all have one.

        Parameters
        ----------
        numbers_by_item
            Maps every label or volume of the image to the number under which its name is looked up.
        path
            The file with the names.
        item_name
            "labels" or "volumes".
        """
        unnamed = [label for label, number in numbers_by_item.items() if number not in self.names_by_number]
        if not unnamed or not self.names_by_number:
            return ()
        listed = ", ".join(map(str, unnamed[:SHOWN])) + (", …" if len(unnamed) > SHOWN else "")
        verb = "has" if len(unnamed) == 1 else "have"
        unused = len(self.names_by_number.keys() - {*numbers_by_item.values(), 0})
        extra = (
            "" if not unused else f", and {unused} of its names {'has' if unused == 1 else 'have'} no voxel"
        )
        return (
            f"{len(unnamed)} of {len(numbers_by_item)} {item_name} {verb} no name in {path.name}: "
            f"{listed}{extra}.",
        )


def read_names(path: Path) -> RegionNames:
    """Read the names in a file, whose format is recognised by its extension and its first line.

    Raises
    ------
    ScanError
        The file cannot be read, is too large, has an unknown format, or contains no names.
    """
    text, notes = _read_text(path)
    suffix = path.suffix.lower()
    counts_volumes: bool | None = False
    if suffix == ".xml" or text.lstrip().startswith("<"):
        pairs, counts_volumes = read_xml_labels(path, text)
    elif suffix == ".json" or text.lstrip().startswith(("{", "[")):
        pairs = read_json_labels(path, text)
    else:
        pairs = read_table_labels(path, text)
    names, duplicate = _collect_names(pairs)
    if not names:
        raise ScanError(path, "has no region names in a known format", REMEDY)
    if duplicate is not None:
        notes = (*notes, f"{path.name} names the number {duplicate} twice; the first name is used.")
    return RegionNames(names, counts_volumes, notes)


def _read_text(path: Path) -> tuple[str, tuple[str, ...]]:
    """Return the text of a file, and a note if it is not in UTF-8."""
    content = read_regular(path, MAX_BYTES, ScanError, "region names")
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return content.decode("utf-16"), ()
        except UnicodeDecodeError as error:
            raise ScanError(path, "has a UTF-16 mark but is not valid UTF-16", "save it as UTF-8") from error
    try:
        return content.decode("utf-8-sig"), ()
    except UnicodeDecodeError:
        pass
    if b"\0" in content:
        raise ScanError(path, "is not a text file", "save it as UTF-8")
    note = f"{path.name} is not UTF-8; it is read as Latin-1 (Windows-1252)."
    try:
        return content.decode("cp1252"), (note,)
    except UnicodeDecodeError:
        return content.decode("latin-1"), (note,)


def _collect_names(pairs: Iterable[tuple[int, str]]) -> tuple[dict[int, str], int | None]:
    """Return the first name of every number, and the first number that has two different names."""
    names: dict[int, str] = {}
    duplicate = None
    for number, name in pairs:
        cleaned = clean_name(name)
        if cleaned and names.setdefault(number, cleaned) != cleaned and duplicate is None:
            duplicate = number
    return names, duplicate
