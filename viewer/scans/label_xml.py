"""Atlas label names from the XML of FSL and SPM; entities are never expanded."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from viewer.errors import ScanError
from viewer.scans.label_numbers import clean_name, index_error, is_decimal, parse_index

DEEPEST = 100


@dataclass
class _Label:
    index: int | None
    value: int | None
    name: str = ""


@dataclass
class _State:
    found: list[_Label] = field(default_factory=list)
    label: _Label | None = None
    text: list[str] = field(default_factory=list)
    kind: str = ""
    elements: bool = False
    depth: int = 0


def read_xml_labels(path: Path, text: str) -> tuple[list[tuple[int, str]], bool | None]:
    """Return numbers and names, and whether the numbers index volumes from 0; None if that is unknown.

    FSL's ``label`` elements have an attribute ``index`` and the name as their text. By FSL's rule (fslpy,
    ``fsl.data.atlases``), an index is the voxel value if the header's ``type`` is Label; if it is
    Probabilistic (some files write Probabalistic) or Statistic, it is the volume, and the value in a summary
    image is index + 1. An attribute ``value``, if every label has it, is the value for any type. The
    ``index`` elements of SPM and CAT12 are values. The encoding declared in the file is ignored:
    ``text`` is already decoded.

    Raises
    ------
    ScanError
        It is not valid XML, declares a document type, is nested too deeply, or has a bad index.
    """
    state = _State()
    parser = expat.ParserCreate("utf-8")

    def refuse(*_: object) -> None:
        raise ScanError(path, "declares a document type, which region names never need", "remove it")

    def number_in(index_text: str) -> int | None:
        number = parse_index(index_text)
        if number is None and is_decimal(index_text):
            raise index_error(path, index_text, parser.CurrentLineNumber)
        return number

    def start(tag: str, attributes: dict[str, str]) -> None:
        state.depth += 1
        if state.depth > DEEPEST:
            raise ScanError(path, "nests its elements too deeply for region names")
        state.text = []
        if tag == "label":
            state.label = _Label(
                number_in(attributes.get("index", "")), number_in(attributes.get("value", ""))
            )

    def end(tag: str) -> None:
        state.depth -= 1
        element_text, label = clean_name("".join(state.text)), state.label
        state.text = []
        if tag == "type":
            state.kind = element_text.lower()
        if label is None:
            return
        if tag == "index":
            state.elements = True
            label.index = number_in(element_text)
        elif tag == "name":
            label.name = element_text
        elif tag == "label":
            name = label.name or element_text
            if name and not (label.index is None and label.value is None):
                state.found.append(_Label(label.index, label.value, name))
            state.label = None

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = lambda data: state.text.append(data)
    try:
        parser.Parse(text.encode(), True)
    except expat.ExpatError as error:
        raise ScanError(path, f"is not valid XML ({error})") from error
    if state.found and all(label.value is not None for label in state.found):
        return [(label.value, label.name) for label in state.found if label.value is not None], False
    pairs = [(label.index, label.name) for label in state.found if label.index is not None]
    if state.kind.startswith(("prob", "stat")):
        return pairs, True
    return pairs, False if state.kind.startswith("label") or state.elements else None
