"""JSON sidecar of a map with its provenance."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from viewer.errors import ScanError
from viewer.files import is_file
from viewer.json_text import json_text, to_json_value
from viewer.scans.file_types import ENDINGS, read_json_object, replace_ending
from viewer.scans.grid import Grid
from viewer.scans.provenance import NOT_MEASURED, AbsorbedRelevance, Provenance, Residual

Entries = dict[str, Any]

MAX_TITLE_LENGTH = 120
ANOTHER_NAME = "choose another name for the map"


def sidecar_path(path: Path) -> Path:
    """Return the path of a map's JSON sidecar, such as MAP.json for MAP.nii.gz."""
    return replace_ending(path, ".json")


def check_sidecar(path: Path) -> None:
    """Raise ScanError if writing a map's JSON would replace a file that the user did not name.

    Raises
    ------
    ScanError
        The JSON exists and was not written with a map, or also belongs to another image.
    """
    sidecar = sidecar_path(path)
    for ending in ENDINGS:
        sibling = replace_ending(path, ending)
        if sibling != path and sibling.is_file():
            raise ScanError(
                path, f"would share {sidecar.name} with {sibling.name}, which is beside it", ANOTHER_NAME
            )
    if not (sidecar.exists() or sidecar.is_symlink()):
        return
    try:
        entries = read_json_object(sidecar)
    except ScanError:
        entries = {}
    space = entries.get("space")
    if sidecar.is_symlink() or not isinstance(space, dict) or not space.keys() >= {"shape", "axes", "affine"}:
        raise ScanError(sidecar, "was not written with a map, and would be replaced", ANOTHER_NAME)


def sidecar_text(provenance: Provenance, grid: Grid) -> str:
    """Return the JSON text: the provenance, the unit of the values, and their space.

    Strict JSON: non-finite numbers become null. ``space`` has the shape, the axis codes and the affine of the
    file, in mm. The unit is the model's output if the method's values are expected to sum to it; otherwise
    there is no unit. ``uncertainty`` states if none was measured.
    """
    units = {} if provenance.residual is None else {"units": "the model's output"}
    entries = (
        provenance.as_json()
        | units
        | ({"uncertainty": NOT_MEASURED} if provenance.method and not provenance.uncertainty else {})
        | {
            "space": {
                "shape": list(grid.shape),
                "axes": "".join(grid.axcodes),
                "affine": grid.affine.tolist(),
                "units": "mm",
            },
        }
    )
    return json_text(to_json_value(entries))


def read_sidecar(path: Path) -> tuple[Provenance, tuple[str, ...]]:
    """Read the provenance of a map from its JSON sidecar; return it and notes on problems.

    Entries of a wrong type are omitted, with a note; unknown entries are ignored. No content of the file
    raises an error, as the map can be shown without it.
    """
    sidecar = sidecar_path(path)
    if sidecar == path or not is_file(sidecar):
        return Provenance(), ()
    try:
        entries = read_json_object(sidecar)
    except ScanError as error:
        return Provenance(), (f"{sidecar.name} beside it {error.problem} and was ignored.",)
    values: Entries = {}
    invalid = []
    for name, reader in _READERS.items():
        if entries.get(name) is None:
            continue
        try:
            values[name] = reader(entries[name])
        except (TypeError, ValueError, KeyError, OverflowError):
            invalid.append(name)
    if not values:
        return Provenance(), (f"{sidecar.name} beside it does not say how the map was computed.",)
    notes = (
        (f"{sidecar.name} beside it has invalid entries, which are ignored: {', '.join(invalid)}.",)
        if invalid
        else ()
    )
    return Provenance(**values), notes


def map_title(provenance: Provenance) -> str:
    """Return the name under which a map was saved, on one line; empty if its JSON has none."""
    return " ".join((provenance.name or provenance.title).split())[:MAX_TITLE_LENGTH]


def _parse_text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _parse_mapping(value: object) -> Entries:
    if not isinstance(value, dict):
        raise TypeError
    return value


def _parse_texts(value: object) -> dict[str, str]:
    return {key: _parse_text(entry) for key, entry in _parse_mapping(value).items()}


def _parse_integer(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError
    return value


def _parse_number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError
    return float(value)


def _parse_notes(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError
    return tuple(_parse_text(entry) for entry in value)


def _parse_residual(value: object) -> Residual:
    entries = _parse_mapping(value)
    sums = _parse_text(entries["kind"]), _parse_number(entries["expected"]), _parse_number(entries["found"])
    sizes = None if entries.get("sizes") is None else _parse_number(entries["sizes"])
    rounding = _parse_number(entries.get("rounding", 0.0))
    if entries.get("absorbed") is None:
        return Residual(*sums, sizes=sizes, rounding=rounding)
    absorbed = _parse_mapping(entries["absorbed"])
    parts = (absorbed["biases"], absorbed["stabiliser"], absorbed.get("constants", 0.0))
    return Residual(*sums, AbsorbedRelevance(*map(_parse_number, parts)), sizes, rounding)


def _parse_prediction(value: object) -> Entries:
    """Read the prediction of a classification or regression; every class needs a finite number."""
    entries = _parse_mapping(value)
    classes = [_parse_text(name) for name in entries["classes"]]
    prediction: Entries = {"kind": _parse_text(entries["kind"]), "classes": classes}
    prediction |= {name: _parse_text(entries[name]) for name in ("output", "guess") if name in entries}
    for name in ("logits", "probabilities"):
        if name in entries or name == "logits":
            prediction[name] = [_parse_number(number) for number in entries[name]]
            if len(prediction[name]) != len(classes) or not all(map(math.isfinite, prediction[name])):
                raise ValueError
    if "value" in entries:
        prediction |= {"value": _parse_number(entries["value"]), "unit": _parse_text(entries.get("unit", ""))}
    if "uncertainty" in entries:
        prediction["uncertainty"] = _parse_member_predictions(entries["uncertainty"])
    return prediction


def _parse_member_predictions(value: object) -> Entries:
    """Read the predictions of the members: a row of finite numbers each, one per name."""
    entries = _parse_mapping(value)
    names = [_parse_text(name) for name in entries["names"]]
    rows = [[_parse_number(number) for number in row] for row in entries["values"]]
    if len(rows) < 2 or any(len(row) != len(names) or not all(map(math.isfinite, row)) for row in rows):
        raise ValueError
    texts: Entries = {name: _parse_text(entries[name]) for name in ("kind", "quantity")}
    seed = {"seed": _parse_integer(entries["seed"])} if "seed" in entries else {}
    return entries | texts | seed | {"names": names, "values": rows}


def _parse_fit(value: object) -> Entries:
    """Read the result of a fit check: its verdict, and the name, verdict and sentence of every check."""
    entries = _parse_mapping(value)
    checks = entries["checks"]
    if not isinstance(checks, list):
        raise TypeError
    parsed_checks = []
    for check in map(_parse_mapping, checks):
        parsed: Entries = {
            name: _parse_text(check[name]) for name in ("name", "verdict", "sentence", "expected")
        }
        number = check.get("value")
        if number is not None:
            parsed["value"] = number if isinstance(number, str) else _parse_number(number)
        interval = check.get("interval")
        if interval is not None:
            if not isinstance(interval, list):
                raise TypeError
            low, high = map(_parse_number, interval)
            parsed["interval"] = [low, high]
        parsed_checks.append(parsed)
    return {"verdict": _parse_text(entries["verdict"]), "checks": parsed_checks}


def _parse_preparation(value: object) -> Entries:
    """Read the preparation of the scan; ``affine`` and ``problems`` are used and must be valid."""
    entries = _parse_mapping(value)
    if "affine" in entries:
        rows = entries["affine"]
        if not isinstance(rows, list) or [len(row) for row in rows] != [4] * 4:
            raise ValueError
        numbers = [[_parse_number(number) for number in row] for row in rows]
        if not all(math.isfinite(number) for row in numbers for number in row) or numbers[3] != [0, 0, 0, 1]:
            raise ValueError
        entries = entries | {"affine": numbers}
    if "problems" in entries:
        entries = entries | {"problems": list(_parse_notes(entries["problems"]))}
    return entries


def _parse_uncertainty(value: object) -> Entries:
    """Read the uncertainty of a map over several members; the entries that are shown must be valid."""
    if value == NOT_MEASURED:
        return {}
    entries = _parse_mapping(value)
    return entries | {name: _parse_text(entries[name]) for name in ("kind", "statistic", "of")}


def _parse_inputs(value: object) -> Entries:
    """Read the entries of each input; ``share`` is drawn and must be from 0 to 1."""
    entries = _parse_mapping(value)
    image = [entries["image"]] if "image" in entries else []
    groups = [_parse_mapping(entries.get(kind, {})).values() for kind in ("channels", "covariates")]
    for entry in map(_parse_mapping, (*image, *groups[0], *groups[1])):
        if "share" in entry and not 0 <= _parse_number(entry["share"]) <= 1:
            raise ValueError
    return entries


_READERS = {
    "method": _parse_text,
    "parameters": _parse_mapping,
    "target": _parse_text,
    "region": _parse_text,
    "layer": _parse_text,
    "seed": _parse_integer,
    "model": _parse_mapping,
    "scan": _parse_mapping,
    "references": _parse_mapping,
    "prediction": _parse_prediction,
    "fit": _parse_fit,
    "preparation": _parse_preparation,
    "relevance": _parse_mapping,
    "inputs": _parse_inputs,
    "residual": _parse_residual,
    "seconds": _parse_number,
    "device": _parse_text,
    "software": _parse_texts,
    "notes": _parse_notes,
    "title": _parse_text,
    "state": _parse_text,
    "channel": _parse_text,
    "uncertainty": _parse_uncertainty,
    "name": _parse_text,
}
