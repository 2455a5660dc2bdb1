"""Model card: architecture, meaning of the outputs, and input specification of a network.

A card is a JSON file next to the weights (``NAME.card.json``), an entry of a safetensors file's metadata
(``card``), or comes with a registered architecture. An unknown entry is an error: ignoring a misspelt entry
would silently change the network's input.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any

from viewer.errors import ModelError
from viewer.files import is_file
from viewer.json_text import json_text
from viewer.models.covariate import Covariate
from viewer.models.input_spec import DEFAULT_TEMPLATE, INPUT_FACTS, InputChannel, InputSpec
from viewer.models.json_reader import JsonReader, parse_json, read_json
from viewer.models.output_kind import OutputKind, OutputType
from viewer.models.performance import Performance
from viewer.models.training_statistics import read_training_statistics
from viewer.number_format import format_count
from viewer.scans.atomic_write import atomic_write


class ModelKind(StrEnum):
    """Task of a network: one score per class, a value, or one score per class at every voxel."""

    CLASSIFICATION = "classification"
    REGRESSION = "regression"
    SEGMENTATION = "segmentation"


@dataclass(frozen=True)
class Card:
    """Description of a network. Unknown entries stay empty.

    Parameters
    ----------
    name : str
        Display name.
    architecture : str
        A name in `viewer.list_architectures`; empty if the network itself is in the file.
    arguments : mapping of str to object
        The architecture's arguments that differ from its defaults.
    classes : tuple of str
        Name of each output, in order.
    kind : str
        Task: ``"classification"``, ``"regression"`` or ``"segmentation"``.
    output : str, optional
        Function that turns logits into probabilities (``"softmax"``, ``"sigmoid"``, ``"multi-label"``), or
        ``"value"`` if the outputs are values; if None, it is guessed (`viewer.models.output_meaning`). With
        "sigmoid", one output stands for one class or, as the probability of the second, for two.
    output_type : str, optional
        Type of the outputs: ``"logits"``, ``"probabilities"`` or ``"log-probabilities"`` (natural
        logarithms); if None, it is inferred from the network's last operators if possible.
    answer : str
        For a network that returns several tensors, as with deep supervision: key or index from 0 of the one
        to explain; empty for the one that is clearly the prediction, which a note names.
    values : tuple of float
        For a regression with several outputs: the value of each; the prediction is their mean weighted by
        the softmax of the outputs.
    unit : str
        Unit of a regression's value, such as "years".
    input : InputSpec, optional
        Input specification; if None, the model takes tensors but not scans.
    description : str
        Description of the network.
    licence : str
        Licence of the weights.
    citation : str
        Publication to cite.
    source : str
        Origin of the weights.
    weights : str
        SHA-256 of the weights file, in hexadecimal; checked on loading. If empty, nothing is checked.
    covariates : tuple of Covariate
        Numbers about a person that the network takes in addition to images.
    training_statistics : mapping of str to object
        Statistics of the training data (`viewer.models.training_statistics`).
    intended_use : str
        Intended use of the network.
    not_for : str
        Uses for which it is not suitable.
    population : str
        People, scanners and sites of the training data.
    performance : tuple of Performance
        Measurements of its performance.
    version : str
        Version of the network.
    contact : str
        Contact for questions about it.

    Examples
    --------
    >>> import viewer
    >>> viewer.Card("my network", "eitel-3d", classes=("control", "patient")).as_json()["classes"]
    ['control', 'patient']
    """

    name: str
    architecture: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict, hash=False)
    classes: tuple[str, ...] = ()
    kind: ModelKind = ModelKind.CLASSIFICATION
    output: OutputKind | None = None
    output_type: OutputType | None = None
    answer: str = ""
    values: tuple[float, ...] = ()
    unit: str = ""
    input: InputSpec | None = None
    description: str = ""
    licence: str = ""
    citation: str = ""
    source: str = ""
    weights: str = ""
    covariates: tuple[Covariate, ...] = ()
    training_statistics: Mapping[str, Any] = field(default_factory=dict, hash=False)
    intended_use: str = ""
    not_for: str = ""
    population: str = ""
    performance: tuple[Performance, ...] = ()
    version: str = ""
    contact: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "arguments", MappingProxyType(dict(self.arguments)))
        object.__setattr__(self, "training_statistics", MappingProxyType(dict(self.training_statistics)))
        object.__setattr__(self, "kind", ModelKind(self.kind))
        if self.output is not None:
            object.__setattr__(self, "output", OutputKind(self.output))
        if self.output_type is not None:
            object.__setattr__(self, "output_type", OutputType(self.output_type))

    def __repr__(self) -> str:
        facts = (self.architecture, str(self.kind), ", ".join(self.classes))
        return f"<Card {self.name!r}: {', '.join(filter(None, facts))}>"

    @property
    def registered(self) -> bool:
        """Whether the network is in the registry, whose networks all end in logits."""
        return bool(self.architecture) and not self.architecture.rpartition(":")[0].endswith(".py")

    @property
    def inputs(self) -> tuple[InputChannel, ...]:
        """Images that the network takes, in its order; empty if they are not named."""
        return () if self.input is None else self.input.inputs

    @property
    def space(self) -> str:
        """Space of the training scans: "native", "rigid", "affine", or empty if unknown."""
        return "" if self.input is None else self.input.space

    @property
    def template(self) -> str:
        """Name of the template that the scans must be registered to; empty if no template is needed."""
        if self.input is None or self.space not in ("rigid", "affine"):
            return ""
        return self.input.template or DEFAULT_TEMPLATE

    @property
    def skull(self) -> str:
        """Skull in the training scans: "kept", "removed", "either", or empty if unknown."""
        return "" if self.input is None else self.input.skull

    @property
    def bias_corrected(self) -> bool | None:
        """Whether the training scans were corrected for the bias field; None if unknown."""
        return None if self.input is None else self.input.bias_corrected

    def as_json(self) -> dict[str, Any]:
        """Return plain values for JSON, without empty entries.

        Facts about the images are written next to ``input``, or in it, as by earlier versions, if all entries
        of the card are known to those.
        """
        old_format = not any(getattr(self, name) for name in NEW_ENTRIES)
        old_format = old_format and not (self.input is not None and self.input.has_new_facts)
        entries: dict[str, Any] = {}
        for entry in fields(self):
            value = getattr(self, entry.name)
            if value in ((), "", None) or (isinstance(value, Mapping) and not value):
                continue
            if isinstance(value, InputSpec):
                entries |= {} if old_format else value.facts_as_json()
                value = value.as_json(include_facts=old_format)
            elif isinstance(value, Mapping):
                value = dict(value)
            elif isinstance(value, tuple):
                value = [
                    item.as_json() if isinstance(item, Covariate | Performance) else item for item in value
                ]
            entries[entry.name] = value
        return entries


NEW_ENTRIES = (
    "answer",
    "covariates",
    "training_statistics",
    "intended_use",
    "not_for",
    "population",
    "performance",
    "version",
    "contact",
)
"""Entries that are unknown to earlier versions."""

CARD_ENTRIES = (*(entry.name for entry in fields(Card)), *INPUT_FACTS)


def card_from_json(entries: Mapping[str, Any], subject: object) -> Card:
    """Return a card from plain JSON values; ``subject`` is their file.

    Raises
    ------
    ModelError
        An entry is missing, invalid or unknown; the message names it.
    """
    reader = JsonReader(entries, subject)
    name = reader.text("name")
    if not name.strip():
        raise reader.error("name", "is empty", "give the network a name")
    architecture = reader.text("architecture", "")
    arguments = reader.mapping("arguments")
    classes = reader.texts("classes", ())
    output = OutputKind(reader.choice("output", tuple(OutputKind))) if reader.has("output") else None
    numbers = None
    if reader.has("output_type"):
        numbers = OutputType(reader.choice("output_type", tuple(OutputType)))
    default_kind = ModelKind.REGRESSION if output is OutputKind.VALUE else ModelKind.CLASSIFICATION
    kind = ModelKind(reader.choice("kind", tuple(ModelKind), default_kind))
    values = reader.numbers("values", ())
    input_spec = None
    if reader.has("input"):
        input_spec = InputSpec.read(reader.nested("input"), reader)
    elif misplaced := next((fact for fact in INPUT_FACTS if reader.has(fact)), None):
        raise reader.error(
            misplaced, "describes the images, but 'input' is missing", "add 'input' with their grid"
        )
    card = Card(
        name=name,
        architecture=architecture,
        arguments=arguments,
        classes=classes,
        kind=kind,
        output=output,
        output_type=numbers,
        answer=reader.text("answer", ""),
        values=values,
        unit=reader.text("unit", ""),
        input=input_spec,
        description=reader.text("description", ""),
        licence=reader.text("licence", ""),
        citation=reader.text("citation", ""),
        source=reader.text("source", ""),
        weights=reader.text("weights", "").lower(),
        covariates=tuple(map(Covariate.read, reader.nested_list("covariates"))),
        training_statistics=read_training_statistics(reader.nested("training_statistics")),
        intended_use=reader.text("intended_use", ""),
        not_for=reader.text("not_for", ""),
        population=reader.text("population", ""),
        performance=tuple(map(Performance.read, reader.nested_list("performance"))),
        version=reader.text("version", ""),
        contact=reader.text("contact", ""),
    )
    reader.reject_unknown(CARD_ENTRIES)
    if len(set(classes)) < len(classes):
        raise reader.error("classes", "gives two classes the same name", "targets are selected by name")
    names = [covariate.name.casefold() for covariate in card.covariates]
    if len(set(names)) < len(names):
        raise reader.error("covariates", "gives two the same name", "values are given by covariate name")
    if values and len(values) != len(classes):
        raise reader.error(
            "values",
            f"has {format_count(len(values), 'number')} for {format_count(len(classes), 'class', 'classes')}",
        )
    if values and kind is not ModelKind.REGRESSION:
        raise reader.error("values", f"does not apply to a {kind}", "leave it out")
    if output is not None and (output is OutputKind.VALUE) != (kind is ModelKind.REGRESSION):
        expected = "'value'" if kind is ModelKind.REGRESSION else "'softmax', 'sigmoid' or 'multi-label'"
        raise reader.error("output", f"is {str(output)!r} for a {kind}", f"it must be {expected}")
    if numbers is not None and kind is ModelKind.REGRESSION:
        raise reader.error("output_type", "does not apply to a regression", "leave it out")
    if output is OutputKind.SIGMOID and len(classes) > 2:
        raise reader.error(
            "output",
            f"is 'sigmoid' for {len(classes)} classes, but one output distinguishes only two",
            "use 'softmax', or 'multi-label' if they do not exclude each other",
        )
    if card.weights and not re.fullmatch("[0-9a-f]{64}", card.weights):
        raise reader.error("weights", "is not a SHA-256", "it must be 64 hexadecimal digits")
    return card


def read_card(path: Path) -> Card:
    """Read the card in a JSON file.

    Raises
    ------
    ModelError
        It cannot be read, or an entry is missing, invalid or unknown.
    """
    return card_from_json(read_json(path), path)


def parse_card(content: str, subject: object) -> Card:
    """Parse a card from text, such as an entry of a file's metadata.

    Raises
    ------
    ModelError
        It is not JSON, or an entry is missing, invalid or unknown.
    """
    return card_from_json(parse_json(content, subject), subject)


def write_card(card: Card, path: Path) -> Path:
    """Write the card as JSON, atomically.

    Raises
    ------
    ModelError
        The file cannot be written.
    """
    try:
        with atomic_write(path) as file:
            file.write(json_text(card.as_json()).encode())
    except OSError as error:
        raise ModelError(path, f"cannot be written ({error.strerror})") from error
    return path


def write_new_card(card: Card, path: Path) -> Path:
    """Write the card as JSON into a file that does not exist yet.

    Raises
    ------
    ModelError
        The file exists, or cannot be written.
    """
    try:
        with path.open("xb") as file:
            file.write(json_text(card.as_json()).encode())
    except FileExistsError as error:
        raise ModelError(path, "is an existing file", "it is not overwritten") from error
    except OSError as error:
        raise ModelError(path, f"cannot be written ({error.strerror})") from error
    return path


def check_card_path(weights: Path) -> None:
    """Refuse to write a card next to weights if it would replace the card of other weights.

    Raises
    ------
    ModelError
        ``NAME.card.json`` exists but its weights do not.
    """
    card_path = weights.with_name(f"{weights.stem}.card.json")
    if (card_path.exists() or card_path.is_symlink()) and not weights.exists():
        raise ModelError(
            card_path, "is not the card of this network and would be replaced", "choose another name"
        )


def find_card(path: Path) -> Path | None:
    """Return the card next to a weights file: ``NAME.card.json``, where NAME may include the extension."""
    for card_path in (path.with_name(f"{path.stem}.card.json"), path.with_name(f"{path.name}.card.json")):
        if is_file(card_path):
            return card_path
    return None
