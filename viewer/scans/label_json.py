"""Atlas label names from JSON: lists by value, NiiVue's colour maps, and mappings in both directions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from viewer.errors import ScanError
from viewer.scans.label_numbers import index_error, is_decimal, parse_index

Pairs = list[tuple[int, str]]

CONTAINERS = ("labels", "LabelMap", "LabelsMap", "labelmap", "label_map", "Levels", "regions", "index")
"""Keys under which programs store the labels."""

NUMBERS = ("index", "id", "value", "label_id", "number", "label")
NAMES = ("name", "label", "region", "label_name", "roi_name")


def read_json_labels(path: Path, text: str) -> Pairs:
    """Return the numbers and names in a JSON text.

    Supported are a list of names (by value, from 0), NiiVue's ``labels`` with values in ``I``, a list of
    objects such as ``{"index": 2, "name": "A"}``, and an object that maps numbers to names or names to
    numbers; each also under one of the keys in `CONTAINERS`.

    Raises
    ------
    ScanError
        It is not valid JSON, its labels have another form, or an index is not a whole number from 0 on.
    """
    try:
        entries = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ScanError(path, "is not valid JSON") from error
    values: object = None
    if isinstance(entries, dict):
        container = next((name for name in CONTAINERS if isinstance(entries.get(name), (list, dict))), None)
        if container is not None:
            values, entries = entries.get("I"), entries[container]
    if isinstance(entries, list):
        return _parse_list(path, entries, values)
    return _parse_mapping(path, entries) if isinstance(entries, dict) else []


def _parse_list(path: Path, entries: list[Any], values: object) -> Pairs:
    if entries and all(isinstance(entry, dict) for entry in entries):
        return _parse_objects(path, entries)
    if not all(isinstance(name, str) for name in entries):
        raise ScanError(path, "its labels are not a list of names")
    if not isinstance(values, list):
        return list(enumerate(entries))
    numbers = [_parse_whole_number(value) for value in values]
    _check_indices(path, values, numbers)
    if len(numbers) != len(entries) or None in numbers:
        raise ScanError(path, "has values in I that do not match its labels one to one")
    return [(number, name) for number, name in zip(numbers, entries, strict=True) if number is not None]


def _parse_objects(path: Path, entries: list[Mapping[str, Any]]) -> Pairs:
    """Return the pairs from a list of objects, each with a number and a name."""
    pairs = []
    for entry in entries:
        lowered = {str(key).lower(): value for key, value in entry.items()}
        number = next(
            (index for key in NUMBERS if (index := _parse_whole_number(lowered.get(key))) is not None), None
        )
        name = next((lowered[key] for key in NAMES if isinstance(lowered.get(key), str)), None)
        if number is None and name is not None:
            invalid = next((lowered[key] for key in NUMBERS if _is_numeric(lowered.get(key))), None)
            if invalid is not None:
                raise index_error(path, invalid)
        if number is None or name is None:
            return []
        pairs.append((number, name))
    return pairs


def _parse_mapping(path: Path, entries: Mapping[str, Any]) -> Pairs:
    """Return the pairs from an object that maps numbers to names, or names to numbers."""
    if entries and all(is_decimal(key) for key in entries):
        _check_indices(path, entries, [parse_index(key) for key in entries])
        pairs = []
        for key, value in entries.items():
            name = value.get("name") if isinstance(value, dict) else value
            number = parse_index(key)
            if isinstance(name, str) and number is not None:
                pairs.append((number, name))
        return pairs
    numbers = [_parse_whole_number(value) for value in entries.values()]
    if all(map(_is_numeric, entries.values())) and any(number is not None for number in numbers):
        _check_indices(path, entries.values(), numbers)
    if None in numbers or len(set(numbers)) < len(numbers):
        return []
    return [(number, name) for number, name in zip(numbers, entries, strict=True) if number is not None]


def _check_indices(path: Path, values: Iterable[object], numbers: list[int | None]) -> None:
    """Raise ScanError for indices that are numbers, but not whole numbers from 0 on."""
    for value, number in zip(values, numbers, strict=True):
        if number is None and _is_numeric(value):
            raise index_error(path, value)


def _is_numeric(value: object) -> bool:
    """Return whether a JSON value is a number, or text that can be parsed as one."""
    return isinstance(value, (int, float, str)) and not isinstance(value, bool) and is_decimal(str(value))


def _parse_whole_number(value: object) -> int | None:
    """Return a JSON value as an integer, also if written as 2.0 or "2"; None if it is not one."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    if isinstance(value, int) and not 0 <= value < 10**10:
        return None
    return parse_index(str(value))
