"""The names of an atlas's regions: TSV, CSV, JSON, FSL's XML, FreeSurfer's and other look-up tables.

Whatever the file, the answer says which number bears which name, and what that number counts: the
values of a labelled image, or the volumes of a probabilistic one. Nothing in such a file is executed, no
entity of XML is ever expanded.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.parsers import expat

from viewer.errors import ScanError

LARGEST = 16 << 20
LONGEST_NAME = 300
LONGEST_LINE = 2000
ENDINGS = (".tsv", ".csv", ".json", ".xml", ".txt", ".lut", ".label")
REMEDY = "give TSV or CSV (index, name), JSON (labels), FSL's XML or a FreeSurfer look-up table"

_NUMBER_COLUMNS = (
    *("index", "value", "label_id", "labelid", "id", "number", "no", "no.", "roi", "intensity"),
    "label",
)
_NAME_COLUMNS = ("name", "label", "labels", "region", "roi_name", "label_name", "labelname", "structure")
_SNAP = re.compile(r'\s*(\d{1,10})\s+\d+\s+\d+\s+\d+\s+[\d.]+\s+\d+\s+\d+\s+"(.*)"\s*')
_FREESURFER = re.compile(r"\s*(\d{1,10})\s+(\S.*?)\s+\d+\s+\d+\s+\d+\s+\d+\s*")
_NUMBER_FIRST = re.compile(r"\s*(\d{1,10})[\s,;:]+(\S.*?)(?:\s+\d{4,})?\s*")
_NUMBER_LAST = re.compile(r"\s*(?:\S+\s+)?(\S*[^\d\s]\S*)\s+(\d{1,10})\s*")


@dataclass(frozen=True)
class Names:
    """What a file of names says.

    Parameters
    ----------
    of
        The name of every number.
    volumes
        Whether the numbers count volumes from 0, as FSL's probabilistic atlases do; of their summary
        image, number n is then the value n + 1.
    """

    of: dict[int, str]
    volumes: bool = False

    def of_value(self, value: int) -> str:
        """The name of a value of a labelled image; the number itself where it has none."""
        return self.of.get(value - 1 if self.volumes else value) or f"region {value}"

    def of_volume(self, volume: int, count: int) -> str:
        """The name of a volume of a probabilistic image that holds ``count`` of them.

        Numbers that begin at 0 and leave none over count volumes from 0; others from 1.
        """
        from_zero = self.volumes or (0 in self.of and len(self.of) <= count)
        return self.of.get(volume if from_zero else volume + 1) or f"region {volume + 1}"


def read_names(path: Path) -> Names:
    """The names in a file, told by its ending and its first line.

    Raises
    ------
    ScanError
        It cannot be read, is too large, or no names are found in it.
    """
    text = _text(path)
    ending = path.suffix.lower()
    if ending == ".xml" or text.lstrip().startswith("<"):
        found = _xml(path, text)
    elif ending == ".json" or text.lstrip().startswith(("{", "[")):
        found = Names(_json(path, text))
    else:
        found = Names(_table(text) or _lines(text))
    if not found.of:
        raise ScanError(path, "has no names of regions that can be made sense of", REMEDY)
    return found


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST:
            raise ScanError(
                path, "is too large for names of regions", f"expected less than {LARGEST:,} bytes"
            )
        return path.read_bytes().decode("utf-8-sig", "replace")
    except OSError as error:
        raise ScanError(path, f"cannot be read ({error.strerror})") from error


def _is_number(text: str) -> bool:
    """Whether it is a whole number from 0 on, of a size that labels have."""
    return text.strip().isdecimal() and len(text.strip()) <= 10


def _clean(name: str) -> str:
    """One line of printable letters."""
    return " ".join("".join(c if c.isprintable() else " " for c in name).split())[:LONGEST_NAME]


def _named(pairs: Iterable[tuple[int, str]]) -> dict[int, str]:
    return {number: clean for number, name in pairs if (clean := _clean(name))}


def _xml(path: Path, text: str) -> Names:
    """FSL's: ``label`` elements with an index and, in newer files, a value."""
    found: dict[int, str] = {}
    state: dict[str, Any] = {"number": None, "text": [], "type": "", "valued": False, "in": ""}
    parser = expat.ParserCreate()

    def refuse(*_: object) -> None:
        raise ScanError(path, "declares a document type, which names of regions never need", "remove it")

    def start(tag: str, given: dict[str, str]) -> None:
        state["in"], state["text"] = tag, []
        if tag == "label":
            number = given.get("value", given.get("index", ""))
            state["valued"] = state["valued"] or "value" in given
            state["number"] = int(number) if _is_number(number) else None

    def end(tag: str) -> None:
        words = _clean("".join(state["text"]))
        if tag == "type":
            state["type"] = words.lower()
        if tag == "label" and state["number"] is not None and words:
            found[state["number"]] = words

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = lambda data: state["text"].append(data)
    try:
        parser.Parse(text.encode(), True)
    except expat.ExpatError as error:
        raise ScanError(path, f"is no valid XML ({error})") from error
    probabilistic = state["type"].startswith("prob")
    if probabilistic and state["valued"]:
        return Names({value - 1: name for value, name in found.items()}, volumes=True)
    return Names(found, volumes=probabilistic)


def _json(path: Path, text: str) -> dict[int, str]:
    """A list by value, NiiVue's ``labels`` with values in ``I``, or names under their numbers."""
    try:
        entries = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ScanError(path, "is no valid JSON") from error
    values: object = None
    if isinstance(entries, dict) and "labels" in entries:
        values, entries = entries.get("I"), entries["labels"]
    if isinstance(entries, list):
        if not all(isinstance(name, str) for name in entries):
            raise ScanError(path, "its labels are no list of names")
        numbers: list[int] = list(range(len(entries)))
        if isinstance(values, list) and len(values) == len(entries):
            numbers = [int(value) for value in values if isinstance(value, int)]
        return _named(zip(numbers, entries, strict=False))
    if isinstance(entries, dict):
        pairs = ((key, name) for key, name in entries.items() if _is_number(key) and isinstance(name, str))
        return _named((int(key), name) for key, name in pairs)
    return {}


def _table(text: str) -> dict[int, str]:
    """Columns under a first line that names them, as BIDS has them; nothing where there is none."""
    lines = text.splitlines()
    first = next((line for line in lines if line.strip()), "")
    for delimiter in ("\t", ",", ";"):
        heads = [head.strip().strip('"').lower() for head in first.split(delimiter)]
        number = next((heads.index(head) for head in _NUMBER_COLUMNS if head in heads), None)
        others = [head for head in _NAME_COLUMNS if head in heads and heads.index(head) != number]
        name = heads.index(others[0]) if others else None
        if number is None or name is None:
            continue
        rows = csv.reader(lines, delimiter=delimiter)
        wide = (row for row in rows if len(row) > max(number, name))
        return _named((int(row[number]), row[name]) for row in wide if _is_number(row[number]))
    return {}


def _lines(text: str) -> dict[int, str]:
    """One region a line: FreeSurfer's and ITK-SNAP's tables, AAL's, or a number and a name."""
    pairs = []
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#") or len(line) > LONGEST_LINE:
            continue
        for pattern in (_SNAP, _FREESURFER, _NUMBER_FIRST):
            if found := pattern.fullmatch(line):
                pairs.append((int(found[1]), found[2].strip('"')))
                break
        else:
            if found := _NUMBER_LAST.fullmatch(line):
                pairs.append((int(found[2]), found[1]))
    return _named(pairs)
