"""Names of an atlas's labels from XML, as FSL and SPM write it; no entity is ever expanded."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from viewer.errors import ScanError
from viewer.scans.label_numbers import clean_name, whole_number

DEEPEST = 100


@dataclass
class _Label:
    number: int | None
    name: str = ""


@dataclass
class _State:
    found: list[tuple[int, str]] = field(default_factory=list)
    label: _Label | None = None
    text: list[str] = field(default_factory=list)
    kind: str = ""
    valued: bool = False
    depth: int = 0


def read_xml_labels(path: Path, text: str) -> tuple[list[tuple[int, str]], bool]:
    """Return numbers and names, and whether the numbers count volumes of a probabilistic atlas from 0.

    FSL's ``label`` elements have an attribute ``index`` and, in newer files, ``value``, and the name as their
    text; those of SPM and CAT12 have the elements ``index`` and ``name``. What the file declares about its
    encoding is not followed: ``text`` is decoded already.

    Raises
    ------
    ScanError
        It is no XML, declares a document type, or is nested too deeply.
    """
    state = _State()
    parser = expat.ParserCreate("utf-8")

    def refuse(*_: object) -> None:
        raise ScanError(path, "declares a document type, which names of regions never need", "remove it")

    def start(tag: str, given: dict[str, str]) -> None:
        state.depth += 1
        if state.depth > DEEPEST:
            raise ScanError(path, "nests its elements too deeply for names of regions")
        state.text = []
        if tag == "label":
            state.valued = state.valued or "value" in given
            state.label = _Label(whole_number(given.get("value", given.get("index", ""))))

    def end(tag: str) -> None:
        state.depth -= 1
        words, label = clean_name("".join(state.text)), state.label
        state.text = []
        if tag == "type":
            state.kind = words.lower()
        if label is None:
            return
        if tag == "index":
            label.number = whole_number(words)
        elif tag == "name":
            label.name = words
        elif tag == "label":
            name = label.name or words
            if label.number is not None and name:
                state.found.append((label.number, name))
            state.label = None

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = lambda data: state.text.append(data)
    try:
        parser.Parse(text.encode(), True)
    except expat.ExpatError as error:
        raise ScanError(path, f"is no valid XML ({error})") from error
    probabilistic = state.kind.startswith("prob")
    if probabilistic and state.valued:
        return [(value - 1, name) for value, name in state.found], True
    return state.found, probabilistic
