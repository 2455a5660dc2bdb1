"""Describe a file: a scan, a map, an atlas, a model or a session.

A model is inspected without loading it, so that no code in it is run; only --layers loads it.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from viewer.commands import options
from viewer.commands.console import format_json, format_table
from viewer.commands.option_values import IntegerInRange
from viewer.commands.parser import UsageError
from viewer.files import exists, is_folder
from viewer.number_format import format_count, format_number, format_share
from viewer.resource_files import BUILTIN_SCANS

if TYPE_CHECKING:
    from viewer.scans.file_types import FileType

EXAMPLE = """example:
  saliency-viewer info sub-01_T1w.nii.gz
  saliency-viewer info network.pt --json
  saliency-viewer info demo --layers
  saliency-viewer info --models"""

MAX_TENSORS = 12
MAX_METADATA_LENGTH = 150


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "file", metavar="FILE", nargs="?", help='any file, "mni152", or the name of a built-in model'
    )
    parser.add_argument(
        "--volume",
        metavar="N",
        type=IntegerInRange(0),
        help="volume of a series, counted from 0",
    )
    parser.add_argument("--models", action="store_true", help="list the built-in models")
    parser.add_argument(
        "--layers",
        action="store_true",
        help="load the model and list its layers: module path, operator, output shape, parameters",
    )
    parser.add_argument("--card", metavar="FILE", help="with --layers: the model card")
    parser.add_argument(
        "--trust", action="store_true", help="with --layers: allow the model to run code that it contains"
    )
    options.add_json_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print a description of the file."""
    if arguments.models == (arguments.file is not None):
        raise UsageError("give either a FILE or --models")
    if arguments.models:
        print(_format_models(arguments.json))
        return 0
    if arguments.layers:
        print(_format_layers(arguments.file, arguments.card, arguments.trust, arguments.json))
        return 0
    for option in ("card", "trust"):
        if getattr(arguments, option):
            raise UsageError(f"--{option}: needs --layers, which loads the model")
    facts = describe_file(arguments.file, arguments.volume)
    print(format_json(facts) if arguments.json else format_facts(facts))
    return 0


def describe_file(name: str, volume: int | None = None) -> dict[str, Any]:
    """Return the facts about a file, or a built-in scan or model, as plain values.

    Raises
    ------
    ViewerError
        The file does not exist, is damaged, or is of an unknown type.
    """
    from viewer.models.loading import builtin_models
    from viewer.scans.file_types import FileType, detect_file_type

    if name in BUILTIN_SCANS:
        return _describe_image(name, FileType.SCAN, volume)
    path = Path(name)
    if not exists(path) and name in builtin_models():
        return _describe_model(name)
    kind = detect_file_type(path)
    if kind is FileType.UNKNOWN and is_folder(path):
        kind = FileType.MODEL
    if kind is FileType.MODEL:
        return _describe_model(name)
    if kind is FileType.SESSION:
        from viewer.scans.file_types import read_json_object
        from viewer.session.archive import is_archive, read_archive_json

        entries = read_archive_json(path) if is_archive(path) else read_json_object(path)
        return {"kind": str(kind), "path": name} | entries
    if kind is FileType.COHORT:
        return _describe_cohort(path)
    # Files of unknown types are read as scans, too: the error then names the type that they seem to have.
    return _describe_image(name, kind, volume)


def _describe_image(name: str, kind: FileType, volume: int | None) -> dict[str, Any]:
    from viewer.scans.describe import describe
    from viewer.scans.file_types import FileType
    from viewer.scans.load import count_volumes, load_map, load_scan

    count = count_volumes(name)
    index = 0 if volume is None and count > 1 else volume
    image = load_map(name, index) if kind is FileType.MAP else load_scan(name, index)
    facts = {"kind": str(kind)} | describe(image)
    if count > 1:
        facts["volume"] = index
        facts["volumes"] = count
    return facts


def _describe_cohort(path: Path) -> dict[str, Any]:
    from viewer.cohorts.cohort_table import read_cohort_table

    table = read_cohort_table(path)
    facts = {
        "kind": "cohort",
        "path": str(path),
        "participants": len(table.rows),
        "columns": list(table.columns),
        "networks": list(table.cohort_folder.models),
        "methods": list(table.cohort_folder.methods),
        "maps": len(table.existing_maps),
        "failures": len(table.failures),
    }
    return facts | ({"notes": list(table.notes)} if table.notes else {})


def _describe_model(name: str) -> dict[str, Any]:
    from viewer.models.inspect import inspect
    from viewer.models.loading import find_model
    from viewer.models.model_facts import model_facts

    inspected = inspect(find_model(name))
    facts = {"kind": "model"} | inspected.as_json()
    if inspected.card is not None:
        facts["model_facts"] = dict(model_facts(inspected.card))
    return facts


def _format_models(as_json: bool) -> str:
    """Return the list of built-in models with descriptions."""
    from viewer.models.inspect import inspect
    from viewer.models.loading import builtin_models, find_model

    entries = []
    for name in builtin_models():
        card = inspect(find_model(name)).card
        card_entries = {} if card is None else card.as_json()
        entries.append({"model": name} | card_entries)
    if as_json:
        return format_json(entries)
    if not entries:
        return "There are no built-in models."
    rows = [
        (
            entry["model"],
            ", ".join(entry.get("classes", ())),
            entry.get("licence", ""),
            entry.get("description", "").partition(". ")[0].rstrip("."),
        )
        for entry in entries
    ]
    return format_table(("model", "classes", "licence", "description"), rows)


def _format_layers(name: str, card: str | None, trust: bool, as_json: bool) -> str:
    """Return the layers of a model, as a table or as JSON."""
    from viewer.models.graph.interpreter import format_shape
    from viewer.models.graph.layers import count_parameters
    from viewer.models.layers import example_input, list_model_layers
    from viewer.models.loading import load_model

    model = load_model(name, card=card, trust=trust)
    x = example_input(model)
    rows = list_model_layers(model)
    count = count_parameters(model.graph(x))
    if as_json:
        return format_json({
            "kind": "model",
            "name": model.card.name,
            "input": list(x.shape),
            "parameters": count,
            "layers": [row.as_json() for row in rows],
        })  # fmt: skip
    lines = [
        (
            f"{row.path}@{row.call}" if row.call else row.path or row.name,
            row.operator,
            "" if row.shape is None else format_shape(row.shape),
            f"{row.parameters:,}" if row.parameters else "",
        )
        for row in rows
    ]
    total = f"{model.card.name}: input {format_shape((None, *x.shape[1:]))}, {count:,} parameters"
    return (
        f"{total}\n{format_table(('layer', 'operator', 'output', 'parameters'), lines, right_aligned=(3,))}"
    )


def format_facts(facts: dict[str, Any]) -> str:
    """Return the facts as lines of text."""
    lines = _model_lines(facts) if facts["kind"] == "model" else _image_lines(facts)
    width = max(len(name) for name, _ in lines)
    texts = [f"{name.ljust(width)}  {value}".rstrip() for name, value in lines]
    texts += [f"note: {line}" for line in facts.get("notes", ())]
    if "model_facts" in facts:
        from viewer.models.model_facts import TITLE

        texts += ["", format_table((TITLE, ""), list(facts["model_facts"].items()))]
    return "\n".join(texts)


def _image_lines(facts: dict[str, Any]) -> list[tuple[str, str]]:
    lines = [(facts["kind"], str(facts.get("path") or facts.get("name", "")))]
    if facts["kind"] == "session":
        return lines + [(name, str(value)) for name, value in facts.items() if name not in ("kind", "path")]
    if facts.get("volumes", 1) > 1:
        lines.append(("volumes", f"{facts['volumes']}; this is number {facts['volume']}"))
    lines.append(("voxels", _format_sizes(facts["shape"])))
    if "spacing" in facts:
        lines.append(("spacing", f"{_format_sizes(round(value, 4) for value in facts['spacing'])} mm"))
        lines.append(("size", f"{_format_sizes(round(value, 1) for value in facts['size'])} mm"))
        lines.append(("middle", _format_point(facts["centre"])))
        lines.append(("axes", f"{facts['axes']} (the directions of the three axes as shown)"))
    stored = facts.get("stored", {})
    if "format" in stored:
        lines.append(
            (
                "file",
                f"{stored['format']}, {stored['type']}, axes {stored['axes']}, "
                f"{_format_sizes(stored['shape'])}",
            )
        )
    if stored.get("codes") is not None:
        lines.append(("codes", "qform {}, sform {}".format(*stored["codes"])))
    values = facts["intensity"]
    share = values["nonzero"] / max(_product(facts["shape"]), 1)
    lines.append(
        ("values", f"{values['smallest']:.6g} to {values['largest']:.6g}, mean {values['mean']:.6g}")
    )
    lines.append(("not zero", f"{format_count(values['nonzero'], 'voxel')}, {format_share(share, unit='%')}"))
    if "hash" in facts:
        lines.append(("hash", facts["hash"]))
    lines += _provenance_lines(facts.get("provenance", {}))
    return lines


def _provenance_lines(provenance: dict[str, Any]) -> list[tuple[str, str]]:
    from viewer.scans.provenance import Provenance, Residual

    lines: list[tuple[str, str]] = []
    for name in (
        "method",
        "parameters",
        "target",
        "region",
        "layer",
        "model",
        "scan",
        "seed",
        "seconds",
        "device",
        "software",
    ):
        if name in provenance:
            value = provenance[name]
            if isinstance(value, dict):
                value = ", ".join(f"{key} {entry}" for key, entry in value.items())
            lines.append((name, str(value)))
    if "residual" in provenance:
        residual = provenance["residual"]
        sums = Residual(residual["kind"], residual["expected"], residual["found"])
        sum_text = Provenance(inputs=provenance.get("inputs", {}), residual=sums).sum_text
        total = sum_text.removeprefix("the map ")
        lines.append((
            "residual",
            f"{residual['kind']}: {total}, should be {format_number(residual['expected'], 4)}",
        ))  # fmt: skip
        if "absorbed" in residual:
            absorbed = (f"{name} {part:.6g}" for name, part in residual["absorbed"].items())
            lines.append(("absorbed", f"of the output: {', '.join(absorbed)}"))
    return lines


def _model_lines(facts: dict[str, Any]) -> list[tuple[str, str]]:
    lines = [("model", facts["file"]), ("format", facts["format"])]
    card = facts.get("card")
    if card is None:
        lines.append(("card", "none"))
    else:
        lines.append(("card", f"{card['name']} (from: {facts.get('card_from', '')})"))
        for name in (
            "description",
            "architecture",
            "kind",
            "classes",
            "output",
            "unit",
            "source",
        ):
            if name in card:
                value = card[name]
                lines.append((name, ", ".join(value) if isinstance(value, list) else str(value)))
        if "output_guess" in facts:
            lines.append(("output", facts["output_guess"]))
        lines += _input_lines(card.get("input"))
    if facts.get("looks_like"):
        lines.append(("looks like", facts["looks_like"]))
    if facts.get("refusal"):
        lines.append(("refused", facts["refusal"]))
    if facts.get("needs_trust"):
        lines.append(("trust", "loading it runs code that it contains; --trust allows this"))
    if "tensors" in facts:
        lines.append(
            (
                "weights",
                (
                    f"{format_count(facts['numbers'], 'number')} in "
                    f"{format_count(len(facts['tensors']), 'tensor')}"
                ),
            )
        )
        tensors = list(facts["tensors"].items())
        lines += [
            ("", f"{name}  {_format_sizes(entry['shape'])}  {entry['dtype']}")
            for name, entry in tensors[:MAX_TENSORS]
        ]
        if len(tensors) > MAX_TENSORS:
            lines.append(("", f"... and {len(tensors) - MAX_TENSORS} more; --json lists all"))
    return lines + [(name, shorten(value)) for name, value in facts.get("metadata", {}).items()]


def shorten(value: str) -> str:
    """Shorten an entry of a file's metadata to one line; --json gives all of it."""
    return (
        value
        if len(value) <= MAX_METADATA_LENGTH
        else f"{value[:MAX_METADATA_LENGTH]}… ({len(value):,} characters)"
    )


def _input_lines(input_spec: dict[str, Any] | None) -> list[tuple[str, str]]:
    if input_spec is None:
        return [("input", "not specified: the model accepts tensors, but no scans")]
    lines = []
    if "shape" in input_spec:
        lines.append(("input", f"{_format_sizes(input_spec['shape'])}, {input_spec['placement']}"))
    intensity = input_spec.get("intensity", {})
    if intensity:
        lines.append(("intensity", ", ".join(f"{name} {value}" for name, value in intensity.items())))
    return lines


def _format_sizes(values: Any) -> str:
    return " × ".join(f"{value:g}" for value in values)


def _format_point(point: list[float]) -> str:
    """Return a point with anatomical letters: ``R 17.6 P 35.3 S 12.1 mm``."""
    from viewer.scans.axcodes import AXCODE_PAIRS

    coordinates = [
        f"{pair[value >= 0]} {abs(value):.1f}" for pair, value in zip(AXCODE_PAIRS, point, strict=True)
    ]
    return " ".join(coordinates) + " mm"


def _product(values: list[int]) -> int:
    product = 1
    for value in values:
        product *= value
    return product
