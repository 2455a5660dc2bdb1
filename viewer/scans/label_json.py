"""Names of an atlas's labels from JSON: lists by value, NiiVue's colour maps, and mappings both ways."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from viewer.errors import ScanError
from viewer.scans.label_numbers import whole_number

Pairs = list[tuple[int, str]]

CONTAINERS = ("labels", "LabelMap", "LabelsMap", "labelmap", "label_map", "Levels", "regions", "index")
"""The entries of an object under which programs keep the labels themselves."""

NUMBERS = ("index", "id", "value", "label_id", "number", "label")
NAMES = ("name", "label", "region", "label_name", "roi_name")


def read_json_labels(path: Path, text: str) -> Pairs:
    """Return the numbers and names in a JSON text.

    Understood are a list of names (by value, from 0), NiiVue's ``labels`` with values in ``I``, a list of
    objects such as ``{"index": 2, "name": "A"}``, and an object from number to name or from name to number;
    each of them also under one of `CONTAINERS`.

    Raises
    ------
    ScanError
        It is no JSON, or its labels are something else.
    """
    try:
        entries = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ScanError(path, "is no valid JSON") from error
    values: object = None
    if isinstance(entries, dict):
        container = next((name for name in CONTAINERS if isinstance(entries.get(name), (list, dict))), None)
        if container is not None:
            values, entries = entries.get("I"), entries[container]
    if isinstance(entries, list):
        return _listed(path, entries, values)
    return _mapped(entries) if isinstance(entries, dict) else []


def _listed(path: Path, entries: list[Any], values: object) -> Pairs:
    if entries and all(isinstance(entry, dict) for entry in entries):
        return _objects(entries)
    if not all(isinstance(name, str) for name in entries):
        raise ScanError(path, "its labels are no list of names")
    if not isinstance(values, list):
        return list(enumerate(entries))
    numbers = [_whole(value) for value in values]
    if len(numbers) != len(entries) or None in numbers:
        raise ScanError(path, "gives values in I that do not belong to its labels one by one")
    return [(number, name) for number, name in zip(numbers, entries, strict=True) if number is not None]


def _objects(entries: list[Mapping[str, Any]]) -> Pairs:
    """Each label as an object with a number and a name."""
    pairs = []
    for entry in entries:
        low = {str(key).lower(): value for key, value in entry.items()}
        number = next((found for key in NUMBERS if (found := _whole(low.get(key))) is not None), None)
        name = next((low[key] for key in NAMES if isinstance(low.get(key), str)), None)
        if number is None or name is None:
            return []
        pairs.append((number, name))
    return pairs


def _mapped(entries: Mapping[str, Any]) -> Pairs:
    """Names under their numbers, or numbers under their names; every entry has to be one."""
    if all(whole_number(key) is not None for key in entries):
        pairs = []
        for key, value in entries.items():
            name = value.get("name") if isinstance(value, dict) else value
            number = whole_number(key)
            if isinstance(name, str) and number is not None:
                pairs.append((number, name))
        return pairs
    numbers = [_whole(value) for value in entries.values()]
    if None in numbers or len(set(numbers)) < len(numbers):
        return []
    return [(number, name) for number, name in zip(numbers, entries, strict=True) if number is not None]


def _whole(value: object) -> int | None:
    """A whole number of JSON, which some programs write as 2.0 or "2"."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    if isinstance(value, int) and not 0 <= value < 10**10:
        return None
    return whole_number(str(value))
