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
    labels: list[_Label] = field(default_factory=list)
    label: _Label | None = None
    text_parts: list[str] = field(default_factory=list)
    atlas_type: str = ""
    has_index_elements: bool = False
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

    def refuse_declaration(*_: object) -> None:
        raise ScanError(path, "declares a document type, which region names never need", "remove it")

    def parse_label_index(index_text: str) -> int | None:
        number = parse_index(index_text)
        if number is None and is_decimal(index_text):
            raise index_error(path, index_text, parser.CurrentLineNumber)
        return number

    def start_element(tag: str, attributes: dict[str, str]) -> None:
        state.depth += 1
        if state.depth > DEEPEST:
            raise ScanError(path, "nests its elements too deeply for region names")
        state.text_parts = []
        if tag == "label":
            state.label = _Label(
                parse_label_index(attributes.get("index", "")), parse_label_index(attributes.get("value", ""))
            )

    def end_element(tag: str) -> None:
        state.depth -= 1
        element_text, label = clean_name("".join(state.text_parts)), state.label
        state.text_parts = []
        if tag == "type":
            state.atlas_type = element_text.lower()
        if label is None:
            return
        if tag == "index":
            state.has_index_elements = True
            label.index = parse_label_index(element_text)
        elif tag == "name":
            label.name = element_text
        elif tag == "label":
            name = label.name or element_text
            if name and not (label.index is None and label.value is None):
                state.labels.append(_Label(label.index, label.value, name))
            state.label = None

    parser.StartDoctypeDeclHandler = refuse_declaration
    parser.EntityDeclHandler = refuse_declaration
    parser.StartElementHandler = start_element
    parser.EndElementHandler = end_element
    parser.CharacterDataHandler = lambda data: state.text_parts.append(data)
    try:
        parser.Parse(text.encode(), True)
    except expat.ExpatError as error:
        raise ScanError(path, f"is not valid XML ({error})") from error
    if state.labels and all(label.value is not None for label in state.labels):
        return [(label.value, label.name) for label in state.labels if label.value is not None], False
    pairs = [(label.index, label.name) for label in state.labels if label.index is not None]
    if state.atlas_type.startswith(("prob", "stat")):
        return pairs, True
    return pairs, False if state.atlas_type.startswith("label") or state.has_index_elements else None
