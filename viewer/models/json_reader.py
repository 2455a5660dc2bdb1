"""Reader of untrusted JSON: every entry is read by name and type, and unknown entries are refused."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from viewer.errors import ModelError
from viewer.files import read_regular
from viewer.json_text import is_unicode

MAX_JSON_BYTES = 1 << 20
"""Largest card or bundle configuration in bytes; usual ones have a few thousand."""


def read_json(path: Path) -> dict[str, Any]:
    """Return the JSON object in a file.

    Raises
    ------
    ModelError
        The file cannot be read, is larger than `MAX_JSON_BYTES`, or contains something else.
    """
    return parse_json(read_regular(path, MAX_JSON_BYTES, ModelError, "a description"), path)


def parse_json(content: bytes | str, subject: object) -> dict[str, Any]:
    """Return the JSON object in ``content``: no duplicate entries, no NaN, limited nesting.

    Raises
    ------
    ModelError
        It contains something else; ``subject`` names the source in the message.
    """

    def reject_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        entries = dict(pairs)
        if len(entries) < len(pairs):
            counts = Counter(name for name, _ in pairs)
            duplicate = next(name for name, count in counts.items() if count > 1)
            raise ModelError(subject, f"has the entry {duplicate!r} twice")
        return entries

    def reject_constant(literal: str) -> Any:
        raise ModelError(subject, f"holds {literal}, which is not a JSON number")

    try:
        entries = json.loads(content, object_pairs_hook=reject_duplicates, parse_constant=reject_constant)
    except (ValueError, RecursionError) as error:
        raise ModelError(subject, f"is not JSON ({error})") from error
    if not isinstance(entries, dict):
        raise ModelError(subject, "holds no JSON object", "it must begin with {")
    if not is_unicode(json.dumps(entries, ensure_ascii=False)):
        raise ModelError(subject, "holds half of a surrogate pair", "its strings must be Unicode")
    return entries


class JsonReader:
    """Reader that takes the entries of one JSON object one by one.

    Parameters
    ----------
    values
        The entries of the object.
    subject
        The file, for error messages.
    path
        Position of the object in the file, such as "input.".
    """

    def __init__(self, values: Mapping[str, Any], subject: object, path: str = "") -> None:
        self._values = dict(values)
        self._subject = subject
        self._path = path

    def with_values(self, values: Mapping[str, Any]) -> JsonReader:
        """Return a reader of other entries at the same position, such as those of a newer format."""
        return JsonReader(values, self._subject, self._path)

    def error(self, name: str, problem: str, remedy: str = "") -> ModelError:
        """Return an error about an entry."""
        return ModelError(self._subject, f"entry {self._path + name!r} {problem}", remedy)

    def has(self, name: str) -> bool:
        """Return whether the entry exists and has not been taken; null counts as absent."""
        return self._values.get(name) is not None

    def _take(self, name: str) -> Any:
        value = self._values.pop(name, None)
        if value is None:
            raise self.error(name, "is missing")
        return value

    def text(self, name: str, default: str | None = None) -> str:
        """Take a string; a missing one is an error unless there is a default."""
        if default is not None and not self.has(name):
            self._values.pop(name, None)
            return default
        value = self._take(name)
        if not isinstance(value, str):
            raise self.error(name, f"is {_type_name(value)}", "it must be a string")
        return value

    def choice(self, name: str, choices: tuple[str, ...], default: str | None = None) -> str:
        """Take one of several words."""
        value = self.text(name, default)
        if value not in choices:
            raise self.error(name, f"is {value!r}", f"it must be one of {', '.join(filter(None, choices))}")
        return value

    def boolean(self, name: str, default: bool) -> bool:
        """Take true or false."""
        if not self.has(name):
            self._values.pop(name, None)
            return default
        value = self._take(name)
        if not isinstance(value, bool):
            raise self.error(name, f"is {_type_name(value)}", "it must be true or false")
        return value

    def booleans(self, name: str, default: tuple[bool, ...]) -> tuple[bool, ...]:
        """Take a list of true or false."""
        value = self.value(name)
        if value is None:
            return default
        if not isinstance(value, list) or not all(isinstance(item, bool) for item in value):
            raise self.error(name, f"is {_type_name(value)}", "it must be a list of true or false")
        return tuple(value)

    def value(self, name: str) -> Any:
        """Take a value of any kind; None if the entry is absent."""
        return self._values.pop(name, None)

    def number(self, name: str, default: float | None = None) -> float:
        """Take a finite number."""
        if default is not None and not self.has(name):
            self._values.pop(name, None)
            return default
        value = self._take(name)
        if not _is_number(value):
            raise self.error(name, f"is {_type_name(value)}", "it must be a number")
        return float(value)

    def integer(self, name: str, default: int | None = None) -> int:
        """Take an integer."""
        value = self.number(name, default)
        if value != int(value):
            raise self.error(name, f"is {value:g}", "it must be a whole number")
        return int(value)

    def numbers(self, name: str, default: tuple[float, ...] | None = None) -> tuple[float, ...]:
        """Take a list of finite numbers."""
        if default is not None and not self.has(name):
            self._values.pop(name, None)
            return default
        value = self._take(name)
        if not isinstance(value, list) or not all(_is_number(item) for item in value):
            raise self.error(name, f"is {_type_name(value)}", "it must be a list of numbers")
        return tuple(float(item) for item in value)

    def integers(self, name: str, default: tuple[int, ...] | None = None) -> tuple[int, ...]:
        """Take a list of integers."""
        values = self.numbers(name, default)
        if any(value != int(value) for value in values):
            raise self.error(name, "holds a fraction", "it must be a list of whole numbers")
        return tuple(int(value) for value in values)

    def texts(self, name: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """Take a list of strings."""
        if default is not None and not self.has(name):
            self._values.pop(name, None)
            return default
        value = self._take(name)
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.error(name, f"is {_type_name(value)}", "it must be a list of strings")
        return tuple(value)

    def mapping(self, name: str) -> dict[str, Any]:
        """Take a JSON object; empty if the entry is absent."""
        value = self._values.pop(name, None)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self.error(name, f"is {_type_name(value)}", "it must be an object in braces")
        return value

    def nested(self, name: str) -> JsonReader:
        """Take a JSON object as a reader of its entries."""
        return JsonReader(self.mapping(name), self._subject, f"{self._path}{name}.")

    def nested_list(self, name: str) -> tuple[JsonReader, ...]:
        """Take a list of JSON objects as readers of their entries; empty if the entry is absent."""
        value = self._values.pop(name, None)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.error(name, f"is {_type_name(value)}", "it must be a list of objects in braces")
        return tuple(
            JsonReader(item, self._subject, f"{self._path}{name}[{index}].")
            for index, item in enumerate(value)
        )

    def matrix(self, name: str) -> tuple[tuple[float, ...], ...]:
        """Take four rows of four numbers."""
        value = self._take(name)
        rows = value if isinstance(value, list) else []
        is_valid = len(rows) == 4 and all(
            isinstance(row, list) and len(row) == 4 and all(_is_number(item) for item in row) for row in rows
        )
        if not is_valid:
            raise self.error(name, "is not an affine", "it must be four rows of four numbers")
        return tuple(tuple(float(item) for item in row) for row in rows)

    def take_rest(self) -> dict[str, Any]:
        """Take all entries that have not been taken, whatever they are."""
        rest, self._values = self._values, {}
        return rest

    def reject_unknown(self, known: tuple[str, ...]) -> None:
        """Refuse entries that have not been taken: a misspelt entry must not be ignored.

        Raises
        ------
        ModelError
            There is an unknown entry; the message lists the ``known`` ones.
        """
        for name, value in self._values.items():
            if value is not None or name not in known:
                raise self.error(name, "is not known here", f"known: {', '.join(known)}")


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


def _type_name(value: object) -> str:
    names = {str: "a string", bool: "true or false", list: "a list", dict: "an object", type(None): "null"}
    return names.get(type(value), "a number")
